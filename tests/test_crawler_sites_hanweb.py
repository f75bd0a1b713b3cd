"""The replicas of Hanweb's systems and TrueCMS: what they answer to a visitor who asks as their pages do."""

import html
import json
import re
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.pages import Page
from crawler.replicas.sites import families, world
from crawler.replicas.sites.hanweb import Hanweb
from crawler.replicas.web import Request, World

HOME = "http://127.0.0.1:1"
DAY = date(2026, 2, 16)
NOW = World(datetime(2026, 2, 16, 1, tzinfo=UTC))
(COUNTY,) = world.counties(1)
UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"


def site_of(name, shape="shared", *switches):
    return world.build(world.spec(name, COUNTY, shape, *switches), DAY)


def ask(site, address, form=None, **headers):
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | (form or {})
    method = "GET" if form is None else "POST"
    return families.software(site.family).pages(site, Request(parts.path, query, HOME, NOW, headers, method))


def text(site, address, form=None, **headers):
    return ask(site, address, form, **headers).body.decode()


def links(site, address):
    return Page(HOME + address, text(site, address)).links


def way(site, *names):
    """The address that one comes to by pressing links of these names in turn."""
    address = "/"
    for name in names:
        address = next(link.url for link in links(site, address) if link.text == name).removeprefix(HOME)
    return address


def reports(site):
    return way(site, "政务公开", "政府信息公开", "政府信息公开年报")


def titles(site):
    return [paper.title for paper in site.reports[0].papers]


@pytest.mark.parametrize("name", ["jpage", "xxgk", "jpaas", "truecms"])
def test_a_township_is_reached_over_the_usual_hubs(name):
    site = site_of(name, "own")
    column = site.reports[0]
    address = way(site, "政务公开", "政府信息公开", "乡镇街道", column.place.name, "政府信息公开年报")
    assert column.place.name in text(site, address)


@pytest.mark.parametrize("name", ["jpage", "xxgk", "jpaas", "truecms"])
@pytest.mark.parametrize("shape", ["own", "shared"])
def test_whatever_it_does_wrong_it_still_answers(name, shape):
    for switch in families.software(name).switches:
        site = site_of(name, shape, switch)
        assert ask(site, way(site, "政务公开", "政府信息公开")).status == 200
        assert ask(site, "/nothing-here.html") is None


def proxied(site, **window):
    column = text(site, reports(site))
    lead = re.search(r'<nextgroup><!\[CDATA\[<a href="([^"]+)"', column, re.I)[1]
    path, query = lead.split("?")
    asked = dict(parse_qsl(query)) | {name: str(value) for name, value in window.items()}
    answer = ask(site, path, asked).body.decode()
    return re.findall(r'title="([^"]+)"', answer)


def test_a_window_of_the_data_proxy_follows_the_embedded_records():
    site = site_of("jpage")
    embedded = text(site, reports(site)).count("<record>")
    assert embedded == 3 * site.per_page
    assert proxied(site, startrecord=embedded + 1, endrecord=embedded + 100, perpage=5) == titles(site)[embedded:]


def test_a_look_ahead_record_comes_again_at_the_start_of_the_next_window():
    site = site_of("jpage", "shared", "look_ahead")
    first, second = proxied(site, startrecord=1, endrecord=5), proxied(site, startrecord=6, endrecord=10)
    assert (len(first), first[-1]) == (6, second[0])


def test_a_proxy_that_obeys_only_pages_ignores_windows():
    site = site_of("jpage", "shared", "page_only=5")
    assert proxied(site, startrecord=6, endrecord=10, page=1) == titles(site)[:5]
    assert proxied(site, page=2) == titles(site)[5:10]


def test_only_one_of_the_two_proxy_addresses_is_there():
    new, old = "/module/web/jpage/dataproxy.jsp", "/module/jpage/dataproxy.jsp"
    assert [ask(site_of("jpage", "shared", *switch), path) is None for switch in ((), ("old_proxy",))
            for path in (new, old)] == [False, True, True, False]


def test_too_large_windows_come_back_empty():
    assert proxied(site_of("jpage", "shared", "perpage_cap"), startrecord=1, endrecord=5, perpage=100) == []


def test_an_annual_report_page_is_an_empty_frame_where_there_is_no_report():
    site = site_of("xxgk", "own")
    column = site.reports[0]
    address = way(site, "政务公开", "政府信息公开", "乡镇街道", column.place.name, "2025年")
    assert column.papers[0].title in text(site, address)
    empty = text(site, re.sub(r"fbtime=\d+", "fbtime=1990", address))
    assert "政府信息公开年报" in empty
    assert "发布时间" not in empty


def test_a_table_of_the_disclosure_module_comes_by_post_a_page_at_a_time():
    site = site_of("xxgk", "shared", "foreign_columns")
    area = re.search(r"vc_xxgkarea=(\w+)", reports(site))[1]
    form = {"infotypeId": "A0000009", "area": area, "currpage": "2"}
    table = text(site, "/module/xxgk/search.jsp", form)
    rows = Page(f"{HOME}/", f"<html><body>{table}</body></html>").links
    named = [link.name for link in rows if "/art_60009_" in link.url]
    assert named == titles(site)[5:10]
    assert len([link for link in rows if "/art_" in link.url]) == len(named) + 1         # one of another column
    assert ask(site, "/module/xxgk/search.jsp") is None


def unit(site, **asked):
    found = re.search(r'queryData="\{(.*?)\}"', text(site, reports(site)))[1]
    query = dict(re.findall(r"'(\w+)':'([^']*)'", found)) | asked
    answer = families.software(site.family).pages(site, Request(UNIT, query, HOME, NOW))
    return json.loads(answer.body)["data"]["html"]


def shown(markup):
    return re.findall(r'title="([^"]+)"', markup)


def test_a_gateway_reads_one_of_two_dialects_of_paging():
    site, bare = site_of("jpaas"), site_of("jpaas", "shared", "bare_paging")
    dialect = {"paramJson": '{"pageNo":2,"pageSize":"15"}'}
    assert shown(unit(site)) == titles(site)[:5]
    assert shown(unit(site, **dialect)) == shown(unit(bare, pageNo="2", pageSize="15")) == titles(site)[5:10]
    assert shown(unit(bare, **dialect)) == shown(unit(site, pageNo="2")) == titles(site)[:5]


def test_a_stale_tag_gives_an_empty_template_and_an_empty_one_the_list():
    site = site_of("jpaas", "shared", "wrong_tag")
    assert "模板内容为空" in unit(site)
    assert shown(unit(site, tagId="")) == titles(site)[:5]


def test_a_page_behind_the_last_is_empty():
    beyond = {"paramJson": '{"pageNo":99}'}
    assert unit(site_of("jpaas", "shared", "empty_end"), **beyond) == ""
    assert "data-page" in unit(site_of("jpaas"))
    assert "data-page" not in unit(site_of("jpaas", "shared", "empty_end"))


def test_a_download_is_refused_when_it_is_asked_for_at_once():
    site = site_of("jpaas", "own", "expiring", "files=pdf")
    article = text(site, Hanweb(site, newer=True).link(site.reports[0], site.reports[0].papers[0]))
    gateway = html.unescape(re.search(r'href="(/api-gateway/[^"]+)"', article)[1])
    refused = ask(site, gateway)
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (429, "1")
    assert ask(site, re.sub(r"ticket=[\d.]+", "ticket=1", gateway)).status == 410


def message(site, **asked):
    found = re.search(r"listParam = \{(.*?)\}", text(site, reports(site)))[1]
    query = dict(re.findall(r"(\w+): '?([^',]*)'?", found)) | asked
    path = re.search(r'listUrl = "([^"]+)"', text(site, reports(site)))[1]
    return families.software(site.family).pages(site, Request(path, query, HOME, NOW))


def test_a_controller_answers_with_datastores_in_json_or_jsonp():
    plain, wrapped = site_of("truecms"), site_of("truecms", "shared", "jsonp")
    answer = json.loads(message(plain).body)
    assert shown(answer["result"]) == titles(plain)[:15]
    assert message(wrapped, callback="cb1").body.startswith(b"cb1({")


@pytest.mark.parametrize(("switch", "size", "there", "count"), [
    ("limit_50", "50", True, 15), ("limit_50", "100", True, 0), ("limit_15", "15", True, 15),
    ("limit_15", "50", False, 0), ("disabled", "15", False, 0), ("referer", "15", False, 0)])
def test_a_controller_refuses_what_its_switch_says(switch, size, there, count):
    site = site_of("truecms", "shared", switch)
    answer = message(site, perpage=size, endrecord="15")
    assert (answer is not None) is there
    if answer is not None:
        assert len(shown(json.loads(answer.body)["result"])) == count


def test_a_page_without_its_controller_holds_the_first_records():
    site = site_of("truecms", "shared", "disabled")
    assert shown(text(site, reports(site))) == titles(site)
