"""What the notes of runs say: counts, what failed, which file; never a number that is somebody's."""

from include.orchestration import notes
from include.report.run_counts import RunCounts
from include.targeting.match import MatchReport

COUNTS = RunCounts(5, 1, 2, 220, 8, 3, 12)
FILES = "/pantau/berkas?urut=1-5"
LOAD = {"as_of": "2024-02-13", "places": [1, 5]}


def told(**steps):
    return {"load": LOAD, "validate": {}, "alert": {}} | steps


def test_a_good_run_is_told_in_counts():
    emails = {"sent": 4, "failed": 0, "unchanged": 1}
    assert notes.of_monitor(told(alert={"emails": emails}), COUNTS, [], FILES) == (
        "Pantau: as of 2024-02-13; [5 submissions](/pantau/berkas?urut=1-5) (1 refused, 2 in part), rows 220 accepted, 8 rejected; "
        "flags 3 new, 12 open; e-mails 4 sent, 1 unchanged"
    )


def test_a_failed_run_says_first_what_failed_and_what_stands():
    text = notes.of_monitor(
        told(load={}), None, ["dbt.dbt_producer_watcher", "submission s1 could not be loaded"], FILES
    )
    assert text == (
        "Pantau: FAILED: dbt.dbt_producer_watcher, submission s1 could not be loaded; "
        "nothing published, the last audit database stands; e-mails left to the run that follows"
    )


def test_a_rule_that_could_not_be_checked_is_named():
    text = notes.of_monitor(told(validate={"not_evaluated": ["log_late"]}), COUNTS, [], FILES)
    assert "; rules not evaluated: log_late; " in text


def test_files_that_failed_or_cannot_be_read_are_named_without_anybodys_number():
    claimed = [
        {"submission_id": f"s{n}", "file": f"dkp/beras/{name} 5205011999019931.csv"}
        for n, name in enumerate("abcdefghi")
    ]
    read = [{**claimed[0], "status": "landed", "reason": None, "rows_read": 1},
            {**claimed[1], "status": "rejected", "reason": "file_corrupt", "rows_read": 0}]  # fmt: skip
    text = notes.of_ingest(read, claimed, ["ingest_2"], "/pantau/{}".format)
    assert text.startswith("Pantau: FAILED: ingest_2; not ingested, kept for the next run: dkp/beras/c ")
    assert " and 2 more; 2 files read, 1 row; unreadable: [dkp/beras/b " in text
    assert text.endswith("](/pantau/berkas/s1) (file_corrupt)")
    assert "5205011999019931" not in text


def test_a_note_fits_airflows_database():
    text = notes.of_replay(1, [f"{'x' * 150}.csv" for _ in range(9)], "r" * 600)
    assert len(text) == notes.LONGEST
    assert text.endswith("…")


def test_what_others_have_written_is_no_markup_in_a_note_and_names_nobody():
    """Airflow shows notes as Markdown: a file's name could lead whoever reads the note elsewhere."""
    changed = notes.of_replay(
        1, ["a_b [klik](http:evil.example) <b>.csv"], "Menurut *5205011999019931* dibaca keliru"
    )
    assert "a\\_b \\[klik\\]\\(http:evil.example\\) \\<b\\>.csv" in changed
    assert changed.endswith("; reason: Menurut \\*…\\* dibaca keliru")
    refused = notes.of_failed_replay("no such submission: [x](y)")
    assert refused == "Pantau: FAILED: no such submission: \\[x\\]\\(y\\); nothing has changed"


def test_a_question_names_its_lists():
    assert notes.of_questions(["dkp/beras/penerima/Satu.csv"]) == (
        "Pantau: 1 list asked about: dkp/beras/penerima/Satu.csv"
    )


def test_a_matching_is_told_in_counts():
    assert notes.of_matching(MatchReport(3, 2, 2, 1)) == (
        "Pantau: 3 persons in P3KE, 2 in DTKS or DTSEN; 2 in both; 1 left to an operator"
    )


def test_a_roll_up_names_who_is_amiss_and_first_of_all_a_letter_that_was_refused():
    counted = {"counted": 1, "listed": 2, "amiss": {"52.06": "Belum ada terbitan."}}
    assert notes.of_rollup(counted, {"sent": 1, "failed": 0}) == (
        "Pantau: 1 of 2 regencies counted; amiss: 52.06; e-mails 1 sent"
    )
    refused = notes.of_rollup(counted, {"sent": 0, "failed": 1}, "a@b.example: 550 *no*")
    assert refused == (
        r"Pantau: FAILED: a@b.example: 550 \*no\*; 1 of 2 regencies counted; amiss: 52.06; e-mails 1 failed"
    )
