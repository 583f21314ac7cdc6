"""The documents' own words, tried: every query of the auditors' page against a database that `pantau run` published."""

import os
import re
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from include.config import load_configuration
from include.sample import write_sample
from include.settings import Settings
from include.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
PANTAU = Path(sys.executable).parent / "pantau"
PAGE = (ROOT / "docs" / "auditor.md").read_text()
COOKBOOK = re.search(r"^## Buku resep.*?(?=^## )", PAGE, re.DOTALL | re.MULTILINE)[0]
# The recipes have their own test, tests/integration/golden/test_cookbook.py: an empty answer is an answer there.
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.replace(COOKBOOK, ""), re.DOTALL)

(CHAIN,) = [query for query in QUERIES if "rows_read_at_receipt, ']'" in query]
(PUBLICATIONS,) = [query for query in QUERIES if "previous_file_sha256, '" in query]
(BY_OPD,) = [query for query in QUERIES if "as persen_tepat_jumlah" in query]


def title(query):
    return " ".join(query.split())[:60]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The README's three commands, on a small sample."""
    home = tmp_path_factory.mktemp("documents")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PANTAU")}
    environment |= {"PANTAU_HOME": str(home), "PANTAU_NOW": "2024-02-12T09:00:00+08:00"}
    for arguments in (["sample", "--out", home / "inbox", "--recipients", "300"], ["run"]):
        subprocess.run(
            [PANTAU, *arguments], env=environment, check=True, capture_output=True, text=True, timeout=240
        )
    question = re.search(r'pantau query "(.+)"', (ROOT / "README.md").read_text())[1]
    answer = subprocess.run(
        [PANTAU, "query", question], env=environment, check=True, capture_output=True, text=True
    )
    assert "village_name" in answer.stdout
    return home


@pytest.fixture(scope="module")
def published(home):
    with duckdb.connect(home / "audit" / "pantau.duckdb", read_only=True) as connection:
        yield connection


def test_who_is_reached_is_what_was_planted(published, tmp_path):
    """The sample's families, registered and listed as its maker counted them, not as our SQL finds them."""
    ws = Workspace(Settings(home=tmp_path / "home"), load_configuration(Settings().config_dir))
    planted = write_sample(ws, tmp_path / "inbox", recipients=300, as_of=date(2024, 2, 12)).facts.targeting
    assert planted.registered > planted.poor_entitled > 0
    assert published.execute(
        "select families_registered, poor_families, poor_entitled, gap_families from audit.targeting_summary where is_total"
    ).fetchone() == (planted.registered, planted.poor, planted.poor_entitled, planted.gaps.total())
    gaps = published.execute(
        "select village_code, count(*) from audit.targeting_gaps group by all"
    ).fetchall()
    assert dict(gaps) == {village: count for village, count in planted.gaps.items() if count}
    combinations = published.execute("select combination, families from audit.complementarity").fetchall()
    assert dict(combinations) == planted.combinations
    outside = published.execute(
        "select count(distinct beneficiary_key) from audit.recipients_outside_registry "
        "where beneficiary_key in (select beneficiary_key from audit.delivery_accuracy)"
    ).fetchone()
    assert outside == (planted.listed_outside,)


def test_there_are_queries_to_try():
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("query", QUERIES, ids=title)
def test_a_query_of_the_auditors_page_answers(published, query):
    rows = published.execute(query).fetchall()
    must_be_empty = query in (CHAIN, PUBLICATIONS) or "where rows_read <> " in query
    assert bool(rows) is not must_be_empty, rows[:3]


def test_the_first_query_agrees_with_the_scorecard(published):
    counts = published.execute(BY_OPD).fetchall()
    assert counts
    for opd, program, due, *numbers in counts:
        timing, on_time, amounts, exact = numbers[:5], numbers[5], numbers[6:10], numbers[10]
        assert sum(timing) == due
        assert sum(amounts) == due
        scorecard = published.execute(
            "select due, on_time_rate * 100, exact_rate * 100 from audit.opd_scorecard "
            "where opd_code = ? and program_code = ?",
            [opd, program],
        ).fetchone()
        assert (due, on_time, exact) == pytest.approx(scorecard, abs=0.06)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "update audit.submissions set rows_read_at_receipt = rows_read_at_receipt + 1 where sequence = 3",
            [3],
        ),
        ("update audit.submissions set received_at = received_at - interval 1 day where sequence = 2", [2]),
        ("update audit.submissions set sha256 = repeat('0', 64) where sequence = 1", [1]),
        ("update audit.submissions set chain_hash = repeat('0', 64) where sequence = 2", [2]),
        ("update audit.submissions set feed = null where sequence = 2", [2]),
        ("delete from audit.submissions where sequence = 2", [3]),
    ],
)
def test_the_chain_query_shows_the_first_altered_submission(home, tmp_path, change, found):
    copy = tmp_path / "pantau.duckdb"
    copy.write_bytes((home / "audit" / "pantau.duckdb").read_bytes())
    with duckdb.connect(copy) as connection:
        assert connection.execute(CHAIN).fetchall() == []
        connection.execute(change)
        assert [sequence for sequence, *_ in connection.execute(CHAIN).fetchall()] == found


@pytest.mark.parametrize(
    "change",
    [
        "update audit.publications set as_of = as_of - 1",
        "update audit.publications set previous_file_sha256 = 'x'",
        "update audit.publications set chain_hash = repeat('0', 64)",
        "update audit.fingerprints set row_count = row_count + 1 where table_name = 'flags'",
        "delete from audit.fingerprints where table_name = 'flags'",
    ],
)
def test_the_query_of_publications_shows_an_altered_one(home, tmp_path, change):
    copy = tmp_path / "pantau.duckdb"
    copy.write_bytes((home / "audit" / "pantau.duckdb").read_bytes())
    with duckdb.connect(copy) as connection:
        connection.execute(change)
        assert [number for number, *_ in connection.execute(PUBLICATIONS).fetchall()] == [1]


def test_every_fingerprint_can_be_computed_from_what_stands_beside_it(published):
    fingerprints = published.execute(
        "select table_name, row_count, sha256, query from audit.fingerprints"
    ).fetchall()
    assert len(fingerprints) > 15
    for table, rows, sha256_of_rows, query in fingerprints:
        assert published.execute(query).fetchone() == (rows, sha256_of_rows), table


def test_every_reason_code_is_explained(published):
    used = published.execute(
        "select unnest(reason_codes) as code from audit.rejected_rows union "
        "select unnest(warnings) from audit.deliveries union select unnest(warnings) from audit.submissions union "
        "select reason from audit.submissions where reason is not null"
    ).fetchall()
    explained = published.execute("select code from audit.reason_codes").fetchall()
    assert used
    assert set(used) <= set(explained)


def test_a_figure_leads_to_an_original_that_is_there(home, published):
    """The page's last step: the file of the row that a judgement rests on, byte for byte."""
    (trace,) = [query for query in QUERIES if "audit.trace(" in query]
    answer = published.execute(trace)
    columns = [column[0] for column in answer.description]
    steps = [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
    resting_on_a_row = [step for step in steps if step["sha256"]]
    assert {"hak", "penyaluran"} <= {step["step"] for step in resting_on_a_row}
    for step in resting_on_a_row:
        original = home / "archive" / step["sha256"][:2] / step["sha256"]
        assert sha256(original.read_bytes()).hexdigest() == step["sha256"]
        assert step["row_number"] > 0


def test_every_table_and_status_that_the_page_names_exists(published):
    text = (ROOT / "docs" / "auditor.md").read_text()
    tables = {
        name
        for (name,) in published.execute("select distinct table_name from audit.data_dictionary").fetchall()
    }
    macros = {"late", "missing", "trace", "told", "field_sample"}
    assert set(re.findall(r"\baudit\.([a-z_]+)\b", text)) - macros <= tables
    named = set(
        re.findall(r"`(exact|under|over|none|on_time|late|pending|incomplete|missing|undated)`", text)
    )
    found = set()
    for column in ("amount_status", "timing_status"):
        found |= {
            value
            for (value,) in published.execute(
                f"select distinct {column} from audit.delivery_accuracy"
            ).fetchall()
        }
    assert found <= named
