with parameters as (
    select as_of from {{ source('reference', 'parameters') }}
)

select
    snoozes.opd_code,
    snoozes.program_code,
    snoozes.rule,
    snoozes.snoozed_until,
    snoozes.reason,
    snoozes.snoozed_until >= parameters.as_of as in_force
from {{ source('reference', 'snoozes') }} as snoozes
cross join parameters
order by snoozes.opd_code, snoozes.program_code, snoozes.rule, snoozes.snoozed_until
