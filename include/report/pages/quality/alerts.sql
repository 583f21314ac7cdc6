-- E-mails by what became of them.
select
    alerts.status,
    count(*) as mails,
    max(coalesce(alerts.sent_at, alerts.created_at)) as last_at
from audit.alerts as alerts
group by alerts.status
order by alerts.status;
