"""Epoint: a shell, the script that knows the site's guid, and two forms of one posted request."""

import json

import pytest

from crawler import families
from crawler.asks import ask
from crawler.families import epoint
from crawler.families.model import Seen
from crawler.pages import Page

SHELL = "http://www.example.gov.cn/dynamic/zwgk/govInfoPub.html?categorynum=003006&deptcode=11"
HTML = '<html><head><script src="/js/{name}"></script></head><body><div id="list"></div></body></html>'
SCRIPT = 'var siteInfo = {{ siteGuid: "7eb5f7f1-9041", projectName: "/{prefix}/" }}; var url = "/{prefix}/rest/";'


def requested(prefix="EWB-FRONT"):
    (address,) = epoint.read(Page(SHELL, HTML.format(name="webBuilderCommon.js"), SHELL)).following
    return epoint.read(Page(address, SCRIPT.format(prefix=prefix), address))


def answer(address, rows, total):
    data = [{"infourl": f"/zwgk/{number}.html", "realtitle": f"报告{number}", "title": "报告..",
             "infodate": "2026-01-09"} for number in rows]
    return Page(ask(address).url, json.dumps({"custom": {"total": total, "data": data}}), address)


@pytest.mark.parametrize(("name", "other"), [
    ("webBuilderCommon.js", "ajaxReq.js"), ("ajaxReq.js", "webBuilderCommon.js"), ("jquery.js", "ajaxReq.js")])
def test_a_shell_first_asks_for_the_script_that_knows_the_site(name, other):
    listed = epoint.read(Page(SHELL, HTML.format(name=name), SHELL))
    (first,) = listed.following
    named = "webBuilderCommon.js" if name == "jquery.js" else name
    assert first == f"http://www.example.gov.cn/js/{named}?categorynum=003006&deptcode=11"
    assert listed.instead[first].startswith(f"http://www.example.gov.cn/js/{other}?")
    assert listed.shell


def test_the_script_leads_to_the_request_and_to_its_older_form():
    listed = requested()
    (first,) = listed.following
    value = {"deptcode": "11", "categorynum": "003006", "pageIndex": 0, "pageSize": 15, "siteGuid": "7eb5f7f1-9041"}
    assert ask(first).url == "http://www.example.gov.cn/EWB-FRONT/rest/lightfrontaction/getgovinfolist"
    assert json.loads(ask(first).body) == value
    assert json.loads(ask(listed.instead[first]).body) == {"token": "", "params": value}


def test_another_path_prefix_is_taken_from_the_script():
    (first,) = requested("EWB_YK_Mid").following
    assert ask(first).url == "http://www.example.gov.cn/EWB_YK_Mid/rest/lightfrontaction/getgovinfolist"


@pytest.mark.parametrize(("call", "script", "path"), [
    ("siteInfo.projectName + '/rest/lightfrontaction/getgovinfolist'", "'projectName': 'EWB_YK_Mid'", "EWB_YK_Mid"),
    ("base+'/rest/lightfrontaction/getgovinfolist'", "base: 1", "EWB-FRONT"),
    ("'/EWB_A/rest/lightfrontaction/getgovinfolist'", "'projectName': '/EWB-FRONT'", "EWB_A")])
def test_a_request_that_is_put_together_from_a_variable_is_asked_where_the_script_says(call, script, path):
    asks = f"<script>$.ajax({{url: {call}}})</script></body>"
    page = HTML.format(name="webBuilderCommon.js").replace("</body>", asks)
    (address,) = epoint.read(Page(SHELL, page, SHELL)).following
    listed = epoint.read(Page(address, f"var siteInfo = {{'siteGuid': '7eb5f7f1-9041', {script}}}", address))
    assert ask(listed.following[0]).url == f"http://www.example.gov.cn/{path}/rest/lightfrontaction/getgovinfolist"


def test_a_script_without_the_guid_is_not_it():
    (address,) = epoint.read(Page(SHELL, HTML.format(name="webBuilderCommon.js"), SHELL)).following
    assert epoint.read(Page(address, "var x = 1;", address)) is None


def test_a_shell_that_knows_its_guid_asks_at_once():
    html = HTML.format(name="x.js") + '<script>var siteGuid = "G";</script>'
    (first,) = epoint.read(Page(SHELL, html, SHELL)).following
    assert json.loads(ask(first).body)["siteGuid"] == "G"


def test_pages_count_from_zero_until_the_total_is_seen():
    (first,) = requested().following
    listed = epoint.read(answer(first, range(15), 20))
    assert [(link.name, link.on) for link in listed.entries[:1]] == [("报告0", "2026-01-09")]
    (second,) = listed.following
    assert json.loads(ask(second).body)["pageIndex"] == 1
    before = (Seen(first, frozenset(link.url for link in listed.entries)),)
    last = epoint.read(answer(second, range(15, 20), 20), before)
    assert (last.following, last.total) == ((), 20)


def test_the_older_form_stays_the_older_form():
    listed = requested()
    older = listed.instead[listed.following[0]]
    (second,) = epoint.read(answer(older, range(15), 20)).following
    assert json.loads(ask(second).body)["params"]["pageIndex"] == 1


def test_an_empty_answer_may_be_a_request_that_was_not_understood():
    (first,) = requested().following
    listed = epoint.read(answer(first, (), 0))
    (older,) = listed.following
    assert "params" in json.loads(ask(older).body)
    assert listed.open_ended
    before = (Seen(first, frozenset()),)
    assert epoint.read(answer(older, (), 0), before).following == ()
    refused = Page(ask(older).url, '{"status": {"code": 400}}', older)
    assert epoint.read(refused, before).duplicate


def test_an_answer_without_data_is_no_list():
    (first,) = requested().following
    assert epoint.read(Page(ask(first).url, '{"custom": null}', first)) is None
    assert epoint.read(Page(ask(first).url, "<html>系统提示</html>", first)) is None


@pytest.mark.parametrize("url", [SHELL, "http://h/js/ajaxReq.js?categorynum=1",
                                 "http://h/EWB_YK_Mid/rest/lightfrontaction/getgovinfolist"])
def test_the_software_is_told_by_its_addresses(url):
    assert families.detect(Page(url, "<p></p>", url)).name == "epoint"
