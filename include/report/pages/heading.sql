-- The publication that the pages are made from, and whose it is.
select
    publication.publication_number as number,
    publication.published_at,
    publication.as_of,
    publication.sequence,
    publication.chain_hash,
    parameters.regency_name,
    parameters.province_name,
    parameters.timezone
from audit.publications as publication
cross join audit.parameters as parameters
order by publication.publication_number desc
limit 1;
