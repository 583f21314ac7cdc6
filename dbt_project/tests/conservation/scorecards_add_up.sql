-- Every scorecard counts what the tables beneath it hold, no more and no less, also what belongs to no known village: each of
-- its counts and amounts, counted here in another way than there.
{%- set statuses = [
    'timing_on_time', 'timing_late', 'timing_pending', 'timing_incomplete', 'timing_missing', 'timing_undated',
    'amount_exact', 'amount_under', 'amount_over', 'amount_none',
] %}
{%- set of_due = ['due', 'due_on_time', 'due_amount_exact'] %}
{%- set kinds = ['not_listed', 'not_running', 'duplicate'] %}
{%- set log_statuses = ['received', 'late', 'nil', 'missing', 'pending'] %}
{%- set amounts = ['entitled', 'delivered', 'shortfall', 'due_shortfall', 'excess', 'not_listed', 'not_running'] %}
{%- set rows_of_files = ['rows_read', 'rows_accepted', 'rows_rejected', 'rows_skipped'] %}
{%- set rates = [
    ('on_time_rate', 'due_on_time', 'due'), ('exact_rate', 'due_amount_exact', 'due'), ('year_on_time_rate', 'year_on_time', 'year_due'),
    ('window_ready_rate', 'window_ready', 'window_entitled'),
] %}
{%- set compared = ['counts', 'families', 'unexpected', 'logs', 'next_window', 'files', 'readiness', 'refused'] %}
{%- set cards = {'opd_scorecard': "opd_code || '/' || program_code", 'village_summary': "coalesce(village_code, '-')"} %}
{#- What is counted a village and programme, and then added up for either card. -#}
{%- set added = {
    'counts': ['entitlements'] + statuses + of_due + ['evidence_verified', 'evidence_claimed'],
    'unexpected': ['deliveries_not_listed', 'deliveries_not_running', 'deliveries_duplicate'],
    'logs': ['logs_expected', 'logs_received', 'logs_late', 'logs_nil', 'logs_missing', 'logs_pending'],
    'next_window': ['window_entitled', 'window_ready'],
} %}
with accuracy as (
    select
        judged.*,
        judged.due_date < parameters.as_of as is_due
    from {{ ref('int_entitlements_judged') }} as judged
    cross join {{ source('reference', 'parameters') }} as parameters
),

counts as (
    select
        opd_code,
        program_code,
        village_code,
        unit,
        count(*) as entitlements,
        {%- for status in statuses %}
        count_if({{ status.split('_', 1)[0] }}_status = '{{ status.split('_', 1)[1] }}') as {{ status }},
        {%- endfor %}
        count_if(is_due) as due,
        count_if(is_due and timing_status = 'on_time') as due_on_time,
        count_if(is_due and amount_status = 'exact') as due_amount_exact,
        count(case when timing_evidence = 'verified' then 1 end) as evidence_verified,
        count(case when timing_evidence = 'claimed' then 1 end) as evidence_claimed,
        sum(entitled_amount) as entitled,
        sum(delivered_amount) as delivered,
        sum(entitled_amount - least(entitled_amount, delivered_amount)) as shortfall,
        sum(case when is_due then entitled_amount - least(entitled_amount, delivered_amount) else 0 end) as due_shortfall,
        sum(delivered_amount - least(entitled_amount, delivered_amount)) as excess
    from accuracy
    group by opd_code, program_code, village_code, unit
),

families_beneath as (
    select
        'opd_scorecard' as card,
        opd_code || '/' || program_code as key,
        count(distinct beneficiary_key) as families,
        count(distinct period) filter (where is_due) as periods_due,
        count(distinct village_code) as villages
    from accuracy
    group by opd_code, program_code
    union all
    select
        'village_summary' as card,
        coalesce(village_code, '-') as key,
        count(distinct beneficiary_key) as families,
        count(distinct program_code || '/' || period) filter (where is_due) as periods_due,
        null as villages
    from accuracy
    group by village_code
),

families_told as (
    select
        'opd_scorecard' as card,
        opd_code || '/' || program_code as key,
        families,
        periods_due,
        villages
    from {{ ref('opd_scorecard') }}
    where greatest(families, periods_due, villages) > 0
    union all
    select
        'village_summary' as card,
        coalesce(village_code, '-') as key,
        families,
        periods_due,
        null as villages
    from {{ ref('village_summary') }}
    where greatest(families, periods_due) > 0
),

unexpected as (
    select
        programs.opd_code,
        deliveries.program_code,
        deliveries.village_code,
        {%- for kind in kinds %}
        count(case when deliveries.kind = '{{ kind }}' then 1 end) as deliveries_{{ kind }},
        sum(case when deliveries.kind = '{{ kind }}' then deliveries.amount else 0 end) as {{ kind }},
        {%- endfor %}
        deliveries.unit
    from {{ ref('unexpected_deliveries') }} as deliveries
    inner join {{ source('reference', 'programs') }} as programs on deliveries.program_code = programs.program_code
    group by programs.opd_code, deliveries.program_code, deliveries.village_code, deliveries.unit
),

-- Kilograms and rupiah apart; an OPD's programme has one unit.
amount_parts as (
    select
        opd_code,
        program_code,
        village_code,
        {%- for amount in amounts %}
        {{ amount if not amount.startswith('not_') else '0' }} as {{ amount }},
        {%- endfor %}
        unit
    from counts
    union all
    select
        opd_code,
        program_code,
        village_code,
        {%- for amount in amounts %}
        {{ amount if amount.startswith('not_') else '0' }} as {{ amount }},
        {%- endfor %}
        unit
    from unexpected
),

amounts_beneath as (
    {%- for card, key in cards.items() %}
    select
        '{{ card }}' as card,
        {{ key }} as key,
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        unit
    from amount_parts
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

amounts_told as (
    select
        'opd_scorecard' as card,
        opd_code || '/' || program_code as key,
        {%- for amount in amounts %}
        {{ amount }}_amount as {{ amount }},
        {%- endfor %}
        unit
    from {{ ref('opd_scorecard') }}
    {%- for unit, ending in [('kg', 'kg'), ('IDR', 'idr')] %}
    union all
    select
        'village_summary' as card,
        coalesce(village_code, '-') as key,
        {%- for amount in amounts %}
        {{ amount }}_{{ ending }} as {{ amount }},
        {%- endfor %}
        '{{ unit }}' as unit
    from {{ ref('village_summary') }}
    {%- endfor %}
),

logs as (
    select
        opd_code,
        program_code,
        village_code,
        count(*) as logs_expected,
        {%- for status in log_statuses %}
        count(case when log_status = '{{ status }}' then 1 end) as logs_{{ status }},
        {%- endfor %}
        sum(entitlements) as entitlements
    from {{ ref('reporting_completeness') }}
    group by opd_code, program_code, village_code
),

files_beneath as (
    select
        files.opd_code || '/' || files.program_code as key,
        {%- for column in rows_of_files %}
        sum(files.{{ column }}) as {{ column }},
        {%- endfor %}
        count(*) as submissions
    from {{ ref('submissions') }} as files
    inner join {{ source('reference', 'programs') }} as programs
        on files.opd_code = programs.opd_code and files.program_code = programs.program_code
    where files.status <> 'duplicate'
    group by files.opd_code, files.program_code
),

files_told as (
    select
        opd_code || '/' || program_code as key,
        {{ rows_of_files | join(', ') }},
        submissions
    from {{ ref('opd_scorecard') }}
    where greatest(submissions, {{ rows_of_files | join(', ') }}) > 0
),

readiness_beneath as (
    select
        readiness.susenas_year,
        readiness.opd_code,
        readiness.program_code,
        readiness.village_code,
        count(distinct accuracy.beneficiary_key) as families,
        count(*) as entitled,
        count_if(readiness.susenas_status = 'ready') as ready,
        count_if(readiness.susenas_status <> 'ready') as remaining,
        -- Not count_if: it answers nothing, not zero, where nobody was complete.
        count(case when readiness.completed_on > readiness.cutoff then 1 end) as completed_after_cutoff,
        count(case when readiness.completed_on is null then 1 end) as incomplete,
        count(case when readiness.completed_on is null and accuracy.is_due then 1 end) as overdue
    from {{ ref('susenas_readiness') }} as readiness
    inner join accuracy on readiness.entitlement_id = accuracy.entitlement_id
    group by readiness.susenas_year, readiness.opd_code, readiness.program_code, readiness.village_code
),

readiness_told as (
    select
        susenas_year,
        opd_code,
        program_code,
        village_code,
        families,
        entitled,
        ready,
        remaining,
        completed_after_cutoff,
        incomplete,
        overdue
    from {{ ref('village_readiness') }}
),

next_window as (
    select
        opd_code,
        program_code,
        village_code,
        entitled as window_entitled,
        ready as window_ready
    from readiness_beneath
    where susenas_year in (select cards.susenas_year from {{ ref('opd_scorecard') }} as cards)
),

{%- for what, columns in added.items() %}
{{ what }}_beneath as (
    {%- for card, key in cards.items() %}
    select
        {%- for column in columns %}
        sum({{ column }}) as {{ column }},
        {%- endfor %}
        '{{ card }}' as card,
        {{ key }} as key
    from {{ what }}
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{{ what }}_told as (
    {%- for card, key in cards.items() %}
    select
        {{ columns | join(', ') }},
        '{{ card }}' as card,
        {{ key }} as key
    from {{ ref(card) }}
    where greatest({{ columns | join(', ') }}) > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{%- endfor %}

refused_beneath as (
    select
        submission_id,
        count(*) as rows_rejected
    from {{ ref('rejected_rows') }}
    group by submission_id
),

refused_told as (
    select
        submission_id,
        rows_rejected
    from {{ ref('submissions') }}
    where rows_rejected > 0
),

differing as (
    {%- for what in compared %}
    select '{{ what }}, only in the tables beneath: ' || one_sided::varchar as difference
    from (
        select * from {{ what }}_beneath
        except
        select * from {{ what }}_told
    ) as one_sided
    union all
    select '{{ what }}, only as told: ' || one_sided::varchar as difference
    from (
        select * from {{ what }}_told
        except
        select * from {{ what }}_beneath
    ) as one_sided
    union all
    {%- endfor %}
    {%- for amount in amounts %}
    select '{{ amount }}: ' || coalesce(told.card || ' ' || told.key, beneath.card || ' ' || beneath.key) as difference
    from amounts_told as told
    full join amounts_beneath as beneath on told.card = beneath.card and told.key = beneath.key and told.unit = beneath.unit
    where
        abs(coalesce(told.{{ amount }}, 0) - coalesce(beneath.{{ amount }}, 0))
        > greatest(0.01, abs(coalesce(beneath.{{ amount }}, 0)) * 1e-9)
    union all
    {%- endfor %}
    -- What the year and the days before a cutoff hold is the same, added up over programmes or over villages.
    {%- for column in ['year_due', 'year_on_time', 'completed_before_cutoff'] %}
    select '{{ column }}: programmes and villages' as difference
    where
        (select coalesce(sum({{ column }}), 0) from {{ ref('opd_scorecard') }})
        <> (select coalesce(sum({{ column }}), 0) from {{ ref('village_summary') }})
    union all
    {%- endfor %}
    {%- for card in cards %}
    {%- for rate, part, whole in rates %}
    select '{{ card }}: {{ rate }} is not {{ part }} of {{ whole }}' as difference
    from {{ ref(card) }}
    where {{ rate }} is distinct from round({{ part }} / nullif({{ whole }}, 0), 4)
    union all
    {%- endfor %}
    {%- endfor %}
    select 'village_readiness: a rate that its counts do not give' as difference
    from {{ ref('village_readiness') }}
    where
        ready_rate is distinct from round(ready / nullif(entitled, 0), 4)
        or year_on_time_rate is distinct from round(year_on_time / nullif(year_due, 0), 4)
    union all
    select 'reporting_completeness: entitlements' as difference
    where (select coalesce(sum(entitlements), 0) from logs) <> (select count(*) from accuracy)
)

select * from differing
