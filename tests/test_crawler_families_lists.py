"""Every server that a static list may stand on: what is read whole shows every entry that a visitor could reach."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.bundles import Outcome
from archive.registry import Portal
from crawler.column import Column, Found
from crawler.items import Capture

HOME = "http://h.gov.cn/"
LIST = f"{HOME}xz/bjz/nb/"
PORTAL = Portal("370828", "金乡县", "jinxiang", HOME, frozenset({"h.gov.cn"}), Path("jinxiang.toml"))
AT = datetime(2026, 2, 16, tzinfo=UTC)
FRAME = '<html><head><meta name="ColumnName" content="政府信息公开年报"></head><body>{}</body></html>'


@dataclass(frozen=True)
class Server:
    """A list of `real` pages of `rows`; `lost` is a page that is not there, `stuck` gives page 1 for every number."""

    real: int
    announced: int
    rows: int
    lost: int | None = None
    stuck: bool = False

    def entries(self, number):
        """The numbers of the articles on a page, counted from 0."""
        return [self.rows * number + row for row in range(self.rows)]

    def page(self, number):
        """Which page is shown under a number, None where none is."""
        if not 0 <= number < self.real or number == self.lost:
            return None
        return 0 if self.stuck else number

    @property
    def reachable(self):
        pages = range(self.real) if not self.stuck else range(1)
        return {entry for page in pages if page != self.lost for entry in self.entries(page)}


def trs(server, name, base):
    """A list of TRS whose page 2 is index_1.html (base 0) or index_2.html; "gone": without an index_1.html."""
    written = 0 if name == "" else int(name.removeprefix("index_").removesuffix(".html"))
    number = written if base == 0 or written == 0 else written - 1
    if base == "gone" and written == 1:
        return None
    shown = server.page(number)
    if shown is None:
        return None
    rows = "".join(f'<li><a href="./202601/t20260109_{entry}.html">卜集镇年度报告</a>2026-01-09</li>'
                   for entry in server.entries(shown))
    call = f'createPageHTML({server.announced}, {shown}, "index", "html")'
    return FRAME.format(f"<ul>{rows}</ul><script>{call}</script>")


def henan(server, name, counts):
    """A list of Henan whose pagecount counts pages or records; `wrong` says a page size that is none."""
    shown = server.page(0 if name == "" else int(name.removeprefix("index_").removesuffix(".html")))
    if shown is None:
        return None
    rows = "".join(f'<li><a href="/2026/01-09/{entry}.html">卜集镇年度报告</a><span>2026-01-09</span></li>'
                   for entry in server.entries(shown))
    count = server.announced if counts != "records" else server.announced * server.rows
    size = 24 if counts == "wrong" else server.rows
    return FRAME.format(f'<div class="con-box"><ul>{rows}</ul></div>'
                        f'<div id="pageDec" pagesize="{size}" pagecount="{count}"></div>')


def vsb(server, name, pager):
    """A list of VSB, older pages numbered downwards; `links` or what it says of itself leads on."""
    number = 0 if name == "" else server.real - int(name.removeprefix("/").removesuffix(".htm"))
    shown = server.page(number)
    if shown is None or (name and number == 0):
        return None
    rows = "".join(f'<li><a href="/info/1021/{entry}.htm">卜集镇年度报告</a><span>2026-01-09</span></li>'
                   for entry in server.entries(shown))
    onward = server.real - number - 1
    leads = f'<a href="{"" if name else "nb/"}{onward}.htm">下页</a>' if pager == "links" and onward else ""
    return FRAME.format(f"<ul>{rows}</ul><p>共{server.announced}页 {leads}</p>")


def read(answer, url=LIST):
    """Reads the list as a crawl does; the listing and the entries that it offers."""
    column, queue, stem = Column(Found(url, "generic"), PORTAL), [url], url.removesuffix(".htm")
    while queue:
        url = queue.pop(0)
        body = answer(url.removeprefix(stem) if url != f"{stem}.htm" else "")
        capture = Capture(url, url, AT, status=200, body=body.encode(), content_type="text/html; charset=utf-8"
                          ) if body else Capture(url, url, AT, Outcome.GONE, "status 404", 404)
        instead = url in column.instead
        onward = [one for one in column.take(url, capture, None) if column.new(one)]
        queue = [*onward, *queue] if instead else [*queue, *onward]
    listing = column.listing()
    offers = {offer.url for page in listing.pages for offer in page.offers}
    return listing, {int(url.rpartition("/")[2].rpartition("_")[2].partition(".")[0]) for url in offers}


SERVERS = [Server(real, real + more, rows) for real, more, rows in itertools.product((1, 2, 3, 4), (0, 1, 2), (2, 6))]
LOST = [Server(real, real + more, rows, lost) for real, more, rows in itertools.product((3, 4), (0, 1), (2, 6))
        for lost in range(1, real - 1)]
STUCK = [Server(real, real, rows, stuck=True) for real, rows in itertools.product((2, 3, 4), (2, 6))]


@pytest.mark.parametrize("base", [0, 1, "gone"])
def test_a_list_of_trs_is_read_whole_however_it_counts_and_whatever_it_announces(base):
    for server in SERVERS:
        if base == 1 and server.real == 1 < server.announced:
            continue               # page 1 twice and nothing else: it cannot be told from one page for all numbers
        listing, seen = read(lambda name, server=server: trs(server, name, base))
        assert (listing.complete, seen) == (True, server.reachable), (server, listing.reason)


@pytest.mark.parametrize("base", [0, 1, "gone"])
def test_a_list_of_trs_with_a_page_lost_or_one_page_for_all_numbers_is_not_whole(base):
    for server in LOST + STUCK:
        listing, _ = read(lambda name, server=server: trs(server, name, base))
        assert not listing.complete, server


@pytest.mark.parametrize("counts", ["pages", "records", "wrong"])
def test_a_list_of_henan_is_read_whole_whatever_its_count_means(counts):
    for server in SERVERS:
        if server.announced == server.real or counts != "wrong":
            listing, seen = read(lambda name, server=server: henan(server, name, counts))
            hidden = counts == "pages" and server.real == 1 < server.announced < server.rows    # no count of records
            assert (listing.complete, seen) == (not hidden, server.reachable), (server, listing.reason)


@pytest.mark.parametrize("counts", ["pages", "records", "wrong"])
def test_a_list_of_henan_with_a_page_lost_or_one_page_for_all_numbers_is_not_whole(counts):
    for server in LOST + STUCK:
        listing, _ = read(lambda name, server=server: henan(server, name, counts))
        assert not listing.complete, server


@pytest.mark.parametrize("pager", ["links", "words"])
def test_a_list_of_vsb_is_read_whole_or_known_not_to_be(pager):
    for server in SERVERS + LOST + STUCK:
        if server.announced == server.real or (pager == "links" and server.real > 1):     # what is linked is believed
            listing, seen = read(lambda name, server=server: vsb(server, name, pager), f"{HOME}xz/nb.htm")
            whole = server.lost is None and not server.stuck
            assert (listing.complete, seen) == (whole, server.reachable if whole else seen), (server, listing.reason)
