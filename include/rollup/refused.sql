-- A letter that the coordinator's present address has refused for good: one of this run, or the last one, while none after it has been
-- taken or waits. What another address refused was mended with the address.
select
    letters.as_of,
    letters.error
from ledger.outbox as letters
where
    letters.kind = $kind
    and letters.status = 'failed'
    and (letters.recipients ->> 0) = $to
    and (
        letters.alert_id = any(cast($tried as varchar[]))
        or not exists (
            select 1
            from ledger.outbox as later
            where later.kind = letters.kind and later.status <> 'failed' and later.created_at >= letters.created_at
        )
    )
order by letters.created_at desc, letters.alert_id
limit 1;
