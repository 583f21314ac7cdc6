"""What OPDs drop into the inbox is taken in, each file exactly once."""

from typing import Any

from airflow.sdk import DAG, dag, task

from include.orchestration import steps
from include.orchestration.defaults import feeds_param
from include.orchestration.outcome import conclude_run
from include.orchestration.regencies import RegencyDags, for_each_regency

FILE_NAMES = "{{ task.op_kwargs['claims'] | map(attribute='file') | join(', ') }}"


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("ingest_submissions", "ingest"),
        schedule=[regency.assets.inbox],
        max_active_runs=1,
        deadline=regency.deadline,
        params={"feeds": feeds_param()},
    )
    def ingest_submissions() -> None:
        """Wakes when complete files lie in the inbox, takes in **all** of them, and wakes `monitor_disbursement`.

        A file is claimed by renaming it, so nobody else can take it as well. A broken file fails no task: it ends
        as a *rejected* submission with a receipt. So a failed task is a fault of ours, not of an OPD.

        **Clear or re-run?** Both are safe. What a failed or killed run has claimed, the next run takes up.
        """

        @task
        def claim(params: dict[str, Any], ti: Any) -> list[list[dict[str, str]]]:
            """Moves complete files out of the inbox, and deals them out to the tasks that read them.

            **Reads** `inbox/`; **writes** `claims/`. **Clear** freely: nothing is claimed twice.
            """
            return steps.claim(regency.code, params["feeds"], ti)

        # Its failures go into one mail a run, by `conclude`, not into one a file.
        @task(map_index_template=FILE_NAMES, on_failure_callback=None)
        def ingest(claims: list[dict[str, str]], ti: Any) -> list[dict[str, Any]]:
            """Keeps the original, reads it, lands every row as text. One task a file, several where many came.

            **Reads** `claims/`; **writes** `archive/`, `landing/`. **Clear** freely: what has landed does not
            land again.
            """
            return steps.ingest(regency.code, claims, ti)

        @task(outlets=[regency.assets.submissions], trigger_rule="all_done")
        def announce(ti: Any) -> int:
            """Wakes `monitor_disbursement`, also when other files failed; skipped when nothing has landed.

            **Reads** what `ingest` returned; **writes** an event of the asset `submissions`. **Clear** to wake it
            again.
            """
            return steps.announce(ti)

        @task(trigger_rule="all_done", retries=0)
        def conclude(ti: Any, run_id: str) -> None:
            """Fails the run when a step has failed, and mails the data engineer once for all its files.

            **Reads** the states of the tasks; **writes** nothing. **Clear** it together with the task that
            failed.
            """
            conclude_run(ti, run_id)

        # A mapped task does not take its docstring for its documentation by itself.
        documented = ingest.override(doc_md=ingest.function.__doc__)
        documented.expand(claims=claim()) >> announce() >> conclude()

    return ingest_submissions()


dags = for_each_regency(build)
