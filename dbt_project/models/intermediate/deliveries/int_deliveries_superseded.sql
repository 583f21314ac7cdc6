{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='group_hash') }}
-- depends_on: {{ ref('int_deliveries_touched') }}
-- One row per delivery that no longer stands, or whose key more than one log bears. A later submission corrects or voids what
-- has the same key (programme, beneficiary, period, BAST number or date), dates what was undated, and replaces the very row
-- that a returned workbook names. The order is that of arrival. What is superseded stays so, whatever comes later.
with returned as (
    select
        row_key,
        origin_row_key
    from {{ ref('int_rows_returned') }}
    where kind = 'distribution' and origin_row_key is not null
),

every_delivery as not materialized (
    select
        matched.*,
        coalesce(returned.origin_row_key, matched.row_key) as origin_row_key,
        case
            when matched.delivered_on is null and matched.delivery_status = 'delivered'
                then {{ rounded_amount('matched.amount') }}
        end as undated_amount
    from {{ ref('int_deliveries_matched') }} as matched
    left join returned on matched.row_key = returned.row_key
),

deliveries as not materialized (
    select * from every_delivery
    {%- if is_incremental() %}
    where group_hash in (select touched.group_hash from {{ ref('int_deliveries_touched') }} as touched)
    {%- endif %}
),

perhaps_repeated as (
    {{ likenesses_of_several('deliveries', 'group_hash, delivery_key') }}
),

by_key as (
    select
        program_code,
        beneficiary_key,
        period,
        delivery_key,
        min(arrival) as first_arrival,
        max(arrival) as last_arrival,
        max(arrival) filter (where delivery_status = 'void') as last_void,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) as last_delivery_id,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) filter (where delivery_status = 'void') as void_delivery_id
    from deliveries
    where hash(group_hash, delivery_key) in (select perhaps_repeated.likeness from perhaps_repeated)
    group by program_code, beneficiary_key, period, delivery_key
    having count(*) > 1
),

by_returned_row as (
    select
        returned.origin_row_key,
        max(matched.arrival) as last_arrival,
        arg_max(matched.delivery_id, (matched.arrival, matched.row_key, matched.period)) as last_delivery_id
    from {{ ref('int_deliveries_matched') }} as matched
    inner join returned on matched.row_key = returned.row_key
    group by returned.origin_row_key
),

undated as (
    select distinct
        group_hash,
        program_code,
        beneficiary_key,
        period,
        undated_amount
    from deliveries
    where undated_amount is not null
),

by_amount as (
    select
        deliveries.program_code,
        deliveries.beneficiary_key,
        deliveries.period,
        undated.undated_amount,
        max(deliveries.arrival) as last_arrival,
        arg_max(
            { 'how': if(deliveries.delivery_status = 'void', 'voided', 'dated'), 'by': deliveries.delivery_id },
            (deliveries.arrival, deliveries.sheet_number, deliveries.row_number)
        ) as last_row
    from deliveries
    inner join undated
        on
            deliveries.group_hash = undated.group_hash
            and deliveries.program_code = undated.program_code
            and deliveries.beneficiary_key = undated.beneficiary_key
            and deliveries.period = undated.period
            and {{ rounded_amount('deliveries.amount') }} = undated.undated_amount
    where deliveries.delivery_status in ('delivered', 'void')
    group by all
),

compared as (
    select
        deliveries.group_hash,
        deliveries.row_key,
        deliveries.period,
        deliveries.delivery_id,
        case
            when by_returned_row.last_arrival > deliveries.arrival
                then { 'how': 'returned_row', 'by': by_returned_row.last_delivery_id }
            when by_key.last_void > deliveries.arrival then { 'how': 'voided', 'by': by_key.void_delivery_id }
            -- A void that stands in the same log withdraws the row too, unless a later log says otherwise.
            when
                by_key.last_void = deliveries.arrival
                and by_key.last_arrival = deliveries.arrival
                and deliveries.delivery_status <> 'void'
                then { 'how': 'voided', 'by': by_key.void_delivery_id }
            when by_key.last_arrival > deliveries.arrival then { 'how': 'corrected', 'by': by_key.last_delivery_id }
            when by_amount.last_arrival > deliveries.arrival then by_amount.last_row
        end as superseded,
        coalesce(by_key.first_arrival < by_key.last_arrival, false) as is_key_repeated
    from deliveries
    left join by_key
        on
            deliveries.program_code = by_key.program_code
            and deliveries.beneficiary_key = by_key.beneficiary_key
            and deliveries.period = by_key.period
            and deliveries.delivery_key = by_key.delivery_key
    left join by_returned_row on deliveries.origin_row_key = by_returned_row.origin_row_key
    left join by_amount
        on
            deliveries.program_code = by_amount.program_code
            and deliveries.beneficiary_key = by_amount.beneficiary_key
            and deliveries.period = by_amount.period
            and deliveries.undated_amount = by_amount.undated_amount
)

select
    compared.group_hash,
    compared.row_key,
    compared.period,
    compared.delivery_id,
    compared.superseded.how as superseded_how,
    compared.superseded.by as superseded_by,
    compared.is_key_repeated
from compared
where compared.superseded is not null or compared.is_key_repeated
