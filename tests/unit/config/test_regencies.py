"""Which regencies an installation serves, and that a mistake in one entry leaves the others alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from include import clock, doctor
from include.cli import app
from include.config import ConfigurationError, registry
from include.config.regencies import regency_of, scoped
from include.doctor import examine
from include.rollup.publish import listed_with_province
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

DOMPU = REPOSITORY / "include" / "config" / "dompu"
CODES = ("52.05", "52.06", "53.01")


@pytest.fixture(scope="module")
def configurations(tmp_path_factory):
    folder = tmp_path_factory.mktemp("configurations")
    for code in CODES:
        configuration(folder / code, code)
    return folder


@pytest.fixture
def province(tmp_path, monkeypatch, configurations):
    """Three regencies."""
    for variable in ("PANTAU_SECRET", "PANTAU_SMTP_URL", "PANTAU_NOW", "PANTAU_HOME", "PANTAU_CONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PANTAU_REGENCIES", str(tmp_path / "regencies.yml"))
    (tmp_path / "configuration").symlink_to(configurations)
    write(tmp_path, *(entry(code) for code in CODES))
    return tmp_path


def configuration(folder: Path, code: str) -> None:
    shutil.copytree(DOMPU, folder)
    for name in ("region.yml", "villages.csv", "village_aliases.csv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("52.05", code))


def entry(code: str, **more: object) -> dict:
    return {"code": code, "configuration": f"configuration/{code}", "home": f"homes/{code}", **more}


def write(folder: Path, *entries: object) -> None:
    (folder / "regencies.yml").write_text(yaml.safe_dump({"regencies": list(entries)}))


def test_without_the_variable_there_is_one_regency_as_ever(monkeypatch, tmp_path):
    monkeypatch.delenv("PANTAU_REGENCIES", raising=False)
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path))
    assert registry() is None
    assert Settings.of() == Settings()
    with pytest.raises(ConfigurationError, match="PANTAU_REGENCIES set"):
        Settings.of("52.05")


def test_each_regency_has_its_own_home_configuration_and_key(province):
    opened = [Workspace.open(code) for code in CODES]
    assert [ws.settings.home for ws in opened] == [province / "homes" / code for code in CODES]
    assert [ws.configuration.region.regency_code for ws in opened] == list(CODES)
    assert len({ws.settings.secret() for ws in opened}) == 3


def test_what_is_secret_stands_in_variables_of_the_regency(province, monkeypatch):
    monkeypatch.setenv("PANTAU_SMTP_URL", "smtp://shared.example:25")
    monkeypatch.setenv("PANTAU_SMTP_URL_52_06", "smtp://own.example:25")
    monkeypatch.setenv("PANTAU_SECRET_52_06", "sixteen or more letters")
    first, second = Settings.of("52.05"), Settings.of("52.06")
    assert (first.smtp_url, second.smtp_url) == ("smtp://shared.example:25", "smtp://own.example:25")
    assert second.secret() == b"sixteen or more letters"
    assert first.secret() != second.secret()


def test_one_key_for_all_is_refused(province, monkeypatch):
    """With one key the families of two regencies could be joined by whoever holds both audit databases."""
    monkeypatch.setenv("PANTAU_SECRET", "sixteen or more letters")
    with pytest.raises(ConfigurationError, match="PANTAU_SECRET_<code>"):
        Workspace.open("52.05")


@pytest.mark.parametrize("code", [None, "99.99", "52_05"])
def test_a_regency_must_be_said_and_known(province, code):
    with pytest.raises(ConfigurationError, match=r"--regency.*one of 52.05, 52.06, 53.01"):
        Workspace.open(code)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (entry("52.06", home="homes/52.05"), r"regencies\[1\], home: .*it is the home of 52.05"),
        (entry("52.06", home="homes/52.05/inbox"), "neither inside nor around another's: 52.05"),
        (entry("52.06", home="homes"), "neither inside nor around another's: 52.05"),
        (entry("52.06", home="homes/../homes/./52.05"), "it is the home of 52.05"),
        (entry("52.05"), r"regencies\[1\], code: .*a code that no entry before it has"),
        ({"code": "52.06", "home": "homes/52.06"}, r"regencies\[1\], configuration: is missing"),
        (entry("52.06", quue="a"), r"regencies\[1\], quue: this key.*perhaps queue"),
        (entry("5206"), r"regencies\[1\], code.*in quotes"),
        (entry("52.06", queue="a b"), "queue"),
        ("52.06", "an entry with the keys|regencies"),
    ],
)
def test_a_mistake_leaves_out_its_entry_and_no_other(province, wrong, told):
    write(province, entry("52.05"), wrong, entry("53.01"))
    listed = registry()
    assert list(listed.regencies) == ["52.05", "53.01"]
    assert len(listed.problems) == 1
    Workspace.open("52.05")
    Workspace.open("53.01")
    with pytest.raises(ConfigurationError, match=told):
        Workspace.open("52.06")


def test_a_home_that_is_anothers_through_a_link_is_refused(province):
    (province / "homes" / "52.05").mkdir(parents=True)
    (province / "link").symlink_to(province / "homes" / "52.05")
    write(province, entry("52.05"), entry("52.06", home="link"))
    assert list(registry().regencies) == ["52.05"]


@pytest.mark.parametrize("text", ["regencies: [", "", "regencies: {}", "regences:\n- code: 1\n", "[]"])
def test_a_file_that_is_no_list_of_regencies_stops_everything_and_says_why(province, text):
    (province / "regencies.yml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"regencies\.yml"):
        registry()


def test_a_part_that_nobody_knows_is_told_and_stops_no_regency(province):
    written = yaml.safe_dump({"regencies": [entry(code) for code in CODES], "provinsi": OVER_ALL})
    (province / "regencies.yml").write_text(written)
    assert list(registry().regencies) == list(CODES)
    assert registry().province is None
    told = r"regencies\.yml, provinsi: this key cannot be used.*perhaps province is meant"
    assert re.search(told, str(ConfigurationError(registry().problems)))
    with pytest.raises(ConfigurationError, match=told):
        listed_with_province()
    with pytest.raises(ConfigurationError, match=told):
        Workspace.open("99.99")


def test_another_regencys_mistake_is_advice_to_the_doctor(province):
    write(province, entry("52.05"), entry("52.06", home="homes/52.05"))
    [told] = [one for one in examine("52.05") if one.subject == "regencies"]
    assert (told.healthy, told.advice) == (True, True)
    assert "it is the home of 52.05" in told.message
    assert not all(one.healthy for one in examine("52.06"))
    assert CliRunner().invoke(app, ["--regency", "52.06", "doctor"]).exit_code == 2


def test_what_is_not_for_one_regency_refuses_to_be_told_one(province):
    for command in (["rollup"], ["new-regency", "52.07"]):
        done = CliRunner().invoke(app, ["--regency", "52.06", *command])
        assert done.exit_code == 2
        assert "leave out --regency" in " ".join(done.output.replace("│", " ").split())
    assert not (province / "52.07").exists()


def test_a_file_that_is_not_there(province):
    (province / "regencies.yml").unlink()
    with pytest.raises(ConfigurationError, match=r"PANTAU_REGENCIES.*No such file"):
        registry()


def test_a_changed_file_is_read_anew(province):
    assert "53.01" in registry().regencies
    write(province, entry("52.05"))
    assert list(registry().regencies) == ["52.05"]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (
            lambda folder: (folder / "region.yml").write_text("a: ["),
            r"configuration of 52\.06.*\n.*region\.yml",
        ),
        (shutil.rmtree, r"configuration of 52\.06.*\n.*PANTAU_CONFIG"),
    ],
)
def test_a_regencys_broken_configuration_is_its_own(province, tmp_path, mistake, told):
    own = tmp_path / "own"
    shutil.copytree(province / "configuration" / "52.06", own)
    mistake(own)
    write(province, entry("52.05"), entry("52.06", configuration="own"))
    with pytest.raises(ConfigurationError, match=told):
        Workspace.open("52.06")
    assert not (province / "homes" / "52.06").exists()
    Workspace.open("52.05")


def test_a_folder_of_another_regency_is_refused(province):
    write(province, entry("52.05"), entry("52.06", configuration="configuration/53.01"))
    with pytest.raises(ConfigurationError, match=r'regency_code: "53\.01".*as PANTAU_REGENCIES lists'):
        Workspace.open("52.06")


def test_a_regencys_broken_key_is_its_own(province):
    secret = Workspace.open("52.06").settings.home / "secret"
    secret.write_text("short")
    with pytest.raises(ConfigurationError, match="16 characters"):
        Settings.of("52.06").secret()
    assert Workspace.open("52.05").settings.secret()


def test_a_pretended_now_needs_an_offset_where_time_zones_differ(province, monkeypatch):
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12")
    with pytest.raises(ConfigurationError, match="without an offset"):
        clock.now()
    monkeypatch.setenv("PANTAU_NOW", "2024-02-12T09:00:00+08:00")
    assert clock.now().hour == 1


def test_names_are_scoped_and_say_whose_they_are():
    assert scoped("monitor_disbursement", None) == "monitor_disbursement"
    assert scoped("monitor_disbursement", "52.05") == "monitor_disbursement__52_05"
    assert regency_of("monitor_disbursement") is None
    assert regency_of("monitor_disbursement__52_05") == "52.05"


@pytest.mark.parametrize("command", ["run", "doctor", "verify"])
def test_every_command_needs_to_know_which_regency(province, command):
    for options in ([], ["--regency", "99.99"]):
        done = CliRunner().invoke(app, [*options, command])
        assert done.exit_code == 2
        assert "one of 52.05, 52.06, 53.01" in " ".join(done.output.split())


def test_a_command_works_on_the_regency_that_is_said(province):
    done = CliRunner().invoke(app, ["--regency", "52.06", "doctor"])
    assert f"home: {province}/homes/52.06" in "".join(done.output.splitlines())
    assert "3 in" in done.output
    assert [path.name for path in (province / "homes").iterdir()] == ["52.06"]


OVER_ALL = {
    "name": "Nusa Tenggara Barat",
    "timezone": "Asia/Makassar",
    "coordinator": {"title": "Sekretaris TKPK Provinsi", "email": "tkpk@ntb.example"},
    "sender": "Pantau Salur <pantau@ntb.example>",
    "home": "homes/province",
}


def write_with_province(folder: Path, over_all: object) -> None:
    listed = {"regencies": [entry(code) for code in CODES], "province": over_all}
    (folder / "regencies.yml").write_text(yaml.safe_dump(listed))


def test_a_province_may_stand_over_the_regencies(province):
    assert registry().province is None
    write_with_province(province, OVER_ALL)
    over_all = registry().province
    assert (over_all.name, over_all.coordinator.email) == ("Nusa Tenggara Barat", "tkpk@ntb.example")
    assert over_all.home == province / "homes" / "province"
    assert over_all.engineer_email == "tkpk@ntb.example"
    write_with_province(province, OVER_ALL | {"engineer_email": "data@ntb.example"})
    over_all = registry().province
    assert over_all.engineer_email == "data@ntb.example"
    assert registry().problems == ()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "home",
            "homes/52.05/province",
            'province, home: "{0}" cannot be used. Allowed: a folder neither inside',
        ),
        ("home", "homes/52.05", "it is the home of 52.05"),
        ("coordinator", {"title": "Sekretaris"}, "province, coordinator.email: is missing"),
        (
            "timezone",
            "WITA",
            'province, timezone: "WITA" cannot be used. Allowed: a time zone of the IANA list',
        ),
        ("sender", "nobody", 'province, sender: "nobody" cannot be used. Allowed: an e-mail address'),
        ("nmae", "NTB", "province, nmae: this key cannot be used"),
    ],
)
def test_a_mistake_in_the_province_leaves_out_the_roll_up_and_no_regency(province, key, value, told):
    write_with_province(province, OVER_ALL | {key: value})
    listed = registry()
    assert listed.province is None
    assert list(listed.regencies) == list(CODES)
    assert told.format(province / str(value)) in str(ConfigurationError(listed.problems))


def of_province() -> doctor.Finding:
    return next(found for found in doctor.examine() if found.subject == "province")


def test_the_doctor_looks_at_the_provinces_home_and_addresses(province):
    real = {
        "coordinator": {"title": "Sekretaris", "email": "tkpk@ntbprov.go.id"},
        "sender": "pantau@ntbprov.go.id",
    }
    write_with_province(province, OVER_ALL)
    assert "coordinator, sender, engineer_email" in of_province().message
    write_with_province(province, OVER_ALL | real)
    found = of_province()
    assert (found.healthy, found.advice) == (True, True)
    assert "set engineer_email" in found.message
    sound = OVER_ALL | real | {"engineer_email": "data@ntbprov.go.id"}
    write_with_province(province, sound)
    found = of_province()
    assert (found.healthy, found.advice) == (True, False)
    assert "letters to tkpk@ntbprov.go.id, failures to data@ntbprov.go.id" in found.message
    (province / "a file").touch()
    write_with_province(province, sound | {"home": "a file/province"})
    found = of_province()
    assert not found.healthy
    assert f"change the owner of {province}/a file" in found.message


def test_the_doctor_has_nothing_of_a_province_where_there_is_none(province):
    assert "province" not in {found.subject for found in doctor.examine()}
