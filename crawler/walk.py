"""The walk from the home page: visits what discovery.py finds promising and notes the listings it meets."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace

from archive.bundles import Listing, ListingPage, Offer, Outcome
from archive.divisions import Township
from crawler import annual, discovery, listings, sitemaps
from crawler.bodies import Bodies
from crawler.coding import BINARY
from crawler.column import ABSENT, EMPTY, Found, own_name, page_of, reading_of
from crawler.context import Context
from crawler.discovery import Frontier, Step
from crawler.families import annual_pages
from crawler.families.hanweb import INDEX_FAMILY
from crawler.families.model import Listed
from crawler.fetch import Fetcher
from crawler.items import Capture
from crawler.looks import STRAY_FAMILY
from crawler.pages import Page, identity
from crawler.sitemaps import Sitemaps
from crawler.ways import blocks

UNREAD = "unread"       # a column of which nobody knows who wrote it
SEVERAL = 2             # report titles on a page that does not call itself a column of reports
AWAY = "stands on a host that is not among the portal's"
SITEMAP = "sitemap"     # how one came to an address that only a sitemap names
SEED = 200              # points of an address that somebody named


@dataclass(frozen=True, slots=True)
class Noted:
    """A listing as it was met."""

    found: Found
    step: Step
    page: Page
    titles: tuple[str, ...]
    addresses: tuple[str, ...]        # of its entries
    named: bool                       # it calls itself a column of reports, or is called so
    inner: frozenset[str] = frozenset()      # its other pages, and what a shell leads to
    shell: bool = False


@dataclass(frozen=True, slots=True)
class Stray:
    """A link to one township's report on a page that is no column of them; `record` is that page's."""

    page: str
    record: str | None
    unit: Township
    offer: Offer


@dataclass
class Survey:
    """What a walk found: listings to read, and index pages of Hanweb's disclosure platform."""

    context: Context
    fetcher: Fetcher
    seeds: tuple[str, ...] = ()
    noted: dict[str, Noted] = field(default_factory=dict)
    indexes: dict[str, Listing] = field(default_factory=dict)
    missed: list[Listing] = field(default_factory=list)
    frontier: Frontier = field(init=False)
    bodies: Bodies = field(init=False)
    strays: list[Stray] = field(default_factory=list)
    spent: int = 0                    # requests that walking has cost
    cut_short: bool = False           # the budget ended before what was promising did

    def __post_init__(self) -> None:
        self.frontier = Frontier(self.context.portal)
        self.bodies = Bodies(self.context.portal)

    async def walk(self, home: Capture) -> None:
        """Visit pages, best first, until the budget or what is worth visiting ends."""
        frontier = self.frontier
        for seed in self.seeds:
            frontier.add(Step(seed), SEED)
        if not home.failed:
            frontier.known.update({identity(home.url), identity(home.final)})
            self._note(page_of(home), home, Step(home.final))
            self._stray(page_of(home), home)
            frontier.follow(page_of(home), Step(home.final))
        await self._go()
        lacking = self._lacking()
        if lacking and not self.cut_short:
            listed = await Sitemaps(self.fetcher, self.context.portal, self.context.rules.sitemaps).addresses()
            for place, url in enumerate(sitemaps.promising(listed, self.context.portal, lacking)):
                self.frontier.add(Step(url, (SITEMAP,)), SEED - place)
            await self._go()

    def _lacking(self) -> frozenset[str]:
        """The townships that nothing found so far is for; none where a list of all may be among it."""
        portal = self.context.portal
        units = {unit.code for unit in portal.townships()}
        shared = [noted for noted in self.noted.values() if noted.named and self._owner(noted) is None]
        named = {unit.code for noted in shared for title in noted.titles for unit in portal.mentioned(title)}
        if len(named) * 2 >= len(units) or any(noted.shell or not noted.titles for noted in shared):
            return frozenset()
        return frozenset(units - named - self.frontier.covered - {place.township.code for place in self.places()})

    async def deepen(self, codes: Iterable[str]) -> None:
        """Go on for townships whose reports stand in none of their columns: a newer one may lie deeper."""
        self.frontier.reopen(codes)
        await self._go()

    async def _go(self) -> None:
        most = discovery.budget(len(self.context.portal.townships())) - discovery.RESERVE
        while (step := self.frontier.next()) is not None:
            if self.spent >= most:
                self._cut(step, most)
                break
            before = self._requests
            with self.context.stumbling(step.url) as stumble:
                await self._visit(step)
            self.spent += self._requests - before
            if stumble.reason is not None:
                self._miss(step, stumble.reason)
        for url, (name, code) in self.frontier.away.items():
            if code not in self.frontier.covered:
                page = ListingPage(url, Outcome.FOREIGN, None)
                self._lack(Listing(url, UNREAD, name, code, reason=AWAY, pages=(page,)))

    def _cut(self, step: Step, most: int) -> None:
        """The budget ended. What still promised columns of reports of townships was not seen."""
        self.cut_short = not (self.noted or self.indexes)
        for left in (step, *self.frontier.left()):
            last = left.trail[-1] if left.trail else ""
            if listings.names_reports(last) and not listings.other_body(last, self.context.portal.name):
                self.cut_short = True
                self._miss(left, f"not visited: the walk's {most} requests were spent")
        if self.cut_short and not self.missed:
            self._lack(Listing(step.url, UNREAD, reason=f"not visited: the walk's {most} requests were spent"))

    @property
    def _requests(self) -> int:
        return self.context.counters.get("requests", 0)

    async def _visit(self, step: Step) -> None:
        if annual_pages.is_one(step.url):
            return                    # annual.py reads these, year by year
        capture = await self.fetcher.get(step.url)
        if capture.failed and capture.outcome is not Outcome.SHELL:
            away = capture.outcome is Outcome.FOREIGN and not self._of_township(step)
            if capture.outcome not in ABSENT and not away:
                self._miss(step, ", ".join(filter(None, (str(capture.outcome), capture.reason))), capture)
        elif not capture.body.startswith(BINARY):
            page = page_of(capture)
            self._note(page, capture, step)
            self._stray(page, capture)
            self.frontier.follow(page, step)

    def _of_township(self, step: Step) -> bool:
        """The link promised one township's column of reports."""
        return step.township is not None and listings.names_reports(step.trail[-1] if step.trail else "")

    def _miss(self, step: Step, reason: str, capture: Capture | None = None) -> None:
        """Keep a page that could not be read, where the link to it promised a column of reports or a township."""
        last = step.trail[-1] if step.trail else ""
        if listings.names_reports(last) or (step.township is not None and step.direct):
            unit = step.township.code if step.township else None
            outcome = (capture.outcome if capture else None) or Outcome.UNKNOWN
            page = ListingPage(step.url, outcome, capture.record if capture else None)
            self._lack(Listing(step.url, UNREAD, last, unit, reason=reason, pages=(page,)))

    def _lack(self, listing: Listing) -> None:
        if listing.url not in {one.url for one in self.missed}:
            self.missed.append(listing)

    def _stray(self, page: Page, capture: Capture) -> None:
        """Keep the links to single reports of townships: a page may show one that stands in no column."""
        for link in page.links:
            name = listings.BLANK.sub("", link.name)
            report = link.tag == "a" and listings.REPORT.search(name) and listings.years(name)
            unit = listings.named(name, self.context.portal) if report and discovery.is_article(link) else None
            if unit is not None and not listings.NOT_COLUMN.search(name) and self.context.portal.owns(link.url):
                offer = Offer(link.url, link.name, link.on, link.raw_date)
                self.strays.append(Stray(page.asked or page.url, capture.record, unit, offer))

    def astray(self, shown: Container[tuple[str | None, int | None]]) -> tuple[Listing, ...]:
        """The reports that no column shows, each as a list of its own; `shown` are (township, year)."""
        found: dict[tuple[str, str], Listing] = {}
        for one in self.strays:
            lacks = [year for year in listings.years(one.offer.title)
                     if year in self.context.known.years and (one.unit.code, year) not in shown]
            if lacks:
                page = ListingPage(one.page, Outcome.LISTING, one.record, (one.offer,))
                listing = Listing(one.page, STRAY_FAMILY, None, one.unit.code, complete=True, pages=(page,))
                found.setdefault((one.unit.code, identity(one.offer.url)), listing)
        return tuple(found.values())

    def _note(self, page: Page, capture: Capture, step: Step) -> None:
        """Keep a page that is a listing or names bodies of the platform."""
        portal = self.context.portal
        offered = annual.offers(page, portal, step.township if step.direct else None)
        if offered:
            self.index(step.url, capture, offered, listings.column_name(page).partition(" | ")[0] or None)
        self.bodies.learn(page)
        family, listed = reading_of(page, portal)
        if listed is None and capture.outcome is Outcome.SHELL and self._called(page, step, None):
            listed = Listed((), needs_browser=True)
        if listed is None or page.metas.get("articletitle") or self.bodies.abroad(step.url):
            return
        named = listings.is_report_column(page) or self._called(page, step, listed)
        offers = listings.offers(listed.entries, in_column=named, named=named)
        titles = tuple(offer.title for offer in offers)
        if not (_is_list(page, listed, offers) if named else _shows_reports(listed, offers)):
            return
        found = Found(step.url, family.name, self._title(page, step, listed), None, None, capture)
        inner = frozenset(map(identity, listed.following)) - {identity(step.url)}
        self.frontier.known.update(inner)
        self.frontier.known.update(identity(link.url) for link in page.links if listings.TURN.fullmatch(link.text))
        addresses = tuple(offer.url for offer in offers)
        noted = Noted(found, step, page, titles, addresses, named, inner, listed.shell)
        self.noted.setdefault(identity(step.url), noted)
        unit = self._owner(noted)
        if unit is not None and named:
            self.frontier.covered.add(unit.code)

    def _called(self, page: Page, step: Step, listed: Listed | None) -> bool:
        """The page is a column of reports by its list's own name, or, where it says nothing, by the link to it."""
        if listed is not None and listed.name:
            return listings.names_reports(listed.name)
        named = [said for said in step.trail[-2:] if not listings.ONLY_YEAR.fullmatch(listings.BLANK.sub("", said))]
        # On a page of report columns those of townships are called like the townships.
        called = named[:1] if step.direct and len(named) > 1 and not listings.names_reports(named[-1]) else named
        return bool(called) and listings.names_reports(called[-1]) and (
            own_name(page) is None or bool(listed and listed.shell))

    def _title(self, page: Page, step: Step, listed: Listed) -> str | None:
        """What the column is called; with the year where the link to it said one."""
        last = step.trail[-1] if step.trail else ""
        name = listings.column_name(page).partition(" | ")[0] or listed.name or (
            last if listings.names_reports(last) else None)
        year = listings.years(last)
        return f"{last} {name}" if name and year and not listings.years(name) and len(year) == 1 else name

    def _owner(self, noted: Noted) -> Township | None:
        coded = self.bodies.owner((noted.step.url, *noted.addresses))
        return discovery.owner(noted.page, noted.step, noted.titles, self.context.portal, coded=coded,
                               belongs=self.frontier.belongs(noted.step))

    def listings(self) -> tuple[Found, ...]:
        """The columns that say what they are; where a township has none, pages that merely show reports."""
        owned = [(noted, self._owner(noted)) for noted in self._once()]
        named = [self._attributed(noted, unit) for noted, unit in owned if noted.named]
        covered = {found.division_code for found in named}
        others = [self._attributed(noted, unit) for noted, unit in owned if not noted.named]
        return (*named, *(found for found in others if found.division_code not in covered
                          and (found.division_code is not None or not covered)))

    def _once(self) -> Iterator[Noted]:
        """Each list once: not its further pages, nor a second shell round the same data."""
        inner = {address for noted in self.noted.values() for address in noted.inner}
        filled: set[frozenset[str]] = set()
        for key, noted in self.noted.items():
            if key in inner or (noted.shell and noted.inner in filled):
                continue
            filled.add(noted.inner)
            yield noted

    def _attributed(self, noted: Noted, unit: Township | None) -> Found:
        return replace(noted.found, division_code=unit.code if unit else None)

    def index(self, url: str, capture: Capture, offered: tuple[Offer, ...], title: str | None) -> None:
        """Keep an index page of the platform."""
        outcome = Outcome.NOT_MODIFIED if capture.not_modified else Outcome.LISTING
        page = ListingPage(url, outcome, capture.record, offered)
        self.indexes[identity(url)] = Listing(url, INDEX_FAMILY, title, complete=True, pages=(page,))

    def places(self) -> tuple[annual.Place, ...]:
        """Each township's place on the platform, once, from as few index pages as name them all."""
        first: dict[str, annual.Place] = {}
        for listing in sorted(self.indexes.values(), key=lambda listing: -len(listing.pages[0].offers)):
            for place in annual.places(listing.url, listing.pages[0].offers, self.context.portal):
                first.setdefault(place.township.code, place)
        # What the pages of several townships lead to is the county's own.
        bodies = Counter(place.area for place in first.values())
        return tuple(place for place in first.values() if bodies[place.area] == 1)

    def used(self) -> tuple[Listing, ...]:
        """The index pages that places come from."""
        urls = {place.index for place in self.places()}
        return tuple(listing for listing in self.indexes.values() if listing.url in urls)


def _is_list(page: Page, listed: Listed, offers: Iterable[Offer]) -> bool:
    """A page that calls itself a column of reports is a list of them, and no hub that leads on to such lists."""
    offered = {identity(offer.url) for offer in offers}
    if listed.shell or listed.needs_browser:
        return True
    if offered:
        return len([link for link in blocks(page) if identity(link.url) not in offered]) < SEVERAL
    onward = [link for link in page.links if link.tag == "a" and identity(link.url) != identity(page.url) and (
        listings.names_reports(link.name) or listings.ONLY_YEAR.fullmatch(listings.BLANK.sub("", link.name)))]
    empty = not listed.entries and ("<script" in page.html.lower() or bool(EMPTY.search(page.text)))
    return empty and len({link.url for link in onward}) < SEVERAL


def _shows_reports(listed: Listed, offers: tuple[Offer, ...]) -> bool:
    """A page without such a name is a list of reports where most of what it lists are reports."""
    return len(offers) >= SEVERAL and len(offers) * 2 > len(listed.entries)
