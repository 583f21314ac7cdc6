#!/usr/bin/env bash
# Every linter at once, each with its own clear verdict; the output of those that found something follows.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=.venv/bin
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

check() { # name, command...: runs beside the others, leaves its output and exit code
    local name=$1 started=$EPOCHREALTIME
    shift
    {
        "$@" >"$reports/$name.out" 2>&1
        echo "$?" "$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" >"$reports/$name.code"
    } &
}

check ruff "$bin/ruff" check --quiet .
check ruff-format "$bin/ruff" format --quiet --check --diff .
check mypy "$bin/mypy"
check import-linter "$bin/lint-imports" --no-cache
check yamllint "$bin/yamllint" --strict .
check compose "$bin/check-jsonschema" --builtin-schema vendor.compose-spec docker-compose.yml
check sqlfluff "$bin/sqlfluff" lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests
wait

failed=0
for code in "$reports"/*.code; do
    name=$(basename "$code" .code)
    read -r status seconds <"$code"
    if [ "$status" -eq 0 ]; then
        printf 'lint: %-14s ok (%s s)\n' "$name" "$seconds"
    else
        failed=1
        printf 'lint: %-14s FAILED (%s s)\n' "$name" "$seconds"
        sed 's/^/    /' "$reports/$name.out"
    fi
done
exit $failed
