"""Rules on an entitlement: did it come, in time, whole, and in the right amount?"""

from __future__ import annotations

from expectations.rules.base import FlagRule
from expectations.rules.gates import GATE, HELD_UP

_ENTITLEMENT = "opd_code, program_code, period, village_code, district_code, entitlement_id, unit"
_HELD_UP = f"{HELD_UP.format(table='accuracy')} as detail, accuracy.blocked_by"
_TIMED = f"""
        select accuracy.opd_code, accuracy.program_code, accuracy.period, accuracy.village_code, accuracy.district_code,
            accuracy.entitlement_id, accuracy.unit, accuracy.days_late, {_HELD_UP}, {{shortfall}} as shortfall
        from {{{{batch}}}} as accuracy {GATE.format(table="accuracy")}
        where accuracy.timing_status = '{{status}}' and accuracy.days_late > 0
"""
# Nothing is late while handing out is forbidden: a pause that holds the day of judgement leaves no day of delay.
_TIMELINESS = "Kontrak data bagian 4 (ketepatan waktu); jatuh tempo menurut programs.yml"
_AMOUNT = "Kontrak data bagian 4 (ketepatan jumlah); hak dan toleransi menurut programs.yml"


class ExpectNoMissingDelivery(FlagRule):
    """Nothing came, and the due date is over, pauses taken off."""

    rule = "delivery_missing"
    table = "audit.delivery_accuracy"
    level = "critical"
    policy = "Setiap hak yang telah jatuh tempo sudah menerima penyaluran; masa jeda bukan keterlambatan."
    source = _TIMELINESS
    sql = _TIMED.format(status="missing", shortfall="accuracy.entitled_amount")


class ExpectNoLateDelivery(FlagRule):
    """It came whole, but after the due date: a fact that nothing mends."""

    rule = "delivery_late"
    table = "audit.delivery_accuracy"
    level = "warning"
    past_fact = True
    policy = (
        "Setiap hak diterima penuh selambat-lambatnya pada jatuh tempo, dengan memperhitungkan masa jeda."
    )
    source = _TIMELINESS
    sql = _TIMED.format(status="late", shortfall="cast(null as double)")


class ExpectNoIncompleteDelivery(FlagRule):
    """Something came, the due date is over, pauses taken off, and the rest is still owed."""

    rule = "delivery_incomplete"
    table = "audit.delivery_accuracy"
    level = "warning"
    policy = "Penyaluran yang telah jatuh tempo sudah lengkap, tidak hanya sebagian; masa jeda bukan keterlambatan."
    source = _TIMELINESS
    sql = _TIMED.format(status="incomplete", shortfall="accuracy.entitled_amount - accuracy.delivered_amount")


class ExpectNoShortAmount(FlagRule):
    """Less than entitled to has come, due or not: short measure should be heard of early."""

    rule = "amount_under"
    table = "audit.delivery_accuracy"
    level = "warning"
    policy = "Jumlah yang diterima tidak kurang dari hak, dengan toleransi program."
    source = _AMOUNT
    sql = f"""
        select {_ENTITLEMENT}, days_late, entitled_amount - delivered_amount as shortfall
        from {{batch}}
        where amount_status = 'under'
    """


class ExpectNoExcessAmount(FlagRule):
    """More than entitled to has come; the excess is a negative shortfall."""

    rule = "amount_over"
    table = "audit.delivery_accuracy"
    level = "warning"
    policy = "Jumlah yang diterima tidak melebihi hak, dengan toleransi program."
    source = _AMOUNT
    sql = f"""
        select {_ENTITLEMENT}, entitled_amount - delivered_amount as shortfall
        from {{batch}}
        where amount_status = 'over'
    """
