-- The last letter to the province's coordinator that counts as told, and what it told.
select
    max(created_at) as told_at,
    arg_max(state_hash, created_at) as state_hash
from ledger.outbox
where kind = $kind and (status in ('queued', 'sent') or (status = 'written' and $written_counts));
