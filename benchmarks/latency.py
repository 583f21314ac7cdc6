"""From a file dropped to the e-mail received, in the running Airflow: median of five, and where the seconds go.

The home holds the sample up to the week before the cutoff, as the demonstration does. Then an OPD drops a log with
one wrong row, five times, each time another village's: the sender is told at once by e-mail (digests to the heads of
OPDs go once a day, so they cannot be timed one after the other). The wait until the inbox is still, `settle_seconds`,
is a promise and not a delay; it is shown apart.

    .venv/bin/python -m benchmarks.latency [--drops 5] [--recipients 2000]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import keep, machine
from benchmarks.run import PANTAU
from include.demonstration import watching
from include.demonstration.__main__ import prepare_dbt
from include.demonstration.airflow_api import AirflowApi, DagRun
from include.demonstration.dropping import drop
from include.demonstration.mailbox import Mail, Mailbox
from include.demonstration.services import AirflowServices
from include.demonstration.stage import SETTLE_SECONDS, Stage, set_stage
from include.sample import write_sample
from include.sample.people import Family, make_population
from include.workspace import Workspace

SEED = 5205
PATIENCE_SECONDS = 300.0
screen = Console(highlight=False)

# Milestones on the way, as (DAG, task, which end of it); what lies between two of them is a phase.
INGEST, MONITOR = "ingest_submissions", "monitor_disbursement"
MILESTONES = (
    ("noticed, run begun", INGEST, "claim", "start_date"),
    ("taken in", INGEST, "announce", "end_date"),
    ("woken, loaded", MONITOR, "load", "end_date"),
    ("dbt begun", MONITOR, "dbt.dbt_producer_watcher", "start_date"),
    ("dbt built", MONITOR, "dbt.dbt_producer_watcher", "end_date"),
    ("validation begun", MONITOR, "validate", "start_date"),
    ("validated", MONITOR, "validate", "end_date"),
    ("published, receipts written", MONITOR, "receipts", "end_date"),
    ("inbox still", MONITOR, "await_still_inbox", "end_date"),
)


def main() -> None:
    """Measures in a home of its own, keeps the figures and shows them."""
    options = _options()
    scratch = Path(tempfile.mkdtemp(prefix="pantau-latency-"))
    try:
        os.environ["PANTAU_HOME"] = str(scratch / "home")
        result = _measure(options)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    path = keep("latency", result)
    _show(result)
    screen.print(
        f"written to {path.relative_to(Path.cwd())}" if path.is_relative_to(Path.cwd()) else str(path)
    )


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {
        "machine": machine(),
        "recipients": options.recipients,
        "settle_seconds": SETTLE_SECONDS,
    }
    stage = set_stage()
    with Mailbox(stage.mailbox) as mailbox:
        environment = {**stage.environment, "PANTAU_SMTP_URL": mailbox.url}
        os.environ.update(environment)
        logs = _fill_home(stage, options)
        prepare_dbt()
        started = time.monotonic()
        with AirflowServices(stage.home, environment) as services:
            result["airflow_healthy_seconds"] = round(time.monotonic() - started, 1)
            ws, api = Workspace.open(), AirflowApi(services)
            _wait_until_quiet(ws, api)
            result["drops"] = [_time_one(ws, api, mailbox, log, stage.sample) for log in logs]
    result["median_seconds"] = statistics.median(drop_["seconds"] for drop_ in result["drops"])
    return result


def _fill_home(stage: Stage, options: argparse.Namespace) -> list[Path]:
    """The sample as history, judged once without Airflow; returns the logs that are to be dropped."""
    ws = Workspace.open()
    for file in write_sample(ws, stage.sample, options.recipients, SEED).files:
        drop(file, ws.settings.inbox / file.relative_to(stage.sample))
    subprocess.run([PANTAU, "run", "--json"], check=True, stdout=subprocess.DEVNULL)
    return _logs(ws, stage.sample, options.drops, options.recipients)


def _logs(ws: Workspace, sample: Path, count: int, recipients: int) -> list[Path]:
    """Logs of one village each, sound but for one row, for a programme that every village has."""
    feed = next(feed for feed in ws.configuration.feeds if feed.kind == "distribution")
    program = ws.configuration.program(feed.program or "")
    now = datetime.fromisoformat(os.environ["PANTAU_NOW"])
    period = max(item.period for item in program.periods if item.period <= f"{now:%Y-%m}")
    populated = sorted(
        make_population(ws.configuration, recipients, SEED).listed.values(), key=len, reverse=True
    )
    logs = []
    for number, families in enumerate(populated[:count]):
        path = sample / feed.path / f"CONTOH latensi {number + 1}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_log(families, period, program.entitlement, now), encoding="utf-8")
        logs.append(path)
    return logs


def _log(families: Sequence[Family], period: str, amount: float, now: datetime) -> str:
    lines = ["NIK;No. KK;Nama;Desa/Kelurahan;Kecamatan;Periode;Jumlah;Tanggal Penyaluran;Status;No. BAST"]
    for number, family in enumerate(families):
        day = f"{now:%d/%m/%Y}" if number else f"31/02/{now:%Y}"
        place = f"{family.village.village_name};{family.village.district_name}"
        lines.append(
            f"{family.nik};{family.kk};{family.name};{place};{period};{amount:g};{day};sudah salur;L-1"
        )
    return "\n".join(lines) + "\n"


def _time_one(ws: Workspace, api: AirflowApi, mailbox: Mailbox, log: Path, sample: Path) -> dict[str, Any]:
    known, before = {run.run_id for run in api.runs()}, len(mailbox.mails)
    dropped = time.time()
    drop(log, ws.settings.inbox / log.relative_to(sample))
    mail = _first_mail(mailbox, before)
    received = mail.file.stat().st_mtime
    _wait_until_quiet(ws, api)
    runs = [run for run in api.runs() if run.run_id not in known]
    told = {"subject": mail.subject, "seconds": round(received - dropped, 2)}
    screen.print(f"{told['seconds']:6.1f} s  {mail.subject}", markup=False)
    return {**told, "phases": _phases(api, runs, dropped, received)}


def _first_mail(mailbox: Mailbox, known: int) -> Mail:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if len(mailbox.mails) > known:
            return mailbox.mails[known]
        time.sleep(0.05)
    raise SystemExit(f"no e-mail within {PATIENCE_SECONDS:.0f} s")


def _wait_until_quiet(ws: Workspace, api: AirflowApi) -> None:
    if not watching.wait_until_quiet(ws, api, PATIENCE_SECONDS, lambda _: None):
        raise SystemExit(f"Airflow is still at work after {PATIENCE_SECONDS:.0f} s")


def _phases(api: AirflowApi, runs: Sequence[DagRun], dropped: float, received: float) -> dict[str, float]:
    """Seconds between the milestones; they add up to the whole."""
    ends: dict[tuple[str, str], dict[str, Any]] = {}
    for run in runs:
        for task in api.task_instances(run):
            ends.setdefault((run.dag_id, task["task_id"]), task)
    phases, at = {}, dropped
    for name, dag_id, task_id, which in MILESTONES:
        moment = datetime.fromisoformat(ends[dag_id, task_id][which]).timestamp()
        phases[name] = round(moment - at, 2)
        at = moment
    return {**phases, "e-mail written and sent": round(received - at, 2)}


def _show(result: dict[str, Any]) -> None:
    drops = result["drops"]
    table = Table(title=f"file dropped to e-mail received (settle_seconds {result['settle_seconds']})")
    table.add_column("phase")
    table.add_column("median", justify="right")
    table.add_column("least-most", justify="right")
    for phase in drops[0]["phases"]:
        seconds = sorted(entry["phases"][phase] for entry in drops)
        table.add_row(phase, f"{statistics.median(seconds):.1f} s", f"{seconds[0]:.1f}-{seconds[-1]:.1f}")
    table.add_section()
    whole = sorted(entry["seconds"] for entry in drops)
    table.add_row("whole", f"{result['median_seconds']:.1f} s", f"{whole[0]:.1f}-{whole[-1]:.1f}")
    screen.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__.splitlines()[0])
    parser.add_argument("--drops", type=int, default=5)
    parser.add_argument("--recipients", type=int, default=2000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
