"""Submissions as they lie in the landing after reading, made in bulk: what a transformation is measured on.

One programme (rice), five months, two half deliveries a month and family, one log a village, month and half. Amounts
and dates are written in several ways; one row in a hundred is late, undated, short, void or sent again. Nobody here
is a real person: numbers are counted up, names are made of the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from include.ingest.columns import CANONICAL, landing_columns
from include.ingest.manifest import Manifest, landing_folder, write_manifest
from include.workspace import Workspace

PERIODS = ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05")
LIST_FEED, LOG_FEED = "dkp/beras/penerima", "dkp/beras/penyaluran"
_LISTED_ON = datetime(2024, 1, 2, 1, tzinfo=UTC)


@dataclass
class Landed:
    """What was written: rows of lists and logs, and in how many submissions."""

    list_rows: int = 0
    log_rows: int = 0
    submissions: int = 0


def write_landed(ws: Workspace, families: int, delivery_rows: int) -> Landed:
    """Writes lists and logs of so many families and so many delivery rows (two a family and month at most)."""
    landed = Landed()
    per_half = delivery_rows // (len(PERIODS) * 2)
    with duckdb.connect() as connection:
        _families(connection, families)
        villages = _villages(connection, ws)
        for village in range(len(villages)):
            landed.list_rows += _write(
                ws, connection, LIST_FEED, "recipients", f"daftar-{village}", _LISTED_ON, _LIST, [village]
            )
            landed.submissions += 1
        for number, period in enumerate(PERIODS):
            for half in (0, 1):
                received = datetime(2024, number + 1, 12 + 9 * half, 1, tzinfo=UTC)
                for village in range(len(villages)):
                    landed.log_rows += _write(
                        ws, connection, LOG_FEED, "distribution", f"log-{period}-{half}-{village}",
                        received + timedelta(minutes=village), _LOG,
                        [village, per_half, period, half, date(2024, number + 1, 3 + 9 * half)],
                    )  # fmt: skip
                    landed.submissions += 1
    return landed


def write_one_more(ws: Workspace, families: int, rows: int) -> Landed:
    """One more log, of the last month: families of one village, corrected amounts and second halves."""
    with duckdb.connect() as connection:
        _families(connection, families)
        _villages(connection, ws)
        received = datetime(2024, 6, 1, 1, tzinfo=UTC)
        written = _write(
            ws, connection, LOG_FEED, "distribution", "log-more", received,
            f"select * from ({_LOG}) limit {rows}", [3, families, PERIODS[-1], 1, date(2024, 5, 28)],
        )  # fmt: skip
    return Landed(log_rows=written, submissions=1)


def _families(connection: duckdb.DuckDBPyConnection, families: int) -> None:
    connection.execute(
        """
        create table families as
        select
            family,
            (family % 81)::integer as village,
            -- Born 01-28 of a month, so that the numbers are valid ones.
            '5205' || lpad((family % 8 + 1)::varchar, 2, '0') || lpad((family % 28 + 1)::varchar, 2, '0')
            || lpad((family // 28 % 12 + 1)::varchar, 2, '0') || lpad((50 + family // 336 % 40)::varchar, 2, '0')
            || lpad((family // 13440 + 1)::varchar, 4, '0') as nik,
            'WARGA CONTOH ' || family as name
        from range(?) as numbers (family)
        order by village, family
        """,
        [families],
    )


def _villages(connection: duckdb.DuckDBPyConnection, ws: Workspace) -> list[str]:
    villages = sorted(ws.configuration.villages, key=lambda village: village.village_code)
    connection.execute("create table villages (village integer, name varchar, district varchar)")
    connection.executemany(
        "insert into villages values (?, ?, ?)",
        [(number, village.village_name, village.district_name) for number, village in enumerate(villages)],
    )
    return [village.village_code for village in villages]


_KEYS = "md5('nik' || nik) as nik_key, md5('kk' || nik) as kk_key, md5('name' || families.name) as name_key"

_LIST = f"""
    select
        nik, '52' || right(nik, 14) as kk, families.name as name, villages.name as village, villages.district as district,
        'Januari-Mei 2024' as period, {_KEYS}
    from families inner join villages using (village)
    where families.village = $1
    order by family
"""

_LOG = f"""
    select
        nik, '52' || right(nik, 14) as kk, families.name as name, villages.name as village, villages.district as district,
        $3 as period,
        case family % 4 when 0 then '5' when 1 then '5 kg' when 2 then '5,0' else '5.0' end as amount,
        case
            when family % 97 = 5 then null
            when family % 3 = 0 then strftime($5 + (family % 7)::integer, '%d/%m/%Y')
            when family % 3 = 1 then strftime($5 + (family % 7)::integer, '%Y-%m-%d')
            else strftime($5 + (family % 7)::integer, '%d-%m-%y')
        end as delivered_on,
        case when family % 101 = 7 then 'tidak hadir' when family % 2 = 0 then 'tersalur' else 'Sudah salur' end as status,
        {_KEYS}
    from families inner join villages using (village)
    where families.village = $1 and family < $2 and not ($4 = 1 and family % 53 = 9)
    order by family
"""


def _write(
    ws: Workspace,
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    kind: str,
    name: str,
    received_at: datetime,
    query: str,
    values: list[object],
) -> int:
    """One submission: its rows as Parquet and, last, its manifest."""
    number = connection.execute("select md5(?)", [name]).fetchone()
    submission_id = f"s{number[0][:15]}" if number else ""
    folder = landing_folder(ws.settings.landing, feed)
    folder.mkdir(parents=True, exist_ok=True)
    relation = connection.execute(query, values).to_arrow_table()
    present = set(relation.column_names)
    letters = "".join("t" if column.name in present else "-" for column in CANONICAL[kind])
    connection.register("relation", relation)
    own = {
        "submission_id": f"'{submission_id}'", "sheet": "'csv'", "sheet_number": "1::integer",
        "row_number": "(row_number() over () + 1)::integer", "row_kind": "'data'", "cell_types": f"'{letters}'",
    }  # fmt: skip
    columns = ", ".join(
        f"{own.get(column, column if column in present else 'null::varchar')} as {column}"
        for column in landing_columns(kind)
    )
    connection.execute(
        f"copy (select {columns} from relation) to '{folder / submission_id}.parquet' (format parquet, compression zstd)"
    )
    connection.unregister("relation")
    rows = relation.num_rows
    own_feed = ws.configuration.feed(feed)
    write_manifest(
        ws.settings.landing,
        Manifest(
            submission_id, feed, own_feed.opd if own_feed else None, "beras", kind, None, f"{name}.csv",
            submission_id[1:].ljust(64, "0"), rows * 100, received_at.isoformat(), "clock", 0, f"PS-{submission_id[-6:]}",
            rows_read=rows, rows_data=rows, landing_file=f"{submission_id}.parquet",
            sheets=[{"name": "csv", "number": 1, "headers": sorted(present), "columns": {c: c for c in sorted(present)}}],
        ),
    )  # fmt: skip
    return rows
