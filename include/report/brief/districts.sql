-- One row a district: how many of its villages will not be ready for some programme, and of how many nothing can be said yet.
-- A village counts once, however many programmes are late there.
with villages as (
    select
        coalesce(readiness.district_name, 'Kecamatan tidak dikenal') as district_name,
        readiness.village_code,
        bool_or(coalesce(readiness.will_make_it = false, false)) as will_miss,
        bool_or(readiness.will_make_it is null) as is_unknown,
        coalesce(sum(readiness.remaining) filter (where readiness.will_make_it = false), 0) as remaining
    from audit.village_readiness as readiness
    inner join scope on readiness.susenas_year = scope.susenas_year
    group by all
)

select
    district_name,
    count(*) as villages,
    count_if(will_miss) as will_miss,
    count_if(is_unknown and not will_miss) as unknown,
    sum(remaining)::bigint as remaining
from villages
group by district_name
order by will_miss desc, remaining desc, district_name;
