-- How many rules this run could not evaluate: of what they look for nothing is known.
select count(*) as rules
from ledger.rule_outcomes
where run_id = $run_id and outcome = 'not_evaluated';
