"""The outbox against a real SMTP server: nothing lost, nothing doubled, whatever the server does and whenever we are killed."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.alerts import AlertReport, send_alerts
from include.alerts import outbox as outbox_module
from include.alerts import smtp as smtp_module
from include.alerts.smtp import SmtpProblem, probe
from include.config import load_configuration
from include.settings import Settings
from include.workspace import Workspace
from tests.integration.smtp.mail_server import Behaviour, free_port, mail_server, wait_for
from tests.unit.alerts.made_by_hand import (
    AS_OF,
    CONFIG,
    Home,
    home,
    prepared_warehouse,
    pretend,
    text_of,
    without_ladder,
)

__all__ = ["home", "prepared_warehouse", "pretend", "without_ladder"]

VILLAGE = "52.05.01.2008"
HEAD, SECOND, THIRD = "dpmpd@dompukab.example", "sekretaris@dompukab.example", "kabid@dompukab.example"
OPERATOR = "operator.dkp@dompukab.example"
ENGINEER, COORDINATOR = "data.engineer@dompukab.example", "bappeda.litbang@dompukab.example"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[tuple[Behaviour, int]]:
    behaviour = Behaviour()
    with mail_server(behaviour) as port:
        yield behaviour, port


@pytest.fixture
def due(home: Home) -> Home:
    """A home in which one digest is due, to three addresses."""
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    return copied_to(home, [SECOND, THIRD])


def copied_to(home: Home, cc: list[str]) -> Home:
    configuration = home.ws.configuration
    opds = [opd.model_copy(update={"cc": cc}) if opd.code == "dpmpd" else opd for opd in configuration.opds]
    home.ws = Workspace(home.ws.settings, configuration.model_copy(update={"opds": opds}))
    return home


def run(home: Home, port: int, run_id: str = "run", login: str = "") -> AlertReport:
    settings = Settings(home=home.ws.settings.home, smtp_url=f"smtp://{login}127.0.0.1:{port}")
    return send_alerts(Workspace(settings, home.ws.configuration), AS_OF, run_id, send=True)


def digest_row(home: Home) -> dict[str, Any]:
    return next(row for row in home.outbox() if row["kind"] == "digest")


def test_sent_once_to_all_with_what_is_in_the_outbox(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    assert run(due, port, "run1").sent == 1
    assert run(due, port, "run2") == AlertReport(unchanged=1)
    ((addresses, mail),) = behaviour.accepted
    row = digest_row(due)
    assert addresses == [HEAD, SECOND, THIRD]
    assert mail["Cc"] == f"{SECOND}, {THIRD}"
    assert (row["status"], row["attempts"], row["error"]) == ("sent", 1, None)
    assert row["sent_at"] is not None
    assert mail["Message-ID"] == row["message_id"]
    assert text_of(mail) == text_of(due.mails()[0])


def test_server_down_then_up(due: Home) -> None:
    port = free_port()
    report = run(due, port, "run1")
    assert (report.sent, report.failed, report.waiting) == (0, 0, 1)
    assert digest_row(due)["status"] == "queued"
    assert run(due, port, "run2").waiting == 1
    behaviour = Behaviour()
    with mail_server(behaviour, port):
        assert run(due, port, "run3").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]
    assert len(due.outbox()) == 1


def test_no_second_digest_while_one_waits(due: Home, server: tuple[Behaviour, int]) -> None:
    run(due, free_port(), "run1")
    due.missing("blt_dd", "2024-01", VILLAGE, 1)
    assert run(due, free_port(), "run2").held == 1
    behaviour, port = server
    report = run(due, port, "run3")  # the waiting one first, then the new critical flag at once
    assert report.sent == 2
    assert behaviour.message_ids == [row["message_id"] for row in due.outbox()]
    assert [row["flags_new"] for row in due.outbox()] == [2, 1]


def test_one_of_three_refused_the_others_get_it_and_engineer_and_coordinator_hear(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    behaviour.rcpt[SECOND] = "550 5.1.1 no such user"
    assert run(due, port, "run1").sent == 3
    (digest, _), (notice, mail), (copy, coordinators) = behaviour.accepted
    assert (digest, notice, copy) == ([HEAD, THIRD], [ENGINEER], [COORDINATOR])
    assert digest_row(due)["status"] == "sent"
    assert "no such user" in digest_row(due)["error"]
    assert "1 surel perlu ditangani" in mail["Subject"]
    for told in (mail, coordinators):
        assert f"{SECOND}: 550 5.1.1 no such user" in text_of(told).replace("\n", " ")
    assert "Yth. Kepala Bappeda dan Litbang" in text_of(coordinators)
    assert run(due, port, "run2").sent == 0
    assert len(behaviour.accepted) == 3


def test_one_of_three_put_off_gets_it_later_and_alone(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.rcpt[SECOND] = "451 4.7.1 greylisted, come back"
    report = run(due, port, "run1")
    assert (report.sent, report.waiting) == (0, 1)
    behaviour.rcpt.clear()
    assert run(due, port, "run2").sent == 1
    assert [addresses for addresses, _ in behaviour.accepted] == [[HEAD, THIRD], [SECOND]]
    assert len(set(behaviour.message_ids)) == 1


def test_a_copy_put_off_holds_back_no_digest_of_a_head_who_has_the_first(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    behaviour.rcpt[SECOND] = "451 4.7.1 greylisted, come back"
    run(due, port, "run1")
    due.missing("blt_dd", "2024-01", VILLAGE, 1)
    assert run(due, port, "run2").held == 0
    assert [addresses for addresses, _ in behaviour.accepted] == [[HEAD, THIRD]] * 2
    assert [row["flags_new"] for row in due.outbox()] == [2, 1]


@pytest.mark.parametrize("copy", ["accepted", "put off"])
def test_a_head_who_was_refused_is_not_told_though_a_copy_is(
    due: Home, server: tuple[Behaviour, int], copy: str
) -> None:
    behaviour, port = server
    copied_to(due, [SECOND])
    behaviour.rcpt[HEAD] = "550 5.1.1 no such user"
    if copy == "put off":
        behaviour.rcpt[SECOND] = "451 4.7.1 greylisted, come back"
    run(due, port, "run1")
    assert digest_row(due)["status"] == ("failed" if copy == "accepted" else "queued")
    assert run(due, port, "run2").sent == 0
    opds = [
        opd.model_copy(update={"email": THIRD}) if opd.code == "dpmpd" else opd
        for opd in due.ws.configuration.opds
    ]
    due.ws = Workspace(due.ws.settings, due.ws.configuration.model_copy(update={"opds": opds}))
    run(due, port, "run3")
    assert THIRD in behaviour.accepted[-1][0]
    assert due.outbox()[-1]["flags_new"] == 2


@pytest.mark.parametrize("answer", ["451 4.3.0 try later", "421 4.3.2 shutting down"])
def test_a_mail_put_off_is_tried_again_in_the_next_run_not_in_this(
    due: Home, server: tuple[Behaviour, int], answer: str
) -> None:
    behaviour, port = server
    behaviour.data = answer
    assert run(due, port, "run1").waiting == 1
    assert digest_row(due)["attempts"] == 1
    behaviour.data = "250 accepted"
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]


def test_refused_for_good_fails_and_both_hear_once(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.rcpt = dict.fromkeys((HEAD, SECOND, THIRD), "550 5.7.1 relaying denied")
    report = run(due, port, "run1")
    assert (report.sent, report.failed) == (2, 1)  # the two notices, the digest
    assert digest_row(due)["status"] == "failed"
    assert [addresses for addresses, _ in behaviour.accepted] == [[ENGINEER], [COORDINATOR]]
    assert run(due, port, "run2") == AlertReport(unchanged=1)
    # A mended address makes it another mail: now it goes out, with everything still new.
    behaviour.rcpt.clear()
    copied_to(due, [])
    assert run(due, port, "run3").sent == 1
    assert due.outbox()[-1]["flags_new"] == 2


def test_the_engineers_own_notice_refused_is_told_to_the_coordinator_only(
    home: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    home.submission("rejected", feed=None, reason="feed_unknown")
    behaviour.rcpt[ENGINEER] = "550 5.1.1 no such user"
    report = run(home, port, "run1")
    assert (report.sent, report.failed) == (1, 1)
    assert [addresses for addresses, _ in behaviour.accepted] == [[COORDINATOR]]
    assert run(home, port, "run2") == AlertReport()


def test_two_bad_addresses_do_not_tell_of_each_other_for_ever(
    home: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    home.submission("rejected", feed=None, reason="feed_unknown")
    behaviour.rcpt = dict.fromkeys((ENGINEER, COORDINATOR), "550 5.1.1 no such user")
    assert run(home, port, "run1").failed == 2
    assert run(home, port, "run2") == AlertReport()
    assert len(home.outbox()) == 2


def test_a_notice_that_was_refused_goes_to_the_mended_address_once(
    home: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    home.submission("partial", rows_rejected=1)
    home.submission("rejected", feed=None, reason="feed_unknown")
    behaviour.rcpt = dict.fromkeys((OPERATOR, ENGINEER, COORDINATOR), "550 5.1.1 no such user")
    assert run(home, port, "run1").failed == 3
    assert run(home, port, "run2") == AlertReport()
    mended = [f"{who}.baru@dompukab.example" for who in ("operator", "teknisi", "bappeda")]
    operator, engineer, coordinator = mended
    home.configure(engineer_email=engineer)
    configuration = home.ws.configuration
    opds = [
        opd.model_copy(update={"operator_email": operator}) if opd.operator_email == OPERATOR else opd
        for opd in configuration.opds
    ]
    boss = configuration.coordinator.model_copy(update={"email": coordinator})
    home.ws = Workspace(
        home.ws.settings, configuration.model_copy(update={"opds": opds, "coordinator": boss})
    )
    assert run(home, port, "run3").sent == 3
    assert {address for addresses, _ in behaviour.accepted for address in addresses} == set(mended)
    assert run(home, port, "run4") == AlertReport()


def test_a_coordinator_who_is_the_engineer_hears_once(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    due.configure(engineer_email=COORDINATOR)
    behaviour.rcpt[HEAD] = "550 5.1.1 no such user"
    run(due, port, "run1")
    assert [addresses for addresses, _ in behaviour.accepted] == [[SECOND, THIRD], [COORDINATOR]]


def test_dropped_between_the_recipients_goes_out_once(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.drop = "recipients"
    assert run(due, port, "run1").waiting == 1
    behaviour.drop = None
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]


def test_dropped_before_acceptance_goes_out_once(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.drop = "before"
    assert run(due, port, "run1").waiting == 1
    behaviour.drop = None
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]


def test_dropped_after_acceptance_goes_out_again_with_the_same_message_id(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    behaviour.drop = "after"
    assert run(due, port, "run1").waiting == 1
    behaviour.drop = None
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]] * 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_slower_than_the_timeout_gets_it_again_with_the_same_message_id(
    due: Home, server: tuple[Behaviour, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has taken the mail and is silent until we hang up: nobody can tell whether it will deliver it."""
    behaviour, port = server
    monkeypatch.setattr(smtp_module.Courier.__init__, "__defaults__", (0.5,))
    behaviour.hold = 30
    report = run(due, port, "run1")
    assert (report.sent, report.failed, report.waiting) == (0, 0, 1)
    assert digest_row(due)["status"] == "queued"
    assert "timed out" in digest_row(due)["error"]
    behaviour.hold = 0
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]] * 2
    assert run(due, port, "run3") == AlertReport(unchanged=1)


def test_a_server_that_is_slow_but_answers_gets_it_once(due: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.hold = 1
    assert run(due, port, "run1").sent == 1
    assert run(due, port, "run2").sent == 0
    assert len(behaviour.accepted) == 1


def test_what_waited_goes_out_under_the_sender_and_the_secretariat_of_today(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    run(due, free_port(), "run1")
    queued = digest_row(due)
    text = text_of(due.mails()[0])
    due.configure(sender="Pantau Salur Dompu é <mended@dompukab.example>")
    coordinator = due.ws.configuration.coordinator.model_copy(update={"email": "mended.too@dompukab.example"})
    due.ws = Workspace(due.ws.settings, due.ws.configuration.model_copy(update={"coordinator": coordinator}))
    behaviour, port = server
    assert run(due, port, "run2").sent == 1
    ((_, mail),) = behaviour.accepted
    assert mail["From"] == "Pantau Salur Dompu é <mended@dompukab.example>"
    assert mail["Reply-To"] == "mended.too@dompukab.example"
    assert mail["Message-ID"] == queued["message_id"]
    assert text_of(mail) == text
    # outbox/ and ledger hold what was sent.
    assert due.mails()[0]["From"] == mail["From"]
    content = (due.ws.settings.outbox / queued["eml_file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest_row(due)["body_sha256"] != queued["body_sha256"]
    assert run(due, port, "run3") == AlertReport(unchanged=1)


def test_killed_before_a_mended_sender_is_committed_the_mail_stays_whole(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    run(due, free_port(), "run1")
    prepared = due.ws.settings.outbox / ".prepared"
    prepared.mkdir(exist_ok=True)
    (prepared / digest_row(due)["eml_file"]).write_bytes(b"From: mended, not yet committed")
    behaviour, port = server
    assert run(due, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]
    assert list(prepared.iterdir()) == []


def test_a_login_that_fails_loses_nothing(due: Home, caplog: pytest.LogCaptureFixture) -> None:
    behaviour = Behaviour(login=(b"operator@dompu", b"p@ss/:rahasia99"))
    with mail_server(behaviour) as port:
        assert run(due, port, "run1").waiting == 1  # 530 authentication required
        assert run(due, port, "run2", login="operator%40dompu:wrong-rahasia98@").waiting == 1  # 535
        assert run(due, port, "run3", login="operator%40dompu:p%40ss%2F%3Arahasia99@").sent == 1
    assert behaviour.message_ids == [digest_row(due)["message_id"]]
    assert "rahasia" not in caplog.text + str(due.sql("select * from ledger.outbox_attempts"))


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ("sender", "550 5.7.1 sender not allowed"),
        ("sender", "501 5.1.7 bad sender"),
        ("sender", "450 too many mails of this sender"),
        ("recipient", "550 5.1.8 sender's domain not found"),
        ("recipient", "450 4.1.8 sender's domain not found"),
        ("recipient", "530 5.7.57 not authenticated"),
    ],
)
def test_a_sender_that_is_refused_loses_nothing(
    due: Home,
    server: tuple[Behaviour, int],
    caplog: pytest.LogCaptureFixture,
    pretend: Callable[[str], None],
    place: str,
    answer: str,
) -> None:
    behaviour, port = server
    if place == "sender":
        behaviour.sender = answer
    else:
        behaviour.rcpt = dict.fromkeys((HEAD, SECOND, THIRD, ENGINEER, COORDINATOR), answer)
    report = run(due, port, "run1")
    assert (report.failed, report.waiting) == (0, 1)
    assert answer in digest_row(due)["error"]
    (said,) = [record.getMessage() for record in caplog.records if "cannot be used" in record.getMessage()]
    assert ("PANTAU_SMTP_URL" if answer.startswith("530") else "sender in alerts.yml") in said
    pretend((AS_OF + 2 * outbox_module.PATIENCE).strftime("%Y-%m-%dT09:00:00+08:00"))
    assert run(due, port, "run2").failed == 0
    behaviour.sender, behaviour.rcpt = "250 ok", {}
    assert run(due, port, "run3").sent == 1
    assert [addresses for addresses, _ in behaviour.accepted] == [[HEAD, SECOND, THIRD]]


def test_a_mail_that_is_too_big_is_refused_by_itself_and_keeps_no_other_waiting(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    behaviour, port = server
    behaviour.sender = "552 5.3.4 too big"
    assert run(due, port, "run1").failed == 3  # the digest and both notices, each for its own size
    assert digest_row(due)["status"] == "failed"


def test_an_altered_eml_is_not_sent(due: Home, server: tuple[Behaviour, int]) -> None:
    run(due, free_port(), "run1")
    path = due.ws.settings.outbox / digest_row(due)["eml_file"]
    path.write_bytes(path.read_bytes().replace(b"Rp", b"Rq"))
    behaviour, port = server
    report = run(due, port, "run2")
    assert (report.failed, [addresses for addresses, _ in behaviour.accepted]) == (
        1,
        [[ENGINEER], [COORDINATOR]],
    )


def test_a_server_that_puts_off_for_days_is_given_up(
    due: Home, server: tuple[Behaviour, int], pretend: Callable[[str], None]
) -> None:
    behaviour, port = server
    behaviour.rcpt[SECOND] = "451 4.7.1 greylisted"
    run(due, port, "run1")
    pretend((AS_OF + outbox_module.PATIENCE + timedelta(days=1)).strftime("%Y-%m-%dT09:00:00+08:00"))
    assert run(due, port, "run2").waiting == 0
    assert digest_row(due)["status"] == "sent"
    assert [addresses for addresses, _ in behaviour.accepted[-2:]] == [[ENGINEER], [COORDINATOR]]


@pytest.mark.parametrize("fault", ["recipient put off", "connection dropped"])
def test_after_a_long_outage_the_patience_begins_with_the_servers_first_answer(
    due: Home, server: tuple[Behaviour, int], pretend: Callable[[str], None], fault: str
) -> None:
    behaviour, port = server
    run(due, free_port(), "run1")
    if fault == "recipient put off":
        behaviour.rcpt[HEAD] = "451 4.7.1 greylisted"
    else:
        behaviour.drop = "before"
    back = AS_OF + outbox_module.PATIENCE + timedelta(days=1)
    for run_id, days in (("run2", 0), ("run3", outbox_module.PATIENCE.days)):
        pretend((back + timedelta(days=days)).strftime("%Y-%m-%dT09:00:00+08:00"))
        report = run(due, port, run_id)
        assert (report.failed, report.waiting) == (0, 1)
    behaviour.rcpt.clear()
    behaviour.drop = None
    assert run(due, port, "run4").sent == 1


def test_a_dry_run_sends_nothing_not_even_what_waits(due: Home, server: tuple[Behaviour, int]) -> None:
    run(due, free_port(), "run1")
    behaviour, port = server
    settings = Settings(home=due.ws.settings.home, smtp_url=f"smtp://127.0.0.1:{port}")
    report = send_alerts(Workspace(settings, due.ws.configuration), AS_OF, "run2", send=False)
    assert report.sent == 0
    assert behaviour.accepted == []


def test_once_a_server_is_configured_what_was_only_written_counts_as_untold(
    due: Home, server: tuple[Behaviour, int]
) -> None:
    assert send_alerts(due.ws, AS_OF, "run1", send=True).written == 1
    assert run(due, server[1], "run2").sent == 1
    assert [(row["status"], row["flags_new"]) for row in due.outbox()] == [("written", 2), ("sent", 2)]


def test_probe_says_what_it_reached_and_what_it_did_not(server: tuple[Behaviour, int]) -> None:
    _, port = server
    assert f"127.0.0.1:{port}" in probe(f"smtp://127.0.0.1:{port}")
    with pytest.raises(SmtpProblem) as caught:
        probe(f"smtp://operator:rahasia99@127.0.0.1:{free_port()}")
    assert "rahasia99" not in str(caught.value)


# --- killed. A child process is stopped by SIGKILL at the named point of include.alerts.outbox; then the same run is repeated.

_CHILD = """
import os, signal, sys
from datetime import date
from include.alerts import outbox, send_alerts
from include.workspace import Workspace

point = sys.argv[1]

def die(*arguments, **keywords):
    os.kill(os.getpid(), signal.SIGKILL)

if point == "before_the_row":
    outbox.transaction = die
elif point == "before_the_file_moves":
    outbox.Path.rename = die
elif point == "before_sending":
    outbox.deliver = die
elif point == "before_recording":
    outbox._record = die
elif point == "before_recording_the_second":
    record = outbox._record
    def once(*arguments):
        outbox._record = die
        return record(*arguments)
    outbox._record = once
send_alerts(Workspace.open(), date(2024, 2, 9), "run1", send=True)
"""


def start_child(home: Home, port: int, point: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PANTAU_HOME": str(home.ws.settings.home), "PANTAU_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", _CHILD, point], env=environment, cwd=REPOSITORY)


@pytest.mark.parametrize(
    ("point", "times_sent"),
    [("before_the_row", 1), ("before_the_file_moves", 1), ("before_sending", 1), ("before_recording", 2)],
)
def test_killed_and_run_again(home: Home, server: tuple[Behaviour, int], point: str, times_sent: int) -> None:
    behaviour, port = server
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    child = start_child(home, port, point)
    assert child.wait(60) == -signal.SIGKILL
    assert run(home, port, "run2").sent == 1
    # The one instant that SMTP cannot tell apart: twice, but it is the same mail.
    assert behaviour.message_ids == [digest_row(home)["message_id"]] * times_sent
    assert [row["status"] for row in home.outbox()] == ["sent"]
    assert [path.name for path in home.ws.settings.outbox.rglob("*.eml")] == [digest_row(home)["eml_file"]]


def test_killed_between_two_mails_and_a_step_of_the_ladder_is_not_climbed_twice(
    home: Home, server: tuple[Behaviour, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    behaviour, port = server
    monkeypatch.setenv("PANTAU_CONFIG", str(CONFIG))  # with its ladder
    home.ws = Workspace(home.ws.settings, load_configuration(CONFIG))
    home.missing("blt_dd", "2024-01", VILLAGE, 2, days_late=8)
    # So near that the ladder is climbed on the day of the head's first mail.
    home.sql("update reference.susenas_windows set cutoff = '2024-02-13' where susenas_year = 2024")
    assert start_child(home, port, "before_recording_the_second").wait(60) == -signal.SIGKILL
    first, second = behaviour.message_ids
    assert run(home, port, "run2").sent == 1
    assert run(home, port, "run3").sent == 0
    assert behaviour.message_ids == [first, second, second]
    assert sorted(row["kind"] for row in home.outbox()) == ["digest", "escalation"]


def test_killed_while_the_server_thinks(home: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.hold = 5
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    child = start_child(home, port, "nowhere")
    wait_for(behaviour.arrived)
    child.kill()
    child.wait(60)
    behaviour.hold = 0
    assert digest_row(home)["status"] == "queued"
    assert run(home, port, "run2").sent == 1
    assert behaviour.message_ids == [digest_row(home)["message_id"]] * 2


def test_a_second_run_waits_while_the_first_is_sending(home: Home, server: tuple[Behaviour, int]) -> None:
    behaviour, port = server
    behaviour.hold = 4
    home.missing("blt_dd", "2024-01", VILLAGE, 2)
    first = start_child(home, port, "nowhere")
    wait_for(behaviour.arrived)
    second = run(home, port, "run2")  # the mail is still queued: without the lock it would go out twice
    assert first.wait(60) == 0
    assert second == AlertReport(unchanged=1)
    assert len(behaviour.accepted) == 1
