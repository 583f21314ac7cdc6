-- depends_on: {{ ref('int_rows_returned') }}
-- One row per programme, beneficiary and period (as a hash) of which the logs of this run say something, or withdraw something
-- by the id of a returned row. Empty where the tables are built whole: there everything is new.
{% if has_kept_tables() %}
with pending as (
    select
        row_key,
        group_hash
    from {{ ref('int_deliveries_placed') }}
    where sequence >= {{ pending_from() }}
),

origins as (
    select returned.origin_row_key as row_key
    from {{ ref('int_rows_returned') }} as returned
    where returned.kind = 'distribution' and returned.row_key in (select pending.row_key from pending)
)

select distinct group_hash from pending
union
select placed.group_hash
from {{ ref('int_deliveries_placed') }} as placed
where
    placed.row_key in (select origins.row_key from origins)
    or placed.row_key in (
        select returned.row_key
        from {{ ref('int_rows_returned') }} as returned
        where returned.origin_row_key in (select origins.row_key from origins)
    )
{% else %}
select group_hash from {{ ref('int_deliveries_placed') }}
where false
{% endif %}
