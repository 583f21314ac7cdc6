"""The workbook of a receipt: a narrow first sheet that reads well on a phone, the rows to mend, and what changed.

Every cell that comes from the sender is a text cell with Excel's quote prefix: a NIK keeps its sixteen digits, and
`=…`, `+…` or `@…` stays the harmless text that it was, also when someone edits the cell, without a character being
added to it. So a row can be corrected and dropped again as it stands.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from include.ingest.columns import CANONICAL, EXPLAINED, RECEIPT_TITLE, ROW_ID_HEADER
from include.ingest.layout import FONT, row_height
from include.ingest.reasons import Reason, reasons
from include.language import indonesian

if TYPE_CHECKING:
    from include.config import Region
    from include.ingest.receipt import Change, Earlier, Finding, Receipt, RowToMend, Said

FIRST_SHEET = "Tanda Terima"
ROWS_SHEET = "Baris Diperbaiki"
CHANGES_SHEET = "Perubahan"

NIL_NOT_COUNTED = "nil_report_not_counted"

# Excel's own limit, less the header.
MOST_ROWS = 1_048_575
# Beyond this a workbook is written row by row without keeping its cells.
_LARGE = 2000
# A list of changes is for reading; whoever changes more than this has the earlier file anyway.
_MOST_CHANGES = 5000
_EXPLAINED_WIDTH = 44
_CHANGE_WIDTHS = (24, 11, 14, 28, 28, 34, 24)
# Label and value side by side on a phone that is held upright.
_FIRST_WIDTHS = (16, 36)
# How many stretches of rows a finding names, and of how many sheets.
_MOST_STRETCHES = 3

_RESULTS = {
    "accepted": ("DITERIMA", "Seluruh baris data diterima."),
    "nil": ("DITERIMA SEBAGAI LAPORAN NIHIL", "Tabel tidak berisi baris; dicatat sebagai laporan nihil."),
    "nil_not_counted": (
        "LAPORAN NIHIL TIDAK DIHITUNG",
        "Tabel tidak berisi baris, tetapi tidak jelas untuk bulan atau desa mana; yang kurang tertulis pada catatan di bawah.",
    ),
    "partial": ("DITERIMA SEBAGIAN", "Sebagian baris ditolak dan belum dihitung."),
    "rejected": ("DITOLAK", "Isi berkas ini belum dihitung."),
    "duplicate": (
        "SUDAH PERNAH DITERIMA",
        "Berkas yang sama persis sudah diterima; kiriman ini tidak dihitung lagi.",
    ),
}
_COLOURS = {
    "accepted": "#E2EFDA",
    "nil": "#E2EFDA",
    "nil_not_counted": "#F8CBAD",
    "partial": "#FFF2CC",
    "rejected": "#F8CBAD",
    "duplicate": "#DDEBF7",
}

_HOW_TO_MEND = (
    f'Buka lembar "{ROWS_SHEET}". Tiap baris memuat apa yang salah dan cara memperbaikinya; sel yang perlu '
    "diperiksa diberi warna.",
    f'Perbaiki langsung pada sel tersebut. Jangan mengubah kolom "{ROW_ID_HEADER}".',
    "Simpan, lalu taruh berkas ini pada map yang sama. Hanya baris di lembar itu yang diganti; baris lain tetap.",
)

_STATUSES = {
    "delivered": "sudah salur",
    "failed": "gagal salur",
    "not_yet": "belum",
    "void": "batal",
    "blank": "status kosong",
}
_CHANGED = {
    "added": "DIHITUNG SEBAGAI PENYALURAN LAIN",
    "left_out": "TIDAK MUNCUL LAGI",
    "dropped": "TIDAK TERCANTUM LAGI",
    "elsewhere": "BERBEDA DARI MAP LAIN",
    "changed": "BERUBAH",
}
_ABOUT_CHANGES = {
    "added": "DIHITUNG SEBAGAI PENYALURAN LAIN: keluarga, periode, tanggal, dan jumlahnya sama dengan baris lama, tetapi nomor "
    "BAST-nya berbeda atau baru ditulis, sehingga kedua baris dihitung. Bila maksudnya memperbaiki, kirim baris lama sekali "
    'lagi seperti semula (nomor BAST-nya juga) dengan status "batal".',
    "left_out": 'TIDAK MUNCUL LAGI: baris lama tetap dihitung. Bila hendak dibatalkan, kirim barisnya dengan status "batal".',
    "dropped": "TIDAK TERCANTUM LAGI: keluarga pada baris itu tidak berhak lagi sejak daftar ini diterima.",
    "elsewhere": "BERBEDA DARI MAP LAIN: penyaluran yang sama dilaporkan dari map lain; yang datang terakhir yang dihitung.",
    "changed": "BERUBAH: baris lama tidak dihitung lagi; yang dihitung adalah baris dalam berkas ini.",
}

# Which cells a reason is about, by canonical column.
_CONCERNS = {
    "identity_missing": ("nik", "kk", "name"),
    "nik_equals_kk": ("nik", "kk"),
    "nik_kk_swapped": ("nik", "kk"),
    "nik_kk_in_one_cell": ("nik", "kk"),
    "identity_corrected": ("nik", "name"),
    "nik_gender_conflict": ("nik", "gender"),
    "nik_birth_date_conflict": ("nik", "birth_date"),
    "recipient_reported_dead": ("nik", "status"),
    "bast_for_two_villages": ("bast_number", "village"),
    "district_unknown": ("district",),
    "not_in_registry": ("nik",),
    "proxy_for_many": ("received_by",),
    "wrong_region": ("village", "district"),
    "weekday_mismatch": ("delivered_on", "reached_on"),
    "levy_suspected": ("amount", "notes", "status"),
    "duplicate_row": ("bast_number", "delivered_on"),
    "columns_shifted": ("nik", "kk", "name"),
    "decile_unknown": ("welfare_decile",),
    "pair_unknown": ("pair_id",),
    "decision": ("decision",),
    "row_struck": ("status", "notes", "reason"),
    "row_coloured": ("status", "notes", "reason"),
    "replacement_incomplete": ("replaces_nik", "reason"),
    "milestone_village_unknown": ("village", "district"),
    "milestones_not_configured": ("milestone",),
    "milestone": ("milestone",),
    "amount": ("amount", "entitled_amount"),
    "date": ("delivered_on", "birth_date", "valid_from", "valid_to", "reached_on"),
    "period": ("period",),
    "status": ("status",),
    "nik": ("nik",),
    "kk": ("kk",),
    "name": ("name",),
    "village": ("village", "district"),
}


def render(region: Region, receipt: Receipt, rows: Sequence[RowToMend]) -> bytes:
    """The bytes of a receipt; the same receipt gives the same bytes."""
    buffer = io.BytesIO()
    large = len(rows) > _LARGE
    options = {
        "constant_memory": large,
        "in_memory": not large,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": FONT,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        created = datetime.fromisoformat(receipt.received.isoformat()).replace(tzinfo=None)
        book.set_properties({"created": created, "title": f"Tanda terima {receipt.receipt_number}"})
        _FirstSheet(book, region, receipt, len(rows)).write()
        if rows:
            _RowsSheet(book, receipt, rows[:MOST_ROWS]).write()
        if receipt.changes:
            _ChangesSheet(book, receipt).write()
    return buffer.getvalue()


def _reason(code: str) -> Reason:
    return reasons().get(code) or Reason(code, "submission", code, "")


# --- first sheet


class _FirstSheet:
    """Two columns, label and value, from top to bottom."""

    def __init__(
        self, book: xlsxwriter.Workbook, region: Region, receipt: Receipt, rows_to_mend: int
    ) -> None:
        self.region, self.receipt, self.rows_to_mend = region, receipt, rows_to_mend
        self.sheet: Worksheet = book.add_worksheet(FIRST_SHEET)
        self.at = 0
        wrapped = {"text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.small = book.add_format({"font_color": "#595959"})
        self.label = book.add_format({"font_color": "#595959", **wrapped})
        self.value = book.add_format({"num_format": "@", "quote_prefix": True, **wrapped})
        self.heading = book.add_format({"bold": True, "bottom": 1})
        self.result = book.add_format({"bold": True, "bg_color": _COLOURS[_outcome(receipt)], **wrapped})

    def write(self) -> None:
        receipt = self.receipt
        for position, width in enumerate(_FIRST_WIDTHS):
            self.sheet.set_column(position, position, width)
        self.sheet.set_portrait()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self._line(RECEIPT_TITLE, self.title)
        self._line(f"Pemantauan Penyaluran Bantuan, {self.region.regency_name}", self.small)
        self._pair("Nomor", receipt.receipt_number)
        self._pair("Diterima", indonesian.moment(receipt.received, self.region.timezone))
        self._pair("Berkas", receipt.file_name)
        self._pair("Map", receipt.feed or "di luar map laporan")
        if receipt.program_name:
            self._pair("Program", receipt.program_name)
        word, sentence = _RESULTS[_outcome(receipt)]
        self._pair("HASIL", word, self.result)
        self._pair("", sentence)
        if receipt.earlier:
            self._earlier(receipt.earlier)
        self._counts()
        self._findings()
        if self.rows_to_mend:
            self._heading("Cara memperbaiki")
            for number, step in enumerate(_HOW_TO_MEND, start=1):
                self._pair(f"{number}.", step)
        self._evidence()

    def _counts(self) -> None:
        receipt = self.receipt
        self._heading("Baris")
        self._pair("Dibaca", indonesian.number(receipt.rows_read))
        self._pair("Diterima", indonesian.number(receipt.rows_accepted))
        self._pair("Ditolak", indonesian.number(receipt.rows_rejected))
        about = " (judul, baris jumlah, tanda tangan, baris kosong)" if receipt.rows_skipped else ""
        self._pair("Dilewati", f"{indonesian.number(receipt.rows_skipped)}{about}")
        sums = (
            ("Dibaca", receipt.read_total),
            ("Diterima", receipt.accepted_total),
            ("Ditolak", receipt.rejected_total),
            ("Tidak dihitung", receipt.uncounted_total),
            ("Tertulis", receipt.stated_total),
            ("Terhitung", receipt.computed_total),
        )
        if all(amount is None for _, amount in sums):
            return
        self._heading("Jumlah")
        for label, amount in sums:
            if amount is not None:
                about = " (status belum, gagal, atau batal)" if label == "Tidak dihitung" else ""
                self._pair(label, f"{indonesian.quantity(amount, receipt.unit)}{about}")

    def _earlier(self, earlier: Earlier) -> None:
        """When the same bytes came before, and what became of them."""
        self._pair("Sudah diterima", f"tanggal {indonesian.moment(earlier.received, self.region.timezone)}")
        self._pair("Nomor waktu itu", earlier.receipt_number)
        self._pair("Hasil waktu itu", _RESULTS[_outcome(earlier)][0])

    def _findings(self) -> None:
        """What is wrong with the file and with how many rows, worst first, each told once."""
        findings = [
            *self._refusals(),
            *self._rows(refused=True),
            *self._remarks(),
            *self._rows(refused=False),
        ]
        added = sorted({change.own_row for change in self.receipt.changes if change.own_row is not None})
        if not findings and not added:
            return
        self._heading("Yang perlu diperhatikan")
        for label, reason, detail in findings:
            said = f"{reason.text.rstrip('.')}: {detail.rstrip('.')}." if detail else reason.text
            self._pair(label, f"{said}\n{reason.remedy}".strip())
        if added:
            rows = _in_words(_stretches(added)[:_MOST_STRETCHES])
            self._pair(
                f"{indonesian.number(len(added))} baris",
                f"Dihitung sebagai penyaluran lain, bukan perbaikan: {rows}"
                f"{' dan lainnya' if len(_stretches(added)) > _MOST_STRETCHES else ''}.\n"
                + indonesian.capitalised(_ABOUT_CHANGES["added"].partition(": ")[2]),
            )
        if self.receipt.changes:
            self._pair("Rincian", f'Lihat lembar "{CHANGES_SHEET}".')

    def _refusals(self) -> Iterator[tuple[str, Reason, str]]:
        if self.receipt.reason:
            yield "Berkas", _reason(self.receipt.reason), self.receipt.reason_detail or ""

    def _remarks(self) -> Iterator[tuple[str, Reason, str]]:
        for code, detail in self.receipt.warnings:
            if code != self.receipt.reason:
                yield "Berkas", _reason(code), detail

    def _rows(self, refused: bool) -> Iterator[tuple[str, Reason, str]]:
        findings = self.receipt.findings
        several = len({sheet for finding in findings for sheet, _ in finding.places}) > 1
        for finding in findings:
            reason = _reason(finding.code)
            if (reason.level == "rejected") is refused:
                yield f"{indonesian.number(finding.count)} baris", reason, _places(finding, several)

    def _evidence(self) -> None:
        """What lets anyone prove later which file this receipt is of."""
        receipt = self.receipt
        self._heading("Bukti")
        self._pair("Nomor urut", str(receipt.sequence))
        self._pair("SHA-256 berkas", receipt.sha256)
        self._pair("Rantai catatan", receipt.chain_hash)
        if receipt.received_source == "replay":
            self._pair(
                "Catatan", "Waktu terima diambil dari waktu berkas (pemutaran ulang), bukan dari jam sistem."
            )

    def _line(self, text: str, style: Format) -> None:
        self.sheet.write_string(self.at, 0, text, style)
        self.at += 1

    def _heading(self, text: str) -> None:
        self.at += 1
        self.sheet.write_string(self.at, 0, text, self.heading)
        self.sheet.write_blank(self.at, 1, None, self.heading)
        self.at += 1

    def _pair(self, label: str, value: str, style: Format | None = None) -> None:
        self.sheet.set_row(self.at, row_height(*zip((label, value), _FIRST_WIDTHS, strict=True)))
        self.sheet.write_string(self.at, 0, label, self.label)
        self.sheet.write_string(self.at, 1, value, style or self.value)
        self.at += 1


def _outcome(submission: Receipt | Earlier) -> str:
    if submission.reading_status != "nil":
        return submission.status
    return "nil_not_counted" if NIL_NOT_COUNTED in submission.codes else "nil"


def _places(finding: Finding, several_sheets: bool) -> str:
    """`baris 5-304, 310, dan 2 baris lain`; with the sheet where there are several."""
    parts, left = [], finding.count if finding.places else 0
    for sheet, numbers in finding.places[:_MOST_STRETCHES]:
        stretches = _stretches(numbers)[:_MOST_STRETCHES]
        left -= sum(last - first + 1 for first, last in stretches)
        text = _in_words(stretches)
        parts.append(f"lembar {sheet} {text}" if several_sheets else text)
    return "; ".join(parts) + (f", dan {indonesian.number(left)} baris lain" if left > 0 else "")


def _in_words(stretches: Sequence[tuple[int, int]]) -> str:
    told = (str(first) if first == last else f"{first}-{last}" for first, last in stretches)
    return f"baris {', '.join(told)}"


def _stretches(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of every run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


# --- the rows


class _RowsSheet:
    """The sender's rows: id, what is wrong, how to mend it, then the row as it was sent."""

    def __init__(self, book: xlsxwriter.Workbook, receipt: Receipt, rows: Sequence[RowToMend]) -> None:
        self.rows = rows
        columns = CANONICAL[receipt.kind or ""]
        concerned = {name for row in rows for code in row.codes for name in concerns(code)}
        self.columns = [
            (position, column)
            for position, column in enumerate(columns)
            if column.required or column.name in concerned or any(row.values[position] for row in rows)
        ]
        self.sheet: Worksheet = book.add_worksheet(ROWS_SHEET)
        self.header = book.add_format(
            {"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True, "valign": "top"}
        )
        text = {"num_format": "@", "valign": "top"}
        self.plain = book.add_format({**text, "quote_prefix": True})
        self.explained = book.add_format({**text, "text_wrap": True})
        self.wrong = book.add_format({**text, "quote_prefix": True, "bg_color": "#F8CBAD"})
        self.doubtful = book.add_format({**text, "quote_prefix": True, "bg_color": "#FFF2CC"})

    def write(self) -> None:
        headers = (ROW_ID_HEADER, *EXPLAINED, *(column.label for _, column in self.columns))
        own = (28 if column.name in ("name", "received_by", "notes") else 20 for _, column in self.columns)
        widths = (24, 11, _EXPLAINED_WIDTH, _EXPLAINED_WIDTH, 14, 11, *own)
        for position, (header, width) in enumerate(zip(headers, widths, strict=True)):
            self.sheet.set_column(position, position, width)
            self.sheet.write_string(0, position, header, self.header)
        _on_paper(self.sheet)
        self.sheet.freeze_panes(1, 0)
        self.sheet.autofilter(0, 0, len(self.rows), len(headers) - 1)
        for at, row in enumerate(self.rows, start=1):
            self._write_row(at, row)

    def _write_row(self, at: int, row: RowToMend) -> None:
        told = [_reason(code) for code in row.codes]
        hints = [f"Mungkin yang dimaksud: {row.village_hint}."] if row.village_hint else []
        hints += [row.hint] if row.hint else []
        wrong = "\n".join(reason.text for reason in told)
        remedy = "\n".join([*(reason.remedy for reason in told), *hints])
        self.sheet.set_row(at, row_height((wrong, _EXPLAINED_WIDTH), (remedy, _EXPLAINED_WIDTH)))
        self.sheet.write_string(at, 0, row.row_id, self.plain)
        self.sheet.write_string(at, 1, "DITOLAK" if row.rejected else "CATATAN", self.explained)
        self.sheet.write_string(at, 2, wrong, self.explained)
        self.sheet.write_string(at, 3, remedy, self.explained)
        self.sheet.write_string(at, 4, row.sheet, self.plain)
        self.sheet.write_string(at, 5, str(row.row_number), self.plain)
        concerned = {name for code in row.codes for name in concerns(code)}
        for position, (number, column) in enumerate(self.columns, start=6):
            marked = self.wrong if row.rejected else self.doubtful
            style = marked if column.name in concerned else self.plain
            value = row.values[number]
            if value:
                # A cell holds 32,767 characters; more cannot have come from a cell.
                self.sheet.write_string(at, position, value[:32_767], style)
            else:
                self.sheet.write_blank(at, position, None, style)


# --- what changed


class _ChangesSheet:
    """Rows of earlier files that this one changes or leaves out, by file, sheet and row: no person is named here."""

    def __init__(self, book: xlsxwriter.Workbook, receipt: Receipt) -> None:
        self.receipt = receipt
        self.sheet: Worksheet = book.add_worksheet(CHANGES_SHEET)
        wrapped = {"text_wrap": True, "valign": "top"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.explained = book.add_format({"font_color": "#595959", **wrapped})
        self.header = book.add_format({"bold": True, "bg_color": "#D9E1F2", "border": 1, **wrapped})
        self.text = book.add_format({"num_format": "@", "quote_prefix": True, **wrapped})

    def write(self) -> None:
        changes = self.receipt.changes
        headers = (
            "Keadaan",
            "Baris asal",
            "Lembar asal",
            "Semula",
            "Menjadi",
            "Berkas asal",
            "Nomor tanda terima",
        )
        # The title marks the sheet as ours: it is not read when the receipt is dropped again.
        self.sheet.write_string(0, 0, RECEIPT_TITLE, self.title)
        at = 1
        for how in dict.fromkeys(change.how for change in changes):
            self.sheet.merge_range(at, 0, at, 4, _ABOUT_CHANGES[how], self.explained)
            self.sheet.set_row(at, row_height((_ABOUT_CHANGES[how], sum(_CHANGE_WIDTHS[:5]))))
            at += 1
        for position, (header, width) in enumerate(zip(headers, _CHANGE_WIDTHS, strict=True)):
            self.sheet.set_column(position, position, width)
            self.sheet.write_string(at, position, header, self.header)
        _on_paper(self.sheet)
        self.sheet.freeze_panes(at + 1, 0)
        for change in changes[:_MOST_CHANGES]:
            at += 1
            self._row(at, change)
        if len(changes) > _MOST_CHANGES:
            more = indonesian.number(len(changes) - _MOST_CHANGES)
            self.sheet.write_string(at + 1, 0, f"dan {more} baris lain", self.text)

    def _row(self, at: int, change: Change) -> None:
        was, now = (_said(said, self.receipt.unit) for said in (change.was, change.now))
        if change.own_row is not None:
            now = f"baris {change.own_row}: {now}"
        place = (_CHANGED[change.how], str(change.row_number), change.sheet)
        texts = (*place, was, now, change.file_name, change.receipt_number)
        self.sheet.set_row(at, row_height(*zip(texts, _CHANGE_WIDTHS, strict=True)))
        for position, text in enumerate(texts):
            if text:
                self.sheet.write_string(at, position, text, self.text)


def _said(said: Said | None, unit: str | None) -> str:
    if said is None:
        return ""
    amount = indonesian.quantity(said.amount, unit) if said.amount is not None else ""
    day = indonesian.short_day(said.day) if said.day else ""
    return ", ".join(filter(None, (amount, day, _STATUSES.get(said.status, said.status))))


def _on_paper(sheet: Worksheet) -> None:
    """All columns on one page's width."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def concerns(code: str) -> tuple[str, ...]:
    """The canonical columns that a reason is about."""
    return _CONCERNS.get(code) or _CONCERNS.get(code.split("_", 1)[0], ())
