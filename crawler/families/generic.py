"""Any list of anchors with dates in rows, and how it goes on: a next link, page numbers, a frame, a script."""

import re
from urllib.parse import urlsplit

from crawler import listings
from crawler.families import pagers
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page

ROW_TAGS = "//li | //tr | //dd"
DIRECTORY = re.compile(r"/$|/(?:index|list|default)[^/]*$|/col/|channel|column", re.I)
FURNITURE = re.compile(r"head|top|foot|nav|menu|search|weather|tianqi|count|stat|login|map", re.I)


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """The entries of a page that has rows with links in them, or the frames that hold them."""
    if is_article(page):
        return None
    found = entries(page)
    onward = frames(page) if not listings.offers(found, in_column=True) else ()
    if onward:
        return shell(onward)
    if not found and not page.tree.xpath(ROW_TAGS):
        return None
    return listed(page, found)


def listed(page: Page, found: tuple[Link, ...]) -> Listed:
    """A list that goes on as its own controls say; one whose controls only script serves is for the browser."""
    onward, announced = pagers.following(page), pagers.announced(page)
    if not onward and pagers.embedded(page, announced):
        return Listed(found)
    blind = pagers.blind(page)
    stuck = not onward and (blind or (announced or 1) > 1)
    return Listed(found, onward, announced=announced, blind=blind, needs_browser=stuck)


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
        if link.tag in ("iframe", "frame") and parts.netloc == host and not FURNITURE.search(parts.path):
            found.append(link.url)
    return tuple(dict.fromkeys(found))


FAMILY = Family("generic", lambda _page: True, read)
