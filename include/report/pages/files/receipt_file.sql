-- Under which name a file's receipt lies.
select
    submissions.receipt_number,
    submissions.feed,
    submissions.file_name
from audit.submissions as submissions
where submissions.receipt_number = $receipt;
