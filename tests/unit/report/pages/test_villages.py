"""What a tile says and how it is coloured, and the map drawn from shapes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from include.report.pages.villages.map import WIDTH, Shapes, draw
from include.report.pages.villages.page import MEASURES, STEPS

ROW = {
    "ready": 0,
    "window_entitled": 8,
    "entitled": 8,
    "on_time": 0,
    "missing": 0,
    "logs_owed": 0,
    "logs_received": 0,
    "flags": 0,
}


@pytest.mark.parametrize(
    ("ready", "value", "step"),
    [
        (0, "0%", 0),
        (1, "12,5%", 0),
        (2, "25%", 1),
        (4, "50%", 2),
        (5, "62,5%", 3),
        (7, "87,5%", 4),
        (8, "100%", 4),
    ],
)
def test_a_share_is_told_with_its_numbers_and_takes_one_of_five_steps(ready: int, value: str, step: int):
    assert MEASURES["siap"].shown({**ROW, "ready": ready}) == {
        "value": value,
        "detail": f"{ready} dari 8",
        "step": step,
    }


def test_where_nothing_is_owed_there_is_no_share():
    assert MEASURES["lapor"].shown(ROW) == {"value": "–", "detail": "tidak ada data", "step": None}


@pytest.mark.parametrize(
    ("flags", "step"), [(0, 0), (1, 1), (5, 1), (6, 2), (20, 2), (100, 3), (101, 4), (9999, 4)]
)
def test_a_count_takes_the_step_that_the_legend_names(flags: int, step: int):
    measure = MEASURES["temuan"]
    assert measure.shown({**ROW, "flags": flags})["step"] == step
    assert [line["label"] for line in measure.legend()] == ["0", "1–5", "6–20", "21–100", "101 atau lebih"]


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_every_step_has_a_line_in_the_legend(measure):
    steps = [line["step"] for line in measure.legend()]
    assert steps == ([0, STEPS - 1] if measure.verdict else list(range(STEPS)))


@pytest.mark.parametrize(
    ("is_bunched", "value", "step"),
    [(True, "Ya", 4), (False, "Tidak", 0), (None, "Belum dapat dinilai", None)],
)
def test_a_verdict_is_told_with_its_numbers_and_what_cannot_be_judged_is_not_no(is_bunched, value: str, step):
    row = {**ROW, "is_bunched": is_bunched, "completed_before_cutoff": 3, "bunching_completed": 4}
    assert MEASURES["menumpuk"].shown(row) == {"value": value, "detail": "3 dari 4", "step": step}
    nothing = {**row, "completed_before_cutoff": 0, "bunching_completed": 0}
    assert MEASURES["menumpuk"].shown(nothing)["value"] == "–"


def shapes_of(tmp_path: Path, *features: tuple[str, dict]) -> Shapes:
    file = tmp_path / "boundaries.geojson"
    collection = [{"type": "Feature", "properties": {"village_code": c}, "geometry": g} for c, g in features]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": collection}))
    found = Shapes.of(file)
    assert found
    return found


def square(west: float, south: float, size: float = 0.1) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north, 12.5], [west, north], [west, south]]]


def test_shapes_are_drawn_north_up_and_to_scale(tmp_path: Path):
    shapes = shapes_of(
        tmp_path,
        ("52.05.05.2003", {"type": "Polygon", "coordinates": square(118.0, -8.6)}),
        (
            "52.05.05.2004",
            {"type": "MultiPolygon", "coordinates": [square(118.1, -8.7), square(118.3, -8.8)]},
        ),
        ("52.05.05.2005", {"type": "Point", "coordinates": [118.0, -8.6]}),
    )
    assert set(shapes.paths) == {"52.05.05.2003", "52.05.05.2004"}
    north = [
        tuple(map(float, point.split()))
        for point in re.findall(r"[\d.]+ [\d.]+", shapes.paths["52.05.05.2003"])
    ]
    south = [
        tuple(map(float, point.split()))
        for point in re.findall(r"[\d.]+ [\d.]+", shapes.paths["52.05.05.2004"])
    ]
    assert min(x for x, _ in north) == 0
    assert max(x for x, _ in south) == WIDTH
    assert max(y for _, y in north) <= min(y for _, y in south)
    # A tenth of a degree is a little shorter eastward than northward at 8.6 degrees south.
    width, height = max(x for x, _ in north), max(y for _, y in north)
    assert width / height == pytest.approx(0.9886, abs=0.001)
    assert shapes.paths["52.05.05.2004"].count("M") == 2


def test_the_map_links_each_shape_and_says_its_value(tmp_path: Path):
    shapes = shapes_of(tmp_path, ("52.05.05.2003", {"type": "Polygon", "coordinates": square(118.0, -8.6)}))
    tile = {
        "village_code": "52.05.05.2003", "address": "52.05.05.2003", "village_name": 'O"o <b>', "district_name": "Woja",
        "value": "50%", "detail": "4 dari 8", "step": 2,
    }  # fmt: skip
    unshaped = {**tile, "village_code": "52.05.05.2009"}
    drawn = draw(shapes, [tile, unshaped], more_is_worse=True)
    assert drawn.count("<path") == 1
    assert 'class="map worse"' in drawn
    assert 'href="desa/52.05.05.2003"' in drawn
    assert 'class="step-2"' in drawn
    assert "O&#34;o &lt;b&gt;, Woja: 50% (4 dari 8)" in drawn
    assert "<b>" not in drawn


def test_without_shapes_there_is_no_map():
    assert Shapes.of(None) is None
