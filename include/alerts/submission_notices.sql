-- Files refused, wholly or partly, or taken although they look wrong as a whole, whose sender has not been told (a notice
-- that was refused told nobody): one row a file, with the addresses that a notice of it was written to in vain. A duplicate has no
-- effect and is no refusal.
with told as (
    select distinct unnest(from_json(state -> 'items', '["VARCHAR"]')) as submission_id
    from told_mails
    where kind = 'submission_notice'
),

tried as (
    select submission_id, list(distinct address) as addresses
    from (
        select
            unnest(from_json(cast(state as json) -> 'items', '["VARCHAR"]')) as submission_id,
            recipients ->> 0 as address
        from ledger.outbox
        where kind = 'submission_notice' and (state ->> 'mode') = $mode
    )
    group by submission_id
)

select
    submissions.submission_id,
    submissions.feed,
    submissions.opd_code,
    submissions.file_name,
    submissions.received_at,
    submissions.status,
    submissions.reason,
    submissions.rows_read,
    submissions.rows_accepted,
    submissions.rows_rejected,
    submissions.rows_skipped,
    programs.name as program_name,
    ledger_submissions.receipt_number,
    coalesce(tried.addresses, []) as tried
from audit.submissions
inner join ledger.submissions as ledger_submissions
    on submissions.submission_id = ledger_submissions.submission_id
inner join reference.opds on submissions.opd_code = opds.opd_code
left join tried on submissions.submission_id = tried.submission_id
left join reference.programs on submissions.program_code = programs.program_code
where
    (
        submissions.status in ('rejected', 'partial')
        or list_has_any(submissions.warnings, (select list(code) from reference.reasons where level = 'submission' and is_urgent))
    )
    and submissions.feed is not null
    and submissions.submission_id not in (select told.submission_id from told)
order by submissions.received_at, submissions.submission_id;
