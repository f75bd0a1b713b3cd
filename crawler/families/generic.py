"""Any list of anchors with dates in rows, and how it goes on: a next link, page numbers, a frame, a script."""

import re
from urllib.parse import urlsplit

from crawler import listings
from crawler.families import embedded, pagers
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page

ROW_TAGS = "//li | //tr | //dd"
DIRECTORY = re.compile(r"/$|/(?:index|list|default)[^/]*$|/col/|channel|column", re.I)
FURNITURE = re.compile(r"^(?:head|top|foot|nav|menu|left|search|weather|tianqi|count|stat|login|map|banner)", re.I)


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """The entries of a page that has rows with links in them, or the frames that hold them."""
    if is_article(page):
        return None
    found = entries(page)
    return listed(page, found) if found or frames(page) or page.tree.xpath(ROW_TAGS) else None


def listed(page: Page, found: tuple[Link, ...]) -> Listed:
    """A list that goes on as its own controls say; one whose controls only script serves is for the browser."""
    inside = frames(page) if not listings.offers(found, in_column=True) else ()
    if inside:
        return shell(inside)
    onward, announced = pagers.following(page), pagers.announced(page)
    if not onward and embedded.whole(page, announced):
        return Listed(found)
    blind = pagers.blind(page)
    if not onward and announced is None and not blind:
        announced = _counted(page, len(found))
    stuck = not onward and (blind or (announced or 1) > 1)
    return Listed(found, onward, announced=announced, blind=blind, needs_browser=stuck)


def _counted(page: Page, rows: int) -> int | None:
    """How many pages of as many rows the entries make that a page without any pager says, where it shows fewer."""
    said = pagers.counted(page)
    return -(-said // rows) if said is not None and said > rows > 0 and not pagers.turned(page) else None


def entries(page: Page) -> tuple[Link, ...]:
    """The links that stand in rows or beside a date, and those that are called like a report."""
    host = urlsplit(page.url).netloc
    return tuple(link for link in page.links if promises(link) or (
        link.tag == "a" and link.row != link.text and urlsplit(link.url).netloc == host))


def promises(link: Link) -> bool:
    """The link stands beside a date or is called like a report: an entry of a list on any page."""
    return link.on is not None or (link.tag == "a" and called_report(link))


def called_report(link: Link) -> bool:
    """The link is called like a report and leads to no column of them."""
    name = listings.BLANK.sub("", link.name)
    named = listings.REPORT.search(name) or listings.IN_COLUMN.search(name)
    return bool(named) and not DIRECTORY.search(urlsplit(link.url).path)


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
