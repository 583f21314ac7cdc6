-- The window that lies ahead (its cutoff not yet past) and the last whose cutoff is past: at most one row each.
(
    select 'ahead' as position, susenas_year, starts_on, ends_on, cutoff, visible_days, status
    from reference.susenas_windows
    where cutoff >= $as_of
    order by cutoff
    limit 1
)
union all
(
    select 'past' as position, susenas_year, starts_on, ends_on, cutoff, visible_days, status
    from reference.susenas_windows
    where cutoff < $as_of
    order by cutoff desc
    limit 1
);
