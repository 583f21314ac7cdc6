"""D. Place: cases 42 to 46."""

from __future__ import annotations

from typing import Any

from tests.messy.kit import (
    CASH,
    CASH_LIST,
    LIST_HEADER,
    LOG,
    LOG_HEADER,
    Drop,
    Messy,
    as_csv,
    given,
    workbook,
)
from tests.messy.test_c_persons import told, warnings

SPELLINGS = [
    # village, district, code
    ("Hu'u", "Hu'u", "52.05.03.2003"), ("HUU", "Huu", "52.05.03.2003"), ("Hu’u", "Kec. Hu’u", "52.05.03.2003"), ("Huʼu", "Hu`u", "52.05.03.2003"),
    ("O'o", "Dompu", "52.05.01.2007"), ("OO", "DOMPU", "52.05.01.2007"), ("Ta'a", "Kempo", "52.05.02.2002"), ("Taa", "Kempo", "52.05.02.2002"),
    ("Kandai I", "Dompu", "52.05.01.1006"), ("Kandai 1", "Dompu", "52.05.01.1006"), ("KANDAI 2", "Woja", "52.05.05.1002"), ("Kel. Kandai II", "Woja", "52.05.05.1002"),
    ("Dora Tangga", "Dompu", "52.05.01.1005"), ("Dorotangga", "Dompu", "52.05.01.1005"), ("Doro Tangga", "Dompu", "52.05.01.1005"),
    ("Teka Sire", "Manggalewa", "52.05.07.2010"), ("Tekasire", "Manggelewa", "52.05.07.2010"), ("TEKASIRE", "MANGGALEWA", "52.05.07.2010"),
    ("Soriutu", "Manggelewa", "52.05.07.2001"), ("Sori Utu", "Kec Manggelewa", "52.05.07.2001"), ("Kel. Bali", "Dompu", "52.05.01.1002"), ("Kelurahan Bali", "", "52.05.01.1002"),
    ("Ds Nowa", "Woja", "52.05.05.2007"), ("Ds. Nowa", "Woja", "52.05.05.2007"), ("desa nowa", "woja", "52.05.05.2007"), ("Desa/Kel. Nowa", "Woja", "52.05.05.2007"),
    (" N o w a ", "Woja", "52.05.05.2007"),
]  # fmt: skip


@given(42)
def _(drop: Drop) -> None:
    people = drop.people(len(SPELLINGS))
    rows = [
        drop.row(person, village=village, district=district)
        for person, (village, district, _) in zip(people, SPELLINGS, strict=True)
    ]
    drop.log("ejaan.xlsx", rows)


def test_case_42_every_spelling_leads_to_its_code_without_a_word(messy: Messy) -> None:
    rows = messy.rows(42, "ejaan.xlsx")
    found = [(row["village_sent"].strip(), row["village_code"]) for row in rows]
    assert found == [(village.strip(), code) for village, _, code in SPELLINGS]
    assert warnings(rows) == [[]] * len(SPELLINGS)


EQUAL_NAMES = [
    # village, district, code, warnings
    ("Kempo", "Kempo", "52.05.02.2001", []), ("Hu'u", "Hu'u", "52.05.03.2003", []), ("Pekat", "Pekat", "52.05.06.2001", []),
    ("Kempo", "", "52.05.02.2001", []), ("Dompu", "Dompu", None, ["village_unknown"]), ("Pekat", "Kempo", None, ["village_unknown"]),
    ("Bali", "Denpasar", "52.05.01.1002", ["district_unknown"]), ("Kadindi", "Pekat", "52.05.06.2003", []), ("Kadindi Barat", "Pekat", "52.05.06.2009", []),
]  # fmt: skip


@given(43)
def _(drop: Drop) -> None:
    people = drop.people(len(EQUAL_NAMES))
    rows = [
        drop.row(person, village=village, district=district)
        for person, (village, district, *_) in zip(people, EQUAL_NAMES, strict=True)
    ]
    drop.log("senama.xlsx", rows)


def test_case_43_a_village_is_looked_for_within_its_district(messy: Messy) -> None:
    """No two villages of Dompu share a name; that an ambiguous one stays unknown is shown in tests/dbt/test_judgement.py."""
    rows = messy.rows(43, "senama.xlsx")
    found = [
        (row["village_sent"], row["district_sent"] or "", row["village_code"], row["warning_codes"])
        for row in rows
    ]
    assert found == EQUAL_NAMES


def test_case_43_a_name_of_another_district_is_proposed_with_its_district(messy: Messy) -> None:
    assert "Mungkin yang dimaksud: Pekat (Kecamatan Pekat), " in told(messy, 43, "senama.xlsx")[7]


@given(44)
def _(drop: Drop) -> None:
    listed, stranger = drop.people(2)
    drop.recipients([listed])
    drop.log(
        "soro timur.csv",
        [
            drop.row(listed, village="Soro Timur", district="Kempo"),
            drop.row(stranger, village="Soro Timur", district="Kempo"),
        ],
    )


def test_case_44_an_unknown_village_is_asked_about_and_never_guessed(messy: Messy) -> None:
    """The operator's decision is remembered as an alias, with author and date (village_aliases.csv)."""
    rows = messy.rows(44, "soro timur.csv")
    assert [(row["village_code"], row["warning_codes"]) for row in rows] == [(None, ["village_unknown"])] * 2
    assert "Mungkin yang dimaksud: Soro, Soro Barat" in told(messy, 44, "soro timur.csv")[2]


def test_case_44_the_familys_registered_village_stands(messy: Messy) -> None:
    listed, stranger = messy.deliveries(44, "soro timur.csv")
    assert listed["village_code"] == messy.drop(44).village.village_code
    assert stranger["village_code"] is None


CODES: list[tuple[Any, str, str | None, list[str]]] = [
    # village, district, code, warnings
    ("52.05.05.2007", "Woja", "52.05.05.2007", []), ("5205052007", "Woja", "52.05.05.2007", []), (5205052007, "Woja", "52.05.05.2007", []),
    ("'5205052007", "", "52.05.05.2007", []), ("52 05 05 2007", "Woja", "52.05.05.2007", []),
    ("5205050007", "Woja", None, ["village_unknown"]), ("5205010007", "", None, ["village_unknown"]), ("52.05.05.2999", "Woja", None, ["village_unknown"]),
    ("52.05.05.2007", "Kempo", "52.05.05.2007", ["village_conflict"]),
]  # fmt: skip


@given(45)
def _(drop: Drop) -> None:
    people = drop.people(len(CODES) + 1)
    drop.recipients(people)
    rows = [
        drop.row(person, village=village, district=district)
        for person, (village, district, *_) in zip(people, CODES, strict=False)
    ]
    drop.log("kode.xlsx", [*rows, drop.row(people[-1], village="53.01.01.2001", district="")])
    header = ("NIK", "Nama", "Kode Desa", "Nama Desa", "Bulan", "Jumlah (Kg)", "Tanggal Terima")
    pairs = [
        ("52.05.05.2007", "NOWA"),
        ("52.05.05.2007", "Ds. Saneo"),
        ("52.05.05.2007", "Nova"),
        ("52.05.01.1005", "Dorotangga"),
    ]
    both = [
        [person.nik, person.name, *pair, "Februari 2024", "10 kg", "05/02/2024"]
        for person, pair in zip(people, pairs, strict=False)
    ]
    drop.file("kode dan nama.xlsx", workbook({"Sheet1": [header, *both]}))
    title = [["LAPORAN PENYALURAN BERAS"], ["DESA : SANEO"], [], LOG_HEADER]
    rows = [drop.row(people[0], village="Nowa", district="Woja", period="Maret 2024", day="05/03/2024"),
            drop.row(people[1], village="Saneo", district="Woja", period="Maret 2024", day="05/03/2024")]  # fmt: skip
    drop.file("judul.xlsx", workbook({"Sheet1": [*title, *rows]}), LOG, "2024-03-06T08:00")


def test_case_45_only_codes_of_the_master_file_are_codes(messy: Messy) -> None:
    """A BPS code (5205050007) is not translated: by its figures it could be many a Kemendagri code."""
    rows = messy.rows(45, "kode.xlsx")
    found = [(row["village_code"], row["warning_codes"]) for row in rows[:-1]]
    assert found == [(code, codes) for _, _, code, codes in CODES]
    assert "bukan kode BPS" in told(messy, 45, "kode.xlsx")[7]


def test_case_45_a_code_of_another_regency_is_refused(messy: Messy) -> None:
    [refused] = messy.rejected(45, "kode.xlsx")
    assert refused["reason_codes"] == ["wrong_region"]


def test_case_45_a_code_whose_name_says_otherwise_is_remarked(messy: Messy) -> None:
    """A name that nobody knows ("Nova") contradicts nothing, and a settled spelling is the same village."""
    rows = messy.rows(45, "kode dan nama.xlsx")
    assert [row["village_code"] for row in rows] == ["52.05.05.2007"] * 3 + ["52.05.01.1005"]
    assert warnings(rows) == [[], ["village_conflict"], [], []]


def test_case_45_a_row_that_contradicts_the_title_is_remarked(messy: Messy) -> None:
    rows = messy.rows(45, "judul.xlsx")
    assert [row["village_code"] for row in rows] == ["52.05.05.2007", "52.05.05.2004"]
    assert warnings(rows) == [["village_conflict"], []]


KELURAHAN = ("Monta Baru", "Woja")


@given(46)
def _(drop: Drop) -> None:
    person = drop.person(1)
    drop.file(
        "kelurahan.csv",
        as_csv([LIST_HEADER, [person.nik, person.kk, person.name, *KELURAHAN]]),
        CASH_LIST,
        "2024-01-02T08:00",
    )
    row = drop.row(person, village=KELURAHAN[0], district=KELURAHAN[1], amount="300.000")
    drop.log("blt kelurahan.csv", [row], CASH)


def test_case_46_dana_desa_in_a_kelurahan_is_seen_and_entitles_nobody(messy: Messy) -> None:
    """The rows are kept as they are; the rule village_not_eligible flags what this shows."""
    assert messy.submission(46, "kelurahan.csv")["rows_accepted"] == 1
    [delivery] = messy.deliveries(46, "blt kelurahan.csv")
    assert delivery["entitlement_id"] is None
    [unexpected] = messy.audit(
        "select * from audit.unexpected_deliveries where delivery_id = ?", delivery["delivery_id"]
    )
    assert (unexpected["kind"], unexpected["is_village_eligible"]) == ("not_listed", False)
    assert unexpected["village_name"] == "Monta Baru"
