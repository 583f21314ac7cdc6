"""Checks between entries and between files, on raw data: they run even where a value is wrong elsewhere."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from include.config.errors import Problem, shown


@dataclass
class Raw:
    """What the files hold: YAML by file, CSV rows by file and line, the features of the boundaries."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[int, dict[str, str]]] = field(default_factory=dict)
    features: list[Any] | None = None

    def entries(self, file: str, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The entries of a list with their places, whatever is no entry left out."""
        return _entries(self.files.get(file), key)

    def codes(self, file: str, key: str) -> set[str] | None:
        """The codes that a list defines; None where the file could not be read: nothing can be said then."""
        if file not in self.files:
            return None
        return {code for _, entry in self.entries(file, key) if (code := _text(entry, "code"))}

    @property
    def regency_code(self) -> str | None:
        """The regency's code, if region.yml has a sound one."""
        code = _text(self.files.get("region.yml", {}), "regency_code")
        return code if code and re.fullmatch(r"\d\d\.\d\d", code) else None

    @property
    def villages(self) -> dict[int, dict[str, str]]:
        """The rows of villages.csv by line."""
        return self.tables.get("villages.csv", {})


def between_files(raw: Raw) -> list[Problem]:
    """Every contradiction between entries of one file and between files."""
    return [problem for check in CHECKS for problem in check(raw)]


def _entries(data: Any, key: str, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    items = data.get(key) if isinstance(data, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield f"{place}{key}[{index}]", item


def _text(entry: dict[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) and value.strip() else None


def normal(text: str) -> str:
    """A name for comparing: letters and digits only, small, so that Hu'u is Huu and No. KK is no_kk."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _unique(
    file: str, values: Iterable[tuple[str, str | None]], what: str, same: Callable[[str], str] = str
) -> Iterator[Problem]:
    """One problem for each value that stood there before; `same` maps equal spellings together."""
    seen: dict[str, str] = {}
    for key, value in values:
        if value is None:
            continue
        first = seen.setdefault(same(value), key)
        if first != key:
            yield Problem(file, key, shown(value), f"{what} only once; {first} has it already")


def _known(file: str, key: str, value: str | None, known: set[str] | None, what: str) -> Iterator[Problem]:
    if value is not None and known is not None and value not in known:
        yield Problem(file, key, shown(value), f"{what}: {', '.join(sorted(known)) or 'none is defined'}")


# --- region


def years(raw: Raw) -> Iterator[Problem]:
    """A year has one target, one official figure and one window."""
    for file, key in (
        ("region.yml", "targets"),
        ("region.yml", "official_poverty"),
        ("region.yml", "official_extreme_poverty"),
        ("susenas.yml", "windows"),
    ):
        given = [
            (f"{place}.year", str(year))
            for place, entry in raw.entries(file, key)
            if type(year := entry.get("year")) is int
        ]
        yield from _unique(file, given, "a year")


def villages(raw: Raw) -> Iterator[Problem]:
    """Codes are the regency's own and unique, so are names in a district; a district has one name."""
    file = "villages.csv"
    rows = [(f"line {line}", row) for line, row in raw.villages.items()]
    codes = [(f"{place}, village_code", row["village_code"] or None) for place, row in rows]
    yield from _unique(file, codes, "a village_code")
    names = [(f"{place}, village_name", f"{r['village_name']} ({r['district_name']})") for place, r in rows]
    yield from _unique(file, names, "a village name in its district", str.casefold)
    yield from _district_names(file, rows)
    own = f"{raw.regency_code}."
    for place, row in rows:
        code = row["village_code"]
        if raw.regency_code and re.match(r"\d\d\.\d\d\.", code) and not code.startswith(own):
            allowed = f"a code of this regency, beginning with {own}"
            yield Problem(file, f"{place}, village_code", shown(code), allowed)


def _district_names(file: str, rows: list[tuple[str, dict[str, str]]]) -> Iterator[Problem]:
    names_of: dict[str, Counter[str]] = defaultdict(Counter)
    for _, row in rows:
        names_of[row["district_code"]][row["district_name"]] += 1
    for place, row in rows:
        code, name = row["district_code"], row["district_name"]
        usual = names_of[code].most_common(1)[0][0]
        if name != usual:
            allowed = f"one name a district; in the other rows {code} is {shown(usual)}"
            yield Problem(file, f"{place}, district_name", shown(name), allowed)


def aliases(raw: Raw) -> Iterator[Problem]:
    """An alias leads to a village or district that exists, and to one only."""
    rows = raw.tables.get("village_aliases.csv", {})
    meanings: dict[tuple[str, str], tuple[str, int]] = {}
    for line, row in rows.items():
        spelling = (normal(row["alias"]), row["district_name"])
        meaning, first = meanings.setdefault(spelling, (row["village_code"], line))
        if meaning != row["village_code"]:
            allowed = f"a spelling with one meaning in its district; line {first} gives it another"
            yield Problem("village_aliases.csv", f"line {line}, alias", shown(row["alias"]), allowed)
        if raw.villages:
            yield from _alias_target(f"line {line}", row, raw.villages)


def _alias_target(
    place: str, row: dict[str, str], village_rows: dict[int, dict[str, str]]
) -> Iterator[Problem]:
    file, code, district = "village_aliases.csv", row["village_code"], row["district_name"]
    district_of = {village["village_code"]: village["district_name"] for village in village_rows.values()}
    districts = set(district_of.values())
    if district:
        yield from _known(file, f"{place}, district_name", district, districts, "a district of villages.csv")
    if not code:
        if not district:
            allowed = "the district that the alias means, as no village_code is given"
            yield Problem(file, f"{place}, district_name", "nothing", allowed)
        return
    if code not in district_of:
        yield Problem(file, f"{place}, village_code", shown(code), "a village_code of villages.csv")
    elif district in districts and district_of[code] != district:
        allowed = f"{district_of[code]}, the district of {code}, or nothing"
        yield Problem(file, f"{place}, district_name", shown(district), allowed)
    for village in village_rows.values():
        same_name = normal(village["village_name"]) == normal(row["alias"])
        if same_name and village["district_name"] == district and village["village_code"] != code:
            allowed = f"a spelling that is not the name of another village there, {village['village_code']}"
            yield Problem(file, f"{place}, alias", shown(row["alias"]), allowed)


def boundaries(raw: Raw) -> Iterator[Problem]:
    """Every shape belongs to a village, every village has at most one shape."""
    file = "boundaries.geojson"
    codes = {row["village_code"] for row in raw.villages.values()}
    found: list[tuple[str, str | None]] = []
    for index, feature in enumerate(raw.features or []):
        key = f"features[{index}].properties.village_code"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("village_code") if isinstance(properties, dict) else None
        found.append((key, code if isinstance(code, str) else None))
        if not isinstance(code, str) or (codes and code not in codes):
            yield Problem(file, key, shown(code), "a village_code of villages.csv")
    yield from _unique(file, found, "a village's shape")


# --- programmes


def opds(raw: Raw) -> Iterator[Problem]:
    """An OPD's code stands for one OPD."""
    codes = [(f"{place}.code", _text(entry, "code")) for place, entry in raw.entries("opds.yml", "opds")]
    yield from _unique("opds.yml", codes, "a code")


def programs(raw: Raw) -> Iterator[Problem]:
    """A code stands for one programme, of an OPD that exists; its periods, stages and pauses agree."""
    file = "programs.yml"
    listed = list(raw.entries(file, "programs"))
    yield from _unique(file, [(f"{place}.code", _text(entry, "code")) for place, entry in listed], "a code")
    opd_codes = raw.codes("opds.yml", "opds")
    for place, entry in listed:
        yield from _known(
            file, f"{place}.opd", _text(entry, "opd"), opd_codes, "the code of an OPD in opds.yml"
        )
        yield from _periods_and_stages(file, place, entry)
        yield from _pauses(file, place, entry)
    yield from _gates(file, listed)


def _gates(file: str, listed: list[tuple[str, dict[str, Any]]]) -> Iterator[Problem]:
    """A programme's steps are different ones, and a spelling means one step in all programmes."""
    meanings: dict[str, tuple[str, str]] = {}
    for place, entry in listed:
        gates = list(_entries(entry, "gates", f"{place}."))
        codes = [(f"{key}.milestone", _text(gate, "milestone")) for key, gate in gates]
        yield from _unique(file, codes, "a milestone")
        for key, gate in gates:
            for spelling_key, spelling in _gate_spellings(key, gate):
                milestone = _text(gate, "milestone") or ""
                meant, first = meanings.setdefault(normal(spelling), (milestone, spelling_key))
                if meant != milestone:
                    allowed = f"a spelling with one meaning; {first} gives it to {shown(meant)}"
                    yield Problem(file, spelling_key, shown(spelling), allowed)


def _gate_spellings(key: str, gate: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if name := _text(gate, "name"):
        yield f"{key}.name", name
    aliases_of = gate.get("aliases")
    for index, alias in enumerate(aliases_of if isinstance(aliases_of, list) else []):
        if isinstance(alias, str) and alias.strip():
            yield f"{key}.aliases[{index}]", alias


def _periods_and_stages(file: str, place: str, entry: dict[str, Any]) -> Iterator[Problem]:
    given = [
        (f"{key}.period", _text(period, "period")) for key, period in _entries(entry, "periods", f"{place}.")
    ]
    yield from _unique(file, given, "a period")
    known = {period for _, period in given if period}
    stages = entry.get("stages")
    meanings: list[tuple[str, str | None]] = []
    for name, months in stages.items() if isinstance(stages, dict) else ():
        key = f'{place}.stages["{name}"]'
        named = [
            (f"{key}[{i}]", month)
            for i, month in enumerate(months if isinstance(months, list) else [])
            if isinstance(month, str)
        ]
        for month_key, month in named:
            if re.fullmatch(r"\d{4}-\d\d", month):
                yield from _known(file, month_key, month, known, "one of the programme's periods")
        yield from _unique(file, named, "a month in its stage")
        stage, year = split_stage(str(name))
        meanings += [(key, f"{stage} {y}") for y in sorted({year or month[:4] for _, month in named})]
    yield from _unique(file, meanings, "a stage of a year", normal)


def split_stage(name: str) -> tuple[str, str | None]:
    """A stage's name without its year, and the year if it holds one: `Tahap I 2024` is stage I of 2024."""
    match = re.search(r"\b((?:19|20)\d\d)\b", name)
    if not match:
        return name.strip(), None
    return " ".join((name[: match.start()] + name[match.end() :]).split()).strip(" ,-/()"), match.group(1)


def _pauses(file: str, place: str, entry: dict[str, Any]) -> Iterator[Problem]:
    """Overlapping pauses would be taken off twice."""
    last: tuple[str, str] | None = None
    dated = [
        (start, end, key)
        for key, pause in _entries(entry, "pauses", f"{place}.")
        if (start := _day(pause, "start")) and (end := _day(pause, "end"))
    ]
    for start, end, key in sorted(dated):
        if last and start <= last[0]:
            allowed = f"a day after the end of {last[1]}, {last[0]}: pauses do not overlap"
            yield Problem(file, f"{key}.start", shown(start), allowed)
        if last is None or end > last[0]:
            last = (end, key)


def _day(entry: dict[str, Any], key: str) -> str | None:
    """A day as text, which sorts as days do."""
    text = _text(entry, key)
    return text if text and re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None


# --- feeds


def feeds(raw: Raw) -> Iterator[Problem]:
    """A feed belongs to an OPD that exists and to that OPD's own programme; no feed lies inside another."""
    file = "feeds.yml"
    listed = list(raw.entries(file, "feeds"))
    paths = [(f"{place}.path", path) for place, entry in listed if (path := _text(entry, "path"))]
    yield from _unique(file, paths, "a path (capital and small letters are the same)", str.casefold)
    for key, path in paths:
        for other in sorted(
            {other for _, other in paths if path.casefold().startswith(f"{other.casefold()}/")}
        ):
            yield Problem(
                file,
                key,
                shown(path),
                f"a folder that is not inside the folder of another feed, {shown(other)}",
            )
    opd_codes, program_codes = raw.codes("opds.yml", "opds"), raw.codes("programs.yml", "programs")
    owners = {
        _text(entry, "code"): _text(entry, "opd") for _, entry in raw.entries("programs.yml", "programs")
    }
    for place, entry in listed:
        opd, program = _text(entry, "opd"), _text(entry, "program")
        yield from _known(file, f"{place}.opd", opd, opd_codes, "the code of an OPD in opds.yml")
        yield from _known(
            file, f"{place}.program", program, program_codes, "the code of a programme in programs.yml"
        )
        owner = owners.get(program) if program else None
        # An owner that is itself a slip is told where it stands.
        if owner in (opd_codes or ()) and opd and owner != opd:
            yield Problem(
                file,
                f"{place}.program",
                shown(program),
                f"a programme of the feed's own OPD {shown(opd)}; this one belongs to {shown(owner)}",
            )
        yield from _columns(file, place, entry)


def _columns(file: str, place: str, entry: dict[str, Any]) -> Iterator[Problem]:
    """Further headers are given for columns that the kind has, and each header for one column."""
    columns = entry.get("columns")
    canonical = canonical_columns(entry.get("kind"))
    headers: list[tuple[str, str | None]] = []
    for name, aliases_of in columns.items() if isinstance(columns, dict) else ():
        key = f"{place}.columns.{name}"
        if canonical and name not in canonical:
            yield Problem(
                file, key, "this column", f"a column of kind {entry['kind']}: {', '.join(canonical)}"
            )
        for index, header in enumerate(aliases_of if isinstance(aliases_of, list) else []):
            if isinstance(header, str):
                headers.append((f"{key}[{index}]", header))
    yield from _unique(file, headers, "a header (spacing and punctuation apart)", normal)


# --- targeting


def combinations(raw: Raw) -> Iterator[Problem]:
    """A combination is of two different programmes that exist, and is judged once, whichever stands first."""
    file = "targeting.yml"
    program_codes = raw.codes("programs.yml", "programs")
    pairs: list[tuple[str, str | None]] = []
    for place, entry in raw.entries(file, "complementarity"):
        named = entry.get("programs")
        codes = [code for code in named if isinstance(code, str)] if isinstance(named, list) else []
        for index, code in enumerate(codes):
            what = "the code of a programme in programs.yml"
            yield from _known(file, f"{place}.programs[{index}]", code, program_codes, what)
        yield from _unique(
            file,
            [(f"{place}.programs[{i}]", code) for i, code in enumerate(codes)],
            "a programme in its pair",
        )
        pairs.append((f"{place}.programs", " + ".join(sorted(codes)) or None))
    yield from _unique(file, pairs, "a pair of programmes")


# --- snoozes


def snoozes(raw: Raw) -> Iterator[Problem]:
    """A snooze names an OPD, a programme of that OPD and a rule that exist."""
    file = "snoozes.yml"
    opd_codes, program_codes = raw.codes("opds.yml", "opds"), raw.codes("programs.yml", "programs")
    owners = {
        _text(entry, "code"): _text(entry, "opd") for _, entry in raw.entries("programs.yml", "programs")
    }
    for place, entry in raw.entries(file, "snoozes"):
        opd, program = _text(entry, "opd"), _text(entry, "program")
        yield from _known(file, f"{place}.opd", opd, opd_codes, "the code of an OPD in opds.yml")
        yield from _known(
            file, f"{place}.program", program, program_codes, "the code of a programme in programs.yml"
        )
        owner = owners.get(program) if program else None
        if owner in (opd_codes or ()) and opd in (opd_codes or ()) and owner != opd:
            allowed = f"a programme of the OPD {shown(opd)}; this one belongs to {shown(owner)}"
            yield Problem(file, f"{place}.program", shown(program), allowed)
        yield from _known(file, f"{place}.rule", _text(entry, "rule"), rule_codes(), "the code of a rule")


def rule_codes() -> set[str]:
    """The rules that mails can tell of, from the one place that words them."""
    # Imported here: e-mails need the configuration, the configuration only this list.
    from include.alerts.wording import wording

    return set(wording().rules)


def canonical_columns(kind: object) -> list[str]:
    """The canonical columns of a kind, from the one place that lists them."""
    # Imported here: reading files needs the configuration, the configuration only this list.
    from include.ingest.columns import CANONICAL

    return [column.name for column in CANONICAL.get(str(kind), ())]


CHECKS: tuple[Callable[[Raw], Iterator[Problem]], ...] = (
    years,
    villages,
    aliases,
    boundaries,
    opds,
    programs,
    feeds,
    combinations,
    snoozes,
)
