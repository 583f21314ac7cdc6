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

# By far the slowest: a file that passed is not looked at again while it, the macros, the settings and the version are the same.
sql_files() {
    local same passed path hash paths=() passing=()
    same=$(cat dbt_project/macros/*.sql pyproject.toml requirements.lock | sha256sum | cut -c1-16)
    passed=.sqlfluff_cache/$same
    find .sqlfluff_cache -mindepth 1 -maxdepth 1 ! -name "$same" -exec rm -r {} + 2>/dev/null
    mkdir -p "$passed"
    while IFS= read -r path; do
        hash=$(sha256sum "$path" | tr -c 'a-zA-Z0-9\n' '_')
        [ -e "$passed/$hash" ] || { paths+=("$path"); passing+=("$passed/$hash"); }
    done < <(find dbt_project/models dbt_project/tests -name '*.sql' | sort)
    [ ${#paths[@]} -eq 0 ] && return
    "$bin/sqlfluff" lint --disable-progress-bar --processes 2 "${paths[@]}" && touch "${passing[@]}"
}

check ruff "$bin/ruff" check --quiet .
check ruff-format "$bin/ruff" format --quiet --check --diff .
check mypy "$bin/mypy"
check import-linter "$bin/lint-imports" --no-cache
check yamllint "$bin/yamllint" --strict .
check compose "$bin/check-jsonschema" --builtin-schema vendor.compose-spec docker-compose.yml
check sqlfluff sql_files
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
