"""TRS WCM: static lists whose pager is a call of createPageHTML, articles `YYYYMM/tYYYYMMDD_<id>.html`.

Page 2 is `index_1.html` (zero-based) or, in some provinces, `index_2.html` (one-based, where `index_1.html` is page 1
again or not there). Pages are announced that do not exist; so all of them are asked for, and a missing one is the end
only where nothing stands behind it.
"""

import re
from collections.abc import Collection
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from crawler.families import generic, pagers
from crawler.families.model import Earlier, Family, Listed
from crawler.families.pagers import Call
from crawler.pages import Link, Page

ARTICLE = re.compile(r"/t(?:(?:19|20)\d{6}_)?\d+\.s?html?$")
DATED = re.compile(r"/t(?:19|20)\d{6}_\d+\.s?html?$")
BODY = re.compile(r"class\s*=\s*[\"']?[^\"'>]*\bTRS_(?:Editor|UEDITOR)\b|trs_paper_default")
NUMBERED = re.compile(r"_(\d+)(\.s?html?)$")
MOST = 100
FEW = 5                          # rows that tell nothing about how many stand on a full page
FULL = 10                        # rows that may be a full page: what is announced behind them must be seen


def wrote(page: Page) -> bool:
    """A pager's call, an article's body, or addresses of articles on the page's own host."""
    parts = urlsplit(page.url)
    if pagers.calls(page.html) or BODY.search(page.html) or DATED.search(parts.path):
        return True
    return any(DATED.search(urlsplit(link.url).path) and urlsplit(link.url).netloc == parts.netloc
               for link in page.links)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """The rows of a list; the pages that its pager announces."""
    if generic.is_article(page) or ARTICLE.search(urlsplit(page.url).path):
        return None
    page = _in_folder(page)
    call = max(pagers.calls(page.html), key=lambda call: call.pages, default=None)
    found = generic.promising_links(page, is_article)
    if call is None:
        return generic.read(page, earlier) if not any(map(is_article, found)) else generic.listed(page, found, earlier)
    return _paged(page, call, found, earlier)


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform."""
    return bool(ARTICLE.search(urlsplit(link.url).path))


def _in_folder(page: Page) -> Page:
    """A folder that was answered without its slash and without a redirect: its links start inside it."""
    parts = urlsplit(page.url)
    if parts.path.endswith("/") or "." in parts.path.rpartition("/")[2] or parts.query:
        return page
    return Page(f"{page.url}/", page.html, page.asked)


def _paged(page: Page, call: Call, found: tuple[Link, ...], earlier: Earlier) -> Listed:
    seen = {link.url for link in found if is_article(link)}.union(*(one.entries for one in earlier))
    total = call.records if call.records == len(seen) else None      # a count that is not met proves nothing
    if len(earlier) > 1:
        return Listed(found, announced=call.pages, total=total)
    pages = _pages(call, earlier[0].entries if earlier else seen)
    if earlier:
        return _second(page, call, found, pages, earlier[0].entries)
    return _first(page, call, found, pages, total)


def _pages(call: Call, first: Collection[str]) -> int:
    """How many pages there may be: as many as are announced, or as the records make."""
    rows = len(first)
    return max(call.pages, -(-(call.records or 0) // rows) if rows >= FEW else 0)


def _first(page: Page, call: Call, found: tuple[Link, ...], pages: int, total: int | None) -> Listed:
    shown = [number for url in pagers.following(page) if (number := _number(url, call)) in (1, 2)]
    if pages <= 1:
        return Listed(found, announced=call.pages, total=total)
    if shown:
        base = min(shown)
        return Listed(found, _addresses(page, call, range(base, base + pages - 1)), announced=call.pages, total=total)
    # Which number page 2 has is a guess: mostly the one behind what the pager calls this page. Announced pages may not
    # be there: behind a short page none of them being there is the end.
    addresses = _addresses(page, call, range(1, pages + 1))
    if call.current == 1:
        addresses = (*addresses[1:2], *addresses[:1], *addresses[2:])
    least = 2 if len(found) >= FULL else None
    return Listed(found, addresses[:1], dict(pairwise(addresses)), open_ended=True, total=total, announced=least)


def _second(page: Page, call: Call, found: tuple[Link, ...], pages: int, before: frozenset[str]) -> Listed:
    """The page that tells which number page 2 has."""
    addresses = frozenset(link.url for link in found)
    number = _number(page.asked or page.url, call) or 1
    if number == 1 and addresses <= before:
        # One-based, or a server that gives page 1 for every number: the next one must be there to tell.
        return Listed(found, _addresses(page, call, range(2, 3)), open_ended=True, announced=2, duplicate=True)
    articles = {link.url for link in found if is_article(link)}
    moved = number == 1 and 2 * len(articles & before) > len(articles)     # page 1 again, of a list that grew meanwhile
    # index_2.html is page 2, or page 3 behind a hole: unless it says so itself, nothing may lack at the list's end.
    unsure = moved or number > 2 or (number == 2 and call.current != 1)
    following = _addresses(page, call, range(number + 1, pages + (moved or number > 1)))
    return Listed(found, following, open_ended=unsure, announced=call.pages)


def _addresses(page: Page, call: Call, numbers: range) -> tuple[str, ...]:
    return tuple(urljoin(page.url, f"{call.stem}_{number}.{call.ending}") for number in numbers[:MOST])


def _number(url: str, call: Call) -> int | None:
    match = NUMBERED.search(urlsplit(url).path)
    return int(match[1]) if match and urlsplit(url).path.endswith(f"{call.stem}_{match[1]}{match[2]}") else None


FAMILY = Family("trs", wrote, read)
