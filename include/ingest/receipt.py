"""Receipts: what became of each submission, and the sender's own rows that need mending, as a workbook for the sender.

Written after the transformation, because only that knows which rows stand. A receipt is a file first and a mark in
the ledger second: killed in between, the next run writes the same file under the same name once more.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include import clock
from include.ingest.columns import CANONICAL
from include.ingest.manifest import UNKNOWN_FOLDER
from include.ingest.reasons import reasons
from include.warehouse.connection import another_cursor, reader, transaction, writer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from include.workspace import Workspace

log = logging.getLogger("pantau.receipt")

# Remarks that no cell of the sender needs mending for: counted on the first sheet, their rows are not sent back.
INFORMATION = (
    "nik_other_region",
    "not_in_registry",
    "date_from_title",
    "row_hidden",
    "proxy_for_many",
    "bast_for_two_villages",
)

# A value that the file states once above its table stands in for an empty cell, so that the row can travel alone.
STATED_ABOVE = {
    "period": "title_period",
    "village": "title_village",
    "district": "title_district",
    "delivered_on": "title_date",
}

_LONGEST_NAME = 150
_OUR_PREFIX = re.compile(r"TANDA-TERIMA_TT-[0-9A-Z-]+_", re.I)
_OUR_SUFFIX = ".xlsx"
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


@dataclass(frozen=True)
class RowToMend:
    """A row of the sender's, with what is wrong with it; `values` in the order of the kind's canonical columns."""

    row_id: str
    sheet: str
    row_number: int
    rejected: bool
    codes: tuple[str, ...]
    village_hint: str | None
    hint: str | None
    values: tuple[str | None, ...]


@dataclass(frozen=True)
class Change:
    """A row of an earlier file that this one changes, leaves out or repeats: where it stands, what it said, what is said now.

    Attributes:
        how: changed | left_out | elsewhere (changed, and it came from another folder) | dropped (a family off the list) |
            added (the same family, day and amount under another BAST number: by the contract a further delivery).
        was: Amount, day and status as they were understood.
        now: The same of the row that takes its place or stands beside it; None where there is none.
        own_row: Which row of this file that is, for what was added.
    """

    how: str
    file_name: str
    receipt_number: str
    sheet: str
    row_number: int
    was: Said | None = None
    now: Said | None = None
    own_row: int | None = None


@dataclass(frozen=True)
class Said:
    """What a row of a log says of a delivery."""

    amount: float | None
    day: date | None
    status: str


@dataclass(frozen=True)
class Earlier:
    """The submission that brought the same bytes before."""

    receipt_number: str
    received_at: datetime
    status: str
    reading_status: str
    codes: Sequence[str]

    @property
    def received(self) -> datetime:
        """The moment of receipt, aware."""
        return self.received_at.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """What is wrong with how many rows, and where they stand by sheet; no places for what asks nothing of the sender."""

    code: str
    count: int
    places: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Addressed:
    """What the place of a receipt depends on."""

    receipt_number: str
    feed: str | None
    file_name: str


@dataclass(frozen=True)
class Receipt:
    """Everything that a receipt says, but for the rows themselves."""

    receipt_number: str
    submission_id: str
    sequence: int
    feed: str | None
    kind: str | None
    program_name: str | None
    unit: str | None
    file_name: str
    received_at: datetime
    received_source: str
    sha256: str
    chain_hash: str
    status: str
    reading_status: str
    reason: str | None
    reason_detail: str | None
    warnings: tuple[tuple[str, str], ...]
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_skipped: int
    stated_total: float | None
    computed_total: float | None
    read_total: float | None
    accepted_total: float | None
    rejected_total: float | None
    uncounted_total: float | None
    earlier: Earlier | None = None
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def codes(self) -> Sequence[str]:
        """The remarks on the file as a whole."""
        return [code for code, _ in self.warnings]

    @property
    def received(self) -> datetime:
        """The moment of receipt, aware."""
        return self.received_at.replace(tzinfo=UTC)


def write_receipts(ws: Workspace) -> list[Path]:
    """Writes the receipt of every judged submission that has none yet.

    Returns:
        The workbooks written, in the order of the ledger.
    """
    from include.ingest.receipt_workbook import render  # xlsxwriter is needed here only

    written: list[Path] = []
    done: list[int] = []
    with reader(ws) as connection:
        for receipt, rows in _outstanding(connection):
            path = receipt_path(ws.settings.returned, receipt)
            _write_whole(path, render(ws.configuration.region, receipt, rows))
            written.append(path)
            done.append(receipt.sequence)
    if done:
        _mark(ws, done)
    log.info("wrote %d receipts", len(done))
    return written


def receipt_path(returned: Path, receipt: Receipt | Addressed) -> Path:
    """Where a receipt lies: in the sender's own folder, under a name that no sender can steer elsewhere."""
    number = _UNSAFE.sub("-", receipt.receipt_number)
    name = _UNSAFE.sub("_", _name_before_receipts(receipt.file_name)).strip(" .") or "berkas"
    short = name.encode()[:_LONGEST_NAME].decode(errors="ignore")
    return returned / (receipt.feed or UNKNOWN_FOLDER) / f"TANDA-TERIMA_{number}_{short}{_OUR_SUFFIX}"


def _name_before_receipts(name: str) -> str:
    """The sender's own name of a file that travelled as our receipt, else names would grow with every mend."""
    name, times = _OUR_PREFIX.subn("", name)
    for _ in range(times):
        name = name.removesuffix(_OUR_SUFFIX)
    return name


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _mark(ws: Workspace, sequences: Sequence[int]) -> None:
    moment = clock.now().astimezone(UTC).replace(tzinfo=None)
    with writer(ws, "receipts") as connection, transaction(connection):
        connection.execute(
            """
            update ledger.submissions set receipt_written_at = ?
            where receipt_written_at is null and list_contains(?, sequence)
            """,
            [moment, list(sequences)],
        )


# --- what is outstanding

_SUBMISSIONS = """
    with waiting as (
        select submission_id from ledger.submissions where receipt_written_at is null
    ),
    summed as (
        select
            logs.submission_id,
            sum(logs.amount) as read_total,
            coalesce(sum(logs.amount) filter (where logs.is_accepted and logs.delivery_status = 'delivered'), 0)
                as accepted_total,
            sum(logs.amount) filter (where not logs.is_accepted) as rejected_total,
            sum(nullif(logs.amount, 0)) filter (where logs.is_accepted and logs.delivery_status <> 'delivered')
                as uncounted_total
        from staging.stg_distribution__rows as logs
        inner join waiting on logs.submission_id = waiting.submission_id
        group by logs.submission_id
    ),
    codes as (
        select submission_id, code, count(*) as number_of_rows
        from (
            select rows_judged.submission_id, unnest(list_concat(reason_codes, warning_codes)) as code
            from marts.rows_judged as rows_judged
            inner join waiting on rows_judged.submission_id = waiting.submission_id
        )
        group by all
    ),
    counted as (
        select submission_id, map(list(code order by code), list(number_of_rows order by code)) as code_counts
        from codes
        group by submission_id
    )
    select
        submissions.submission_id, ledger.sequence, judged.feed, judged.kind, programs.name as program_name,
        programs.unit, judged.file_name, judged.received_at, judged.received_source, judged.sha256,
        judged.chain_hash, judged.status, ledger.reading_status, judged.reason, judged.reason_detail,
        judged.warning_details as warnings, judged.rows_read, judged.rows_accepted, judged.rows_rejected,
        judged.rows_skipped, judged.stated_total, judged.computed_total, summed.read_total,
        summed.accepted_total, summed.rejected_total, summed.uncounted_total, counted.code_counts,
        coalesce(ledger.receipt_number, 'TT-' || upper(ledger.submission_id[:8])) as receipt_number
    from waiting as submissions
    inner join ledger.submissions as ledger on submissions.submission_id = ledger.submission_id
    inner join audit.submissions as judged on submissions.submission_id = judged.submission_id
    left join reference.programs as programs on judged.program_code = programs.program_code
    left join summed on submissions.submission_id = summed.submission_id
    left join counted on submissions.submission_id = counted.submission_id
    order by ledger.sequence
"""

_EARLIER = """
    select
        repeated.submission_id, coalesce(earlier.receipt_number, 'TT-' || upper(earlier.submission_id[:8])) as receipt_number,
        earlier.received_at, judged.status, earlier.reading_status,
        json_extract_string(judged.warning_details, '$[*].code') as codes
    from ledger.submissions as repeated
    inner join ledger.submissions as earlier
        on repeated.feed = earlier.feed and repeated.sha256 = earlier.sha256 and repeated.sequence > earlier.sequence
    inner join audit.submissions as judged on earlier.submission_id = judged.submission_id
    where repeated.receipt_written_at is null and repeated.reading_status = 'duplicate'
    qualify row_number() over (partition by repeated.submission_id order by earlier.sequence) = 1
"""

# What stands beside an earlier row is a delivery beyond the entitlement: only there it is looked for.
_CHANGES = """
    with standing as (
        select
            deliveries.submission_id, deliveries.sequence, deliveries.row_key, deliveries.row_number,
            deliveries.entitlement_id, deliveries.amount, deliveries.delivered_on, deliveries.delivery_status
        from intermediate.int_deliveries_current as deliveries
        where
            deliveries.is_counted
            and deliveries.entitlement_id in (
                select unexpected.entitlement_id from audit.unexpected_deliveries as unexpected
                where unexpected.kind = 'duplicate'
            )
    ),
    beside as (
        select
            later.submission_id, earlier.submission_id as earlier_submission_id, typed.sheet as earlier_sheet,
            earlier.row_number as earlier_row_number, 'added' as how, earlier.amount as earlier_amount,
            earlier.delivered_on as earlier_day, earlier.delivery_status as earlier_status, later.amount as new_amount,
            later.delivered_on as new_day, later.delivery_status as new_status, later.row_number as new_row_number
        from standing as later
        inner join standing as earlier
            on
                later.entitlement_id = earlier.entitlement_id
                and later.amount = earlier.amount
                and later.delivered_on is not distinct from earlier.delivered_on
                and later.sequence > earlier.sequence
        inner join staging.stg_distribution__typed as typed on earlier.row_key = typed.row_key
    ),
    revised as (
        select distinct * from beside
        union all by name
        select distinct
            submission_id, earlier_submission_id, earlier_sheet, earlier_row_number,
            case when how = 'changed' and not is_same_feed then 'elsewhere' else how end as how,
            earlier_amount, earlier_day, earlier_status, new_amount, new_day, new_status
        from intermediate.int_deliveries_revised
        where how <> 'same'
        union all by name
        select distinct
            dropped_by_submission_id as submission_id, recipient_submission_id as earlier_submission_id,
            recipient_sheet as earlier_sheet, recipient_row_number as earlier_row_number, 'dropped' as how
        from intermediate.int_entitlements_listed
        where dropped_by_submission_id is not null
    )
    select
        revised.submission_id, revised.how, earlier.file_name,
        coalesce(earlier.receipt_number, 'TT-' || upper(earlier.submission_id[:8])) as receipt_number, revised.earlier_sheet,
        revised.earlier_row_number, revised.earlier_amount, revised.earlier_day, revised.earlier_status,
        revised.new_amount, revised.new_day, revised.new_status, revised.new_row_number
    from revised
    inner join ledger.submissions as submissions on revised.submission_id = submissions.submission_id
    inner join ledger.submissions as earlier on revised.earlier_submission_id = earlier.submission_id
    where submissions.receipt_written_at is null
    order by
        submissions.sequence, list_position(['added', 'left_out', 'dropped', 'elsewhere', 'changed'], revised.how),
        earlier.sequence, revised.earlier_sheet, revised.earlier_row_number
"""


def _outstanding(connection: DuckDBPyConnection) -> Iterator[tuple[Receipt, list[RowToMend]]]:
    """Each receipt to be written, with its rows; the rows of one kind are read in one pass."""
    receipts = _receipts(connection)
    by_kind = {kind: _rows_to_mend(connection, kind) for kind in CANONICAL}
    ahead: dict[str, tuple[str, list[RowToMend]] | None] = {
        kind: next(rows, None) for kind, rows in by_kind.items()
    }
    for receipt, counts in receipts:
        found: list[RowToMend] = []
        waiting = ahead.get(receipt.kind or "")
        if waiting is not None and waiting[0] == receipt.submission_id and receipt.kind:
            found = waiting[1]
            ahead[receipt.kind] = next(by_kind[receipt.kind], None)
        yield replace(receipt, findings=_findings(counts, found)), found


def _receipts(connection: DuckDBPyConnection) -> list[tuple[Receipt, dict[str, int]]]:
    """Every outstanding receipt, with its rows' counts by code."""
    earlier = {
        submission_id: Earlier(*about)
        for submission_id, *about in another_cursor(connection).execute(_EARLIER).fetchall()
    }
    changes = _changes(connection)
    cursor = another_cursor(connection).execute(_SUBMISSIONS)
    names = [column[0] for column in cursor.description or ()]
    found = []
    for line in cursor.fetchall():
        values: dict[str, Any] = dict(zip(names, line, strict=True))
        counts = values.pop("code_counts") or {}
        values["warnings"] = tuple(
            (entry["code"], entry.get("detail") or "")
            for entry in json.loads(values["warnings"])
            if _is_about_file(entry["code"])
        )
        values["earlier"] = earlier.get(values["submission_id"])
        values["changes"] = tuple(changes.get(values["submission_id"], ()))
        found.append((Receipt(**values), counts))
    return found


def _is_about_file(code: str) -> bool:
    """Remarks on rows are told with the rows; a remark on a file may bear the code of a refused row."""
    known = reasons().get(code)
    return known is None or known.level == "submission"


def _changes(connection: DuckDBPyConnection) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for submission_id, how, name, number, sheet, row, *said, own_row in (
        another_cursor(connection).execute(_CHANGES).fetchall()
    ):
        was, now = (Said(*part) if part[2] else None for part in (said[:3], said[3:]))
        found.setdefault(submission_id, []).append(Change(how, name, number, sheet, row, was, now, own_row))
    return found


def _rows_to_mend(connection: DuckDBPyConnection, kind: str) -> Iterator[tuple[str, list[RowToMend]]]:
    """Refused and remarked rows of the outstanding receipts of a kind, by submission, worst first."""
    columns = ", ".join(_as_sent(kind, column.name) for column in CANONICAL[kind])
    # Each reading gets a cursor of its own: four of them are read side by side.
    cursor = another_cursor(connection).execute(
        f"""
        select
            submissions.submission_id, judged.sheet, judged.sheet_number, judged.row_number,
            judged.outcome = 'rejected' as is_rejected, judged.reason_codes,
            list_filter(judged.warning_codes, code -> not list_contains(?, code)) as remarks, judged.village_hint,
            judged.hint, {columns}
        from ledger.submissions as submissions
        inner join marts.rows_judged as judged on submissions.submission_id = judged.submission_id
        inner join raw.{kind} as sent
            on
                judged.submission_id = sent.submission_id
                and judged.sheet_number = sent.sheet_number
                and judged.row_number = sent.row_number
        where
            submissions.receipt_written_at is null
            and judged.kind = ?
            and (judged.outcome = 'rejected' or len(remarks) > 0)
        order by
            submissions.sequence, is_rejected desc, len(judged.reason_codes) desc,
            list_has_any(judged.warning_codes, ?) desc, judged.sheet_number, judged.row_number
        """,
        [list(INFORMATION), kind, [reason.code for reason in reasons().values() if reason.urgent]],
    )
    lines = iter(lambda: cursor.fetchone(), None)
    for submission_id, group in groupby(lines, key=lambda line: str(line[0])):
        yield submission_id, [_row_to_mend(line) for line in group]


def _findings(counts: dict[str, int], rows: Sequence[RowToMend]) -> tuple[Finding, ...]:
    """What is wrong with how many rows and where, the worst first."""
    places: dict[str, dict[str, list[int]]] = {}
    for row in rows:
        for code in row.codes:
            places.setdefault(code, {}).setdefault(row.sheet, []).append(row.row_number)
    told = {code: count for code, count in counts.items() if code in INFORMATION}
    told |= {code: sum(map(len, by_sheet.values())) for code, by_sheet in places.items()}
    return tuple(
        Finding(
            code,
            count,
            tuple((sheet, tuple(sorted(numbers))) for sheet, numbers in places.get(code, {}).items()),
        )
        for code, count in sorted(told.items(), key=_worst_first)
    )


def _worst_first(counted: tuple[str, int]) -> tuple[int, int, str]:
    code, count = counted
    return (reasons()[code].rank, -count, code)


def _as_sent(kind: str, column: str) -> str:
    if column in STATED_ABOVE and kind in ("distribution", "recipients"):
        return f"coalesce(nullif(trim(sent.{column}), ''), sent.{STATED_ABOVE[column]}) as {column}"
    return f"sent.{column}"


def _row_to_mend(line: tuple[Any, ...]) -> RowToMend:
    (
        submission_id,
        sheet,
        sheet_number,
        row_number,
        rejected,
        reasons,
        remarks,
        village_hint,
        hint,
        *values,
    ) = line
    return RowToMend(
        row_id=f"{submission_id}:{sheet_number}:{row_number}",
        sheet=sheet,
        row_number=row_number,
        rejected=rejected,
        codes=(*reasons, *remarks),
        village_hint=village_hint,
        hint=hint,
        values=tuple(values),
    )
