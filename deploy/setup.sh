#!/bin/sh
# Sets everything up in .venv, beside this repository's Makefile. As root on Debian it installs what is missing through
# apt; as anybody else it says what the administrator must install, and takes Playwright's own browser when there is none.
set -eu
cd "$(dirname "$0")/.."

# One at a time: `make demo` and `make test` may be started together.
exec 9<Makefile
if command -v flock >/dev/null; then flock 9; fi

say() { printf '%s\n' "setup: $*"; }

# The first Python that is new enough and can make an environment; an older python3 may stand before the system's.
find_python() {
    for python in ${PYTHON:-python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11}; do
        "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    python=""
}

there() { for file; do if [ -e "$file" ]; then return; fi; done; return 1; }

find_missing() {
    missing=""
    find_python
    [ -n "$python" ] || missing="$missing python3-venv"
    # Playwright's driver is linked against it.
    there /usr/lib/*/libatomic.so.1 /usr/lib*/libatomic.so.1 /lib/*/libatomic.so.1 || missing="$missing libatomic1"
    there /usr/share/fonts/opentype/noto/NotoSansCJK* /usr/share/fonts/noto-cjk/* || missing="$missing fonts-noto-cjk"
    # The second reader of scanned numbers; the first brings its models along.
    there /usr/bin/tesseract || missing="$missing tesseract-ocr"
    there /usr/bin/chromium || missing="$missing chromium"
}

ask_for() {
    say "please ask the administrator to install:$*"
    say "on Debian: apt-get install$*"
    exit 1
}

install_missing() {
    say "installing$missing"
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086  # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends \
        $missing >/dev/null
    find_python
    if [ -z "$python" ]; then
        say "no Python 3.11 or newer here, also after installing; name one: make PYTHON=/path/to/python3"
        exit 1
    fi
}

# A stamp in .venv is a copy of a file after the place it was installed for: scripts in .venv hold that place.
stamped() { { pwd -P; cat "$1"; } | cmp -s - ".venv/$1"; }
stamp() { { pwd -P; cat "$1"; } >".venv/$1.new" && mv ".venv/$1.new" ".venv/$1"; }
pip() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }

# Whatever is not known to be whole and of this lock is made anew: pip takes what an interrupted run left for installed.
install_libraries() {
    say "installing the locked libraries into .venv"
    rm -f .venv/requirements.lock .venv/pyproject.toml
    "$python" -m venv --clear .venv
    pip --require-hashes --requirement requirements.lock
    stamp requirements.lock
}

install_project() {
    rm -f .venv/pyproject.toml
    pip --no-deps --no-build-isolation --editable .
    stamp pyproject.toml
}

find_missing
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install_missing
elif [ -n "$missing" ] && [ "$missing" != " chromium" ]; then
    ask_for "$missing"
fi

{ stamped requirements.lock && .venv/bin/python -c '' 2>/dev/null; } || install_libraries
stamped pyproject.toml || install_project

# An installed browser may still not start, and then lists that scripts draw would be read as unknown.
there /usr/bin/chromium || .venv/bin/python -m crawler.ready 2>/dev/null || {
    say "downloading Playwright's browser"
    .venv/bin/python -m playwright install chromium || ask_for " chromium"
}
.venv/bin/python -m crawler.ready || {
    say "the crawler's browser opens no page, for the reason above; where libraries are missing,"
    say "'.venv/bin/python -m playwright install-deps --dry-run chromium' lists them"
    exit 1
}
