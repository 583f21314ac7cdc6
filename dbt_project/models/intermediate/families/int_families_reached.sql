-- One row per family with all its programmes together.
with aided as (
    select
        family_key,
        list(program_code order by program_code) filter (where is_entitled) as programs,
        bool_or(is_entitled) as is_entitled,
        bool_or(has_received) as has_received,
        bool_or(is_listed) as is_listed,
        sum(entitled) as entitled,
        sum(on_time) as on_time,
        sum(promised_idr) as promised_idr,
        sum(received_idr) as received_idr
    from {{ ref('int_family_programs') }}
    group by family_key
)

select
    families.*,
    coalesce(aided.programs, []) as programs,
    coalesce(aided.is_entitled, false) as is_entitled,
    coalesce(aided.has_received, false) as has_received,
    coalesce(aided.is_listed, false) as is_listed,
    coalesce(aided.entitled, 0)::bigint as entitled,
    coalesce(aided.on_time, 0)::bigint as on_time,
    {{ rounded_amount('coalesce(aided.promised_idr, 0)') }}::double as promised_idr,
    {{ rounded_amount('coalesce(aided.received_idr, 0)') }}::double as received_idr
from {{ ref('int_families') }} as families
left join aided on families.family_key = aided.family_key
