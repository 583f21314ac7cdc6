"""The codes of reasons.yml, so that a code can only be used where its text exists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Reason:
    """A code with what OPD staff read about it."""

    code: str
    level: str
    text: str
    remedy: str
    urgent: bool = False
    # What it rests on, where that is more than this project's own choice.
    source: str | None = None

    @property
    def rank(self) -> int:
        """Its place on a receipt: what a row was refused for comes first, then what is urgent."""
        if self.level == "rejected":
            return 0
        return 1 if self.urgent else 2


@cache
def reasons() -> dict[str, Reason]:
    """All codes, read once."""
    raw = yaml.safe_load(Path(__file__).with_name("reasons.yml").read_text(encoding="utf-8"))
    return {code: Reason(code, **entry) for code, entry in raw.items()}
