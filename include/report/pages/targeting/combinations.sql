-- Combinations of programmes with what they are worth a person and day, most families first.
select
    combined.combination,
    combined.combination_name,
    combined.families_public,
    combined.families_below_line_public,
    combined.below_line_share_public,
    combined.value_idr_per_person_per_day,
    combined.received_idr_per_person_per_day,
    combined.line_share,
    combined.received_line_share,
    combined.line_idr_per_day,
    combined.is_value_public
from audit.complementarity as combined
order by combined.families desc, combined.combination;
