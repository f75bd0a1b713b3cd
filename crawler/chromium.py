"""How chromium is started for one county's crawl, and what it may reach."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")


def settings(timeout: float, hosts: Iterable[str]) -> dict[str, Any]:
    """Scrapy's settings for the browser of a crawl whose portal stands on `hosts`."""
    options: dict[str, Any] = {
        "headless": True, "timeout": 60_000, "args": ["--disable-gpu", "--disable-dev-shm-usage", _resolving(hosts)]}
    if CHROMIUM.exists():
        options["executable_path"] = str(CHROMIUM)
    if os.geteuid() == 0:
        options["args"].append("--no-sandbox")    # chromium refuses to start as root otherwise
    return {
        "PLAYWRIGHT_BROWSER_PROVIDER": "crawler.browser.LazyBrowser",
        "PLAYWRIGHT_LAUNCH_OPTIONS": options,
        "PLAYWRIGHT_MAX_CONTEXTS": 1,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 1,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": timeout * 1000,
    }


def _resolving(hosts: Iterable[str]) -> str:
    """Other names resolve to nothing, also where a redirect leads to them, which page routes do not see."""
    names = [host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host for host in sorted(hosts)]
    return "--host-resolver-rules=" + ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {name}" for name in names)])
