-- How far a regency's programmes are complete before each SUSENAS window that takes them in. Where it takes in few families there
-- is no figure that counts them.
with windows as (
    select
        susenas_year,
        opd_code,
        program_code,
        any_value(window_state) as window_state,
        any_value(cutoff) as cutoff,
        any_value(days_to_cutoff) as days_to_cutoff,
        count(*) as villages,
        count(*) filter (where not will_make_it) as villages_not_in_time,
        sum(families) as families,
        sum(entitled)::bigint as entitled,
        sum(ready)::bigint as ready,
        sum(incomplete)::bigint as incomplete,
        sum(overdue)::bigint as overdue
    from audit.village_readiness
    group by susenas_year, opd_code, program_code
)

select
    windows.susenas_year,
    windows.opd_code,
    windows.program_code,
    windows.window_state,
    windows.cutoff,
    windows.days_to_cutoff,
    windows.villages,
    windows.villages_not_in_time,
    windows.families < targeting.small_cell as is_hidden,
    if(windows.families < targeting.small_cell, null, windows.entitled) as entitled,
    if(windows.families < targeting.small_cell, null, windows.ready) as ready,
    if(windows.families < targeting.small_cell, null, windows.incomplete) as incomplete,
    if(windows.families < targeting.small_cell, null, windows.overdue) as overdue
from windows
cross join audit.targeting_parameters as targeting
order by windows.susenas_year, windows.opd_code, windows.program_code;
