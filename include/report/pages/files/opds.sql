-- The OPDs that are expected to report.
select distinct
    card.opd_code,
    card.opd_name
from audit.opd_scorecard as card
union
select distinct
    submissions.opd_code,
    submissions.opd_code
from audit.submissions as submissions
where
    submissions.opd_code is not null
    and submissions.opd_code not in (select card.opd_code from audit.opd_scorecard as card)
order by opd_name;
