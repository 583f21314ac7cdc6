"""What OPDs write, value by value: amounts, dates, periods, statuses, NIKs, masks, places."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa

from include.ingest.identity import KeyMaker, trusted
from include.ingest.places import plain

Answer = Callable[[str], list[dict[str, Any]]]

AMOUNTS = [
    # text, cell, unit, value (None: cannot be read)
    ("Rp 300.000", "t", "IDR", 300000), ("Rp. 300.000,-", "t", "IDR", 300000), ("Rp300.000.-", "t", "IDR", 300000), ("IDR 300.000", "t", "IDR", 300000),
    ("300.000,00", "t", "IDR", 300000), ("300,000", "t", "IDR", 300000), ("300000", "t", "IDR", 300000), ("300.000", "t", "IDR", 300000),
    ("1.800.000", "t", "IDR", 1800000), ("1,800,000.00", "t", "IDR", 1800000), ("300 rb", "t", "IDR", 300000), ("1,5 jt", "t", "IDR", 1500000),
    ("300 ribu", "t", "IDR", 300000), ("1,5 juta", "t", "IDR", 1500000), ("Rp 300 rb", "t", "IDR", 300000), ("300 ribu rupiah", "t", "IDR", 300000),
    ("0,300 juta", "t", "IDR", 300000), ("300.000,- rupiah", "t", "IDR", 300000), ("300 ton", "t", "IDR", None), ("300 rbu", "t", "IDR", None),
    ("300 000", "t", "IDR", 300000), ("\u00a0Rp\u00a0300.000 ", "t", "IDR", 300000), ("300000.0", "n", "IDR", 300000), ("3E5", "n", "IDR", 300000),
    ("-300.000", "t", "IDR", None), ("(300.000)", "t", "IDR", None), ("-300000", "n", "IDR", None), ("10 kg", "t", "IDR", None), ("1234,567", "t", "IDR", None),
    ("#REF!", "e", "IDR", None), ("", ".", "IDR", None), ("-", "t", "IDR", None), ("nihil", "t", "IDR", None), ("Rp", "t", "IDR", None), ("1.00.000", "t", "IDR", None),
    ("10 kg", "t", "kg", 10), ("10Kg.", "t", "kg", 10), ("10kg", "t", "kg", 10), ("10,5", "t", "kg", 10.5), ("10.5", "t", "kg", 10.5), ("9,5 kg", "t", "kg", 9.5),
    ("10,000", "t", "kg", 10), ("277.390", "t", "kg", 277390), ("10.000 kg", "t", "kg", 10000), ("277,390 ton", "t", "kg", 277390), ("0.010 ton", "t", "kg", 10),
    ("1 kuintal", "t", "kg", 100), ("2 karung", "t", "kg", 20), ("1 koli", "t", "kg", 10), ("2 koli", "t", "kg", 20), ("1 zak", "t", "kg", 10), ("2x10", "t", "kg", 20),
    ("2 x 10 kg", "t", "kg", 20), ("2 karung @ 10 kg", "t", "kg", 20), ("2 x 10 karung", "t", "kg", None), ("10 kg (beras)", "t", "kg", None),
    ("10.0", "n", "kg", 10), ("Rp 300.000", "t", "kg", None), ("150000 rupiah", "t", "kg", None), ("inf", "n", "kg", None), ("0", "t", "kg", 0), ("10 ribu", "t", "kg", None),
    # in words: read only where they are a number without a fault
    ("tiga ratus ribu rupiah", "t", "IDR", 300000), ("Tiga Ratus Ribu", "t", "IDR", 300000), ("satu juta lima ratus ribu rupiah", "t", "IDR", 1500000),
    ("sembilan ratus ribu", "t", "IDR", 900000), ("seratus lima puluh ribu rupiah", "t", "IDR", 150000), ("sejuta dua ratus ribu", "t", "IDR", 1200000),
    ("dua belas ribu tiga ratus sebelas", "t", "IDR", 12311), ("sepuluh kilogram", "t", "kg", 10), ("dua puluh lima kg", "t", "kg", 25), ("dua karung", "t", "kg", 20),
    ("tiga ratos ribu", "t", "IDR", None), ("tiga lima ribu", "t", "IDR", None), ("ribu", "t", "IDR", None), ("ratus ribu", "t", "IDR", None),
    ("ribu tiga ratus", "t", "IDR", None), ("tiga ratus ribu juta", "t", "IDR", None), ("lunas", "t", "IDR", None), ("tiga ratus ribu kilogram", "t", "IDR", None),
]  # fmt: skip

PACK_HEADERS = {
    "Jumlah (Karung)": True, "Koli": True, "Jumlah Zak": True, "Jumlah Karung (10 Kg)": False, "Jumlah (Kg)": False, "Jumlah": False, "Karungan": False, "": False,
}  # fmt: skip

IN_PACKS = [
    # text, cell, unit, value
    ("2", "n", "kg", 20), ("2", "t", "kg", 20), ("dua", "t", "kg", 20), ("2 koli", "t", "kg", 20), ("20 kg", "t", "kg", 20), ("2x10", "t", "kg", 20),
    ("0,02 ton", "t", "kg", 20), ("300000", "n", "IDR", 300000),
]  # fmt: skip

SUSPECTED = [
    # amount, promised, unit, how it would fit
    (300, 300000, "IDR", "jumlah tertulis dikali 1.000 (ribuan rupiah)"), (0.3, 300000, "IDR", "jumlah tertulis dikali 1.000.000 (jutaan rupiah)"),
    (900, 900000, "IDR", "jumlah tertulis dikali 1.000 (ribuan rupiah)"), (300000000, 300000, "IDR", "jumlah tertulis dibagi 1.000"),
    (300000, 300000, "IDR", None), (30000, 300000, "IDR", None), (1800000, 300000, "IDR", None), (0, 300000, "IDR", None),
    (0.01, 10, "kg", "jumlah tertulis dikali 1.000 (ton)"), (10000, 10, "kg", "jumlah tertulis dibagi 1.000"), (150000, 10, "kg", "jumlah tertulis dibagi 15.000 (nilai dalam rupiah)"),
    (442200, 30, "kg", "jumlah tertulis dibagi 15.000 (nilai dalam rupiah)"), (1, 10, "kg", "jumlah tertulis dikali 10 (banyaknya karung)"),
    (2, 20, "kg", "jumlah tertulis dikali 10 (banyaknya karung)"), (9.5, 10, "kg", None), (5, 10, "kg", None), (12, 10, "kg", None), (2, 10, "kg", None), (90, 10, "kg", None),
]  # fmt: skip

DATES = [
    ("05/02/2024", "t", date(2024, 2, 5)), ("5-2-24", "t", date(2024, 2, 5)), ("05.02.2024", "t", date(2024, 2, 5)), ("5 2 2024", "t", date(2024, 2, 5)),
    ("2024-02-05", "t", date(2024, 2, 5)), ("2024/2/5", "t", date(2024, 2, 5)), ("2024-02-05 00:00:00", "d", date(2024, 2, 5)),
    ("2024-02-05T08:30:00", "d", date(2024, 2, 5)), ("5 Februari 2024", "t", date(2024, 2, 5)), ("5 Peb 2024", "t", date(2024, 2, 5)),
    ("5 Pebruari 2024", "t", date(2024, 2, 5)), ("12 Nop 2024", "t", date(2024, 11, 12)), ("17 Agst 2024", "t", date(2024, 8, 17)),
    ("17-Agustus-2024", "t", date(2024, 8, 17)), ("1 Okt. 2024", "t", date(2024, 10, 1)), ("5-Feb-24", "t", date(2024, 2, 5)), ("31 Des 2024", "t", date(2024, 12, 31)),
    ("Senin, 5 Februari 2024", "t", date(2024, 2, 5)), ("Jum'at, 9 Februari 2024", "t", date(2024, 2, 9)), ("SENIN 05/02/2024", "t", date(2024, 2, 5)),
    ("05/02/2024 09.30 WITA", "t", date(2024, 2, 5)), ("45327", "n", date(2024, 2, 5)), ("45327.0", "n", date(2024, 2, 5)), ("45352", "t", date(2024, 3, 1)),
    ("22673", "n", date(1962, 1, 27)), ("45327", "t", date(2024, 2, 5)), ("29/02/2024", "t", date(2024, 2, 29)), ("tgl. 5 Februari 2024", "t", date(2024, 2, 5)),
    ("Senin tanggal 5 Februari 2024", "t", date(2024, 2, 5)), ("5 Februari 2024 pukul 23.00 WITA", "t", date(2024, 2, 5)), ("5 - 2 - 2024", "t", date(2024, 2, 5)),
    ("2024-02-18 23:59:00", "d", date(2024, 2, 18)), ("2024-02-18T15:59:00Z", "t", date(2024, 2, 18)), ("2024-02-18T16:00:00Z", "t", date(2024, 2, 19)),
    ("2024-02-18T23:00:00+08:00", "t", date(2024, 2, 18)),
    ("02/25/2024", "t", None), ("31/02/2024", "t", None), ("29/02/2023", "t", None), ("5 Feb", "t", None), ("kemarin", "t", None), ("", ".", None), ("-", "t", None),
    ("5 Foo 2024", "t", None), ("1/2/3", "t", None), ("0", "n", None), ("99999999", "n", None),
    ("5.2", "n", None), ("5/2", "t", None),
]  # fmt: skip

DATE_RANGES = [
    # text, first day, last day
    ("5 s/d 7 Februari 2024", date(2024, 2, 5), date(2024, 2, 7)), ("5-7 Februari 2024", date(2024, 2, 5), date(2024, 2, 7)), ("5 - 7 Peb 2024", date(2024, 2, 5), date(2024, 2, 7)),
    ("05/02/2024 s.d. 07/02/2024", date(2024, 2, 5), date(2024, 2, 7)), ("28 Februari - 2 Maret 2024", date(2024, 2, 28), date(2024, 3, 2)),
    ("28 Des 2023 sampai dengan 2 Jan 2024", date(2023, 12, 28), date(2024, 1, 2)), ("Senin s/d Rabu, 5 s/d 7 Februari 2024", date(2024, 2, 5), date(2024, 2, 7)),
    ("2024-02-05 - 2024-02-07", date(2024, 2, 5), date(2024, 2, 7)), ("7 s/d 5 Februari 2024", None, None), ("kemarin s/d 7 Februari 2024", None, None),
    ("5 s/d 31 Februari 2024", None, None), ("31 s/d 5 Februari 2024", None, None), ("1 s/d 2 s/d 3 Februari 2024", None, None),
]  # fmt: skip

YEARLESS = {
    # under a title of 2024
    "5 Feb": date(2024, 2, 5), "5 Pebruari": date(2024, 2, 5), "05/02": date(2024, 2, 5), "29 Feb": date(2024, 2, 29), "5 s/d 7 Februari": date(2024, 2, 7), "Senin, 5 Februari": date(2024, 2, 5),
    "31/02": None, "5": None, "Februari": None,
}  # fmt: skip

VERSIONS = [
    # text, the day by which a registry was drawn, how auditors read it
    ("Data per 2024-03-05", date(2024, 3, 5), "05-03-2024"), ("DTKS_20240305", date(2024, 3, 5), "05-03-2024"), ("p3ke 05-03-2024", date(2024, 3, 5), "05-03-2024"),
    ("per 5 Maret 2024", date(2024, 3, 5), "05-03-2024"), ("5/3/2024 dan Januari 2023", date(2024, 3, 5), "05-03-2024"), ("Keadaan 5 Peb 2024", date(2024, 2, 5), "05-02-2024"),
    ("Triwulan II 2024", date(2024, 4, 1), "triwulan 2 2024"), ("TW-3 Tahun 2023", date(2023, 7, 1), "triwulan 3 2023"), ("DTSEN Q4 2025", date(2025, 10, 1), "triwulan 4 2025"),
    ("Semester II Tahun 2024", date(2024, 7, 1), "semester 2 2024"), ("semester 1 2024", date(2024, 1, 1), "semester 1 2024"),
    ("DTKS Januari 2024", date(2024, 1, 1), "Januari 2024"), ("dtks_nop_2023", date(2023, 11, 1), "November 2023"), ("SK Agustus tahun 2023", date(2023, 8, 1), "Agustus 2023"),
    ("2024-03", date(2024, 3, 1), "Maret 2024"), ("03/2024", date(2024, 3, 1), "Maret 2024"), ("P3KE 2022", date(2022, 1, 1), "tahun 2022"), ("p3ke2022v2", date(2022, 1, 1), "tahun 2022"),
    ("31-02-2024", date(2024, 2, 1), "Februari 2024"), ("05-13-2024", date(2024, 1, 1), "tahun 2024"), ("Maret", None, None), ("P3KE", None, None), ("1999", None, None), ("20245", None, None), ("", None, None),
]  # fmt: skip

Q1 = ["2024-01", "2024-02", "2024-03"]
PERIODS = [
    # text, cell, the title's year, months
    ("2024-01", "t", None, ["2024-01"]), ("01/2024", "t", None, ["2024-01"]), ("1-2024", "t", None, ["2024-01"]), ("Januari 2024", "t", None, ["2024-01"]),
    ("Jan-24", "t", None, ["2024-01"]), ("Jan '24", "t", None, ["2024-01"]), ("BULAN : JANUARI 2024", "t", None, ["2024-01"]), ("Peb 2024", "t", None, ["2024-02"]),
    ("Jan-Mar 2024", "t", None, Q1), ("Januari s/d Maret 2024", "t", None, Q1), ("Jan s.d. Mar 2024", "t", None, Q1), ("Januari sampai dengan Maret 2024", "t", None, Q1),
    ("Jan, Feb, Mar 2024", "t", None, Q1), ("Juni dan Juli 2024", "t", None, ["2024-06", "2024-07"]), ("Jan & Feb 2024", "t", None, ["2024-01", "2024-02"]),
    ("Nov 2023 - Jan 2024", "t", None, ["2023-11", "2023-12", "2024-01"]), ("Nov-Jan 2024", "t", None, ["2023-11", "2023-12", "2024-01"]),
    ("Januari", "t", None, ["2025-01"]), ("Januari", "t", "2024", ["2024-01"]), ("TW I 2024", "t", None, Q1), ("Triwulan 1", "t", "2024", Q1),
    ("Tahap I", "t", "2024", Q1), ("tahap 1 2024", "t", None, Q1), ("TAHAP I TAHUN 2024", "t", None, Q1), ("Tahap I", "t", None, None), ("Tahap II", "t", "2024", None),
    ("Semester II 2024", "t", None, [f"2024-{m:02}" for m in range(7, 13)]), ("2024", "t", None, [f"2024-{m:02}" for m in range(1, 13)]),
    ("2024-01-01 00:00:00", "d", None, ["2024-01"]), ("45292", "n", None, ["2024-01"]), ("Januari 2024, Januari 2024", "t", None, ["2024-01"]),
    ("13/2024", "t", None, None), ("Maret-Januari-ngawur 2024", "t", None, None), ("rapel", "t", None, None), ("", "t", None, None), ("-", "t", None, None), ("01/24", "t", None, None),
    ("Nov-24", "t", None, ["2024-11"]), ("Jan-24, Mar-24", "t", None, ["2024-01", "2024-03"]), ("Jan-Feb-Mar 2024", "t", None, Q1), ("Jan-Mar, Mei 2024", "t", None, None),
    ("Mar 2024 - Jan 2024", "t", None, None), ("2024-01 s/d 2024-03", "t", None, Q1), ("01/2024 - 03/2024", "t", None, Q1), ("2024-01 s/d 03", "t", None, None),
    ("2024-01-05", "t", None, ["2024-01"]), ("Juni dan Juli", "t", "2024", ["2024-06", "2024-07"]), ("TW I", "t", "2024", Q1), ("Triwulan II 2024", "t", None, ["2024-04", "2024-05", "2024-06"]),
    ("B.1-3", "t", "2024", Q1), ("B.1-3 2024", "t", None, Q1), ("Bulan 1 s/d 3 2024", "t", None, Q1), ("bln 2", "t", "2024", ["2024-02"]), ("Bulan ke-3", "t", "2024", ["2024-03"]),
    ("B.11-1", "t", "2024", ["2023-11", "2023-12", "2024-01"]), ("Bulan 13", "t", "2024", None), ("B.0-3", "t", "2024", None), ("1", "t", "2024", None), ("1-3", "t", "2024", None),
    ("Rapel Jan-Mar 2024", "t", None, Q1), ("Januari s/d Maret 2024 (dirapel)", "t", None, Q1), ("Dirapel: Jan dan Feb 2024", "t", None, ["2024-01", "2024-02"]),
    ("Alokasi Desember dibayar Januari", "t", None, ["2024-12"]), ("Alokasi Desember 2023 dibayar Januari 2024", "t", None, ["2023-12"]),
    ("Desember dibayarkan bulan Januari 2024", "t", None, ["2023-12"]), ("Alokasi Desember dibayar Januari", "t", "2023", ["2023-12"]), ("Februari (dibayar Maret 2024)", "t", None, ["2024-02"]),
    ("Nov-Des disalurkan Januari 2024", "t", None, ["2023-11", "2023-12"]), ("Desember dibayar nanti", "t", None, None), ("dibayar Januari 2024", "t", None, None),
    ("Marwan 2024", "t", None, None), ("Mei 2024", "t", None, ["2024-05"]), ("Agustus 2024", "t", None, ["2024-08"]), ("Alokasi Bulan Mei 2024", "t", None, ["2024-05"]),
]  # fmt: skip

STATUSES = {
    "delivered": [
        "sudah salur", "Tersalur", "diterima", "Ya", "SUDAH", "lunas", "V", "√", "1", "sudah diterima", "telah disalurkan", "hadir",
        "diwakili", "cair", "diwakili anak", "dititip RT", "Dititipkan ke Kadus", "diambil oleh istri", "tidak hadir, diwakili anak",
        "TH (sakit, diantar)", "diantar ke rumah", "sudah terima tapi kurang 1 kg", "tersalur 100%", "sudah diterima tgl 5/2/24",
        "diterima sebagian",
    ],
    "failed": [
        "gagal salur", "tidak hadir", "Meninggal", "pindah", "alm.", "TH", "pindah ke Bima", "belum diambil", "tdk dikenal",
        "sudah mampu", "alm 3/1/24", "pindah, rumah kosong", "tidak di tempat", "tidak ada", "sakit", "tidak diterima", "ganda, alm",
    ],
    "not_yet": ["belum", "Blm salur", "-", "0", "belum disalurkan", "tidak", "belum, besok diantar"],
    "void": ["batal", "BATAL", "dibatalkan"],
    "blank": ["", "  "],
    "unknown": [
        "besok mungkin", "x", "???", "100%", "akan diantar", "sudah diterima ahli waris, meninggal", "diwakili anak (alm)",
        "kurang mampu", "diterima besok",
    ],
}  # fmt: skip
REASONS_OF_FAILURE = {
    "Meninggal": ["deceased"], "alm 3/1/24": ["deceased"], "pindah ke Bima": ["moved"], "tdk dikenal": ["unknown_person"],
    "tidak ada": ["unknown_person"], "tidak ada di tempat": ["absent"], "TH": ["absent"], "ganda, alm": ["deceased", "duplicate"],
    "pindah, tidak hadir": ["moved", "absent"], "menolak": ["refused"], "sudah mampu": ["not_eligible"], "gagal salur": [],
    "belum": [], "sudah salur": [], "TH (sakit, diantar)": [],
}  # fmt: skip
PROXIES = {"diwakili anak": True, "dititip RT": True, "diambil oleh istri": True, "diantar ke rumah": False, "sudah salur": False,
           "belum diwakili": False, "alm": False}  # fmt: skip
MIXED = {"sudah terima tapi kurang 1 kg": True, "TH (sakit, diantar)": True, "diterima sebagian": True, "sudah salur": False,
         "diwakili anak": False, "tersalur 100%": False, "TH": False}  # fmt: skip

NIKS = [
    # text, cell, valid, precision lost
    ("5205010101990003", "t", True, False), ("'5205014101990003", "t", True, False), ("5205.0101.0199.0003", "t", True, False),
    ("5205 0101 0199 0003\u00a0", "t", True, False), ("5205019901990003", "t", False, False), ("520501010199000", "t", False, False),
    ("5205013002990003", "t", False, False), ("5205017102000003", "t", False, False), ("5205016902000003", "t", True, False), ("5205010113990003", "t", False, False),
    ("5205010101990000", "t", False, False), ("1111111111111111", "t", False, False), ("5,20508E+15", "t", False, True), ("5.20508e15", "t", False, True),
    ("5205010101990010", "n", True, True), ("5205010101990010.0", "n", True, True), ("5205010101990010", "t", True, False), ("", ".", False, False), ("belum ada", "t", False, False),
    ("5205010101990003", "n", True, False), ("9171010101990004", "n", True, True), ("9171010101990003", "t", True, False), ("5205010101990003.0", "t", True, False),
    ("52O5010101990003", "t", False, False), ("0000000000000000", "t", False, False), ("52050101019900031", "t", False, False),
    ("\u200b5205\u20130101\u20130199\u20130003", "t", True, False), ("\uff15205010101990003", "t", True, False), ("`5205010101990003", "t", True, False),
    ("1111111111111111", "n", False, False),
]  # fmt: skip
NIK_PROBLEMS = {
    "52O5010101990003": "NIK memuat huruf atau tanda selain angka", "520501010199000": "NIK terdiri atas 15 angka, seharusnya 16",
    "5205017901990003": "angka ke-7 dan ke-8 NIK (hari lahir) berisi 79", "5205010113990003": "angka ke-9 dan ke-10 NIK (bulan lahir) berisi 13",
    "5205013002990003": "angka ke-7 sampai ke-12 NIK (300299) bukan tanggal lahir yang ada dalam kalender",
    "5205010101990000": "angka ke-13 sampai ke-16 NIK (nomor urut) berisi 0000", "0205010101990003": "angka pertama NIK berisi 0",
}  # fmt: skip
KKS = {
    "5205010101200003": True, "5205.0101.0120.0003": True, "5205014101200003": False, "5205013002200003": False, "5205010101200000": False,
    "520501010120000": False, "belum ada": False,
}  # fmt: skip
NO_NUMBERS = [
    "",
    " ",
    "-",
    "--",
    "0",
    "0000000000000000",
    "0.0",
    "belum ada",
    "BELUM REKAM",
    "tidak punya",
    "Kosong",
    "n/a",
    "proses perekaman",
    "?",
]
NUMBERS = ["5205010101990003", "52050101", "12", "ada", "5,20508E+15", "lihat KK"]


def _values(rows: list[tuple[Any, ...]], columns: str) -> str:
    """Rows as an inline relation; every value is quoted text, null where None."""
    quoted = (
        "(" + ", ".join("null" if v is None else "'" + str(v).replace("'", "''") + "'" for v in row) + ")"
        for row in rows
    )
    return f"(select * from (values {', '.join(quoted)}) as given ({columns}))"


def _call(macro: str, values: str) -> str:
    return "{{ " + macro + '("' + values.replace("\\", "\\\\").replace('"', '\\"') + '") }}'


def test_amounts(compiled: Answer) -> None:
    given = _values(
        [(i, t, c, u) for i, (t, c, u, _) in enumerate(AMOUNTS)], "n, amount_text, amount_cell, unit"
    )
    typed = compiled(
        _call(
            "typed_amounts",
            f"(select distinct amount_text, amount_cell, unit, 10::double as pack_size from {given})",
        )
    )
    found = {(row["amount_text"], row["amount_cell"], row["unit"]): row["amount"] for row in typed}
    wrong = [(case, found[case[:3]]) for case in AMOUNTS if not _same(found[case[:3]], case[3])]
    assert wrong == []


def _same(found: float | None, expected: float | None) -> bool:
    return found is expected if found is None or expected is None else math.isclose(found, expected)


def test_figures_below_a_header_of_packs_count_packs(compiled: Answer) -> None:
    given = _values([(text,) for text in PACK_HEADERS], "header")
    found = compiled("select header, {{ counts_packs('header') }} as packs from " + given)
    assert {row["header"]: row["packs"] for row in found} == PACK_HEADERS

    given = _values([case[:3] for case in IN_PACKS], "amount_text, amount_cell, unit")
    typed = compiled(
        _call("typed_amounts", f"(select *, 10::double as pack_size from {given})").replace(
            ") }}", ", 'true') }}"
        )
    )
    amounts = {(row["amount_text"], row["amount_cell"], row["unit"]): row["amount"] for row in typed}
    assert [(case, amounts[case[:3]]) for case in IN_PACKS if not _same(amounts[case[:3]], case[3])] == []


def test_an_amount_that_fits_in_another_unit_is_suspected(compiled: Answer) -> None:
    given = _values([(n, *case[:3]) for n, case in enumerate(SUSPECTED)], "n, amount, promised, unit")
    found = compiled(
        "select n::integer as n, {{ suspected_unit('amount', 'promised', 'unit', 'pack_size', 'unit_price') }} as hint from ("
        "select n, amount::double as amount, promised::double as promised, unit, 10::double as pack_size, 15000::double as unit_price "
        f"from {given})"
    )
    hints = {row["n"]: row["hint"] for row in found}
    assert [(case, hints[n]) for n, case in enumerate(SUSPECTED) if hints[n] != case[3]] == []


def test_dates_are_day_first(compiled: Answer) -> None:
    typed = compiled(_call("typed_dates", _values([case[:2] for case in DATES], "date_text, date_cell")))
    found = {(row["date_text"], row["date_cell"]): row["typed_date"] for row in typed}
    assert [(case, found[case[:2]]) for case in DATES if found[case[:2]] != case[2]] == []


def test_a_range_of_days_has_both_ends(compiled: Answer) -> None:
    typed = compiled(
        _call("typed_dates", _values([(case[0], "t") for case in DATE_RANGES], "date_text, date_cell"))
    )
    found = {
        row["date_text"]: (row["first_date"] if row["typed_date"] else None, row["typed_date"])
        for row in typed
    }
    assert [(case, found[case[0]]) for case in DATE_RANGES if found[case[0]] != case[1:]] == []
    assert all(row["is_date_range"] for row in typed if row["typed_date"])


def test_a_date_without_a_year_is_of_the_year_above_it(compiled: Answer) -> None:
    given = _values([(text, "t", "2024") for text in YEARLESS], "date_text, date_cell, title_year")
    typed = compiled(_call("typed_dates", given).replace(") }}", ", 'title_year') }}"))
    assert {row["date_text"]: row["typed_date"] for row in typed} == YEARLESS
    assert all(row["is_year_assumed"] == (row["typed_date"] is not None) for row in typed)


def test_a_weekday_that_contradicts_its_date_is_noticed(compiled: Answer) -> None:
    texts = {
        "Senin, 5 Februari 2024": False,
        "Selasa, 5 Februari 2024": True,
        "Jumat 9/2/2024": False,
        "Ahad, 11 Februari 2024": False,
        "5/2/2024": False,
    }
    typed = compiled(_call("typed_dates", _values([(text, "t") for text in texts], "date_text, date_cell")))
    assert {row["date_text"]: row["is_weekday_contradicted"] for row in typed} == texts


def test_the_day_of_a_registry_is_read_from_what_is_written_of_it(compiled: Answer) -> None:
    typed = compiled(_call("stated_versions", _values([(text,) for text, _, _ in VERSIONS], "version_text")))
    found = {row["version_text"]: row["stated"] or {"day": None, "label": None} for row in typed}
    assert {text: tuple(found[text].values()) for text, _, _ in VERSIONS} == {
        text: (day, label) for text, day, label in VERSIONS
    }


def test_periods(compiled: Answer) -> None:
    given = _values(
        [("blt_dd", t, c, y, "2025") for t, c, y, _ in PERIODS],
        "program_code, period_text, period_cell, title_year, receipt_year",
    )
    typed = compiled("with " + _call("typed_periods", given) + " select * from typed_periods")
    found = {(row["period_text"], row["period_cell"], row["title_year"]): row["named"] for row in typed}
    assert [(case, found[case[:3]]) for case in PERIODS if found[case[:3]] != case[3]] == []


def test_statuses(compiled: Answer) -> None:
    expected = {text: status for status, texts in STATUSES.items() for text in texts}
    typed = compiled(_call("typed_statuses", _values([(text,) for text in expected], "status_text")))
    found = {row["status_text"]: row["typed_status"] for row in typed}
    assert {text: found[text] for text in expected if found[text] != expected[text]} == {}


def test_reasons_of_failure_are_kept_the_weightiest_first(compiled: Answer) -> None:
    typed = compiled(
        _call("typed_statuses", _values([(text,) for text in REASONS_OF_FAILURE], "status_text"))
    )
    assert {row["status_text"]: row["failure_reasons"] for row in typed} == REASONS_OF_FAILURE


def test_proxies_and_mixed_statements_are_told(compiled: Answer) -> None:
    typed = compiled(
        _call("typed_statuses", _values([(text,) for text in {**PROXIES, **MIXED}], "status_text"))
    )
    found = {row["status_text"]: (row["is_via_proxy"], row["is_status_mixed"]) for row in typed}
    assert {text: found[text][0] for text in PROXIES} == PROXIES
    assert {text: found[text][1] for text in MIXED} == MIXED


def _checked(compiled: Answer, niks: list[tuple[str, str]], kks: list[str]) -> list[dict[str, Any]]:
    """NIK and KK cells as reading and staging together see them: keys are made by the one, judged by the other."""
    maker = KeyMaker(b"a secret of the tests only")

    def keyless(text: str, cell: str, domain: str) -> bool:
        return maker.column(trusted(pa.array([text]), pa.array([cell])), domain)[0].as_py() is None

    rows = [(nik, cell, keyless(nik, cell, "nik"), "", ".", True) for nik, cell in niks]
    rows += [("", ".", True, kk, "t", keyless(kk, "t", "kk")) for kk in kks]
    columns = "nik_text, nik_cell, is_nik_keyless, kk_text, kk_cell, is_kk_keyless"
    values = f"(select * replace (is_nik_keyless::boolean as is_nik_keyless, is_kk_keyless::boolean as is_kk_keyless) from {_values(rows, columns)})"
    return compiled(_call("checked_numbers", values))


def test_niks(compiled: Answer) -> None:
    checked = _checked(compiled, [case[:2] for case in NIKS], [])
    found = {
        (row["nik_text"], row["nik_cell"]): (row["is_nik_valid"], row["is_nik_precision_lost"])
        for row in checked
    }
    assert [(case, found[case[:2]]) for case in NIKS if found[case[:2]] != case[2:]] == []


def test_a_nik_that_is_valid_for_staging_has_a_key_from_reading_unless_it_was_cut(compiled: Answer) -> None:
    checked = _checked(compiled, [case[:2] for case in NIKS], [])
    assert [
        row
        for row in checked
        if row["is_nik_valid"] and row["is_nik_keyless"] != row["is_nik_precision_lost"]
    ] == []


def test_kks(compiled: Answer) -> None:
    assert {row["kk_text"]: row["is_kk_valid"] for row in _checked(compiled, [], list(KKS))} == KKS


def test_what_stands_for_no_number_is_no_number(compiled: Answer) -> None:
    checked = _checked(compiled, [(text, "t") for text in (*NO_NUMBERS, *NUMBERS)], [])
    assert sorted(row["nik_text"] for row in checked if row["is_nik_blank"]) == sorted(NO_NUMBERS)


def test_the_wrong_digits_of_a_nik_are_named(compiled: Answer) -> None:
    rows = compiled(
        f"select nik, {{{{ nik_problem('nik') }}}} as problem from {_values([(nik,) for nik in NIK_PROBLEMS], 'nik')}"
    )
    assert {row["nik"]: row["problem"] for row in rows} == NIK_PROBLEMS


YES_NO = {
    # arguments of the macro: {text: answer}
    "": {"Ya": True, "TIDAK": False, "-": None, "": None, "tdk": False, "1": True, "1.0": True, "0": False, "mungkin": None,
         "tidak diketahui": None, "tidak diketahui.": None, "tidak diketahui (belum didata)": None, "tidak diisi": None,
         "Tidak ada data": None, "Tdk terdata": None, "Belum diisi": None, "Belum terdata": None, "#N/A": None, "NULL": None, "N/A": None,
         "–": None, "kosong": None, "2. Tidak": False, "0 - Tidak": False, "1) Ya": True, "Ya.": True, "Tidak ada": False},
    ", disability_words(), ['sehat', 'normal'], no_codes=['0']": {
         "disab": True, "tuna netra": True, "Tuna Rungu": True, "tidak cacat": False, "non disabilitas": False, "": None, "Belum diisi": None,
         "kosong": None, "00": False, "Sehat": False, "2. Tidak": False, "0 - Tidak": False, "1. Tuna daksa": True, "2": None, "petani": None,
         "Penyandang disabilitas (fisik)": True, "Ada": True, "#N/A": None, "ODGJ": True},
    ", head_words(), member_words(), no_codes=range(2, 12)": {
         "Kepala Keluarga": True, "1. Kepala Keluarga": True, "01": True, "KEP. KELUARGA": True, "Kepala Rumah Tangga": True, "KRT": True,
         "KK": True, "Ya": True, "#N/A": None, "": None, "Istri": False, "3. Anak": False, "3": False, "11": False, "Famili lain": False,
         "Bukan kepala keluarga": False, "Orang Tua": False, "Isteri": False, "tidak jelas": None, "menumpang": None},
    ", ['pmi', 'tki', 'tkw']": {"TKW": True, "TKW di Malaysia": True, "bukan": False, "": None, "petani": None},
    ", ['pekka', 'janda', 'krt perempuan', 'perempuan']": {"PEKKA": True, "janda": True, "bukan janda": False, "": None},
}  # fmt: skip


def test_blank_is_not_no(compiled: Answer) -> None:
    for arguments, expected in YES_NO.items():
        rows = compiled(
            "select flag, {{ typed_yes_no('flag'"
            + arguments
            + ") }} as answer from "
            + _values([(text,) for text in expected], "flag")
        )
        assert {row["flag"]: row["answer"] for row in rows} == expected


DECILES = {
    # (decile, percentile): decile. What is no single decile is not known, and no amount of money is one.
    ("2", ""): 2, ("2.0", ""): 2, ("Desil 2", ""): 2, ("DESIL II", ""): 2, ("Desil ke-2", ""): 2, ("D2", ""): 2, ("desil: 10", ""): 10,
    ("iv", ""): 4, ("1 (Sangat Miskin)", ""): 1, ("1 - Sangat miskin", ""): 1, ("4/Rentan miskin", ""): 4, ("", "1"): 1, ("", "Persentil 11"): 2,
    ("Desil 3", "99"): 3, ("Miskin", "17"): 2, ("Sangat Miskin", ""): None, ("1-4", ""): None, ("Desil 1 - 4", ""): None, ("11", ""): None,
    ("0", ""): None, ("Rp 1", ""): None, ("1 juta", ""): None, ("500.000", ""): None, ("10%", ""): None, ("-2", ""): None, ("", ""): None,
    (">4", ""): None, ("6+", ""): None,
}  # fmt: skip


def test_only_a_single_decile_is_one(compiled: Answer) -> None:
    rows = compiled(
        "select decile, percentile, {{ typed_decile('decile', 'percentile') }} as answer from "
        + _values(list(DECILES), "decile, percentile")
    )
    assert {(row["decile"], row["percentile"]): row["answer"] for row in rows} == DECILES


MASKS = [
    ("mask_nik", "5205019901990003", "520501******0003"),
    ("mask_nik", "5205.0199.0199.0003", "520501******0003"),
    ("mask_nik", "12345", "*****"),
    ("mask_nik", "", None),
    ("mask_name", "SITI AMINAH", "S*** A*****"),
    ("mask_name", "Baco", "B***"),
    ("mask_digit_runs", "BA/5205019901990003/2024", "BA/************/2024"),
    ("mask_digit_runs", "5205 0199 0199 0003", "************"),
    ("mask_digit_runs", "BAST 12/DKP/II/2024", "BAST 12/DKP/II/2024"),
    ("mask_digit_runs", "05/02/2024", "05/02/2024"),
    ("mask_digit_runs", "2024-02-05 10:00:00", "2024-02-05 10:00:00"),
]
SAME_PLACES = [
    ("Hu'u", "HUU"), ("Hu’u", "Huu"), ("Kandai 1", "KANDAI I"), ("Kel. Bali", "bali"), ("Ds Nowa", "Nowa"), ("Desa O'o", "OO"),
    ("Ds. Soro Barat", "SOROBARAT"), ("Huʼu", "Hu`u"), ("Hu´u", "Hu′u"), ("Ta'a", "Taa"), ("Desa/Kel. Nowa", "Nowa"), ("Kec. Woja", "WOJA"),
    ("Kandai  II", "Kel. Kandai 2"), ("Dorotangga", "Doro Tangga"), ("Mangge-Nae", "manggenae"),
]  # fmt: skip


def _each(calls: list[tuple[str, str]]) -> str:
    """A query with a column a call of a macro on a text."""
    quoted = [(macro, text.replace("'", "''")) for macro, text in calls]
    return "select " + ", ".join(
        "{{ " + macro + f"(\"'{text}'\")" + " }} as " + f"c{n}" for n, (macro, text) in enumerate(quoted)
    )


def test_masks(compiled: Answer) -> None:
    found = compiled(_each([(macro, text) for macro, text, _ in MASKS]))[0]
    assert [
        (case, value) for case, value in zip(MASKS, found.values(), strict=True) if value != case[2]
    ] == []


def test_place_keys_ignore_what_people_vary(compiled: Answer) -> None:
    found = list(compiled(_each([("place_key", text) for pair in SAME_PLACES for text in pair]))[0].values())
    assert "" not in found
    assert [pair for n, pair in enumerate(SAME_PLACES) if found[2 * n] != found[2 * n + 1]] == []


def test_titles_and_rows_read_places_alike(compiled: Answer) -> None:
    texts = [text for pair in SAME_PLACES for text in pair]
    found = list(compiled(_each([("place_key", text) for text in texts]))[0].values())
    assert found == [plain(text) for text in texts]


def test_place_keys_keep_different_places_apart(compiled: Answer) -> None:
    row = compiled("select {{ place_key(\"'Kandai I'\") }} as one, {{ place_key(\"'Kandai II'\") }} as two")[
        0
    ]
    assert row["one"] != row["two"]


def test_a_table_is_asked_for_everything_that_it_promises(compiled: Answer) -> None:
    texts = _values(
        [("a", "b1", "on", 3, 1, 2), ("b", "b1", "off", 3, 1, 2), ("b", "b2", "up", 4, 1, 2), (None, None, None, None, None, None)],
        "id, batch, status, whole, one, other",
    )  # fmt: skip
    rows = f"(select * replace (whole::int as whole, one::int as one, other::int as other) from {texts})"
    promised = (
        "key=['id'], filled=['batch', 'status'], one_of={'status': ['on', 'off']}, "
        "adding_up=[{'whole': 'whole', 'parts': ['one', 'other']}]"
    )
    broken = [
        tuple(row.values()) for row in compiled(f'{{{{ test_holds("{rows}", {promised}) }}}} order by all')
    ]
    assert broken == [
        ("batch is empty", "", 1), ("id in several rows", "id b", 2), ("id is empty", "", 1), ("status is empty", "", 1),
        ("status is none of on, off", "id b", 1), ("whole is not one + other", "id b", 1),
    ]  # fmt: skip
    apart = compiled(f"{{{{ test_holds(\"{rows}\", unique=['batch', 'status']) }}}}")
    assert apart == []
    together = compiled(f"{{{{ test_holds(\"{rows}\", unique=['batch', 'one']) }}}}")
    assert together == [
        {"broken_promise": "batch, one in several rows", "found_in": "batch b1, one 1", "rows_found": 2}
    ]
    unnamed = compiled(f"{{{{ test_holds(\"{rows}\", filled=['id']) }}}}")
    assert unnamed == [{"broken_promise": "id is empty", "found_in": None, "rows_found": 1}]
    [found] = compiled(f"{{{{ test_holds(\"{rows}\", filled=['other'], found_by=['one']) }}}}")
    assert (found["broken_promise"], found["found_in"]) == ("other is empty", "")
