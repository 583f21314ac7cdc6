-- What a run did, in counts, as published; no row where another run, or none, has published last.
select
    submissions.*,
    flags.*
from (
    select
        count(*) as submissions,
        count(*) filter (where status = 'rejected') as refused,
        count(*) filter (where status = 'partial') as partly_refused,
        coalesce(sum(rows_accepted), 0)::bigint as rows_accepted,
        coalesce(sum(rows_rejected), 0)::bigint as rows_rejected
    from audit.submissions
    where sequence between $first and $last
) as submissions
cross join (
    select
        count(*) filter (where greatest(first_seen_on, reopened_on) = $as_of) as flags_new,
        count(*) filter (where resolved_on is null) as flags_open
    from audit.flags
) as flags
where $run_id = (select arg_max(publications.run_id, publications.publication_number) from audit.publications as publications);
