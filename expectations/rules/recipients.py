"""Rules on a delivery that no entitlement accounts for."""

from __future__ import annotations

from expectations.rules.base import FlagRule

# The place is the delivery's own; the OPD is the programme's.
_DELIVERY = """
        select program.opd_code, unexpected.program_code, unexpected.period, unexpected.village_code,
            unexpected.district_code, unexpected.delivery_id, unexpected.submission_id, unexpected.unit
        from {batch} as unexpected
        inner join reference.programs as program on unexpected.program_code = program.program_code
"""
_NOT_ELIGIBLE = "not unexpected.is_village_eligible"


class ExpectEveryRecipientListed(FlagRule):
    """Somebody received who is on no list for that programme and period."""

    rule = "recipient_not_listed"
    table = "audit.unexpected_deliveries"
    level = "warning"
    policy = "Bantuan hanya disalurkan kepada keluarga yang tercantum dalam daftar penerima periode itu."
    source = "Kontrak data bagian 4 dan 5; petunjuk teknis program tentang daftar dan penggantian penerima"
    # In a village without a right to the programme a list would not help: that is a rule of its own.
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'not_listed' and not ({_NOT_ELIGIBLE})
    """


class ExpectEligibleVillage(FlagRule):
    """Aid of a programme for certain kinds of village (Dana Desa: desa) was given in another kind (a kelurahan)."""

    rule = "village_not_eligible"
    table = "audit.unexpected_deliveries"
    level = "warning"
    policy = "Bantuan hanya disalurkan di jenis desa/kelurahan yang berhak atas program (village_kinds)."
    source = "Kontrak data bagian 5; kelurahan tidak menerima Dana Desa (programs.yml)"
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'not_listed' and {_NOT_ELIGIBLE}
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
