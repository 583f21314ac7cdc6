"""A small warehouse for dbt: rows written by hand into raw, ledger and reference, built by the real dbt on real DuckDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pyarrow as pa
import pytest

from include.settings import Settings
from include.transform import PROJECT, TransformReport, transform
from include.warehouse.connection import file_in
from include.warehouse.judged import SCHEMAS, begin_transformation, finish_transformation
from include.workspace import Workspace

SCHEMA = Path(__file__).parents[2] / "include" / "warehouse" / "schema.sql"
COLUMNS = {
    "recipients": "nik kk name village district entitled_amount period replaces_nik valid_from valid_to reason".split(),
    "distribution": "nik kk name village district period amount delivered_on status bast_number received_by notes".split(),
    "registry": (
        "nik kk name birth_date gender village district welfare_decile household_size is_head lives_alone disability "
        "migrant_worker female_head family_id welfare_percentile dukcapil_match"
    ).split(),
    "gates": "village milestone reached_on program notes".split(),
    "reviews": "pair_id decision notes".split(),
}
VILLAGES = [
    ("52.05.05.2001", "Nowa", "52.05.05", "Woja", "desa"),
    ("52.05.05.1001", "Kandai II", "52.05.05", "Woja", "kelurahan"),
    ("52.05.01.1001", "Bali", "52.05.01", "Dompu", "kelurahan"),
    ("52.05.01.1002", "Kandai I", "52.05.01", "Dompu", "kelurahan"),
    ("52.05.01.2002", "O'o", "52.05.01", "Dompu", "desa"),
    ("52.05.02.2001", "Soro", "52.05.02", "Kempo", "desa"),
    ("52.05.03.2001", "Hu'u", "52.05.03", "Hu'u", "desa"),
    ("52.05.07.2001", "Soriutu", "52.05.07", "Manggalewa", "desa"),
    ("52.05.07.2002", "Anamina", "52.05.07", "Manggalewa", "desa"),
    ("52.05.06.2001", "Kadindi", "52.05.06", "Pekat", "desa"),
    ("52.05.04.2001", "Mbuju", "52.05.04", "Kilo", "desa"),
    ("52.05.08.2001", "Tembalae", "52.05.08", "Pajo", "desa"),
    ("52.05.08.2002", "Kembang", "52.05.08", "Pajo", "desa"),
    ("52.05.04.2002", "Kembang", "52.05.04", "Kilo", "desa"),
]


class Warehouse:
    """Writes submissions and rows as the loader would, and lets dbt build."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "warehouse.duckdb"
        self.sequence = 0
        with self.open() as connection:
            connection.execute(SCHEMA.read_text())

    def open(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.file))

    def insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        with self.open() as connection:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into {table} values ({marks})", rows)

    def configure(self, as_of: str, **changes: list[tuple[Any, ...]]) -> None:
        """The reference tables: two programmes of 2024, two feeds each, one SUSENAS window; `changes` replace tables."""
        months = [f"2024-{month:02}" for month in range(1, 13)]
        tables: dict[str, list[tuple[Any, ...]]] = {
            "parameters": [(as_of, "run-1", "52.05", "Dompu", "Nusa Tenggara Barat", "Asia/Makassar", 11941.0, 1, None)],
            "villages": [(*village, False, False) for village in VILLAGES],
            "village_aliases": [
                ("Manggelewa", "Manggalewa", None, "operator", date(2024, 1, 2)),
                ("Sori Utu", "Manggalewa", "52.05.07.2001", "operator", date(2024, 1, 2)),
            ],
            "opds": [("dkp", "Dinas Ketahanan Pangan", "Kepala Dinas"), ("dpmpd", "DPMPD", "Kepala Dinas")],
            "programs": [
                ("beras", "Beras", "kg", "dkp", 10.0, 0.0, 120.0, 15000.0, "active", None, None, 10.0, [], None),
                ("blt_dd", "BLT", "IDR", "dpmpd", 300000.0, 0.0, 3600000.0, 1.0, "active", None, 3, None, ["desa"], None),
            ],
            "program_periods": [
                (program, month, _last_day(month)) for program in ("beras", "blt_dd") for month in months
            ],
            "program_stages": [("blt_dd", "Tahap I", 2024, month) for month in months[:3]],
            "program_pauses": [("beras", date(2024, 2, 8), date(2024, 2, 14), "Pemilu")],
            "feeds": [
                ("dkp/beras/penerima", "dkp", "recipients", "beras", None, 7),
                ("dkp/beras/penyaluran", "dkp", "distribution", "beras", None, 7),
                ("dpmpd/blt-dd/penerima", "dpmpd", "recipients", "blt_dd", None, 7),
                ("dpmpd/blt-dd/penyaluran", "dpmpd", "distribution", "blt_dd", None, 7),
                ("dinsos/p3ke", "dinsos", "registry", None, "p3ke", 7),
                ("dpmpd/tahapan", "dpmpd", "gates", None, None, 7),
            ],
            "susenas_windows": [
                (2024, date(2024, 2, 19), date(2024, 3, 9), date(2024, 2, 18), date(2023, 12, 31), 30, "official", None)
            ],
            "targeting": [(4, 2, None, 60, 5, 30, 0.35, 5, 0.5, 0.2, 3)],
            "calendar": [
                (day := date(2024, 1, 1) + timedelta(days=offset), day.isoweekday() < 6 and day != date(2024, 3, 11), None)
                for offset in range(366)
            ],
            "reasons": [("amount_invalid", "rejected", "Jumlah tidak terbaca.", "Isi angka.", False),
                        ("duplicate_row", "rejected", "Baris ganda.", "Hapus.", False),
                        ("registry_shrunk", "submission", "Keluarga berkurang.", "Periksa.", True),
                        ("registry_without_decile", "submission", "Desil tidak ada.", "Isi desil.", True)],
        }  # fmt: skip
        tables |= changes
        for table, rows in tables.items():
            with self.open() as connection:
                connection.execute(f"delete from reference.{table}")
            if rows:
                self.insert(f"reference.{table}", rows)

    def submit(
        self,
        feed: str,
        rows: list[dict[str, Any]],
        received_at: str = "2024-02-01 02:00:00",
        *,
        title: dict[str, str] | None = None,
        reading_status: str = "landed",
        sheets: list[dict[str, Any]] | None = None,
    ) -> str:
        """One submission; a row is canonical columns, with `cells` {column: letter} and `row_kind` where they matter."""
        with self.open() as connection:
            found = connection.execute("select * from reference.feeds where feed = ?", [feed]).fetchone()
            assert found is not None
            _, opd, kind, program, registry, _ = found
            self.sequence += 1
            name = f"s{self.sequence}"
            data = sum(row.get("row_kind", "data") == "data" for row in rows)
            connection.execute(
                "insert into ledger.submissions by name select ? as sequence, ? as submission_id, ? as feed, ? as opd_code, ? as program_code, "
                "? as kind, ? as registry, ? as file_name, ? as sha256, 1 as size_bytes, ?::timestamp as received_at, 'clock' as received_source, "
                "? as reading_status, '[]' as warnings, ? as sheets, ? as rows_read, ? as rows_data, ? as rows_skipped, '0' as previous_hash, "
                "'1' as chain_hash, now()::timestamp as loaded_at, ? as receipt_number",
                [self.sequence, name, feed, opd, program, kind, registry, f"{name}.csv", f"sha-{name}", received_at,
                 reading_status, json.dumps(sheets or []), len(rows), data, len(rows) - data, f"TT-{name}"],
            )  # fmt: skip
            values = [
                self._values(kind, name, number, row, title or {}) for number, row in enumerate(rows, start=2)
            ]
            if values:
                columns = dict.fromkeys(column for row in values for column in row)
                read = pa.table({column: [row.get(column) for row in values] for column in columns})  # noqa: F841
                connection.execute(f"insert into raw.{kind} by name select * from read")
        return name

    def _values(
        self, kind: str, name: str, number: int, row: dict[str, Any], title: dict[str, str]
    ) -> dict[str, Any]:
        row = dict(row)
        cells = row.pop("cells", {})
        values = {
            "submission_id": name, "sequence": self.sequence, "sheet": row.pop("sheet", "Sheet1"), "sheet_number": 1,
            "row_number": number, "row_kind": row.pop("row_kind", "data"), "cell_types": "".join(
                cells.get(column, "-" if column not in row else "." if not row[column] else "t") for column in COLUMNS[kind]
            ),
        }  # fmt: skip
        values |= {f"title_{what}": text for what, text in title.items()}
        for identity in ("nik", "kk", "name", "replaces_nik"):
            text = str(row.get(identity) or "").strip()
            usable = text.lower() if identity == "name" else "".join(c for c in text if c.isdigit())
            if identity != "name" and (
                len(usable) != 16 or len(set(usable)) == 1 or not text.strip("'").isdigit()
            ):
                usable = ""
            if cells.get(identity) == "n" and usable.endswith("0"):
                usable = ""
            if usable:
                values[f"{identity}_key"] = f"{identity.removeprefix('replaces_')}:{usable}"
        return values | row

    def build(self) -> TransformReport:
        """dbt build of everything anew, data tests included."""
        with self.open() as connection:
            for schema in SCHEMAS:
                connection.execute(f"drop schema if exists {schema} cascade")
            connection.execute("update reference.parameters set pending_from = 1, judged_as_of = null")
        return transform(self.workspace)

    def build_new(self, as_of: str, run_id: str) -> str | None:
        """dbt build of what is new, as a run does it; returns why everything was built, None where it was not."""
        with self.open() as connection:
            connection.execute("update reference.parameters set as_of = ?, run_id = ?", [as_of, run_id])
            why = begin_transformation(connection, run_id, date.fromisoformat(as_of), {})
        transform(self.workspace)
        with self.open() as connection:
            finish_transformation(connection, run_id)
        return why

    @property
    def workspace(self) -> Workspace:
        settings = Settings.model_construct(home=self.home)
        return cast(Workspace, SimpleNamespace(settings=settings))

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.open() as connection:
            found = connection.execute(query)
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _last_day(month: str) -> date:
    year, number = (int(part) for part in month.split("-"))
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)


def received(day: str, hour: int = 10) -> str:
    """A time of receipt in WITA as the ledger keeps it (UTC)."""
    return (datetime.fromisoformat(f"{day} {hour:02}:00:00") - timedelta(hours=8)).isoformat(sep=" ")


@pytest.fixture(scope="module")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """Makes empty warehouses, each in a home of its own."""
    return lambda: Warehouse(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, Any]]]:
    """Answers a query that calls our macros: dbt compiles it, DuckDB runs it."""
    from dbt.cli.main import dbtRunner

    house = Warehouse(tmp_path_factory.mktemp("macros"))
    house.configure("2024-03-31")
    target = str(house.home / "dbt")

    def answer(query: str) -> list[dict[str, Any]]:
        from include.transform import _close_connections, _environment

        with _environment(**file_in(house.home).dbt_environment):
            outcome = dbtRunner().invoke(
                ["compile", "--inline", query, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", target,
                 "--log-path", target, "--quiet", "--log-level-file", "none", "--no-populate-cache"]
            )  # fmt: skip
        _close_connections()
        assert outcome.success, outcome.exception
        return house.rows(cast(Any, outcome.result).results[0].node.compiled_code)

    return answer
