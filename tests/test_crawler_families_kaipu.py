"""Kaipu: static lists with a pager, and the search that answers as JSON."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import smallportal
from smallportal import UNITS

from crawler import families
from crawler.families import kaipu
from crawler.families.model import Seen
from crawler.pages import Page

LIST = "http://www.example.gov.cn/xxx/c100001/list.shtml"
ID, CHANNEL = "0123456789abcdef" * 2, "fedcba9876543210" * 2
ROW = '<li><a href="/xxx/c100001/202601/{id}.shtml" title="{t}">{t}</a><span>2026-01-09</span></li>'
SEARCH = (f"http://www.example.gov.cn/common/search/{CHANNEL}?_isAgg=true&_isJson=true&_pageSize=20&_template=index"
          "&_rangeTimeGte=&_channelName=&page={}")


def page_of(rows, rest="", url=LIST):
    return Page(url, f"<html><body><ul>{rows}</ul>{rest}</body></html>", url)


def result(number, **more):
    return {"title": f"报告{number}", "url": f"//www.example.gov.cn/xxx/c1/202601/{number:032x}.shtml",
            "publishedTimeStr": "2026-01-09 10:00:00", "publishedTime": 1700000000000, **more}


def answer(results, total, page=1):
    body = {"data": {"total": total, "page": page, "rows": 20, "results": results}}
    return Page(SEARCH.format(page), json.dumps(body), SEARCH.format(page))


def test_a_static_list_goes_on_where_its_link_says():
    listed = kaipu.read(page_of(ROW.format(id=ID, t="T"), '<a href="list_2.shtml">下一页</a>'))
    assert [(link.name, link.on) for link in listed.entries] == [("T", "2026-01-09")]
    assert listed.following == ("http://www.example.gov.cn/xxx/c100001/list_2.shtml",)


@pytest.mark.parametrize(("call", "following"), [
    ("createPageHTML('page_div',3, 1,'list','shtml',41);", "list_2.shtml"),
    ("createPageHTML('page_div',3, 2,'list','shtml',41);", "list_3.shtml"),
    ("createPageHTML('page_div',3, 3,'list','shtml',41);", None),
    ("createPageHTML('page_div',1, 1,'xxgk_list','shtml',4);", None),
])
def test_a_pager_that_only_its_script_writes_counts_from_one(call, following):
    listed = kaipu.read(page_of(ROW.format(id=ID, t="T"), f"<div id='page_div'></div><script>{call}</script>"))
    base = "http://www.example.gov.cn/xxx/c100001/"
    assert listed.following == ((base + following,) if following else ())
    assert listed.announced in (1, 3)
    assert listed.total in (4, 41)


def test_a_page_that_its_search_fills_leads_to_that_search_as_json():
    html = f"<script>$.get('/common/search/{CHANNEL}?_isAgg=true&_isJson=false&_pageSize=15&page=1', show)</script>"
    listed = kaipu.read(page_of("", html, LIST.replace("list.shtml", "zfxxgkMultiList.shtml")))
    assert listed.shell
    (address,) = listed.following
    asked = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert (asked["_isJson"], asked["_pageSize"], asked["page"]) == (["true"], ["15"], ["1"])


def test_a_script_may_put_the_address_of_its_search_together():
    html = f"<script>var channelId = '{CHANNEL}'; $.get('/common/search/' + channelId, show)</script>"
    (address,) = kaipu.read(page_of("", html)).following
    assert address == SEARCH.format(1)


def test_the_time_as_text_is_the_one_that_counts():
    listed = kaipu.read(answer([result(1)], 1))
    (entry,) = listed.entries
    assert (entry.on, entry.url) == ("2026-01-09", f"http://www.example.gov.cn/xxx/c1/202601/{1:032x}.shtml")


def test_a_title_may_hold_markup():
    (entry,) = kaipu.read(answer([result(1, title="<em>城关镇</em>2025年&nbsp;年报")], 1)).entries
    assert entry.name == "城关镇2025年 年报"


def test_twenty_come_at_a_time_whatever_was_asked_for():
    listed = kaipu.read(answer([result(number) for number in range(20)], 41))
    assert listed.following == (SEARCH.format(2),)
    before = (Seen(SEARCH.format(1), frozenset(entry.url for entry in listed.entries)),
              Seen(SEARCH.format(2), frozenset(f"u{number}" for number in range(20))))
    assert kaipu.read(answer([result(40)], 41, 3), before).following == ()


def test_a_total_below_what_is_shown_ends_nothing():
    assert kaipu.read(answer([result(number) for number in range(5)], 3)).following == (SEARCH.format(2),)


def test_an_empty_page_ends_the_list_and_its_total_stays():
    listed = kaipu.read(answer([], 41, 4), (Seen(SEARCH.format(1), frozenset("abc")),))
    assert (listed.entries, listed.following, listed.total) == ((), (), 41)


def test_the_channels_of_a_site_are_leads():
    tree = {"results": {"channelId": "x", "children": [
        {"channelId": CHANNEL, "displayName": "政府信息公开年报", "children": [
            {"channelId": ID, "displayName": "城关镇", "children": []}]}]}}
    url = "http://www.example.gov.cn/common/getChannelList?channelCode=c1&websiteCodeName=xxx"
    leads = kaipu.leads(Page(url, json.dumps(tree), url))
    assert [(lead.name, lead.url.partition("?")[0].rpartition("/")[2]) for lead in leads] == [
        ("政府信息公开年报", CHANNEL), ("城关镇", ID)]
    assert kaipu.read(Page(url, json.dumps(tree), url)) is None


def test_a_script_that_asks_for_the_channels_is_a_lead_itself():
    html = "<script>load('/common/getChannelList?channelCode=c1&amp;websiteCodeName=xxx')</script>"
    (lead,) = kaipu.leads(page_of("", html))
    assert lead.url == "http://www.example.gov.cn/common/getChannelList?channelCode=c1&websiteCodeName=xxx"


@pytest.mark.parametrize(("url", "html", "name"), [
    (LIST, "<p></p>", "kaipu"), ("http://h/s/c1001/xxgk_list.shtml", "", "kaipu"),
    ("http://h/s/gk/pc/list.html", "", "kaipu"), (SEARCH.format(1), "{}", "kaipu"),
    ("http://h/zw/", f"<script>f('/common/search/{CHANNEL}')</script>", "kaipu"),
    ("http://h/zw/index.html", "", "generic")])
def test_the_software_is_told_by_its_lists_and_its_search(url, html, name):
    assert families.detect(Page(url, html)).name == name


def test_an_article_is_no_list():
    assert kaipu.read(Page(f"http://h/s/c100001/202601/{ID}.shtml", ROW.format(id=ID, t="T"))) is None


def answering(rows):
    told = json.dumps({"data": {"total": len(rows), "page": 1, "rows": 20, "results": rows}}).encode()
    return lambda handler: handler.give(told, headers=(("Content-Type", "application/json"),))


@pytest.mark.slow
def test_columns_that_script_fills_and_that_are_called_like_townships_are_columns_of_reports(tmp_path):
    answers = smallportal.pages(UNITS)
    rows = "".join(f'<li><a href="/s/c{unit.code}/list.shtml">{unit.name}</a></li>' for unit in UNITS)
    answers["/nb/"] = smallportal.page("政府信息公开年报", f"<ul>{rows}</ul>", column="政府信息公开年报")
    for unit in UNITS:
        address = f"/common/search/{unit.code:0>32}?_isAgg=true&_isJson=true&_pageSize=20&_template=index" \
                  "&_rangeTimeGte=&_channelName=&page=1"
        answers[f"/s/c{unit.code}/list.shtml"] = smallportal.page(
            unit.name, f'<ul></ul><script>$.get("{address}")</script>', column=unit.name)
        answers[address] = answering([{"title": smallportal.report_title(unit), "url": f"/r/{unit.code}.html",
                                       "publishedTimeStr": "2026-01-20 10:00:00"}])
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
    assert {one.division_code for one in crawl.listings} == {unit.code for unit in UNITS}
    assert all(look.complete for look in crawl.looks)
