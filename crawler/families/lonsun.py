"""Lonsun and other systems of Anhui: a column's list is a fragment that a label request brings.

    /public/column/<organ>?type=3&action=list          the shell; type 3 is the annual reports
    /site/label/8888?labelName=publicInfoList&pageIndex=…   rows, and `pageCount:N` in a script
    /public/<organ>/<id>.html                          an article

pageIndex counts from 0 or from 1, by site. Page 0 is asked for first, then 1: where both show the same, or 0 shows
nothing, the site counts from 1.
"""

import re
from urllib.parse import urlencode, urljoin, urlsplit

from crawler import listings
from crawler.asks import post
from crawler.families import generic
from crawler.families.answers import number, query_of, with_query
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.literals import value_of
from crawler.pages import Link, Page

COLUMN = re.compile(r"/public/column/(\w+)", re.I)
LABEL = "/site/label/8888"
ORDINARY = "/content/column/"
PAGES = re.compile(r"""pageCount['"]?\s*[:=]\s*['"]?(\d+)""", re.I)
ROWS = ("//ul[contains(concat(' ', @class, ' '), ' xxgk_nav_list ')]",
        "//div[contains(concat(' ', @class, ' '), ' xxgk_navli ')]")
ARTICLE = re.compile(r"/public/\d+/\d+\.html?$|/(?:XxgkAnnualReport|OpennessAnnualReport|Xxgknb)/show/\w+\.html?$"
                     r"|/detail/annual_report/[0-9a-f]{24}\.html?$|/content/(?:article|detail)/\w+", re.I)
YEARS = re.compile(r"^(.*/(?:XxgkAnnualReport|OpennessAnnualReport|Xxgknb)/year/\w+/)\d{4}\.html?$", re.I)
TOWN = re.compile(r"[镇乡]$|[镇乡]人民政府|街道|苏木")
REPORTS = "3"
EMPTY = "暂无相关信息"
TOLD = ("siteId", "organId", "type", "catId", "catIds", "cId")
ALWAYS = (("IsAjax", "1"), ("dataType", "html"))
DEFAULTS = {"labelName": "publicInfoList", "pageSize": "15", "action": "list", "isDate": "true",
            "dateFormat": "yyyy-MM-dd", "length": "80", "file": "", "result": EMPTY}


def wrote(page: Page) -> bool:
    """A column of it, its label request, or the report pages of its neighbours."""
    path = urlsplit(page.url).path
    if COLUMN.search(path) or ARTICLE.search(path) or YEARS.search(path) or LABEL in (page.asked or page.url):
        return True
    return LABEL in page.html or any(COLUMN.search(link.url) or ARTICLE.search(link.url) for link in page.links)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """The shell of a column, a fragment of its list, a year index, or an ordinary list."""
    asked, path = page.asked or page.url, urlsplit(page.url).path
    if LABEL in asked:
        return _fragment(page, asked, earlier)
    if ARTICLE.search(path):
        return None
    if COLUMN.search(path):
        return _column(page, earlier)
    listed = _index(page, path) if YEARS.search(path) else generic.read(page, earlier)
    return _leafed(page, listed) if listed is not None and ORDINARY in path else listed


def leads(page: Page) -> tuple[Link, ...]:
    """For every body that the page names, or is of, the list of its annual reports: it always has one."""
    found: dict[str, Link] = {}
    for link in (*page.links, Link(page.url, "", "", "", None, None)):
        match = COLUMN.search(urlsplit(link.url).path)
        if match is not None and query_of(link.url).get("type") != REPORTS and not _department(link.name):
            url = urljoin(link.url, f"/public/column/{match[1]}?type={REPORTS}&action=list")
            found.setdefault(url, Link(url, f"{link.name} 政府信息公开年报".strip(), "", "", None, None))
    return tuple(found.values())


def _department(name: str) -> bool:
    """A body whose reports nobody waits for: there are dozens in a county."""
    return bool(listings.BODY.search(name)) and not TOWN.search(name)


def _column(page: Page, earlier: Earlier) -> Listed | None:
    """A column: its rows where they stand in it, else the request that brings them."""
    entries = _entries(page)
    if entries:
        return generic.listed(page, entries, earlier)
    address, pairs = urljoin(page.url, LABEL), _parameters(page)
    url = f"{address}?{urlencode(pairs)}"
    posted = post(address, pairs)
    return shell((url,), {url: posted, posted: _page(url, 1)})        # where page 0 is refused, page 1 is the first


def _parameters(page: Page) -> list[tuple[str, str]]:
    """The request as the page's script writes it; what it leaves out stands in the address and the metas."""
    query, organ = query_of(page.url), COLUMN.search(urlsplit(page.url).path)
    known = {"siteId": page.metas.get("siteid", ""), "organId": organ[1] if organ else ""}
    told = {name: _told(page, name) or query.get(name) or known.get(name, "") for name in TOLD}
    told |= {name: query[name] for name in ("type", "catId") if query.get(name)}
    rest = {name: _told(page, name) or value for name, value in DEFAULTS.items()}
    return [*ALWAYS, *told.items(), *rest.items(), ("pageIndex", "0")]


def _told(page: Page, name: str) -> str | None:
    found = value_of(page.html, name)
    return str(found).lower() if isinstance(found, bool) else str(found) if isinstance(found, str | int) else None


def _fragment(page: Page, asked: str, earlier: Earlier) -> Listed | None:
    found, count = _entries(page), PAGES.search(page.html)
    if found is None and count is None and EMPTY not in page.text:
        return None
    entries = found or ()
    pages, here = int(count[1]) if count else None, number(query_of(asked).get("pageIndex")) or 0
    addresses = frozenset(entry.url for entry in entries)
    before = {number(query_of(one.address).get("pageIndex")) or 0: one.entries for one in earlier}
    again = bool(before) and bool(addresses) and addresses <= frozenset().union(*before.values())
    if here <= 1:
        more = _opening(here, bool(entries), pages, again, bool(before.get(0)))
    else:
        last = pages - 1 if pages is not None and before.get(0) and 1 in before else pages
        more = bool(entries) and not again and (last is None or here < last)
    onward = (_page(asked, here + 1),) if more else ()
    if here == 0 and not entries and pages:                  # it counts from 1, and page 0 is none
        return shell(onward)
    # A full first page under every number, and nobody says how many there are: what stands behind it is not known.
    stuck = again and here > 1 and pages is None and len(before) == 1 and len(entries) >= _size(asked)
    return Listed(entries, onward, open_ended=pages is None or not entries, announced=pages, duplicate=again,
                  blind=stuck)


def _size(asked: str) -> int:
    return number(query_of(asked).get("pageSize")) or int(DEFAULTS["pageSize"])


def _leafed(page: Page, listed: Listed) -> Listed:
    """An ordinary column; where only its script says how many pages it has, the next by its number."""
    count, here = PAGES.search(page.html), number(query_of(page.asked or page.url).get("pageIndex")) or 1
    if listed.following or count is None:
        return listed
    more = here < int(count[1])
    following = (with_query(page.asked or page.url, pageIndex=str(here + 1)),) if more else ()
    return Listed(listed.entries, following, announced=int(count[1]))


def _opening(here: int, shows: bool, pages: int | None, again: bool, zero: bool) -> bool:
    """Whether anything follows the pages 0 and 1, by which the site shows from where it counts."""
    if here == 0:
        return not shows or pages is None or pages > 1
    counts_from_one = again or not zero
    return shows and (pages is None or pages > (1 if counts_from_one else 2))


def _page(asked: str, number_: int) -> str:
    return re.sub(r"(pageIndex=)\d*", rf"\g<1>{number_}", asked)


def _entries(page: Page) -> tuple[Link, ...] | None:
    """The links in the list's rows; None where it has no place for them."""
    boxes = [box for rows in ROWS for box in page.tree.xpath(rows)]
    if not boxes:
        return None
    inside = {anchor.get("href") for box in boxes for anchor in box.iter("a")}
    urls = {urljoin(page.url, href) for href in inside if href}
    return tuple(link for link in page.links if link.url in urls)


def _index(page: Page, path: str) -> Listed:
    """The reports of one year; the same body's other years are its other pages."""
    year = YEARS.search(path)
    entries = tuple(link for link in page.links if ARTICLE.search(urlsplit(link.url).path))
    beside = [link.url for link in page.links if (other := YEARS.search(urlsplit(link.url).path)) and year
              and other[1] == year[1]]
    return Listed(entries, tuple(dict.fromkeys(url for url in beside if url != page.url)))


FAMILY = Family("lonsun", wrote, read, leads)
