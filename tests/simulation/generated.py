"""Bundles as a crawl of the world would leave them: real WARC records and crawl.json, or none where it was cut."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from archive.bundles import Candidate, Claim, Listing, ListingPage, Look, Offer, Outcome, Verdict
from tests.bundles import Answer, bundle_id, make_bundle, record_id
from tests.simulation import papers
from tests.simulation.visits import Answer as Came
from tests.simulation.visits import Met, Visit
from tests.simulation.world import YEAR, County, Hurdle, Paper

CRAWLER = "nianbao-crawler/simulated"
MET: dict[Came, Outcome] = {Came.KEPT: Outcome.HELD, Came.READ: Outcome.REPORT, Came.SAME: Outcome.NOT_MODIFIED,
                            Came.GONE: Outcome.GONE, Came.FAILED: Outcome.TIMEOUT}
BLIND: dict[Hurdle, tuple[Verdict, Outcome, str]] = {
    Hurdle.DOWN: (Verdict.UNREACHABLE, Outcome.UNREACHABLE, "home page: error/unreachable, connection refused"),
    Hurdle.NIGHT: (Verdict.UNREACHABLE, Outcome.CLOSED, "home page: closed"),
    Hurdle.FIREWALL: (Verdict.BLOCKED, Outcome.FIREWALL, "home page: blocked/waf, status 403"),
    Hurdle.ROBOTS: (Verdict.BLOCKED, Outcome.DISALLOWED, "home page: disallowed"),
    Hurdle.LAYOUT: (Verdict.LAYOUT_CHANGED, Outcome.UNKNOWN, "not found: any listing of annual reports"),
}
GONE_PAGE = b"<html><head><title>404</title></head><body>404 Not Found</body></html>"
WAF_PAGE = "<html><head><title>访问被拦截</title></head><body>您的访问请求被拦截</body></html>".encode()
NEW_PAGE = "<html><head><title>全新改版</title></head><body>网站全新改版，欢迎访问</body></html>".encode()


@dataclass(frozen=True, slots=True)
class Body:
    """The last record that holds the body of an address."""

    record: str
    sha256: str


@dataclass
class Writer:
    """Writes the bundles of one county, crawl by crawl, and knows which body stands behind each address."""

    county: County
    folder: Path
    bodies: dict[str, Body] = field(default_factory=dict)
    pages: dict[str, Answer] = field(default_factory=dict)
    name: str = ""

    def write(self, visit: Visit) -> Path:
        """The bundle of one crawl."""
        self.pages, self.name = {}, bundle_id(self.county.code, visit.at)
        if visit.blind:
            return self._blind(visit)
        listings = tuple(self._listing(visit, code) for code in self._codes())
        candidates = tuple(self._candidate(visit, one) for one in visit.met)
        looks = self._looks(visit)
        short = [look for look in looks if not look.complete]
        verdict, reason = (Verdict.COMPLETE, None) if not short else (
            Verdict.PARTIAL, f"{len(short)} looks of {len({one.division_code for one in short})} townships incomplete:"
            f" {short[0].reason}")
        return self._bundle(visit, listings, looks, candidates, verdict, reason)

    def _bundle(self, visit, listings, looks, candidates, verdict, reason, *, aborted=False) -> Path:
        return make_bundle(self.folder, self.county.code, visit.at, self.pages, listings, looks, candidates, verdict,
                           reason=reason, crawler=CRAWLER, aborted=aborted)

    def _codes(self) -> list[str]:
        return [one.code for one in self.county.townships] if self.county.shape == "own" else [""]

    def url(self, code: str, page: int = 0) -> str:
        """The address of a page of a listing."""
        return f"{self.county.home}zfxxgk/{code or 'xz'}/index{f'_{page}' if page else ''}.html"

    def _blind(self, visit: Visit) -> Path:
        if not visit.hurdles & BLIND.keys():
            self._answer(self.county.home, papers.home(self.county))
            return self._bundle(visit, (), (), (), Verdict.ABORTED, None, aborted=True)
        hurdle = next(one for one in BLIND if one in visit.hurdles)
        verdict, outcome, reason = BLIND[hurdle]
        first = self._codes()[0]
        if hurdle is Hurdle.FIREWALL:
            self.pages[self.county.home] = Answer(WAF_PAGE, 403)
            self.pages[self.url(first)] = Answer(WAF_PAGE, 403)
        if hurdle is Hurdle.LAYOUT:
            self._answer(self.county.home, NEW_PAGE)
            self.pages[self.url(first)] = Answer(NEW_PAGE)
        page = ListingPage(self.url(first), outcome, self._record(self.url(first)))
        listing = Listing(self.url(first), "generic", self._title(first), first or None, complete=False,
                          reason=f"{outcome}", pages=(page,))
        looks = [Look(one.code, year, False, reason) for one in self.county.townships for year in self._years()]
        return self._bundle(visit, (listing,), looks, (), verdict, reason)

    def _years(self) -> range:
        return range(self.county.since, YEAR + 1)

    def _title(self, code: str) -> str:
        names = {one.code: one.name for one in self.county.townships}
        return f"{names.get(code, '乡镇街道')}政府信息公开年报"

    def _listing(self, visit: Visit, code: str) -> Listing:
        came = visit.shown.get(code, ())
        pages = [self._page(visit, code, number, some, len(came)) for number, some in enumerate(came)]
        reason = None
        if code in visit.unread:
            url = self.url(code, len(came))
            self.pages[url] = Answer(b"503", 503)
            pages.append(ListingPage(url, Outcome.STATUS, self._record(url)))
            reason = f"{url}: error/status 503"
        return Listing(self.url(code), "generic", self._title(code), code or None, complete=reason is None,
                       reason=reason, pages=tuple(pages))

    def _page(self, visit: Visit, code: str, number: int, some: tuple[Paper, ...], count: int) -> ListingPage:
        url = self.url(code, number)
        offers = tuple(Offer(self._address(paper), papers.title(self.county.code, paper.column, paper.link_year),
                             day := papers.day_of(paper, visit.at), day) for paper in some)
        following = self.url(code, number + 1) if number + 1 < count else None
        body = papers.listing(self.county, self._title(code), [(one.url, one.title, one.on) for one in offers],
                              following)
        outcome = Outcome.NOT_MODIFIED if self._answer(url, body) else Outcome.LISTING
        return ListingPage(url, outcome, self._record(url), offers, (following,) if following else ())

    def _address(self, paper: Paper) -> str:
        return self.county.home + paper.path

    def _candidate(self, visit: Visit, met: Met) -> Candidate:
        paper, url = met.paper, self._address(met.paper)
        claims: tuple[Claim, ...] = ()
        if met.answer in (Came.READ, Came.SAME):
            self._answer(url, papers.report(self.county, paper, paper.states[met.state or 0]), paper=True)
        if met.answer is Came.GONE:
            self.pages[url] = Answer(GONE_PAGE, 404)
        record = self._record(url)
        if met.answer is Came.KEPT:
            record = self.bodies[url].record
        if met.state is not None and met.answer in (Came.READ, Came.SAME, Came.KEPT):
            day = paper.states[met.state].claims
            claims = (Claim(day.isoformat(), "meta PubDate", f"{day} 09:30"),
                      Claim(day.isoformat(), "listing", day.isoformat())) if day else ()
        code = paper.column if self.county.shape == "own" else None
        return Candidate(url, papers.title(self.county.code, paper.column, paper.link_year), MET[met.answer], record,
                         self.url(code or ""), met.listed, code, None, claims)

    def _looks(self, visit: Visit) -> list[Look]:
        reasons = {}
        for met in visit.met:
            if met.answer is Came.FAILED or (
                    met.answer is Came.GONE and met.listed and met.state is None):
                reasons[met.paper.column, met.paper.link_year] = f"{self._address(met.paper)}: {MET[met.answer]}"
        made = []
        for one in self.county.townships:
            code = one.code if self.county.shape == "own" else ""
            for year in self._years():
                whole = (one.code, year) in visit.whole
                reason = reasons.get((one.code, year), f"{self.url(code)}: error/status")
                made.append(Look(one.code, year, whole, None if whole else reason, (self.url(code),)))
        return made

    def _record(self, url: str) -> str | None:
        return record_id(self.name, url) if url in self.pages else None

    def _answer(self, url: str, body: bytes, *, paper: bool = False) -> bool:
        """Note an answer; whether it is the one that is held already."""
        sha256, held = hashlib.sha256(body).hexdigest(), self.bodies.get(url)
        if held is not None and held.sha256 == sha256:
            self.pages[url] = Answer(b"", 304, (("ETag", f'"{sha256[:16]}"'),), (held.record, sha256))
            return True
        head = (("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{sha256[:16]}"'))
        self.pages[url] = Answer(body, 200, head)
        self.bodies[url] = Body(record_id(self.name, url), sha256)
        return False
