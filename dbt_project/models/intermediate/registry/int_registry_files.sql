-- One row per registry file with accepted rows: which version it is, and from which day on it holds. The rows above its table
-- say so, else its name, else the day of receipt. A returned workbook belongs to the file whose rows it mends.
with files as (
    select
        registry,
        submission_id,
        any_value(arrival) as arrival,
        any_value(received_on) as received_on,
        max(title_date) as title_date,
        max(title_period) as title_period
    from {{ ref('stg_registry__rows') }}
    where is_accepted
    group by registry, submission_id
),

texts as (
    -- Where a file may state it, in the order in which it is believed.
    {%- for text in ['files.title_date', 'files.title_period', "regexp_replace(submissions.file_name, '\\.[A-Za-z]+$', '')"] %}
    select
        files.submission_id,
        {{ loop.index }} as place,
        {{ text }} as version_text
    from files
    inner join {{ ref('stg_ledger__submissions') }} as submissions on files.submission_id = submissions.submission_id
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

versions as (
    {{ stated_versions('(select distinct version_text from texts where version_text is not null)') }}
),

stated as (
    select
        files.*,
        arg_min(versions.stated, texts.place) filter (where versions.stated is not null) as stated
    from files
    inner join texts on files.submission_id = texts.submission_id
    left join versions on texts.version_text = versions.version_text
    group by all
),

mended as (
    select
        returned.submission_id,
        arg_max(split_part(returned.origin_row_id, ':', 1), returned.origin_row_key) as mends_submission_id
    from {{ ref('int_rows_returned') }} as returned
    where returned.kind = 'registry' and returned.is_known
    group by returned.submission_id
)

select
    stated.registry,
    stated.submission_id,
    stated.arrival,
    stated.received_on,
    mended.mends_submission_id,
    coalesce(stated.stated.day > stated.received_on, false) as is_stated_in_future,
    case when stated.stated.day <= stated.received_on then stated.stated.day else stated.received_on end as valid_from,
    upper(stated.registry) || ' ' || case
        when stated.stated.day <= stated.received_on then stated.stated.label
        else 'diterima ' || strftime(stated.received_on, '%d-%m-%Y')
    end as version
from stated
left join mended on stated.submission_id = mended.submission_id
