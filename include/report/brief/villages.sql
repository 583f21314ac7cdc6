-- Villages that will not be ready at the pace of the last days, or were not when the cutoff came: one row a programme and
-- village, worst first, the programmes of an OPD together.
select
    villages.opd_code,
    coalesce(card.opd_name, villages.opd_code) as opd_name,
    villages.program_code,
    coalesce(programs.name, villages.program_code) as program_name,
    coalesce(villages.district_name, 'Kecamatan tidak dikenal') as district_name,
    coalesce(villages.village_name, villages.village_code, 'Desa tidak dikenal') as village_name,
    summary.village_kind,
    villages.remaining,
    villages.pace_per_day,
    villages.projected_completion_date
from audit.village_readiness as villages
inner join scope on villages.susenas_year = scope.susenas_year
left join audit.programs as programs on villages.program_code = programs.program_code
left join audit.opd_scorecard as card
    on villages.opd_code = card.opd_code and villages.program_code = card.program_code
left join audit.village_summary as summary on villages.village_code = summary.village_code
where villages.will_make_it = false
order by opd_name, program_name, villages.remaining desc, village_name, villages.village_code;
