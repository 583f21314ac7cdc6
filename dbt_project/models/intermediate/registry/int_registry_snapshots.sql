-- One row per registry, village and file that holds the village's families: from when to when it holds. A registry comes
-- whole, or as one file a district or village: each village's latest file counts, by the day that the file states, not by the
-- day of receipt. village_code is null for a file of which no row names a known village. Of two files for one day the one
-- received later counts; the other never holds (valid_to before valid_from). DTSEN takes the place of DTKS (Inpres 4/2025): in a
-- village from the day on which DTSEN has it (ended_from), in all of them once one version of DTSEN has most of them
-- (registry_whole_share), or names none and holds most as many persons.
with files as (
    select * from {{ ref('int_registry_files') }}
    where mends_submission_id is null
),

entries as (
    select
        submission_id,
        village_code,
        beneficiary_key
    from {{ ref('stg_registry__rows') }}
    where is_accepted and submission_id in (select files.submission_id from files)
),

covered as (
    select distinct
        submission_id,
        village_code
    from entries
    -- Rows without a village go with the villages of their file.
    qualify village_code is not null or count(village_code) over (partition by submission_id) = 0
),

villages as (
    select
        files.registry,
        files.valid_from,
        covered.village_code
    from covered
    inner join files on covered.submission_id = files.submission_id
),

dtsen_by_village as (
    select
        village_code,
        min(valid_from) as begins_on
    from villages
    where registry = 'dtsen' and village_code is not null
    group by village_code
),

-- A file that names no village may yet be one of a single village, misspelt: it takes as many persons to stand for all.
unplaced as (
    select
        files.valid_from,
        count(distinct entries.beneficiary_key) filter (where files.registry = 'dtsen') as persons
    from files
    inner join entries on files.submission_id = entries.submission_id
    inner join covered on files.submission_id = covered.submission_id
    where covered.village_code is null
    group by files.valid_from
),

dtks_persons as (
    select count(distinct entries.beneficiary_key) as persons
    from files
    inner join entries on files.submission_id = entries.submission_id
    where files.registry = 'dtks'
),

dtsen_versions as (
    select
        valid_from,
        count(distinct village_code) filter (
            where village_code in (select dtks.village_code from villages as dtks where dtks.registry = 'dtks')
        ) as villages_of_dtks
    from villages
    where registry = 'dtsen'
    group by valid_from
),

dtsen_everywhere as (
    select min(versions.valid_from) as begins_on
    from dtsen_versions as versions
    cross join {{ source('reference', 'targeting') }} as targeting
    cross join dtks_persons
    left join unplaced on versions.valid_from = unplaced.valid_from
    where
        unplaced.persons > targeting.registry_whole_share * dtks_persons.persons
        or versions.villages_of_dtks > targeting.registry_whole_share * (
            select count(distinct dtks.village_code) from villages as dtks
            where dtks.registry = 'dtks'
        )
),

followed as (
    select
        files.*,
        covered.village_code,
        lead(files.valid_from) over following_files as next_from,
        lead(files.submission_id) over following_files as next_submission_id
    from covered
    inner join files on covered.submission_id = files.submission_id
    window following_files as (partition by files.registry, covered.village_code order by files.valid_from, files.arrival)
)

select
    followed.registry,
    followed.submission_id,
    followed.version,
    followed.village_code,
    followed.valid_from,
    case
        when followed.registry = 'dtks' then least(dtsen_by_village.begins_on, dtsen_everywhere.begins_on)
    end as ended_from,
    least(followed.next_from - 1, ended_from - 1) as valid_to,
    followed.next_submission_id,
    followed.arrival
from followed
cross join dtsen_everywhere
left join dtsen_by_village on followed.village_code = dtsen_by_village.village_code
