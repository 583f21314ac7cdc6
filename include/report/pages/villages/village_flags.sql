-- What is open in one village: one row a rule and programme.
select
    flags.rule,
    programs.name as program_name,
    list(distinct flags.severity) as severities,
    count(*) as flags,
    min(flags.first_seen_on) as first_seen_on,
    list(distinct flags.period order by flags.period) filter (where flags.period is not null) as periods,
    max(flags.days_late) as days_late
from told_flags as flags
left join audit.programs as programs on flags.program_code = programs.program_code
where
    flags.village_code is not distinct from $village
    and flags.resolved_on is null
group by all
order by flags.rule, program_name;
