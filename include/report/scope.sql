-- What the brief counts, one row: entitlements due after scope_from and up to cutoff. While a SUSENAS window lies ahead or is
-- under way they are that window's; else all that fell due after the last cutoff, which counts towards the next window.
-- Beside them the first day of the twelve months of service, and the window by whose cutoff it is told whether aid was bunched.
create or replace temp table scope as
with focus as (
    select windows.*
    from audit.susenas_windows as windows
    cross join audit.parameters as parameters
    where windows.ends_on >= parameters.as_of
    order by windows.starts_on
    limit 1
),

closed as (
    select max(windows.cutoff) as cutoff
    from audit.susenas_windows as windows
    cross join audit.parameters as parameters
    where windows.ends_on < parameters.as_of
)

select
    parameters.as_of,
    focus.susenas_year,
    focus.cutoff,
    if(focus.susenas_year is null, closed.cutoff, focus.scope_from) as scope_from,
    (select any_value(card.year_from) from audit.opd_scorecard as card) as year_from,
    (select any_value(card.bunching_susenas_year) from audit.opd_scorecard as card) as bunching_susenas_year
from audit.parameters as parameters
cross join closed
left join focus on true;
