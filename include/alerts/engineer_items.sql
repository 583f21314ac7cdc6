-- What the data engineer has to hear of and has not been told: one row an item, `item` its name for ever.
--   file  a file in no feed's folder
--   stuck something in the inbox that cannot be taken in: no access, a link, no ordinary file
--   rule  a rule that could not be evaluated; told once a streak, named after the run in which the streak began
--   mail  an e-mail that the server refused for good, for all or for one of its recipients; notices about such mails are not
--         told of again, or two bad addresses would tell of each other for ever
with told as (
    select distinct unnest(from_json(state -> 'items', '["VARCHAR"]')) as item
    from told_mails
    where kind = 'engineer_notice'
),

-- Rows are appended, so their place orders them, also where a pretended clock stands still.
last_evaluated as (
    select rule, max(rowid) as place
    from ledger.rule_outcomes
    where outcome <> 'not_evaluated'
    group by rule
),

streaks as (
    select outcomes.rule, arg_min(outcomes.run_id, outcomes.rowid) as first_run_id
    from ledger.rule_outcomes as outcomes
    left join last_evaluated on outcomes.rule = last_evaluated.rule
    where outcomes.outcome = 'not_evaluated' and outcomes.rowid > coalesce(last_evaluated.place, -1)
    group by outcomes.rule
),

items as (
    select
        case when reason = 'file_not_taken' then 'stuck' else 'file' end as topic,
        'file:' || submission_id as item,
        file_name as subject,
        case when reason = 'file_not_taken' then reason_detail else reason end as detail
    from ledger.submissions
    where feed is null
    union all
    select
        'rule' as topic,
        'rule:' || outcomes.rule || ':' || coalesce(streaks.first_run_id, outcomes.run_id) as item,
        outcomes.rule as subject,
        outcomes.error as detail
    from ledger.rule_outcomes as outcomes
    left join streaks on outcomes.rule = streaks.rule
    where outcomes.run_id = $run_id and outcomes.outcome = 'not_evaluated'
    union all
    select
        'mail' as topic,
        'mail:' || outbox.alert_id as item,
        outbox.subject,
        string_agg(distinct attempts.address || ': ' || attempts.reply, '; ') as detail
    from ledger.outbox
    inner join ledger.outbox_attempts as attempts
        on outbox.alert_id = attempts.alert_id and attempts.outcome = 'refused'
    where outbox.kind not in ('engineer_notice', 'coordinator_notice')
    group by outbox.alert_id, outbox.subject
)

select items.topic, items.item, items.subject, items.detail
from items
where items.item not in (select told.item from told)
order by items.topic, items.item;
