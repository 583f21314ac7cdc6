"""Loads a regency's configuration folder and reports every mistake in it at once.

Each file is read, then validated by its model; then the files are checked against each other, on what could
be read of them: a slip in one programme must not hide that a feed names a programme that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from include.config import checks, files, models
from include.config.errors import ENVIRONMENT, MISSING, ConfigurationError, Problem, shown

YAML_FILES: dict[str, type[models.Strict]] = {
    "region.yml": models.Region,
    "opds.yml": models.OpdsFile,
    "programs.yml": models.ProgramsFile,
    "feeds.yml": models.FeedsFile,
    "susenas.yml": models.SusenasFile,
    "targeting.yml": models.Targeting,
    "alerts.yml": models.Alerts,
    "snoozes.yml": models.SnoozesFile,
    "limits.yml": models.Limits,
    "retention.yml": models.Retention,
    "matching.yml": models.Matching,
}
CSV_FILES: dict[str, type[models.Strict]] = {
    "villages.csv": models.Village,
    "village_aliases.csv": models.VillageAlias,
}
BOUNDARIES = "boundaries.geojson"
OPTIONAL_FILES = (
    "targeting.yml", "snoozes.yml", "limits.yml", "retention.yml", "matching.yml", "village_aliases.csv", BOUNDARIES,
)  # fmt: skip
CONFIGURATION_SUFFIXES = (".yml", ".yaml", ".csv", ".geojson", ".json")
# An offset that every regency of Nusa Tenggara has, for the clock of a configuration that cannot be read.
FALLBACK_ZONE = "Asia/Makassar"

AnyModel = TypeVar("AnyModel", bound=BaseModel)


@dataclass
class _Folder:
    """What was found in the folder: raw data for the checks between files, objects for the result."""

    problems: list[Problem] = field(default_factory=list)
    raw: checks.Raw = field(default_factory=checks.Raw)
    parsed: dict[str, Any] = field(default_factory=dict)


def load_configuration(folder: Path) -> models.Configuration:
    """Reads and checks a configuration folder.

    Raises:
        ConfigurationError: with every mistake that could be found.
    """
    if not folder.is_dir():
        allowed = "the folder that holds the regency's configuration"
        raise ConfigurationError([Problem(ENVIRONMENT, "PANTAU_CONFIG", f'"{folder}"', allowed)])
    found = _Folder()
    _report_strangers(folder, found.problems)
    for name in YAML_FILES:
        _read_yaml(folder / name, found)
    for name in CSV_FILES:
        _read_csv(folder / name, found)
    boundaries = folder / BOUNDARIES if (folder / BOUNDARIES).exists() else None
    if boundaries:
        found.raw.features = files.read_geojson(boundaries, found.problems)
    found.problems += checks.between_files(found.raw)
    if found.problems:
        raise ConfigurationError(found.problems)
    return _assembled(folder, boundaries, found.parsed)


def configured_timezone(folder: Path) -> ZoneInfo:
    """The regency's time zone as far as region.yml tells; nothing is reported here, loading does that."""
    return configured_region(folder)[1]


def configured_region(folder: Path) -> tuple[str | None, ZoneInfo]:
    """The regency's name and time zone as far as region.yml tells; nothing is reported here, loading does that."""
    raw = files.read_yaml(folder / "region.yml", []) or {}
    name = raw.get("regency_name")
    found = name.strip() if isinstance(name, str) and name.strip() and name.isprintable() else None
    try:
        return found, ZoneInfo(str(raw.get("timezone", FALLBACK_ZONE)))
    except (OSError, ValueError):
        return found, ZoneInfo(FALLBACK_ZONE)


def _assembled(folder: Path, boundaries: Path | None, parsed: dict[str, Any]) -> models.Configuration:
    opds: models.OpdsFile = parsed["opds.yml"]
    alerts: models.Alerts = parsed["alerts.yml"]
    if alerts.engineer_email is None:
        alerts = alerts.model_copy(update={"engineer_email": opds.coordinator.email})
    return models.Configuration(
        folder=folder,
        region=parsed["region.yml"],
        villages=parsed["villages.csv"],
        village_aliases=parsed["village_aliases.csv"],
        boundaries_file=boundaries,
        opds=opds.opds,
        coordinator=opds.coordinator,
        chair=opds.chair,
        programs=parsed["programs.yml"].programs,
        feeds=parsed["feeds.yml"].feeds,
        windows=parsed["susenas.yml"].windows,
        targeting=parsed["targeting.yml"],
        alerts=alerts,
        snoozes=parsed["snoozes.yml"].snoozes,
        limits=parsed["limits.yml"],
        retention=parsed["retention.yml"],
        matching=parsed["matching.yml"],
    )


def _report_strangers(folder: Path, problems: list[Problem]) -> None:
    """A misspelt name of an optional file would silently mean its defaults."""
    known = [*YAML_FILES, *CSV_FILES, BOUNDARIES]
    for path in sorted(folder.iterdir()):
        if (
            path.name in known
            or path.name.startswith(".")
            or path.suffix.lower() not in CONFIGURATION_SUFFIXES
        ):
            continue
        problems.append(Problem(path.name, "", "a file of this name", one_of(path.name, known)))


def _read_yaml(path: Path, found: _Folder) -> None:
    if not path.exists() and path.name in OPTIONAL_FILES:
        found.parsed[path.name] = YAML_FILES[path.name]()
        return
    data = files.read_yaml(path, found.problems)
    if data is not None:
        found.raw.files[path.name] = data
        found.parsed[path.name] = validated(path.name, YAML_FILES[path.name], data, "", found.problems)


def _read_csv(path: Path, found: _Folder) -> None:
    model = CSV_FILES[path.name]
    if not path.exists() and path.name in OPTIONAL_FILES:
        found.parsed[path.name] = []
        return
    rows = files.read_csv(path, list(model.model_fields), found.problems)
    if rows is None:
        return
    found.raw.tables[path.name] = rows
    entries = [validated(path.name, model, row, f"line {line}", found.problems) for line, row in rows.items()]
    if not entries and path.name not in OPTIONAL_FILES:
        found.problems.append(Problem(path.name, "", "a table without rows", "one row a village"))
    found.parsed[path.name] = entries


def validated(
    file: str, model: type[AnyModel], data: Any, prefix: str, problems: list[Problem]
) -> AnyModel | None:
    """The entry as an object; None, and a problem for each mistake, where it is none."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problems.append(_problem(file, model, prefix, detail))
        return None


def _problem(file: str, model: type[BaseModel], prefix: str, detail: Any) -> Problem:
    location = tuple(part for part in detail["loc"] if part != "[key]")
    key = ", ".join(part for part in (prefix, as_key(location)) if part)
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return Problem(file, key, MISSING, _description(model, location))
    if kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        return Problem(
            file, key, "this key", one_of(str(location[-1]), list(parent.model_fields) if parent else [])
        )
    allowed = str(detail.get("ctx", {}).get("allowed") or _description(model, location))
    if kind == "string_type" and not isinstance(value, (dict, list, NoneType)):
        allowed += (
            f'. YAML reads it as {_yaml_kind(value)}: write it in quotes, for example "{_as_written(value)}"'
        )
    if value is None and _may_be_left_out(model, location):
        allowed += ", or no such key"
    return Problem(file, key, shown(value), allowed)


def as_key(location: Iterable[int | str]) -> str:
    """The place of a value as a path: `programs[1].periods[0].due_date`, `stages["Tahap I"][0]`."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif re.fullmatch(r"\w+", part):
            key += f".{part}" if key else part
        else:
            key += f'["{part}"]'
    return key


def one_of(name: str, known: Sequence[str]) -> str:
    """What may stand in the place of a name that nobody knows."""
    near = get_close_matches(name, known, 1)
    return f"one of {', '.join(known)}" + (f"; perhaps {near[0]} is meant" if near else "")


def _yaml_kind(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "a number"


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    # 52.10 without quotes has become 52.1: two decimals are what a regency's code has.
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _inner(annotation: Any) -> Any:
    """The type inside Annotated[…] and … | None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(part for part in get_args(annotation) if part is not NoneType)
        else:
            return annotation


def _walk(model: type[BaseModel], location: Sequence[int | str]) -> tuple[type[BaseModel] | None, str, bool]:
    """Follows a location: the model that it ends in, if any; what is allowed there; may it be left out."""
    current: Any = model
    description, optional = "keys with values", False
    for part in location:
        current = _inner(current)
        if isinstance(current, type) and issubclass(current, BaseModel) and part in current.model_fields:
            info = current.model_fields[str(part)]
            current, description, optional = info.annotation, info.description or "", not info.is_required()
        elif get_origin(current) in (list, dict):
            current, optional = get_args(current)[-1], False
    current = _inner(current)
    return (
        (current if isinstance(current, type) and issubclass(current, BaseModel) else None),
        description,
        optional,
    )


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    return _walk(model, location)[0]


def _description(model: type[BaseModel], location: Sequence[int | str]) -> str:
    at, description, _ = _walk(model, location)
    if at is not None and location and isinstance(location[-1], int):
        return f"an entry with the keys {', '.join(at.model_fields)}"
    return description


def _may_be_left_out(model: type[BaseModel], location: Sequence[int | str]) -> bool:
    return _walk(model, location)[2]
