"""E-mails: decided in SQL, rendered purely, sent once.

digest_*.sql, *_notices.sql, engineer_items.sql   what is due to whom, and every count
digest.py, notices.py, susenas.py, wording.yml    counts into formal Indonesian
render.py, templates/, workbook.py                views into text, HTML and a workbook
letter.py, outbox.py, smtp.py                     bytes, the ledger's row, the mail server
"""

from include.alerts.send import AlertReport, send_alerts

__all__ = ["AlertReport", "send_alerts"]
