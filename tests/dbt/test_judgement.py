"""One house of invented families, each with one story, judged by one build: contract sections 3 and 4 end to end.

Day of judgement: 31 March 2024. Rice falls due on the last day of a month; paused 8-14 February.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from include.transform import PROJECT, TransformReport
from tests.dbt.conftest import Warehouse, received

RICE = "dkp/beras/penyaluran"
FAMILIES = (
    "exact late boundary undated under over none void revived corrected dated returned other_bast repeated future kk_only name_only "
    "twice arrears claimed pause_late dropped dropped_after failed implausible badline after_as_of blank_beside redated"
).split()
NIK = {
    name: f"52050199019{n:05}"
    for n, name in enumerate(
        [
            *FAMILIES,
            "stranger",
            "blt_a",
            "blt_b",
            "blt_kelurahan",
            "kk_two_a",
            "kk_two_b",
            "replaced",
            "replacing",
        ],
        start=1,
    )
}


def _listed(name: str, **more: Any) -> dict[str, Any]:
    return {"nik": NIK[name], "name": name, "village": "Nowa", "district": "Woja", **more}


def _given(
    name: str,
    amount: str = "10 kg",
    day: str | None = "20/01/2024",
    period: str = "Januari 2024",
    **more: Any,
) -> dict[str, Any]:
    return {
        "nik": NIK[name],
        "name": name,
        "village": "Ds. Nowa",
        "period": period,
        "amount": amount,
        "delivered_on": day,
        **more,
    }


@pytest.fixture(scope="module")
def built(new_warehouse: Callable[[], Warehouse]) -> tuple[Warehouse, TransformReport, dict[str, str]]:
    house = new_warehouse()
    house.configure("2024-03-31")
    sent: dict[str, str] = {}
    january = {"period": "JANUARI 2024"}
    kk = "5205010101240007"
    shared_kk = "5205010101240008"
    rows = [_listed(name) for name in FAMILIES]
    rows[FAMILIES.index("kk_only")]["kk"] = kk
    rows += [_listed("kk_two_a", kk=shared_kk), _listed("kk_two_b", kk=shared_kk), _listed("replaced")]
    rows += [_listed("exact"), {"nik": "-", "name": "Tanpa Identitas", "village": "Entah"}]
    sent["list"] = house.submit("dkp/beras/penerima", rows, received("2024-01-05"), title=january)
    rows = [row for row in rows if row["name"] not in ("dropped", "dropped_after")]
    rows = [row for row in rows if row["nik"] != "-"] + [
        _listed("replacing", replaces_nik=NIK["replaced"], valid_from="01/01/2024")
    ]
    sent["list_2"] = house.submit("dkp/beras/penerima", rows, received("2024-01-25"), title=january)
    house.submit(
        "dkp/beras/penerima",
        [_listed("pause_late"), _listed("boundary"), _listed("exact")],
        received("2024-02-01"),
        title={"period": "Februari 2024"},
    )

    first = [
        _given("exact"), _given("late", day="03/02/2024"), _given("boundary", day="31/01/2024"), _given("undated", day=None),
        _given("under", amount="9,5"), _given("over", amount="12"), _given("void"), _given("revived"), _given("corrected", amount="5"),
        _given("dated", day=None), _given("returned", amount="7"), _given("other_bast", amount="4", bast_number="1"), _given("repeated"), _given("repeated"),
        _given("future", day="20/03/2024"), {**_given("kk_only"), "nik": "", "kk": kk}, {**_given("name_only"), "nik": ""}, {**_given("kk_two_a"), "nik": "", "kk": shared_kk},
        _given("twice"), _given("twice", day="22/01/2024"), _given("dropped", amount="10"), _given("dropped_after", day="28/01/2024"),
        _given("stranger"), _given("implausible", amount="10.000 kg"), _given("badline", amount="secukupnya", day="31/02/2024"),
        _given("redated", bast_number="9"),
        {"row_kind": "total", "amount": "300"}, {"row_kind": "blank"},
    ]  # fmt: skip
    sent["first"] = house.submit(RICE, first, received("2024-02-05"))
    number = {row.get("name", ""): n for n, row in reversed(list(enumerate(first, start=2)))}
    second = [
        _given("void", status="batal", amount=""), _given("revived", status="batal", amount=""), _given("corrected", amount="10"), _given("dated", day="25/01/2024"),
        _given("returned", amount="10", day="21/01/2024", returned_row_id=f"{sent['first']}:1:{number['returned']}"),
        _given("other_bast", amount="6", bast_number="2"), _given("failed", status="meninggal", amount="", day=None), _given("redated", bast_number="9", day="19/01/2024", status="sudah"),
        _given("blank_beside", status=""), _given("corrected", period="bulan purnama", status="sudah"), _given("exact", period="Februari 2024", day="29/02/2024", status="ya"),
        {**_given("after_as_of"), "nik": "5205019901980001", "name": "tak terdaftar", "status": "mungkin"},
    ]  # fmt: skip
    for row in second:
        row.setdefault("status", "sudah salur")
    sent["second"] = house.submit(RICE, second, received("2024-02-06"))
    sent["third"] = house.submit(
        RICE,
        [
            _given("revived"), _given("claimed", day="10/01/2024"), _given("boundary", day="05/03/2024", period="Februari 2024"),
            _given("pause_late", day="15/02/2024", period="Februari 2024"), _given("after_as_of", day="02/04/2024"), _given("replaced", day="29/01/2024"), _given("replacing", day="29/01/2024"),
        ],
        received("2024-04-05"),
    )  # fmt: skip
    # Arrears: January is entitled to half, so the payment is shared 1 : 2 : 2.
    house.submit("dpmpd/blt-dd/penerima", [_listed("blt_a", entitled_amount="150.000", period="Jan 2024"), _listed("blt_a", period="Feb-Des 2024"),
                 _listed("blt_b"), {**_listed("blt_kelurahan"), "village": "Kandai II"}], received("2024-01-10"), title={"period": "2024"})  # fmt: skip
    sent["blt"] = house.submit(
        "dpmpd/blt-dd/penyaluran",
        [_given("blt_a", "Rp 750.000", "30/03/2024", "Jan-Mar 2024"), {**_given("blt_b", "Rp. 900.000,-", "30/03/2024", "Tahap I"), "village": "Entah Di Mana"},
         {**_given("blt_kelurahan", "300.000", "30/03/2024"), "village": "Kandai II"}],
        received("2024-03-30"),
    )  # fmt: skip
    report = house.build()
    return house, report, sent


@pytest.fixture
def house(built: tuple[Warehouse, TransformReport, dict[str, str]]) -> Warehouse:
    return built[0]


@pytest.fixture
def accuracy(house: Warehouse) -> Callable[..., dict[str, Any]]:
    def find(name: str, period: str = "2024-01") -> dict[str, Any]:
        rows = house.rows(
            f"select * from audit.delivery_accuracy where beneficiary_key = 'nik:{NIK[name]}' and period = '{period}'"
        )
        assert len(rows) == 1, name
        return rows[0]

    return find


def test_everything_was_built_and_every_data_test_passed(
    built: tuple[Warehouse, TransformReport, dict[str, str]],
) -> None:
    report = built[1]
    assert {"delivery_accuracy", "opd_scorecard", "every_row_is_judged_once"} <= report.models.keys()
    assert set(report.models.values()) == {"success", "pass"}
    assert report.failures == []


STORIES = [
    # family, delivered, completed on, amount status, timing status, evidence, days late, working days late
    ("exact", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("late", 10, "2024-02-03", "exact", "late", "verified", 3, 2),
    ("boundary", 10, "2024-01-31", "exact", "on_time", "verified", 0, 0),
    ("undated", 10, None, "exact", "undated", None, 53, 36),
    ("under", 9.5, None, "under", "incomplete", None, 53, 36),
    ("over", 12, "2024-01-20", "over", "on_time", "claimed", 0, 0),
    ("none", 0, None, "none", "missing", None, 53, 36),
    ("void", 0, None, "none", "missing", None, 53, 36),
    ("revived", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("corrected", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("dated", 10, "2024-01-25", "exact", "on_time", "claimed", 0, 0),
    ("returned", 10, "2024-01-21", "exact", "on_time", "claimed", 0, 0),
    ("other_bast", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("repeated", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("future", 0, None, "none", "missing", None, 53, 36),
    ("kk_only", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("name_only", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("kk_two_a", 0, None, "none", "missing", None, 53, 36),
    ("twice", 20, "2024-01-20", "over", "on_time", "claimed", 0, 0),
    ("dropped", 10, "2024-01-20", "exact", "on_time", "claimed", 0, 0),
    ("claimed", 10, "2024-01-10", "exact", "on_time", "claimed", 0, 0),
    ("failed", 0, None, "none", "missing", None, 53, 36),
    ("implausible", 0, None, "none", "missing", None, 53, 36),
    ("after_as_of", 0, None, "none", "missing", None, 53, 36),
    ("blank_beside", 0, None, "none", "missing", None, 53, 36),
    ("redated", 10, "2024-01-19", "exact", "on_time", "claimed", 0, 0),
    ("replacing", 10, "2024-01-29", "exact", "on_time", "claimed", 0, 0),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
def test_stories(accuracy: Callable[..., dict[str, Any]], story: tuple[Any, ...]) -> None:
    name, delivered, completed, amount, timing, evidence, days, working = story
    row = accuracy(name)
    found = (
        row["delivered_amount"], row["completed_on"] and row["completed_on"].isoformat(), row["amount_status"], row["timing_status"],
        row["timing_evidence"], row["days_late"], row["working_days_late"],
    )  # fmt: skip
    assert found == (delivered, completed, amount, timing, evidence, days, working)


def test_pause_days_after_the_due_date_are_taken_off(accuracy: Callable[..., dict[str, Any]]) -> None:
    # February is due on the 29th, after the pause: nothing is taken off; 5 March is five days late.
    assert accuracy("boundary", "2024-02")["days_late"] == 5
    assert accuracy("boundary", "2024-02")["timing_status"] == "late"
    # January to 31 March: 60 days, 7 of them paused.
    assert accuracy("none")["days_late"] == 60 - 7


def test_arrears_are_shared_in_proportion_to_what_each_month_entitles_to(
    house: Warehouse, accuracy: Callable[..., dict[str, Any]]
) -> None:
    assert [accuracy("blt_a", month)["delivered_amount"] for month in ("2024-01", "2024-02", "2024-03")] == [
        150000,
        300000,
        300000,
    ]
    assert [accuracy("blt_b", month)["timing_status"] for month in ("2024-01", "2024-03")] == [
        "late",
        "on_time",
    ]
    ids = house.rows(
        f"select delivery_id, period, village_code from audit.deliveries where beneficiary_key = 'nik:{NIK['blt_b']}' order by period"
    )
    assert [row["delivery_id"].split(":")[-1] for row in ids] == ["2024-01", "2024-02", "2024-03"]
    assert {row["village_code"] for row in ids} == {"52.05.05.2001"}, (
        "an unknown village: the registered one stands"
    )


def test_what_is_due_later_is_pending(accuracy: Callable[..., dict[str, Any]]) -> None:
    assert accuracy("blt_b", "2024-04")["timing_status"] == "pending"
    assert accuracy("blt_b", "2024-04")["days_late"] == 0


def test_the_day_of_judgement_itself_is_not_overdue(accuracy: Callable[..., dict[str, Any]]) -> None:
    row = accuracy("blt_b", "2024-03")
    assert (row["due_date"], row["as_of"]) == (date(2024, 3, 31), date(2024, 3, 31))


def test_deliveries_without_an_entitlement(house: Warehouse) -> None:
    found = house.rows(
        "select beneficiary_key, kind, is_village_eligible from audit.unexpected_deliveries order by all"
    )
    by_kind = {
        kind: {row["beneficiary_key"] for row in found if row["kind"] == kind}
        for kind in ("not_listed", "duplicate")
    }
    nik = {name: f"nik:{number}" for name, number in NIK.items()}
    assert by_kind["duplicate"] == {nik["twice"]}
    assert by_kind["not_listed"] == {
        nik["stranger"],
        nik["dropped_after"],
        nik["replaced"],
        nik["blt_kelurahan"],
        "kk:5205010101240008",
    }
    assert [row["beneficiary_key"] for row in found if not row["is_village_eligible"]] == [
        nik["blt_kelurahan"]
    ]


def test_a_dropped_family_is_owed_nothing_more(house: Warehouse) -> None:
    assert (
        house.rows(
            f"select 1 from audit.delivery_accuracy where beneficiary_key = 'nik:{NIK['dropped_after']}'"
        )
        == []
    )


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("void", "voided"),
        ("corrected", "corrected"),
        ("dated", "dated"),
        ("returned", "returned_row"),
        ("redated", "corrected"),
    ],
)
def test_what_no_longer_stands_says_why_and_by_what(house: Warehouse, name: str, how: str) -> None:
    rows = house.rows(
        f"select * from audit.deliveries where beneficiary_key = 'nik:{NIK[name]}' and period = '2024-01' order by submission_id"
    )
    assert [row["is_current"] for row in rows] == [False, True]
    assert (rows[0]["superseded_how"], rows[0]["superseded_by"]) == (how, rows[1]["delivery_id"])


def test_reasons_of_refused_rows(house: Warehouse) -> None:
    rows = house.rows("select submission_id, reason_codes, reason, raw_masked from audit.rejected_rows")
    found = sorted((row["submission_id"], *row["reason_codes"]) for row in rows)
    assert found == sorted([
        ("s1", "duplicate_row"), ("s1", "identity_missing"), ("s2", "duplicate_row"),
        ("s4", "amount_implausible"), ("s4", "amount_invalid", "date_invalid"), ("s4", "date_in_future"), ("s4", "duplicate_row"),
        ("s5", "date_in_future"), ("s5", "period_unknown"), ("s5", "status_unknown"),
    ])  # fmt: skip
    bad = next(row for row in rows if "date_invalid" in row["reason_codes"])
    assert bad["reason"].startswith("Jumlah tidak terbaca.")
    assert "31/02/2024" in bad["raw_masked"]
    assert NIK["badline"] not in bad["raw_masked"]
    assert "badline" not in bad["raw_masked"]


def test_submissions_balance(
    house: Warehouse, built: tuple[Warehouse, TransformReport, dict[str, str]]
) -> None:
    sent = built[2]
    rows = {row["submission_id"]: row for row in house.rows("select * from audit.submissions")}
    first = rows[sent["first"]]
    assert (first["rows_read"], first["rows_accepted"], first["rows_rejected"], first["rows_skipped"]) == (
        28,
        22,
        4,
        2,
    )
    assert first["status"] == "partial"
    assert (first["stated_total"], "total_mismatch" in first["warnings"]) == (300, True)
    assert "nik_invalid" in first["warnings"]
    assert rows[sent["third"]]["status"] == "accepted"
    assert "status_blank" in rows[sent["second"]]["warnings"]
    assert "village_unknown" in rows[sent["blt"]]["warnings"]


def test_logs_expected_and_received(house: Warehouse) -> None:
    found = house.rows(
        "select program_code, period, village_code, log_due_on, log_status from audit.reporting_completeness where period <= '2024-04'"
    )
    status = {
        (row["program_code"], row["period"]): row["log_status"]
        for row in found
        if row["village_code"] == "52.05.05.2001"
    }
    assert status == {
        ("beras", "2024-01"): "received", ("beras", "2024-02"): "late",
        ("blt_dd", "2024-01"): "late", ("blt_dd", "2024-02"): "late", ("blt_dd", "2024-03"): "received", ("blt_dd", "2024-04"): "pending",
    }  # fmt: skip


def test_before_susenas(house: Warehouse) -> None:
    found = house.rows(
        "select s.beneficiary_key, r.susenas_status, r.susenas_visibility from audit.susenas_readiness r join audit.delivery_accuracy s "
        "using (entitlement_id) where r.program_code = 'beras'"
    )
    seen = {row["beneficiary_key"]: (row["susenas_status"], row["susenas_visibility"]) for row in found}
    assert seen[f"nik:{NIK['exact']}"] == ("ready", "visible")
    assert seen[f"nik:{NIK['redated']}"] == ("ready", "too_early")
    assert seen[f"nik:{NIK['none']}"] == ("missed", "none")
    ready = house.rows(
        "select entitled, ready, remaining, will_make_it from audit.village_readiness where program_code = 'beras'"
    )
    assert ready[0]["entitled"] == len(seen)
    assert ready[0]["remaining"] == ready[0]["entitled"] - ready[0]["ready"]
    assert not ready[0]["will_make_it"]


def test_scorecard_shows_counts_beside_rates(house: Warehouse) -> None:
    card = house.rows("select * from audit.opd_scorecard where program_code = 'beras'")[0]
    assert card["on_time_rate"] == pytest.approx(card["timing_on_time"] / card["due"], abs=1e-4)
    assert (
        card["timing_missing"]
        == house.rows(
            "select count(*) as n from audit.delivery_accuracy where program_code = 'beras' and timing_status = 'missing'"
        )[0]["n"]
    )
    villages = house.rows("select count(*) as n, sum(entitlements) as e from audit.village_summary")[0]
    assert (villages["n"], villages["e"]) == (
        14,
        house.rows("select count(*) as n from audit.delivery_accuracy")[0]["n"],
    )


def test_no_person_in_the_audit_schema(house: Warehouse) -> None:
    tables = house.rows("select table_name from information_schema.tables where table_schema = 'audit'")
    assert len(tables) >= 12
    for table in tables:
        text = str(house.rows(f"select to_json(t)::varchar as line from audit.{table['table_name']} t"))
        assert "stranger" not in text
        assert "Tanpa Identitas" not in text


# What each conservation test must notice: statements that corrupt the tables as a fault of ours would.
CORRUPTIONS = [
    ("delivered_amounts_reach_the_accuracy_table", "update intermediate.int_entitlements_judged set delivered_amount = delivered_amount + 7 where delivered_amount > 0"),
    ("delivered_amounts_reach_the_accuracy_table", "delete from audit.unexpected_deliveries where kind = 'not_listed'"),
    ("every_entitlement_is_judged_once", "delete from intermediate.int_entitlements_judged where amount_status = 'under'"),
    ("every_entitlement_is_judged_once", "insert into intermediate.int_entitlements_judged from intermediate.int_entitlements_judged limit 1"),
    ("every_row_is_judged_once", "delete from intermediate.int_submission_rows_counted where rows_skipped > 0"),
    ("every_row_is_judged_once", "update intermediate.int_submission_rows_counted set rows_skipped = rows_skipped + rows_rejected, rows_rejected = 0"),
    ("every_row_is_judged_once", "delete from raw.distribution where row_number = 2"),
    ("shares_add_up_to_the_payment", "update intermediate.int_payments_shared set amount = amount + 0.01"),
    ("every_accepted_delivery_row_ends_once", "delete from intermediate.int_deliveries_placed where row_key in (select row_key from intermediate.int_deliveries_superseded where superseded_how = 'voided')"),
    ("every_accepted_delivery_row_ends_once", "delete from intermediate.int_deliveries_placed where period_count > 1 and period like '%-02'"),
    ("every_accepted_delivery_row_ends_once", "insert into intermediate.int_deliveries_placed from intermediate.int_deliveries_placed limit 1"),
    ("every_accepted_delivery_row_ends_once", "update intermediate.int_deliveries_superseded set superseded_how = null where superseded_how = 'dated'"),
    ("every_accepted_delivery_row_ends_once", "update intermediate.int_deliveries_superseded set superseded_by = null where superseded_how = 'corrected'"),
    ("every_accepted_delivery_row_ends_once", "update staging.stg_distribution__typed set reason_codes = [] where len(reason_codes) > 0"),
    ("every_accepted_delivery_row_ends_once", "delete from intermediate.int_entitlements_judged where timing_status = 'late'"),
    ("every_accepted_delivery_row_ends_once", "delete from audit.unexpected_deliveries where kind = 'not_listed'"),
    ("every_accepted_delivery_row_ends_once", "insert into audit.unexpected_deliveries by name select delivery_id, 'not_listed' as kind "
     "from audit.deliveries where is_counted and entitlement_id is not null"),
    ("scorecards_add_up", "update audit.opd_scorecard set timing_late = timing_late + 1, timing_missing = timing_missing - 1"),
    ("scorecards_add_up", "delete from audit.opd_scorecard where program_code = 'blt_dd'"),
    ("scorecards_add_up", "delete from audit.village_summary where entitlements > 0"),
    ("scorecards_add_up", "update audit.village_summary set due = due - 1 where due > 0"),
    ("scorecards_add_up", "update audit.village_summary set logs_pending = logs_pending - 1 where logs_pending > 0"),
    ("scorecards_add_up", "delete from audit.reporting_completeness where log_status = 'pending'"),
    ("scorecards_add_up", "update audit.reporting_completeness set entitlements = entitlements + 1"),
    ("scorecards_add_up", "update audit.village_readiness set ready = ready + 1"),
    ("scorecards_add_up", "update intermediate.int_entitlements_judged set completed_on = null where program_code = 'beras'"),
    ("scorecards_add_up", "update audit.submissions set rows_rejected = rows_rejected + 1 where rows_rejected > 0"),
    ("amounts_reach_the_scorecards", "update audit.opd_scorecard set delivered_amount = delivered_amount + 10 where program_code = 'beras'"),
    ("amounts_reach_the_scorecards", "update audit.opd_scorecard set entitled_amount = 0 where program_code = 'beras'"),
    ("amounts_reach_the_scorecards", "update audit.village_summary set delivered_kg = delivered_kg + delivered_idr, delivered_idr = 0"),
    ("amounts_reach_the_scorecards", "update audit.village_summary set entitled_idr = entitled_idr / 1000"),
    ("amounts_reach_the_scorecards", "update intermediate.int_deliveries_placed set row_amount = 0 where row_amount = 12"),
]  # fmt: skip


def test_every_conservation_test_has_a_corruption_that_it_notices() -> None:
    written = {path.stem for path in (PROJECT / "tests" / "conservation").glob("*.sql")}
    assert {name for name, _ in CORRUPTIONS} == written


@pytest.mark.parametrize(("name", "corruption"), CORRUPTIONS, ids=lambda value: value)
def test_a_loss_of_ours_stops_the_publication(house: Warehouse, name: str, corruption: str) -> None:
    """The very SQL that the build ran: no row before, at least one after the corruption, which is rolled back."""
    (compiled,) = (house.home / "dbt" / "compiled").rglob(f"conservation/{name}.sql")
    query = compiled.read_text(encoding="utf-8")
    with house.open() as connection:
        assert connection.execute(query).fetchall() == []
        connection.execute("begin")
        connection.execute(corruption)
        assert connection.execute(query).fetchall() != [], "the corruption went unnoticed"
        connection.execute("rollback")


# The denominators of a share of what was completed before a cutoff: dbt's unit tests judge them, by the days that they count.
_OF_THE_CUTOFF = {
    "opd_scorecard": set(),
    "village_summary": set(),
    "village_readiness": {"completed_before_cutoff"},
}


@pytest.mark.parametrize("table", _OF_THE_CUTOFF)
def test_no_count_of_a_scorecard_can_be_wrong_unnoticed(house: Warehouse, table: str) -> None:
    """Each count and each amount in turn, one too many in one row: the build would stop."""
    (compiled,) = (house.home / "dbt" / "compiled").rglob("conservation/scorecards_add_up.sql")
    query = compiled.read_text(encoding="utf-8")
    columns = {
        row["column_name"]
        for row in house.rows(
            "select column_name from information_schema.columns where table_schema = 'audit' "
            f"and table_name = '{table}' and (data_type = 'BIGINT' or regexp_matches(column_name, '_(amount|kg|idr)$'))"
        )
        if not row["column_name"].endswith("_completed")
    } - _OF_THE_CUTOFF[table]
    assert len(columns) > 8
    unnoticed = set()
    with house.open() as connection:
        for column in columns:
            connection.execute("begin")
            connection.execute(
                f"update audit.{table} set {column} = {column} + 1 where rowid = "
                f"(select min(rowid) from audit.{table} where {column} is not null)"
            )
            if not connection.execute(query).fetchall():
                unnoticed.add(column)
            connection.execute("rollback")
    assert unnoticed == set()
