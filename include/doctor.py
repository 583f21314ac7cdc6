"""`pantau doctor`: looks at everything a run relies on, before it is relied on, and says how to mend it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from include import clock
from include.config import Configuration, ConfigurationError, Province, load_configuration, registry
from include.settings import Settings
from include.workspace import Workspace

LOCK_FILE = Path(__file__).parent.parent / "requirements.lock"
DECISIVE_PACKAGES = (
    "apache-airflow",
    "astronomer-cosmos",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "splink",
)
FREE_SPACE_WANTED_GIB = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `message` says how to mend it where it is not healthy.

    `advice` marks what works but deserves a look.
    """

    subject: str
    healthy: bool
    message: str
    advice: bool = False


def examine(regency: str | None = None) -> list[Finding]:
    """Looks at versions and settings first, and at what depends on the configuration only if that is sound."""
    findings = [_python(), *_packages()]
    try:
        findings += _regencies(regency)
        settings = Settings.of(regency)
        configuration = load_configuration(settings.config_dir)
    except ConfigurationError as error:
        return [*findings, Finding("configuration", False, str(error))]
    findings.append(
        Finding(
            "configuration",
            True,
            f"{configuration.region.regency_name}: {len(configuration.villages)} villages, "
            f"{len(configuration.programs)} programmes, {len(configuration.feeds)} feeds",
        )
    )
    try:
        ws = Workspace.open(regency)
    except (OSError, ConfigurationError) as error:
        return [*findings, Finding("home", False, f"{settings.home} cannot be used: {error}")]
    checks: tuple[Callable[[Workspace], Finding], ...] = (
        _home,
        _secret,
        _disk,
        _time,
        _windows,
        _to_be_filled_in,
        _snoozes,
        _inbox,
        _warehouse,
        _audit,
        _smtp,
    )
    return findings + [check(ws) for check in checks]


def _regencies(regency: str | None) -> list[Finding]:
    """Whether the file that lists several regencies is sound, where there is one; others' mistakes do not hinder this regency."""
    listed = registry()
    if listed is None:
        return []
    unhindered = regency in listed.regencies
    found = [
        Finding("regencies", unhindered, str(ConfigurationError(listed.problems)), advice=unhindered)
        if listed.problems
        else Finding("regencies", True, f"{len(listed.regencies)} in {listed.file}")
    ]
    return [*found, _province(listed.province)] if listed.province else found


def _province(province: Province) -> Finding:
    """Whether the roll-up can be written, and its letter and the mails about its failures lead somewhere."""
    home = province.home
    place = next(folder for folder in (home, *home.parents) if os.access(folder, os.F_OK))
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        mend = f"change the owner of {place}, or `home` of `province` in regencies.yml"
        return Finding("province", False, f"{home} is not writable for this user: {mend}")
    addresses = {
        "coordinator": province.coordinator.email,
        "sender": province.sender,
        "engineer_email": province.engineer_email,
    }
    if nowhere := [key for key, value in addresses.items() if ".example" in value]:
        told = f"addresses that lead nowhere: {', '.join(nowhere)} of `province` in regencies.yml"
        return Finding("province", True, told, advice=True)
    if province.engineer_email == province.coordinator.email:
        told = (
            "the coordinator is told of failures too, also when his own address is wrong: set engineer_email"
        )
        return Finding("province", True, told, advice=True)
    told = f"letters to {province.coordinator.email}, failures to {province.engineer_email}"
    return Finding("province", True, f"{province.name} in {home}; {told}")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")


def _packages() -> list[Finding]:
    locked = (
        dict(
            line.split(" ")[0].split("==")
            for line in LOCK_FILE.read_text().splitlines()
            if "==" in line and line[0] != " "
        )
        if LOCK_FILE.exists()
        else {}
    )
    findings = []
    for package in DECISIVE_PACKAGES:
        wanted = locked.get(package)
        try:
            found = metadata.version(package)
        except metadata.PackageNotFoundError:
            findings.append(Finding(package, False, "not installed: run `make setup`"))
            continue
        as_locked = wanted in (None, found)
        findings.append(
            Finding(
                package,
                as_locked,
                found if as_locked else f"{found}, but {wanted} is locked: run `make setup`",
            )
        )
    return findings


def _home(ws: Workspace) -> Finding:
    home = ws.settings.home
    if not os.access(home, os.W_OK):
        return Finding(
            "home", False, f"{home} is not writable for this user: change its owner or set PANTAU_HOME"
        )
    private = (ws.settings.archive, ws.settings.landing, ws.settings.inbox)
    open_to_others = [p for p in private if p.exists() and stat.S_IMODE(p.stat().st_mode) & 0o007]
    if open_to_others:
        return Finding(
            "home", False, f"others may read {open_to_others[0]}, which holds personal data: chmod 700 it"
        )
    return Finding("home", True, str(home))


def _secret(ws: Workspace) -> Finding:
    try:
        ws.settings.secret()
    except (OSError, ConfigurationError) as error:
        return Finding("secret", False, str(error))
    source = (
        "PANTAU_SECRET, or the regency's own PANTAU_SECRET_<code>"
        if ws.settings.given_secret is not None
        else "the file `secret` in the home; keep a copy of it elsewhere"
    )
    return Finding("secret", True, f"from {source}")


def _disk(ws: Workspace) -> Finding:
    free = shutil.disk_usage(ws.settings.home).free / 2**30
    return Finding(
        "disk", free >= FREE_SPACE_WANTED_GIB, f"{free:.1f} GiB free ({FREE_SPACE_WANTED_GIB} GiB wanted)"
    )


def _warehouse(ws: Workspace) -> Finding:
    import duckdb

    from include.warehouse.connection import place_of, reader
    from include.warehouse.errors import WarehouseBusyError, WarehouseMissingError, WarehouseUnreachableError

    try:
        with reader(ws, wait_seconds=1.0) as connection:
            (submissions,) = connection.execute("select count(*) from ledger.submissions").fetchone() or (0,)
    except WarehouseMissingError:
        if ws.settings.audit_db.exists():
            return Finding(
                "warehouse", False, f"{place_of(ws.settings).name} is gone: restore it from a backup"
            )
        return Finding("warehouse", True, "none yet: `pantau run` makes it")
    except WarehouseUnreachableError as unreachable:
        return Finding("warehouse", False, str(unreachable))
    except WarehouseBusyError as busy:
        return Finding("warehouse", True, str(busy), advice=True)
    except duckdb.Error as error:
        return Finding(
            "warehouse",
            False,
            f"{place_of(ws.settings).name} cannot be read ({type(error).__name__}): restore it from a backup",
        )
    return Finding("warehouse", True, f"{submissions} submissions in its ledger")


def _time(ws: Workspace) -> Finding:
    zone = ws.configuration.region.timezone
    pretended = ", pretended by PANTAU_NOW" if clock.pretended() else ""
    return Finding("time", True, f"{clock.today(zone)} in {zone}{pretended}")


def _windows(ws: Workspace) -> Finding:
    coming = ws.configuration.next_window(clock.today(ws.configuration.region.timezone))
    if coming is None:
        return Finding(
            "susenas",
            True,
            "no window lies ahead: add the next one to susenas.yml (ask BPS for its dates)",
            advice=True,
        )
    return Finding(
        "susenas",
        True,
        f"next window {coming.start} to {coming.end} ({coming.status}), cutoff {coming.cutoff}",
    )


def _to_be_filled_in(ws: Workspace) -> Finding:
    """What a folder of `pantau new-regency` leaves open, and nobody but the regency knows."""
    configuration = ws.configuration
    open_keys = [
        f"{key} of region.yml"
        for key in ("targets", "official_poverty")
        if not getattr(configuration.region, key)
    ]
    open_keys += [
        f"{program.code} in programs.yml (months with due dates, then status: active)"
        for program in configuration.programs
        if program.status == "planned" and not program.periods
    ]
    addresses = _leading_nowhere(configuration)
    if addresses:
        open_keys.append(f"addresses that lead nowhere: {', '.join(addresses)}")
    if not open_keys:
        return Finding("to fill in", True, "nothing")
    return Finding("to fill in", True, "; ".join(open_keys), advice=True)


def _leading_nowhere(configuration: Configuration) -> list[str]:
    """Where addresses of .example stand, a domain that is reserved for examples (RFC 2606)."""
    found = [
        f"{key} of {opd.code} in opds.yml"
        for opd in configuration.opds
        for key, value in (
            ("email", opd.email),
            ("operator_email", opd.operator_email),
            ("cc", " ".join(opd.cc)),
        )
        if value and ".example" in value
    ]
    officials = {"coordinator": configuration.coordinator, "chair": configuration.chair}
    found += [
        f"{role} in opds.yml" for role, official in officials.items() if official.email.endswith(".example")
    ]
    alerts = {
        "sender": configuration.alerts.sender,
        "engineer_email": configuration.alerts.engineer_email or "",
    }
    return found + [f"{key} in alerts.yml" for key, value in alerts.items() if ".example" in value]


def _snoozes(ws: Workspace) -> Finding:
    today = clock.today(ws.configuration.region.timezone)
    snoozes = ws.configuration.snoozes
    over = [snooze for snooze in snoozes if snooze.until < today]
    if over:
        told = ", ".join(f"{snooze.opd} until {snooze.until}" for snooze in over)
        return Finding(
            "snoozes", True, f"no longer in force, take them out of snoozes.yml: {told}", advice=True
        )
    return Finding("snoozes", True, f"{len(snoozes)} in force")


def _inbox(ws: Workspace) -> Finding:
    missing = [feed.path for feed in ws.configuration.feeds if not (ws.settings.inbox / feed.path).is_dir()]
    if missing:
        return Finding(
            "inbox", False, f"folders of feeds are missing below {ws.settings.inbox}: {', '.join(missing)}"
        )
    return Finding("inbox", True, f"{len(ws.configuration.feeds)} feeds below {ws.settings.inbox}")


def _audit(ws: Workspace) -> Finding:
    published = ws.settings.audit_db
    return Finding(
        "audit database",
        True,
        str(published) if published.exists() else "none yet: `pantau run` publishes it",
    )


def _smtp(ws: Workspace) -> Finding:
    from include.alerts.smtp import SmtpProblem, probe

    if not ws.settings.smtp_url:
        return Finding(
            "smtp",
            True,
            f"PANTAU_SMTP_URL is not set: e-mails are only written to {ws.settings.outbox}",
            advice=True,
        )
    try:
        return Finding("smtp", True, probe(ws.settings.smtp_url))
    except SmtpProblem as problem:
        return Finding("smtp", False, str(problem))
