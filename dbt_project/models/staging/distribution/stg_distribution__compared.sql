{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_pending() }}") }}
-- One row per log row of which other rows say something: of the same log (a repeated row or total, a busy proxy), of earlier
-- logs (a death, a BAST number of another village) or of the recipient lists. Nothing here changes when a later log comes.
with submissions as (
    select
        sequence,
        submission_id,
        arrival,
        feed,
        opd_code,
        program_code,
        entitlement,
        file_name,
        received_on
    from {{ ref('stg_ledger__submissions') }}
    where kind = 'distribution'
),

every_row as not materialized (
    select
        typed.*,
        submissions.arrival,
        submissions.feed,
        submissions.opd_code,
        submissions.program_code,
        submissions.entitlement
    from {{ ref('stg_distribution__typed') }} as typed
    inner join submissions on typed.sequence = submissions.sequence
),

pending as not materialized (
    select * from every_row
    where {{ is_pending() }}
),

repeated_totals as (
    -- One amount on every row that is what all rows are entitled to together: the village's total, written on each of them.
    select
        sequence,
        sheet_number,
        village_text
    from pending
    where delivery_status = 'delivered' and amount > 0
    group by sequence, sheet_number, village_text
    having
        count(*) >= 3
        and min(amount) = max(amount)
        and max(amount) = any_value(entitlement) * sum(greatest(len(coalesce(periods, [])), 1))
),

totals_told as (
    select pending.row_key
    from pending
    inner join repeated_totals
        on
            pending.sequence = repeated_totals.sequence
            and pending.sheet_number = repeated_totals.sheet_number
            and pending.village_text = repeated_totals.village_text
    where pending.delivery_status = 'delivered'
),

{%- set delivered = 'sequence, beneficiary_key, delivery_key, is_void, one_period' %}

by_period as not materialized (
    select
        row_key,
        sequence,
        beneficiary_key,
        delivery_key,
        delivery_status = 'void' as is_void,
        unnest(periods) as one_period
    from pending
    where len(reason_codes) = 0
),

perhaps_repeated as (
    {{ likenesses_of_several('by_period', delivered) }}
),

repeated as (
    -- The same key twice in one submission: the first row counts, the rest are refused. A void row is no repetition.
    select distinct row_key
    from by_period
    where
        hash({{ delivered }}) in (select perhaps_repeated.likeness from perhaps_repeated)
        and row_key not in (select totals_told.row_key from totals_told)
    qualify row_number() over (partition by {{ delivered }} order by row_key) > 1
),

near_niks as (
    -- Who of the programme's own lists a NIK that Excel has cut may belong to: how many, and in which villages.
    select
        program_code,
        nik_stem,
        sum(people)::integer as people,
        string_agg(coalesce(village_name, 'desa tidak dikenal') || ': ' || people, ', ' order by village_name) as places
    from (
        select
            lists.program_code,
            lists.nik_stem,
            villages.village_name,
            count(distinct lists.nik_key) as people
        from {{ ref('stg_recipients__rows') }} as lists
        left join {{ source('reference', 'villages') }} as villages on lists.village_code = villages.village_code
        where
            lists.is_accepted
            and lists.nik_stem in (select pending.cut_nik_stem from pending where pending.is_nik_precision_lost)
        group by lists.program_code, lists.nik_stem, villages.village_name
    )
    group by program_code, nik_stem
),

cut_niks as (
    select
        pending.row_key,
        case
            when near_niks.people is not null
                then
                    'Lima belas angka pertamanya sama dengan NIK ' || near_niks.people
                    || ' penerima dalam daftar program ini (' || near_niks.places || ').'
            else 'Tidak ada penerima dalam daftar program ini dengan lima belas angka pertama yang sama.'
        end as told
    from pending
    left join near_niks
        on pending.program_code = near_niks.program_code and pending.cut_nik_stem = near_niks.nik_stem
    where pending.is_nik_precision_lost
),

deaths as (
    -- Who has been reported dead, by the office's own logs or as the reason of a replacement, from which month on.
    select
        opd_code,
        beneficiary_key,
        arrival,
        list_min(periods) as period,
        submission_id,
        row_number
    from every_row
    where is_reported_dead and beneficiary_key is not null
    union all
    select
        opd_code,
        replaces_nik_key as beneficiary_key,
        arrival,
        strftime(coalesce(valid_from, received_on), '%Y-%m') as period,
        submission_id,
        row_number
    from {{ ref('stg_recipients__rows') }}
    where is_accepted and replaces_nik_key is not null and is_reason_death
),

served_after_death as (
    select
        pending.row_key,
        min(
            'Pernah dilaporkan meninggal dalam berkas "' || ledger.file_name || '" yang diterima '
            || strftime(ledger.received_on, '%d/%m/%Y') || ', baris ' || deaths.row_number || '.'
        ) as told
    from pending
    inner join deaths
        on
            pending.opd_code = deaths.opd_code
            and pending.beneficiary_key = deaths.beneficiary_key
            and pending.arrival > deaths.arrival
    inner join {{ ref('stg_ledger__submissions') }} as ledger on deaths.submission_id = ledger.submission_id
    where pending.delivery_status = 'delivered' and list_max(pending.periods) >= deaths.period
    group by pending.row_key
),

basts_of_villages as (
    select
        feed,
        bast_key
    from every_row
    where
        bast_key is not null
        and village_code is not null
        and {{ 'bast_key in (select pending.bast_key from pending)' if is_incremental() else 'true' }}
    group by feed, bast_key
    having min(village_code) <> max(village_code)
),

shared_basts as (
    -- A BAST number that stands for more than one village: the village that used it first may well be right.
    select
        every_row.feed,
        every_row.bast_key,
        arg_min(every_row.village_code, (every_row.arrival, every_row.row_key)) as first_village_code
    from every_row
    inner join basts_of_villages
        on every_row.feed = basts_of_villages.feed and every_row.bast_key = basts_of_villages.bast_key
    where every_row.village_code is not null
    group by every_row.feed, every_row.bast_key
),

basts_told as (
    select
        pending.row_key,
        'Nomor BAST ini lebih dahulu dipakai untuk Desa/Kelurahan ' || villages.village_name || '.' as told
    from pending
    inner join shared_basts
        on
            pending.feed = shared_basts.feed
            and pending.bast_key = shared_basts.bast_key
            and pending.village_code <> shared_basts.first_village_code
    inner join {{ source('reference', 'villages') }} as villages on shared_basts.first_village_code = villages.village_code
),

busy_proxies as (
    -- Kin ("anak") is nobody in particular.
    select
        sequence,
        proxy_text
    from pending
    where
        proxy_text is not null
        and delivery_status = 'delivered'
        and not regexp_full_match(
            proxy_text, '({{ kin_words() }}|ybs|yang bersangkutan|sendiri|penerima|-+)( (kandung|angkat|tiri|penerima|kpm|ybs))?'
        )
    group by sequence, proxy_text
    having count(distinct beneficiary_key) > {{ var('most_recipients_of_a_proxy') }}
),

proxies_told as (
    select pending.row_key
    from pending
    inner join busy_proxies on pending.sequence = busy_proxies.sequence and pending.proxy_text = busy_proxies.proxy_text
),

known_replacements as (
    select distinct
        program_code,
        nik_key
    from {{ ref('stg_recipients__rows') }}
    where is_accepted and nik_key is not null and replaces_nik_key is not null and trim(reason) <> ''
),

replacements_told as (
    select pending.row_key
    from pending
    left join known_replacements
        on pending.program_code = known_replacements.program_code and pending.nik_key = known_replacements.nik_key
    where pending.is_replacement and pending.delivery_status = 'delivered' and known_replacements.nik_key is null
),

told as (
    {%- set findings = [
        ('totals_told', 'amount_implausible', 'amount_total_repeated', 'null'),
        ('repeated', 'duplicate_row', none, 'null'),
        ('cut_niks', none, none, 'told'),
        ('served_after_death', none, 'recipient_reported_dead', 'told'),
        ('basts_told', none, 'bast_for_two_villages', 'told'),
        ('proxies_told', none, 'proxy_for_many', 'null'),
        ('replacements_told', none, 'replacement_incomplete', 'null'),
    ] %}
    {%- for finding, reason_code, warning_code, hint in findings %}
    select
        row_key,
        {{ loop.index }} as place,
        {{ "'" ~ reason_code ~ "'" if reason_code else 'null::varchar' }} as reason_code,
        {{ "'" ~ warning_code ~ "'" if warning_code else 'null::varchar' }} as warning_code,
        {{ hint }}::varchar as hint
    from {{ finding }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    row_key,
    {{ sequence_of('row_key') }}::integer as sequence,
    coalesce(list(reason_code order by place) filter (where reason_code is not null), []) as reason_codes,
    coalesce(list(warning_code order by place) filter (where warning_code is not null), []) as warning_codes,
    string_agg(hint, ' ' order by place) as hint
from told
group by row_key
