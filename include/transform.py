"""dbt in this process: from the rows as sent to the tables auditors read, with an outcome that callers can use.

dbt opens the warehouse by itself, so we hold the writer's place without a connection while it works, and close its
connection afterwards: DuckDB would otherwise keep the file locked for everyone else as long as this process lives.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from include.privacy import without_values
from include.warehouse.connection import file_in, place_of, reader, require_place, writing_lock
from include.warehouse.place import Place
from include.workspace import Workspace

log = logging.getLogger("pantau.transform")

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
MANIFEST = PROJECT / "target" / "manifest.json"
PARSED = MANIFEST.with_name("partial_parse.msgpack")
"""What dbt begins with in a home where it has not run yet: it checks each file's sum, and reads anew only what has changed."""
SAMPLE_ROWS = 5
_QUIET = ["--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "none"]
_BROKEN = {"error", "fail", "runtime error"}


@dataclass(frozen=True)
class Failure:
    """A model that could not be built, or a data test that found rows.

    Attributes:
        name: The model's or the test's name.
        message: What went wrong, without any value of the data.
        sample_rows: For a test, the first rows it found, column by column: keys and counts, for a person to look at.
            They are shown, never logged.
    """

    name: str
    message: str
    sample_rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class TransformReport:
    """What became of each model and test (`success`, `pass`, `skipped`, …), and how long all took."""

    models: dict[str, str]
    failures: list[Failure]
    seconds: float


class TransformError(RuntimeError):
    """The tables could not be built or failed a test; what was published before stands."""

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__(
            "; ".join(f"{failure.name}: {failure.message}" for failure in failures) or "dbt did not run"
        )
        self.failures = failures


def transform(ws: Workspace, selected: str | None = None) -> TransformReport:
    """Builds and tests all models; unit tests are for developers and stay out of production.

    Args:
        ws: The regency's home; the day to judge by is already in reference.parameters.
        selected: Only these models, in dbt's own words (`int_registry_matched+`).

    Raises:
        TransformError: a model or a data test failed. Nothing must be published then.
        PlaceLostError: another may have written meanwhile. Nothing must be published then, either.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--select", selected] if selected else []
    started = time.monotonic()
    with writing_lock(ws, "transform"):
        target = ws.settings.home / "dbt"
        _begin_with_what_is_parsed(target)
        require_place(ws, "dbt was not begun")
        outcome = _invoke(arguments, place_of(ws.settings), target)
        require_alone(ws)
        results = list(getattr(outcome.result, "results", None) or [])
        failures = [_failure(ws, result) for result in results if result.status in _BROKEN]
    report = TransformReport(
        {r.node.name: str(r.status) for r in results}, failures, time.monotonic() - started
    )
    if failures or not outcome.success:
        raise TransformError(failures or [Failure("dbt", without_values(str(outcome.exception)))])
    log.info("transformed: %d models and tests in %.1f s", len(report.models), report.seconds)
    return report


def require_alone(ws: Workspace) -> None:
    """Asks, once dbt has ended, whether nobody else could write meanwhile: dbt itself does not notice.

    Raises:
        PlaceLostError: somebody could.
    """
    require_place(ws, "dbt may have built beside another writer, and what it built does not count")


def parse_manifest() -> Path:
    """Writes the project's manifest, from which the DAG draws one task a model, and returns where it is.

    It is made aside and renamed into place: a running Airflow reads it with every task that it starts.
    """
    target = MANIFEST.parent
    target.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="parse-", dir=target) as aside:
        # Named as every warehouse is: dbt takes the name for that of the tables' database.
        outcome = _invoke(["parse"], file_in(Path(aside)), Path(aside))
        if not outcome.success:
            raise TransformError([Failure("dbt parse", without_values(str(outcome.exception)))])
        for made in (PARSED, MANIFEST):
            (Path(aside) / made.name).replace(made)
    return MANIFEST


def _begin_with_what_is_parsed(target: Path) -> None:
    """A home in which dbt has not run yet, that of a rebuild too, starts from what was parsed for all."""
    parsed = target / PARSED.name
    if PARSED.exists() and not parsed.exists():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PARSED, parsed)


def _invoke(arguments: list[str], warehouse: Place, target: Path) -> Any:
    """Runs one dbt command and leaves no connection behind."""
    from dbt.cli.main import dbtRunner

    place = [
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        # Named as Cosmos names it: dbt reads everything anew where it was told otherwise.
        "--profile",
        "pantau",
        "--target",
        warehouse.dbt_target,
        "--target-path",
        str(target),
        "--log-path",
        str(target),
    ]
    adapt_dbt()
    with _environment(**warehouse.dbt_environment):
        try:
            return dbtRunner().invoke([*arguments, *place, *_QUIET])
        finally:
            _close_connections()


def adapt_dbt() -> None:
    """Has dbt keep values out of errors, and parse once for all homes.

    Whoever runs dbt in its own process calls this first; calling it again changes nothing.
    """
    _keep_values_out_of_errors()
    _parse_for_every_home()


def _parse_for_every_home() -> None:
    # dbt reads all models anew where the connection is another, because they might name it. Ours do not name the file.
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    known = DuckDBCredentials._connection_keys
    if not getattr(known, "for_every_home", False):
        differing = {"path", "config_options"}

        def for_every_home(credentials: Any) -> tuple[str, ...]:
            return tuple(key for key in known(credentials) if key not in differing)

        for_every_home.for_every_home = True  # type: ignore[attr-defined]
        DuckDBCredentials._connection_keys = for_every_home


def _keep_values_out_of_errors() -> None:
    """Has dbt's connections drop the values that DuckDB quotes, before they reach a log, a task or a mail."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.exceptions import DbtRuntimeError

    handler = DuckDBConnectionManager.exception_handler
    if getattr(handler, "keeps_values_out", False):
        return

    @contextmanager
    def without_quoted_values(manager: Any, sql: str, connection_name: str = "master") -> Iterator[None]:
        with handler(manager, sql, connection_name):
            try:
                yield
            except DbtRuntimeError:
                raise
            except Exception as error:
                raise RuntimeError(without_values(str(error))) from None

    without_quoted_values.keeps_values_out = True  # type: ignore[attr-defined]
    DuckDBConnectionManager.exception_handler = without_quoted_values


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Environment variables for the time of a call: the profile reads them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _close_connections() -> None:
    """dbt-duckdb keeps its connection for the life of the process; nobody else could open the file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager.close_all_connections()


def _failure(ws: Workspace, result: Any) -> Failure:
    """A failed node; for a data test its own query is asked again for the first rows."""
    failure = Failure(result.node.name, without_values(str(result.message or result.status)))
    if result.status == "fail" and result.node.compiled_code:
        with reader(ws) as connection:
            failure.sample_rows.extend(_sample(connection, result.node.compiled_code))
    log.error("%s failed: %s", failure.name, failure.message)
    return failure


def _sample(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(f"select * from ({query.strip().rstrip(';')}) limit {SAMPLE_ROWS}")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


if __name__ == "__main__":
    print(parse_manifest())
