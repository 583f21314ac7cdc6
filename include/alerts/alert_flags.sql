-- Temporary table alert_flags: the flags of compared_flags that mails tell of, and count. What is snoozed on that day is left
-- out: it is told, as new or as resolved, once the snooze has ended; so is what a graver rule tells of already.
create or replace temp table alert_flags as
select * exclude (is_snoozed, is_within) from compared_flags where not is_snoozed and not is_within;
