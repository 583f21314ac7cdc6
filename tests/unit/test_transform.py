"""What callers of the transformation may rely on: a typed outcome, no values in messages, nothing left open."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import duckdb
import pytest
import yaml

from include.privacy import without_values
from include.settings import Settings
from include.transform import (
    PROJECT,
    TransformError,
    _begin_with_what_is_parsed,
    _environment,
    _invoke,
    parse_manifest,
    transform,
)
from include.warehouse.connection import file_in, place_of
from tests.dbt.conftest import Warehouse, received

ROW = {"nik": "5205019901990001", "name": "Fulan", "village": "Nowa", "district": "Woja"}


@pytest.fixture
def house(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path)
    warehouse.configure("2024-03-31")
    warehouse.submit("dkp/beras/penerima", [ROW], received("2024-01-05"), title={"period": "Januari 2024"})
    return warehouse


def test_a_build_leaves_file_and_environment_as_it_found_them(house: Warehouse) -> None:
    before = os.environ.get("PANTAU_WAREHOUSE")
    report = transform(house.workspace)
    assert report.models["delivery_accuracy"] == "success"
    assert report.models["every_row_is_judged_once"] == "pass"
    assert not any(name in report.models for name in ("timing_at_its_boundaries",)), (
        "unit tests are for developers"
    )
    assert os.environ.get("PANTAU_WAREHOUSE") == before
    duckdb.connect(str(house.file), read_only=True).close()  # fails while a writing connection is open


def test_building_twice_gives_the_same_rows(house: Warehouse) -> None:
    transform(house.workspace)
    first = house.rows("select * from audit.delivery_accuracy")
    transform(house.workspace)
    assert house.rows("select * from audit.delivery_accuracy") == first != []


def test_a_lost_row_fails_the_build_and_is_shown(house: Warehouse) -> None:
    with house.open() as connection:
        connection.execute("delete from raw.recipients")
    with pytest.raises(TransformError) as raised:
        transform(house.workspace)
    failure = next(failure for failure in raised.value.failures if failure.name == "every_row_is_judged_once")
    assert failure.sample_rows[0]["submission_id"] == "s1"
    assert "every_row_is_judged_once" in str(raised.value)
    duckdb.connect(str(house.file), read_only=True).close()


def test_a_status_of_which_no_new_log_speaks_is_asked_too(house: Warehouse) -> None:
    transform(house.workspace)
    with house.open() as connection:
        connection.execute("update reference.parameters set pending_from = 2")
        connection.execute("update intermediate.int_entitlements_judged set timing_status = 'forgotten'")
    with pytest.raises(TransformError) as raised:
        transform(house.workspace, "int_entitlements_judged,resource_type:test")
    [failure] = raised.value.failures
    assert failure.name == "int_entitlements_judged_holds"
    assert failure.sample_rows[0]["broken_promise"].startswith("timing_status is none of")
    assert failure.sample_rows[0]["found_in"].startswith("entitlement_id ")


def test_a_broken_warehouse_is_a_transform_error(house: Warehouse) -> None:
    with house.open() as connection:
        connection.execute("drop table reference.calendar")
    with pytest.raises(TransformError, match="int_program_days_counted"):
        transform(house.workspace)


def test_messages_carry_no_values() -> None:
    message = without_values(
        "Could not convert string 'SITI AMINAH' to INT32\n near \"5205019901990001\" or 5205019901990001"
    )
    assert message == "Could not convert string … to INT32 near … or …"


def test_a_new_home_begins_with_what_was_parsed_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbt.parser.models import ModelParser

    parse_manifest()
    read: list[str] = []
    reading = ModelParser.render_update
    monkeypatch.setattr(
        ModelParser,
        "render_update",
        lambda parser, node, *rest: read.append(node.name) or reading(parser, node, *rest),
    )
    for home in ("begins", "without"):
        target = tmp_path / home / "dbt"
        if home == "begins":
            _begin_with_what_is_parsed(target)
        assert _invoke(["parse"], file_in(target.parent), target).success
        assert bool(read) == (home == "without")


def test_the_manifest_names_every_audit_table_with_its_description() -> None:
    nodes = json.loads(parse_manifest().read_text())["nodes"].values()
    audit = {
        node["name"]: node for node in nodes if node["resource_type"] == "model" and node["schema"] == "audit"
    }
    assert set(audit) == {
        "submissions", "rejected_rows", "deliveries", "delivery_accuracy", "susenas_readiness", "village_readiness",
        "unexpected_deliveries", "reporting_completeness", "opd_scorecard", "village_summary", "gates", "village_gates",
        "snoozes", "skipped_rows", "recipients_dropped", "recipients_listed",
        "targeting_gaps", "recipients_outside_registry", "recipients_recognised", "vulnerable_coverage", "pocket_coverage", "complementarity",
        "combination_conflicts", "combination_rules", "poverty_targets", "register_counts", "targeting_parameters",
        "targeting_summary",
    }  # fmt: skip
    for node in audit.values():
        assert node["config"]["contract"]["enforced"]
        assert node["description"]
        assert all(column["description"] and column["data_type"] for column in node["columns"].values())


def test_the_cell_letters_are_read_in_the_order_of_the_canonical_columns() -> None:
    from include.ingest.columns import CANONICAL
    from tests.dbt.conftest import COLUMNS

    text = (Path(__file__).parents[2] / "dbt_project" / "macros" / "text.sql").read_text()
    for kind, columns in CANONICAL.items():
        names = [column.name for column in columns]
        assert COLUMNS[kind] == names
        assert f"'{kind}': {names!r}" in text


def test_the_source_descriptions_name_columns_that_exist(house: Warehouse) -> None:
    import yaml

    document = yaml.safe_load(
        (Path(__file__).parents[2] / "dbt_project/models/audit/_audit__sources.yml").read_text()
    )
    for table in document["sources"][0]["tables"]:
        found = {row["column_name"] for row in house.rows(f"describe ledger.{table['name']}")}
        described = {column["name"] for column in table.get("columns", [])}
        # What a publication leaves out, auditors need no words for (that all it holds is described: test_publish).
        assert described <= found, table["name"]


def test_dbts_own_errors_carry_no_values(tmp_path: Path) -> None:
    outcome = _invoke(
        ["show", "--inline", "select cast('SITI AMINAH' as integer)"],
        file_in(tmp_path),
        tmp_path,
    )
    assert not outcome.success
    told = "".join(traceback.format_exception(outcome.exception)) + str(outcome.result)
    assert "SITI" not in told
    assert "Could not convert" in told


def test_the_descriptions_say_the_figures_by_which_aid_is_bunched() -> None:
    given = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    models = (PROJECT / "models" / "audit" / "_audit__models.yml").read_text(encoding="utf-8")
    days, times = given["bunching_days"], given["bunched_from"]
    tables = ("opd_scorecard", "village_summary", "village_readiness")
    assert models.count(f"sekurang-kurangnya {times} kali even_share") == len(tables)
    assert models.count(f"lengkap dalam {days} hari terakhir sampai dengan batas") == len(tables)


@pytest.mark.parametrize("lake", [None, "postgresql://127.0.0.1:1/lake"])
def test_dbt_opens_the_warehouse_as_everybody_does(tmp_path: Path, lake: str | None) -> None:
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["pantau"]["outputs"]
    place = place_of(Settings(home=tmp_path, lake=lake, duckdb_memory="3GB"))
    with _environment(**place.dbt_environment):
        set_invocation_context(dict(os.environ))
        told = ProfileRenderer({}).render_data(profile[place.dbt_target]["config_options"])
    assert told == place.engine.settings("dbt")
    assert told == {
        "memory_limit": "3GB",
        "temp_directory": str(tmp_path / ".spill" / "dbt"),
        "temp_file_encryption": lake is not None,
    }
    # Airflow keeps what the DAG file tells dbt: told otherwise at each parsing, it would be a new version of the DAG.
    assert place.dbt_environment == place.dbt_environment


def test_in_a_lake_one_model_is_built_at_a_time() -> None:
    """With two, a test did not find a view that the other connection had just committed (28,000 families)."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))["pantau"]["outputs"]
    assert profile["lake"]["threads"] == 1
