"""Fetches one address: tries again where that helps, waits where told to, and says what the answer was.

A host that refuses or stays silent several times in a row is left alone for the rest of the crawl.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from archive.bundles import Held, Outcome
from crawler import blocks, moves, waits
from crawler.asks import ask
from crawler.coding import BINARY
from crawler.context import Context
from crawler.errors import EXPECTED, Refused, failure_of
from crawler.hosts import BREAKS, Hosts, host, nowhere
from crawler.items import Capture
from crawler.pages import decode, identity
from crawler.recorder import TORN
from crawler.rules import origin

MOST_MOVES = 5
MOST_TEXT = 500_000                         # bytes of a page that are looked at
OFF = timedelta(days=1)                     # by which our clock may differ from a portal's
MISTYPED = frozenset({400, 404, 405, 410, 412})
Download = Callable[[Request], Awaitable[Response]]


@dataclass
class Fetcher:
    """Asks for one address at a time."""

    context: Context
    download: Download
    hosts: Hosts = field(init=False)
    ahead: list[timedelta] = field(default_factory=list)  # by how much each answer's Date is ahead of our clock

    def __post_init__(self) -> None:
        portal = self.context.portal
        self.hosts = Hosts(portal.home)
        self.hosts.spoken |= {origin(url) for url in (portal.home, *(listing.url for listing in portal.listings))}

    @property
    def failures(self) -> dict[str, list[Outcome]]:
        """By host, the failures in a row; a host with as many as BREAKS is left alone."""
        return self.hosts.failures

    def clock_doubt(self) -> str | None:
        """Why this crawl may not say what day it was: no answer was dated within a day of our clock.

        Old dates come out of caches, but not in every answer.
        """
        if not self.context.clock.own or not self.ahead or any(abs(one) <= OFF for one in self.ahead):
            return None
        return f"clock: this machine and the portal differ by {min(map(abs, self.ahead)).days} days"

    async def get(self, url: str, *, referer: str | None = None, held: Held | None = None) -> Capture:
        """Ask for an address (crawler/asks.py: also one that is posted); conditionally where `held` has validators.

        What moves on by itself is followed; a page that its host shows for any address is a soft 404.
        """
        self.hosts.spoken.add(origin(url))
        capture = await self._asked(url, url, referer, held)
        been = [url]
        while (target := self._onward(url, capture)) is not None:
            # Once more is no circle yet: a page may set a cookie and send back to itself.
            if been.count(target) > 1 or len(been) > MOST_MOVES:
                return replace(capture, outcome=Outcome.STATUS, reason=f"moves on in a circle, to {target}")
            been.append(target)
            capture = await self._asked(url, target, capture.final, None)
        return await self._own(capture)

    async def shows_anything(self, capture: Capture) -> bool:
        """The page is one that its host shows for any address, also one that nobody has. Asks once for each host."""
        if capture.failed or not is_html(capture):
            return False
        await self._probe(capture.final)
        return self.hosts.shows_anything(capture.final, markup_of(capture)) is not None

    async def guarded(self, url: str, request: Callable[[], Request], place: str | None = None) -> Capture:
        """Ask as often as helps, unless the host is closed or left alone; `request` makes one anew for each try.

        `place` is the address that is really asked, where it is not `url`.
        """
        place, now = place or url, self.context.clock.now()
        if not self.context.portal.open_at(now):
            return Capture(url, url, now, Outcome.CLOSED, f"open {self.context.portal.hours} by its entry")
        row = self.hosts.row(place)
        if len(row) >= BREAKS:
            return Capture(url, url, now, row[-1], f"{host(place)} is left alone after {row[-1]}")
        capture = await self._persistent(url, place, request)
        self.hosts.note(place, capture.outcome)
        doubted = self.hosts.doubted(place)
        if doubted is not None:
            answer = await self._once(doubted, Request(doubted, meta={"address": doubted}, dont_filter=True))
            self.hosts.note(doubted, answer.outcome)
        return capture

    async def _asked(self, url: str, place: str, referer: str | None, held: Held | None) -> Capture:
        """One place, in the form its host likes; where it is mistyped or its form fails, once in another."""
        capture = await self._place(url, place, referer, held)
        other = self._other(place, capture)
        if other is None:
            return capture
        again = await self._place(url, other, referer, None)
        if again.failed:
            return capture
        self.hosts.learn(place, again.final)
        return again

    async def _place(self, url: str, place: str, referer: str | None, held: Held | None) -> Capture:
        formed = self.hosts.form(place)
        capture = await self.guarded(url, partial(_request, url, formed, referer, held), formed)
        if ask(formed).body is None and capture.status is not None:
            self.hosts.learn(formed, capture.final)
        return capture

    def _other(self, place: str, capture: Capture) -> str | None:
        """Another way to write an address that failed, where there is reason to try one."""
        if ask(place).body is not None:
            return None
        if capture.status in MISTYPED and capture.failed:
            return moves.plainer(place)
        if capture.outcome is Outcome.TLS:
            return self.hosts.plain_form(place)
        silent = capture.outcome in (Outcome.UNREACHABLE, Outcome.TIMEOUT)
        if silent and place == self.context.portal.home and urlsplit(place).port is None:
            scheme, _, rest = place.partition("://")
            return f"{'https' if scheme == 'http' else 'http'}://{rest}"
        return None

    def _onward(self, url: str, capture: Capture) -> str | None:
        page = capture.status == 200 and is_html(capture) and capture.outcome in (None, Outcome.SHELL)
        target = moves.onward(capture.final, markup_of(capture)) if page and ask(url).body is None else None
        # A page with words of its own that names itself is one that reloads.
        return None if capture.outcome is None and target == capture.final else target

    async def _own(self, capture: Capture) -> Capture:
        """The capture, as a soft 404 where it is no page of its own."""
        if capture.failed or capture.not_modified or not is_html(capture) or ask(capture.url).body is not None:
            return capture
        markup = markup_of(capture)
        if blocks.DATA.match(markup):
            return capture
        told = None
        if identity(capture.final) == identity(self.context.portal.home) and not self.hosts.is_front(capture.url):
            told = "led to the home page"
        elif self.hosts.doubtful(capture.final, markup):
            await self._probe(capture.final)
        told = told or self.hosts.shows_anything(capture.final, markup)
        if told is None:
            return capture
        return replace(capture, outcome=Outcome.SOFT_404, reason=f"status {capture.status}, {told}")

    async def _probe(self, url: str) -> None:
        """Learn, once for each host, what it shows for an address that nobody has."""
        if host(url) in self.hosts.shells:
            return
        self.hosts.shells[host(url)] = None
        nobody = nowhere(url)
        answer = await self._once(nobody, Request(nobody, meta={"address": nobody}, dont_filter=True))
        if not answer.failed and is_html(answer):
            self.hosts.learn_shell(url, markup_of(answer))

    async def _persistent(self, url: str, place: str, request: Callable[[], Request]) -> Capture:
        attempt = 0
        while True:
            attempt += 1
            asked = request()
            asked.meta["patient"] = attempt == waits.TRIES
            capture = await self._once(url, asked)
            wait = waits.again(capture, attempt, self.context.known.delay_seconds, host(place) in self.hosts.well)
            if wait is None:
                break
            await self.context.pause(wait)
        if attempt > 1 and capture.outcome is Outcome.CHALLENGE:
            self.hosts.leave(place, Outcome.CHALLENGE)
        return capture

    async def _once(self, url: str, request: Request) -> Capture:
        try:
            response = await self.download(request)
        except Refused as refused:
            return Capture(url, url, self.context.clock.now(), refused.outcome, refused.reason)
        except EXPECTED as error:
            at = request.meta.get("at") or self.context.clock.now()
            return Capture(url, url, at, *failure_of(error))
        return self._capture(url, response)

    def _capture(self, url: str, response: Response) -> Capture:
        request = response.request
        meta: dict[str, Any] = request.meta if request is not None else {}
        headers = {name.decode("latin-1").lower(): b", ".join(response.headers.getlist(name)).decode("latin-1")
                   for name in response.headers or {}}
        content_type, at = headers.get("content-type", ""), meta.get("at") or self.context.clock.now()
        html = _is_html(content_type, response.body)
        text = "" if response.body.startswith(BINARY) else decode(response.body[:MOST_TEXT], content_type)
        posted = request is not None and request.method == "POST"
        told = blocks.classify(blocks.Answer(response.status, headers, text, html, posted))
        if told is not None and told[0] is Outcome.NOT_MODIFIED and not _conditional(request):
            told = (Outcome.STATUS, "status 304 without being asked")
        if told is None and TORN in response.flags:
            told = (Outcome.TRUNCATED, f"torn: {len(response.body)} bytes came, Content-Length was "
                                       f"{headers.get('content-length', 'not given')}")
        if told is not None and "playwright" in response.flags and told[0] is Outcome.SHELL:
            told = None
        outcome, reason = told or (None, None)
        wait, dated = _retry_after(headers.get("retry-after", ""), at), _instant(headers.get("date", ""))
        self.ahead += [dated - at] if dated is not None else []
        return Capture(url, response.url, at, outcome, reason, response.status, response.body, content_type,
                       meta.get("record"), meta.get("sha256"), wait=wait,
                       disposition=headers.get("content-disposition", ""))


def _request(url: str, place: str, referer: str | None, held: Held | None) -> Request:
    asked = ask(place)
    headers = {"Referer": referer} if referer else {}
    if held is not None and held.etag:
        headers["If-None-Match"] = held.etag
    if held is not None and held.last_modified:
        headers["If-Modified-Since"] = held.last_modified
    if asked.content_type:
        headers |= {"Content-Type": asked.content_type, "X-Requested-With": "XMLHttpRequest"}
    method = "GET" if asked.body is None else "POST"
    meta: dict[str, Any] = {"address": url} | ({"held": held} if held is not None else {})
    return Request(asked.url, method=method, body=asked.body or b"", headers=headers, meta=meta, dont_filter=True)


def _conditional(request: Request | None) -> bool:
    asked = request.headers if request is not None else {}
    return "If-None-Match" in asked or "If-Modified-Since" in asked


def is_html(capture: Capture) -> bool:
    """The body is a page, by content rather than by its label."""
    return _is_html(capture.content_type, capture.body)


def markup_of(capture: Capture) -> str:
    """The decoded text of a page, as far as it is looked at for what kind of page it is."""
    return decode(capture.body[:MOST_TEXT], capture.content_type)


def _is_html(content_type: str, body: bytes) -> bool:
    if body.startswith(BINARY):
        return False
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<div")) or (
        "html" in content_type or "xml" in content_type)


def _retry_after(text: str, at: datetime) -> float | None:
    """Seconds that a Retry-After asks for, by a number or by a date."""
    if text.strip().isdigit():
        return float(text)
    until = _instant(text)
    return None if until is None else max(0.0, (until - at).total_seconds())


def _instant(text: str) -> datetime | None:
    """An instant as HTTP writes it."""
    try:
        told = parsedate_to_datetime(text)
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
