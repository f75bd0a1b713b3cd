"""Downloader middleware nearest to the wire: every answer goes into the WARC before anything looks at it."""

import hashlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response

from archive.bundles import Held
from crawler.context import context_of
from crawler.pages import identity

HIDDEN = (b"Transfer-Encoding", b"Connection", b"Content-Length")


class Recorder:
    """Records request and response as received, then decodes the body for whoever reads it."""

    def __init__(self, crawler: Crawler) -> None:
        self.context = context_of(crawler)
        self.compression = HttpCompressionMiddleware.from_crawler(crawler)

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
        self.context.count("requests")

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the exchange; give the decoded response on with its record in `meta`. Raises Refused."""
        self.context.rules.check_connected(request.url, response)
        if "playwright" in response.flags:
            return response
        encoded = response.body
        headers = [(name, value) for name, value in _fields(response) if name.encode() not in HIDDEN]
        headers.append(("Content-Length", str(len(encoded))))
        truncated = bool({"dataloss", "partial"} & set(response.flags))
        decoded = response if truncated else self.compression.process_response(request, response)
        assert isinstance(decoded, Response)
        sha256 = hashlib.sha256(decoded.body).hexdigest()
        request.meta["sha256"] = sha256
        request.meta["record"] = self.context.bundle.exchange(
            request.url, request.meta["at"], (request.method, _sent(request), request.body), response.status,
            headers, encoded, held=self._held(request, response.status, sha256), truncated=truncated)
        return decoded

    def _held(self, request: Request, status: int, sha256: str) -> Held | None:
        """What the answer repeats: a 304 that for which validators were sent, also behind a redirect."""
        asked, there = request.meta.get("held"), self.context.of(request.url)
        if status == 304:
            return asked if isinstance(asked, Held) else None
        same = (held for held in (there, asked) if held is not None and held.sha256 == sha256)
        return next(same, None) if status == 200 else None


def _fields(message: Request | Response) -> list[tuple[str, str]]:
    """Headers in order, repeated ones kept."""
    assert message.headers is not None
    return [(name.decode("latin-1"), value.decode("latin-1"))
            for name, values in message.headers.items() for value in values]


def _sent(request: Request) -> list[tuple[str, str]]:
    fields = _fields(request)
    host = request.url.split("/")[2]
    return fields if any(name == "Host" for name, _ in fields) else [("Host", host), *fields]
