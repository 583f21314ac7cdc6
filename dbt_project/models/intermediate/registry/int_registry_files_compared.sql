-- One row per registry file and remark on it as a whole: a day that has not come, a version older than one that was there, one
-- that takes another's place, a registry that has ended, heads of families only.
with files as (
    select
        files.*,
        submissions.receipt_number
    from {{ ref('int_registry_files') }} as files
    inner join {{ ref('stg_ledger__submissions') }} as submissions on files.submission_id = submissions.submission_id
),

snapshots as (
    select
        snapshots.*,
        files.receipt_number
    from {{ ref('int_registry_snapshots') }} as snapshots
    inner join files on snapshots.submission_id = files.submission_id
),

met as (
    -- What was there for a village when a file came.
    select
        later.submission_id,
        later.version,
        earlier.version as earlier_version,
        earlier.receipt_number as earlier_receipt,
        earlier.valid_from > later.valid_from as is_newer,
        count(*) as villages
    from snapshots as later
    inner join snapshots as earlier
        on
            later.registry = earlier.registry
            and later.village_code is not distinct from earlier.village_code
            and later.arrival > earlier.arrival
            and later.valid_from <= earlier.valid_from
    group by all
)

select
    submission_id,
    'registry_in_future' as code,
    version || ' dipakai' as detail
from files
where is_stated_in_future
union all
select
    submission_id,
    'registry_older' as code,
    version || '; ' || villages || ' desa sudah memiliki ' || earlier_version || ' (' || earlier_receipt || ')' as detail
from met
where is_newer
union all
select
    submission_id,
    'registry_replaces' as code,
    version || '; menggantikan ' || earlier_receipt || ' untuk ' || villages || ' desa' as detail
from met
where not is_newer
union all
select
    files.submission_id,
    'registry_ended' as code,
    files.version || '; DTSEN berlaku sejak ' || strftime(min(dtsen.valid_from), '%d-%m-%Y') as detail
from files
cross join snapshots as dtsen
where files.registry = 'dtks' and files.mends_submission_id is null and dtsen.registry = 'dtsen'
group by files.submission_id, files.version, files.valid_from
having files.valid_from >= min(dtsen.valid_from)
union all
select
    submission_id,
    'registry_heads_only' as code,
    count(*) || ' baris' as detail
from {{ ref('stg_registry__rows') }}
where is_accepted and is_of_families
group by submission_id
