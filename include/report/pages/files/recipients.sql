-- Programmes whose list of recipients has not come: of them no log can be expected.
select
    card.program_name,
    card.opd_name
from audit.opd_scorecard as card
where card.entitlements = 0
order by card.opd_name, card.program_name;
