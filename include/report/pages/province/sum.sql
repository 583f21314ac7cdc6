-- What the counted regencies add up to.
select * from audit.province;
