"""Rules on the SUSENAS window: what will not be complete in time to be seen."""

from __future__ import annotations

from expectations.rules.base import FlagRule, written_day
from expectations.rules.gates import GATE, HELD_UP


class ExpectReadinessBeforeSusenas(FlagRule):
    """Not complete, and overdue (pauses taken off) or too slow for the cutoff; once the cutoff has passed it is missed."""

    rule = "susenas_at_risk"
    table = "audit.susenas_readiness"
    level = "warning"
    policy = "Setiap hak dalam cakupan SUSENAS lengkap selambat-lambatnya pada batasnya (sehari sebelum pencacahan)."
    source = (
        "Arahan TKPKD Kabupaten Dompu, Mei 2024; jadwal SUSENAS menurut susenas.yml; kontrak data bagian 4"
    )
    # An entitlement may be at risk for windows that overlap: one flag, the nearest cutoff first.
    sql = f"""
        select accuracy.opd_code, accuracy.program_code, accuracy.period, accuracy.village_code, accuracy.district_code,
            accuracy.entitlement_id, accuracy.unit, accuracy.days_late,
            accuracy.entitled_amount - accuracy.delivered_amount as shortfall,
            risk.windows || coalesce('; ' || {HELD_UP.format(table="accuracy")}, '') as detail, accuracy.blocked_by
        from (
            select readiness.entitlement_id,
                string_agg(
                    'SUSENAS ' || readiness.susenas_year || ', batas ' || {written_day("readiness.cutoff")}, '; '
                    order by readiness.cutoff, readiness.susenas_year
                ) as windows
            from {{batch}} as readiness
            inner join audit.delivery_accuracy as judged on readiness.entitlement_id = judged.entitlement_id
            left join audit.village_readiness as pace
                on readiness.susenas_year = pace.susenas_year
                and judged.program_code = pace.program_code
                and judged.village_code is not distinct from pace.village_code
            where readiness.susenas_status = 'at_risk'
                and (judged.days_late > 0 or pace.projected_completion_date > readiness.cutoff)
            group by readiness.entitlement_id
        ) as risk
        inner join audit.delivery_accuracy as accuracy on risk.entitlement_id = accuracy.entitlement_id
        {GATE.format(table="accuracy")}
    """
