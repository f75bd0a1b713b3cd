#!/bin/sh
# Sets everything up in .venv, beside this repository's Makefile. As root on Debian it installs what is missing through
# apt; as anybody else it says what the administrator must install, and takes Playwright's own browser when there is none.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*"; }
python=${PYTHON:-python3}

missing=""
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing="$missing python3"
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
browser=yes
[ -x /usr/bin/chromium ] || browser=no

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    [ $browser = yes ] || missing="$missing chromium"
    if [ -n "$missing" ]; then
        say "installing$missing"
        apt-get update -q >/dev/null
        # shellcheck disable=SC2086  # a list of names
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
        browser=yes
    fi
elif [ -n "$missing" ]; then
    say "please ask the administrator to install:$missing"
    say "on Debian: apt-get install$missing"
    exit 1
fi

if ! cmp -s requirements.lock .venv/requirements.lock; then
    say "installing the locked libraries into .venv"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    cp requirements.lock .venv/requirements.lock
fi

if [ $browser = no ] && ! .venv/bin/python deploy/browser_there.py; then
    say "downloading Playwright's browser"
    .venv/bin/python -m playwright install chromium || {
        say "no browser: ask the administrator to install chromium (Debian) or the libraries that"
        say "'.venv/bin/python -m playwright install-deps --dry-run chromium' lists"
        exit 1
    }
fi
