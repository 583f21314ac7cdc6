"""The Indonesian words of statuses, and in which order and colour class pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include.report.queries import Row


@dataclass(frozen=True)
class Status:
    """A status as it is shown; `css` names its colour in style.css."""

    code: str
    label: str
    css: str


def _statuses(*lines: tuple[str, str, str]) -> dict[str, Status]:
    return {code: Status(code, label, css) for code, label, css in lines}


# The order of the coordination brief: what is well, what is late, what is lacking, what cannot be told yet.
TIMING = _statuses(
    ("on_time", "Tepat waktu", "good"),
    ("late", "Terlambat", "late"),
    ("incomplete", "Sebagian", "partial"),
    ("missing", "Belum tersalur", "bad"),
    ("undated", "Tanpa tanggal", "unknown"),
    ("pending", "Belum jatuh tempo", "idle"),
)
LOGS = _statuses(
    ("received", "Diterima", "good"),
    ("nil", "Laporan nihil", "unknown"),
    ("late", "Diterima terlambat", "late"),
    ("missing", "Belum melapor", "bad"),
    ("pending", "Belum batas lapor", "idle"),
)
SUBMISSIONS = _statuses(
    ("accepted", "Diterima", "good"),
    ("partial", "Diterima sebagian", "partial"),
    ("rejected", "Ditolak", "bad"),
    ("duplicate", "Pernah diterima", "idle"),
)
OUTCOMES = _statuses(
    ("passed", "Tanpa temuan", "good"),
    ("failed", "Ada temuan", "late"),
    ("not_evaluated", "Tidak dapat dinilai", "bad"),
)
RUNS = _statuses(
    ("succeeded", "Berhasil", "good"),
    ("failed", "Gagal", "bad"),
    ("running", "Berjalan", "idle"),
)
PUBLICATIONS = _statuses(
    ("current", "Berlaku", "good"),
    ("old", "Usang", "late"),
    ("missing", "Belum ada", "bad"),
    ("unreadable", "Tidak terbaca", "bad"),
    ("other_version", "Versi lain", "bad"),
    ("other_regency", "Wilayah lain", "bad"),
)
KINDS = {
    "recipients": "Daftar penerima",
    "distribution": "Log penyaluran",
    "registry": "Data rujukan",
    "gates": "Tahapan",
    "reviews": "Daftar periksa pasangan",
}
STARTED_BY = {
    "command": "perintah pantau",
    "files": "berkas masuk",
    "schedule": "jadwal pagi",
    "person": "seseorang di Airflow",
}


def status(known: dict[str, Status], code: str | None) -> Status:
    """The status of a code; one that has no words yet is shown by its code rather than not at all."""
    return known.get(code or "") or Status(code or "", code or "–", "unknown")


def parts_of(row: Row) -> list[dict[str, Any]]:
    """What a bar of timing statuses is drawn from; the row holds a count for each."""
    return [{"label": one.label, "css": one.css, "count": row[one.code]} for one in TIMING.values()]
