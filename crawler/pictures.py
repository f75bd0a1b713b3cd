"""Pictures of what a crawl did not see: how each listing page looked that does not show a report that is due.

A static page is drawn from the bytes that stand in this crawl's bundle, with scripts off and the network closed: the
page itself and nothing else. A page that a script fills was pictured while it was leafed through (crawler/leafing.py).
While a page's bytes stay the same, its earlier picture is named again and nothing is stored. Where such a page has no
picture yet (the report was not due when its bytes came), it is asked for once more, without conditions. A page that
cannot be pictured is counted, and takes nothing from the look: the picture is an illustration of the record.
"""

import asyncio
import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from warcio.archiveiterator import ArchiveIterator

from archive.bundles import WARC_NAME, Candidate, Held, Listing, ListingPage, Look, Outcome, Wanted
from crawler import listings
from crawler.asks import ask
from crawler.chromium import NOWHERE
from crawler.context import Context
from crawler.errors import Refused
from crawler.fetch import Fetcher
from crawler.leafing import picture
from crawler.pages import decode

LARGEST = 200_000               # bytes of one picture
COLOURS = (64, 16, 4)
DRAW_SECONDS = 20.0
MARKUP = re.compile(r"\s*<(?!\?xml)(?!datastore)", re.I)
UNCHANGED = "revisit"


@dataclass(frozen=True, slots=True)
class _Stored:
    """What this crawl's bundle holds of a page: a revisit brings no body."""

    kind: str
    body: bytes = b""
    content_type: str = ""


async def picture_missing(context: Context, fetcher: Fetcher, read: tuple[Listing, ...],
                          candidates: Collection[Candidate], made: Iterable[Look]) -> tuple[Listing, ...]:
    """The listings again, their pages with pictures where a complete look does not show a report that is due.

    `context.known.wanted` says which reports those are. Counts `pictures` and `unpictured: <why>`.
    """
    places = _without(context, candidates, made)
    needed = {page.url: page for listing in read if listing.url in places for page in listing.pages if page.record}
    if not needed:
        return read
    path = context.bundle.path / WARC_NAME
    stored = await asyncio.to_thread(_stored, path, {page.record for page in needed.values() if page.record})
    pictures = await Album(context, fetcher).all(needed.values(), stored)
    return tuple(replace(listing, pages=tuple(
        replace(page, screenshot=pictures.get(page.url)) for page in listing.pages)) for listing in read)


def _without(context: Context, candidates: Collection[Candidate], made: Iterable[Look]) -> set[str]:
    """The listings of complete looks that show none of the reports that are due."""
    wanted = set(context.known.wanted)
    return {url for look in made if look.complete and Wanted(look.division_code, look.report_year) in wanted
            and not any(_is(context, candidate, look) for candidate in candidates) for url in look.listings}


def _is(context: Context, candidate: Candidate, look: Look) -> bool:
    title = candidate.title or ""
    units = {candidate.division_code} if candidate.division_code else {
        unit.code for unit in context.portal.mentioned(title)}
    years = {candidate.report_year} if candidate.report_year else set(listings.years(title))
    return look.division_code in units and look.report_year in years


def _stored(path: Path, records: set[str]) -> dict[str, _Stored]:
    """What the bundle holds of these records, by record id; bodies without their content codings."""
    with path.open("rb") as file:
        found = {}
        for record in ArchiveIterator(file):
            identifier = record.rec_headers.get_header("WARC-Record-ID")
            if identifier in records:
                fields = record.http_headers or record.rec_headers
                found[identifier] = _Stored(record.rec_type, record.content_stream().read(),
                                            fields.get_header("Content-Type") or "")
        return found


@dataclass
class Album:
    """The pictures of one crawl."""

    context: Context
    fetcher: Fetcher

    async def all(self, pages: Iterable[ListingPage], stored: dict[str, _Stored]) -> dict[str, str]:
        """The record of each page's picture, by address."""
        found: dict[str, str] = {}
        drawing = Drawing(self.context)
        try:
            for page in pages:
                record = await self._of(page, stored.get(page.record or ""), drawing)
                if record is not None:
                    found[page.url] = record
        finally:
            await drawing.close()
        return found

    async def _of(self, page: ListingPage, stored: _Stored | None, drawing: "Drawing") -> str | None:
        held = self._held(page.url)
        same = stored is not None and (stored.kind == UNCHANGED or (
            held is not None and hashlib.sha256(stored.body).hexdigest() == held.sha256))
        if same and held is not None and held.screenshot is not None:
            return held.screenshot
        try:
            png = self.context.shots.get(page.url) or await drawing.draw(page.url, await self._body(page, stored))
        except Refused as refused:
            self.context.count(f"unpictured: {refused.reason.partition(':')[0]}")
            return None
        self.context.count("pictures")
        small = await asyncio.to_thread(shrunk, png)
        return self.context.bundle.picture(page.url, self.context.clock.now(), small)

    def _held(self, url: str) -> Held | None:
        """What is held of this very address: states that a script leafs through differ in the fragment only."""
        return next((held for held in self.context.known.held if held.url == url), None)

    async def _body(self, page: ListingPage, stored: _Stored | None) -> "_Stored":
        """The page's bytes; asked for once more where the bundle only says that they are the same. Raises Refused."""
        if stored is not None and stored.kind != UNCHANGED:
            return stored
        capture = await self.fetcher.get(page.url)
        held = self._held(page.url)
        if capture.failed or held is None or capture.sha256 != held.sha256:
            raise Refused(page.url, Outcome.UNKNOWN, "its bytes did not come again")
        return _Stored("response", capture.body, capture.content_type)


@dataclass
class Drawing:
    """A window without scripts or network in which archived pages are drawn; opened with the first of them."""

    context: Context
    page: Page | None = None
    text: str = ""
    kind: str = ""

    async def draw(self, url: str, stored: _Stored) -> bytes:
        """A PNG of an archived page. Raises Refused where there is no browser, or none that draws it."""
        self.text = decode(stored.body, stored.content_type)
        self.kind = "text/html" if MARKUP.match(self.text) else "text/plain"
        try:
            async with self.context.browser.turns, asyncio.timeout(DRAW_SECONDS):
                page = self.page = self.page or await self._opened()
                await page.goto(ask(url).url, wait_until="domcontentloaded")
                return await picture(page)
        except (PlaywrightError, TimeoutError) as error:
            await self.close()
            raise Refused(url, Outcome.SHELL, "the browser does not draw it") from error

    async def close(self) -> None:
        """Let the window go."""
        if self.page is not None:
            window, self.page = self.page.context, None
            await self.context.browser.leave(window)

    async def _opened(self) -> Page:
        window = await self.context.browser.window(NOWHERE, scripts=False)
        await window.route("**/*", self._give)
        return await window.new_page()

    async def _give(self, route: Route) -> None:
        """The page itself once, and nothing else."""
        if route.request.is_navigation_request() and self.text:
            text, self.text = self.text, ""
            await route.fulfill(body=text, content_type=f"{self.kind}; charset=utf-8")
        else:
            await route.abort("aborted")


def shrunk(png: bytes) -> bytes:
    """The picture with few colours, no larger than LARGEST: cut off below where that alone does not help."""
    from PIL import Image  # only crawls that miss a report draw

    with Image.open(BytesIO(png)) as opened:
        image = opened.convert("RGB")
    while True:
        for colours in COLOURS:
            small = BytesIO()
            image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
            if small.tell() <= LARGEST:
                return small.getvalue()
        image = image.crop((0, 0, image.width, image.height // 2))
