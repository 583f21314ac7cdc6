"""Makes the first account of a server, and lets everybody who may log in see our pages in Airflow's bar. May be repeated.

Where there are several regencies it makes two roles for each, and one for the province, and gives them their DAGs; everything
else that is theirs follows from that. What such a role has besides is taken away, from the roles of regencies that are listed no
longer everything.
"""

import os
from collections.abc import Iterable
from typing import Any

from include.config.regencies import PROVINCE_ROLE, engineer_role, is_own_role, reader_role, registry, scoped
from include.orchestration import province
from include.orchestration.regencies import DAGS

ONLY_LOOK = ("Viewer", "User")

# What is looked at within a DAG; each needs the right to the DAG itself as well. Left out is what Airflow shows of all
# DAGs alike: assets with their events (names of files), pools, jobs, the audit log, variables, connections, import errors
# (those of check_regencies.py name other regencies).
LOOK = [
    *(
        ("can_read", resource)
        for resource in (
            "DAG Code", "DAG Dependencies", "DAG Runs", "DAG Versions", "DAG Warnings", "HITL Detail", "My Password",
            "My Profile", "Plugins", "Task Instances", "Task Logs", "Website", "XComs",
        )
    ),
    ("can_edit", "My Password"),
    ("can_edit", "My Profile"),
    ("menu_access", "DAGs"),
]  # fmt: skip
WORK = [
    ("can_edit", "HITL Detail"),
    *(
        (action, resource)
        for resource in ("DAG Runs", "Task Instances", "Backfills")
        for action in ("can_read", "can_create", "can_edit", "can_delete")
    ),
]


Rights = list[tuple[str, str]]


def make_regency_roles(manager: Any) -> None:
    """Makes the roles and gives each what it may, no more and no less. Airflow need not have read the DAGs yet."""
    listed = registry()
    wanted: dict[str, Rights] = {}
    for code in listed.regencies if listed else ():
        dags = [scoped(name, code) for name in DAGS]
        wanted[reader_role(code)] = LOOK + _rights(dags, "can_read")
        wanted[engineer_role(code)] = LOOK + WORK + _rights(dags, "can_read", "can_edit")
    if listed and listed.province:
        wanted[PROVINCE_ROLE] = LOOK + WORK + _rights([province.DAG_ID], "can_read", "can_edit")
    manager.bulk_sync_roles([{"role": role, "perms": rights} for role, rights in wanted.items()])
    if not (listed and listed.problems):  # an entry with a mistake is not one that was taken out
        _withdraw(manager, wanted)


def _rights(dags: Iterable[str], *actions: str) -> Rights:
    return [(action, f"DAG:{dag}") for dag in dags for action in actions]


def _withdraw(manager: Any, wanted: dict[str, Rights]) -> None:
    for role in manager.get_all_roles():
        if is_own_role(role.name):
            rights = set(wanted.get(role.name, ()))
            for permission in list(role.permissions):
                if (permission.action.name, permission.resource.name) not in rights:
                    manager.remove_permission_from_role(role, permission)


def show_pages(manager: Any) -> None:
    """The bar is made of the list of plugins, which roles that only look may not read by themselves."""
    permission = manager.create_permission("can_read", "Plugins")
    for role in ONLY_LOOK:
        manager.add_permission_to_role(manager.find_role(role), permission)


def make_first_account(manager: Any, name: str, password: str, email: str) -> None:
    """An account that is there already stays as it is, with the password that its owner has set since."""
    if manager.find_user(name) is None and not manager.add_user(
        name, "Pantau", "Salur", email, manager.find_role("Admin"), password
    ):
        raise SystemExit(f"the account {name} could not be made")


def first_account() -> tuple[str, str, str] | None:
    """Name, password and address from the environment; None where another way makes the accounts (a chart's own job).

    Raises:
        SystemExit: some of the three are set and others are not.
    """
    names = ("AIRFLOW_ADMIN_USER", "AIRFLOW_ADMIN_PASSWORD", "AIRFLOW_ADMIN_EMAIL")
    name, password, email = (os.environ.get(one, "") for one in names)
    missing = [one for one in names if not os.environ.get(one)]
    if len(missing) == len(names):
        print(f"no account was made: none of {', '.join(names)} is set")
        return None
    if missing:
        raise SystemExit(f"the first account cannot be made: {', '.join(missing)} must be set as well")
    return name, password, email


if __name__ == "__main__":
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        show_pages(builder.sm)
        make_regency_roles(builder.sm)
        if account := first_account():
            make_first_account(builder.sm, *account)
