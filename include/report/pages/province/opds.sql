-- A page of all OPDs in the order of their places; those without one last.
select
    opds.*,
    count(*) over () as opds
from audit.opds as opds
order by opds.place nulls last, opds.regency_code, opds.opd_code
limit $room offset $skipped;
