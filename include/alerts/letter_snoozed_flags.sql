-- How many flags of an OPD are open, can be mended, and are told of to nobody while they are snoozed.
select count(*) as flags
from compared_flags
where opd_code = $opd_code and is_snoozed and change <> 'resolved' and not past_fact and not is_within;
