"""The warehouse built anew: the same in every row that auditors see, and never half of two warehouses."""

from __future__ import annotations

import json
import re
from datetime import date

import pyarrow.parquet as pq
import pytest

from include import rebuild as rebuilding
from include.ingest.manifest import Manifest, manifest_path, write_manifest
from include.ingest.originals import archived, file_hash
from include.rebuild import RebuildError, rebuild
from include.transform import TransformError
from include.warehouse import ledger
from include.warehouse.connection import reader, writer
from include.warehouse.errors import WarehouseOutdatedError
from include.warehouse.load import load_landed
from include.workspace import Workspace

from .conftest import Home

LEDGER = ("submissions", "runs", "flags", "outbox", "publications", "rules", "rule_outcomes")


def ledger_rows(ws: Workspace) -> dict[str, list[tuple]]:
    with reader(ws) as connection:
        return {table: connection.execute(f"from ledger.{table} order by all").fetchall() for table in LEDGER}


def rows_to_publish(ws: Workspace) -> dict[str, list[tuple]]:
    """Every table that the publisher copies; what it makes of the ledger follows from the ledger's own rows."""
    with reader(ws) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'audit'"
        ).fetchall()
        return {
            table: connection.execute(f"from audit.{table} order by all").fetchall() for (table,) in tables
        }


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves dbt out where the rows and the ledger are what matters."""
    monkeypatch.setattr(rebuilding, "_judge", lambda shadow: None)


def test_a_rebuilt_warehouse_gives_the_same_audit_rows_and_keeps_the_ledger(golden_copy: Home) -> None:
    ws = Workspace.open()
    before, known = rows_to_publish(ws), ledger_rows(ws)
    assert len(before) >= 10
    with writer(ws) as connection:
        # Whatever became of the rows: they come from the originals.
        connection.execute("update raw.distribution set amount = '1'")
    golden_copy.pantau("rebuild")
    assert ledger_rows(ws) == known
    assert [path.name for path in golden_copy.folder.iterdir() if "rebuil" in path.name] == []
    assert rows_to_publish(ws) == before


def test_the_number_of_rows_at_receipt_stays_in_the_chain(
    golden_copy: Home, unjudged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parser that reads one row less than the one before."""
    ws = Workspace.open()
    whole = rebuilding.read_again

    def other_parser(shadow: Workspace, *arguments) -> Manifest | None:
        manifest = whole(shadow, *arguments)
        if manifest is not None and manifest.file_name == "blt jan.csv":
            path = manifest_path(shadow.settings.landing, manifest.feed, manifest.submission_id)
            rows = path.with_suffix(".parquet")
            pq.write_table(pq.read_table(rows).slice(0, 1), rows)
            manifest.rows_read = manifest.rows_data = 1
            manifest.landing_sha256 = file_hash(rows)
            write_manifest(shadow.settings.landing, manifest)
        return manifest

    monkeypatch.setattr(rebuilding, "read_again", other_parser)
    assert rebuild(ws).changed == ["blt jan.csv"]
    with reader(ws) as connection:
        assert ledger.first_break(connection) is None
        found = connection.execute(
            "select rows_read, rows_reread, rows_data from ledger.submissions where file_name = 'blt jan.csv'"
        ).fetchone()
        landed = connection.execute(
            "select count(*) from raw.distribution where submission_id like 's%'"
        ).fetchone()
    assert found == (2, 1, 1)
    assert landed == (11,)


def test_a_warehouse_of_another_version_is_told_and_carried_over(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    known = ledger_rows(ws)
    assert {outcome for *_, outcome in known["rule_outcomes"]}
    with writer(ws) as connection:
        connection.execute("alter table reference.targeting drop column comparable_from")
        connection.execute("alter table raw.distribution drop column title_date")
        connection.execute("alter table ledger.papers add column weight integer")
        connection.execute("create table ledger.of_yesterday as select 1 as one")
    told = "ledger.papers has beside them weight INTEGER; raw.distribution lacks title_date VARCHAR. `pantau rebuild`"
    with pytest.raises(WarehouseOutdatedError, match=re.escape(told)):
        load_landed(ws, date(2024, 2, 12), "of-today", "command")
    rebuild(ws)
    assert ledger_rows(ws) == known
    golden_copy.pantau("run")


def test_what_is_no_longer_in_the_archive_keeps_its_rows(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    with reader(ws) as connection:
        before = connection.execute("from raw.recipients order by all").fetchall()
        gone = connection.execute(
            "select sha256, submission_id, feed from ledger.submissions where kind = 'recipients' order by sequence"
        ).fetchall()
    for sha256, _, _ in gone:
        archived(ws.settings.archive, sha256).unlink()
    _, submission_id, feed = gone[0]
    manifest_path(ws.settings.landing, feed, submission_id).with_suffix(".parquet").unlink()
    report = rebuild(ws)
    assert (report.reread, report.from_landing, report.from_warehouse) == (3, 1, 1)
    with reader(ws) as connection:
        assert connection.execute("from raw.recipients order by all").fetchall() == before


def test_an_original_that_was_altered_stops_the_rebuild(golden_copy: Home, unjudged: None) -> None:
    ws = Workspace.open()
    before = ws.settings.warehouse_file.read_bytes()
    original = next(path for path in ws.settings.archive.rglob("*") if path.is_file())
    original.chmod(0o600)
    original.write_bytes(original.read_bytes() + b" ")
    with pytest.raises(RebuildError, match=original.name):
        rebuild(ws)
    assert ws.settings.warehouse_file.read_bytes() == before


def test_rows_that_cannot_be_judged_leave_the_old_warehouse(
    golden_copy: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    before = ws.settings.warehouse_file.read_bytes()

    def failing(shadow: Workspace) -> None:
        raise TransformError([])

    monkeypatch.setattr("include.transform.transform", failing)
    with pytest.raises(TransformError):
        rebuild(ws)
    assert ws.settings.warehouse_file.read_bytes() == before


@pytest.mark.parametrize("step", ["_read_all", "_carry_ledger", "_fill", "_judge", "_commit"])
def test_killed_before_its_commit_the_old_warehouse_stands(
    golden_copy: Home, unjudged: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ws = Workspace.open()
    before, landing = ws.settings.warehouse_file.read_bytes(), sorted(ws.settings.landing.rglob("*"))

    def killed(*arguments) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, step, killed)
        with pytest.raises(KeyboardInterrupt):
            rebuild(ws)
    assert ws.settings.warehouse_file.read_bytes() == before
    assert sorted(ws.settings.landing.rglob("*")) == landing
    assert rebuild(ws).reread == 5


def test_killed_after_its_commit_the_next_writer_finishes_it(
    golden_copy: Home, unjudged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = Workspace.open()
    known = ledger_rows(ws)
    with writer(ws) as connection:
        connection.execute("update raw.distribution set amount = '1'")

    def killed(warehouse) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "install_rebuilt", killed)
        with pytest.raises(KeyboardInterrupt):
            rebuild(ws)
    # A file that lands in between stays, and half of the exchange is done already.
    newcomer = ws.settings.landing / "dkp" / "newcomer.json"
    newcomer.write_text(json.dumps({}))
    moved = next((golden_copy.folder / ".rebuilt" / "landing").rglob("*.json"))
    moved.replace(ws.settings.landing / moved.relative_to(golden_copy.folder / ".rebuilt" / "landing"))
    with writer(ws) as connection:
        assert connection.execute("select count(*) from raw.distribution where amount = '1'").fetchone() == (
            0,
        )
    assert newcomer.exists()
    assert not (golden_copy.folder / ".rebuilt").exists()
    assert ledger_rows(ws) == known


def test_without_a_warehouse_there_is_nothing_to_rebuild(golden_copy: Home) -> None:
    (golden_copy.folder / "warehouse.duckdb").unlink()
    golden_copy.pantau("rebuild", expect=1)
