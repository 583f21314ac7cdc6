-- What a digest that is written now tells: the ids of the flags that changed, for the next one to compare with.
select change, severity, list(flag_id order by flag_id) as flag_ids
from alert_flags
where opd_code = $opd_code and change in ('new', 'resolved')
group by change, severity
order by change, severity;
