"""Field verification: the form that goes to the village, and what comes back of it.

The form bears codes, never a NIK or a name: whoever must find a family has its code looked up (`pantau reveal`), for a
named purpose. It also bears what it was drawn with, so that reading it back draws the very sample again and notices a code
that was added, left out or taken from another list.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import duckdb
import python_calamine
import xlsxwriter

from include.audit.history import Kept, publication_at
from include.ingest.layout import FONT

if TYPE_CHECKING:
    from include.workspace import Workspace

TITLE = "FORMULIR PEMERIKSAAN LAPANGAN"
_DRAWN_WITH = "Dasar sampel"
_CODE, _MET, _RECEIVED, _AMOUNT = "Kode", "Ditemui", "Diterima", "Jumlah diterima"
_GIVEN = (
    ("No.", "number", 6), (_CODE, "sample_code", 13), ("Program", "program_code", 14), ("Periode", "period", 10),
    ("Kecamatan", "district_name", 18), ("Desa/Kelurahan", "village_name", 20), ("Satuan", "unit", 8),
)  # fmt: skip
_TO_FILL = ((_MET, 10), (_RECEIVED, 10), (_AMOUNT, 16), ("Tanggal diterima", 16), ("Catatan", 36))
_YES, _NO = "Ya", "Tidak"
_HINT = (
    "Ditemui: apakah keluarga ini dapat diwawancarai. Diterima: apakah bantuan bulan itu diterima. Jumlah diterima: menurut "
    "keluarga, dalam satuan yang tertulis. Yang tidak ditemui dibiarkan kosong selebihnya; barisnya tetap dihitung."
)
_SQL = "from audit.field_sample($margin, $confidence, $seed)"
_CENT = 0.005


class SampleError(RuntimeError):
    """The form cannot be drawn or read; the message says what and where."""


@dataclass(frozen=True)
class Draw:
    """What a sample is drawn with: margin of error and confidence as fractions, the seed, and from which publication."""

    margin: float
    confidence: float
    seed: int
    publication: int

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
class Result:
    """What the field found.

    Attributes:
        population, drawn, met: Families that could have been drawn, that were, and that were met. Who was not met counts
            against both rates: leaving him out would reward not finding him.
        received_in_full: The share that says to have received its whole entitlement of that month.
        agrees_with_log: The share whose answer is what the log says.
        deviating: Codes of those who were met and whose answer is not what the log says.
    """

    population: int
    drawn: int
    met: int
    received_in_full: Rate
    agrees_with_log: Rate
    deviating: tuple[str, ...]


# --- drawing


def draw(kept: Kept, how: Draw) -> list[dict[str, Any]]:
    """The sample, a row a family, in the order of the form.

    Raises:
        SampleError: there is nobody to be asked.
    """
    with duckdb.connect(str(kept.path), read_only=True) as audit:
        found = audit.execute(_SQL, {"margin": how.margin, "confidence": how.confidence, "seed": how.seed})
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise SampleError(f"{kept} holds no entitlement that is due: there is nobody to be asked")
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
    cell, fill = (
        book.add_format({"border": 1}),
        book.add_format({"border": 1, "bg_color": "#FFFBE6", "locked": False}),
    )
    sheet.write_string(0, 0, TITLE, bold)
    sheet.write_string(1, 0, _HINT)
    sheet.write_string(2, 0, _DRAWN_WITH)
    sheet.write_string(2, 1, json.dumps({**vars(how), "list_hash": rows[0]["list_hash"]}))
    labels = [*(label for label, _, _ in _GIVEN), *(label for label, _ in _TO_FILL)]
    for column, (label, width) in enumerate(
        zip(labels, [*(w for *_, w in _GIVEN), *(w for _, w in _TO_FILL)], strict=True)
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(4, column, label, head)
    for place, row in enumerate(rows, start=5):
        for column, (_, name, _) in enumerate(_GIVEN):
            sheet.write(place, column, row[name], cell)
        for column in range(len(_GIVEN), len(labels)):
            sheet.write_blank(place, column, None, fill)
    for label in (_MET, _RECEIVED):
        column = labels.index(label)
        sheet.data_validation(5, column, 4 + len(rows), column, {"validate": "list", "source": [_YES, _NO]})
    sheet.freeze_panes(5, 2)
    book.close()
    return content.getvalue()


# --- reading back


def read_form(ws: Workspace, path: Path) -> Result:
    """Reads a filled form and estimates from it.

    Raises:
        SampleError: it is no form of ours, its codes are not those that were drawn, or an answer cannot be understood.
        NoPublication: the publication that it was drawn from is no longer kept.
    """
    try:
        [sheet] = python_calamine.load_workbook(path).sheet_names[:1]
        cells = python_calamine.load_workbook(path).get_sheet_by_name(sheet).to_python()
    except (OSError, ValueError, python_calamine.CalamineError) as error:
        raise SampleError(f"{path.name} cannot be read as a workbook ({type(error).__name__})") from None
    how, list_hash, first = _drawn_with(path, cells)
    rows = draw(publication_at(ws, str(how.publication)), how)
    if rows[0]["list_hash"] != list_hash:
        raise SampleError(f"{path.name} was drawn from another list than publication {how.publication} holds")
    return estimate(rows, _answers(path, cells[first:], first, rows), how.confidence)


def _drawn_with(path: Path, cells: list[list[Any]]) -> tuple[Draw, str, int]:
    """The draw, the list's hash and the first row below the header (from 0)."""
    try:
        [told] = [row[1] for row in cells[:5] if row[0] == _DRAWN_WITH]
        drawn = json.loads(told)
        list_hash = drawn.pop("list_hash")
        first = next(place for place, row in enumerate(cells) if _CODE in row) + 1
        return Draw(**drawn), list_hash, first
    except (ValueError, KeyError, TypeError, IndexError, StopIteration):
        raise SampleError(
            f"{path.name} is no form of `pantau sample-form`: keep its first five rows as they are"
        ) from None


def _answers(
    path: Path, cells: list[list[Any]], first: int, rows: Sequence[dict[str, Any]]
) -> dict[str, tuple[bool, float | None]]:
    """By code: whether the family was met, and the amount that it says to have received, None where it did not say."""
    labels = [*(label for label, _, _ in _GIVEN), *(label for label, _ in _TO_FILL)]
    known = {row["sample_code"]: row for row in rows}
    found: dict[str, tuple[bool, float | None]] = {}
    problems = []
    for place, values in enumerate(cells, start=first + 1):
        answer = dict(zip(labels, values, strict=False))
        code = str(answer.get(_CODE) or "").strip()
        if not code:
            continue
        try:
            if code not in known or code in found:
                raise ValueError(f"code {code} " + ("stands twice" if code in found else "was not drawn"))
            found[code] = _answer(answer, known[code])
        except ValueError as error:
            problems.append(f"row {place}: {error}")
    problems += [f"code {code} is missing" for code in known if code not in found]
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise SampleError(f"{path.name}: {'; '.join(problems[:5])}{more}")
    return found


def _answer(answer: dict[str, Any], row: dict[str, Any]) -> tuple[bool, float | None]:
    if not _is_yes(answer, _MET):
        return False, None
    if not _is_yes(answer, _RECEIVED):
        return True, 0.0
    amount = answer.get(_AMOUNT)
    if amount in (None, ""):
        return True, float(row["entitled_amount"])
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
        raise ValueError(f"{_AMOUNT} must be a number, not {amount!r}")
    return True, float(amount)


def _is_yes(answer: dict[str, Any], label: str) -> bool:
    """Ya or Tidak; a blank is a no: who was not asked has confirmed nothing."""
    text = str(answer.get(label) or "").strip().casefold()
    if text not in ("", _YES.casefold(), _NO.casefold()):
        raise ValueError(f"{label} must be {_YES} or {_NO}, not {text!r}")
    return text == _YES.casefold()


# --- estimating


def estimate(
    rows: Sequence[dict[str, Any]], answers: dict[str, tuple[bool, float | None]], confidence: float
) -> Result:
    """Estimates for the whole population from its strata, each drawn with its own density."""
    full, agreeing = {}, {}
    for row in rows:
        code = row["sample_code"]
        met, amount = answers[code]
        full[code] = met and amount is not None and amount >= row["entitled_amount"] - _CENT
        agreeing[code] = met and amount is not None and abs(amount - row["delivered_amount"]) < _CENT
    return Result(
        population=rows[0]["population_size"],
        drawn=len(rows),
        met=sum(met for met, _ in answers.values()),
        received_in_full=_rate(rows, full, confidence),
        agrees_with_log=_rate(rows, agreeing, confidence),
        deviating=tuple(
            row["sample_code"]
            for row in rows
            if answers[row["sample_code"]][0] and not agreeing[row["sample_code"]]
        ),
    )


def _rate(rows: Sequence[dict[str, Any]], confirmed: dict[str, bool], confidence: float) -> Rate:
    """The stratified estimate, with Wilson's interval at the sample size that its variance amounts to.

    A stratum of one drawn family has no variance of its own; that of the whole stands in for it.
    """
    population = rows[0]["population_size"]
    sizes = {_stratum(row): row["stratum_size"] for row in rows}
    drawn = Counter(_stratum(row) for row in rows)
    yes = Counter(_stratum(row) for row in rows if confirmed[row["sample_code"]])
    share = sum(size * yes[key] / drawn[key] for key, size in sizes.items()) / population
    variance = 0.0
    for key, size in sizes.items():
        n, own = drawn[key], yes[key] / drawn[key]
        spread = own * (1 - own) * n / (n - 1) if n > 1 else share * (1 - share)
        variance += (size / population) ** 2 * (1 - n / size) * spread / n
    effective = share * (1 - share) / variance if variance > 0 else float(len(rows))
    return _wilson(share, effective, confidence)


def _stratum(row: dict[str, Any]) -> tuple[str, str, bool]:
    return row["program_code"], row["village_code"], row["is_doubtful"]


def _wilson(share: float, n: float, confidence: float) -> Rate:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half))
