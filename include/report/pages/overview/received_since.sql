-- The files that the earlier publication did not know, by what became of them.
select
    submissions.status,
    count(*) as files,
    sum(submissions.rows_accepted)::bigint as rows_accepted,
    sum(submissions.rows_rejected)::bigint as rows_rejected
from audit.submissions as submissions
where submissions.sequence > $sequence
group by submissions.status
order by submissions.status;
