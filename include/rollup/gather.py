"""What the roll-up takes from one regency's publication; whatever is wrong with that is said of it, and stops no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from include.config import Regency, configured_region
from include.language import indonesian
from include.report.pages.publication import OLD_AFTER, PublicationBroken, reading
from include.report.queries import rows
from include.settings import Settings

HERE = Path(__file__).parent
TAKEN = ("programs", "susenas_windows", "susenas_readiness", "missing_logs")
"""The tables that are taken over, each by the query of its name."""

Status = Literal["current", "old", "missing", "unreadable", "other_version", "other_regency"]

_REASONS: Mapping[str, str] = {
    "missing": "Belum ada terbitan.",
    "unreadable": "Terbitan terakhir tidak dapat dibaca.",
    "other_version": "Terbitan terakhir disusun oleh versi lain dari sistem ini; terbaca kembali setelah pengolahan berikutnya.",
    "other_regency": "Terbitan pada foldernya milik wilayah lain.",
}


@dataclass(frozen=True)
class Gathered:
    """What one regency adds.

    Attributes:
        code: The regency.
        name: Its name, as published or else as configured.
        status: `current`; `old`: counted, but not replaced when it should have been; else why it is not counted.
        reason: The same in words, None where all is well.
        publication: Number, as_of, published_at (UTC, naive), chain_hash, susenas_year (of the window that it faces); empty where
            it is not counted.
        tables: Rows by table, empty where it is not counted.
    """

    code: str
    name: str
    status: Status
    reason: str | None = None
    publication: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        """Whether its figures are in the roll-up."""
        return bool(self.tables)

    def row(self, now: datetime) -> dict[str, Any]:
        """Its row of the table `publications`."""
        published_at: datetime | None = self.publication.get("published_at")
        age = now - published_at.replace(tzinfo=UTC) if published_at else None
        return {
            "regency_code": self.code,
            "regency_name": self.name,
            "status": self.status,
            "reason": self.reason,
            "is_counted": self.is_counted,
            "age_hours": age // timedelta(hours=1) if age is not None else None,
            **{name: self.publication.get(name) for name in _PUBLICATION},
        }


_PUBLICATION: Mapping[str, type] = {
    "publication_number": int,
    "as_of": date,
    "published_at": datetime,
    "chain_hash": str,
    "susenas_year": int,
}


def gather(regency: Regency, now: datetime) -> Gathered:
    """Reads a regency's publication, read-only; never raises for what is wrong with it."""
    name = configured_region(regency.configuration)[0] or regency.code
    path = Settings(home=regency.home, smtp_url=None, lake=None).audit_db
    try:
        if not path.exists():
            return left_out(regency.code, name, "missing")
        with reading(path) as connection:
            found = rows(connection, HERE / "publication.sql")
            if len(found) != 1:
                return left_out(regency.code, name, "unreadable")
            [publication] = found
            if publication["regency_code"] != regency.code:
                return left_out(regency.code, name, "other_regency")
            tables = {
                table: connection.execute(
                    (HERE / f"{table}.sql").read_text(encoding="utf-8")
                ).to_arrow_table()
                for table in TAKEN
            }
    except PublicationBroken as error:
        is_other = isinstance(error.__cause__, duckdb.CatalogException | duckdb.BinderException)
        return left_out(regency.code, name, "other_version" if is_other else "unreadable")
    except OSError:
        return left_out(regency.code, name, "unreadable")
    name = publication["regency_name"] or name
    age = now - publication["published_at"].replace(tzinfo=UTC)
    if age > OLD_AFTER:
        reason = f"Terbitan terakhir berumur {_age(age)}; angkanya mungkin tidak lagi berlaku."
        return Gathered(regency.code, name, "old", reason, publication, tables)
    return Gathered(regency.code, name, "current", None, publication, tables)


def left_out(code: str, name: str, status: Status) -> Gathered:
    """A regency that is named, and not counted."""
    return Gathered(code, name, status, _REASONS[status])


def _age(age: timedelta) -> str:
    return (
        indonesian.counted(age.days, "hari")
        if age.days > 1
        else indonesian.counted(age // timedelta(hours=1), "jam")
    )
