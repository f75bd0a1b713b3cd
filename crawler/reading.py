"""Reads one listing through, page by page, and says whether it was seen whole."""

from dataclasses import dataclass, field

from archive.bundles import Held, Listing, ListingPage, Offer, Outcome
from crawler import families, listings
from crawler.context import Context, Stumble
from crawler.families import channel_doc, hanweb
from crawler.families.model import Listed, Seen
from crawler.fetch import Fetcher, is_html
from crawler.items import Capture
from crawler.pages import Page, decode, identity
from crawler.settings import CRAWLER
from crawler.showing import show

MOST_PAGES = 100
ABSENT = (Outcome.GONE, Outcome.SOFT_404)
RENDERED = "/rendered"          # behind a family's name: its list needs the browser


@dataclass(frozen=True, slots=True)
class Found:
    """A listing to read; `first` is its first page where discovery has it already."""

    url: str
    family: str
    title: str | None = None
    division_code: str | None = None
    report_year: int | None = None
    first: Capture | None = None


def page_of(capture: Capture) -> Page:
    """The page that a capture holds."""
    return Page(capture.final, decode(capture.body, capture.content_type), capture.url)


@dataclass
class Reader:
    """Reads listings of one county."""

    context: Context
    fetcher: Fetcher

    async def read(self, found: Found) -> Listing:
        """Every page of a listing, in this crawl or as held where it was not modified."""
        self.context.count("listings")
        walk = Walk(found)
        with self.context.stumbling(found.url) as stumble:
            await (self._show(walk) if found.family.endswith(RENDERED) else self._leaf(walk, stumble))
        walk.reason = stumble.reason or walk.reason
        return walk.listing()

    async def _leaf(self, walk: "Walk", stumble: Stumble) -> None:
        found, queue = walk.found, [walk.found.url]
        while queue and walk.reason is None:
            stumble.url = url = queue.pop(0)
            first = found.first if url == found.url else None
            capture = first or await self.fetcher.get(url, referer=walk.last, held=self._usable(url))
            if walk.needs_browser(capture):
                await self._show(walk)
                return
            queue += [onward for onward in walk.take(url, capture, self.context.of(url)) if walk.new(onward)]
            if len(walk.pages) >= MOST_PAGES:
                walk.reason = f"more than {MOST_PAGES} pages"

    async def _show(self, walk: "Walk") -> None:
        walk.family_name = f"{walk.found.family.partition('/')[0]}{RENDERED}"
        family = families.family_of(walk.found.family)
        capture = await show(self.fetcher, walk.found.url, (family or channel_doc.FAMILY).ready)
        if capture.failed:
            walk.fail(walk.found.url, capture)
        for rendered in capture.rendered:
            walk.take_state(rendered.url, rendered.html, rendered.record)
        walk.reason = walk.reason or capture.reason

    def _usable(self, url: str) -> Held | None:
        """What is held of a listing page, where the same crawler read it."""
        held = self.context.of(url)
        return held if held is not None and held.role == "listing" and self.context.known.crawler == CRAWLER else None


@dataclass
class Walk:
    """One listing while it is read."""

    found: Found
    pages: list[ListingPage] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    reason: str | None = None
    last: str | None = None
    title: str | None = None
    family_name: str = ""
    total: int | None = None
    announced: int | None = None
    open_ended: bool = False
    earlier: list[Seen] = field(default_factory=list)     # pages of the list itself
    instead: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asked.add(identity(self.found.url))
        self.title = self.found.title
        self.family_name = self.found.family

    def new(self, url: str) -> bool:
        """The page was not asked for before; it is from now on."""
        key = identity(url)
        fresh = key not in self.asked
        self.asked.add(key)
        return fresh

    def needs_browser(self, capture: Capture) -> bool:
        """The first page holds a list that only script fills."""
        if self.pages or capture.outcome not in (None, Outcome.SHELL) or not is_html(capture):
            return False
        page = page_of(capture)
        listed = families.detect(page).read(page, ())
        return listed is not None and listed.needs_browser

    def take(self, url: str, capture: Capture, held: Held | None) -> tuple[str, ...]:
        """Take one page in; the pages that it leads to."""
        self.last = url
        if capture.not_modified:
            return self._repeat(url, capture, held)
        if url in self.instead and (capture.outcome in ABSENT or (not capture.failed and self._read(capture) is None)):
            return (self.instead.pop(url),)
        if capture.failed:
            if not (self.earlier and self.open_ended and capture.outcome in ABSENT):
                self.fail(url, capture)
            return ()
        page, listed = page_of(capture), self._read(capture)
        if listed is None:
            self.pages.append(ListingPage(url, Outcome.UNKNOWN, capture.record))
            self.reason = "answered, but not recognised as the listing"
            return ()
        return self._append(url, page, listed, capture.record, held)

    def take_state(self, url: str, html: str, record: str) -> None:
        """Take one state that the browser showed."""
        page = Page(self.found.url, html)
        listed = self._recognised(page)
        if listed is None or not listed.entries:
            self.pages.append(ListingPage(url, Outcome.SHELL, record))
            self.reason = "the list stayed empty in the browser"
            return
        self._append(url, page, Listed(listed.entries, announced=listed.announced), record, None)

    def fail(self, url: str, capture: Capture) -> None:
        """A page did not come."""
        self.pages.append(ListingPage(url, capture.outcome or Outcome.UNKNOWN, capture.record))
        self.reason = f"{capture.outcome}" + (f" ({capture.reason})" if capture.reason else "")

    def listing(self) -> Listing:
        """The listing as far as it was read."""
        if self.reason is None and self.total is not None and len(self.entries) < self.total:
            self.reason = f"{len(self.entries)} entries seen, {self.total} announced"
        if self.reason is None and self.announced is not None and len(self.earlier) < self.announced:
            self.reason = f"{len(self.earlier)} pages read, {self.announced} announced"
        if self.reason is None and not self.earlier:
            self.reason = "its entries did not come"
        found = self.found
        return Listing(found.url, self.family_name, self.title, found.division_code, found.report_year,
                       self.reason is None, self.reason, tuple(self.pages))

    def _repeat(self, url: str, capture: Capture, held: Held | None) -> tuple[str, ...]:
        assert held is not None
        self.pages.append(ListingPage(url, Outcome.NOT_MODIFIED, capture.record, held.offers, held.next))
        self.earlier.append(Seen(url, frozenset(offer.url for offer in held.offers)))
        self.entries.update(identity(offer.url) for offer in held.offers)
        self.open_ended = True
        return held.next

    def _read(self, capture: Capture) -> Listed | None:
        return self._recognised(page_of(capture))

    def _recognised(self, page: Page) -> Listed | None:
        earlier = tuple(self.earlier)
        family = families.family_of(self.found.family) or families.detect(page)
        listed = family.read(page, earlier)
        if listed is None:
            listed = families.detect(page).read(page, earlier)
        if listed is None or self.pages or listed.shell:
            return listed
        known = listings.is_report_column(page) or bool(listings.offers(listed.entries, in_column=False))
        return listed if known else None

    def _append(self, url: str, page: Page, listed: Listed, record: str | None, held: Held | None) -> tuple[str, ...]:
        offers = listings.offers(listed.entries, in_column=True)
        if held is not None and held.offers and not offers:
            self.pages.append(ListingPage(url, Outcome.UNKNOWN, record))
            self.reason = f"shows none of its {len(held.offers)} reports any more"
            return ()
        before = len(self.entries)
        self.entries.update(identity(entry.url) for entry in listed.entries)
        self.title = self.title or listings.column_name(page).partition(" | ")[0] or listed.name
        self.instead |= listed.instead
        self.total, self.open_ended = listed.total or self.total, listed.open_ended
        self.announced = listed.announced or self.announced
        if listed.blind and not listed.following:
            self.reason = "its next page is opened by script only"
        repeats = bool(self.earlier) and len(self.entries) == before and not (listed.duplicate or listed.shell)
        following = () if repeats else listed.following
        if not (listed.shell or listed.duplicate):
            self.earlier.append(Seen(url, frozenset(entry.url for entry in listed.entries)))
        self.pages.append(ListingPage(url, Outcome.LISTING, record, offers, following))
        return following


def shown(all_listings: tuple[Listing, ...]) -> tuple[tuple[Listing, Offer], ...]:
    """Every offer of every listing, each address once, a township's own listing before shared ones."""
    ordered = sorted(all_listings, key=lambda listing: listing.division_code is None)
    first: dict[str, tuple[Listing, Offer]] = {}
    for listing in ordered:
        if listing.family in (hanweb.ANNUAL_FAMILY, hanweb.INDEX_FAMILY):      # annual.py reads these
            continue
        for page in listing.pages:
            for offer in page.offers:
                first.setdefault(identity(offer.url), (listing, offer))
    return tuple(first.values())


def broken(listing: Listing) -> bool:
    """The listing is not there any more, as opposed to not answering now."""
    gone = (Outcome.GONE, Outcome.SOFT_404, Outcome.UNKNOWN)
    return not listing.complete and bool(listing.pages) and listing.pages[0].outcome in gone

