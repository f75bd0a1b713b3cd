"""One list being leafed through in a browser: its states as HTML, the data requests it made, what went wrong.

Every way in which a page can go on for ever ends here in a reason: `reason` says why the states may not be all.
"""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.async_api import Dialog, ElementHandle, FloatRect, Frame, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

READY_SECONDS = 20.0
CHANGE_SECONDS = 10.0
IDLE_SECONDS = 1.5            # after which a control that asked for nothing did nothing
CALM_SECONDS = 0.3            # without a change or a request under way: the list stands
LOOK_SECONDS = 0.1
MOST_STATES = 60
MOST_DIALOGS = 20
MOST_LOADS = 12               # of the page beside those that its pager makes
LONGEST_BODY = 2_000          # characters of a request's body that are noted
WIDTH, HIGHEST = 1280, 4000   # pixels of a picture
DRAW_SECONDS = 15.0
DATA = ("xhr", "fetch")
JSONP = re.compile(r"[?&](?:callback|jsonp|cb)\w*=", re.I)
# What fails beside a list and is no part of it: counters of visitors.
COUNTERS = re.compile(r"(?:\w*(?:visit|click|hits|tongji|track|beacon)\w*|counter|stats?|online)(?:\.\w+)?", re.I)
T = TypeVar("T")
SCRIPT = files("crawler").joinpath("leafing.js").read_text(encoding="utf-8")


@dataclass
class Leafing:
    """One list being leafed through; `selector` names its entries, `shots` are pictures of the states."""

    selector: str
    pause: float
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    pictured: bool = False
    states: list[str] = field(default_factory=list)
    shots: list[bytes] = field(default_factory=list)
    requests: list[dict[str, str | int]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    reason: str | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[Request] = field(default_factory=set)
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    dialogs: int = 0
    loads: int = 0

    def watch(self, page: Page) -> None:
        """Note what the page does from its first request on."""
        page.on("request", self._start)
        page.on("requestfinished", self._finish)
        page.on("requestfailed", self._fail)
        page.on("response", self._note)
        page.on("dialog", self._dialog)
        page.on("framenavigated", self._load)
        page.on("popup", lambda popup: popup.close())
        page.on("download", lambda _: self.stop("it answers with a download"))
        page.on("crash", lambda _: self.stop("the page crashed the browser"))

    def stop(self, reason: str) -> None:
        """End the leafing; the first reason stays."""
        self.reason = self.reason or reason
        self.stopped.set()

    async def leaf(self, page: Page) -> None:
        """Wait for the list, keep its state, go on to its next page until there is none."""
        if not await self._ready(page):
            self.states.append(await _calmly(page.content))
            self.reason = self.reason or self._empty()
            return
        await self._keep(page)
        while self.reason is None and await self._turn(page):
            await self._keep(page)
            if len(self.states) >= MOST_STATES:
                self.reason = f"more than {MOST_STATES} pages"
        self.reason = self.reason or await self._shortcoming(page)

    def notes(self) -> dict[str, object]:
        """What stands beside the first state: the data requests, also in words, and why the states may not be all."""
        words = [f"{one['method']} {one['url']}{' with ' + str(one['body']) if one['body'] else ''} answered "
                 f"{one['status']} {one['kind']}".strip() for one in self.requests]
        told = f"This list is filled by script: {'; '.join(words)}" if words else "This list asked for no data."
        return {"told": told, "requests": self.requests, "left_out": self.left_out, "reason": self.reason}

    async def _ready(self, page: Page) -> bool:
        return await self._until(page, READY_SECONDS, lambda shown: bool(shown))

    async def _keep(self, page: Page) -> None:
        self.states.append(await _calmly(page.content))
        if self.pictured:
            try:
                self.shots.append(await picture(page))
            except PlaywrightError:
                self.shots.append(b"")       # the state itself is there, and can be drawn again

    async def _turn(self, page: Page) -> bool:
        """Whether the list went on to a page that was not shown yet."""
        before, asked, failed = await self._ask(page, "shown"), self.asked, len(self.failed)
        control = await self._next(page)
        if control is None and not await self._ask(page, "down"):
            return False
        if control is not None:
            await self.wait(self.pause * random.uniform(0.5, 1.5))  # noqa: S311 (a pause, not a secret)
            await _press(control)
        if await self._until(page, CHANGE_SECONDS, lambda shown: bool(shown) and shown != before, turning=True):
            return True
        if self.under_way or len(self.failed) > failed:
            self.reason = self.reason or f"the next page did not come in {CHANGE_SECONDS:.0f} seconds"
        elif control is not None and self.asked > asked and await self._ask(page, "shown"):
            await self._repeated(page)
        return False

    async def _repeated(self, page: Page) -> None:
        """The next page was asked for and was the same: the last one, or a pager that does not turn."""
        if len(self.states) == 1 and not await self._ask(page, "pages"):
            self.reason = "its pager shows the same page again"

    async def _shortcoming(self, page: Page) -> str | None:
        pages = int(await self._ask(page, "pages"))
        if pages > len(self.states):
            return f"{len(self.states)} pages shown, {pages} in its pager"
        return self.failed[0] if self.failed else None

    async def _until(self, page: Page, seconds: float, holds: Callable[[str], bool], *, turning: bool = False) -> bool:
        """Wait until what the list shows holds and stands still; `turning`: no longer where nothing happens."""
        start = calm = time.monotonic()
        last = ""
        while (now := time.monotonic()) - start < seconds and not self.stopped.is_set():
            shown = await self._ask(page, "shown")
            if shown != last or self.under_way:
                last, calm = shown, now
            elif holds(shown) and now - calm >= CALM_SECONDS:
                return True
            elif turning and now - calm >= IDLE_SECONDS:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return holds(last) and not self.under_way and not self.stopped.is_set()

    async def _ask(self, page: Page, question: str) -> Any:
        """What leafing.js says."""
        return await _calmly(lambda: page.evaluate(SCRIPT, [question, self.selector, len(self.states)]))

    async def _next(self, page: Page) -> ElementHandle | None:
        asked = ["next", self.selector, len(self.states)]
        return (await _calmly(lambda: page.evaluate_handle(SCRIPT, asked))).as_element()

    def _empty(self) -> str:
        left = next((f"; left out: {url} ({why})" for url, why in self.left_out.items()), "")
        return "the list stayed empty in the browser" + left + (f"; {self.failed[0]}" if self.failed else "")

    async def _dialog(self, dialog: Dialog) -> None:
        self.dialogs += 1
        if self.dialogs > MOST_DIALOGS:
            self.stop("it keeps opening dialogs")
        with contextlib.suppress(PlaywrightError):        # its page may be gone by now
            await (dialog.dismiss() if dialog.type == "prompt" else dialog.accept())

    def _load(self, frame: Frame) -> None:
        self.loads += frame.parent_frame is None
        if self.loads > MOST_LOADS + len(self.states):
            self.stop("it keeps loading itself anew")

    def _start(self, request: Request) -> None:
        if _is_data(request):
            self.asked += 1
            self.under_way.add(request)

    def _finish(self, request: Request) -> None:
        self.under_way.discard(request)

    def _fail(self, request: Request) -> None:
        self.under_way.discard(request)
        if _is_data(request) and request.url not in self.left_out:
            self._failed(request, f"did not come ({request.failure})")

    def _note(self, response: Response) -> None:
        request = response.request
        if not _is_data(request):
            return
        self.requests.append({
            "url": response.url, "method": request.method, "body": (request.post_data or "")[:LONGEST_BODY],
            "status": response.status, "kind": response.headers.get("content-type", "").partition(";")[0]})
        if response.status >= 400:
            self._failed(request, f"answered {response.status}")

    def _failed(self, request: Request, how: str) -> None:
        if not COUNTERS.fullmatch(urlsplit(request.url).path.rpartition("/")[2]):
            self.failed.append(f"{request.url} {how}")


async def picture(page: Page) -> bytes:
    """A PNG of a page from its top, as wide as a window and as high as it is, up to a limit."""
    clip: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": HIGHEST}
    return await page.screenshot(full_page=True, clip=clip, animations="disabled", timeout=DRAW_SECONDS * 1000)


async def _calmly(question: Callable[[], Awaitable[T]]) -> T:
    """The answer of a page, asked again while it is just loading itself anew; who waits for it sets the limit."""
    while True:
        try:
            return await question()
        except PlaywrightError as error:
            if "context was destroyed" not in str(error) and "navigating" not in str(error):
                raise
            await asyncio.sleep(LOOK_SECONDS)


def _is_data(request: Request) -> bool:
    return request.resource_type in DATA or (
        request.resource_type == "script" and JSONP.search(request.url) is not None)


async def _press(control: ElementHandle) -> None:
    """Click as a visitor would; by script where something covers the control."""
    try:
        await control.click(timeout=3_000)
    except PlaywrightError:
        await control.evaluate("control => control.click()")
