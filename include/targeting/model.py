"""How probable is it that two entries are one person? Splink's Fellegi-Sunter model, trained on the registries themselves.

What is learnt from whom:

- how often entries of one person agree (m): from the pairs whose NIK is equal, of whom we know without any model;
- how often entries of different persons agree by chance (u): from random pairs (u-sampling);
- the same for a NIK that is not equal: m by expectation maximisation over the entries that no equal NIK has paired, u from
  pairs of one birth date, because most of a NIK is a birth date and must not count twice.

Registries too small to learn from are judged by the parameters below. Training is part of every matching and depends on the
entries alone, so that the same registries give the same pairs on every machine (one thread, a fixed seed, rows in order).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker
    from splink.comparison_library import CustomComparison

log = logging.getLogger("pantau.targeting")

SEED = 20240506
LEAST_PAIRS = 300
"""Equal NIKs below which the registries teach nothing reliable."""

LEAST_SURE_PAIRS = 50
"""Pairs that agree in family, birth date and name without an equal NIK, below which the NIK's m is not learnt."""

RANDOM_PAIRS = 1_000_000
_SURE_SHARE = 0.6
"""Roughly which share of the persons in both registries agree in all three of them: from it follows the prior."""

Parameters = dict[str, list[tuple[float, float]]]
"""Comparison -> (m, u) of each level."""


@dataclass(frozen=True)
class Level:
    """One degree of agreement: its name, its condition in SQL, and the parameters used where nothing can be learnt."""

    name: str
    condition: str
    m: float
    u: float


# Entries of one person whose NIKs are not equal: one is mistyped, or was cut to fifteen digits by a spreadsheet. Serials of one
# birth date follow one another (twins), so a difference within the serial alone speaks against as much as it speaks for.
_SHORTENED = "(is_nik_shortened_l or is_nik_shortened_r)"
_STEMS_EQUAL = "left(nik_digits_l, 15) = left(nik_digits_r, 15)"

COMPARISONS: dict[str, tuple[Level, ...]] = {
    "name": (
        Level("same", "name_compared_l = name_compared_r", 0.80, 0.0012),
        Level("sounds_same", "name_sound_l = name_sound_r", 0.08, 0.0004),
        Level(
            "near",
            "(least(len(name_sound_l), len(name_sound_r)) >= 5 and damerau_levenshtein(name_sound_l, name_sound_r) <= 1)"
            " or (least(len(name_sound_l), len(name_sound_r)) >= 9 and damerau_levenshtein(name_sound_l, name_sound_r) <= 2)"
            " or (least(len(name_words_l), len(name_words_r)) > 0 and"
            " (list_has_all(name_words_l, name_words_r) or list_has_all(name_words_r, name_words_l)))",
            0.09, 0.004,
        ),
        Level("different", "else", 0.03, 0.9944),
    ),
    "birth_date": (
        Level("same", "birth_date_l = birth_date_r", 0.94, 0.00005),
        Level(
            "near",
            # Day and month exchanged, or one of the three parts another.
            "(year(birth_date_l) = year(birth_date_r) and month(birth_date_l) = day(birth_date_r)"
            " and day(birth_date_l) = month(birth_date_r)) or"
            " (year(birth_date_l) = year(birth_date_r))::int + (month(birth_date_l) = month(birth_date_r))::int"
            " + (day(birth_date_l) = day(birth_date_r))::int = 2",
            0.03, 0.0055,
        ),
        Level("same_year", "year(birth_date_l) = year(birth_date_r)", 0.02, 0.013),
        Level("different", "else", 0.01, 0.98145),
    ),
    "kk": (Level("same", "kk_key_l = kk_key_r", 0.92, 0.00004), Level("different", "else", 0.08, 0.99996)),
    "village": (
        Level("same", "village_code_l = village_code_r", 0.96, 0.0135),
        Level("same_district", "district_code_l = district_code_r", 0.015, 0.12),
        Level("different", "else", 0.025, 0.8665),
    ),
    "gender": (Level("same", "gender_l = gender_r", 0.99, 0.5), Level("different", "else", 0.01, 0.5)),
    "nik": (
        Level("shortened", f"{_SHORTENED} and {_STEMS_EQUAL}", 0.45, 0.1),
        Level(
            "one_digit",
            "damerau_levenshtein(nik_digits_l, nik_digits_r) <= 1 and left(nik_digits_l, 12) <> left(nik_digits_r, 12)",
            0.35, 0.001,
        ),
        Level("serial", f"left(nik_digits_l, 12) = left(nik_digits_r, 12) and not {_SHORTENED}", 0.1, 0.15),
        Level("different", "else", 0.1, 0.749),
    ),
}  # fmt: skip

COLUMNS = {
    "name": "name_compared",
    "birth_date": "birth_date",
    "kk": "kk_key",
    "village": "village_code",
    "gender": "gender",
    "nik": "nik_digits",
}
"""The column that must be known on both sides for a comparison to say anything."""

STARTING_VALUES: Parameters = {
    name: [(level.m, level.u) for level in levels] for name, levels in COMPARISONS.items()
}

# Which entries are compared at all: every pair of one person agrees in one of these, or nothing could prove it.
_BLOCKS = (
    "l.kk_key = r.kk_key",
    "l.birth_date = r.birth_date and l.village_code = r.village_code",
    "l.birth_date = r.birth_date and left(l.name_sound, 3) = left(r.name_sound, 3)",
    "l.name_sound = r.name_sound and l.village_code = r.village_code",
    "left(l.nik_digits, 15) = left(r.nik_digits, 15)",
)
_SURE = "l.kk_key = r.kk_key and l.birth_date = r.birth_date and l.name_sound = r.name_sound"


def reached(comparison: str) -> str:
    """SQL for the level that a pair `l`, `r` of entries reaches; null where a side is unknown."""
    column = COLUMNS[comparison]
    *told, last = COMPARISONS[comparison]
    cases = " ".join(f"when {_of_aliases(level.condition)} then '{level.name}'" for level in told)
    return f"case when l.{column} is null or r.{column} is null then null {cases} else '{last.name}' end"


def _of_aliases(condition: str) -> str:
    """`kk_key_l = kk_key_r` as `l.kk_key = r.kk_key`."""
    return re.sub(r"\b([a-z_]+)_([lr])\b", r"\2.\1", condition)


@dataclass(frozen=True)
class Candidate:
    """Two entries that may be one person.

    Attributes:
        left: Key of the entry in the left registry.
        right: Key of the entry in the right registry.
        probability: That they are one person, from 0 to 1.
        weight: The same as the binary logarithm of the odds, for comparing the very probable.
        agreement: Comparison -> name of the level that it reached; a comparison with an unknown side is absent.
    """

    left: str
    right: str
    probability: float
    weight: float
    agreement: dict[str, str]


@dataclass(frozen=True)
class Scored:
    """What a model says: the candidates, and the model itself with what it was learnt from."""

    candidates: list[Candidate]
    settings: str
    learnt: str


def score(connection: duckdb.DuckDBPyConnection, least_probability: float) -> Scored:
    """Trains the model and compares the entries that no equal NIK has paired.

    Args:
        connection: A connection of its own that holds the tables `left_entries` and `right_entries` (columns of
            int_registry_entries, the key as unique_id) and `equal` with the pairs of equal NIK (left_key, right_key).
        least_probability: What lies below is no candidate.
    """
    from splink import DuckDBAPI

    pairs = _count(connection, "select count(*) from equal")
    connection.execute("set threads = 1")
    for side in ("left", "right"):
        connection.execute(
            f"create table {side}_rest as from {side}_entries "
            f"where unique_id not in (select {side}_key from equal) order by unique_id"
        )
    if not all(_count(connection, f"select count(*) from {side}_rest") for side in ("left", "right")):
        return Scored([], "{}", "nobody was left to compare")
    with _quiet():
        api = DuckDBAPI(connection)
        known, learnt = STARTING_VALUES, "starting values"
        if pairs >= LEAST_PAIRS:
            known = _learn_from_equal_niks(connection, api)
            learnt = f"{pairs} pairs of equal NIK"
        linker = _linker(connection, api, "rest", _comparisons(known, fixed=pairs >= LEAST_PAIRS))
        if pairs >= LEAST_PAIRS and _sure_pairs(connection) >= LEAST_SURE_PAIRS:
            _learn_unequal_niks(linker)
        scored = linker.inference.predict(threshold_match_probability=least_probability)
        settings = json.dumps(_shortened(linker.misc.save_model_to_json()), sort_keys=True)
        return Scored(_candidates(connection, scored.physical_name), settings, learnt)


# --- learning


def _learn_from_equal_niks(connection: duckdb.DuckDBPyConnection, api: DuckDBAPI) -> Parameters:
    """Learns m of every comparison but the NIK's from the pairs of equal NIK, u from random pairs; the NIK's u by counting."""
    compared = {name: levels for name, levels in COMPARISONS.items() if name != "nik"}
    linker = _linker(
        connection, api, "entries", _comparisons({name: STARTING_VALUES[name] for name in compared})
    )
    linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    connection.execute(
        "create table labels as select 'left_entries' as source_dataset_l, left_key as unique_id_l, "
        "'right_entries' as source_dataset_r, right_key as unique_id_r from equal order by left_key"
    )
    labels = linker.table_management.register_labels_table(api.register("labels"))
    linker.training.estimate_m_from_pairwise_labels(labels)
    trained: Parameters = {}
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        name = comparison["output_column_name"]
        told = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        trained[name] = [
            (level.get("m_probability") or least.m, level.get("u_probability") or least.u)
            for level, least in zip(told, COMPARISONS[name], strict=True)
        ]
    return trained | {"nik": _niks_of_strangers(connection)}


def _niks_of_strangers(connection: duckdb.DuckDBPyConnection) -> list[tuple[float, float]]:
    """The NIK's u: how alike the NIKs are of two who were born on one day and whom equal NIKs have paired with others."""
    counted = dict(
        connection.execute(
            f"""
            select {reached("nik")} as level, count(*)
            from left_entries as l
            inner join right_entries as r on l.birth_date = r.birth_date
            where
                l.nik_digits <> r.nik_digits and l.unique_id in (select left_key from equal)
                and r.unique_id in (select right_key from equal)
            group by level
            """
        ).fetchall()
    )
    # Nobody with an equal NIK has a shortened one: their stems agree as often as those of serials do.
    counted["shortened"] = counted.get("serial", 0)
    total = sum(counted.values()) + len(COMPARISONS["nik"])
    return [(level.m, (counted.get(level.name, 0) + 1) / total) for level in COMPARISONS["nik"]]


def _learn_unequal_niks(linker: Linker) -> None:
    """Learns m of the NIK where it is not equal, by expectation maximisation; all else is known and stays."""
    for block in ("l.kk_key = r.kk_key", "l.birth_date = r.birth_date and l.name_sound = r.name_sound"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block, fix_probability_two_random_records_match=True, fix_u_probabilities=True
        )


# --- the model in Splink's words


def _linker(
    connection: duckdb.DuckDBPyConnection, api: DuckDBAPI, which: str, comparisons: Sequence[CustomComparison]
) -> Linker:
    from splink import Linker, SettingsCreator

    settings = SettingsCreator(
        link_type="link_only",
        comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=list(_BLOCKS),
        probability_two_random_records_match=_prior(connection, which),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,  # how far each comparison agrees
        linker_uid="registries",
    )  # fmt: skip
    frames = [
        api.register(f"{side}_{which}", dataset_display_name=f"{side}_{which}") for side in ("left", "right")
    ]
    return Linker(frames, settings, log_level=logging.ERROR, validate_settings=False)


def _prior(connection: duckdb.DuckDBPyConnection, which: str) -> float:
    """How probable it is that an entry of each side, drawn blindly, are one person.

    From the pairs that agree in everything that matters, where there are enough of them; else as if half of the smaller
    registry stood in the larger one. Never more than one pair a person, never none at all: Splink's own estimate fails on
    registries that share nobody but those of equal NIK, and on registries that share everybody.
    """
    smaller, larger = sorted(
        max(_count(connection, f"select count(*) from {side}_{which}"), 1) for side in ("left", "right")
    )
    sure = _sure_pairs(connection)
    if sure >= LEAST_SURE_PAIRS:
        return min(max(sure / _SURE_SHARE, 1.0), smaller) / (smaller * larger)
    entries = [_count(connection, f"select count(*) from {side}_entries") for side in ("left", "right")]
    return 1 / (2 * max(*entries, 1))


def _comparisons(known: Parameters, fixed: bool = False) -> list[CustomComparison]:
    from splink.comparison_library import CustomComparison

    return [
        CustomComparison(_levels(name, known[name], fixed), output_column_name=name)
        for name in COMPARISONS
        if name in known
    ]


def _levels(name: str, known: Sequence[tuple[float, float]], fixed: bool) -> list[Any]:
    from splink.comparison_level_library import CustomLevel, ElseLevel

    column = COLUMNS[name]
    unknown = f"{column}_l is null or {column}_r is null"
    if name == "nik":  # equal, but contradicted by all else (match.py): it proves nothing
        unknown += f" or ({column}_l = {column}_r and not {_SHORTENED})"
    levels: list[Any] = [CustomLevel(unknown).configure(is_null_level=True)]
    for level, (m, u) in zip(COMPARISONS[name], known, strict=True):
        made = (
            ElseLevel()
            if level.condition == "else"
            else CustomLevel(level.condition, label_for_charts=level.name)
        )
        made.configure(m_probability=m, u_probability=u)
        if fixed:
            made.configure(fix_m_probability=name != "nik", fix_u_probability=True)
        levels.append(made)
    return levels


def _candidates(connection: duckdb.DuckDBPyConnection, table: str) -> list[Candidate]:
    """What was scored; the left entry is always of the left registry."""
    names = list(COMPARISONS)
    gammas = ", ".join(f"gamma_{name}" for name in names)
    found = connection.execute(
        f"""
        select unique_id_l, unique_id_r, source_dataset_l, match_probability, match_weight, {gammas}
        from {table} order by unique_id_l, unique_id_r
        """
    ).fetchall()
    return [
        Candidate(
            *((left, right) if source == "left_rest" else (right, left)), round(probability, 6), round(weight, 4),
            {name: COMPARISONS[name][len(COMPARISONS[name]) - 1 - gamma].name
             for name, gamma in zip(names, reached, strict=True) if gamma >= 0},
        )
        for left, right, source, probability, weight, *reached in found
    ]  # fmt: skip


def _shortened(value: Any) -> Any:
    """The same with seven significant digits: whoever looks for numbers of persons takes twelve digits in a row for one."""
    if isinstance(value, dict):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _sure_pairs(connection: duckdb.DuckDBPyConnection) -> int:
    return _count(connection, f"select count(*) from left_rest as l inner join right_rest as r on {_SURE}")


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells of its progress, and of levels that nobody reached: nothing that a reader of our logs can act upon."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
