"""The published file: whole, described, masked, replaced in one step, kept in history."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.audit import privacy_check
from include.audit import publish as publishing
from include.audit.dictionary import ManifestMissingError
from include.audit.publish import PublicationError, publish, publish_outcome
from include.inbox.claim import receipt_number
from include.warehouse.connection import reader, writer
from include.workspace import Workspace

AS_OF = date(2024, 2, 12)


def _ask(path: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _history(ws: Workspace) -> list[Path]:
    return sorted((ws.settings.audit_dir / "history").iterdir())


def test_the_file_holds_dbts_tables_and_the_ledgers(ws: Workspace, manifest: Path) -> None:
    report = publish(ws, AS_OF, "run-1", manifest)
    assert report.path == ws.settings.audit_db
    # What the configuration says is tried where there is one: tests/integration/golden/test_trace.py.
    configured = {
        "calendar", "parameters", "program_pauses", "program_periods", "program_stages", "programs", "report_deadlines",
        "susenas_windows",
    }  # fmt: skip
    assert {table: rows for table, rows in report.row_counts.items() if table not in configured} == {
        "alert_flags": 0, "alerts": 0, "data_dictionary": len(_ask(report.path, "from audit.data_dictionary")),
        "decisions": 0, "deliveries": 1, "delivery_accuracy": 2, "erasures": 0, "fingerprints": 26, "flags": 1, "matching_models": 0,
        "publications": 1, "reason_codes": 1, "recipients_dropped": 1, "recipients_listed": 1, "registry_matches": 0,
        "rejected_rows": 1, "removals": 0, "replays": 0, "reveals": 0, "rules": 3, "runs": 1, "submissions": 2, "village_summary": 1,
    }  # fmt: skip
    assert configured <= report.row_counts.keys()
    assert _ask(report.path, "select schema_name from duckdb_tables() where schema_name <> 'audit'") == []
    assert _ask(report.path, "select rule, outcome from audit.rules order by 1") == [
        ("delivery_duplicate", None), ("delivery_late", "failed"), ("delivery_missing", "not_evaluated"),
    ]  # fmt: skip


def test_every_code_is_explained_in_the_file_itself(ws: Workspace, manifest: Path) -> None:
    report = publish(ws, AS_OF, "run-1", manifest)
    unexplained = (
        "select code from (select unnest(warnings) as code from audit.deliveries) "
        "where code not in (select code from audit.reason_codes)"
    )
    assert _ask(report.path, unexplained) == []
    assert _ask(
        report.path, "select level, text, remedy from audit.reason_codes where code = 'nik_invalid'"
    ) == [("warning", "NIK tidak sah.", "Cocokkan dengan KTP.")]


def test_columns_come_in_the_contracts_order(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    columns = (
        "select column_name from information_schema.columns where table_name = '{}' order by ordinal_position"
    )
    flags = [name for (name,) in _ask(ws.settings.audit_db, columns.format("flags"))]
    assert flags[:12] == [
        "flag_id", "rule", "severity", "opd_code", "program_code", "period", "village_code", "entitlement_id",
        "delivery_id", "submission_id", "first_seen_on", "resolved_on",
    ]  # fmt: skip
    alerts = [name for (name,) in _ask(ws.settings.audit_db, columns.format("alerts"))]
    assert alerts[:10] == [
        "alert_id", "recipient_role", "opd_code", "sent_at", "status", "subject", "body_sha256", "flags_new",
        "flags_open", "flags_resolved",
    ]  # fmt: skip


def test_what_a_later_day_saw_is_not_published_for_an_earlier_one(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    assert _ask(ws.settings.audit_db, "select flag_id from audit.flags") == [("f1",)]
    publish(ws, date(2024, 3, 2), "run-2", manifest)
    assert _ask(ws.settings.audit_db, "select flag_id from audit.flags order by 1") == [
        ("f1",),
        ("f2",),
        ("f3",),
    ]


def test_every_table_and_column_is_described(ws: Workspace, manifest: Path) -> None:
    assert publish(ws, AS_OF, "run-1", manifest).undescribed == []
    tables = _ask(ws.settings.audit_db, "select table_name, comment from duckdb_tables()")
    assert all(comment and "\n" not in comment for _, comment in tables)
    assert dict(tables)["deliveries"] == "Tabel deliveries, satu baris untuk setiap 'hal'."
    columns = dict(
        _ask(
            ws.settings.audit_db,
            "select table_name || '.' || column_name, comment from duckdb_columns() where schema_name = 'audit'",
        )
    )
    dictionary = dict(
        _ask(
            ws.settings.audit_db,
            "select table_name || '.' || column_name, description from audit.data_dictionary",
        )
    )
    assert columns == dictionary
    assert dictionary["flags.first_seen_on"] == "Kolom first_seen_on."


def test_a_missing_description_is_named_and_stops_nothing(ws: Workspace, manifest: Path) -> None:
    content = json.loads(manifest.read_text())
    content["nodes"]["model.p.deliveries"]["columns"]["amount"]["description"] = ""
    content["nodes"]["model.p.submissions"]["description"] = ""
    manifest.write_text(json.dumps(content))
    assert publish(ws, AS_OF, "run-1", manifest).undescribed == ["submissions", "deliveries.amount"]


def test_without_dbts_manifest_nothing_is_published(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ManifestMissingError):
        publish(ws, AS_OF, "run-1", tmp_path / "none.json")


def test_macros_for_auditors(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    path = ws.settings.audit_db
    assert _ask(path, "select entitlement_id from audit.late('beras', '2024-01')") == [("E1",)]
    assert _ask(path, "select entitlement_id from audit.late(program := null, period := null)") == [("E1",)]
    assert _ask(path, "from audit.late('beras', '2024-02')") == []
    assert _ask(path, "select entitlement_id from audit.missing('beras', '2024-01')") == [("E2",)]
    trace = _ask(path, "select step, file_name, sheet, row_number, status from audit.trace('E1')")
    assert trace == [
        ("hak", "penerima.xlsx", "Dompu", 7, None),
        ("penyaluran", "log.xlsx", "Sheet1", 6, "delivered"),
        ("baris ditolak", "log.xlsx", "Sheet1", 9, "amount_invalid"),
        ("penilaian", None, None, None, "exact, late"),
        ("temuan", None, None, None, "terbuka"),
    ]
    explained = _ask(path, "select explanation from audit.trace('E1') where step = 'temuan'")
    assert explained == [("delivery_late: Tepat waktu. Dasar: Uji",)]


def test_a_trace_says_what_superseded_a_row_and_which_mail_told_it(ws: Workspace, manifest: Path) -> None:
    with writer(ws) as connection:
        connection.execute(
            """
            insert into audit.deliveries select * replace ('s1:1:4' as delivery_id, 's1' as submission_id, 4 as row_number,
                false as is_current, false as is_counted, 'corrected' as superseded_how, 's2:1:6' as superseded_by)
            from audit.deliveries;
            insert into audit.recipients_dropped select * replace ('E1' as entitlement_id) from audit.recipients_dropped;
            insert into reference.parameters values
                ('2024-02-12', 'run-1', '52.05', 'Dompu', 'Nusa Tenggara Barat', 'Asia/Makassar', 11941, 0, null);
            insert into ledger.outbox by name select 'a1' as alert_id, 'digest' as kind, 'opd_head' as recipient_role,
                '' as recipients, '' as cc, 'Perihal' as subject, 'x' as body_sha256, 'm' as message_id, 'h' as state_hash,
                'a.eml' as eml_file, date '2024-02-12' as as_of, timestamp '2024-02-12 17:00:00' as created_at,
                'written' as status, 1 as flags_new, 1 as flags_open, 0 as flags_resolved,
                '{"told": {"warning": ["f1"]}}' as state;
            """
        )
    publish(ws, AS_OF, "run-1", manifest)
    path = ws.settings.audit_db
    steps = {step: text for step, text in _ask(path, "select step, explanation from audit.trace('E1')")}
    assert steps["penyaluran tidak berlaku"].startswith('Dikoreksi oleh "log.xlsx", lembar Sheet1, baris 6')
    assert steps["hak dikeluarkan"].startswith("Daftar kemudian tidak lagi memuat")
    # A mail of 17.00 UTC is one of the next day in the regency; the list comes before what a later one took away.
    assert list(steps)[:2] == ["hak", "hak dikeluarkan"]
    assert _ask(path, "select on_date::varchar from audit.trace('E1') where step = 'surel'") == [
        ("2024-02-13",)
    ]
    assert _ask(path, "select as_sent from audit.trace('E1') where step = 'hak'") == [
        ("jumlah hak: 10 kg; periode: Jan-24; desa: Ds. Nowa",)
    ]
    assert steps["surel"] == "Perihal (kepada opd_head, menyebut delivery_late)"
    sent = _ask(path, "select as_sent from audit.trace('E1') where step = 'penyaluran'")
    assert sent == [("jumlah: 10 kg; tanggal: 5/2/24; status: sudah; BAST: BAST/1",)]
    assert _ask(path, "select rule, entitlement_id, file_name, row_number from audit.told('a1')") == [
        ("delivery_late", "E1", "log.xlsx", 6)
    ]


def test_who_was_dropped_before_anything_came_has_a_trace(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    found = _ask(
        ws.settings.audit_db, "select step, file_name, row_number, amount, explanation from audit.trace('E9')"
    )
    assert [row[:4] for row in found] == [
        ("hak", "penerima.xlsx", 7, 10), ("hak dikeluarkan", "log.xlsx", None, 0), ("penilaian", None, None, 0),
    ]  # fmt: skip
    assert found[2][4] == "Tidak dinilai: dikeluarkan dari daftar sebelum menerima apa pun"


@pytest.mark.parametrize(("shortfall", "said"), [(-10.5, "Kelebihan 10,5 kg."), (100, "Kekurangan 100 kg.")])
def test_too_much_is_called_too_much(ws: Workspace, manifest: Path, shortfall: float, said: str) -> None:
    with writer(ws) as connection:
        connection.execute(
            "update ledger.flags set shortfall = ?, unit = 'kg' where flag_id = 'f1'", [shortfall]
        )
    publish(ws, AS_OF, "run-1", manifest)
    assert _ask(
        ws.settings.audit_db, "select amount, explanation from audit.trace('E1') where step = 'temuan'"
    ) == [(abs(shortfall), f"delivery_late: Tepat waktu. {said} Dasar: Uji")]


def test_a_finding_that_speaks_of_a_village_names_it(ws: Workspace, manifest: Path) -> None:
    with writer(ws) as connection:
        connection.execute(
            """
            update ledger.flags set entitlement_id = null, village_code = '52.05.01.2001' where flag_id = 'f1';
            insert into ledger.outbox by name select 'a1' as alert_id, 'digest' as kind, 'opd_head' as recipient_role,
                '' as recipients, '' as cc, 'Perihal' as subject, 'x' as body_sha256, 'm' as message_id, 'h' as state_hash,
                'a.eml' as eml_file, date '2024-02-12' as as_of, timestamp '2024-02-12 01:00:00' as created_at,
                'written' as status, 1 as flags_new, 1 as flags_open, 0 as flags_resolved,
                '{"told": {"warning": ["f1"]}}' as state;
            """
        )
    publish(ws, AS_OF, "run-1", manifest)
    assert _ask(ws.settings.audit_db, "select village_name from audit.told('a1')") == [("Nowa",)]


def test_a_trace_holds_the_flags_of_its_deliveries_too(ws: Workspace, manifest: Path) -> None:
    publish(ws, date(2024, 3, 2), "run-1", manifest)
    explained = _ask(ws.settings.audit_db, "select explanation from audit.trace('E1') where step = 'temuan'")
    assert explained == [
        ("delivery_late: Tepat waktu. Dasar: Uji",), ("delivery_duplicate: Tidak berulang. Dasar: Uji",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["5205019901999001.xlsx", "NIK 5205 0199 0199 9001 dan 5205-0199-0199-9002"]
)
def test_a_number_of_a_person_in_a_file_name_is_masked(ws: Workspace, manifest: Path, typed: str) -> None:
    with writer(ws) as connection:
        connection.execute("update audit.submissions set file_name = ? where submission_id = 's2'", [typed])
    publish(ws, AS_OF, "run-1", manifest)
    ((name,),) = _ask(
        ws.settings.audit_db, "select file_name from audit.submissions where submission_id = 's2'"
    )
    assert "9001" not in name
    assert "9002" not in name
    assert "****" in name
    assert b"5205019901999001" not in ws.settings.audit_db.read_bytes()
    assert _ask(ws.settings.audit_db, "select distinct length(sha256) from audit.submissions") == [(64,)]


def test_a_publication_that_fails_its_check_leaves_the_last_one(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    before = ws.settings.audit_db.read_bytes()
    with writer(ws) as connection:
        connection.execute("update audit.deliveries set warnings = ['5205019901999001']")
    with pytest.raises(PublicationError, match=r"deliveries\.warnings holds sixteen digits in 1") as caught:
        publish(ws, AS_OF, "run-2", manifest)
    assert "5205019901999001" not in str(caught.value)
    assert ws.settings.audit_db.read_bytes() == before
    assert [path.name for path in ws.settings.audit_dir.iterdir() if path.name.startswith(".")] == []


def test_rows_lost_on_the_way_are_noticed(
    ws: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = publishing._copy_models

    def losing(connection: duckdb.DuckDBPyConnection, models: list[str]) -> dict[str, int]:
        copied = whole(connection, models)
        connection.execute("delete from audit.delivery_accuracy where entitlement_id = 'E2'")
        return copied

    monkeypatch.setattr(publishing, "_copy_models", losing)
    with pytest.raises(PublicationError, match="delivery_accuracy has 1 rows instead of 2"):
        publish(ws, AS_OF, "run-1", manifest)
    assert not ws.settings.audit_db.exists()


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("begin transaction")
print(connection.execute("select count(*) from audit.delivery_accuracy").fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute("select count(*) from audit.delivery_accuracy").fetchone()[0], flush=True)
"""


def test_a_reader_keeps_what_it_opened_and_blocks_nobody(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(ws.settings.audit_db)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "2\n"
    with writer(ws) as connection:
        connection.execute("delete from audit.delivery_accuracy where entitlement_id = 'E2'")
    publish(ws, AS_OF, "run-2", manifest)
    publish_outcome(ws, "run-2")
    assert _ask(ws.settings.audit_db, "select count(*) from audit.delivery_accuracy") == [(1,)]
    assert process.communicate("\n", timeout=10)[0] == "2\n"


LONG_READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("begin transaction")
question = "select max(amount) from audit.deliveries cross join range(2000000)"
print(connection.execute(question).fetchone()[0], flush=True)
for _ in sys.stdin:
    print(connection.execute(question).fetchone()[0], flush=True)
"""


def test_twenty_readers_keep_what_they_opened_through_twenty_publications(
    ws: Workspace, manifest: Path
) -> None:
    """Reader n opens publication n, asks a long question while the next is published, and again when all are."""
    readers = []
    for number in range(1, 21):
        with writer(ws) as connection:
            connection.execute("update audit.deliveries set amount = ?", [number])
        assert publish(ws, AS_OF, f"run-{number}", manifest).number == number
        readers.append(
            subprocess.Popen(
                [sys.executable, "-c", LONG_READER, str(ws.settings.audit_db)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        assert readers[-1].stdout is not None
        assert readers[-1].stdout.readline() == f"{number}.0\n"
        assert readers[-1].stdin is not None
        readers[-1].stdin.write("\n")
        readers[-1].stdin.flush()
    assert _ask(ws.settings.audit_db, "select amount from audit.deliveries") == [(20,)]
    answers = [process.communicate("\n", timeout=60)[0] for process in readers]
    assert answers == [f"{number}.0\n" * 2 for number in range(1, 21)]


def test_history_keeps_as_many_as_configured(ws: Workspace, manifest: Path) -> None:
    for number in (1, 2, 3):
        assert publish(ws, AS_OF, f"run-{number}", manifest).number == number
    assert [path.name for path in _history(ws)] == [
        "20240212T010203Z-000002.duckdb", "20240212T010203Z-000003.duckdb",
    ]  # fmt: skip
    with reader(ws) as connection:
        recorded = connection.execute(
            "select publication_number, run_id, as_of, file_name from ledger.publications order by 1"
        ).fetchall()
    assert recorded[2] == (3, "run-3", AS_OF, "20240212T010203Z-000003.duckdb")
    assert len(recorded) == 3


def test_the_published_file_cannot_alter_history(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    with duckdb.connect(str(ws.settings.audit_db)) as careless:
        careless.execute("delete from audit.delivery_accuracy")
    assert _ask(_history(ws)[0], "select count(*) from audit.delivery_accuracy") == [(2,)]


def test_a_run_tried_again_replaces_its_own_publication(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    assert publish(ws, AS_OF, "run-1", manifest).number == 1
    assert len(_history(ws)) == 1


@pytest.mark.parametrize("step", ["_install_copy", "install", "writer"])
def test_killed_while_publishing_and_run_again(
    ws: Workspace, manifest: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*args: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing, step, killed)
        with pytest.raises(KeyboardInterrupt):
            publish(ws, AS_OF, "run-1", manifest)
    assert publish(ws, AS_OF, "run-2", manifest).number == 1
    assert len(_history(ws)) == 1
    assert [path.name for path in ws.settings.audit_dir.iterdir() if path.name.startswith(".")] == []


def test_the_outcome_of_the_run_is_published_after_it(ws: Workspace, manifest: Path) -> None:
    publish(ws, AS_OF, "run-1", manifest)
    with writer(ws) as connection:
        connection.execute(
            "update ledger.runs set outcome = 'succeeded', finished_at = '2024-02-12 00:01:00'"
        )
        connection.execute("update ledger.flags set resolved_on = '2024-02-12' where flag_id = 'f1'")
    assert publish_outcome(ws, "run-1") == ws.settings.audit_db
    for path in (ws.settings.audit_db, *_history(ws)):
        assert _ask(path, "select outcome from audit.runs") == [("succeeded",)]
        assert _ask(path, "select resolved_on from audit.flags") == [(AS_OF,)]
    comments = _ask(ws.settings.audit_db, "select comment from duckdb_tables() where table_name = 'runs'")
    assert comments[0][0].startswith("Tabel runs")
    assert _ask(ws.settings.audit_db, "select count(*) from audit.trace('E1')") == [(5,)]


def test_a_run_that_failed_before_publishing_touches_neither_flags_nor_history(
    ws: Workspace, manifest: Path
) -> None:
    assert publish_outcome(ws, "run-0") is None
    publish(ws, AS_OF, "run-1", manifest)
    before = _history(ws)[0].read_bytes()
    with writer(ws) as connection:
        connection.execute(
            "insert into ledger.runs values "
            "('run-2', '2024-03-02', '2024-03-02 00:00:00', null, 'failed', 'command', '{}', null, null)"
        )
        connection.execute("update ledger.flags set resolved_on = '2024-02-12'")
    publish_outcome(ws, "run-2")
    assert _ask(ws.settings.audit_db, "select run_id, outcome from audit.runs order by 1") == [
        ("run-1", "running"), ("run-2", "failed"),
    ]  # fmt: skip
    assert _ask(ws.settings.audit_db, "select resolved_on from audit.flags") == [(None,)]
    assert _history(ws)[0].read_bytes() == before


def test_a_receipt_number_is_no_nik_however_many_digits_its_submission_has() -> None:
    number = receipt_number("s12345678901234", datetime(2024, 2, 13, tzinfo=UTC))
    connection = duckdb.connect()
    connection.execute(
        "create schema audit; create table audit.alerts as select * from (values "
        f"('1 baris ditolak ({number})'), ('{number} dan 5205059901990001')) as t (subject)"
    )
    assert privacy_check.findings(connection, "alerts") == {"subject": 1}
    privacy_check.mask_remaining(connection, "alerts")
    assert connection.execute("select subject from audit.alerts").fetchall() == [
        (f"1 baris ditolak ({number})",),
        (f"{number} dan ****************",),
    ]
