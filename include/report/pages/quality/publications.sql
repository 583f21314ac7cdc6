-- The last publications, latest first: the links of the chain that an auditor compares.
select
    publications.publication_number,
    publications.published_at,
    publications.as_of,
    publications.sequence,
    publications.chain_hash
from audit.publications as publications
order by publications.publication_number desc
limit $room;
