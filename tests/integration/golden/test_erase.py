"""Erasing a person leaves no trace of him in the home, and every figure, hash and link of the chain where it was."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from include.audit.reveal import Person, RevealError, reveal
from include.audit.verify import verify
from include.cli import app
from include.erase import EraseError, erase
from include.workspace import Workspace

from .conftest import Home, nik

WHY = "Permohonan tertulis yang bersangkutan"
FIGURES = (
    "from audit.delivery_accuracy order by all",
    "from audit.opd_scorecard order by all",
    "from audit.village_summary order by all",
    "select entitlement_id, amount, delivered_on, delivery_status, is_current, nik_masked, name_masked "
    "from audit.deliveries order by all",
    "select rule, entitlement_id, delivery_id, village_code from audit.flags order by all",
)  # fmt: skip


def texts_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the home by name, workbooks and databases by what they hold."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield f"{path.name}/{name}", book.read(name)
        if path.suffix in (".duckdb", ".parquet"):
            yield f"{path.name} as rows", _rows_of(path)


def _rows_of(path: Path) -> bytes:
    with duckdb.connect() as connection:
        if path.suffix == ".parquet":
            return repr(connection.execute("from read_parquet(?)", [str(path)]).fetchall()).encode()
        connection.execute(f"attach '{path}' as home (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'home'"
        ).fetchall()
        rows = [connection.execute(f'from home."{schema}"."{table}"').fetchall() for schema, table in tables]
        return repr(rows).encode()


def holders(home: Home, *secrets: str) -> set[str]:
    return {
        name
        for name, content in texts_of(home.folder)
        for secret in secrets
        if secret.casefold().encode() in content.lower()
    }


def test_an_erased_person_is_nowhere_and_every_figure_stays(golden_copy: Home) -> None:
    """Also not when his OPD sends the same bytes once more, as happens when a folder is copied anew."""
    ws = Workspace.open()
    home = golden_copy
    [(key,)] = home.audit(
        "select beneficiary_key from audit.delivery_accuracy where timing_status = 'incomplete'"
    )
    [revealed] = reveal(ws, [key], WHY)
    assert revealed.persons == (Person(nik(3), None, "Camila", "Nowa", "Woja"),)
    before = [home.audit(sql) for sql in FIGURES]
    assert holders(home, nik(3), "Camila"), "the look itself must be able to find somebody"
    others = holders(home, nik(5))
    [original] = [path for path in home.folder.glob("archive/*/*") if nik(3).encode() in _unzipped(path)][:1]
    sha256, content = original.name, original.read_bytes()

    outcome = CliRunner().invoke(app, ["erase", key, "--reason", WHY])
    assert (outcome.exit_code, "Masked 3 rows of 2 submissions" in outcome.stdout) == (0, True), (
        outcome.output
    )
    [(feed, name)] = home.audit(f"select feed, file_name from audit.submissions where sha256 = '{sha256}'")
    home.bytes(feed, name, "2024-02-14T10:00:00+08:00", content)
    home.run()

    assert holders(home, nik(3), "Camila") == set()
    # Who stands in the same files is judged by the rows that the warehouse keeps.
    assert holders(home, nik(5)) < others
    assert [home.audit(sql) for sql in FIGURES] == before
    assert verify(ws).breaks == []
    [told] = home.audit("select beneficiary_key, reason, rows_masked, submissions from audit.erasures")
    assert told == (key, WHY, 3, 2)
    with pytest.raises(RevealError, match="data was erased"):
        reveal(ws, [key], WHY)
    [(other,)] = home.audit(
        f"select min(beneficiary_key) from audit.deliveries where beneficiary_key <> '{key}'"
    )
    assert [bool(one.persons) for one in reveal(ws, [key, other], WHY)] == [False, True]
    removed = home.audit(
        "select split_part(path, '/', 1) as folder, count(*) from audit.removals group by 1 order by 1"
    )
    assert removed == [("archive", 2), ("landing", 2), ("returned", 2)]


def test_nobody_is_erased_without_a_ground_or_a_key(golden_copy: Home) -> None:
    ws = Workspace.open()
    with pytest.raises(EraseError, match="say why"):
        erase(ws, "key", " ")
    with pytest.raises(EraseError, match="no row bears"):
        erase(ws, "unknown", WHY)
    assert holders(golden_copy, nik(3))


def _unzipped(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return b"".join(book.read(name) for name in book.namelist())
