"""B. Layouts of tables that would be read wrongly without a word: refused or left without a period, and said."""

from __future__ import annotations

from tests.messy.kit import CASH, LOG_HEADER, Drop, Messy, as_csv, given, workbook


@given(16)
def _(drop: Drop) -> None:
    half = ["No", "NIK", "Nama", "Jumlah", "Tanggal"]
    rows = [[*half, "", *half]]
    for left, right in zip(drop.people(3), [drop.person(n) for n in (11, 12, 13)], strict=True):
        one, other = ([1, p.nik, p.name, "10 kg", "05/02/2024"] for p in (left, right))
        rows.append([*one, "", *other])
    drop.file("sebelah.xlsx", workbook({"S": [["BULAN JANUARI 2024"], *rows]}))


def test_case_16_two_tables_side_by_side_are_refused_and_not_halved(messy: Messy) -> None:
    about = messy.submission(16, "sebelah.xlsx")
    assert (about["status"], about["reason"]) == ("rejected", "tables_side_by_side")


@given(17)
def _(drop: Drop) -> None:
    one, other = drop.person(21), drop.person(22)
    moved = list(LOG_HEADER)
    moved[1], moved[2] = moved[2], moved[1]
    row = drop.row(other)
    row[1], row[2] = row[2], row[1]
    drop.file("judul pindah.xlsx", workbook({"S": [LOG_HEADER, drop.row(one), moved, row]}))


def test_case_17_a_repeated_header_in_another_order_is_refused(messy: Messy) -> None:
    about = messy.submission(17, "judul pindah.xlsx")
    assert (about["status"], about["reason"], about["reason_detail"]) == (
        "rejected",
        "columns_moved",
        "baris 3",
    )


@given(13)
def _(drop: Drop) -> None:
    one = drop.person(21)
    table = [
        ["PENYALURAN BLT DANA DESA BULAN JANUARI S/D MARET 2024"],
        ["No", "NIK", "Nama", "Bantuan yang Diterima", "", "", "Jumlah", "Tanggal"],
        ["", "", "", "Januari", "Februari", "Maret"],
        [1, one.nik, one.name, 300000, 300000, 300000, 900000, "05/03/2024"],
    ]
    drop.file("per bulan.xlsx", workbook({"S": table}), CASH, at="2024-03-06T08:00")


def test_case_13_months_below_a_group_are_no_period_of_the_rows(messy: Messy) -> None:
    [row] = messy.rows(13, "per bulan.xlsx")
    assert (row["periods"], row["amount"]) == (["2024-01", "2024-02", "2024-03"], 900000)


@given(12)
def _(drop: Drop) -> None:
    one = drop.person(21)
    header = ["NIK", "Nama", "Jumlah", "Tanggal"]
    row = [one.nik, one.name, "300.000", "20/01/2024"]
    drop.file(
        "tahun.xlsx", workbook({"S": [["PENYALURAN BLT DANA DESA TAHUN ANGGARAN 2024"], header, row]}), CASH
    )
    drop.file("sep.csv", "sep=;\r\n" + as_csv([header, row], ";"), CASH)


def test_case_12_a_year_alone_is_no_period_of_a_log(messy: Messy) -> None:
    [row] = messy.rejected(12, "tahun.xlsx")
    assert row["reason_codes"] == ["period_unknown"]


def test_case_12_the_separator_line_of_a_spreadsheet_is_no_september(messy: Messy) -> None:
    [row] = messy.rejected(12, "sep.csv")
    assert row["reason_codes"] == ["period_unknown"]


@given(60)
def _(drop: Drop) -> None:
    drop.log(
        "tahun salah.xlsx",
        [drop.row(drop.person(21), day="09/02/1924"), drop.row(drop.person(22), day="09/01/2023")],
    )


def test_case_60_a_day_more_than_a_year_before_its_period_is_a_slip_of_the_pen(messy: Messy) -> None:
    slipped, early = messy.rows(60, "tahun salah.xlsx")
    assert slipped["reason_codes"] == ["date_invalid"]
    assert early["reason_codes"] == []


@given(47)
def _(drop: Drop) -> None:
    drop.log("kali.xlsx", [drop.row(drop.person(21), amount="3 x 100.000")], CASH)


def test_case_47_rupiah_are_not_counted_by_the_piece(messy: Messy) -> None:
    [row] = messy.rows(47, "kali.xlsx")
    assert row["reason_codes"] == ["amount_invalid"]


@given(30)
def _(drop: Drop) -> None:
    drop.log(
        "bergeser.xlsx",
        [drop.row(drop.person(21), nik="BUDI CONTOH PANJANG", day="BUDI CONTOH", amount="sekian")],
    )


def test_case_30_a_name_in_a_shifted_column_is_masked_for_auditors(messy: Messy) -> None:
    [row] = messy.rejected(30, "bergeser.xlsx")
    assert not {"UDI", "ONTOH", "ANJANG"} & set(row["raw_masked"].upper().replace("*", " ").split())
    assert "UDI" not in row["raw_masked"].upper()


@given(68)
def _(drop: Drop) -> None:
    drop.log(
        "belum.xlsx",
        [drop.row(drop.person(21), status="blm"), drop.row(drop.person(22), status="blm", amount="", day="")],
    )


def test_case_68_not_yet_beside_an_amount_and_a_day_is_remarked(messy: Messy) -> None:
    contradicted, plain = messy.rows(68, "belum.xlsx")
    assert [row["delivery_status"] for row in (contradicted, plain)] == ["not_yet", "not_yet"]
    assert contradicted["warning_codes"] == ["status_contradicted"]
    assert plain["warning_codes"] == []
