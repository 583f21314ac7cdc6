-- Vulnerable groups by programme, as far as they may be shown.
select
    coverage.group_code,
    coverage.program_name,
    coverage.families_public,
    coverage.recipients_public,
    coverage.families_unknown_public,
    coverage.complete_rate_public,
    coverage.on_time_rate_public,
    coverage.gap_points_public,
    coverage.mean_days_late_public
from audit.vulnerable_coverage as coverage
order by coverage.program_name, coverage.gap_points_public nulls last, coverage.group_code;
