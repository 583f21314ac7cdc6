"""The registries of poor families are matched with one another when a new one has come."""

from typing import Any

from airflow.sdk import DAG, dag, task

from include.orchestration import steps
from include.orchestration.regencies import RegencyDags, for_each_regency


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("match_registries", "targeting"),
        schedule=[regency.assets.registries],
        max_active_runs=1,
    )
    def match_registries() -> None:
        """Wakes when the warehouse holds a registry (P3KE, DTKS or DTSEN) that was not matched yet.

        Finds which of their entries are the same family, and wakes `monitor_disbursement`, which publishes the
        pairs. It loads nothing itself: a run's day, its receipts and its account in the ledger belong to one
        loader.

        **Clear or re-run?** Both are safe. A match replaces the one before, and is skipped when no registry is
        new.
        """

        @task(pool=regency.pool, outlets=[regency.assets.registry_matches])
        def match(ti: Any) -> dict[str, Any]:
            """Pairs the latest P3KE with the latest DTKS or DTSEN.

            **Reads** the registries in `warehouse.duckdb`; **writes** `ledger.registry_matches` and an event of
            the asset `registry_matches`. **Clear** freely.
            """
            return steps.match(regency.code, ti)

        match()

    return match_registries()


dags = for_each_regency(build)
