"""Rules on a delivery that no entitlement accounts for."""

from __future__ import annotations

from expectations.rules.base import FlagRule

# The place is the delivery's own; the OPD is the programme's.
_DELIVERY = """
        select program.opd_code, delivery.program_code, delivery.period, delivery.village_code,
            village.district_code, delivery.delivery_id, delivery.submission_id, delivery.unit
        from {batch} as unexpected
        inner join audit.deliveries as delivery on unexpected.delivery_id = delivery.delivery_id
        inner join reference.programs as program on delivery.program_code = program.program_code
        left join reference.villages as village on delivery.village_code = village.village_code
"""


class ExpectEveryRecipientListed(FlagRule):
    """Somebody received who is on no list for that programme and period."""

    rule = "recipient_not_listed"
    table = "audit.unexpected_deliveries"
    level = "warning"
    policy = "Bantuan hanya disalurkan kepada keluarga yang tercantum dalam daftar penerima periode itu."
    source = "Kontrak data bagian 4 dan 5; petunjuk teknis program tentang daftar dan penggantian penerima"
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'not_listed'
    """


class ExpectNoDuplicateDelivery(FlagRule):
    """A further delivery came after the entitlement was complete already."""

    rule = "delivery_duplicate"
    table = "audit.unexpected_deliveries"
    level = "warning"
    policy = "Hak yang sudah diterima penuh tidak disalurkan lagi."
    source = "Kontrak data bagian 5"
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'duplicate'
    """
