"""Follows what the listings offer: the report's page, then the files that belong to it."""

import re
from dataclasses import dataclass, field, replace

from archive.bundles import Attachment, Candidate, Claim, Held, Listing, Offer, Outcome, Skipped
from crawler import articles, listings
from crawler.attachments import WRITTEN
from crawler.column import page_of, shown
from crawler.context import Context
from crawler.families import hanweb
from crawler.fetch import Fetcher, is_html
from crawler.items import Capture
from crawler.pages import Page, identity

TITLE_END = re.compile(r"\s*[-_|].*$")          # the site's name behind the article's
READ_ELSEWHERE = frozenset({hanweb.ANNUAL_FAMILY, hanweb.INDEX_FAMILY})      # annual.py reads these


@dataclass(frozen=True, slots=True)
class Entry:
    """One link to a report: where it was offered and what its listing says of it."""

    url: str
    title: str | None
    listing: str | None
    division_code: str | None = None
    report_year: int | None = None
    offer: Offer | None = None
    listed: bool = True


@dataclass
class Harvest:
    """The candidates of one crawl."""

    context: Context
    fetcher: Fetcher
    candidates: list[Candidate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: dict[str, Attachment] = field(default_factory=dict)

    async def collect(self, read: tuple[Listing, ...]) -> None:
        """Follow every offer; then ask for held reports that no listing shows any more."""
        offered = shown(read, READ_ELSEWHERE)
        for listing, offer in offered:
            await self._settle(
                Entry(offer.url, offer.title, listing.url, listing.division_code, listing.report_year, offer))
        unread = {listing.url for listing in read if not listing.complete}
        await self._vanished({identity(offer.url) for _, offer in offered}, unread)

    async def take(self, entry: Entry, capture: Capture, outcome: Outcome | None = None) -> None:
        """Note what one answer came to, with its dates and files. `outcome` overrides what the answer looks like."""
        held = self.context.report(entry.url)
        if capture.not_modified and held is not None:
            files = await self._files([articles.FileLink(url, None) for url in held.attachments], entry.url)
            self._add(entry, Outcome.NOT_MODIFIED, capture.record, held.claims, files)
        elif capture.failed or outcome not in (None, Outcome.REPORT):
            failed = outcome or capture.outcome or Outcome.UNKNOWN
            self._add(entry, failed, capture.record, articles.claims(None, "", entry.offer), ())
        elif is_html(capture):
            page = page_of(capture)
            files = await self._files(articles.files(page), capture.final)
            self._add(entry, Outcome.REPORT, capture.record, articles.claims(page, capture.final, entry.offer), files,
                      page)
        else:
            claims = articles.claims(None, capture.final, entry.offer)
            self._add(entry, Outcome.FILE, capture.record, claims, ())

    def keep(self, entry: Entry, held: Held) -> None:
        """Note a held report whose re-check is not due."""
        files = tuple(self._kept(url) for url in held.attachments)
        title = _fuller(entry.title, held.title)
        self._add(replace(entry, title=title), Outcome.HELD, held.record, held.claims, files)

    def lose(self, entry: Entry) -> None:
        """Note a candidate that could not be handled, unless it stands there already."""
        if not self._noted(identity(entry.url)):
            self._add(entry, Outcome.UNKNOWN, None, articles.claims(None, "", entry.offer), ())

    async def _settle(self, entry: Entry) -> None:
        with self.context.stumbling(entry.url) as stumble:
            await self._follow(entry)
        if stumble.reason is not None:
            self.lose(self._as_held(entry))

    def _as_held(self, entry: Entry) -> Entry:
        """The entry under the address by which its document is held: lists change between http and https, www and m."""
        held = self.context.report(entry.url)
        return replace(entry, url=held.url) if held is not None else entry

    async def _follow(self, entry: Entry) -> None:
        reason = self._beside_the_point(entry) if entry.listed else None
        if reason is not None:
            self.skipped.append(Skipped(entry.url, reason))
            return
        held = self.context.report(entry.url)
        if held is not None and not held.due and entry.listed:
            self.keep(self._as_held(entry), held)
            return
        referer = entry.listing if entry.listed else None
        await self.take(self._as_held(entry), await self.fetcher.get(entry.url, referer=referer, held=held))

    async def _vanished(self, offered: set[str], unread: set[str]) -> None:
        """Ask for every held report that nothing shows. Where its listing was not read it may still stand there."""
        for held in self.context.known.held:
            key = identity(held.url)
            if held.role != "report" or held.listing in unread or key in offered or self._noted(key):
                continue
            await self._settle(
                Entry(held.url, held.title, held.listing, held.division_code, held.report_year, listed=False))

    def _noted(self, key: str) -> bool:
        return any(identity(candidate.url) == key for candidate in self.candidates)

    def _beside_the_point(self, entry: Entry) -> str | None:
        title, wanted = entry.title or "", self.context.known.years
        named = listings.years(title)
        on = entry.offer.on if entry.offer is not None else None
        since = f"{min(wanted, default=0) + 1}-"         # what was published from then on may be of a year wanted
        if wanted and named and max(named) < min(wanted) and (on is None or on < since):
            return f"of a year before {min(wanted)}"
        portal = self.context.portal
        other = entry.division_code is None and listings.other_body(title, portal.name)
        if other and listings.IN_COLUMN.search(listings.BLANK.sub("", title)) and not portal.mentioned(title):
            return "names another body than a township"
        return None

    def _add(self, entry: Entry, outcome: Outcome, record: str | None, claims: tuple[Claim, ...],
             files: tuple[Attachment, ...], page: Page | None = None) -> None:
        title = entry.title
        if page is not None:
            title = _fuller(title, page.metas.get("articletitle") or TITLE_END.sub("", page.title))
        self.candidates.append(Candidate(entry.url, title, outcome, record, entry.listing, entry.listed,
                                         entry.division_code, entry.report_year, claims, files))
        self.context.count("candidates")

    async def _files(self, links: list[articles.FileLink] | tuple[articles.FileLink, ...], referer: str
                     ) -> tuple[Attachment, ...]:
        return tuple([await self._file(link, referer) for link in links])

    async def _file(self, link: articles.FileLink, referer: str) -> Attachment:
        key = identity(link.url)
        if link.url.startswith(WRITTEN):
            return self._written(link)
        if key not in self.files:
            self.files[key] = Attachment(link.url, link.name, Outcome.UNKNOWN, None)
            with self.context.stumbling(link.url):
                held = self.context.report(link.url)
                capture = await self.fetcher.get(link.url, referer=referer, held=held)
                outcome = capture.outcome or (Outcome.UNKNOWN if is_html(capture) else Outcome.FILE)
                name = articles.file_name(capture.disposition) or link.name
                self.files[key] = Attachment(link.url, name, outcome, capture.record)
        return self.files[key]

    def _written(self, link: articles.FileLink) -> Attachment:
        """A file that its page carries in a script: as it stands there, or as held where the page was not modified."""
        if link.body is None:
            return self._kept(link.url)
        record = self.context.bundle.written(link.url, self.context.clock.now(), link.body, link.kind)
        return Attachment(link.url, link.name, Outcome.FILE, record)

    def _kept(self, url: str) -> Attachment:
        held = self.context.report(url)
        return Attachment(url, held.title if held else None, Outcome.HELD, held.record if held else None)


def _fuller(title: str | None, other: str | None) -> str | None:
    """The title that a list shows, or the other one where the list shows only its beginning, or nothing."""
    told = (title or "").rstrip(".…")
    return other if other and (not told or (other.startswith(told) and len(other) > len(told))) else title
