"""The datastore of Hanweb's lists: records of HTML in a block that looks like XML and seldom is (pure).

Stray elements stand between records, an end mark may be missing, and a record may be page furniture instead of an
entry. So nothing is parsed as XML: the CDATA parts are cut out and each is read as HTML.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.pages import Link, Page, find_date

STORE = re.compile(r"<datastore\b[^>]*>.*?(?=</datastore>|</script>|<datastore\b|\Z)", re.S | re.I)
NEXT_GROUP = re.compile(
    r"<nextgroup\b[^>]*>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>|</nextgroup>)(?:\s*</nextgroup>)?", re.S | re.I)
RECORD = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|(?=</record>)|(?=<record\b)|(?=</recordset>)|\Z)", re.S | re.I)
ESCAPED = re.compile(r"<record\b[^>]*>\s*(&lt;.*?)</record>", re.S | re.I)
TOTAL = re.compile(r"<totalrecord>\s*(?:<!\[CDATA\[)?\s*(\d+)", re.I)
HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.I)
ARTICLE = re.compile(r"/art_|/art/|/content/")
COLUMN = re.compile(r"/col/col\w+/(?:index\.\w+)?$|/index\.\w+$|/$")


@dataclass(frozen=True, slots=True)
class Store:
    """One block. `records` counts all of them, `entries` holds the links of those that are entries.

    `position` is where the block starts in the text, `more` the address in its nextgroup, as written.
    """

    position: int
    records: int
    entries: tuple[Link, ...]
    rows: int
    links: tuple[Link, ...]
    total: int | None = None
    more: str | None = None


def stores(text: str, base: str) -> tuple[Store, ...]:
    """The blocks of a page or an answer; `base` is what its addresses are relative to."""
    return tuple(_store(match, base) for match in STORE.finditer(text))


def _store(match: re.Match[str], base: str) -> Store:
    block = match.group()
    group, total = NEXT_GROUP.search(block), TOTAL.search(block)
    rest = NEXT_GROUP.sub("", TOTAL.sub("", block))
    found = [_links(record, base) for record in _records(rest)]
    rows = [kept for kept in map(_entry, found) if kept]
    if not any(ARTICLE.search(link.url) for row in rows for link in row):
        rows = [links[:1] for links in found if links]          # a list of columns is a list, too
    href = HREF.search(group[1]) if group else None
    return Store(match.start(), len(found), tuple(link for row in rows for link in row), len(rows),
                 tuple(link for links in found for link in links), int(total[1]) if total else None,
                 html.unescape(href[1]) if href else None)


def _records(block: str) -> Iterator[str]:
    yield from (match[1] for match in RECORD.finditer(block))
    yield from (html.unescape(match[1]) for match in ESCAPED.finditer(block))


def _links(record: str, base: str) -> tuple[Link, ...]:
    """A record's links; what is dated is the record, whatever element it is made of."""
    page = Page(base, f"<html><body><dl><dd>{record}</dd></dl></body></html>")
    return tuple(link if link.on else _dated(link, page.text) for link in page.links if link.tag == "a")


def _dated(link: Link, text: str) -> Link:
    on, raw = find_date(text.replace(link.text, " ") if link.text else text)
    return replace(link, on=on, raw_date=raw)


def _entry(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """What a record lists: its articles, else its first link that leads to no column."""
    articles = tuple({link.url: link for link in links if ARTICLE.search(link.url)}.values())
    return articles or tuple(link for link in links if not COLUMN.search(urlsplit(link.url).path))[:1]
