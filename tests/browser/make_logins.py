"""Makes logins of FAB, `name:role` each, and lets everybody see the navigation, as deploy/init.sh does on a server."""

import sys

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

with get_application_builder() as builder:
    manager = builder.sm
    for argument in sys.argv[1:]:
        name, _, role = argument.partition(":")
        manager.add_user(name, name, role, f"{name}@example.org", manager.find_role(role), name * 2)
    for role in ("Viewer", "User"):
        manager.add_permission_to_role(
            manager.find_role(role), manager.create_permission("can_read", "Plugins")
        )
