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
with entitlement as (
    select accuracy.* from audit.delivery_accuracy as accuracy where accuracy.entitlement_id = entitlement_id
),

steps as (
    select
        1 as part, 'hak' as step, entitlement.due_date as on_date, entitlement.recipient_submission_id as submission_id,
        entitlement.recipient_sheet as sheet, entitlement.recipient_row_number as row_number,
        entitlement.entitled_amount as amount, entitlement.unit, null as status,
        'Hak program ' || entitlement.program_code || ' periode ' || entitlement.period || ', baris daftar penerima'
            as explanation
    from entitlement
    union all
    select
        2, 'penyaluran', delivery.delivered_on, delivery.submission_id, delivery.sheet, delivery.row_number,
        delivery.amount, delivery.unit, delivery.delivery_status,
        case when delivery.is_current then 'Baris log yang berlaku' else 'Baris log yang sudah digantikan atau dibatalkan' end
            || ', dicocokkan menurut ' || coalesce(delivery.matched_by, '-')
            || ', jumlah tertulis: ' || coalesce(delivery.amount_sent, '-')
            || case when delivery.period_count > 1 then ' untuk ' || delivery.period_count || ' periode' else '' end
    from audit.deliveries as delivery
    where delivery.entitlement_id = entitlement_id
    union all
    select
        3, 'penilaian', entitlement.completed_on, null, null, null, entitlement.delivered_amount, entitlement.unit,
        entitlement.amount_status || ', ' || entitlement.timing_status,
        'Jumlah: ' || entitlement.amount_status || '; waktu: ' || entitlement.timing_status
            || coalesce(' (' || entitlement.timing_evidence || ')', '')
            || coalesce('; ' || entitlement.days_late || ' hari kalender setelah jatuh tempo', '')
    from entitlement
    union all
    select
        4, 'temuan', flag.first_seen_on, flag.submission_id, null, null, flag.shortfall, flag.unit,
        case when flag.resolved_on is null then 'terbuka' else 'selesai ' || flag.resolved_on end,
        flag.rule || ': ' || coalesce(rule.policy, '')
    from audit.flags as flag
    left join audit.rules as rule on flag.rule = rule.rule
    where
        flag.entitlement_id = entitlement_id
        or flag.delivery_id in (
            select delivery.delivery_id
            from audit.deliveries as delivery
            inner join entitlement on delivery.entitlement_id = entitlement.entitlement_id
        )
)

select
    row_number() over (order by steps.part, steps.on_date nulls last, steps.submission_id, steps.row_number) as number,
    steps.step, steps.explanation, steps.on_date, steps.amount, steps.unit, steps.status,
    steps.submission_id, submission.file_name, steps.sheet, steps.row_number, submission.received_at, submission.sha256
from steps
left join audit.submissions as submission on steps.submission_id = submission.submission_id
order by number;

comment on macro table audit.trace
is 'Jejak satu hak: baris daftar penerima, semua baris log (berkas, lembar, baris), penilaian, dan temuannya.';
