"""The annual report pages of a platform: what an empty page proves, and what it does not."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from archive import registry
from archive.bundles import Held, Known, Offer, Outcome
from archive.clock import parse_instant
from crawler import annual
from crawler.annual import OTHER_YEAR, UNPROVEN, Place, Platform
from crawler.context import Clock, Context
from crawler.harvest import Harvest
from crawler.items import Capture
from crawler.pages import Page
from crawler.walk import Survey

AT = parse_instant("2026-02-10T01:00:00Z")
PORTAL = registry.load().resolve("370828")
YEARS = (2024, 2025)
INDEX = "http://h/tree.jsp"
BODIES = {"buji": "卜集镇", "huayu": "化雨镇"}
FRAME = "<html><title>金乡县政府信息公开年报</title><body><div>{name}政府信息公开年报</div>{report}</body></html>"


def report(name, year):
    return (f"<h1>{name}{year}年政府信息公开工作年度报告</h1><p>发布时间：{year + 1}-01-09 09:00:00</p>"
            f"<p>{'一、总体情况。本年度主动公开政府信息。' * 20}</p>")


class Platforms:
    """A platform's answers as a table: the years of which each body shows a report."""

    def __init__(self, shows, *, ignores_year=None, gone=False):
        self.shows, self.ignores_year, self.gone, self.asked = shows, ignores_year, gone, []
        self.blank = None

    async def get(self, url, *, referer=None, held=None):
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        area, year = query["area"], int(query["fbtime"])
        self.asked.append((area, year))
        if self.gone:
            return Capture(url, url, AT, Outcome.GONE, status=404)
        shown = self.ignores_year or (year if year in self.shows[area] else None)
        if shown is None and self.blank is not None:
            return Capture(url, url, AT, Outcome.SHELL, "a page without text", 200, self.blank.encode(),
                           "text/html; charset=utf-8")
        html = FRAME.format(name=BODIES[area], report=report(BODIES[area], shown) if shown else "")
        return Capture(url, url, AT, status=200, body=html.encode(), content_type="text/html; charset=utf-8")


def read(platform, held=(), elsewhere=annual.NOWHERE):
    known = Known("370828", YEARS, held=tuple(held))
    context = Context(PORTAL, known, Clock(AT), None, None, lambda counters: None)
    places = tuple(Place(PORTAL.find_township(name), area, "http://h/module/xxgk/xxgkAnnualReport.jsp", INDEX)
                   for area, name in BODIES.items())
    work = Platform(context, platform, Harvest(context, platform))
    listings = asyncio.run(work.read(places, elsewhere))
    return {(listing.division_code, listing.report_year): listing for listing in listings}


BUJI, HUAYU = (PORTAL.find_township(name).code for name in BODIES.values())


def test_an_empty_page_counts_where_the_platform_showed_another_report_of_that_body():
    listed = read(Platforms({"buji": {2024}, "huayu": {2024, 2025}}))
    assert all(listing.complete for listing in listed.values())
    assert listed[BUJI, 2025].pages[0].outcome is Outcome.EMPTY
    assert listed[HUAYU, 2025].pages[0].outcome is Outcome.REPORT


def test_an_earlier_year_is_asked_for_where_all_that_are_wanted_are_empty():
    platform = Platforms({"buji": {2023}, "huayu": {2024, 2025}})
    assert read(platform)[BUJI, 2025].complete
    assert platform.asked.count(("buji", 2023)) == 1


def test_empty_pages_of_a_body_that_never_showed_a_report_prove_nothing():
    platform = Platforms({"buji": set(), "huayu": {2024, 2025}})
    listed = read(platform)
    assert {listed[BUJI, year].reason for year in YEARS} == {UNPROVEN}
    assert listed[HUAYU, 2025].complete
    assert len([year for area, year in platform.asked if area == "buji"]) <= len(YEARS) + 2 + 1


def test_where_the_body_has_a_column_of_its_own_such_pages_are_left_out():
    listed = read(Platforms({"buji": set(), "huayu": {2024, 2025}}), elsewhere={BUJI: frozenset()})
    assert set(listed) == {(HUAYU, 2024), (HUAYU, 2025)}


def test_what_the_bodys_own_column_shows_is_not_asked_for_on_the_platform():
    platform = Platforms({"buji": {2025}, "huayu": {2024, 2025}})
    listed = read(platform, elsewhere={BUJI: frozenset({2024}), HUAYU: frozenset(YEARS)})
    assert set(listed) == {(BUJI, 2025)}
    assert {area for area, _ in platform.asked} == {"buji"}


def test_a_platform_whose_pages_without_a_report_hold_nothing_at_all_is_read():
    platform = Platforms({"buji": {2024}, "huayu": {2024, 2025}})
    platform.blank = "<html><head><meta charset='utf-8'></head><body></body></html>"
    assert read(platform)[BUJI, 2025].pages[0].outcome is Outcome.EMPTY


def test_a_platform_that_shows_one_report_for_every_year_proves_nothing_for_the_others():
    listed = read(Platforms({}, ignores_year=2025))
    assert listed[BUJI, 2025].complete
    assert (listed[BUJI, 2024].complete, listed[BUJI, 2024].reason) == (False, OTHER_YEAR)


def test_a_portal_without_the_platform_has_no_such_listings():
    platform = Platforms({}, gone=True)
    assert read(platform) == {}
    assert len(platform.asked) == 1


def test_a_held_report_is_asked_for_once_in_a_crawl_so_that_empty_pages_count():
    held = [Held(Place(None, "buji", "http://h/module/xxgk/xxgkAnnualReport.jsp", INDEX).url(year), "report", "0" * 64,
                 "2026-02-09T01:00:00Z") for year in YEARS]
    platform = Platforms({"buji": {2024, 2025}, "huayu": {2024}})
    assert read(platform, held)[HUAYU, 2025].complete
    assert platform.asked.count(("buji", 2024)) + platform.asked.count(("buji", 2025)) == 1


@pytest.mark.parametrize(("title", "offered"), [("卜集镇-金乡县", "卜集镇"), ("金乡县", None)])
def test_a_townships_own_page_names_its_place_on_the_platform(title, offered):
    html = f'<title>{title}</title><a href="/module/xxgk/xxgkAnnualReport.jsp?area=buji&fbtime=2025">年报</a>'
    found = annual.offers(Page("http://h/col/col1/index.html", html), PORTAL)
    assert [offer.title for offer in found] == ([offered] if offered else [])


def test_a_page_that_says_not_whose_it_is_belongs_to_the_township_that_led_there():
    html = '<title>目录</title><a href="/module/xxgk/xxgkAnnualReport.jsp?area=buji&fbtime=2025">年报</a>'
    page, buji = Page("http://h/module/xxgk/tree.jsp?area=buji", html), PORTAL.find_township("卜集镇")
    assert [offer.title for offer in annual.offers(page, PORTAL, buji)] == ["卜集镇"]
    assert annual.offers(page, PORTAL) == ()


def test_an_area_to_which_several_townships_lead_is_none_of_theirs():
    known = Known("370828", YEARS)
    survey = Survey(Context(PORTAL, known, Clock(AT), None, None, lambda counters: None), None)
    for name, area in (("卜集镇", "county"), ("化雨镇", "county"), ("胡集镇", "huji")):
        offer = Offer(f"http://h/module/xxgk/xxgkAnnualReport.jsp?area={area}", name)
        survey.index(f"http://h/{name}", Capture(f"http://h/{name}", f"http://h/{name}", AT), (offer,), None)
    assert [place.township.name for place in survey.places()] == ["胡集镇"]
