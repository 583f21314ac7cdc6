{{ config(materialized='incremental', incremental_strategy='append') }}
-- One row per number that stands in a registry or recipient list beside another number: as what it is known there.
{% if is_incremental() %}
select * from {{ this }} where false
{% else %}
select
    number,
    bool_or(is_nik) as is_known_as_nik,
    bool_or(not is_nik) as is_known_as_kk
from (
    select
        nik_number as number,
        true as is_nik
    from {{ ref('stg_identities__pairs') }}
    where nik_number is not null and nik_number is distinct from kk_number
    union all
    select
        kk_number as number,
        false as is_nik
    from {{ ref('stg_identities__pairs') }}
    where kk_number is not null and nik_number is distinct from kk_number
)
group by number
{% endif %}
