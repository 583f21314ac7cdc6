-- The working days after the day judged by, nearest first.
select calendar.day
from audit.calendar as calendar
cross join scope
where calendar.day > scope.as_of and calendar.is_working_day
order by calendar.day
limit $days;
