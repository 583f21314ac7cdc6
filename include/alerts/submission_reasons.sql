-- Why, in counts: one row a reason, the most frequent first. A row with two reasons counts under both.
with coded as (
    select unnest(reason_codes) as code, 1 as rows_counted
    from marts.rows_judged
    where submission_id = $submission_id and outcome = 'rejected'
    union all
    select reason as code, null as rows_counted
    from audit.submissions
    where submission_id = $submission_id and reason is not null
)

select
    coded.code,
    sum(coded.rows_counted)::bigint as rows_counted,
    coalesce(any_value(reasons.text), coded.code) as text,
    any_value(reasons.remedy) as remedy
from coded
left join reference.reasons on coded.code = reasons.code
group by coded.code
order by rows_counted desc nulls first, coded.code;
