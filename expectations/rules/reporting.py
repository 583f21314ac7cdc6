"""Rules on the logs and files that OPDs send."""

from __future__ import annotations

from expectations.rules.base import FlagRule
from expectations.rules.gates import GATE, WAITING

_LOG = """
        select log.opd_code, log.program_code, log.period, log.village_code, village.district_code,
            {days_late} as days_late{more}
        from {{batch}} as log
        left join reference.villages as village on log.village_code = village.village_code
        cross join reference.parameters as parameter
"""
# Times are stored in UTC; a deadline ends with the day in the region.
_RECEIVED_ON = "cast(timezone(parameter.timezone, timezone('UTC', log.first_log_received_at)) as date)"
_DAYS_AFTER = f"date_diff('day', log.log_due_on, {_RECEIVED_ON})"
_DEADLINE = "Kontrak data bagian 5; batas lapor (report_deadline_days) menurut feeds.yml"

# Above this share of refused rows a file is not worth mending row by row: its maker must hear of it.
REJECT_RATE = 0.10


class ExpectNoMissingLog(FlagRule):
    """No log at all for a village with entitlements, past the reporting deadline."""

    rule = "log_missing"
    table = "audit.reporting_completeness"
    level = "critical"
    policy = "Setiap desa dengan penerima sudah memiliki log penyaluran pada batas lapor periode itu."
    source = _DEADLINE
    sql = f"""{
        _LOG.format(
            days_late="date_diff('day', log.log_due_on, parameter.as_of)",
            more=f", {WAITING.format(table='log')} as detail, log.blocked_by",
        )
    }{GATE.format(table="log")}
        where log.log_status = 'missing'
    """


class ExpectNoLateLog(FlagRule):
    """The first log came after the deadline: a fact that nothing mends."""

    rule = "log_late"
    table = "audit.reporting_completeness"
    level = "warning"
    past_fact = True
    policy = "Log penyaluran diterima selambat-lambatnya pada batas lapor."
    source = _DEADLINE
    sql = f"""{_LOG.format(days_late=_DAYS_AFTER, more="")}
        where log.log_status = 'late'
    """


class ExpectFewRejectedRows(FlagRule):
    """More than a tenth of a file's data rows was refused."""

    rule = "reject_rate_high"
    table = "audit.submissions"
    level = "warning"
    policy = "Paling banyak 10 persen baris data dalam satu berkas ditolak."
    source = "Kontrak data bagian 3 dan 5; ambang ditetapkan Sekretariat TKPKD"
    sql = f"""
        select opd_code, program_code, submission_id,
            rows_rejected || ' dari ' || (rows_accepted + rows_rejected) || ' baris ditolak' as detail
        from {{batch}}
        where rows_rejected > {REJECT_RATE} * (rows_accepted + rows_rejected)
    """


class ExpectStatedTotalsToAgree(FlagRule):
    """The total written in a file is not the sum of its rows."""

    rule = "total_mismatch"
    table = "audit.submissions"
    level = "warning"
    policy = "Total yang tertulis dalam berkas sama dengan jumlah baris-barisnya."
    source = (
        "Pilihan Pantau Salur: jumlah yang dihitung selalu jumlah baris-barisnya, total yang tertulis hanya diperbandingkan; "
        "rumusannya dbt_project/models/intermediate/deliveries/int_stated_totals_checked.sql"
    )
    sql = """
        select opd_code, program_code, submission_id
        from {batch}
        where contains(cast(warnings as varchar), 'total_mismatch')
    """
