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
from include.privacy import nik_key
from include.warehouse.connection import reader, writer
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
        rows = {
            f"{schema}.{table}": connection.execute(f'from home."{schema}"."{table}"').fetchall()
            for schema, table in tables
        }
        return repr(rows).encode()


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def holders(home: Home, *secrets: str) -> set[str]:
    return {
        name
        for name, content in texts_of(home.folder)
        for secret in secrets
        if secret.casefold().encode() in content.lower()
    }


def test_an_erased_person_is_nowhere_and_every_figure_stays(
    golden_copy: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    # Killed when the rows are masked and the files still there: the same command again finishes it.
    with monkeypatch.context() as killed:
        killed.setattr("include.erase.remove_recorded", interrupted)
        with pytest.raises(KeyboardInterrupt):
            erase(ws, key, WHY)
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
    told = home.audit("select beneficiary_key, reason, rows_masked, submissions from audit.erasures")
    assert told == [(key, WHY, 3, 2)] * 2
    with pytest.raises(RevealError, match="data was erased"):
        reveal(ws, [key], WHY)
    [(other,)] = home.audit(
        f"select min(beneficiary_key) from audit.deliveries where beneficiary_key <> '{key}'"
    )
    assert [bool(one.persons) for one in reveal(ws, [key, other], WHY)] == [False, True]
    with writer(ws) as connection:  # rows that no file holds any more are guarded all the same
        connection.execute("update raw.distribution set amount = '10' where name = 'Dahliana'")
    assert [one.part for one in verify(ws).breaks] == ["rows without a file"]
    removed = home.audit(
        "select split_part(path, '/', 1) as folder, count(*) from audit.removals group by 1 order by 1"
    )
    assert removed == [("archive", 2), ("landing", 2), ("returned", 2)]


def test_a_person_is_found_however_he_was_written(golden_copy: Home) -> None:
    """In other people's rows, in a signature, under a NIK that Excel has cut, by his card alone, as the one who was replaced."""
    home, ws = golden_copy, Workspace.open()
    card, cut, whole = "5205052208110007", f"{nik(31)[:15]}0", nik(31)
    home.csv(
        "dkp/beras/penerima", "tambahan.csv", "2024-02-10T08:00:00+08:00",
        [
            ["NIK", "No KK", "Nama", "Desa", "Kecamatan", "Bulan", "NIK yang diganti", "Alasan"],
            ["", card, "Zulaikha Permata", "Nowa", "Woja", "Februari 2024", "", ""],
            [nik(32), "", "Burhan", "Nowa", "Woja", "Februari 2024", whole, "Zulaikha Permata meninggal"],
        ],
    )  # fmt: skip
    home.xlsx(
        "dkp/beras/penyaluran", "Nowa Februari.xlsx", "2024-02-12T08:00:00+08:00",
        [
            ["DESA : NOWA"], ["KECAMATAN : WOJA"], ["BULAN : FEBRUARI 2024"],
            ["No", "NIK", "No KK", "Nama Penerima", "Jumlah (Kg)", "Tgl Salur", "Status", "Diambil oleh", "Keterangan"],
            [1, int(cut), card, "Zulaikha Permata", 10, "10/02/2024", "sudah", "", ""],
            [2, nik(32), "", "Burhan", 10, "10/02/2024", "sudah", "Zulaikha Permata", f"NIK {whole[:4]} {whole[4:]}"],
            [], ["", "", "", "Nowa, 12 Februari 2024"], ["", "", "", "Kepala Desa"], ["", "", "", "Zulaikha Permata"],
        ],
    )  # fmt: skip
    home.csv(
        "dpmpd/blt-dd/penerima", "tambahan blt.csv", "2024-02-12T09:00:00+08:00",
        [
            ["NIK", "No KK", "Nama", "Desa", "Kecamatan", "Bulan"],
            [whole, card, "ZULAIKHA PERMATA", "Nowa", "Woja", "Februari 2024"],
            [nik(33), card, "Kamaruddin", "Nowa", "Woja", "Februari 2024"],
        ],
    )  # fmt: skip
    home.run()
    with reader(ws) as connection:
        [(key,)] = connection.execute(
            "select distinct beneficiary_key from staging.stg_recipients__rows where name_text = 'Zulaikha Permata'"
        ).fetchall()
        keys = connection.execute("select nik_key, name_key from staging.stg_recipients__rows").fetchall()
    assert holders(home, whole, cut, "Zulaikha")

    erase(ws, key, WHY)
    home.run()

    assert holders(home, whole, cut, "Zulaikha") == set()
    assert verify(ws).breaks == []
    with reader(ws) as connection:
        assert sorted(map(str, keys)) == sorted(
            map(
                str,
                connection.execute("select nik_key, name_key from staging.stg_recipients__rows").fetchall(),
            )
        )
        # Who took his place, and who shares his card, stay whom they were.
        others = connection.execute(
            "select nik, name from raw.recipients where name = 'Burhan' union all "
            "select nik, name from raw.distribution where name = 'Burhan' union all "
            "select nik, kk from raw.recipients where name = 'Kamaruddin'"
        ).fetchall()
    assert others == [(nik(32), "Burhan"), (nik(32), "Burhan"), (nik(33), card)]
    [revealed] = reveal(ws, [_key_of(nik(32))], WHY)
    assert [(one.nik, one.name) for one in revealed.persons] == [(nik(32), "Burhan")]


def _key_of(number: str) -> str:
    ws = Workspace.open()
    return nik_key(ws.settings.secret(), number) or ""


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
