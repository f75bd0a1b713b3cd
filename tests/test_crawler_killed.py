"""Crawls that are killed, at twenty moments, into one home: whole records are salvaged, nothing is there twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive import bundles, registry
from archive.bundles import Verdict
from archive.clock import iso, parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.known import known
from archive.ledger import open_ledger
from archive.records import Damage, members, parse
from archive.refresh import refresh
from archive.verify import verify
from archive.volumes import Volumes
from crawler.replicas import client
from monitor import run
from monitor.work import open_work

pytestmark = pytest.mark.slow

DAY = parse_instant("2026-02-16T01:00:00Z")
COUNTY = "370828"
MOMENTS = 20
LAST = 10                # requests before the end of a crawl after which none is killed: it might be over first

# Each line on stdin is one crawl's arguments; a child of its own runs it, and none has to load everything again.
FORKING = """
import json, os, sys
import crawler.browser, crawler.recorder, crawler.spiders.portal, scrapy.core.downloader.handlers.http11
from crawler.__main__ import main
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        main(json.loads(line), prog_name="crawler")
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def portals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    client.set_clock(folder / "clock", DAY)
    with client.running(folder / "clock") as homes:
        client.write_portals(folder / "portals", homes)
        yield folder / "portals"


@pytest.fixture(scope="module")
def start():
    """Starts a crawl: its process, and a function that waits for its exit code."""
    command = [sys.executable, "-c", FORKING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"NIANBAO_NOW": iso(DAY)}) as child:
        def crawl(portals, told, out):
            arguments = [COUNTY, "--portals", str(portals), "--known", str(told), "--out", str(out)]
            child.stdin.write(json.dumps(arguments) + "\n")
            child.stdin.flush()
            return int(child.stdout.readline()), lambda: int(child.stdout.readline())
        yield crawl
        child.stdin.close()


@contextmanager
def opened(root, portals):
    home = Home(root)
    home.make()
    home.config.write_text(f'counties = ["{COUNTY}"]\n', encoding="utf-8")
    (home.portals / "jinxiang.toml").write_text((portals / "jinxiang.toml").read_text(encoding="utf-8"),
                                                encoding="utf-8")
    loaded = registry.load(home.portals)
    with open_ledger(home, registry=loaded) as db:
        yield home, db, loaded


def tell(home, db, loaded):
    """What the archive tells the next crawl, in a file."""
    told = home.incoming / "known.json"
    bundles.write(told, known(db, loaded.resolve(COUNTY), now=DAY, delay_seconds=0.0, allow_private=True))
    return told


@dataclass
class Growing:
    """The one bundle of a folder while it is written: how many whole records its WARC has by now."""

    folder: Path
    records: int = 0
    end: int = 0

    def requests(self):
        """How many requests are recorded: each is two records, after the first of all."""
        warc = next(self.folder.glob(f"{COUNTY}-*/{bundles.WARC_NAME}"), None)
        if warc is not None:
            with warc.open("rb") as file:
                file.seek(self.end)
                for one in members(file, warc.stat().st_size):
                    if isinstance(one, Damage):
                        break                      # not all of it is there yet
                    self.records, self.end = self.records + 1, one.offset + one.length
        return (self.records - 1) // 2


def publications(db):
    return {tuple(row) for row in db.execute(
        "SELECT township, report_year, url, title, sha256, page_sha256, claimed_on, claimed_from, versions"
        " FROM publications").fetchall()}


def finished(root, portals, start, db, home, loaded):
    """Crawl to the end, take the bundle in and read it."""
    out = home.incoming / "whole"
    _, ended = start(portals, tell(home, db, loaded), out)
    assert ended() == 0
    (bundle,) = out.iterdir()
    taken = ingest(db, Volumes(home.warc), bundle, now=DAY)
    refresh(db, Volumes(home.warc), loaded)
    return bundle, taken


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, portals, start):
    """The publications of a home whose one crawl went through, and how many requests that took."""
    root = tmp_path_factory.mktemp("undisturbed")
    with opened(root, portals) as (home, db, loaded):
        bundle, taken = finished(root, portals, start, db, home, loaded)
        assert taken.verdict is Verdict.COMPLETE
        return publications(db), bundles.read_crawl(bundle / bundles.CRAWL_NAME).counters["requests"]


def killed_after(number, start, portals, told, out):
    """A crawl's bundle, killed once so many requests are recorded."""
    pid, ended = start(portals, told, out)
    limit, growing = time.monotonic() + 120, Growing(out)
    while growing.requests() < number:
        assert time.monotonic() < limit, "the crawl does not get so far"
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    assert ended() == -signal.SIGKILL
    (bundle,) = out.iterdir()
    return bundle


def test_crawls_killed_at_twenty_moments_leave_whole_records_and_a_later_one_makes_all_good(
        tmp_path, portals, start, undisturbed):
    expected, total = undisturbed
    moments = [random.Random(seed).randrange(1, total - LAST) for seed in range(MOMENTS)]
    with opened(tmp_path, portals) as (home, db, loaded):
        for number, moment in enumerate(moments):
            bundle = killed_after(moment, start, portals, tell(home, db, loaded), home.incoming / f"{number}")
            assert not (bundle / bundles.CRAWL_NAME).exists()
            taken = ingest(db, Volumes(home.warc), bundle, now=DAY)
            assert taken.verdict is Verdict.ABORTED
            assert taken.captures >= moment
            work = open_work(home, {"NIANBAO_NOW": iso(DAY)})
            assert run.crawl_due(db, work, loaded.resolve(COUNTY))
        _, taken = finished(tmp_path, portals, start, db, home, loaded)
        assert taken.verdict is Verdict.COMPLETE
        assert not run.crawl_due(db, open_work(home, {"NIANBAO_NOW": iso(DAY)}), loaded.resolve(COUNTY))
        assert publications(db) == expected
        assert [problem for problem in verify(db, Volumes(home.warc)) if problem.severity == "error"] == []
        stored = [identifiers(home.warc / name) for name in Volumes(home.warc).names()]
    every = [identifier for volume in stored for identifier in volume]
    assert len(every) == len(set(every)) > sum(moments)


def identifiers(volume):
    with volume.open("rb") as file:
        found = list(members(file, volume.stat().st_size))
    assert not [one for one in found if isinstance(one, Damage)]
    return [parse(one.plain).identifier for one in found]
