from __future__ import annotations

from include.config import Village
from include.sample.chance import generator
from include.sample.people import families_per_village, make_population


def village(code: str) -> Village:
    return Village(
        village_code=code,
        village_name=code,
        district_code=code[:8],
        district_name=code[:8],
        kind="desa",
        is_pocket=False,
        is_remote=False,
    )


def test_families_follow_known_volumes_of_the_districts():
    villages = [
        village(f"52.05.{district}.20{number:02d}")
        for district, count in (("05", 3), ("08", 3))
        for number in range(count)
    ]
    counts = families_per_village(villages, 8499, generator(1, "x"))
    assert sum(counts.values()) == 8499
    assert abs(sum(count for code, count in counts.items() if code.startswith("52.05.05")) - 6733) <= 3


def test_unknown_districts_weigh_by_their_villages_and_nobody_is_left_out():
    villages = [village(f"53.98.01.20{number:02d}") for number in range(30)] + [village("53.98.02.2001")]
    counts = families_per_village(villages, 31, generator(1, "x"))
    assert sum(counts.values()) == 31
    assert set(counts.values()) == {1}


def test_one_village_in_twenty_is_a_pocket(configuration):
    few = [village(f"53.98.01.20{number:02d}") for number in range(19)]
    many = [village(f"53.98.01.20{number:02d}") for number in range(40)]
    population = make_population(configuration.model_copy(update={"villages": many}), 8000, 1)
    poorest = {
        code: sum(family.decile <= 2 for family in families) / len(families)
        for code, families in population.listed.items()
    }
    assert sum(share > 0.78 for share in poorest.values()) == 2
    population = make_population(configuration.model_copy(update={"villages": few}), 4000, 1)
    assert all(
        sum(family.decile <= 2 for family in families) / len(families) < 0.78
        for families in population.listed.values()
    )


def test_decile_shares_and_groups(configuration):
    families = [f for group in make_population(configuration, 3000, 1).listed.values() for f in group]
    assert len(families) == 3000
    shares = [sum(f.decile == decile for f in families) / 3000 for decile in (1, 2, 3)]
    assert all(abs(share - wanted) < 0.04 for share, wanted in zip(shares, (0.31, 0.34, 0.35), strict=True))
    assert any(f.lives_alone for f in families)
    assert 0 < sum(" " not in f.name for f in families) < 1500
