"""C. NIK, KK, persons: cases 24 to 41."""

from __future__ import annotations

from tests.messy.kit import Drop, Messy, given


@given(24)
def _(drop: Drop) -> None:
    drop.recipients(drop.people(2))
    cut, whole = drop.people(2)
    drop.log("nik.xlsx", [drop.row(cut, nik=int(cut.nik[:-1] + "0")), drop.row(whole, nik=whole.nik)])


def test_case_24_a_nik_in_a_numeric_cell_that_ends_in_zero_is_suspected(messy: Messy) -> None:
    cut, whole = messy.rows(24, "nik.xlsx")
    assert "nik_precision_lost" in cut["warning_codes"]
    assert whole["warning_codes"] == []
    assert messy.submission(24, "nik.xlsx")["rows_accepted"] == 2
