"""Headers as OPDs write them find their canonical column; what ties or stays unknown is said, not guessed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from include.ingest.columns import CANONICAL, ROW_ID_HEADER, landing_columns, match_headers, missing_required
from include.ingest.reasons import reasons
from include.settings import REPOSITORY


def matched(headers: list[str], kind: str, aliases: dict[str, list[str]] | None = None) -> dict[str, str]:
    return {
        name: headers[position] for name, position in match_headers(headers, kind, aliases).positions.items()
    }


@pytest.mark.parametrize("kind", sorted(CANONICAL))
def test_landing_columns_are_those_of_the_raw_table_in_its_order(kind: str) -> None:
    sql = (REPOSITORY / "include" / "warehouse" / "schema.sql").read_text(encoding="utf-8")
    body = re.search(rf"raw\.{kind} \((.*?)\n\);", sql, re.DOTALL)
    assert body is not None
    names = [part.split()[0] for part in body.group(1).split(",")]
    assert tuple(name for name in names if name != "sequence") == landing_columns(kind)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("N I K", "nik"),
        ("No. NIK", "nik"),
        ("NIK/No KK", "nik"),
        ("NIK KTP", "nik"),
        ("NO. KARTU KELUARGA", "kk"),
        ("no_kk", "kk"),
        ("Nama KPM", "name"),
        ("NAMA PENERIMA MANFAAT", "name"),
        ("Nama Kepala Keluarga", "name"),
        ("Desa/Kel", "village"),
        ("Kelurahan/Desa", "village"),
        ("Kec.", "district"),
        ("Jml Uang", "amount"),
        ("Uang yang diterima", "amount"),
        ("Uang Diterima (Rp)", "amount"),
        ("Dana Diterima", "amount"),
        ("Kuantum (Kg)", "amount"),
        ("Jumlah  (Rp)", "amount"),
        ("BERAS (KG)", "amount"),
        ("Tgl. Salur", "delivered_on"),
        ("Tanggal\nPenyaluran", "delivered_on"),
        ("Hari/Tanggal", "delivered_on"),
        ("Tgl. BAST", "delivered_on"),
        ("No BAST", "bast_number"),
        ("Ket.", "notes"),
        ("Status Salur", "status"),
        ("Bulan", "period"),
        ("Alokasi Bulan", "period"),
        ("Tahap/Triwulan", "period"),
        ("Nama Pengambil", "received_by"),
        ("Diwakili", "received_by"),
        (ROW_ID_HEADER, "returned_row_id"),
    ],
)
def test_spellings_of_a_distribution_log(header: str, column: str) -> None:
    assert matched([header], "distribution") == {column: header}


@pytest.mark.parametrize(
    "header",
    [
        "Alokasi (Kg)",
        "Rencana Salur",
        "Kuota",
        "Tempat Lahir",
        "Tgl Lahir",
        "RT/RW",
        "Foto",
        "Jumlah ART",
        "Tanggal SP2D",
        "NIK Pengambil",
    ],
)
def test_headers_that_are_none_of_a_distribution_log(header: str) -> None:
    assert matched([header], "distribution") == {}


def test_a_plan_counts_for_a_list_but_never_for_a_log() -> None:
    headers = ["NIK", "Alokasi (Kg)", "Realisasi (Kg)"]
    assert matched(headers, "distribution")["amount"] == "Realisasi (Kg)"
    assert matched(headers, "recipients")["entitled_amount"] == "Alokasi (Kg)"


def test_the_family_gets_the_date_before_any_paper_does() -> None:
    headers = ["NIK", "Tgl. BAST", "Tgl DO", "Tanggal Terima", "Tgl Salur"]
    assert matched(headers, "distribution")["delivered_on"] == "Tanggal Terima"


def test_equal_headers_are_reported_and_the_left_one_is_taken() -> None:
    found = match_headers(["NIK", "Nama", "Jumlah", "Jumlah"], "distribution")
    assert found.positions["amount"] == 2
    assert found.ambiguous == [("amount", [2, 3])]


def test_an_alias_of_the_feed_wins_over_everything() -> None:
    headers = ["NIK", "Nama", "Jumlah (Kg)", "Timbang"]
    assert matched(headers, "distribution", {"amount": ["timbang"]})["amount"] == "Timbang"


def test_unknown_headers_are_listed_but_not_row_numbers() -> None:
    headers = ["No.", "NO URUT", "NIK", "Nama", "Agama"]
    assert [headers[index] for index in match_headers(headers, "distribution").unknown] == ["Agama"]


@pytest.mark.parametrize("kind", ["recipients", "distribution", "registry"])
@pytest.mark.parametrize("numbering", ["No", "No.", "NO URUT", "Nomor"])
def test_a_row_number_is_nobodys_nik(kind: str, numbering: str) -> None:
    assert "nik" not in match_headers([numbering, "Nama", "Desa", "Desil"], kind).positions


def test_whether_a_family_gets_some_aid_is_not_its_name() -> None:
    found = match_headers(["NIK", "Penerima BPNT", "Penerima PKH", "Penerima Sembako"], "registry")
    assert set(found.positions) == {"nik"}


def test_a_real_registry_header() -> None:
    headers = [
        "No",
        "ID Keluarga P3KE",
        "Provinsi",
        "Kabupaten/Kota",
        "Kecamatan",
        "Desa/Kelurahan",
        "Kode Kemdagri",
        "Desil Kesejahteraan",
        "Alamat",
        "ID Individu",
        "Nama",
        "NIK",
        "Padan Dukcapil",
        "Jenis Kelamin",
        "Hubungan dengan Kepala Keluarga",
        "Tanggal Lahir",
        "Status Kawin",
    ]
    assert matched(headers, "registry") == {
        "nik": "NIK",
        "name": "Nama",
        "village": "Desa/Kelurahan",
        "district": "Kecamatan",
        "welfare_decile": "Desil Kesejahteraan",
        "gender": "Jenis Kelamin",
        "is_head": "Hubungan dengan Kepala Keluarga",
        "birth_date": "Tanggal Lahir",
        "family_id": "ID Keluarga P3KE",
        "dukcapil_match": "Padan Dukcapil",
    }


def test_registers_of_families_and_questionnaires() -> None:
    family = "ID Keluarga P3KE|Kecamatan|Kode Kemdagri|Desil Kesejahteraan|Kepala Keluarga|NIK|Padan Dukcapil|Kepemilikan Rumah"
    assert matched(family.split("|"), "registry") == {
        "family_id": "ID Keluarga P3KE",
        "district": "Kecamatan",
        "village": "Kode Kemdagri",
        "welfare_decile": "Desil Kesejahteraan",
        "name": "Kepala Keluarga",
        "nik": "NIK",
        "dukcapil_match": "Padan Dukcapil",
    }
    newer = "id_keluarga_p3ke|id_individu|nama|NIK|nomor_KK|Persentil|NIK_perbaikan|nama_perbaikan|SIKS_DJ_disabilitas|DTKS_ID_DTKS"
    assert matched(newer.split("|"), "registry") == {
        "family_id": "id_keluarga_p3ke",
        "name": "nama",
        "nik": "NIK",
        "kk": "nomor_KK",
        "welfare_percentile": "Persentil",
        "disability": "SIKS_DJ_disabilitas",
    }
    regsosek = "104 Desa/Kelurahan|111 Nomor Kartu Keluarga|402 Nama|403 NIK|409 Hub. Keluarga|501c BLT Dana Desa|ID rumah tangga (2)"
    assert matched(regsosek.split("|"), "registry") == {
        "village": "104 Desa/Kelurahan",
        "kk": "111 Nomor Kartu Keluarga",
        "name": "402 Nama",
        "nik": "403 NIK",
        "is_head": "409 Hub. Keluarga",
        "family_id": "ID rumah tangga (2)",
    }


def test_required_columns_and_their_substitute() -> None:
    assert [column.name for column in missing_required("distribution", {"kk", "amount"})] == []
    assert [column.name for column in missing_required("distribution", {"name"})] == ["nik", "amount"]
    assert [column.name for column in missing_required("recipients", {"nik"})] == ["name", "village"]


def test_every_reason_says_what_is_wrong_and_how_to_mend_it() -> None:
    assert {reason.level for reason in reasons().values()} == {"rejected", "warning", "submission"}
    for reason in reasons().values():
        assert reason.text.endswith("."), reason.code
        assert reason.remedy.endswith("."), reason.code


def test_every_code_in_the_reading_code_has_its_text() -> None:
    folders = [REPOSITORY / "include" / "ingest", REPOSITORY / "include" / "inbox"]
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*.py")
        if Path(path).stem != "reasons"
    )
    used = set(re.findall(r'(?:reject|warn|_refuse|Unreadable|Unpackable)\(\s*"([a-z_]+)"', source)) | set(
        re.findall(r'"error": "([a-z_]+)"', source)
    )
    assert len(used) > 20
    assert used <= set(reasons())


@pytest.mark.parametrize("kind", sorted(CANONICAL))
def test_the_labels_of_receipts_and_templates_are_read_back(kind: str) -> None:
    labels = {column.name: column.label for column in CANONICAL[kind]} | {"returned_row_id": ROW_ID_HEADER}
    assert matched(list(labels.values()), kind) == labels


def test_dbt_finds_each_columns_cell_type_where_reading_writes_it():
    macro = (REPOSITORY / "dbt_project" / "macros" / "text.sql").read_text()
    [written] = re.findall(r"set columns = (\{.*?\})\[kind\]", macro, re.DOTALL)
    assert ast.literal_eval(written) == {
        kind: [column.name for column in CANONICAL[kind]] for kind in CANONICAL
    }
