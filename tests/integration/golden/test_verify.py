"""Nothing can be altered unseen: a byte in every kind of file, a value in every table, and what verify says of it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pytest

from include.audit.verify import Break, verify
from include.warehouse.connection import writer
from include.workspace import Workspace

from .conftest import Home

TOLD_BY_THE_MANIFEST = (
    "opd_code", "program_code", "registry", "file_name", "size_bytes", "received_source", "reading_status", "reason",
    "reason_detail", "warnings", "sheets", "rows_data", "rows_skipped", "receipt_number",
)  # fmt: skip


@pytest.fixture(scope="module")
def kept(pristine, tmp_path_factory) -> Home:
    """One copy for all: each test puts back what it altered."""
    home = Home(tmp_path_factory.mktemp("verified") / "home")
    shutil.copytree(pristine[0].folder, home.folder)
    return home


@pytest.fixture
def home(kept: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("PANTAU_HOME", "PANTAU_CONFIG", "PANTAU_NOW", "PANTAU_SECRET"):
        monkeypatch.setenv(name, kept.environment[name])
    return kept


@contextmanager
def put_back(path: Path) -> Iterator[Path]:
    content, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o600)
    try:
        yield path
    finally:
        path.write_bytes(content)
        path.chmod(mode)


def breaks() -> list[Break]:
    return verify(Workspace.open()).breaks


def told() -> str:
    return "\n".join(map(str, breaks()))


def test_the_command_says_intact_and_what_it_looked_at(home: Home) -> None:
    said = home.pantau("verify")
    assert "archive: 5 checked" in said
    assert "rows in the warehouse: 20 checked" in said
    assert said.rstrip().endswith("Intact.")


def one_of_each(home: Home) -> list[Path]:
    """A file of every kind, each of another submission: what a manifest says of its rows is believed only while it is whole."""
    kinds = (
        "archive/*/*",
        "outbox/*.eml",
        "landing/*/*/*/*.json",
        "audit/pantau.duckdb",
        "audit/history/*.duckdb",
        "audit/LAPORAN.md",
        "report/*.pdf",
        "returned/*/*/*/TANDA-TERIMA_*.xlsx",
    )
    rows = sorted(home.folder.glob("landing/*/*/*/*.parquet"))[-1]
    return [rows, *(sorted(home.folder.glob(kind))[0] for kind in kinds)]


def test_one_byte_in_every_kind_of_file(home: Home) -> None:
    with ExitStack() as stack:
        altered = [stack.enter_context(put_back(path)) for path in one_of_each(home)]
        for path in altered:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
        found = {one.where.partition(",")[0].rpartition("/")[2] for one in breaks()}
        assert found == {path.name for path in altered}
    assert breaks() == []


def test_every_kind_of_file_is_missed(home: Home) -> None:
    with ExitStack() as stack:
        gone = [stack.enter_context(put_back(path)) for path in one_of_each(home)]
        for path in gone:
            path.unlink()
        said = told()
        assert [path.name for path in gone if f"{path.name}: is missing" not in said] == []


def test_a_mail_that_nobody_wrote(home: Home) -> None:
    forged = home.folder / "outbox" / "2024-02-16-digest-dkp-a0000000000000000.eml"
    forged.write_text("Subject: Semua baik\n\n")
    try:
        assert f"{forged.name}: is no e-mail that the ledger knows" in told()
    finally:
        forged.unlink()


def test_a_judgement_that_somebody_bettered(home: Home) -> None:
    """Tables that are kept from run to run would have it published with the next log."""
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            connection.execute(
                "update intermediate.int_entitlements_judged set timing_status = 'on_time', amount_status = 'exact' "
                "where timing_status = 'missing'"
            )
        assert [(one.part, one.where) for one in breaks()] == [
            ("judged tables", "intermediate.int_entitlements_judged")
        ]


def test_a_home_where_nothing_is_does_not_pass(home: Home, tmp_path: Path) -> None:
    """Whoever mistypes PANTAU_HOME must not be told that all is well."""
    wrong = Home(tmp_path / "mistyped")
    wrong.pantau("verify", expect=2)
    assert not wrong.folder.exists()


def test_the_command_names_the_first_break(home: Home) -> None:
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            connection.execute(
                "update ledger.submissions set received_at = received_at - interval 9 day where sequence = 2"
            )
        home.pantau("verify", expect=1)
        first = breaks()[0]
        assert first.part == "chain of submissions"
        assert "(number 2) does not match its chain hash" in first.what


def alter_one_value(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Changes one text of a table's first row, or adds a row where it is empty; returns the column."""
    [(column, kind), *_] = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name || '.' || table_name = ? "
        "and data_type in ('VARCHAR', 'INTEGER') and database_name = current_database() "
        "order by data_type desc, column_index",
        [table],
    ).fetchall()
    other, first = ("|| 'x'", "'x'") if kind == "VARCHAR" else ("+ 1", "1")
    if connection.execute(f"select 1 from {table} limit 1").fetchone() is None:
        connection.execute(f"insert into {table} ({column}) values ({first})")
    else:
        connection.execute(
            f"update {table} set {column} = coalesce({column}, {first}) {other} where rowid = (select min(rowid) from {table})"
        )
    return column


@pytest.mark.parametrize("file", ["audit/pantau.duckdb", "audit/history/*.duckdb"])
def test_a_value_in_every_table_of_the_audit_database(home: Home, file: str) -> None:
    with put_back(next(home.folder.glob(file))) as path:
        with duckdb.connect(str(path)) as audit:
            tables = [
                name
                for (name,) in audit.execute("select table_name from duckdb_tables() order by 1").fetchall()
            ]
            assert len(tables) > 18
            for table in tables:
                alter_one_value(audit, f"audit.{table}")
        said = told()
        sealed_otherwise = {"runs", "alerts", "alert_flags", "publications"} if "history" in file else set()
        assert [name for name in tables if f"audit.{name}" not in said and name not in sealed_otherwise] == []


def test_the_row_that_was_altered_is_named(home: Home) -> None:
    with put_back(home.folder / "audit" / "pantau.duckdb") as path:
        with duckdb.connect(str(path)) as audit:
            [(entitlement,)] = audit.execute(
                "update audit.delivery_accuracy set timing_status = 'on_time' where timing_status = 'late' "
                "returning entitlement_id"
            ).fetchall()
        [found] = breaks()
        assert found.where == "pantau.duckdb, table audit.delivery_accuracy"
        assert f"entitlement_id {entitlement}" in found.what


def test_a_new_hash_in_the_ledger_does_not_cover_an_altered_publication(home: Home) -> None:
    with (
        put_back(home.folder / "audit" / "pantau.duckdb") as path,
        put_back(home.folder / "warehouse.duckdb"),
    ):
        with duckdb.connect(str(path)) as audit:
            audit.execute("delete from audit.rejected_rows")
        with writer(Workspace.open()) as connection:
            connection.execute(
                "update ledger.publications set current_sha256 = ?",
                [hashlib.sha256(path.read_bytes()).hexdigest()],
            )
        assert "table audit.rejected_rows" in told()


def test_a_row_in_the_warehouse_that_no_file_holds(home: Home) -> None:
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            connection.execute("update raw.distribution set amount = '10' where amount = '5'")
        [found] = breaks()
        assert found.part == "raw.distribution"
        assert "row 9" in found.where
        assert "(1 in all)" in found.what


def test_what_the_manifest_tells_of_a_submission(home: Home) -> None:
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            for column in TOLD_BY_THE_MANIFEST:
                value = "99" if column in ("size_bytes", "rows_data", "rows_skipped") else "'x'"
                connection.execute(f"update ledger.submissions set {column} = {value} where sequence = 1")
        said = told()
        assert [
            name for name in TOLD_BY_THE_MANIFEST if f"{name} is not what its manifest says" not in said
        ] == []


def test_what_an_entry_says_of_its_publication(home: Home) -> None:
    """Beside what the chain itself covers: tests/unit/warehouse/test_ledger.py."""
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            connection.execute(
                "update ledger.publications set row_counts = '{\"flags\": 1}', current_sha256 = 'x', file_sha256 = 'x'"
            )
        said = told()
        assert "the row counts are not those of the fingerprints" in said
        assert "pantau.duckdb: its bytes are not those that were published" in said
        assert "its SHA-256 is not x" in said


def test_what_was_published_of_the_ledger(home: Home) -> None:
    tables = {"flags": "flags", "runs": "runs", "outbox": "alerts", "rules": "rules"}
    with put_back(home.folder / "warehouse.duckdb"):
        with writer(Workspace.open()) as connection:
            for table, column in {
                "flags": "detail",
                "runs": "versions",
                "outbox": "subject",
                "rules": "policy",
            }.items():
                connection.execute(f"update ledger.{table} set {column} = 'x'")
        said = told()
        assert [
            name for name in tables.values() if f"audit.{name}: is not what the ledger holds" not in said
        ] == []


def test_a_warehouse_that_is_gone_or_damaged(home: Home) -> None:
    with put_back(home.folder / "warehouse.duckdb") as path:
        content = bytearray(path.read_bytes())
        path.unlink()
        assert "is missing although" in told()
        path.write_bytes(content[: len(content) // 3])
        assert "cannot be read any more" in told()
