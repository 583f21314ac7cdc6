"""G. Status and evidence: cases 68 to 70."""

from __future__ import annotations

from tests.messy.kit import LOG, LOG_HEADER, REGISTRY, Drop, Messy, as_csv, given, workbook
from tests.messy.test_c_persons import warnings

STATUSES = [
    # text, amount, status, reasons, warnings
    ("sudah terima tapi kurang 1 kg", "9 kg", "delivered", [], ["status_mixed"]),
    ("TH (sakit, diantar)", "10 kg", "delivered", [], ["status_mixed"]),
    ("pindah ke Bima", "", "failed", ["moved"], []),
    ("alm 3/1/24", "", "failed", ["deceased"], []),
    ("tdk dikenal", "", "failed", ["unknown_person"], []),
    ("pindah, tidak hadir", "", "failed", ["moved", "absent"], []),
    ("TH", "", "failed", ["absent"], []),
    ("belum, besok diantar", "", "not_yet", [], []),
    ("sudah diterima ahli waris, meninggal", "10 kg", "unknown", [], []),
    ("sebentar lagi", "10 kg", "unknown", [], []),
]


@given(68)
def _(drop: Drop) -> None:
    people = drop.people(len(STATUSES))
    drop.recipients(people)
    rows = [
        drop.row(person, status=text, amount=amount)
        for person, (text, amount, *_) in zip(people, STATUSES, strict=True)
    ]
    drop.log("kata bebas.xlsx", rows)


def test_case_68_free_text_is_weighed_and_keeps_its_reasons(messy: Messy) -> None:
    """Absent or short beside a delivery is counted by the amount column and remarked; a death beside a delivery, or
    words that nobody has settled, wait for a person."""
    rows = messy.rows(68, "kata bebas.xlsx")
    found = [(row["delivery_status"], row["failure_reasons"], row["warning_codes"]) for row in rows]
    assert found == [tuple(case[2:]) for case in STATUSES]
    assert [row["reason_codes"] for row in rows] == [[]] * 8 + [["status_unknown"]] * 2


def test_case_68_auditors_see_why_a_delivery_failed(messy: Messy) -> None:
    published = [row["failure_reasons"] for row in messy.deliveries(68, "kata bebas.xlsx")]
    assert published == [reasons for _, _, status, reasons, _ in STATUSES if status != "unknown"]
    statuses = [messy.accuracy(person)["amount_status"] for person in messy.drop(68).people(3)]
    assert statuses == ["under", "exact", "none"]


def test_case_68_what_is_written_of_a_persons_health_stays_out_of_mails(messy: Messy) -> None:
    mails = [
        path.read_text(encoding="utf-8", errors="replace") for path in messy.ws.settings.outbox.rglob("*.eml")
    ]
    assert mails
    assert not [mail for mail in mails if "sakit, diantar" in mail or "pindah ke Bima" in mail]


OTHER_VILLAGE = ("Dora Tangga", "Dompu")  # no case has it


@given(69)
def _(drop: Drop) -> None:
    people = drop.people(5)
    drop.recipients(people)
    header = (*LOG_HEADER, "No. BAST")
    there = {"village": OTHER_VILLAGE[0], "district": OTHER_VILLAGE[1]}
    rows = [
        [*drop.row(people[0]), "BA-69/01"], [*drop.row(people[1]), "BA-69/01"], [*drop.row(people[2], **there), "ba - 69/01"],
        [*drop.row(people[3], **there), "BA-69/02"],
    ]  # fmt: skip
    drop.file("bast.xlsx", workbook({"Sheet1": [header, *rows]}), LOG)
    march = {"period": "Maret 2024", "day": "05/03/2024"}
    rows = [[*drop.row(people[3], **march), "BA-69/02"]]
    drop.file("bast lagi.xlsx", workbook({"Sheet1": [header, *rows]}), LOG, "2024-03-06T08:00")
    april = {"period": "Februari 2024", "day": "06/03/2024"}
    percent = [
        drop.row(people[0], status="100%", **april),
        drop.row(people[1], status="tersalur 100%", **april),
    ]
    drop.log("persen.csv", percent, at="2024-03-07T08:00")


def test_case_69_one_bast_number_for_two_villages_is_remarked(messy: Messy) -> None:
    assert warnings(messy.rows(69, "bast.xlsx")) == [[], [], ["bast_for_two_villages"], []]
    assert warnings(messy.rows(69, "bast lagi.xlsx")) == [["bast_for_two_villages"]]
    own = messy.drop(69).village.village_name
    first, later = messy.rows(69, "bast.xlsx")[2], messy.rows(69, "bast lagi.xlsx")[0]
    assert first["hint"] == f"Nomor BAST ini lebih dahulu dipakai untuk Desa/Kelurahan {own}."
    assert later["hint"] == f"Nomor BAST ini lebih dahulu dipakai untuk Desa/Kelurahan {OTHER_VILLAGE[0]}."


def test_case_69_villages_that_number_for_themselves_are_not_sent_their_rows_back(messy: Messy) -> None:
    """Many a village numbers its own records 01, 02, …: the remark is counted, for auditors and on the first sheet."""
    assert messy.submission(69, "bast.xlsx")["warnings"] == ["bast_for_two_villages"]
    assert messy.receipt(69, "bast.xlsx").sheetnames == ["Tanda Terima"]


def test_case_69_a_percentage_is_no_status(messy: Messy) -> None:
    """Beside a status word it says nothing more: the amount column is what counts, and who is left out stays missing."""
    typed, word = messy.rows(69, "persen.csv")
    assert (typed["reason_codes"], word["reason_codes"]) == (["status_unknown"], [])
    first, second, third = messy.drop(69).people(3)
    found = [messy.accuracy(person, "2024-02")["amount_status"] for person in (first, second, third)]
    assert found == ["none", "exact", "none"]


FLAGS = [
    # disability, migrant, female head, lives alone; the same understood
    (("Ya", "TKW", "PEKKA", "Ya"), (True, True, True, True)),
    (("disab", "TKI di Malaysia", "janda", "Tidak"), (True, True, True, False)),
    (("tuna netra", "tidak", "-", ""), (True, False, None, None)),
    (("Tidak", "", "Tidak", "-"), (False, None, False, None)),
    (("-", "?", "", "tidak tahu"), (None, None, None, None)),
]


@given(70)
def _(drop: Drop) -> None:
    header = (
        "NIK",
        "No. KK",
        "Nama",
        "Desa",
        "Kecamatan",
        "Disabilitas",
        "Pekerja Migran",
        "Perempuan Kepala Keluarga",
        "Lansia Tunggal",
    )
    place = [drop.village.village_name, drop.village.district_name]
    rows = [
        [p.nik, p.kk, p.name, *place, *flags]
        for p, (flags, _) in zip(drop.people(len(FLAGS)), FLAGS, strict=True)
    ]
    drop.file("rentan.csv", as_csv([header, *rows, ["", "", "", *place, "tuna netra", "", "", ""]]), REGISTRY)


def test_case_70_blank_is_not_no(messy: Messy) -> None:
    rows = [row for row in messy.rows(70, "rentan.csv") if row["is_accepted"]]
    flags = ("has_disability", "is_migrant_worker", "is_female_head", "lives_alone")
    found = [tuple(row[flag] for flag in flags) for row in rows]
    assert found == [understood for _, understood in FLAGS]


def test_case_70_the_kind_of_a_disability_never_reaches_the_audit_database(messy: Messy) -> None:
    assert len(messy.rejected(70, "rentan.csv")) == 1
    tables = messy.audit("select table_name from duckdb_tables() where schema_name = 'audit'")
    assert tables
    for table in tables:
        name = table["table_name"]
        [found] = messy.audit(
            f"select count(*) as n from audit.{name} as t where to_json(t)::varchar ilike '%tuna netra%'"
        )
        assert (name, found["n"]) == (name, 0)
