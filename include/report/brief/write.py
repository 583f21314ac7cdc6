"""Makes the brief of the last publication, and hands it to whoever sends e-mails."""

from __future__ import annotations

import json
import logging
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from include.alerts.letter import Attachment
from include.privacy import without_values
from include.report.brief.contents import Figures, Room, contents, read_figures

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.report")

PAGES_AT_MOST = 2
PDF = "application/pdf"
NAME = "bahan-rapat-koordinasi.pdf"
_TEMPLATE = Path(__file__).with_name("brief.typ")

# From generous to bare; what has no room is counted. First names of villages give way, for their number and their district
# stay; then requests. The last one fits whatever the audit database holds.
ROOMS = (
    *(
        Room(
            programs=14,
            opds=10,
            actions=20,
            late_programs=14,
            names=names,
            gates=12,
            years=5,
            targeting=lines,
        )
        for names, lines in ((200, 8), (24, 8), (16, 6), (12, 6), (8, 5), (6, 4), (4, 4))
    ),
    *(
        Room(
            programs=14,
            opds=10,
            actions=actions,
            late_programs=14,
            names=names,
            gates=9,
            years=3,
            targeting=3,
        )
        for actions, names in ((8, 8), (6, 6), (4, 6), (4, 4), (4, 0), (3, 4), (3, 0), (2, 2), (2, 0))
    ),
    *(
        Room(
            programs=12,
            opds=10,
            actions=actions,
            late_programs=0,
            names=0,
            gates=6,
            years=2,
            decisions=decisions,
            targeting=1,
            targets=1,
        )
        for actions, decisions in ((3, 4), (2, 4), (2, 2), (1, 3), (1, 2))
    ),
    Room(
        programs=9,
        opds=8,
        actions=1,
        late_programs=0,
        names=0,
        gates=3,
        years=2,
        decisions=2,
        targeting=1,
        targets=1,
    ),
    Room(
        programs=6,
        opds=4,
        actions=1,
        late_programs=0,
        names=0,
        gates=3,
        years=1,
        decisions=1,
        targeting=0,
        targets=0,
        text=48,
    ),
)

# A reader of the published file only: neither another file nor the network can be reached through it.
_READ_ONLY = {"enable_external_access": "false", "lock_configuration": "true"}


class BriefTooLong(RuntimeError):
    """Not even the barest brief fits its pages: brief.typ or ROOMS must be changed."""


def write_brief(ws: Workspace) -> Path | None:
    """Writes the brief of the published audit database to report/, replacing the last one atomically.

    Returns:
        Its path; None where nothing has been published yet.

    Raises:
        BriefTooLong: it cannot be made to fit two pages.
    """
    if not ws.settings.audit_db.exists():
        return None
    with duckdb.connect(str(ws.settings.audit_db), read_only=True, config=dict(_READ_ONLY)) as connection:
        figures = read_figures(connection)
    target = _place(ws)
    unfinished = target.with_name(f".{target.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(compile_brief(ws, figures))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    return target


def compile_brief(ws: Workspace, figures: Figures) -> bytes:
    """The brief as a PDF, with as many lines as two pages hold. The same figures give the same bytes.

    Raises:
        BriefTooLong: not even the last room fits.
    """
    import typst

    compiler = typst.Compiler(_TEMPLATE, ignore_system_fonts=True)
    for room in ROOMS:
        view = json.dumps(contents(figures, ws.configuration.region, room))
        inputs = {"view": view}
        compiler.compile(format="pdf", sys_inputs=inputs)
        [pages] = json.loads(compiler.query("<pages>", field="value"))
        if pages <= PAGES_AT_MOST:
            # The day of the publication, not that of the compiler: the same publication is the same file.
            made: Any = compiler.compile(format="pdf", timestamp=figures.published_at)
            return bytes(made)
    raise BriefTooLong(
        f"the coordination brief does not fit {PAGES_AT_MOST} pages; shorten brief.typ or ROOMS in {__file__}"
    )


def try_to_write_brief(ws: Workspace) -> str | None:
    """Writes the brief; where it cannot be made, no e-mail shall wait for it: returns why not, without values.

    An earlier publication's brief is taken away then, so that nobody mistakes it for today's.
    """
    try:
        write_brief(ws)
    except Exception as error:
        _place(ws).unlink(missing_ok=True)
        why = f"{type(error).__name__}: {without_values(str(error))}"
        log.error("the coordination brief could not be made: %s", why)
        return why
    return None


def attachments(ws: Workspace, as_of: date) -> list[Attachment]:
    """The brief as it goes with the coordinator's e-mails; none where there is no brief."""
    try:
        content = _place(ws).read_bytes()
    except FileNotFoundError:
        return []
    name = Path(NAME)
    return [Attachment(f"{name.stem}-{as_of.isoformat()}{name.suffix}", content, PDF)]


def _place(ws: Workspace) -> Path:
    folder: Path = ws.settings.report
    return folder / NAME
