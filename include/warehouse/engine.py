"""How DuckDB uses the machine: its memory, and where it spills what does not fit. Each opening of a warehouse asks here.

No two instances may spill into one folder: DuckDB gives their temporary files the same names, each writes over the other's, and
wrong rows or a crash are the end of it (duckdb/duckdb#15173, and seen with 1.5.5). So each has a folder of its own, which DuckDB
takes away at closing. What a killed process left is swept by the next writer, beside whom nobody has the warehouse open.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

from include.config.errors import ENVIRONMENT, ConfigurationError, Problem

Config = dict[str, str | bool | int | float | list[str]]
"""What `duckdb.connect` takes."""

DBT = "dbt"
"""The instance that dbt opens; of these there is one a home, because whoever runs dbt holds the writer's place."""


@cache
def _name_of_process(pid: int) -> str:
    # A forked child has another number, and gets another name; the number alone repeats from container to container.
    return f"{pid}-{uuid4().hex[:12]}"


def this_process() -> str:
    """The instance of a file that this process opens: DuckDB shares it among all that open the file here."""
    return _name_of_process(os.getpid())


@dataclass(frozen=True)
class Engine:
    """What the instances of one home have in common.

    Attributes:
        memory: Beyond this DuckDB spills to disk instead of taking the machine's memory.
        spill: The folder in which each instance has its own.
        encrypted: Whether what is spilled cannot be read; needs the extension httpfs, without which DuckDB refuses to write it.
    """

    memory: str
    spill: Path
    encrypted: bool

    def settings(self, instance: str | None = None) -> Config:
        """DuckDB's own settings for an instance; for a new one where no name is given."""
        return {
            "memory_limit": self.memory,
            "temp_directory": str(self.spill / (instance or uuid4().hex)),
            "temp_file_encryption": self.encrypted,
        }

    @property
    def dbt_environment(self) -> dict[str, str]:
        """The same for dbt's instance, as profiles.yml reads it."""
        found = self.settings(DBT)
        return {
            "PANTAU_DUCKDB_MEMORY": str(found["memory_limit"]),
            "PANTAU_DUCKDB_SPILL": str(found["temp_directory"]),
            "PANTAU_DUCKDB_ENCRYPTION": str(found["temp_file_encryption"]),
        }

    @classmethod
    def from_environment(cls) -> Engine:
        """What dbt was given."""
        found = os.environ
        encrypted = found["PANTAU_DUCKDB_ENCRYPTION"] == str(True)
        return cls(found["PANTAU_DUCKDB_MEMORY"], Path(found["PANTAU_DUCKDB_SPILL"]).parent, encrypted)

    def make_folder(self) -> None:
        """Makes the folder for the owner alone; DuckDB would leave that to the umask, and makes no parents.

        Raises:
            ConfigurationError: this account may not.
        """
        try:
            self.spill.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            allowed = f"a folder that this user may write to ({error.strerror}: {error.filename})"
            raise ConfigurationError(
                [Problem(ENVIRONMENT, "PANTAU_DUCKDB_TEMP", f'"{self.spill}"', allowed)]
            ) from None

    def sweep(self) -> None:
        """Removes what killed processes left; only by who holds the writer's place.

        Raises:
            ConfigurationError: the folder cannot be made.
        """
        shutil.rmtree(self.spill, ignore_errors=True)
        self.make_folder()
