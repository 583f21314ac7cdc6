"""C. NIK, KK, persons: cases 24 to 41."""

from __future__ import annotations

import json
from typing import Any

from tests.messy.kit import (
    CASH,
    CASH_LIST,
    LIST,
    LIST_HEADER,
    LOG,
    LOG_HEADER,
    OTHER_REGISTRY,
    REGISTRY,
    Drop,
    Messy,
    Person,
    as_csv,
    folder,
    given,
    workbook,
)

FREE_KELURAHAN = ("Simpasai", "Woja")  # no case has it
REGISTRY_HEADER = ("NIK", "No. KK", "Nama", "Tanggal Lahir", "Jenis Kelamin", "Desa", "Kecamatan")


def warnings(rows: list[dict[str, Any]]) -> list[list[str]]:
    """The warning codes of rows."""
    return [row["warning_codes"] for row in rows]


def told(messy: Messy, number: int, name: str) -> dict[int, str]:
    """How to mend, by the row in the sender's file, as the receipt says it."""
    sheet = messy.receipt(number, name)["Baris Diperbaiki"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return {int(row[header.index("Baris asal")]): row[header.index("Cara memperbaiki")] for row in rows}


# --- 24 to 28: numbers that lost something


@given(24)
def _(drop: Drop) -> None:
    drop.recipients([drop.person(serial) for serial in (1, 2, 10, 11)])
    drop.recipients([drop.person(3)], CASH_LIST)
    cut, whole, _, other = (drop.person(serial) for serial in (1, 2, 10, 11))
    lost = {person: int(person.nik[:-1] + "0") for person in (cut, other)}
    drop.log("nik.xlsx", [drop.row(cut, nik=lost[cut]), drop.row(whole, nik=whole.nik)])
    drop.log("orang lain.xlsx", [drop.row(other, nik=lost[other], period="Februari 2024")])
    alone = {"kk": None, "name": None, "period": "Maret 2024", "day": "05/03/2024"}
    rows = [drop.row(other, nik=lost[other], **alone), drop.row(cut, nik=lost[other], **alone)]
    drop.log("hanya nik.xlsx", rows, at="2024-03-06T08:00")
    drop.log("kk.xlsx", [drop.row(cut, nik=None, kk=int(cut.kk[:-1] + "0"), period="Maret 2024", day="05/03/2024")],
             at="2024-03-06T08:00")  # fmt: skip


def test_case_24_a_nik_in_a_numeric_cell_that_ends_in_zero_is_suspected(messy: Messy) -> None:
    cut, whole = messy.rows(24, "nik.xlsx")
    assert cut["warning_codes"] == ["nik_precision_lost"]
    assert whole["warning_codes"] == []
    assert messy.submission(24, "nik.xlsx")["rows_accepted"] == 2
    assert [row["matched_by"] for row in messy.deliveries(24, "nik.xlsx")] == ["kk", "nik"]


def test_case_24_the_receipt_counts_who_it_may_be_within_the_programme_and_names_nobody(messy: Messy) -> None:
    """Two of the programme's own list share the fifteen digits; the third stands in another office's list."""
    village = messy.drop(24).village.village_name
    [hint] = told(messy, 24, "nik.xlsx").values()
    assert f"sama dengan NIK 2 penerima dalam daftar program ini ({village}: 2)" in hint
    assert "WARGA" not in hint
    assert "520599" not in hint


def test_case_24_a_cut_nik_never_leads_to_the_family_that_really_has_that_number(messy: Messy) -> None:
    real, other = messy.drop(24).person(10), messy.drop(24).person(11)
    [delivery] = messy.deliveries(24, "orang lain.xlsx")
    assert delivery["matched_by"] == "kk"
    assert messy.accuracy(other, "2024-02")["amount_status"] == "exact"
    assert messy.accuracy(real, "2024-02")["amount_status"] == "none"


def test_case_24_two_rows_with_nothing_but_the_same_cut_nik_are_two_persons(messy: Messy) -> None:
    """The contract makes a cut NIK a warning, so the rows are kept; they reach nobody's entitlement and not one another."""
    first, second = messy.deliveries(24, "hanya nik.xlsx")
    assert [first["matched_by"], second["matched_by"]] == [None, None]
    assert first["beneficiary_key"] != second["beneficiary_key"]
    assert messy.accuracy(messy.drop(24).person(10), "2024-03")["amount_status"] == "none"


def test_case_24_a_cut_kk_is_not_trusted_either(messy: Messy) -> None:
    [row] = messy.rows(24, "kk.xlsx")
    assert row["warning_codes"] == ["kk_precision_lost", "nik_missing"]
    assert messy.deliveries(24, "kk.xlsx")[0]["matched_by"] == "name_village"


PAPUA = "9171991507852503"


@given(25)
def _(drop: Drop) -> None:
    person, moved = drop.person(1), Person(PAPUA, drop.person(2).kk, drop.person(2).name)
    drop.recipients([person, moved])
    drop.log("angka.xlsx", [drop.row(person, nik=int(person.nik)), drop.row(moved, nik=int(moved.nik))])


def test_case_25_sixteen_digits_in_a_numeric_cell_are_exact_up_to_two_to_the_53(messy: Messy) -> None:
    exact, beyond = messy.rows(25, "angka.xlsx")
    assert (exact["warning_codes"], exact["nik_text"]) == ([], messy.drop(25).person(1).nik)
    assert beyond["nik_text"] != PAPUA
    assert "nik_precision_lost" in beyond["warning_codes"]
    assert [row["matched_by"] for row in messy.deliveries(25, "angka.xlsx")] == ["nik", "kk"]


@given(26)
def _(drop: Drop) -> None:
    people = drop.people(5)
    drop.recipients(people)
    a, b, c, d, e = people
    rows = [
        drop.row(a, nik="5,20508E+15"), drop.row(b, nik="5.20508E+15"), drop.row(c, nik="5,20508E+15", kk=""),
        drop.row(d, nik="5,20508E+15", kk=""), drop.row(e, nik="5,20508E+15", kk="", name=""),
    ]  # fmt: skip
    drop.file("eksponen.csv", as_csv([LOG_HEADER, *rows], ";"))


def test_case_26_an_exponent_is_nobodys_number_and_the_row_falls_back_on_the_rest(messy: Messy) -> None:
    rows = messy.rows(26, "eksponen.csv")
    assert warnings(rows[:4]) == [["nik_precision_lost"]] * 4
    deliveries = messy.deliveries(26, "eksponen.csv")
    assert [row["matched_by"] for row in deliveries] == ["kk", "kk", "name_village", "name_village"]
    assert len({row["beneficiary_key"] for row in deliveries}) == 4


def test_case_26_without_a_name_there_is_nothing_to_be_known_by(messy: Messy) -> None:
    """Unlike a cut number, an exponent keeps so few digits that not even a person can say whose it was."""
    [refused] = messy.rejected(26, "eksponen.csv")
    assert refused["reason_codes"] == ["identity_missing"]


DECORATED = (
    "'{}", "`{}", " {} ", "{}\u00a0", "\u200b{}", "{0[0]}.{0[1]}.{0[2]}.{0[3]}", "{0[0]}-{0[1]}-{0[2]}-{0[3]}",
    "{0[0]} {0[1]} {0[2]} {0[3]}", "\u2018{}",
)  # fmt: skip


@given(27)
def _(drop: Drop) -> None:
    people = drop.people(len(DECORATED))
    drop.recipients(people)
    rows = []
    for person, form in zip(people, DECORATED, strict=True):
        parts = [person.nik[start : start + 4] for start in range(0, 16, 4)]
        rows.append(
            drop.row(
                person, nik=form.format(parts if "[0]" in form or "[1]" in form else person.nik), kk=None
            )
        )
    drop.log("hiasan.xlsx", rows)


def test_case_27_marks_around_the_digits_are_dropped_without_a_word(messy: Messy) -> None:
    """The catalogue asks for a note; the contract drops quotes, spaces and dots, and sixteen digits are left to judge."""
    assert warnings(messy.rows(27, "hiasan.xlsx")) == [[]] * len(DECORATED)
    deliveries = messy.deliveries(27, "hiasan.xlsx")
    assert [row["matched_by"] for row in deliveries] == ["nik"] * len(DECORATED)
    assert messy.rows(27, "hiasan.xlsx")[5]["nik_text"].count(".") == 3


UNUSABLE = {
    "520599150785280": "nik_invalid", "52059915078528011": "nik_invalid", "52O5991507852803": "nik_invalid",
    "520599l507852804": "nik_invalid", "-": None, "0": None, "belum ada": None, "BELUM REKAM": None,
    "0000000000000000": None, "1111111111111111": "nik_invalid",
}  # fmt: skip


@given(28)
def _(drop: Drop) -> None:
    people = drop.people(2 * len(UNUSABLE) + 2)
    drop.recipients(people)
    half = len(UNUSABLE)
    with_kk = [drop.row(person, nik=text) for person, text in zip(people, UNUSABLE, strict=False)]
    drop.log("dengan kk.xlsx", with_kk)
    named = [
        drop.row(person, nik=text, kk="-") for person, text in zip(people[half:], UNUSABLE, strict=False)
    ]
    same = [drop.row(person, nik="520599150785280", kk="0") for person in people[-2:]]
    drop.log("nama saja.xlsx", [*named, *same])
    nothing = [drop.row(people[0], nik=text, kk="belum ada", name="") for text in UNUSABLE]
    drop.log("tanpa apa pun.xlsx", nothing)


def test_case_28_what_is_no_nik_is_passed_over_for_the_family_card(messy: Messy) -> None:
    rows = messy.rows(28, "dengan kk.xlsx")
    assert warnings(rows) == [[code] if code else [] for code in UNUSABLE.values()]
    assert [row["matched_by"] for row in messy.deliveries(28, "dengan kk.xlsx")] == ["kk"] * len(UNUSABLE)


def test_case_28_without_a_card_name_and_village_tell_people_apart(messy: Messy) -> None:
    rows = messy.rows(28, "nama saja.xlsx")
    assert warnings(rows[:-2]) == [[code or "nik_missing"] for code in UNUSABLE.values()]
    deliveries = messy.deliveries(28, "nama saja.xlsx")
    assert [row["matched_by"] for row in deliveries] == ["name_village"] * len(rows)
    assert len({row["beneficiary_key"] for row in deliveries}) == len(rows)


def test_case_28_with_nothing_at_all_the_row_is_refused(messy: Messy) -> None:
    rejected = messy.rejected(28, "tanpa apa pun.xlsx")
    assert [row["reason_codes"] for row in rejected] == [["identity_missing"]] * len(UNUSABLE)


# --- 29, 30: NIK and KK in each other's place


def _family(drop: Drop) -> list[Person]:
    """Two sisters on an old card: nothing but that both share the number gives it away."""
    card = f"52059901010529{drop.number}"
    return [
        Person(f"520599550785{drop.number}{serial}", card, f"SAUDARI {name}")
        for serial, name in ((71, "SATU"), (72, "DUA"))
    ]


@given(29)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people)
    a, b, c, d = people
    rows = [
        drop.row(a, nik=a.kk, kk=a.nik),
        drop.row(b, nik=b.kk, kk=b.nik),
        drop.row(c),
        drop.row(d, nik=d.kk, kk=None),
    ]
    drop.log("tertukar.xlsx", rows)
    drop.log("sekeluarga.xlsx", [drop.row(person, nik=person.kk, kk=person.nik) for person in _family(drop)])
    drop.log("kk dua kali.xlsx", [drop.row(a, nik=a.kk, kk=a.kk, period="Februari 2024")])


def test_case_29_swapped_numbers_are_suspected_and_not_used(messy: Messy) -> None:
    rows = messy.rows(29, "tertukar.xlsx")
    assert warnings(rows) == [["nik_kk_swapped"], ["nik_kk_swapped"], [], ["nik_kk_swapped"]]
    assert [row["matched_by"] for row in messy.deliveries(29, "tertukar.xlsx")] == [
        "name_village",
        "name_village",
        "nik",
        "name_village",
    ]
    assert "tukar isi keduanya" in told(messy, 29, "tertukar.xlsx")[2]
    for person in messy.drop(29).people(4):
        assert messy.accuracy(person)["amount_status"] == "exact"


def test_case_29_the_cells_stay_as_they_were_sent(messy: Messy) -> None:
    first = messy.rows(29, "tertukar.xlsx")[0]
    person = messy.drop(29).person(1)
    assert (first["nik_text"], first["kk_text"]) == (person.kk, person.nik)


def test_case_29_two_members_under_one_card_are_two_persons(messy: Messy) -> None:
    one, two = messy.rows(29, "sekeluarga.xlsx")
    assert one["warning_codes"] == two["warning_codes"] == ["nik_kk_swapped"]
    assert one["is_accepted"]
    assert two["is_accepted"]
    assert one["beneficiary_key"] != two["beneficiary_key"]


def test_case_29_the_card_in_both_columns(messy: Messy) -> None:
    [row] = messy.rows(29, "kk dua kali.xlsx")
    assert row["warning_codes"] == ["nik_equals_kk"]
    assert messy.deliveries(29, "kk dua kali.xlsx")[0]["matched_by"] == "kk"


@given(30)
def _(drop: Drop) -> None:
    a, b, c, d = drop.people(4)
    drop.recipients([a, b, c, d])
    header = ("No", "NIK/No KK", *LOG_HEADER[3:])
    cells = [f"{a.nik}/{a.kk}", f"{b.nik} / {b.kk}", f"{c.kk}/{c.nik}", d.nik]
    rows = [[1, cell, *drop.row(person)[3:]] for person, cell in zip((a, b, c, d), cells, strict=True)]
    drop.file("satu sel.xlsx", workbook({"Sheet1": [header, *rows]}))


def test_case_30_nik_and_kk_in_one_cell_are_parted_in_the_order_of_the_header(messy: Messy) -> None:
    """Reading cannot ask the recipient list which is which, and does not guess: where dates or the list contradict the
    header's order, the row is remarked as swapped, and neither number is used."""
    rows = messy.rows(30, "satu sel.xlsx")
    assert warnings(rows) == [
        ["nik_kk_in_one_cell"],
        ["nik_kk_in_one_cell"],
        ["nik_kk_swapped", "nik_kk_in_one_cell"],
        [],
    ]
    first = messy.drop(30).person(1)
    assert (rows[0]["nik_text"], rows[0]["kk_text"]) == (first.nik, first.kk)
    assert [row["matched_by"] for row in messy.deliveries(30, "satu sel.xlsx")] == [
        "nik",
        "nik",
        "name_village",
        "nik",
    ]


def test_case_30_the_cell_itself_is_kept(messy: Messy) -> None:
    first = messy.drop(30).person(1)
    [kept] = messy.warehouse(
        "select extra from raw.distribution where submission_id = ? and row_number = 2",
        messy.submission(30, "satu sel.xlsx")["submission_id"],
    )
    assert json.loads(kept["extra"])["NIK/No KK"] == f"{first.nik}/{first.kk}"


# --- 31, 32: what a NIK says of its bearer

IMPOSSIBLE = {
    "5205997507853101": "angka ke-7 dan ke-8 NIK (hari lahir) berisi 75",
    "5205991513853102": "angka ke-9 dan ke-10 NIK (bulan lahir) berisi 13",
    "5205993002853103": "angka ke-7 sampai ke-12 NIK (300285) bukan tanggal lahir",
    "5205991507850000": "angka ke-13 sampai ke-16 NIK (nomor urut) berisi 0000",
    "520599150785310": "NIK terdiri atas 15 angka",
}


@given(31)
def _(drop: Drop) -> None:
    people = [
        Person(nik, drop.person(n).kk, drop.person(n).name) for n, nik in enumerate(IMPOSSIBLE, start=1)
    ]
    drop.recipients(people)
    drop.log("tanggal mustahil.xlsx", [drop.row(person) for person in people])


def test_case_31_the_receipt_says_which_digits_cannot_be(messy: Messy) -> None:
    """A birth year in the future cannot be told: two figures also stand for a hundred years ago."""
    assert warnings(messy.rows(31, "tanggal mustahil.xlsx")) == [["nik_invalid"]] * len(IMPOSSIBLE)
    hints = told(messy, 31, "tanggal mustahil.xlsx")
    assert [expected in hints[row] for row, expected in enumerate(IMPOSSIBLE.values(), start=2)] == [
        True
    ] * len(IMPOSSIBLE)


def test_case_31_sixteen_wrong_digits_still_tell_a_person(messy: Messy) -> None:
    """An impossible date is most often the registry's own mistake: the contract makes it a warning, not another person."""
    matched = [row["matched_by"] for row in messy.deliveries(31, "tanggal mustahil.xlsx")]
    assert matched == ["nik", "nik", "nik", "nik", "kk"]


@given(32)
def _(drop: Drop) -> None:
    a, b, c, d = drop.people(4)
    place = [drop.village.village_name, drop.village.district_name]
    woman = f"5205995507853{204}"
    rows = [
        [a.nik, a.kk, a.name, "15/07/1985", "L", *place],
        [b.nik, b.kk, b.name, "16/07/1985", "Laki-laki", *place],
        [c.nik, c.kk, c.name, "15/07/1985", "P", *place],
        [woman, d.kk, d.name, "15/07/1985", "Perempuan", *place],
        [drop.person(5).nik, drop.person(5).kk, drop.person(5).name, "", "", *place],
    ]
    drop.file("p3ke.csv", as_csv([REGISTRY_HEADER, *rows]), REGISTRY)
    e, f, g = drop.people(8)[5:]
    verified = [
        [e.nik[:-1] + "9", e.kk, e.name, "", "", *place, e.nik, ""],
        [f.nik, f.kk, "Warga Salah Tulis", "", "", *place, "sesuai", f.name],
        [g.nik, g.kk, g.name, "", "", *place, "-", "tetap"],
    ]
    drop.file(
        "p3ke verval.csv",
        as_csv([(*REGISTRY_HEADER, "NIK_perbaikan", "nama_perbaikan"), *verified]),
        REGISTRY,
    )


def test_case_32_what_a_verified_registry_corrects_holds_and_what_stood_there_stays(messy: Messy) -> None:
    rows = messy.rows(32, "p3ke verval.csv")
    assert warnings(rows) == [["identity_corrected"], ["identity_corrected"], []]
    e, f, g = messy.drop(32).people(8)[5:]
    assert [(row["nik_text"], row["name_text"]) for row in rows] == [
        (person.nik, person.name) for person in (e, f, g)
    ]
    submission = messy.submission(32, "p3ke verval.csv")["submission_id"]
    extra = messy.warehouse(
        "select extra from raw.registry where submission_id = ? and row_kind = 'data' order by row_number",
        submission,
    )
    assert e.nik[:-1] + "9" in extra[0]["extra"]
    assert "Warga Salah Tulis" in extra[1]["extra"]


def test_case_32_gender_and_birth_date_that_contradict_the_nik_are_remarked(messy: Messy) -> None:
    assert warnings(messy.rows(32, "p3ke.csv")) == [
        [], ["nik_birth_date_conflict"], ["nik_gender_conflict"], [], [],
    ]  # fmt: skip
    assert messy.submission(32, "p3ke.csv")["rows_accepted"] == 5
    hints = told(messy, 32, "p3ke.csv")
    assert "Tanggal lahir menurut NIK: 15/07/85; menurut kolom: 16/07/1985." in hints[3]
    assert "Menurut NIK: laki-laki; menurut kolom: P." in hints[4]


# --- 33 to 36: one person several times


@given(33)
def _(drop: Drop) -> None:
    a, b = drop.people(2)
    place = [drop.village.village_name, drop.village.district_name]
    rows = [[p.nik, p.kk, p.name, *place, month] for p, month in
            ((a, "Januari 2024"), (a, "Februari 2024"), (b, "Januari 2024"), (b, "Januari 2024"))]  # fmt: skip
    drop.file("daftar ganda.csv", as_csv([(*LIST_HEADER, "Periode"), *rows]), LIST, "2024-01-02T08:00")
    february = {"period": "Februari 2024", "day": "06/02/2024"}
    rows = [drop.row(a), drop.row(a, **february), drop.row(b), drop.row(b)]
    drop.log("salur ganda.csv", rows, at="2024-02-07T08:00")


def test_case_33_twice_in_a_list_is_entitled_once_a_month(messy: Messy) -> None:
    rows = messy.rows(33, "daftar ganda.csv")
    assert [row["reason_codes"] for row in rows] == [[], [], [], ["duplicate_row"]]
    a, b = messy.drop(33).people(2)
    assert (
        messy.accuracy(a, "2024-01")["entitled_amount"]
        == messy.accuracy(a, "2024-02")["entitled_amount"]
        == 10
    )
    assert messy.accuracy(b, "2024-01")["entitled_amount"] == 10


def test_case_33_another_month_is_another_delivery_the_same_one_is_not(messy: Messy) -> None:
    """The catalogue would add up the amounts; by the contract the second row of one key in one file is refused, and
    its receipt says what to send if it was a delivery of its own."""
    rows = messy.rows(33, "salur ganda.csv")
    assert [row["reason_codes"] for row in rows] == [[], [], [], ["duplicate_row"]]
    a, b = messy.drop(33).people(2)
    found = [messy.accuracy(person, month)["amount_status"] for person, month in
             ((a, "2024-01"), (a, "2024-02"), (b, "2024-01"))]  # fmt: skip
    assert found == ["exact"] * 3


def _twins(drop: Drop) -> list[Person]:
    card = drop.person(1).kk
    return [
        Person(f"520599150785{drop.number}{serial}", card, name)
        for serial, name in ((51, "KEMBAR SATU"), (52, "KEMBAR DUA"))
    ]


@given(34)
def _(drop: Drop) -> None:
    twins = _twins(drop)
    drop.recipients(twins)
    drop.log("kembar.xlsx", [drop.row(twin) for twin in twins])
    cut = {"period": "Februari 2024"}
    drop.log("kembar terpotong.xlsx", [drop.row(twin, nik=int(twin.nik[:-1] + "0"), **cut) for twin in twins])


def test_case_34_twins_stay_apart(messy: Messy) -> None:
    first, second = messy.deliveries(34, "kembar.xlsx")
    assert (first["matched_by"], second["matched_by"]) == ("nik", "nik")
    assert first["entitlement_id"] != second["entitlement_id"]


def test_case_34_twins_with_cut_numbers_are_neither_merged_nor_guessed(messy: Messy) -> None:
    rows = messy.rows(34, "kembar terpotong.xlsx")
    assert warnings(rows) == [["nik_precision_lost"]] * 2
    first, second = messy.deliveries(34, "kembar terpotong.xlsx")
    assert (first["matched_by"], second["matched_by"]) == (None, None)
    assert first["beneficiary_key"] != second["beneficiary_key"]


@given(35)
def _(drop: Drop) -> None:
    person = drop.person(1)
    drop.recipients([person])
    drop.recipients([person], CASH_LIST)
    row = [person.nik, person.kk, person.name, *FREE_KELURAHAN]
    drop.file("desa lain.csv", as_csv([LIST_HEADER, row]), LIST, "2024-01-03T08:00")
    drop.log("beras.csv", [drop.row(person)])
    drop.log("blt.csv", [drop.row(person, amount="300.000")], CASH)


def test_case_35_each_programme_counts_its_own(messy: Messy) -> None:
    """Which programmes exclude each other is a rule of its own; here nothing merges and nothing is refused."""
    person = messy.drop(35).person(1)
    rice, cash = messy.accuracy(person), messy.accuracy(person, program="blt_dd")
    assert (rice["delivered_amount"], cash["delivered_amount"]) == (10, 300_000)
    assert rice["beneficiary_key"] == cash["beneficiary_key"]
    assert rice["entitlement_id"] != cash["entitlement_id"]


def test_case_35_one_person_in_two_villages_is_entitled_once_in_a_programme(messy: Messy) -> None:
    assert messy.submission(35, "desa lain.csv")["rows_accepted"] == 1
    assert messy.accuracy(messy.drop(35).person(1))["entitled_amount"] == 10


@given(36)
def _(drop: Drop) -> None:
    dead, lives = drop.people(2)
    drop.recipients([dead, lives])
    drop.recipients([dead], CASH_LIST)
    drop.log("januari.csv", [drop.row(dead, day="20/01/2024")], at="2024-01-21T08:00")
    february = {"period": "Februari 2024", "day": "20/02/2024"}
    drop.log("februari.csv", [drop.row(dead, **february, amount="", status="alm 3/2/24"), drop.row(lives, **february)],
             at="2024-02-21T08:00")  # fmt: skip
    march = {"period": "Maret 2024", "day": "05/03/2024"}
    drop.log("maret.csv", [drop.row(dead, **march), drop.row(lives, **march)], at="2024-03-06T08:00")
    drop.log("blt.csv", [drop.row(dead, **march, amount="300.000")], CASH, at="2024-03-06T09:00")


def test_case_36_who_was_reported_dead_and_then_received_is_remarked(messy: Messy) -> None:
    assert warnings(messy.rows(36, "maret.csv")) == [["recipient_reported_dead"], []]
    assert messy.accuracy(messy.drop(36).person(1), "2024-03")["amount_status"] == "exact"
    [hint] = told(messy, 36, "maret.csv").values()
    assert (
        f'Pernah dilaporkan meninggal dalam berkas "{folder(36)}/februari.csv" yang diterima 21/02/2024, baris 2.'
        in hint
    )


def test_case_36_what_came_before_the_death_and_another_offices_rows_are_not(messy: Messy) -> None:
    """An office is not told what another office reported of a person."""
    assert warnings(messy.rows(36, "januari.csv")) == [[]]
    assert "recipient_reported_dead" not in messy.rows(36, "blt.csv")[0]["warning_codes"]
    assert messy.deliveries(36, "februari.csv")[0]["failure_reasons"] == ["deceased"]


# --- 37 to 39: names, replacements, proxies

NAMES = {
    "H. ABD. KARIM, S.Pd": [], "Alm. ARSYAD": ["name_marked_dead"], "SITI AMINAH (ISTRI)": [], "A. RAHMAN/ST. HAWA": ["name_two_persons"],
    "M.SALEH": [], "BACO": [], "HALIMAH (ALMH)": ["name_marked_dead"], "SALMA": [],
}  # fmt: skip


@given(37)
def _(drop: Drop) -> None:
    people = [Person("", "", name) for name in NAMES]
    drop.recipients(people)
    drop.log(
        "nama.xlsx",
        [drop.row(person, nik=None, kk=None, name=f" {person.name.lower()} ") for person in people],
    )
    drop.log("tanpa nama.xlsx", [drop.row(drop.person(1), name="", period="Februari 2024")])


def test_case_37_names_are_compared_without_case_and_marks_and_kept_as_written(messy: Messy) -> None:
    """Titles stay in the key: H. Arsyad and Arsyad of one village may be two men."""
    rows = messy.rows(37, "nama.xlsx")
    assert [sorted(row["warning_codes"]) for row in rows] == [
        sorted(["nik_missing", *codes]) for codes in NAMES.values()
    ]
    assert [row["matched_by"] for row in messy.deliveries(37, "nama.xlsx")] == ["name_village"] * len(NAMES)
    assert rows[0]["name_text"].strip() == "h. abd. karim, s.pd"


def test_case_37_a_row_without_a_name_is_remarked(messy: Messy) -> None:
    assert warnings(messy.rows(37, "tanpa nama.xlsx")) == [["name_missing"]]


@given(38)
def _(drop: Drop) -> None:
    old, new, unknown, half, third, itself = drop.people(6)
    place = [drop.village.village_name, drop.village.district_name]
    header = (*LIST_HEADER, "NIK yang diganti", "Alasan")
    drop.recipients([old])
    rows = [
        [new.nik, new.kk, new.name, *place, old.nik, "meninggal dunia"],
        [half.nik, half.kk, half.name, *place, drop.person(9).nik, ""],
        [third.nik, third.kk, third.name, *place, "", "Pengganti an. FULAN"],
        [itself.nik, itself.kk, itself.name, *place, itself.nik, "pindah"],
    ]
    drop.file("pengganti.csv", as_csv([header, *rows]), LIST, "2024-02-01T08:00")
    header = (*LOG_HEADER, "Keterangan")
    march = {"period": "Maret 2024", "day": "05/03/2024"}
    rows = [
        [*drop.row(new, **march), "pengganti an. FULAN"], [*drop.row(unknown, **march), "Pengganti alm. FULAN"],
        [*drop.row(third, **march), "hadir sendiri"], [*drop.row(old, **march), ""],
        [*drop.row(itself, **march), ""],
    ]  # fmt: skip
    drop.file("salur pengganti.csv", as_csv([header, *rows]), LOG, "2024-03-06T08:00")


def test_case_38_a_replacement_needs_the_replaced_nik_and_a_reason(messy: Messy) -> None:
    assert warnings(messy.rows(38, "pengganti.csv")) == [
        [],
        ["replacement_incomplete"],
        ["replacement_incomplete"],
        ["replacement_incomplete"],
    ]
    assert messy.submission(38, "pengganti.csv")["rows_accepted"] == 4


def test_case_38_a_delivery_to_a_replacement_that_no_list_explains_is_remarked(messy: Messy) -> None:
    rows = messy.rows(38, "salur pengganti.csv")
    assert warnings(rows) == [[], ["replacement_incomplete"], [], ["recipient_reported_dead"], []]
    assert messy.accuracy(messy.drop(38).person(2), "2024-03")["amount_status"] == "exact"


def test_case_38_who_replaces_himself_replaces_nobody(messy: Messy) -> None:
    assert messy.accuracy(messy.drop(38).person(6), "2024-03")["amount_status"] == "exact"


def test_case_38_the_replaced_person_counts_as_reported_dead(messy: Messy) -> None:
    hint = told(messy, 38, "salur pengganti.csv")[5]
    assert f'Pernah dilaporkan meninggal dalam berkas "{folder(38)}/pengganti.csv"' in hint


@given(39)
def _(drop: Drop) -> None:
    people = drop.people(16)
    drop.recipients(people)
    header = (*LOG_HEADER, "Diterima oleh")
    takers = ["BAPAK CONTOH"] * 6 + ["Ibu Contoh"] * 5 + ["anak"] * 2 + ["", people[14].name, "ybs"]
    statuses = {11: "diwakili anak", 12: "dititip RT"}
    rows = [
        [*drop.row(person, n, status=statuses.get(n, "sudah salur")), taker]
        for n, (person, taker) in enumerate(zip(people, takers, strict=True))
    ]
    drop.file("wakil.xlsx", workbook({"Sheet1": [header, *rows]}), LOG)


def test_case_39_a_delivery_through_a_proxy_counts_and_the_proxy_is_kept(messy: Messy) -> None:
    rows = messy.rows(39, "wakil.xlsx")
    assert {row["delivery_status"] for row in rows} == {"delivered"}
    assert rows[0]["received_by"] == "BAPAK CONTOH"
    assert [row["is_via_proxy"] for row in messy.deliveries(39, "wakil.xlsx")] == [True] * 13 + [False] * 3
    assert messy.accuracy(messy.drop(39).person(12))["amount_status"] == "exact"


def test_case_39_one_proxy_for_more_than_five_is_remarked_on_the_submission(messy: Messy) -> None:
    assert warnings(messy.rows(39, "wakil.xlsx")) == [["proxy_for_many"]] * 6 + [[]] * 10
    assert messy.submission(39, "wakil.xlsx")["warnings"] == ["proxy_for_many"]
    receipt = messy.receipt(39, "wakil.xlsx")
    assert receipt.sheetnames == ["Tanda Terima"]
    assert any("banyak penerima" in str(cell.value) for row in receipt.active.iter_rows() for cell in row)


# --- 40, 41: information only


@given(40)
def _(drop: Drop) -> None:
    known, unknown = drop.people(2)
    drop.recipients([known, unknown])
    place = [drop.village.village_name, drop.village.district_name]
    drop.file(
        "dtks.csv",
        as_csv([REGISTRY_HEADER, [known.nik, known.kk, known.name, "15/07/1985", "L", *place]]),
        OTHER_REGISTRY,
    )
    drop.log("di luar register.csv", [drop.row(unknown)])


def test_case_40_who_stands_in_no_registry_is_entitled_all_the_same(messy: Messy) -> None:
    assert warnings(messy.rows(40, "penerima.csv")) == [[], ["not_in_registry"]]
    assert warnings(messy.rows(40, "di luar register.csv")) == [[]]
    assert messy.accuracy(messy.drop(40).person(2))["amount_status"] == "exact"


def test_case_40_it_is_information_and_no_row_to_mend(messy: Messy) -> None:
    receipt = messy.receipt(40, "penerima.csv")
    assert receipt.sheetnames == ["Tanda Terima"]
    assert any(
        "bukan kesalahan sasaran" in str(cell.value) for row in receipt.active.iter_rows() for cell in row
    )


@given(41)
def _(drop: Drop) -> None:
    moved = Person("5171991507854101", drop.person(1).kk, drop.person(1).name)
    drop.recipients([moved])
    drop.log("pindahan.csv", [drop.row(moved)])


def test_case_41_a_nik_of_another_region_is_information(messy: Messy) -> None:
    assert warnings(messy.rows(41, "pindahan.csv")) == [["nik_other_region"]]
    assert messy.submission(41, "pindahan.csv")["status"] == "accepted"
    assert messy.deliveries(41, "pindahan.csv")[0]["matched_by"] == "nik"
    assert messy.receipt(41, "pindahan.csv").sheetnames == ["Tanda Terima"]
