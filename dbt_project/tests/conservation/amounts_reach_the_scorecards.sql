-- What was handed out, kilograms and rupiah apart, stands in the scorecards to the last one: counted deliveries are the OPD's
-- delivered amount and the villages', but for what nobody was entitled to.
with counted as (
    select
        program_code,
        any_value(unit) as unit,
        sum(amount) as amount
    from {{ ref('int_deliveries_current') }}
    where is_counted
    group by program_code
),

not_entitled as (
    select
        program_code,
        sum(amount) as amount
    from {{ ref('unexpected_deliveries') }}
    where kind <> 'duplicate'
    group by program_code
),

entitled as (
    select
        program_code,
        any_value(unit) as unit,
        sum(entitled_amount) as amount
    from {{ ref('int_entitlements_judged') }}
    group by program_code
),

compared as (
    select
        cards.program_code as what,
        cards.delivered_amount + coalesce(not_entitled.amount, 0) as in_scorecard,
        coalesce(counted.amount, 0) as beneath
    from {{ ref('opd_scorecard') }} as cards
    left join counted on cards.program_code = counted.program_code
    left join not_entitled on cards.program_code = not_entitled.program_code
    union all
    select
        cards.program_code || ' entitled' as what,
        cards.entitled_amount as in_scorecard,
        coalesce(entitled.amount, 0) as beneath
    from {{ ref('opd_scorecard') }} as cards
    left join entitled on cards.program_code = entitled.program_code
    {%- for unit, column in [('kg', 'kg'), ('IDR', 'idr')] %}
    union all
    select
        'villages {{ unit }}' as what,
        (select coalesce(sum(delivered_{{ column }}), 0) from {{ ref('village_summary') }}) as in_scorecard,
        (
            select coalesce(sum(counted.amount - coalesce(not_entitled.amount, 0)), 0)
            from counted
            left join not_entitled on counted.program_code = not_entitled.program_code
            where counted.unit = '{{ unit }}'
        ) as beneath
    union all
    select
        'villages {{ unit }} entitled' as what,
        (select coalesce(sum(entitled_{{ column }}), 0) from {{ ref('village_summary') }}) as in_scorecard,
        (select coalesce(sum(entitled.amount), 0) from entitled where entitled.unit = '{{ unit }}') as beneath
    {%- endfor %}
)

select *
from compared
where abs(in_scorecard - beneath) > greatest(1, abs(beneath) * 1e-9)
