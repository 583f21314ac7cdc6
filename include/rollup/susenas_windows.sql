-- Which SUSENAS windows a regency has been told of, and how certain their days are.
select
    susenas_year,
    starts_on,
    ends_on,
    cutoff,
    status
from audit.susenas_windows
order by susenas_year;
