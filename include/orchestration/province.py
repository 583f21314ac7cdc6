"""The one DAG that is of no regency: it is there only where `regencies.yml` has a part `province`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, AssetOrTimeSchedule, get_parsing_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.config import Province, registry
from include.orchestration import notes
from include.orchestration.assets import Told, any_publication
from include.orchestration.defaults import TAGS, default_args, every_morning
from include.orchestration.docs import with_readable_docs
from include.orchestration.failures import Office, tell_of_failure
from include.orchestration.links import with_links
from include.rollup.schedule import MORNING_HOUR
from include.settings import Settings

if TYPE_CHECKING:
    from include.alerts import AlertReport

DAG_ID = "rollup_province"

log = logging.getLogger("pantau.dag")


@dataclass(frozen=True)
class ProvinceDag:
    """How the roll-up's DAG is woken and queued; its role has its rights from deploy/accounts.py."""

    province: Province
    regencies: tuple[str, ...]

    @property
    def arguments(self) -> dict[str, Any]:
        """What the DAG is declared with."""
        queue = {"queue": self.province.queue} if self.province.queue else {}
        return {
            "dag_id": DAG_ID,
            "default_args": default_args() | queue | {"on_failure_callback": tell_the_provinces_engineer},
            "tags": [*TAGS, "province"],
        }

    @property
    def schedule(self) -> AssetOrTimeSchedule:
        """Whenever any regency has published, and each morning."""
        morning = every_morning(self.province.timezone, MORNING_HOUR)
        return AssetOrTimeSchedule(timetable=morning, assets=any_publication(self.regencies))


def for_the_province(build: Callable[[ProvinceDag], DAG]) -> list[DAG]:
    """Builds the DAG where there is a province; not while a task of another DAG is executed."""
    listed = registry()
    if listed is None or listed.province is None or get_parsing_context().dag_id not in (None, DAG_ID):
        return []
    return [with_links(with_readable_docs(build(ProvinceDag(listed.province, tuple(listed.regencies)))))]


def tell_the_provinces_engineer(context: Any) -> None:
    """Callback of a failed task. No regency's engineer is told: none may see the province's runs."""
    listed = registry()
    if listed is None or listed.province is None:
        log.error("nobody can be told of this: the part `province` of regencies.yml cannot be read any more")
        return
    province = listed.province
    tell_of_failure(context, Office(province.engineer_email, province.sender, Settings.of_province(province)))


def roll_up(ti: Any) -> Told:
    """Publishes the roll-up; says what it counted. Skips where a further run waits already: that reads all regencies too.

    In the morning each regency's publication asks for a run of its own: the last of those that wait does for all.
    """
    from include.rollup.publish import roll_up as publish_roll_up

    if ti.get_dr_count(dag_id=DAG_ID, states=["queued"]):
        raise AirflowSkipException("a further run waits already, and will read all regencies")
    report = publish_roll_up()
    return {"counted": report.counted, "listed": report.listed, "amiss": report.amiss}


def tell(ti: Any) -> Told:
    """Sends the letter to the province's coordinator where it is due; leaves the run's note, and says what became of it.

    Raises:
        AirflowFailException: the coordinator's address refuses it for good; another try would be refused alike.
    """
    from include.rollup.tell import LetterRefused
    from include.rollup.tell import tell as tell_coordinator

    counted = ti.xcom_pull(task_ids="roll_up")
    try:
        report = tell_coordinator()
    except LetterRefused as refused:
        ti.xcom_push(key=notes.NOTE, value=notes.of_rollup(counted, _told(refused.report), str(refused)))
        raise AirflowFailException(str(refused)) from refused
    ti.xcom_push(key=notes.NOTE, value=notes.of_rollup(counted, _told(report)))
    return _told(report)


def _told(report: AlertReport) -> Told:
    return {name: getattr(report, name) for name in ("sent", "failed", "written", "waiting")}
