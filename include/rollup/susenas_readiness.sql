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
    -- A family that two villages count is one all the same, and the scorecard knows it: what that hides is hidden here as well.
    least(windows.families, scorecard.families) < targeting.small_cell as is_hidden,
    if(is_hidden, null, windows.entitled) as entitled,
    if(is_hidden, null, windows.ready) as ready,
    if(is_hidden, null, windows.incomplete) as incomplete,
    if(is_hidden, null, windows.overdue) as overdue
from windows
cross join audit.targeting_parameters as targeting
left join audit.opd_scorecard as scorecard
    on windows.opd_code = scorecard.opd_code and windows.program_code = scorecard.program_code
order by windows.susenas_year, windows.opd_code, windows.program_code;
