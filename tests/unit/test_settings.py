"""Where state, configuration and secret come from, and that nobody else may read them."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from include.config import ConfigurationError
from include.settings import REPOSITORY, Settings
from include.workspace import Workspace

VARIABLES = ("PANTAU_HOME", "PANTAU_CONFIG", "PANTAU_SMTP_URL", "PANTAU_SECRET", "PANTAU_NOW")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_defaults_of_the_contract():
    settings = Settings()
    assert settings.home == REPOSITORY / ".pantau"
    assert settings.config_dir == REPOSITORY / "include" / "config" / "dompu"
    assert settings.smtp_url is None


def test_variables_are_read(monkeypatch, tmp_path):
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path / "regency"))
    monkeypatch.setenv("PANTAU_SMTP_URL", "smtp://127.0.0.1:1025")
    settings = Settings()
    assert settings.home == tmp_path / "home"
    assert settings.config_dir == tmp_path / "regency"
    assert settings.smtp_url == "smtp://127.0.0.1:1025"
    assert settings.warehouse_file == tmp_path / "home" / "warehouse.duckdb"
    assert settings.audit_db == tmp_path / "home" / "audit" / "pantau.duckdb"


def test_empty_variables_count_as_unset(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "")
    assert Settings().home == REPOSITORY / ".pantau"
    assert Settings().smtp_url is None


def test_each_home_spills_into_a_folder_of_its_own(monkeypatch, tmp_path):
    assert Settings(home=tmp_path / "a").spill == tmp_path / "a" / ".spill"
    monkeypatch.setenv("PANTAU_DUCKDB_TEMP", str(tmp_path / "fast"))
    first, second = (Settings(home=tmp_path / name).spill for name in "ab")
    assert first != second
    assert first.parent == second.parent == tmp_path / "fast"


@pytest.mark.parametrize(
    ("text", "usable"), [("2GB", True), ("1.5 GiB", True), ("4", False), ("much", False)]
)
def test_the_memory_of_duckdb_has_a_unit(monkeypatch, text, usable):
    monkeypatch.setenv("PANTAU_DUCKDB_MEMORY", text)
    if usable:
        assert Settings().duckdb_memory == text
    else:
        with pytest.raises(ConfigurationError, match=rf'PANTAU_DUCKDB_MEMORY: "{text}".*such as 4GB'):
            Settings()


def test_a_relative_home_becomes_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Settings(home=Path("state")).home == tmp_path / "state"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example:587?starttls=1",
        "smtps://user:p%40ss@mail.example:465",
        "smtp://[::1]:25",
        "smtp://mail.example",
    ],
)
def test_mail_servers_that_can_be_used(url):
    assert Settings(smtp_url=url).smtp_url == url


@pytest.mark.parametrize(
    "url",
    ["mail.example:25", "http://mail.example", "smtp://", "smtp://mail.example:port", "smtp://mail.example:99999",
     "smtp://mail.example/path", "smtp://mail.example?tls=1", "smtp://[::1"],
)  # fmt: skip
def test_mail_servers_that_cannot_be_used(url):
    with pytest.raises(ConfigurationError, match="PANTAU_SMTP_URL"):
        Settings(smtp_url=url)


def test_a_wrong_mail_server_is_told_without_its_password():
    with pytest.raises(ConfigurationError) as caught:
        Settings(smtp_url="smtp://user:hunter2@mail.example:port")
    assert "hunter2" not in str(caught.value)


def test_wrong_variables_are_told_together(monkeypatch):
    monkeypatch.setenv("PANTAU_SECRET", "too short")
    monkeypatch.setenv("PANTAU_SMTP_URL", "nonsense")
    with pytest.raises(ConfigurationError) as caught:
        Settings()
    assert [problem.key for problem in caught.value.problems] == ["PANTAU_SECRET", "PANTAU_SMTP_URL"]
    assert "a text of 9 characters" in str(caught.value)
    assert "too short" not in str(caught.value)


def test_no_secret_in_what_may_be_logged(monkeypatch):
    monkeypatch.setenv("PANTAU_SECRET", "sixteen characters of secret")
    monkeypatch.setenv("PANTAU_SMTP_URL", "smtp://user:password@mail.example:25")
    assert "sixteen" not in repr(Settings())
    assert "password" not in repr(Settings())


def test_the_given_secret_is_used_and_nothing_is_written(monkeypatch, home):
    monkeypatch.setenv("PANTAU_SECRET", "0123456789abcdef")
    assert Settings().secret() == b"0123456789abcdef"
    assert not home.exists()


def test_a_secret_is_made_once_for_this_user_only(home):
    first = Settings().secret()
    assert len(first) >= 32
    assert Settings().secret() == first
    assert mode(home) == 0o700
    assert mode(home / "secret") == 0o600
    assert [path.name for path in home.iterdir()] == ["secret"]


@pytest.mark.parametrize("content", [b"short\n", b"\xff\xfe\x00 not a text at all, however long"])
def test_a_damaged_secret_is_not_used(home, content):
    home.mkdir()
    (home / "secret").write_bytes(content)
    with pytest.raises(ConfigurationError, match="16 characters"):
        Settings().secret()


@pytest.mark.parametrize("data", ["warehouse.duckdb", "landing/dkp/beras/penerima/0123.parquet"])
def test_a_lost_secret_is_not_replaced_by_another(home, data):
    """A new key would silently make every known family a stranger."""
    (home / data).parent.mkdir(parents=True)
    (home / data).touch()
    with pytest.raises(ConfigurationError, match="backup"):
        Settings().secret()
    assert not (home / "secret").exists()


def _secret_of(home, start, answers):
    start.wait()
    answers.put(Settings(home=home).secret())


def test_processes_that_start_at_once_agree_on_one_secret(home):
    context = multiprocessing.get_context("fork")
    start, answers = context.Event(), context.Queue()
    processes = [context.Process(target=_secret_of, args=(home, start, answers)) for _ in range(8)]
    for process in processes:
        process.start()
    start.set()
    secrets = {answers.get(timeout=20) for _ in processes}
    for process in processes:
        process.join(20)
    assert len(secrets) == 1
    assert [path.name for path in home.iterdir()] == ["secret"]


def test_opening_makes_private_folders(home):
    ws = Workspace.open()
    for folder in (home, home / "inbox", home / "inbox" / "dkp", ws.settings.landing, ws.settings.audit_dir):
        assert mode(folder) == 0o700, folder
    assert all((home / "inbox" / feed.path).is_dir() for feed in ws.configuration.feeds)


def test_opening_again_leaves_the_operator_s_modes_alone(home):
    Workspace.open()
    (home / "inbox" / "dkp").chmod(0o770)
    Workspace.open()
    assert mode(home / "inbox" / "dkp") == 0o770


def test_a_wrong_configuration_touches_nothing(monkeypatch, home, tmp_path):
    monkeypatch.setenv("PANTAU_CONFIG", str(tmp_path))
    with pytest.raises(ConfigurationError):
        Workspace.open()
    assert not home.exists()


def test_a_wrong_pretended_time_touches_nothing(monkeypatch, home):
    monkeypatch.setenv("PANTAU_NOW", "tomorrow")
    with pytest.raises(ConfigurationError, match="PANTAU_NOW"):
        Workspace.open()
    assert not home.exists()


def test_a_home_that_cannot_be_made_is_a_clear_error(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PANTAU_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ConfigurationError, match="PANTAU_HOME"):
        Workspace.open()


def test_two_homes_share_nothing(tmp_path):
    one, other = Settings(home=tmp_path / "one"), Settings(home=tmp_path / "other")
    assert one.secret() != other.secret()
    assert os.path.commonpath([one.archive, other.archive]) == str(tmp_path)
