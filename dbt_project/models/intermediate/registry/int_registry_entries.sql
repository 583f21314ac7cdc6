-- One row per person whom the latest snapshots of a registry name: what matching compares (include/targeting). Matching asks who
-- stands in both registries now, whatever day is judged.
with latest as (
    select
        persons.registry,
        persons.beneficiary_key,
        persons.submission_id,
        persons.row_id,
        persons.nik_key,
        persons.kk_key,
        persons.birth_date,
        persons.gender,
        persons.village_code,
        persons.district_code
    from {{ ref('int_registry_persons') }} as persons
    where persons.valid_to is null
),

sent as (
    select
        row_id,
        name_text,
        nik_digits,
        is_nik_precision_lost
    from {{ ref('stg_registry__rows') }}
    where is_accepted
),

distinct_names as (
    select distinct name_text from sent
    where name_text is not null
),

{{ compared_names('distinct_names') }}

select
    latest.registry,
    latest.beneficiary_key,
    latest.submission_id,
    latest.row_id,
    latest.nik_key,
    latest.kk_key,
    names.name_compared,
    names.name_sound,
    names.name_words,
    latest.birth_date,
    latest.gender,
    latest.village_code,
    latest.district_code,
    -- Sixteen digits, of which a spreadsheet may have lost the last one.
    case when latest.nik_key is not null or sent.is_nik_precision_lost then sent.nik_digits end as nik_digits,
    sent.is_nik_precision_lost as is_nik_shortened
from latest
inner join sent on latest.row_id = sent.row_id
left join heard_names as names on sent.name_text = names.name_text
