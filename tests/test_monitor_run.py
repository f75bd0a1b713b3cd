"""Runs: what is due, one writer, crawls that die, mail that waits; against real child processes and replicas."""

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from bundles import make_bundle
from test_monitor_cli import nianbao

from archive.clock import parse_instant
from archive.errors import BadHome
from archive.home import Home
from archive.ledger import open_ledger
from crawler.replicas import client
from monitor import crawls, run
from monitor.work import open_work

FIRST = "2026-01-20T01:00:00Z"
COUNTY = "370828"


@pytest.fixture
def home(tmp_path):
    """A home that watches one county, without pauses between requests."""
    home = Home(tmp_path / "home")
    home.make()
    home.config.write_text(f'counties = ["{COUNTY}"]\n[crawl]\ndelay_seconds = 0.0\nallow_private_addresses = true\n',
                           encoding="utf-8")
    return home


def work(home, now=FIRST):
    return open_work(home, {"NIANBAO_NOW": now})


@contextmanager
def replicas(home, now=FIRST, faults=None):
    clock = home.root / "clock"
    client.set_clock(clock, parse_instant(now))
    with client.running(clock, faults=faults) as homes:
        client.write_portals(home.portals, homes)
        yield clock


def crawled_at(home, *instants, verdict="complete"):
    with open_ledger(home) as db:
        for number, instant in enumerate(instants):
            db.execute("INSERT INTO bundles (id, county, started, ended, verdict, crawler, ingested, counters)"
                       " VALUES (?, ?, ?, ?, ?, 'test', ?, '{}')",
                       [f"{COUNTY}-{number}", COUNTY, instant, instant, verdict, instant])


@pytest.mark.parametrize(("last", "now", "due"), [
    (None, "2026-01-20T01:00:00Z", True),
    ("2026-01-19T01:00:00Z", "2026-01-20T01:00:00Z", True),
    ("2026-01-20T01:00:00Z", "2026-01-20T09:00:00Z", False),   # once a day in season
    ("2026-01-19T01:00:00Z", "2026-01-19T16:59:00Z", False),   # before 01:00 in Shanghai
    ("2026-06-01T01:00:00Z", "2026-06-05T01:00:00Z", False),   # once a week off it
    ("2026-06-01T01:00:00Z", "2026-06-08T01:00:00Z", True),
])
def test_a_county_is_crawled_daily_in_season_and_weekly_off_it(home, last, now, due):
    if last:
        crawled_at(home, last)
    with open_ledger(home) as db:
        assert run.crawl_due(db, work(home, now), work(home).portals()[0]) is due


def test_a_county_whose_crawl_died_is_due_again(home):
    crawled_at(home, FIRST, verdict="aborted")
    with open_ledger(home) as db:
        assert run.crawl_due(db, work(home, "2026-01-20T02:00:00Z"), work(home).portals()[0])


@pytest.mark.parametrize(("now", "due"), [
    ("2026-01-30T01:00:00Z", True),    # a Friday
    ("2026-01-31T01:00:00Z", False),   # a Saturday
    ("2026-06-01T01:00:00Z", True),    # a Monday off season
    ("2026-06-02T01:00:00Z", False),
])
def test_a_digest_is_due_on_workdays_in_season_and_on_mondays_off_it(home, now, due):
    with open_ledger(home) as db:
        assert run.digest_due(db, work(home, now)) is due


def test_a_digest_of_a_clock_that_was_ahead_silences_none(home):
    with open_ledger(home) as db:
        for at, due in (("2031-01-20T01:00:00Z", True), ("2026-01-30T03:00:00Z", False)):
            db.execute("INSERT INTO digests (key, as_of, made, state) VALUES (?, ?, ?, '{}')", [at] * 3)
            assert run.digest_due(db, work(home, "2026-01-30T01:00:00Z")) is due


def test_what_a_killed_run_left_is_taken_in_before_anybody_is_asked(home):
    make_bundle(home.incoming, COUNTY, FIRST)
    done = run.run(work(home, "2026-01-20T02:00:00Z"))
    assert (len(done.ingested), done.crawled) == (1, [])


def test_what_a_run_would_do_is_said_and_not_done(home):
    crawled_at(home, "2026-01-19T01:00:00Z")
    at = {"NIANBAO_NOW": "2026-01-20T02:00:00Z"}
    done = nianbao("--home", home.root, "run", "--dry-run", env=at)
    assert (done.exit_code, done.output.splitlines()[1:]) == (0, ["1 of 1 counties are due", "a digest is due"])
    assert done.output.startswith(f"crawl 金乡县 ({COUNTY}): http")
    assert not home.public.exists()


def test_a_county_that_somebody_crawls_is_left_to_him(home):
    held = make_bundle(home.incoming, COUNTY, FIRST, aborted=True) / "captures.warc.gz"
    with held.open("rb") as warc:
        fcntl.flock(warc, fcntl.LOCK_EX)
        assert run.run(work(home)).crawled == []


def test_a_second_writer_is_refused_and_told_who_writes(home):
    with open_ledger(home), pytest.raises(BadHome, match=str(os.getpid())):
        run.run(work(home))


def test_a_bad_bundle_is_refused_and_the_rest_is_taken_in(home, tmp_path):
    (tmp_path / "no-bundle").mkdir()
    good = make_bundle(tmp_path, COUNTY, FIRST, pages={"http://www.jinxiang.gov.cn/": b"<html>home</html>"})
    done = nianbao("--home", home.root, "ingest", tmp_path / "no-bundle", good)
    assert done.exit_code == 1
    assert "no-bundle" in done.output
    assert good.exists()
    with open_ledger(home, read_only=True) as db:
        assert [row["id"] for row in db.query("SELECT id FROM bundles")] == [good.name]


def test_a_bundle_that_is_being_written_is_left_to_its_crawler(home):
    folder = make_bundle(home.incoming, COUNTY, FIRST, pages={"http://www.jinxiang.gov.cn/": b"<html>home</html>"})
    with (folder / "captures.warc.gz").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with open_ledger(home) as db:
            done = run.Done()
            run.take_in(db, work(home), [folder], done)
    assert done.ingested == []


def test_a_person_dismisses_a_finding_and_it_stays_dismissed(home):
    crawled_at(home, "2026-02-02T01:00:00Z", verdict="unreachable")
    now = {"NIANBAO_NOW": "2026-02-02T02:00:00Z"}
    assert nianbao("--home", home.root, "reparse", env=now).exit_code == 0
    (row,) = _findings(home, now)
    done = nianbao("--home", home.root, "findings", "dismiss", row["id"], "--why", "seen by hand", env=now)
    assert (done.exit_code, _findings(home, now)) == (0, [])
    assert nianbao("--home", home.root, "reparse", "--all", env=now).exit_code == 0
    assert _findings(home, now) == []


def test_a_decision_about_no_finding_is_an_error(home):
    crawled_at(home, FIRST)
    done = nianbao("--home", home.root, "findings", "confirm", 99, "--why", "x")
    assert done.exit_code == 1
    assert "99" in done.output


def _findings(home, now):
    lines = nianbao("--home", home.root, "findings", "--open", "--json", env=now).stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("event", ['{"event": "bundle", "county": "370828", "verdict": "aborted", "reason": "x"}', ""])
def test_a_crawl_that_aborts_fails_the_run_and_names_the_cause(event):
    script = "import sys; print(sys.argv[1]); print('libatomic.so.1: cannot open', file=sys.stderr)"
    heard = []
    with subprocess.Popen([sys.executable, "-c", script, event], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as child:
        last = crawls._follow(child, COUNTY, heard.append)
    assert last == heard[-1] == {"event": "died", "county": COUNTY, "reason": "libatomic.so.1: cannot open"}
    assert run.Done(crawled=[last]).failed


@pytest.mark.slow
def test_one_county_is_crawled_read_and_judged_and_nothing_waits(home):
    with replicas(home):
        done = run.run(work(home), everything=True)
    assert [one.verdict for one in done.ingested] == ["complete"]
    assert not done.failed
    assert list(home.incoming.iterdir()) == []
    rows = [json.loads(line) for line in nianbao("--home", home.root, "status", "--json",
                                                 env={"NIANBAO_NOW": FIRST}).stdout.splitlines()]
    assert len(rows) == 13 * 5
    assert {row["status"] for row in rows} == {"on_time", "pending"}
    with sqlite3.connect(home.public) as db:
        assert db.execute("SELECT count(*) FROM duties").fetchone() == (65,)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["403", "404", "412", "500", "shell", "reset"])
def test_a_portal_that_does_not_answer_makes_its_townships_unknown_and_never_missing(home, fault):
    now = "2026-02-02T01:00:00Z"
    with replicas(home, now, {COUNTY: fault}):
        done = run.run(work(home, now), everything=True)
    assert not done.failed
    with open_ledger(home, read_only=True) as db:
        assert {row["status"] for row in db.query("SELECT status FROM duties")} == {"unknown"}
        assert all(row["reason"] for row in db.query("SELECT reason FROM duties"))


@pytest.mark.slow
def test_a_run_that_is_stopped_takes_its_crawls_along_and_the_next_run_ends_the_same(home):
    quick = home.config.read_text(encoding="utf-8")
    with replicas(home):
        home.config.write_text(quick.replace("delay_seconds = 0.0", "delay_seconds = 3.0"), encoding="utf-8")
        command = [Path(sys.executable).with_name("nianbao"), "--home", home.root, "run", "--everything"]
        stopped = subprocess.Popen(command, env=os.environ | {"NIANBAO_NOW": FIRST}, stderr=subprocess.DEVNULL)
        _until(lambda: list(home.incoming.glob("*/*.warc.gz")))
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(timeout=20) == 128 + signal.SIGTERM
        _until(lambda: not _crawlers(home))
        home.config.write_text(quick, encoding="utf-8")
        run.run(replace(work(home), now=datetime.fromisoformat("2026-01-20T01:30:00Z")), everything=True)
    with open_ledger(home, read_only=True) as db:
        assert db.execute("SELECT count(*) FROM publications").fetchone()[0] > 52
        assert db.execute("SELECT count(*) - count(DISTINCT url) FROM publications").fetchone() == (0,)


def _until(there, seconds=30):
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def _crawlers(home):
    found = subprocess.run(["pgrep", "-f", f"crawler.*{home.incoming}"], capture_output=True, text=True, check=False)
    return found.stdout.split()
