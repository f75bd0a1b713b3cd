"""The spider for nearly every portal: home page, listings, reports, and what that makes of the county."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from scrapy import Request, Spider

from archive.bundles import WALKED, Crawl, Listing, Look, Outcome, Verdict
from archive.clock import iso, parse_instant
from crawler import blocks, listings, looks
from crawler.annual import Platform, offers
from crawler.column import Found, broken, distinct, page_of
from crawler.context import Context
from crawler.discovery import settled
from crawler.families import hanweb
from crawler.fetch import Fetcher, is_html
from crawler.harvest import Harvest
from crawler.items import Capture
from crawler.pages import Page, identity
from crawler.pictures import picture_missing
from crawler.reading import Reader
from crawler.settings import CRAWLER
from crawler.walk import Survey

WALK_AGAIN = timedelta(days=30)         # known listings that reach every township do not show a new column,
WALK_FOR_MISSING = timedelta(days=3)    # and a report that is nowhere may stand in one
A_REPORT = re.compile(r"(?:年度报告|年报|工作报告)[)）\]】》\s]*$")      # no reading of it, nor a call for it
NOTHING: tuple[Request, ...] = ()       # for Scrapy: an item or request here would cost seconds at the end


class PortalSpider(Spider):
    """Crawls one county and writes its bundle."""

    name = "portal"

    def __init__(self, context: Context, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.context = context

    async def start(self) -> AsyncIterator[Any]:
        """One request after the other: nothing is left to Scrapy's scheduler, and so nothing to its order."""
        engine = self.crawler.engine
        assert engine is not None
        work = County(self.context, Fetcher(self.context, engine.download_async))
        crawl = await work.crawl()
        self.context.bundle.finish(crawl)
        for request in NOTHING:
            yield request


@dataclass
class County:
    """One county's crawl from the home page to the verdict."""

    context: Context
    fetcher: Fetcher
    lost: list[str] = field(default_factory=list)
    home: Capture | None = None

    async def crawl(self) -> Crawl:
        """Everything that one crawl does; the bundle ends without a result only where it cannot be written."""
        with self.context.stumbling(self.context.portal.home) as stumble:
            return await self._crawled()
        return self._crawl(Verdict.PARTIAL, stumble.reason, self._unseen(stumble.reason or ""))

    async def _crawled(self) -> Crawl:
        survey = Survey(self.context, self.fetcher, self.context.entries)
        reader = Reader(self.context, self.fetcher)
        known = await self._known_listings(reader, survey)
        read = tuple(known)
        if self._is_open(known, survey):
            failed = await self._look_home(reader)
            if failed is not None:
                return self._crawl(failed[0], failed[1], self._unseen(failed[1]), read)
            read = await self._found(known, reader, survey)
        harvest = Harvest(self.context, self.fetcher)
        platform = Platform(self.context, self.fetcher, harvest)
        read = (*distinct(read), *survey.used(), *survey.missed)
        read = (*read, *await platform.read(survey.places(), _owned(read)))
        await harvest.collect(read)
        return await self._judged(read, harvest)

    async def _look_home(self, reader: Reader) -> tuple[Verdict, str] | None:
        """Ask for the home page; how the crawl ends where that is none."""
        self.home = self.home or await self.fetcher.get(self.context.portal.home)
        failed = self._not_home(self.home)
        if failed is not None and not (self.home.outcome is Outcome.NOT_CAPTURED and self._elsewhere()):
            return failed
        reader.home = None if self.home.failed else page_of(self.home)
        return None

    def _elsewhere(self) -> bool:
        """There is another place to begin at than the home page."""
        return bool(self.context.entries or self.context.portal.listings or self.context.known.listings)

    def _not_home(self, home: Capture) -> tuple[Verdict, str] | None:
        if home.failed:
            outcome = home.outcome or Outcome.UNKNOWN
            return looks.of_failure(outcome), f"home page: {', '.join(filter(None, (outcome, home.reason)))}"
        if not is_html(home) or not names_county(page_of(home), self.context.portal.name):
            return Verdict.LAYOUT_CHANGED, f"home page: does not name {self.context.portal.name}"
        return None

    async def _known_listings(self, reader: Reader, survey: Survey) -> list[Listing]:
        """Read the listings that are known. Where one is refused the home page tells first whether the portal is up."""
        read: list[Listing] = []
        for listing in self.context.portal.listings or self.context.known.listings:
            if listing.family in (hanweb.ANNUAL_FAMILY, looks.STRAY_FAMILY):
                continue
            seen = await self._known(listing, reader, survey)
            if seen is None:
                continue
            read.append(seen)
            if self.home is None and _refused(seen) and await self._look_home(reader) is not None:
                break
        return read

    def _is_open(self, known: list[Listing], survey: Survey) -> bool:
        """Not everything is said by the listings that are known: the home page is asked for, too."""
        return self._walks(known, survey) or not all(listing.complete for listing in known)

    def _walks(self, known: list[Listing], survey: Survey) -> bool:
        """The listings that are known do not do: one is gone, townships or a year lack, or they are old."""
        read = [listing for listing in known if not broken(listing)]
        return (len(read) < len(known) or not self._reach_all(read, survey) or self._walk_is_due(read)
                or self._lacks_a_year(read))

    async def _found(self, known: list[Listing], reader: Reader, survey: Survey) -> tuple[Listing, ...]:
        """The listings that are known and those that a walk from the home page adds or puts in their place."""
        gone = [listing for listing in known if broken(listing)]
        read = [listing for listing in known if not broken(listing)]
        if self._walks(known, survey) and self.home is not None:
            read += await self._walk(self.home, survey, reader, known)
            read += survey.astray(self._shown(read))
        self.lost += [listing.url for listing in gone if not _replaced(listing, read)]
        return (*read, *(listing for listing in gone if listing.url in self.lost))

    async def _known(self, listing: Listing, reader: Reader, survey: Survey) -> Listing | None:
        if listing.family == hanweb.INDEX_FAMILY:
            return await self._index(listing, survey)
        return await reader.read(Found(listing.url, listing.family, listing.title, listing.division_code,
                                       listing.report_year))

    async def _index(self, listing: Listing, survey: Survey) -> Listing | None:
        with self.context.stumbling(listing.url) as stumble:
            return await self._known_index(listing, survey)
        return Listing(listing.url, listing.family, listing.title, reason=stumble.reason)

    async def _known_index(self, listing: Listing, survey: Survey) -> Listing | None:
        """Ask for an index of the platform again; it goes into the survey, or comes back as broken."""
        held = self.context.of(listing.url)
        held = held if held is not None and held.offers and self.context.known.crawler == CRAWLER else None
        capture = await self.fetcher.get(listing.url, held=held)
        if capture.not_modified and held is not None:
            survey.index(listing.url, capture, held.offers, listing.title)
            return None
        named = offers(page_of(capture), self.context.portal) if not capture.failed and is_html(capture) else ()
        if named:
            survey.index(listing.url, capture, named, listing.title)
            return None
        reason = ", ".join(filter(None, (capture.outcome or Outcome.UNKNOWN, capture.reason)))
        return Listing(listing.url, listing.family, listing.title, reason=reason)

    async def _walk(self, home: Capture, survey: Survey, reader: Reader, known: list[Listing]) -> list[Listing]:
        await survey.walk(home)
        fresh = await self._read(survey, reader, known)
        lacking = self._missing([*known, *fresh])
        if lacking:
            await survey.deepen(lacking)
            fresh += await self._read(survey, reader, [*known, *fresh])
        unread = survey.missed or survey.cut_short or self._refused()
        if not unread and all(listing.complete for listing in fresh):
            self.context.count(WALKED)
        return fresh

    async def _read(self, survey: Survey, reader: Reader, read: list[Listing]) -> list[Listing]:
        """The listings that the walk found, but for those that were read."""
        seen = {identity(listing.url) for listing in read}
        return [settled(await reader.read(found), self.context.portal) for found in survey.listings()
                if identity(found.url) not in seen]

    def _lacks_a_year(self, read: list[Listing]) -> bool:
        """Every year has a column of its own, and the newest none that is known."""
        named = {year for listing in read for year in listings.years(listing.title or "")}
        plain = any(not listings.years(listing.title or "") for listing in read)
        return bool(named) and not plain and max(self.context.known.years, default=0) not in named

    def _walk_is_due(self, read: list[Listing]) -> bool:
        """Columns are opened beside those that are known; which ones a registry entry names is a person's choice."""
        if self.context.portal.listings:
            return False
        walked = self.context.known.discovered
        age = WALK_FOR_MISSING if self._missing(read) else WALK_AGAIN
        return walked is None or self.context.clock.start - parse_instant(walked) > age

    def _missing(self, read: list[Listing]) -> set[str]:
        """The townships of which a report is due that stands in none of the listings, as far as their entries tell."""
        shown = self._shown(read)
        return {one.division_code for one in self.context.known.wanted
                if (one.division_code, one.report_year) not in shown}

    def _shown(self, read: list[Listing]) -> set[tuple[str | None, int | None]]:
        """The townships and report years that the entries of these listings name."""
        portal = self.context.portal
        return {(code, year) for listing in read for page in listing.pages for offer in page.offers
                 for code in (listing.division_code, *(unit.code for unit in portal.mentioned(offer.title)))
                 for year in (listing.report_year, *listings.years(offer.title))}

    def _reach_all(self, read: list[Listing], survey: Survey) -> bool:
        portal = self.context.portal
        owned = {listing.division_code for listing in read} | {place.township.code for place in survey.places()}
        shared = {unit.code for listing in read for unit in looks.covered(listing, portal)}
        return {unit.code for unit in portal.townships()} <= owned | shared

    async def _judged(self, read: tuple[Listing, ...], harvest: Harvest) -> Crawl:
        held = frozenset(identity(one.url) for one in self.context.known.held if one.role == "report")
        evidence = looks.Evidence(self.context.portal, self.context.known.years, read, tuple(harvest.candidates), held)
        made = self._dated(looks.looks(evidence))
        verdict, reason = looks.verdict(evidence, made, self.lost, self._refused())
        if verdict is Verdict.COMPLETE and self.context.stumbles:
            first = self.context.stumbles[0]
            verdict, reason = Verdict.PARTIAL, f"{first.url}: {first.reason}"
        read = await picture_missing(self.context, self.fetcher, read, evidence.candidates, made)
        return self._crawl(verdict, reason, made, read, harvest)

    def _dated(self, made: tuple[Look, ...]) -> tuple[Look, ...]:
        """The looks, none of them complete where nobody knows on what day they were made."""
        doubt = self.fetcher.clock_doubt()
        return made if doubt is None else tuple(replace(look, complete=False, reason=doubt) for look in made)

    def _refused(self) -> Outcome | None:
        """What made a host be left alone, where one was."""
        return next((row[-1] for row in self.fetcher.failures.values() if len(row) >= 3), None)

    def _unseen(self, reason: str) -> tuple[Look, ...]:
        return looks.unseen(self.context.portal, self.context.known.years, reason)

    def _crawl(self, verdict: Verdict, reason: str | None, made: tuple[Look, ...], read: tuple[Listing, ...] = (),
               harvest: Harvest | None = None) -> Crawl:
        context = self.context
        return Crawl(
            bundle=context.bundle.name, county=context.portal.code, started=iso(context.clock.start),
            ended=iso(context.clock.now()), verdict=verdict, reason=reason, crawler=CRAWLER, listings=read, looks=made,
            candidates=tuple(harvest.candidates) if harvest else (),
            skipped=(*context.stumbles, *(harvest.skipped if harvest else ())), counters=dict(context.counters))


def names_county(page: Page, name: str) -> bool:
    """A home page names its county, in full or without 县, 区, 市."""
    short = name[:-1] if len(name) > 2 else name
    own = " ".join((page.title, page.metas.get("sitename", "")))
    return short in own or name in page.text


def _owned(read: tuple[Listing, ...]) -> dict[str, frozenset[int]]:
    """The townships whose reports stand in a column of their own: the years of which it shows one."""
    found: dict[str, frozenset[int]] = {}
    for listing in read:
        titles = [offer.title for page in listing.pages for offer in page.offers]
        if listing.division_code and titles:
            shown = frozenset(year for title in titles if A_REPORT.search(title) for year in listings.years(title))
            found[listing.division_code] = found.get(listing.division_code, frozenset()) | shown
    return found


def _refused(listing: Listing) -> bool:
    """Its first page was refused or did not come: perhaps no page of the portal does."""
    return bool(listing.pages) and listing.pages[0].outcome in blocks.REFUSALS | blocks.SILENCES


def _replaced(gone: Listing, read: list[Listing]) -> bool:
    return any(listing.division_code == gone.division_code and listing.complete for listing in read)


