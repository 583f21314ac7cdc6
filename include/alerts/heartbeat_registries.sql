-- The registries that OPDs keep: one row a registry, with the last file of it that was taken in, if any.
with last_files as (
    select feed, arg_max(struct_pack(received_at, rows_accepted), sequence) as file
    from audit.submissions
    where kind = 'registry' and status in ('accepted', 'partial')
    group by feed
)

select
    feeds.opd_code,
    opds.name as opd_name,
    feeds.registry,
    last_files.file.received_at as received_at,
    last_files.file.rows_accepted as rows_accepted
from reference.feeds
inner join reference.opds on feeds.opd_code = opds.opd_code
left join last_files on feeds.feed = last_files.feed
where feeds.kind = 'registry'
order by opds.name, feeds.registry, feeds.feed;
