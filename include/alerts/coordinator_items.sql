-- What the coordinator has to hear of and has not been told: e-mails that the server refused for good, for all or for one of
-- their recipients. The data engineer's notice is among them, the coordinator's own is not: it would be refused again.
with told as (
    select distinct unnest(from_json(state -> 'items', '["VARCHAR"]')) as item
    from told_mails
    where kind = 'coordinator_notice'
),

refused as (
    select
        'mail' as topic,
        'mail:' || outbox.alert_id as item,
        outbox.subject,
        string_agg(distinct attempts.address || ': ' || attempts.reply, '; ') as detail
    from ledger.outbox
    inner join ledger.outbox_attempts as attempts
        on outbox.alert_id = attempts.alert_id and attempts.outcome = 'refused'
    where outbox.kind <> 'coordinator_notice'
    group by outbox.alert_id, outbox.subject
)

select refused.topic, refused.item, refused.subject, refused.detail
from refused
where refused.item not in (select told.item from told)
order by refused.item;
