-- The last runs, latest first, with their steps' seconds as JSON.
select
    runs.run_id,
    runs.as_of,
    runs.started_at,
    runs.outcome,
    runs.started_by,
    runs.seconds,
    runs.row_counts,
    runs.versions
from audit.runs as runs
order by runs.started_at desc, runs.rowid desc
limit $room;
