"""People decide about lists that may be mistakes, while everything else goes on."""

from typing import Any

from airflow.sdk import DAG, dag, task, task_group

from include.orchestration import questions, steps
from include.orchestration.regencies import RegencyDags, for_each_regency


def build(regency: RegencyDags) -> DAG:
    """The DAG of one regency."""

    @dag(
        **regency.arguments("decide_lists", "human-in-the-loop"),
        schedule=[regency.assets.doubtful_lists],
        max_active_runs=16,
    )
    def decide_lists() -> None:
        """Asks whether a recipient list that drops most of its families is meant so, one question a list.

        Wakes when such a list was published (`dropped_families`, `dropped_share` in `alerts.yml`). Until somebody
        answers, and where nobody does within `decision_days`, the list counts as received. A list that is set aside is
        read anew as refused, and wakes `monitor_disbursement`. Who decided and why is in `audit.decisions`.

        **Clear or re-run?** Both are safe: a list is asked about once. Waiting runs hold up nobody.
        """

        @task
        def questions_to_ask(run_id: str, ti: Any) -> list[dict[str, str]]:
            """Notes which lists are asked about from now on, and mails the data engineer; skipped without any.

            **Reads** `audit/`; **writes** `ledger.decisions_asked`, one e-mail. **Clear** freely.
            """
            return steps.ask(regency.code, run_id, ti)

        @task_group
        def one_list(submission_id: str, subject: str, body: str) -> None:
            """One question and what follows from its answer."""

            @task(pool=regency.pool, outlets=[regency.assets.replays])
            def decide(submission_id: str, answer: dict[str, Any], ti: Any) -> None:
                """Notes the answer; sets the list aside where that was chosen, else skipped.

                **Reads** the answer; **writes** `ledger.decisions`; for a list that is set aside also `landing/`,
                `warehouse.duckdb`, an event of `replays`. **Clear** freely.
                """
                steps.decide(regency.code, submission_id, answer, ti)

            decide(submission_id, questions.asking(regency.code, subject, body).output)

        one_list.expand_kwargs(questions_to_ask())

    return decide_lists()


dags = for_each_regency(build)
