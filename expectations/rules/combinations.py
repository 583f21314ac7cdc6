"""Rules on families that get the aid of two programmes for the same month, usually of two OPDs.

A flag is one OPD's programme in one village: it counts families and names the other programme, so that neither OPD is shown
the other's persons. Who they are, auditors read in the table itself.
"""

from __future__ import annotations

from expectations.rules.base import FlagRule

# Each pair is seen from both its sides. In a village one family is a known family: how many they are is told only where the
# village's count may be shown (audit.targeting_summary), and where neither these nor the village's others are few.
_SIDES = """
        with sides as (
            select
                found.family_key,
                if(looks.is_turned, found.other_opd_code, found.opd_code) as opd_code,
                if(looks.is_turned, found.other_program_code, found.program_code) as program_code,
                if(looks.is_turned, found.other_village_code, found.village_code) as village_code,
                if(looks.is_turned, found.program_code, found.other_program_code) as other_program_code
            from {{batch}} as found
            cross join (select unnest([false, true]) as is_turned) as looks
            where found.verdict = '{verdict}'
        ),

        counted as (
            select opd_code, program_code, village_code, other_program_code, count(distinct family_key) as families
            from sides
            group by all
        )

        select
            counted.opd_code, counted.program_code, counted.village_code, any_value(village.district_code) as district_code,
            string_agg(
                case
                    when
                        counted.families >= targeting.small_cell
                        and (
                            counted.families = summary.families_in_conflict_public
                            or counted.families <= summary.families_in_conflict_public - targeting.small_cell
                        )
                        then cast(counted.families as varchar)
                    else 'sejumlah'
                end || ' keluarga juga tercatat pada ' || other.name, '; ' order by other.program_code
            ) as detail
        from counted
        cross join reference.targeting as targeting
        inner join reference.programs as other on counted.other_program_code = other.program_code
        left join reference.villages as village on counted.village_code = village.village_code
        left join audit.targeting_summary as summary
            on not summary.is_total and counted.village_code is not distinct from summary.village_code
        group by counted.opd_code, counted.program_code, counted.village_code
"""
_SOURCE = "targeting.yml, bagian complementarity, dengan sumber setiap pasangan program"


class ExpectNoForbiddenCombination(FlagRule):
    """Families of a village get the aid of two programmes that must not go together."""

    rule = "combination_not_allowed"
    table = "audit.combination_conflicts"
    level = "warning"
    policy = (
        "Tidak ada keluarga yang untuk bulan yang sama tercatat pada dua program yang tidak boleh digabung."
    )
    source = _SOURCE
    sql = _SIDES.format(verdict="not_allowed")


class ExpectAgreedCombination(FlagRule):
    """Families of a village get the aid of two programmes on which the OPDs still have to agree."""

    rule = "combination_to_ask"
    table = "audit.combination_conflicts"
    level = "info"
    policy = "Keluarga yang untuk bulan yang sama tercatat pada dua program yang perlu kesepakatan telah dibicarakan antar-OPD."
    source = _SOURCE
    sql = _SIDES.format(verdict="ask")
