"""The macros that type what OPDs write, over texts that nobody would think of: none raises, and each text has one outcome."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Answer = Callable[[str], list[dict[str, Any]]]

PIECES = (
    "0", "1", "5", "10", "31", "32", "99", "2024", "45327", "99999", "000", "300", "1e308", "1e999", "9" * 40, "9" * 400, "-", "--", "–", ".", ",", ",,", "/", "//", ":", " ",
    "  ", "\u00a0", "\t", "\n", "'", "’", '"', "\\", "%", "_", "$1", "\\1", "(", "[", "{{", "x", "×", "*", "+", "=", "Rp", "rp.", "IDR", "kg", "Kg.", "ton", "karung", "koli",
    "kuintal", "rb", "ribu", "juta", "jt", "Senin", "Jum'at", "ahad", "Januari", "jan", "Peb", "Mei", "Nopember", "Agst", "Des", "Dec", "s/d", "s.d.", "sampai dengan", "dan",
    "&", "TW", "Triwulan", "I", "IV", "Tahap", "Semester", "2", "tahun", "bulan", "WITA", "08:30", "T", "Z", "sudah", "salur", "belum", "gagal", "batal", "tidak hadir", "meninggal",
    "pindah", "alm", "V", "√", "ya", "?", "nan", "inf", "NaN", "infinity", "null", "true", "5205010101990003", "'5205014101990003", "0000000000000000", "5,20508E+15", "²", "٣", "１",
    "İ", "ﬁ", "ß", "\u202e", "\u200b", "\ufeff", "🌾", "é", "\x01", "e",
)  # fmt: skip
CELLS = ("t", "n", "d", "b", "e", ".", "-", "h")


def _texts(seed: int, count: int) -> pa.Table:
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        text = "".join(chance.choice(PIECES) for _ in range(chance.choice((0, 1, 1, 2, 3, 4, 6))))
        if chance.random() < 0.05:
            text = "".join(
                chr(chance.choice((chance.randrange(1, 0xD800), chance.randrange(0xE000, 0x110000))))
                for _ in range(chance.randint(1, 9))
            )
        rows.append(
            {
                "n": number,
                "text": text if chance.random() < 0.99 else None,
                "cell": chance.choice(CELLS),
                "unit": chance.choice(("kg", "IDR")),
            }
        )
    return pa.Table.from_pylist(rows)


def _query(path: Path) -> str:
    """One query: every macro over every text, and how many rows each gives."""

    def given(columns: str) -> str:
        return f"(select distinct {columns} from read_parquet('{path}'))"

    def over(macro: str, columns: str) -> str:
        return "{{ " + macro + f'("{given(columns)}")' + " }}"

    periods = "'blt_dd' as program_code, text as period_text, cell as period_cell, '2024' as title_year, '2025' as receipt_year"
    numbers = (
        "text as nik_text, cell as nik_cell, cell = 'n' as is_nik_keyless, "
        "text as kk_text, cell as kk_cell, cell <> 'n' as is_kk_keyless"
    )
    return f"""
        with amounts as ({over("typed_amounts", "text as amount_text, cell as amount_cell, unit, 10::double as pack_size")}),
        dates as ({over("typed_dates", "text as date_text, cell as date_cell")}),
        statuses as ({over("typed_statuses", "text as status_text")}),
        niks as ({over("checked_numbers", numbers)}),
        masks as (
            select {{{{ mask_nik('text') }}}} as nik, {{{{ mask_name('text') }}}} as name, {{{{ mask_digit_runs('text') }}}} as runs,
                {{{{ place_key('text') }}}} as place
            from read_parquet('{path}')
        ),
        {over("typed_periods", periods)}
        select
            (select count(*) from amounts) as amounts, (select count(*) from {given("text, cell, unit")}) as amounts_given,
            (select count(*) from amounts where amount < 0 or not isfinite(amount)) as amounts_odd,
            (select count(*) from dates) as dates, (select count(*) from {given("text, cell")}) as dates_given,
            (select count(*) from dates where typed_date not between date '1900-01-01' and date '2199-12-31') as dates_odd,
            (select count(*) from statuses) as statuses, (select count(*) from {given("text")}) as statuses_given,
            (select count(*) from statuses where typed_status is null or typed_status not in
                ('delivered', 'failed', 'not_yet', 'void', 'blank', 'unknown')) as statuses_odd,
            (select count(*) from niks) as niks, (select count(*) from {given("text, cell")}) as niks_given,
            (select count(*) from niks where is_nik_valid is null or is_kk_valid is null) as niks_odd,
            (select count(*) from typed_periods) as periods, (select count(*) from {given("text, cell")}) as periods_given,
            (select count(*) from typed_periods where len(list_filter(named, lambda m: not regexp_full_match(m, '[0-9]{{4}}-[0-9]{{2}}'))) > 0) as periods_odd,
            (select count(*) from masks where regexp_matches(nik, '[0-9]{{12}}') or regexp_matches(runs, '[0-9]{{12}}')) as masks_odd
    """  # fmt: skip


def _try(compiled: Answer, folder: Path, seed: int, count: int) -> None:
    path = folder / "texts.parquet"
    pq.write_table(_texts(seed, count), path)
    (found,) = compiled(_query(path))
    for name in ("amounts", "dates", "statuses", "niks", "periods"):
        assert found[name] == found[f"{name}_given"], name
        assert found[f"{name}_odd"] == 0, name
    assert found["masks_odd"] == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_no_text_is_too_odd_to_be_typed(compiled: Answer, tmp_path: Path, seed: int) -> None:
    _try(compiled, tmp_path, seed, 3000)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 110))
def test_no_text_of_very_many_is_too_odd_to_be_typed(compiled: Answer, tmp_path: Path, seed: int) -> None:
    _try(compiled, tmp_path, seed, 100_000)
