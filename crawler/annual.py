"""The annual report pages of Hanweb's disclosure module: one page for each body and report year.

A year without a report shows the platform's own shell with status 200. What that looks like is asked for once, with a
year that cannot be; and because a broken platform, or one that a body does not use, would show the same, an empty
page counts only for a body of which the platform showed at least one report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from archive.bundles import Listing, ListingPage, Offer, Outcome
from archive.divisions import Township
from archive.errors import BadDivision
from archive.registry import Portal
from crawler import listings
from crawler.column import ABSENT, page_of
from crawler.context import Context
from crawler.families import annual_pages, areas
from crawler.families.hanweb import ANNUAL_FAMILY
from crawler.fetch import Fetcher
from crawler.harvest import Entry, Harvest
from crawler.items import Capture
from crawler.pages import Page

UNPROVEN = "no report of this body was seen on the platform, so its empty pages prove nothing"
OTHER_YEAR = "shows the report of another year"
NOWHERE: Mapping[str, frozenset[int]] = MappingProxyType({})
CONTROLS = 2                 # earlier years that are asked for where all that are wanted are empty


@dataclass(frozen=True, slots=True)
class Place:
    """A township's place on the platform; `index` is the page that names it."""

    township: Township
    area: str
    base: str                # address of the annual report page without its query
    index: str

    def url(self, year: int) -> str:
        """Its page for one report year."""
        return annual_pages.address(self.base, self.area, year)


def offers(page: Page, portal: Portal, led: Township | None = None) -> tuple[Offer, ...]:
    """The townships that an index page names, each with the address of its annual report page (without a year).

    A township's own page names one, too: by what it calls itself, or by the way that `led` there, beside the links to
    its annual reports.
    """
    base = annual_pages.address_on(page) or page.url
    named = tuple(Offer(annual_pages.address(base, unit.area), unit.name) for unit in areas.units(page, portal.code)
                  if township(unit.name, portal) is not None)
    speaker = listings.speaker(page, portal) or led
    own = {area for link in page.links if annual_pages.is_one(link.url) and (area := areas.area_of(link.url))}
    if named or speaker is None or speaker not in portal.townships() or len(own) != 1:
        return named
    return tuple(Offer(annual_pages.address(base, area), speaker.name) for area in own if areas.ours(area, portal.code))


def township(name: str, portal: Portal) -> Township | None:
    """The owing township that an index calls by this name."""
    try:
        found = portal.find_township(name)
    except BadDivision:
        return None
    return found if found in portal.townships() else None


def places(index: str, offered: tuple[Offer, ...], portal: Portal) -> tuple[Place, ...]:
    """What the offers of an index page stand for."""
    found = []
    for offer in offered:
        unit, area = township(offer.title, portal), areas.area_of(offer.url)
        if unit is not None and area is not None:
            found.append(Place(unit, area, offer.url.partition("?")[0], index))
    return tuple(found)


@dataclass
class Platform:
    """All annual report pages of one county.

    `shells`: what an empty page of a body looks like; `showed`: the bodies of which a report was seen in this crawl.
    """

    context: Context
    fetcher: Fetcher
    harvest: Harvest
    shells: dict[str, str | None] = field(default_factory=dict)
    showed: set[str] = field(default_factory=set)

    async def read(self, found: tuple[Place, ...], elsewhere: Mapping[str, frozenset[int]] = NOWHERE
                   ) -> tuple[Listing, ...]:
        """Ask for every township and year that is not held, or whose re-check is due.

        `elsewhere`: townships that have a column of their own, and the report years that it shows. Those are not asked
        for here, and empty pages are left out where the platform never showed a report of that township.
        """
        found = tuple(place for place in found if self._years(place, elsewhere))
        if not found or not await self._stands(found[0]):
            return ()
        control = self._control(found)
        read = [(place, [await self._year(place, year, control) for year in self._years(place, elsewhere)])
                for place in found]
        for place, listed in read:
            if any(map(_empty, listed)) and place.township.code not in elsewhere:
                await self._prove(place)
        return tuple(listing for place, listed in read
                     for listing in self._proved(place, listed, elsewhere=place.township.code in elsewhere))

    def _years(self, place: Place, elsewhere: Mapping[str, frozenset[int]]) -> tuple[int, ...]:
        shown = elsewhere.get(place.township.code, frozenset())
        return tuple(year for year in self.context.known.years
                     if year not in shown or self.context.report(place.url(year)) is not None)

    async def _year(self, place: Place, year: int, control: str | None) -> Listing:
        entry = Entry(place.url(year), None, place.index, place.township.code, year)
        held = self.context.report(entry.url)
        if held is None or held.due or entry.url == control:
            return await self._ask(place, entry)
        self.harvest.keep(replace(entry, title=held.title), held)
        return _listing(entry, Outcome.HELD, None, (Offer(entry.url, held.title or ""),))

    def _control(self, found: tuple[Place, ...]) -> str | None:
        """A held report to ask for where none is due: it shows that the platform still shows reports."""
        urls = [place.url(year) for place in found for year in self.context.known.years]
        held = [known for url in urls if (known := self.context.report(url)) is not None]
        return held[0].url if held and not any(known.due for known in held) else None


    async def _stands(self, place: Place) -> bool:
        """The portal has this platform: its page for a year that cannot be is there, or one of its reports is held."""
        capture = await self._learn(place)
        return self._held(place) or capture is None or capture.outcome not in ABSENT

    async def _learn(self, place: Place) -> Capture | None:
        """What the platform shows of a body for a year that cannot be; a report there is no shell."""
        url = place.url(annual_pages.NO_YEAR)
        with self.context.stumbling(url):
            capture = await self.fetcher.get(url, referer=place.index)
            self.shells[place.area] = None
            if not capture.failed or capture.outcome is Outcome.SHELL:
                page = page_of(capture)
                if annual_pages.outcome(page, place.area, None) is not Outcome.REPORT:
                    self.shells[place.area] = annual_pages.shell(page, place.area, _names(place))
            return capture
        return None

    async def _ask(self, place: Place, entry: Entry) -> Listing:
        with self.context.stumbling(entry.url) as stumble:
            return await self._answer(place, entry)
        lost = Capture(entry.url, entry.url, self.context.clock.now(), Outcome.UNKNOWN, stumble.reason)
        if self.context.report(entry.url) is not None:
            self.harvest.lose(replace(entry, listed=False))
        return _listing(entry, Outcome.UNKNOWN, lost)

    async def _answer(self, place: Place, entry: Entry) -> Listing:
        held = self.context.report(entry.url)
        capture = await self.fetcher.get(entry.url, referer=entry.listing, held=held)
        outcome = await self._outcome(place, capture)
        present = outcome in (Outcome.REPORT, Outcome.NOT_MODIFIED)
        title = annual_pages.title(page_of(capture)) if outcome is Outcome.REPORT else held.title if held else None
        if present or held is not None:
            await self.harvest.take(replace(entry, title=title, listed=present), capture, outcome)
        if present:
            self.showed.add(place.area)
        listing = _listing(entry, outcome, capture, (Offer(entry.url, title or ""),) if present else ())
        named = listings.years(title or "")
        if listing.complete and named and entry.report_year not in named:
            return replace(listing, complete=False, reason=OTHER_YEAR)
        return listing

    async def _outcome(self, place: Place, capture: Capture) -> Outcome:
        if (capture.failed and capture.outcome is not Outcome.SHELL) or capture.not_modified:
            return capture.outcome or Outcome.UNKNOWN
        page = page_of(capture)
        outcome = self._told(place, page)
        if outcome is Outcome.UNKNOWN and place.area not in self.shells:
            await self._learn(place)
            outcome = self._told(place, page)
        return outcome

    def _told(self, place: Place, page: Page) -> Outcome:
        own, others = self.shells.get(place.area), (shell for shell in self.shells.values() if shell is not None)
        empty = own if own is not None else next(others, None)
        return annual_pages.outcome(page, place.area, empty, _names(place))

    async def _prove(self, place: Place) -> None:
        """See to it that the platform has shown a report of this body: held, wanted, or of an earlier year."""
        first = min(self.context.known.years)
        for year in range(first - 1, first - 1 - CONTROLS, -1):
            if place.area in self.showed or self._held(place):
                return
            with self.context.stumbling(place.url(year)):
                capture = await self.fetcher.get(place.url(year), referer=place.index)
                if await self._outcome(place, capture) is Outcome.REPORT:
                    self.showed.add(place.area)

    def _held(self, place: Place) -> bool:
        return any(self.context.report(place.url(year)) is not None for year in self.context.known.years)

    def _proved(self, place: Place, read: list[Listing], *, elsewhere: bool) -> list[Listing]:
        if place.area in self.showed or (self.showed and self._held(place)):
            return read
        doubtful = [replace(listing, complete=False, reason=UNPROVEN) if _empty(listing) else listing
                    for listing in read]
        return [listing for listing in doubtful if listing.reason != UNPROVEN] if elsewhere else doubtful


def _empty(listing: Listing) -> bool:
    return listing.pages[0].outcome is Outcome.EMPTY


def _names(place: Place) -> tuple[str, ...]:
    """How a page may call the body: what differs between the shells of two bodies."""
    name = place.township.name
    return (f"{name}人民政府", f"{name}办事处", name)


def _listing(entry: Entry, outcome: Outcome, capture: Capture | None, offered: tuple[Offer, ...] = ()) -> Listing:
    settled = outcome in (Outcome.REPORT, Outcome.NOT_MODIFIED, Outcome.EMPTY, Outcome.HELD)
    reason = None if settled else ", ".join(filter(None, (str(outcome), capture.reason if capture else None)))
    page = ListingPage(entry.url, outcome, capture.record if capture else None, offered)
    return Listing(entry.url, ANNUAL_FAMILY, None, entry.division_code, entry.report_year, settled, reason, (page,))
