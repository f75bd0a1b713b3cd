"""Runs crawls: one process, one CrawlerProcess, each county its own bundle."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn
from scrapy.crawler import Crawler, CrawlerProcess

from archive import bundles, registry
from archive.bundles import Known
from archive.captured import Captured
from archive.captured import started as when_started
from archive.clock import local_day
from archive.errors import ArchiveError
from archive.registry import Portal
from crawler import replay
from crawler.bundle import BundleWriter
from crawler.chromium import Chromium
from crawler.context import Clock, Context
from crawler.errors import BadCounty
from crawler.replay import Archive
from crawler.rules import Rules
from crawler.settings import CRAWLER, PROCESS, settings
from crawler.spiders.portal import PortalSpider

DELAY = 3.0                     # seconds between two requests to one host, where nothing else is said
HOSTS_TOLD = 10                 # of an archive that holds others than were expected
EVERY = 1.0                     # seconds between two progress lines of one county


@dataclass(frozen=True, slots=True)
class Task:
    """One county to crawl."""

    portal: Portal
    known: Known


def tasks(counties: Iterable[str], folders: Iterable[Path], known: Path | None, now: datetime) -> tuple[Task, ...]:
    """Resolve what was asked for. Raises BadCounty and ArchiveError."""
    return tuple(Task(portal, known_for(portal, known, now)) for portal in portals(counties, folders))


def portals(counties: Iterable[str], folders: Iterable[Path]) -> tuple[Portal, ...]:
    """The portals that were asked for, from the registry and more folders of entries. Raises BadCounty."""
    found = registry.load(*folders)
    resolved = []
    for name in dict.fromkeys(counties):
        try:
            resolved.append(found.resolve(name))
        except ArchiveError as error:
            told = "".join(f"\n{bad}" for bad in found.errors)
            raise BadCounty(f"{error}{told}") from error
    return tuple(resolved)


def known_for(portal: Portal, path: Path | None, now: datetime) -> Known:
    """What the archive told about a county, or what a first crawl starts with. Raises BadBundle."""
    file = path / f"{portal.code}.json" if path is not None and path.is_dir() else path
    if file is not None and (file.exists() or file is path):
        told = bundles.read_known(file)
        if told.county != portal.code:
            raise BadCounty(f"{file}: county: expected {portal.code}, found {told.county}")
        return told
    years = tuple(range(portal.since, local_day(now).year))
    return Known(portal.code, years, delay_seconds=portal.delay_seconds or DELAY)


def started(sources: Iterable[Path], captured: Captured, asked: Sequence[Portal]) -> datetime:
    """When a crawl from an archive starts: with the crawl that made it, else with its first capture of the portal.

    Raises BadCounty where there is none.
    """
    made = [instant for instant in map(when_started, sources) if instant is not None]
    if made:
        return max(made)
    first = captured.first(lambda url: any(portal.owns(url) for portal in asked))
    if first is None:
        hosts = sorted({host for portal in asked for host in portal.hosts})
        raise BadCounty(f"no capture of {', '.join(hosts)} in what was handed in; the hosts there are "
                        f"{', '.join(captured.hosts()[:HOSTS_TOLD])}")
    return first


def crawl(asked: Iterable[Task], out: Path, now: datetime, timeout: float, archive: Archive | None = None) -> bool:
    """Crawl counties side by side, or from an archive; whether every one left a finished bundle."""
    clock = Clock(now, own=archive is None and not os.environ.get("NIANBAO_NOW"))
    process = CrawlerProcess(PROCESS)
    with Reporter.on(sys.stdout) as reporter:
        browser = Chromium()                              # one for all, started where a page needs it
        running = [_start(process, _context(task, out, clock, reporter, archive, browser), timeout) for task in asked]
        process.start()
        ended = [reporter.ended(context) for context in running]      # every one is told
    return all(ended)


def _context(task: Task, out: Path, clock: Clock, reporter: "Reporter", archive: Archive | None,
             browser: Chromium) -> Context:
    portal, known = task.portal, task.known
    tell = reporter.of(portal.code, portal.name)
    if archive is not None:
        return replay.context(archive, portal, known, out, clock, tell, browser)
    bundle = BundleWriter(out, portal.code, clock.now(), CRAWLER)
    return Context(portal, known, clock, bundle, Rules(portal, known), tell, browser=browser)


def _start(process: CrawlerProcess, context: Context, timeout: float) -> Context:
    chosen = settings(context.known, timeout)
    if isinstance(context, replay.ReplayContext):
        replay.settle(chosen)
    crawler = Crawler(PortalSpider, chosen, init_reactor=not process.crawlers)
    process.crawl(crawler, context=context)
    return context


@dataclass
class Reporter:
    """Tells how crawls go: bars on a terminal, JSON lines elsewhere."""

    progress: Progress | None
    last: dict[str, float] = field(default_factory=dict)
    bars: dict[str, TaskID] = field(default_factory=dict)

    @classmethod
    def on(cls, stream: object) -> "Reporter":
        """A reporter fit for a stream."""
        if not getattr(stream, "isatty", bool)():
            return cls(None)
        columns = ("{task.description}", "{task.fields[requests]} requests", "{task.fields[listings]} listings",
                   "{task.fields[candidates]} candidates")
        return cls(Progress(*map(TextColumn, columns), console=Console()))

    def __enter__(self) -> "Reporter":
        if self.progress is not None:
            self.progress.start()
        return self

    def __exit__(self, *ended: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def of(self, county: str, name: str) -> Callable[[dict[str, int]], None]:
        """What a county's crawl calls with its counters."""
        if self.progress is not None:
            self.bars[county] = self.progress.add_task(name, total=None, requests=0, listings=0, candidates=0)
        return lambda counters: self._tell(county, counters)

    def ended(self, context: Context) -> bool:
        """Tell a county's end; whether its bundle is whole."""
        path, county = context.bundle.path, context.portal.code
        context.bundle.close()
        finished = path / bundles.CRAWL_NAME
        if finished.exists():
            result = bundles.read_crawl(finished)
            verdict, reason = str(result.verdict), result.reason
        else:
            verdict, reason = "aborted", "the crawl ended before its bundle was finished"
        self._say({"event": "bundle", "county": county, "bundle": str(path), "verdict": verdict, "reason": reason})
        return finished.exists()

    def _tell(self, county: str, counters: dict[str, int]) -> None:
        shown: dict[str, Any] = {key: counters.get(key, 0) for key in ("requests", "listings", "candidates")}
        if self.progress is not None:
            self.progress.update(self.bars[county], **shown)
            return
        if time.monotonic() - self.last.get(county, -EVERY) >= EVERY:
            self.last[county] = time.monotonic()
            self._say({"event": "progress", "county": county, **shown})

    def _say(self, event: dict[str, object]) -> None:
        if self.progress is None:
            with contextlib.suppress(BrokenPipeError):         # whoever began the crawl may have been killed
                print(json.dumps(event, ensure_ascii=False), flush=True)
        elif event["event"] == "bundle":
            reason = f": {event['reason']}" if event["reason"] else ""
            self.progress.console.print(f"{event['county']} {event['verdict']}{reason}\n  {event['bundle']}")
