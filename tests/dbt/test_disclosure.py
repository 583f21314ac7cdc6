"""What may be shown must not give a small count away: an attacker computes all that could stand behind the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import pytest

Row = dict[str, Any]
Answer = Callable[[str], list[Row]]
Pair = tuple[int, int]

# Tables as chance has them: up to seven villages, most with few families, some with many.
RANDOM = """
    with drawn as (
        select
            t as table_code, v as row_key, hash(t, v, 'w') % [3, 7, 12, 30][(1 + hash(t, v, 's') % 4)::int] as whole,
            hash(t, v, 'p') as part, hash(t, v, 'k') % 3 as kind
        from range({tables}) as tables (t), range(7) as villages (v)
        where v < 1 + t % 7
    ),
    counts as (
        select
            table_code::varchar as table_code, row_key::varchar as row_key, true as has_total, whole::bigint as whole,
            (case kind when 0 then 0 when 1 then part % (whole + 1) else whole - least(whole, part % 4) end)::bigint as part
        from drawn
    )
"""
ASKED = """
    select shown.*, counts.whole, counts.part
    from {{{{ shown_counts('counts', small_cell='{small_cell}') }}}} as shown
    left join counts on shown.table_code = counts.table_code and shown.row_key = counts.row_key
    order by shown.table_code, shown.is_total, shown.row_key
"""


def asked(answer: Answer, tables: str, small_cell: int) -> Iterator[tuple[list[Row], Row]]:
    """Table by table: its rows, each with what stands behind it, and what its total shows."""
    found = answer(tables + ASKED.format(small_cell=small_cell))
    for _, lines in groupby(found, key=lambda row: row["table_code"]):
        *rows, total = lines
        assert total["is_total"]
        yield rows, total


def could_be(row: Row, most: int) -> list[Pair]:
    """What a row may hold, as (part, rest): a row without families is shown, and so is a whole that is nothing."""
    whole, part = row["whole_public"], row["part_public"]
    if part is not None:
        return [(part, whole - part)]
    wholes = range(1, most + 1) if whole is None else [whole]
    return [(part, whole - part) for whole in wholes for part in range(whole + 1)]


def computed(rows: list[Row], total: Row) -> list[set[Pair]]:
    """What the attacker is left with for each row, knowing all that is shown and that the rows add up to the totals."""
    whole, part = total["whole_public"], total["part_public"]
    if whole is None:
        return [set(could_be(row, 40)) for row in rows]
    step = whole + 1

    def place(pair: Pair) -> int:
        # Sums as bits: of parts and rests where both totals are known, else of wholes.
        return sum(pair) if part is None else pair[0] * step + pair[1]

    options = [could_be(row, whole) for row in rows]
    wanted = place((whole, 0)) if part is None else place((part, whole - part))
    left = []
    for number in range(len(rows)):
        sums = 1
        for others in (*options[:number], *options[number + 1 :]):
            reached = 0
            for distance in {place(pair) for pair in others}:
                reached |= sums << distance
            sums = reached & ((1 << (wanted + 1)) - 1)
        left.append(
            {pair for pair in options[number] if place(pair) <= wanted and sums >> (wanted - place(pair)) & 1}
        )
    return left


def small_counts(row: Row, small_cell: int) -> Iterator[tuple[str, Callable[[Pair], int]]]:
    """The small counts of a row, each with how it is taken from (part, rest)."""
    counts: dict[str, Callable[[Pair], int]] = {
        "whole": sum,
        "part": lambda pair: pair[0],
        "rest": lambda pair: pair[1],
    }
    for name, count in counts.items():
        if 1 <= count((row["part"], row["whole"] - row["part"])) < small_cell:
            yield name, count


@pytest.mark.parametrize("small_cell", [2, 5])
def test_no_small_count_can_be_computed_from_what_is_shown(compiled: Answer, small_cell: int) -> None:
    checked = covered = 0
    for rows, total in asked(compiled, RANDOM.format(tables=300), small_cell):
        sums = {name: sum(row[name] for row in rows) for name in ("whole", "part")}
        for shown in (total["whole_public"], total["part_public"]):
            assert shown is None or not 1 <= shown < small_cell, (rows, total)
        if total["part_public"] is not None:
            assert not 1 <= sums["whole"] - sums["part"] < small_cell, (rows, total)
        hidden = sum(row["part_public"] is None for row in rows)
        own = sum(any(small_counts(row, small_cell)) for row in rows)
        assert own or not hidden
        # One row more does in most tables, and where the total would not stand after some more, it gives way instead.
        covered += bool(own) and total["part_public"] is not None and hidden - own < 2
        for row, left in zip(rows, computed(rows, total), strict=True):
            assert (row["part"], row["whole"] - row["part"]) in left
            for name, count in small_counts(row, small_cell):
                assert len({count(pair) for pair in left}) > 1, (name, row, rows, total)
                checked += 1
    assert checked > 300
    assert covered > 30
