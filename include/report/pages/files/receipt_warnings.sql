-- The remarks on one file, in words.
select
    warning ->> 'code' as code,
    coalesce(reasons.text, warning ->> 'code') as text,
    reasons.remedy,
    warning ->> 'detail' as detail
from (
    select unnest(from_json(submissions.warning_details, '["json"]')) as warning
    from audit.submissions as submissions
    where submissions.submission_id = $submission
)
left join audit.reason_codes as reasons on warning ->> 'code' = reasons.code
order by code, detail;
