-- The survey's windows, latest first.
select
    windows.susenas_year,
    windows.starts_on,
    windows.ends_on,
    windows.cutoff,
    windows.scope_from,
    windows.status,
    windows.source
from audit.susenas_windows as windows
order by windows.susenas_year desc;
