"""Every rule of the contract has words, and the words only use counts that exist."""

from __future__ import annotations

import pytest

from include.alerts.wording import wording

RULES = (
    "delivery_missing", "delivery_late", "delivery_incomplete", "amount_under", "amount_over", "delivery_duplicate",
    "recipient_not_listed", "log_missing", "log_late", "backdating_suspected", "susenas_at_risk", "reject_rate_high",
    "total_mismatch", "unit_suspected", "period_cap_exceeded", "paid_before_period", "village_not_eligible",
    "paid_before_gate", "recipient_marked_deceased", "program_not_running",
    "combination_not_allowed", "combination_to_ask",
)  # fmt: skip


def test_every_rule_of_the_contract_has_words() -> None:
    assert set(wording().rules) == set(RULES)


@pytest.mark.parametrize("rule", [*RULES, "other", "undated"])
def test_words_are_usable(rule: str) -> None:
    words = wording().of(rule)
    assert words.counts in wording().nouns
    assert words.amount in ("outstanding", "excess", "none")
    row = dict.fromkeys(wording().nouns, 7) | {
        "has_kelurahan": False,
        "amounts": [("kg", 70.0), ("IDR", 7.0)],
    }
    assert "7 " in words.verdict(row)
    for told in (words.request(row), words.aim(row)):
        assert told is None or ("7 " in told and "{" not in told)
    assert ("{amount}" in (words.action or "")) == ("70 kg dan Rp7" in (words.request(row) or ""))
