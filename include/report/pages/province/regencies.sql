-- All regencies in the order of their places; those without one last.
select
    regencies.*,
    publications.reason,
    publications.publication_number,
    publications.published_at,
    publications.chain_hash
from audit.regencies as regencies
inner join audit.publications as publications on regencies.regency_code = publications.regency_code
order by regencies.place nulls last, regencies.regency_code;
