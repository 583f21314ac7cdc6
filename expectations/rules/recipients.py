"""Rules on who received: somebody whom no entitlement accounts for, or somebody who is dead."""

from __future__ import annotations

from expectations.rules.base import FlagRule, written_day

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


class ExpectProgramToRun(FlagRule):
    """A listed family received for a period that the programme, paused or cancelled, does not deliver."""

    rule = "program_not_running"
    table = "audit.unexpected_deliveries"
    level = "warning"
    policy = (
        "Bantuan tidak disalurkan untuk periode yang jatuh tempo sejak program ditunda atau dibatalkan (status_from), atau "
        "selama program baru direncanakan."
    )
    source = "Kontrak data bagian 2; keadaan program menurut programs.yml (status, status_from)"
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'not_running'
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
    source = (
        "Temuan BPK tentang bantuan sosial ganda (IHPS II Tahun 2021); bahwa penyaluran sesudah hak lengkap dihitung demikian, "
        "dan rapel tidak, adalah pilihan Pantau Salur: kind pada audit.unexpected_deliveries"
    )
    sql = f"""{_DELIVERY}
        where unexpected.kind = 'duplicate'
    """


# Who was dead by which day at the latest: logs of any programme that still say so, and replacements for that reason.
_DEAD = """(
            select death.person, min(death.dead_by) as dead_by
            from (
                select
                    log.beneficiary_key as person,
                    least(coalesce(log.delivered_on, log.received_on), log.received_on) as dead_by
                from {batch} as log
                where log.is_current
                    and log.row_key in (
                        select sent.row_key from staging.stg_distribution__typed as sent where sent.is_reported_dead
                    )
                union all
                select
                    list.replaces_nik_key as person,
                    least(coalesce(list.valid_from, list.received_on), list.received_on) as dead_by
                from staging.stg_recipients__rows as list
                where list.is_accepted and list.is_reason_death and list.replaces_nik_key is not null
            ) as death
            group by death.person
        )"""


class ExpectNoDeceasedRecipient(FlagRule):
    """Aid was handed out in the name of somebody who is marked as dead, or was reported dead before that day.

    One flag for a person and programme, at the first such delivery: who is to be replaced is not told anew every month.
    """

    rule = "recipient_marked_deceased"
    table = "intermediate.int_deliveries_current"
    published_as = "audit.deliveries"
    level = "warning"
    policy = (
        "Bantuan tidak disalurkan atas nama orang yang bertanda atau telah dilaporkan meninggal; penerimanya diganti atau "
        "daftarnya dibetulkan."
    )
    source = "Kontrak data bagian 3 (status meninggal, replaces_nik); petunjuk teknis program tentang penggantian penerima"
    sql = f"""
        select delivery.opd_code, delivery.program_code, min(delivery.period) as period,
            arg_min(delivery.village_code, row(delivery.period, delivery.row_key)) as village_code,
            arg_min(village.district_code, row(delivery.period, delivery.row_key)) as district_code,
            arg_min(delivery.delivery_id, row(delivery.period, delivery.row_key)) as delivery_id,
            arg_min(delivery.submission_id, row(delivery.period, delivery.row_key)) as submission_id,
            delivery.unit,
            case
                when min(served.dead_by) is null then 'nama bertanda meninggal'
                else 'dilaporkan meninggal paling lambat ' || {written_day("min(served.dead_by)")}
            end || ', ' || count(distinct delivery.delivery_id) || ' penyaluran' as detail
        from {{batch}} as delivery
        inner join (
            select marked.row_key, cast(null as date) as dead_by
            from staging.stg_distribution__typed as marked
            where list_contains(marked.warning_codes, 'name_marked_dead')
            union all
            select given.row_key, dead.dead_by
            from {{batch}} as given
            inner join {_DEAD} as dead
                on given.beneficiary_key = dead.person and coalesce(given.delivered_on, given.received_on) > dead.dead_by
        ) as served on delivery.row_key = served.row_key
        left join reference.villages as village on delivery.village_code = village.village_code
        where delivery.is_counted and delivery.amount > 0
        group by delivery.opd_code, delivery.program_code, delivery.beneficiary_key, delivery.unit
    """
