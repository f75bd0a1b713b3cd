"""What stands in deploy/ names commands that there are, and no place on the network but Debian's own image."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor import cli

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


def test_the_container_is_debian_and_runs_as_nobody_special():
    text = (DEPLOY / "Containerfile").read_text()
    assert re.findall(r"^FROM (.+)$", text, re.M) == ["debian:bookworm"]
    assert re.findall(r"^USER (.+)$", text, re.M) == ["nianbao"]
    assert [url for url in re.findall(r"https?://[^/'\s]+", text) if "127.0.0.1" not in url] == []


def test_the_proxy_lets_nobody_write():
    text = (DEPLOY / "nginx.conf").read_text()
    assert "limit_except GET { deny all; }" in text
    assert "proxy_pass http://127.0.0.1:8001;" in text
