"""Aid is judged, published and told of: whenever something has come, and every morning."""

from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, dag, task

from include.orchestration import steps
from include.orchestration.defaults import MONITOR_PARAMS
from include.orchestration.regencies import RegencyDags, for_each_regency
from include.orchestration.stillness import AwaitStillInbox
from include.orchestration.transformation import transformation

MUST_SUCCEED = ("load", "validate", "publish", "receipts", "await_still_inbox")


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("monitor_disbursement", "monitor"),
        schedule=AssetOrTimeSchedule(timetable=regency.morning, assets=regency.assets.to_judge),
        max_active_runs=1,
        deadline=regency.deadline,
        params=MONITOR_PARAMS,
    )
    def monitor_disbursement() -> None:
        """Judges every entitlement, publishes the audit database, tells those who must act.

        Wakes when submissions have landed or registries were matched, **and at 07:00 in the regency's time
        zone**: a delivery that is missing makes no event. Each run judges all that the warehouse holds, so one
        makes up for any number that failed or were killed: while something is unpublished, a further run follows
        by itself, first after 5 minutes, then ever more rarely. The last published audit database stands.

        **Clear or re-run?** *Re-run* (Trigger), because dbt skips a second attempt; from `validate` on, clearing
        is safe. *As of* judges by another day: the e-mails of such a run are written and recorded, never sent.
        """

        @task(pool=regency.pool)
        def load(params: dict[str, Any], run_id: str, dag_run: Any, ti: Any) -> dict[str, Any]:
            """Appends what has landed, each submission exactly once, and settles by which day to judge.

            **Reads** `landing/`, configuration; **writes** `raw`, `ledger`, `reference` of the warehouse.
            **Re-run.**
            """
            return steps.load(regency.code, params, run_id, dag_run.run_type, ti)

        @task(pool=regency.pool)
        def validate(run: dict[str, Any]) -> dict[str, Any]:
            """Checks the rules with Great Expectations: a row that breaks one becomes a flag, not a failure.

            **Reads** the marts; **writes** `ledger.flags`, `ledger.rule_outcomes`, `report/data_docs/`. **Clear**
            freely.
            """
            return steps.validate(regency.code, run)

        @task(pool=regency.pool, outlets=[regency.assets.audit_database, regency.assets.doubts_found])
        def publish(run: dict[str, Any], outlet_events: Any) -> dict[str, Any]:
            """Builds the audit database beside the published one, checks it, and renames it over; makes its brief.

            **Reads** the warehouse; **writes** `audit/`, `report/`, events of `audit_database` and, where somebody
            should decide, of `doubtful_lists`. **Clear**: one publication more.
            """
            return regency.assets.tell_of_doubts(outlet_events, steps.publish(regency.code, run))

        @task(pool=regency.pool, outlets=[regency.assets.returned])
        def receipts() -> dict[str, Any]:
            """Writes the receipts that are owed, with the refused rows ready to be corrected.

            **Reads** the warehouse; **writes** `returned/`, an event of `returned`. **Clear** freely: a receipt is written once.
            """
            return steps.receipts(regency.code)

        @task(pool=regency.pool, outlets=[regency.assets.emails])
        def alert(run: dict[str, Any], stillness: str) -> dict[str, Any]:
            """Decides by what has changed who must be told, and tells them; skipped when a further run follows.

            **Reads** the flags; **writes** `ledger.outbox`, `outbox/`, e-mails, an event of `emails`. **Clear**:
            the same is not told twice.
            """
            return steps.alert(regency.code, run, stillness)

        # Last, so that no e-mail waits for it; also where `alert` was skipped.
        @task(pool=regency.pool, outlets=[regency.assets.registries], trigger_rule="none_failed")
        def announce_registries() -> None:
            """Wakes `match_registries`; skipped when no registry is new.

            **Reads** the warehouse; **writes** an event of the asset `registries`. **Clear** freely.
            """
            steps.announce_registries(regency.code)

        @task(pool=regency.pool, trigger_rule="all_done")
        def close_run(ti: Any, run_id: str) -> None:
            """Closes the run's account, whatever happened, and fails the run where a step has failed.

            **Reads** the states of the tasks; **writes** `ledger.runs`, and `runs` and `alerts` as published.
            **Clear** last.
            """
            steps.close(regency.code, ti, run_id, (*MUST_SUCCEED, transform.dbt_task), transform.dbt_task)

        run, transform = load(), transformation(regency)
        still = AwaitStillInbox(task_id="await_still_inbox", loaded_at=run["loaded_at"], regency=regency.code)
        run >> transform.shown
        # What follows waits for dbt itself, not for the tasks that show its models.
        transform.done >> validate(run) >> publish(run) >> receipts() >> still
        [transform.shown, alert(run, still.output) >> announce_registries()] >> close_run()

    return monitor_disbursement()


dags = for_each_regency(build)
