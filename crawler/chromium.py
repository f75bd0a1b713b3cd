"""Chromium: one for all crawls of a process, started with the first page that needs it, ended with the last crawl.

It runs in its own sandbox wherever it can: not as root, for whom chromium has none, and not where the machine gives an
ordinary user no user namespaces and Debian's `chromium-sandbox` is not there; then it runs without and says so. What it
loads by itself (updates, lists of bad sites, trials) is off, and its own way out leads to a port where nobody listens:
only the windows of crawls have a way (crawler/proxy.py).
"""

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from archive.bundles import Outcome
from crawler.errors import Refused

CHROMIUM = Path("/usr/bin/chromium")
AT_ONCE = 3                     # pages of all crawls of this process
START_SECONDS = 60.0
CLOSE_SECONDS = 10.0
NOWHERE = "socks5://127.0.0.1:9"          # the discard port: chromium's own requests end here
UNSANDBOXED = "sandbox"                   # what the failure speaks of where there is none
SWITCHES = (
    "--disable-gpu", "--disable-dev-shm-usage",
    # Names are resolved behind the proxy: the browser asks nobody, also not over HTTPS, ahead of time or for WebRTC.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--dns-prefetch-disable", "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # It looks for updates and for whoever is signed in although it is told not to; nobody listens there.
    "--component-updater=url-source=http://127.0.0.1:9/", "--gaia-url=http://127.0.0.1:9",
    "--no-pings", "--no-first-run", "--disable-domain-reliability", "--disable-sync",
)

log = logging.getLogger(__name__)


@dataclass
class Chromium:
    """The browser of one process."""

    playwright: Playwright | None = None
    browser: Browser | None = None
    windows: set[BrowserContext] = field(default_factory=set)
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def window(self, way: str, agent: str | None = None, *, scripts: bool = True) -> BrowserContext:
        """A window with its own cookies whose only way out is the proxy at `way`. Raises Refused: no browser here."""
        async with self.starting:
            try:
                browser = await self._started()
                window = await browser.new_context(
                    proxy={"server": way, "bypass": "<-loopback>"}, user_agent=agent, locale="zh-CN",
                    timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}, accept_downloads=False,
                    service_workers="block", java_script_enabled=scripts)
            except (PlaywrightError, TimeoutError, OSError) as error:
                if self.browser is None or not self.browser.is_connected():
                    await self._end()
                raise Refused("", Outcome.SHELL, f"no browser: {_first_line(error)}") from error
        self.windows.add(window)
        return window

    async def leave(self, window: BrowserContext) -> None:
        """Close a window; with the last one the browser ends."""
        self.windows.discard(window)
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await window.close()
        if not self.windows:
            async with self.starting:
                await (self._end() if not self.windows else asyncio.sleep(0))

    async def _started(self) -> Browser:
        if self.browser is None or not self.browser.is_connected():
            if self.playwright is None:
                self.playwright = await async_playwright().start()
            self.browser = await launch(self.playwright)
        return self.browser

    async def _end(self) -> None:
        browser, playwright = self.browser, self.playwright
        self.browser = self.playwright = None
        with contextlib.suppress(PlaywrightError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await (browser.close() if browser is not None else asyncio.sleep(0))
        if playwright is not None:
            await playwright.stop()


async def launch(playwright: Playwright, way: str = NOWHERE) -> Browser:
    """A browser, sandboxed where possible; `way` is for its own requests. Raises PlaywrightError, TimeoutError."""
    sandboxed = os.geteuid() != 0
    try:
        return await _launch(playwright, way, sandboxed)
    except PlaywrightError as error:
        if not sandboxed or UNSANDBOXED not in str(error).lower():
            raise
    log.warning("chromium runs without its sandbox: this machine has neither user namespaces nor chromium-sandbox")
    return await _launch(playwright, way, sandboxed=False)


async def _launch(playwright: Playwright, way: str, sandboxed: bool) -> Browser:
    async with asyncio.timeout(START_SECONDS):
        return await playwright.chromium.launch(
            executable_path=CHROMIUM if CHROMIUM.exists() else None, headless=True, chromium_sandbox=sandboxed,
            args=list(SWITCHES), proxy={"server": way, "bypass": "<-loopback>"}, handle_sigint=False,
            handle_sigterm=False, handle_sighup=False)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
