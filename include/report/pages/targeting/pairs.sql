-- How many persons of one registry were found in the other, and how many pairs wait for an operator's word.
select
    count(*) filter (where pairs.decision = 'accepted') as accepted,
    count(*) filter (where pairs.decision = 'review') as waiting
from audit.registry_matches as pairs;
