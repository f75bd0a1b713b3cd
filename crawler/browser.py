"""The browser's place in Scrapy: what carries a `leafing` goes through a window of it, everything else over plain HTTP.

Whatever Playwright raises is translated here: a page ends in a response, or in what Scrapy or the gate would raise.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from http.cookiejar import Cookie
from typing import Any

from playwright.async_api import BrowserContext, Page, Route
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import HtmlResponse, Response
from scrapy.http.cookies import CookieJar

from archive.bundles import Outcome
from crawler import wire
from crawler.context import Context, context_of
from crawler.errors import Refused
from crawler.leafing import Leafing
from crawler.proxy import FOREIGN, Proxy

STALL_SECONDS = 45.0          # without another state: the page will not settle any more
CLOSE_SECONDS = 5.0
PAGES_OF_A_WINDOW = 100       # then its memory goes back to the machine
NEEDLESS = frozenset({"image", "media", "font", "ping", "manifest", "texttrack", "eventsource"})
SAVED = "Download is starting"
LED_ON = "interrupted by another navigation"


class Handler(wire.Handler):
    """Scrapy's way to the network."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.crawler = crawler
        self.window: Window | None = None

    async def download_request(self, request: Request) -> Response:
        """The answer to a request. Raises what Scrapy does, Refused where a page came to nothing in the browser."""
        leafing = request.meta.get("leafing")
        if not isinstance(leafing, Leafing):
            return await super().download_request(request)
        self.window = self.window or self._window()
        return await self.window.show(request, leafing)

    async def close(self) -> None:
        """Let connections and the window go."""
        await super().close()
        if self.window is not None:
            await self.window.close()

    def _window(self) -> "Window":
        cookies = self.crawler.get_downloader_middleware(CookiesMiddleware)
        assert cookies is not None
        settings = self.crawler.settings
        return Window(context_of(self.crawler), settings["USER_AGENT"], settings.getfloat("DOWNLOAD_TIMEOUT"),
                      cookies.jars[None])


@dataclass
class Window:
    """One crawl's window: its own way out, the crawl's cookies. `timeout` is in seconds, for one page to answer."""

    context: Context
    agent: str
    timeout: float
    jar: CookieJar
    proxy: Proxy | None = None
    way: str = ""
    open: BrowserContext | None = None
    pages: int = 0
    leafing: Leafing | None = None       # the one that is going on

    async def show(self, request: Request, leafing: Leafing) -> Response:
        """Open an address and leaf through it. Raises Refused, DownloadTimeoutError, DownloadFailedError."""
        async with self.context.browser.turns:
            page, self.leafing = await self._page(), leafing
            if self.proxy is not None:
                self.proxy.refused.clear()
            leafing.watch(page)
            try:
                return await self._shown(page, request, leafing)
            except PlaywrightError as error:
                raise _translated(request.url, error, leafing, self.proxy) from error
            finally:
                await self._leave(page)

    async def close(self) -> None:
        """Close the window and its way out."""
        if self.open is not None:
            await self.context.browser.leave(self.open)
        if self.proxy is not None:
            await self.proxy.close()

    async def _shown(self, page: Page, request: Request, leafing: Leafing) -> Response:
        through = asyncio.ensure_future(self._through(page, request, leafing))
        stopped = asyncio.ensure_future(leafing.stopped.wait())
        states = -1
        while not through.done() and not stopped.done() and len(leafing.states) > states:
            states = len(leafing.states)
            await asyncio.wait({through, stopped}, timeout=STALL_SECONDS + 2 * leafing.pause,
                               return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if through.done():
            return through.result()
        through.cancel()
        await asyncio.gather(asyncio.wait_for(through, CLOSE_SECONDS), return_exceptions=True)
        leafing.stop("it did not settle")
        if not leafing.states:
            raise Refused(request.url, Outcome.SHELL, f"in the browser: {leafing.reason}")
        return _response(request, request.url, 200, {}, leafing)

    async def _through(self, page: Page, request: Request, leafing: Leafing) -> Response:
        referer = request.headers.get("Referer")
        answer = None
        try:
            answer = await page.goto(request.url, wait_until="domcontentloaded",
                                     referer=referer.decode("latin-1") if referer else None)
        except PlaywrightError as error:
            if LED_ON not in str(error):
                raise
        await leafing.leaf(page)
        await self._hand_back()
        headers = await answer.all_headers() if answer is not None else {}
        return _response(request, page.url, answer.status if answer is not None else 200, headers, leafing)

    async def _page(self) -> Page:
        """A fresh page in this crawl's window; the window is opened where there is none or it is worn out."""
        if self.open is not None and self.pages >= PAGES_OF_A_WINDOW:
            await self._close()
        for last in (False, True):
            try:
                window = self.open or await self._opened()
                await window.add_cookies(self._cookies())
                page = await window.new_page()
            except PlaywrightError as error:
                await self._close()
                if last:
                    raise Refused("", Outcome.SHELL, f"no browser: {error.message}") from error
            else:
                self.pages += 1
                return page
        raise AssertionError

    async def _opened(self) -> BrowserContext:
        if self.proxy is None:
            self.proxy = Proxy(self._allowed, self.context.rules.private)
            self.way = await self.proxy.start()
        window = await self.context.browser.window(self.way, self.agent)
        window.set_default_timeout(self.timeout * 1000)
        await window.route("**/*", self._guard)
        self.open, self.pages = window, 0
        return window

    async def _close(self) -> None:
        if self.open is not None:
            await self.context.browser.leave(self.open)
        self.open = None

    async def _leave(self, page: Page) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await page.close()
        except (PlaywrightError, TimeoutError):
            await self._close()

    def _allowed(self, host: str, port: int) -> bool:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return any(not self.context.rules.foreign(f"{scheme}://{place}/") for scheme in ("http", "https"))

    async def _guard(self, route: Route) -> None:
        url, kind = route.request.url, route.request.resource_type
        with contextlib.suppress(PlaywrightError):
            if kind in NEEDLESS or self.context.rules.left_out(url, kind):
                if kind not in NEEDLESS and self.leafing is not None:
                    self.leafing.left_out[url] = kind
                await route.abort()
            else:
                await route.fallback()

    def _cookies(self) -> list[Any]:
        return [_as_browser(cookie) for cookie in self.jar.jar]

    async def _hand_back(self) -> None:
        """What the pages set is sent with the files that are fetched over plain HTTP, too."""
        if self.open is not None:
            for cookie in await self.open.cookies():
                self.jar.jar.set_cookie(_as_plain(dict(cookie)))


def _as_browser(cookie: Cookie) -> dict[str, Any]:
    expires = {} if cookie.expires is None else {"expires": cookie.expires}
    return {"name": cookie.name, "value": cookie.value or "", "domain": cookie.domain, "path": cookie.path,
            "secure": cookie.secure, **expires}


def _as_plain(cookie: dict[str, Any]) -> Cookie:
    expires = cookie["expires"]
    domain, whole = cookie["domain"], cookie["domain"].startswith(".")
    return Cookie(0, cookie["name"], cookie["value"], None, False, domain, whole, whole, cookie["path"], True,
                  cookie["secure"], None if expires < 0 else int(expires), expires < 0, None, None, {})


def _response(request: Request, url: str, status: int, headers: dict[str, str], leafing: Leafing) -> Response:
    plain = {name: value for name, value in headers.items() if name.lower() != "content-encoding"}
    return HtmlResponse(url, status=status, headers=plain, body=leafing.states[0].encode("utf-8", "replace"),
                        encoding="utf-8", flags=["playwright"], request=request)


def _translated(url: str, error: PlaywrightError, leafing: Leafing, proxy: Proxy | None) -> Exception:
    """What came of a page that could not be opened, as Scrapy's own handlers would say it."""
    told = f"in the browser: {error.message.partition(chr(10))[0][:200]}"
    refused = proxy.refused if proxy is not None else {}
    if leafing.reason is not None or SAVED in told:
        return Refused(url, Outcome.SHELL, f"in the browser: {leafing.reason or 'it answers with a download'}")
    if FOREIGN in refused.values() and "ERR_SOCKS" in told:
        return Refused(url, Outcome.FOREIGN, f"in the browser: {'; '.join(refused)}: {FOREIGN}")
    if "ERR_CERT" in told or "ERR_SSL" in told:
        return Refused(url, Outcome.TLS, told)
    if isinstance(error, PlaywrightTimeout):
        return DownloadTimeoutError(told)
    return DownloadFailedError("; ".join([told, *(f"{place} {why}" for place, why in refused.items())]))
