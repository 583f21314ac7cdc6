-- Villages that will not be ready for some programme at the pace of the last days, or were not when the cutoff came: one row a
-- village over those programmes, worst first. It is done when the last of them is, and never while one has no pace.
select
    coalesce(villages.district_name, 'Kecamatan tidak dikenal') as district_name,
    coalesce(villages.village_name, villages.village_code, 'Desa tidak dikenal') as village_name,
    list(coalesce(programs.name, villages.program_code) order by villages.remaining desc, villages.program_code) as programs,
    sum(villages.ready)::bigint as ready,
    sum(villages.entitled)::bigint as entitled,
    sum(villages.remaining)::bigint as remaining,
    sum(villages.pace_per_day) as pace_per_day,
    if(
        bool_or(villages.projected_completion_date is null), null, max(villages.projected_completion_date)
    ) as projected_completion_date
from audit.village_readiness as villages
inner join scope on villages.susenas_year = scope.susenas_year
left join audit.programs as programs on villages.program_code = programs.program_code
where villages.will_make_it = false
group by villages.village_code, villages.village_name, villages.district_name
order by sum(villages.remaining) desc, sum(villages.ready) / sum(villages.entitled), villages.village_code;
