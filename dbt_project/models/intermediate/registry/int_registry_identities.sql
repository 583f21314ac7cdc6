-- One row per registry and entry, and per recipient on a list (registry `recipients`): whom the entry means. A recipient whom no
-- registry names is a person of his own.
with recipients as (
    select distinct beneficiary_key from {{ ref('stg_recipients__rows') }}
    where is_accepted
)

select
    registry,
    beneficiary_key,
    person_key
from {{ ref('int_registry_matched') }}
union all
select
    'recipients' as registry,
    recipients.beneficiary_key,
    coalesce(known.person_key, recognised.person_key, recipients.beneficiary_key) as person_key
from recipients
left join {{ ref('int_recipients_known') }} as known on recipients.beneficiary_key = known.beneficiary_key
left join {{ ref('int_recipients_recognised') }} as recognised on recipients.beneficiary_key = recognised.beneficiary_key
