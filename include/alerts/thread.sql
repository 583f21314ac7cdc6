-- The thread that a mail to or about an OPD belongs to: the first and the last mail that told of one of its programmes, those
-- drafted in this run last.
with mails as (
    select
        opd_code,
        programs,
        message_id,
        struct_pack(is_drafted := false, created_at, place := coalesce(number, 0), alert_id) as place
    from told_mails
    union all
    select
        opd_code,
        programs,
        message_id,
        struct_pack(is_drafted := true, created_at := cast(null as timestamp), place := place, alert_id := '') as place
    from drafted_mails
)

select
    arg_min(message_id, place) as first_message_id,
    arg_max(message_id, place) as last_message_id
from mails
where
    opd_code is not distinct from $opd_code
    and (list_has_any(programs, $programs) or (len(programs) = 0 and len($programs) = 0));
