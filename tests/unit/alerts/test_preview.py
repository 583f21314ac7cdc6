"""The preview shows what would be sent, and sends and records nothing."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from include.alerts import preview as preview_module
from include.alerts import send_alerts
from include.alerts.letter import Attachment
from include.alerts.preview import NothingJudgedError, preview
from include.cli import app
from tests.unit.alerts.made_by_hand import AS_OF, Home

VILLAGE = "52.05.01.2008"


@pytest.fixture
def judged(home: Home) -> Home:
    """A home in which one digest and one notice are due."""
    home.sql(
        "insert into reference.parameters values (?, 'run', '52.05', '', '', 'Asia/Makassar', 11941, 1, null)",
        [AS_OF],
    )
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    home.submission("partial", rows_rejected=1)
    return home


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_module, "_BROWSERS", ("no-such-browser",))


def test_every_due_mail_is_written_and_none_recorded(judged: Home, tmp_path: Path, no_browser: None) -> None:
    report = preview(judged.ws, tmp_path / "out")
    assert [re.sub("-a[0-9a-f]{15}", "", path.name) for path in report.pages] == [
        "2024-02-09-digest-dpmpd-opd_head.html",
        "2024-02-09-submission_notice-dkp-operator.html",
    ]
    assert (report.browser, report.pictures) == (None, [])
    assert judged.outbox() == []
    assert list(judged.ws.settings.outbox.rglob("*.eml")) == []
    page = report.pages[0].read_text()
    assert "2 KPM di 1 desa belum tercatat menerima" in page
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page
    assert send_alerts(judged.ws, AS_OF, "run", send=True).written == 2


def test_what_was_told_is_no_longer_due_and_old_pages_go(
    judged: Home, tmp_path: Path, no_browser: None
) -> None:
    others = {
        "keep.txt",
        "index.html",
        "2024-02-09-rapat.html",
        "foto-desa.png",
        "2024-02-09-a-photo-360.png",
    }
    for name in others:
        (tmp_path / name).write_text("not ours")
    for page in preview(judged.ws, tmp_path).pages:
        page.with_name(f"{page.stem}-360.png").write_bytes(b"a picture of an earlier preview")
    send_alerts(judged.ws, AS_OF, "run", send=True)
    again = preview(judged.ws, tmp_path)
    assert again.pages == []
    assert {path.name for path in tmp_path.glob("*.*")} == others
    # What the run has put into outbox/ can be looked at all the same.
    assert [path.parent.name for path in again.told] == ["outbox", "outbox"]
    assert "2 KPM di 1 desa belum tercatat menerima" in again.told[0].read_text()
    assert 'src="data:image/png;base64,' in again.told[0].read_text()
    assert [path.suffix for path in again.attachments] == [".xlsx"]


def test_attachments_lie_beside_their_mails(judged: Home, tmp_path: Path, no_browser: None) -> None:
    judged.configure(escalation=[{"to": "coordinator", "days_overdue": 1}])
    judged.sql("update reference.susenas_windows set cutoff = '2024-02-10' where susenas_year = 2024")
    brief = Attachment("bahan-rapat-koordinasi-2024-02-09.pdf", b"%PDF made up", "application/pdf")
    report = preview(judged.ws, tmp_path, lambda _ws, _day: [brief])
    assert sorted(re.sub("-a[0-9a-f]{15}", "", path.name) for path in report.attachments) == [
        "2024-02-09-digest-dpmpd-opd_head-rincian-desa-dpmpd-2024-02-09.xlsx",
        "2024-02-09-escalation-dpmpd-coordinator-bahan-rapat-koordinasi-2024-02-09.pdf",
        "2024-02-09-escalation-dpmpd-coordinator-rincian-desa-dpmpd-2024-02-09.xlsx",
    ]
    assert preview(
        judged.ws, tmp_path
    ).attachments  # the earlier ones are ours: they were replaced, not added to
    assert not list(tmp_path.glob("*.pdf"))


def test_before_any_judgement_it_says_so(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NothingJudgedError, match="pantau run"):
        preview(home.ws, tmp_path)


def test_the_command_says_where_and_that_there_are_no_pictures(judged: Home, no_browser: None) -> None:
    done = CliRunner().invoke(app, ["alerts", "--preview"])
    folder = judged.ws.settings.outbox / "preview"
    assert done.exit_code == 0
    assert f"2 e-mails are due as of 2024-02-09, 0 digests are held back; written to {folder}" in done.output
    assert "only HTML was written: install chromium" in done.output
    assert len(list(folder.glob("*.html"))) == 2
    send_alerts(judged.ws, AS_OF, "run", send=True)
    again = CliRunner().invoke(app, ["alerts", "--preview"])
    assert "0 e-mails are due" in again.output
    assert (
        f"2 e-mails of the last run are in {judged.ws.settings.outbox} already and no longer due"
        in again.output
    )
    assert CliRunner().invoke(app, ["alerts"]).exit_code == 2


def test_the_command_before_the_first_run(home: Home) -> None:
    home.ws.settings.warehouse_file.unlink()
    assert CliRunner().invoke(app, ["alerts", "--preview"]).exit_code == 1


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium")
def test_pictures_of_a_phone_and_a_desk(judged: Home, tmp_path: Path) -> None:
    report = preview(judged.ws, tmp_path)
    assert [path.name for path in report.pictures] == [
        f"{page.stem}-{width}.png" for width in (360, 1200) for page in report.pages
    ]
    for path in report.pictures:
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        # A page wider than the phone would make the picture wider.
        assert width == int(path.stem.rpartition("-")[2])
        assert height >= 800
