"""Makes the first account of a server, and lets everybody who may log in see our pages in Airflow's bar. May be repeated."""

import os
from typing import Any

ONLY_LOOK = ("Viewer", "User")


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
        make_first_account(
            builder.sm,
            os.environ["AIRFLOW_ADMIN_USER"],
            os.environ["AIRFLOW_ADMIN_PASSWORD"],
            os.environ["AIRFLOW_ADMIN_EMAIL"],
        )
