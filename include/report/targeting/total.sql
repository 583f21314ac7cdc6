-- All villages together.
select * from audit.targeting_summary where is_total;
