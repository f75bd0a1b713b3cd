"""Crawls as child processes: one at a time for each host, a time of their own, and nothing of them stays behind."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive import locks
from archive.bundles import Known
from archive.home import Home
from archive.registry import load
from monitor import crawls, hosts
from monitor.work import open_work

COUNTIES = ("370828", "371521", "371522", "370811")
SHARED = "one.example"

# Stands in for `python -m crawler COUNTY`: says when it began and ended, and takes its time.
CRAWLER = """#!/bin/sh
echo "begin $3" >> {log}
sleep 0.4
echo "end $3" >> {log}
echo '{{"event": "bundle", "county": "'$3'", "verdict": "complete"}}'
"""


@pytest.fixture
def work(tmp_path):
    """A home whose first three counties stand on one platform."""
    home = Home(tmp_path / "home")
    home.make()
    home.config.write_text(f"counties = {list(COUNTIES)}\n[crawl]\ncounties_at_once = 4\n", encoding="utf-8")
    for number, code in enumerate(COUNTIES):
        host = SHARED if number < 3 else "two.example"
        (home.portals / f"{code}.toml").write_text(f'code = "{code}"\nhome = "http://{host}/"\n', encoding="utf-8")
    return open_work(home, {"NIANBAO_NOW": "2026-01-20T01:00:00Z"})


@pytest.fixture
def log(work, monkeypatch):
    """What the stand-in says."""
    path, script = work.home.root / "log", work.home.root / "crawler"
    script.write_text(CRAWLER.format(log=path), encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(crawls.sys, "executable", str(script))
    return path


def known(*counties):
    return [Known(county, (2025,)) for county in counties]


def test_counties_of_one_host_are_crawled_one_after_the_other_and_others_meanwhile(work, log):
    ended = crawls.crawl(work, known(*COUNTIES), lambda _event: None)
    assert [one["county"] for one in ended] == list(COUNTIES)        # in the order that was asked for
    lines = log.read_text().split("\n")
    shared = [line.split() for line in lines if line and "370811" not in line]
    assert [kind for kind, _ in shared] == ["begin", "end"] * 3
    assert lines.index("begin 370811") < lines.index(f"end {shared[0][1]}")


def test_a_host_that_another_process_asks_is_waited_for_and_that_is_said(work, log, caplog, monkeypatch):
    monkeypatch.setattr(crawls, "HOST_SECONDS", 0.1)
    with hosts.take(work.home, [SHARED]) as owned:
        holder = subprocess.Popen(["/bin/sleep", "1.5"], pass_fds=owned.handles)
    begun = time.monotonic()                                          # whoever began it has let go, the crawl has not
    assert hosts.take(work.home, [SHARED, "two.example"]) is None
    assert locks.holder(work.home.hosts / "two.example") is None      # all or none
    crawls.crawl(work, known(COUNTIES[0]), lambda _event: None)
    assert time.monotonic() - begun > 1
    assert caplog.messages[0].startswith(f"{COUNTIES[0]}: waiting for a crawl")
    holder.wait()


def test_what_a_person_captured_asks_no_host_and_waits_for_none(work, log):
    with hosts.take(work.home, [SHARED]):
        (ended,) = crawls.crawl(work, known(COUNTIES[0]), lambda _event: None, crawls.Captures((), "Li Na"))
    assert ended["verdict"] == "complete"


def test_a_crawl_that_takes_too_long_dies_and_the_rest_goes_on(work, log, monkeypatch):
    script = work.home.root / "crawler"
    script.write_text(script.read_text().replace("sleep 0.4", '[ $3 = 370828 ] && sleep 600; sleep 0.1'))
    monkeypatch.setattr(crawls, "WALL_SECONDS", 2.5)
    ended = crawls.crawl(work, known(*COUNTIES), lambda _event: None)
    assert [one["event"] for one in ended] == ["died", "bundle", "bundle", "bundle"]
    assert locks.holder(work.home.hosts / SHARED) is None             # its host is free again


def test_a_browser_in_a_group_of_its_own_that_hangs_does_not_outlive_its_crawl(tmp_path):
    def browser(folder):
        started = subprocess.Popen(["/bin/sleep", "600"], env=os.environ | {"TMPDIR": str(folder)},
                                   start_new_session=True)
        os.kill(started.pid, signal.SIGSTOP)
        return started

    ours, others = browser(tmp_path / "ours"), browser(tmp_path / "ours-not")
    crawls._end_browsers(str(tmp_path / "ours"))
    assert ours.wait(timeout=5) == -signal.SIGKILL
    assert others.poll() is None
    others.kill()
    others.wait()


def test_a_crawl_has_a_folder_for_scratch_files_that_goes_with_it(work, log):
    script = work.home.root / "crawler"
    script.write_text(script.read_text().replace("sleep 0.4", f"touch $TMPDIR/profile; echo $TMPDIR >> {log}"))
    crawls.crawl(replace(work, registry=load(work.home.portals)), known(COUNTIES[3]), lambda _event: None)
    folder = log.read_text().split("\n")[1]
    assert "nianbao-crawl-" in folder
    assert not Path(folder).exists()
