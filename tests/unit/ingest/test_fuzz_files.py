"""Mutated files of the shapes that offices send: whatever is broken in them, there is an outcome and no row is lost."""

from __future__ import annotations

import io
import logging
import os
import random
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include import pipeline
from include.sample import write_sample
from include.settings import Settings
from include.workspace import Workspace

from .conftest import CONFIGURATION, HEADER, as_csv, person, rows_of, write_xlsx
from .test_any_bytes import check

SEEDS = st.integers(0, 2**32)
QUICK = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
LONG = settings(
    max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True
)
SMALL = 60_000
Mutation = Callable[[bytes, random.Random], bytes]
LONG_NUMBER = re.compile(r"(?<![0-9a-fs])\d{12,}(?![0-9a-f])")


# --- what can go wrong with bytes


def flip(content: bytes, chance: random.Random) -> bytes:
    """A few bytes are others."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(content: bytes, chance: random.Random) -> bytes:
    """The upload broke off, or lacks a piece in the middle."""
    first, last = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    return content[:first] + content[last:] * chance.randint(0, 1)


def repeat(content: bytes, chance: random.Random) -> bytes:
    """A piece stands there twice."""
    first, last = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    return content[:last] + content[first:last][:5000] + content[last:]


def insert(content: bytes, chance: random.Random) -> bytes:
    """Something that means something to a parser stands where it should not."""
    at = chance.randrange(len(content))
    return content[:at] + chance.choice(_TOKENS) * chance.choice((1, 1, 1, 50)) + content[at:]


_TOKENS = [
    token.encode("utf-8", "surrogatepass")
    for token in ('"', '""', "'", ";", ",", "\t", "|", "\r", "\n", "\r\n", "\x00", "\x1a", "\ufeff", "\u202e", "\ud800", "<table>", "<!--", "<![CDATA[",
                  "&#0;", "&#xD800;", "JUMLAH;", "Mengetahui,", "NIP. 197501012000031001", "(1);(2);(3);", "=1+1", "1e999", "NaN", "-0", "€", "\\N",
                  "DESA : NOWA", "No. KK : 5205010101010001")
]  # fmt: skip


# --- what can go wrong within a workbook


def _within(change: Callable[[dict[str, bytes], random.Random], None]) -> Mutation:
    """A change of the parts of a workbook, put together again."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = {name: container.read(name) for name in container.namelist()}
        change(parts, chance)
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as container:
            for name, part in parts.items():
                container.writestr(name, part)
        return made.getvalue()

    return mutate


def _double_elements(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice(sorted(parts))
    elements = [found.span() for found in re.finditer(rb"<(\w+)[^<>]*?(/>|>[^<]*</\1>)", parts[name])]
    for first, last in sorted(chance.sample(elements, min(5, len(elements))), reverse=True):
        parts[name] = (
            parts[name][:last] + parts[name][first:last] * chance.choice((1, 30)) + parts[name][last:]
        )


def _change_attributes(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice([name for name in sorted(parts) if b'="' in parts[name]])
    value = chance.choice(
        (
            b"",
            b"-1",
            b"99999999999",
            b"XFD1048576",
            b"A0",
            b"e",
            b"s",
            b"inlineStr",
            b"\xff",
            b"&amp;",
            b"NaN",
            b"d",
        )
    )
    places = [found.span(1) for found in re.finditer(rb'="([^"]*)"', parts[name])]
    for first, last in sorted(chance.sample(places, min(4, len(places))), reverse=True):
        parts[name] = parts[name][:first] + value + parts[name][last:]


def _swap_parts(parts: dict[str, bytes], chance: random.Random) -> None:
    one, other = chance.sample(sorted(parts), 2)
    parts[one], parts[other] = parts[other], parts[one]


def _drop_part(parts: dict[str, bytes], chance: random.Random) -> None:
    del parts[chance.choice(sorted(parts))]


def _break_part(parts: dict[str, bytes], chance: random.Random) -> None:
    name = chance.choice([name for name in sorted(parts) if parts[name]])
    parts[name] = chance.choice((flip, cut, repeat, insert))(parts[name], chance)


ANY: Sequence[Mutation] = (flip, cut, repeat, insert)
WORKBOOK: Sequence[Mutation] = (
    *ANY, *map(_within, (_double_elements, _change_attributes, _swap_parts, _drop_part, _break_part)),
)  # fmt: skip


def mutated(name: str, content: bytes, chance: random.Random) -> bytes:
    """A file with one to three things wrong."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        intact = name.endswith((".xlsx", ".ods")) and zipfile.is_zipfile(io.BytesIO(content))
        try:
            content = chance.choice(WORKBOOK if intact else ANY)(content, chance) or b" "
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, OSError):
            content = flip(content, chance)  # an earlier mutation broke it so that it cannot be taken apart
    return content


# --- the files to start from


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, bytes]]:
    """Feed, name and bytes of one small file a layout of `pantau sample`, and of forms that it does not write."""
    folder = tmp_path_factory.mktemp("shapes")
    ws = Workspace(Settings(home=folder / "home", given_secret="a secret of the tests only"), CONFIGURATION)
    written = write_sample(ws, folder / "sample", recipients=120, as_of=date(2024, 3, 1)).files
    found: dict[tuple[str, bytes], tuple[str, str, bytes]] = {}
    for path in sorted(written, key=lambda path: path.stat().st_size):
        content = path.read_bytes()
        if len(content) <= SMALL:
            feed = path.parent.relative_to(folder / "sample").as_posix()
            found.setdefault((feed + path.suffix, content[:40]), (feed, path.name, content))
    log = "dkp/beras/penyaluran"
    table = [
        ["DESA : NOWA"],
        ["BULAN : JANUARI 2024"],
        [],
        HEADER,
        *rows_of(8),
        ["", "JUMLAH", *[""] * 5, "80"],
        [],
        ["Mengetahui"],
    ]
    page = "<html><table>" + "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in table
    )
    book = write_xlsx(
        folder / "two.xlsx", {"Nowa": table, "Sheet2": [HEADER, *rows_of(4, start=20)]}
    ).read_bytes()
    more = [("utf16.csv", as_csv(table).encode("utf-16")), ("latin.csv", as_csv(table, ";").encode("cp1252")), ("tab.txt", as_csv(table, "\t").encode()),
            ("page.xls", page.encode()), ("two.xlsx", book), ("nil.csv", as_csv([HEADER]).encode())]  # fmt: skip
    return [*list(found.values())[:20], *((log, name, content) for name, content in more)]


@QUICK
@given(SEEDS)
def test_a_mutated_file_has_an_outcome(shapes: list[tuple[str, str, bytes]], seed: int) -> None:
    _try(shapes, seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(SEEDS)
def test_many_mutated_files_have_an_outcome(shapes: list[tuple[str, str, bytes]], seed: int) -> None:
    _try(shapes, seed)


def _try(shapes: list[tuple[str, str, bytes]], seed: int) -> None:
    chance = random.Random(seed)
    feed, name, content = chance.choice(shapes)
    spoken = _Spoken()
    logging.getLogger("pantau").addHandler(spoken)
    try:
        check(name, mutated(name, content, chance), feed)
    finally:
        logging.getLogger("pantau").removeHandler(spoken)
    assert not LONG_NUMBER.search(spoken.text)
    assert "WARGA" not in spoken.text


class _Spoken(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage() + "\n"


# --- through the whole pipeline


def _through_the_pipeline(
    shapes: list[tuple[str, str, bytes]], seeds: range, caplog: pytest.LogCaptureFixture
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_NOW", "2024-03-15T09:00:00+08:00")
        home = Settings(home=Path(folder), given_secret="a secret of the tests only")
        home.make_folders(feed.path for feed in CONFIGURATION.feeds)
        for seed in seeds:
            chance = random.Random(seed)
            feed, name, content = shapes[seed % len(shapes)]
            path = home.inbox / feed / f"{seed} {name}"
            path.write_bytes(mutated(name, content, chance))
            os.utime(path, (1_707_000_000 + seed, 1_707_000_000 + seed))
        longest = home.inbox / "dkp/beras/penyaluran" / ("é" * 125 + "x.csv")
        longest.write_text(
            as_csv(
                [HEADER, *rows_of(2), [1, person(3), "", "X", "?", "", "besok", "banyak", "31/02/2024", "?"]]
            )
        )
        os.utime(longest, (1_707_000_000, 1_707_000_000))
        with caplog.at_level("DEBUG", "pantau"):
            report = pipeline.run(Workspace(home, CONFIGURATION))
        assert report.taken_in == len(seeds) + 1
        with duckdb.connect(str(home.audit_db), read_only=True) as audit:
            found = audit.execute(
                "select status, reason, rows_read, rows_accepted, rows_rejected, rows_skipped, reason_detail from audit.submissions"
            ).fetchall()
        assert len(found) == len(seeds) + 1
        for status, reason, read, accepted, rejected, skipped, detail in found:
            assert status in ("accepted", "partial", "rejected", "duplicate")
            assert read == accepted + rejected + skipped
            assert (status in ("rejected", "duplicate")) == (reason is not None)
            assert "pembaca berhenti" not in (detail or "")
        with duckdb.connect(str(home.warehouse_file), read_only=True) as warehouse:
            (raw,) = warehouse.execute(
                "select (select count(*) from raw.distribution) + (select count(*) from raw.recipients) + (select count(*) from raw.registry)"
            ).fetchone() or (0,)
        assert raw == sum(row[2] for row in found)
        assert "WARGA" not in caplog.text
        assert not [line for line in caplog.messages if LONG_NUMBER.search(line)]


def test_mutated_files_go_through_the_pipeline_in_one_run(
    shapes: list[tuple[str, str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    _through_the_pipeline(shapes, range(24), caplog)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_mutated_files_go_through_the_pipeline_in_one_run(
    shapes: list[tuple[str, str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    _through_the_pipeline(shapes, range(1000, 2000), caplog)
