-- What programmes are worth together, a person and day, the best first.
select combination_name, value_idr_per_person_per_day, line_share, line_idr_per_day
from audit.complementarity
where combination <> 'none' and is_value_public
order by value_idr_per_person_per_day desc, combination;
