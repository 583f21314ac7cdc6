-- Temporary table told_mails: the mails that count as told, one row a mail.
-- A mail that was sent or still waits to be sent counts, unless the server refused its To address: that a copy went through
-- does not mean that its reader has it. `reader_waits` says that the To address has no final answer yet. A mail that was only written counts while no SMTP server is
-- configured (then outbox/ is the delivery), and never if it was a dry run or a replay. `number` counts an OPD's
-- digests: times alone do not order them, for a pretended clock may stand still.
create or replace temp table told_mails as
with answers as (
    select
        outbox.alert_id,
        bool_or(attempts.outcome = 'accepted') as reader_has_it,
        min(attempts.attempted_at) as answered_at
    from ledger.outbox
    inner join ledger.outbox_attempts as attempts
        on outbox.alert_id = attempts.alert_id and (outbox.recipients ->> 0) = attempts.address
    where attempts.outcome in ('accepted', 'refused')
    group by outbox.alert_id
)

select
    kind,
    opd_code,
    alert_id,
    message_id,
    status = 'queued' and reader_has_it is null as reader_waits,
    as_of,
    created_at,
    cast(state ->> 'number' as integer) as number,
    coalesce(answered_at, created_at) as told_at,
    coalesce(from_json(cast(state as json) -> 'programs', '["VARCHAR"]'), []) as programs,
    coalesce(from_json(cast(state as json) -> 'steps', '["VARCHAR"]'), []) as steps,
    cast(state as json) as state
from ledger.outbox
left join answers using (alert_id)
where
    as_of <= $as_of
    and (
        ((state ->> 'mode') = 'send' and status in ('queued', 'sent') and coalesce(reader_has_it, true))
        or ((state ->> 'mode') = 'file' and $written_counts)
    );
