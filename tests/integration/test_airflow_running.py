"""The running Airflow: files dropped, nobody touching anything, audit database and e-mails coming out."""

import os
import re
import signal
import time

import httpx
import psutil
import pytest

from include.inbox.unpublished import ATTEMPTED, PUBLISHED
from tests.integration.airflow.conftest import airflow  # noqa: F401 - the fixture

VILLAGE = "52.05.01.2005"
PEOPLE = [f"52050119990199{number:02d}" for number in range(31, 35)]
LIST = "dkp/beras/penerima/Penerima beras 2024.csv"
LOG = "dkp/beras/penyaluran/Penyaluran Januari.csv"
RECEIVED = "select count(*) from audit.submissions where file_name like '{}%' and status <> 'duplicate'"

pytestmark = pytest.mark.timeout(600)


def rows(header, lines):
    return "\n".join([header, *lines]) + "\n"


def log_of(nik, period="2024-01", day="20/01/2024"):
    return rows(
        "NIK,Nama,Desa,Periode,Jumlah (kg),Tanggal",
        [f"{nik},Orang Contoh {nik[-2:]},{VILLAGE},{period},10,{day}"],
    )


def received(airflow, prefix):  # noqa: F811
    found = airflow.audit(RECEIVED.format(prefix))
    return found[0][0] if found else 0


def test_a_dropped_file_becomes_an_audit_database_and_an_e_mail(airflow):  # noqa: F811
    airflow.drop(
        LIST, rows("NIK,Nama,Desa,Periode", [f"{nik},Orang Contoh,{VILLAGE},2024-01" for nik in PEOPLE])
    )
    airflow.wait("the list is published", lambda: received(airflow, "Penerima beras") == 1)
    airflow.wait_until_idle()

    airflow.drop(LOG, log_of(PEOPLE[0]))
    airflow.wait("the log is published", lambda: received(airflow, "Penyaluran Januari") == 1)
    timing = dict(
        airflow.audit(
            "select timing_status, count(*) from audit.delivery_accuracy where period = '2024-01' group by 1"
        )
    )
    assert timing == {"on_time": 1, "missing": 3}
    airflow.wait_until_idle()
    assert airflow.failed_runs() == []
    # Families have nothing although the due date has passed: their OPD was told.
    assert "dkp@dompukab.example" in {
        recipient for mail in airflow.mailbox.mails for recipient in mail.recipients
    }
    sent = airflow.audit("select count(*) from audit.alerts where status = 'sent'")
    assert sent == [(len(airflow.mailbox.mails),)]
    assert "1 dari 4 hak" in page(airflow, "ringkasan")  # on time


def test_three_clicks_lead_from_a_run_to_file_sheet_and_row(airflow):  # noqa: F811
    """Run, task, button: the mapped task bears the file's name, its button leads to the page with the refused rows."""
    airflow.drop(f"dkp/beras/penyaluran/Salah {PEOPLE[1]}.csv", log_of(PEOPLE[1], day="bukan tanggal"))
    airflow.wait("the log is published", lambda: received(airflow, "Salah") == 1)
    airflow.wait_until_idle()
    run = airflow.last_run("ingest_submissions")
    assert run.note == "Pantau: 1 file read, 1 row"
    path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/ingest/listMapped"
    [mapped] = airflow.get(path)["task_instances"]
    assert mapped["rendered_map_index"] == "dkp/beras/penyaluran/Salah ….csv"
    [address] = airflow.links(run, "ingest", 0).values()
    told = page(airflow, address.removeprefix("/pantau/"))
    assert "Salah ****************.csv" in told
    assert "Tanggal tidak dapat dibaca" in told
    assert "baris 2" in told

    run = airflow.last_run("monitor_disbursement")
    files = airflow.links(run, "load")["Berkas"]
    assert (
        f"; [1 submission]({files}) (1 refused, 0 in part), rows 0 accepted, 1 rejected; flags " in run.note
    )
    assert run.note.startswith("Pantau: as of 2024-02-13; ")
    for task_id in ("load", "close_run"):
        listed = page(airflow, airflow.links(run, task_id)["Berkas"].removeprefix("/pantau/"))
        assert "Salah ****************.csv" in listed
        assert "Penyaluran Januari.csv" not in listed
    assert airflow.links(run, "validate") == {"Mutu": "/pantau/mutu"}
    assert airflow.links(run, "publish") == {"Mutu": "/pantau/mutu", "Ringkasan": "/pantau/ringkasan"}


def test_a_list_that_drops_most_families_is_asked_about_and_can_be_set_aside(airflow):  # noqa: F811
    """While the question waits, everything else goes on; the answer is carried out, published and told."""
    families = [f"5205011999040{number:03d}" for number in range(12)]
    village = "52.05.01.2007"
    header = "NIK,Nama,Desa,Periode"
    airflow.drop(
        "dkp/beras/penerima/Dua belas.csv",
        rows(header, [f"{nik},Orang Contoh,{village},2024-01" for nik in families]),
    )
    airflow.wait("the list is published", lambda: received(airflow, "Dua belas") == 1)
    airflow.drop(
        "dkp/beras/penerima/Satu.csv", rows(header, [f"{families[0]},Orang Contoh,{village},2024-01"])
    )
    airflow.wait("somebody is asked", airflow.questions)
    airflow.wait_until_idle()
    dropped = f"select count(*) from audit.recipients_dropped where village_code = '{village}'"
    assert airflow.audit(dropped) == [(11,)]
    [question] = airflow.questions()
    assert question["task_instance"]["rendered_map_index"] == "dkp/beras/penerima: Satu.csv"
    assert "lists **1 families and drops 11** in 1 villages" in question["body"]
    mails = [mail.message for mail in airflow.mailbox.mails]
    [mail] = [one.get_content() for one in mails if "drop most of their families" in one["Subject"]]
    assert "Satu.csv, lists 1 families, drops 11" in mail

    airflow.answer(question, "Set it aside", f"Operator hanya mengirim keluarga {families[0]}")
    airflow.wait("the list before it counts again", lambda: airflow.audit(dropped) == [(0,)])
    airflow.wait_until_idle()
    assert airflow.audit("select decision, decided_by, reason from audit.decisions") == [
        ("set_aside", "admin", "Alasan: Operator hanya mengirim keluarga …")
    ]
    assert airflow.questions() == []
    assert airflow.last_run("decide_lists").note == "Pantau: 1 list asked about: dkp/beras/penerima/Satu.csv"
    assert airflow.failed_runs() == []


def page(airflow, path):  # noqa: F811
    """One of our pages as the local login gets it; without the login there is none."""
    url = f"{airflow.services.url}/pantau/{path}"
    assert httpx.get(url).status_code == 401
    user, password = airflow.services.login
    credentials = {"username": user, "password": password}
    token = httpx.post(f"{airflow.services.url}/auth/token", json=credentials).json()["access_token"]
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}).raise_for_status().text


def test_runs_that_files_started_are_known_as_such_and_closed(airflow):  # noqa: F811
    airflow.wait_until_idle()
    found = airflow.audit("select distinct outcome, started_by from audit.runs where started_by <> 'person'")
    assert found == [("succeeded", "files")]


def test_fifty_files_within_a_second_are_each_taken_in_once(airflow):  # noqa: F811
    for number in range(50):
        nik = f"5205011999020{number:03d}"
        airflow.drop(
            f"dkp/beras/penyaluran/Beruntun {number:02d}.csv",
            log_of(nik, "2024-02", f"{number % 12 + 1}/02/2024"),
        )
    airflow.wait("all are published", lambda: received(airflow, "Beruntun") == 50)
    airflow.wait_until_idle()
    found = airflow.audit(
        "select count(*), count(distinct sha256), count(distinct file_name) from audit.submissions where file_name like 'Beruntun%'"
    )
    assert found == [(50, 50, 50)]
    assert list((airflow.home / "claims").glob("[!.]*")) == []
    assert [path for path in (airflow.home / "inbox").rglob("*") if path.is_file()] == []
    assert airflow.failed_runs() == []


def test_files_dropped_while_the_triggerer_is_down_are_taken_in_when_it_is_back(airflow):  # noqa: F811
    airflow.services.stop_service("triggerer", signal.SIGTERM)
    for number in range(3):
        airflow.drop(
            f"dkp/beras/penyaluran/Tertunda {number}.csv",
            log_of(f"5205011999030{number:03d}", "2024-02", "5/02/2024"),
        )
    assert received(airflow, "Tertunda") == 0
    airflow.services.start_service("triggerer")
    airflow.wait("all are published", lambda: received(airflow, "Tertunda") == 3)


def test_what_a_dead_run_left_unpublished_is_taken_up_by_itself(airflow):  # noqa: F811
    airflow.wait_until_idle()
    ended = {run.run_id for run in airflow.api.runs()}
    long_ago = time.time() - 600
    for folder in [path for path in (airflow.home / "landing").rglob("*") if path.is_dir()]:
        os.utime(folder, (long_ago, long_ago))
    for marker in (PUBLISHED, ATTEMPTED):  # as they are when the run that loaded it was killed
        os.utime(airflow.home / marker, (long_ago - 1, long_ago - 1))
    airflow.wait(
        "it is published",
        lambda: (airflow.home / PUBLISHED).stat().st_mtime > long_ago and not airflow.api.woken(),
    )
    airflow.wait_until_idle()
    [run] = [run for run in airflow.api.runs() if run.run_id not in ended]
    assert (run.dag_id, run.run_type, run.state) == ("monitor_disbursement", "asset_triggered", "success")


def test_a_failed_step_fails_its_run_and_the_engineer_is_told_once(airflow):  # noqa: F811
    airflow.wait_until_idle()
    before = len(airflow.mailbox.mails)
    run_id = airflow.api.trigger("ingest_submissions", feeds=["dkp/gula"])
    airflow.wait("the run has ended", lambda: run_id in {run.run_id for run in airflow.failed_runs()})
    airflow.wait("the engineer is told", lambda: len(airflow.mailbox.mails) > before)
    [mail] = airflow.mailbox.mails[before:]
    assert mail.recipients == ("data.engineer@dompukab.example",)
    assert "no such feed: dkp/gula" in mail.message.get_content()
    assert run_id in mail.message.get_content()
    [run] = [run for run in airflow.failed_runs() if run.run_id == run_id]
    assert run.note.startswith("Pantau: FAILED: claim; nothing came in")


def test_a_run_that_is_not_done_in_time_is_told_by_airflow_itself(airflow):  # noqa: F811
    """The scheduler finds that the deadline is over, the triggerer calls what tells of it."""
    airflow.wait_until_idle()
    run_id = airflow.api.trigger("ingest_submissions")
    airflow.let_the_time_be_over(run_id)
    airflow.wait("the engineer is told", lambda: mail_about(airflow, run_id))
    mail = mail_about(airflow, run_id)
    assert mail["Subject"] == "[Pantau Salur] ingest_submissions: a run is not done in time"
    assert mail["To"] == "data.engineer@dompukab.example"


def test_a_morning_without_a_run_is_told_by_airflow_itself(airflow):  # noqa: F811
    """The scheduler starts the watch at its time; it finds that nothing has begun since seven."""
    airflow.wait_until_idle()
    attempted = airflow.home / ATTEMPTED
    attempted.touch()
    two_days_ago = time.time() - 2 * 86400
    os.utime(attempted, (two_days_ago, two_days_ago))
    airflow.let_the_clock_strike("watch_schedule")
    airflow.wait(
        "the watch has run", lambda: [run for run in airflow.failed_runs() if run.dag_id == "watch_schedule"]
    )
    run = airflow.last_run("watch_schedule")
    assert run.run_type == "scheduled"
    airflow.wait("the engineer is told", lambda: mail_about(airflow, run.run_id))
    mail = mail_about(airflow, run.run_id)
    assert mail["Subject"] == "[Pantau Salur] watch_schedule: look_for_a_run failed"
    assert "no run of monitor_disbursement has begun since" in mail.get_content()
    attempted.touch()


def mail_about(airflow, run_id):  # noqa: F811
    """The one mail in which a run is named, if there is any."""
    mails = [mail.message for mail in airflow.mailbox.mails]
    found = [mail for mail in mails if not mail.is_multipart() and run_id in mail.get_content()]
    return found[0] if found else None


def test_logs_hold_nobodys_number_and_no_noise_of_a_library(airflow):  # noqa: F811
    """After all that was done above: rows, a file's name and a reason held them."""
    logs = [path for path in airflow.services.home.logs.rglob("*") if path.is_file()]
    assert len(logs) > 40
    told = "".join(path.read_text(errors="replace") for path in logs)
    assert sorted(set(re.findall(r"5205011999\d{6}", told))) == []
    assert "Skipping registering function" not in told


def test_only_the_loopback_is_listened_on(airflow):  # noqa: F811
    ours = [
        process
        for leader in airflow.services.processes()
        for process in [leader, *leader.children(recursive=True)]
    ]
    addresses = {
        connection.laddr.ip
        for process in ours
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
