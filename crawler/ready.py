"""python -m crawler.ready: exit 0 when the crawler's browser starts and shows a page; else say why not."""

import asyncio
import sys

from playwright.async_api import async_playwright

from crawler.chromium import launch


async def starts() -> bool:
    """Start the browser as a crawl does."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page()
        empty = await page.inner_text("body") == ""
        await browser.close()
    return empty


if __name__ == "__main__":
    try:
        sys.exit(not asyncio.run(starts()))
    except Exception as error:  # noqa: BLE001 (a driver that does not start raises just that)
        sys.exit(f"browser: {error}")
