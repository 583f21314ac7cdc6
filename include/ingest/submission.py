"""Ingests one claim: archive, read, land, commit. Whatever the file holds, the outcome is a manifest.

The order makes it safe to be killed anywhere: the original is archived first, rows are landed under a name that nobody
reads, the manifest is the commit, and only then the claim goes. Done again, it gives the same result.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.inbox.claim import Claim, base_manifest, claimed_file, drop_claim, give_back, read_claim
from include.ingest.belonging import Feed
from include.ingest.columns import (
    CANONICAL,
    CHOICES_TITLE,
    EXPLAINED,
    GUIDE_TITLE,
    KEYS,
    RECEIPT_TITLE,
    REVIEWED,
    ROW_ID,
    missing_required,
)
from include.ingest.header import Header, find_header
from include.ingest.identity import KeyMaker
from include.ingest.manifest import Manifest, landing_folder, manifest_path, read_manifest, write_manifest
from include.ingest.originals import (
    ARCHIVES,
    READABLE,
    ChangedMeanwhile,
    file_hash,
    is_workbook_inside,
    keep_original,
)
from include.ingest.places import Places
from include.ingest.readers.open import open_sheets
from include.ingest.readers.sheet import HEAD_ROWS, Block, Sheet, Unreadable
from include.ingest.table import TableReader, planned_columns, status_from_remarks
from include.ingest.titles import (
    Title,
    claims_a_village,
    described,
    from_sheet_name,
    harvest,
    other_scale,
    year_of,
)

if TYPE_CHECKING:
    from include.config import Configuration
    from include.workspace import Workspace

log = logging.getLogger("pantau.ingest")

WAITING = "waiting"
"""Status of a submission whose sender was still writing: it went back into the inbox, and nothing was committed."""

_MOST_NAMED = 20
_WRITTEN_BESIDE = 20_000
_HARDLY_REPEATING = {"row_number", "extra", *(key for keys in KEYS.values() for key, _, _ in keys)}
_local = threading.local()


class NoSuchClaim(LookupError):
    """Neither a claim nor a manifest has this id."""


def ingest_claim(ws: Workspace, submission_id: str) -> Manifest:
    """Ingests a claim, or returns what its earlier ingest committed.

    Raises:
        NoSuchClaim: there is no such submission.
    """
    ws.settings.secret()  # made or missed here: the lack of our key must never read as a fault of the file
    with _claim_lock(ws, submission_id):
        claim = read_claim(ws, submission_id)
        if claim is None:
            return _committed(ws, submission_id)
        manifest = read_manifest(manifest_path(ws.settings.landing, claim.feed, submission_id))
        if manifest is None:
            manifest = _ingest(ws, claim)
        if manifest.reading_status != WAITING:
            drop_claim(ws, submission_id)
        return manifest


def _ingest(ws: Workspace, claim: Claim) -> Manifest:
    started = time.monotonic()
    manifest = base_manifest(ws.configuration, claim)
    content = claimed_file(ws, claim)
    try:
        original = keep_original(ws.settings.archive, content, claim.sha256)
    except ChangedMeanwhile:
        give_back(ws, claim)
        manifest.reading_status = WAITING
        log.info("submission %s was still being written and went back into the inbox", claim.submission_id)
        return manifest
    _judge_whole(ws, claim, manifest)
    if manifest.reading_status == "landed":
        _read(ws, manifest, original, content.parent)
    write_manifest(ws.settings.landing, manifest)
    log.info(
        "submission %s of feed %s: %s%s, %d rows, %.2f s", manifest.submission_id, manifest.feed, manifest.reading_status,
        f" ({manifest.reason})" if manifest.reason else "", manifest.rows_read, time.monotonic() - started,
    )  # fmt: skip
    return manifest


def read_again(ws: Workspace, claim: Claim, original: Path, beside: Path) -> Manifest | None:
    """Reads an archived original anew and lands it in this workspace, as if it had just been claimed.

    Args:
        ws: Where to land: a rebuild's own landing, not the home's.
        claim: The arrival as the ledger tells it; its suffix is found anew.
        original: The file in the archive.
        beside: An empty folder of ours.

    Returns:
        The committed manifest; None for what has no reading to repeat: a repeated file, a ZIP that could not be opened, a
        feed that is no longer configured.
    """
    suffix = readable_suffix(claim.file_name, original)
    manifest = base_manifest(ws.configuration, claim)
    if claim.ordinal > 0 or suffix is None or manifest.reading_status == "rejected":
        return None
    _judge_whole(ws, replace(claim, suffix=suffix), manifest)
    if manifest.reading_status == "landed":
        _read(ws, manifest, original, beside)
    write_manifest(ws.settings.landing, manifest)
    return manifest


def refuse_again(ws: Workspace, claim: Claim, reason: str) -> Manifest:
    """Lands an arrival as refused whole, whatever it holds: a person has decided so."""
    manifest = base_manifest(ws.configuration, claim)
    manifest.reject(reason)
    write_manifest(ws.settings.landing, manifest)
    return manifest


def readable_suffix(file_name: str, original: Path) -> str | None:
    """Under which suffix an archived original can be read; None for a ZIP itself and for formats that are not read."""
    suffix = Path(file_name).suffix.lower()
    if suffix in ARCHIVES and is_workbook_inside(original):
        return ".xlsx"
    return suffix if suffix in READABLE else None


def _judge_whole(ws: Workspace, claim: Claim, manifest: Manifest) -> None:
    """What can be said without reading the file."""
    limit = ws.configuration.limits.file_bytes
    if manifest.reading_status == "rejected":  # its feed is no longer configured
        return
    if claim.ordinal > 0:
        manifest.reading_status, manifest.reason = "duplicate", "received_before"
        manifest.reason_detail = f"kiriman ke-{claim.ordinal + 1} dengan isi yang sama"
    elif claim.problem:
        manifest.reject(claim.problem, claim.problem_detail)
    elif claim.size_bytes > limit:
        manifest.reject("file_too_large", f"{claim.size_bytes} bita, batasnya {limit} bita")
    elif claim.suffix not in READABLE:
        manifest.reject("format_unsupported", Path(claim.file_name).suffix.lower()[:20] or None)


def _read(ws: Workspace, manifest: Manifest, original: Path, beside: Path) -> None:
    """Reads and lands; whatever is wrong with the file becomes the manifest's reason."""
    try:
        _Reading(ws, manifest).run(original, beside)
    except Unreadable as error:
        manifest.reject(error.code, error.detail or _limit(ws, error.code))
    except MemoryError:
        manifest.reject("reading_too_heavy", _limit(ws, "reading_too_heavy"))
    except OSError:
        raise  # our disk, not their file: the task fails and is run again
    except Exception as error:  # one odd file must never stop the others
        # Only type and place: a message might quote a person.
        trace, last = error.__traceback__, None
        while trace is not None:
            last, trace = trace, trace.tb_next
        place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else ""
        log.error(
            "submission %s: the reader failed with %s at %s",
            manifest.submission_id,
            type(error).__name__,
            place,
        )
        manifest.reject("file_corrupt", f"pembaca berhenti: {type(error).__name__}")


def _limit(ws: Workspace, code: str) -> str | None:
    """The limit behind a refusal that bears no figure, because whoever met it was stopped by it."""
    limits = ws.configuration.limits
    return {
        "reading_too_long": f"batasnya {limits.seconds_per_file:g} detik",
        "reading_too_heavy": f"batas memori pembaca {limits.reader_memory_bytes} bita",
    }.get(code)


@dataclass
class _Reading:
    """One file being read: its sheets, what was wrong with them, and the landing file they go to."""

    ws: Workspace
    manifest: Manifest
    refusals: list[tuple[str, str]] = field(default_factory=list)
    filled_sheets: int = 0
    returned: bool = False
    """Whether this is a receipt of ours that came back."""
    stated: Title = field(default_factory=Title)
    """What a sheet that describes the others states for them."""
    placed: list[tuple[str, Title, bool]] = field(default_factory=list)
    """Per sheet that was read: its name, its title, and whether its table has a column of villages."""

    def __post_init__(self) -> None:
        configuration = self.ws.configuration
        feed = configuration.feed(self.manifest.feed or "")
        program = configuration.program(feed.program) if feed.program else None
        self.expected = Feed(
            feed.kind,
            program,
            configuration.programs,
            configuration.region,
            feed.registry,
            self.manifest.file_name,
        )

    def run(self, original: Path, beside: Path) -> None:
        path = (
            landing_folder(self.ws.settings.landing, self.manifest.feed)
            / f"{self.manifest.submission_id}.parquet"
        )
        deadline = time.monotonic() + self.ws.configuration.limits.seconds_per_file
        with _LandingFile(path) as landing:
            for sheet in open_sheets(original, beside, self.ws.configuration.limits):
                for table in self._sheet(sheet):
                    landing.write(table)
                    if time.monotonic() > deadline:
                        raise Unreadable("reading_too_long")
            self._conclude(landing)

    def _sheet(self, sheet: Sheet) -> Iterator[pa.Table]:
        if not sheet.visible:
            self.manifest.warn("sheet_hidden", sheet.name)
            return
        first = _first_filled(sheet)
        if first is None:
            return
        self.filled_sheets += 1
        if sheet.damaged_text:
            self.manifest.warn("text_damaged", sheet.name)
        reader = self._table(sheet, first)
        if reader is None:
            return
        below = first.slice(reader.header.last + 1)
        yield from reader.read(_chain(below, sheet.blocks))
        self._describe(reader)

    def _table(self, sheet: Sheet, first: Block) -> TableReader | None:
        """The reader of the sheet's table, or None with the reason noted why there is none."""
        configuration, kind = self.ws.configuration, self.manifest.kind or ""
        head = first.head(HEAD_ROWS)
        if _is_titled(head, GUIDE_TITLE, CHOICES_TITLE):
            return None
        header = find_header(head, kind, configuration.feed(self.manifest.feed or "").columns)
        if kind == "registry" and not self.manifest.sheets and (review := find_header(head, "reviews", {})):
            # A list of pairs that we have asked about has come back to the folder of the registry.
            self.manifest.kind = kind = "reviews"
            header = review
            self.expected = replace(self.expected, kind=kind)
        places = _places(configuration)
        if header is not None and header.match.is_doubled:
            raise Unreadable("tables_side_by_side", sheet.name)
        if header is None:
            self._without_table(sheet, head, places)
            return None
        below = first.slice(header.last + 1)
        title = harvest(head[: header.first], places)
        title = title.over(from_sheet_name(sheet.name, places, header.match.positions)).over(self.stated)
        refused = self.expected.refuses_title(title) or self.expected.refuses_table(header, below, title)
        if refused:
            self._refuse(*refused)
            return None
        status_from_remarks(header, below, kind)
        if missing := _missing(kind, header, title, head[header.last + 1 :], places):
            self._refuse("columns_missing", _what_is_missing(kind, sheet.name, missing, header))
            return None
        self._note_place(sheet, header, title, places)
        return TableReader(
            self.manifest.submission_id,
            kind,
            sheet.name,
            sheet.number,
            header,
            title,
            places,
            _keys(self.ws.settings.secret()),
            sheet.marks,
            self.expected.program_named,
        )

    def _without_table(self, sheet: Sheet, head: list[list[str]], places: Places) -> None:
        """A receipt's first sheet, a sheet that describes the others, or one that says nothing to us."""
        stated = described(head, places) if sheet.describes else None
        if _is_titled(head, RECEIPT_TITLE):
            self.returned = True
        elif stated is None:
            self._refuse("header_not_found", sheet.name)
        elif refused := self.expected.refuses_title(stated):
            raise Unreadable(*refused)
        else:
            self.stated = stated.over(self.stated)
            self.manifest.warn("sheet_describes", sheet.name)

    def _note_place(self, sheet: Sheet, header: Header, title: Title, places: Places) -> None:
        """Remarks on what the title says, as far as it can be told before the rows are read."""
        unknown = title.village if title.village and not places.is_village(title.village) else None
        if unknown is None and not title.village and claims_a_village(sheet.name):
            unknown = sheet.name
        if unknown:
            self.manifest.warn("title_village_unknown", unknown.strip())
        self.placed.append((sheet.name, title, "village" in header.match.positions or bool(unknown)))
        amount = header.match.positions.get("amount", header.match.positions.get("entitled_amount"))
        if scale := other_scale(f"{title.text}\n{header.names[amount] if amount is not None else ''}"):
            self.manifest.warn("unit_stated", scale)

    def _refuse(self, code: str, detail: str) -> None:
        """Notes why a sheet is not read."""
        self.refusals.append((code, detail))

    def _describe(self, reader: TableReader) -> None:
        """Notes in the manifest how a sheet was understood."""
        manifest, header, counts = self.manifest, reader.header, reader.counts
        manifest.rows_read += counts.read
        manifest.rows_data += counts.data
        manifest.sheets.append(_description(reader))
        planned = planned_columns(header) if manifest.kind == "distribution" else []
        tied = {index for _, positions in header.match.ambiguous for index in positions}
        unknown = [
            header.names[index] for index in header.match.unknown if header.names[index] and index not in tied
        ]
        own: tuple[str, ...] = REVIEWED if reader.kind == "reviews" else ()
        if ROW_ID.name in header.match.positions:
            self.returned, own = True, (*own, *EXPLAINED)
        if unknown := [name for name in unknown if name not in planned and name not in own]:
            manifest.warn("columns_unknown", ", ".join(unknown[:_MOST_NAMED]))
        if planned:
            manifest.warn("column_planned", ", ".join(planned[:_MOST_NAMED]))
        labels = {column.name: column.label for column in CANONICAL[reader.kind]}
        for name, positions in header.match.ambiguous:
            manifest.warn(
                "columns_ambiguous",
                f"{labels.get(name, name)}: {', '.join(header.names[index] for index in positions)}",
            )
        self._describe_marks(reader)
        if reader.family_used:
            manifest.warn("kk_from_heading", reader.sheet)
        if reader.rows_after_signature:
            manifest.warn("rows_after_signature", f"{reader.rows_after_signature} baris")

    def _describe_marks(self, reader: TableReader) -> None:
        """Notes what the workbook shows beside its texts and no row can tell."""
        marks, names, where = reader.marks, reader.header.names, f"{reader.sheet}: " if reader.sheet else ""
        hidden = [
            names[position - 1]
            for first, last in marks.hidden_columns
            for position in range(first, min(last, len(names)) + 1)
            if names[position - 1]
        ]
        if hidden:
            self.manifest.warn("columns_hidden", where + ", ".join(hidden[:_MOST_NAMED]))
        for code, (count, addresses) in (
            ("cells_error", marks.errors),
            ("formulas_uncomputed", marks.uncomputed),
        ):
            if count:
                more = ", …" if count > len(addresses) else ""
                self.manifest.warn(code, f"{where}{count} sel ({', '.join(addresses)}{more})")
        carried = [
            f"{names[at]} ({count} baris)" for at, count in reader.merged.carried.items() if at < len(names)
        ]
        if carried:
            self.manifest.warn("cells_merged", where + ", ".join(carried[:_MOST_NAMED]))

    def _compare_sheets(self) -> None:
        """Notes a sheet of another year than the latest one, and sheets without a village among those that have one."""
        years = {
            name: year for name, title, _ in self.placed if (year := year_of(title.period) or year_of(name))
        }
        latest = max(years.values(), default="")
        for name, year in years.items():
            if year < latest:
                self.manifest.warn("sheet_other_year", f"{name}: {year}")
        if any(title.village for _, title, _ in self.placed):
            for name, title, has_villages in self.placed:
                if not title.village and not has_villages:
                    self.manifest.warn("title_village_unknown", name)

    def _conclude(self, landing: _LandingFile) -> None:
        """Settles the outcome once all sheets were seen."""
        manifest = self.manifest
        if self.returned and not manifest.rows_data and (manifest.sheets or not self.refusals):
            # Its rows were deleted, as one does with duplicates: that says nothing about the programme.
            raise Unreadable("returned_without_rows")
        if not manifest.sheets:
            raise Unreadable(*self._worst())
        for code, detail in self.refusals:
            manifest.warn(_AS_REMARK[code], detail)
        self._compare_sheets()
        manifest.rows_skipped = manifest.rows_read - manifest.rows_data
        if manifest.rows_read:
            landing.commit()
            manifest.landing_file = landing.path.name
            manifest.landing_sha256 = file_hash(landing.path)
        if not manifest.rows_data:
            manifest.reading_status = "nil"
            manifest.warn("nil_report", "")

    def _worst(self) -> tuple[str, str | None]:
        if not self.filled_sheets:
            return "file_empty", None
        order = ("wrong_program", "wrong_region", "wrong_feed", "columns_missing", "header_not_found")
        code = min((code for code, _ in self.refusals), key=order.index, default="header_not_found")
        details = list(dict.fromkeys(detail for found, detail in self.refusals if found == code and detail))
        return code, "; ".join(details[:_MOST_NAMED]) or None


def _is_titled(head: list[list[str]], *titles: str) -> bool:
    """Whether a sheet is one of ours, which says so in its first row: of a receipt or of a template."""
    return any(cell.strip() in titles for row in head[:1] for cell in row)


_AS_REMARK = {
    "wrong_program": "sheet_other_program",
    "wrong_region": "sheet_other_program",
    "wrong_feed": "sheet_other_program",
    "columns_missing": "sheet_columns_missing",
    "header_not_found": "sheet_without_table",
}


class _LandingFile:
    """A Parquet file that appears under its name only when it is whole.

    Large tables are written beside the reading of the next block: compressing takes as long as reading.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path.with_name(f".{path.name}.unfinished")
        self._writer: pq.ParquetWriter | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None

    def __enter__(self) -> _LandingFile:
        return self

    def write(self, table: pa.Table) -> None:
        """Writes rows, after those before."""
        self._settle()
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Nearly every row has a key and a number of its own: a dictionary of them would be made and thrown away.
            repeating = [name for name in table.schema.names if name not in _HARDLY_REPEATING]
            self._writer = pq.ParquetWriter(
                self._unfinished,
                table.schema,
                compression="zstd",
                use_dictionary=repeating,
                write_statistics=False,
            )
        if table.num_rows < _WRITTEN_BESIDE:
            self._writer.write_table(table)
            return
        self._thread = self._thread or ThreadPoolExecutor(1)
        self._writing = self._thread.submit(self._writer.write_table, table)

    def commit(self) -> None:
        """Gives the file its name."""
        self._settle()
        if self._writer is not None:
            self._writer.close()
            self._unfinished.replace(self.path)
            self._writer = None

    def _settle(self) -> None:
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        if self._writer is not None:
            self._writer.close()
            self._unfinished.unlink(missing_ok=True)


def _description(reader: TableReader) -> dict[str, Any]:
    header, title = reader.header, reader.title
    return {
        "name": reader.sheet,
        "number": reader.sheet_number,
        "header_row": header.first + 1,
        "headers": list(header.names),
        "columns": {name: header.names[index] for name, index in header.match.positions.items()},
        "unknown": [header.names[index] for index in header.match.unknown],
        "title": {
            "period": title.period,
            "village": title.village,
            "district": title.district,
            "date": title.date,
        },
        "rows_read": reader.counts.read,
        "rows_data": reader.counts.data,
    }


def _missing(kind: str, header: Header, title: Title, below: list[list[str]], places: Places) -> list[str]:
    """Labels of required columns that neither the table nor its title (or a heading within it) supplies."""
    present = set(header.match.positions)
    present |= {name for name in ("village", "district", "period") if getattr(title, name)}
    missing = missing_required(kind, present)
    if any(column.name == "village" for column in missing) and any(
        harvest([row], places).village for row in below
    ):
        missing = [column for column in missing if column.name != "village"]
    return [column.label for column in missing]


def _what_is_missing(kind: str, sheet: str, missing: list[str], header: Header) -> str:
    """Where which columns are lacking, and what was found instead.

    What is not a column of ours is counted, not quoted: where a header is misread, it is somebody's row.
    """
    planned = planned_columns(header)
    remark = f" (kolom rencana {', '.join(planned)} tidak dihitung)" if planned else ""
    labels = [column.label for column in CANONICAL[kind] if column.name in header.match.positions]
    others = sum(bool(header.names[position].strip()) for position in header.match.unknown) - len(planned)
    found = f"dikenali {', '.join(labels) or 'tidak ada'}"
    more = f" dan {others} judul lain yang tidak dikenali" if others > 0 else ""
    where = f"lembar {sheet}: " if sheet else ""
    return f"{', '.join(missing)}{remark} [{where}{found}{more}]"


def _first_filled(sheet: Sheet) -> Block | None:
    """The sheet's first block that holds anything, None for a blank sheet."""
    for block in sheet.blocks:
        if any(
            cell.strip()
            for row in block.head(block.rows if block.rows <= HEAD_ROWS else HEAD_ROWS)
            for cell in row
        ):
            return block
        if block.rows > HEAD_ROWS and any(
            value and value.strip() for column in block.columns for value in column.to_pylist()
        ):
            return block
    return None


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    if first.rows:
        yield first
    yield from rest


def _places(configuration: Configuration) -> Places:
    """This thread's places of a configuration."""
    if getattr(_local, "configuration", None) is not configuration:
        _local.configuration, _local.places = configuration, Places(configuration)
    places: Places = _local.places
    return places


def _keys(secret: bytes) -> KeyMaker:
    """This thread's key maker: it remembers families from file to file."""
    if getattr(_local, "secret", None) != secret:
        _local.secret, _local.keys = secret, KeyMaker(secret)
    keys: KeyMaker = _local.keys
    return keys


def _committed(ws: Workspace, submission_id: str) -> Manifest:
    for path in ws.settings.landing.rglob(f"{submission_id}.json"):
        manifest = read_manifest(path)
        if manifest is not None:
            return manifest
    raise NoSuchClaim(submission_id)


@contextmanager
def _claim_lock(ws: Workspace, submission_id: str) -> Iterator[None]:
    """Lets one process at a time ingest a claim; the second finds the manifest of the first."""
    try:
        descriptor = os.open(ws.settings.claims / submission_id / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
