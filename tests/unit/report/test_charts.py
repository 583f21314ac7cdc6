"""The chart is the same for mails and pages, says what its data say, and is the same bytes each time."""

from __future__ import annotations

import re
from datetime import date

from include.report.charts import Course, Marker, as_png, as_svg, deliveries_against_due_dates

AS_OF = date(2024, 2, 9)
COURSES = [
    Course("Beras <b>Januari</b>", date(2024, 1, 25), ((date(2024, 1, 20), 0.25), (date(2024, 2, 2), 0.75))),
    Course("Beras Februari", date(2024, 2, 25), ()),
]
CUTOFF = Marker("batas SUSENAS 18 Februari 2024", date(2024, 2, 18))


def test_the_steps_are_those_of_the_data_and_end_on_the_day_judged_by() -> None:
    lines, dues, *_ = deliveries_against_due_dates(COURSES, AS_OF)["layer"]
    rows = [(row["day"], row["share"]) for row in lines["data"]["values"] if "Januari" in row["label"]]
    # From two weeks before the earliest due date, or the first delivery where that is earlier, and a day.
    assert rows == [
        ("2024-01-10", 0.0), ("2024-01-20", 0.25), ("2024-02-02", 0.75), ("2024-02-09", 0.75)
    ]  # fmt: skip
    assert [row["day"] for row in dues["data"]["values"]] == ["2024-01-25", "2024-02-25"]


def test_png_and_svg_come_from_one_specification() -> None:
    chart = deliveries_against_due_dates(COURSES, AS_OF, CUTOFF)
    png, svg = as_png(chart), as_svg(chart)
    assert png.startswith(b"\x89PNG")
    assert png == as_png(deliveries_against_due_dates(COURSES, AS_OF, CUTOFF))
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"batas SUSENAS 18 Februari 2024", "Beras Februari", "0%", "100%"} <= set(shown)
    assert any(re.fullmatch(r"\d+ (Jan|Feb)", text) for text in shown)


def test_a_name_with_markup_is_text_in_the_picture() -> None:
    svg = as_svg(deliveries_against_due_dates(COURSES, AS_OF))
    assert "<b>" not in svg
    assert "Beras &lt;b&gt;Januari" in svg


def test_months_are_indonesian() -> None:
    courses = [Course("Beras", date(2024, 8, 25), ((date(2024, 8, 1), 0.1), (date(2024, 10, 20), 0.9)))]
    svg = as_svg(deliveries_against_due_dates(courses, date(2024, 10, 30)))
    assert re.search(r"\d Agu<", svg)
    assert re.search(r"\d Okt<", svg)


def test_without_a_cutoff_nothing_is_said_of_susenas() -> None:
    assert "SUSENAS" not in as_svg(deliveries_against_due_dates(COURSES, AS_OF))
