"""Who stands behind a key: for a named purpose, by somebody who holds warehouse and secret, and never unseen.

The ledger's entry is committed before anything is shown; the next publication tells auditors of it (`audit.reveals`).
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include import clock
from include.privacy import kk_key, nik_key
from include.warehouse.connection import transaction, writer
from include.warehouse.ledger import naive_utc

if TYPE_CHECKING:
    import duckdb

    from include.workspace import Workspace

SHORTEST_REASON = 10

_PERSONS = """
    select distinct nik_text, kk_text, name_text, village_name, nik_key, kk_key
    from (
        select nik_text, kk_text, name_text, village_code, nik_key, kk_key, beneficiary_key
        from staging.stg_recipients__rows
        union all
        select nik_text, kk_text, name_text, village_code, nik_key, kk_key, beneficiary_key
        from staging.stg_distribution__rows
        union all
        select nik_text, kk_text, name_text, village_code, nik_key, kk_key, beneficiary_key
        from staging.stg_registry__rows
    ) as sent
    left join reference.villages as villages on sent.village_code = villages.village_code
    where sent.beneficiary_key = ?
    order by all
"""


class RevealError(RuntimeError):
    """Nothing is revealed; the message says why."""


@dataclass(frozen=True)
class Person:
    """A way in which the senders wrote this family."""

    nik: str | None
    kk: str | None
    name: str | None
    village: str | None


def reveal(ws: Workspace, key: str, reason: str) -> list[Person]:
    """The persons that stand behind a beneficiary key, once the ledger holds who asked, when and why.

    Raises:
        RevealError: no reason worth the name, an unknown key, or another secret than the one that made the key.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise RevealError(f"say why, in {SHORTEST_REASON} characters or more: auditors will read it")
    secret = ws.settings.secret()
    with writer(ws, "reveal") as connection:
        rows = connection.execute(_PERSONS, [key]).fetchall()
        if not rows:
            raise RevealError(f"no row bears the beneficiary key {key!r}")
        for nik, kk, _, _, key_of_nik, key_of_kk in rows:
            if (key_of_nik and nik_key(secret, nik) != key_of_nik) or (
                key_of_kk and kk_key(secret, kk) != key_of_kk
            ):
                raise RevealError("the secret of this home is not the one that made its keys")
        _record(connection, key, reason.strip())
    return [Person(nik, kk, name, village) for nik, kk, name, village, _, _ in rows]


def _record(connection: duckdb.DuckDBPyConnection, key: str, reason: str) -> None:
    with transaction(connection):
        connection.execute(
            "insert into ledger.reveals values (?, ?, ?, ?)",
            [key, naive_utc(clock.now()), getpass.getuser(), reason],
        )
