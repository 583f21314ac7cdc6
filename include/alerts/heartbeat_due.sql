-- Who has heard nothing for a week: one row a reader, opd_code null for the coordinator. Counted from the last mail (for the
-- coordinator: from the last heartbeat), before the first one from the first run that succeeded.
-- Every OPD that hands out aid or sends files is a reader, also before its first list of recipients: silence would be taken for
-- all being well.
with readers as (
    select opd_code
    from reference.opds
    where
        opd_code in (select programs.opd_code from reference.programs)
        or opd_code in (select feeds.opd_code from reference.feeds)
    union all
    select null as opd_code
),

heard as (
    select
        readers.opd_code,
        max(told_mails.as_of) as last_on,
        arg_max(told_mails.alert_id, struct_pack(told_mails.as_of, told_mails.created_at, told_mails.alert_id)) as last_alert_id
    from readers
    left join told_mails
        on
            readers.opd_code is not distinct from told_mails.opd_code
            and told_mails.kind in ('digest', 'reminder', 'escalation', 'heartbeat')
    group by readers.opd_code
),

began as (
    select min(as_of) as first_on from ledger.runs where outcome = 'succeeded'
)

select
    heard.opd_code,
    heard.last_alert_id,
    coalesce(heard.last_on, began.first_on) as since
from heard
cross join began
where coalesce(heard.last_on, began.first_on) + $days <= $as_of
order by heard.opd_code nulls last;
