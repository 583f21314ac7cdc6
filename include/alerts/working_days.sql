-- The working days after as_of, nearest first.
select day from reference.calendar where day > $as_of and is_working_day order by day limit $days;
