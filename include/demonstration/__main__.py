"""`python -m include.demonstration`: what `make run` calls."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from rich.console import Console

from include.config import ConfigurationError, Registry, load_configuration, registry
from include.config.regencies import VARIABLE as REGENCIES
from include.demonstration.mailbox import Mailbox
from include.demonstration.services import AirflowServices, ServicesError
from include.demonstration.stage import Stage, StageError, refuse_demonstration, set_stage
from include.settings import Settings
from include.workspace import Workspace

FAILED, WRONG_USE = 1, 2
RECIPIENTS, SEED = 2000, 5205
WORK_SECONDS = 15 * 60.0
screen = Console(highlight=False)


def main() -> int:
    """Runs the demonstration, or serves a real home; returns the exit code."""
    options = _options()
    # SIGINT too: a shell starts what it puts into the background with SIGINT ignored.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)  # the terminal was closed
    signal.signal(signal.SIGINT, _interrupt)
    try:
        if options.no_sample and (listed := registry()) is not None:
            return serve_several(options, listed)
        os.environ.pop(REGENCIES, None)  # the demonstration shows one
        load_configuration(Settings().config_dir)
        return serve(options) if options.no_sample else demonstrate(options)
    except KeyboardInterrupt:
        return FAILED  # in the middle of something; while it only serves, being stopped is its normal end
    except (ConfigurationError, StageError) as error:
        screen.print(str(error), style="red", markup=False)
        return WRONG_USE
    except ServicesError as error:
        screen.print(str(error), style="red", markup=False)
        return FAILED


def serve(options: argparse.Namespace) -> int:
    """Airflow on a real home, until Ctrl-C."""
    refuse_demonstration(Settings().home)
    settings = Workspace.open().settings  # makes the folders to drop files into
    prepare_dbt()
    with _airflow(settings.home, {}) as services:
        _tell_login(services)
        screen.print(f"Drop files into {settings.inbox}/<feed>/. Ctrl-C stops Airflow.", soft_wrap=True)
        _wait(services, options.once)
    return 0


def serve_several(options: argparse.Namespace, listed: Registry) -> int:
    """Airflow for all regencies that are listed, its own state in PANTAU_HOME, until Ctrl-C; what cannot be served is told."""
    home = Settings().home
    refuse_demonstration(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    mistakes = [ConfigurationError(listed.problems)] if listed.problems else []
    for code in listed.regencies:
        try:
            Workspace.open(code)
        except ConfigurationError as error:
            mistakes.append(error)
    for mistake in mistakes:
        screen.print(str(mistake), style="red", markup=False)
    prepare_dbt()
    with _airflow(home, {}) as services:
        _tell_login(services)
        screen.print(
            f"{len(listed.regencies)} regencies. Drop files into <home>/inbox/<feed>/. Ctrl-C stops Airflow.",
            soft_wrap=True,
        )
        _wait(services, options.once)
    return 0


def demonstrate(options: argparse.Namespace) -> int:
    """The sample, dropped file by file into the inbox of a running Airflow."""
    stage = set_stage()
    with Mailbox(stage.mailbox) as mailbox:
        environment = {**stage.environment, "PANTAU_SMTP_URL": mailbox.url}
        os.environ.update(environment)
        Workspace.open()  # the folders to drop into, before anything watches them
        prepare_dbt()
        with _airflow(stage.home, environment) as services:
            _tell_login(services)
            good = _play(stage, services, mailbox, options.recipients)
            _tell_login(services)
            if not options.once:
                screen.print("Airflow goes on running: drop a file and watch. Ctrl-C stops it.")
                _wait(services, once=False)
    return 0 if good else FAILED


def prepare_dbt() -> None:
    """Makes dbt's manifest, from which the DAG takes its models, and what dbt begins with, unless they are up to date."""
    from include.transform import MANIFEST, PARSED, PROJECT, parse_manifest

    sources = [path for folder in ("models", "macros", "tests") for path in (PROJECT / folder).rglob("*.*")]
    newest = max(path.stat().st_mtime for path in [*sources, PROJECT / "dbt_project.yml"])
    if any(not made.exists() or made.stat().st_mtime < newest for made in (MANIFEST, PARSED)):
        with _told("reading the dbt project"):
            parse_manifest()


def _play(stage: Stage, services: AirflowServices, mailbox: Mailbox, recipients: int) -> bool:
    from include import clock
    from include.demonstration import summary, watching
    from include.demonstration.airflow_api import AirflowApi
    from include.demonstration.dropping import drop_one_by_one
    from include.sample import write_sample

    ws = Workspace.open()
    today = clock.today(ws.configuration.region.timezone)
    with _told(f"writing the sample of {recipients} families, as of {today}"):
        planted = write_sample(ws, stage.sample, recipients, SEED, today)
        files = list(planted.files)
    api = AirflowApi(services)
    dropped: list[Path] = []
    with watching.Teller(screen, services, len(files)) as tell:
        for relative in drop_one_by_one(files, stage.sample, ws.settings.inbox):
            dropped.append(relative)
            tell(watching.progress(ws, api), len(dropped))
        finished = watching.wait_until_quiet(ws, api, WORK_SECONDS, lambda now: tell(now, len(dropped)))
    verdict = watching.judge(ws, tuple(api.runs()), mailbox.mails, dropped)
    verdict.faults += watching.faults_of_figures(ws, dropped, planted.facts)
    if not finished:
        verdict.faults.insert(0, f"still at work after {WORK_SECONDS / 60:.0f} minutes")
    summary.show(ws, mailbox, verdict, screen)
    return verdict.good


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make run ARGS=…",
        description="A running Airflow with sample data: files in, audit database and e-mails out.",
    )
    parser.add_argument(
        "--once", action="store_true", help="stop by itself; exit code 0 only if everything went as expected"
    )
    parser.add_argument(
        "--no-sample", action="store_true", help="serve the home as it is, with the real time and mail server"
    )
    parser.add_argument(
        "--recipients",
        type=_positive,
        default=RECIPIENTS,
        help="families in the sample (default: %(default)s)",
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


@contextmanager
def _airflow(home: Path, environment: dict[str, str]) -> Iterator[AirflowServices]:
    services = AirflowServices(home, environment)
    try:
        with _told("starting Airflow (its first start makes a database)"):
            services.start()
        yield services
    finally:
        with _told("stopping Airflow"):
            services.stop()


@contextmanager
def _told(what: str) -> Iterator[None]:
    started = time.monotonic()
    with screen.status(what):
        yield
    screen.print(f"{what}: {time.monotonic() - started:.1f} s", style="dim", markup=False)


def _tell_login(services: AirflowServices) -> None:
    user, password = services.login
    screen.print(f"Airflow: {services.url}   user: {user}   password: {password}", style="bold", markup=False)
    screen.print(f"Ringkasan: {services.pages}", style="bold", markup=False)


def _wait(services: AirflowServices, once: bool) -> None:
    with suppress(KeyboardInterrupt):
        while not once:
            services.check()
            time.sleep(1)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
