-- Which publication a regency has, whose it says it is, which SUSENAS window it faces, and below how many families it hides a
-- count.
select
    publication.publication_number,
    publication.as_of,
    publication.published_at,
    publication.chain_hash,
    parameters.regency_code,
    parameters.regency_name,
    targeting.small_cell::bigint as small_cell,
    -- The same in all rows of a scorecard.
    (select any_value(scorecard.susenas_year) from audit.opd_scorecard as scorecard) as susenas_year
from audit.publications as publication
cross join audit.parameters as parameters
cross join audit.targeting_parameters as targeting
order by publication.publication_number desc
limit 1;
