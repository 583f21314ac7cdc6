"""Somebody notices when the morning's run did not start."""

from airflow.sdk import DAG, dag, task

from include.orchestration.deadlines import after_the_morning, require_a_run_this_morning
from include.orchestration.regencies import RegencyDags, for_each_regency


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("watch_schedule", "monitor"),
        schedule=after_the_morning(regency.code),
        max_active_runs=1,
    )
    def watch_schedule() -> None:
        """Looks, `start_deadline_minutes` (`alerts.yml`) after seven, whether a run has begun to load since then.

        Fails, and mails the data engineer, where none has: `monitor_disbursement` is paused or cannot be read, an
        earlier run hangs, or Airflow was stopped at seven. A run that began but does not end is told of by its own
        deadline. Where all of Airflow is down nothing here can tell: have `pantau doctor` run by another scheduler.

        **Clear or re-run?** Clear it once a run has begun.
        """

        @task(retries=0)
        def look_for_a_run() -> str:
            """Compares the time of the last attempt with the morning.

            **Reads** `.attempted` in the home; **writes** nothing. **Clear** freely.
            """
            return require_a_run_this_morning(regency.code)

        look_for_a_run()

    return watch_schedule()


dags = for_each_regency(build)
