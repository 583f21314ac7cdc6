-- The programmes that the letter in hand tells of.
select distinct program_code from letter_flags where program_code is not null order by program_code;
