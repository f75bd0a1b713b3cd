"""Downloader middleware nearest to the wire: every answer goes into the WARC before anything looks at it."""

import hashlib
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from archive.bundles import Held, Outcome
from archive.coding import TooLarge
from crawler import heads, wire
from crawler.coding import ended, unpacked
from crawler.context import context_of
from crawler.errors import Refused
from crawler.pages import identity
from crawler.settings import LARGEST

PATIENT = 4                               # times as long as else that the last try may take
TORN = "torn"                             # the flag of a body that did not come whole


class Recorder:
    """Records request and response as received, then decodes the body for whoever reads it."""

    def __init__(self, crawler: Crawler) -> None:
        self.context = context_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Recorder":
        """Scrapy's way in."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Note the time, which its records get; behind a redirect only an ETag still asks for the same body.

        The last try has more time: a scanned report from a slow portal takes minutes.
        """
        held = request.meta.get("held")
        if held is not None and identity(request.url) != identity(held.url):
            request.headers.pop("If-Modified-Since", None)
        if request.meta.pop("patient", False):
            request.meta["download_timeout"] *= PATIENT
        request.meta["at"] = self.context.clock.now()
        self.context.rules.count(request.url)
        self.context.count("requests")

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the exchange; give the decoded response on with its record in `meta`. Raises Refused."""
        if "playwright" in response.flags:
            return response
        sent, received = wire.heads(response.headers) if response.headers is not None else (None, None)
        encoded = response.body
        body, whole = _unpacked(response)
        cut = _is_cut(response, body)
        sha256 = hashlib.sha256(body or b"").hexdigest()
        held = self._held(request, response.status, sha256) if whole and not cut else None
        request.meta["sha256"] = sha256
        request.meta["record"] = self.context.bundle.exchange(
            request.url, request.meta["at"], (sent or _sent(request), request.body),
            (heads.stored(received or heads.answered(response.status, _fields(response)), len(encoded)), encoded),
            held=held, truncated=cut)
        if body is None:
            raise Refused(request.url, Outcome.TOO_LARGE, f"unpacks to more than {LARGEST} bytes")
        return _plain(response, body, [TORN] if cut or not whole else [])

    def _held(self, request: Request, status: int, sha256: str) -> Held | None:
        """What the answer repeats: of a 304, that for which validators were sent, also behind a redirect."""
        place = str(request.meta["address"]) if request.method == "POST" else request.url
        asked, there = request.meta.get("held"), self.context.of(place)
        if status == 304:
            return asked if isinstance(asked, Held) else None
        same = (held for held in (there, asked) if held is not None and held.sha256 == sha256)
        return next(same, None) if status == 200 else None


def _unpacked(response: Response) -> tuple[bytes | None, bool]:
    """The body without its content codings, None for one too large; and whether it was there whole."""
    codings = b",".join(response.headers.getlist("Content-Encoding") if response.headers is not None else [])
    try:
        return unpacked(response.body, codings.decode("latin-1"), LARGEST)
    except TooLarge:
        return None, False


def _is_cut(response: Response, body: bytes | None) -> bool:
    """The body is shorter than it was announced, or ended with its connection and looks unfinished."""
    unannounced = "partial" in response.flags and body is not None
    return "dataloss" in response.flags or (unannounced and not ended(body or b""))


def _plain(response: Response, body: bytes, more_flags: list[str]) -> Response:
    """The response as if it had come uncoded."""
    response.headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
    encoding = {"encoding": None} if issubclass(kind, TextResponse) else {}
    return response.replace(cls=kind, body=body, flags=[*response.flags, *more_flags], **encoding)


def _fields(message: Request | Response) -> list[tuple[str, str]]:
    """Headers in order, repeated ones kept."""
    assert message.headers is not None
    return [(name.decode("latin-1"), value.decode("latin-1"))
            for name, values in message.headers.items() for value in values]


def _sent(request: Request) -> bytes:
    parts = urlsplit(request.url)
    fields = _fields(request)
    host = [] if any(name == "Host" for name, _ in fields) else [("Host", parts.netloc)]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return heads.sent(request.method, target, [*host, *fields])
