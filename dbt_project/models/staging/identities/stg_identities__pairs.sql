{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per pair of NIK and KK cells that any registry or recipient list holds, with what is wrong with them. Every pair
-- is looked at once, however many rows bear it.
--
-- Whether the two stand in each other's column is only suspected where something speaks for it: their dates, a list or
-- registry that knows the number in the NIK column as a family card, or a "NIK" that a whole family shares. The numbers
-- are then no longer trusted; they are never exchanged.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
-- noqa: disable=LT02
with sent as (
    {%- for kind in ['registry', 'recipients'] %}
    select distinct
        '{{ kind }}' as kind,
        -- Registries are checked by nobody, lists by the registries, logs by both (stg_distribution__typed).
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
-- noqa: enable=LT02

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
    {{ numbers_compared('checked') }}
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
    compared.nik_number,
    compared.kk_number,
    compared.is_nik_equal_kk,
    compared.is_nik_other_region,
    compared.nik_problem,
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
    ) as is_nik_kk_swapped
from compared
left join as_nik on compared.nik_number = as_nik.number
left join as_kk on compared.nik_number = as_kk.number
left join shared_by_a_family
    on compared.kind = shared_by_a_family.kind and compared.nik_number = shared_by_a_family.nik_number
{% endif %}
