-- One row per registry, village and file that holds the village's families: from when to when it holds. A registry comes
-- whole, or as one file a district or village: each village's latest file counts, by the day that the file states, not by the
-- day of receipt. village_code is null for a file of which no row names a known village. Of two files for one day the one
-- received later counts; the other never holds (valid_to before valid_from). DTSEN takes the place of DTKS (Inpres 4/2025).
with files as (
    select * from {{ ref('int_registry_files') }}
    where mends_submission_id is null
),

covered as (
    select distinct
        submission_id,
        village_code
    from {{ ref('stg_registry__rows') }}
    where is_accepted and submission_id in (select files.submission_id from files)
    -- Rows without a village go with the villages of their file.
    qualify village_code is not null or count(village_code) over (partition by submission_id) = 0
),

dtsen as (
    select min(valid_from) as begins_on from files
    where registry = 'dtsen'
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
    least(
        followed.next_from - 1,
        case when followed.registry = 'dtks' then dtsen.begins_on - 1 end
    ) as valid_to,
    followed.next_submission_id,
    followed.arrival
from followed
cross join dtsen
