"""The data dictionary: descriptions live once, in dbt's YAML, and are copied from there into the audit database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
_OWN = Path(__file__).with_name("descriptions.yml")

# The audit table that each ledger table becomes, where the names differ.
_RENAMED = {"outbox": "alerts"}


@dataclass(frozen=True)
class TableDescription:
    """What a table and its columns mean, in Indonesian."""

    description: str = ""
    columns: dict[str, str] = field(default_factory=dict)


class ManifestMissingError(RuntimeError):
    """dbt has left no manifest, so that nobody knows which tables to publish."""


def current_manifest() -> Path:
    """Dbt's manifest, made anew where it is missing or older than a model or its description."""
    manifest = PROJECT / "target" / "manifest.json"
    made_at = manifest.stat().st_mtime if manifest.exists() else 0.0
    if any(path.stat().st_mtime > made_at for path in (PROJECT / "models").rglob("*") if path.is_file()):
        from include.transform import parse_manifest

        parse_manifest()
    return manifest


def read_manifest(path: Path) -> tuple[list[str], dict[str, TableDescription]]:
    """The models of schema `audit` in dbt's manifest, and the descriptions of all audit tables."""
    if not path.exists():
        raise ManifestMissingError("dbt's manifest is missing: run the transformation first")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    own = yaml.safe_load(_OWN.read_text(encoding="utf-8"))
    described = {
        name: TableDescription(table["description"], dict(table["columns"])) for name, table in own.items()
    }
    for source in manifest["sources"].values():
        if source["schema"] == "ledger":
            name = _RENAMED.get(source["name"], source["name"])
            described[name] = _merged(described.get(name), source)
    models = []
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] == "audit":
            models.append(node["alias"])
            described[node["alias"]] = _merged(None, node)
    return sorted(models), described


def _merged(own: TableDescription | None, node: dict[str, Any]) -> TableDescription:
    columns = dict(own.columns) if own else {}
    for column in node["columns"].values():
        text = _one_line(column["description"])
        if text:
            columns[column["name"]] = text
    return TableDescription(_one_line(node["description"]) or (own.description if own else ""), columns)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def describe(connection: duckdb.DuckDBPyConnection, described: dict[str, TableDescription]) -> list[str]:
    """Writes COMMENT ON for every table and column, and audit.data_dictionary; in the caller's transaction.

    Hundreds of comments, each committed by itself, would take longer than all the rest of a publication.

    Returns:
        What has no description, as `table` or `table.column`.
    """
    connection.execute(
        "create or replace table audit.data_dictionary "
        "(table_name varchar, column_name varchar, data_type varchar, description varchar)"
    )
    columns = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'audit' "
        "order by table_name, ordinal_position"
    ).fetchall()
    missing = []
    for table in dict.fromkeys(name for name, _, _ in columns):
        text = described.get(table, TableDescription()).description
        if text:
            connection.execute(f"comment on table audit.{_quoted(table)} is {_literal(text)}")
        else:
            missing.append(table)
    rows = []
    for table, column, data_type in columns:
        text = described.get(table, TableDescription()).columns.get(column, "")
        rows.append((table, column, data_type, text))
        if text:
            connection.execute(
                f"comment on column audit.{_quoted(table)}.{_quoted(column)} is {_literal(text)}"
            )
        else:
            missing.append(f"{table}.{column}")
    connection.execute(
        "insert into audit.data_dictionary select unnest(?), unnest(?), unnest(?), unnest(?)",
        [list(column) for column in zip(*rows, strict=True)],
    )
    return missing


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"  # COMMENT ON takes no parameter
