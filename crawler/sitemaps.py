"""What a portal's own sitemaps say of addresses of report columns: for townships that its pages lead nobody to.

Sitemaps name no columns, only addresses. Those that look like a report column's are worth a visit, most promising
first: a township's name in them, `nb` or `ndbg` for a folder, and no article behind it.
"""

import contextlib
import gzip
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from archive.registry import Portal
from crawler import attachments, slugs
from crawler.discovery import ARTICLE, REPORT_ADDRESS
from crawler.fetch import Fetcher
from crawler.pages import identity

DEFAULT = "sitemap.xml"
MOST_FILES = 6                 # sitemaps that are read, indexes among them
MOST_BYTES = 8_000_000         # of one, unpacked; behind them it is cut off
MOST_ADDRESSES = 50_000        # of one, which is what the protocol allows
MOST_VISITS = 24               # addresses that are worth a visit
GZIPPED = b"\x1f\x8b"


@dataclass
class Sitemaps:
    """The sitemaps of one portal; `named` are those that its robots.txt names, else the usual place is asked."""

    fetcher: Fetcher
    portal: Portal
    named: tuple[str, ...] = ()
    asked: set[str] = field(default_factory=set)

    async def addresses(self) -> tuple[str, ...]:
        """Every address of the portal that they list, each once, as far as the limits allow."""
        queue = [*self.named] or [f"{self.portal.home.rstrip('/')}/{DEFAULT}"]
        found: dict[str, str] = {}
        while queue and len(self.asked) < MOST_FILES:
            url = queue.pop(0)
            if identity(url) in self.asked or not self.portal.owns(url):
                continue
            self.asked.add(identity(url))
            capture = await self.fetcher.get(url)
            if capture.failed and not capture.body:
                continue
            for nested, address in entries(capture.body):
                if nested:
                    queue.append(address)
                elif self.portal.owns(address):
                    found.setdefault(identity(address), address)
        return tuple(found.values())


def entries(body: bytes) -> Iterator[tuple[bool, str]]:
    """(is another sitemap, address) for each entry of a sitemap, gzipped or not, also of one that is cut off."""
    parsed = etree.iterparse(BytesIO(unpacked(body)), events=("end",), recover=True, resolve_entities=False,
                             no_network=True, huge_tree=False)
    with contextlib.suppress(etree.XMLSyntaxError):         # nothing in it at all, or no end
        yield from islice(_locations(parsed), MOST_ADDRESSES)


def _locations(parsed: Iterable[tuple[str, Any]]) -> Iterator[tuple[bool, str]]:
    for _, element in parsed:
        if isinstance(element.tag, str) and etree.QName(element).localname == "loc" and element.text:
            parent = element.getparent()
            yield parent is not None and etree.QName(parent).localname == "sitemap", element.text.strip()
            element.clear()


def unpacked(body: bytes) -> bytes:
    """The first bytes of a sitemap, however it was packed."""
    if not body.startswith(GZIPPED):
        return body[:MOST_BYTES]
    try:
        with gzip.open(BytesIO(body)) as packed:
            return packed.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""


def promising(addresses: Iterable[str], portal: Portal, lacking: Collection[str]) -> tuple[str, ...]:
    """The few addresses that may be a column of reports, of a township of `lacking` or of all; the best first."""
    found = []
    for url in addresses:
        path = urlsplit(url).path
        if attachments.is_file(url) or ARTICLE.search(path):
            continue
        unit, reports = slugs.township(url, portal), bool(REPORT_ADDRESS.search(path))
        if unit.code in lacking if unit is not None else reports:
            found.append((-2 * reports - (unit is not None), len(path), url))
    return tuple(url for *_, url in sorted(found)[:MOST_VISITS])
