-- A regency's scorecard, a row an OPD and programme. A programme of few families has no figure that counts them: it could tell
-- of somebody. Logs are counted by village, and stay.
with shown as (
    select scorecard.*
    from audit.opd_scorecard as scorecard
    cross join audit.targeting_parameters as targeting
    where scorecard.families not between 1 and targeting.small_cell - 1
)

select
    scorecard.opd_code,
    scorecard.opd_name,
    scorecard.program_code,
    scorecard.program_name,
    scorecard.unit,
    shown.program_code is null as is_hidden,
    shown.families,
    shown.entitlements,
    shown.timing_on_time,
    shown.timing_late,
    shown.timing_pending,
    shown.timing_incomplete,
    shown.timing_missing,
    shown.timing_undated,
    shown.amount_exact,
    shown.amount_under,
    shown.amount_over,
    shown.amount_none,
    shown.entitled_amount,
    shown.delivered_amount,
    shown.year_due,
    shown.year_on_time,
    shown.bunching_susenas_year,
    shown.bunching_completed,
    shown.completed_before_cutoff,
    shown.is_bunched,
    scorecard.logs_expected,
    scorecard.logs_pending,
    scorecard.logs_missing,
    scorecard.susenas_year
from audit.opd_scorecard as scorecard
left join shown on scorecard.opd_code = shown.opd_code and scorecard.program_code = shown.program_code
order by scorecard.opd_code, scorecard.program_code;
