select
    poor_deciles,
    poorest_deciles,
    pocket_share,
    elderly_age,
    small_cell,
    comparable_from,
    registry_loss_share,
    registry_loss_from,
    registry_whole_share,
    registry_shifted_share,
    registry_shifted_from
from {{ source('reference', 'targeting') }}
