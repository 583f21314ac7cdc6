"""Equal people get equal keys, unusable numbers get none, and nothing shown can be read back."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include import privacy

SECRET = b"a secret of the tests"
NIK = "5205019901990003"  # the 99th of a month: nobody's number


def test_a_key_is_the_beginning_of_the_hmac():
    expected = hmac.new(SECRET, f"nik:{NIK}".encode(), "sha256").hexdigest()[:32]
    assert privacy.nik_key(SECRET, NIK) == privacy.key(SECRET, "nik", NIK) == expected


def test_a_key_depends_on_secret_domain_and_value():
    keys = {
        privacy.nik_key(SECRET, NIK),
        privacy.kk_key(SECRET, NIK),
        privacy.nik_key(b"another secret here", NIK),
        privacy.nik_key(SECRET, NIK[:-1] + "4"),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    "text",
    [
        f"'{NIK}",
        f"`{NIK}",
        f'"{NIK}"',
        f" {NIK}\u00a0",
        f"\u200b{NIK}\ufeff",
        "5205 0199 0199 0003",
        "5205.0199.0199.0003",
        "5205-0199-0199-0003",
        "5205\u20130199\u20130199\u20130003",
        f"{NIK}.0",
        f"{NIK},0",
        "\uff15\uff12\uff10\uff15019901990003",
    ],
)
def test_what_is_typed_around_a_nik_does_not_matter(text):
    assert privacy.nik_key(SECRET, text) == privacy.nik_key(SECRET, NIK)


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "-", "--", "0", "0000000000000000", "9999999999999999", "0.0", "5,20501E+15", "5.20501e15",
     "52050199", "12345678901", "belum ada", "BELUM REKAM", "52050199O1990003", "#REF!", "\u0665" * 16],
)  # fmt: skip
def test_what_stands_in_many_rows_identifies_nobody(text):
    assert privacy.nik_key(SECRET, text) is None
    assert privacy.kk_key(SECRET, text) is None


def test_an_impossible_date_still_tells_a_person_apart():
    assert privacy.nik_key(SECRET, "5205019901990003") is not None


@pytest.mark.parametrize("text", ["520501990199000", "52050199019900031", "520501990199"])
def test_a_missing_or_surplus_digit_identifies_nobody(text):
    assert privacy.nik_key(SECRET, text) is None


@pytest.mark.parametrize(
    "text", ["SITI AMINAH", " siti  aminah ", "Siti-Aminah", "Siti Aminah.", "S'iti Aminah"]
)
def test_a_name_counts_without_case_spacing_and_punctuation(text):
    assert privacy.name_key(SECRET, text) == privacy.name_key(SECRET, "Siti Aminah")


@pytest.mark.parametrize("text", [None, "", "  ", "-", "...", "123", "___"])
def test_no_name_has_no_key(text):
    assert privacy.name_key(SECRET, text) is None


def test_a_title_keeps_two_men_apart():
    assert privacy.name_key(SECRET, "H. Arsyad") != privacy.name_key(SECRET, "Arsyad")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (NIK, "520501******0003"),
        ("5205.0199.0199.0003", "520501******0003"),
        ("520501990199000", "520501*****9000"),
        ("5,20501E+15", "***********"),
        ("-", "*"),
        ("   ", None),
        (None, None),
    ],
)
def test_masked_nik(text, masked):
    assert privacy.mask_nik(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("SITI AMINAH", "S*** A*****"),
        ("Baco", "B***"),
        ("H. ARSYAD, S.Pd", "H* A****** S***"),
        (f"Baco {NIK}", "B*** ****************"),
        ("(alm) Baco", "***** B***"),
        ("", None),
        (None, None),
    ],
)
def test_masked_name(text, masked):
    assert privacy.mask_name(text) == masked


@given(st.text())
def test_whatever_the_text_nothing_raises_and_no_mask_shows_more_than_four_digits_in_a_row_but_the_region(
    text,
):
    privacy.nik_key(SECRET, text)
    privacy.name_key(SECRET, text)
    privacy.mask_nik(text)
    masked = privacy.mask_name(text) or ""
    assert not any(character.isdigit() for character in masked)


@given(st.integers(min_value=10**15, max_value=10**16 - 1))
def test_a_masked_nik_hides_the_birth_date(number):
    masked = privacy.mask_nik(str(number))
    assert masked[6:12] == "******"
    assert len(masked) == 16


@pytest.mark.parametrize("strip", [privacy.without_values, privacy.without_long_numbers])
def test_a_submission_is_named_in_errors_and_a_person_is_not(strip):
    from include.inbox.claim import submission_id

    ids = [submission_id("dkp/beras/penyaluran", str(number), 0) for number in range(3000)]
    assert all(strip(f"submission {one} of {NIK}") == f"submission {one} of …" for one in ids)
    assert strip("s012345678901234") == "s012345678901234", "digits only behind the letter"
    assert NIK not in strip(f"s{NIK} x{NIK}")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("KK 5205010199019999 pindah", "KK … pindah"),
        ("52 0501 9901 9019 99", "…"),
        ("5205.0101.9901.9999", "…"),
        ("520501019901999", "…"),
        ("Rapat 5 Februari 2024, Rp12.600.000, nomor 050/54/Bappeda/2024", None),
        ("05-02-2024 s.d. 10-02-2024", None),
    ],
)
def test_a_free_text_keeps_days_and_sums_but_no_identity_number(written, shown):
    assert privacy.without_identity_numbers(written) == (shown or written)
