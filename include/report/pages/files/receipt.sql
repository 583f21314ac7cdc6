-- One file received, by the number of its receipt or the id of its submission.
select
    submissions.*,
    programs.name as program_name,
    programs.unit,
    coalesce(reasons.text, submissions.reason) as reason_text,
    reasons.remedy as reason_remedy
from audit.submissions as submissions
left join audit.programs as programs on submissions.program_code = programs.program_code
left join audit.reason_codes as reasons on submissions.reason = reasons.code
where submissions.receipt_number = $receipt or submissions.submission_id = $receipt;
