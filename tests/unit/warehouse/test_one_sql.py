"""A file and a lake are asked by the same SQL: what a lake lacks is not written anywhere, so that no test on a file hides it."""

import re
from pathlib import Path

import pytest

from include.warehouse.lake import tables

ROOT = Path(__file__).parents[3]
SOURCES = [
    path for folder in ("include", "expectations", "dbt_project/models", "dbt_project/macros")
    for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".py", ".sql")
]  # fmt: skip
LACKED = {
    r"insert or (replace|ignore)|on conflict": "put() of include/warehouse/connection.py",
    r"create (unique )?(index|sequence|type)\b": "a plain column",
    r"\bconnection\.cursor\(\)": "another_cursor() of include/warehouse/connection.py",
    r"settings\.warehouse_file\.(exists|stat|read_bytes)": "place_of() of include/warehouse/connection.py",
}
INSIDE = {"include/warehouse/connection.py", "include/warehouse/place.py", "include/settings.py"}


@pytest.mark.parametrize("pattern", LACKED, ids=lambda pattern: LACKED[pattern].partition(" ")[0])
def test_nothing_is_asked_that_a_lake_lacks(pattern):
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()} (instead: {LACKED[pattern]})"
        for path in SOURCES
        if path.relative_to(ROOT).as_posix() not in INSIDE
        for line in path.read_text().splitlines()
        if re.search(pattern, line.lower()) and not line.strip().startswith(("#", "--", '"""'))
    ]
    assert found == []


def test_the_keys_of_the_schema_are_known_to_the_lake():
    schema = re.sub(r"--.*", "", (ROOT / "include/warehouse/schema.sql").read_text())
    declared = len(re.findall(r"primary key|\bunique\b", schema))
    assert declared == sum(len(table.keys) for table in tables()) > 10
    assert all("primary key" not in table.columns for table in tables())
