"""Names as registries write them: which spellings are one name, and which must stay two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answer = Callable[[str], list[dict[str, Any]]]

ONE_NAME = [
    ("H. Arsyad", "ARSYAD"), ("Hj. Siti Aminah", "ST. AMINAH"), ("Drs. H. Abd. Karim, M.Si", "Abdul Karim"), ("ARSYAD, S.Pd.", "Arsyad"),
    ("Arsyad S.Pd. M.Pd", "Arsyad"), ("Hasan, S.Pd.I", "HASAN"), ("Alm. Landa", "LANDA"), ("Landa (Almarhum)", "Landa"), ("Fatimah (Almh.)", "Fatima"),
    ("Moh. Saleh", "Muhammad Saleh"), ("M. Saleh", "Mohammad Saleh"), ("Muh Saleh", "MUHAMAD SALEH"), ("Moch. Saleh", "Mochammad Saleh"),
    ("Mhd. Saleh", "Muhammad Saleh"), ("Abd Rahman", "Abdul Rahman"), ("Abdurrahman", "Abdul Rahman"), ("Abdurahman", "Abd. Rahman"),
    ("Abdussalam", "Abd Salam"), ("Sitti Hawa", "Siti Hawa"), ("Jusuf", "Yusuf"), ("Djamaluddin", "Jamaludin"), ("Soekarno", "Sukarno"),
    ("Tjokro", "Cokro"), ("Noerhajati", "Nurhayati"), ("Hadijah", "Khadijah"), ("Sarifudin", "Syarifuddin"), ("Aisjah", "Aisyah"), ("Nur Laila", "Nurlaila"),
    ("Dae Arsyad", "Arsyad"), ("Ma'ruf", "Maruf"), ("Ibrahim bin Ali", "Ibrahim Ali"), ("  ARSYAD\u00a0 ", "arsyad"), ("Chairul", "Hairul"), ("Usman", "Utsman"),
]  # fmt: skip
TWO_NAMES = [
    ("Hasan", "Husen"), ("Rahmat", "Rahmah"), ("Siti Aminah", "Siti Aisyah"), ("M. Saleh", "M. Salim"), ("Abdul Karim", "Abdul Rahim"),
    ("Muhammad", "Mahmud"), ("Hawa", "Hadi"), ("Baco", "Bace"), ("Nurhayati", "Nurhidayati"), ("Landa", "Landi"), ("Ina Mariani", "Ina Marlina"),
]  # fmt: skip


def _read(compiled: Answer) -> dict[str, dict[str, Any]]:
    texts = sorted(
        {text for pair in ONE_NAME + TWO_NAMES for text in pair} | {"-", "H", "12", "", "H. M. T. Ali"}
    )
    values = ", ".join("('" + text.replace("'", "''") + "')" for text in texts)
    rows = compiled(
        "with names as (select * from (values "
        + values
        + ") as told (name_text)), {{ compared_names('names') }} select * from heard_names"
    )
    return {row["name_text"]: row for row in rows}


def test_spellings_of_one_name_sound_alike_and_other_names_do_not(compiled: Answer) -> None:
    found = _read(compiled)
    sound = {text: row["name_sound"] for text, row in found.items()}
    assert [(one, two, sound[one], sound[two]) for one, two in ONE_NAME if sound[one] != sound[two]] == []
    assert [(one, two, sound[one]) for one, two in TWO_NAMES if sound[one] == sound[two]] == []
    assert (sound["-"], sound["12"], sound[""]) == (None, None, None)
    assert found["H"]["name_compared"] == "h", "a name that is nothing but a title is kept"
    assert found["H. Arsyad"]["name_compared"] == "arsyad"
    assert found["M. Saleh"]["name_words"] == ["sale"], "Muhammad tells nobody apart"
