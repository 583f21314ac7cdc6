"""What differs between two installations: where the state is, which regency, mail server and secret."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.config import regencies
from include.config.errors import ENVIRONMENT, MISSING, ConfigurationError, Problem, shown

REPOSITORY = Path(__file__).resolve().parent.parent
SECRET_LENGTH = 16
PRIVATE = 0o700

_VARIABLES = {
    "home": "PANTAU_HOME",
    "config_dir": "PANTAU_CONFIG",
    "smtp_url": "PANTAU_SMTP_URL",
    "given_secret": "PANTAU_SECRET",
    "lake": "PANTAU_LAKE",
    "lake_data": "PANTAU_LAKE_DATA",
    "lake_schema": "PANTAU_LAKE_SCHEMA",
    "duckdb_memory": "PANTAU_DUCKDB_MEMORY",
    "duckdb_temp": "PANTAU_DUCKDB_TEMP",
}
_SECRET_ALLOWED = f"any text of {SECRET_LENGTH} characters or more"


class Settings(BaseSettings):
    """The environment variables `PANTAU_*`, checked; an empty variable counts as unset."""

    model_config = SettingsConfigDict(
        env_prefix="PANTAU_", env_ignore_empty=True, frozen=True, validate_by_name=True
    )

    home: Path = REPOSITORY / ".pantau"
    config_dir: Path = Field(REPOSITORY / "include" / "config" / "dompu", validation_alias="PANTAU_CONFIG")
    smtp_url: str | None = Field(None, repr=False)
    given_secret: SecretStr | None = Field(None, validation_alias="PANTAU_SECRET", repr=False)
    # Where a lake holds the warehouse instead of a file in the home: its catalogue in PostgreSQL, the place of its rows, and
    # this regency's schema in the catalogue.
    lake: str | None = None
    lake_data: str = ""
    lake_schema: str = Field("pantau", pattern=r"^[a-z][a-z0-9_]{0,39}$")
    # What DuckDB may take of this machine: its memory, and a folder for what does not fit (unset: one in the home).
    duckdb_memory: str = "4GB"
    duckdb_temp: Path | None = None

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError([_problem(dict(detail)) for detail in error.errors()]) from None

    @classmethod
    def of(cls, regency: str | None = None) -> Settings:
        """The settings of one regency: of its entry where PANTAU_REGENCIES is set, else of the environment.

        In a lake each regency has a schema of its own (`regency_52_05`). Of what must not stand in a file, PANTAU_SECRET_52_05
        holds one regency's own, and PANTAU_SMTP_URL_52_05 where it has another mail server than PANTAU_SMTP_URL.

        Raises:
            ConfigurationError: a variable or the entry cannot be used, or there is no such regency.
        """
        registry = regencies.registry()
        if registry is None:
            if regency is not None:
                allowed = f"no regency, or {regencies.VARIABLE} set to the file that lists them"
                raise ConfigurationError([Problem("regency", "--regency", shown(regency), allowed)])
            return cls()
        entry = registry.get(regency)
        if os.environ.get("PANTAU_SECRET"):
            allowed = (
                "not set where there are several regencies: each has a key of its own, in its home or in "
                "PANTAU_SECRET_<code>"
            )
            raise ConfigurationError([Problem(ENVIRONMENT, "PANTAU_SECRET", "a text", allowed)], entry.code)
        suffix = entry.code.replace(".", "_")
        shared = os.environ.get("PANTAU_SMTP_URL")
        try:
            return cls(
                home=entry.home,
                PANTAU_CONFIG=entry.configuration,
                smtp_url=os.environ.get(f"PANTAU_SMTP_URL_{suffix}") or shared or None,
                PANTAU_SECRET=os.environ.get(f"PANTAU_SECRET_{suffix}") or None,
                lake_schema=f"regency_{suffix}",
            )
        except ConfigurationError as error:
            raise ConfigurationError(error.problems, entry.code) from None

    @classmethod
    def of_province(cls, province: regencies.Province) -> Settings:
        """What the roll-up over all regencies works with: a home whose warehouse is a file, and the shared mail server."""
        return cls(home=province.home, lake=None)

    @field_validator("home", "config_dir", "duckdb_temp")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().resolve()

    @field_validator("duckdb_memory")
    @classmethod
    def _memory(cls, text: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", text, re.IGNORECASE):
            allowed = "a number with its unit, such as 4GB or 512MB"
            raise PydanticCustomError("pantau", "{allowed}", {"allowed": allowed})
        return text

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, url: str | None) -> str | None:
        from include.alerts.smtp import WrongSmtpUrl, parse_url  # the one place that knows its shape

        try:
            if url is not None:
                parse_url(url)
        except WrongSmtpUrl as wrong:
            [problem] = wrong.problems
            said = {"allowed": problem.allowed, "value": problem.value}
            raise PydanticCustomError("pantau", "{allowed}", said) from None
        return url

    @field_validator("lake")
    @classmethod
    def _catalogue(cls, address: str | None) -> str | None:
        import psycopg2
        from psycopg2.extensions import parse_dsn

        if address is None:
            return None
        allowed = "the address of a PostgreSQL database, such as postgresql://user@host/lake"
        try:
            named = parse_dsn(address)
        except psycopg2.Error:
            # What was given may hold a password, and is not repeated.
            raise PydanticCustomError(
                "pantau", "{allowed}", {"allowed": allowed, "value": "no such address"}
            ) from None
        if "password" in named:
            # It would stand in DuckDB's list of databases and in its errors.
            allowed = "an address without a password: PostgreSQL's own PGPASSFILE or PGPASSWORD tells it"
            raise PydanticCustomError("pantau", "{allowed}", {"allowed": allowed, "value": "a password"})
        return address

    @model_validator(mode="after")
    def _place_of_rows(self) -> Settings:
        # In the home unless said otherwise: on a disk that all machines share, that is enough.
        given = self.lake_data or str(self.home / "lake")
        object.__setattr__(
            self, "lake_data", given if "://" in given else str(Path(given).expanduser().resolve())
        )
        return self

    @field_validator("given_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SECRET_LENGTH:
            value = f"a text of {len(secret.get_secret_value())} characters"
            raise PydanticCustomError("pantau", "{allowed}", {"allowed": _SECRET_ALLOWED, "value": value})
        return secret

    @property
    def inbox(self) -> Path:
        """Where OPDs drop their files, one folder a feed."""
        return self.home / "inbox"

    @property
    def claims(self) -> Path:
        """Files taken out of the inbox that are not yet landed."""
        return self.home / "claims"

    @property
    def archive(self) -> Path:
        """The originals, by SHA-256."""
        return self.home / "archive"

    @property
    def landing(self) -> Path:
        """Every row read, as text."""
        return self.home / "landing"

    @property
    def warehouse_file(self) -> Path:
        """The one database that is written to."""
        return self.home / "warehouse.duckdb"

    @property
    def spill(self) -> Path:
        """Where DuckDB puts what its memory does not hold: rows as private as the warehouse's, of this home alone."""
        if self.duckdb_temp is None:
            return self.home / ".spill"
        return self.duckdb_temp / f"pantau-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"

    @property
    def audit_dir(self) -> Path:
        """The published audit database and its history."""
        return self.home / "audit"

    @property
    def audit_db(self) -> Path:
        """The audit database as last published."""
        return self.audit_dir / "pantau.duckdb"

    @property
    def report(self) -> Path:
        """Pages and Data Docs."""
        return self.home / "report"

    @property
    def outbox(self) -> Path:
        """Every e-mail as a file."""
        return self.home / "outbox"

    @property
    def returned(self) -> Path:
        """Receipts and workbooks that go back to their sender."""
        return self.home / "returned"

    @property
    def secret_file(self) -> Path:
        """Where the key lives when PANTAU_SECRET is not set."""
        return self.home / "secret"

    def make_folders(self, feeds: Iterable[str] = ()) -> None:
        """Makes the home's folders and each feed's drop folder, private; existing ones stay as they are."""
        state = (
            self.claims,
            self.archive,
            self.landing,
            self.audit_dir,
            self.report,
            self.outbox,
            self.returned,
        )
        for folder in (self.inbox, *state, *(self.inbox / feed for feed in feeds)):
            _make_private(folder)

    def secret(self) -> bytes:
        """The key of the HMAC over NIK, KK and names: PANTAU_SECRET, else made once in the home.

        Raises:
            ConfigurationError: the key is too short or no text, or is gone although there is data made with it.
        """
        if self.given_secret is not None:
            return self.given_secret.get_secret_value().encode()
        if not self.secret_file.exists():
            self._make_secret()
        try:
            text = self.secret_file.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise ConfigurationError(
                [Problem("secret", "", "something that is no text", _SECRET_ALLOWED)]
            ) from None
        if len(text) < SECRET_LENGTH:
            raise ConfigurationError(
                [Problem("secret", "", f"a text of {len(text)} characters", _SECRET_ALLOWED)]
            )
        return text.encode()

    def _make_secret(self) -> None:
        if (self.lake is None and self.warehouse_file.exists()) or (
            self.landing.is_dir() and any(self.landing.rglob("*.parquet"))
        ):
            # A new key would silently make every known family a stranger.
            allowed = (
                "the key that made this home's data: restore it from a backup, or set PANTAU_SECRET to it"
            )
            raise ConfigurationError([Problem("secret", "", MISSING, allowed)])
        _make_private(self.home)
        unfinished = self.home / f".secret-{secrets.token_hex(8)}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            # A link fails where the name exists: of two processes that start at once one key holds, whole.
            os.link(unfinished, self.secret_file)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink(missing_ok=True)


def _make_private(folder: Path) -> None:
    """Makes a folder and its missing parents with mode 0700, which mkdir alone gives to the last one only."""
    for part in [*reversed(folder.parents), folder]:
        if not part.is_dir():
            part.mkdir(mode=PRIVATE, exist_ok=True)


def _problem(detail: dict[str, Any]) -> Problem:
    field = str(detail["loc"][0])
    context = detail.get("ctx") or {}
    variable = field if field.startswith("PANTAU_") else _VARIABLES.get(field, field)
    return Problem(
        ENVIRONMENT,
        variable,
        str(context.get("value") or shown(detail["input"])),
        str(context.get("allowed") or detail["msg"]),
    )
