-- Why rows were refused: one row a reason, with how many rows and files it is of.
select
    refused.reason_code,
    coalesce(reasons.text, refused.reason_code) as text,
    reasons.remedy,
    count(*) as refused_rows,
    count(distinct refused.submission_id) as files
from (
    select
        rejected.submission_id,
        unnest(rejected.reason_codes) as reason_code
    from audit.rejected_rows as rejected
) as refused
left join audit.reason_codes as reasons on refused.reason_code = reasons.code
group by all
order by refused_rows desc, refused.reason_code;
