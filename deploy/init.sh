#!/usr/bin/env bash
# Prepares a server before its services start, and again after every update: each step may be repeated.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

# The homes first: what stops here has changed nothing yet.
python "$here/homes.py"

# The store's bucket, where the lake's rows go to one.
python "$here/lake_bucket.py"

airflow db migrate
# The same pools as on a laptop; above all the one place of the one writer.
pools=$(mktemp --suffix=.json)
trap 'rm -f "$pools"' EXIT
python -c 'import json; from include.demonstration.airflow_home import pools; print(json.dumps(pools()))' >"$pools"
airflow pools import "$pools"
python "$here/accounts.py"
