-- One row per pair of NIK and KK cells that any list of a kind holds, with what is wrong with them. Every pair is looked at
-- once, however many rows bear it.
--
-- Whether the two stand in each other's column is only suspected where something speaks for it: their dates, a list or
-- registry that knows the number in the NIK column as a family card, or a "NIK" that a whole family shares. The numbers
-- are then no longer trusted; they are never exchanged.
with sent as (
    {%- for kind in ['registry', 'recipients', 'distribution'] %}
    select distinct
        '{{ kind }}' as kind,
        -- Registries are checked by nobody, lists by the registries, logs by both.
        {{ loop.index }} as standing,
        coalesce(nik, '') as nik_text,
        {{ cell_type(kind, 'nik') }} as nik_cell,
        nik_key is null as is_nik_keyless,
        coalesce(kk, '') as kk_text,
        {{ cell_type(kind, 'kk') }} as kk_cell,
        kk_key is null as is_kk_keyless
    from {{ source('raw', kind) }}
    where row_kind = 'data'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

numbers as (
    select distinct
        nik_text,
        nik_cell,
        is_nik_keyless,
        kk_text,
        kk_cell,
        is_kk_keyless
    from sent
),

checked as (
    {{ checked_numbers('numbers') }}
),

dated as (
    select
        *,
        case when not is_nik_keyless then try_cast(nik_digits as ubigint) end as nik_number,
        case when not is_kk_keyless then try_cast(kk_digits as ubigint) end as kk_number,
        try_cast(substr(nik_digits, 11, 2) as integer) as nik_year,
        try_cast(substr(kk_digits, 11, 2) as integer) as kk_year,
        -- Family cards have had such numbers for some twenty years, and no recipient is a child: a date before that, or a
        -- woman's (day + 40), is a date of birth; one of the last years is that of a card.
        not is_nik_keyless and {{ is_valid_kk('nik_digits') }} and nik_year not between 40 and 94 as may_nik_be_kk,
        may_nik_be_kk and nik_year between 8 and 39 as reads_nik_as_kk,
        not is_kk_keyless and {{ is_valid_nik('kk_digits') }}
        and (kk_year between 40 and 94 or try_cast(substr(kk_digits, 7, 2) as integer) > 40) as reads_kk_as_nik
    from checked
),

compared as (
    select
        dated.*,
        sent.kind,
        sent.standing
    from dated
    inner join sent
        on
            dated.nik_text = sent.nik_text
            and dated.nik_cell = sent.nik_cell
            and dated.is_nik_keyless = sent.is_nik_keyless
            and dated.kk_text = sent.kk_text
            and dated.kk_cell = sent.kk_cell
            and dated.is_kk_keyless = sent.is_kk_keyless
),

as_nik as (
    select
        nik_number as number,
        min(standing) as standing
    from compared
    where nik_number is not null and nik_number is distinct from kk_number
    group by nik_number
),

as_kk as (
    select
        kk_number as number,
        min(standing) as standing
    from compared
    where kk_number is not null and nik_number is distinct from kk_number
    group by kk_number
),

shared_by_a_family as (
    select
        kind,
        nik_number
    from compared
    where may_nik_be_kk and reads_kk_as_nik and nik_number <> kk_number
    group by kind, nik_number
    having count(distinct kk_number) > 1
)

select
    compared.kind,
    compared.nik_text,
    compared.nik_cell,
    compared.is_nik_keyless,
    compared.kk_text,
    compared.kk_cell,
    compared.is_kk_keyless,
    compared.nik_digits,
    compared.is_nik_valid,
    compared.is_nik_blank,
    compared.is_nik_precision_lost,
    compared.is_kk_valid,
    compared.is_kk_blank,
    compared.is_kk_precision_lost,
    coalesce(compared.nik_number = compared.kk_number, false) as is_nik_equal_kk,
    compared.is_nik_valid
    and left(compared.nik_digits, 4) <> (select replace(regency_code, '.', '') from {{ source('reference', 'parameters') }})
        as is_nik_other_region,
    coalesce(
        compared.may_nik_be_kk
        and compared.nik_number is distinct from compared.kk_number
        and (
            (compared.reads_nik_as_kk and compared.reads_kk_as_nik)
            or (
                (as_kk.standing < compared.standing or (as_kk.standing = compared.standing and compared.reads_kk_as_nik))
                -- Who is listed under this NIK bears it, whatever else the number is.
                and (as_nik.standing is null or as_nik.standing >= compared.standing)
            )
            or shared_by_a_family.nik_number is not null
        ),
        false
    ) as is_nik_kk_swapped,
    case
        when not compared.is_nik_valid and not compared.is_nik_blank and not compared.is_nik_precision_lost
            then {{ nik_problem('compared.nik_digits') }}
    end as nik_problem
from compared
left join as_nik on compared.nik_number = as_nik.number
left join as_kk on compared.nik_number = as_kk.number
left join shared_by_a_family
    on compared.kind = shared_by_a_family.kind and compared.nik_number = shared_by_a_family.nik_number
