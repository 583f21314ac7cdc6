-- Temporary table letter_flags: what the letter in hand is about. Here an OPD's digest: all that is told to it.
create or replace temp table letter_flags as
select * from alert_flags where opd_code = $opd_code;
