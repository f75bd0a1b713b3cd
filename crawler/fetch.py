"""Fetches one address: tries again where that helps, waits where told to, and says what the answer was.

A host that refuses or stays silent several times in a row is left alone for the rest of the crawl.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from archive.bundles import Held, Outcome
from crawler import blocks
from crawler.asks import ask
from crawler.coding import BINARY
from crawler.context import Context
from crawler.errors import EXPECTED, Refused, failure_of
from crawler.items import Capture
from crawler.pages import decode
from crawler.recorder import TORN

TRIES = 3
PATIENCE = 120.0      # seconds of Retry-After that are waited for; more means another run
BREAKS = 3            # failures in a row after which a host is left alone
Download = Callable[[Request], Awaitable[Response]]


@dataclass
class Fetcher:
    """Asks for one address at a time."""

    context: Context
    download: Download
    failures: dict[str, list[Outcome]] = field(default_factory=dict)

    async def get(self, url: str, *, referer: str | None = None, held: Held | None = None) -> Capture:
        """Ask for an address (crawler/asks.py: also one that is posted); conditionally where `held` has validators."""
        asked = ask(url)
        headers = {"Referer": referer} if referer else {}
        if held is not None and held.etag:
            headers["If-None-Match"] = held.etag
        if held is not None and held.last_modified:
            headers["If-Modified-Since"] = held.last_modified
        if asked.content_type:
            headers |= {"Content-Type": asked.content_type, "X-Requested-With": "XMLHttpRequest"}
        method = "GET" if asked.body is None else "POST"
        meta: dict[str, Any] = {"address": url} | ({"held": held} if held is not None else {})
        return await self.guarded(url, lambda: Request(
            asked.url, method=method, body=asked.body or b"", headers=headers, meta=meta, dont_filter=True))

    async def guarded(self, url: str, request: Callable[[], Request]) -> Capture:
        """The answer to a request made anew for each try; none where the host is left alone."""
        host = urlsplit(url).netloc.lower()
        row = self.failures.setdefault(host, [])
        if len(row) >= BREAKS:
            return Capture(url, url, self.context.clock.now(), row[-1], f"{host} is left alone after {row[-1]}")
        capture = await self._persistent(url, request)
        if capture.outcome in blocks.REFUSALS | blocks.SILENCES and capture.outcome is not Outcome.DISALLOWED:
            row.append(capture.outcome)
        elif capture.outcome is not Outcome.FOREIGN:
            row.clear()
        return capture

    async def _persistent(self, url: str, request: Callable[[], Request]) -> Capture:
        for attempt in range(1, TRIES + 1):
            capture, wait = await self._once(url, request())
            if attempt == TRIES or capture.outcome not in (Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.STATUS):
                break
            if wait is None or wait > PATIENCE:
                break
            await self.context.pause(max(wait, self.context.known.delay_seconds * 2**attempt))
        return capture

    async def _once(self, url: str, request: Request) -> tuple[Capture, float | None]:
        """One answer, and how long to wait before asking again (None: asking again does not help)."""
        try:
            response = await self.download(request)
        except Refused as refused:
            return Capture(url, url, self.context.clock.now(), refused.outcome, refused.reason), None
        except EXPECTED as error:
            at = request.meta.get("at") or self.context.clock.now()
            return Capture(url, url, at, *failure_of(error)), 0.0
        capture = self._capture(url, response)
        again = response.status >= 500 or response.status == 429
        return capture, _retry_after(response, capture.at) if again else None

    def _capture(self, url: str, response: Response) -> Capture:
        meta: dict[str, Any] = response.request.meta if response.request is not None else {}
        content_type = _header(response, "Content-Type")
        html = _is_html(content_type, response.body)
        headers = {name.decode("latin-1").lower(): _header(response, name.decode("latin-1"))
                   for name in response.headers or {}}
        text = decode(response.body[:500_000], content_type) if html else ""
        told = blocks.classify(blocks.Answer(response.status, headers, text, html))
        if told is not None and told[0] is Outcome.NOT_MODIFIED and not _conditional(response.request):
            told = (Outcome.STATUS, "status 304 without being asked")
        if told is None and TORN & set(response.flags):
            told = (Outcome.TRUNCATED, f"torn: {len(response.body)} bytes came, Content-Length was "
                                       f"{headers.get('content-length', 'not given')}")
        if told is not None and "playwright" in response.flags and told[0] is Outcome.SHELL:
            told = None
        outcome, reason = told or (None, None)
        return Capture(url, response.url, meta.get("at") or self.context.clock.now(), outcome, reason, response.status,
                       response.body, content_type, meta.get("record"), meta.get("sha256"))


def _conditional(request: Request | None) -> bool:
    asked = request.headers if request is not None else {}
    return "If-None-Match" in asked or "If-Modified-Since" in asked


def is_html(capture: Capture) -> bool:
    """The body is a page, by content rather than by its label."""
    return _is_html(capture.content_type, capture.body)


def _is_html(content_type: str, body: bytes) -> bool:
    if body.startswith(BINARY):
        return False
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<div")) or (
        "html" in content_type or "xml" in content_type)


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name) if response.headers is not None else None
    return value.decode("latin-1") if value else ""


def _retry_after(response: Response, at: datetime) -> float:
    text = _header(response, "Retry-After").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (until.astimezone(UTC) - at).total_seconds())
