"""The browser in a crawl from captures: every request of a page is answered from them, and none leaves the machine.

A list that only script fills is filled again by the same script from the same data, as it was for the person.
"""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Route

from archive.asked import Asked
from archive.captured import Capture, Captured, NotCaptured
from crawler import heads
from crawler.browser import NEEDLESS, Window
from crawler.coding import unpacked
from crawler.pages import absolute
from crawler.settings import LARGEST

KEPT = ("document", "xhr", "fetch", "script")     # what a list is made of: these become records
CODINGS = ("content-encoding", "content-length", "transfer-encoding")
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class CapturedWindow(Window):
    """A window to what was captured; `times` are the instants of what the last page was made of."""

    captured: Captured = field(default_factory=Captured)
    times: list[datetime] = field(default_factory=list)

    def _allowed(self, host: str, port: int) -> bool:  # noqa: ARG002 (there is no way out to any)
        return False

    async def _guard(self, route: Route) -> None:
        request = route.request
        with contextlib.suppress(PlaywrightError):
            capture = None if request.resource_type in NEEDLESS else self._answer(request)
            if capture is None:
                await route.abort()
                return
            if request.resource_type in KEPT:
                self._keep(request, capture)
            headers = {name: value for name, value in capture.headers if name.lower() not in CODINGS}
            await route.fulfill(status=capture.status, headers=headers, body=_plain(capture))

    def _answer(self, request: Request) -> Capture | None:
        """The capture that answers, behind its redirects."""
        asked = Asked(request.method, request.url, request.post_data_buffer or b"")
        for _ in range(MOST_REDIRECTS):
            try:
                capture = self.captured.answer(asked, 0)
            except NotCaptured:
                return None
            onward = _header(capture, "location") if capture.status in REDIRECTS else ""
            url = absolute(capture.url, onward)
            if url is None:
                return capture
            asked = Asked("GET", url)
        return None

    def _keep(self, request: Request, capture: Capture) -> None:
        self.times.append(capture.at)
        asked = capture.asked or heads.sent(request.method, request.url, request.headers.items())
        head = heads.stored(capture.head or heads.answered(capture.status, capture.headers), len(capture.body))
        self.context.bundle.exchange(capture.url, capture.at, (asked, request.post_data_buffer or b""),
                                     (head, capture.body))


def _plain(capture: Capture) -> bytes:
    return unpacked(capture.body, _header(capture, "content-encoding"), LARGEST)[0]


def _header(capture: Capture, wanted: str) -> str:
    return next((value for name, value in capture.headers if name.lower() == wanted), "")
