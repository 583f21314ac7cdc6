-- The window that lies ahead (its cutoff not yet past) and the last whose cutoff is past: at most one row each.
(
    select 'ahead' as position, windows.*
    from audit.susenas_windows as windows
    cross join audit.parameters as parameters
    where windows.cutoff >= parameters.as_of
    order by windows.cutoff
    limit 1
)
union all
(
    select 'past' as position, windows.*
    from audit.susenas_windows as windows
    cross join audit.parameters as parameters
    where windows.cutoff < parameters.as_of
    order by windows.cutoff desc
    limit 1
);
