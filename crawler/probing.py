"""Finds where a county's reports stand, from any address of its portal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import tldextract
from pypinyin import lazy_pinyin
from scrapy import Request, Spider

from archive import divisions
from archive.bundles import Listing, Outcome, Verdict
from archive.divisions import County as Division
from archive.divisions import Township
from archive.errors import BadDivision
from archive.names import area_short
from archive.registry import Portal, Registry, netloc
from crawler import looks
from crawler.column import Found, distinct, page_of
from crawler.context import Context
from crawler.discovery import settled
from crawler.entry import Probed
from crawler.errors import BadCounty
from crawler.families.hanweb import INDEX_FAMILY
from crawler.fetch import Fetcher, is_html
from crawler.items import Capture
from crawler.looks import covered
from crawler.pages import Page
from crawler.reading import Reader
from crawler.spiders.portal import names_county
from crawler.walk import Survey
from crawler.whose import counties_of

# What a person wrote into an entry, or a probe before this one.
BY_HAND = ("since", "delay_seconds", "aliases", "owes", "since_of", "notices", "hours", "requests", "expect_townships",
           "expect_listings", "expect_reports")
NOTHING: tuple[Request, ...] = ()
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True)
class Candidate(Portal):
    """A portal that is being looked at: hosts of its own domain belong to it, and its county may not be known yet."""

    domain: str = ""

    def owns(self, url: str) -> bool:
        """Whether a URL is on one of the portal's hosts or on a host of its domain."""
        host = netloc(url).partition(":")[0]
        return Portal.owns(self, url) or bool(self.domain and f".{host}".endswith(f".{self.domain}"))

    def townships(self) -> tuple[Township, ...]:
        """The townships that owe a report; none while the county is not known."""
        return Portal.townships(self) if self.code else ()


def domain_of(url: str, above: str = "") -> str:
    """The domain whose hosts are one portal's: the registered one; empty for an address in numbers.

    Below the domain of the city above it (`above`, its short name) a county has only the hosts under its own host.
    """
    host = netloc(url).partition(":")[0]
    told = _extract(f"http://{host}/")
    of_city = above and told.domain == "".join(lazy_pinyin(above))
    return host.removeprefix("www.") if of_city else told.top_domain_under_public_suffix


def candidate(url: str, hosts: tuple[str, ...]) -> Candidate:
    """What is looked at first: the host that was named, and whatever else a person says belongs to it."""
    own = frozenset({netloc(url), *hosts})
    return Candidate("", "", "probe", url, own, Path("probe.toml"), domain=domain_of(url))


@dataclass
class Wanted:
    """What a probe was asked, and what it came to."""

    url: str
    county: str | None
    registry: Registry
    probed: Probed | None = None
    refused: str | None = None        # why nothing can be said at all
    ambiguous: bool = False


class ProbeSpider(Spider):
    """Probes one portal."""

    name = "probe"

    def __init__(self, context: Context, wanted: Wanted, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.context = context
        self.wanted = wanted

    async def start(self) -> AsyncIterator[Any]:
        """One request after the other, as a crawl does."""
        engine = self.crawler.engine
        assert engine is not None
        probe = Probe(self.context, Fetcher(self.context, engine.download_async), self.wanted)
        try:
            self.wanted.probed = await probe.run()
        except BadCounty as error:
            self.wanted.refused = str(error)
        for request in NOTHING:
            yield request


@dataclass
class Probe:
    """One portal looked at from an address of it."""

    context: Context
    fetcher: Fetcher
    wanted: Wanted
    notes: list[str] = field(default_factory=list)

    async def run(self) -> Probed:
        """Raises BadCounty where it cannot be said whose portal it is."""
        home, seeds = await self._home()
        county = self._county(home)
        self._settle(county, home)
        if home.failed:
            outcome = home.outcome or Outcome.UNKNOWN
            reason = f"home page: {', '.join(filter(None, (outcome, home.reason)))}"
            return self._probed((), looks.of_failure(outcome), reason)
        survey = Survey(self.context, self.fetcher, seeds)
        await survey.walk(home)
        read = await self._read(survey, page_of(home))
        self._note(survey)
        return self._judged(read)

    async def _home(self) -> tuple[Capture, tuple[str, ...]]:
        """The home page, and the address that was named where it is another one."""
        url = self.wanted.url
        front = urljoin(url, "/")
        if urlsplit(url).path in ("", "/") and not urlsplit(url).query:
            return await self.fetcher.get(front), ()
        capture = await self.fetcher.get(front)
        if not capture.failed and is_html(capture) and counties_of(page_of(capture)):
            return capture, (url,)
        return await self.fetcher.get(url), ()

    def _county(self, home: Capture) -> Division:
        page = page_of(home) if not home.failed and is_html(home) else None
        if self.wanted.county is not None:
            return self._named(self.wanted.county, page)
        if page is None:
            raise BadCounty(f"{home.url}: {home.outcome or Outcome.UNKNOWN}, {home.reason or 'no page'}; "
                            "it cannot be told whose portal it is: name the county with --county")
        found = counties_of(page)
        if len(found) != 1:
            self.wanted.ambiguous = True
            shown = ", ".join(f"{one.full_name} ({one.code})" for one in found[:12]) or "no county"
            raise BadCounty(f"{home.url} names {shown}; say which one it is with --county")
        return found[0]

    def _named(self, text: str, page: Page | None) -> Division:
        try:
            county = divisions.find_county(text)
        except BadDivision as error:
            self.wanted.ambiguous = True
            raise BadCounty(str(error)) from error
        if page is not None and not names_county(page, county.name):
            said = ", ".join(one.full_name for one in counties_of(page)) or page.title[:60] or "nothing"
            raise BadCounty(f"{self.wanted.url} does not name {county.name}; it names {said}")
        return county

    def _settle(self, county: Division, home: Capture) -> None:
        """From here on the portal is that county's; what a person wrote of it before holds."""
        old = self.wanted.registry.portals.get(county.code)
        here = self.context.portal
        assert isinstance(here, Candidate)
        own = home.url if home.failed else home.final
        kept: dict[str, Any] = {name: getattr(old, name) for name in BY_HAND} if old is not None else {}
        moved = here.owns(own) and netloc(own) != netloc(home.url)
        portal = replace(here, code=county.code, name=county.name, home=own if moved else home.url,
                         hosts=here.hosts | ({netloc(own)} if moved else set()),
                         domain=domain_of(own if moved else home.url, area_short(county.prefecture)), **kept)
        self.context.rules.portal = portal
        self.context = replace(self.context, portal=portal)
        self.fetcher.context = self.context

    async def _read(self, survey: Survey, home: Page) -> tuple[Listing, ...]:
        """The listings that were found. One township's own that showed its reports needs no more reading."""
        reader = Reader(self.context, self.fetcher, home)
        met = {noted.found.url: noted for noted in survey.noted.values()}
        read = []
        for found in survey.listings():
            noted = met[found.url]
            plain = found.division_code is not None and noted.named and noted.titles
            read.append(_as_met(found) if plain else settled(await reader.read(found), self.context.portal))
        return (*distinct(read), *survey.used(), *survey.missed)

    def _note(self, survey: Survey) -> None:
        for url, name in survey.frontier.abroad.items():
            if url.startswith("http"):
                self.notes.append(f"not followed: {url} ({name}), add with --host {netloc(url)}")
        self.notes += [f"not read: {one.url}: {one.reason}" for one in survey.missed]
        self.notes += [f"not handled: {one.url}: {one.reason}" for one in self.context.stumbles]
        if survey.cut_short:
            self.notes.append("more pages promised reports than the budget of requests allowed to visit")

    def _judged(self, read: tuple[Listing, ...]) -> Probed:
        found = tuple(listing for listing in read if listing.complete or _shows_reports(listing))
        short = [listing for listing in found if not listing.complete]
        self.notes += [f"found, and not whole just now: {one.url}: {one.reason}" for one in short]
        self.notes += [f"left out: {one.url}: {one.reason}" for one in read if one.pages and one not in found]
        probed = self._probed(found, Verdict.COMPLETE, None)
        if not found:
            return replace(probed, verdict=Verdict.LAYOUT_CHANGED, reason="no listing of annual reports was found")
        if probed.missing:
            names = ", ".join(unit.name for unit in probed.missing[:12])
            reason = f"{len(probed.missing)} townships not found: {names}"
            return replace(probed, verdict=Verdict.PARTIAL, reason=reason)
        if short:
            return replace(probed, verdict=Verdict.PARTIAL, reason=f"{short[0].url}: {short[0].reason}")
        return probed

    def _probed(self, found: tuple[Listing, ...], verdict: Verdict, reason: str | None) -> Probed:
        portal = self.context.portal
        covers = {unit: tuple(_covering(unit, found, portal)) for unit in portal.townships()}
        return Probed(portal, found, covers, self.context.counters.get("requests", 0), verdict, reason,
                      tuple(dict.fromkeys(self.notes)))


def _shows_reports(listing: Listing) -> bool:
    """Its first page was recognised and offers reports: it is the place, whatever became of its other pages."""
    first = listing.pages[0] if listing.pages else None
    return first is not None and first.outcome is Outcome.LISTING and bool(first.offers)


def _as_met(found: Found) -> Listing:
    return Listing(found.url, found.family, found.title, found.division_code, found.report_year, complete=True)


def _covering(unit: Township, found: tuple[Listing, ...], portal: Portal) -> list[tuple[Listing, bool]]:
    covering = []
    for listing in found:
        named = listing.division_code == unit.code or (
            listing.division_code is None and unit in covered(listing, portal))
        of_most = listing.division_code is None and listing.family != INDEX_FAMILY and looks.of_most(listing, portal)
        if named or of_most:
            covering.append((listing, named))
    return covering
