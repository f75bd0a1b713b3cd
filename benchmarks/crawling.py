"""`make bench-crawl`: what crawling costs, in requests, bytes, seconds, computing and memory.

    first and again      the three replica counties: a first crawl, and one on the same day with nothing changed
    computing            seconds for each request, beside a bare Scrapy spider that downloads the same addresses
    many at once         thirty counties side by side: how near the time comes to what politeness asks for
    a browser            memory while a browser shows a thousand pages

Everything is taken in one run on this machine; only loopback is contacted. A target that is missed is named as missed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from warcio.archiveiterator import ArchiveIterator

from archive import bundles, registry
from archive.bundles import Crawl, Known
from archive.clock import iso, parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.known import known
from archive.ledger import open_ledger
from archive.volumes import Volumes
from crawler.replicas import client
from crawler.replicas.places import COUNTIES
from crawler.replicas.sites.serve import DAY, serving
from crawler.replicas.sites.world import counties, spec

FIRST, AGAIN = "2026-01-25T01:00:00Z", "2026-01-25T20:00:00Z"
LEAST_BYTES = 2048             # kept for each request that found nothing new, at most
MOST_TIMES = 2.5               # computing, in times of the bare spider's
MOST_LONGER = 1.1              # wall time, in times of what the pauses alone take
DELAY = 1.0                    # seconds between two requests to a host, in the run with many counties
MEAN = 1.25 * DELAY            # a pause is drawn from once to one and a half times the delay
REPEATS = 3
_OURS = """
import sys, time
import crawler.spiders.portal, crawler.run
from crawler.__main__ import main
start = time.process_time()
try:
    main(standalone_mode=False)
except SystemExit:
    pass
print(time.process_time() - start, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl: its result, the size of its WARC, wall seconds and computing seconds after start-up."""

    path: Path
    crawl: Crawl
    size: int
    seconds: float
    computing: float

    @property
    def requests(self) -> int:
        """Requests that went out."""
        return self.crawl.counters["requests"]


@click.command()
@click.option("--counties", "number", default=30, show_default=True, help="Counties that are crawled side by side.")
@click.option("--pages", default=1000, show_default=True, help="Pages that the browser shows.")
@click.option("--only", multiple=True, type=click.Choice(["again", "computing", "many", "browser"]),
              help="Only these parts.")
def main(number: int, pages: int, only: Sequence[str]) -> None:
    """Print every figure; ends with 1 where a target is missed."""
    parts: dict[str, Callable[[], Iterator[bool]]] = {
        "again": _again, "computing": _computing, "many": lambda: _many(number), "browser": lambda: _browser(pages)}
    missed = 0
    for name, part in parts.items():
        if not only or name in only:
            missed += sum(not met for met in part())
    print(f"{missed} targets missed" if missed else "every target met")
    sys.exit(1 if missed else 0)


def _again() -> Iterator[bool]:
    """The three counties, twice."""
    head = "a first crawl, and again with nothing changed"
    print(f"{head:46}{'requests':>9}{'kB':>7}{'kB/request':>12}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as scratch:
        home, clock = Home(Path(scratch)), Path(scratch) / "clock"
        home.make()
        client.set_clock(clock, parse_instant(FIRST))
        with client.running(clock) as homes:
            client.write_portals(home.portals, homes)
            for code in COUNTIES:
                yield from _twice(home, clock, code)


def _twice(home: Home, clock: Path, code: str) -> Iterator[bool]:
    told = registry.load(home.portals)
    portal = told.portals[code]
    with open_ledger(home, registry=told) as db:
        years = known(db, portal, now=parse_instant(FIRST)).years
        first = _crawl(home, [Known(code, years, delay_seconds=0.0, allow_private_addresses=True)], FIRST)[0]
        ingest(db, Volumes(home.warc), first.path, now=parse_instant(FIRST))
        client.set_clock(clock, parse_instant(AGAIN))
        told_again = known(db, portal, now=parse_instant(AGAIN), delay_seconds=0.0, allow_private=True)
        again = _crawl(home, [told_again], AGAIN)[0]
        client.set_clock(clock, parse_instant(FIRST))
    for name, run in (("first", first), ("again", again)):
        print(f"  {portal.name} {name:40}{run.requests:>9}{run.size / 1024:>7.0f}"
              f"{run.size / run.requests / 1024:>12.2f}{run.seconds:>9.1f}")
    pages = [page.url for listing in again.crawl.listings for page in listing.pages]
    # that there is no page behind a full last one has to be asked each time: some lists grow at their end
    yield _target("requests of the second crawl", again.requests, len({*pages, *_gone(again.path)}) + 1,
                  "listing pages, the one behind a full last page, robots.txt")
    yield _target("bytes kept for each of them", again.size / again.requests, LEAST_BYTES, "")


def _computing() -> Iterator[bool]:
    """Ours beside a bare spider, on the addresses that our crawl of one county asked for."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.make()
        with serving([spec("henan", code, seed=1) for code in counties(12)]) as sites:
            sites.write_portals(home.portals)
            told = [_fresh(code, 0.0) for code in sites.homes]
            ours = min((_crawl(home, told, iso(DAY)) for _ in range(REPEATS)), key=lambda runs: runs[0].computing)
            addresses = [url for run in ours for url in _asked(run.path)]
            bare = min(_bare(home, addresses) for _ in range(REPEATS))
    mine, theirs = ours[0].computing / len(addresses) * 1000, bare / len(addresses) * 1000
    print(f"computing for each of {len(addresses)} requests: {mine:.1f} ms, bare Scrapy spider {theirs:.1f} ms")
    yield _target("times of the bare spider", mine / theirs, MOST_TIMES, "")


def _many(number: int) -> Iterator[bool]:
    """Many counties at once: the time beside the pauses of the host that was asked most."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.make()
        with serving([spec("henan", code, seed=2) for code in counties(number)]) as sites:
            sites.write_portals(home.portals)
            start = time.perf_counter()
            _crawl(home, [_fresh(code, DELAY) for code in sites.homes], iso(DAY))
            seconds = time.perf_counter() - start
            most = max(len(sites.asked(code)) for code in sites.homes)
    bound = (most - 1) * MEAN
    print(f"{number} counties at once, {MEAN} s between requests on average: {seconds:.1f} s; the host asked most was "
          f"asked {most} times, pauses of {bound:.1f} s")
    yield _target("times of what politeness asks for", seconds / bound, MOST_LONGER, "")


def _browser(pages: int) -> Iterator[bool]:
    from benchmarks.browsing import GROWTH, grown, measure

    rows = measure(pages)
    print("memory of crawler and browser while it shows pages: "
          + ", ".join(f"{shown}: {megabytes:.0f} MB" for shown, megabytes in rows))
    yield _target("times of the memory of the first half in the second", 1 + grown(rows), 1 + GROWTH, "")


def _fresh(code: str, delay: float) -> Known:
    return Known(code, (2023, 2024, 2025), delay_seconds=delay, allow_private_addresses=True)


def _crawl(home: Home, told: Sequence[Known], now: str) -> list[Run]:
    """Crawl counties in one process of their own. Its computing is that of all, and stands in each."""
    for one in told:
        bundles.write(home.incoming / f"{one.county}.json", one)
    codes = [one.county for one in told]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _OURS, *codes, "--portals", str(home.portals), "--known", str(home.incoming), "--out",
         str(home.incoming)], capture_output=True, text=True, check=True, env=os.environ | {"NIANBAO_NOW": now})
    seconds = time.perf_counter() - start
    events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    paths = [Path(event["bundle"]) for event in events if event["event"] == "bundle"]
    return [Run(path, bundles.read_crawl(path / bundles.CRAWL_NAME), (path / bundles.WARC_NAME).stat().st_size, seconds,
                float(done.stderr.splitlines()[-1])) for path in paths]


def _gone(bundle: Path) -> set[str]:
    """The addresses that do not exist."""
    with (bundle / bundles.WARC_NAME).open("rb") as file:
        return {record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)
                if record.rec_type == "response" and record.http_headers.get_statuscode() == "404"}


def _asked(bundle: Path) -> list[str]:
    """The addresses that a crawl asked for with GET, in order."""
    with (bundle / bundles.WARC_NAME).open("rb") as file:
        return [record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)
                if record.rec_type == "request" and record.http_headers.protocol == "GET"]


def _bare(home: Home, addresses: Sequence[str]) -> float:
    """Computing seconds of a bare spider that downloads these addresses."""
    path = home.incoming / "addresses.json"
    path.write_text(json.dumps(addresses), encoding="utf-8")
    warc = home.incoming / "bare.warc.gz"
    done = subprocess.run([sys.executable, "-m", "benchmarks.plainspider", str(path), str(warc)],
                          capture_output=True, text=True, check=True)
    seconds: float = json.loads(done.stdout.splitlines()[-1])["seconds"]
    return seconds


def _target(what: str, found: float, most: float, why: str) -> bool:
    met = found <= most
    print(f"    {what}: {found:.2f}, at most {most:g}{f' ({why})' if why else ''}: {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    main()
