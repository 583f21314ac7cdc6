"""The demonstration touches no data of others, drops files truthfully and does not call a failure a success."""

import json
import os
import smtplib
import socket
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from include.config import load_configuration, registry
from include.demonstration import __main__ as demonstration
from include.demonstration.airflow_api import DagRun
from include.demonstration.airflow_home import AirflowHome
from include.demonstration.dropping import drop, drop_one_by_one
from include.demonstration.mailbox import Mailbox
from include.demonstration.services import AirflowServices, ServicesError, free_port
from include.demonstration.stage import (
    MARKER,
    StageError,
    clear_home,
    copy_configuration,
    refuse_demonstration,
    week_before_cutoff,
)
from include.demonstration.watching import faults_of_figures, judge
from include.sample.facts import Facts, PeriodFacts
from include.warehouse.connection import writer
from include.workspace import Workspace

DOMPU = Path(__file__).parents[3] / "include" / "config" / "dompu"


def run(dag_id, state="success"):
    return DagRun(dag_id, f"{dag_id}-{state}", state, "asset_triggered", None, None)


@pytest.fixture
def ws(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PANTAU_CONFIG", raising=False)
    return Workspace.open()


@pytest.fixture
def mailbox(tmp_path):
    with Mailbox(tmp_path / "mailbox") as mailbox:
        yield mailbox


def send(mailbox, message_id="<one@example>"):
    with smtplib.SMTP("127.0.0.1", int(mailbox.url.rsplit(":", 1)[1])) as client:
        text = f"Subject: =?utf-8?q?Perihal=20=E2=80=93=20dua?=\r\nMessage-ID: {message_id}\r\n\r\nisi\r\n"
        client.sendmail("a@example", ["dkp@example", "cc@example"], text)


def outbox(ws, status="sent", message_id="<one@example>"):
    values = {
        "alert_id": "1", "kind": "digest", "recipient_role": "opd", "recipients": "[]", "cc": "[]", "subject": "Perihal",
        "body_sha256": "", "message_id": message_id, "state_hash": "", "eml_file": "", "as_of": date(2024, 2, 13),
        "created_at": "2024-02-13", "status": status, "flags_new": 1, "flags_open": 1, "flags_resolved": 0, "state": "{}",
    }  # fmt: skip
    with writer(ws) as connection:
        marks = ", ".join("?" * len(values))
        connection.execute(
            f"insert into ledger.outbox ({', '.join(values)}) values ({marks})", list(values.values())
        )


# --- the home


def test_a_home_with_other_data_is_refused_and_left_alone(tmp_path):
    (tmp_path / "warehouse.duckdb").write_text("dear")
    with pytest.raises(StageError, match="--no-sample"):
        clear_home(tmp_path)
    assert (tmp_path / "warehouse.duckdb").read_text() == "dear"
    assert not (tmp_path / MARKER).exists()


def test_a_demonstrations_home_is_emptied(tmp_path):
    clear_home(tmp_path / "home")
    (tmp_path / "home" / "landing").mkdir()
    (tmp_path / "home" / "secret").write_text("old")
    clear_home(tmp_path / "home")
    assert [path.name for path in (tmp_path / "home").iterdir()] == [MARKER]


def test_folders_and_a_key_that_any_command_makes_are_no_data(tmp_path):
    home = tmp_path / "home"
    (home / "inbox" / "dkp").mkdir(parents=True)
    (home / "secret").write_text("made by a command that only looked")
    clear_home(home)
    assert [path.name for path in home.iterdir()] == [MARKER]
    other = tmp_path / "other"
    (other / "inbox").mkdir(parents=True)
    (other / "inbox" / "a.csv").touch()
    with pytest.raises(StageError):
        clear_home(other)


def test_real_data_is_kept_out_of_a_demonstrations_home(tmp_path):
    refuse_demonstration(tmp_path / "none yet")
    clear_home(tmp_path / "home")
    with pytest.raises(StageError, match="PANTAU_HOME=/another/folder"):
        refuse_demonstration(tmp_path / "home")


def test_all_regencies_are_served_and_one_that_cannot_be_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "regencies.yml").write_text(
        f'regencies: [{{code: "52.05", configuration: {DOMPU}, home: homes/52.05}},'
        ' {code: "52.06", configuration: nowhere, home: homes/52.06}]'
    )
    monkeypatch.setenv("PANTAU_REGENCIES", str(tmp_path / "regencies.yml"))
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "airflow"))
    served = []
    monkeypatch.setattr(demonstration, "_airflow", lambda home, _: served.append(home) or nullcontext())
    for silent in ("prepare_dbt", "_tell_login", "_wait"):
        monkeypatch.setattr(demonstration, silent, lambda *_, **__: None)
    assert demonstration.serve_several(Namespace(once=True), registry()) == 0
    assert served == [tmp_path / "airflow"]
    assert "configuration of 52.06 has 1 mistake" in " ".join(capsys.readouterr().out.split())
    assert sorted(path.name for path in (tmp_path / "homes").iterdir()) == ["52.05"]


def test_what_a_killed_predecessor_left_is_ended_and_nothing_else(tmp_path):
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    left = subprocess.Popen([*sleeping, "airflow scheduler"], start_new_session=True)
    # Its number was noted too, and is somebody else's by now.
    other = subprocess.Popen(sleeping, start_new_session=True)
    services = AirflowServices(tmp_path)
    services.home.prepare()
    services._noted.write_text(json.dumps([left.pid, other.pid, 4_000_000]))
    try:
        services._end_leftovers()
        left.wait(timeout=5)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert not services._noted.exists()


def test_what_a_link_in_the_home_points_to_is_not_emptied(tmp_path):
    clear_home(tmp_path / "home")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "dear").touch()
    (tmp_path / "home" / "inbox").symlink_to(tmp_path / "elsewhere")
    clear_home(tmp_path / "home")
    assert (tmp_path / "elsewhere" / "dear").exists()


def test_a_home_that_is_being_served_is_neither_emptied_nor_served_twice(tmp_path):
    home = tmp_path / "home"
    clear_home(home)
    first = AirflowServices(home)
    first.home.prepare()
    first._take_home()
    with pytest.raises(StageError, match="running"):
        clear_home(home)
    second = AirflowServices(home)
    with pytest.raises(ServicesError, match="already serves"):
        second._take_home()
    first.stop()


def test_the_own_configuration_differs_in_the_wait_only(tmp_path):
    copy_configuration(DOMPU, tmp_path / "copy", settle_seconds=5)
    ours, theirs = load_configuration(tmp_path / "copy"), load_configuration(DOMPU)
    assert ours.alerts.settle_seconds == 5
    assert ours.alerts.model_copy(update={"settle_seconds": theirs.alerts.settle_seconds}) == theirs.alerts
    assert yaml.safe_load((tmp_path / "copy" / "feeds.yml").read_text()) == yaml.safe_load(
        (DOMPU / "feeds.yml").read_text()
    )


def test_the_demonstration_plays_in_the_week_before_the_first_cutoff():
    assert week_before_cutoff(DOMPU).isoformat() == "2024-02-13T09:00:00+08:00"


# --- the services


def test_keys_and_password_are_kept_and_private(tmp_path):
    home = AirflowHome(tmp_path)
    home.prepare()
    before = home.environment(8080), home.password
    home.prepare()
    assert (home.environment(8080), home.password) == before
    assert len(home.password) >= 16
    for name in ("keys.json", "passwords.json"):
        assert (home.folder / name).stat().st_mode & 0o077 == 0


def test_settings_of_another_airflow_do_not_leak_in(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CORE__SQL_ALCHEMY_CONN", "postgresql://elsewhere")
    home = AirflowHome(tmp_path)
    home.prepare()
    environment = home.environment(8080)
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__CORE__SQL_ALCHEMY_CONN" not in environment


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert free_port(taken.getsockname()[1]) > taken.getsockname()[1]


# --- dropping


def test_files_are_dropped_in_order_whole_and_with_their_times(tmp_path, monkeypatch):
    monkeypatch.setattr("include.demonstration.dropping.SECONDS_BETWEEN_AT_MOST", 0.0)
    sample, inbox = tmp_path / "sample", tmp_path / "inbox"
    files = [sample / "dkp" / name for name in ("b.csv", "a.csv")]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name)
        os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))
    dropped = list(drop_one_by_one(files, sample, inbox))
    assert dropped == [Path("dkp/b.csv"), Path("dkp/a.csv")]
    assert [(inbox / path).stat().st_mtime for path in dropped] == [1_700_000_000, 1_700_000_001]
    assert sorted(path.name for path in (inbox / "dkp").iterdir()) == ["a.csv", "b.csv"]


def test_a_dropped_file_keeps_its_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff\xfe")
    drop(tmp_path / "file", tmp_path / "in" / "box" / "file.csv")
    assert (tmp_path / "in" / "box" / "file.csv").read_bytes() == b"\xff\xfe"


# --- mailbox and verdict


def test_the_mailbox_keeps_what_it_is_sent(mailbox):
    send(mailbox)
    [mail] = mailbox.mails
    assert (mail.recipients, mail.subject, mail.message_id) == (
        ("dkp@example", "cc@example"), "Perihal – dua", "<one@example>",
    )  # fmt: skip
    assert b"isi" in mail.file.read_bytes()


def test_all_went_as_expected(ws, mailbox):
    outbox(ws)
    send(mailbox)
    assert judge(ws, (run("ingest_submissions"), run("monitor_disbursement")), mailbox.mails, []).faults == []


@pytest.mark.parametrize(
    ("runs", "dropped", "fault"),
    [
        ((run("ingest_submissions"),), [], "monitor_disbursement: no run has succeeded"),
        (
            (run("ingest_submissions"), run("monitor_disbursement"), run("monitor_disbursement", "failed")),
            [],
            "monitor_disbursement: run monitor_disbursement-failed ended as failed",
        ),
        (
            (run("ingest_submissions"), run("monitor_disbursement")),
            [Path("dinsos/p3ke/x.csv")],
            "match_registries: no run has succeeded",
        ),
    ],
)
def test_a_run_that_failed_or_is_lacking_is_a_fault(ws, mailbox, runs, dropped, fault):
    outbox(ws)
    send(mailbox)
    assert judge(ws, runs, mailbox.mails, dropped).faults == [fault]


def test_a_mail_that_did_not_arrive_is_a_fault(ws, mailbox):
    outbox(ws)
    faults = judge(ws, (run("ingest_submissions"), run("monitor_disbursement")), mailbox.mails, []).faults
    assert faults == ["e-mail sent but not received: Perihal"]


def test_a_mail_that_was_not_sent_is_a_fault(ws, mailbox):
    outbox(ws, status="failed")
    faults = judge(ws, (run("ingest_submissions"), run("monitor_disbursement")), mailbox.mails, []).faults
    assert faults == ["e-mail not sent (failed): Perihal"]


def test_no_mail_at_all_is_a_fault(ws, mailbox):
    with writer(ws):
        pass
    [fault] = judge(ws, (run("ingest_submissions"), run("monitor_disbursement")), mailbox.mails, []).faults
    assert "no e-mail was due" in fault


# --- figures


def test_figures_are_held_against_what_was_planted(ws):
    ws.settings.audit_dir.mkdir(exist_ok=True)
    with duckdb.connect(str(ws.settings.audit_db)) as connection:
        connection.execute(
            """
            create schema audit;
            create table audit.submissions as from (values ('dkp/l', 'a.csv'), ('dkp/l', 'b.zip/c.csv')) as t (feed, file_name);
            create table audit.delivery_accuracy as
            from (values ('beras', '2024-01', 'on_time'), ('beras', '2024-01', 'late')) as t (program_code, period, timing_status)
            """
        )
    january = PeriodFacts("dkp", "beras", "2024-01", date(2024, 1, 25), timing=Counter(on_time=1, late=1))
    planted = Facts(date(2024, 2, 13), [january])
    dropped = [Path("dkp/l/a.csv"), Path("dkp/l/b.zip")]
    assert faults_of_figures(ws, dropped, planted) == []
    assert faults_of_figures(ws, [Path("dkp/l/lost.csv")], planted) == [
        "file without a submission: dkp/l/lost.csv"
    ]
    january.timing["late"] = 2
    [fault] = faults_of_figures(ws, dropped, planted)
    assert fault.startswith("beras 2024-01: judged {'on_time': 1, 'late': 1}, planted")
    [fault] = faults_of_figures(ws, dropped, Facts(date(2024, 2, 13)))
    assert fault == "beras 2024-01: judged, but nothing was planted"


def test_nothing_published_is_a_fault(ws):
    assert faults_of_figures(ws, [], Facts(date(2024, 2, 13))) == ["no audit database was published"]
