"""What comes from outside is shown as text, and statuses, colours and templates keep together."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
import yaml

from include.orchestration.steps import started_by
from include.report import charts
from include.report.pages import rendering, words
from include.report.pages.rendering import STYLE, environment
from include.report.pages.words import KINDS, STARTED_BY
from include.settings import REPOSITORY
from include.warehouse.load import RAW_KINDS

MODELS = REPOSITORY / "dbt_project" / "models"


def shown(template: str, **values: object) -> str:
    return environment().from_string(template).render(**values)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'onmouseover='alert(1)", "</style><b>"],
)
def test_a_value_is_never_markup(hostile: str):
    for place in ("<p>{{ value }}</p>", '<a title="{{ value }}"></a>'):
        found = shown(place, value=hostile)
        assert "<script" not in found
        assert "<img" not in found
        assert "<b>" not in found
        assert found.count('"') == place.count('"')


def test_a_value_cannot_turn_the_line_round_or_hide_in_it():
    assert shown("{{ value }}", value="a\u202eb\u200bc\x00d\ne") == "a b c d e"


def test_a_file_name_with_a_number_of_a_person_is_shown_without_it():
    assert "5205" not in shown("{{ value | file_name }}", value="KTP 5205059901900001.xlsx")


def test_moments_are_told_in_the_regency_s_time():
    moment = datetime(2024, 2, 11, 23, 30)  # as DuckDB gives it, in UTC
    assert shown("{{ m | moment('Asia/Makassar') }}", m=moment) == "Senin, 12 Februari 2024 pukul 07.30 WITA"
    assert shown("{{ m | short_moment('Asia/Makassar') }}", m=moment) == "12-02-2024 pukul 07.30 WITA"


def test_shares_have_a_dash_where_there_is_nothing_to_divide_by():
    assert [shown("{{ p | share(w) }}", p=p, w=w) for p, w in ((1, 8), (0, 8), (1, 0), (None, 8))] == [
        "12,5%",
        "0%",
        "–",
        "–",
    ]


def test_a_misspelt_name_in_a_template_is_an_error():
    with pytest.raises(Exception, match="undefined"):
        shown("{{ nothing_of_that_name }}")


@pytest.mark.parametrize(
    ("known", "model", "column"),
    [
        (words.TIMING, "int_entitlements_judged", "timing_status"),
        (words.LOGS, "reporting_completeness", "log_status"),
        (words.SUBMISSIONS, "submissions", "status"),
    ],
    ids=["timing", "logs", "submissions"],
)
def test_every_status_that_the_models_allow_has_words(
    known: dict[str, words.Status], model: str, column: str
):
    described = [
        node for path in MODELS.rglob("*.yml") for node in yaml.safe_load(path.read_text()).get("models", [])
    ]
    [node] = [node for node in described if node["name"] == model]
    [allowed] = [
        promised["one_of"][column]
        for test in node["data_tests"]
        if column in (promised := test["holds"]["arguments"]).get("one_of", {})
    ]
    assert set(allowed) == set(known)


def test_every_colour_class_is_in_the_style_sheet():
    style = STYLE.read_text(encoding="utf-8")
    tables = (words.TIMING, words.LOGS, words.SUBMISSIONS, words.OUTCOMES, words.RUNS)
    for one in {status.css for table in tables for status in table.values()} - {"idle"}:
        assert f".status.{one}::before" in style
        assert f"svg.bar .{one} " in style


def test_the_style_sheet_knows_the_colours_that_charts_are_drawn_in():
    style = STYLE.read_text(encoding="utf-8")
    for colour in (*charts._COLOURS, charts._SOFT, charts._GRID, charts._CUTOFF):
        assert f'[stroke="{colour}"]' in style
    for colour in (charts._INK, charts._SOFT, charts._CUTOFF):
        assert f'[fill="{colour}"]' in style


def test_nothing_in_templates_or_style_needs_a_script_or_an_inline_style_or_another_site():
    for path in [*rendering.FOLDER.rglob("*.html"), *rendering.FOLDER.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|\sstyle=|\son[a-z]+=|javascript:|https?://|@import|url\(", text), (
            path.name
        )


def test_whoever_starts_a_run_and_every_kind_of_file_has_words() -> None:
    """A code that a page shows as it is would be English to its readers."""
    started = {started_by(kind) for kind in ("manual", "scheduled", "asset_triggered")} | {"command"}
    assert set(STARTED_BY) == started
    assert set(KINDS) == set(RAW_KINDS)
