-- Every scorecard counts what the tables beneath it hold, no more and no less, also what belongs to no known village.
{%- set statuses = [
    'timing_on_time', 'timing_late', 'timing_pending', 'timing_incomplete', 'timing_missing', 'timing_undated',
    'amount_exact', 'amount_under', 'amount_over', 'amount_none',
] %}
{%- set compared = [
    ('cards', 'beneath'), ('log_cards', 'log_counts'), ('readiness_cards', 'readiness_counts'),
    ('refused_cards', 'refused_counts'),
] %}
{%- set cards = {'opd_scorecard': "opd_code || '/' || program_code", 'village_summary': "coalesce(village_code, '-')"} %}
with accuracy as (
    select
        judged.*,
        judged.due_date < parameters.as_of as is_due
    from {{ ref('int_entitlements_judged') }} as judged
    cross join {{ source('reference', 'parameters') }} as parameters
),

beneath as (
    {%- for card, key in cards.items() %}
    select
        '{{ card }}' as card,
        {{ key }} as key,
        count(*) as entitlements,
        {%- for status in statuses %}
        count_if({{ status.split('_', 1)[0] }}_status = '{{ status.split('_', 1)[1] }}') as {{ status }},
        {%- endfor %}
        count_if(is_due) as due
    from accuracy
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

cards as (
    {%- for card, key in cards.items() %}
    select
        '{{ card }}' as card,
        {{ key }} as key,
        entitlements,
        {{ statuses | join(', ') }},
        due
    from {{ ref(card) }}
    where entitlements > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

logs as (
    select
        opd_code || '/' || program_code as program_key,
        coalesce(village_code, '-') as village_key,
        log_status,
        entitlements
    from {{ ref('reporting_completeness') }}
),

log_counts as (
    select
        'opd_scorecard logs' as card,
        program_key as key,
        count(*) as expected,
        count_if(log_status = 'missing') as missing,
        count_if(log_status = 'pending') as pending
    from logs
    group by program_key
    union all
    select
        'village_summary logs' as card,
        village_key as key,
        count(*) as expected,
        count_if(log_status = 'missing') as missing,
        count_if(log_status = 'pending') as pending
    from logs
    group by village_key
),

log_cards as (
    {%- for card, key in cards.items() %}
    select
        '{{ card }} logs' as card,
        {{ key }} as key,
        logs_expected as expected,
        logs_missing as missing,
        logs_pending as pending
    from {{ ref(card) }}
    where logs_expected > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

readiness_counts as (
    select
        susenas_year,
        program_code,
        village_code,
        count(*) as entitled,
        count_if(susenas_status = 'ready') as ready
    from {{ ref('susenas_readiness') }}
    group by susenas_year, program_code, village_code
),

readiness_cards as (
    select
        susenas_year,
        program_code,
        village_code,
        entitled,
        ready
    from {{ ref('village_readiness') }}
),

refused_counts as (
    select
        submission_id,
        count(*) as rows_rejected
    from {{ ref('rejected_rows') }}
    group by submission_id
),

refused_cards as (
    select
        submission_id,
        rows_rejected
    from {{ ref('submissions') }}
    where rows_rejected > 0
),

differing as (
    {%- for whole, parts in compared %}
    select '{{ whole }}: ' || one_sided::varchar as difference
    from (
        select * from {{ whole }}
        except
        select * from {{ parts }}
    ) as one_sided
    union all
    select '{{ parts }}: ' || one_sided::varchar as difference
    from (
        select * from {{ parts }}
        except
        select * from {{ whole }}
    ) as one_sided
    union all
    {%- endfor %}
    select 'reporting_completeness: entitlements' as difference
    where (select coalesce(sum(entitlements), 0) from logs) <> (select count(*) from accuracy)
)

select * from differing
