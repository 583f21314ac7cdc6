#!/usr/bin/env bash
# Makes .venv from requirements.lock, and installs the Debian packages that Python cannot bring.
# Run by every `make run` and `make test`, so it must be silent and instant when nothing has changed.
#
#   scripts/setup.sh                           everything
#   scripts/setup.sh --without-debian-packages only .venv (the Docker image: its Dockerfile names its packages)
#
# PYTHON=python3.13 chooses the interpreter; UV_DEFAULT_INDEX or PIP_INDEX_URL another package index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly venv=.venv
readonly stamp=$venv/.pantau-setup        # what .venv was made from; written last
readonly unfinished=$venv/.pantau-unfinished
readonly oldest="3, 11"
with_debian_packages=yes
[ "${1:-}" = --without-debian-packages ] && with_debian_packages=no

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# --- is there anything to do?
fingerprint() { # the inputs, and the folder: the scripts in .venv/bin hold its absolute path
    { sha256sum requirements.lock pyproject.toml scripts/setup.sh && pwd -P && "$1" -V; } | sha256sum | cut -d' ' -f1
}
wanted_python() { [ -z "${PYTHON:-}" ] || [ "$("$venv/bin/python" -V)" = "$("$PYTHON" -V)" ]; }
up_to_date() {
    [ ! -e "$unfinished" ] && [ -f "$stamp" ] && [ -x "$venv/bin/python" ] && wanted_python &&
        [ "$(cat "$stamp")" = "$(fingerprint "$venv/bin/python" 2>/dev/null)" ]
}
up_to_date && exit 0

# --- one set-up at a time: `make run` and `make test` may be started side by side
exec 9>.setup.lock
if ! flock --nonblock 9; then
    say "another set-up is running here, waiting for it"
    flock 9
fi
up_to_date && exit 0

# --- a Python that is new enough
new_enough() { "$1" -c "import sys; sys.exit(sys.version_info < ($oldest))" 2>/dev/null; }
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}
found="$(${PYTHON:-python3} -V 2>/dev/null || echo "no ${PYTHON:-python3}")"
python=$(find_python) || fail "Pantau Salur needs Python 3.11 or newer; found: $found." \
    "On Debian 12 or Ubuntu 24.04 and later: apt-get install python3 python3-venv" \
    "If a newer one is installed elsewhere: make setup PYTHON=/path/to/python3"

# --- Debian packages
has_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }
has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing_packages() {
    # Debian splits ensurepip off; an interpreter from elsewhere brings its own.
    has_venv || echo "$(basename "$(readlink -f "$python")")-venv"
    has_browser >/dev/null || echo chromium # e-mails and pages as pictures, and their tests
    has_package fonts-liberation || echo fonts-liberation
    has_package fonts-dejavu-core || echo fonts-dejavu-core
    # Receipts and templates in a real spreadsheet program, in tests only: without a window, 264 MB, some 40 s.
    command -v soffice >/dev/null || echo libreoffice-calc-nogui
    # The lake's catalogue and Celery's broker, started and stopped by tests only.
    has_package postgresql || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
}
apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" </dev/null >"$log" 2>&1
}
install_debian_packages() {
    local packages
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        say "not a Debian system; please install by its own means: ${packages[*]}"
    elif [ "$(id -u)" -ne 0 ]; then
        say "missing system packages, please run: sudo apt-get update && sudo apt-get install --no-install-recommends ${packages[*]}"
    else
        say "installing system packages: ${packages[*]}"
        log=$(mktemp)
        # A package list may be absent (fresh machine) or outdated: it is fetched only if it turns out to be.
        apt_install "${packages[@]}" || { apt-get update -qq >"$log" 2>&1 && apt_install "${packages[@]}"; } || {
            tail -n 3 "$log" >&2
            say "could not install them; to see why: apt-get update && apt-get install ${packages[*]}"
        }
        rm -f "$log"
    fi
}
[ $with_debian_packages = yes ] && install_debian_packages
# Without a browser only pictures of pages are missing; without venv nothing can be built.
has_venv || fail "$python cannot make virtual environments: its venv package is missing." \
    "As root: apt-get update && apt-get install $(basename "$(readlink -f "$python")")-venv"

# --- .venv
usable() { # neither left half-made by an interrupted set-up, nor moved, nor without its interpreter
    [ ! -e "$unfinished" ] && new_enough "$venv/bin/python" && wanted_python &&
        grep -qsF "$(pwd -P)/$venv/bin/" "$venv/bin/pip"
}
make_venv() {
    if usable; then
        touch "$unfinished"
        rm -f "$stamp"
        return
    fi
    [ -e "$venv" ] && say "$venv is incomplete, out of place or of another Python: making it anew"
    rm -rf "$venv"
    mkdir "$venv"
    touch "$unfinished"
    "$python" -m venv "$venv"
}
locked() { # the lock's own lines of one package, hashes included
    awk -v name="$1" 'index($0, name "==") == 1 { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock
}
install_uv() {
    local pinned
    pinned=$(locked uv | head -n 1 | cut -d' ' -f1)
    [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" = "${pinned#uv==}" ] && return
    locked uv >"$venv/uv.txt"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$venv/uv.txt"
}
uv() {
    local quiet=--quiet # on a terminal uv shows its progress
    [ -t 1 ] && quiet=
    # The compiler children would obey PYTHONDONTWRITEBYTECODE; uncompiled, every process starts two to three times slower.
    env -u PYTHONDONTWRITEBYTECODE UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$venv" "$venv/bin/uv" $quiet "$@"
}
install_python_packages() {
    install_uv &&
        uv pip sync --require-hashes --compile-bytecode requirements.lock &&
        uv pip install --no-deps --no-build-isolation --editable .
}

# uv does not read pip's variable for a mirror.
[ -n "${PIP_INDEX_URL:-}" ] && export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
started=$SECONDS
make_venv
say "installing the locked Python packages into $venv (the first time takes a minute or two)"
if ! install_python_packages; then
    rm -f "$unfinished" # refused, not interrupted: what is there is whole, the next set-up goes on from it
    fail "could not install the Python packages (the reason stands above)." \
        "If the package index cannot be reached: check the network or proxy, or set UV_DEFAULT_INDEX to a mirror."
fi
fingerprint "$venv/bin/python" >"$stamp"
rm -f "$unfinished"
say "done in $((SECONDS - started)) s"
