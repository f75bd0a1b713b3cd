"""Exit 0 when the crawler's browser starts and shows a page; else say why not."""

import sys

from playwright.sync_api import sync_playwright

from archive.bundles import Known
from crawler.settings import TIMEOUT_SECONDS, settings


def starts() -> bool:
    """Start the browser with the options of a crawl."""
    options = settings(Known("000000", ()), TIMEOUT_SECONDS)["PLAYWRIGHT_LAUNCH_OPTIONS"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        empty = browser.new_page().inner_text("body") == ""
        browser.close()
    return empty


if __name__ == "__main__":
    try:
        sys.exit(not starts())
    except Exception as error:  # noqa: BLE001 (a driver that does not start raises just that)
        sys.exit(f"browser: {error}")
