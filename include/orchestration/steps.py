"""The steps as tasks call them: open the workspace, call the step's function, log and return counts.

The functions are those of `include.pipeline`; only what Airflow adds is here: who started the run, what a
later task must know (through XCom: counts and ids, never a row), and which errors no further try can mend.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include import clock
from include.config import ConfigurationError
from include.inbox import unpublished
from include.inbox.watch import SUPERSEDED
from include.ingest.manifest import landing_folder
from include.language.inert import file_name
from include.orchestration import notes
from include.orchestration.failures import describe
from include.orchestration.links import FILES, address, leave
from include.orchestration.outcome import StepsFailed, failed_steps, returned
from include.orchestration.questions import SET_ASIDE, mail_of_questions, question
from include.workspace import Workspace

if TYPE_CHECKING:
    from include.rebuild import RebuildReport
    from include.report.run_counts import RunCounts

log = logging.getLogger("pantau.dag")

MAPPED_TASKS_AT_MOST = 50
"""Beyond that a task takes several files: each task costs time, and Airflow maps over 1,024 at most."""

NOTED = "noted"
"""Under this key `claim` tells how many files in no feed's folder it has made into rejected submissions."""

TELLING = ("load", "validate", "publish", "receipts", "alert")
COUNTED = ("submissions", "rows", "flags", "receipts", "emails")
"""Tasks whose seconds, and counts which, go into the ledger's account of a run."""

_OURS = f"{AirflowFailException.__name__}: "

Told = dict[str, Any]
"""What a step tells the tasks after it: counts, ids and `seconds`."""


def open_workspace(regency: str | None = None) -> Workspace:
    """The home and configuration of this installation, or of one of its regencies; a mistake is final, whatever the retries."""
    try:
        return Workspace.open(regency)
    except ConfigurationError as error:
        raise AirflowFailException(str(error)) from error


def claim(regency: str | None, feeds: list[str] | None, ti: Any) -> list[list[dict[str, str]]]:
    """Claims what is complete, and deals every waiting claim, those of a killed run too, out to tasks."""
    from include.inbox.claim import claim_complete_files, pending_claims

    ws = open_workspace(regency)
    known = {feed.path for feed in ws.configuration.feeds}
    if wrong := sorted(set(feeds or ()) - known):
        raise AirflowFailException(
            f"no such feed: {', '.join(wrong)}; configured are: {', '.join(sorted(known))}"
        )
    noted_before = _noted_unknown(ws)
    claim_complete_files(ws, feeds or None)
    ti.xcom_push(key=NOTED, value=_noted_unknown(ws) - noted_before)
    pending = [one for one in pending_claims(ws) if not feeds or one.feed in feeds]
    log.info("%d claims to read", len(pending))
    # What tasks tell one another stands in their logs and in the interface.
    named = [
        {"submission_id": one.submission_id, "file": f"{one.feed}/{file_name(one.file_name)}"}
        for one in pending
    ]
    return [named[first::MAPPED_TASKS_AT_MOST] for first in range(min(len(named), MAPPED_TASKS_AT_MOST))]


def ingest(regency: str | None, claims: list[dict[str, str]], ti: Any) -> list[Told]:
    """Archives, reads and lands claimed files; one that cannot be ingested does not hold back those dealt out with it."""
    from include.ingest.submission import WAITING, ingest_claim

    leave(ti, FILES, f"berkas/{claims[0]['submission_id']}" if len(claims) == 1 else "berkas")
    ws = open_workspace(regency)
    landed: list[Told] = []
    fault: Exception | None = None
    for one in claims:
        try:
            manifest = ingest_claim(ws, one["submission_id"])
        except Exception as error:
            log.exception("submission %s could not be ingested", one["submission_id"])
            fault = fault or error
            continue
        if manifest.reading_status != WAITING:
            outcome = {"status": manifest.reading_status, "reason": manifest.reason}
            landed.append({**one, **outcome, "rows_read": manifest.rows_read})
    if fault is not None:
        raise fault
    return landed


def announce(ti: Any) -> int:
    """Counts what has landed; skips, so that the task emits no asset event, when nothing has."""
    count = len(returned(ti, "ingest"))
    count += ti.xcom_pull(task_ids="claim", key=NOTED) or 0
    if not count:
        raise AirflowSkipException("nothing has landed")
    log.info("%d submissions landed", count)
    return count


def load(regency: str | None, params: Mapping[str, Any], run_id: str, run_type: str, ti: Any) -> Told:
    """Appends what has landed to the warehouse, and settles by which day this run judges."""
    from include.warehouse.load import load_landed

    ws = open_workspace(regency)
    loaded_at = unpublished.begin_attempt(ws.settings)
    today = clock.today(ws.configuration.region.timezone)
    as_of = date.fromisoformat(params["as_of"]) if params.get("as_of") else today
    started = time.monotonic()
    report = load_landed(ws, as_of, run_id, started_by(run_type))
    leave(ti, FILES, _files_of(report.places))
    log.info("this run judges by %s", as_of)
    if report.failed:
        log.error("not loaded, kept for the next run: %s", report.failed)
    return {
        "run_id": run_id,
        "not_loaded": sorted(report.failed),
        "as_of": as_of.isoformat(),
        "send": as_of == today and not params.get("dry_run"),
        "loaded_at": loaded_at,
        "submissions": len(report.submissions),
        "places": report.places,
        "rows": report.rows,
        "seconds": _since(started),
    }


def announce_registries(regency: str | None) -> None:
    """Skips, and so emits nothing, unless the warehouse holds registries that were not matched yet."""
    from include.targeting.match import needs_matching

    if not needs_matching(open_workspace(regency)):
        raise AirflowSkipException("no registry is new")
    log.info("a registry is new: it will be matched")


def match(regency: str | None, ti: Any) -> Told:
    """Matches the registries; skips when another run has done so already."""
    from include.targeting.match import match_registries, needs_matching

    ws = open_workspace(regency)
    if not needs_matching(ws):
        raise AirflowSkipException("no registry is new")
    started = time.monotonic()
    ti.xcom_push(key=notes.NOTE, value=notes.of_matching(match_registries(ws)))
    return {"seconds": _since(started)}


def transform(regency: str | None, ti: Any) -> None:
    """Builds and tests all of dbt's models in this process; how long it took is told under `seconds`."""
    from include.transform import transform as build

    report = build(open_workspace(regency))
    ti.xcom_push(key="seconds", value=round(report.seconds, 2))


def validate(regency: str | None, run: Told) -> Told:
    """Checks every rule and writes the flags."""
    from include.quality.validate import validate as check

    started = time.monotonic()
    report = check(open_workspace(regency), date.fromisoformat(run["as_of"]), run["run_id"])
    return {
        "flags": sum(report.flags.values()),
        "not_evaluated": report.not_evaluated,
        "seconds": _since(started),
    }


def publish(regency: str | None, run: Told) -> Told:
    """Builds the audit database beside the published one and renames it over; makes its coordination brief."""
    from include.audit.publish import publish as publish_audit
    from include.decisions import to_ask
    from include.report.brief import try_to_write_brief

    started = time.monotonic()
    ws = open_workspace(regency)
    report = publish_audit(ws, date.fromisoformat(run["as_of"]), run["run_id"])
    no_brief = try_to_write_brief(ws)
    found = to_ask(ws) if run["send"] else []
    return {
        "publication": report.number,
        "no_brief": no_brief,
        "doubtful_lists": len(found),
        "seconds": _since(started),
    }


def receipts(regency: str | None) -> Told:
    """Writes the receipts that are owed, and the lists of pairs that an operator is asked about."""
    from include.ingest.receipt import write_receipts
    from include.targeting.review import write_reviews

    started = time.monotonic()
    ws = open_workspace(regency)
    written = len(write_receipts(ws))
    write_reviews(ws)
    return {"receipts": written, "seconds": _since(started)}


def alert(regency: str | None, run: Told, stillness: str) -> Told:
    """Decides which e-mails are due and sends them; skips when files came that a further run will tell of."""
    from include.alerts import send_alerts
    from include.report.brief import attachments

    if stillness == SUPERSEDED:
        raise AirflowSkipException(
            "files have come since this run began; the run that follows tells of all of them"
        )
    started = time.monotonic()
    ws, as_of = open_workspace(regency), date.fromisoformat(run["as_of"])
    report = send_alerts(ws, as_of, run["run_id"], send=run["send"], attachments=attachments(ws, as_of))
    told = {name: getattr(report, name) for name in ("sent", "failed", "unchanged", "written", "held")}
    return {"emails": told, "seconds": _since(started)}


def replay(regency: str | None, params: Mapping[str, Any], dag_run: Any, ti: Any) -> Told:
    """Reads chosen submissions anew; the run that follows judges and publishes them."""
    started = time.monotonic()
    try:
        report = _replay(regency, params, dag_run.triggering_user_name or "airflow", ti)
    except Exception as error:
        ti.xcom_push(key=notes.NOTE, value=notes.of_failed_replay(describe(error).removeprefix(_OURS)))
        raise
    log.info("%d submissions read anew, %d of them read otherwise now", report.reread, len(report.changed))
    ti.xcom_push(key=notes.NOTE, value=notes.of_replay(report.reread, report.changed, params["reason"]))
    return {"submissions": report.reread, "changed": len(report.changed), "seconds": _since(started)}


def _replay(regency: str | None, params: Mapping[str, Any], user: str, ti: Any) -> RebuildReport:
    from include.rebuild import RebuildError
    from include.replay import Choice, ReplayError
    from include.replay import replay as read_anew

    names, day = [name.strip() for name in params["submissions"] or [] if name.strip()], params["day"]
    if [bool(names), bool(day), bool(params["everything"])].count(True) != 1:
        raise AirflowFailException(
            "choose one: submissions, or a day, or everything; nothing was read. Trigger the DAG again and fill in one of them"
        )
    if len(names) == 1:
        leave(ti, FILES, f"berkas/{names[0]}")
    choice = Choice(tuple(names), date.fromisoformat(day) if day else None)
    try:
        return read_anew(open_workspace(regency), choice, params["reason"], user)
    except (ReplayError, RebuildError) as error:
        raise AirflowFailException(str(error)) from error


def ask(regency: str | None, run_id: str, ti: Any) -> list[dict[str, str]]:
    """The lists that somebody should decide about, as questions; skips where there is none. The data engineer gets a mail."""
    from include.decisions import ask as find

    ws = open_workspace(regency)
    found = find(ws, run_id)
    if not found:
        raise AirflowSkipException("nobody need decide anything")
    log.info("%d lists wait for a decision", len(found))
    ti.xcom_push(key=notes.NOTE, value=notes.of_questions([f"{one.feed}/{one.file_name}" for one in found]))
    days = ws.configuration.alerts.decision_days
    mail_of_questions(regency, run_id, found, days)
    return [question(regency, doubt, days) for doubt in found]


def decide(regency: str | None, submission_id: str, answer: Mapping[str, Any], ti: Any) -> None:
    """Notes an answer and carries it out; skips, and so wakes nobody, where nothing was read anew for it."""
    from include import decisions
    from include.rebuild import RebuildError
    from include.replay import ReplayError

    leave(ti, FILES, f"berkas/{submission_id}")
    ws = open_workspace(regency)
    user = answer.get("responded_by_user")
    decision: decisions.Decision = "set_aside" if answer["chosen_options"] == [SET_ASIDE] else "keep"
    if user is None:
        days = ws.configuration.alerts.decision_days
        reason, by = f"Tidak diputuskan dalam {days} hari; berlaku sebagaimana diterima", decisions.NOBODY
    else:
        stated = str((answer.get("params_input") or {}).get("reason") or "").strip()
        reason, by = f"Alasan: {stated or 'tidak disebutkan'}", user["name"]
    try:
        anew = decisions.decide(ws, submission_id, decision, by, reason)
    except (decisions.DecisionError, ReplayError, RebuildError) as error:
        raise AirflowFailException(str(error)) from error
    log.info("submission %s: %s, decided by %s", submission_id, decision, by)
    if not anew:
        raise AirflowSkipException("noted; nothing was read anew")


def close(regency: str | None, ti: Any, run_id: str, required: tuple[str, ...], dbt_task: str) -> None:
    """Writes into the ledger how the run ended, publishes that, and fails where a step has failed.

    Args:
        regency: Whose run it is, where there are several.
        ti: The closing task's instance.
        run_id: The run.
        required: The tasks without which a run cannot be called a success.
        dbt_task: The task that runs dbt.
    """
    failed, mailed = failed_steps(ti, run_id, required, silent=lambda step: _only_watches(step, dbt_task))
    told: dict[str, Told] = {step: ti.xcom_pull(task_ids=step) or {} for step in TELLING}
    not_loaded = told["load"].get("not_loaded", [])
    failed += [f"submission {one} could not be loaded" for one in not_loaded]
    no_brief = told["publish"].get("no_brief")
    failed += [f"the coordination brief could not be made ({no_brief})"] if no_brief else []
    told["transform"] = {"seconds": ti.xcom_pull(task_ids=dbt_task, key="seconds")}
    files = _files_of(told["load"].get("places"))
    leave(ti, FILES, files)
    try:
        _close_in_ledger(regency, run_id, "failed" if failed else "succeeded", told)
    except Exception:
        if not failed:
            raise
        log.exception("the ledger could not be told that the run failed")
    counts = _counted(regency, run_id, told["load"])
    ti.xcom_push(key=notes.NOTE, value=notes.of_monitor(told, counts, failed, address(files, regency)))
    if failed:
        raise StepsFailed(failed, told_already=mailed and not not_loaded and not no_brief)
    log.info("the run is closed: succeeded")


def _files_of(places: Sequence[int] | None) -> str:
    return f"berkas?urut={places[0]}-{places[1]}" if places else "berkas"


def _counted(regency: str | None, run_id: str, load: Told) -> RunCounts | None:
    """The counts for the run's note: what they cannot be taken from must not keep the run from being closed."""
    from include.report.run_counts import run_counts

    if "as_of" not in load:
        return None
    first_and_last = tuple(load["places"]) if load.get("places") else None
    try:
        return run_counts(open_workspace(regency), run_id, first_and_last, date.fromisoformat(load["as_of"]))
    except Exception:
        log.exception("the run's counts cannot be read from the published database")
        return None


def _only_watches(step: str, dbt_task: str) -> bool:
    return step != dbt_task and step.startswith(dbt_task.rpartition(".")[0] + ".")


def started_by(run_type: str) -> str:
    """The ledger's word for what started a run."""
    return {"asset_triggered": "files", "manual": "person"}.get(run_type, "schedule")


def _close_in_ledger(regency: str | None, run_id: str, outcome: str, told: Mapping[str, Told]) -> None:
    from include.audit.publish import publish_outcome
    from include.warehouse.ledger import close_run

    ws = open_workspace(regency)
    seconds = {step: found["seconds"] for step, found in told.items() if found.get("seconds") is not None}
    counted = {name: found[name] for found in told.values() for name in COUNTED if name in found}
    close_run(ws, run_id, outcome, counted, seconds)
    if ws.settings.audit_db.exists():
        publish_outcome(ws, run_id)
    if outcome == "succeeded":
        unpublished.note_published(ws.settings, told["load"]["loaded_at"])


def _noted_unknown(ws: Workspace) -> int:
    return sum(1 for _ in landing_folder(ws.settings.landing, None).glob("*.json"))


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)
