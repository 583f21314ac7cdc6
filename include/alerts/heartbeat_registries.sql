-- The registries that OPDs keep: one row a registry, with the last file of it that was taken in, if any, whether a file in force
-- looks wrong beside the one before it, and how many pairs of persons its operator is asked about (the list lies in its folder of returned
-- files).
with last_files as (
    select feed, arg_max(struct_pack(received_at, rows_accepted), sequence) as file
    from audit.submissions
    where kind = 'registry' and status in ('accepted', 'partial')
    group by feed
),

doubted as (
    select registry, bool_or(has_doubtful_file) as is_doubtful
    from audit.register_counts
    group by registry
),

asked as (
    select files.feed, count(*) as pairs
    from ledger.registry_matches as matches
    inner join audit.submissions as files on matches.right_submission_id = files.submission_id
    where matches.decision = 'review'
    group by files.feed
)

select
    feeds.opd_code,
    opds.name as opd_name,
    feeds.registry,
    last_files.file.received_at as received_at,
    last_files.file.rows_accepted as rows_accepted,
    feeds.feed,
    coalesce(doubted.is_doubtful, false) as is_doubtful,
    coalesce(asked.pairs, 0) as pairs_to_review
from reference.feeds
inner join reference.opds on feeds.opd_code = opds.opd_code
left join last_files on feeds.feed = last_files.feed
left join asked on feeds.feed = asked.feed
left join doubted on feeds.registry = doubted.registry
where feeds.kind = 'registry'
order by opds.name, feeds.registry, feeds.feed;
