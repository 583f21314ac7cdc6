-- All villages together, and the rules by which they were counted; no row where no rules of targeting were published.
select
    summary.families_registered,
    summary.families_decile_unknown_public,
    summary.poor_families_public,
    summary.gap_families_public,
    summary.gap_decile_1_public,
    summary.gap_vulnerable_public,
    summary.recipients_outside_public,
    summary.families_in_conflict_public,
    parameters.poor_deciles,
    parameters.elderly_age,
    parameters.small_cell,
    parameters.comparable_from
from audit.targeting_summary as summary
cross join audit.targeting_parameters as parameters
where summary.is_total;
