"""The walk from the home page: visits what discovery.py finds promising and notes the listings it meets."""

from dataclasses import dataclass, field

from archive.bundles import Listing, ListingPage, Offer, Outcome
from crawler import annual, families, listings
from crawler.column import Found, page_of
from crawler.context import Context
from crawler.discovery import Frontier, Step, budget, owner
from crawler.families import hanweb
from crawler.fetch import Fetcher, is_html
from crawler.items import Capture
from crawler.pages import Page, identity

UNREAD = "unread"       # a column of which nobody knows who wrote it
SEVERAL = 2             # report titles on a page that does not call itself a column of reports


@dataclass
class Survey:
    """What a walk found: listings to read, and index pages of Hanweb's disclosure platform."""

    context: Context
    fetcher: Fetcher
    found: dict[str, Found] = field(default_factory=dict)
    unnamed: dict[str, Found] = field(default_factory=dict)
    indexes: dict[str, Listing] = field(default_factory=dict)
    missed: list[Listing] = field(default_factory=list)
    refused: Outcome | None = None

    async def walk(self, home: Capture) -> None:
        """Visit pages, best first, until the budget or what is worth visiting ends."""
        portal = self.context.portal
        frontier = Frontier(portal, budget(len(portal.townships())))
        frontier.known.update({identity(home.url), identity(home.final)})
        frontier.follow(page_of(home), Step(home.final))
        while (step := frontier.next()) is not None:
            with self.context.stumbling(step.url) as stumble:
                await self._visit(frontier, step)
            if stumble.reason is not None:
                self._miss(step, stumble.reason)

    async def _visit(self, frontier: Frontier, step: Step) -> None:
        capture = await self.fetcher.get(step.url)
        if capture.failed and capture.outcome is not Outcome.SHELL:
            self.refused = capture.outcome
        elif is_html(capture):
            page = page_of(capture)
            self.note(page, capture, step)
            frontier.follow(page, step)

    def _miss(self, step: Step, reason: str) -> None:
        """Keep a page that could not be handled, where the link to it promised a column of reports."""
        if listings.COLUMN.search(step.trail[-1]):
            unit = step.township.code if step.township else None
            self.missed.append(Listing(step.url, UNREAD, step.trail[-1], unit, reason=reason))

    def note(self, page: Page, capture: Capture, step: Step) -> None:
        """Keep a page that is a listing or names bodies of the platform."""
        offered = annual.offers(page, self.context.portal)
        if offered:
            self.index(step.url, capture, offered, listings.column_name(page).partition(" | ")[0] or None)
        family = families.detect(page)
        listed = family.read(page, ())
        if listed is None:
            return
        titles = [offer.title for offer in listings.offers(listed.entries, in_column=False)]
        named = listings.is_report_column(page)
        if not named and len(titles) < SEVERAL:
            return
        unit = owner(page, step, titles, self.context.portal)
        title = listings.column_name(page).partition(" | ")[0] or None
        found = Found(step.url, family.name, title, unit.code if unit else None, None, capture)
        (self.found if named else self.unnamed)[identity(step.url)] = found

    def listings(self) -> tuple[Found, ...]:
        """The columns that say what they are; where a township has none, pages that merely show reports."""
        owned = {found.division_code for found in self.found.values()}
        others = [found for found in self.unnamed.values() if found.division_code not in owned]
        shared = [found for found in others if found.division_code is None and owned]
        return (*self.found.values(), *(found for found in others if found not in shared))

    def index(self, url: str, capture: Capture, offered: tuple[Offer, ...], title: str | None) -> None:
        """Keep an index page of the platform."""
        outcome = Outcome.NOT_MODIFIED if capture.not_modified else Outcome.LISTING
        page = ListingPage(url, outcome, capture.record, offered)
        self.indexes[identity(url)] = Listing(url, hanweb.INDEX_FAMILY, title, complete=True, pages=(page,))

    def places(self) -> tuple[annual.Place, ...]:
        """Each township's place on the platform, once, from as few index pages as name them all."""
        first: dict[str, annual.Place] = {}
        for listing in sorted(self.indexes.values(), key=lambda listing: -len(listing.pages[0].offers)):
            for place in annual.places(listing.url, listing.pages[0].offers, self.context.portal):
                first.setdefault(place.township.code, place)
        return tuple(first.values())

    def used(self) -> tuple[Listing, ...]:
        """The index pages that places come from."""
        urls = {place.index for place in self.places()}
        return tuple(listing for listing in self.indexes.values() if listing.url in urls)
