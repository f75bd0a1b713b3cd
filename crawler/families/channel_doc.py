"""The channel/doc platform (Liaocheng, parts of Zibo and Jinan).

Columns are `…/channel_<token>/`, articles `doc_<24 hex digits>.html`. Lists are mostly filled by script through a
request that differs by installation, so a list without `doc_` anchors is shown to a browser.
"""

import re
from urllib.parse import urlsplit

from crawler.families import generic
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page

ARTICLE = re.compile(r"/doc_[0-9a-f]{24}\.html?$")
CHANNEL = re.compile(r"/(channel_[\w.]+|[0-9a-f]{24})/(index\.html?)?$")
READY = 'a[href*="doc_"]'


def wrote(page: Page) -> bool:
    """A channel address, or anchors to its articles."""
    path = urlsplit(page.url).path
    return bool(CHANNEL.search(path) or ARTICLE.search(path)) or any(map(is_article, page.links))


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform."""
    return bool(ARTICLE.search(urlsplit(link.url).path))


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """A channel's entries; without any the list is filled by script."""
    path = urlsplit(page.url).path
    if not CHANNEL.search(path):
        return None
    entries = tuple(filter(is_article, page.links))
    following = generic.following(page)
    scripted = not entries and bool(page.tree.xpath("//script"))
    return Listed(entries, following, needs_browser=scripted or (generic.blind(page) and not following),
                  announced=generic.announced(page))


FAMILY = Family("channel-doc", wrote, read, ready=READY)
