-- What auditors ask most, as table macros. Parameters bear the names of columns on purpose (`period := '2024-01'`);
-- columns are therefore always qualified. A parameter that is null means "all".

create macro audit.late(program, period) as table
select accuracy.*
from audit.delivery_accuracy as accuracy
where
    accuracy.timing_status = 'late'
    and (program is null or accuracy.program_code = program)
    and (period is null or accuracy.period = period)
order by accuracy.village_code, accuracy.days_late desc, accuracy.entitlement_id;

comment on macro table audit.late
is 'Hak yang diterima penuh setelah jatuh tempo, menurut program dan periode (null: semua).';

create macro audit.missing(program, period) as table
select accuracy.*
from audit.delivery_accuracy as accuracy
where
    accuracy.timing_status = 'missing'
    and (program is null or accuracy.program_code = program)
    and (period is null or accuracy.period = period)
order by accuracy.village_code, accuracy.days_late desc, accuracy.entitlement_id;

comment on macro table audit.missing
is 'Hak yang telah jatuh tempo tanpa penyaluran apa pun, menurut program dan periode (null: semua).';

create macro audit.trace(entitlement_id) as table
with judged as (
    select
        accuracy.*,
        coalesce(dropped.listed_amount, accuracy.entitled_amount) as listed_amount,
        true as is_judged
    from audit.delivery_accuracy as accuracy
    left join audit.recipients_dropped as dropped on accuracy.entitlement_id = dropped.entitlement_id
    where accuracy.entitlement_id = entitlement_id
),

entitlement as (
    select judged.* from judged
    union all by name
    -- Dropped before anything was delivered: nothing is owed, so nothing is judged.
    select
        dropped.entitlement_id, dropped.program_code, dropped.period, dropped.beneficiary_key, dropped.unit, periods.due_date,
        dropped.recipient_submission_id, dropped.recipient_sheet, dropped.recipient_row_number, dropped.listed_amount,
        0.0 as entitled_amount, 0.0 as delivered_amount, false as is_judged
    from audit.recipients_dropped as dropped
    left join audit.program_periods as periods
        on dropped.program_code = periods.program_code and dropped.period = periods.period
    where
        dropped.entitlement_id = entitlement_id
        and not exists (select 1 from judged)
),

own_deliveries as (
    select delivery.*
    from audit.deliveries as delivery
    inner join entitlement on delivery.entitlement_id = entitlement.entitlement_id
),

own_flags as (
    select
        flag.*,
        rule.policy,
        rule.source as policy_source,
        case when flag.shortfall < 0 then ' Kelebihan ' when flag.shortfall > 0 then ' Kekurangan ' end || replace(
            regexp_replace(abs(flag.shortfall)::decimal(18, 2)::varchar, '\.?0+$', ''), '.', ','
        ) || ' ' || flag.unit || '.' as difference
    from audit.flags as flag
    inner join entitlement
        on
            flag.entitlement_id = entitlement.entitlement_id
            or flag.delivery_id in (select own_deliveries.delivery_id from own_deliveries)
    left join audit.rules as rule on flag.rule = rule.rule
),

steps as (
    select
        1 as part, 'hak' as step, entitlement.due_date as on_date, entitlement.recipient_submission_id as submission_id,
        entitlement.recipient_sheet as sheet, entitlement.recipient_row_number as row_number,
        entitlement.listed_amount as amount, entitlement.unit, null as status,
        'Hak program ' || entitlement.program_code || ' periode ' || entitlement.period || ', baris daftar penerima; jatuh tempo '
            || strftime(entitlement.due_date, '%d/%m/%Y') as explanation,
        concat_ws(
            '; ', 'jumlah hak: ' || listed.entitled_amount_sent, 'periode: ' || listed.period_sent,
            'desa: ' || listed.village_sent, 'kecamatan: ' || listed.district_sent, 'berlaku sejak: ' || listed.valid_from_sent,
            'berlaku sampai: ' || listed.valid_to_sent
        ) as as_sent
    from entitlement
    left join audit.recipients_listed as listed
        on
            entitlement.recipient_submission_id = listed.submission_id
            and entitlement.recipient_sheet is not distinct from listed.sheet
            and entitlement.recipient_row_number = listed.row_number
    union all
    select
        2, 'hak dikeluarkan', dropped.dropped_on, dropped.dropped_by_submission_id, null, null, entitlement.entitled_amount,
        dropped.unit, dropped.dropped_how,
        case
            when dropped.dropped_how = 'replaced' then 'Digantikan penerima lain; haknya sebesar yang telah diterima'
            else 'Daftar kemudian tidak lagi memuat keluarga ini; haknya sebesar yang telah diterima'
        end,
        null
    from audit.recipients_dropped as dropped
    inner join entitlement on dropped.entitlement_id = entitlement.entitlement_id
    union all
    select
        3, case when delivery.is_current then 'penyaluran' else 'penyaluran tidak berlaku' end,
        delivery.delivered_on, delivery.submission_id, delivery.sheet, delivery.row_number,
        delivery.amount, delivery.unit, delivery.delivery_status,
        case
            when delivery.is_current and delivery.is_counted then 'Baris log yang berlaku dan dihitung'
            when delivery.is_current then 'Baris log yang berlaku, tidak dihitung sebagai penyaluran'
            else case delivery.superseded_how
                when 'voided' then 'Dibatalkan oleh '
                when 'dated' then 'Dilengkapi tanggalnya oleh '
                when 'returned_row' then 'Diganti melalui lembar tanda terima oleh '
                else 'Dikoreksi oleh '
            end || coalesce(
                '"' || later_file.file_name || '", lembar ' || later.sheet || ', baris ' || later.row_number, 'baris lain'
            )
        end
        || ', dicocokkan menurut ' || coalesce(delivery.matched_by, '-')
        || case when delivery.period_count > 1 then ', untuk ' || delivery.period_count || ' periode' else '' end,
        concat_ws(
            '; ', 'jumlah: ' || delivery.amount_sent, 'tanggal: ' || delivery.delivered_on_sent,
            'status: ' || delivery.status_sent, 'periode: ' || delivery.period_sent, 'BAST: ' || delivery.bast_number
        )
    from own_deliveries as delivery
    left join audit.deliveries as later on delivery.superseded_by = later.delivery_id
    left join audit.submissions as later_file on later.submission_id = later_file.submission_id
    union all
    select
        4, 'baris ditolak', null, refused.submission_id, refused.sheet, refused.row_number, null, null,
        array_to_string(refused.reason_codes, ', '), refused.reason, refused.raw_masked
    from audit.rejected_rows as refused
    inner join entitlement
        on
            refused.beneficiary_key = entitlement.beneficiary_key
            and refused.program_code = entitlement.program_code
            and (refused.periods is null or list_contains(refused.periods, entitlement.period))
    union all
    select
        5, 'penilaian', entitlement.completed_on, null, null, null, entitlement.delivered_amount, entitlement.unit,
        entitlement.amount_status || ', ' || entitlement.timing_status,
        'Jumlah: ' || entitlement.amount_status || '; waktu: ' || entitlement.timing_status
            || coalesce(' (' || entitlement.timing_evidence || ')', '')
            || coalesce('; ' || entitlement.days_late || ' hari kalender setelah jatuh tempo', ''),
        null
    from entitlement
    where entitlement.is_judged
    union all
    select
        5, 'penilaian', null, null, null, null, 0, entitlement.unit, null,
        'Tidak dinilai: dikeluarkan dari daftar sebelum menerima apa pun', null
    from entitlement
    where not entitlement.is_judged
    union all
    select
        6, 'temuan', flag.first_seen_on, flag.submission_id, null, null, abs(flag.shortfall), flag.unit,
        case when flag.resolved_on is null then 'terbuka' else 'selesai ' || flag.resolved_on end,
        flag.rule || ': ' || coalesce(flag.policy, '') || coalesce(flag.difference, '') || coalesce(' Dasar: ' || flag.policy_source, ''),
        null
    from own_flags as flag
    union all
    select
        7, 'surel', alert.sent_on, null, null, null, null, null, alert.status,
        alert.subject || ' (kepada ' || alert.recipient_role || ', menyebut ' || string_agg(flag.rule, ', ' order by flag.rule) || ')',
        null
    from own_flags as flag
    inner join audit.alert_flags as told on flag.flag_id = told.flag_id
    inner join audit.alerts as alert on told.alert_id = alert.alert_id
    group by alert.alert_id, alert.sent_on, alert.status, alert.subject, alert.recipient_role
)

select
    row_number() over (
        order by steps.part, steps.on_date nulls last, submission.sequence nulls last, steps.row_number, steps.explanation
    ) as number,
    steps.step, steps.explanation, steps.on_date, steps.amount, steps.unit, steps.status,
    steps.submission_id, submission.file_name, steps.sheet, steps.row_number, submission.received_at, submission.sha256,
    steps.as_sent
from steps
left join audit.submissions as submission on steps.submission_id = submission.submission_id
order by number;

comment on macro table audit.trace
is 'Jejak satu hak: baris daftar penerima, semua baris log (berkas, lembar, baris, tulisan pengirim) dan yang menggantikannya, baris yang ditolak, penilaian, temuan dengan kebijakannya, dan surel yang menyebutnya.';

create macro audit.told(alert_id) as table
select
    flag.rule, flag.severity, flag.program_code, flag.period, flag.village_code,
    coalesce(accuracy.village_name, delivery.village_name, village.village_name) as village_name, flag.entitlement_id,
    flag.delivery_id, flag.detail,
    coalesce(delivery.submission_id, flag.submission_id, accuracy.recipient_submission_id) as submission_id,
    submission.file_name, coalesce(delivery.sheet, accuracy.recipient_sheet) as sheet,
    coalesce(delivery.row_number, accuracy.recipient_row_number) as row_number
from audit.alert_flags as told
inner join audit.flags as flag on told.flag_id = flag.flag_id
left join audit.delivery_accuracy as accuracy on flag.entitlement_id = accuracy.entitlement_id
left join audit.deliveries as delivery on coalesce(flag.delivery_id, accuracy.completing_delivery_id) = delivery.delivery_id
left join audit.submissions as submission
    on coalesce(delivery.submission_id, flag.submission_id, accuracy.recipient_submission_id) = submission.submission_id
left join audit.village_summary as village on flag.village_code = village.village_code
where told.alert_id = alert_id
order by flag.severity, flag.rule, flag.program_code, flag.period, flag.village_code, flag.flag_id;

comment on macro table audit.told
is 'Semua temuan di balik angka-angka sebuah surel, dengan berkas, lembar, dan baris yang mendasarinya.';

-- Stratified by programme, village and risk; the size by Cochran (p = 0.5) with the finite-population correction, counted after
-- what cannot be verified was left out. The normal quantile is Acklam's rational approximation, right to nine digits. Whoever has
-- the same file draws the same sample from the same seed: all chance is SHA-256 over seed, list and entitlement, another part of it
-- for each choice, because choices must not hang together.
-- A family is asked once, about one of its due months; a doubtful month is twice as likely (of two uniform numbers the square root
-- of one wins twice as often), and the weight undoes it, so that the estimate is that of all due entitlements.
create macro audit.field_sample(margin, confidence, seed, period := null, program := null) as table
with listed as (
    select
        accuracy.*,
        accuracy.timing_status <> 'on_time' or accuracy.timing_evidence = 'claimed' as is_doubtful
    from audit.delivery_accuracy as accuracy
    where
        accuracy.due_date < accuracy.as_of
        and accuracy.dropped_on is null
        and accuracy.village_code is not null
        and starts_with(accuracy.period, coalesce(period, ''))
        and (program is null or accuracy.program_code = program)
),

hashed as (
    select
        sha256(string_agg(
            concat_ws(
                '|', listed.entitlement_id, listed.entitled_amount, listed.delivered_amount, listed.amount_status,
                listed.timing_status, coalesce(listed.timing_evidence, '')
            ),
            chr(10) order by listed.entitlement_id
        )) as list_hash
    from listed
),

chanced as (
    select
        listed.*,
        hashed.list_hash,
        sha256(concat_ws('|', seed, hashed.list_hash, listed.entitlement_id)) as chance
    from listed
    cross join hashed
),

likely as (
    select
        chanced.*,
        if(chanced.is_doubtful, 2, 1) as density,
        (('0x' || left(chanced.chance, 13))::bigint + 0.5) / 4503599627370496 as uniform
    from chanced
),

population as (
    select
        likely.*,
        count(*) over own as due_periods,
        sum(likely.density) over own / likely.density as month_weight
    from likely
    window own as (partition by likely.program_code, likely.beneficiary_key)
    qualify
        row_number() over (
            partition by likely.program_code, likely.beneficiary_key
            order by if(likely.is_doubtful, sqrt(likely.uniform), likely.uniform) desc, likely.entitlement_id
        ) = 1
),

totals as (
    select
        count(*) as population_size,
        confidence / 2 as q,
        sqrt(-2 * ln((1 - confidence) / 2)) as t
    from population
),

quantile as (
    select
        totals.*,
        q * q as r,
        case
            when q <= 0.47575 then
                (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r
                - 30.66479806614716) * r + 2.506628277459239) * q
                / (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r
                - 13.28068155288572) * r + 1)
            else
                -(((((-0.007784894002430293 * t - 0.3223964580411365) * t - 2.400758277161838) * t - 2.549732539343734) * t
                + 4.374664141464968) * t + 2.938163982698783)
                / ((((0.007784695709041462 * t + 0.3224671290700398) * t + 2.445134137142996) * t + 3.754408661907416) * t + 1)
        end as z
    from totals
),

wanted as (
    select
        quantile.population_size,
        quantile.z * quantile.z * 0.25 / (margin * margin) as infinite_size
    from quantile
),

sized as (
    select
        wanted.population_size,
        ceil(wanted.infinite_size / (1 + (wanted.infinite_size - 1) / wanted.population_size))::bigint as least_size
    from wanted
),

shuffled as (
    select
        population.*,
        sized.population_size,
        sized.least_size,
        row_number() over (
            partition by population.program_code, population.village_code, population.is_doubtful
            order by substr(population.chance, 14, 32), population.entitlement_id
        ) as place,
        count(*) over (partition by population.program_code, population.village_code, population.is_doubtful) as stratum_size
    from population
    cross join sized
),

-- Every stratum has one; beyond that doubtful strata are drawn from twice as densely.
ranked as (
    select
        shuffled.*,
        count_if(shuffled.place = 1) over () as strata,
        row_number() over (
            order by
                shuffled.place > 1, (shuffled.place - 0.5) / (shuffled.stratum_size * shuffled.density),
                substr(shuffled.chance, 14, 32)
        ) as choice
    from shuffled
),

drawn as (
    select ranked.*, count(*) over (partition by ranked.program_code, ranked.village_code, ranked.is_doubtful) as stratum_sample
    from ranked
    where ranked.choice <= greatest(ranked.least_size, ranked.strata)
)

select
    row_number() over (order by drawn.village_code, drawn.program_code, drawn.entitlement_id) as number,
    'V' || upper(right(drawn.chance, 8)) as sample_code,
    drawn.entitlement_id, drawn.program_code, drawn.period, drawn.district_name, drawn.village_code, drawn.village_name,
    drawn.nik_masked, drawn.entitled_amount, drawn.delivered_amount, drawn.unit, drawn.completed_on, drawn.timing_status,
    drawn.timing_evidence, drawn.is_doubtful, drawn.due_periods, drawn.stratum_size, drawn.stratum_sample,
    drawn.month_weight * drawn.stratum_size / drawn.stratum_sample as weight, drawn.population_size,
    count(*) over () as sample_size, drawn.list_hash
from drawn
order by number;

comment on macro table audit.field_sample
is 'Sampel acak berlapis untuk pemeriksaan lapangan: program, desa, dan keraguan (terlambat, belum lengkap, atau tanggal yang hanya pengakuan) sebagai lapisan; ukuran menurut Cochran dengan koreksi populasi terbatas. Setiap keluarga paling banyak sekali, untuk salah satu bulan yang telah jatuh tempo; period (tahun atau bulan) dan program mempersempit. Benih yang sama memberi sampel yang sama; list_hash adalah SHA-256 atas semua hak yang dapat ditarik: nomor, jumlah hak, jumlah tersalur, dan statusnya.';
