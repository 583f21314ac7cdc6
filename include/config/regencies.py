"""Which regencies this installation serves: `regencies.yml`, named by PANTAU_REGENCIES. Without it there is one, as ever.

A mistake in one entry leaves out that entry and no other, a part that nobody knows leaves out nothing: the rest of the province
goes on, and whoever looks (`dags/check_regencies.py`, `pantau doctor`, a command for that regency) is told what to mend. Of two
entries that cannot both stand the earlier one does: adding a regency must not stop one that runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from include.config import files
from include.config.errors import ENVIRONMENT, MISSING, ConfigurationError, Problem, shown
from include.config.load import one_of, validated
from include.config.models import Address, Official, Sender, Strict, Text, TimeZone, refuse

VARIABLE = "PANTAU_REGENCIES"
_ANY = r"\d\d\.\d\d"
REGENCY_CODE = f"^{_ANY}$"
_ENTRIES, _PROVINCE = _PARTS = ("regencies", "province")
"""The parts of the file."""
_SEPARATOR = "__"


def entry_of(problem: Problem) -> str | None:
    """The entry that a problem of the file leaves out, as its place (`regencies[1]`); None where it leaves out none."""
    place = problem.key.partition(",")[0]
    return place if place.startswith(f"{_ENTRIES}[") else None


def scoped(name: str, regency: str | None) -> str:
    """What is called `name` in an installation of one regency, for one of many: `warehouse__52_05`."""
    return f"{name}{_SEPARATOR}{regency.replace('.', '_')}" if regency else name


def regency_of(scoped_name: str) -> str | None:
    """The regency that a scoped name belongs to, None where there is but one."""
    _, separator, code = scoped_name.rpartition(_SEPARATOR)
    return code.replace("_", ".") if separator else None


def engineer_role(regency: str) -> str:
    """The role of whoever runs a regency's DAGs and handles what its OPDs send."""
    return f"Regency {regency} engineer"


def reader_role(regency: str) -> str:
    """The role of whoever looks at a regency's DAGs and pages, and at no file."""
    return f"Regency {regency} reader"


PROVINCE_ROLE = "Province"
"""The role of whoever sees the roll-up over all regencies, and none of their own DAGs, pages or files by it."""

_OWN_ROLES = re.compile(rf"{engineer_role(_ANY)}|{reader_role(_ANY)}|{PROVINCE_ROLE}")


def is_own_role(name: str) -> bool:
    """Whether it is the role of a regency (listed or not any more) or of the province, and none of Airflow's or an operator's."""
    return _OWN_ROLES.fullmatch(name) is not None


def _folder(text: str) -> str:
    if not text.isprintable() or "\x00" in text:
        raise refuse("a folder, absolute or as seen from the folder of regencies.yml")
    return text


Folder = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_folder)]


Queue = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]


class RegencyEntry(Strict):
    """An entry as it is written."""

    code: Annotated[str, Field(pattern=REGENCY_CODE)] = Field(
        description='the Kemendagri code of the regency in quotes, for example "52.05"'
    )
    configuration: Folder = Field(
        description="the folder that holds the regency's configuration, absolute or as seen from the folder of regencies.yml"
    )
    home: Folder = Field(
        description="the folder for all state of the regency, absolute or as seen from the folder of regencies.yml"
    )
    queue: Queue | None = Field(
        None,
        description="the queue of Airflow's executor that the regency's tasks go to: letters, digits, . _ -",
    )


class ProvinceEntry(Strict):
    """The optional part `province`, as it is written."""

    name: Text = Field(description="the province's name, such as Nusa Tenggara Barat")
    timezone: TimeZone = Field(description="a time zone such as Asia/Makassar")
    coordinator: Official = Field(
        description="title and email of whoever coordinates the province's regencies"
    )
    sender: Sender = Field(description="an e-mail address, alone or with a name before it")
    engineer_email: Address | None = Field(
        None, description="one e-mail address: who is told when the roll-up fails (else the coordinator)"
    )
    home: Folder = Field(
        description="the folder for the roll-up's results, absolute or as seen from the folder of regencies.yml"
    )
    queue: Queue | None = Field(
        None,
        description="the queue of Airflow's executor that the roll-up goes to: letters, digits, . _ -",
    )


@dataclass(frozen=True)
class Province:
    """Over all regencies: its name, who is told how they fare and who of failures, the folder for the results (absolute)."""

    name: str
    timezone: str
    coordinator: Official
    sender: str
    engineer_email: str
    home: Path
    queue: str | None = None

    @property
    def database(self) -> Path:
        """The roll-up as last published."""
        return self.home / "province.duckdb"


@dataclass(frozen=True)
class Regency:
    """A regency of several: its configuration, its home (both absolute), the executor's queue for its tasks."""

    code: str
    configuration: Path
    home: Path
    queue: str | None = None


@dataclass(frozen=True)
class Registry:
    """All regencies by code, in the file's order, what is over them, and what is wrong with entries that were left out."""

    file: Path
    regencies: Mapping[str, Regency]
    problems: tuple[Problem, ...]
    province: Province | None = None

    def get(self, code: str | None) -> Regency:
        """The regency with this code.

        Raises:
            ConfigurationError: none was said, or it is not (rightly) listed.
        """
        if code is not None and code in self.regencies:
            return self.regencies[code]
        known = (
            f"one of {', '.join(self.regencies)}, as {self.file.name} lists them" if self.regencies else ""
        )
        said = MISSING if code is None else shown(code)
        raise ConfigurationError(
            [Problem("regency", "--regency", said, known or f"a regency of {self.file}"), *self.problems]
        )


def serves_several() -> bool:
    """Whether PANTAU_REGENCIES is set, whether or not what it names can be read."""
    return bool(_listed_in())


def _listed_in() -> str:
    return os.environ.get(VARIABLE, "").strip()


def registry() -> Registry | None:
    """The regencies of this installation; None where PANTAU_REGENCIES is not set.

    Raises:
        ConfigurationError: the file as a whole cannot be read.
    """
    text = _listed_in()
    if not text:
        return None
    file = Path(text).expanduser().resolve()
    try:
        status = file.stat()
    except OSError as error:
        allowed = f"a file that lists the regencies ({error.strerror})"
        raise ConfigurationError([Problem(ENVIRONMENT, VARIABLE, f'"{file}"', allowed)]) from None
    return _read(file, status.st_mtime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=2)
def _read(file: Path, *_version: int) -> Registry:
    problems: list[Problem] = []
    data = files.read_yaml(file, problems)
    if data is None:
        raise ConfigurationError(problems)
    problems += [
        Problem(file.name, str(key), "this key", one_of(str(key), _PARTS))
        for key in data
        if key not in _PARTS
    ]
    entries, over_all = data.get(_ENTRIES), data.get(_PROVINCE)
    if not isinstance(entries, list) or not entries:
        said = MISSING if entries is None else shown(entries)
        problems.append(
            Problem(file.name, _ENTRIES, said, "a list of entries with code, configuration and home")
        )
        raise ConfigurationError(problems)
    regencies: dict[str, Regency] = {}
    homes = _Homes()
    for place, regency in _entries(file, entries, problems):
        if regency.code in regencies:
            allowed = "a code that no entry before it has"
            problems.append(Problem(file.name, f"{place}, code", shown(regency.code), allowed))
        elif allowed := homes.refused(regency.home):
            problems.append(Problem(file.name, f"{place}, home", f'"{regency.home}"', allowed))
        else:
            regencies[regency.code] = regency
            homes.take(regency)
    province = None if over_all is None else _province(file, over_all, homes, problems)
    return Registry(file, regencies, tuple(problems), province)


def _province(file: Path, data: Any, homes: _Homes, problems: list[Problem]) -> Province | None:
    """What is over the regencies; a mistake in it leaves out the roll-up and no regency."""
    written = validated(file.name, ProvinceEntry, data, "province", problems)
    if written is None:
        return None
    home = _absolute(file, written.home)
    if allowed := homes.refused(home):
        problems.append(Problem(file.name, "province, home", f'"{home}"', allowed))
        return None
    return Province(
        name=written.name,
        timezone=written.timezone,
        coordinator=written.coordinator,
        sender=written.sender,
        engineer_email=written.engineer_email or written.coordinator.email,
        home=home,
        queue=written.queue,
    )


def _absolute(file: Path, folder: str) -> Path:
    return (file.parent / Path(folder).expanduser()).resolve()


def _entries(file: Path, entries: list[Any], problems: list[Problem]) -> Iterator[tuple[str, Regency]]:
    for number, entry in enumerate(entries):
        place = f"{_ENTRIES}[{number}]"
        written = validated(file.name, RegencyEntry, entry, place, problems)
        if written is not None:
            configuration, home = _absolute(file, written.configuration), _absolute(file, written.home)
            yield place, Regency(written.code, configuration, home, written.queue)


class _Homes:
    """The homes that are taken: none may be another's, lie inside it or around it. One look-up a folder, however many."""

    def __init__(self) -> None:
        self._taken: dict[Path, Regency] = {}
        self._around: dict[Path, Regency] = {}

    def take(self, regency: Regency) -> None:
        """Keeps the home for its regency."""
        self._taken[regency.home] = regency
        self._around |= dict.fromkeys(regency.home.parents, regency)

    def refused(self, home: Path) -> str:
        """What is allowed instead, where the home cannot be taken; else nothing."""
        if own := self._taken.get(home):
            return f"a folder of its own: it is the home of {own.code}"
        inside = next((self._taken[parent] for parent in home.parents if parent in self._taken), None)
        if other := inside or self._around.get(home):
            return f'a folder neither inside nor around another\'s: {other.code} has "{other.home}"'
        return ""
