"""The registries of poor families are matched with one another when a new one has come."""

from typing import Any

from airflow.sdk import dag, task

from include.orchestration import steps
from include.orchestration.assets import REGISTRIES, REGISTRY_MATCHES
from include.orchestration.defaults import TAGS, WAREHOUSE_POOL, default_args
from include.orchestration.docs import with_readable_docs


@dag(
    schedule=[REGISTRIES],
    max_active_runs=1,
    default_args=default_args(),
    tags=[*TAGS, "targeting"],
)
def match_registries() -> None:
    """Wakes when the warehouse holds a registry (P3KE, DTKS or DTSEN) that was not matched yet.

    Finds which of their entries are the same family, and wakes `monitor_disbursement`, which publishes the
    pairs. It loads nothing itself: a run's day, its receipts and its account in the ledger belong to one
    loader.

    **Clear or re-run?** Both are safe. A match replaces the one before, and is skipped when no registry is
    new.
    """

    @task(pool=WAREHOUSE_POOL, outlets=[REGISTRY_MATCHES])
    def match() -> dict[str, Any]:
        """Pairs the latest P3KE with the latest DTKS or DTSEN.

        **Reads** the registries in `warehouse.duckdb`; **writes** `ledger.registry_matches` and an event of
        the asset `registry_matches`. **Clear** freely.
        """
        return steps.match()

    match()


dag = with_readable_docs(match_registries())
