-- One row per person and snapshot of a registry, with the days on which the entry holds. Null is "not known", never "no".
-- A person whom two files for different villages name is in force once: in the later one. household_key is null where the entry
-- bears neither family card nor family id and is no head: whose family that is, its own file does not say.
with files as (
    select * from {{ ref('int_registry_files') }}
),

snapshots as (
    select * from {{ ref('int_registry_snapshots') }}
),

spans as (
    -- A row whose village is not known holds as long as anything of its file does.
    select
        submission_id,
        any_value(valid_from) as valid_from,
        case when bool_or(valid_to is null) then null else max(valid_to) end as valid_to
    from snapshots
    group by submission_id
),

mended as (
    select
        returned.origin_row_id,
        max(returned.row_key) as row_key
    from {{ ref('int_rows_returned') }} as returned
    inner join {{ ref('stg_registry__rows') }} as entries on returned.row_id = entries.row_id
    where returned.kind = 'registry' and returned.is_known and entries.is_accepted
    group by returned.origin_row_id
),

entries as (
    select
        entries.*,
        coalesce(files.mends_submission_id, files.submission_id) as snapshot_submission_id
    from {{ ref('stg_registry__rows') }} as entries
    inner join files on entries.submission_id = files.submission_id
    left join {{ ref('int_rows_returned') }} as returned on entries.row_id = returned.row_id and returned.is_known
    left join mended on coalesce(returned.origin_row_id, entries.row_id) = mended.origin_row_id
    where entries.is_accepted and entries.row_key >= coalesce(mended.row_key, 0)
),

placed as (
    select
        entries.*,
        coalesce(snapshots.valid_from, spans.valid_from) as snapshot_from,
        case when snapshots.submission_id is not null then snapshots.valid_to else spans.valid_to end as snapshot_to,
        coalesce(entries.kk_key, entries.family_key) as numbered_household_key,
        coalesce(
            numbered_household_key,
            case
                -- A head is a family of his own, whatever is known of the others; so is everybody in a list that tells no family
                -- from another and nobody from a head.
                when
                    coalesce(
                        entries.is_head,
                        not bool_or(
                            coalesce(regexp_matches(entries.kk_text, '[1-9]'), false)
                            or entries.family_key is not null
                            or entries.is_head is not null
                        ) over (partition by entries.snapshot_submission_id)
                    )
                    then entries.beneficiary_key
            end
        ) as household_key
    from entries
    inner join spans on entries.snapshot_submission_id = spans.submission_id
    left join snapshots
        on entries.snapshot_submission_id = snapshots.submission_id and entries.village_code = snapshots.village_code
    where coalesce(snapshot_to >= snapshot_from, true)
),

counted as (
    select
        *,
        count(*) over (partition by registry, snapshot_submission_id, household_key) as persons_listed,
        -- A file that names one person a household, its head, says nothing of how many they are.
        count(household_key) over (partition by registry, snapshot_submission_id)
        > count(distinct household_key) over (partition by registry, snapshot_submission_id) as lists_members,
        -- Who bears no number may belong to any family of the village.
        count(*) over (partition by registry, snapshot_submission_id, village_code)
        = count(numbered_household_key) over (partition by registry, snapshot_submission_id, village_code) as is_village_numbered,
        lead(snapshot_from) over (
            partition by registry, beneficiary_key order by snapshot_from, arrival, row_key
        ) as next_from
    from placed
),

sized as (
    -- A file of persons lists the family: who stands in it is counted where no column says how many they are.
    select
        *,
        coalesce(
            household_size,
            case
                when not is_of_families and lists_members and numbered_household_key is not null
                    then persons_listed::integer
            end
        ) as family_size
    from counted
)

select
    sized.registry,
    sized.submission_id,
    sized.snapshot_submission_id,
    sized.row_id,
    sized.snapshot_from as valid_from,
    least(sized.snapshot_to, sized.next_from - 1) as valid_to,
    parameters.as_of >= sized.snapshot_from
    and coalesce(parameters.as_of <= least(sized.snapshot_to, sized.next_from - 1), true) as is_current,
    sized.beneficiary_key,
    sized.nik_key,
    sized.kk_key,
    sized.household_key,
    sized.name_key,
    sized.village_code,
    villages.district_code,
    sized.birth_date,
    sized.gender,
    sized.welfare_decile,
    sized.family_size as household_size,
    sized.is_head,
    coalesce(
        sized.lives_alone,
        case
            when sized.family_size <> 1 then false
            when sized.household_size = 1 or sized.is_village_numbered then sized.family_size = 1
        end
    ) as lives_alone,
    sized.has_disability,
    sized.is_migrant_worker,
    coalesce(sized.is_female_head, case when sized.is_head then sized.gender = 'female' else sized.is_head end)
        as is_female_head
from sized
cross join {{ source('reference', 'parameters') }} as parameters
left join {{ source('reference', 'villages') }} as villages on sized.village_code = villages.village_code
where coalesce(least(sized.snapshot_to, sized.next_from - 1) >= sized.snapshot_from, true)
