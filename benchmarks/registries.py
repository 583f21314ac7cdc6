"""Two registries of one invented population, with the truth of who is who.

Made to be hard in the ways of real registries: numbers missing, mistyped or shortened by a spreadsheet, families with a new card
or in another village, names spelt by another clerk, birth dates rounded to the middle or the end of a year, twins. Nothing here
knows how names are compared (dbt_project/macros/names.sql): a generator that shares the rules of what it tests proves nothing.
The numbers bear districts 91 to 98, which were never issued (include/sample/people.py says more).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

MEN = (
    "Arsyad|Baco|Muhammad Ali|Abdul Karim|Syarifuddin|Ibrahim|Jamaluddin|Mansyur|Usman|Hamzah|Ismail|"
    "Yusuf|Ahmad|Abubakar|Muhammad Saleh|Sudirman|Ridwan|Anwar|Kasim|Burhan|Taufik|Landa|Zainuddin|Idris|"
    "Abdurrahman|Abdullah|Muhtar|Sahrul|Irfan|Fahmi|Rusdin|Haerudin|Syahrir|Nasrullah|Firmansyah|"
    "Iskandar|Sulaiman|Mustamin|Husen|Hasan|Rahmat|Rahman|Salim|Salam|Amiruddin|Bahtiar|Darwis|"
    "Edi Suharto|Gunawan|Hafid|Imran|Junaidin|Kamaluddin|Lukman|M. Tahir|Najamuddin|Ompu Sehe|Pua Jaka|"
    "Rifai|Sanusi|Thamrin|Umar|Wahyudin|Yasin|Zulkarnain|Agus Salim|Julkifli|Adnan"
).split("|")
WOMEN = (
    "Siti Aminah|Fatimah|Nurhayati|Maryam|Rukmini|Hadijah|Suhada|Jaenab|Ramlah|Sarifah|Nuraini|Halimah|"
    "Mulyati|Rosdiana|Juriah|Sumarni|Aisyah|Kalisom|Rugaya|Siti Hawa|Marjan|Nurlaila|Ratnah|Hafsah|"
    "Sri Wahyuni|Nurjannah|Asmah|Siti Hajar|St. Maemunah|Rostina|Yuliana|Ernawati|Fitriani|Sumiati|"
    "Masita|Nurmi|Hasnah|Saodah|Ati|Mia|Rahmah|Rahmawati|Suryani|Salmah|Wahidah|Zubaedah|Khairunnisa|"
    "Sukmawati|Indah Sari|Dewi Sartika|Hartati|Johariah|Lestari|Misbah|Nurbaya|Puspita|Rabiah|Sakinah|"
    "Tuti|Ummi Kalsum|Wati|Yanti|Zuhriah|Ani|Bunga|Citra"
).split("|")
SECOND = (
    "Hasan|Yasin|Umar|Ali|Rahman|Wahab|Karim|Latif|Mahmud|Sulaiman|Amin|Hakim|Jafar|Tayeb|Salam|Ansar|"
    "Majid|Aziz|Ghani|Malik|Sidik|Rasyid|Hamid|Bakri|Saputra|Hidayat|Nugraha|Pratama|Ramadhan|Setiawan|"
    "Kurniawan|Maulana|Akbar|Fauzi|Safitri|Utami|Lestari|Handayani|Anggraini|Puspitasari"
).split("|")
TWIN_NAMES = (
    ("Hasan", "Husen"), ("Hasanah", "Husnah"), ("Rahmat", "Rahman"),
    ("Fitria", "Fitriani"), ("Nurul Hidayah", "Nurul Hikmah"), ("Andi", "Anda"),
    ("Siti Aminah", "Siti Aisyah"), ("Muhammad Rizki", "Muhammad Riski Ramadhan"), ("Ina", "Ani"),
    ("Rina", "Rini"), ("Ikhwan", "Ikhsan"),
)  # fmt: skip
# What another clerk hears and writes.
OTHER_SPELLINGS = (
    ("Muhammad", "Moh."), ("Muhammad", "Muh"), ("Muhammad", "M."), ("Muhammad", "Mohamad"),
    ("M. ", "Muhammad "), ("Abdul ", "Abd. "), ("Abdul ", "Abd "), ("Abdurrahman", "Abd Rahman"),
    ("Siti ", "St. "), ("Siti ", "Sitti "), ("St. ", "Siti "), ("Syarif", "Sarif"),
    ("Yusuf", "Jusuf"), ("Jamal", "Djamal"), ("uddin", "udin"), ("Hadijah", "Khadijah"),
    ("Jaenab", "Zainab"), ("u", "oe"), ("Taufik", "Taufiq"), ("Usman", "Utsman"),
    ("Fatimah", "Fatima"), ("Aisyah", "Aisjah"), ("Nur", "Nur "), ("y", "j"),
    ("Zain", "Sain"), ("Khair", "Hair"), ("Haer", "Hair"), ("Husen", "Husein"),
    ("ah", "a"), ("ll", "l"),
)  # fmt: skip
TITLES = (
    "H. {}",
    "Hj. {}",
    "Drs. {}",
    "{}, S.Pd",
    "Alm. {}",
    "{} (Almh)",
    "H. {}, S.Ag",
    "Dae {}",
    "{} bin Ahmad",
)
LETTERS = "abcdefghijklmnoprstuwyz"


@dataclass(frozen=True)
class Place:
    """A village as registries write it."""

    village: str
    district: str
    code: str


@dataclass(frozen=True)
class Entry:
    """A person as one registry has it; `number` is the truth, the same in both."""

    number: int
    nik: str
    is_nik_number: bool
    kk: str
    name: str
    birth: date | None
    gender: str
    place: Place
    decile: int


@dataclass(frozen=True)
class Errors:
    """How often a registry is wrong, as shares of its entries."""

    nik_missing: float = 0.04
    nik_mistyped: float = 0.025
    nik_shortened: float = 0.03
    kk_missing: float = 0.03
    kk_other: float = 0.05
    name_other: float = 0.12
    name_mistyped: float = 0.05
    name_titled: float = 0.06
    name_short: float = 0.02
    birth_missing: float = 0.015
    birth_wrong: float = 0.03
    moved: float = 0.03


LEFT_ERRORS = Errors(
    nik_missing=0.03, nik_mistyped=0.015, nik_shortened=0.02, name_other=0.04, name_mistyped=0.03, moved=0.0
)
RIGHT_ERRORS = Errors()


def two_registries(size: int, places: Sequence[Place], seed: int) -> tuple[list[Entry], list[Entry]]:
    """Two registries of `size` persons each, of whom some six in seven stand in both; the order of rows is another in each."""
    rng = Random(seed)
    population = list(_population(round(size * 1.17), places, rng))
    left, right = _drawn(population, size, rng), _drawn(population, size, rng)
    return (
        [_as_written(entry, LEFT_ERRORS, places, rng) for entry in left],
        [_as_written(entry, RIGHT_ERRORS, places, rng) for entry in right],
    )


def _drawn(population: Sequence[Entry], size: int, rng: Random) -> list[Entry]:
    drawn = list(population)
    rng.shuffle(drawn)
    return drawn[:size]


def _population(size: int, places: Sequence[Place], rng: Random) -> Iterator[Entry]:
    made = family = 0
    serials: dict[str, int] = {}
    while made < size:
        family += 1
        place = rng.choice(places)
        kk = f"520599{_day(rng, 2006, 2022):%d%m%y}{family % 9000 + 1:04}"
        decile = rng.randint(1, 4)
        for member in _family(rng):
            if made >= size:
                return
            made += 1
            name, gender, birth = member
            born_in = place if rng.random() < 0.9 else rng.choice(places)
            begins = f"52059{born_in.code[7]}{birth.day + (40 if gender == 'P' else 0):02}{birth:%m%y}"
            serials[begins] = serials.get(begins, 0) + 1
            yield Entry(made, f"{begins}{serials[begins]:04}", False, kk, name, birth, gender, place, decile)


def _family(rng: Random) -> Iterator[tuple[str, str, date]]:
    """Head, spouse, children; now and then twins."""
    head = _adult(rng)
    yield _name(rng, "L"), "L", head
    if rng.random() < 0.75:
        yield _name(rng, "P"), "P", head + timedelta(days=rng.randint(-1500, 3000))
    children = rng.choice((0, 0, 1, 1, 2, 2, 3, 4))
    for _ in range(children):
        born = _day(rng, 1990, 2022)
        gender = rng.choice("LP")
        if rng.random() < 0.02:
            for name in rng.choice(TWIN_NAMES):
                yield name, gender, born
            continue
        yield _name(rng, gender), gender, born


def _adult(rng: Random) -> date:
    """Birth dates of adults crowd where nobody knew the day: the middle and the end of the year."""
    born = _day(rng, 1940, 1990)
    draw = rng.random()
    return (
        born.replace(month=12, day=31)
        if draw < 0.12
        else born.replace(month=7, day=1)
        if draw < 0.2
        else born
    )


def _day(rng: Random, first: int, last: int) -> date:
    start = date(first, 1, 1)
    return start + timedelta(days=rng.randrange((date(last, 12, 31) - start).days))


def _name(rng: Random, gender: str) -> str:
    name = rng.choice(MEN if gender == "L" else WOMEN)
    return f"{name} {rng.choice(SECOND)}" if rng.random() < 0.6 and " " not in name else name


def _as_written(entry: Entry, errors: Errors, places: Sequence[Place], rng: Random) -> Entry:
    """The entry as this registry's clerks have it."""
    if rng.random() < errors.moved:
        entry = replace(
            entry, place=rng.choice(places), kk=_other_card(rng) if rng.random() < 0.6 else entry.kk
        )
    entry = _written_numbers(entry, errors, rng)
    return replace(
        entry, name=_written_name(entry.name, errors, rng), birth=_written_birth(entry.birth, errors, rng)
    )


def _written_numbers(entry: Entry, errors: Errors, rng: Random) -> Entry:
    draw = rng.random()
    if draw < errors.nik_missing:
        entry = replace(entry, nik="")
    elif draw < errors.nik_missing + errors.nik_mistyped:
        entry = replace(entry, nik=_mistyped_number(entry.nik, rng))
    elif draw < errors.nik_missing + errors.nik_mistyped + errors.nik_shortened:
        entry = replace(entry, nik=f"{entry.nik[:15]}0", is_nik_number=True)
    draw = rng.random()
    if draw < errors.kk_missing:
        return replace(entry, kk="")
    return replace(entry, kk=_other_card(rng)) if draw < errors.kk_missing + errors.kk_other else entry


def _other_card(rng: Random) -> str:
    return f"520599{_day(rng, 2006, 2023):%d%m%y}{rng.randint(9001, 9999):04}"


def _mistyped_number(number: str, rng: Random) -> str:
    at = rng.randrange(6, 15)
    if rng.random() < 0.4:
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number[:at] + str((int(number[at]) + rng.randint(1, 9)) % 10) + number[at + 1 :]


def _written_name(name: str, errors: Errors, rng: Random) -> str:
    if rng.random() < errors.name_short and name.count(" ") == 1:
        name = rng.choice(name.split())
    if rng.random() < errors.name_other:
        fitting = [(usual, other) for usual, other in OTHER_SPELLINGS if usual in name]
        if fitting:
            name = name.replace(*rng.choice(fitting), 1)
    if rng.random() < errors.name_mistyped:
        at = rng.randrange(1, len(name))
        name = name[:at] + rng.choice(("", rng.choice(LETTERS), name[at] * 2)) + name[at + 1 :]
    if rng.random() < errors.name_titled:
        name = rng.choice(TITLES).format(name)
    return name.upper() if rng.random() < 0.5 else name


def _written_birth(birth: date | None, errors: Errors, rng: Random) -> date | None:
    draw = rng.random()
    if birth is None or draw < errors.birth_missing:
        return None
    if draw > errors.birth_missing + errors.birth_wrong:
        return birth
    return rng.choice(
        (
            birth.replace(day=birth.month, month=min(birth.day, 12))
            if birth.day <= 12
            else birth + timedelta(days=10),
            birth.replace(year=birth.year + rng.choice((-1, 1)), day=min(birth.day, 28)),
            birth.replace(month=12, day=31),
            birth.replace(month=1, day=1),
        )
    )


HEADERS = {
    "p3ke": (
        "No", "ID Individu", "Kecamatan", "Desa/Kelurahan", "Kode Kemdagri", "Desil Kesejahteraan", "Nama", "NIK", "nomor_KK",
        "Padan Dukcapil", "Jenis Kelamin", "Hubungan dengan Kepala Keluarga", "Tanggal Lahir",
    ),
    "dtks": (
        "No", "ID ART", "KECAMATAN", "DESA_KELURAHAN", "KODE_DESA", "DESIL", "NAMA", "NIK", "NO_KK", "STATUS PADAN", "JK",
        "HUB_KELUARGA", "TGL_LAHIR",
    ),
}  # fmt: skip


def write_registry(path: Path, registry: str, entries: Sequence[Entry]) -> None:
    """A registry as a workbook; row 2 is the first entry's."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Individu")
        sheet.write_row(0, 0, HEADERS[registry])
        for at, entry in enumerate(entries, start=1):
            texts = (
                str(at), str(entry.number), entry.place.district, entry.place.village, entry.place.code, str(entry.decile),
                entry.name, entry.nik, entry.kk, "YA", entry.gender, "", f"{entry.birth:%d-%m-%Y}" if entry.birth else "",
            )  # fmt: skip
            for column, text in enumerate(texts):
                if column == 7 and entry.is_nik_number:
                    sheet.write_number(at, column, int(entry.nik))
                elif text:
                    sheet.write_string(at, column, text)
