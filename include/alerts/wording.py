"""The Indonesian words of each rule (wording.yml), and their facts as rows for the SQL that decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

SEVERITIES = ("info", "warning", "critical")
# No rule flags these, yet an OPD must hear of them: wording.yml has a section of that name for each.
UNFLAGGED = ("undated", "due_soon")


@dataclass(frozen=True)
class RuleWords:
    """How one rule is told; `rank` is its place in the order of gravity, 0 the gravest."""

    rule: str
    rank: int
    label: str
    headline: str
    counts: str
    amount: str
    action: str | None
    told_within: str | None = None


@dataclass(frozen=True)
class Wording:
    """All words of wording.yml."""

    rules: dict[str, RuleWords]
    other: RuleWords
    unflagged: dict[str, RuleWords]
    nouns: dict[str, str]
    escalation: dict[str, list[str]]
    working_days_to_act: dict[str, int]
    close_of_business: str
    natures: dict[str, str]

    def of(self, rule: str) -> RuleWords:
        """The rule's own words, else the plain ones."""
        return self.unflagged.get(rule) or self.rules.get(rule, self.other)


@lru_cache(maxsize=1)
def wording() -> Wording:
    """Reads wording.yml once."""
    content: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("wording.yml").read_text(encoding="utf-8")
    )
    rules = {
        code: RuleWords(code, rank, **words)
        for rank, (code, words) in enumerate(content.pop("rules").items())
    }
    other = RuleWords("other", len(rules), **content.pop("other"))
    unflagged = {code: RuleWords(code, len(rules) + 1, **content.pop(code)) for code in UNFLAGGED}
    return Wording(rules=rules, other=other, unflagged=unflagged, **content)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary table `alert_rules` for the deciding SQL."""
    connection.execute(
        "create or replace temp table alert_rules "
        "(rule varchar, counts varchar, amount varchar, told_within varchar)"
    )
    connection.executemany(
        "insert into alert_rules values (?, ?, ?, ?)",
        [(words.rule, words.counts, words.amount, words.told_within) for words in wording().rules.values()],
    )
