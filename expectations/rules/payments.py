"""Rules on one payment: is it plausible, was it too much at once, too early, or dated with hindsight?"""

from __future__ import annotations

from expectations.rules.base import FlagRule, written_day

# Only what stands and counts: a payment that was corrected is mended, one that failed was none.
_STANDING = """
        from {batch} as delivery
        inner join reference.programs as program on delivery.program_code = program.program_code
        left join reference.villages as village on delivery.village_code = village.village_code
        {also}
        where delivery.is_counted
"""
# A payment for several months is several deliveries: what concerns it as a whole is told once.
_PAYMENT = f"""
        select delivery.opd_code, delivery.program_code, min(delivery.period) as period,
            min(delivery.village_code) as village_code, min(village.district_code) as district_code,
            min(delivery.delivery_id) as delivery_id, delivery.submission_id, delivery.unit,
            {{detail}} as detail
        {_STANDING} and {{condition}}
        group by delivery.opd_code, delivery.program_code, delivery.submission_id, delivery.row_key, delivery.unit
"""


class ExpectPlausibleUnits(FlagRule):
    """An amount that is off by a factor such as 1,000, or kilograms where rupiah are due: the unit is wrong."""

    rule = "unit_suspected"
    table = "intermediate.int_deliveries_current"
    published_as = "audit.deliveries"
    level = "warning"
    policy = "Jumlah ditulis dalam satuan program: kilogram atau rupiah penuh."
    source = (
        "Kontrak data bagian 3 dan 5; pemberitaan penyaluran beras Dompu, Maret dan Oktober 2024, yang menulis kilogram "
        "sebagai ton dan ribuan rupiah sebagai kilogram"
    )
    # Few rows are suspected, which the planner cannot know: told late, it looks up every delivery among them.
    sql = _PAYMENT.format(
        batch="""(
            select *
            from {batch} as every_delivery
            where row_key in (select row_key from staging.stg_distribution__typed where suspected_unit is not null)
        )""",
        also="inner join staging.stg_distribution__typed as sent on delivery.row_key = sent.row_key",
        detail="min('tertulis ' || sent.amount_sent)",
        condition="sent.suspected_unit is not null",
    )


# What one family got of one programme on one day, however many rows and files tell of it; of undated rows nobody knows whether
# they belong together, so each is a payment. A row's months may be matched differently: it is its entitled family's.
_PAID_AT_ONCE = f"""
        select arg_min(paid.delivery_id, paid.row_key) as delivery_id, arg_min(paid.submission_id, paid.row_key) as submission_id,
            paid.opd_code, paid.program_code, min(paid.first_period) as period, min(paid.village_code) as village_code,
            min(paid.district_code) as district_code, paid.unit,
            len(list_distinct(flatten(list(paid.periods)))) || ' periode sekaligus'
                || if(count(*) > 1, ' dalam ' || count(*) || ' baris', '')
                || ', paling banyak ' || paid.max_periods_per_payment as detail
        from (
            select delivery.row_key, min(delivery.delivery_id) as delivery_id, delivery.submission_id, delivery.opd_code,
                delivery.program_code, delivery.unit, program.max_periods_per_payment, delivery.delivered_on,
                arg_min(delivery.beneficiary_key, (delivery.entitlement_id is null, delivery.period)) as payee,
                min(delivery.village_code) as village_code, min(village.district_code) as district_code,
                min(delivery.period) as first_period, list(delivery.period) as periods
            {_STANDING.format(batch="{batch}", also="")} and program.max_periods_per_payment is not null
            group by all
        ) as paid
        group by paid.opd_code, paid.program_code, paid.unit, paid.max_periods_per_payment, paid.payee,
            paid.delivered_on, if(paid.delivered_on is null, paid.row_key, null)
        having len(list_distinct(flatten(list(paid.periods)))) > paid.max_periods_per_payment
"""


class ExpectPeriodCapKept(FlagRule):
    """One payment covers more periods than the programme allows at once: a fact that nothing mends."""

    rule = "period_cap_exceeded"
    table = "intermediate.int_deliveries_current"
    published_as = "audit.deliveries"
    level = "warning"
    past_fact = True
    policy = (
        "Satu pembayaran mencakup paling banyak jumlah periode yang diperbolehkan program (max_periods_per_payment). Satu "
        "pembayaran adalah semua yang diterima satu keluarga dari satu program pada satu hari, dalam berapa pun baris, nomor "
        "BAST, dan berkas; penyaluran tanpa tanggal dihitung per baris."
    )
    source = (
        "Kontrak data bagian 5; kebijakan BLT Dana Desa: paling banyak tiga bulan sekaligus (programs.yml)"
    )
    sql = _PAID_AT_ONCE


class ExpectNoPaymentBeforeItsPeriod(FlagRule):
    """Aid for a month was handed out before that month had begun: a fact that nothing mends."""

    rule = "paid_before_period"
    table = "intermediate.int_deliveries_current"
    published_as = "audit.deliveries"
    level = "info"
    past_fact = True
    policy = "Bantuan untuk suatu bulan disalurkan paling cepat pada hari pertama bulan itu."
    source = (
        "Kontrak data bagian 5; contoh pembayaran enam bulan di muka di Dompu, 22 Juli 2025 (berita daerah)"
    )
    sql = f"""
        select delivery.opd_code, delivery.program_code, delivery.period, delivery.village_code, village.district_code,
            delivery.delivery_id, delivery.submission_id, delivery.unit,
            'disalurkan ' || {written_day("delivery.delivered_on")} as detail
        {_STANDING.format(batch="{batch}", also="")} and delivery.delivered_on < try_cast(delivery.period || '-01' as date)
    """


# A step that was reported as taken later, or as not taken: what a report only leaves out is no evidence.
_GATES = """
        inner join audit.village_gates as gate
            on delivery.program_code = gate.program_code
            and coalesce(delivery.entitled_village_code, delivery.village_code) = gate.village_code
            and cast(left(delivery.period, 4) as integer) = gate.budget_year
            and gate.is_reported
"""
_GATE_TOLD = f"""gate.milestone_name || case
                when gate.taken_on is null then ' belum tercapai'
                else ' baru tercapai ' || {written_day("gate.taken_on")}
            end || ' menurut laporan ' || {written_day("gate.reported_on")}"""


class ExpectNoPaymentBeforeItsGate(FlagRule):
    """Aid was handed out before a step that it presupposes: unlawful, or the report of steps is out of date."""

    rule = "paid_before_gate"
    table = "intermediate.int_deliveries_current"
    published_as = "audit.deliveries"
    level = "warning"
    policy = "Bantuan disalurkan setelah semua tahapan sebelum penyaluran tercapai menurut laporan tahapan desanya."
    source = (
        "Urutan tahapan menurut programs.yml (gates): APBDes ditetapkan, penerima ditetapkan, dan Dana Desa diterima sebelum "
        "BLT Dana Desa dibayarkan"
    )
    sql = _PAYMENT.format(
        batch="{batch}",
        also=_GATES,
        detail=f"arg_min({_GATE_TOLD}, gate.position)",
        condition="(gate.taken_on is null or gate.taken_on > delivery.delivered_on)",
    )


class ExpectNoHindsightDate(FlagRule):
    """The date that makes an entitlement timely was written only after its log was due: a claim without a witness."""

    rule = "backdating_suspected"
    table = "audit.delivery_accuracy"
    level = "warning"
    past_fact = True
    policy = "Penyaluran yang dinyatakan tepat waktu dilaporkan selambat-lambatnya pada batas lapor."
    source = "Kontrak data bagian 4 (timing_evidence) dan 5; batas lapor menurut feeds.yml"
    sql = f"""
        select accuracy.opd_code, accuracy.program_code, accuracy.period, accuracy.village_code, accuracy.district_code,
            accuracy.completing_delivery_id as delivery_id, accuracy.completing_submission_id as submission_id, accuracy.unit,
            'dinyatakan ' || {written_day("accuracy.completed_on")}
                || ', dilaporkan ' || {written_day("accuracy.completing_received_on")} as detail
        from {{batch}} as accuracy
        inner join audit.reporting_completeness as log
            on accuracy.program_code = log.program_code
            and accuracy.period = log.period
            and accuracy.village_code is not distinct from log.village_code
        where accuracy.timing_status = 'on_time'
            and accuracy.timing_evidence = 'claimed'
            and accuracy.completing_received_on > log.log_due_on
    """
