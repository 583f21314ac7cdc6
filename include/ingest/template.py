"""The workbook that an OPD fills in: it prevents what most refused rows suffer from.

NIK and KK are text from the start, villages, periods and statuses are chosen, dates and amounts are bounded by the
programme, and the example stands on a sheet that is never read as data. What may be chosen comes from the configuration.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from include.ingest.columns import CANONICAL, CHOICES_TITLE, GUIDE_TITLE, Column
from include.ingest.layout import FONT, row_height
from include.language import indonesian

if TYPE_CHECKING:
    from include.config import Configuration, Feed, Program

ROWS_SHEET, GUIDE_SHEET, CHOICES_SHEET = "Isian", "Petunjuk", "Pilihan"

STATUSES = ("sudah salur", "belum", "gagal salur", "tidak hadir", "meninggal", "pindah", "batal")
YES_NO = ("Ya", "Tidak")
GENDERS = ("Laki-laki", "Perempuan")
HEADS = ("Kepala keluarga", "Suami/istri", "Anak", "Orang tua", "Anggota lain")

SIXTEEN_DIGITS = (
    '=AND(ISTEXT({cell}),LEN({cell})=16,TEXT(--LEFT({cell},8),"00000000")=LEFT({cell},8),'
    'TEXT(--RIGHT({cell},8),"00000000")=RIGHT({cell},8))'
)
"""True for a text of sixteen digits; in halves, for a number of Excel's keeps fifteen digits only."""

_HEADER_ROW = 2
_FIRST_ROW = _HEADER_ROW + 1
_LAST_ROW = 1_048_575
# Side by side on a phone that is held upright.
_GUIDE_WIDTHS = (16, 38)
_EARLIEST_BIRTH, _LATEST, _TODAY = date(1900, 1, 1), date(2100, 1, 1), "=TODAY()"
_TITLES = {
    "recipients": "Daftar penerima",
    "distribution": "Daftar penyaluran",
    "registry": "Data keluarga",
    "gates": "Tahapan penyaluran",
}
_ONE_ROW = {
    "recipients": "satu baris untuk satu keluarga penerima",
    "distribution": "satu baris untuk satu penerima dan satu penyaluran",
    "registry": "satu baris untuk satu orang",
    "gates": "satu baris untuk satu desa dan satu tahapan",
}
# Width, how to fill it in, an example, and what may be chosen.
_WORDS: dict[str, tuple[int, str, str, tuple[str, ...]]] = {
    "name": (28, "Nama lengkap sesuai KTP.", "WARGA CONTOH", ()),
    "status": (16, "Pilih dari daftar; isi pada setiap baris.", STATUSES[0], STATUSES),
    "bast_number": (
        18,
        "Nomor berita acara; membedakan dua penyaluran untuk bulan yang sama.",
        "BAST/012/II/2024",
        (),
    ),
    "received_by": (22, "Hanya bila diambil orang lain: nama dan hubungannya.", "", ()),
    "notes": (28, "Keterangan lain bila perlu.", "", ()),
    "reason": (28, "Alasan penggantian atau perubahan.", "", ()),
    "gender": (14, "Pilih dari daftar.", GENDERS[1], GENDERS),
    "is_head": (20, "Hubungan dengan kepala keluarga: pilih dari daftar.", HEADS[0], HEADS),
}
_NUMBER_FORMATS = {"IDR": "#,##0", "kg": "General"}
_UNITS = {"IDR": "Rp", "kg": "kg"}


@dataclass(frozen=True)
class _Choice:
    """A list to choose from; of an open one Excel only asks back when something else is typed."""

    title: str
    values: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True)
class _Field:
    """A column of the template: how its cells look, what they may hold, and what the guide says of it."""

    column: Column
    header: str
    width: int
    how: str
    example: str
    form: str = "@"
    rule: dict[str, Any] | None = None
    choice: _Choice | None = None


def render_template(configuration: Configuration, feed: Feed) -> bytes:
    """The bytes of a feed's template."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "default_format_properties": FONT}
    with xlsxwriter.Workbook(buffer, options) as book:
        _Template(book, configuration, feed).write()
    return buffer.getvalue()


class _Template:
    """One template: the rows to fill in, how to do it, and the lists to choose from."""

    def __init__(self, book: xlsxwriter.Workbook, configuration: Configuration, feed: Feed) -> None:
        self.configuration, self.feed = configuration, feed
        self.program = configuration.program(feed.program) if feed.program else None
        self.fields = [self._field(column) for column in CANONICAL[feed.kind]]
        self.title = " ".join(
            (_TITLES[feed.kind], self.program.name if self.program else (feed.registry or "").upper())
        ).strip()
        book.set_properties({"title": self.title})
        self.rows = book.add_worksheet(ROWS_SHEET)
        self.guide = book.add_worksheet(GUIDE_SHEET)
        self.choices = book.add_worksheet(CHOICES_SHEET)
        self.book = book
        wrapped = {"text_wrap": True, "valign": "top"}
        self.big = book.add_format({"bold": True, "font_size": 14})
        self.small = book.add_format({"font_color": "#595959"})
        self.label = book.add_format({"font_color": "#595959", **wrapped})
        self.value = book.add_format({"num_format": "@", **wrapped})
        self.heading = book.add_format({"bold": True, "bottom": 1})
        header = {"bold": True, "border": 1, **wrapped}
        self.required = book.add_format({"bg_color": "#F8CBAD", **header})
        self.optional = book.add_format({"bg_color": "#D9E1F2", **header})

    def write(self) -> None:
        """Writes the three sheets; the rows to fill in are the one that opens."""
        places = self._write_choices()
        self._write_rows(places)
        self._write_guide()
        self.rows.activate()

    # --- the rows to fill in

    def _write_rows(self, places: dict[str, str]) -> None:
        sheet = self.rows
        sheet.write_string(0, 0, f"{self.title}, {self.configuration.region.regency_name}", self.big)
        sheet.write_string(
            1, 0, f'Kolom bertanda * wajib diisi. Cara mengisi: lembar "{GUIDE_SHEET}".', self.small
        )
        sheet.set_row(_HEADER_ROW, 32)
        for position, field in enumerate(self.fields):
            sheet.set_column(
                position, position, field.width, self.book.add_format({"num_format": field.form})
            )
            style = self.required if field.column.required else self.optional
            sheet.write_string(_HEADER_ROW, position, field.header, style)
            if rule := self._rule(field, position, places):
                sheet.data_validation(_FIRST_ROW, position, _LAST_ROW, position, rule)
        sheet.freeze_panes(_FIRST_ROW, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER_ROW)

    def _rule(self, field: _Field, position: int, places: dict[str, str]) -> dict[str, Any] | None:
        """The validation of a column, with what Excel says when a value is not allowed."""
        rule = dict(field.rule or {})
        if field.choice and field.choice.values:
            rule = {"validate": "list", "source": places[field.choice.title]}
            rule["error_type"] = "warning" if field.choice.is_open else "stop"
        if not rule:
            return None
        if "value" in rule:
            rule["value"] = rule["value"].format(cell=f"{xl_col_to_name(position)}{_FIRST_ROW + 1}")
        # Excel allows 32 letters for a title and 255 for a message.
        name, message = field.column.label[:32], field.how[:255]
        told = {"input_title": name, "input_message": message, "error_title": name, "error_message": message}
        return rule | told

    # --- how to do it

    def _write_guide(self) -> None:
        sheet = self.guide
        for position, width in enumerate(_GUIDE_WIDTHS):
            sheet.set_column(position, position, width)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        for at, (label, text, style) in enumerate(self._guide_lines()):
            if style is None:
                sheet.set_row(at, row_height(*zip((label, text), _GUIDE_WIDTHS, strict=True)))
            sheet.write_string(at, 0, label, style or self.label)
            if style is not self.big:
                sheet.write_string(at, 1, text, style or self.value)

    def _guide_lines(self) -> list[tuple[str, str, Any]]:
        """Label, text and, for titles, their style."""
        opd = next(opd.name for opd in self.configuration.opds if opd.code == self.feed.opd)
        lines = [(GUIDE_TITLE, "", self.big)]
        lines += [
            ("Isi", self.title, None),
            ("OPD", opd, None),
            ("Map", self.feed.path, None),
            ("", "", None),
        ]
        lines.append(("Cara mengisi", "", self.heading))
        lines += [(f"{number}.", step, None) for number, step in enumerate(self._steps(), start=1)]
        lines += [("", "", None), ("Kolom", "", self.heading)]
        for field in self.fields:
            example = f"\nContoh: {field.example}" if field.example else ""
            lines.append((field.header, f"{field.how}{example}", None))
        return lines

    def _steps(self) -> list[str]:
        steps = [
            f'Isi lembar "{ROWS_SHEET}", {_ONE_ROW[self.feed.kind]}. Jangan mengubah judul kolom.',
            'Bila menempel dari berkas lain, gunakan "Tempel nilai" (Paste Values) agar format kolom tidak berubah.',
            f"Simpan sebagai .xlsx, lalu taruh pada map {self.feed.path}. Nama berkas bebas.",
        ]
        if self.feed.kind == "distribution":
            steps += [
                f"Kirim paling lambat {self.feed.report_deadline_days} hari setelah penyaluran.",
                "Bila belum ada penyaluran, kirim templat ini tanpa isian sebagai laporan nihil, setelah mengganti nama "
                f'lembar "{ROWS_SHEET}" dengan bulannya, misalnya "Januari 2024".',
                'Untuk membatalkan penyaluran yang keliru, kirim barisnya sekali lagi dengan status "batal".',
            ]
        if self.feed.kind == "recipients":
            steps.append(
                "Kirim daftar satu desa selalu lengkap: daftar terakhir menggantikan daftar sebelumnya."
            )
        return steps

    # --- the lists

    def _write_choices(self) -> dict[str, str]:
        """Writes every list that a field chooses from once.

        Returns:
            The cells of each list by its title.
        """
        sheet = self.choices
        sheet.write_string(0, 0, CHOICES_TITLE, self.big)
        places: dict[str, str] = {}
        at = 0
        for choice in {field.choice.title: field.choice for field in self.fields if field.choice}.values():
            self._write_list(at, choice.title, choice.values)
            letter = xl_col_to_name(at)
            places[choice.title] = f"={CHOICES_SHEET}!${letter}$4:${letter}${len(choice.values) + 3}"
            at += 1
            if choice.title == "Desa/Kelurahan":
                self._write_list(at, "di kecamatan", [village.district_name for village in self._villages()])
                at += 1
        sheet.freeze_panes(3, 0)
        return places

    def _write_list(self, at: int, title: str, values: Sequence[str]) -> None:
        self.choices.set_column(at, at, max(map(len, (title, *values))) + 2)
        self.choices.write_string(2, at, title, self.optional)
        for row, value in enumerate(values, start=3):
            self.choices.write_string(row, at, value, self.value)

    def _villages(self) -> list[Any]:
        return sorted(self.configuration.villages, key=lambda one: (one.village_name, one.district_name))

    # --- what each column is

    def _field(self, column: Column) -> _Field:
        made = {
            "nik": self._identity, "kk": self._identity, "replaces_nik": self._identity,
            "village": self._village, "district": self._district, "period": self._period,
            "amount": self._amount, "entitled_amount": self._amount,
            "delivered_on": self._day, "valid_from": self._day, "valid_to": self._day,
            "birth_date": self._day, "reached_on": self._day,
            "welfare_decile": self._count, "household_size": self._count, "program": self._named_program,
            "milestone": self._milestone,
        }.get(column.name, self._text)  # fmt: skip
        return made(column)

    def _identity(self, column: Column) -> _Field:
        how, example = {
            "nik": ("16 angka sesuai KTP atau KK penerima, tanpa spasi dan titik.", "5299011507850001"),
            "kk": ("16 angka sesuai Kartu Keluarga, tanpa spasi dan titik.", "5299010101200001"),
            "replaces_nik": ("Hanya untuk penerima pengganti: 16 angka NIK yang diganti.", ""),
        }[column.name]
        rule = {"validate": "custom", "value": SIXTEEN_DIGITS}
        return _Field(column, _header(column), 20, how, example, rule=rule)

    def _village(self, column: Column) -> _Field:
        names = tuple(village.village_name for village in self._villages())
        choice = _Choice(column.label, names)
        return _Field(column, _header(column), 22, "Pilih dari daftar.", names[0], choice=choice)

    def _district(self, column: Column) -> _Field:
        names = tuple(sorted({village.district_name for village in self.configuration.villages}))
        example = self._villages()[0].district_name
        choice = _Choice(column.label, names)
        return _Field(column, _header(column), 16, "Pilih dari daftar.", example, choice=choice)

    def _period(self, column: Column) -> _Field:
        months = [entry.period for entry in _program(self.program).periods]
        values = [indonesian.period(month) for month in months]
        how = "Pilih bulan haknya. Beberapa bulan sekaligus boleh ditulis, misalnya Januari-Maret 2024."
        if self.feed.kind == "recipients":
            values = [*sorted({month[:4] for month in months}), *values]
            how = "Pilih bulan atau tahun; kosong berarti semua periode program."
        values += _program(self.program).stages
        example = indonesian.period(months[0]) if months else ""
        choice = _Choice(column.label, tuple(values), is_open=True)
        return _Field(column, _header(column), 18, how, example, choice=choice)

    def _amount(self, column: Column) -> _Field:
        program = _program(self.program)
        most = indonesian.quantity(program.max_amount, program.unit)
        how = f"Angka saja dalam {_UNITS[program.unit]}, paling banyak {most}."
        how += (
            " Kosongkan bila sama dengan hak program."
            if column.name == "entitled_amount"
            else " Kosongkan bila belum atau gagal salur."
        )
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": program.max_amount}
        header = _header(column, f" ({_UNITS[program.unit]})")
        return _Field(
            column,
            header,
            16,
            how,
            indonesian.number(program.entitlement),
            _NUMBER_FORMATS[program.unit],
            rule,
        )

    def _day(self, column: Column) -> _Field:
        earliest = _EARLIEST_BIRTH if column.name == "birth_date" else self._first_day()
        how, example, latest = {
            "delivered_on": ("Tanggal diterima keluarga (hari/bulan/tahun), tidak melewati hari ini.", "05/02/2024", _TODAY),
            "valid_from": ("Hanya bila hak tidak berlaku sejak awal (hari/bulan/tahun).", "", _LATEST),
            "valid_to": ("Hanya bila hak berakhir lebih awal (hari/bulan/tahun).", "", _LATEST),
            "birth_date": ("Hari/bulan/tahun.", "15/07/1985", _TODAY),
            "reached_on": ("Tanggal tahapan selesai (hari/bulan/tahun), tidak melewati hari ini.", "15/01/2024", _TODAY),
        }[column.name]  # fmt: skip
        rule = {"validate": "date", "criteria": "between", "minimum": earliest, "maximum": latest}
        return _Field(column, _header(column), 14, how, example, "dd/mm/yyyy", rule)

    def _first_day(self) -> date:
        """The first of January before anything that the programmes promise."""
        programs = [self.program] if self.program else self.configuration.programs
        years = [int(entry.period[:4]) for program in programs for entry in program.periods]
        return date(min(years, default=2020), 1, 1)

    def _count(self, column: Column) -> _Field:
        most, how, example = {
            "welfare_decile": (10, "Angka 1 sampai dengan 10; 1 yang termiskin.", "2"),
            "household_size": (40, "Banyaknya anggota keluarga, angka bulat.", "4"),
        }[column.name]
        rule = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": most}
        return _Field(column, _header(column), 12, how, example, "0", rule)

    def _named_program(self, column: Column) -> _Field:
        choice = _Choice(column.label, tuple(program.name for program in self.configuration.programs))
        how = "Pilih dari daftar; kosong berarti semua program."
        return _Field(column, _header(column), 24, how, "", choice=choice)

    def _milestone(self, column: Column) -> _Field:
        programs = [self.program] if self.program else self.configuration.programs
        names = tuple(
            dict.fromkeys(
                gate.name for program in programs for gate in program.gates if program.opd == self.feed.opd
            )
        )
        choice = _Choice(column.label, names) if names else None
        how = "Pilih dari daftar. Kosongkan tanggalnya bila belum tercapai."
        return _Field(
            column, _header(column), 30, how, names[0] if names else "APBDes ditetapkan", choice=choice
        )

    def _text(self, column: Column) -> _Field:
        if column.name in _WORDS:
            width, how, example, values = _WORDS[column.name]
            choice = _Choice(column.label, values) if values else None
        else:
            width, how, example = 14, "Pilih Ya atau Tidak; kosong berarti belum diketahui.", YES_NO[1]
            choice = _Choice("/".join(YES_NO), YES_NO)
        return _Field(column, _header(column), width, how, example, choice=choice)


def _header(column: Column, unit: str = "") -> str:
    return f"{column.label}{unit}{' *' if column.required else ''}"


def _program(program: Program | None) -> Program:
    """The feed's programme: recipients and logs always have one, by the configuration's own check."""
    if program is None:
        raise ValueError("a feed of this kind has a programme")
    return program
