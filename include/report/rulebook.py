"""The auditors' page of rules, made from where each rule is defined; `make docs` writes it.

Judgements come from the descriptions of dbt's columns, findings from the rules of `expectations`, reasons and remarks from
reasons.yml, dates and amounts from the regency's configuration. Nothing is stated here that is not defined there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.ingest.reasons import reasons
from include.language import indonesian
from include.settings import REPOSITORY

if TYPE_CHECKING:
    from include.config import Configuration, Program

PAGE = REPOSITORY / "docs" / "aturan.md"
_MODELS = REPOSITORY / "dbt_project" / "models" / "audit"

_SEVERITIES = {"critical": "sangat segera", "warning": "segera", "info": "catatan"}
_LEVELS = {
    "rejected": "Alasan penolakan baris",
    "warning": "Catatan pada baris yang tetap diterima",
    "submission": "Alasan penolakan atau catatan pada berkas",
}
# Of a code that names no source.
_OWN_CHOICE = "Pilihan Pantau Salur"
_STATUSES = {
    "active": "berjalan", "planned": "direncanakan", "paused": "ditunda", "finished": "selesai", "cancelled": "batal",
}  # fmt: skip


def render(configuration: Configuration) -> str:
    """The whole page, in Markdown."""
    parts = (
        _opening(configuration),
        _programs(configuration),
        _windows(configuration),
        _judgements(),
        _findings(),
        _codes(),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _opening(configuration: Configuration) -> Iterator[str]:
    yield f"# Aturan penilaian: {configuration.region.regency_name}"
    yield ""
    yield "Halaman ini disusun otomatis dari tempat setiap aturan ditetapkan (`make docs`) dan tidak disunting dengan tangan."
    yield "Nilai dan tanggal berasal dari konfigurasi kabupaten; apa yang baru berupa usulan dinyatakan di sana."
    yield ""
    yield "*Kontrak data* bukan peraturan dan bukan dokumen tersendiri, melainkan ketetapan sistem ini sendiri. Yang berlaku"
    yield "adalah rumusannya, dan semuanya dapat dibuka: bagian 2 (konfigurasi) pada berkas konfigurasi kabupaten, bagian 3"
    yield "(kiriman) pada *Kode pada baris dan berkas* dan tabel `audit.deliveries` di bawah, bagian 4 (ketepatan jumlah dan"
    yield "waktu) pada *Penilaian*, bagian 5 (temuan) pada *Temuan*, bagian 7 (basis data audit) pada `audit.data_dictionary`."
    yield "*Pilihan Pantau Salur* berarti bahwa aturan itu tidak bersumber dari luar; ia berlaku sampai Sekretariat TKPKD"
    yield "menetapkan lain."


def _programs(configuration: Configuration) -> Iterator[str]:
    yield "## Program: hak, jadwal, dan batasnya"
    for program in configuration.programs:
        yield ""
        yield f"### {program.name} (`{program.code}`)"
        yield ""
        yield from _table(("Hal", "Ketentuan"), _program_facts(configuration, program))
        yield ""
        yield from _table(
            ("Periode", "Jatuh tempo"),
            ((indonesian.period(one.period), indonesian.day(one.due_date)) for one in program.periods),
        )


def _program_facts(configuration: Configuration, program: Program) -> Iterator[tuple[str, str]]:
    deadlines = {
        feed.report_deadline_days
        for feed in configuration.feeds
        if feed.kind == "distribution" and feed.program == program.code
    }
    yield "OPD", configuration.opd(program.opd).name
    yield (
        "Keadaan",
        _STATUSES[program.status]
        + (f" sejak {indonesian.day(program.status_from)}" if program.status_from else ""),
    )
    yield "Hak satu keluarga satu periode", indonesian.quantity(program.entitlement, program.unit)
    yield "Toleransi", indonesian.percent(program.tolerance)
    yield "Jumlah terbesar yang wajar dalam satu baris", indonesian.quantity(program.max_amount, program.unit)
    if program.max_periods_per_payment:
        yield "Periode dalam satu pembayaran", f"paling banyak {program.max_periods_per_payment}"
    yield "Jenis desa yang berhak", " dan ".join(program.village_kinds)
    yield (
        "Batas lapor setelah penyaluran atau jatuh tempo",
        ", ".join(f"{days} hari" for days in sorted(deadlines)) or "-",
    )
    if program.gates:
        yield "Tahapan sebelum penyaluran, berurutan", ", ".join(gate.name for gate in program.gates)
    for pause in program.pauses:
        yield f"Masa jeda {indonesian.day_range(pause.start, pause.end)}", pause.reason
    if program.source:
        yield "Sumber", program.source


def _windows(configuration: Configuration) -> Iterator[str]:
    yield "## Jendela SUSENAS"
    yield ""
    yield from _table(
        (
            "SUSENAS",
            "Pencacahan",
            "Batas",
            "Jatuh tempo yang tercakup",
            "Tampak bila diterima",
            "Sifat",
            "Sumber",
        ),
        (
            (
                str(window.year),
                indonesian.day_range(window.start, window.end),
                indonesian.day(window.cutoff),
                f"sesudah {indonesian.day(window.scope_from)} sampai batas",
                f"{window.visible_days} hari sebelum pencacahan atau selama pencacahan",
                "resmi" if window.status == "official" else "perkiraan",
                window.source or "-",
            )
            for window in configuration.windows
        ),
    )


def _judgements() -> Iterator[str]:
    yield "## Penilaian"
    yield ""
    yield "Setiap hak (satu keluarga, satu program, satu periode) dinilai menurut satu hari penilaian (`as_of`)."
    for model in _audit_models():
        judged = [
            column for column in model["columns"] if "source" in column.get("config", {}).get("meta", {})
        ]
        if not judged:
            continue
        yield ""
        yield f"### `audit.{model['name']}`"
        yield ""
        yield model["description"]
        yield ""
        yield from _table(
            ("Kolom", "Aturan", "Sumber"),
            ((f"`{one['name']}`", one["description"], one["config"]["meta"]["source"]) for one in judged),
        )


def _audit_models() -> Iterator[dict[str, Any]]:
    """The published tables as dbt's YAML describes them: the common ones first, then each topic's."""
    for path in sorted(_MODELS.rglob("_*__models.yml"), key=lambda path: (len(path.parts), path)):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["models"]


def _findings() -> Iterator[str]:
    # Imported here: it takes Great Expectations along, and only this page needs it.
    from expectations.registry import RULES

    yield "## Temuan"
    yield ""
    yield "Setiap baris yang melanggar suatu aturan menjadi satu temuan. Temuan terbuka sampai diperbaiki; sebuah fakta yang"
    yield "sudah terjadi disampaikan sekali, lalu menjadi riwayat. Aturan yang tidak dapat diperiksa dinyatakan demikian,"
    yield "bukan lulus."
    yield ""
    yield from _table(
        ("Kode", "Aturan", "Kegentingan", "Sifat", "Diperiksa pada", "Sumber"),
        (
            (
                f"`{rule.rule}`",
                rule.policy,
                _SEVERITIES[rule.level],
                "fakta, disampaikan sekali" if rule.past_fact else "terbuka sampai diperbaiki",
                f"`{rule.published_as or rule.table}`",
                rule.source,
            )
            for rule in sorted(RULES, key=lambda rule: (list(_SEVERITIES).index(rule.level), rule.rule))
        ),
    )


def _codes() -> Iterator[str]:
    yield "## Kode pada baris dan berkas"
    yield ""
    yield "Kode, arti, dan cara memperbaikinya ditetapkan pada `include/ingest/reasons.yml`."
    for level, found in groupby(reasons().values(), key=lambda reason: reason.level):
        yield ""
        yield f"### {_LEVELS[level]}"
        yield ""
        yield from _table(
            ("Kode", "Arti", "Cara memperbaiki", "Sumber"),
            ((f"`{one.code}`", one.text, one.remedy, one.source or _OWN_CHOICE) for one in found),
        )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(header)
    yield _line("---" for _ in header)
    for row in rows:
        yield _line(cell.replace("|", "\\|") for cell in row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(configuration: Configuration, page: Path = PAGE) -> None:
    """Writes the page."""
    page.write_text(render(configuration), encoding="utf-8")


if __name__ == "__main__":
    from include.config import load_configuration
    from include.settings import Settings

    write(load_configuration(Settings().config_dir))
