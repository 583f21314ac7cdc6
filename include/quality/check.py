"""Has Great Expectations evaluate the rules on the warehouse, and says of each rule what came out.

A rule whose SQL raised is *not evaluated*: neither passed nor failed. GX itself reports it as a failure, and a
rule that it lost it does not report at all; so every registered rule is asked for by name here.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from include.privacy import without_values

if TYPE_CHECKING:
    from expectations.rules.base import FlagRule
    from include.warehouse.place import Place

log = logging.getLogger("pantau.quality")
# With each context it tells of functions of its own that it passes over; what goes wrong with a rule we tell.
logging.getLogger("great_expectations").setLevel(logging.WARNING)

Verdict = Literal["passed", "failed", "not_evaluated"]
Suites = Mapping[str, tuple[type["FlagRule"], ...]]

_MESSAGE_LENGTH = 300
_SITE = "local_site"  # the name GX gives its own default site, which is replaced: one site, not two


@dataclass(frozen=True)
class Outcome:
    """What came out for one rule; `failing_rows` is exact, and None where the rule was not evaluated."""

    rule: str
    severity: str
    verdict: Verdict
    failing_rows: int | None = None
    error: str | None = None


def evaluate(warehouse: Place, suites: Suites, data_docs: Path) -> list[Outcome]:
    """Evaluates every rule of every suite, read-only, and writes the Data Docs."""
    context, source = _open(warehouse)
    try:
        outcomes = []
        for name, rules in suites.items():
            found = _run_suite(context, source, name, rules)
            outcomes += [found.get(rule.rule) or _lost(rule) for rule in rules]
        _write_data_docs(context, data_docs)
    finally:
        source.close()
    return outcomes


def _open(warehouse: Place) -> tuple[Any, Any]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    import include.quality.duckdb_gx  # noqa: F401 - registers the datasource

    for noisy in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    url, arguments = warehouse.sqlalchemy
    source = context.data_sources.add_duckdb(
        "warehouse", connection_string=url, kwargs={"connect_args": arguments}
    )
    source.get_execution_engine().prepare = warehouse.prepare
    return context, source


def _run_suite(context: Any, source: Any, name: str, rules: tuple[type[FlagRule], ...]) -> dict[str, Outcome]:
    """Runs one suite; its rules read one table, and a bad rule does not take the others with it."""
    import great_expectations as gx

    tables = {rule.table for rule in rules}
    if len(tables) != 1:
        raise ValueError(f"suite {name} mixes tables: {', '.join(sorted(tables))}")
    asset = source.add_query_asset(name, query=f"select * from {tables.pop()}")
    suite = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=[rule.expectation() for rule in rules])
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=name, data=asset.add_batch_definition_whole_table("all rows"), suite=suite
        )
    )
    try:
        # BASIC: counts only. Rows are read from the warehouse, never from GX, nor do they reach the Data Docs.
        results = definition.run(result_format="BASIC").results
    except Exception as error:  # a suite that GX cannot even begin: none of its rules was evaluated
        log.error("suite %s could not be run (%s)", name, type(error).__name__)
        return {rule.rule: _not_evaluated(rule, str(error)) for rule in rules}
    by_code = {rule.rule: rule for rule in rules}
    outcomes = (_outcome(by_code[result.expectation_config.meta["rule"]], result) for result in results)
    return {outcome.rule: outcome for outcome in outcomes}


def _outcome(rule: type[FlagRule], result: Any) -> Outcome:
    raised = _raised(result.exception_info or {})
    failing = (result.result or {}).get("observed_value")
    if raised or failing is None:
        return _not_evaluated(rule, raised or "no result")
    return Outcome(rule.rule, rule.level, "passed" if result.success else "failed", int(failing))


def _raised(info: Mapping[str, Any]) -> str | None:
    """The message of an exception, which GX keeps either flat or under the metric that raised it."""
    if "raised_exception" in info:
        return str(info.get("exception_message") or "exception") if info["raised_exception"] else None
    for inner in info.values():
        message = _raised(inner) if isinstance(inner, Mapping) else None
        if message:
            return message
    return None


def _not_evaluated(rule: type[FlagRule], message: str) -> Outcome:
    first_line = without_values(message.strip().split("\n")[0])[:_MESSAGE_LENGTH] or "no message"
    return Outcome(rule.rule, rule.level, "not_evaluated", error=first_line)


def _lost(rule: type[FlagRule]) -> Outcome:
    return _not_evaluated(rule, "registered, but Great Expectations did not evaluate it")


def _write_data_docs(context: Any, folder: Path) -> None:
    """Builds the pages beside the old ones and swaps them in, so that a reader never meets half a site."""
    fresh = folder.with_name(f".{folder.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    # An ephemeral context makes a folder of its own for its default site, and leaves it behind.
    temporary = context.variables.data_docs_sites[_SITE]["store_backend"]["base_directory"]
    shutil.rmtree(temporary, ignore_errors=True)
    context.update_data_docs_site(
        _SITE,
        {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(fresh)},
        },
    )
    context.build_data_docs(site_names=[_SITE])
    old = folder.with_name(f".{folder.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
