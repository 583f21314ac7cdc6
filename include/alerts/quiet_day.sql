-- Whether as_of is one of the configured quiet days: `weekends`, `holidays`, or a weekday's English name.
select
    coalesce(bool_or(list_has_any(
        $quiet_days,
        [
            lower(dayname(day)),
            case when isodow(day) >= 6 then 'weekends' end,
            case when holiday_name is not null then 'holidays' end
        ]
    )), false) as is_quiet
from reference.calendar
where day = $as_of;
