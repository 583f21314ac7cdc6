-- Against what it stands: the families of each programme and period that something is wrong with. What is complete only
-- with deliveries without a date is told apart (letter_undated).
select
    accuracy.program_code,
    accuracy.period,
    count(*) as entitled,
    count(*) filter (where accuracy.timing_status in ('on_time', 'late')) as complete,
    count(*) filter (where accuracy.timing_status = 'on_time') as on_time
from audit.delivery_accuracy as accuracy
where accuracy.opd_code = $opd_code
group by all;
