"""Watches the running Airflow until it has nothing left to do, and judges whether all went as expected."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rich.console import Console

from include.audit.query import query
from include.demonstration.airflow_api import ASKING, DAG_IDS, AirflowApi, DagRun
from include.demonstration.mailbox import Mail
from include.demonstration.services import AirflowServices
from include.inbox.scan import look
from include.sample.facts import Facts, TargetingFacts
from include.warehouse.connection import place_of, reader
from include.workspace import Workspace

QUIET_SECONDS = 5.0
_TIMING = "select program_code, period, timing_status, count(*) from audit.delivery_accuracy group by all"
_REACHED = (
    "select families_registered, poor_families, poor_entitled from audit.targeting_summary where is_total"
)
LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Progress:
    """What can be told while the DAGs work."""

    in_inbox: int
    taken_in: int
    runs: tuple[DagRun, ...]
    woken: bool

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self.in_inbox) or self.woken or any(run.works for run in self.runs)

    def line(self) -> str:
        """One line for a person."""
        states = Counter((run.dag_id, run.state) for run in self.runs)
        told = [
            f"{dag_id} {' '.join(f'{states[dag_id, state]} {state}' for state in _states(states, dag_id))}"
            for dag_id in DAG_IDS
            if _states(states, dag_id)
        ]
        return f"{self.taken_in} taken in, {self.in_inbox} in the inbox | " + (
            " | ".join(told) or "no run yet"
        )


@dataclass
class Verdict:
    """Whether every expected run succeeded and every expected e-mail arrived."""

    faults: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing is amiss."""
        return not self.faults


class Teller:
    """Shows progress: in one line that changes on a terminal, else in a line whenever something has."""

    def __init__(self, screen: Console, services: AirflowServices, files: int) -> None:
        self._screen, self._services, self._files = screen, services, files
        self._status = screen.status("dropping files")
        self._last = ""

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def __call__(self, current: Progress, dropped: int) -> None:
        """Tells; raises when a service of Airflow has died."""
        self._services.check()
        line = f"{dropped} of {self._files} files dropped, {current.line()}"
        self._status.update(line)
        if not self._screen.is_terminal and line != self._last:
            self._screen.print(f"{time.strftime('%H:%M:%S')} {line}", markup=False, soft_wrap=True)
        self._last = line


def progress(ws: Workspace, api: AirflowApi) -> Progress:
    """How far the DAGs are."""
    feeds = [feed.path for feed in ws.configuration.feeds]
    waiting = [seen for seen in look(ws.settings.inbox, feeds).values() if seen.feed and not seen.temporary]
    claims = [entry for entry in os.scandir(ws.settings.claims) if not entry.name.startswith(".")]
    taken_in = sum(1 for path in ws.settings.landing.rglob("*.json") if not path.name.startswith("."))
    return Progress(len(waiting) + len(claims), taken_in, tuple(api.runs()), api.woken())


def wait_until_quiet(
    ws: Workspace, api: AirflowApi, seconds: float, tell: Callable[[Progress], None]
) -> bool:
    """Waits until nothing has been under way for a while; False when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    quiet_since: float | None = None
    while time.monotonic() < deadline:
        current = progress(ws, api)
        tell(current)
        if current.busy:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since >= QUIET_SECONDS:
            return True
        time.sleep(LOOK_EVERY_SECONDS)
    return False


def judge(ws: Workspace, runs: tuple[DagRun, ...], mails: list[Mail], dropped: list[Path]) -> Verdict:
    """Compares what happened with what had to happen."""
    verdict = Verdict()
    expected = {"ingest_submissions", "monitor_disbursement"}
    registries = {feed.path for feed in ws.configuration.feeds if feed.kind == "registry"}
    if any(path.as_posix().startswith(f"{feed}/") for path in dropped for feed in registries):
        expected.add("match_registries")
    for dag_id in sorted(expected - {run.dag_id for run in runs if run.state == "success"}):
        verdict.faults.append(f"{dag_id}: no run has succeeded")
    verdict.faults += [
        f"{run.dag_id}: run {run.run_id} ended as {run.state}"
        for run in runs
        if run.state != "success" and run.dag_id != ASKING
    ]
    verdict.faults += _faults_of_mails(ws, mails)
    return verdict


def faults_of_figures(ws: Workspace, dropped: list[Path], planted: Facts) -> list[str]:
    """Every file has its submission, and every entitlement the timing that was planted."""
    if not ws.settings.audit_db.exists():
        return ["no audit database was published"]
    names = {
        f"{feed}/{name}".partition(".zip/")[0]
        for feed, name in query(
            ws, "select feed, file_name from audit.submissions where feed is not null"
        ).rows
    }
    faults = [
        f"file without a submission: {path.as_posix()}"
        for path in dropped
        if path.as_posix().removesuffix(".zip") not in names
    ]
    found: dict[tuple[str, str], Counter[str]] = {}
    for program, period, timing, count in query(ws, _TIMING).rows:
        found.setdefault((program, period), Counter())[timing] = count
    for facts in planted.periods:
        judged = found.pop((facts.program, facts.period), Counter())
        if judged != Counter(facts.timing):
            faults.append(
                f"{facts.program} {facts.period}: judged {dict(judged)}, planted {dict(facts.timing)}"
            )
    faults += _faults_of_targeting(ws, planted.targeting)
    return faults + [f"{program} {period}: judged, but nothing was planted" for program, period in found]


def _faults_of_targeting(ws: Workspace, planted: TargetingFacts | None) -> list[str]:
    """Families are registered, poor and reached as they were planted."""
    if planted is None:
        return []
    expected = (planted.registered, planted.poor, planted.poor_entitled)
    found = query(ws, _REACHED).rows[0]
    return [] if found == expected else [f"families reached: judged {found}, planted {expected}"]


def _faults_of_mails(ws: Workspace, mails: list[Mail]) -> list[str]:
    if not place_of(ws.settings).exists():
        return ["nothing was loaded"]
    with reader(ws) as connection:
        outbox = connection.execute("select message_id, subject, status from ledger.outbox").fetchall()
    arrived = {mail.message_id for mail in mails}
    faults = [f"e-mail not sent ({status}): {subject}" for _, subject, status in outbox if status != "sent"]
    faults += [
        f"e-mail sent but not received: {subject}"
        for message_id, subject, status in outbox
        if status == "sent" and message_id.strip() not in arrived
    ]
    if not outbox:
        faults.append("no e-mail was due, although deliveries are late and missing in the sample")
    return faults


def _states(states: Counter[tuple[str, str]], dag_id: str) -> list[str]:
    order = ("queued", "running", "success", "failed")
    return [state for state in order if states[dag_id, state]]
