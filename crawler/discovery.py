"""Finds a county's report columns from its home page: a best-first walk with a budget (pure; walk.py fetches)."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from archive.bundles import Listing
from archive.divisions import Township
from archive.registry import Portal
from crawler import articles, listings, slugs
from crawler.families.generic import COLUMN
from crawler.listings import named
from crawler.pages import Link, Page, identity
from crawler.ways import FRAMES, LEAD, ways

BUDGET = 60                # requests that finding a county's columns may cost, and this many more for each township:
BUDGET_TOWNSHIP = 2
RESERVE = 12               # of them are kept for what reading the columns found costs: shells and second pages
DEEPEST = 7

# Points for what a link says; the best hit counts.
SIGNS: tuple[tuple[re.Pattern[str], int], ...] = (
    (listings.COLUMN, 80),
    (re.compile(r"乡镇.{0,6}公开|镇街|乡镇(?:（|\()?街道|街道.{0,2}乡镇|乡镇办|各乡镇|镇办|街道办|[乡镇]{2}$|各?镇.{0,2}街道|基层政府"
                r"|下级单位|公开单位|各单位|部门.{0,2}乡镇"), 55),
    (re.compile(r"政府信息公开"), 50),
    (re.compile(r"信息公开|公开平台"), 40),
    (re.compile(r"政务公开|法定主动公开|公开目录|^公开$"), 30),
    (re.compile(r"网站地图|站点地图|sitemap", re.I), 12),
)
REPORTS_HERE = 20          # more for a link that names reports where the way has named a township
TOWNSHIP = 48              # the link is a township's name
IN_HUB = 10                # more for it on a page of such names
YEAR_COLUMN = 70           # a year's name on a page of report columns
FRAME = 42                 # a frame is part of its page
FRAME_OF_REPORTS = 85
NUMBERED = 14              # the address looks like that of a report column, and no words speak
MORE = 20                  # 更多 and next pages within a hub
PROMISING = 45             # what is still followed once every township has a column of its own
PLATFORM = 50              # and of what is no township's: a disclosure platform may hold the same reports or newer ones
ELSEWHERE = re.compile(
    r"新闻|动态|指南|制度|依申请|预算|决算|法规|规章|解读|招标|领导|互动|规划|统计|人事|通知公告|年鉴|法治政府|部门预|政策文件|招聘|采购")
DIRECTORY = re.compile(r"/$|/index\.(?:html?|jsp)|/col/|list|channel|column", re.I)
REPORT_ADDRESS = re.compile(r"nb(?:/|\.|$|_)|ndbg|gknb|nianbao|annual", re.I)
ARTICLE = re.compile(r"/art_|/art/|/t\d{8}_|/doc_[0-9a-f]{24}|post_\d|/info/\d+/\d+|content_?\d|/\d{4}/\d\d-\d\d/"
                     r"|/(?:19|20)\d{4}/\d\d/[^/]+\.s?html?$|/content/|article|/\d{5,}\.s?html?$|/show/|/[0-9a-f]{32}\.s?html?$")
YEARS_REPORTS = re.compile(r"(?:19|20)\d\d年?度?(?:政府|政务)?信息公开(?:工作)?(?:年报|年度报告|报告)")
AROUND = re.compile(
    r"(?:的?(?:人民)?政府|办事处|办公室|信息公开|政务公开|政府|目录|专栏|平台|网站?|[（()）\s>·\-|]|\d+)+")
OUTSIDE = 6                # characters beside its name that a link to a township may have
HUB = 3                    # townships named by links make a page a hub of townships


@dataclass(frozen=True, slots=True)
class Step:
    """A page on the way: how one came to it."""

    url: str
    trail: tuple[str, ...] = ()
    township: Township | None = None      # the last township named on the way
    direct: bool = False                  # the link itself names it


@dataclass
class Frontier:
    """Pages still to visit, best first; each address once.

    `linked` says from whose pages an address is linked (None: from pages of nobody): a link that stands on the pages of
    several townships belongs to none of them.
    """

    portal: Portal
    heap: list[tuple[int, int, Step]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    linked: dict[str, set[str | None]] = field(default_factory=dict)
    abroad: dict[str, str] = field(default_factory=dict)      # links to hosts that are not the portal's → their names
    covered: set[str] = field(default_factory=set)            # townships that have a column of their own
    passed: list[tuple[int, int, Step]] = field(default_factory=list)         # promised too little once all had one
    away: dict[str, tuple[str, str]] = field(default_factory=dict)            # of abroad: columns of one township

    def add(self, step: Step, points: int) -> None:
        """Put a page in line unless it was there before."""
        key = identity(step.url)
        self.linked.setdefault(key, set()).add(step.township.code if step.township else None)
        if points > 0 and key not in self.known and len(step.trail) <= DEEPEST:
            self.known.add(key)
            heapq.heappush(self.heap, (-points, len(self.known), step))

    def next(self) -> Step | None:
        """The best page in line; only promising ones once every township has a column of its own."""
        while self.heap:
            points, number, step = heapq.heappop(self.heap)
            if -points + len(step.trail) >= self._least(step):
                return step
            self.passed.append((points, number, step))
        return None

    def reopen(self, codes: Iterable[str]) -> None:
        """Go on for these townships as if they had no column: what was passed over may lead to a newer one."""
        wanted = {None, *codes}
        self.covered -= wanted
        for entry in self.passed:
            unit = entry[2].township
            if (unit.code if unit else None) in wanted:
                heapq.heappush(self.heap, entry)
        self.passed.clear()

    def left(self) -> tuple[Step, ...]:
        """What is in line and worth a visit, best first."""
        return tuple(step for points, _, step in sorted(self.heap) if -points + len(step.trail) >= self._least(step))

    def follow(self, page: Page, step: Step) -> None:
        """Put in line whatever a page links to that may lead to reports."""
        links = ways(page)
        hub = len({unit for link in links if (unit := place(link, self.portal))}) >= HUB
        for link in links:
            points = score(link, step, self.portal, hub=hub)
            if not points:
                continue
            if self.portal.owns(link.url):
                self.add(_onward(link, step, self.portal), points - len(step.trail))
            else:
                self.abroad.setdefault(link.url, link.name)
                self._away(link, step)

    def _away(self, link: Link, step: Step) -> None:
        """Keep a township's column of reports that stands on somebody else's host."""
        name = listings.BLANK.sub("", link.name)
        unit = named(name, self.portal) if listings.names_reports(name) else None
        if unit is None and COLUMN.fullmatch(name) and self.belongs(step):
            unit = step.township
        if unit is not None:
            self.away.setdefault(link.url, (link.name, unit.code))

    def belongs(self, step: Step) -> bool:
        """The way to a page speaks for its township: no page of another, or of nobody, links to it as well."""
        return step.township is not None and self.linked.get(identity(step.url), set()) == {step.township.code}

    def _least(self, step: Step) -> int:
        if not {unit.code for unit in self.portal.townships()} <= self.covered:
            return 0
        last = step.trail[-1] if step.trail else ""
        if listings.names_reports(last):
            return 0
        return PLATFORM if step.township is None else PROMISING + IN_HUB + 1


def budget(townships: int) -> int:
    """How many requests finding a county's columns may cost."""
    return BUDGET + BUDGET_TOWNSHIP * townships


def score(link: Link, step: Step, portal: Portal, *, hub: bool = False) -> int:
    """How much a link promises; 0 is not followed. `hub`: it stands on a page that names several townships."""
    if articles.is_file(link.url) or is_article(link):
        return 0
    return max(_points(link, step, portal, hub), default=0)


def _points(link: Link, step: Step, portal: Portal, hub: bool) -> Iterator[int]:
    name = listings.BLANK.sub("", link.name)
    unit = place(link, portal)
    if unit is not None:
        yield TOWNSHIP + (IN_HUB if hub else 0)
    reports = listings.names_reports(name)
    if reports:
        yield 80 + (REPORTS_HERE if step.township or unit else 0)
    if listings.ONLY_YEAR.fullmatch(name) and any(listings.names_reports(said) for said in step.trail[-2:]):
        yield YEAR_COLUMN
    if link.tag in FRAMES and step.trail:
        yield FRAME_OF_REPORTS if listings.names_reports(step.trail[-1]) else FRAME
    if step.trail and re.search(r"更多|MORE|下一页", name, re.I):
        yield MORE
    if len(name) < 2 or (step.township and not reports):
        yield from _by_address(link, portal)
    if name and (reports or not ELSEWHERE.search(name)):
        yield from (worth for sign, worth in SIGNS if sign.search(name) and (reports or worth < 80))


def _by_address(link: Link, portal: Portal) -> Iterator[int]:
    path = urlsplit(link.url).path
    if DIRECTORY.search(path) and REPORT_ADDRESS.search(path):
        yield NUMBERED
    if slugs.township(link.url, portal) is not None and not link.name:
        yield NUMBERED


def place(link: Link, portal: Portal) -> Township | None:
    """The township whose name a link is, with little beside it: not the news from there."""
    name = listings.BLANK.sub("", link.name)
    unit = named(name, portal) if 1 < len(name) <= 30 else None
    if unit is None:
        return None
    rest = AROUND.sub("", name)
    beside = 0 if link.on else OUTSIDE         # news from there has a day
    return unit if len(rest) <= len(unit.name) + beside or listings.names_reports(name) else None


def owner(page: Page, step: Step, titles: Iterable[str], portal: Portal, *, belongs: bool,
          coded: Township | None = None) -> Township | None:
    """Whose column a page is: by its own words, else by the way that led there, unless its entries speak against it.

    `belongs`: nobody else's page leads there. `coded`: whose code its addresses carry, which goes before the way. Where
    no words speak at all the name in the address does.
    """
    found = listings.speaker(page, portal)
    if found is not None:
        return found
    told = [(portal.mentioned(title), listings.other_body(title, portal.name)) for title in titles]
    others = {unit for units, _ in told for unit in units}
    bodies = sum(other for _, other in told)
    byway = coded or (step.township if step.township and (step.direct or belongs) else None)
    if byway is None:
        byway = slugs.township(page.url, portal) if not others else None
    if others:
        return byway if others == {byway} else None
    return byway if not bodies else None


def settled(listing: Listing, portal: Portal) -> Listing:
    """A listing that was thought one township's, once it is read: its entries may name others."""
    if listing.division_code is None:
        return listing
    titles = [offer.title for page in listing.pages for offer in page.offers]
    told = Counter(unit.code for title in titles for unit in portal.mentioned(title))
    own = told.pop(listing.division_code, 0)
    return replace(listing, division_code=None) if told.total() > own else listing


def is_article(link: Link) -> bool:
    """The link leads to one report, not to a list of them."""
    name, path = listings.BLANK.sub("", link.name), urlsplit(link.url).path
    if not (listings.REPORT.search(name) and listings.YEAR.search(name)):
        return False
    if link.on or ARTICLE.search(path):
        return True
    return link.tag != LEAD and not (DIRECTORY.search(path) or YEARS_REPORTS.fullmatch(name))


def _onward(link: Link, step: Step, portal: Portal) -> Step:
    trail = (*step.trail, link.name or (step.trail[-1] if step.trail and link.tag in FRAMES else link.tag))
    unit = named(link.name, portal) if place(link, portal) or listings.names_reports(link.name) else None
    if unit is not None:
        return Step(link.url, trail, unit, direct=True)
    inside = link.tag in FRAMES and step.direct
    return Step(link.url, trail, step.township, direct=inside)
