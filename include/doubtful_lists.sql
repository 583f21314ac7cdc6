-- Lists of recipients, as published, that drop most of the families that they list or drop, and that nobody has decided about.
with dropped as (
    select
        dropped_by_submission_id as submission_id,
        count(distinct beneficiary_key) as families_dropped,
        count(distinct village_code) as villages
    from audit.recipients_dropped
    where dropped_how = 'dropped'
    group by 1
),
listed as (
    select submission_id, count(distinct beneficiary_key) as families_listed
    from audit.recipients_listed
    group by 1
)
select
    submissions.submission_id, submissions.receipt_number, submissions.feed, submissions.file_name,
    dropped.families_dropped,
    coalesce(listed.families_listed, 0) as families_listed, dropped.villages
from dropped
inner join audit.submissions as submissions using (submission_id)
left join listed using (submission_id)
where
    dropped.families_dropped >= $least
    and dropped.families_dropped >= $share * (dropped.families_dropped + coalesce(listed.families_listed, 0))
    and submissions.submission_id not in (select decisions.submission_id from audit.decisions as decisions)
order by submissions.sequence;
