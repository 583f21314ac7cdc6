-- Temporary table told_mails: the mails that count as told, one row a mail.
-- A mail that was sent or still waits to be sent counts. A mail that was only written counts while no SMTP server is
-- configured (then outbox/ is the delivery), and never if it was a dry run or a replay. `number` counts an OPD's
-- digests: times alone do not order them, for a pretended clock may stand still.
create or replace temp table told_mails as
select
    kind,
    opd_code,
    alert_id,
    message_id,
    status,
    as_of,
    created_at,
    cast(state ->> 'number' as integer) as number,
    coalesce(sent_at, created_at) as told_at,
    coalesce(from_json(cast(state as json) -> 'programs', '["VARCHAR"]'), []) as programs,
    coalesce(from_json(cast(state as json) -> 'steps', '["VARCHAR"]'), []) as steps,
    cast(state as json) as state
from ledger.outbox
where
    as_of <= $as_of
    and (
        ((state ->> 'mode') = 'send' and status in ('queued', 'sent'))
        or ((state ->> 'mode') = 'file' and $written_counts)
    );
