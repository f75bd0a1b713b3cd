"""The channel/doc platform (Liaocheng, parts of Zibo and Jinan).

Columns are `…/channel_<token>/`, articles `doc_<24 hex digits>.html`. Lists are mostly filled by script through a
request that differs by installation, so a list without `doc_` anchors is shown to a browser.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from archive.clock import local_day
from crawler.families import generic, pagers
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import DATE, Link, Page, find_date

ARTICLE = re.compile(r"/doc_([0-9a-f]{24})\.html?$")
CHANNEL = re.compile(r"/(channel_[\w.-]+|[0-9a-f]{24})/?((?!doc_)[\w-]+\.s?html?)?$")
READY = 'a[href*="doc_"]'


def wrote(page: Page) -> bool:
    """A channel address, or anchors to its articles on the page's own host."""
    parts = urlsplit(page.url)
    if CHANNEL.search(parts.path) or ARTICLE.search(parts.path):
        return True
    return any(is_article(link) and urlsplit(link.url).netloc == parts.netloc for link in page.links)


def is_article(link: Link) -> bool:
    """The link leads to an article of this platform."""
    return bool(ARTICLE.search(urlsplit(link.url).path))


def created(url: str) -> date | None:
    """The day on which an article was made, by the first 8 digits of its name: no date of publication."""
    match = ARTICLE.search(urlsplit(url).path)
    return local_day(datetime.fromtimestamp(int(match[1][:8], 16), UTC)) if match else None


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A channel's entries; without any the list is filled by script."""
    path = urlsplit(page.url).path
    if not CHANNEL.search(path) or generic.is_article(page):
        return None
    entries = tuple(map(_dated, generic.promising_links(page, is_article)))
    if not any(map(is_article, entries)):
        return Listed(entries, needs_browser=bool(page.tree.xpath("//script")), announced=pagers.announced(page))
    return generic.listed(page, entries, earlier)


def _dated(link: Link) -> Link:
    """Of several days in a row (written, published) the one nearest to the article's making."""
    made = created(link.url)
    days = [find_date(match.group()) for match in DATE.finditer(link.row.replace(link.text, " "))]
    real = [(day, raw) for day, raw in days if day is not None]
    if made is None or len(real) < 2:
        return link
    day, raw = min(real, key=lambda one: abs((date.fromisoformat(one[0]) - made).days))
    return replace(link, on=day, raw_date=raw)


FAMILY = Family("channel-doc", wrote, read, ready=READY)
