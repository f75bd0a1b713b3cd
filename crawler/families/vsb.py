"""VSB: articles `info/<column>/<number>.htm`, lists `nb.htm` whose older pages stand in `nb/`, numbered downwards.

With N pages the second is `nb/<N-1>.htm` and the last `nb/1.htm`. The same article may be linked by its file and by
`content.jsp?urltype=news.NewsContentUrl&wbtreeid=…&wbnewsid=…` on one list.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qs, urljoin, urlsplit

from crawler.families import generic, pagers
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page

INFO = re.compile(r"/info/(\d+)/(\d+)\.htm$")
SIGNS = re.compile(r"/system/_content/|vsb_content|news\.NewsContentUrl|/system/resource/|tree\.TreeTempUrl")
OLDER = re.compile(r"^(?P<stem>.+)/(?P<number>\d+)\.htm$")
COUNTED = re.compile(r"共\s*(?:<[^>]+>\s*)*\d+\s*(?:<[^>]+>\s*)*条[^/]{0,60}?\d+\s*/\s*(\d+)")
MOST = 100


def wrote(page: Page) -> bool:
    """Addresses of articles on the page's own host, or what this software leaves in every page."""
    host = urlsplit(page.url).netloc
    if INFO.search(urlsplit(page.url).path) or SIGNS.search(page.html):
        return True
    return any(INFO.search(urlsplit(link.url).path) and urlsplit(link.url).netloc == host for link in page.links)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """The rows of a list, each article once, and the pages behind it."""
    if generic.is_article(page) or _key(page.url) is not None:
        return None
    found = generic.promising_links(page, is_article)
    if not any(map(is_article, found)):
        return generic.read(page, earlier)
    found = _each_once(found, [url for one in earlier for url in one.entries])
    older = OLDER.match(page.asked or page.url)
    if earlier and older and older["stem"] == _stem_of(earlier[0].address):
        return Listed(found, _numbered(older["stem"], int(older["number"]) - 1))
    pages = None if earlier else _pages(page)
    if pages is None:
        return generic.listed(page, found, earlier)
    return Listed(found, _numbered(_stem_of(page.url), pages - 1), announced=pages)


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform, in either form."""
    return _key(link.url) is not None


def _key(url: str) -> tuple[str, str] | None:
    """An article's column and number."""
    parts = urlsplit(url)
    match = INFO.search(parts.path)
    if match:
        return match[1], match[2]
    query = parse_qs(parts.query)
    if parts.path.endswith("content.jsp") and "wbnewsid" in query:
        return query.get("wbtreeid", [""])[0], query["wbnewsid"][0]
    return None


def _each_once(found: Iterable[Link], before: Iterable[str]) -> tuple[Link, ...]:
    """Each article under one address: as an earlier page had it, else its file where that is linked."""
    found = tuple(found)
    chosen: dict[tuple[str, str], str] = {}
    for url in sorted((link.url for link in found), key=lambda url: not INFO.search(url)):
        chosen.setdefault(_key(url) or ("", url), url)
    chosen |= {key: url for url in before if (key := _key(url)) is not None}
    rows: dict[str, Link] = {}
    for link in found:
        url = chosen[_key(link.url) or ("", link.url)]
        rows.setdefault(url, replace(link, url=url))
    return tuple(rows.values())


def _pages(page: Page) -> int | None:
    """How many pages the list has: by the older ones that are linked, else by what it says; None for one page or
    where its older pages are no files."""
    if not urlsplit(page.url).path.endswith(".htm"):
        return None
    stem = _stem_of(page.url)
    linked = [match for link in page.links if (match := OLDER.match(link.url)) and match["stem"] == stem]
    said = [int(count) for count in COUNTED.findall(page.html)] + [pagers.announced(page) or 0]
    pages = max((int(match["number"]) + 1 for match in linked), default=max(said))
    return pages if pages > 1 and (linked or not pagers.following(page)) else None


def _numbered(stem: str, newest: int) -> tuple[str, ...]:
    return tuple(f"{stem}/{number}.htm" for number in range(newest, 0, -1)[:MOST])


def _stem_of(url: str) -> str:
    return urljoin(url, urlsplit(url).path).removesuffix(".htm")


FAMILY = Family("vsb", wrote, read)
