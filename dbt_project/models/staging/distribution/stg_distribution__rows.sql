-- One row per data row of a distribution log: the text as sent, what it says, and what is wrong with it. Every distinct
-- spelling is typed once and joined back, so that the work follows the variety of the input and not its length.
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'distribution'
),

sent as (
    select
        distribution.*,
        submissions.arrival,
        submissions.feed,
        submissions.opd_code,
        submissions.program_code,
        submissions.unit,
        submissions.pack_size,
        submissions.max_amount,
        submissions.entitlement,
        submissions.unit_price_idr,
        submissions.received_on,
        submissions.report_deadline_days,
        coalesce(distribution.amount, '') as amount_text,
        {{ cell_type('distribution', 'amount') }} as amount_cell,
        coalesce(sheets.is_in_packs, false) as is_in_packs,
        coalesce(sheets.has_levy_column, false) as has_levy_column,
        coalesce(distribution.delivered_on, '') as date_text,
        {{ cell_type('distribution', 'delivered_on') }} as date_cell,
        {{ counted_by_header(own_or_title('distribution', 'period'), 'sheets.period_noun') }} as period_text,
        case
            when trim(coalesce(distribution.period, '')) = '' then 't' else {{ cell_type('distribution', 'period') }}
        end as period_cell,
        nullif(regexp_extract(distribution.title_period, '(20\d\d)', 1), '') as title_year,
        {{ only_year('distribution.title_period', 'distribution.title_date') }} as date_year,
        year(submissions.received_on)::varchar as receipt_year,
        coalesce(distribution.status, '') as status_text,
        coalesce(distribution.nik, '') as nik_text,
        {{ cell_type('distribution', 'nik') }} as nik_cell,
        coalesce(distribution.kk, '') as kk_text,
        {{ cell_type('distribution', 'kk') }} as kk_cell,
        {{ cell_type('distribution', 'name') }} as name_cell,
        {{ own_or_title('distribution', 'village') }} as village_text,
        {{ own_or_title('distribution', 'district') }} as district_text
    from {{ source('raw', 'distribution') }} as distribution
    inner join submissions on distribution.submission_id = submissions.submission_id
    left join {{ ref('stg_ledger__sheets') }} as sheets
        on distribution.submission_id = sheets.submission_id and distribution.sheet_number = sheets.sheet_number
    where distribution.row_kind = 'data'
),

amounts as (
    {{ typed_amounts('(select distinct amount_text, amount_cell, unit, pack_size, is_in_packs from sent)', 'is_in_packs') }}
),

dates as (
    {{ typed_dates("(
        select distinct date_text, date_cell, date_year from sent
        union select distinct coalesce(title_date, ''), 't', date_year from sent
    )", 'date_year') }}
),

{{ typed_periods("(
    select distinct program_code, period_text, period_cell, title_year, receipt_year from sent
    union select distinct program_code, coalesce(title_period, ''), 't', title_year, receipt_year from sent
)") }},

statuses as (
    {{ typed_statuses('(select distinct status_text from sent)') }}
),

pairs as (
    select * from {{ ref('stg_identities__pairs') }}
    where kind = 'distribution'
),

levies as (
    {{ texts_of_levies('(
        select distinct notes as said from sent where notes is not null
        union select distinct status_text from sent
        union select distinct amount_text from sent
    )') }}
),

places as (
    select * from {{ ref('stg_places__spellings') }}
),

other_names as (
    {{ other_village_names('sent') }}
),

replacement_texts as (
    select distinct remark
    from (
        select notes as remark from sent
        union all
        select status_text as remark from sent
    )
    where {{ says_replacement('remark') }}
),

tables as (
    select
        submission_id,
        sheet_number,
        count_if(trim(status_text) <> '') > 0 as has_statuses
    from sent
    group by submission_id, sheet_number
),

typed as (
    select
        sent.* replace (
            case when not pairs.is_nik_kk_swapped then sent.nik_key end as nik_key,
            case when not pairs.is_nik_kk_swapped then sent.kk_key end as kk_key
        ),
        amounts.amount as typed_amount,
        amounts.is_amount_blank,
        dates.is_date_blank,
        dates.typed_date,
        dates.is_weekday_contradicted,
        dates.is_date_range,
        dates.first_date,
        dates.is_year_assumed,
        title_dates.typed_date as title_typed_date,
        -- A list may hold for a year; what a log says of a year says nothing of a month.
        case when not regexp_full_match(trim(sent.period_text), '20\d\d') then typed_periods.named end as named_periods,
        typed_periods.program_periods,
        list_has_all(typed_periods.program_periods, coalesce(typed_periods.named, [])) as has_program_periods,
        places.village_code,
        places.village_hint,
        sent.notes in (select levies.said from levies)
        or sent.status_text in (select levies.said from levies)
        or sent.amount_text in (select levies.said from levies)
        or case when sent.has_levy_column then {{ holds_levy('sent.extra') }} else false end as is_levy_told,
        coalesce(places.is_other_regency, false) as is_other_regency,
        coalesce(places.is_ambiguous, false) as is_village_ambiguous,
        places.is_district_unknown,
        {{ is_village_contradicted() }} as is_village_contradicted,
        {{ identity_facts() }},
        coalesce(contains(sent.row_marks, 'p'), false) as is_other_program,
        {{ is_period_conflicting('sent', 'typed_periods', 'title_periods') }} as is_period_conflicting,
        case
            when statuses.typed_status <> 'blank' then statuses.typed_status
            when tables.has_statuses then 'blank'
            else 'delivered'
        end as delivery_status,
        statuses.failure_reasons,
        statuses.is_status_mixed,
        -- Not the recipient: what differs from the name, in a column that often repeats it.
        case
            when lower(trim(sent.received_by)) <> lower(trim(coalesce(sent.name, '')))
                then nullif({{ squeezed('sent.received_by') }}, '')
        end as proxy_text,
        coalesce(proxy_text not in ('-', 'ybs', 'yang bersangkutan', 'sendiri', 'penerima'), false) or statuses.is_via_proxy
            as is_via_proxy,
        coalesce(sent.notes in (select replacement_texts.remark from replacement_texts), false)
        or sent.status_text in (select replacement_texts.remark from replacement_texts) as is_replacement
    from sent
    left join amounts
        on
            sent.amount_text = amounts.amount_text
            and sent.amount_cell = amounts.amount_cell
            and sent.unit is not distinct from amounts.unit
            and sent.pack_size is not distinct from amounts.pack_size
            and sent.is_in_packs = amounts.is_in_packs
    left join dates
        on
            sent.date_text = dates.date_text
            and sent.date_cell = dates.date_cell
            and sent.date_year is not distinct from dates.assumed_year
    left join dates as title_dates
        on
            coalesce(sent.title_date, '') = title_dates.date_text
            and title_dates.date_cell = 't'
            and sent.date_year is not distinct from title_dates.assumed_year
    left join typed_periods
        on
            sent.program_code is not distinct from typed_periods.program_code
            and sent.period_text = typed_periods.period_text
            and sent.period_cell = typed_periods.period_cell
            and sent.title_year is not distinct from typed_periods.title_year
            and sent.receipt_year = typed_periods.receipt_year
    left join statuses on sent.status_text = statuses.status_text
    left join pairs
        on
            sent.nik_text = pairs.nik_text
            and sent.nik_cell = pairs.nik_cell
            and sent.kk_text = pairs.kk_text
            and sent.kk_cell = pairs.kk_cell
    left join places on sent.village_text = places.village_text and sent.district_text = places.district_text
    left join places as title_places
        on
            coalesce(sent.title_village, '') = title_places.village_text
            and coalesce(sent.title_district, '') = title_places.district_text
    left join other_names
        on
            sent.submission_id = other_names.submission_id
            and sent.sheet_number = other_names.sheet_number
            and sent.row_number = other_names.row_number
    left join typed_periods as title_periods
        on
            sent.program_code is not distinct from title_periods.program_code
            and coalesce(sent.title_period, '') = title_periods.period_text
            and title_periods.period_cell = 't'
            and sent.title_year is not distinct from title_periods.title_year
            and sent.receipt_year = title_periods.receipt_year
    left join tables on sent.submission_id = tables.submission_id and sent.sheet_number = tables.sheet_number
),

dated as (
    select
        *,
        {{ beneficiary_key() }} as beneficiary_key,
        -- The title's year is none where it would put the delivery before the month that it is for.
        case
            when not is_year_assumed or coalesce(typed_date >= (named_periods[1] || '-01')::date, true) then typed_date
        end as read_date,
        case
            when read_date is not null then read_date
            when is_date_blank and delivery_status in ('delivered', 'void') then title_typed_date
        end as delivered_on_day,
        case when read_date is not null and is_date_range then first_date end as delivered_from,
        nullif(regexp_replace(upper(coalesce(bast_number, '')), '[\s\-]+', '', 'g'), '') as bast_key,
        coalesce('B' || bast_key, 'D' || delivered_on_day, 'U') as delivery_key,
        case
            when delivery_status = 'delivered'
                then {{ suspected_unit(
                    'typed_amount', 'entitlement * len(named_periods)', 'unit', 'pack_size', 'unit_price_idr'
                ) }}
        end as suspected_unit
    from typed
),

repeated_totals as (
    -- One amount on every row that is what all rows are entitled to together: the village's total, written on each of them.
    select
        submission_id,
        sheet_number,
        village_text
    from typed
    where delivery_status = 'delivered' and typed_amount > 0
    group by submission_id, sheet_number, village_text
    having
        count(*) >= 3
        and min(typed_amount) = max(typed_amount)
        and max(typed_amount) = any_value(entitlement) * sum(greatest(len(coalesce(named_periods, [])), 1))
),

compared as (
    select
        dated.*,
        repeated_totals.submission_id is not null and dated.delivery_status = 'delivered' as is_repeated_total
    from dated
    left join repeated_totals
        on
            dated.submission_id = repeated_totals.submission_id
            and dated.sheet_number = repeated_totals.sheet_number
            and dated.village_text = repeated_totals.village_text
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
            and lists.nik_stem in (select left(dated.nik_digits, 15) from dated where dated.is_nik_precision_lost)
        group by lists.program_code, lists.nik_stem, villages.village_name
    )
    group by program_code, nik_stem
),

deaths as (
    -- Who has been reported dead, by the office's own logs or as the reason of a replacement, from which month on.
    select
        dated.opd_code,
        dated.beneficiary_key,
        dated.arrival,
        list_min(dated.named_periods) as period,
        dated.submission_id,
        dated.row_number
    from dated
    where list_contains(dated.failure_reasons, 'deceased') and dated.beneficiary_key is not null
    union all
    select
        lists.opd_code,
        lists.replaces_nik_key as beneficiary_key,
        lists.arrival,
        strftime(coalesce(lists.valid_from, lists.received_on), '%Y-%m') as period,
        lists.submission_id,
        lists.row_number
    from {{ ref('stg_recipients__rows') }} as lists
    where lists.is_accepted and lists.replaces_nik_key is not null and lists.is_reason_death
),

served_after_death as (
    select
        dated.submission_id,
        dated.sheet_number,
        dated.row_number,
        min(
            'Pernah dilaporkan meninggal dalam berkas "' || submissions.file_name || '" yang diterima '
            || strftime(submissions.received_on, '%d/%m/%Y') || ', baris ' || deaths.row_number || '.'
        ) as told
    from dated
    inner join deaths
        on
            dated.opd_code = deaths.opd_code
            and dated.beneficiary_key = deaths.beneficiary_key
            and dated.arrival > deaths.arrival
    inner join {{ ref('stg_ledger__submissions') }} as submissions on deaths.submission_id = submissions.submission_id
    where dated.delivery_status = 'delivered' and list_max(dated.named_periods) >= deaths.period
    group by dated.submission_id, dated.sheet_number, dated.row_number
),

basts_of_villages as (
    select
        feed,
        bast_key
    from dated
    where bast_key is not null and village_code is not null
    group by feed, bast_key
    having min(village_code) <> max(village_code)
),

shared_basts as (
    -- A BAST number that stands for more than one village: the village that used it first may well be right.
    select
        dated.feed,
        dated.bast_key,
        arg_min(dated.village_code, (dated.arrival, dated.sheet_number, dated.row_number)) as first_village_code
    from dated
    inner join basts_of_villages
        on dated.feed = basts_of_villages.feed and dated.bast_key = basts_of_villages.bast_key
    where dated.village_code is not null
    group by dated.feed, dated.bast_key
),

busy_proxies as (
    -- Kin ("anak") is nobody in particular.
    select
        submission_id,
        proxy_text
    from dated
    where
        proxy_text is not null
        and delivery_status = 'delivered'
        and not regexp_full_match(
            proxy_text, '({{ kin_words() }}|ybs|yang bersangkutan|sendiri|penerima|-+)( (kandung|angkat|tiri|penerima|kpm|ybs))?'
        )
    group by submission_id, proxy_text
    having count(distinct beneficiary_key) > {{ var('most_recipients_of_a_proxy') }}
),

known_replacements as (
    select distinct
        program_code,
        nik_key
    from {{ ref('stg_recipients__rows') }}
    where is_accepted and nik_key is not null and replaces_nik_key is not null and trim(reason) <> ''
),

remarked as (
    select
        dated.*,
        served_after_death.told as death_told,
        villages.village_name as first_bast_village,
        busy_proxies.proxy_text is not null as is_proxy_busy,
        dated.is_replacement and dated.delivery_status = 'delivered' and known_replacements.nik_key is null
            as is_replacement_incomplete,
        nullif(concat_ws(
            ' ',
            'Pada baris ini ' || dated.nik_problem || '.',
            case
                when near_niks.people is not null
                    then
                        'Lima belas angka pertamanya sama dengan NIK ' || near_niks.people
                        || ' penerima dalam daftar program ini (' || near_niks.places || ').'
                when dated.is_nik_precision_lost
                    then 'Tidak ada penerima dalam daftar program ini dengan lima belas angka pertama yang sama.'
            end,
            served_after_death.told,
            'Nomor BAST ini lebih dahulu dipakai untuk Desa/Kelurahan ' || villages.village_name || '.',
            'Mungkin yang dimaksud: ' || dated.suspected_unit || '.'
        ), '') as hint
    from compared as dated
    left join near_niks
        on
            dated.program_code = near_niks.program_code
            and case when dated.is_nik_precision_lost then left(dated.nik_digits, 15) end = near_niks.nik_stem
    left join served_after_death
        on
            dated.submission_id = served_after_death.submission_id
            and dated.sheet_number = served_after_death.sheet_number
            and dated.row_number = served_after_death.row_number
    left join shared_basts
        on
            dated.feed = shared_basts.feed
            and dated.bast_key = shared_basts.bast_key
            and dated.village_code <> shared_basts.first_village_code
    left join {{ source('reference', 'villages') }} as villages on shared_basts.first_village_code = villages.village_code
    left join busy_proxies
        on dated.submission_id = busy_proxies.submission_id and dated.proxy_text = busy_proxies.proxy_text
    left join known_replacements
        on dated.program_code = known_replacements.program_code and dated.nik_key = known_replacements.nik_key
),

judged as (
    select
        *,
        {{ codes_where([
            ('wrong_program', 'is_other_program'),
            ('wrong_region', 'is_other_regency'),
            ('identity_missing', 'beneficiary_key is null'),
            ('status_unknown', "delivery_status = 'unknown'"),
            ('period_unknown', 'named_periods is null or not has_program_periods'),
            ('amount_invalid', "delivery_status = 'delivered' and (coalesce(typed_amount, 0) <= 0 or amount_cell = 'm')"),
            ('amount_implausible', "delivery_status = 'delivered' and (typed_amount > max_amount or is_repeated_total)"),
            (
                'date_invalid',
                "delivery_status in ('delivered', 'void') and not is_date_blank"
                ~ " and (read_date is null or read_date < (named_periods[1] || '-01')::date - 366)",
            ),
            ('date_in_future', "delivery_status in ('delivered', 'void') and delivered_on_day > received_on"),
        ]) }} as own_reason_codes,
        {{ codes_where([
            ('levy_suspected', 'is_levy_told'),
        ] + identity_warnings() + place_warnings() + [
            ('nik_missing', 'is_nik_blank and kk_key is null'),
            ('name_marked_dead', "delivery_status = 'delivered' and " ~ is_marked_dead('name')),
            ('recipient_reported_dead', 'death_told is not null'),
            ('replacement_incomplete', 'is_replacement_incomplete'),
            ('proxy_for_many', 'is_proxy_busy'),
            ('bast_for_two_villages', 'first_bast_village is not null'),
            ('status_blank', "delivery_status = 'blank'"),
            ('status_contradicted', "delivery_status = 'not_yet' and typed_amount > 0 and read_date is not null"),
            ('status_mixed', 'is_status_mixed'),
            ('date_undated', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is null"),
            ('date_from_title', "delivery_status = 'delivered' and is_date_blank and delivered_on_day is not null"),
            ('date_is_range', "delivery_status = 'delivered' and delivered_from is not null"),
            ('date_year_assumed', 'is_year_assumed and read_date is not null'),
            ('date_before_program', "delivery_status = 'delivered' and delivered_on_day < (program_periods[1] || '-01')::date"),
            ('weekday_mismatch', 'is_weekday_contradicted'),
            ('period_conflict', 'is_period_conflicting'),
            ('amount_merged', "delivery_status = 'delivered' and amount_cell = 'm'"),
            ('amount_total_repeated', 'is_repeated_total'),
            ('row_hidden', "contains(row_marks, 'h')"),
            ('row_struck', "contains(row_marks, 's')"),
            ('row_coloured', "contains(row_marks, 'c')"),
            ('amount_unit_suspected', 'suspected_unit is not null'),
        ]) }} as warning_codes
    from remarked
),

repeated as (
    -- The same key twice in one submission: the first row counts, the rest are refused. A void row is no repetition.
    select distinct
        submission_id,
        sheet_number,
        row_number
    from (
        select
            submission_id,
            sheet_number,
            row_number,
            beneficiary_key,
            delivery_key,
            delivery_status = 'void' as is_void,
            unnest(named_periods) as one_period
        from judged
        where len(own_reason_codes) = 0
    )
    qualify
        row_number() over (
            partition by submission_id, beneficiary_key, delivery_key, is_void, one_period order by sheet_number, row_number
        ) > 1
)

select
    judged.submission_id,
    judged.sequence,
    judged.arrival,
    judged.sheet,
    judged.sheet_number,
    judged.row_number,
    judged.submission_id || ':' || judged.sheet_number || ':' || judged.row_number as row_id,
    judged.returned_row_id,
    judged.feed,
    judged.opd_code,
    judged.program_code,
    judged.unit,
    judged.received_on,
    judged.report_deadline_days,

    -- as sent
    judged.nik as nik_text,
    judged.kk as kk_text,
    judged.name as name_text,
    judged.village as village_sent,
    judged.district as district_sent,
    judged.period as period_sent,
    judged.amount as amount_sent,
    judged.delivered_on as delivered_on_sent,
    judged.status as status_sent,
    judged.bast_number,
    judged.received_by,
    judged.notes,

    -- as understood
    judged.nik_key,
    judged.kk_key,
    judged.name_key,
    judged.beneficiary_key,
    judged.village_code,
    judged.village_hint,
    judged.hint,
    judged.named_periods as periods,
    judged.typed_amount as amount,
    judged.delivered_on_day as delivered_on,
    judged.delivered_from,
    judged.read_date is null and judged.delivered_on_day is not null as is_date_from_title,
    judged.delivery_status,
    coalesce(judged.failure_reasons, []) as failure_reasons,
    judged.is_via_proxy,
    judged.delivery_key,
    case
        when repeated.row_number is null then judged.own_reason_codes
        else list_append(judged.own_reason_codes, 'duplicate_row')
    end as reason_codes,
    judged.warning_codes,
    len(judged.own_reason_codes) = 0 and repeated.row_number is null as is_accepted
from judged
left join repeated
    on
        judged.submission_id = repeated.submission_id
        and judged.sheet_number = repeated.sheet_number
        and judged.row_number = repeated.row_number
