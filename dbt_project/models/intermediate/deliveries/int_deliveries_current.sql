-- One row per delivery, with whether it still stands. A later submission corrects or voids what has the same key
-- (programme, beneficiary, period, BAST number or date), dates what was undated, and replaces the very row that a returned
-- workbook names. The order is that of arrival.
with deliveries as (
    select
        *,
        case when delivered_on is null and delivery_status = 'delivered' then round(amount, 2) end as undated_amount
    from {{ ref('int_deliveries_matched') }}
),

by_key as (
    select
        program_code,
        beneficiary_key,
        period,
        delivery_key,
        max(arrival) as last_arrival,
        max(arrival) filter (where delivery_status = 'void') as last_void,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) as last_delivery_id,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) filter (where delivery_status = 'void') as void_delivery_id
    from deliveries
    group by program_code, beneficiary_key, period, delivery_key
    having count(*) > 1
),

by_returned_row as (
    select
        program_code,
        returned_row_id as row_id,
        max(arrival) as last_arrival,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) as last_delivery_id
    from deliveries
    where returned_row_id is not null
    group by program_code, returned_row_id
),

undated as (
    select distinct
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
        arg_max(deliveries.delivery_id, (deliveries.arrival, deliveries.sheet_number, deliveries.row_number)) as last_delivery_id
    from deliveries
    inner join undated
        on
            deliveries.program_code = undated.program_code
            and deliveries.beneficiary_key = undated.beneficiary_key
            and deliveries.period = undated.period
            and round(deliveries.amount, 2) = undated.undated_amount
    where deliveries.delivery_status in ('delivered', 'void')
    group by all
),

compared as (
    select
        deliveries.*,
        case
            when by_returned_row.last_arrival > deliveries.arrival then 'returned_row'
            when by_key.last_void > deliveries.arrival then 'voided'
            -- A void that stands in the same log withdraws the row too, unless a later log says otherwise.
            when
                by_key.last_void = deliveries.arrival
                and by_key.last_arrival = deliveries.arrival
                and deliveries.delivery_status <> 'void'
                then 'voided'
            when by_key.last_arrival > deliveries.arrival then 'corrected'
            when by_amount.last_arrival > deliveries.arrival then 'dated'
        end as superseded_how,
        by_key.last_delivery_id as key_delivery_id,
        by_key.void_delivery_id,
        by_returned_row.last_delivery_id as returned_delivery_id,
        by_amount.last_delivery_id as amount_delivery_id
    from deliveries
    left join by_key
        on
            deliveries.program_code = by_key.program_code
            and deliveries.beneficiary_key = by_key.beneficiary_key
            and deliveries.period = by_key.period
            and deliveries.delivery_key = by_key.delivery_key
    left join by_returned_row
        on
            deliveries.program_code = by_returned_row.program_code
            and coalesce(deliveries.returned_row_id, deliveries.row_id) = by_returned_row.row_id
    left join by_amount
        on
            deliveries.program_code = by_amount.program_code
            and deliveries.beneficiary_key = by_amount.beneficiary_key
            and deliveries.period = by_amount.period
            and deliveries.undated_amount = by_amount.undated_amount
)

select
    compared.* exclude (undated_amount, key_delivery_id, void_delivery_id, returned_delivery_id, amount_delivery_id),
    compared.superseded_how is null as is_current,
    case compared.superseded_how
        when 'returned_row' then compared.returned_delivery_id
        when 'voided' then compared.void_delivery_id
        when 'corrected' then compared.key_delivery_id
        when 'dated' then compared.amount_delivery_id
    end as superseded_by,
    -- What counts towards an entitlement on the day of judgement, whenever its file arrived.
    compared.superseded_how is null
    and compared.delivery_status = 'delivered'
    and (compared.delivered_on is null or compared.delivered_on <= parameters.as_of) as is_counted
from compared
cross join {{ source('reference', 'parameters') }} as parameters
