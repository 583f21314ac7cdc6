"""`pantau`: every step of the main job from the command line, for people and for tests.

Exit codes (contract, section 6): 0 done, also when files were rejected or flags raised; 1 the pipeline failed, or the warehouse
cannot be worked with; 2 the configuration or the arguments are wrong.
"""

from __future__ import annotations

import getpass
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from rich.console import Console
from typer.core import TyperGroup

from include.config import ConfigurationError, registry
from include.settings import Settings
from include.warehouse.errors import WarehouseError
from include.workspace import Workspace

if TYPE_CHECKING:
    from include.alerts import AlertReport
    from include.rollup.publish import RollupReport
FAILED, WRONG_USE = 1, 2


class _Commands(TyperGroup):
    """All commands: what a user can mend is told by each of them alike."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was called."""
        with _told_plainly():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    help="Watches whether aid is disbursed in the right amount, at the right time, before SUSENAS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
screen = Console()
complaints = Console(stderr=True, highlight=False)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turns the errors that a user can mend into a message and the contract's exit code."""
    try:
        yield
    except ConfigurationError as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except WarehouseError as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED) from None


_chosen: ContextVar[str | None] = ContextVar("regency", default=None)
"""The regency that the command is for, as said before its name."""


def _workspace() -> Workspace:
    return Workspace.open(_chosen.get())


def _home_variable() -> str:
    return "PANTAU_HOME=" if _chosen.get() is None else "its home in regencies.yml: "


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day; write it as YYYY-MM-DD, for example 2024-02-12"
        ) from None


@app.callback()
def main(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log every event, not only warnings.")
    ] = False,
    regency: Annotated[
        str | None,
        typer.Option(
            "--regency", metavar="CODE", help="Which regency (52.05), where PANTAU_REGENCIES lists several."
        ),
    ] = None,
) -> None:
    """Sets up the log: warnings on standard error, so that standard output stays for results."""
    _chosen.set(regency)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("pantau").setLevel(logging.INFO if verbose else logging.WARNING)


@app.command()
def run(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Judge as of this day (YYYY-MM-DD); default: today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take in the inbox, judge, publish, write receipts and e-mails."""
    from include.pipeline import PipelineFailed
    from include.pipeline import run as run_pipeline
    from include.report.summary import as_object, print_summary

    day = _day(as_of)
    ws = _workspace()
    try:
        report = run_pipeline(ws, day)
    except PipelineFailed as failure:
        complaints.print(f"The run failed: {failure}", style="red", markup=False)
        complaints.print(
            "What was taken in is kept, the last audit database stands, the next run goes on from here."
        )
        raise typer.Exit(FAILED) from None
    if as_json:
        typer.echo(json.dumps(as_object(ws, report), ensure_ascii=False))
    else:
        print_summary(ws, report, screen)


@app.command()
def sample(
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write the inbox into (PANTAU_HOME/inbox to try it).")
    ],
    recipients: Annotated[int, typer.Option(min=1, max=1_000_000, help="Families on the rice list.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 5205,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The last day that the files tell of.")] = None,
) -> None:
    """Write a realistic inbox, with registries and messy files, for the configured regency."""
    from include.sample import NothingToTell, write_sample

    day = _day(as_of)
    ws = _workspace()
    try:
        report = write_sample(ws, out, recipients, seed, day)
    except OSError as error:
        complaints.print(f"{out}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except NothingToTell as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    screen.print(f"{len(report.files)} files written to {out}", markup=False)


@app.command()
def template(
    feed: Annotated[str, typer.Argument(help="A folder below the inbox, for example dkp/beras/penyaluran.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; default: templat-<feed>.xlsx in this folder.")
    ] = None,
) -> None:
    """Write the feed's workbook to be filled in by an OPD; a file that is there is never overwritten."""
    from include.ingest.template import render_template

    ws = _workspace()
    feeds = {one.path: one for one in ws.configuration.feeds}
    wanted = feeds.get(feed.strip("/"))
    if wanted is None:
        complaints.print(f"no feed {feed!r} is configured; the feeds are:", style="red", markup=False)
        for known in feeds:
            complaints.print(f"  {known}", markup=False)
        raise typer.Exit(WRONG_USE)
    path = out or Path(f"templat-{wanted.path.replace('/', '-')}.xlsx")
    content = render_template(ws.configuration, wanted)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        advice = "it is not overwritten: remove it first, or choose another name with --out"
        complaints.print(f"{path} exists; {advice}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except OSError as error:
        complaints.print(f"{path}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    screen.print(f"{path} written", markup=False)


@app.command()
def new_regency(
    code: Annotated[str, typer.Argument(help="Kemendagri's code of the regency or city, for example 52.06.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder to write; default: named by the code, beside regencies.yml or here."
        ),
    ] = None,
) -> None:
    """Write a configuration folder with which a regency can begin, its villages included."""
    from include.config.new_regency import begin_regency

    if _chosen.get() is not None:
        raise typer.BadParameter("the new regency is the one named behind the command: leave out --regency")
    listed = registry()
    beside = listed.file.parent if listed else Path()
    try:
        begun = begin_regency(code, out or beside / code)
    except OSError as error:
        told = error.strerror or str(error)
        complaints.print(f"{error.filename or out}: {told}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    screen.print(
        f"{begun.folder} written: {begun.name}, {begun.villages} villages.", markup=False, soft_wrap=True
    )
    if begun.told_apart:
        told = (
            f"Villages that share their name with another of their district: {', '.join(begun.told_apart)}."
        )
        screen.print(told, markup=False, soft_wrap=True)
    entry = json.dumps({"code": code, "configuration": str(begun.folder.resolve()), "home": f"homes/{code}"})
    screen.print(
        f"To serve it among several, add to regencies.yml:\n  - {entry}", markup=False, soft_wrap=True
    )
    screen.print("`pantau doctor` says what is still to be filled in.", markup=False)


@app.command()
def rollup(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Add up what all regencies of PANTAU_REGENCIES have published, and tell the province's coordinator when it is due."""
    from dataclasses import asdict

    from include.rollup.publish import roll_up
    from include.rollup.tell import LetterRefused, tell

    if _chosen.get() is not None:
        raise typer.BadParameter("the roll-up is over all regencies: leave out --regency")
    report = roll_up()
    refused: str | None = None
    try:
        told = tell()
    except LetterRefused as error:
        told, refused = error.report, str(error)
    if as_json:
        emails = {name: getattr(told, name) for name in ("sent", "failed", "written", "waiting")}
        typer.echo(json.dumps(asdict(report) | {"emails": emails}, ensure_ascii=False, default=str))
    else:
        _print_rollup(report, told)
    if refused:
        complaints.print(refused, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED)


def _print_rollup(report: RollupReport, told: AlertReport) -> None:
    screen.print(
        f"{report.counted} of {report.listed} regencies counted; written to {report.path}",
        markup=False,
        soft_wrap=True,
    )
    for code, reason in report.amiss.items():
        screen.print(f"  {code}: {reason}", markup=False, soft_wrap=True)
    if report.unusable:
        screen.print(
            f"{report.unusable} entries of regencies.yml cannot be used: check_regencies.py in Airflow says why.",
            markup=False,
            soft_wrap=True,
        )
    screen.print(
        f"E-mails: {told.sent} sent, {told.failed} failed, {told.written} written, {told.waiting} waiting.",
        markup=False,
    )


@app.command()
def alerts(
    preview: Annotated[
        bool, typer.Option("--preview", help="Write the e-mails that are due as HTML and PNG; send nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write into; default: PANTAU_HOME/outbox/preview.")
    ] = None,
) -> None:
    """Look at the e-mails that are due, without sending or recording any."""
    from include.alerts.preview import NothingJudgedError
    from include.alerts.preview import preview as write_preview
    from include.report.brief import attachments

    if not preview:
        raise typer.BadParameter("say --preview: e-mails are sent by `pantau run` and the DAGs only")
    ws = _workspace()
    try:
        report = write_preview(ws, out or ws.settings.outbox / "preview", attachments)
    except NothingJudgedError as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(FAILED) from None
    except OSError as error:
        complaints.print(f"{out}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    told = f"{len(report.pages)} e-mails are due as of {report.as_of}, {report.held} digests are held back"
    screen.print(f"{told}; written to {report.folder}", markup=False, soft_wrap=True)
    if report.told:
        screen.print(
            f"{len(report.told)} e-mails of the last run are in {ws.settings.outbox} already and no longer due;"
            f" shown in {report.told[0].parent}",
            markup=False,
            soft_wrap=True,
        )
    if report.browser is None:
        screen.print("only HTML was written: install chromium to get pictures", markup=False)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SQL statement over the schema `audit`.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    publication: Annotated[
        str | None,
        typer.Option(help="Ask what was known then: a day, a time (ISO 8601) or a publication's number."),
    ] = None,
) -> None:
    """Ask the published audit database, or a kept publication, read-only."""
    from include.audit.history import NoPublication, publication_at
    from include.audit.query import QueryError, print_query

    if as_csv and as_json:
        raise typer.BadParameter("choose one of --csv and --json")
    ws = _workspace()
    try:
        kept = publication_at(ws, publication) if publication else None
        if kept:
            complaints.print(f"Answered by {kept}.", markup=False)
        print_query(
            ws,
            sql,
            "csv" if as_csv else "json" if as_json else "table",
            published=kept.path if kept else None,
        )
    except (QueryError, NoPublication) as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None


@app.command()
def changes(
    first: Annotated[str, typer.Argument(help="A day, a time (ISO 8601) or a publication's number.")],
    second: Annotated[str, typer.Argument(help="The other one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, every row in it.")] = False,
) -> None:
    """Say what changed between two publications, and through which submissions."""
    from dataclasses import asdict

    from include.audit.changes import changes as changes_between
    from include.audit.history import NoPublication
    from include.audit.query import Answer, print_answer

    ws = _workspace()
    try:
        compared = changes_between(ws, first, second)
        found = asdict(compared)
    except NoPublication as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    if compared.is_one_publication:
        screen.print(
            f"{first} and {second} mean the same publication, {compared.earlier['publication_number']} of "
            f"{compared.earlier['published_at']:%Y-%m-%d %H:%M:%S} UTC: there is nothing to compare.",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
        return
    for name, value in found.items():
        rows = [value] if isinstance(value, dict) else value
        screen.print(
            f"{name}: {len(rows)}" if isinstance(value, list) else f"{name}:", style="bold", markup=False
        )
        if rows:
            print_answer(Answer(list(rows[0]), [tuple(row.values()) for row in rows]))


@app.command()
def reveal(
    reason: Annotated[str, typer.Option(help="What for. Auditors will read it.")],
    keys: Annotated[
        list[str] | None,
        typer.Argument(help="Any number of beneficiary_key or entitlement_id of the audit database."),
    ] = None,
    form: Annotated[
        Path | None, typer.Option(help="A form of `pantau sample-form`: all families on it.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="XLSX file to write (for your account only) instead of showing."),
    ] = None,
) -> None:
    """Show who stands behind keys or a form's codes. Who asked, when and why goes into the ledger and is published next time."""
    from include.audit.field_sample import SampleError
    from include.audit.history import NoPublication
    from include.audit.reveal import RevealError, render_names
    from include.audit.reveal import reveal as reveal_keys

    ws = _workspace()
    try:
        # The file first: what cannot be handed over must not be revealed.
        file = _private_file(out) if out else None
        try:
            found = reveal_keys(ws, keys or [], reason, form)
        except BaseException:
            if out:
                out.unlink()
            raise
    except (RevealError, SampleError, NoPublication) as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE) from None
    except OSError as error:
        complaints.print(f"{out}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    if file:
        with file:
            file.write(render_names(found))
        screen.print(f"{out} written: {len(found)} families", markup=False)
        return
    for one in found:
        screen.print(one.code, style="bold", markup=False, highlight=False)
        for person in one.persons:
            told = (person.nik or "-", person.kk or "-", person.name or "-", person.village or "-")
            screen.print("NIK {}, KK {}, {}, {}".format(*told), markup=False, highlight=False)
        if not one.persons:
            screen.print("erased: see audit.erasures", markup=False)


def _private_file(path: Path) -> BinaryIO:
    """A new file that only this account can read.

    Raises:
        OSError: it exists, or its folder does not.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@app.command()
def erase(
    key: Annotated[str, typer.Argument(help="A beneficiary_key of the audit database.")],
    reason: Annotated[str, typer.Option(help="On what ground. Auditors will read it.")],
) -> None:
    """Take a person's data out of the home for good. Figures, keys and hashes stay; the ledger says who did it, when and why."""
    from include.erase import EraseError
    from include.erase import erase as erase_person
    from include.rebuild import RebuildError
    from include.transform import TransformError

    ws = _workspace()
    try:
        report = erase_person(ws, key, reason)
    except EraseError as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except (RebuildError, TransformError) as error:
        told = "Masked, but the warehouse's file still holds what was deleted. Mend this, then erase again:"
        complaints.print(f"{told} {error}", style="red", markup=False)
        raise typer.Exit(FAILED) from None
    screen.print(
        f"Masked {report.rows} rows of {report.submissions} submissions and removed {report.files} files. `pantau run` "
        "publishes what is left. Backups made before, and what OPDs hold themselves, are not touched.",
        markup=False, soft_wrap=True,
    )  # fmt: skip


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, outside PANTAU_HOME.")],
) -> None:
    """Copy the home, secret included, so that everything can go on from the copy; the copy is verified."""
    from include.backup import BackupError, back_up

    ws = _workspace()
    try:
        report = back_up(ws, folder)
    except BackupError as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except OSError as error:
        complaints.print(f"{error.filename or folder}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(FAILED) from None
    if report.breaks:
        complaints.print(
            f"Copied, but altered: {report.breaks[0]}", style="red", markup=False, soft_wrap=True
        )
        raise typer.Exit(FAILED)
    screen.print(
        f"Copied to {folder} and verified. To restore: {_home_variable()}{folder}",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def sample_form(
    seed: Annotated[
        int, typer.Option(help="The same seed draws the same families from the same publication.")
    ],
    margin: Annotated[float, typer.Option(help="Margin of error, as a fraction.")] = 0.05,
    confidence: Annotated[float, typer.Option(help="Confidence, as a fraction.")] = 0.95,
    period: Annotated[
        str | None,
        typer.Option(help="A month (2024-03) or a budget year (2024); default: all that were due."),
    ] = None,
    program: Annotated[str | None, typer.Option(help="A programme's code; default: all.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; default: sampel-<seed>.xlsx.")
    ] = None,
) -> None:
    """Draw families for verification in the field and write the form, with codes instead of NIK."""
    from include.audit.field_sample import Draw, SampleError, draw, render_form
    from include.audit.history import NoPublication, kept_publications, publication_at

    ws = _workspace()
    path = out or Path(f"sampel-{seed}.xlsx")
    try:
        kept = kept_publications(ws)
        latest = kept[-1] if kept else publication_at(ws, "1")
        how = Draw(margin, confidence, seed, latest.number, period, program)
        rows = draw(latest, how)
        with path.open("xb") as file:
            file.write(render_form(rows, how))
    except (SampleError, NoPublication) as error:
        complaints.print(str(error), style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    except OSError as error:
        complaints.print(f"{path}: {error.strerror or error}", style="red", markup=False)
        raise typer.Exit(WRONG_USE) from None
    screen.print(
        f"{path} written: {len(rows)} of {rows[0]['population_size']} families, {latest}", markup=False
    )


@app.command()
def sample_result(
    file: Annotated[Path, typer.Argument(help="A form of `pantau sample-form`, filled in.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read a filled form back and say what share of families confirms its aid, with the interval."""
    from dataclasses import asdict

    from include.audit.field_sample import SampleError, read_form, told
    from include.audit.history import NoPublication

    ws = _workspace()
    try:
        result = read_form(ws, file)
    except (SampleError, NoPublication) as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE) from None
    if as_json:
        typer.echo(json.dumps(asdict(result)))
        return
    for line in told(result):
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def verify() -> None:
    """Recompute every hash: chains, originals, landed rows, e-mails, papers, publications. Exit code 1: something was altered."""
    from include.audit.verify import verify as verify_home
    from include.warehouse.connection import place_of

    settings = Settings.of(_chosen.get())
    home = settings.home
    if not (home / "audit").exists() and not place_of(settings).exists():
        told = "holds nothing to verify: nothing has been taken in there yet, or PANTAU_HOME names another folder"
        complaints.print(f"{home} {told}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE)
    ws = _workspace()
    report = verify_home(ws)
    for part, checked in report.checked.items():
        screen.print(f"{part}: {checked} checked", markup=False, highlight=False)
    if report.breaks:
        first, *others = report.breaks
        complaints.print(f"ALTERED. First break: {first}", style="red", markup=False, soft_wrap=True)
        for one in others:
            complaints.print(f"  also {one}", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED)
    screen.print("Intact.", markup=False)


@app.command()
def rebuild(
    submission: Annotated[
        list[str] | None,
        typer.Option(
            help="Replay only this submission: its id or receipt number. May be given several times."
        ),
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="Replay only what was received on this day (YYYY-MM-DD).")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="What for: obligatory for a replay. Auditors will read it.")
    ] = None,
) -> None:
    """Build the warehouse anew from archive and ledger, or replay submissions; the next run judges and publishes it."""
    from include.rebuild import RebuildError
    from include.rebuild import rebuild as rebuild_warehouse
    from include.replay import Choice, ReplayError, replay
    from include.transform import TransformError

    if submission and day:
        raise typer.BadParameter("choose one of --submission and --day")
    if (submission or day) and reason is None:
        raise typer.BadParameter("say --reason: it is published with the replay")
    choice = Choice(tuple(submission or ()), _day(day))
    ws = _workspace()
    try:
        report = rebuild_warehouse(ws) if reason is None else replay(ws, choice, reason, getpass.getuser())
    except ReplayError as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE) from None
    except (RebuildError, TransformError) as error:
        complaints.print(f"The old warehouse stands. {error}", style="red", markup=False)
        raise typer.Exit(FAILED) from None
    screen.print(
        f"{report.rows} rows of {report.reread + report.from_landing + report.from_warehouse} submissions: "
        f"{report.reread} read anew from the archive, {report.from_landing} from landing/, "
        f"{report.from_warehouse} carried over from the old warehouse.",
        markup=False,
    )
    for name in report.changed:
        screen.print(f"  reads otherwise than before: {name}", markup=False)
    screen.print("`pantau run` judges and publishes it.", markup=False)


@app.command()
def decide(
    submission: Annotated[str, typer.Argument(help="The list's id or receipt number.")],
    decision: Annotated[str, typer.Argument(help="keep, or set-aside: the list before it counts again.")],
    reason: Annotated[str, typer.Option(help="Why. Auditors will read it.")],
) -> None:
    """Let a doubtful recipient list stand, or set it aside; the next run judges and publishes."""
    from include.decisions import DecisionError
    from include.decisions import decide as decide_on
    from include.rebuild import RebuildError
    from include.replay import ReplayError
    from include.transform import TransformError

    if decision not in ("keep", "set-aside"):
        raise typer.BadParameter("decide keep or set-aside")
    ws = _workspace()
    try:
        anew = decide_on(
            ws, submission, "keep" if decision == "keep" else "set_aside", getpass.getuser(), reason
        )
    except (DecisionError, ReplayError) as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_USE) from None
    except (RebuildError, TransformError) as error:
        complaints.print(
            f"Noted, but not carried out; the old warehouse stands. {error}", style="red", markup=False
        )
        raise typer.Exit(FAILED) from None
    screen.print(
        "Noted, and read anew: `pantau run` judges and publishes it." if anew else "Noted.", markup=False
    )


@app.command()
def doctor() -> None:
    """Check configuration, folders, SMTP and versions, and say what to mend."""
    from include.doctor import examine

    findings = examine(_chosen.get())
    for finding in findings:
        mark, style = (
            ("MEND", "red")
            if not finding.healthy
            else ("note", "yellow")
            if finding.advice
            else ("ok  ", "green")
        )
        screen.print(f"[{style}]{mark}[/] ", end="")
        screen.print(f"{finding.subject}: {finding.message}", markup=False, highlight=False)
    if not all(finding.healthy for finding in findings):
        raise typer.Exit(
            WRONG_USE if any(f.subject == "configuration" and not f.healthy for f in findings) else FAILED
        )


if __name__ == "__main__":
    app()
