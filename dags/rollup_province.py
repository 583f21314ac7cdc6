"""What all regencies have published is added up for the province."""

from typing import Any

from airflow.sdk import DAG, dag, task

from include.orchestration import province
from include.orchestration.province import ProvinceDag, for_the_province


def build(over_all: ProvinceDag) -> DAG:
    """The DAG over all regencies."""

    @dag(**over_all.arguments, schedule=over_all.schedule, max_active_runs=1)
    def rollup_province() -> None:
        """Adds up what the regencies have published, and ranks them and their OPDs; no person is in it.

        Wakes when any regency has published its audit database, **and at 08:00 in the province's time zone**. Each run
        reads all regencies; one whose publication is missing or cannot be read is named with the reason, and is no
        reason to fail. The results are on the page *Provinsi* and in `province.duckdb` in the province's home; the
        province's coordinator is written to.

        **Clear or re-run?** Both are safe: a roll-up replaces the one before.
        """

        @task
        def roll_up(ti: Any) -> dict[str, Any]:
            """Reads each regency's publication, builds the roll-up beside the published one, renames it over.

            Skipped where a further run waits already.

            **Reads** `audit/pantau.duckdb` of every home; **writes** `province.duckdb`. **Clear** freely.
            """
            return province.roll_up(ti)

        @task
        def tell(ti: Any) -> dict[str, Any]:
            """Writes to the province's coordinator, from 08:00 on and at most once a day: where something changed, else weekly.

            Fails while the coordinator's address refuses the letter for good: mend it in `regencies.yml`, then clear.

            **Reads** `province.duckdb`; **writes** `outbox/` and its ledger in the province's home, one e-mail.
            **Clear** freely: the same is not told twice.
            """
            return province.tell(ti)

        roll_up() >> tell()

    return rollup_province()


dags = for_the_province(build)
