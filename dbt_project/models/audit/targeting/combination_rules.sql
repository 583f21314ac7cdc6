select
    program_code,
    other_program_code,
    verdict,
    source
from {{ source('reference', 'combinations') }}
