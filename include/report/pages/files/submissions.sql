-- The files received, latest first: those of one OPD, with one outcome or loaded by one run where that is asked for.
select
    submissions.receipt_number,
    submissions.received_at,
    submissions.feed,
    submissions.kind,
    submissions.file_name,
    submissions.status,
    submissions.rows_read,
    submissions.rows_accepted,
    submissions.rows_rejected,
    submissions.rows_skipped,
    len(submissions.warnings) as warnings,
    programs.name as program_name,
    count(*) over () as total
from audit.submissions as submissions
left join audit.programs as programs on submissions.program_code = programs.program_code
where
    ($opd is null or submissions.opd_code = $opd)
    and ($status is null or submissions.status = $status)
    and ($first is null or submissions.sequence between $first and $last)
order by submissions.sequence desc
limit $room offset $skip;
