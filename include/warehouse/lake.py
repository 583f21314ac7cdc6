"""A regency's warehouse in a lake: DuckLake, its catalogue in PostgreSQL, its rows as encrypted Parquet on a shared disk or S3.

Several machines share one lake; a regency has a schema of the catalogue and a folder of the data to itself, so that regencies
never wait for each other. Of one regency one writes at a time: a lock of PostgreSQL, which every machine that can write asks
anyway, while a lock file is only as good as the shared disk's protocol. It ends with its session, so a machine that died
holds nobody up.

DuckLake keeps no keys. What schema.sql declares is derived from it, and looked at before a transaction commits. The catalogue
holds the least and greatest values of columns, numbers of persons among them: it is as private as the warehouse itself.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from include.warehouse.engine import Engine
from include.warehouse.errors import PlaceLostError, WarehouseUnreachableError
from include.warehouse.place import SCHEMA, Place, quoted, wait_for

if TYPE_CHECKING:
    import psycopg2.extensions

log = logging.getLogger("pantau.warehouse")

ALIAS = "warehouse"
"""The name of the database in SQL: that of the file, too, where the warehouse is one."""

_EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")
_LOCK_SPACE = 5205
"""The first half of our advisory locks' numbers, so that another program's in the same database are not ours."""
_IS_NOT_CONNECTED = "connect to postgres"
_SINCE_IDLE_SESSIONS_ARE_CUT = 140000
"""The version of PostgreSQL that brought `idle_session_timeout`."""


def rebuilt_schema(schema: str) -> str:
    """Where the part of the lake is made that will take the place of a schema."""
    return f"{schema}_rebuilding"


@dataclass(frozen=True)
class Table:
    """A table of schema.sql: how a lake makes it, and the keys that it cannot keep."""

    name: str
    columns: str
    keys: tuple[str, ...]


@cache
def tables() -> tuple[Table, ...]:
    """What DuckDB itself makes of schema.sql."""
    with duckdb.connect() as own:
        own.execute(SCHEMA.read_text(encoding="utf-8"))
        rows = own.execute(
            """
            select
                schema_name || '.' || table_name,
                string_agg(
                    '"' || column_name || '" ' || data_type || if(is_nullable, '', ' not null')
                    || coalesce(' default ' || column_default, ''), ', ' order by column_index
                )
            from duckdb_columns() where not internal group by all order by 1
            """
        ).fetchall()
        keys = own.execute(
            "select schema_name || '.' || table_name, constraint_column_names from duckdb_constraints() "
            "where constraint_type in ('PRIMARY KEY', 'UNIQUE') order by all"
        ).fetchall()
    return tuple(
        Table(name, columns, tuple(", ".join(key) for table, key in keys if table == name))
        for name, columns in rows
    )


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads DuckLake and what it needs from the Python packages of DuckDB's own version; nothing is fetched."""
    for name in _EXTENSIONS:
        folder = resources.files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
        connection.execute(f"load {quoted(str(folder / f'{name}.duckdb_extension'))}")
    # Key, secret, region and DUCKDB_S3_ENDPOINT are read from the environment by httpfs itself. A server of one's own
    # seldom has a name for each bucket.
    if os.environ.get("DUCKDB_S3_ENDPOINT"):
        connection.execute("set global s3_url_style = 'path'")


def _unreachable(error: Exception) -> WarehouseUnreachableError:
    why = str(error).strip().partition("\n")[0]
    return WarehouseUnreachableError(
        f"the lake's catalogue cannot be reached: {why}. It is the PostgreSQL that PANTAU_LAKE names; its password is read "
        "from PGPASSWORD or PGPASSFILE"
    )


def _require_reached(error: duckdb.Error, session: psycopg2.extensions.connection) -> None:
    """Tells a lake that went away while it was worked with from one that is damaged, which DuckDB's own errors do not.

    Raises:
        WarehouseUnreachableError: the catalogue or the rows' store does not answer.
        psycopg2.OperationalError: nor does the session that holds the lock.
    """
    told = str(error)
    is_refused = isinstance(error, duckdb.HTTPException) and error.status_code != HTTPStatus.NOT_FOUND
    if is_refused or (isinstance(error, duckdb.IOException) and " error for HTTP " in told):
        # No more of the message: it names the files of rows.
        why = f"HTTP {error.status_code}" if isinstance(error, duckdb.HTTPException) else "no connection"
        raise WarehouseUnreachableError(
            f"the store of the lake's rows cannot be reached: {why}. It is the one that PANTAU_LAKE_DATA names, at "
            "DUCKDB_S3_ENDPOINT if that is set; its keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from None
    if _IS_NOT_CONNECTED in told.lower():
        raise _unreachable(error) from None
    with session.cursor() as cursor:
        cursor.execute("select 1")


class Lake(Place):
    """A regency's part of a lake.

    Attributes:
        catalog: The PostgreSQL database, as libpq writes it; without a password, which libpq finds by itself.
        data: The folder or `s3://bucket/prefix` below which new parts of the lake put their rows.
        schema: The regency's schema in the catalogue.
    """

    dbt_target = "lake"

    def __init__(self, catalog: str, data: str, schema: str, engine: Engine) -> None:
        self.catalog, self.data, self.schema = catalog, data.rstrip("/"), schema
        self.engine = engine
        self._session: psycopg2.extensions.connection | None = None

    @property
    def key(self) -> str:
        """Catalogue and schema."""
        return f"{self.catalog}#{self.schema}"

    @property
    def name(self) -> str:
        """The schema."""
        return f"schema {self.schema} of the lake"

    @property
    def dbt_environment(self) -> dict[str, str]:
        """What `from_environment` reads, in dbt's process."""
        return {
            "PANTAU_LAKE": self.catalog,
            "PANTAU_LAKE_DATA": self.data,
            "PANTAU_LAKE_SCHEMA": self.schema,
            **self.engine.dbt_environment,
        }

    @classmethod
    def from_environment(cls) -> Lake:
        """The lake that dbt was given."""
        found = os.environ
        return cls(
            found["PANTAU_LAKE"],
            found["PANTAU_LAKE_DATA"],
            found["PANTAU_LAKE_SCHEMA"],
            Engine.from_environment(),
        )

    @property
    def sqlalchemy(self) -> tuple[str, dict[str, Any]]:
        """A database in memory."""
        return "duckdb:///:memory:", {"config": self.engine.settings()}

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attaches the lake to it, for reading."""
        self.attach(connection, ALIAS)
        self.enter(connection)

    # --- opening

    def copy_to(self, file: Path) -> None:
        """Writes what cannot be made again into a file of the local kind; the next run there builds the rest."""
        with self.own_instance(file) as connection:
            connection.execute(SCHEMA.read_text(encoding="utf-8"))
            self.attach(connection, "lake")
            for table in tables():
                connection.execute(f"insert into {table.name} by name select * from lake.{table.name}")
            connection.execute("delete from ledger.transformations")
            connection.execute("detach lake")

    def exists(self) -> bool:
        """Whether the regency has a catalogue in the lake."""
        with self._postgres() as session, session.cursor() as cursor:
            cursor.execute("select to_regclass(%s) is not null", [f'"{self.schema}".ducklake_metadata'])
            return bool((cursor.fetchone() or (False,))[0])

    def open(self, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
        """A database in memory with the lake attached to it."""
        connection = self.own_instance()
        try:
            if read_only or self.exists():
                self._attach(connection, ALIAS, read_only)
            else:
                self._create(connection)
            self.enter(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def own_instance(self, file: Path | None = None, **settings: str) -> duckdb.DuckDBPyConnection:
        """One that can read the lake, and write what it spills encrypted."""
        connection = super().own_instance(file, **settings)
        load_extensions(connection)
        return connection

    def enter(self, connection: duckdb.DuckDBPyConnection) -> None:
        """A cursor does not inherit its connection's default database."""
        connection.execute(f"use {ALIAS}")

    def attach(self, connection: duckdb.DuckDBPyConnection, alias: str, read_only: bool = True) -> None:
        """Attaches the lake; for writing, only by who holds the writer's place."""
        load_extensions(connection)
        self._attach(connection, alias, read_only)

    def _attach(
        self, connection: duckdb.DuckDBPyConnection, alias: str, read_only: bool, *options: str
    ) -> None:
        # Rows in the catalogue itself, as DuckLake keeps few rows otherwise, would lie there unencrypted.
        settled = [f"metadata_schema {quoted(self.schema)}", "data_inlining_row_limit 0", *options]
        settled += ["read_only"] if read_only else []
        try:
            connection.execute(
                f"attach {quoted(f'ducklake:postgres:{self.catalog}')} as {alias} ({', '.join(settled)})"
            )
        except duckdb.IOException as error:
            if _IS_NOT_CONNECTED not in str(error).lower():
                raise
            raise _unreachable(error) from None

    def _create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """A folder that never was there: a rebuilt warehouse takes the schema's name, and the old one's rows go."""
        folder = f"{self.data}/{self.schema}-{uuid4().hex[:12]}/"
        if "://" not in folder:
            Path(folder).mkdir(mode=0o700, parents=True)
        self._attach(connection, ALIAS, False, f"data_path {quoted(folder)}", "encrypted true")

    def make_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes what is missing of schema.sql, without its keys."""
        there = {
            name
            for (name,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
            ).fetchall()
        }
        missing = [table for table in tables() if table.name not in there]
        if not missing:
            return
        # In one transaction: each commit is a snapshot, after which DuckLake reads its catalogue anew.
        connection.execute("begin transaction")
        for schema in sorted({table.name.partition(".")[0] for table in missing}):
            connection.execute(f"create schema if not exists {schema}")
        for table in missing:
            connection.execute(f"create table {table.name} ({table.columns})")
        connection.execute("commit")

    # --- keys

    def require_unique(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Counts what stands twice under a key of schema.sql."""
        asked = [
            f"select '{table.name} ({key})' as place, count(*) as found "
            f"from (select 1 from {table.name} group by {key} having count(*) > 1) having count(*) > 0"
            for table in tables()
            for key in table.keys
        ]
        twice = connection.execute(" union all ".join(asked)).fetchall()
        if twice:
            told = ", ".join(f"{place}: {found}" for place, found in twice)
            raise duckdb.ConstraintException(f"keys that stand more than once in {told}")

    # --- the writer's place

    @contextmanager
    def locked(self, exclusive: bool, wait_seconds: float, purpose: str) -> Iterator[None]:
        """Holds an advisory lock of PostgreSQL; the session's name tells the others who holds it."""
        with self._postgres(f"pantau {os.uname().nodename} {os.getpid()} ({purpose})") as session:
            kind = "" if exclusive else "_shared"
            if session.server_version >= _SINCE_IDLE_SESSIONS_ARE_CUT:
                # Nothing is asked through it for as long as dbt works.
                with session.cursor() as cursor:
                    cursor.execute("set idle_session_timeout = 0")

            def attempt() -> bool:
                with session.cursor() as cursor:
                    cursor.execute(
                        f"select pg_try_advisory_lock{kind}(%s, hashtext(%s))", [_LOCK_SPACE, self.schema]
                    )
                    return bool((cursor.fetchone() or (False,))[0])

            wait_for(attempt, lambda: self._holder(session), wait_seconds, purpose)
            before, self._session = self._session, session if exclusive else self._session
            try:
                yield
            except duckdb.Error as error:
                _require_reached(error, session)
                raise
            finally:
                self._session = before

    def _holder(self, session: psycopg2.extensions.connection) -> str:
        with session.cursor() as cursor:
            cursor.execute(
                "select a.application_name from pg_locks l join pg_stat_activity a using (pid) "
                "where l.locktype = 'advisory' and l.granted and l.classid = %s "
                "and l.objid = (hashtext(%s)::bigint & 4294967295)::oid limit 1",
                [_LOCK_SPACE, self.schema],
            )
            found = cursor.fetchone()
        return found[0].removeprefix("pantau ") if found else "another process"

    def require_place(self, done: str) -> None:
        """Asks PostgreSQL whether the session that holds the lock still lives."""
        import psycopg2

        if self._session is None:
            return
        try:
            with self._session.cursor() as cursor:
                cursor.execute("select 1")
        except psycopg2.Error:
            raise PlaceLostError(
                f"the connection to the lake's catalogue broke, and with it the writer's place: {done}. Run it again"
            ) from None

    @contextmanager
    def _postgres(self, name: str = "pantau") -> Iterator[psycopg2.extensions.connection]:
        import psycopg2

        # A machine that is gone says no goodbye: the server is to notice within a minute.
        alive = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
        try:
            session = psycopg2.connect(
                self.catalog, application_name=name[:63], connect_timeout=10, options=alive
            )
        except psycopg2.OperationalError as error:
            raise _unreachable(error) from None
        try:
            session.autocommit = True
            yield session
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:  # it was there, and went away
            raise _unreachable(error) from None
        finally:
            session.close()

    # --- a rebuilt warehouse takes the place of the old one

    def beside(self) -> Lake:
        """Where a rebuild is made."""
        return Lake(self.catalog, self.data, rebuilt_schema(self.schema), self.engine)

    def discard(self) -> None:
        """Removes it, rows and catalogue."""
        if not self.exists():
            return
        with self.own_instance() as connection:
            self._attach(connection, ALIAS, read_only=False)
            self._remove_rows(connection)
        with self._postgres() as session, session.cursor() as cursor:
            cursor.execute(f'drop schema "{self.schema}" cascade')

    def forget_snapshots(self, connection: duckdb.DuckDBPyConnection, days: int) -> None:
        """Drops old snapshots and the files that only they needed, and puts small files together.

        Nobody reads such a file: readers share the lock that the caller holds alone.
        """
        expire = (
            f"call ducklake_expire_snapshots({quoted(ALIAS)}, older_than => now() - interval {int(days)} day)"
        )
        if connection.execute(expire).fetchall():
            connection.execute(f"call ducklake_merge_adjacent_files({quoted(ALIAS)})")
            connection.execute(f"call ducklake_cleanup_old_files({quoted(ALIAS)}, cleanup_all => true)")

    def _remove_rows(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Through DuckLake, which knows disk and S3: what is in no snapshot is old, and goes."""
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() where database_name = ? and not internal and schema_name <> 'main'",
            [ALIAS],
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f'drop schema {ALIAS}."{schema}" cascade')
        connection.execute(f"call ducklake_expire_snapshots({quoted(ALIAS)}, older_than => now())")
        connection.execute(f"call ducklake_cleanup_old_files({quoted(ALIAS)}, cleanup_all => true)")
        connection.execute(f"call ducklake_delete_orphaned_files({quoted(ALIAS)}, cleanup_all => true)")

    def take_over(self, rebuilt: Path) -> None:
        """Puts what stands beside into this place, in one transaction of PostgreSQL; again after a kill: goes on."""
        fresh = self.beside()
        replaced = Lake(self.catalog, self.data, f"{self.schema}_replaced", self.engine)
        if fresh.exists():
            replaced.discard()
            with self._postgres() as session, session.cursor() as cursor:
                renames: Iterable[tuple[str, str]] = (
                    (self.schema, replaced.schema),
                    (fresh.schema, self.schema),
                )
                cursor.execute(
                    "; ".join(
                        [
                            "begin",
                            *(f'alter schema "{old}" rename to "{new}"' for old, new in renames),
                            "commit",
                        ]
                    )
                )
        replaced.discard()
