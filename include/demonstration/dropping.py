"""Drops the sample into the watched inbox as an OPD would: one file after the other, each whole at once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

SECONDS_IN_ALL = 40.0
SECONDS_BETWEEN_AT_MOST = 1.0


def drop_one_by_one(files: Sequence[Path], sample: Path, inbox: Path) -> Iterator[Path]:
    """Yields each file once dropped. Times of modification are kept: they become the times of receipt."""
    pause = min(SECONDS_BETWEEN_AT_MOST, SECONDS_IN_ALL / max(1, len(files)))
    for file in files:
        relative = file.relative_to(sample)
        drop(file, inbox / relative)
        yield relative
        time.sleep(pause)


def drop(file: Path, target: Path) -> None:
    """Copies under a temporary name and renames, as a careful client does."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.part")
    shutil.copy2(file, unfinished)
    unfinished.rename(target)
