"""The tables as Parquet and the page about them: the same rows, whole at every moment."""

from __future__ import annotations

import ctypes
import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.audit import export as exporting
from include.audit.export import export
from include.audit.publish import publish, publish_outcome
from include.audit.query import QueryError
from include.audit.verify import verify
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

AS_OF = date(2024, 2, 12)


@pytest.fixture
def exported(ws: Workspace, manifest: Path) -> Workspace:
    publish(ws, AS_OF, "run-1", manifest)
    publish_outcome(ws, "run-1")
    return ws


def broken_exports(ws: Workspace) -> list[str]:
    return [one.where for one in verify(ws).breaks if one.part == "parquet"]


def test_parquet_holds_the_rows_of_the_database_and_verify_knows_them(exported: Workspace) -> None:
    folder = exported.settings.audit_dir / "parquet"
    with duckdb.connect(str(exported.settings.audit_db), read_only=True) as audit:
        tables = [name for (name,) in audit.execute("select table_name from duckdb_tables()").fetchall()]
        for name in tables:
            same = audit.execute(f"from audit.{name} except all from '{folder}/{name}.parquet'").fetchall()
            assert same == [], name
            columns = "select column_name from (describe from {})"
            assert (
                audit.execute(columns.format(f"audit.{name}")).fetchall()
                == audit.execute(columns.format(f"'{folder}/{name}.parquet'")).fetchall()
            )
    assert sorted(path.stem for path in folder.iterdir()) == sorted(tables)
    assert broken_exports(exported) == []
    altered = folder / "delivery_accuracy.parquet"
    duckdb.sql(f"copy (from '{altered}' where entitlement_id <> 'E2') to '{altered}.new' (format parquet)")
    Path(f"{altered}.new").replace(altered)
    (folder / "flags.parquet").write_bytes(b"no parquet")
    (folder / "rules.parquet").unlink()
    assert broken_exports(exported) == ["delivery_accuracy.parquet", "flags.parquet", "rules.parquet"]


def test_the_page_says_what_can_be_checked(exported: Workspace) -> None:
    text = (exported.settings.audit_dir / "LAPORAN.md").read_text()
    assert hashlib.sha256(exported.settings.audit_db.read_bytes()).hexdigest() in text
    with reader(exported) as connection:
        chain, hashes = connection.execute(
            "select chain_hash, table_hashes from ledger.publications"
        ).fetchone()
    assert chain in text
    assert all(one["sha256"] in text for one in json.loads(hashes).values())
    assert "| Hari penilaian | 12/02/2024 |" in text
    assert "| Berkas kiriman | 2: diterima 2," in text
    assert "{" not in text


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_new_export_takes_the_place_of_the_old_one_whole(
    exported: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(exporting, "_EXCHANGE", 1 << 20)  # a flag that no kernel knows: EINVAL
        assert ctypes.CDLL(None).renameat2
    folder = exported.settings.audit_dir / "parquet"
    (folder / "gone.parquet").write_bytes(b"x")
    with writer(exported) as connection:
        connection.execute("delete from audit.delivery_accuracy where entitlement_id = 'E2'")
    publish(exported, AS_OF, "run-2", manifest)
    publish_outcome(exported, "run-2")
    assert duckdb.sql(f"select count(*) from '{folder}/delivery_accuracy.parquet'").fetchone() == (1,)
    assert not (folder / "gone.parquet").exists()
    assert [path.name for path in exported.settings.audit_dir.iterdir() if path.name.startswith(".")] == []


def test_killed_while_exporting_the_old_export_stands_and_the_next_publication_tidies_up(
    exported: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*arguments) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "_swap", killed)
        with pytest.raises(KeyboardInterrupt):
            export(exported)
    assert (exported.settings.audit_dir / ".unfinished-parquet").is_dir()
    assert broken_exports(exported) == []
    publish(exported, AS_OF, "run-2", manifest)
    assert not (exported.settings.audit_dir / ".unfinished-parquet").exists()


def test_before_the_first_publication_there_is_nothing_to_export(ws: Workspace) -> None:
    with pytest.raises(QueryError, match="pantau run"):
        export(ws)
