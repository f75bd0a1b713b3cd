"""Hanweb JPaaS and TrueCMS: lists that stand in the answers of data requests."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler import families
from crawler.families import jpaas, truecms
from crawler.families.model import Seen
from crawler.pages import Page

COLUMN = "http://h/col/col70001/index.html"
GATE = "/api-gateway/jpaas-publish-server/front/page/build/unit"
UNIT = ("<script src='/x/unitbuild.js' url='{gate}' queryData=\"{{'webId':'9','tplSetId':'s','pageType':'column',"
        "'tagId':'{tag}','editType':'null','parseType':'bulidstatic','pageId':'p'}}\"></script>")


def answer(numbers, pages=None):
    rows = "".join(f'<li><a href="/art/2026/1/9/art_5_{n}.html" title="T{n}">T</a>[2026-01-09]</li>' for n in numbers)
    pager = "".join(f'<a href="javascript:;" data-page="{n}">{n}</a>' for n in range(1, (pages or 0) + 1))
    return json.dumps({"success": True, "code": "200", "data": {"html": f"<ul>{rows}</ul>{pager}"}})


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}


def read(address, text, *earlier):
    return jpaas.read(Page(address.partition("#")[0], text, address), earlier)


@pytest.fixture
def first():
    page = Page(COLUMN, f"<html><body>{UNIT.format(gate=GATE, tag='当前栏目list')}</body></html>")
    return jpaas.read(page)


def seen(listed, address):
    return Seen(address, frozenset(link.url for link in listed.entries))


def test_a_unit_is_asked_for_with_what_its_script_tag_says(first):
    assert first.shell
    assert query(first.following[0]) == {
        "webId": "9", "tplSetId": "s", "pageType": "column", "tagId": "当前栏目list", "editType": "null",
        "parseType": "bulidstatic", "pageId": "p"}
    assert query(first.instead[first.following[0]])["tagId"] == ""


def test_of_several_units_the_list_is_read():
    html = UNIT.format(gate=GATE, tag="栏目导航") + UNIT.format(gate=GATE, tag="当前栏目list")
    assert len(jpaas.read(Page(COLUMN, html)).following) == 1


def test_an_empty_first_answer_is_no_list_so_that_another_tag_is_tried(first):
    assert read(first.following[0], answer([])) is None
    assert read(first.following[0], json.dumps({"success": True, "data": None})) is None


def test_pages_go_on_as_far_as_their_controls_say(first):
    address = first.following[0]
    one = read(address, answer(range(6), pages=2))
    assert [link.on for link in one.entries] == ["2026-01-09"] * 6
    assert one.announced == 2
    assert json.loads(query(one.following[0])["paramJson"]) == {"pageNo": 2, "pageSize": "6"}
    two = read(one.following[0], answer([7], pages=2), seen(one, address))
    assert two.following == ()


def test_a_server_that_shows_its_first_page_again_is_asked_in_the_other_dialect(first):
    address = first.following[0]
    one = read(address, answer(range(6), pages=3))
    again = read(one.following[0], answer(range(6), pages=3), seen(one, address))
    assert again.duplicate
    bare = again.following[0]
    assert (query(bare)["pageNo"], query(bare)["pageSize"], "paramJson" in query(bare)) == ("2", "6", False)
    two = read(bare, answer(range(6, 12), pages=3), seen(one, address))
    assert query(two.following[0])["pageNo"] == "3"
    never = read(bare, answer(range(6), pages=3), seen(one, address))
    assert (never.duplicate, never.following, never.announced) == (False, (), 3)


def test_without_controls_an_empty_page_is_the_end(first):
    address = first.following[0]
    one = read(address, answer(range(6)))
    only = read(one.following[0], answer([]), seen(one, address))
    assert (only.following, only.duplicate) == ((), False)
    two = read(one.following[0], answer(range(6, 8)), seen(one, address))
    end = read(two.following[0], answer([]), seen(one, address), seen(two, one.following[0]))
    assert one.open_ended
    assert (end.entries, end.following, end.announced) == ((), (), None)


# TrueCMS

CALL = ("<html><body><div id='list'></div><script>var config = "
        "{{perPage: 15, columnId: 'ab-12', contentTemplate: 't1'}};"
        "$.getJSON('/TrueCMS/messageController/getMessage.do?callback=?', config)</script>{more}</body></html>")


def store(numbers, total):
    records = "".join(f'<record><![CDATA[<li><a href="/content/{n}.html">T{n}</a></li>]]></record>' for n in numbers)
    return f"<datastore><totalrecord>{total}</totalrecord><recordset>{records}</recordset></datastore>"


def message(numbers, total, callback=""):
    text = json.dumps({"result": store(numbers, total)})
    return f"{callback}({text});" if callback else text


def test_the_pages_own_size_is_asked_for_first_and_shorter_ones_where_it_is_refused():
    listed = truecms.read(Page(COLUMN, CALL.format(more="")))
    chain = [listed.following[0]]
    while chain[-1] in listed.instead:
        chain.append(listed.instead[chain[-1]])
    assert listed.shell
    assert [(urlsplit(url).path.split("/")[1], query(url)["perpage"]) for url in chain] == [
        ("TrueCMS", "15"), ("TrueCMS", "10"), ("truecms", "15"), ("truecms", "10")]
    assert {(query(url)["columnId"], query(url)["contentTemplate"]) for url in chain} == {("ab-12", "t1")}


@pytest.mark.parametrize("callback", ["", "jQuery1_2"])
def test_a_window_is_read_out_of_json_and_jsonp(callback):
    address = truecms.read(Page(COLUMN, CALL.format(more=""))).following[0]
    one = truecms.read(Page(address, message(range(1, 16), 20, callback), address))
    assert (len(one.entries), one.total) == (15, 20)
    assert (query(one.following[0])["startrecord"], query(one.following[0])["endrecord"]) == ("15", "29")
    two = truecms.read(Page(one.following[0], message(range(15, 21), 20), one.following[0]), (seen(one, address),))
    assert (two.following, two.total) == ((), 20)


def test_an_empty_first_window_is_no_list():
    address = truecms.read(Page(COLUMN, CALL.format(more=""))).following[0]
    assert truecms.read(Page(address, message([], 0), address)) is None
    assert truecms.read(Page(address, '{"result": ""}', address)) is None


@pytest.mark.parametrize("wrap", [
    "<script id='initData' type='text/xml'>{}</script>",
    "<textarea id='initData'>{}</textarea>", "<div id='initData' style='display:none'>{}</div>"])
def test_records_that_stand_in_the_page_are_the_list_where_there_are_fewer_than_sixty(wrap):
    rows = "".join(f'<li><a href="/content/{n}.html">T{n}</a></li>' for n in range(3))
    inner = rows if "<div" in wrap else store(range(3), 3)
    if "textarea" in wrap:
        inner = inner.replace("<", "&lt;")
    listed = truecms.read(Page(COLUMN, CALL.format(more=wrap.format(inner))))
    assert len(listed.entries) == 3
    assert (listed.following, listed.blind) == ((), False)


def test_sixty_records_in_the_page_are_not_taken_for_all():
    rows = "".join(f'<li><a href="/content/{n}.html">T{n}</a></li>' for n in range(60))
    html = f"<div id='initData'>{rows}</div>"
    assert truecms.read(Page(COLUMN, CALL.format(more=html))).following
    bare = truecms.read(Page("http://h/x", f"<html><body>{html}</body></html>"))
    assert (bare.following, bare.blind) == ((), True)


@pytest.mark.parametrize(("html", "name"), [
    (UNIT.format(gate=GATE, tag="list"), "jpaas"), (CALL.format(more=""), "truecms"),
    (CALL.format(more="<script>jpage({proxyUrl:'/TrueCMS/messageController/getMessage.do'})</script>"), "truecms")])
def test_the_family_is_told_by_the_page(html, name):
    assert families.detect(Page(COLUMN, html)).name == name
