-- One row per pair of entries on which operators have decided: their last word. Who was found to be one person with somebody
-- is no longer one with somebody else: the later decision stands.
with latest as (
    select * from {{ ref('stg_reviews__rows') }}
    where is_accepted and verdict is not null
    qualify
        row_number() over (partition by left_key, right_key order by arrival desc, sheet_number desc, row_number desc) = 1
),

sames as (
    select
        left_key,
        right_key,
        arrival,
        max(arrival) over (partition by left_key) as left_last,
        max(arrival) over (partition by right_key) as right_last
    from latest
    where verdict = 'same'
)

select
    latest.left_key,
    latest.right_key,
    case latest.verdict when 'same' then true when 'different' then false end as is_same,
    latest.submission_id
from latest
left join sames on latest.left_key = sames.left_key and latest.right_key = sames.right_key
where latest.verdict <> 'same' or (sames.arrival = sames.left_last and sames.arrival = sames.right_last)
