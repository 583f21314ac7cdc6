"""What the coordinator is told of targeting: counts and villages, never a person, and no count that gives a family away.

Counts of families come from the columns `…_public` of the published tables, which hide small ones (targeting.yml);
what is hidden is told without a figure where it stands alone and left out of lists. Read from the warehouse or from the
published audit database: both hold these tables in schema `audit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.language import indonesian
from include.report.queries import Row, rows

HERE = Path(__file__).parent

GROUPS = {
    "lone_elderly": "lansia tunggal",
    "disability": "keluarga dengan penyandang disabilitas",
    "migrant_worker": "keluarga pekerja migran",
    "female_head": "keluarga dengan kepala keluarga perempuan",
}
MOST_VILLAGES = 5
MOST_GROUPS = 3


@dataclass(frozen=True)
class TargetingText:
    """Indonesian sentences by topic, each ready to be a line of a mail or of the brief; a topic with nothing to say is empty."""

    reach: tuple[str, ...]
    groups: tuple[str, ...]
    pockets: tuple[str, ...]
    combinations: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences in their order."""
        return (*self.reach, *self.groups, *self.pockets, *self.combinations, *self.targets)


def targeting_text(connection: duckdb.DuckDBPyConnection) -> TargetingText:
    """Words the targeting tables of an open warehouse or audit database for the coordinator.

    Raises:
        duckdb.CatalogException: the database is from before these tables.
    """
    (total,) = rows(connection, HERE / "total.sql")
    (untold,) = rows(connection, HERE / "untold.sql")
    return TargetingText(
        reach=reach_text(connection),
        groups=tuple(map(_group, rows(connection, HERE / "behind.sql", {"most": MOST_GROUPS}))),
        pockets=tuple(
            _pockets(rows(connection, HERE / "pockets.sql", {"most": MOST_VILLAGES}), untold["pockets"])
        ),
        combinations=tuple(_combinations(total, rows(connection, HERE / "combinations.sql"))),
        targets=tuple(
            sentence for row in rows(connection, HERE / "targets.sql") for sentence in _targets(row)
        ),
    )


def reach_text(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The sentences of topic `reach` alone: whom no programme reaches, and what could not be judged.

    Raises:
        duckdb.CatalogException: the database is from before these tables.
    """
    (total,) = rows(connection, HERE / "total.sql")
    # No rules of targeting: the configuration was never written into this warehouse, and no family is counted either.
    parameters = (rows(connection, HERE / "parameters.sql") or [{"poor_deciles": 0}])[0]
    (untold,) = rows(connection, HERE / "untold.sql")
    villages = rows(connection, HERE / "villages.sql", {"most": MOST_VILLAGES})
    registers = rows(connection, HERE / "registers.sql")
    return tuple(_reach(total, villages, untold["villages"], registers, **parameters))


def _shown(count: int | None, noun: str) -> str:
    """`1.234 keluarga`; a hidden count without a figure: it may be small, or give a small one away."""
    return f"sejumlah {noun}" if count is None else indonesian.counted(count, noun)


def _reach(
    total: Row, villages: Sequence[Row], untold: int, registers: Sequence[Row], poor_deciles: int
) -> Iterator[str]:
    if not (total["families_registered"] or registers):
        yield "Belum ada data rujukan yang berlaku, sehingga keluarga miskin yang tidak terjangkau belum dapat dihitung."
        return
    deciles = f"desil 1–{poor_deciles}"
    poor = _shown(total["poor_families_public"], f"keluarga {deciles}")
    gap = total["gap_families_public"]
    if total["poor_families_public"] == 0:
        yield f"Tidak ada keluarga {deciles} dalam data rujukan yang berlaku."
    elif gap == 0:
        yield f"Semua {poor} dalam data rujukan yang berlaku tercantum dalam program yang berjalan."
    else:
        parts = [
            f"{_shown(total[column], 'keluarga')} {what}"
            for column, what in (
                ("gap_decile_1_public", "desil 1"),
                ("gap_vulnerable_public", "dari kelompok rentan"),
            )
            if total[column]
        ]
        among = f"; di antaranya {indonesian.listing(parts)}" if parts else ""
        yield (
            f"Dari {poor} dalam data rujukan yang berlaku, {_shown(gap, 'keluarga')} tidak tercantum dalam program "
            f"mana pun yang berjalan{among}."
        )
    if villages:
        yield f"Terbanyak di {_places(villages, 'gap_families_public')}{_but(untold)}."
    yield from _not_judged(total, registers)
    if total["recipients_outside_public"] != 0:
        outside = _shown(total["recipients_outside_public"], "penerima")
        yield (
            f"{indonesian.capitalised(outside)} berada di luar data rujukan yang berlaku pada hari pembandingannya: "
            "bahan pemeriksaan, bukan pernyataan bahwa penerimanya keliru."
        )


def _but(untold: int) -> str:
    """What a list of those with most leaves out: a hidden count need not be a small one."""
    return (
        f", belum termasuk {indonesian.counted(untold, 'desa/kelurahan')} yang hitungannya disembunyikan"
        if untold
        else ""
    )


def _not_judged(total: Row, registers: Sequence[Row]) -> Iterator[str]:
    """Whom the counts leave out because the registries do not say enough, and which registries look wrong."""
    unplaced = sum(row["entries_without_family"] for row in registers)
    parts = []
    if total["families_decile_unknown_public"] != 0:
        families = _shown(total["families_decile_unknown_public"], "keluarga")
        parts.append(f"{families} yang desilnya tidak diketahui")
    if unplaced:
        parts.append(f"{indonesian.counted(unplaced, 'orang')} yang keluarganya tidak dapat ditentukan")
    if parts:
        yield f"Belum dapat dinilai: {indonesian.listing(parts)}."
    doubtful = [row["registry"].upper() for row in registers if row["has_doubtful_file"]]
    if doubtful:
        yield (
            f"Data rujukan {indonesian.listing(doubtful)} perlu diperiksa sebelum angka ini dipakai: ada berkas yang memuat jauh "
            "lebih sedikit keluarga daripada berkas sebelumnya, atau tidak lagi memuat desil."
        )


def _places(rows: Sequence[Row], column: str) -> str:
    return indonesian.listing(
        [
            f"{row['village_name']}, Kec. {row['district_name']} ({indonesian.counted(row[column], 'keluarga')})"
            for row in rows
        ]
    )


def _group(row: Row) -> str:
    points = indonesian.number(-row["gap_points_public"], 1)
    return (
        f"{indonesian.capitalised(GROUPS[row['group_code']])} menerima {row['program_name']} tepat waktu sebesar "
        f"{indonesian.percent(row['on_time_rate_public'])}, {points} poin persen di bawah penerima lainnya."
    )


def _pockets(rows: Sequence[Row], untold: int) -> Iterator[str]:
    if rows:
        yield (
            "Di kantong kemiskinan dan desa terpencil, keluarga miskin yang belum terjangkau terbanyak di "
            f"{_places(rows, 'remaining_public')}{_but(untold)}."
        )


def _combinations(total: Row, rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        values = [
            f"{row['combination_name']} {indonesian.rupiah(round(row['value_idr_per_person_per_day']))} "
            f"({indonesian.percent(row['line_share'], 1)})"
            for row in rows
        ]
        line = indonesian.rupiah(rows[0]["line_idr_per_day"])
        yield (
            f"Nilai bantuan per orang per hari, dan bagiannya dari garis kemiskinan ekstrem {line}: "
            f"{indonesian.listing(values)}."
        )
    if total["families_in_conflict_public"] != 0:
        families = _shown(total["families_in_conflict_public"], "keluarga")
        yield (
            f"{indonesian.capitalised(families)} tercatat pada dua program yang tidak boleh digabung atau perlu disepakati "
            "untuk bulan yang sama; OPD terkait telah diberi tahu desanya."
        )


def _targets(row: Row) -> Iterator[str]:
    people = f" atau {indonesian.counted(abs(row['gap_people']), 'orang')}" if row["gap_people"] else ""
    yield (
        f"Tingkat kemiskinan (P0) {row['compared_year']} sebesar {_rate(row['compared_rate'])}; sasaran {row['year']} "
        f"{_rate(row['target_rate'])}, {_distance(row['gap_points'])}{people}."
    )
    if row["extreme_compared_rate"] is not None:
        yield (
            f"Kemiskinan ekstrem terakhir yang diumumkan {_rate(row['extreme_compared_rate'])} "
            f"({row['extreme_compared_year']}, menurut {row['extreme_compared_line']}); sasaran {row['year']} "
            f"{_rate(row['extreme_target_rate'])}."
        )


def _distance(points: float) -> str:
    if points == 0:
        return "tercapai"
    return f"{'masih' if points > 0 else 'terlampaui'} {indonesian.number(abs(points))} poin persen"


def _rate(percentage: float) -> str:
    return f"{indonesian.number(percentage)}%"
