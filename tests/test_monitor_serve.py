"""`nianbao serve` as its own process: real signals, real crawls, a reboot, a second scheduler, a switch that hears."""

import fcntl
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import smallportal
from bundles import make_bundle
from test_monitor_run import COUNTY, FIRST, crawled_at, work

from archive import locks
from archive.home import Home
from archive.ledger import open_ledger
from monitor import doctor, hosts, pings, schedule
from monitor.logs import JsonLines
from monitor.work import open_work

NIANBAO = Path(sys.executable).with_name("nianbao")
NIGHT = "2026-01-20T16:30:00Z"          # half past midnight in Shanghai: nobody's turn


@pytest.fixture
def home(tmp_path):
    """A home that watches one county, whose turn does not come at night."""
    home = Home(tmp_path / "home")
    home.make()
    settle(home)
    return home


def settle(home, more=""):
    crawl = "[crawl]\ndelay_seconds = 0.0\nallow_private_addresses = true\n"
    home.config.write_text(f'counties = ["{COUNTY}"]\n{crawl}{more}', encoding="utf-8")


@contextmanager
def serving(home, now=NIGHT, **environ):
    """A scheduler and what it logs, line by line; killed at the end where it still runs."""
    process = subprocess.Popen([NIANBAO, "--home", home.root, "serve", "--log", "json"], stderr=subprocess.PIPE,
                               text=True, env=os.environ | {"NIANBAO_NOW": now} | environ)
    told = []
    reader = threading.Thread(target=_keep, args=(process, told))
    reader.start()
    try:
        yield process, told
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def _keep(process, told):
    for line in process.stderr:
        told.append(json.loads(line) if line.startswith("{") else {"message": line.rstrip()})


def until(there, seconds=60):
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def events(told, kind):
    return [one for one in told if one.get("event") == kind]


def made(home, now=NIGHT):
    """The scheduler's jobs, without its process."""
    def load():
        return open_work(home, {"NIANBAO_NOW": now})

    return schedule.Service(load, load())


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=60)


def test_it_works_at_once_tells_in_json_and_ends_when_it_is_told_to(home):
    crawled_at(home, "2026-01-20T02:00:00Z")
    with serving(home) as (process, told):
        until(lambda: events(told, "round"))
        assert events(told, "round")[0] | {"at": "", "digest": None} == {
            "at": "", "level": "info", "logger": "monitor.schedule", "event": "round", "ingested": 0, "digest": None,
            "sent": 0, "planned": 0, "failures": [],
            "message": "round: bundles taken in: 0, crawls ahead: 0, mails sent: 0"}
        assert home.public.exists()
        assert stop(process) == 0
    assert told[-1]["message"] == "stopped"
    assert locks.holder(home.serving) is None


def test_a_second_scheduler_is_refused_and_told_who_the_first_is(home):
    with serving(home) as (process, told):
        until(lambda: events(told, "round"))
        second = subprocess.run([NIANBAO, "--home", home.root, "serve"], capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"by process {process.pid}" in second.stderr


def test_what_waits_is_taken_in_and_a_person_may_write_in_between(home):
    make_bundle(home.incoming, COUNTY, "2026-01-20T02:00:00Z")
    service = made(home)
    service.round()
    with open_ledger(home) as db:
        assert db.execute("SELECT count(*) FROM bundles").fetchone() == (1,)
    assert list(home.incoming.iterdir()) == []
    service.round()
    assert service.health.failures == ()


def test_a_round_waits_for_whoever_writes_and_a_stop_does_not_wait_for_him(home):
    open_ledger(home).close()
    with open_ledger(home), serving(home) as (process, told):
        until(lambda: any(f"waiting for process {os.getpid()}" in one["message"] for one in told))
        assert stop(process) == 0
    assert not events(told, "round")


def test_settings_that_broke_meanwhile_are_told_and_do_not_stop_it(home):
    service = made(home)
    home.config.write_text("counties = 3", encoding="utf-8")
    service.round()
    assert [reason for reason in service.health.failures if "counties: expected" in reason]
    assert home.public.exists()


def test_one_step_that_fails_silences_no_other(home):
    make_bundle(home.incoming, COUNTY, "2026-01-20T02:00:00Z")
    (home.incoming / "no-bundle").mkdir()
    home.public.mkdir()                                   # the snapshot cannot take its place
    service = made(home, "2026-01-21T01:00:00Z")          # a workday's morning
    service.round()
    assert [reason.partition(":")[0] for reason in service.health.failures] == ["judge", "refused"]
    with open_ledger(home, read_only=True) as db:
        assert db.execute("SELECT (SELECT count(*) FROM bundles), (SELECT count(*) FROM digests)").fetchone() == (1, 1)


def test_a_new_home_waits_for_its_first_crawls_before_it_tells_anything(home):
    service = made(home, "2026-01-21T01:00:00Z")
    for hours, digests in ((0, 0), (4, 1)):               # but not for ever
        service.health.began -= timedelta(hours=hours)
        service.round()
        with open_ledger(home, read_only=True) as db:
            assert db.execute("SELECT count(*) FROM digests").fetchone() == (digests,)


def test_a_stop_does_not_wait_for_a_document_that_takes_long_to_read(home, monkeypatch):
    read = threading.Event()
    monkeypatch.setattr(schedule.run, "read", lambda *_, **__: read.wait(60))
    monkeypatch.setattr(schedule, "READING", timedelta(seconds=0.5))

    service = made(home)
    service.begin()
    until(service.reading.is_set)
    assert service.end() is False
    read.set()


def test_a_stop_does_not_wait_for_a_round_that_plans_crawls_just_then(home, monkeypatch):
    service, settling = made(home), threading.Event()

    def settle(*_):
        settling.set()
        service.stopping.wait(60)
        time.sleep(0.5)                                   # the scheduler is being shut down by now
        service._add_crawl(COUNTY, timedelta(hours=1))

    monkeypatch.setattr(schedule.run, "settle", settle)
    monkeypatch.setattr(schedule, "GRACE", timedelta(seconds=20))
    service.begin()
    until(settling.is_set)
    assert service.end()


def test_a_machine_that_slept_looks_at_once_for_what_came_due(home):
    service = made(home)
    service.begin()
    until(lambda: service.health.last_round)
    first = service.health.last_round
    service.last_beat -= timedelta(hours=7)
    service.beat()
    until(lambda: service.health.last_round > first)
    assert service.end()


@pytest.mark.parametrize("jump", [timedelta(days=400), -timedelta(hours=30), timedelta(hours=-1)])
def test_whatever_a_clock_does_the_next_round_comes_within_a_minute_and_plans_anew(home, jump):
    service = made(home, FIRST)
    with open_ledger(home) as db:
        service._plan(db, service.work)
    assert service.planned == {COUNTY}
    service.scheduler.add_job(service.round, "date", run_date=datetime.now(UTC) + timedelta(days=9), id="round")
    service.last_beat += jump
    service.beat()
    assert service.planned == set()
    (job,) = service.scheduler.get_jobs()
    assert (job.id, job.next_run_time < datetime.now(UTC)) == ("round", True)
    service.beat()                                         # a clock that stands still in its new place changes nothing
    assert len(service.scheduler.get_jobs()) == 1


@pytest.mark.parametrize(("now", "minutes"), [
    ("2026-01-20T23:15:00Z", 45),                          # a quarter past seven in Shanghai
    ("2026-01-20T22:15:00Z", None),                        # a round comes before that
    ("2026-01-21T00:15:00Z", None),                        # the digest is due already, and goes with this round
])
def test_the_digest_goes_out_when_its_hour_strikes_and_not_with_some_later_round(home, now, minutes):
    crawled_at(home, "2026-01-20T18:00:00Z")
    service = made(home, now)
    with open_ledger(home) as db:
        service._plan(db, service.work)
    waits = [round((job.trigger.run_date - datetime.now(UTC)).total_seconds() / 60)
             for job in service.scheduler.get_jobs()]
    assert waits == ([minutes] if minutes else [])


def test_a_bundle_that_is_refused_and_waits_is_no_reason_to_crawl_again(home):
    (home.incoming / f"{COUNTY}-20260120T003000Z-00000000").mkdir()
    service = made(home, FIRST)
    with open_ledger(home) as db:
        service._plan(db, service.work)
    assert service.planned == set()


def test_sighup_asks_for_a_round_with_the_settings_as_they_are_now(home):
    with serving(home) as (process, told):
        until(lambda: events(told, "round"))
        home.config.write_text("counties = 3", encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: len(events(told, "round")) == 2)
        assert "counties: expected" in events(told, "round")[1]["failures"][0]
        assert stop(process) == 0


HURRY = """
import os, signal, sys, threading
from pathlib import Path
from archive.home import Home
from monitor import schedule
from monitor.work import open_work

def settle(*_):
    for seconds in (0.5, 1.5):
        threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGTERM]).start()
    threading.Event().wait(60)

schedule.run.settle = settle
schedule.serve(lambda: open_work(Home(Path(sys.argv[1])), {"NIANBAO_NOW": sys.argv[2]}))
"""


def test_whoever_asks_twice_to_stop_waits_for_nothing(home):
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", HURRY, home.root, NIGHT], check=False, timeout=120)
    assert done.returncode == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 50
    assert locks.holder(home.serving) is None


def test_a_crawl_of_somebody_elses_is_left_alone_and_one_whose_bundle_waits_is_not_repeated(home):
    service = made(home, FIRST)
    with open_ledger(home) as db:
        service.fetched.add(COUNTY)
        service._plan(db, service.work)
        assert service.planned == set()
        service.fetched.clear()
        service._plan(db, service.work)
        assert service.planned == {COUNTY}
    held = make_bundle(home.incoming, COUNTY, FIRST, aborted=True) / "captures.warc.gz"
    with held.open("rb") as warc:
        fcntl.flock(warc, fcntl.LOCK_EX)
        service.crawl(COUNTY)
    assert (service.planned, service.fetched, service.failures) == (set(), set(), [])


class _Switch(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.path, body))
        self.send_response(302)                           # wherever it leads: nobody goes there
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def switch():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Switch)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/ping/s3cret", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_dead_mans_switch_hears_of_the_start_and_the_end_and_of_what_failed(home, monkeypatch, caplog):
    crawled_at(home, "2026-01-20T02:00:00Z")
    with switch() as (url, asked):
        monkeypatch.setenv("NIANBAO_PING", url)
        made(home).round()
        assert asked == [("/ping/s3cret/start", ""),
                         ("/ping/s3cret", "bundles taken in: 0, crawls ahead: 0, mails sent: 0")]
        (home.incoming / "no-bundle").mkdir()
        made(home).round()
    assert [path for path, _ in asked[2:]] == ["/ping/s3cret/start", "/ping/s3cret/fail"]
    assert "no-bundle" in asked[3][1]
    assert "answered with status 302" in caplog.text       # and nobody went where it leads
    assert "s3cret" not in caplog.text


def test_a_run_from_cron_tells_the_switch_too(home, monkeypatch):
    crawled_at(home, "2026-01-20T02:00:00Z")
    with switch() as (url, asked):
        for now, writer in ((NIGHT, False), (NIGHT, True)):
            with open_ledger(home) if writer else nullcontext():
                subprocess.run([NIANBAO, "--home", home.root, "run"], check=False, capture_output=True, timeout=120,
                               env=os.environ | {"NIANBAO_NOW": now, "NIANBAO_PING": url})
    assert [path.removeprefix("/ping/s3cret") for path, _ in asked] == ["/start", "", "/start", "/fail"]
    assert f"process {os.getpid()}" in asked[3][1]


def test_a_switch_that_nobody_answers_changes_nothing(home, monkeypatch, caplog):
    monkeypatch.setenv("NIANBAO_PING", "http://127.0.0.1:9/s3cret")
    service = made(home)
    service.round()
    assert service.health.failures == ()
    assert caplog.text.count("switch was not reached: ConnectionRefusedError") == 2
    assert "s3cret" not in caplog.text


def test_a_switch_that_answers_byte_by_byte_holds_nobody_up(home, monkeypatch, caplog):
    monkeypatch.setattr(pings, "PATIENCE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as switch:            # it takes the call and says nothing
        monkeypatch.setenv("NIANBAO_PING", f"http://127.0.0.1:{switch.getsockname()[1]}/s3cret")
        service = made(home)
        service.round()
    assert service.health.failures == ()
    assert caplog.text.count("did not answer within") == 2
    assert "s3cret" not in caplog.text


def test_it_answers_for_its_health_on_this_machine(home):
    settle(home, '[serve]\nlisten = "127.0.0.1:19187"\n')
    with serving(home) as (_, told):
        until(lambda: events(told, "round"))
        health = json.load(_asked("http://127.0.0.1:19187/healthz"))
        assert (health["status"], health["failures"]) == ("ok", [])
        assert b'nianbao_duties{report_year="2025",status="pending"} 13.0' in _asked("http://127.0.0.1:19187/metrics").read()
        assert list(doctor._rounds(work(home).settings)) == []
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            _asked("http://127.0.0.1:19187/../nianbao.toml")
        refused.value.close()


    (silent,) = doctor._rounds(work(home).settings)
    assert (silent.level, silent.check) == ("wrong", "scheduler")


def test_a_county_waits_while_somebody_of_this_home_asks_its_host(home):
    service = made(home)
    service.planned.add(COUNTY)
    with hosts.take(home, service.work.registry.portals[COUNTY].hosts):
        service.crawl(COUNTY)
    assert service.planned == {COUNTY}
    assert [job.id for job in service.scheduler.get_jobs()] == [COUNTY]


def _asked(url):
    return urllib.request.urlopen(url, timeout=20)


def test_a_port_that_is_taken_is_refused_before_anything_begins(home):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Switch) as server:
        settle(home, f'[serve]\nlisten = "127.0.0.1:{server.server_address[1]}"\n')
        with serving(home) as (process, told):
            assert process.wait(timeout=30) == 1
    assert re.search(r"\[serve\] listen = .*in use", told[-1]["message"])
    assert not home.ledger.exists()


def test_an_exception_is_one_line_of_json():
    try:
        raise OSError("the disk is full\nof 年报")
    except OSError:
        record = logging.LogRecord("monitor", logging.ERROR, "x.py", 1, "%s failed", ("judge",), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("the disk is full\nof 年报")


@contextmanager
def small_portal(home, more=""):
    """A home that watches a portal of a few pages."""
    with smallportal.serving(smallportal.pages(smallportal.UNITS[:2])) as portal:
        (home.portals / "small.toml").write_text(f'code = "{smallportal.COUNTY}"\nhome = "{portal.home}"\n{more}',
                                                 encoding="utf-8")
        text = home.config.read_text(encoding="utf-8").replace(COUNTY, smallportal.COUNTY)
        home.config.write_text(text, encoding="utf-8")
        yield portal


@pytest.mark.slow
def test_a_county_is_crawled_in_its_turn_once_a_day_whatever_reboots(home):
    with small_portal(home):
        with serving(home, FIRST) as (process, told):
            until(lambda: _bundles(home) == 1)
            assert stop(process) == 0
        assert [one["verdict"] for one in events(told, "crawl")] == ["partial"]      # it has two of the townships
        with serving(home, "2026-01-20T09:00:00Z") as (process, told):         # the same day again, after a reboot
            until(lambda: events(told, "round"))
            assert stop(process) == 0
        assert not events(told, "begin")
        with serving(home, "2026-01-21T09:00:00Z") as (process, told):         # its turn of the next day was missed
            until(lambda: _bundles(home) == 2)
            assert stop(process) == 0
    assert len(events(told, "begin")) == 1


def _bundles(home):
    if not home.public.exists():                          # the first round has made the ledger by then
        return 0
    with open_ledger(home, read_only=True) as db:
        return db.execute("SELECT count(*) FROM bundles").fetchone()[0]


@pytest.mark.slow
def test_a_stop_ends_crawls_at_once_and_what_they_wrote_is_taken_in_at_the_next_start(home):
    with small_portal(home, "delay_seconds = 1.0\n") as portal:
        with serving(home, FIRST) as (process, told):
            until(lambda: len(portal.asked) > 2)
            assert stop(process) == 0
        asked = len(portal.asked)
        assert not events(told, "crawl")                   # no failure: it was ended
        with serving(home, NIGHT) as (process, told):
            until(lambda: events(told, "round"))
            assert stop(process) == 0
        assert len(portal.asked) == asked
    with open_ledger(home, read_only=True) as db:
        assert db.execute("SELECT verdict FROM bundles").fetchall() == [("aborted",)]
        assert db.execute("SELECT count(*) FROM captures").fetchone()[0] > 1
