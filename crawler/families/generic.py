"""Any list of anchors with dates in rows, and how it goes on: a next link, page numbers, a frame, a script."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from crawler import listings
from crawler.families import embedded, pagers
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page, identity

ROW_TAGS = "//li | //tr | //dd"
# What menus and the line that says where one is call the column itself.
COLUMN = re.compile(r"(?:政府|政务)?信息公开(?:工作)?(?:年报|年度报告|年度工作报告)|年报|年度报告")
DIRECTORY = re.compile(r"/$|/(?:index|list|default)[^/]*$|/col/|channel|column", re.I)
FURNITURE = re.compile(r"^(?:head|top|foot|nav|menu|left|search|weather|tianqi|count|stat|login|map|banner)", re.I)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """The entries of a page that has rows with links in them, or the frames that hold them."""
    if is_article(page):
        return None
    found = entries(page)
    return listed(page, found, earlier) if found or frames(page) or page.tree.xpath(ROW_TAGS) else None


def listed(page: Page, found: tuple[Link, ...], earlier: Earlier = ()) -> Listed:
    """A list that goes on as its own controls say; one whose controls only script serves is for the browser."""
    inside = frames(page) if not listings.offers(found, in_column=True) else ()
    if inside:
        return shell(inside)
    onward, announced = pagers.following(page), pagers.announced(page)
    if not onward and embedded.whole(page, announced):
        return Listed(found)
    blind = pagers.blind(page)
    if not (onward or earlier or blind) and announced is None:
        announced = _counted(page, len(found))
    stuck = not onward and (blind or (announced or 1) > 1)
    return Listed(found, onward, announced=announced, blind=blind, needs_browser=stuck)


def _counted(page: Page, rows: int) -> int | None:
    """How many pages of as many rows the entries make that a page without any pager says, where it shows fewer."""
    said = pagers.counted(page)
    return -(-said // rows) if said is not None and said > rows > 0 and not pagers.turned(page) else None


def entries(page: Page) -> tuple[Link, ...]:
    """The links that stand in rows or beside a date, and those that are called like a report."""
    parts = urlsplit(page.url)
    promising = frozenset(promising_links(page))
    return tuple(link for link in page.links if link in promising or (
        link.tag == "a" and link.row != link.text and urlsplit(link.url).netloc == parts.netloc
        and identity(link.url) != identity(page.url)))


def promising_links(page: Page, told: Callable[[Link], bool] = lambda _link: False) -> tuple[Link, ...]:
    """The entries of a list on any page: beside a date, called like a report, or `told` by a family's addresses."""
    here = identity(page.url)
    return tuple(link for link in page.links if told(link) or (
        identity(link.url) != here and (link.on is not None or (link.tag == "a" and called_report(link)))))


def called_report(link: Link) -> bool:
    """The link is called like a report and leads to no column of them."""
    name = listings.BLANK.sub("", link.name)
    named = listings.REPORT.search(name) or listings.IN_COLUMN.search(name)
    return bool(named) and not COLUMN.fullmatch(name) and not DIRECTORY.search(urlsplit(link.url).path)


def is_article(page: Page) -> bool:
    """The page says of itself that it is an article."""
    return bool(page.metas.get("articletitle"))


def frames(page: Page) -> tuple[str, ...]:
    """Frames on the page's own host that may hold its list."""
    host = urlsplit(page.url).netloc
    found = []
    for link in page.links:
        parts = urlsplit(link.url)
        name = parts.path.rpartition("/")[2]
        if link.tag in ("iframe", "frame") and parts.netloc == host and not FURNITURE.search(name):
            found.append(link.url)
    return tuple(dict.fromkeys(found))


FAMILY = Family("generic", lambda _page: True, read)
