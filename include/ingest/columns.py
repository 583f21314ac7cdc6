"""The one list of the canonical columns of each feed kind, and how a sender's headers are matched to them.

OPDs name the same column in many ways ("N I K", "No. KTP", "Kuantum (Kg)"). Here a header gets a score for each
canonical column, the best pairs win, and whatever ties or stays unknown is told to the sender instead of guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True)
class Column:
    """A canonical column.

    Attributes:
        name: The column's name in `raw.<kind>`.
        label: How receipts and templates call it (Indonesian).
        required: Whether a table without it is refused.
        instead: Another column that satisfies the requirement as well.
        synonyms: Header spellings, the most specific first: of two headers that match, the earlier spelling wins.
        never: Words that rule a header out, however well the rest matches.
        lesser: Words that make a header the last choice: it is taken only where no other one fits.
        from_title: Whether the title rows or the sheet's name may stand in for the column.
    """

    name: str
    label: str
    required: bool = False
    instead: str | None = None
    synonyms: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    lesser: tuple[str, ...] = ()
    from_title: bool = False


_PROXY = ("pengambil", "wakil", "diwakili", "perwakilan", "kuasa", "petugas", "saksi")
_REPLACED = ("diganti", "digantikan", "lama", "replaces")
_OTHER_PERSON = (*_PROXY, *_REPLACED, "ibu", "ayah", "pasangan", "istri", "suami", "kandung")
_PLAN = ("alokasi", "rencana", "kuota", "pagu", "target", "plafon", "jatah", "sisa", "kurang", "selisih")

_NIK = Column(
    "nik", "NIK", True,
    synonyms=("nik", "no nik", "nik penerima", "nik kpm", "nik pbp", "nik ktp", "no ktp", "no identitas", "no induk kependudukan",
              "no induk penduduk", "no ktp nik", "nik no ktp", "nik kepala keluarga", "nik no kk", "nik kk", "nik individu", "ktp"),
    never=_OTHER_PERSON,
)  # fmt: skip
_KK = Column(
    "kk", "No. KK",
    synonyms=("kk", "no kk", "nkk", "no kartu keluarga", "kartu keluarga", "no kk penerima", "id kk", "no kk kpm"),
    never=_OTHER_PERSON,
)  # fmt: skip
_NAME = Column(
    "name", "Nama",
    synonyms=("nama penerima", "nama penerima manfaat", "nama keluarga penerima manfaat", "nama kpm", "nama pbp", "nama lengkap", "nama",
              "nama kepala keluarga", "nama kk", "nama krt", "nama penerima bantuan", "nama sesuai ktp", "penerima", "peserta",
              "nama peserta", "kepala keluarga", "nama individu", "nama anggota keluarga"),
    never=(*_OTHER_PERSON, "desa", "kelurahan", "kecamatan", "program", "barang", "bantuan jenis", "bank", "dusun"),
)  # fmt: skip
_VILLAGE = Column(
    "village", "Desa/Kelurahan",
    synonyms=("kode desa", "kode desa kelurahan", "kode kemendagri", "desa", "desa kelurahan", "kelurahan desa", "kelurahan",
              "nama desa", "nama desa kelurahan", "nama kelurahan", "desa kel", "village code", "kode kemdagri", "kode wilayah desa"),
    never=("kecamatan", "kepala"), from_title=True,
)  # fmt: skip
_DISTRICT = Column(
    "district",
    "Kecamatan",
    synonyms=("kecamatan", "nama kecamatan", "district code"),
    never=("desa", "kelurahan"),
    from_title=True,
)
_PERIOD = Column(
    "period", "Periode",
    synonyms=("periode", "bulan", "periode bulan", "bulan alokasi", "alokasi bulan", "periode penyaluran", "bulan penyaluran", "tahap",
              "tahap penyaluran", "periode salur", "bulan salur", "bulan tahun", "triwulan", "tahap triwulan", "masa", "tahun"),
    never=("tanggal", "lahir", "jumlah"), from_title=True,
)  # fmt: skip
_NOTES = Column(
    "notes", "Keterangan", synonyms=("catatan", "keterangan", "keterangan lain", "catatan petugas")
)

CANONICAL: dict[str, tuple[Column, ...]] = {
    "recipients": (
        _NIK,
        _KK,
        Column("name", "Nama", True, synonyms=_NAME.synonyms, never=_NAME.never),
        Column("village", "Desa/Kelurahan", True, synonyms=_VILLAGE.synonyms, never=_VILLAGE.never, from_title=True),
        _DISTRICT,
        Column(
            "entitled_amount", "Jumlah hak",
            synonyms=("jumlah hak", "hak", "alokasi", "jatah", "besaran bantuan", "besaran", "nilai bantuan", "nominal", "jumlah bantuan",
                      "jumlah alokasi", "alokasi kg", "kuantum", "jumlah kg", "jumlah rp", "jumlah", "nominal bantuan", "beras kg"),
            never=("anggota", "jiwa", "art", "keluarga", "bulan", "tanggungan"),
        ),
        _PERIOD,
        Column(
            "replaces_nik", "NIK yang diganti",
            synonyms=("nik yang diganti", "nik diganti", "nik yang digantikan", "nik digantikan", "nik lama", "nik penerima lama", "menggantikan nik"),
        ),
        Column(
            "valid_from", "Berlaku mulai",
            synonyms=("berlaku mulai", "berlaku dari", "mulai berlaku", "tanggal mulai", "tanggal berlaku", "tmt", "tanggal penetapan"),
            never=("sampai", "lahir"),
        ),
        Column(
            "valid_to", "Berlaku sampai",
            synonyms=("berlaku sampai", "berlaku hingga", "sampai dengan tanggal", "tanggal berakhir", "tanggal selesai", "berakhir"),
            never=("mulai", "lahir"),
        ),
        Column("reason", "Alasan", synonyms=("alasan", "alasan penggantian", "alasan perubahan", "sebab", "keterangan", "catatan")),
    ),
    "distribution": (
        Column("nik", "NIK", True, "kk", synonyms=_NIK.synonyms, never=_NIK.never),
        _KK,
        _NAME,
        _VILLAGE,
        _DISTRICT,
        _PERIOD,
        Column(
            "amount", "Jumlah diterima", True,
            synonyms=("jumlah diterima", "jumlah yang diterima", "jumlah disalurkan", "jumlah salur", "jumlah tersalur", "realisasi",
                      "jumlah realisasi", "realisasi kg", "realisasi rp", "realisasi penyaluran", "diterima kg", "kuantum diterima", "jumlah bantuan",
                      "nominal diterima", "uang diterima", "uang yang diterima", "uang tunai", "dana diterima", "dana yang diterima",
                      "jumlah dibayarkan", "jumlah dibayar", "jumlah uang", "jumlah uang rp", "jumlah kg", "jumlah beras", "jumlah beras kg",
                      "kuantum kg", "kuantum", "beras kg", "beras", "jumlah rp", "nominal", "nominal rp", "nilai bantuan", "nilai", "besaran bantuan",
                      "besaran", "besaran rp", "jumlah", "banyaknya", "kg", "rp", "jumlah karung", "jumlah koli", "koli karung", "koli", "karung"),
            never=(*_PLAN, "anggota", "jiwa", "art", "keluarga", "bulan", "tanggungan", "tanggal", "kpm", "pbp"),
        ),
        Column(
            "delivered_on", "Tanggal terima",
            synonyms=("tanggal terima", "tanggal diterima", "tanggal penerimaan", "tanggal salur", "tanggal penyaluran", "tanggal disalurkan",
                      "tanggal tersalur", "tanggal realisasi", "tanggal pengambilan", "tanggal ambil", "tanggal bayar", "tanggal pembayaran",
                      "tanggal pencairan", "tanggal penyerahan", "tanggal serah terima", "hari tanggal", "tanggal", "waktu penyaluran", "tanggal bast"),
            never=("lahir", "sp2d", "do", "cetak", "gudang", "spm", "lapor", "input", "rencana"),
            lesser=("bast", "ba", "acara"),  # the village's receipt, not the family's
        ),
        Column(
            "status", "Status",
            synonyms=("status penyaluran", "status salur", "status penerimaan", "status bantuan", "status realisasi", "status terima", "status",
                      "sudah salur", "sudah terima", "sudah belum", "salur", "tersalur", "hadir tidak", "kehadiran", "hasil penyaluran", "diterima ya tidak"),
            never=("kawin", "perkawinan", "rumah", "keluarga", "pekerjaan", "lahan", "pkh", "dtks", "padan", *_PLAN),
        ),
        Column(
            "bast_number", "Nomor BAST",
            synonyms=("no bast", "bast", "no berita acara", "no berita acara serah terima", "berita acara", "no ba", "no bukti", "no tanda terima"),
            never=("tanggal",),
        ),
        Column(
            "received_by", "Diterima oleh",
            synonyms=("diterima oleh", "nama pengambil", "pengambil", "yang mengambil", "diambil oleh", "nama wakil", "diwakili", "diwakili oleh",
                      "wakil", "perwakilan", "nama perwakilan", "nama penerima kuasa", "penerima kuasa"),
            never=("nik", "no", "hubungan"),
        ),
        _NOTES,
    ),
    "registry": (
        _NIK,
        _KK,
        Column(
            "name", "Nama", True,
            # "Penerima BPNT", "Penerima PKH": whether the family gets it, not who.
            synonyms=tuple(text for text in _NAME.synonyms if not text.startswith("penerima")),
            never=_NAME.never,
        ),
        Column("birth_date", "Tanggal lahir", synonyms=("tanggal lahir", "tanggal bulan tahun lahir", "lahir"), never=("tempat",)),
        Column("gender", "Jenis kelamin", synonyms=("jenis kelamin", "jk", "kelamin", "l p", "sex")),
        _VILLAGE,
        _DISTRICT,
        Column(
            "welfare_decile", "Desil",
            synonyms=("desil kesejahteraan", "desil", "peringkat kesejahteraan", "desil nasional", "desil p3ke", "desil dtsen"),
        ),
        Column(
            "household_size", "Jumlah anggota keluarga",
            synonyms=("jumlah anggota keluarga", "jumlah art", "jumlah anggota rumah tangga", "jumlah jiwa", "jumlah tanggungan", "anggota keluarga"),
        ),
        Column(
            "is_head", "Hubungan keluarga",
            synonyms=("hubungan dengan kepala keluarga", "hubungan keluarga", "hubungan dalam keluarga", "shdk", "status hubungan dalam keluarga",
                      "status dalam keluarga", "apakah kepala keluarga", "hub keluarga"),
        ),
        Column("lives_alone", "Lansia tunggal", synonyms=("lansia tunggal", "tinggal sendiri", "hidup sendiri")),
        Column(
            "disability", "Disabilitas",
            synonyms=("disabilitas", "penyandang disabilitas", "jenis disabilitas", "difabel", "jenis cacat", "cacat", "ragam disabilitas"),
        ),
        Column("migrant_worker", "Pekerja migran", synonyms=("pekerja migran", "pmi", "tki", "pmi tki", "tkw", "pekerja migran indonesia")),
        Column(
            "female_head", "Perempuan kepala keluarga",
            synonyms=("perempuan kepala keluarga", "pekka", "krt perempuan", "pekka krt perempuan", "kepala keluarga perempuan"),
        ),
        Column(
            "family_id", "ID Keluarga",
            synonyms=("id keluarga p3ke", "id keluarga dtsen", "id keluarga", "id rumah tangga", "id ruta", "id bdt", "id dtks", "no rtm"),
            never=("individu", "art", "nama"),
        ),
        Column("welfare_percentile", "Persentil", synonyms=("persentil", "percentile", "persentil kesejahteraan", "persentil nasional")),
        Column("dukcapil_match", "Padan Dukcapil", synonyms=("padan dukcapil", "status padan dukcapil", "status padan", "keterangan padan")),
    ),
    "gates": (
        Column("village", "Desa/Kelurahan", True, synonyms=_VILLAGE.synonyms, never=_VILLAGE.never, from_title=True),
        Column("milestone", "Tahapan", True, synonyms=("tahapan", "tonggak", "tahapan proses", "tahap", "langkah", "capaian", "dokumen")),
        Column(
            "reached_on", "Tanggal tercapai", True,
            synonyms=("tanggal tercapai", "tanggal selesai", "tanggal penetapan", "tanggal", "tercapai pada", "tanggal ditetapkan"),
        ),
        Column("program", "Program", synonyms=("program", "nama program", "kode program")),
        _NOTES,
    ),
    # A workbook of ours that comes back to a registry's folder: whether two entries are one person (include/targeting/review.py).
    "reviews": (
        Column("pair_id", "ID Pasangan", True, synonyms=("id pasangan",)),
        Column("decision", "Keputusan", True, synonyms=("keputusan",)),
        _NOTES,
    ),
}  # fmt: skip

ROW_ID_HEADER = "ID Baris"
"""Header of the row id in a returned workbook; a corrected row is recognised by it."""

EXPLAINED = ("Keadaan", "Yang salah", "Cara memperbaiki", "Lembar asal", "Baris asal")
"""Headers of the columns that a returned workbook adds to the sender's own; they come back with it."""

REVIEWED = (
    "Dasar", "Nama P3KE", "Nama DTKS/DTSEN", "NIK P3KE", "NIK DTKS/DTSEN", "No. KK P3KE", "No. KK DTKS/DTSEN", "Tanggal lahir P3KE",
    "Tanggal lahir DTKS/DTSEN", "Jenis kelamin P3KE", "Jenis kelamin DTKS/DTSEN", "Desa P3KE", "Desa DTKS/DTSEN",
)  # fmt: skip
"""Headers that a list of pairs to be reviewed shows beside the decision; they come back with it and are not kept."""

RECEIPT_TITLE = "TANDA TERIMA LAPORAN"
"""What stands on top of a receipt's first sheet; the sheet is recognised by it, for senders name sheets "Tanda Terima" too."""

GUIDE_TITLE, CHOICES_TITLE = "PETUNJUK PENGISIAN TEMPLAT", "DAFTAR PILIHAN TEMPLAT"
"""What stands on top of a template's sheets that hold no rows; they are recognised by it and passed over."""

ROW_ID = Column("returned_row_id", ROW_ID_HEADER, synonyms=("id baris", "kode baris", "row id"))

KEYS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "recipients": (
        ("nik_key", "nik", "nik"), ("kk_key", "kk", "kk"), ("name_key", "name", "name"), ("replaces_nik_key", "replaces_nik", "nik"),
    ),
    "distribution": (("nik_key", "nik", "nik"), ("kk_key", "kk", "kk"), ("name_key", "name", "name")),
    "registry": (("nik_key", "nik", "nik"), ("kk_key", "kk", "kk"), ("name_key", "name", "name")),
    "gates": (),
    "reviews": (),
}  # fmt: skip
"""Per kind: key column, the column that it is made of, and the kind of identity (nik, kk or name)."""

LEADING = ("submission_id", "sheet", "sheet_number", "row_number", "row_kind", "cell_types", "row_marks")
TITLE = ("title_period", "title_village", "title_district", "title_date")


def landing_columns(kind: str) -> tuple[str, ...]:
    """Columns of a landing Parquet: those of `raw.<kind>` without `sequence`, in the same order."""
    return (
        *LEADING,
        *(column.name for column in CANONICAL[kind]),
        ROW_ID.name,
        *(key for key, _, _ in KEYS[kind]),
        *TITLE,
        "extra",
    )


_ABBREVIATIONS = {
    "jml": "jumlah", "jmlh": "jumlah", "jlh": "jumlah", "tgl": "tanggal", "tg": "tanggal", "ket": "keterangan", "nomor": "no", "nomer": "no",
    "nmr": "no", "nomber": "no", "number": "no", "kec": "kecamatan", "kel": "kelurahan", "ds": "desa", "bln": "bulan", "thn": "tahun", "nm": "nama",
    "rupiah": "rp", "kilogram": "kg", "kilo": "kg", "hub": "hubungan", "tw": "triwulan", "nama2": "nama", "dgn": "dengan", "kab": "kabupaten",
    "nik16": "nik",
}  # fmt: skip
_NOISE = frozenset(
    ("kpm", "pbp", "penerima", "manfaat", "rp", "kg", "bantuan", "pangan", "beras", "yang", "di", "dan", "ktp", "lengkap", "sesuai", "digit",
     "16", "dd", "blt", "program", "keluarga", "hh", "bb", "tttt", "mm", "yyyy", "ini", "per", "idr")
)  # fmt: skip
_OF_PROGRAMS = frozenset(
    ("program", "bantuan", "bansos", "sosial", "jenis", "nama", "kode", "bentuk", "macam", "kegiatan")
)
_NUMBERING = frozenset({"no", "nourut", "urut", "nournt", "nomorurut", "norut"})
_MOST_WORDS = 12
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_QUESTION = re.compile(r"^\s*\d{3}[a-z]?[.)]?\s+(?=[A-Za-z])|(?<=[A-Za-z])\s*\(\d{1,3}\)\s*$")


@lru_cache(maxsize=4096)
def words(header: str) -> tuple[str, ...]:
    """The words of a header: lower case, without marks, abbreviations written out, spaced letters joined.

    A questionnaire's number before or behind the words ("403 NIK" of Regsosek, "ID rumah tangga (2)" of BDT) is none of them.
    """
    header = _QUESTION.sub("", header)
    text = unicodedata.normalize("NFKD", header).lower().replace("’", "").replace("'", "")
    parts = [part for part in _NOT_WORD.sub(" ", text).split() if part]
    joined: list[str] = []
    letters = ""
    for part in parts:  # "N I K" is one word, typed wide
        if len(part) == 1 and part.isalpha():
            letters += part
            continue
        joined += [letters] * bool(letters) + [part]
        letters = ""
    joined += [letters] * bool(letters)
    return tuple(_ABBREVIATIONS.get(word, word) for word in joined)


def is_numbering(header: str) -> bool:
    """Whether a header names a mere row number ("No", "No. Urut"), which says nothing and is not reported."""
    return "".join(words(header)) in _NUMBERING or not words(header)


def is_plan(header: str) -> bool:
    """Whether a header names a planned amount ("Alokasi"), never a delivery."""
    found = words(header)
    return (
        bool({"alokasi", "rencana", "kuota", "pagu", "jatah", "plafon"} & set(found)) and "bulan" not in found
    )


def corrected_by(header: str) -> str | None:
    """The column of which this one holds corrections ("NIK_perbaikan", "nama_perbaikan" of P3KE as a regency verified it)."""
    found = words(header)
    if "perbaikan" not in found:
        return None
    rest = " ".join(word for word in found if word not in ("perbaikan", "hasil", "verval"))
    return {"nik": "nik", "nama": "name"}.get(rest)


def names_program(header: str) -> bool:
    """Whether a column's cells name the programme of their row ("Jenis Bantuan"), not some other aid of the family."""
    found = set(words(header))
    return bool(found & {"program", "bantuan", "bansos"}) and found <= _OF_PROGRAMS


def score(header: str, column: Column, aliases: Sequence[str] = ()) -> float:
    """How well a header fits a column, 0 for not at all; 100 and more are certain."""
    found = words(header)
    if not found or len(found) > _MOST_WORDS:
        return 0.0
    compact = "".join(found)
    if any(compact == "".join(words(alias)) for alias in aliases):
        return 110.0
    return _score(found, compact, column)


@lru_cache(maxsize=65_536)
def _score(found: tuple[str, ...], compact: str, column: Column) -> float:
    if compact == "".join(words(column.name)):
        return 100.0
    if compact in _NUMBERING or any(word in found for word in column.never):
        return 0.0
    bare = _bare(found)
    best = max((_fit(found, compact, bare, spelling) for spelling in _spellings(column)), default=0.0)
    return best / 5 if any(word in found for word in column.lesser) else best


@dataclass(frozen=True)
class _Spelling:
    words: tuple[str, ...]
    compact: str
    bare: tuple[str, ...]
    loss: float


@lru_cache(maxsize=256)
def _spellings(column: Column) -> tuple[_Spelling, ...]:
    return tuple(
        _Spelling(words(text), "".join(words(text)), _bare(words(text)), rank * 0.2)
        for rank, text in enumerate(column.synonyms)
    )


def _bare(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in found if word not in _NOISE)


def _fit(found: tuple[str, ...], compact: str, bare: tuple[str, ...], spelling: _Spelling) -> float:
    """Score of one spelling: the same, the same but for filler words, or contained."""
    if compact == spelling.compact:
        return 95.0 - spelling.loss
    if bare and bare == spelling.bare:
        return 80.0 - spelling.loss
    extra = len(found) - len(spelling.words)
    if 0 < extra <= 3 and len(spelling.compact) > 3 and _contains(found, spelling.words):
        return 60.0 - 5 * extra - spelling.loss
    return 0.0


def _contains(found: tuple[str, ...], spelling: tuple[str, ...]) -> bool:
    size = len(spelling)
    return any(found[start : start + size] == spelling for start in range(len(found) - size + 1))


@dataclass(frozen=True)
class HeaderMatch:
    """Which position of a table holds which canonical column, and what could not be settled."""

    positions: dict[str, int]
    score: float
    unknown: list[int] = field(default_factory=list)
    ambiguous: list[tuple[str, list[int]]] = field(default_factory=list)

    @property
    def is_doubled(self) -> bool:
        """Whether identity and content stand in the header twice: two tables side by side, of which one would be lost."""
        twice = {name for name, _ in self.ambiguous}
        return bool(twice & {"nik", "kk"}) and bool(twice & {"name", "amount", "entitled_amount"})


def match_headers(
    headers: Sequence[str], kind: str, aliases: Mapping[str, Sequence[str]] | None = None
) -> HeaderMatch:
    """Assigns headers to the canonical columns of a kind, best score first, each at most once.

    Two headers that fit a column equally well are reported as ambiguous; the left one is taken.
    """
    known = (*CANONICAL[kind], ROW_ID)
    scored = [
        (value, -position, -index, column.name)
        for position, header in enumerate(headers)
        for index, column in enumerate(known)
        if (value := score(header, column, (aliases or {}).get(column.name, ()))) > 0
    ]
    positions: dict[str, int] = {}
    total = 0.0
    best: dict[str, float] = {}
    rivals: dict[str, list[int]] = {}
    for value, negative, _, name in sorted(scored, reverse=True):
        position = -negative
        if position in positions.values():
            continue
        if name not in positions:
            positions[name] = position
            best[name] = value
            total += value
        elif value == best[name]:
            rivals.setdefault(name, [positions[name]]).append(position)
    taken = set(positions.values())
    unknown = [
        index for index, header in enumerate(headers) if index not in taken and not is_numbering(header)
    ]
    return HeaderMatch(positions, total, unknown, sorted(rivals.items()))


def missing_required(kind: str, present: set[str]) -> list[Column]:
    """The required columns that neither stand in the table nor have a substitute there."""
    return [
        c
        for c in CANONICAL[kind]
        if c.required and c.name not in present and (c.instead is None or c.instead not in present)
    ]
