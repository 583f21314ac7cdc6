"""Ends the demonstration: what was found, which e-mails arrived, where to look next."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from include.demonstration.mailbox import Mailbox
from include.demonstration.watching import Verdict
from include.workspace import Workspace

QUERY_TO_TRY = (
    "select village_name, count(*) as missing from audit.delivery_accuracy "
    "where timing_status = 'missing' group by all order by missing desc limit 5"
)


def show(ws: Workspace, mailbox: Mailbox, verdict: Verdict, screen: Console) -> None:
    """Prints tables and paths, and what went wrong if anything did."""
    from include.report.summary import print_summary

    if ws.settings.audit_db.exists():
        print_summary(ws, None, screen)
    _show_mails(mailbox, screen)
    screen.print(f"\nAudit database: {ws.settings.audit_db}", markup=False)
    screen.print("Try it:", markup=False)
    screen.print(
        f'  PANTAU_HOME={ws.settings.home} .venv/bin/pantau query "{QUERY_TO_TRY}"',
        markup=False,
        soft_wrap=True,
    )
    for fault in verdict.faults:
        screen.print(f"NOT AS EXPECTED: {fault}", style="red", markup=False)
    if verdict.good:
        screen.print("Every expected DAG run succeeded and every expected e-mail arrived.", style="green")


def _show_mails(mailbox: Mailbox, screen: Console) -> None:
    table = Table(
        "Recipient", "Subject", title=f"E-mails delivered ({len(mailbox.mails)})", title_justify="left"
    )
    for mail in mailbox.mails:
        table.add_row(", ".join(mail.recipients), mail.subject)
    screen.print(table)
    screen.print(f"As files: {mailbox.folder}", markup=False)
