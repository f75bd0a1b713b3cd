"""A crawl that is answered from an archive: the same parts at work, without a network.

Only what touches the network takes another's place here: the download handler, the waits, the checks of addresses. What
the archive does not hold comes back as NOT_CAPTURED, which never says that something is not there. Every record keeps
the instant at which it was captured.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings

from archive.asked import Asked
from archive.bundles import WALKED, Crawl, Known, Listing, Look, Outcome, Verdict
from archive.captured import Capture, Captured, NotCaptured
from archive.clock import iso, local_day
from archive.registry import Portal
from crawler import wire
from crawler.bundle import BundleWriter
from crawler.chromium import Chromium
from crawler.context import Clock, Context, context_of
from crawler.errors import Refused
from crawler.leafing import Leafing
from crawler.replay_browser import CapturedWindow
from crawler.rules import Rules
from crawler.settings import CRAWLER

HANDLER = "crawler.replay.ArchiveHandler"
SPREAD = timedelta(hours=12)          # between the captures of one listing's pages; reports move on in longer ones
ANY_NUMBER = 1_000_000                # of requests: each is a look into a file
HANDED_IN = "captured by hand"        # behind the crawler's name, where a person captured


@dataclass(frozen=True, slots=True)
class Archive:
    """What a crawl is answered from; `by` is the person who captured it, if one did."""

    captured: Captured
    started: datetime
    by: str | None = None


class OpenRules(Rules):
    """The rules of a crawl that asks nobody: only which hosts are the portal's."""

    def __init__(self, portal: Portal, known: Known, archive: Archive) -> None:
        super().__init__(portal, known)
        self.by = archive.by

    def disallowed(self, url: str) -> bool:
        """What a person has seen was shown to them, whatever robots.txt says to robots."""
        return self.by is None and super().disallowed(url)


@dataclass(frozen=True)
class ReplayContext(Context):
    """One county's crawl from an archive."""

    by_hand: bool = False

    async def pause(self, seconds: float) -> None:
        """Nobody is asked, so nobody is spared."""

    def count(self, name: str, step: int = 1) -> None:
        """What a person captured needs no budget of requests: none is made."""
        super().count("answers" if self.by_hand and name == "requests" else name, step)


class ReplayBundle(BundleWriter):
    """A bundle whose records keep address and instant of the captures that they repeat."""

    def __init__(self, out: Path, county: str, archive: Archive, software: str) -> None:
        super().__init__(out, county, archive.started, f"{software} {HANDED_IN}" if archive.by else software)
        self.archive = archive
        self.given: dict[tuple[str, datetime], Capture] = {}
        self.times: dict[str, datetime] = {}          # record -> when it was captured

    def exchange(self, url: str, at: datetime, *exchanged: Any, **more: Any) -> str:
        """Write a request and its answer under the address that was captured."""
        capture = self.given.pop((url, at), None)
        record = super().exchange(capture.url if capture else url, at, *exchanged, **more)
        self.times[record] = at
        return record

    def resource(self, url: str, at: datetime, *shown: Any) -> str:
        """Write a page as the browser showed it."""
        record = super().resource(url, at, *shown)
        self.times[record] = at
        return record

    def finish(self, crawl: Crawl) -> Path:
        """Write crawl.json with the captures' own times, and what these leave in doubt."""
        ended = max(self.times.values(), default=self.archive.started)
        crawl = replace(crawl, by=self.archive.by, started=iso(self.archive.started), ended=iso(ended))
        return super().finish(self._doubted(crawl) if self.archive.by else crawl)

    def _doubted(self, crawl: Crawl) -> Crawl:
        listings = tuple(self._doubted_listing(listing) for listing in crawl.listings)
        told = {listing.url: listing.reason for listing in listings if not listing.complete}
        looks = tuple(_doubted_look(look, told) for look in crawl.looks)
        counters = {name: number for name, number in crawl.counters.items() if name != WALKED}
        crawl = replace(crawl, listings=listings, looks=looks, counters=counters)
        lost = next((look.reason for look in looks if not look.complete), None)
        if crawl.verdict is Verdict.COMPLETE and lost is not None:
            crawl = replace(crawl, verdict=Verdict.PARTIAL, reason=lost)
        return crawl

    def _doubted_listing(self, listing: Listing) -> Listing:
        times = [self.times[page.record] for page in listing.pages if page.record in self.times]
        if not listing.complete or not times or max(times) - min(times) <= SPREAD:
            return listing
        return replace(listing, complete=False, reason=_apart(min(times), max(times)))


def _doubted_look(look: Look, told: Mapping[str, str | None]) -> Look:
    lost = next((url for url in look.listings if url in told), None)
    return look if lost is None or not look.complete else replace(look, complete=False, reason=f"{lost}: {told[lost]}")


class ArchiveHandler(BaseDownloadHandler):
    """Scrapy's download handler for http and https that answers from an archive."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        context = context_of(crawler)
        assert isinstance(context, ReplayContext)
        assert isinstance(context.bundle, ReplayBundle)
        self.archive, self.bundle = context.bundle.archive, context.bundle
        self.turns: Counter[Asked] = Counter()
        self.window: CapturedWindow | None = None

    async def download_request(self, request: Request) -> Response:
        """The captured answer, with its instant in the request's `meta`. Raises Refused where there is none."""
        try:
            leafing = request.meta.get("leafing")
            return self._answer(request) if leafing is None else await self._shown(request, leafing)
        except NotCaptured as error:
            raise Refused(request.url, Outcome.NOT_CAPTURED, str(error)) from error

    def _answer(self, request: Request) -> Response:
        if self.archive.by and request.meta.get("robots"):
            raise NotCaptured("nothing is fetched")
        asked = Asked(request.method, request.url, request.body)
        turn, self.turns[asked] = self.turns[asked], self.turns[asked] + 1
        conditional = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        capture = self.archive.captured.answer(asked, turn, conditional=conditional)
        request.meta["at"] = capture.at
        self.bundle.given[request.url, capture.at] = capture
        return _response(request, capture, ["dataloss"] if capture.torn else [])

    async def close(self) -> None:
        """Let the window go, where one was opened."""
        if self.window is not None:
            await self.window.close()

    async def _shown(self, request: Request, leafing: Leafing) -> Response:
        """What the browser showed when the archive was made; else what it shows of what a person captured."""
        states, note = self.archive.captured.shown(request.url)
        if states:
            return self._recorded(request, leafing, states, note)
        if self.archive.by is None or not self.archive.captured.holds(Asked("GET", request.url)):
            raise NotCaptured("what a browser shows of it is not in the archive that is read")
        window = self.window = self.window or self._window()
        window.times.clear()
        response = await window.show(request, leafing)
        first, last = min(window.times), max(window.times)
        request.meta["at"] = last
        if last - first > SPREAD:
            leafing.reason = leafing.reason or _apart(first, last)
        return response

    def _window(self) -> CapturedWindow:
        cookies, chosen = self.crawler.get_downloader_middleware(CookiesMiddleware), self.crawler.settings
        assert cookies is not None
        return CapturedWindow(context_of(self.crawler), chosen["USER_AGENT"], chosen.getfloat("DOWNLOAD_TIMEOUT"),
                              cookies.jars[None], captured=self.archive.captured)

    def _recorded(self, request: Request, leafing: Leafing, states: Sequence[Capture], note: bytes | None) -> Response:
        noted = _noted(note)
        request.meta["at"] = states[0].at
        leafing.states += [state.body.decode("utf-8", "replace") for state in states]
        pictures = [self.archive.captured.picture(state.url) for state in states]
        leafing.shots += [one for one in pictures if one] if all(pictures) else []
        leafing.requests += noted.get("requests", [])
        leafing.left_out |= noted.get("left_out", {})
        leafing.reason = noted.get("reason")
        return _response(request, states[0], ["playwright"])


def _apart(first: datetime, last: datetime) -> str:
    return f"its pages were captured from {iso(first)} to {iso(last)}: too far apart for one look"


def _noted(note: bytes | None) -> dict[str, Any]:
    """What was noted beside a page as a browser showed it; nothing where it cannot be read."""
    try:
        value = json.loads(note or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _response(request: Request, capture: Capture, flags: list[str]) -> Response:
    headers = Headers()
    for name, value in capture.headers:
        headers.appendlist(name, value)
    for noted, head in ((wire.RECEIVED, capture.head), (wire.SENT, capture.asked)):
        if head:
            headers.setlist(noted, [base64.b64encode(head)])
    kind = responsetypes.from_args(headers=headers, url=request.url, body=capture.body)
    return kind(request.url, status=capture.status, headers=headers, body=capture.body, flags=flags, request=request)


def told(archive: Archive, known: Known) -> Known:
    """What a crawl from an archive is told: nothing of waiting; of a person's, that of held reports which are in it."""
    known = replace(known, delay_seconds=0.0, allow_private_addresses=True)
    if archive.by is None:
        return known
    held = tuple(replace(one, due=archive.captured.holds(Asked("GET", one.url))) for one in known.held)
    years = tuple(year for year in known.years if year < local_day(archive.started).year)
    return replace(known, years=years, held=held)


def opened(archive: Archive, portal: Portal) -> Portal:
    """The portal without what only concerns asking it, where a person did: opening hours, a budget of requests."""
    return portal if archive.by is None else replace(portal, hours=None, requests=ANY_NUMBER)


def context(archive: Archive, portal: Portal, known: Known, out: Path, clock: Clock,
            progress: Callable[[dict[str, int]], None], browser: Chromium) -> ReplayContext:
    """One county's crawl from an archive, its bundle begun below `out`."""
    portal, known = opened(archive, portal), told(archive, known)
    bundle = ReplayBundle(out, portal.code, archive, CRAWLER)
    rules = OpenRules(portal, known, archive)
    visited = archive.captured.pages or archive.captured.documents
    entries = tuple(url for url in visited if portal.owns(url)) if archive.by else ()
    return ReplayContext(portal, known, clock, bundle, rules, progress, browser=browser, entries=entries,
                         by_hand=archive.by is not None)


def settle(settings: Settings) -> None:
    """Let Scrapy ask the archive, and nothing else."""
    handlers = {scheme: HANDLER if scheme in ("http", "https") else None for scheme in settings["DOWNLOAD_HANDLERS"]}
    settings.set("DOWNLOAD_HANDLERS", handlers, priority="cmdline")
