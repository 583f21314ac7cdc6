"""The Indonesian words of each rule (wording.yml), and their facts as rows for the SQL that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from include.language import indonesian

SEVERITIES = ("info", "warning", "critical")
# No rule flags these, yet an OPD must hear of them: wording.yml has a section of that name for each.
UNFLAGGED = ("undated", "due_soon", "log_due_soon")


@dataclass(frozen=True)
class RuleWords:
    """How one rule is told; `rank` is its place in the order of gravity, 0 the gravest. wording.yml explains the others."""

    rule: str
    rank: int
    label: str
    headline: str
    counts: str
    amount: str
    action: str | None
    told_within: str | None = None
    goal: str | None = None
    goal_within: str | None = None
    in_village: str | None = None

    def verdict(self, row: Mapping[str, Any]) -> str:
        """What is wrong, with its counts: `42 KPM di 22 desa belum tercatat menerima`."""
        return self.headline.format(**_counts(self, row))

    def in_one_village(self, row: Mapping[str, Any]) -> str:
        """The verdict where the village is named already."""
        return self.in_village or self.verdict({**row, "villages": 0})

    def request(self, row: Mapping[str, Any]) -> str | None:
        """What is asked, with its counts and amounts; None where nothing is."""
        return _filled(self, self.action, row)

    def aim(self, row: Mapping[str, Any]) -> str | None:
        """What whoever it is escalated to shall see to; None where the rule names no goal."""
        return _filled(self, self.goal, row)


@dataclass(frozen=True)
class EscalationWords:
    """How overdue aid is put to one of those whom it climbs to."""

    topic: str
    opening: str
    ask: str
    actions: tuple[str, ...]


@dataclass(frozen=True)
class ReminderWords:
    """How one matter of a reminder is put; `ends_at_cutoff`: what is asked is of use only before the SUSENAS cutoff."""

    topic: str
    opening: str
    changes: str
    deadline: str
    ends_at_cutoff: bool


@dataclass(frozen=True)
class Wording:
    """All words of wording.yml."""

    rules: dict[str, RuleWords]
    other: RuleWords
    unflagged: dict[str, RuleWords]
    nouns: dict[str, str]
    ask: str
    reminder: dict[str, ReminderWords]
    escalation: dict[str, EscalationWords]
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
    escalation = {
        role: EscalationWords(**words | {"actions": tuple(words["actions"])})
        for role, words in content.pop("escalation").items()
    }
    reminder = {matter: ReminderWords(**words) for matter, words in content.pop("reminder").items()}
    return Wording(
        rules=rules, other=other, unflagged=unflagged, reminder=reminder, escalation=escalation, **content
    )


def counts_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Every count of a row with its noun; `where` names the villages, and is empty where there are none."""
    nouns = wording().nouns | {"villages": villages_noun(row)}
    counts = {name: indonesian.counted(row[name] or 0, noun) for name, noun in nouns.items()}
    return counts | {"where": f" di {counts['villages']}" if row["villages"] else ""}


def villages_noun(row: Mapping[str, Any]) -> str:
    """`desa`, or `desa/kelurahan` where one of them is a kelurahan."""
    return "desa/kelurahan" if row["has_kelurahan"] else wording().nouns["villages"]


def amounts_of(sums: Sequence[tuple[str | None, float]]) -> str:
    """Sums by unit, which never meet in one: `30 kg dan Rp600.000`."""
    ordered = sorted((sum_ for sum_ in sums if sum_[1]), key=lambda sum_: sum_[0] or "", reverse=True)
    return indonesian.listing([indonesian.quantity(amount, unit) for unit, amount in ordered])


def goals_of(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """What is to be seen to, over the rules of `rows` (one row a rule): what one goal covers is not named by another."""
    rules = {row["rule"] for row in rows}
    goals = [
        goal
        for row in rows
        if wording().of(row["rule"]).goal_within not in rules and (goal := wording().of(row["rule"]).aim(row))
    ]
    return indonesian.listing(goals) or None


def enclosures(names: Sequence[str]) -> str | None:
    """Names the files that go with a mail; None where none do."""
    return f"Lampiran: {indonesian.listing(names)}." if names else None


def _counts(words: RuleWords, row: Mapping[str, Any]) -> dict[str, str]:
    """The counts of a row; what has no family, village or delivery to count is counted as findings."""
    counts = counts_of(row)
    return counts if row[words.counts] else counts | {words.counts: counts["flags"]}


def _filled(words: RuleWords, template: str | None, row: Mapping[str, Any]) -> str | None:
    if template is None:
        return None
    filled = template.format(**_counts(words, row), amount=amounts_of(row["amounts"]))
    return " ".join(filled.split())  # a rule's flag may lack its amount


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
