"""Makes logins of FAB, `name:role` each, on a metadata database prepared as a server's is."""

import runpy
import sys
from pathlib import Path

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

accounts = runpy.run_path(str(Path(__file__).parents[2] / "deploy" / "accounts.py"))
with get_application_builder() as builder:
    accounts["show_pages"](builder.sm)
    accounts["make_regency_roles"](builder.sm)
    for argument in sys.argv[1:]:
        name, _, role = argument.partition(":")
        builder.sm.add_user(name, name, role, f"{name}@example.org", builder.sm.find_role(role), name * 2)
