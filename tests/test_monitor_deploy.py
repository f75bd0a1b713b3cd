"""What stands in deploy/ names commands that there are, and no place on the network but Debian's own image; backups."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from bundles import make_bundle

from archive.home import Home
from archive.ledger import open_ledger
from archive.verify import verify
from archive.volumes import Volumes
from monitor import cli, run, schedule
from monitor.work import open_work

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_starts_a_command_that_there_is(unit):
    (command,) = re.findall(r"^ExecStart=/opt/nianbao/\.venv/bin/nianbao (\w+)", (DEPLOY / unit).read_text(), re.M)
    assert command in cli.main.commands


def test_systemd_understands_the_units_where_there_is_systemd(tmp_path):
    analyze = shutil.which("systemd-analyze")
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        text = path.read_text().replace("/opt/nianbao/.venv/bin/nianbao", "/bin/true")
        (tmp_path / path.name).write_text(text)
    if analyze is None:                                    # as in most containers: the test above still holds
        return
    done = subprocess.run([analyze, "verify", "--man=no", *tmp_path.iterdir()], capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
def test_a_call_that_is_not_allowed_fails_and_kills_nobody(unit):
    assert "SystemCallErrorNumber=EPERM" in (DEPLOY / unit).read_text()      # a library asks for mbind, and dies of it


def test_a_stop_is_over_before_systemd_loses_its_patience():
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", (DEPLOY / "nianbao.service").read_text(), re.M)
    assert schedule.READING < schedule.GRACE < timedelta(seconds=int(seconds)) - timedelta(seconds=20)


def test_a_backup_is_a_home_that_is_whole_also_when_it_is_made_again(tmp_path):
    home, copy = Home(tmp_path / "home"), Home(tmp_path / "copy")
    home.make()
    home.config.write_text('counties = ["370828"]', encoding="utf-8")
    for day in (20, 21):
        make_bundle(home.incoming, "370828", f"2026-01-{day}T01:00:00Z", {f"http://127.0.0.1/{day}": b"<html>x</html>"})
        with open_ledger(home) as db:
            run.ingest_waiting(db, open_work(home, {}), run.Done())
            # beside whoever writes
            subprocess.run(["sh", DEPLOY / "backup.sh", home.root, copy.root], check=True, capture_output=True)
    with open_ledger(copy) as db:
        assert db.execute("SELECT count(*) FROM bundles").fetchone() == (2,)
        assert list(verify(db, Volumes(copy.warc))) == []
    assert copy.config.read_text(encoding="utf-8") == home.config.read_text(encoding="utf-8")
    assert list(tmp_path.rglob("*.partial")) == []


def test_a_backup_of_nothing_fails(tmp_path):
    done = subprocess.run(["sh", DEPLOY / "backup.sh", tmp_path, tmp_path / "copy"], check=False, capture_output=True)
    assert done.returncode == 1


def test_the_container_is_debian_and_runs_as_nobody_special():
    text = (DEPLOY / "Containerfile").read_text()
    assert re.findall(r"^FROM (.+)$", text, re.M) == ["debian:bookworm"]
    assert re.findall(r"^USER (.+)$", text, re.M) == ["nianbao"]
    assert [url for url in re.findall(r"https?://[^/'\s]+", text) if "127.0.0.1" not in url] == []


def test_the_proxy_lets_nobody_write():
    text = (DEPLOY / "nginx.conf").read_text()
    assert "limit_except GET { deny all; }" in text
    assert "proxy_pass http://127.0.0.1:8001;" in text
