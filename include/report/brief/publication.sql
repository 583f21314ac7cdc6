-- The publication that is told of, the last submission that it knew, and the link to the publication before it. Its own
-- chain_hash is left out: it is sealed anew when the run ends, while what stands here stays.
select
    publication.publication_number,
    publication.published_at,
    publication.as_of,
    publication.sequence,
    publication.submission_chain_hash,
    publication.previous_hash,
    (select count(*) from audit.submissions) as submissions,
    parameters.regency_name,
    parameters.province_name,
    parameters.timezone
from audit.publications as publication
cross join audit.parameters as parameters
order by publication.publication_number desc
limit 1;
