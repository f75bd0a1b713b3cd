"""The date-path platform of Henan: articles `/YYYY/MM-DD/<number>.html`, lists `index.html`, `index_1.html`, …

Readers disagree whether `pagecount` of `#pageDec` counts pages or records, so a list goes on until a 404 or an empty
page unless it ends in both readings. One article may be linked on `m.<host>` too.
"""

import re
from urllib.parse import urljoin, urlsplit

import lxml.html

from crawler.families import generic
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page, absolute

ARTICLE = re.compile(r"/(?:19|20)\d\d/\d\d-\d\d/\d+\.html?$")
PAGE = re.compile(r"index(?:_(\d+))?\.html?$")
BOX = "//div[contains(concat(' ', @class, ' '), ' con-box ') or contains(concat(' ', @class, ' '), ' list-box ')]"


def wrote(page: Page) -> bool:
    """Article addresses of this platform on the page's own site, or its pager."""
    if page.tree.xpath("//*[@id='pageDec']") or ARTICLE.search(urlsplit(page.url).path):
        return True
    host = _bare(urlsplit(page.url).netloc)
    return any(is_article(link) and _bare(urlsplit(link.url).netloc) == host for link in page.links)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """The rows of the list box and the page after this one."""
    boxes = page.tree.xpath(BOX)
    pager = page.tree.xpath("//*[@id='pageDec']")
    if ARTICLE.search(urlsplit(page.url).path) or not (boxes or pager):
        return None
    inside = {absolute(page.url, anchor.get("href")) for box in boxes for anchor in box.iter("a") if anchor.get("href")}
    rows = tuple(link for link in page.links if link.url in inside) if boxes else generic.entries(page)
    entries = _each_once(page, rows)
    if not pager:
        return generic.listed(page, entries, earlier)
    return _paged(page, entries, pager[0], len(rows), earlier)


def _paged(page: Page, entries: tuple[Link, ...], pager: lxml.html.HtmlElement, rows: int, earlier: Earlier) -> Listed:
    size, count = _number(pager.get("pagesize")), _number(pager.get("pagecount"))
    addresses = frozenset(link.url for link in entries)
    if entries and any(addresses <= one.entries for one in earlier):
        # The server answers with what it gave before, although neither reading ended there.
        return Listed(entries, open_ended=True, announced=len(earlier) + 1)
    number = _page_number(page.asked or page.url)
    skipped = number + 1 if earlier and number > len(earlier) else None
    seen = len(addresses.union(*(one.entries for one in earlier)))
    counted = bool(earlier) and seen == count and rows < len(earlier[0].entries)    # no page in the middle is so short
    if not entries or counted or _ends(size, count, rows, number):
        scripted = not entries and not earlier and (count or 0) > 1
        return Listed(entries, open_ended=True, announced=skipped, needs_browser=scripted)
    onward, beyond = (urljoin(page.url, f"index_{number + step}.html") for step in (1, 2))
    # A page that is gone while a later one stands is a hole and no end.
    instead = {onward: beyond} if number + 2 < (count or 0) else {}
    # A count below the articles that are shown counts pages: behind a full one a second must be seen.
    several = 2 if not earlier and 1 < (count or 0) < len(entries) and len(entries) >= (size or 0) else None
    return Listed(entries, (onward,), instead, open_ended=True, announced=skipped or several)


def _ends(size: int | None, count: int | None, rows: int, number: int) -> bool:
    """Whether this is the last page in either reading of `count`: a page that is not full may have a wrong size."""
    if count is None:
        return size is None or rows < size
    return number + 1 >= count


def _each_once(page: Page, rows: tuple[Link, ...]) -> tuple[Link, ...]:
    """Each article once, in the form of the page's own host where it is also linked on the mobile one."""
    host = urlsplit(page.url).netloc
    chosen: dict[str, Link] = {}
    for link in rows:
        parts = urlsplit(link.url)
        key = parts.path if is_article(link) else link.url       # its number is one of the whole platform
        if key not in chosen or (parts.netloc == host and urlsplit(chosen[key].url).netloc != host):
            chosen[key] = link
    return tuple(chosen.values())


def _bare(host: str) -> str:
    return re.sub(r"^(?:www|m|wap)\.", "", host)


def _page_number(url: str) -> int:
    match = PAGE.search(urlsplit(url).path)
    return int(match[1] or 0) if match else 0


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform."""
    return bool(ARTICLE.search(urlsplit(link.url).path))


FAMILY = Family("henan", wrote, read)
