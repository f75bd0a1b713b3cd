"""What every part of one county's crawl shares: the task, the clock, the bundle being written."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scrapy.crawler import Crawler

from archive.bundles import Held, Known, Skipped
from archive.registry import Portal
from crawler.bundle import BundleWriter
from crawler.chromium import Chromium
from crawler.errors import Unwritable
from crawler.pages import identity
from crawler.rules import Rules

LONGEST_REASON = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants that go on from a given start, so that a replayed day keeps its date.

    `own` says that the start was read off this machine's clock, which the portals' answers can be held against.
    """

    start: datetime
    own: bool = False
    since: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The start plus what has passed since."""
        return self.start + timedelta(seconds=time.monotonic() - self.since)


@dataclass
class Stumble:
    """Keeps what nobody expected to that part of a crawl in which it happened; `reason` then says what it was.

    Portals hold what no adapter was written for: one page that cannot be handled must not cost a county. What cannot
    be written down (Unwritable) goes on to the end of the crawl.
    """

    url: str
    noted: list[Skipped]
    reason: str | None = None

    def __enter__(self) -> "Stumble":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception) or isinstance(error, Unwritable):
            return False
        self.reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
        self.noted.append(Skipped(self.url, self.reason))
        log.warning("%s: not handled", self.url, exc_info=error)
        return True


@dataclass(frozen=True)
class Context:
    """One county's crawl."""

    portal: Portal
    known: Known
    clock: Clock
    bundle: BundleWriter
    rules: Rules
    progress: Callable[[dict[str, int]], None]
    counters: dict[str, int] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    stumbles: list[Skipped] = field(default_factory=list)
    browser: Chromium = field(default_factory=Chromium)
    shots: dict[str, bytes] = field(default_factory=dict)     # of script-filled pages, by address: pictures.py
    entries: tuple[str, ...] = ()             # where else than at the home page to begin

    def __post_init__(self) -> None:
        self.held.update((identity(held.url), held) for held in self.known.held)

    def of(self, url: str) -> Held | None:
        """What is held of an address."""
        return self.held.get(identity(url))

    def report(self, url: str) -> Held | None:
        """What is held of an address that brought a report or its file; a listing's page is neither."""
        held = self.of(url)
        return held if held is not None and held.role in ("report", "file") else None

    def stumbling(self, url: str) -> Stumble:
        """A block in which one page is handled: whatever goes wrong in it is noted, and ends only the block."""
        return Stumble(url, self.stumbles)

    async def pause(self, seconds: float) -> None:
        """Wait; every wait between two requests goes through here."""
        await asyncio.sleep(seconds)

    def count(self, name: str, step: int = 1) -> None:
        """Count something; crawl.json shows the counters."""
        self.counters[name] = self.counters.get(name, 0) + step
        self.progress(self.counters)


def context_of(crawler: Crawler) -> Context:
    """The context of the crawl that a Scrapy component works for."""
    context = getattr(crawler.spider, "context", None)
    assert isinstance(context, Context)
    return context
