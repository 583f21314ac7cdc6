-- Service over twelve months of one OPD, or of all ($opd_code null), and which programmes were bunched before the last cutoff: one row.
select
    coalesce(sum(card.year_due), 0)::bigint as year_due,
    coalesce(sum(card.year_on_time), 0)::bigint as year_on_time,
    any_value(card.bunching_susenas_year) as susenas_year,
    list(card.program_name order by card.program_name) filter (where card.is_bunched) as programs_bunched
from audit.opd_scorecard as card
where $opd_code is null or card.opd_code = $opd_code;
