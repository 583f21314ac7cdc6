"""F. Dates and periods: cases 58 to 66."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.messy.kit import CASH, CASH_LIST, LOG_HEADER, Drop, Messy, given, workbook

MARCH = "2024-03-13T08:00"
FIFTH = date(2024, 2, 5)


def titled(title: list[str], rows: list[list[Any]], header: list[str] | None = None) -> Any:
    """A workbook with title rows above the table."""
    return workbook({"Sheet1": [*([line] for line in title), [], header or list(LOG_HEADER), *rows]})


def first_sheet(messy: Messy, number: int, name: str) -> str:
    """The text of a receipt's first sheet."""
    sheet = messy.receipt(number, name).worksheets[0]
    return "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)


def days(messy: Messy, number: int, name: str) -> list[date | None]:
    return [row["delivered_on"] for row in messy.rows(number, name)]


def codes(messy: Messy, number: int, name: str) -> list[list[str]]:
    """Reasons and remarks of each row."""
    return [[*row["reason_codes"], *row["warning_codes"]] for row in messy.rows(number, name)]


# --- 58

FIFTH_OF_FEBRUARY = [
    "05/02/2024", "5-2-24", "5/2/2024", "05.02.2024", "2024-02-05", "5 Februari 2024", "5 Peb 2024", "5 Pebruari 2024", "Senin, 5 Februari 2024",
    "Senin, 5 Pebruari 2024", "5-Feb-24", "tgl 5 Februari 2024", 45327, "45327", date(2024, 2, 5),
]  # fmt: skip


@given(58)
def _(drop: Drop) -> None:
    people = drop.people(len(FIFTH_OF_FEBRUARY) + 2)
    drop.recipients(people)
    drop.log(
        "tanggal.xlsx",
        [
            drop.row(p, day=day)
            for p, day in zip(
                people, [*FIFTH_OF_FEBRUARY, "Jum'at, 2/2/2024", "Minggu, 5 Februari 2024"], strict=True
            )
        ],
    )
    yearless = ["5 Feb", "05/02", "5 Pebruari"]
    month = {"period": None, "amount": "5 kg"}
    drop.file(
        "tanpa tahun.xlsx",
        titled(
            ["BULAN : JANUARI 2024"],
            [drop.row(p, day=d, **month) for p, d in zip(people, yearless, strict=False)],
        ),
    )
    drop.file(
        "desember.xlsx", titled(["BULAN : MARET 2024"], [drop.row(people[0], day="5 Feb", period=None)])
    )
    drop.log("tanpa judul.xlsx", [drop.row(people[0], day="5 Feb", period="Maret 2024")])


def test_case_58_every_way_of_writing_a_day_is_that_day(messy: Messy) -> None:
    found = messy.rows(58, "tanggal.xlsx")
    assert [row["delivered_on"] for row in found] == [FIFTH] * len(FIFTH_OF_FEBRUARY) + [
        date(2024, 2, 2),
        FIFTH,
    ]
    assert [row["warning_codes"] for row in found] == [[]] * (len(FIFTH_OF_FEBRUARY) + 1) + [
        ["weekday_mismatch"]
    ]
    assert messy.submission(58, "tanggal.xlsx")["status"] == "accepted"


def test_case_58_a_day_without_a_year_is_of_the_titles_year_and_says_so(messy: Messy) -> None:
    assert days(messy, 58, "tanpa tahun.xlsx") == [FIFTH] * 3
    assert codes(messy, 58, "tanpa tahun.xlsx") == [["date_year_assumed"]] * 3
    assert messy.submission(58, "tanpa tahun.xlsx")["status"] == "accepted"


def test_case_58_without_such_a_year_it_is_no_date(messy: Messy) -> None:
    """No title gives it, or its year would put the delivery before the month that it is for: then nobody knows the year."""
    assert codes(messy, 58, "tanpa judul.xlsx") == [["date_invalid"]]
    assert codes(messy, 58, "desember.xlsx") == [["date_invalid"]]


# --- 59

TRUE_DAYS = [date(2024, 2, day) for day in (1, 3, 5, 6, 7, 9, 12)]


@given(59)
def _(drop: Drop) -> None:
    people = drop.people(len(TRUE_DAYS) + 2)
    drop.recipients(people)
    # An American spreadsheet reads 05/02/2024 as the second of May, and leaves what it cannot read (20/02/2024) alone.
    american = [date(day.year, day.day, day.month) for day in TRUE_DAYS]
    rows = [
        drop.row(p, day=day) for p, day in zip(people, [*american, "20/02/2024", "21/02/2024"], strict=True)
    ]
    drop.log("tertukar.xlsx", rows, at="2024-02-22T08:00")
    texts = ["02/05/2024", "02/07/2024", "02/13/2024", "02/20/2024"]
    february = {"period": "Februari 2024"}
    drop.log(
        "amerika.csv",
        [drop.row(p, day=day, **february) for p, day in zip(people, texts, strict=False)],
        at="2024-02-22T08:00",
    )
    slip = ["03/05/2024", *["20/02/2024"] * 10]
    others = [drop.person(serial) for serial in range(1, 12)]
    march = {"period": "Maret 2024"}
    drop.log(
        "terselip.csv",
        [drop.row(p, day=d, **march) for p, d in zip(others, slip, strict=True)],
        at="2024-03-06T08:00",
    )
    # One slip of the pen among days that can only be read day first is a slip of the pen.
    right = ["03/02/2024", "05/02/2024", "06/02/2024", "09/02/2024", "05/03/2024"]
    drop.log(
        "salah ketik.csv",
        [drop.row(p, day=day, **february) for p, day in zip(people, right, strict=False)],
        at="2024-02-22T08:00",
    )


def test_case_59_a_slip_of_the_pen_among_days_of_one_meaning_is_no_swapped_column(messy: Messy) -> None:
    assert [row["reason_codes"] for row in messy.rows(59, "terselip.csv")] == [["date_in_future"], *[[]] * 10]
    assert "dates_swapped_suspected" not in messy.submission(59, "terselip.csv")["warnings"]


def test_case_59_swapped_days_and_months_are_told_and_not_repaired(messy: Messy) -> None:
    remark = messy.remarks(59, "tertukar.xlsx")["dates_swapped_suspected"]
    assert remark == (
        "6 dari 7 tanggal berada di luar masa yang wajar dan menjadi wajar bila hari dan bulan ditukar, "
        "misalnya 02/03/2024 diduga 03/02/2024"
    )
    text = first_sheet(messy, 59, "tertukar.xlsx")
    assert f"Hari dan bulan pada kolom tanggal diduga tertukar: {remark}." in text
    found = messy.rows(59, "tertukar.xlsx")
    assert [row["delivered_on"] for row in found] == [
        date(day.year, day.day, day.month) for day in TRUE_DAYS
    ] + [date(2024, 2, 20), date(2024, 2, 21)]
    assert [row["reason_codes"] for row in found] == [[], *[["date_in_future"]] * 6, [], []]


def test_case_59_american_texts_are_suspected_too(messy: Messy) -> None:
    remarks = messy.remarks(59, "amerika.csv")
    assert remarks["dates_swapped_suspected"].startswith("4 dari 4 tanggal")
    assert [row["reason_codes"] for row in messy.rows(59, "amerika.csv")] == [["date_in_future"]] * 2 + [
        ["date_invalid"]
    ] * 2
    assert messy.submission(59, "amerika.csv")["status"] == "rejected"


def test_case_59_one_wrong_date_is_no_swapped_column(messy: Messy) -> None:
    assert codes(messy, 59, "salah ketik.csv") == [[], [], [], [], ["date_in_future"]]
    assert "dates_swapped_suspected" not in messy.submission(59, "salah ketik.csv")["warnings"]


# --- 60


@given(60)
def _(drop: Drop) -> None:
    people = drop.people(6)
    drop.recipients(people)
    written = ["07/02/2024", "20/12/2023", "04/02/2024", "31/02/2024", "05/02/2204", "01/01/2024"]
    drop.log("aneh.xlsx", [drop.row(p, day=day) for p, day in zip(people, written, strict=True)])


def test_case_60_the_future_and_the_impossible_are_refused_before_the_programme_is_remarked(
    messy: Messy,
) -> None:
    """A Sunday (4 February) or a holiday (1 January) is an ordinary day of distribution: no remark at all."""
    assert codes(messy, 60, "aneh.xlsx") == [
        ["date_in_future"], ["date_before_program"], [], ["date_invalid"], ["date_invalid"], [],
    ]  # fmt: skip
    early = messy.accuracy(messy.drop(60).person(2))
    assert (early["completed_on"], early["timing_status"]) == (date(2023, 12, 20), "on_time")


# --- 61


@given(61)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people)
    own, none, span, both = people
    drop.file(
        "judul.xlsx",
        titled(
            ["TANGGAL PENYALURAN : 5 FEBRUARI 2024"],
            [drop.row(own, day="03/02/2024"), drop.row(none, day=None)],
        ),
    )
    drop.file(
        "rentang.xlsx",
        titled(["Tanggal Penyaluran: 5 s/d 7 Februari 2024"], [drop.row(span, day=None)]),
        at="2024-02-08T08:00",
    )
    drop.log("baris.xlsx", [
        drop.row(both, day="24 s/d 26 Januari 2024"), drop.row(span, day="5-7 Februari 2024", period="Februari 2024"),
        drop.row(none, day="7 s/d 5 Februari 2024", period="Februari 2024"),
    ], at="2024-02-08T08:00")  # fmt: skip


def test_case_61_one_date_above_the_table_is_every_rows_that_has_none(messy: Messy) -> None:
    assert days(messy, 61, "judul.xlsx") == [date(2024, 2, 3), FIFTH]
    assert codes(messy, 61, "judul.xlsx") == [[], ["date_from_title"]]
    assert [row["is_date_from_title"] for row in messy.deliveries(61, "judul.xlsx")] == [False, True]


def test_case_61_the_last_day_of_a_range_counts_and_the_first_is_kept(messy: Messy) -> None:
    assert days(messy, 61, "rentang.xlsx") == [date(2024, 2, 7)]
    assert codes(messy, 61, "rentang.xlsx") == [["date_from_title"]]
    assert codes(messy, 61, "baris.xlsx") == [["date_is_range"], ["date_is_range"], ["date_invalid"]]
    ranges = [(row["delivered_from"], row["delivered_on"]) for row in messy.deliveries(61, "baris.xlsx")]
    assert ranges == [(date(2024, 1, 24), date(2024, 1, 26)), (FIFTH, date(2024, 2, 7))]
    late = messy.accuracy(messy.drop(61).person(4))
    assert (late["completed_on"], late["timing_status"], late["days_late"]) == (date(2024, 1, 26), "late", 1)


# --- 62


@given(62)
def _(drop: Drop) -> None:
    people = drop.people(3)
    drop.recipients(people)
    base, at = list(LOG_HEADER[:8]), "2024-02-08T08:00"
    received, handed_over, transferred = people
    many = [*base, "Tanggal DO", "Tanggal SP2D", "Tanggal BAST", "Tanggal Terima oleh KPM", "Status"]
    drop.file(
        "banyak.xlsx",
        workbook(
            {
                "S": [
                    many,
                    [
                        *drop.row(received)[:8],
                        "10/01/2024",
                        "12/01/2024",
                        "15/01/2024",
                        "05/02/2024",
                        "sudah",
                    ],
                ]
            }
        ),
        at=at,
    )
    bast = [*base, "Tanggal SP2D", "Tanggal BAST", "Status"]
    drop.file(
        "bast.xlsx",
        workbook({"S": [bast, [*drop.row(handed_over)[:8], "12/01/2024", "24/01/2024", "sudah"]]}),
        at=at,
    )
    money = [*base, "Tanggal SP2D", "Status"]
    drop.file(
        "sp2d.xlsx", workbook({"S": [money, [*drop.row(transferred)[:8], "12/01/2024", "sudah"]]}), at=at
    )


def test_case_62_the_familys_receipt_is_the_day_that_counts(messy: Messy) -> None:
    assert days(messy, 62, "banyak.xlsx") == [FIFTH]
    assert "date_of_bast" not in messy.submission(62, "banyak.xlsx")["warnings"]
    judged = messy.accuracy(messy.drop(62).person(1))
    assert (judged["completed_on"], judged["timing_status"]) == (FIFTH, "late")


def test_case_62_a_handing_over_stands_in_for_it_and_is_told(messy: Messy) -> None:
    assert days(messy, 62, "bast.xlsx") == [date(2024, 1, 24)]
    assert messy.remarks(62, "bast.xlsx")["date_of_bast"] == "tanggal bast"
    assert "yang dipakai adalah tanggal serah terima (BAST)" in first_sheet(messy, 62, "bast.xlsx")


def test_case_62_a_transfer_order_never_does(messy: Messy) -> None:
    assert days(messy, 62, "sp2d.xlsx") == [None]
    assert codes(messy, 62, "sp2d.xlsx") == [["date_undated"]]
    assert messy.accuracy(messy.drop(62).person(3))["timing_status"] == "undated"


# --- 63

FIRST, SECOND = ["2024-01", "2024-02", "2024-03"], ["2024-04", "2024-05", "2024-06"]
PERIODS: dict[str, list[str] | None] = {
    "Jan-Mar": FIRST, "Jan-Mar 2024": FIRST, "TW I": FIRST, "Triwulan II 2024": SECOND, "Tahap 1": FIRST, "Tahap II Tahun 2024": SECOND, "B.1-3": FIRST,
    "Januari s/d Maret 2024 (dirapel)": FIRST, "Feb dan Mar": FIRST[1:], "Alokasi Februari dibayar Maret": ["2024-02"], "2024-01 s/d 2024-03": FIRST,
    "Jan, Feb, Mar 2024": FIRST, "Jan-24": FIRST[:1], "Juni dan Juli": None, "Alokasi Desember dibayar Januari": None, "Nov 2023 - Jan 2024": None,
    "triwulan depan": None, "Tahap IX": None, "Jan-Mar, Mei 2024": None,
}  # fmt: skip


@given(63)
def _(drop: Drop) -> None:
    people = drop.people(len(PERIODS) + 3)
    drop.recipients(people)
    rows = [drop.row(p, period=period, amount="10 kg") for p, period in zip(people, PERIODS, strict=False)]
    drop.log("periode.xlsx", rows)
    month, stage, unknown = people[len(PERIODS) :]
    header = ["Tahap" if cell == "Bulan" else cell for cell in LOG_HEADER]
    drop.log("bulan.xlsx", [drop.row(month, period=2, day="05/02/2024")])
    drop.file(
        "tahap.xlsx",
        workbook({"S": [header, drop.row(stage, period=2), drop.row(stage, period="II", day="06/02/2024")]}),
    )
    header = ["Periode" if cell == "Bulan" else cell for cell in LOG_HEADER]
    drop.file("angka.xlsx", workbook({"S": [header, drop.row(unknown, period=2)]}))


def test_case_63_periods_are_lists_of_months_and_what_is_not_known_is_asked(messy: Messy) -> None:
    """The rice programme has no July, and no month of 2023: a period that names one is asked, not cut to what fits."""
    rows = messy.rows(63, "periode.xlsx")
    read = {row["period_sent"]: row["periods"] if row["is_accepted"] else None for row in rows}
    assert read == PERIODS
    assert {tuple(row["reason_codes"]) for row in rows if not row["is_accepted"]} == {("period_unknown",)}


def test_case_63_the_years_boundary_is_kept(messy: Messy) -> None:
    named = {row["period_sent"]: row["periods"] for row in messy.rows(63, "periode.xlsx")}
    assert named["Nov 2023 - Jan 2024"] == ["2023-11", "2023-12", "2024-01"]
    assert named["Alokasi Desember dibayar Januari"] == ["2023-12"]


def test_case_63_a_bare_number_is_what_its_header_counts(messy: Messy) -> None:
    assert [row["periods"] for row in messy.rows(63, "bulan.xlsx")] == [["2024-02"]]
    assert [row["periods"] for row in messy.rows(63, "tahap.xlsx")] == [SECOND, SECOND]
    assert codes(messy, 63, "angka.xlsx") == [["period_unknown"]]


# --- 64


@given(64)
def _(drop: Drop) -> None:
    people = drop.people(4)
    drop.recipients(people)
    drop.recipients(people, CASH_LIST)
    rapel, night, text, next_day = people
    header = ["Jumlah (Rp)" if cell == "Jumlah (Kg)" else cell for cell in LOG_HEADER]
    arrears = drop.row(rapel, amount="Rp900.000", period="Januari-Maret 2024", day="10/03/2024")
    drop.file("rapel.xlsx", workbook({"S": [header, arrears]}), CASH, MARCH)
    drop.file("malam.xlsx", workbook({"S": [
        list(LOG_HEADER), drop.row(night, day=datetime.fromisoformat("2024-01-25T23:00")), drop.row(text, day="25/01/2024 23.00 WITA"),
        drop.row(next_day, day="2024-01-25T16:30:00Z"),
    ]}, default_date_format="dd/mm/yyyy hh:mm"))  # fmt: skip


def test_case_64_arrears_are_on_time_for_the_last_month_and_late_for_the_others(messy: Messy) -> None:
    rapel = messy.drop(64).person(1)
    judged = [messy.accuracy(rapel, period, "blt_dd") for period in FIRST]
    assert [(one["timing_status"], one["days_late"]) for one in judged] == [
        ("late", 60),
        ("late", 29),
        ("on_time", 0),
    ]
    assert {one["amount_status"] for one in judged} == {"exact"}
    assert {row["period_count"] for row in messy.deliveries(64, "rapel.xlsx")} == {3}


def test_case_64_late_in_the_evening_is_still_that_day_in_dompu(messy: Messy) -> None:
    """25 January is the last day. A moment written in Greenwich time is the next morning here."""
    _, night, text, next_day = messy.drop(64).people(4)
    assert days(messy, 64, "malam.xlsx") == [date(2024, 1, 25), date(2024, 1, 25), date(2024, 1, 26)]
    assert [messy.accuracy(p)["timing_status"] for p in (night, text, next_day)] == [
        "on_time",
        "on_time",
        "late",
    ]
    ready = messy.audit(
        "select susenas_status from audit.susenas_readiness where entitlement_id = ? and susenas_year = 2024",
        messy.accuracy(night)["entitlement_id"],
    )
    assert ready == [{"susenas_status": "ready"}]


# --- 65


@given(65)
def _(drop: Drop) -> None:
    people = drop.people(3)
    drop.recipients(people)
    rows = [
        drop.row(p, day=day)
        for p, day in zip(people, ["07/02/2024", "10/02/2024", "15/02/2024"], strict=True)
    ]
    drop.log("jeda.xlsx", rows, at="2024-02-16T08:00")


def test_case_65_days_of_an_ordered_pause_are_no_delay(messy: Messy) -> None:
    """Due on 25 January, paused from 8 to 14 February. A moved survey window is a matter of configuration: `susenas.yml`."""
    judged = [messy.accuracy(person) for person in messy.drop(65).people(3)]
    assert [(one["timing_status"], one["days_late"]) for one in judged] == [
        ("late", 13),
        ("late", 13),
        ("late", 14),
    ]
    windows = messy.audit(
        "select distinct susenas_year, susenas_status from audit.susenas_readiness where entitlement_id in (?, ?, ?)",
        *(one["entitlement_id"] for one in judged),
    )
    assert windows == [{"susenas_year": 2024, "susenas_status": "ready"}]


# --- 66


@given(66)
def _(drop: Drop) -> None:
    people = drop.people(2)
    drop.recipients(people)
    told_late, told_soon = people
    drop.log("susulan.xlsx", [drop.row(told_late, day="20/01/2024")], at="2024-03-01T08:00")
    drop.log(
        "segera.xlsx", [drop.row(told_soon, day="20/02/2024", period="Februari 2024")], at="2024-02-27T23:30"
    )


def test_case_66_a_late_log_is_no_late_delivery_but_only_a_claim(messy: Messy) -> None:
    told_late, told_soon = messy.drop(66).people(2)
    claimed = messy.accuracy(told_late)
    assert (claimed["timing_status"], claimed["days_late"], claimed["timing_evidence"]) == (
        "on_time",
        0,
        "claimed",
    )
    verified = messy.accuracy(told_soon, "2024-02")
    assert (verified["timing_status"], verified["timing_evidence"]) == ("on_time", "verified")


@pytest.mark.parametrize(("period", "status"), [("2024-01", "late"), ("2024-02", "received")])
def test_case_66_the_report_itself_is_late(messy: Messy, period: str, status: str) -> None:
    village = messy.drop(66).village.village_code
    [found] = messy.audit(
        "select log_status from audit.reporting_completeness where program_code = 'beras' and period = ? and village_code = ?",
        period, village,
    )  # fmt: skip
    assert found == {"log_status": status}
