-- Villages that will not be ready at the pace of the last days, or were not when the cutoff came: worst first.
select
    coalesce(villages.district_name, 'Kecamatan tidak dikenal') as district_name,
    coalesce(villages.village_name, villages.village_code, 'desa tidak dikenal') as village_name,
    villages.program_code,
    coalesce(programs.name, villages.program_code) as program_name,
    villages.ready,
    villages.entitled,
    villages.remaining,
    coalesce(villages.pace_per_day, 0) as pace_per_day,
    villages.projected_completion_date
from audit.village_readiness as villages
inner join scope on villages.susenas_year = scope.susenas_year
left join audit.programs as programs on villages.program_code = programs.program_code
where villages.will_make_it = false
order by villages.remaining desc, villages.ready_rate, villages.village_code, villages.program_code;
