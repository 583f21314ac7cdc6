-- The OPDs that stand last among those that are ranked.
select *
from audit.opds
where place is not null
order by place desc, regency_code, opd_code
limit $room;
