"""What somebody gives as a reason is published: it must be one, and name nobody by number."""

import pytest

from include.audit.stated_reason import stated


class Refused(RuntimeError):
    """What the caller raises."""


@pytest.mark.parametrize("reason", ["", "          ", "pendek", "  tes tes    "])
def test_what_is_no_reason_is_refused(reason: str):
    with pytest.raises(Refused, match="10 characters or more"):
        stated(reason, Refused)


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("  Permintaan BPK nomor 12/2024  ", "Permintaan BPK nomor 12/2024"),
        ("Keluhan warga, NIK 5205011999019931", "Keluhan warga, NIK …"),
        ("KK 5205 0119 9901 9931 tertukar", "KK … tertukar"),
    ],
)
def test_a_reason_is_published_without_anybodys_number(written: str, published: str):
    assert stated(written, Refused) == published
