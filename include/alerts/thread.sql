-- The thread that a mail to or about an OPD belongs to: the first and the last mail that told of one of its programmes.
select
    arg_min(message_id, struct_pack(created_at, place := coalesce(number, 0), alert_id)) as first_message_id,
    arg_max(message_id, struct_pack(created_at, place := coalesce(number, 0), alert_id)) as last_message_id
from told_mails
where
    opd_code is not distinct from $opd_code
    and (list_has_any(programs, $programs) or (len(programs) = 0 and len($programs) = 0));
