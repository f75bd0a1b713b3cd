"""The annual report pages of Hanweb's disclosure module: one page for each body and report year.

A year without a report shows the platform's own shell with status 200. What that looks like is asked for once, with a
year that cannot be; and because a broken platform would show the same, an empty page counts only in a crawl that also
saw at least one report there.
"""

from dataclasses import dataclass, field, replace

from archive.bundles import Listing, ListingPage, Offer, Outcome
from archive.divisions import Township
from archive.errors import BadDivision
from archive.registry import Portal
from crawler.column import page_of
from crawler.context import Context
from crawler.families import hanweb
from crawler.fetch import Fetcher
from crawler.harvest import Entry, Harvest
from crawler.items import Capture
from crawler.pages import Page

UNPROVEN = "no report was seen on the platform in this crawl, so its empty pages prove nothing"


@dataclass(frozen=True, slots=True)
class Place:
    """A township's place on the platform; `index` is the page that names it."""

    township: Township
    area: str
    base: str                # address of the annual report page without its query
    index: str


def offers(page: Page, portal: Portal) -> tuple[Offer, ...]:
    """The townships that an index page names, each with the address of its annual report page (without a year)."""
    base = hanweb.annual_address(page) or page.url
    return tuple(Offer(hanweb.annual(base, unit.area), unit.name) for unit in hanweb.units(page, portal.code)
                 if township(unit.name, portal) is not None)


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
        unit, area = township(offer.title, portal), hanweb.area_of(offer.url)
        if unit is not None and area is not None:
            found.append(Place(unit, area, offer.url.partition("?")[0], index))
    return tuple(found)


@dataclass
class Platform:
    """All annual report pages of one county."""

    context: Context
    fetcher: Fetcher
    harvest: Harvest
    shell: str | None = None
    proven: bool = False
    listings: list[Listing] = field(default_factory=list)

    async def read(self, found: tuple[Place, ...]) -> tuple[Listing, ...]:
        """Ask for every township and year that is not held, or whose re-check is due."""
        if not found:
            return ()
        await self._learn_shell(found[0])
        wanted = [Entry(hanweb.annual(place.base, place.area, year), None, place.index, place.township.code, year)
                  for place in found for year in self.context.known.years]
        control = self._control(wanted)
        for entry in wanted:
            held = self.context.report(entry.url)
            if held is None or held.due or entry is control:
                await self._ask(entry)
            else:
                self.harvest.keep(replace(entry, title=held.title), held)
        return tuple(map(self._proved, self.listings))

    def _control(self, wanted: list[Entry]) -> Entry | None:
        """A held report to ask for where none is due: it shows that the platform still shows reports."""
        held = [entry for entry in wanted if self.context.report(entry.url) is not None]
        due = any(known.due for entry in held if (known := self.context.report(entry.url)) is not None)
        return held[0] if held and not due else None

    async def _learn_shell(self, place: Place) -> None:
        url = hanweb.annual(place.base, place.area, hanweb.NO_YEAR)
        with self.context.stumbling(url):
            capture = await self.fetcher.get(url)
            if not capture.failed or capture.outcome is Outcome.SHELL:
                self.shell = hanweb.shell(page_of(capture), place.area)

    async def _ask(self, entry: Entry) -> None:
        with self.context.stumbling(entry.url) as stumble:
            await self._ask_for(entry)
        if stumble.reason is not None:
            lost = Capture(entry.url, entry.url, self.context.clock.now(), Outcome.UNKNOWN, stumble.reason)
            if self.context.report(entry.url) is not None:
                self.harvest.lose(replace(entry, listed=False))
            self._note(entry, lost, Outcome.UNKNOWN, ())

    async def _ask_for(self, entry: Entry) -> None:
        held = self.context.report(entry.url)
        capture = await self.fetcher.get(entry.url, referer=entry.listing, held=held)
        outcome = self._outcome(capture, hanweb.area_of(entry.url) or "")
        present = outcome in (Outcome.REPORT, Outcome.NOT_MODIFIED)
        title = hanweb.report_title(page_of(capture)) if outcome is Outcome.REPORT else held.title if held else None
        if present or held is not None:
            await self.harvest.take(replace(entry, title=title, listed=present), capture, outcome)
        self.proven = self.proven or present
        self._note(entry, capture, outcome, (Offer(entry.url, title or ""),) if present else ())

    def _outcome(self, capture: Capture, area: str) -> Outcome:
        if (capture.failed and capture.outcome is not Outcome.SHELL) or capture.not_modified:
            return capture.outcome or Outcome.UNKNOWN
        return hanweb.annual_outcome(page_of(capture), area, self.shell)

    def _note(self, entry: Entry, capture: Capture, outcome: Outcome, offered: tuple[Offer, ...]) -> None:
        settled = outcome in (Outcome.REPORT, Outcome.NOT_MODIFIED, Outcome.EMPTY)
        reason = None if settled else ", ".join(filter(None, (str(outcome), capture.reason)))
        page = ListingPage(entry.url, outcome, capture.record, offered)
        self.listings.append(Listing(entry.url, hanweb.ANNUAL_FAMILY, None, entry.division_code, entry.report_year,
                                     settled, reason, (page,)))

    def _proved(self, listing: Listing) -> Listing:
        if self.proven or listing.pages[0].outcome is not Outcome.EMPTY:
            return listing
        return replace(listing, complete=False, reason=UNPROVEN)
