"""Where Scrapy meets the wire: heads as they were sent, no word to a private address, old TLS only where an entry asks.

Scrapy gives header names in a case of its own, values by name, and no reason phrase. The bytes are noted here, as two
headers of the response that only recorder.py reads and takes off again.
"""

import asyncio
import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _get_creator_context
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.http import Headers
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IAddress
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

from archive.bundles import Outcome
from archive.registry import netloc
from crawler.context import context_of
from crawler.errors import Refused

SENT = b"X-Nianbao-Request-Head"
RECEIVED = b"X-Nianbao-Response-Head"
OP_LEGACY_SERVER_CONNECT = 0x4          # of OpenSSL: servers that negotiate anew without RFC 5746
Allowed = Callable[[str], bool]


class Handler(HTTP11DownloadHandler):
    """Scrapy's own handler with our connections."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        context = context_of(crawler)
        pool: Any = self._pool
        pool._factory = partial(_Factory, context.rules.may_connect)
        policy: Any = _Policy(self._contextFactory, context.portal.legacy_tls)
        self._contextFactory = policy

    async def close(self) -> None:
        """Let connections go, and those that do not want to after a second. Scrapy's own fires twice on a busy day."""
        closing: Deferred[Any] = self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]
        gone = maybe_deferred_to_future(closing)
        await asyncio.wait([asyncio.ensure_future(gone)], timeout=1.0)


def heads(headers: Headers) -> tuple[bytes | None, bytes | None]:
    """The heads of request and response, taken off the response's headers; None where nobody saw the bytes."""
    sent, received = headers.pop(SENT, None), headers.pop(RECEIVED, None)
    return (base64.b64decode(sent[0]) if sent else None), (base64.b64decode(received[0]) if received else None)


class _Parser(_LenientHTTPClientParser):
    """Notes the lines of a response's head. It has no constructor of its own: a parser becomes one of these."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 (Twisted's name)
        self.__dict__.setdefault("lines", []).append(line)
        super().lineReceived(line)

    def allHeadersReceived(self) -> None:  # noqa: N802 (Twisted's name)
        lines: list[bytes] = self.__dict__.pop("lines")
        response: Any = self.response
        if response.code >= 200:                       # a 1xx is followed by the answer proper
            self.headers.setRawHeaders(RECEIVED, [base64.b64encode(b"\n".join([*lines, b""]))])
            self.headers.setRawHeaders(SENT, [base64.b64encode(bytes(self.request.head))])
        super().allHeadersReceived()  # type: ignore[no-untyped-call]


class _Protocol(_LenientHTTP11ClientProtocol):
    """One connection. It asks nothing of an address that it may not talk to, whatever its name resolved to before."""

    allowed: Allowed

    def request(self, request: Any) -> Deferred[Any]:
        """Send one request. The answer's failure is Refused where the other end is private."""
        transport: Any = self.transport
        if not self.allowed(transport.getPeer().host):
            transport.abortConnection()
            return fail(Refused(str(request.absoluteURI), Outcome.FOREIGN, "leads to a private address"))
        request.head, write = bytearray(), request.writeTo
        request.writeTo = lambda transport: write(_Noting(transport, request.head))
        answer = super().request(request)
        self._parser.__class__ = _Parser
        return answer


class _Factory(_LenientHTTP11ClientFactory):
    """Makes such connections."""

    def __init__(self, allowed: Allowed, *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self.allowed = allowed

    def buildProtocol(self, addr: IAddress | None) -> _Protocol:  # noqa: ARG002, N802 (Twisted's)
        protocol = _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
        protocol.allowed = self.allowed
        return protocol


class _Noting:
    """A transport that notes the head of what is written to it."""

    def __init__(self, transport: Any, head: bytearray) -> None:
        self.transport, self.head = transport, head

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def writeSequence(self, parts: list[bytes]) -> None:  # noqa: N802 (Twisted's name)
        """Twisted writes the head as one sequence and the body by itself."""
        self.head += b"".join(parts)
        self.transport.writeSequence(parts)


@implementer(IPolicyForHTTPS)
class _Policy:
    """Certificates are verified; OpenSSL's tolerance of old servers is for the hosts of `legacy` only."""

    def __init__(self, policy: Any, legacy: frozenset[str]) -> None:
        self.policy, self.legacy = policy, legacy

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802 (Twisted's name)
        """What makes connections to a host."""
        creator = self.policy.creatorForNetloc(hostname, port)
        if netloc(f"https://{hostname.decode('ascii')}:{port}") in self.legacy:
            context: SSL.Context = _get_creator_context(creator)
            context.set_options(OP_LEGACY_SERVER_CONNECT)
        return creator
