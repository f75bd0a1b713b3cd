"""Every family's columns are found from the home page: of each township its own, or the one of them all."""

import asyncio
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from archive import bundles, divisions, registry
from archive.bundles import Known, Listing, ListingPage, Offer, Outcome, Verdict
from archive.clock import iso, parse_instant
from crawler import discovery, slugs
from crawler.context import Clock, Context
from crawler.discovery import Frontier, Step
from crawler.items import Capture
from crawler.pages import Page, identity
from crawler.replicas.sites import families
from crawler.replicas.sites.serve import serving
from crawler.replicas.sites.world import counties, spec
from crawler.walk import Survey
from crawler.ways import ways
from crawler.whose import counties_of

DAY = parse_instant("2026-02-16T01:00:00Z")
YEARS = (2023, 2024, 2025)
SHAPES = ("own", "shared")


def portal_of(code, **changes):
    county = divisions.county(code)
    return registry.Portal(code, county.name, "x", "http://h/", frozenset({"h"}), None, **changes)


PORTAL = portal_of("370828")
BUJI, YUSHAN = PORTAL.find_township("卜集镇"), PORTAL.find_township("鱼山街道")


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """One crawl process over every family in both shapes: {(family, shape): (site's spec, crawl.json, requests)}."""
    folder = tmp_path_factory.mktemp("discovery")
    names = families.names()
    codes = iter(counties(2 * len(names)))
    specs = [spec(name, next(codes), shape) for name in names for shape in SHAPES]
    (folder / "known").mkdir()
    with serving(specs) as sites:
        sites.move_clock(DAY)
        sites.write_portals(folder / "portals")
        for one in specs:
            bundles.write(folder / "known" / f"{one.county}.json",
                          Known(one.county, YEARS, delay_seconds=0.0, allow_private_addresses=True))
        ended = subprocess.run(
            [sys.executable, "-m", "crawler", *(one.county for one in specs), "--portals", str(folder / "portals"),
             "--known", str(folder / "known"), "--out", str(folder / "out"), "--timeout", "10"],
            env=os.environ | {"NIANBAO_NOW": iso(DAY)}, capture_output=True, text=True, timeout=280, check=False)
        assert ended.returncode == 0, ended.stderr
        asked = {one.county: len(sites.asked(one.county)) for one in specs}
    crawls = [bundles.read_crawl(path) for path in (folder / "out").glob("*/crawl.json")]
    by_county = {crawl.county: crawl for crawl in crawls}
    return {(one.family, one.shape): (one, by_county[one.county], asked[one.county]) for one in specs}


@pytest.mark.slow
def test_every_family_is_found_and_read_to_the_end(crawled):
    ended = {key: (crawl.verdict, crawl.reason) for key, (_, crawl, _) in crawled.items()}
    assert ended == dict.fromkeys(ended, (Verdict.COMPLETE, None))


@pytest.mark.slow
def test_every_township_gets_its_own_column_and_nobody_elses(crawled):
    for (family, shape), (_, crawl, _) in crawled.items():
        owned = [listing for listing in crawl.listings if listing.division_code]
        assert bool(owned) is (shape == "own"), family
        for listing in owned:
            portal = portal_of(crawl.county)
            named = {unit.code for page in listing.pages for offer in page.offers
                     for unit in portal.mentioned(offer.title)}
            assert named <= {listing.division_code}, (family, listing.url)


@pytest.mark.slow
def test_finding_costs_no_more_than_the_budget(crawled):
    for family, (one, crawl, asked) in crawled.items():
        townships = len(portal_of(one.county).townships())
        candidates = len(crawl.candidates) + sum(len(found.attachments) for found in crawl.candidates)
        assert asked - candidates <= discovery.budget(townships), family


def html(body, *, title="金乡县人民政府", head=""):
    return Page("http://h/a/", f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>")


@pytest.mark.parametrize("body", [
    '<a href="/nb/">政府信息公开年报</a>', '<a href="/nb/"><img src="/x.png" alt="政府信息公开年报"></a>',
    '<span onclick="window.open(\'/nb/\')">政府信息公开年报</span>',
    '<a href="javascript:void(0)" onclick="go(\'/nb/\')">政府信息公开年报</a>',
    '<select onchange="jump(this)"><option value="/nb/">政府信息公开年报</option></select>',
    '<li data-href="/nb/">政府信息公开年报</li>',
    '<script>var menu = [{"name": "政府信息公开年报", "url": "/nb/"}];</script>',
    '<script>document.write(\'<a href="/nb/">政府信息公开年报</a>\');</script>',
    '<div><h3>政府信息公开年报</h3><a href="/nb/">更多&gt;&gt;</a><ul><li><a href="/1.html">x</a></li></ul></div>'],
    ids=["anchor", "picture", "onclick", "call", "option", "data", "menu", "written", "more"])
def test_a_way_is_known_in_whatever_a_page_writes_it(body):
    assert ("http://h/nb/", "政府信息公开年报") in {(link.url, link.name) for link in ways(html(body))}


def frontier(*pages):
    found = Frontier(PORTAL)
    for page, step in pages:
        found.follow(page, step)
    return found


def test_reports_come_before_hubs_and_hubs_before_the_rest():
    page = html('<a href="/z/">政务公开</a><a href="/n/">新闻动态</a><a href="/x/">乡镇街道</a>'
                '<a href="/nb/">政府信息公开年报</a><a href="/g/">政府信息公开</a>')
    found = frontier((page, Step("http://h/")))
    order = iter(found.next, None)
    assert [step.url for step in order] == [f"http://h/{path}/" for path in ("nb", "x", "g", "z")]


def test_news_from_a_township_are_no_way_to_it():
    page = html('<a href="/1/">卜集镇召开2025年安全生产工作会议部署春季防火</a><a href="/2/">卜集镇人民政府</a>'
                '<ul><li><a href="/3/">卜集镇防汛通知</a><span>2025-06-02</span></li></ul>')
    found = frontier((page, Step("http://h/")))
    assert [step.township for step in iter(found.next, None)] == [BUJI]


def test_a_disclosure_platform_is_visited_though_every_township_has_a_column_of_its_own():
    page = html('<a href="/p/">政府信息公开平台</a><a href="/m/">网站地图</a><a href="/o/">政务公开</a>')
    found = frontier((page, Step("http://h/")))
    found.covered.update(unit.code for unit in PORTAL.townships())
    assert [step.url for step in iter(found.next, None)] == ["http://h/p/"]


@pytest.mark.parametrize("address", [
    "/columns/0b5c8b1e-1111-4222-8333-944455556666/202601/09/1c5c8b1e-1111-4222-8333-944455556666.html",
    "/zwgk/nb/202601/09/n1201.shtml", "/2026/01-09/1201.html"])
def test_a_report_that_stands_without_its_day_is_no_way_to_a_column(address):
    page = html(f'<div><a href="{address}">卜集镇2025年政府信息公开工作年度报告</a></div>')
    assert frontier((page, Step("http://h/nb/", ("政府信息公开年报",)))).next() is None


def test_a_column_that_two_townships_link_to_belongs_to_neither():
    link = html('<a href="/nb/">政府信息公开年报</a>')
    buji, yushan = (Step(f"http://h/{unit.code}/", (unit.name,), unit, direct=True) for unit in (BUJI, YUSHAN))
    alone, both = frontier((link, buji)), frontier((link, buji), (link, yushan))
    step = alone.next()
    page = html("", title="信息公开年报")
    assert discovery.owner(page, step, [], PORTAL, belongs=alone.belongs(step)) == BUJI
    assert discovery.owner(page, step, [], PORTAL, belongs=both.belongs(step)) is None


@pytest.mark.parametrize(("title", "titles", "owner"), [
    ("政府信息公开年报-鱼山街道", [], YUSHAN), ("政府信息公开年报", ["鱼山街道2025年政府信息公开年报"], None),
    ("政府信息公开年报", ["2025年政府信息公开年报"], BUJI),
    ("政府信息公开年报", ["金乡县财政局2025年政府信息公开年报"], None)])
def test_a_columns_own_words_come_before_the_way_to_it_and_its_entries_speak_against_it(title, titles, owner):
    step = Step("http://h/nb/", ("卜集镇", "政府信息公开年报"), BUJI)
    assert discovery.owner(html("", title=title), step, titles, PORTAL, belongs=True) == owner


@pytest.mark.parametrize(("url", "unit"), [
    ("http://h/site_bujizhen/nb/", BUJI), ("http://h/buji/", BUJI), ("http://bjz.x.gov.cn/", BUJI),
    ("http://h/yushanjiedao/", YUSHAN), ("http://h/nb/", None), ("http://h/jinxiang/", None)])
def test_the_sound_of_a_name_in_an_address_counts_where_it_is_one_townships(url, unit):
    assert slugs.township(url, PORTAL) == unit


def test_a_column_thought_a_townships_whose_entries_name_others_is_one_of_several():
    offers = tuple(Offer(f"http://h/{name}", f"{name}2025年政府信息公开年报") for name in ("鱼山街道", "化雨镇"))
    listing = Listing("http://h/nb/", "trs", division_code=BUJI.code,
                      pages=(ListingPage("http://h/nb/", Outcome.LISTING, None, offers),))
    assert discovery.settled(listing, PORTAL).division_code is None


@pytest.mark.parametrize(("head", "title", "text", "codes"), [
    ('<meta name="SiteName" content="金乡县人民政府">', "首页", "", ["370828"]),
    ("", "金乡县人民政府门户网站", "", ["370828"]), ("", "欢迎访问潢川县人民政府网站", "", ["411526"]),
    ("", "鼓楼区人民政府", "江苏省南京市", ["320106"]),
    ('<meta name="SiteIDCode" content="3501020001">', "鼓楼区人民政府", "", ["350102"]),
    ("", "鼓楼区人民政府", "", ["320106", "320302", "350102", "410204"]), ("", "门户网站", "", [])])
def test_a_home_page_says_whose_it_is_or_leaves_it_open(head, title, text, codes):
    assert sorted(one.code for one in counties_of(html(text, title=title, head=head))) == codes


@pytest.mark.parametrize(("one", "other"), [
    ("http://www.x.gov.cn/nb/index.html", "https://m.x.gov.cn:443/nb/"),
    ("http://x.gov.cn/gkmlpt/content/1/2/mpost_3.html", "http://www.x.gov.cn/gkmlpt/content/1/2/post_3.html"),
    ("http://h/doc_1.html?topSearch=a&key=&open=1&utm_source=b&_=0.123", "http://h/doc_1.html"),
    ("http://h/x.jsp;jsessionid=AB12?id=1", "http://h/x.jsp?id=1"), ("http://h/mobile/nb/", "http://h/nb/")])
def test_one_document_has_several_addresses(one, other):
    assert identity(one) == identity(other)


@pytest.mark.parametrize(("one", "other"), [
    ("http://h/list?from=20", "http://h/list?from=40"), ("http://h/list?t=1", "http://h/list?t=2"),
    ("http://h/a?__wb_method=POST&page=1", "http://h/a?__wb_method=POST&page=2"), ("http://h:81/", "http://h:82/")])
def test_pages_of_one_list_stay_apart(one, other):
    assert identity(one) != identity(other)


def test_what_a_list_in_a_script_shows_is_no_way_on():
    """A jpage column's records are its reports: to visit each of them would use up what the search may cost."""
    records = "".join(f"""<record><![CDATA[<li><a href="/art/{year + 1}/1/9/art_5_{year}.html">{title}</a>
        <span>{year + 1}-01-09</span></li>]]></record>""" for year in (2023, 2024, 2025)
        if (title := f"卜集镇{year}年政府信息公开工作年度报告"))
    column = Page("http://h/col/col5/index.html", f"""<div id="1005"><script type="text/xml"><datastore><recordset>
        {records}</recordset></datastore></script></div>""")
    assert len(ways(column)) == 3
    frontier = Frontier(PORTAL)
    frontier.follow(column, Step(column.url))
    assert frontier.next() is None


class Shown:
    """Pages by address, as a fetcher gives them."""

    def __init__(self, pages):
        self.pages = pages

    async def get(self, url, *, referer=None, held=None):
        html = self.pages.get(urlsplit(url).path)
        outcome = Outcome.GONE if html is None else None
        return Capture(url, url, DAY, outcome, body=(html or "").encode(), content_type="text/html; charset=utf-8")


def test_a_years_column_that_script_fills_is_called_by_the_link_to_its_hub():
    unit = ("""<script src="/u.js" url="/api-gateway/jpaas-publish-server/front/page/build/unit" """
            """queryData="{{'webId':'9','pageType':'column','tagId':'当前栏目list','pageId':'{}'}}"></script>""")
    years = "".join(f'<a href="/col/col{year}/index.html">{year}年</a>' for year in (2024, 2025))
    pages = {"/": '<a href="/nb/">政府信息公开年报</a>', "/nb/": f"<title>年报</title>{years}"} | {
        f"/col/col{year}/index.html": f'<title>{year}年</title><meta name="ColumnName" content="{year}年">'
        f"{unit.format(year)}" for year in (2024, 2025)}
    context = Context(PORTAL, Known("370828", YEARS), Clock(DAY), None, None, lambda counters: None)
    survey = Survey(context, Shown(pages))
    asyncio.run(survey.walk(asyncio.run(survey.fetcher.get("http://h/"))))
    assert [found.url for found in survey.listings()] == [
        f"http://h/col/col{year}/index.html" for year in (2024, 2025)]
