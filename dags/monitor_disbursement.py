"""Aid is judged, published and told of: whenever something has come, and every morning."""

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, dag, task

from include.orchestration import dbt_tasks, steps
from include.orchestration.assets import AUDIT_DATABASE, REGISTRIES, TO_JUDGE
from include.orchestration.defaults import MONITOR_PARAMS, TAGS, WAREHOUSE_POOL, default_args, every_morning
from include.orchestration.docs import with_readable_docs
from include.orchestration.stillness import AwaitStillInbox

MUST_SUCCEED = ("load", dbt_tasks.PRODUCER, "validate", "publish", "receipts", "await_still_inbox")


@dag(
    schedule=AssetOrTimeSchedule(timetable=every_morning(), assets=TO_JUDGE),
    catchup=False,
    max_active_runs=1,
    default_args=default_args(),
    params=MONITOR_PARAMS,
    tags=[*TAGS, "monitor"],
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

    @task(pool=WAREHOUSE_POOL)
    def load(params: dict[str, Any], run_id: str, dag_run: Any) -> dict[str, Any]:
        """Appends what has landed, each submission exactly once, and settles by which day to judge.

        **Reads** `landing/`, configuration; **writes** `raw`, `ledger`, `reference` of the warehouse.
        **Re-run.**
        """
        return steps.load(params, run_id, dag_run.run_type)

    @task(pool=WAREHOUSE_POOL)
    def validate(run: dict[str, Any]) -> dict[str, Any]:
        """Checks the rules with Great Expectations: a row that breaks one becomes a flag, not a failure.

        **Reads** the marts; **writes** `ledger.flags`, `ledger.rule_outcomes`, `report/data_docs/`. **Clear**
        freely.
        """
        return steps.validate(run)

    @task(pool=WAREHOUSE_POOL, outlets=[AUDIT_DATABASE])
    def publish(run: dict[str, Any]) -> dict[str, Any]:
        """Builds the audit database beside the published one, checks it, and renames it over; makes its brief.

        **Reads** the warehouse; **writes** `audit/`, `report/`, an event of `audit_database`. **Clear**: one
        publication more.
        """
        return steps.publish(run)

    @task(pool=WAREHOUSE_POOL)
    def receipts() -> dict[str, Any]:
        """Writes the receipts that are owed, with the refused rows ready to be corrected.

        **Reads** the warehouse; **writes** `returned/`. **Clear** freely: a receipt is written once.
        """
        return steps.receipts()

    @task(pool=WAREHOUSE_POOL)
    def alert(run: dict[str, Any], stillness: str) -> dict[str, Any]:
        """Decides by what has changed who must be told, and tells them; skipped when a further run follows.

        **Reads** the flags; **writes** `ledger.outbox`, `outbox/`, e-mails. **Clear**: the same is not told
        twice.
        """
        return steps.alert(run, stillness)

    # Last, so that no e-mail waits for it; also where `alert` was skipped.
    @task(pool=WAREHOUSE_POOL, outlets=[REGISTRIES], trigger_rule="none_failed")
    def announce_registries() -> None:
        """Wakes `match_registries`; skipped when no registry is new.

        **Reads** the warehouse; **writes** an event of the asset `registries`. **Clear** freely.
        """
        steps.announce_registries()

    @task(pool=WAREHOUSE_POOL, trigger_rule="all_done")
    def close_run(ti: Any, run_id: str) -> None:
        """Closes the run's account, whatever happened, and fails the run where a step has failed.

        **Reads** the states of the tasks; **writes** `ledger.runs`, and `runs` and `alerts` as published.
        **Clear** last.
        """
        steps.close(ti, run_id, MUST_SUCCEED, dbt_tasks.PRODUCER)

    run, models = load(), dbt_tasks.dbt_models()
    still = AwaitStillInbox(task_id="await_still_inbox", loaded_at=run["loaded_at"])
    run >> models
    # What follows waits for dbt itself, not for the tasks that show its models.
    dbt_tasks.producer(models) >> validate(run) >> publish(run) >> receipts() >> still
    [models, alert(run, still.output) >> announce_registries()] >> close_run()


dag = with_readable_docs(monitor_disbursement())
