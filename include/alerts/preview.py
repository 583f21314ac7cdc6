"""The mails that are due, as pages and pictures: decided as a run would; nothing is recorded, nothing sent."""

from __future__ import annotations

import base64
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from include import clock
from include.alerts.letter import Letter
from include.alerts.occasion import Occasion
from include.alerts.outbox import Draft
from include.alerts.send import TROUBLE, decide
from include.warehouse.connection import reader

if TYPE_CHECKING:
    from include.workspace import Workspace

log = logging.getLogger("pantau.alerts")

WIDTHS = (360, 1200)
"""A phone and a desk, in CSS pixels."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What _write and photograph name their files; the folder is the caller's and may hold other pages and pictures.
_OURS = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z]\w*(-\w+)*-a[0-9a-f]{15}(\.html|-\d+\.png)")


class NothingJudgedError(RuntimeError):
    """There is a warehouse, but no run has judged anything yet."""


@dataclass
class PreviewReport:
    """What was written, for which day; `held` digests wait for another day. Without a browser there are no pictures."""

    as_of: date
    folder: Path
    pages: list[Path] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    held: int = 0
    browser: str | None = None


def preview(ws: Workspace, folder: Path) -> PreviewReport:
    """Writes every due mail as HTML and, where a browser is installed, as PNG at each of WIDTHS.

    The day is that of the last run, whose flags the mails tell of. Pages and pictures of an earlier preview are replaced;
    nothing else in the folder is touched.

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
        occasion = Occasion(ws, connection, as_of, run_id, "send" if smtp else "file", not smtp, clock.now())
        due = decide(occasion)
        drafts = due.drafts + [draft for deciding in TROUBLE for draft in deciding(occasion)]
    report = PreviewReport(as_of, folder, held=due.held)
    _empty(folder)
    report.pages = [_write(folder, draft, as_of) for draft in drafts]
    report.browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if report.browser and report.pages:
        report.pictures = photograph(report.browser, report.pages)
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


def _write(folder: Path, draft: Draft, as_of: date) -> Path:
    parts = (as_of.isoformat(), draft.kind, draft.opd_code, draft.recipient_role, draft.alert_id)
    path = folder / f"{'-'.join(filter(None, parts))}.html"
    path.write_text(page(draft.letter), encoding="utf-8")
    log.info("preview of %s for %s written", draft.kind, draft.recipient_role)
    return path
