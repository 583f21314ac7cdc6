"""Rules on the SUSENAS window: what will not be complete in time to be seen."""

from __future__ import annotations

from expectations.rules.base import FlagRule, written_day
from expectations.rules.gates import GATE, HELD_UP


class ExpectReadinessBeforeSusenas(FlagRule):
    """Not complete, and overdue or too slow for the cutoff; once the cutoff has passed it is missed, not at risk."""

    rule = "susenas_at_risk"
    table = "audit.susenas_readiness"
    level = "warning"
    policy = "Setiap hak dalam cakupan SUSENAS lengkap selambat-lambatnya pada batasnya (sehari sebelum pencacahan)."
    source = (
        "Arahan TKPKD Kabupaten Dompu, Mei 2024; jadwal SUSENAS menurut susenas.yml; kontrak data bagian 4"
    )
    sql = f"""
        select accuracy.opd_code, accuracy.program_code, accuracy.period, accuracy.village_code, accuracy.district_code,
            accuracy.entitlement_id, accuracy.unit, accuracy.days_late,
            accuracy.entitled_amount - accuracy.delivered_amount as shortfall,
            'SUSENAS ' || readiness.susenas_year || ', batas ' || {written_day("readiness.cutoff")}
                || coalesce('; ' || {HELD_UP.format(table="accuracy")}, '') as detail, accuracy.blocked_by
        from {{batch}} as readiness
        inner join audit.delivery_accuracy as accuracy on readiness.entitlement_id = accuracy.entitlement_id
        {GATE.format(table="accuracy")}
        where readiness.susenas_status = 'at_risk'
    """
