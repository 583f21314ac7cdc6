-- One row per registry file and remark on it as a whole: a day that has not come, a version older than one that was there, one
-- that takes another's place or leaves villages with the one before, a village's families or all deciles gone, a registry that
-- has ended, heads of families only.
with limits as (
    select * from {{ source('reference', 'targeting') }}
),

files as (
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
),

listed as (
    select
        coalesce(files.mends_submission_id, files.submission_id) as submission_id,
        entries.village_code,
        count(distinct coalesce(
            entries.kk_key, entries.family_key, case when entries.is_head is distinct from false then entries.beneficiary_key end
        )) as families,
        count(*) as entries,
        count(entries.welfare_decile) as deciles
    from {{ ref('stg_registry__rows') }} as entries
    inner join files on entries.submission_id = files.submission_id
    where entries.is_accepted
    group by coalesce(files.mends_submission_id, files.submission_id), entries.village_code
),

followed as (
    select
        snapshots.registry,
        snapshots.submission_id,
        snapshots.version,
        listed.families,
        listed.entries,
        listed.deciles,
        lag(listed.entries) over earlier_files as earlier_entries,
        lag(listed.families) over earlier_files as earlier_families,
        lag(listed.deciles) over earlier_files as earlier_deciles,
        lag(snapshots.receipt_number) over earlier_files as earlier_receipt
    from snapshots
    inner join listed
        on snapshots.submission_id = listed.submission_id and snapshots.village_code is not distinct from listed.village_code
    window
        earlier_files as (
            partition by snapshots.registry, snapshots.village_code
            order by snapshots.valid_from, snapshots.arrival
        )
),

known_villages as (
    -- The villages that a registry had when a file came, and whether a file of that version names them.
    select
        files.submission_id,
        earlier.village_code,
        bool_or(own.submission_id = files.submission_id) as is_named,
        bool_or(own.submission_id is not null) as is_of_version,
        arg_max(earlier.version, (earlier.valid_from, earlier.arrival)) as earlier_version
    from files
    inner join snapshots as earlier
        on
            files.registry = earlier.registry
            and (earlier.valid_from, earlier.arrival) < (files.valid_from, files.arrival)
    left join snapshots as own
        on files.registry = own.registry and files.valid_from = own.valid_from and earlier.village_code = own.village_code
    where files.mends_submission_id is null and earlier.village_code is not null
    group by files.submission_id, earlier.village_code
),

left_villages as (
    -- A file of most of the villages is meant for all of them; one a village or district is not.
    select
        known_villages.submission_id,
        count(*) filter (where not coalesce(known_villages.is_of_version, false)) as villages,
        string_agg(distinct known_villages.earlier_version, ', ' order by known_villages.earlier_version) filter (
            where not coalesce(known_villages.is_of_version, false)
        ) as earlier_versions
    from known_villages
    cross join limits
    group by known_villages.submission_id
    having count_if(coalesce(known_villages.is_named, false)) > any_value(limits.registry_whole_share) * count(*)
),

remarks as (
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
        version || '; menggantikan ' || earlier_receipt || ' untuk ' || villages || ' desa'
            as detail
    from met
    where not is_newer
    union all
    select
        files.submission_id,
        'registry_leaves_villages' as code,
        files.version || '; ' || left_villages.villages || ' desa tetap memakai ' || left_villages.earlier_versions as detail
    from left_villages
    inner join files on left_villages.submission_id = files.submission_id
    where left_villages.villages > 0
    union all
    select
        submission_id,
        'registry_shrunk' as code,
        version || '; ' || count(*) || ' desa: ' || sum(earlier_families) || ' keluarga menurut ' || min(earlier_receipt)
        || ' menjadi ' || sum(families) as detail
    from followed
    cross join limits
    where
        families < (1 - limits.registry_loss_share) * earlier_families
        and earlier_families - families >= limits.registry_loss_from
    group by submission_id, version
    union all
    select
        submission_id,
        'registry_without_decile' as code,
        version || '; desil tercantum dalam ' || max(earlier_receipt) filter (where earlier_deciles > 0) as detail
    from followed
    cross join limits
    where earlier_entries > 0
    group by submission_id, version
    -- Of the entries, for that there are fewer of them is told by itself.
    having sum(deciles) / sum(entries) < (1 - any_value(limits.registry_loss_share)) * sum(earlier_deciles) / sum(earlier_entries)
    union all
    select
        submission_id,
        'registry_ended' as code,
        version || '; DTSEN berlaku sejak ' || strftime(min(ended_from), '%d-%m-%Y') || ' di ' || count(*) || ' desa'
            as detail
    from snapshots
    where valid_from >= ended_from
    group by submission_id, version
    union all
    select
        dtsen.submission_id,
        'registry_ends_dtks' as code,
        dtsen.version || ' berlaku sejak ' || strftime(dtsen.valid_from, '%d-%m-%Y') || '; DTKS berakhir di '
        || count(distinct dtks.village_code) filter (where dtks.ended_from = dtsen.valid_from) || ' desa dan tetap dipakai di '
        || count(distinct dtks.village_code) filter (where coalesce(dtks.ended_from > dtsen.valid_from, true))
        || ' desa' as detail
    from files as dtsen
    inner join snapshots as dtks on dtks.registry = 'dtks'
    where dtsen.registry = 'dtsen' and dtsen.mends_submission_id is null
    group by dtsen.submission_id, dtsen.version, dtsen.valid_from
    having bool_or(dtks.ended_from = dtsen.valid_from)
    union all
    select
        submission_id,
        'registry_heads_only' as code,
        count(*) || ' baris' as detail
    from {{ ref('stg_registry__rows') }}
    where is_accepted and is_of_families
    group by submission_id
)

-- Doubtful: taken, but to be looked at before its figures are used.
select
    remarks.*,
    coalesce(reasons.is_urgent, false) as is_doubtful
from remarks
left join {{ source('reference', 'reasons') }} as reasons on remarks.code = reasons.code
