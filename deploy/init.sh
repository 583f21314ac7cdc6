#!/usr/bin/env bash
# Prepares a server before its services start, and again after every update: each step may be repeated.
set -euo pipefail

# The home first: with a mistake in the configuration this stops, and nothing starts.
# Receipts' folders exist before the first receipt, because the drop zone mounts them.
python - <<'PY'
from include.config import ConfigurationError
from include.workspace import Workspace

try:
    workspace = Workspace.open()
    workspace.settings.secret()
except ConfigurationError as error:
    raise SystemExit(str(error)) from None
for feed in workspace.configuration.feeds:
    (workspace.settings.returned / feed.path).mkdir(mode=0o700, parents=True, exist_ok=True)
PY

airflow db migrate
# The same pools as on a laptop; above all the one place of the one writer.
pools=$(mktemp --suffix=.json)
trap 'rm -f "$pools"' EXIT
python -c 'import json; from include.demonstration.airflow_home import pools; print(json.dumps(pools()))' >"$pools"
airflow pools import "$pools"
python "$(dirname "${BASH_SOURCE[0]}")/accounts.py"
