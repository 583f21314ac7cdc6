"""The steps a village takes before aid can be handed out: which one blocks, since when, and what of it the judgement says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from expectations.rules.payments import ExpectNoPaymentBeforeItsGate
from tests.dbt.conftest import VILLAGES, Warehouse, received

LIST, LOG, GATES = "dpmpd/blt-dd/penerima", "dpmpd/blt-dd/penyaluran", "dpmpd/tahapan"
STEPS: dict[str, list[tuple[Any, ...]]] = {
    "program_gates": [
        ("blt_dd", 1, "apbdes", "APBDes ditetapkan", ["apbdes", "apbdesditetapkan"], 3),
        ("blt_dd", 2, "sk_penerima", "SK penerima", ["perkades", "skpenerima"], 3),
        ("blt_dd", 3, "dana_desa", "Dana Desa masuk RKD", ["danadesa", "danadesamasukrkd"], 0),
    ]
}
DESA = [(code, name, district) for code, name, _, district, kind in VILLAGES if kind == "desa"]
# Nowa has taken all steps, O'o the first too late, Soro the first two, Hu'u none; of Soriutu nothing is reported, of Anamina
# only the last step.
NOWA, OO, SORO, HUU, SORIUTU, ANAMINA = DESA[:6]


def step(place: tuple[str, str, str], milestone: str, reached_on: str = "", **more: Any) -> dict[str, Any]:
    return {"village": place[0], "milestone": milestone, "reached_on": reached_on, **more}


def family(number: int, place: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    return {
        "nik": f"520599150785{number:04}",
        "name": f"warga {number}",
        "village": place[1],
        "district": place[2],
        **more,
    }


@pytest.fixture(scope="module")
def house(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """January is due on 31 January, seen on 15 February, before the cutoff of the 18th."""
    house = new_warehouse()
    house.configure("2024-02-15", **STEPS)
    house.submit(
        LIST,
        [
            *(family(n, place, period="Januari 2024") for n, place in enumerate(DESA[:5], start=1)),
            family(6, ("", "Antah Berantah", ""), period="Januari 2024"),
            *(family(n, ANAMINA, period="Januari 2024") for n in (7, 8, 9)),
        ],
        received("2024-01-02"),
    )
    paid = {"period": "Januari 2024", "amount": "300.000"}
    house.submit(
        LOG,
        [
            family(2, OO, delivered_on="12/02/2024", **paid),
            family(7, ANAMINA, delivered_on="09/02/2024", **paid),
            family(8, ANAMINA, delivered_on="10/02/2024", **paid),
        ],
        received("2024-02-13"),
    )
    house.submit(
        GATES,
        [
            step(NOWA, "APBDes ditetapkan", "28/12/2023"),
            step(NOWA, "Perkades", "05/01/2024"),
            step(NOWA, "Dana Desa masuk RKD", "20/01/2024"),
            step(OO, "APBDes ditetapkan", "05/02/2024"),
            step(OO, "SK Penerima", "06/02/2024"),
            step(OO, "Dana Desa", "10/02/2024"),
            step(SORO, "APBDes", "10/01/2024"),
            step(SORO, "Perkades", "16/02/2024"),
            step(SORO, "Dana Desa", ""),
            step(HUU, "APBDes", "belum"),
            step(HUU, "Rapat koordinasi", "10/01/2024"),
            step(HUU, "APBDes ditetapkan", "01/02/2024"),
            step(HUU, "Perkades", "01/03/2024"),
            step(HUU, "Perkades", "32/01/2024"),
            {"village": "Antah", "milestone": "APBDes", "reached_on": "01/02/2024"},
            step(HUU, "Dana Desa", "01/02/2024", program="beras"),
            step(ANAMINA, "Dana Desa", "10/02/2024"),
        ],
        received("2024-02-20"),
    )
    # A later report corrects an earlier one of the same village and step.
    house.submit(GATES, [step(SORO, "SK penerima", "14/02/2024")], received("2024-02-21"))
    house.build()
    return house


def test_what_is_no_step_of_the_programme_is_refused_with_the_way_to_mend_it(house: Warehouse) -> None:
    rows = house.rows(
        "select row_number, reason_codes, hint from marts.rows_judged where kind = 'gates' and outcome = 'rejected' order by 1"
    )
    assert [(row["row_number"], row["reason_codes"]) for row in rows] == [
        (12, ["milestone_unknown"]),
        (13, ["milestone_repeated"]),
        (14, ["date_in_future"]),
        (15, ["date_invalid"]),
        (16, ["milestone_village_unknown"]),
        (17, ["wrong_program"]),
    ]
    assert (
        rows[0]["hint"] == 'Tahapan yang dikenal: "APBDes ditetapkan", "SK penerima", "Dana Desa masuk RKD".'
    )


def test_the_first_step_not_taken_blocks_and_waits_since_the_one_before(house: Warehouse) -> None:
    found = {
        row["village_code"]: tuple(row.values())[1:]
        for row in house.rows(
            "select village_code, steps_reached, blocked_by, blocked_since, blocked_when_due_by, unblocked_on "
            "from intermediate.int_gates_blocking where period = '2024-01'"
        )
    }
    new_year = date(2024, 1, 1)
    assert set(found) == {place[0] for place in (NOWA, OO, SORO, HUU, ANAMINA)}, "who reported anything"
    assert found[NOWA[0]] == (3, None, None, None, date(2024, 1, 20))
    assert found[OO[0]] == (3, None, None, "apbdes", date(2024, 2, 10))
    assert found[SORO[0]] == (2, "dana_desa", date(2024, 2, 14), "sk_penerima", None)
    assert found[HUU[0]] == (0, "apbdes", new_year, "apbdes", None)
    # Its Dana Desa has come: the steps before it were taken, though nobody reported them.
    assert found[ANAMINA[0]] == (3, None, None, "apbdes", date(2024, 2, 10))


def test_what_is_late_or_has_not_come_names_the_step(house: Warehouse) -> None:
    found = {
        row["village_code"]: tuple(row.values())[1:]
        for row in house.rows(
            "select village_code, timing_status, blocked_by, blocked_since, blocked_until, blocked_reported_on from audit.delivery_accuracy "
            "where beneficiary_key not like '%7' and beneficiary_key not like '%8'"
        )
    }
    first = date(2024, 2, 20)
    nothing = ("missing", None, None, None, None)
    assert found[NOWA[0]] == nothing, "nothing blocks it: somebody has to hand it out"
    assert found[OO[0]] == ("late", "apbdes", date(2024, 1, 1), date(2024, 2, 10), first)
    assert found[SORO[0]] == ("missing", "dana_desa", date(2024, 2, 14), None, first)
    assert found[HUU[0]] == ("missing", "apbdes", date(2024, 1, 1), None, first)
    assert found[SORIUTU[0]] == nothing, "nobody knows what blocks it"
    # On the due date its last step was still to be taken; of the first that was not, only the village's last report speaks.
    assert found[ANAMINA[0]] == ("missing", "apbdes", date(2024, 1, 1), date(2024, 2, 10), first)


def test_who_waits_for_what_is_counted_over_all_eligible_villages(house: Warehouse) -> None:
    found = house.rows(
        "select milestone, villages, villages_reached, villages_not_reached, villages_not_reported, villages_blocked "
        "from audit.gates where budget_year = 2024 order by position"
    )
    assert [tuple(row.values()) for row in found] == [
        ("apbdes", len(DESA), 4, len(DESA) - 4, len(DESA) - 4, 1),
        ("sk_penerima", len(DESA), 4, len(DESA) - 4, len(DESA) - 3, 0),
        ("dana_desa", len(DESA), 3, len(DESA) - 3, len(DESA) - 4, 1),
    ]
    assert house.rows("select distinct budget_year from audit.gates") == [{"budget_year": 2024}]


def test_a_payment_before_a_reported_step_is_flagged_with_the_step_and_the_report(house: Warehouse) -> None:
    found = house.rows(
        f"select d.beneficiary_key, f.detail from ({ExpectNoPaymentBeforeItsGate.flag_sql()}) f join audit.deliveries d using (delivery_id)"
    )
    assert [tuple(row.values()) for row in found] == [
        (
            f"nik:{family(7, ANAMINA)['nik']}",
            "Dana Desa masuk RKD baru tercapai 10 Februari 2024 menurut laporan 20 Februari 2024",
        )
    ]


def test_a_missing_log_says_what_its_village_waits_for(house: Warehouse) -> None:
    found = house.rows(
        f"select log_status, blocked_by from audit.reporting_completeness where village_code in ('{HUU[0]}', '{OO[0]}') order by all"
    )
    assert [tuple(row.values()) for row in found] == [("late", None), ("missing", "apbdes")]


def test_a_family_of_an_unknown_village_has_a_line_of_its_own(house: Warehouse) -> None:
    (summary,) = house.rows("select * from audit.village_summary where village_code is null")
    assert (summary["village_name"], summary["entitlements"], summary["logs_missing"]) == (None, 1, 1)
    (log,) = house.rows("select * from audit.reporting_completeness where village_code is null")
    assert (log["log_status"], log["days_to_log_due"], log["blocked_by"]) == ("missing", -8, None)


def test_a_scorecard_shows_the_window_and_the_year_with_their_denominators(house: Warehouse) -> None:
    (card,) = house.rows("select * from audit.opd_scorecard where program_code = 'blt_dd'")
    assert {
        name: card[name] for name in card if name.startswith(("window", "year", "susenas", "days", "bunch"))
    } == {
        "susenas_year": 2024,
        "window_state": "official",
        "days_to_cutoff": 3,
        "window_entitled": 9,
        "window_ready": 3,
        "window_ready_rate": 0.3333,
        "year_from": date(2023, 2, 16),
        "year_until": date(2024, 2, 15),
        "year_due": 9,
        "year_on_time": 0,
        "year_on_time_rate": 0.0,
        "bunching_susenas_year": 2024,
        "bunching_completed": 3,
    }
    # Three of three completed since 5 February. The programme has run for 46 days: a fortnight is 0.3 of them, thrice that is less.
    assert (card["completed_before_cutoff"], card["before_cutoff_share"], card["even_share"], card["is_bunched"]) == (
        3, 1.0, 0.3043, True,
    )  # fmt: skip
    (other,) = house.rows("select * from audit.opd_scorecard where program_code = 'beras'")
    assert (other["window_entitled"], other["window_ready_rate"], other["year_on_time_rate"]) == (
        0,
        None,
        None,
    )
    assert (other["before_cutoff_share"], other["is_bunched"]) == (None, None)


def test_without_steps_or_reports_nothing_is_said(new_warehouse: Callable[[], Warehouse]) -> None:
    """No feed of steps: nobody is blocked. A feed without configured steps: its rows are kept with a remark."""
    house = new_warehouse()
    house.configure("2024-02-15", **STEPS)
    house.submit(LIST, [family(1, NOWA, period="Januari 2024")], received("2024-01-02"))
    house.build()
    silent = "select timing_status, blocked_by, blocked_since, blocked_until from audit.delivery_accuracy"
    nothing = {
        "timing_status": "missing",
        "blocked_by": None,
        "blocked_since": None,
        "blocked_until": None,
    }
    assert house.rows(silent) == [nothing]
    assert house.rows("select * from audit.gates union all by name select * from audit.village_gates") == []
    house.configure("2024-02-15", program_gates=[])
    house.submit(GATES, [step(NOWA, "APBDes", "")], received("2024-02-10"))
    house.build()
    assert house.rows(silent) == [nothing]
    assert house.rows("select outcome, warning_codes from marts.rows_judged where kind = 'gates'") == [
        {"outcome": "accepted", "warning_codes": ["milestones_not_configured"]}
    ]
