"""Makes the first account of a server, and lets everybody who may log in see our pages in Airflow's bar. May be repeated.

Where there are several regencies it makes two roles for each, and one for the province: Airflow gives them their DAGs when it
reads those, and everything else that is theirs follows from that.
"""

import os
from typing import Any

from include.config.regencies import PROVINCE_ROLE, engineer_role, reader_role, registry

ONLY_LOOK = ("Viewer", "User")

# What is looked at within a DAG; each needs the right to the DAG itself as well. Left out is what Airflow shows of all
# DAGs alike: assets with their events (names of files), pools, jobs, the audit log, variables, connections.
LOOK = [
    *(
        ("can_read", resource)
        for resource in (
            "DAG Code", "DAG Runs", "DAG Versions", "DAG Warnings", "HITL Detail", "ImportError", "My Password",
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


def make_regency_roles(manager: Any) -> None:
    """The roles must be there before Airflow reads the DAGs that are given to them."""
    listed = registry()
    for code in listed.regencies if listed else ():
        manager.bulk_sync_roles(
            [
                {"role": reader_role(code), "perms": LOOK},
                {"role": engineer_role(code), "perms": LOOK + WORK},
            ]
        )
    if listed and listed.province:
        manager.bulk_sync_roles([{"role": PROVINCE_ROLE, "perms": LOOK + WORK}])


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


if __name__ == "__main__":
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        show_pages(builder.sm)
        make_regency_roles(builder.sm)
        make_first_account(
            builder.sm,
            os.environ["AIRFLOW_ADMIN_USER"],
            os.environ["AIRFLOW_ADMIN_PASSWORD"],
            os.environ["AIRFLOW_ADMIN_EMAIL"],
        )
