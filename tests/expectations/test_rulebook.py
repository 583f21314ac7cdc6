"""The auditors' page of rules says what is defined, and everything that is."""

from __future__ import annotations

import re

import yaml

from expectations.registry import RULES
from include.config import load_configuration
from include.ingest.reasons import reasons
from include.report.rulebook import PAGE, render
from include.settings import REPOSITORY

CONFIGURATION = load_configuration(REPOSITORY / "include" / "config" / "dompu")
JUDGED = (
    "amount_status", "timing_status", "timing_evidence", "days_late", "working_days_late", "susenas_status", "susenas_visibility",
    "will_make_it", "log_status", "superseded_how", "matched_by", "is_counted", "dropped_how",
)  # fmt: skip


def test_the_page_is_what_is_defined_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(CONFIGURATION), "run `make docs`"


def test_every_rule_status_and_code_has_its_row() -> None:
    page = render(CONFIGURATION)
    for name in (*(rule.rule for rule in RULES), *JUDGED, *reasons()):
        assert f"| `{name}` |" in page, name
    for program in CONFIGURATION.programs:
        assert f"(`{program.code}`)" in page


def test_every_source_can_be_opened() -> None:
    """No rule rests on the name of a document alone; what is the project's own choice says so, and where it is written."""
    page = render(CONFIGURATION)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.removesuffix(" |").rsplit(" | ", 1)[1].strip() in ("", "-")] == []
    assert "| Kontrak data bagian 3 |" not in page
    assert "| Kontrak data bagian 5 |" not in page
    written = [
        path for row in rows for path in re.findall(r"(?:dbt_project|include)/[\w/.]+\.(?:sql|yml)", row)
    ]
    assert written
    assert [path for path in written if not (REPOSITORY / path).is_file()] == []


def test_another_regency_gets_its_own_page() -> None:
    other = CONFIGURATION.model_copy(
        update={"region": CONFIGURATION.region.model_copy(update={"regency_name": "Kabupaten Contoh"})}
    )
    assert render(other).startswith("# Aturan penilaian: Kabupaten Contoh")


def test_the_page_says_how_amounts_are_rounded() -> None:
    """The description names the figure that the models calculate with."""
    variables = yaml.safe_load((REPOSITORY / "dbt_project" / "dbt_project.yml").read_text("utf-8"))["vars"]
    decimals = variables["decimals_of_amounts"]
    assert f"Jumlah dihitung sampai {decimals} angka di belakang koma" in render(CONFIGURATION)
