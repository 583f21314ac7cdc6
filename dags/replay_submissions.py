"""Submissions are read anew from their originals, on somebody's word and for a reason that is published."""

from typing import Any

from airflow.sdk import DAG, dag, task

from include.orchestration import steps
from include.orchestration.defaults import REPLAY_PARAMS
from include.orchestration.regencies import RegencyDags, for_each_regency


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("replay_submissions", "replay"),
        schedule=None,
        max_active_runs=1,
        params=REPLAY_PARAMS,
    )
    def replay_submissions() -> None:
        """Reads submissions anew with today's code and configuration, and wakes `monitor_disbursement`.

        Trigger it and fill in **one** of *these submissions*, *this day*, *everything*, and the reason, which auditors
        read in `audit.replays`. Rows land anew under the same submission; number, SHA-256 and chain stay. All is built
        beside and judged by dbt before it takes its place, so a replay that fails changes nothing.

        **Clear or re-run?** Both are safe: the same is read once more. On the command line: `pantau rebuild
        --submission ID` or `--day DATE`, with `--reason`.
        """

        @task(pool=regency.pool, retries=0, outlets=[regency.assets.replays])
        def replay(params: dict[str, Any], dag_run: Any, ti: Any) -> dict[str, Any]:
            """Reads the chosen originals, carries all other rows over, builds every table anew.

            **Reads** `archive/`, `warehouse.duckdb`; **writes** `landing/`, `warehouse.duckdb`, `ledger.replays`, an
            event of the asset `replays`. **Clear** freely.
            """
            return steps.replay(regency.code, params, dag_run, ti)

        replay()

    return replay_submissions()


dags = for_each_regency(build)
