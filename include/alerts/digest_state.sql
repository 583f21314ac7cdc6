-- What a digest that is written now tells: the ids of the flags that changed, for the next one to compare with.
select
    case change when 'resolved' then 'resolved' else 'told' end as part,
    severity,
    list(flag_id order by flag_id) as flag_ids
from letter_flags
where change in ('new', 'worse', 'resolved')
group by part, severity
order by part, severity;
