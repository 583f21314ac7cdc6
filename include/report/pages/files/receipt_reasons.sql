-- Why rows of one file were refused, and where they stand: at most the first thirty of each reason.
select
    refused.reason_code,
    coalesce(any_value(reasons.text), refused.reason_code) as text,
    any_value(reasons.remedy) as remedy,
    count(*) as refused_rows,
    list({ 'sheet': refused.sheet, 'row_number': refused.row_number } order by refused.sheet_number, refused.row_number)[:30]
        as places
from (
    select
        rejected.sheet,
        rejected.sheet_number,
        rejected.row_number,
        unnest(rejected.reason_codes) as reason_code
    from audit.rejected_rows as rejected
    where rejected.submission_id = $submission
) as refused
left join audit.reason_codes as reasons on refused.reason_code = reasons.code
group by refused.reason_code
order by refused_rows desc, refused.reason_code;
