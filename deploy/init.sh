#!/usr/bin/env bash
# Prepares a server before its services start, and again after every update: each step may be repeated.
set -euo pipefail

# The homes first: with a mistake in the only regency's configuration this stops, and nothing starts. Of several
# regencies those with a mistake are named, and the others start.
# Receipts' folders exist before the first receipt, because the drop zone mounts them.
python - <<'PY'
import sys

from include.config import ConfigurationError, registry
from include.workspace import Workspace


def prepare(regency=None):
    workspace = Workspace.open(regency)
    workspace.settings.secret()
    for feed in workspace.configuration.feeds:
        (workspace.settings.returned / feed.path).mkdir(mode=0o700, parents=True, exist_ok=True)


try:
    listed = registry()
    if listed is None:
        prepare()
except ConfigurationError as error:
    raise SystemExit(str(error)) from None
if listed is not None and listed.problems:
    print(ConfigurationError(listed.problems), file=sys.stderr)
for code in listed.regencies if listed else ():
    try:
        prepare(code)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
PY

# The store's bucket, where the lake's rows go to one.
python "$(dirname "${BASH_SOURCE[0]}")/lake_bucket.py"

airflow db migrate
# The same pools as on a laptop; above all the one place of the one writer.
pools=$(mktemp --suffix=.json)
trap 'rm -f "$pools"' EXIT
python -c 'import json; from include.demonstration.airflow_home import pools; print(json.dumps(pools()))' >"$pools"
airflow pools import "$pools"
python "$(dirname "${BASH_SOURCE[0]}")/accounts.py"
