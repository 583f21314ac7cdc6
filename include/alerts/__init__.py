"""E-mails: decided in SQL, rendered purely, sent once.

told_mails.sql, *_flags.sql, *_due.sql       what changed since it was last told, and what is due to whom
digest, reminder, escalation, heartbeat      a kind of mail each; notices.py has the short ones about files and faults
situation.py, letter_*.sql, wording.yml      counts over the flags of the letter in hand, into formal Indonesian
render.py, templates/, workbook.py           views into text, HTML and a workbook (the chart: include/report/charts.py)
letter.py, outbox.py, smtp.py                bytes, the ledger's row, the mail server
send.py, preview.py                          a run's turn at sending; the same decisions as pages and pictures
"""

from include.alerts.send import AlertReport, send_alerts

__all__ = ["AlertReport", "send_alerts"]
