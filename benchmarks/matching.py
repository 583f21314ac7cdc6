"""How well, how fast and in how much memory are two registries matched whose truth is known?

Two workbooks of invented persons (benchmarks/registries.py) go the way of any file: read, loaded, transformed; then the matching
itself is timed in a process of its own, and its pairs are held against the truth. Rows that reading has refused (a mistyped NIK
that is somebody else's in the same file) are counted apart: nobody can match what was not accepted.

    .venv/bin/python -m benchmarks.matching [--persons 100000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.machine import keep, machine
from benchmarks.registries import Entry, Place, two_registries, write_registry
from benchmarks.run import measured
from include.workspace import Workspace

NOW = "2024-02-12T08:00:00+08:00"
FILES = {"p3ke": "dinsos/p3ke/P3KE 2023.xlsx", "dtks": "dinsos/dtks/DTKS Januari 2024.xlsx"}
screen = Console(highlight=False)


@dataclass(frozen=True)
class Quality:
    """Pairs against the truth.

    Attributes:
        in_both: Persons whom both registries hold, as accepted by reading.
        accepted: Pairs accepted without asking.
        right: Those of them that are one person.
        asked: Pairs put before an operator.
        asked_right: Those of them that are one person.
        by_probability: Accepted pairs whose NIK was not equal.
        by_probability_right: Those of them that are one person.
    """

    in_both: int
    accepted: int
    right: int
    asked: int
    asked_right: int
    by_probability: int
    by_probability_right: int

    @property
    def precision(self) -> float:
        """Share of the accepted pairs that are one person."""
        return self.right / max(self.accepted, 1)

    @property
    def recall(self) -> float:
        """Share of the persons in both registries whom an accepted pair has found."""
        return self.right / max(self.in_both, 1)


def main() -> None:
    """Generates, takes in, matches, compares; keeps the figures and shows them."""
    options = _options()
    if options.step:
        print(json.dumps(_match()))
        return
    home = Path(tempfile.mkdtemp(prefix="pantau-benchmark-"))
    try:
        result = {"machine": machine(("duckdb", "splink")), **_measure(home, options.persons, options.seed)}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    screen.print_json(json.dumps({name: value for name, value in result.items() if name != "machine"}))
    screen.print(f"written to {keep('matching', result)}")


def _measure(home: Path, persons: int, seed: int) -> dict[str, Any]:
    environment = {**os.environ, "PANTAU_HOME": str(home), "PANTAU_NOW": NOW}
    os.environ.update(environment)
    ws = Workspace.open()
    left, right = prepare(ws, persons, seed)
    matching = measured([sys.executable, "-m", "benchmarks.matching", "--step", "match"], environment)
    found = quality(ws, left, right)
    return {
        "persons": persons, "seed": seed, "quality": asdict(found), "precision": round(found.precision, 5),
        "recall": round(found.recall, 5),
        "precision_by_probability": round(found.by_probability_right / max(found.by_probability, 1), 5), "matching": matching,
    }  # fmt: skip


def prepare(ws: Workspace, persons: int, seed: int) -> tuple[list[Entry], list[Entry]]:
    """Brings two registries of so many persons into the warehouse and transforms it."""
    from include.inbox.claim import claim_complete_files, pending_claims
    from include.ingest.submission import ingest_claim
    from include.pipeline import new_run_id
    from include.transform import transform
    from include.warehouse.load import load_landed

    ws.settings.make_folders()
    places = [
        Place(village.village_name, village.district_name, village.village_code)
        for village in ws.configuration.villages
    ]
    left, right = two_registries(persons, places, seed)
    for (registry, name), entries in zip(FILES.items(), (left, right), strict=True):
        path = ws.settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_registry(path, registry, entries)
    claim_complete_files(ws)
    for claim in pending_claims(ws):
        ingest_claim(ws, claim.submission_id)
    from include import clock

    load_landed(ws, clock.today(ws.configuration.region.timezone), new_run_id(), "command")
    transform(ws)
    return left, right


def quality(ws: Workspace, left: list[Entry], right: list[Entry]) -> Quality:
    """Holds the pairs in the ledger against the truth, which the rows' order tells."""
    from include.warehouse.connection import reader

    with reader(ws) as connection:
        held = connection.execute(
            "select registry, beneficiary_key, split_part(row_id, ':', 3)::integer from intermediate.int_registry_entries"
        ).fetchall()
        pairs = connection.execute(
            "select left_key, right_key, decision, matched_by from ledger.registry_matches"
        ).fetchall()
    truth: dict[str, dict[str, int]] = {"p3ke": {}, "dtks": {}}
    for registry, key, row in held:
        truth[registry][key] = (left if registry == "p3ke" else right)[row - 2].number
    is_one = [
        (truth["p3ke"][one] == truth["dtks"][other], decision, how) for one, other, decision, how in pairs
    ]
    accepted = [(right_, how) for right_, decision, how in is_one if decision == "accepted"]
    asked = [right_ for right_, decision, _ in is_one if decision == "review"]
    guessed = [right_ for right_, how in accepted if how == "probability"]
    return Quality(
        len(set(truth["p3ke"].values()) & set(truth["dtks"].values())), len(accepted), sum(one for one, _ in accepted),
        len(asked), sum(asked), len(guessed), sum(guessed),
    )  # fmt: skip


def _match() -> dict[str, Any]:
    """The matching itself, in this process."""
    from include.targeting.match import match_registries

    return asdict(match_registries(Workspace.open()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", choices=["match"], help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
