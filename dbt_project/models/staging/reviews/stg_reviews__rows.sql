-- One row per row of a returned list of pairs: whether two entries of two registries are one person. A blank decision says
-- that the pair was not looked at yet.
with submissions as (
    select * from {{ ref('stg_ledger__submissions') }}
    where kind = 'reviews'
),

known as (
    -- A pair holds P3KE's person against the other registry's, in this order (include/targeting/match.py).
    select distinct
        beneficiary_key,
        registry = 'p3ke' as is_left
    from {{ ref('stg_registry__rows') }}
    where beneficiary_key is not null
),

sent as (
    select
        reviews.*,
        submissions.arrival,
        submissions.feed,
        submissions.received_on,
        regexp_extract(trim(reviews.pair_id), '^([^-]+)-([^-]+)$', ['left_key', 'right_key']) as pair_keys,
        {{ squeezed('reviews.decision') }} as said,
        case
            when regexp_full_match(said, 'sama|ya|orang yang sama|same') then 'same'
            when regexp_full_match(said, 'bukan|tidak|beda|berbeda|lain|bukan orang yang sama') then 'different'
            when regexp_full_match(said, 'belum tahu|tidak tahu|belum|ragu|\?+') then 'unknown'
        end as verdict
    from {{ source('raw', 'reviews') }} as reviews
    inner join submissions on reviews.submission_id = submissions.submission_id
    where reviews.row_kind = 'data'
),

typed as (
    select
        sent.*,
        left_known.beneficiary_key is not null and right_known.beneficiary_key is not null as is_pair_known
    from sent
    left join known as left_known on sent.pair_keys['left_key'] = left_known.beneficiary_key and left_known.is_left
    left join known as right_known on sent.pair_keys['right_key'] = right_known.beneficiary_key and not right_known.is_left
),

contradicted as (
    -- One pair that is one person and is not; one person who is two.
    select
        submission_id,
        entry_key
    from (
        select distinct
            submission_id,
            pair_keys,
            unnest(['left:' || pair_keys['left_key'], 'right:' || pair_keys['right_key']]) as entry_key
        from typed
        where verdict = 'same' and is_pair_known
    )
    group by submission_id, entry_key
    having count(distinct pair_keys) > 1
),

disputed as (
    select
        submission_id,
        pair_keys
    from typed
    where verdict in ('same', 'different') and is_pair_known
    group by submission_id, pair_keys
    having count(distinct verdict) > 1
),

judged as (
    select
        typed.*,
        {{ codes_where([
            ('pair_unknown', 'not typed.is_pair_known'),
            ('decision_unknown', "typed.said <> '' and typed.verdict is null"),
            (
                'decision_contradictory',
                "disputed.submission_id is not null"
                ~ " or (typed.verdict = 'same' and coalesce(left_twice.entry_key, right_twice.entry_key) is not null)"
            ),
        ]) }} as reason_codes
    from typed
    left join disputed on typed.submission_id = disputed.submission_id and typed.pair_keys = disputed.pair_keys
    left join contradicted as left_twice
        on typed.submission_id = left_twice.submission_id and 'left:' || typed.pair_keys['left_key'] = left_twice.entry_key
    left join contradicted as right_twice
        on typed.submission_id = right_twice.submission_id and 'right:' || typed.pair_keys['right_key'] = right_twice.entry_key
)

select
    judged.submission_id,
    judged.sequence,
    judged.arrival,
    judged.sheet,
    judged.sheet_number,
    judged.row_number,
    judged.submission_id || ':' || judged.sheet_number || ':' || judged.row_number as row_id,
    judged.feed,
    judged.received_on,

    -- as sent
    judged.pair_id,
    judged.decision as decision_sent,
    judged.notes,

    -- as understood
    judged.pair_keys['left_key'] as left_key,
    judged.pair_keys['right_key'] as right_key,
    judged.verdict,
    null as village_hint,
    null as hint,
    judged.reason_codes,
    [] as warning_codes,
    len(judged.reason_codes) = 0 as is_accepted
from judged
