"""Field verification: the form that goes to the village, and what comes back of it.

The form bears codes, never a NIK or a name: whoever must find the families has them looked up (`pantau reveal --form`), for a
named purpose. It also bears what it was drawn with, so that reading it back draws the very sample again and notices a code
that was added, left out or taken from another list, and a village or month that was written over.
"""

from __future__ import annotations

import io
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import python_calamine
import xlsxwriter

from include import clock
from include.audit.history import Kept, publication_at
from include.ingest.layout import FONT
from include.language import indonesian

if TYPE_CHECKING:
    from include.workspace import Workspace

TITLE = "FORMULIR PEMERIKSAAN LAPANGAN"
_DRAWN_WITH = "Dasar sampel"
_CODE, _MET, _RECEIVED, _AMOUNT, _DAY = "Kode", "Ditemui", "Diterima", "Jumlah diterima", "Tanggal diterima"
_GIVEN = (
    ("No.", "number", 6), (_CODE, "sample_code", 13), ("Program", "program_code", 14), ("Periode", "period", 10),
    ("Kecamatan", "district_name", 18), ("Desa/Kelurahan", "village_name", 20), ("Satuan", "unit", 8),
)  # fmt: skip
_TO_FILL = ((_MET, 10), (_RECEIVED, 10), (_AMOUNT, 16), (_DAY, 16), ("Catatan", 36))
_LABELS = (*(label for label, _, _ in _GIVEN), *(label for label, _ in _TO_FILL))
_YES, _NO = "Ya", "Tidak"
_WORDS = {"ya": True, "y": True, "tidak": False, "tdk": False, "t": False}
_HINT = (
    "Ditemui: apakah keluarga ini dapat diwawancarai (Ya/Tidak). Diterima: apakah bantuan bulan itu diterima (Ya/Tidak). Jumlah "
    "diterima: menurut keluarga, angka saja, dalam satuan yang tertulis; kosong bila tidak diketahui. Yang tidak ditemui "
    "dibiarkan kosong selebihnya; barisnya tetap dihitung."
)
_SQL = "from audit.field_sample($margin, $confidence, $seed, period := $period, program := $program)"
_LARGEST = "select program_code, max_amount from audit.programs"
_FIRST_ROW = 5
_CENT = 0.005


class SampleError(RuntimeError):
    """The form cannot be drawn or read; the message says what and where."""


@dataclass(frozen=True)
class Draw:
    """What a sample is drawn with.

    Attributes:
        margin, confidence: Margin of error and confidence as fractions.
        seed: Any whole number.
        publication: The number of the publication that it is drawn from.
        period: A month (2024-03) or a budget year (2024); None: every month that was due.
        program: A programme's code; None: all.
    """

    margin: float
    confidence: float
    seed: int
    publication: int
    period: str | None = None
    program: str | None = None

    def __post_init__(self) -> None:
        for name in ("margin", "confidence"):
            if not 0 < getattr(self, name) < 1:
                raise SampleError(f"{name} must lie between 0 and 1, for example 0.05 and 0.95")


@dataclass(frozen=True)
class Rate:
    """An estimated share with its interval, all between 0 and 1."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A share of the entitlements that could have been drawn.

    Attributes:
        answered: Among those who answered: right only if the others would have answered alike.
        lowest: If nobody else received (or agreed): what the field has proved.
        highest: If everybody else did.
    """

    answered: Rate
    lowest: Rate
    highest: Rate


@dataclass(frozen=True)
class Result:
    """What the field found.

    Attributes:
        population, drawn, met: Families that could have been drawn, that were, and that were met.
        answered: Of those met, how many said what they received; who did not know it has answered nothing.
        response_rate: Answered of drawn. Who was not met stays in this denominator.
        confidence: Of all intervals, as a fraction.
        received_in_full: Whether the whole entitlement of that month was received.
        agrees_with_log: Whether the answer is what the log says.
        deviating: Codes of those whose answer is not what the log says.
    """

    population: int
    drawn: int
    met: int
    answered: int
    response_rate: float
    confidence: float
    received_in_full: Estimate
    agrees_with_log: Estimate
    deviating: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a row of the form says: whether the family was met, and the amount, None where it was not told."""

    is_met: bool
    amount: float | None = None


class _Cells(NamedTuple):
    """What a row's answers say, each None where it is empty."""

    met: bool | None
    received: bool | None
    amount: float | None
    day: date | None


# --- drawing


def draw(kept: Kept, how: Draw) -> list[dict[str, Any]]:
    """The sample, a row a family, in the order of the form.

    Raises:
        SampleError: there is nobody to be asked.
    """
    with duckdb.connect(str(kept.path), read_only=True) as audit:
        values = {name: value for name, value in vars(how).items() if name != "publication"}
        found = audit.execute(_SQL, values)
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        wanted = "".join(
            f", {name} {value!r}"
            for name, value in (("period", how.period), ("program", how.program))
            if value
        )
        raise SampleError(f"{kept} holds no entitlement that is due{wanted}: there is nobody to be asked")
    return rows


def render_form(rows: Sequence[dict[str, Any]], how: Draw) -> bytes:
    """The workbook for the field: codes, places and programmes, with empty columns for the answers."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"in_memory": True, "default_format_properties": FONT, "strings_to_formulas": False}
    )
    sheet = book.add_worksheet("Sampel")
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#D9E1F2", "text_wrap": True})
    cell = book.add_format({"border": 1})
    fill = book.add_format({"border": 1, "bg_color": "#FFFBE6", "locked": False})
    day = book.add_format({"border": 1, "bg_color": "#FFFBE6", "locked": False, "num_format": "dd/mm/yyyy"})
    sheet.write_string(0, 0, TITLE, bold)
    sheet.write_string(1, 0, _HINT)
    sheet.write_string(2, 0, _DRAWN_WITH)
    sheet.write_string(2, 1, json.dumps({**vars(how), "list_hash": rows[0]["list_hash"]}))
    widths = [*(width for *_, width in _GIVEN), *(width for _, width in _TO_FILL)]
    for column, (label, width) in enumerate(zip(_LABELS, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(_FIRST_ROW - 1, column, label, head)
    for place, row in enumerate(rows, start=_FIRST_ROW):
        for column, (_, name, _) in enumerate(_GIVEN):
            sheet.write(place, column, row[name], cell)
        for column in range(len(_GIVEN), len(_LABELS)):
            sheet.write_blank(place, column, None, day if _LABELS[column] == _DAY else fill)
    for label in (_MET, _RECEIVED):
        column = _LABELS.index(label)
        sheet.data_validation(
            _FIRST_ROW,
            column,
            _FIRST_ROW - 1 + len(rows),
            column,
            {"validate": "list", "source": [_YES, _NO]},
        )
    sheet.freeze_panes(_FIRST_ROW, 2)
    book.close()
    return content.getvalue()


# --- reading back


def drawn_for(ws: Workspace, path: Path) -> list[dict[str, Any]]:
    """The sample that a form, filled in or not, was made of.

    Raises:
        SampleError: it is no form of ours, or was drawn from another list.
        NoPublication: the publication that it was drawn from is no longer kept.
    """
    how, list_hash, _, _ = _read(path)
    return _drawn_again(ws, path, how, list_hash)


def read_form(ws: Workspace, path: Path) -> Result:
    """Reads a filled form and estimates from it.

    Raises:
        SampleError: it is no form of ours, its codes are not those that were drawn, or its answers cannot be understood or
            contradict each other (every such row is named), or nobody answered.
        NoPublication: the publication that it was drawn from is no longer kept.
    """
    how, list_hash, first, cells = _read(path)
    rows = _drawn_again(ws, path, how, list_hash)
    with duckdb.connect(str(publication_at(ws, str(how.publication)).path), read_only=True) as audit:
        largest = dict(audit.execute(_LARGEST).fetchall())
    today = clock.today(ws.configuration.region.timezone)
    answers = _answers(path, cells[first:], first, rows, largest, today)
    if not any(answer.is_met for answer in answers.values()):
        raise SampleError(
            f"{path.name}: tidak satu keluarga pun ditemui (kolom {_MET}), sehingga tidak ada yang dapat disimpulkan"
        )
    if all(answer.amount is None for answer in answers.values()):
        raise SampleError(
            f"{path.name}: tidak satu keluarga pun menjawab kolom {_RECEIVED} dan {_AMOUNT}, sehingga tidak ada yang dapat "
            "disimpulkan"
        )
    return estimate(rows, answers, how.confidence)


def _read(path: Path) -> tuple[Draw, str, int, list[list[Any]]]:
    """The draw, the list's hash, the first row below the header (from 0) and all cells."""
    try:
        book = python_calamine.load_workbook(path)
        cells = book.get_sheet_by_name(book.sheet_names[0]).to_python(skip_empty_area=False)
    except (OSError, ValueError, IndexError, python_calamine.CalamineError) as error:
        raise SampleError(
            f"{path.name} tidak dapat dibaca sebagai buku kerja ({type(error).__name__})"
        ) from None
    try:
        [told] = [row[1] for row in cells[:_FIRST_ROW] if row[0] == _DRAWN_WITH]
        drawn = json.loads(str(told))
        list_hash = drawn.pop("list_hash")
        first = next(place for place, row in enumerate(cells) if _CODE in row) + 1
        return Draw(**drawn), list_hash, first, cells
    except (ValueError, KeyError, TypeError, IndexError, StopIteration, SampleError):
        raise SampleError(
            f"{path.name} bukan formulir dari `pantau sample-form`: biarkan lima baris pertamanya apa adanya"
        ) from None


def _drawn_again(ws: Workspace, path: Path, how: Draw, list_hash: str) -> list[dict[str, Any]]:
    rows = draw(publication_at(ws, str(how.publication)), how)
    if rows[0]["list_hash"] != list_hash:
        raise SampleError(
            f"{path.name} ditarik dari daftar lain daripada yang dimuat terbitan nomor {how.publication}"
        )
    return rows


def _answers(
    path: Path,
    cells: list[list[Any]],
    first: int,
    rows: Sequence[dict[str, Any]],
    largest: dict[str, float],
    today: date,
) -> dict[str, Answer]:
    """The answers by code."""
    known = {row["sample_code"]: row for row in rows}
    seen: set[str] = set()
    found: dict[str, Answer] = {}
    problems = []
    for place, values in enumerate(cells, start=first + 1):
        answer = dict(zip(_LABELS, values, strict=False))
        code = _text(answer.get(_CODE))
        if not code:
            if any(_text(value) for value in values):
                problems.append(f"baris {place}: ada isi tanpa {_CODE}")
            continue
        if code not in known:
            problems.append(f"baris {place}: kode {code} tidak ditarik")
            continue
        if code in seen:
            problems.append(f"baris {place}: kode {code} tertulis dua kali")
            continue
        seen.add(code)
        row = known[code]
        told, wrong = _cells_of(answer)
        wrong = [
            *_written_over(answer, row),
            *(wrong or _contradictions(told, largest[row["program_code"]], today)),
        ]
        problems += [f"baris {place} ({code}): {one}" for one in wrong]
        found[code] = Answer(bool(told.met), 0.0 if told.received is False else told.amount)
    problems += [f"kode {code} tidak ada pada formulir" for code in known if code not in seen]
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise SampleError(f"{path.name}: {len(problems)} hal harus diperbaiki lebih dahulu\n{listed}")
    return found


def _written_over(answer: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    for label, name, _ in _GIVEN[2:]:
        given, written = _text(row[name]), _text(answer.get(label))
        if written != given:
            yield f"{label} tertulis {written!r}, pada formulir aslinya {given!r}"


def _cells_of(answer: dict[str, Any]) -> tuple[_Cells, list[str]]:
    """The typed cells, and what cannot be understood; such a cell counts as empty."""
    typed: list[Any] = []
    problems = []
    for label, read in ((_MET, _yes), (_RECEIVED, _yes), (_AMOUNT, _number), (_DAY, _date)):
        try:
            typed.append(read(answer.get(label)))
        except ValueError as error:
            typed.append(None)
            problems.append(f"{label} {error}")
    return _Cells(*typed), problems


def _contradictions(told: _Cells, largest: float, today: date) -> Iterator[str]:
    """What cannot be true together, or at all."""
    if not told.met:
        filled = [label for label, value in zip(_LABELS[-4:], told[1:], strict=False) if value is not None]
        if filled:
            yield f"{_MET} {_shown(told.met)}, tetapi {' dan '.join(filled)} diisi"
        return
    if not told.received:
        if told.amount or (told.received is None and told.amount is not None):
            yield f"{_RECEIVED} {_shown(told.received)}, tetapi {_AMOUNT} {indonesian.number(told.amount)}"
        if told.day:
            yield f"{_RECEIVED} {_shown(told.received)}, tetapi {_DAY} diisi"
    elif told.amount == 0:
        yield f"{_RECEIVED} {_YES}, tetapi {_AMOUNT} 0"
    yield from _impossible(told, largest, today)


def _impossible(told: _Cells, largest: float, today: date) -> Iterator[str]:
    if told.amount is not None and told.amount > largest:
        yield (
            f"{_AMOUNT} {indonesian.number(told.amount)} melebihi {indonesian.number(largest)}, jumlah terbesar yang masuk akal "
            "bagi program ini"
        )
    if told.day and told.day > today:
        yield f"{_DAY} {indonesian.day(told.day)} belum tiba"


def _shown(answer: bool | None) -> str:
    return "kosong" if answer is None else _YES if answer else _NO


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _yes(value: Any) -> bool | None:
    text = _text(value).rstrip(".").casefold()
    if text and text not in _WORDS:
        raise ValueError(f'harus {_YES} atau {_NO}, bukan "{_text(value)}"')
    return _WORDS.get(text)


def _number(value: Any) -> float | None:
    if not _text(value):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f'harus sel berisi angka saja, bukan "{_text(value)}"')
    if value < 0:
        raise ValueError(f"tidak boleh kurang dari 0 (tertulis {indonesian.number(value)})")
    return float(value)


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    text = _text(value)
    if not text or isinstance(value, date):
        return value or None
    for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise ValueError(f'harus tanggal (05/02/2024), bukan "{text}"')


# --- estimating


def estimate(rows: Sequence[dict[str, Any]], answers: dict[str, Answer], confidence: float) -> Result:
    """Estimates for all entitlements that could have been drawn, from strata that were each drawn with its own density."""
    told = {code: answer.amount for code, answer in answers.items() if answer.amount is not None}
    full, agreeing = {}, {}
    for row in rows:
        code = row["sample_code"]
        if code in told:
            full[code] = told[code] >= row["entitled_amount"] - _CENT
            agreeing[code] = abs(told[code] - row["delivered_amount"]) < _CENT
    return Result(
        population=rows[0]["population_size"],
        drawn=len(rows),
        met=sum(answer.is_met for answer in answers.values()),
        answered=len(told),
        response_rate=len(told) / len(rows),
        confidence=confidence,
        received_in_full=_estimate(rows, full, confidence),
        agrees_with_log=_estimate(rows, agreeing, confidence),
        deviating=tuple(row["sample_code"] for row in rows if agreeing.get(row["sample_code"]) is False),
    )


def _estimate(rows: Sequence[dict[str, Any]], known: dict[str, bool], confidence: float) -> Estimate:
    def rate(answer: Callable[[str], bool | None]) -> Rate:
        return _rate(rows, {row["sample_code"]: answer(row["sample_code"]) for row in rows}, confidence)

    return Estimate(
        answered=rate(known.get),
        lowest=rate(lambda code: known.get(code, False)),
        highest=rate(lambda code: known.get(code, True)),
    )


def _rate(rows: Sequence[dict[str, Any]], answers: dict[str, bool | None], confidence: float) -> Rate:
    """The weighted share of those who answered, with Wilson's interval at the sample size that its variance amounts to.

    The variance is that of a ratio in stratified sampling (Cochran, Sampling Techniques, 6.11): of each row's share in the
    estimate, within its stratum, those without an answer as zero. A stratum of one drawn family has no variance of its own;
    that of the whole stands in for it. The finite-population correction holds only where each family had one month to be
    asked about: otherwise the month was chance too, and without the correction the variance covers both.
    """
    told = [
        (row["weight"], answers[row["sample_code"]])
        for row in rows
        if answers[row["sample_code"]] is not None
    ]
    total = sum(weight for weight, _ in told)
    share = sum(weight for weight, answer in told if answer) / total
    strata = defaultdict(list)
    for row in rows:
        strata[row["program_code"], row["village_code"], row["is_doubtful"]].append(row)
    variance = 0.0
    for stratum in strata.values():
        n = len(stratum)
        parts = [
            row["weight"] / total * (answer - share)
            if (answer := answers[row["sample_code"]]) is not None
            else 0.0
            for row in stratum
        ]
        if n > 1:
            middle = sum(parts) / n
            spread = n / (n - 1) * sum((part - middle) ** 2 for part in parts)
        else:
            is_told = answers[stratum[0]["sample_code"]] is not None
            spread = (stratum[0]["weight"] / total) ** 2 * share * (1 - share) if is_told else 0.0
        is_one_month = all(row["due_periods"] == 1 for row in stratum)
        variance += (1 - n / stratum[0]["stratum_size"] if is_one_month else 1) * spread
    alike = total**2 / sum(weight**2 for weight, _ in told)
    effective = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else alike
    return _wilson(share, effective, confidence)


def _wilson(share: float, n: float, confidence: float) -> Rate:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half))


# --- telling


def told(result: Result) -> list[str]:
    """The result in formal Indonesian, a line a fact."""

    def shown(rate: Rate) -> str:
        return (
            f"{indonesian.percent(rate.rate, 1)} (antara {indonesian.percent(rate.low, 1)} dan "
            f"{indonesian.percent(rate.high, 1)})"
        )

    lines = [
        f"Ditarik {indonesian.number(result.drawn)} dari {indonesian.number(result.population)} keluarga; ditemui "
        f"{indonesian.number(result.met)}, menjawab jumlahnya {indonesian.number(result.answered)}: tingkat jawaban "
        f"{indonesian.percent(result.response_rate, 1)}.",
        f"Selang kepercayaan {indonesian.percent(result.confidence, 1)}.",
    ]
    for label, negated, one in (
        ("Menerima penuh", "tidak menerima", result.received_in_full),
        ("Sesuai dengan log", "tidak sesuai", result.agrees_with_log),
    ):
        lines += [
            f"{label}, di antara yang menjawab: {shown(one.answered)}",
            f"  batas terendah, bila semua yang tidak menjawab dianggap {negated}: {shown(one.lowest)}",
            f"  batas tertinggi, bila semua yang tidak menjawab dianggap {label.lower()}: {shown(one.highest)}",
        ]
    if result.deviating:
        lines.append(f"Berbeda dengan log: {', '.join(result.deviating)}")
    return lines
