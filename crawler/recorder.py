"""Downloader middleware nearest to the wire: every answer goes into the WARC before anything looks at it."""

import hashlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from archive.bundles import Held, Outcome
from archive.coding import TooLarge
from crawler.coding import unpacked
from crawler.context import context_of
from crawler.errors import Refused
from crawler.pages import identity
from crawler.settings import LARGEST

TORN = {"dataloss", "partial"}            # flags of a body that did not come whole
HIDDEN = (b"Transfer-Encoding", b"Connection", b"Content-Length")


class Recorder:
    """Records request and response as received, then decodes the body for whoever reads it."""

    def __init__(self, crawler: Crawler) -> None:
        self.context = context_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Recorder":
        """Scrapy's way in."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Note the time, which its records get; behind a redirect only an ETag still asks for the same body."""
        held = request.meta.get("held")
        if held is not None and identity(request.url) != identity(held.url):
            request.headers.pop("If-Modified-Since", None)
        request.meta["at"] = self.context.clock.now()
        self.context.rules.count(request.url)
        self.context.count("requests")

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the exchange; give the decoded response on with its record in `meta`. Raises Refused."""
        self.context.rules.check_connected(request.url, response)
        if "playwright" in response.flags:
            return response
        encoded = response.body
        headers = [(name, value) for name, value in _fields(response) if name.encode() not in HIDDEN]
        headers.append(("Content-Length", str(len(encoded))))
        cut = bool(TORN & set(response.flags))
        body, whole = _unpacked(response)
        sha256 = hashlib.sha256(body or b"").hexdigest()
        held = self._held(request, response.status, sha256) if whole and not cut else None
        request.meta["sha256"] = sha256
        request.meta["record"] = self.context.bundle.exchange(
            request.url, request.meta["at"], (request.method, _sent(request), request.body), response.status,
            headers, encoded, held=held, truncated=cut)
        if body is None:
            raise Refused(request.url, Outcome.TOO_LARGE, f"unpacks to more than {LARGEST} bytes")
        return _plain(response, body, [] if whole else ["partial"])

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


def _sent(request: Request) -> list[tuple[str, str]]:
    fields = _fields(request)
    host = request.url.split("/")[2]
    return fields if any(name == "Host" for name, _ in fields) else [("Host", host), *fields]
