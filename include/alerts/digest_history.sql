-- Temporary table alert_digests: the digests that count as told, one row a digest.
-- A mail that was sent or still waits to be sent counts. A mail that was only written counts while no SMTP server is
-- configured (then outbox/ is the delivery), and never if it was a dry run or a replay. `number` counts an OPD's
-- digests: times alone do not order them, for a pretended clock may stand still.
create or replace temp table alert_digests as
select
    opd_code,
    alert_id,
    message_id,
    status,
    cast(state ->> 'number' as integer) as number,
    coalesce(sent_at, created_at) as told_at,
    cast(state as json) as state
from ledger.outbox
where
    kind = 'digest'
    and as_of <= $as_of
    and (
        ((state ->> 'mode') = 'send' and status in ('queued', 'sent'))
        or ((state ->> 'mode') = 'file' and $written_counts)
    );
