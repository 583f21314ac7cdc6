"""How many recipients of a list are found in the registry that holds them, and how many are taken for somebody else?

A list for rice aid and a registry, drawn from one invented population with the errors of real files
(benchmarks/registries.py), go the way of any file: read, loaded, transformed. The rows' order tells who is who. Once the
list bears family cards, once it does not, as many do not. What equal numbers find stands beside what recognising adds
(int_recipients_recognised).

    .venv/bin/python -m benchmarks.recognising [--persons 20000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from rich.console import Console

from benchmarks.machine import keep, machine
from benchmarks.registries import Entry, Place, two_registries, write_registry
from include.workspace import Workspace

NOW = "2024-02-12T08:00:00+08:00"
REGISTRY, LIST = "dinsos/p3ke/P3KE 2023.xlsx", "dkp/beras/penerima/Daftar Januari 2024.xlsx"
screen = Console(highlight=False)


def main() -> None:
    """Generates, takes in, compares with the truth; keeps the figures and shows them."""
    options = _options()
    result: dict[str, Any] = {
        "machine": machine(("duckdb",)),
        "persons": options.persons,
        "seed": options.seed,
    }
    for name, with_cards in (("with_cards", True), ("without_cards", False)):
        home = Path(tempfile.mkdtemp(prefix="pantau-benchmark-"))
        try:
            result[name] = _measure(home, options.persons, options.seed, with_cards)
        finally:
            shutil.rmtree(home, ignore_errors=True)
    screen.print_json(json.dumps({name: value for name, value in result.items() if name != "machine"}))
    screen.print(f"written to {keep('recognising', result)}")


def _measure(home: Path, persons: int, seed: int, with_cards: bool) -> dict[str, Any]:
    os.environ.update(PANTAU_HOME=str(home), PANTAU_NOW=NOW)
    ws = Workspace.open()
    places = [
        Place(village.village_name, village.district_name, village.village_code)
        for village in ws.configuration.villages
    ]
    registered, listed = two_registries(persons, places, seed)
    write_registry(ws.settings.inbox / REGISTRY, "p3ke", registered)
    _write_list(ws.settings.inbox / LIST, listed, with_cards)
    _take_in(ws)
    return _compared(ws, registered, listed)


def _take_in(ws: Workspace) -> None:
    from include import clock
    from include.inbox.claim import claim_complete_files, pending_claims
    from include.ingest.submission import ingest_claim
    from include.pipeline import new_run_id
    from include.transform import transform
    from include.warehouse.load import load_landed

    claim_complete_files(ws)
    for claim in pending_claims(ws):
        ingest_claim(ws, claim.submission_id)
    load_landed(ws, clock.today(ws.configuration.region.timezone), new_run_id(), "command")
    transform(ws)


def _compared(ws: Workspace, registered: Sequence[Entry], listed: Sequence[Entry]) -> dict[str, Any]:
    """Shares are of the accepted recipients whom the registry, as accepted, holds; precision is of each way by itself."""
    from include.warehouse.connection import reader

    with reader(ws) as connection:
        holds = dict(connection.execute(
            "select beneficiary_key, split_part(row_id, ':', 3)::integer from intermediate.int_registry_entries"
        ).fetchall())  # fmt: skip
        found = connection.execute(
            """
            select rows.row_number, found.known_by, found.person_key
            from (select beneficiary_key, min(row_number) as row_number from staging.stg_recipients__rows
                  where is_accepted group by beneficiary_key) as rows
            left join (
                select beneficiary_key, known_by, person_key from intermediate.int_recipients_known
                union all
                select beneficiary_key, known_by, person_key from intermediate.int_recipients_recognised
            ) as found using (beneficiary_key)
            """
        ).fetchall()
    truth = {key: registered[row - 2].number for key, row in holds.items()}
    there = set(truth.values())
    told, right = Counter[str](), Counter[str]()
    in_both = 0
    for row, known_by, person in found:
        number = listed[row - 2].number
        in_both += number in there
        if known_by is not None:
            told[known_by] += 1
            right[known_by] += truth.get(person) == number
    numbers = ("nik", "card_and_name")
    by_number = sum(right[way] for way in numbers)
    recognised = [way for way in told if way not in numbers]
    return {
        "recipients": len(found), "in_registry": in_both,
        "recall_by_number": round(by_number / in_both, 4), "recall": round(sum(right.values()) / in_both, 4),
        "precision_recognised": round(
            sum(right[way] for way in recognised) / max(sum(told[way] for way in recognised), 1), 4
        ),
        "ways": {way: {"found": told[way], "right": right[way]} for way in sorted(told)},
    }  # fmt: skip


def _write_list(path: Path, entries: Sequence[Entry], with_cards: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ("No", "NIK", *(("No KK",) if with_cards else ()), "Nama", "Desa", "Kecamatan", "Bulan")
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Daftar")
        sheet.write_row(0, 0, header)
        for at, entry in enumerate(entries, start=1):
            place = (entry.name, entry.place.village, entry.place.district, "Januari 2024")
            texts = (str(at), entry.nik, *((entry.kk,) if with_cards else ()), *place)
            for column, text in enumerate(texts):
                if column == 1 and entry.is_nik_number:
                    sheet.write_number(at, column, int(entry.nik))
                elif text:
                    sheet.write_string(at, column, text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
