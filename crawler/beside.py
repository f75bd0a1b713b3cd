"""What a page of a list shows beside its entries: reports that no plain link leads to, and more of it elsewhere (pure).

A family reads the entries that its software writes. What was put in by hand (a picture for a link, a call of a script,
a bare file) a visitor finds all the same; what cannot be opened without that script leaves the list open.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import lxml.html

from archive.bundles import Offer
from archive.registry import Portal
from crawler import attachments, listings, ways
from crawler.families.generic import COLUMN
from crawler.pages import Link, Page, absolute, find_date, identity, squeeze

LONGEST_NAME = 24               # characters of a link that is a body's name
VARIES = re.compile(r"[0-9a-f]{24,}|\d+", re.I)
ROWS = ".//li | .//tr | .//dd"
LONGEST_ROW = 200
WORDED = re.compile(r"更多|全部|more", re.I)          # `>>` alone may be a pager's
NEAR = 3                        # levels between a link to more and the list that it belongs to
CALLED = ("javascript:", "#")


@dataclass(frozen=True, slots=True)
class Beside:
    """`offers`: reports that the family's entries leave out. `closed`: what only a script opens. `more`: addresses

    at which more of the list stands.
    """

    offers: tuple[Offer, ...] = ()
    closed: str | None = None
    more: tuple[str, ...] = ()


def beside(page: Page, entries: Collection[Link], offers: Collection[Offer], portal: Portal,
           owner: str | None = None) -> Beside:
    """Everything that the page of a column of reports shows beside its entries; `owner` is whose column it is."""
    known = {identity(link.url) for link in entries} | {identity(offer.url) for offer in offers}
    found = list(_alike(page, offers, known, portal))
    closed = None
    for row in _rows(page):
        name, opened = _called(row), _opened(row, page.url)
        if name is None or not _is_clicked(row) or _leads(row, page.url, known):
            continue
        if opened is None:
            closed = closed or name
        elif identity(opened) not in known:
            on, raw = find_date(_text(row).replace(name, " "))
            found.append(Offer(opened, name, on, raw))
    once = tuple({offer.url: offer for offer in found}.values())
    return Beside(once, closed, tuple(_more(page, offers, portal, owner)))


def _alike(page: Page, offers: Collection[Offer], known: set[str], portal: Portal) -> Iterator[Offer]:
    """Links without a name, or with no more than a township's, whose addresses are formed like those of the reports."""
    forms = {_form(offer.url) for offer in offers}
    for link in page.links:
        if link.tag != "a" or identity(link.url) in known or identity(link.url) == identity(page.url):
            continue
        name = listings.BLANK.sub("", link.name)
        bare = not name or (len(name) <= LONGEST_NAME and portal.mentioned(name))
        if bare and forms and (_form(link.url) in forms or (name and attachments.is_file(link.url))):
            yield Offer(link.url, link.name, link.on, link.raw_date)


def _form(url: str) -> tuple[str, str, frozenset[str]]:
    parts = urlsplit(url)
    return parts.netloc, VARIES.sub("0", parts.path), frozenset(key for key, _ in parse_qsl(parts.query, True))


def _rows(page: Page) -> Iterator[lxml.html.HtmlElement]:
    for row in page.tree.xpath(ROWS):
        if not row.xpath(ROWS):
            yield row


def _called(row: lxml.html.HtmlElement) -> str | None:
    """What a row calls a report; None where it names none, or a whole column."""
    text = _text(row)
    if len(text) > LONGEST_ROW or not (listings.REPORT.search(text) or listings.IN_COLUMN.search(text)):
        return None
    on, raw = find_date(text)
    name = listings.BLANK.sub("", text.replace(raw or "", " "))
    plain = listings.YEAR.sub("", name)
    tab = listings.ONLY_YEAR.fullmatch(name) or any(map(COLUMN.fullmatch, (plain, plain.removeprefix("年"))))
    return None if on is None and (tab or not listings.years(name)) else name


def _is_clicked(row: lxml.html.HtmlElement) -> bool:
    """Something in the row is there to be clicked, and is no plain link."""
    for part in row.iter():
        if part.get("onclick") or any(str(name).startswith("data-") for name in part.attrib):
            return True
        if part.tag == "a" and (part.get("href") or "#").strip().lower().startswith(CALLED):
            return True
    return False


def _leads(row: lxml.html.HtmlElement, base: str, known: set[str]) -> bool:
    addresses = (absolute(base, anchor.get("href") or "") for anchor in row.iter("a"))
    return any(url is not None and (identity(url) in known or identity(url) != identity(base)) for url in addresses)


def _opened(row: lxml.html.HtmlElement, base: str) -> str | None:
    """The address that a row's script call names."""
    for part in row.iter():
        for code in (part.get("onclick"), part.get("href"), *(part.get(name) for name in ways.ATTRIBUTES)):
            if code is None:
                continue
            match = ways.CALL.search(code) or re.fullmatch(f"({ways.ADDRESS})", code)
            url = absolute(base, match[1]) if match else None
            if url is not None:
                return url
    return None


def _more(page: Page, offers: Collection[Offer], portal: Portal, owner: str | None) -> Iterator[str]:
    """Where the links to more of this list lead: those near its reports that no other heading claims."""
    offered = {identity(offer.url) for offer in offers}
    for anchor in page.tree.iter("a"):
        url = absolute(page.url, anchor.get("href") or "")
        if url is None or not (ways.is_more(anchor) and WORDED.search(_text(anchor)) and portal.owns(url)):
            continue
        if identity(url) not in {identity(page.url), *offered} and _claims(anchor, page, offered, portal, owner):
            yield url


def _claims(anchor: lxml.html.HtmlElement, page: Page, offered: set[str], portal: Portal, owner: str | None) -> bool:
    """What stands round a link to more says that it is more of these reports."""
    near = _near(anchor, page, offered)
    heading = ways.heading(anchor, near) if near else ways.heading(anchor)
    if not heading:
        return near > 0
    if not listings.names_reports(heading) or listings.other_body(heading, portal.name):
        return False
    named = {unit.code for unit in portal.mentioned(heading)}
    return near > 0 or owner is None or owner in named


def _text(element: lxml.html.HtmlElement) -> str:
    return squeeze(str(element.text_content()) or element.get("title") or "")


def _near(anchor: lxml.html.HtmlElement, page: Page, offered: set[str]) -> int:
    """How many levels round the link most of the reports stand; 0 where that is far, or others stand nearer."""
    for level, around in enumerate(list(anchor.iterancestors())[:NEAR], 1):
        inside = {identity(url) for one in around.iter("a") if (url := absolute(page.url, one.get("href") or ""))}
        if inside & offered:
            return level if len(inside & offered) * 2 > len(offered) else 0
    return 0
