"""Invented families, placed in the villages of the configured regency.

Whose NIK? A number with an impossible birth date could be nobody's, but every row would then carry the
warning `nik_invalid` and the ordinary path would never be walked. So these NIK and KK have a real date and a
real serial but the **district number 99** of their regency. Districts are numbered from 01 and no regency has
a hundredth part of that many, so no such number was ever issued or will be: it passes every structural check
and still cannot be mistaken for anyone's. The last digit is never 0, so that a NIK shortened by Excel never
becomes another invented person's. Names are drawn at random from two short lists of common names, which makes
them nobody's either.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from include.sample.chance import generator

if TYPE_CHECKING:
    from include.config import Configuration, Village

NO_SUCH_DISTRICT = "99"

# Families outside every list (some poor, some served without being listed), and those who replace others.
OUTSIDE_SHARE = 0.08
# Deciles 1, 2 and 3 of the rice list in 2024: 6.88, 7.47 and 7.65 million of 22.0 million families.
DECILE_SHARES = (0.31, 0.65, 1.0)
# In a pocket of poverty most families stand in the first two; one village in twenty is one.
POCKET_SHARES = (0.55, 0.88, 1.0)
VILLAGES_A_POCKET = 20

_WOMEN = (
    "Siti Aminah|Fatimah|Nurhayati|Maryam|Rukmini|Hadijah|Suhada|Jaenab|Ramlah|Sarifah|Nuraini|Halimah|"
    "Mulyati|Rosdiana|Juriah|Sumarni|Aisyah|Kalisom|Rugaya|St. Hawa|Marjan|Nurlaila|Ratnah|Hafsah"
).split("|")
_MEN = (
    "Arsyad|Baco|Muhammad|Abdul|Syarifuddin|Ibrahim|Jamaluddin|Mansyur|Usman|Hamzah|Ismail|Yusuf|Ahmad|Abubakar|"
    "M. Saleh|Sudirman|Ridwan|Anwar|Kasim|Burhan|Taufik|Landa|H. Abd. Karim|Zainuddin|Idris"
).split("|")
_SECOND = (
    "Hasan|Yasin|Umar|Ali|Rahman|Wahab|Karim|Latif|Mahmud|Sulaiman|Amin|Hakim|Jafar|Tayeb|Salam|Ansar|Majid|Aziz|"
    "Ghani|Malik|Sidik|Rasyid|Hamid|Bakri"
).split("|")


@dataclass(slots=True)
class Family:
    """A family, seen through its head."""

    number: int
    village: Village
    nik: str
    kk: str
    name: str
    gender: str
    birth: date
    decile: int
    members: int
    disability: bool
    migrant: bool
    in_p3ke: bool
    in_dtks: bool

    @property
    def lives_alone(self) -> bool:
        """An elderly person without family: one of the groups that Dana Desa puts first."""
        return self.members == 1 and self.birth.year <= 1964


@dataclass
class Population:
    """Listed families by village, and the others by district."""

    listed: dict[str, list[Family]] = field(default_factory=dict)
    outside: dict[str, list[Family]] = field(default_factory=dict)

    def everyone(self) -> list[Family]:
        """All families in the order of their numbers."""
        groups = (*self.listed.values(), *self.outside.values())
        return sorted((family for group in groups for family in group), key=lambda family: family.number)


def digits(code: str) -> str:
    """A Kemendagri code without its dots."""
    return "".join(filter(str.isdigit, code))


@cache
def _known_volumes() -> Mapping[str, float]:
    path = Path(__file__).with_name("families_by_district.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["district_code"]: float(row["families"]) for row in csv.DictReader(handle)}


def families_per_village(villages: Sequence[Village], total: int, rng: Random) -> dict[str, int]:
    """Shares a number of families out: by known volumes of the districts, else by their number of villages.

    Every village gets one family at least, as far as there are enough.
    """
    districts: dict[str, list[Village]] = {}
    for village in villages:
        districts.setdefault(village.district_code, []).append(village)
    known = _known_volumes()
    trusted = all(code in known for code in districts)
    weights = {}
    for code, members in districts.items():
        shares = [rng.uniform(0.6, 1.4) for _ in members]
        district = known[code] if trusted else float(len(members))
        for village, share in zip(members, shares, strict=True):
            weights[village.village_code] = district * share / sum(shares)
    scale = sum(weights.values())
    exact = {code: weight / scale * total for code, weight in weights.items()}
    counts = {code: int(value) for code, value in exact.items()}
    by_rest = sorted(exact, key=lambda code: (counts[code] - exact[code], code))
    for code in by_rest[: total - sum(counts.values())]:
        counts[code] += 1
    for code in [code for code, count in counts.items() if not count]:
        richest = max(counts, key=lambda other: counts[other])
        if counts[richest] > 1:
            counts[richest] -= 1
            counts[code] = 1
    return counts


def make_population(configuration: Configuration, recipients: int, seed: int) -> Population:
    """Invents the listed families and some more around them."""
    villages = sorted(configuration.villages, key=lambda village: village.village_code)
    rng = generator(seed, "people", recipients)
    regency = digits(configuration.region.regency_code)
    maker = _Maker(regency, rng)
    population = Population()
    counts = families_per_village(villages, recipients, rng)
    pockets = _pockets(villages, seed)
    for village in villages:
        shares = POCKET_SHARES if village.village_code in pockets else DECILE_SHARES
        population.listed[village.village_code] = [
            maker.family(village, shares) for _ in range(counts[village.village_code])
        ]
    for village in villages:
        outside = population.outside.setdefault(village.district_code, [])
        wanted = max(2, round(counts[village.village_code] * OUTSIDE_SHARE))
        outside += [maker.family(village, decile=rng.choice((1, 1, 2, 3, 4))) for _ in range(wanted)]
    return population


def _pockets(villages: Sequence[Village], seed: int) -> set[str]:
    """The villages that the sample makes pockets of poverty, though no file says so."""
    wanted = len(villages) // VILLAGES_A_POCKET
    return {village.village_code for village in generator(seed, "pockets").sample(villages, wanted)}


class _Maker:
    """Makes one family after the other, no NIK and no KK twice."""

    def __init__(self, regency: str, rng: Random) -> None:
        self.rng = rng
        self.own = regency + NO_SUCH_DISTRICT
        # Someone registered elsewhere keeps that regency's number for life: information, never an error.
        self.elsewhere = f"{regency[:2]}{int(regency[2:]) % 98 + 1:02d}{NO_SUCH_DISTRICT}"
        self.number = 0
        self.used: set[str] = set()

    def family(
        self, village: Village, shares: Sequence[float] = DECILE_SHARES, decile: int | None = None
    ) -> Family:
        rng = self.rng
        gender = "P" if rng.random() < 0.22 else "L"
        birth = date(1938, 1, 1) + timedelta(days=rng.randrange(24_500))
        draw = rng.random()
        household = 1 if rng.random() < 0.07 else rng.choice((2, 3, 3, 4, 4, 4, 5, 5, 6, 7))
        self.number += 1
        return Family(
            number=self.number,
            village=village,
            nik=self._nik(birth, gender),
            kk=self._kk(),
            name=self._name(gender),
            gender=gender,
            birth=birth,
            decile=decile or 1 + sum(draw >= share for share in shares),
            members=household,
            disability=rng.random() < 0.03,
            migrant=rng.random() < 0.04,
            in_p3ke=rng.random() < 0.95,
            in_dtks=rng.random() < 0.88,
        )

    def _nik(self, birth: date, gender: str) -> str:
        day = birth.day + (40 if gender == "P" else 0)
        prefix = self.elsewhere if self.rng.random() < 0.015 else self.own
        return self._unused(f"{prefix}{day:02d}{birth:%m%y}")

    def _kk(self) -> str:
        issued = date(2008, 1, 1) + timedelta(days=self.rng.randrange(5_400))
        return self._unused(f"{self.own}{issued:%d%m%y}")

    def _unused(self, prefix: str) -> str:
        while True:
            number = f"{prefix}{self.rng.randrange(1000):03d}{self.rng.randrange(1, 10)}"
            if number not in self.used:
                self.used.add(number)
                return number

    def _name(self, gender: str) -> str:
        first = self.rng.choice(_WOMEN if gender == "P" else _MEN)
        return first if self.rng.random() < 0.25 else f"{first} {self.rng.choice(_SECOND)}"
