select
    poor_deciles,
    poorest_deciles,
    pocket_share,
    elderly_age,
    small_cell,
    comparable_from
from {{ source('reference', 'targeting') }}
