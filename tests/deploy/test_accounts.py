"""Which first account a server gets: the one of the environment, none where another way makes it, never half of one."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from include.config.regencies import PROVINCE_ROLE, engineer_role, is_own_role, reader_role

ACCOUNTS = runpy.run_path(str(Path(__file__).parents[2] / "deploy" / "accounts.py"))
GIVEN = {"USER": "capo", "PASSWORD": "long enough", "EMAIL": "capo@pemda.example"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    """Sets what is given of the three variables."""

    def given(**values: str) -> None:
        for name in GIVEN:
            monkeypatch.setenv(f"AIRFLOW_ADMIN_{name}", values.get(name, ""))

    return given


def test_the_account_of_the_environment(environment):
    environment(**GIVEN)
    assert ACCOUNTS["first_account"]() == tuple(GIVEN.values())


def test_none_where_a_charts_own_job_makes_it(environment, capsys):
    environment()
    assert ACCOUNTS["first_account"]() is None
    assert "AIRFLOW_ADMIN_USER" in capsys.readouterr().out


@pytest.mark.parametrize("missing", GIVEN)
def test_half_an_account_is_refused_by_name(environment, missing):
    environment(**{name: value for name, value in GIVEN.items() if name != missing})
    with pytest.raises(SystemExit, match=f"AIRFLOW_ADMIN_{missing} must be set"):
        ACCOUNTS["first_account"]()


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        (engineer_role("52.05"), True),
        (reader_role("99.99"), True),
        (PROVINCE_ROLE, True),
        ("Admin", False),
        ("Regency 52.05 auditor", False),
        ("Provinces", False),
    ],
)
def test_only_roles_of_regencies_and_province_are_made_anew(name, is_own):
    assert is_own_role(name) is is_own
