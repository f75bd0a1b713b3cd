"""Finds a county's report columns from its home page: a best-first walk with a budget (pure; reading.py fetches)."""

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from archive.divisions import Township
from archive.registry import Portal
from crawler import articles, listings
from crawler.listings import named
from crawler.pages import Link, Page, folder, identity

BUDGET = 60                # pages of a walk, and this many more for each township:
BUDGET_TOWNSHIP = 2
DEEPEST = 6

# Points for what a link says; the best hit counts.
SIGNS: tuple[tuple[re.Pattern[str], int], ...] = (
    (listings.COLUMN, 60),
    (re.compile(r"乡镇.{0,6}公开|镇街|乡镇(?:（|\()?街道|街道乡镇|乡镇办|各乡镇|镇办|街道办|乡镇$"), 50),
    (re.compile(r"政府信息公开"), 30),
    (re.compile(r"信息公开|公开平台"), 25),
    (re.compile(r"政务公开|法定主动公开|公开目录|机构职能"), 15),
)
TOWNSHIP = 45              # the link names a township
FRAME = 40                 # a frame is part of its page
MORE = 20                  # 更多 and next pages within a hub
ELSEWHERE = re.compile(
    r"新闻|指南|制度|依申请|预算|决算|法规|规章|解读|招标|领导|互动|规划|统计|人事|通知公告|年鉴|法治政府")
DIRECTORY = re.compile(r"/$|/index\.(?:html?|jsp)|/col/|list|channel")


@dataclass(frozen=True, slots=True)
class Step:
    """A page on the way: how one came to it."""

    url: str
    trail: tuple[str, ...] = ()
    township: Township | None = None      # the last township named on the way
    under: str = ""                       # folder of the page that named it


@dataclass
class Frontier:
    """Pages still to visit, best first; each address once."""

    portal: Portal
    left: int
    heap: list[tuple[int, int, Step]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def add(self, step: Step, points: int) -> None:
        """Put a page in line unless it was there before."""
        key = identity(step.url)
        if points > 0 and key not in self.known and len(step.trail) <= DEEPEST:
            self.known.add(key)
            heapq.heappush(self.heap, (-points, len(self.known), step))

    def next(self) -> Step | None:
        """The best page in line, while the budget lasts."""
        if not self.heap or self.left <= 0:
            return None
        self.left -= 1
        return heapq.heappop(self.heap)[2]

    def follow(self, page: Page, step: Step) -> None:
        """Put in line whatever a page links to that may lead to reports."""
        for link in page.links:
            points = score(link, step, self.portal)
            if points and self.portal.owns(link.url):
                self.add(_onward(link, step, self.portal), points - len(step.trail))


def budget(townships: int) -> int:
    """How many pages a walk may visit."""
    return BUDGET + BUDGET_TOWNSHIP * townships


def score(link: Link, step: Step, portal: Portal) -> int:
    """How much a link promises; 0 is not followed."""
    name = link.name
    if (not name and link.tag == "a") or articles.is_file(link.url) or _is_article(link):
        return 0
    points = [worth for sign, worth in SIGNS if sign.search(name)]
    if named(name, portal):
        points.append(TOWNSHIP)
    if link.tag != "a" and step.trail:
        points.append(FRAME)
    if step.trail and re.search(r"更多|MORE|下一页", name, re.I):
        points.append(MORE)
    best = max(points, default=0)
    return 0 if best < 60 and ELSEWHERE.search(name) and not named(name, portal) else best


def owner(page: Page, step: Step, titles: Iterable[str], portal: Portal) -> Township | None:
    """Whose column a page is: by its own words, else by the way that led there, unless its entries speak against it."""
    found = listings.speaker(page, portal)
    if found is not None:
        return found
    if step.township is None:
        return None
    others = [unit for title in titles for unit in portal.mentioned(title)]
    if others:
        return step.township if set(others) == {step.township} else None
    return step.township if folder(page.url).startswith(step.under) else None


def _is_article(link: Link) -> bool:
    name = listings.BLANK.sub("", link.name)
    return bool(listings.REPORT.search(name) and listings.YEAR.search(name)) and (
        link.on is not None or not DIRECTORY.search(urlsplit(link.url).path))


def _onward(link: Link, step: Step, portal: Portal) -> Step:
    trail = (*step.trail, link.name or link.tag)
    unit = named(link.name, portal)
    if unit is not None:
        return Step(link.url, trail, unit, folder(link.url))
    return Step(link.url, trail, step.township, step.under)
