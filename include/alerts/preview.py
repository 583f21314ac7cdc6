"""The mails that are due, as pages and pictures: decided as a run would; nothing is recorded, nothing sent.

What the last run has put into outbox/ is no longer due; those mails are shown too, in a folder of their own.
"""

from __future__ import annotations

import base64
import logging
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from include import clock
from include.alerts.letter import Attachment, Letter, read_letter
from include.alerts.occasion import Occasion
from include.alerts.outbox import Mode
from include.alerts.send import TROUBLE, decide
from include.warehouse.connection import reader

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.alerts")

WIDTHS = (360, 1200)
"""A phone and a desk, in CSS pixels."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What _write and photograph name their files; the folder is the caller's and may hold other pages and pictures.
_OURS = re.compile(
    r"\d{4}-\d{2}-\d{2}-[a-z]\w*(-\w+)*-a[0-9a-f]{15}(\.html|-\d+\.png|-[a-z][\w-]*\.(xlsx|pdf))"
)
OUTBOX_FOLDER = "outbox"


class NothingJudgedError(RuntimeError):
    """There is a warehouse, but no run has judged anything yet."""


@dataclass
class PreviewReport:
    """What was written, for which day; `held` digests wait for another day. Without a browser there are no pictures.

    `pages` are mails that are due, `told` those of the last run, which are in outbox/ already; `attachments` go with both.
    """

    as_of: date
    folder: Path
    pages: list[Path] = field(default_factory=list)
    told: list[Path] = field(default_factory=list)
    attachments: list[Path] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    held: int = 0
    browser: str | None = None


def preview(
    ws: Workspace,
    folder: Path,
    files: Callable[[Workspace, date], Sequence[Attachment]] = lambda _ws, _day: (),
) -> PreviewReport:
    """Writes every due mail as HTML and, where a browser is installed, as PNG at each of WIDTHS, with its attachments.

    The day is that of the last run, whose flags the mails tell of. What an earlier preview wrote is replaced; nothing
    else in the folder is touched. The mails that the last run put into outbox/ go into a folder `outbox` of it.

    Args:
        ws: The regency's home and configuration.
        folder: Where to write.
        files: What goes with the coordinator's mails of a day.

    Raises:
        WarehouseMissingError: no run has been made.
        NothingJudgedError: no run has come as far as judging.
    """
    with reader(ws) as connection:
        found = connection.execute("select as_of, run_id from reference.parameters").fetchone()
        if found is None:
            raise NothingJudgedError("no run has judged anything yet: `pantau run` first")
        as_of, run_id = found
        smtp = ws.settings.smtp_url is not None
        mode: Mode = "send" if smtp else "file"
        enclosed = tuple(files(ws, as_of))
        occasion = Occasion(ws, connection, as_of, run_id, mode, not smtp, clock.now(), enclosed)
        due = decide(occasion)
        drafts = due.drafts + [draft for deciding in TROUBLE for draft in deciding(occasion)]
        told = connection.execute(
            "select eml_file, kind, opd_code, recipient_role, alert_id from ledger.outbox where run_id = ? order by rowid",
            [run_id],
        ).fetchall()
    report = PreviewReport(as_of, folder, held=due.held)
    for place in (folder, folder / OUTBOX_FOLDER):
        _empty(place)
    for draft in drafts:
        name = _name(as_of, draft.kind, draft.opd_code, draft.recipient_role, draft.alert_id)
        report.pages.append(_write(report, folder / name, draft.letter))
    for eml_file, *parts in told:
        eml = ws.settings.outbox / eml_file
        if eml.is_file():
            report.told.append(
                _write(report, folder / OUTBOX_FOLDER / _name(as_of, *parts), read_letter(eml.read_bytes()))
            )
    report.browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if report.browser and (report.pages or report.told):
        report.pictures = photograph(report.browser, [*report.pages, *report.told])
    return report


def page(letter: Letter) -> str:
    """The letter's HTML with its pictures inside, so that it opens in a browser by itself."""
    html = letter.html
    for image in letter.images:
        data = base64.b64encode(image.content).decode()
        html = html.replace(f"cid:{image.cid}", f"data:image/png;base64,{data}")
    return html


def photograph(browser: str, pages: Sequence[Path]) -> list[Path]:
    """Takes a picture of the whole of each page at each of WIDTHS, with scripts off and no way out to the network."""
    from playwright.sync_api import sync_playwright

    pictures = []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for width in WIDTHS:
            context = running.new_context(
                viewport={"width": width, "height": 800}, java_script_enabled=False, offline=True
            )
            tab = context.new_page()
            for path in pages:
                picture = path.with_name(f"{path.stem}-{width}.png")
                tab.goto(path.absolute().as_uri())
                tab.screenshot(path=picture, full_page=True)
                pictures.append(picture)
            context.close()
        running.close()
    return pictures


def _empty(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name):
            path.unlink()


def _name(as_of: date, *parts: str | None) -> str:
    return "-".join(filter(None, (as_of.isoformat(), *parts)))


def _write(report: PreviewReport, stem: Path, letter: Letter) -> Path:
    """The letter as `<stem>.html`, its attachments as `<stem>-<name>`."""
    path = stem.with_name(f"{stem.name}.html")
    path.write_text(page(letter), encoding="utf-8")
    for attachment in letter.attachments:
        beside = stem.with_name(f"{stem.name}-{attachment.name}")
        beside.write_bytes(attachment.content)
        report.attachments.append(beside)
    log.info("preview %s written", path.name)
    return path
