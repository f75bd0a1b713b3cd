"""Reads one listing through, page by page, and says whether it was seen whole."""

from dataclasses import dataclass

from archive.bundles import Held, Listing, Outcome
from crawler import blocks, families
from crawler.column import MOST_PAGES, RENDERED, Column, Found
from crawler.context import Context, Stumble
from crawler.families import channel_doc
from crawler.fetch import Fetcher
from crawler.items import Capture
from crawler.pages import Page
from crawler.settings import CRAWLER
from crawler.showing import show
from crawler.whole import State

PASSES = 2                      # readings of a list that changes while it is read


@dataclass
class Reader:
    """Reads listings of one county."""

    context: Context
    fetcher: Fetcher
    home: Page | None = None        # what a server that knows no other answer shows everywhere

    async def read(self, found: Found) -> Listing:
        """Every page of a listing, in this crawl or as held where it was not modified."""
        self.context.count("listings")
        column = Column(found, self.context.portal, self.home)
        with self.context.stumbling(found.url) as stumble:
            column = await self._whole(column, stumble)
        column.reason = stumble.reason or column.reason
        return column.listing()

    async def _whole(self, column: Column, stumble: Stumble) -> Column:
        if column.found.family.endswith(RENDERED):
            await self._show(column)
            return column
        await self._leaf(column, stumble, held=True)
        if any(page.outcome is Outcome.NOT_CAPTURED for page in column.pages[1:]):
            return await self._as_captured(column)
        if column.held and (column.lost or len({page.outcome for page in column.pages if page.offers}) > 1):
            # Of an unmodified page only its reports are known, not all entries: with modified ones it proves nothing.
            # A page that showed reports and is gone calls in doubt what leads to it.
            column = column.again()
            await self._leaf(column, stumble, held=False)
        for number in range(PASSES):
            if column.reason is not None or column.family.endswith(RENDERED) or await self._stands(column):
                return column
            if number < PASSES - 1:
                column = column.again()
                await self._leaf(column, stumble, held=False)
        column.reason = column.reason or "changes while it is read"
        return column

    async def _as_captured(self, column: Column) -> Column:
        """A person's browser may have asked for other windows of the list: the page's own script asks as it did.

        Its states count where they show more, or all that the list says it has: a pager may have stood still.
        """
        shown = column.again()
        await self._show(shown)
        shown.total = column.total if shown.total is None else shown.total
        shown.announced = column.announced if shown.announced is None else shown.announced
        more = shown.entries > column.entries or shown.seen_all() or shown.announced is not None
        return shown if more and shown.listing().complete else column

    async def _leaf(self, column: Column, stumble: Stumble, *, held: bool) -> None:
        """Ask for page after page. A page that did not come ends only what lies behind it."""
        found, queue = column.found, [column.found.url]
        while queue:
            stumble.url = url = queue.pop(0)
            known = self._usable(url) if held and not _modified(column) else None
            first = found.first if url == found.url and held else None
            capture = first or await self.fetcher.get(url, referer=column.referer, held=known)
            if column.needs_browser(capture):
                await self._show(column)
                return
            instead = url in column.instead
            onward = [address for address in column.take(url, capture, self.context.of(url)) if column.new(address)]
            # Another dialect's page takes the place of the one that was no page.
            queue = [*onward, *queue] if instead else [*queue, *onward]
            if capture.outcome in blocks.REFUSALS:
                return
            if len(column.pages) >= MOST_PAGES:
                column.reason = column.reason or f"more than {MOST_PAGES} pages"
                return

    async def _stands(self, column: Column) -> bool:
        """A list of several pages is the same at the end as at the start: else an entry may have slipped by."""
        pages = column.read
        if len(pages) < 2 or column.stands() or column.seen_all():
            return True
        url = pages[0].url
        capture = await self.fetcher.get(url, referer=column.referer)
        if capture.failed:
            column.reason = f"its first page, asked once more: {capture.outcome}"
        return capture.failed or column.shows(capture, pages[0])

    async def _show(self, column: Column) -> None:
        """Let the browser fill and leaf through the list."""
        base = column.family.partition("/")[0]
        column.family = f"{base}{RENDERED}"
        family = families.family_of(base)
        capture: Capture = await show(self.fetcher, column.found.url, (family or channel_doc.FAMILY).ready)
        if capture.failed:
            column.fail(column.found.url, capture.outcome or Outcome.UNKNOWN, capture.reason, capture.record)
        for rendered in capture.rendered:
            column.take_state(rendered.url, rendered.html, rendered.record)
        column.reason = column.reason or capture.reason

    def _usable(self, url: str) -> Held | None:
        """What is held of a listing page, where the same crawler read it."""
        held = self.context.of(url)
        return held if held is not None and held.role == "listing" and self.context.known.crawler == CRAWLER else None


def _modified(column: Column) -> bool:
    return not column.held and any(step.state is State.READ for step in column.steps)
