-- Why, in counts: one row a reason, the most frequent first. A row with two reasons counts under both.
with coded as (
    select unnest(reason_codes) as code, 1 as rows_counted, null as detail
    from marts.rows_judged
    where submission_id = $submission_id and outcome = 'rejected'
    union all
    -- What a file is instead names kinds, registries and programmes; other details may repeat what the file says.
    select reason as code, null as rows_counted, case when reason = 'wrong_feed' then reason_detail end as detail
    from audit.submissions
    where submission_id = $submission_id and reason is not null
    union all
    select remark.code, null as rows_counted, remark.detail
    from (
        select unnest(from_json(warning_details, '[{"code": "VARCHAR", "detail": "VARCHAR"}]')) as remark
        from audit.submissions
        where submission_id = $submission_id
    )
    where remark.code in (select code from reference.reasons where level = 'submission' and is_urgent)
)

select
    coded.code,
    sum(coded.rows_counted)::bigint as rows_counted,
    coalesce(any_value(reasons.text), coded.code) as text,
    any_value(reasons.remedy) as remedy,
    max(coded.detail) as detail
from coded
left join reference.reasons on coded.code = reasons.code
group by coded.code
order by rows_counted desc nulls first, coded.code;
