"""Registries as dated snapshots: which file holds for a village on which day, and who stands in it. One warehouse, built once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.dbt.conftest import Warehouse, received

SORO, NOWA, BALI = "52.05.02.2001", "52.05.05.2001", "52.05.01.1001"
FEEDS = [
    ("dkp/beras/penerima", "dkp", "recipients", "beras", None, 7),
    ("dinsos/p3ke", "dinsos", "registry", None, "p3ke", 7),
    ("dinsos/dtks", "dinsos", "registry", None, "dtks", 7),
    ("dinsos/dtsen", "dinsos", "registry", None, "dtsen", 7),
    # A review comes through a registry's folder; reading gives it its kind.
    ("dinsos/periksa", "dinsos", "reviews", None, "dtks", 7),
]


def nik(serial: int, day: str = "120380") -> str:
    return f"520599{day}{serial:04}"


def person(serial: int, village: str = "Soro", **more: Any) -> dict[str, Any]:
    return {
        "nik": nik(serial),
        "kk": f"5205990101159{serial:03}",
        "name": f"WARGA {serial}",
        "village": village,
    } | more


def said(left: int, right: int, decision: str) -> dict[str, Any]:
    return {"pair_id": f"nik:{nik(left)}-nik:{nik(right)}", "decision": decision}


def sheet(title_period: str | None = None, name_header: str = "Nama", **columns: str) -> dict[str, Any]:
    return {
        "name": "Sheet1",
        "number": 1,
        "headers": [],
        "columns": {"nik": "NIK", "name": name_header, **columns},
        "title": {"period": title_period},
        "rows_read": 1,
        "rows_data": 1,
    }


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    house = new_warehouse()
    house.configure("2024-06-30", feeds=FEEDS)
    # s1: the whole regency, 2022.
    house.submit(
        "dinsos/p3ke",
        [person(1), person(2, "Nowa"), person(3, "Bali"), person(9, "Entah Di Mana")],
        received("2023-02-01"),
        title={"period": "2022"},
        sheets=[sheet(name_header="Kepala Keluarga")],
    )
    # s2 and s3: 2023, a file a village; Bali has none.
    house.submit("dinsos/p3ke", [person(1), person(4)], received("2024-02-01"), title={"period": "2023"})
    house.submit(
        "dinsos/p3ke",
        [person(5, "Nowa"), person(3, "Nowa")],
        received("2024-02-02"),
        title={"period": "2023"},
    )
    # s4: an older version, come late.
    house.submit("dinsos/p3ke", [person(6)], received("2024-03-01"), title={"period": "Desember 2021"})
    # s5: Soro 2023 once more, corrected.
    house.submit("dinsos/p3ke", [person(1), person(7)], received("2024-03-02"), title={"period": "2023"})
    # s6, s7: DTKS without a stated day; DTSEN takes its place.
    house.submit("dinsos/dtks", [person(1), person(2, "Nowa"), person(9, "Nowa")], received("2024-02-10"))
    house.submit("dinsos/dtsen", [person(1)], received("2024-05-20"), title={"period": "Triwulan II 2024"})
    # s8: mends person 7 of s5, whose NIK was wrong.
    house.submit("dinsos/p3ke", [person(8, returned_row_id="s5:1:3")], received("2024-03-10"))
    # s9: says that it is of the year to come.
    house.submit(
        "dinsos/p3ke", [person(10, "Bali")], received("2024-06-01"), title={"period": "Januari 2025"}
    )
    house.submit("dkp/beras/penerima", [person(1), person(50), {"kk": person(5)["kk"], "nik": "", "name": "Warga 5",
                                                                "village": "Nowa"}], received("2024-03-20"))  # fmt: skip
    # s11: refused rows; s12: DTKS after DTSEN.
    house.submit("dinsos/p3ke", [{"nik": "ARSYAD", "name": nik(11), "village": "Mbuju", "kk": person(11)["kk"]},
                                 person(12, "Mbuju"), person(12, "Mbuju")], received("2024-06-02"))  # fmt: skip
    house.submit("dinsos/dtks", [person(2, "Nowa"), person(1)], received("2024-06-03"))
    # s13 and s14: what operators say.
    house.submit(
        "dinsos/periksa",
        [said(1, 2, "Sama"), said(1, 9, ""), said(3, 2, "bukan"), said(3, 1, "mungkin"), said(3, 77, "sama"),
         said(5, 1, "sama"), said(5, 9, "sama"), said(9, 9, "sama"), said(9, 9, "tidak"), said(10, 2, "belum tahu"), said(2, 10, "sama"), said(9, 3, "sama")],
        received("2024-06-04"),
    )  # fmt: skip
    house.submit("dinsos/periksa", [said(3, 2, "sama"), said(1, 9, "bukan")], received("2024-06-05"))
    # s15: in three rows of eight everything stands one column to the left.
    shifted = [
        {"nik": person(n)["kk"], "kk": f"Warga {'abc'[n - 20]}", "name": nik(n), "village": "Mbuju"}
        for n in (20, 21, 22)
    ]
    house.submit(
        "dinsos/p3ke", [*shifted, *(person(n, "Mbuju") for n in range(23, 28))], received("2024-06-06")
    )
    # s16: what is written of a card, and two shifted rows, are no reason to refuse the others.
    house.submit(
        "dinsos/p3ke",
        [
            {**person(30, "Mbuju"), "kk": "KK hilang"},
            {**person(31, "Mbuju"), "kk": "Siti Aminah"},
            person(12, "Mbuju"),
        ],
        received("2024-06-07"),
    )
    # s17 to s19: a village with deciles; then with words for half of them, then without any place.
    house.submit(
        "dinsos/p3ke",
        [person(n, "Kadindi", welfare_decile="1") for n in range(40, 46)],
        received("2024-06-08"),
        title={"period": "Maret 2024"},
    )
    deciles = ("1", "Desil II", "Sangat Miskin", "Rp 500.000", "1-4", "-")
    house.submit(
        "dinsos/p3ke",
        [person(40 + n, "Kadindi", welfare_decile=text) for n, text in enumerate(deciles)],
        received("2024-06-09"),
        title={"period": "April 2024"},
    )
    house.submit("dinsos/p3ke", [person(60, "")], received("2024-06-10"), title={"period": "2024"})
    house.build()
    return house


def test_each_villages_snapshots_follow_one_another_by_the_day_they_state(house: Warehouse) -> None:
    rows = house.rows(
        "select submission_id, version, valid_from::varchar as valid_from, valid_to::varchar as valid_to "
        f"from intermediate.int_registry_snapshots where registry = 'p3ke' and village_code = '{SORO}' order by valid_from, arrival"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("s4", "P3KE Desember 2021", "2021-12-01", "2021-12-31"),
        ("s1", "P3KE tahun 2022", "2022-01-01", "2022-12-31"),
        ("s2", "P3KE tahun 2023", "2023-01-01", "2022-12-31"),
        ("s5", "P3KE tahun 2023", "2023-01-01", None),
    ]


def test_a_version_of_a_day_to_come_holds_from_its_receipt(house: Warehouse) -> None:
    [row] = house.rows(
        "select version, valid_from::varchar as day from intermediate.int_registry_snapshots where submission_id = 's9'"
    )
    assert row == {"version": "P3KE diterima 01-06-2024", "day": "2024-06-01"}


def test_dtsen_ends_dtks_where_it_has_come(house: Warehouse) -> None:
    rows = house.rows(
        "select village_code, valid_to::varchar as day from intermediate.int_registry_snapshots where submission_id = 's6' order by 1"
    )
    assert [row["day"] for row in rows] == ["2024-03-31", "2024-06-02"]


def test_who_is_in_force_stands_there_once(house: Warehouse) -> None:
    rows = house.rows(
        "select registry, nik_key, submission_id from intermediate.int_registry_persons where is_current order by all"
    )
    assert [(row["registry"], int(row["nik_key"][-4:]), row["submission_id"]) for row in rows] == [
        ("dtks", 2, "s12"),
        ("dtsen", 1, "s7"),
        ("p3ke", 1, "s5"),
        ("p3ke", 3, "s3"),  # moved from Bali to Nowa
        ("p3ke", 5, "s3"),
        ("p3ke", 8, "s8"),  # as mended
        ("p3ke", 10, "s9"),
        ("p3ke", 12, "s16"),
        ("p3ke", 30, "s16"),
        *(("p3ke", n, "s18") for n in range(40, 46)),
        ("p3ke", 60, "s19"),
    ]


def test_a_file_of_heads_names_heads(house: Warehouse) -> None:
    rows = house.rows(
        "select distinct submission_id, is_head from staging.stg_registry__rows where submission_id in ('s1', 's2') order by 1"
    )
    assert [(row["submission_id"], row["is_head"]) for row in rows] == [("s1", True), ("s2", None)]


def test_a_payment_meets_the_snapshot_of_its_day(house: Warehouse) -> None:
    rows = house.rows(
        "select nik_key from intermediate.int_registry_persons where registry = 'p3ke' and date '2022-07-01' "
        "between valid_from and coalesce(valid_to, date '9999-12-31') order by 1"
    )
    assert [int(row["nik_key"][-4:]) for row in rows] == [1, 2, 3, 9]


def test_recipients_are_known_by_nik_and_by_family_and_name(house: Warehouse) -> None:
    rows = house.rows(
        "select beneficiary_key, person_key from intermediate.int_registry_identities where registry = 'recipients' order by 1"
    )
    assert [(row["beneficiary_key"], row["person_key"]) for row in rows] == [
        (f"kk:{person(5)['kk']}", f"nik:{nik(5)}"),
        (f"nik:{nik(1)}", f"nik:{nik(1)}"),
        (f"nik:{nik(50)}", f"nik:{nik(50)}"),
    ]


def test_a_receipt_says_what_became_of_a_file_as_a_whole(house: Warehouse) -> None:
    rows = house.rows(
        "select submission_id, code, detail from intermediate.int_registry_files_compared order by submission_id, code, detail"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("s1", "registry_heads_only", "4 baris"),
        ("s12", "registry_ended", "DTKS diterima 03-06-2024; DTSEN berlaku sejak 01-04-2024 di 1 desa"),
        ("s18", "registry_without_decile", "P3KE April 2024; desil tercantum dalam TT-s17"),
        ("s4", "registry_older", "P3KE Desember 2021; 1 desa sudah memiliki P3KE tahun 2022 (TT-s1)"),
        ("s4", "registry_older", "P3KE Desember 2021; 1 desa sudah memiliki P3KE tahun 2023 (TT-s2)"),
        ("s5", "registry_replaces", "P3KE tahun 2023; menggantikan TT-s2 untuk 1 desa"),
        (
            "s7",
            "registry_ends_dtks",
            "DTSEN triwulan 2 2024 berlaku sejak 01-04-2024; DTKS berakhir di 1 desa dan tetap dipakai di 1 desa",
        ),
        ("s9", "registry_in_future", "P3KE diterima 01-06-2024 dipakai"),
    ]
    told = house.rows(
        "select submission_id from audit.submissions where list_contains(warnings, 'registry_replaces')"
    )
    assert told == [{"submission_id": "s5"}]


def test_a_decile_that_cannot_be_read_and_a_place_that_is_not_named_are_remarked(house: Warehouse) -> None:
    rows = house.rows(
        "select welfare_decile, warning_codes from staging.stg_registry__rows where submission_id = 's18' order by row_number"
    )
    assert [(row["welfare_decile"], "decile_unknown" in row["warning_codes"]) for row in rows] == [
        (1, False),
        (2, False),
        (None, True),
        (None, True),
        (None, True),
        (None, False),
    ], "a dash is no decile that somebody meant to write"
    [row] = house.rows("select warning_codes from staging.stg_registry__rows where submission_id = 's19'")
    assert "village_unknown" in row["warning_codes"]


def test_shifted_columns_and_repeated_persons_are_refused(house: Warehouse) -> None:
    rows = house.rows(
        "select row_number, reason_codes from staging.stg_registry__rows where submission_id = 's11' order by 1"
    )
    assert [row["reason_codes"] for row in rows] == [["columns_shifted"], [], ["duplicate_row"]]


def test_a_sheet_of_which_a_fifth_is_shifted_is_refused_whole(house: Warehouse) -> None:
    rows = house.rows(
        "select submission_id, row_number, reason_codes from staging.stg_registry__rows "
        "where submission_id in ('s15', 's16') order by submission_id, row_number"
    )
    assert [row["reason_codes"] for row in rows if row["submission_id"] == "s15"] == [["columns_shifted"]] * 8
    assert [row["reason_codes"] for row in rows if row["submission_id"] == "s16"] == [
        [],
        ["columns_shifted"],
        [],
    ]


def test_what_operators_say_is_judged_row_by_row_and_their_last_word_stands(house: Warehouse) -> None:
    refused = house.rows(
        "select pair_id, reason_codes from staging.stg_reviews__rows where not is_accepted order by submission_id, row_number"
    )
    assert [(_persons(row["pair_id"]), row["reason_codes"]) for row in refused] == [
        ((3, 1), ["decision_unknown"]),
        ((3, 77), ["pair_unknown"]),
        ((5, 1), ["decision_contradictory"]),
        ((5, 9), ["decision_contradictory"]),
        ((9, 9), ["decision_contradictory"]),
        ((9, 9), ["decision_contradictory"]),
        ((2, 10), ["pair_unknown"]),
        ((9, 3), ["pair_unknown"]),
    ], "a pair the other way round is none: 10 and 3 stand in P3KE alone"
    found = house.rows(
        "select left_key || '-' || right_key as pair_id, is_same, submission_id from intermediate.int_registry_reviews"
    )
    assert sorted((_persons(row["pair_id"]), row["is_same"], row["submission_id"]) for row in found) == [
        ((1, 9), False, "s14"),
        ((3, 2), True, "s14"),
        ((10, 2), None, "s13"),
    ], "that 2 is 1 gave way to the later word that 2 is 3"


def _persons(pair_id: str) -> tuple[int, ...]:
    return tuple(int(key[-4:]) for key in pair_id.split("-"))
