"""What is wrong with a configuration, said so that whoever wrote it can mend it without reading code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MISSING = "(missing)"
ENVIRONMENT = "environment"


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it stands, what stands there and what may stand there.

    `key` is a path such as `programs[1].periods[0].due_date`, a line (`line 3`), or empty for the whole file.
    """

    file: str
    key: str
    value: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.key}" if self.key else self.file
        said = "is missing" if self.value == MISSING else f"{self.value} cannot be used"
        return printable(f"{place}: {said}. Allowed: {self.allowed}.")


class ConfigurationError(Exception):
    """Configuration or environment cannot be used; holds every problem found, not only the first.

    `regency`: whose configuration it is, where there are several.
    """

    def __init__(self, problems: Sequence[Problem], regency: str | None = None) -> None:
        self.problems = sorted(set(problems))
        whose = f" of {regency}" if regency else ""
        count = "1 mistake" if len(self.problems) == 1 else f"{len(self.problems)} mistakes"
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"The configuration{whose} has {count}:\n{lines}")


def shown(value: object, limit: int = 80) -> str:
    """A value as it can be quoted in a sentence: short, on one line."""
    text = f'"{value}"' if isinstance(value, str) else "nothing" if value is None else repr(value)
    text = printable(text)
    return text if len(text) <= limit else f"{text[:limit]}…"


def printable(text: str) -> str:
    """The text on one line, whatever keys and values hold."""
    return "".join(character if character.isprintable() else "?" for character in text)
