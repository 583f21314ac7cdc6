-- What was mended since the last digest: one row a programme and period.
select
    flags.program_code,
    programs.name as program_name,
    flags.period,
    count(*) as flags
from letter_flags as flags
left join reference.programs on flags.program_code = programs.program_code
where flags.opd_code = $opd_code and flags.change = 'resolved'
group by all
order by flags.program_code, flags.period;
