"""Reads the configuration's files into plain data; whatever is wrong with a file as such becomes a problem.

Editors and spreadsheets on Windows leave marks (a byte order mark, UTF-16, `;` in CSV). What is harmless
is accepted, what would change the reading is named.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml

from include.config.errors import MISSING, Problem, shown

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class _YamlMistake(Exception):
    """A mistake that the YAML standard allows but that cannot be meant."""

    def __init__(self, line: int, value: str, allowed: str) -> None:
        super().__init__(allowed)
        self.line, self.value, self.allowed = line, value, allowed


class _Loader(yaml.CSafeLoader):
    """YAML in which the same key twice is a mistake, not "the last one wins", and a day is text.

    YAML's own reader gives up the whole file for a 30 February; the models name the entry. The parser in C is ten times as
    fast, which counts where 514 regencies are listed.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it from the class
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[object, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _YamlMistake(
                    key_node.start_mark.line, "a key that is itself a list or a group", "keys that are words"
                )
            if key_node.value in seen:
                first = seen[key_node.value] + 1
                raise _YamlMistake(
                    key_node.start_mark.line,
                    f'the key "{key_node.value}"',
                    f"each key once; it stands in line {first} already",
                )
            seen[key_node.value] = key_node.start_mark.line
        return super().construct_mapping(node, deep)


def _text(path: Path, problems: list[Problem]) -> str | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problems.append(Problem(path.name, "", MISSING, f'a file "{path.name}" in the configuration folder'))
        return None
    except OSError as error:
        problems.append(
            Problem(path.name, "", "what stands there", f"a file that can be read ({error.strerror})")
        )
        return None
    if content.startswith(_UTF16):
        problems.append(
            Problem(path.name, "", "text in UTF-16", "text in UTF-8 (save the file with the encoding UTF-8)")
        )
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        value = f"the byte {content[error.start]:#04x}"
        problems.append(
            Problem(path.name, f"line {line}", value, "text in UTF-8 (save the file with the encoding UTF-8)")
        )
        return None
    if not text.strip():
        problems.append(Problem(path.name, "", "an empty file", "the keys that the file is for"))
        return None
    return text


def read_yaml(path: Path, problems: list[Problem]) -> dict[str, Any] | None:
    """The keys of a YAML file; None, and a problem, where they cannot be read."""
    text = _text(path, problems)
    if text is None:
        return None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except _YamlMistake as error:
        problems.append(Problem(path.name, f"line {error.line + 1}", error.value, error.allowed))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problems.append(
            Problem(path.name, place, "what stands there", f"valid YAML ({error.problem or error.context})")
        )
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.append(
            Problem(path.name, "", "what stands there", f"valid YAML ({str(error).splitlines()[0]})")
        )
    else:
        if isinstance(data, dict):
            return data
        problems.append(Problem(path.name, "", shown(data), "keys with values, such as `key: value`"))
    return None


def read_csv(path: Path, header: Sequence[str], problems: list[Problem]) -> dict[int, dict[str, str]] | None:
    """The rows of a CSV file by line number; None, and a problem, where it lacks the expected header."""
    text = _text(path, problems)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[int, dict[str, str]] = {}
    found: list[str] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if found is None:
                found = cells
                if not _header_fits(path.name, found, header, problems):
                    return None
            elif len(cells) != len(found):
                allowed = (
                    f"{len(found)} cells separated by commas (a cell that holds a comma in double quotes)"
                )
                problems.append(
                    Problem(path.name, f"line {reader.line_num}", f"a row of {len(cells)} cells", allowed)
                )
            else:
                rows[reader.line_num] = dict(zip(found, cells, strict=True))
    except csv.Error as error:
        problems.append(
            Problem(path.name, f"line {reader.line_num}", "what stands there", f"valid CSV ({error})")
        )
        return None
    if found is None:
        problems.append(Problem(path.name, "", "a file of empty cells", f"the header {','.join(header)}"))
        return None
    return rows


def _header_fits(file: str, found: list[str], header: Sequence[str], problems: list[Problem]) -> bool:
    allowed = f"the header {','.join(header)}"
    before = len(problems)
    if len(found) == 1 and len(header) > 1:
        separator = next((mark for mark in ";\t|" if mark in found[0]), None)
        if separator:
            problems.append(
                Problem(file, "header", f"{shown(separator)} between the cells", f"commas: {allowed}")
            )
            return False
    for name in header:
        if name not in found:
            problems.append(Problem(file, f"column {name}", MISSING, allowed))
    for name in dict.fromkeys(found):
        if name not in header:
            problems.append(Problem(file, "header", f"the column {shown(name)}", allowed))
        elif found.count(name) > 1:
            problems.append(
                Problem(file, "header", f"the column {shown(name)}, which stands there twice,", allowed)
            )
    return len(problems) == before


def read_geojson(path: Path, problems: list[Problem]) -> list[Any] | None:
    """The features of a GeoJSON file; None, and a problem, where it is no collection of features."""
    text = _text(path, problems)
    if text is None:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        problems.append(Problem(path.name, place, "what stands there", "valid GeoJSON"))
        return None
    if (
        not isinstance(data, dict)
        or data.get("type") != "FeatureCollection"
        or not isinstance(data.get("features"), list)
    ):
        problems.append(
            Problem(path.name, "", "what stands there", "a GeoJSON FeatureCollection with a list of features")
        )
        return None
    features: list[Any] = data["features"]
    return features
