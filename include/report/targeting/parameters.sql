-- Who is called poor.
select poor_deciles from audit.targeting_parameters;
