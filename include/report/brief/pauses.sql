-- Days on which nobody was allowed to disburse and that are no OPD's lateness: one row a programme and pause that has begun,
-- since the scope's first due date.
select distinct programs.name as program_name, pauses.starts_on, pauses.ends_on, pauses.reason
from audit.program_pauses as pauses
inner join audit.programs as programs on pauses.program_code = programs.program_code
cross join scope
where pauses.starts_on <= scope.as_of and (scope.scope_from is null or pauses.ends_on > scope.scope_from)
order by pauses.starts_on, programs.name;
