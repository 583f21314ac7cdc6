"""A map of the regency's villages as SVG, drawn from boundaries.geojson: a flat projection is true enough for a regency."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from include.language.inert import inert

WIDTH = 1000.0
"""Of the drawing, in its own units; its height follows from the regency's shape."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Shapes:
    """Each village's outline as the `d` of an SVG path, and the drawing's height."""

    paths: Mapping[str, str]
    height: float

    @classmethod
    def of(cls, file: Path | None) -> Shapes | None:
        """The shapes of a configured file, projected; None where none is configured.

        The file was checked when the configuration was loaded: every feature bears a village's code.
        """
        if file is None:
            return None
        return _projected(file, file.stat().st_mtime_ns)


def draw(shapes: Shapes, tiles: Sequence[Mapping[str, Any]], more_is_worse: bool) -> Markup:
    """Every shape as a link to its village, coloured and named as its tile is."""
    scale = "worse" if more_is_worse else "better"
    parts = [
        Markup('<svg class="map {}" viewBox="0 0 {:.0f} {:.0f}" role="group" aria-label="Peta desa">').format(
            scale, WIDTH, shapes.height
        )
    ]
    for tile in tiles:
        outline = shapes.paths.get(tile["village_code"])
        if outline is None:
            continue
        step = "none" if tile["step"] is None else tile["step"]
        name = inert(f"{tile['village_name']}, {tile['district_name']}: {tile['value']} ({tile['detail']})")
        parts.append(
            Markup(
                '<a href="desa/{0}" aria-label="{1}"><title>{1}</title><path class="step-{2}" d="{3}"/></a>'
            ).format(tile["address"], name, step, escape(outline))
        )
    return Markup("").join([*parts, Markup("</svg>")])


@lru_cache(maxsize=2)
def _projected(file: Path, _modified: int) -> Shapes:
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    outlines = {
        feature["properties"]["village_code"]: [list(ring) for ring in _rings(feature.get("geometry") or {})]
        for feature in features
    }
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    if not points:
        return Shapes({}, 0)
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    shrink = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * shrink)

    def placed(point: Point) -> str:
        x, y = point
        return f"{(x - west) * shrink * scale:.1f} {(north - y) * scale:.1f}"

    paths = {
        code: "".join(f"M{'L'.join(placed(point) for point in ring)}Z" for ring in rings)
        for code, rings in outlines.items()
        if rings
    }
    return Shapes(paths, (north - south) * scale)


def _rings(geometry: Mapping[str, Any]) -> Iterator[list[Point]]:
    """Outer and inner rings alike: filled by the even-odd rule, what is inside a hole stays empty."""
    match geometry.get("type"):
        case "Polygon":
            polygons = [geometry["coordinates"]]
        case "MultiPolygon":
            polygons = geometry["coordinates"]
        case _:
            polygons = []
    for polygon in polygons:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y, *_ in ring]
