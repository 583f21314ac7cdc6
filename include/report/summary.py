"""What was found, in one look: for the end of `pantau run` and of the demonstration, and as the `--json` object.

Read from the published audit database, so that what is shown is what auditors will query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from include.audit.query import query

if TYPE_CHECKING:
    from include.pipeline import RunReport
    from include.workspace import Workspace

TIMING = ("on_time", "late", "pending", "incomplete", "missing", "undated")
AMOUNT = ("exact", "under", "over", "none")
SUBMISSIONS = ("accepted", "partial", "rejected", "duplicate")
ROWS = ("read", "accepted", "rejected", "skipped")

_PROGRAMS = """
    select opd_code, program_code, count(*) as entitlements, {counts}
    from audit.delivery_accuracy
    group by opd_code, program_code
    order by opd_code, program_code
"""
_FILES = """
    select opd_code, program_code, count(*) as files, sum(rows_read) as rows_read, sum(rows_accepted) as rows_accepted,
        sum(rows_rejected) as rows_rejected, sum(rows_skipped) as rows_skipped
    from audit.submissions
    group by opd_code, program_code
    order by opd_code nulls last, program_code nulls last
"""
_FLAGS = """
    select rule, count(*) as flags
    from audit.flags
    where resolved_on is null
    group by rule
    order by flags desc, rule
"""
# With a pretended time runs begin at the same moment: the later row is the later run.
_AS_OF = "select as_of from audit.runs order by started_at desc, rowid desc limit 1"
_MAILS = "select status, count(*) as mails from audit.alerts group by status order by status"


@dataclass(frozen=True)
class ProgramLine:
    """An OPD's programme: entitlements, and how many of them have which timing status."""

    opd_code: str
    program_code: str
    entitlements: int
    timing: Mapping[str, int]


@dataclass(frozen=True)
class FileLine:
    """The files of an OPD's programme and the rows in them.

    `opd_code` is None for files in no feed's folder, `program_code` for registries.
    """

    opd_code: str | None
    program_code: str | None
    files: int
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Summary:
    """The published state as plain figures."""

    as_of: date | None
    programs: tuple[ProgramLine, ...]
    files: tuple[FileLine, ...]
    submissions: Mapping[str, int]
    timing: Mapping[str, int]
    amount: Mapping[str, int]
    flags: Mapping[str, int]
    mails: Mapping[str, int]

    @property
    def rows(self) -> dict[str, int]:
        """Rows read, accepted, rejected and skipped, over all files."""
        return {name: sum(line.rows[name] for line in self.files) for name in ROWS}


def summarise(ws: Workspace) -> Summary:
    """Reads the figures from the published audit database.

    Raises:
        include.audit.query.QueryError: nothing was published yet.
    """
    counts = ", ".join(f"count(*) filter (where timing_status = '{status}') as {status}" for status in TIMING)
    return Summary(
        as_of=query(ws, _AS_OF).rows[0][0],
        programs=tuple(
            ProgramLine(opd, program, total, dict(zip(TIMING, timing, strict=True)))
            for opd, program, total, *timing in query(ws, _PROGRAMS.format(counts=counts)).rows
        ),
        files=tuple(
            FileLine(opd, program, files, dict(zip(ROWS, map(int, rows), strict=True)))
            for opd, program, files, *rows in query(ws, _FILES).rows
        ),
        submissions=_counted(ws, "audit.submissions", "status", SUBMISSIONS),
        timing=_counted(ws, "audit.delivery_accuracy", "timing_status", TIMING),
        amount=_counted(ws, "audit.delivery_accuracy", "amount_status", AMOUNT),
        flags=dict(query(ws, _FLAGS).rows),
        mails=dict(query(ws, _MAILS).rows),
    )


def as_object(ws: Workspace, report: RunReport) -> dict[str, Any]:
    """The object that `pantau run --json` prints (contract, section 6)."""
    found = summarise(ws)
    return {
        "as_of": report.as_of.isoformat(),
        "submissions": dict(found.submissions),
        "rows": found.rows,
        "timing": dict(found.timing),
        "amount": dict(found.amount),
        "flags": dict(found.flags),
        "emails": {
            "sent": report.emails_sent,
            "unchanged": report.emails_unchanged,
            "written": report.emails_written,
            "failed": report.emails_failed,
            "waiting": report.emails_waiting,
            "held": report.emails_held,
        },
        "audit_db": str(ws.settings.audit_db),
        "seconds": report.seconds,
    }


def print_summary(ws: Workspace, report: RunReport | None, screen: Console) -> None:
    """Prints the figures as tables; with a run's report also what that run did."""
    found = summarise(ws)
    screen.print(_program_table(found))
    screen.print(_file_table(found))
    screen.print(f"Files: {_listed(found.submissions) or 'none'}", markup=False)
    screen.print(_flag_table(found))
    screen.print(f"E-mails: {_listed(found.mails) or 'none'}", markup=False)
    if report is not None:
        _print_run(ws, report, screen)


def _print_run(ws: Workspace, report: RunReport, screen: Console) -> None:
    screen.print(
        f"This run: {report.taken_in} files taken in, {report.receipts} receipts; e-mails: {report.emails_sent} sent, "
        f"{report.emails_written} written, {report.emails_unchanged} unchanged, {report.emails_failed} failed, "
        f"{report.emails_waiting} waiting for the mail server, {report.emails_held} held for tomorrow",
        markup=False,
    )
    for label, names in (
        ("Still being written, left for the next run", report.still_being_written),
        ("In no feed's folder", report.in_no_feed),
        ("Cannot be taken (access, links, special files)", report.not_takable),
        ("Rules that could not be evaluated", report.not_evaluated),
    ):
        if names:
            screen.print(f"{label}: {', '.join(names)}", style="yellow", markup=False)
    screen.print(f"Audit database: {ws.settings.audit_db}", markup=False, soft_wrap=True)
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in report.seconds.items())
    screen.print(f"Seconds: {steps}; total {sum(report.seconds.values()):.1f}", markup=False)


def _program_table(found: Summary) -> Table:
    title = "Entitlements" + (f" as of {found.as_of}" if found.as_of else "")
    table = _table("OPD", "Programme", title=title)
    for heading in ("Entitled", *TIMING):
        table.add_column(heading.replace("_", " ").capitalize(), justify="right")
    for line in found.programs:
        figures = (line.entitlements, *(line.timing[status] for status in TIMING))
        table.add_row(line.opd_code, line.program_code, *map(_figure, figures))
    return table


def _file_table(found: Summary) -> Table:
    table = _table("OPD", "Programme", title="Files and rows")
    for heading in ("Files", *(f"Rows {name}" for name in ROWS)):
        table.add_column(heading, justify="right")
    for line in found.files:
        table.add_row(
            line.opd_code or "(no feed)",
            line.program_code or "-",
            *map(_figure, (line.files, *(line.rows[name] for name in ROWS))),
        )
    return table


def _flag_table(found: Summary) -> Table:
    table = _table("Rule", title="Open flags")
    table.add_column("Flags", justify="right")
    for rule, flags in found.flags.items():
        table.add_row(rule, _figure(flags))
    return table


def _table(*headings: str, title: str) -> Table:
    """A table without frames: nine columns must fit a terminal of 80 characters."""
    return Table(
        *headings, title=f"\n{title}", title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0)
    )


def _counted(ws: Workspace, table: str, column: str, statuses: tuple[str, ...]) -> dict[str, int]:
    # Every status of the contract stands in the object, also those that do not occur.
    counts = query(ws, f"select {column}, count(*) from {table} group by {column} order by {column}").rows
    return dict.fromkeys(statuses, 0) | dict(counts)


def _figure(value: int) -> str:
    return f"{value:,}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{_figure(count)} {status}" for status, count in counts.items() if count)
