-- One row per recipient whom no registry names by number, and who can yet be nobody but one of its persons: the name sounds the
-- same, and beside it agrees what chance does not give two strangers (`known_by`):
--   card           family card (the NIK is missing or another);
--   shortened_nik  the first fifteen digits of a NIK that a spreadsheet has cut;
--   nik_one_digit  the NIK but for one digit, in the same village;
--   birth_date     the birth date that the NIK bears, in the same village.
-- A name and a village alone make nobody out. Where two persons fit, or where one list names the same person under two numbers,
-- nobody is recognised: for a list that is two families, and who of them is meant is not ours to say.
with written as (
    select
        beneficiary_key,
        submission_id,
        kk_key,
        name_text,
        village_code,
        list_contains(warning_codes, 'nik_precision_lost') as is_nik_shortened,
        {{ identity_digits('nik_text') }} as nik_digits
    from {{ ref('stg_recipients__rows') }}
    where is_accepted
),

sought as (
    select distinct * exclude (submission_id)
    from written
    where
        name_text is not null
        and beneficiary_key not in (select known.beneficiary_key from {{ ref('int_recipients_known') }} as known)
        -- Without registries nobody is looked for, and no name is compared.
        and exists (select 1 from {{ ref('int_registry_entries') }})
),

distinct_names as (
    select distinct name_text from sought
),

{{ compared_names('distinct_names') }},

recipients as (
    select
        sought.beneficiary_key,
        sought.kk_key,
        sought.village_code,
        sought.is_nik_shortened,
        names.name_sound,
        case when regexp_full_match(sought.nik_digits, '[0-9]{16}') then sought.nik_digits end as nik_digits,
        {{ birth_day_of_nik('sought.nik_digits') }} as birth_day
    from sought
    inner join heard_names as names on sought.name_text = names.name_text
    where names.name_sound is not null
),

entries as (
    select
        entries.*,
        persons.person_key,
        coalesce(strftime(entries.birth_date, '%d%m%y'), {{ birth_day_of_nik('entries.nik_digits') }}) as birth_day
    from {{ ref('int_registry_entries') }} as entries
    inner join {{ ref('int_registry_matched') }} as persons
        on entries.registry = persons.registry and entries.beneficiary_key = persons.beneficiary_key
),

alike as (
    select
        recipients.beneficiary_key,
        entries.person_key,
        entries.row_id,
        'card' as known_by
    from recipients
    inner join entries on recipients.kk_key = entries.kk_key and recipients.name_sound = entries.name_sound
    union all
    select
        recipients.beneficiary_key,
        entries.person_key,
        entries.row_id,
        'shortened_nik' as known_by
    from recipients
    inner join entries
        on
            left(recipients.nik_digits, 15) = left(entries.nik_digits, 15)
            and recipients.name_sound = entries.name_sound
            and (recipients.is_nik_shortened or entries.is_nik_shortened)
    union all
    select
        recipients.beneficiary_key,
        entries.person_key,
        entries.row_id,
        case
            when damerau_levenshtein(recipients.nik_digits, entries.nik_digits) <= 1 then 'nik_one_digit' else 'birth_date'
        end as known_by
    from recipients
    inner join entries
        on recipients.village_code = entries.village_code and recipients.name_sound = entries.name_sound
    where
        damerau_levenshtein(recipients.nik_digits, entries.nik_digits) <= 1
        or recipients.birth_day = entries.birth_day
),

-- Any fact that is left for one person only.
single as (
    select
        beneficiary_key,
        min(person_key) as person_key,
        arg_min(known_by, array_position({{ known_by_facts() }}, known_by)) as known_by,
        min(row_id) as row_id
    from alike
    group by beneficiary_key
    having count(distinct person_key) = 1
),

meant as (
    select
        beneficiary_key,
        person_key
    from {{ ref('int_recipients_known') }}
    union all
    select
        beneficiary_key,
        person_key
    from single
),

named_twice as (
    select
        written.submission_id,
        meant.person_key
    from written
    inner join meant on written.beneficiary_key = meant.beneficiary_key
    group by written.submission_id, meant.person_key
    having count(distinct written.beneficiary_key) > 1
)

select single.*
from single
where not exists (
    select 1
    from written
    inner join named_twice on written.submission_id = named_twice.submission_id
    where written.beneficiary_key = single.beneficiary_key and named_twice.person_key = single.person_key
)
