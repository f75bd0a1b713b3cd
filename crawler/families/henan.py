"""The date-path platform of Henan: articles `/YYYY/MM-DD/<number>.html`, lists `index.html`, `index_1.html`, …

Readers disagree whether `pagecount` of `#pageDec` counts pages or records, so a list goes on until a page that is not
full, a 404, or nothing new.
"""

import re
from urllib.parse import urljoin, urlsplit

import lxml.html

from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page, absolute

ARTICLE = re.compile(r"/(?:19|20)\d\d/\d\d-\d\d/\d+\.html?$")
PAGE = re.compile(r"index(?:_(\d+))?\.html?$")
BOX = "//div[contains(concat(' ', @class, ' '), ' con-box ') or contains(concat(' ', @class, ' '), ' list-box ')]"


def wrote(page: Page) -> bool:
    """Article addresses of this platform, or its pager."""
    if page.tree.xpath("//*[@id='pageDec']") or ARTICLE.search(urlsplit(page.url).path):
        return True
    return any(ARTICLE.search(urlsplit(link.url).path) for link in page.links)


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """The rows of the list box and the page after this one."""
    boxes = page.tree.xpath(BOX)
    pager = page.tree.xpath("//*[@id='pageDec']")
    if not boxes and not pager:
        return None
    inside = {absolute(page.url, anchor.get("href")) for box in boxes for anchor in box.iter("a") if anchor.get("href")}
    entries = tuple(link for link in page.links if link.url in inside)
    following = _following(page, pager[0], len(_rows(boxes))) if pager else ()
    return Listed(entries, following, open_ended=True)


def _rows(boxes: list[lxml.html.HtmlElement]) -> list[lxml.html.HtmlElement]:
    return [row for box in boxes for row in box.iter("li") if row.find(".//a") is not None]


def _following(page: Page, pager: lxml.html.HtmlElement, rows: int) -> tuple[str, ...]:
    size, count = _number(pager.get("pagesize")), _number(pager.get("pagecount"))
    number = _page_number(page.url)
    if not rows or (size and rows < size) or (count is not None and number + 1 >= count):
        return ()
    return (urljoin(page.url, f"index_{number + 1}.html"),)


def _page_number(url: str) -> int:
    match = PAGE.search(urlsplit(url).path)
    return int(match[1] or 0) if match else 0


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform."""
    return bool(ARTICLE.search(urlsplit(link.url).path))


FAMILY = Family("henan", wrote, read)
