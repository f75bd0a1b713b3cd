"""Whether a list was seen whole: pages that are not there, that repeat, that change, that are somebody else's."""

import asyncio
import json
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive.bundles import Held, Listing, ListingPage, Offer, Outcome
from archive.registry import Portal
from crawler.column import Column, Found
from crawler.harvest import Harvest
from crawler.items import Capture
from crawler.pages import Page
from crawler.reading import Reader
from crawler.settings import CRAWLER

PORTAL = Portal("411526", "潢川县", "huangchuan", "http://h/", frozenset({"h"}), Path("huangchuan.toml"))
UNITS = PORTAL.townships()
NAME = "政府信息公开年报"
AT = datetime(2026, 2, 16, tzinfo=UTC)
FOOT = "<p>本网站由县人民政府办公室主办，县政务服务和大数据管理局承办，联系电话见首页。</p>"


def page(entries, *, tail="", name=NAME, title="年报"):
    """A page of a list; entries are numbers or (number, title)."""
    rows = "".join(f'<li><a href="/r/{number}.html">{name}</a><span>2026-01-10</span></li>'
                   for number, name in (one if isinstance(one, tuple) else (one, f"{UNITS[one % 21].name}2025年"
                                        "政府信息公开工作年度报告") for one in entries))
    meta = f'<meta name="ColumnName" content="{name}">' if name else ""
    return f"<html><head><title>{title}</title>{meta}</head><body><ul>{rows}</ul>{tail}{FOOT}</body></html>"


def next_link(address):
    return f'<div class="pager"><a href="{address}">下一页</a></div>'


class Shelf:
    """Answers from a dict of address → page, Outcome, or a list of them for one request after the other."""

    def __init__(self, answers):
        self.answers = {address: list(told) if isinstance(told, list) else [told] for address, told in answers.items()}
        self.asked = []

    async def get(self, url, *, referer=None, held=None):
        self.asked.append(url)
        told = self.answers.get(url, [Outcome.GONE])
        answer = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(answer, Outcome):
            return Capture(url, url, AT, answer, "as the test says")
        return Capture(url, url, AT, body=answer.encode(), content_type="text/html; charset=utf-8", status=200)


def read(answers, *, held=(), home=None, **found):
    """The listing at http://h/nb/ as it is read from these answers, and what was asked for."""
    shelf = Shelf(answers)
    context = SimpleNamespace(
        portal=PORTAL, known=SimpleNamespace(crawler=CRAWLER), count=lambda name: None,
        of={one.url: one for one in held}.get, stumbling=lambda url: nullcontext(SimpleNamespace(url=url, reason=None)))
    reader = Reader(context, shelf, home)
    return asyncio.run(reader.read(Found(**({"url": "http://h/nb/", "family": "generic"} | found)))), shelf.asked


FIRST = page(range(1, 7), tail=next_link("/nb/2.html"))


def test_what_script_asks_for_comes_from_the_page_that_the_script_stands_on():
    """Some servers refuse a window of records whose Referer is another window."""
    column = "http://h/col/col5/index.html"
    rows = "".join(f"<record><![CDATA[<a href='/art/2026/1/9/art_5_{n}.html'>报告</a>]]></record>" for n in (1, 2))
    head = (f"<title>年报</title><script type='text/xml'><datastore><recordset>{rows}</recordset></datastore></script>"
            "<script>jpage({")
    read_now = Column(Found(column, "hanweb", "政府信息公开年报"), PORTAL)
    first = f"{head}totalRecord:9,perPage:2,groupSize:1,proxyUrl:'/dataproxy.jsp'}});var param_1={{col:1}}</script>"
    answers = [first, "<datastore><totalrecord>9</totalrecord><recordset></recordset></datastore>"]
    queue = [column]
    for answer in answers:
        url = queue.pop()
        body = Capture(url, url, AT, body=answer.encode(), content_type="text/html; charset=utf-8", status=200)
        queue += read_now.take(url, body, None)
        assert read_now.referer == column
    assert queue


def test_a_list_of_two_pages_is_whole_and_its_first_page_is_asked_for_once_more():
    listing, asked = read({"http://h/nb/": FIRST, "http://h/nb/2.html": page([7, 8])})
    assert (listing.complete, listing.reason) == (True, None)
    assert asked == ["http://h/nb/", "http://h/nb/2.html", "http://h/nb/"]
    assert sum(len(one.offers) for one in listing.pages) == 8


def test_a_list_that_says_how_long_it_is_and_is_as_long_is_believed():
    counted = FIRST.replace("</ul>", "</ul><p>共 2 页</p>")
    listing, _ = read({"http://h/nb/": counted, "http://h/nb/2.html": page([7, 8])})
    assert listing.complete


@pytest.mark.parametrize("failure", [Outcome.TIMEOUT, Outcome.STATUS, Outcome.CHALLENGE, Outcome.DISALLOWED])
def test_a_page_that_does_not_come_leaves_the_list_open_and_shows_what_came(failure):
    listing, _ = read({"http://h/nb/": FIRST, "http://h/nb/2.html": failure})
    assert not listing.complete
    assert str(failure) in listing.reason
    assert len(listing.pages[0].offers) == 6


def test_an_entry_that_moved_while_the_list_was_read_is_found_by_reading_it_again():
    before, after = page([1, 2, 3, 4, 5, 6], tail=next_link("/nb/2.html")), page([7, 1, 2, 3, 4, 5],
                                                                              tail=next_link("/nb/2.html"))
    listing, _ = read({"http://h/nb/": [before, after], "http://h/nb/2.html": [page([8, 9]), page([6, 8, 9])]})
    assert listing.complete
    assert len({offer.url for one in listing.pages for offer in one.offers}) == 9


def test_a_list_that_never_stands_still_is_not_seen_whole():
    states = [page([number, 1, 2, 3, 4, 5], tail=next_link("/nb/2.html")) for number in range(20, 30)]
    listing, _ = read({"http://h/nb/": states, "http://h/nb/2.html": page([8, 9])})
    assert (listing.complete, listing.reason) == (False, "changes while it is read")


def test_a_server_that_answers_every_number_with_the_first_page_shows_no_whole_list():
    listing, _ = read({"http://h/nb/": FIRST, "http://h/nb/2.html": FIRST})
    assert not listing.complete
    assert "shows the first page again" in listing.reason


def test_a_last_page_that_repeats_itself_ends_the_list():
    last = page([7, 8], tail=next_link("/nb/3.html"))
    listing, _ = read({"http://h/nb/": FIRST, "http://h/nb/2.html": last, "http://h/nb/3.html": last})
    assert listing.complete


def test_another_columns_page_is_not_the_lists():
    listing, _ = read({"http://h/nb/": FIRST, "http://h/nb/2.html": page([7, 8], name="新闻动态")})
    assert not listing.complete
    assert "新闻动态" in listing.reason


def test_another_townships_column_is_not_this_townships():
    other = page([(1, "2025年政府信息公开工作年度报告")], title=f"{UNITS[1].name}-年报")
    listing, _ = read({"http://h/nb/": other}, division_code=UNITS[0].code)
    assert not listing.complete
    assert listing.pages[0].outcome is Outcome.UNKNOWN


def test_the_home_page_in_place_of_a_list_is_no_list():
    home = page([1, 2], name="", title="潢川县人民政府")
    listing, _ = read({"http://h/nb/": home}, home=Page("http://h/", home))
    assert not listing.complete


def test_a_list_without_entries_is_empty_only_where_it_says_so():
    assert not read({"http://h/nb/": page([])})[0].complete
    assert read({"http://h/nb/": page([], tail="<p>暂无相关信息</p>")})[0].complete


def test_what_stands_in_a_column_of_reports_is_offered_whatever_its_title():
    titles = [(1, "2025年"), (2, f"{UNITS[0].name}人民政府关于政府信"), (3, "年度公开情况")]
    listing, _ = read({"http://h/nb/": page(titles)})
    assert [offer.title for offer in listing.pages[0].offers] == [title for _, title in titles]


def test_one_modified_page_beside_an_unmodified_one_makes_the_list_be_read_anew():
    offers = tuple(Offer(f"http://h/r/{number}.html", "报告") for number in range(1, 7))
    held = Held("http://h/nb/", "listing", "0" * 64, "2026-02-01T00:00:00Z", etag='"1"', offers=offers,
                next=("http://h/nb/2.html",))
    answers = {"http://h/nb/": [Outcome.NOT_MODIFIED, FIRST], "http://h/nb/2.html": page([7, 8])}
    listing, asked = read(answers, held=[held])
    assert listing.complete
    assert asked.count("http://h/nb/") == 3                   # conditionally, in full, and at the end
    assert [one.outcome for one in listing.pages] == [Outcome.LISTING, Outcome.LISTING]


def test_an_unchanged_list_costs_one_request_a_page():
    offers = tuple(Offer(f"http://h/r/{number}.html", "报告") for number in range(1, 7))
    held = [Held("http://h/nb/", "listing", "0" * 64, "2026-02-01T00:00:00Z", etag='"1"', offers=offers,
                 next=("http://h/nb/2.html",)),
            Held("http://h/nb/2.html", "listing", "1" * 64, "2026-02-01T00:00:00Z", etag='"2"', offers=offers[:1])]
    answers = dict.fromkeys(("http://h/nb/", "http://h/nb/2.html"), Outcome.NOT_MODIFIED)
    listing, asked = read(answers, held=held)
    assert listing.complete
    assert asked == ["http://h/nb/", "http://h/nb/2.html"]


def held_as_read(answers):
    """What is held of a list that was read whole, from a server without validators."""
    before, _ = read(answers)
    return [Held(one.url, "listing", "0" * 64, "2026-02-01T00:00:00Z", offers=one.offers, next=one.next)
            for one in before.pages]


def test_an_unchanged_list_of_a_server_without_validators_costs_one_request_a_page():
    answers = {"http://h/nb/": FIRST, "http://h/nb/2.html": page([7, 8])}
    listing, asked = read({address: text.replace("</p>", "第2次访问</p>") for address, text in answers.items()},
                          held=held_as_read(answers))
    assert listing.complete
    assert asked == ["http://h/nb/", "http://h/nb/2.html"]


def test_a_list_that_shows_one_more_than_before_is_looked_at_again_at_its_end():
    before = {"http://h/nb/": FIRST, "http://h/nb/2.html": page([7, 8])}
    moved = {"http://h/nb/": [FIRST, page([9, *range(1, 6)], tail=next_link("/nb/2.html"))],
             "http://h/nb/2.html": page([6, 7, 8])}
    listing, asked = read(moved, held=held_as_read(before))
    assert listing.complete
    assert asked.count("http://h/nb/") > 1
    assert len({offer.url for one in listing.pages for offer in one.offers}) == 9


def trs(number):
    """Page `number` of four that the pager announces, counted from 0."""
    tail = f'<script>createPageHTML(4, {number}, "index", "html");</script>'
    entries = range(10 * number + 1, 10 * number + 7)
    return page(entries, tail=tail).replace('href="/r/', 'href="./202601/t20260110_')


@pytest.mark.parametrize(("there", "complete"), [({1, 2, 3}, True), ({1, 2}, True), ({1}, True), ({1, 3}, False)])
def test_announced_pages_may_be_phantoms_behind_the_last_one_and_are_holes_before_it(there, complete):
    answers = {f"http://h/nb/index_{number}.html": trs(number) for number in there}
    listing, _ = read({"http://h/nb/": trs(0)} | answers)
    assert listing.complete is complete


def test_a_report_that_is_listed_under_another_form_of_its_address_stays_the_one_that_is_held():
    held = Held("http://www.h.gov.cn/r/1.html", "report", "0" * 64, "2026-02-01T00:00:00Z", title="报告")
    context = SimpleNamespace(
        portal=PORTAL, known=SimpleNamespace(held=(held,), years=(2025,)), count=lambda name: None,
        report={"https://h.gov.cn/r/1.html": held, held.url: held}.get,
        stumbling=lambda url: nullcontext(SimpleNamespace(url=url, reason=None)))
    offer = Offer("https://h.gov.cn/r/1.html", f"{UNITS[0].name}2025年政府信息公开工作年度报告")
    page_ = ListingPage("http://h/nb/", Outcome.LISTING, None, (offer,))
    harvest = Harvest(context, Shelf({}))
    asyncio.run(harvest.collect((Listing("http://h/nb/", "generic", complete=True, pages=(page_,)),)))
    assert [(one.url, one.outcome, one.listed) for one in harvest.candidates] == [(held.url, Outcome.HELD, True)]


def test_a_page_is_kept_as_leading_to_the_dialect_that_its_server_speaks():
    shelled = ("<script>window._CONFIG = {SID: '7', TREE: [{id: 11, name: '政府信息公开年报', children: []}]}</script>"
               '<a href="/town/gkmlpt/index">本站</a>')
    data = json.dumps({"classify": {"id": 11, "name": NAME, "post_count": 1}, "total": 1, "articles": [
        {"title": f"{UNITS[0].name}2025年政府信息公开工作年度报告", "url": "http://h/gkmlpt/content/1/1/post_1.html"}]})
    front, asked = "http://h/town/gkmlpt/index?category=11", "gkmlpt/api/all/11?page=1&sid=7"
    answers = {front: f"<html><title>目录</title><body>{shelled}{FOOT}</body></html>", f"http://h/{asked}": data}
    listing, _ = read(answers, url=front, family="gkmlpt", title=NAME)
    assert listing.complete
    assert listing.pages[0].next == (f"http://h/{asked}",)           # and not http://h/town/…, which is not there


def test_a_frame_that_holds_the_list_may_have_a_title_of_its_own():
    frame = '<iframe src="/frame.html"></iframe>'
    listing, _ = read({"http://h/nb/": f"<html><title>{NAME}</title><body>{frame}{FOOT}</body></html>",
                       "http://h/frame.html": page([1, 2, 3], name="", title="信息公开")})
    assert (listing.complete, listing.reason) == (True, None)
