with submissions as (
    select * from {{ source('ledger', 'submissions') }}
),

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

programs as (
    select * from {{ source('reference', 'programs') }}
),

parameters as (
    select * from {{ source('reference', 'parameters') }}
)

select
    submissions.submission_id,
    submissions.sequence,
    submissions.feed,
    coalesce(feeds.opd_code, submissions.opd_code) as opd_code,
    coalesce(feeds.program_code, submissions.program_code) as program_code,
    submissions.kind,
    submissions.registry,
    submissions.file_name,
    submissions.sha256,
    submissions.received_at,
    -- The day of receipt is the regency's day, not Greenwich's.
    (submissions.received_at at time zone 'UTC' at time zone parameters.timezone)::date as received_on,
    submissions.received_source,
    submissions.reading_status,
    submissions.reason,
    submissions.reason_detail,
    submissions.warnings,
    submissions.sheets,
    -- A rebuild may read another number of rows than the chain was closed over.
    coalesce(submissions.rows_reread, submissions.rows_read) as rows_read,
    submissions.rows_read as rows_read_at_receipt,
    submissions.rows_data,
    submissions.previous_hash,
    submissions.chain_hash,
    submissions.loaded_at,
    submissions.receipt_number,
    -- A later submission is one that arrived later; the ledger's order parts what arrived together. One figure that later
    -- arrivals leave as it is: milliseconds, then the place in the ledger.
    epoch_ms(submissions.received_at) * 1000000 + submissions.sequence as arrival,
    coalesce(feeds.report_deadline_days, 7) as report_deadline_days,
    programs.unit,
    programs.pack_size,
    programs.max_amount,
    programs.entitlement,
    programs.unit_price_idr
from submissions
cross join parameters
left join feeds on submissions.feed = feeds.feed
left join programs on coalesce(feeds.program_code, submissions.program_code) = programs.program_code
