"""The browser: started only when a page needs it, shows a list as a visitor's would and leafs through it.

Only the response's rendered states leave here; what the page asked for by itself is noted, so that a direct reader can
be configured later.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, Request, Response, Route
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy_playwright.page import PageMethod
from scrapy_playwright.provider import PlaywrightBrowserProvider

READY_SECONDS = 20.0
CHANGE_SECONDS = 10.0
MOST_STATES = 60
DATA = ("xhr", "fetch")
SHOWN = "selector => Array.from(document.querySelectorAll(selector), anchor => anchor.href).join(' ')"
CHANGED = f"([selector, before]) => ({SHOWN})(selector) !== before"
# Controls of pagers are anchors, buttons or scripted spans.
NEXT = "a, button, span, li"
OFF = ("disabled", "off", "nolink")


class LazyBrowser(PlaywrightBrowserProvider):  # type: ignore[misc]
    """Starts Playwright with the first page that needs it: most crawls never do."""

    async def start(self) -> None:
        """Nothing yet."""

    async def launch_browser(self) -> Browser:
        """Start Playwright and the browser."""
        if self.playwright is None:
            await super().start()
        browser: Browser = await super().launch_browser()
        return browser

    async def close(self) -> None:
        """Stop Playwright where it was started."""
        if self.playwright is not None:
            await self.playwright.stop()


@dataclass
class Leafing:
    """One list being leafed through: its states as HTML, the data requests it made, what went wrong."""

    selector: str
    pause: float
    left_out: Callable[[str, str], bool]
    states: list[str] = field(default_factory=list)
    requests: list[dict[str, str | int]] = field(default_factory=list)
    reason: str | None = None
    started: int = 0

    def meta(self) -> dict[str, Any]:
        """What a Scrapy request carries to be leafed through."""
        return {
            "playwright": True,
            "playwright_page_init_callback": self.watch,
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "playwright_page_methods": [PageMethod(self.leaf)],
        }

    async def watch(self, page: Page, _request: object) -> None:
        """Guard and note every request from the first one on."""
        page.on("request", self._start)
        page.on("response", self._note)
        await page.route("**/*", self._guard)

    async def leaf(self, page: Page) -> None:
        """Wait for the list, take its state, press the visible next control until there is none."""
        if not await self._ready(page):
            self.states.append(await page.content())
            self.reason = "the list stayed empty in the browser"
            return
        self.states.append(await page.content())
        while len(self.states) < MOST_STATES and await self._turn(page):
            self.states.append(await page.content())
        failed = [entry for entry in self.requests if int(entry["status"]) >= 400]
        if failed:
            self.reason = f"{failed[0]['url']} answered {failed[0]['status']}"
        elif len(self.states) >= MOST_STATES:
            self.reason = f"more than {MOST_STATES} pages"

    async def _ready(self, page: Page) -> bool:
        try:
            await page.wait_for_selector(self.selector, timeout=READY_SECONDS * 1000, state="attached")
        except PlaywrightTimeout:
            return False
        return True

    async def _turn(self, page: Page) -> bool:
        control = await _next_control(page)
        if control is None:
            return False
        await asyncio.sleep(self.pause * random.uniform(0.5, 1.5))  # noqa: S311 (a pause, not a secret)
        before, started = await page.evaluate(SHOWN, self.selector), self.started
        await control.click()
        try:
            await page.wait_for_function(CHANGED, arg=[self.selector, before], timeout=CHANGE_SECONDS * 1000)
        except PlaywrightTimeout:
            # A next control that asks for nothing, or gets the same again, stands on the last page.
            if self.started > started and len(self.requests) < self.started:
                self.reason = f"the next page did not come in {CHANGE_SECONDS:.0f} seconds"
            return False
        return True

    async def _guard(self, route: Route) -> None:
        if self.left_out(route.request.url, route.request.resource_type):
            await route.abort()
        else:
            await route.fallback()

    def _start(self, request: Request) -> None:
        self.started += request.resource_type in DATA

    def _note(self, response: Response) -> None:
        if response.request.resource_type in DATA:
            self.requests.append({"url": response.url, "method": response.request.method, "status": response.status})


async def _next_control(page: Page) -> Locator | None:
    for control in await page.locator(NEXT).filter(has_text="下").all():
        text = (await control.inner_text()).strip()
        if text not in ("下一页", "下页", "下一页>", "下一页 >") or not await control.is_visible():
            continue
        off = await control.get_attribute("disabled")
        classes = (await control.get_attribute("class") or "").lower().split()
        if off is None and not any(name in classes for name in OFF) and await control.is_enabled():
            return control
    return None
