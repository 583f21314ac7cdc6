-- One row per delivery, with whether it still stands. A later submission corrects or voids what has the same key
-- (programme, beneficiary, period, BAST number or date), dates what was undated, and replaces the very row that a returned
-- workbook names. The order is that of arrival.
with deliveries as (
    select
        matched.*,
        coalesce(returned.origin_row_id, matched.row_id) as origin_row_id,
        case
            when matched.delivered_on is null and matched.delivery_status = 'delivered' then round(matched.amount, 2)
        end as undated_amount
    from {{ ref('int_deliveries_matched') }} as matched
    left join {{ ref('int_rows_returned') }} as returned on matched.row_id = returned.row_id
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
    group by program_code, beneficiary_key, period, delivery_key
    having count(*) > 1
),

by_returned_row as (
    select
        origin_row_id,
        max(arrival) as last_arrival,
        arg_max(delivery_id, (arrival, sheet_number, row_number)) as last_delivery_id
    from deliveries
    where origin_row_id <> row_id
    group by origin_row_id
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
        arg_max(
            { 'how': if(deliveries.delivery_status = 'void', 'voided', 'dated'), 'by': deliveries.delivery_id },
            (deliveries.arrival, deliveries.sheet_number, deliveries.row_number)
        ) as last_row
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
    left join by_returned_row
        on deliveries.origin_row_id = by_returned_row.origin_row_id
    left join by_amount
        on
            deliveries.program_code = by_amount.program_code
            and deliveries.beneficiary_key = by_amount.beneficiary_key
            and deliveries.period = by_amount.period
            and deliveries.undated_amount = by_amount.undated_amount
)

select
    compared.* exclude (undated_amount, origin_row_id, superseded),
    compared.superseded.how as superseded_how,
    compared.superseded.by as superseded_by,
    compared.superseded is null as is_current,
    -- What counts towards an entitlement on the day of judgement, whenever its file arrived.
    compared.superseded is null
    and compared.delivery_status = 'delivered'
    and (compared.delivered_on is null or compared.delivered_on <= parameters.as_of) as is_counted
from compared
cross join {{ source('reference', 'parameters') }} as parameters
