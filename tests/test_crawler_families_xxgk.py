"""Hanweb's disclosure module: the column's shell, the table behind its search, bodies by code, annual report pages."""

from urllib.parse import parse_qsl

import pytest

from archive.bundles import Outcome
from crawler import families
from crawler.asks import ask, post
from crawler.families import annual_pages, areas, xxgk
from crawler.pages import Page

CODE = "11370828043301102E"
SHELL = f"http://h/col/col60001/index.html?vc_xxgkarea={CODE}&number=A0000009&jh=201"
FORM = ("<html><head><title>政府信息公开年报</title></head><body><div id='div60001'></div><script>"
        "$.ajax({url:'/module/xxgk/search.jsp', type:'post', data:{infotypeId:'A0000009', jdid:'27', area:'x',"
        "divid:'div60001', sortfield:',compaltedate:0', texttype:'1', currpage:1}})</script></body></html>")
ROW = ('<tr class="tr_main_value_{kind}"><td>1</td><td><a href="/other">标签</a><a class="bt_link" title="T{n}"'
       ' href="/art/2026/1/9/art_{column}_{n}.html">T</a></td><td>2026-01-09</td></tr>')
SEARCH = "http://h/module/xxgk/search.jsp"


def table(numbers, pages, column=60001):
    rows = "".join(ROW.format(kind="even" if n % 2 else "odd", n=n, column=column) for n in numbers)
    return f"<table>{rows}</table><div>共<b>{pages}</b>页</div>"


def form_of(address):
    return dict(parse_qsl(ask(address).body.decode(), keep_blank_values=True))


def test_the_column_page_is_a_shell_in_front_of_the_search_that_its_script_posts():
    listed = xxgk.read(Page(SHELL, FORM))
    (first,) = listed.following
    assert listed.shell
    assert ask(first).url == SEARCH
    assert form_of(first) == {**xxgk.FORM, "infotypeId": "A0000009", "area": CODE, "jdid": "27", "divid": "div60001",
                              "sortfield": ",compaltedate:0", "texttype": "1"}
    assert list(form_of(first)) == list(xxgk.FORM)
    assert ask(listed.instead[first]).body is None             # as a link where it may not be posted


@pytest.mark.parametrize("script", [
    "post('/module/xxgk/search.jsp', 'infotypeId=A0000009&amp;jdid=27&area=x&divid=div60001')",
    "var jdid = '27'; load('/module/xxgk/search.jsp')", '<input name="jdid" value="27">'])
def test_the_form_is_found_however_the_page_writes_it(script):
    html = f"<html><body><script>{script}</script>/module/xxgk/search.jsp{script}</body></html>"
    listed = xxgk.read(Page(SHELL, html))
    assert form_of(listed.following[0])["jdid"] == "27"
    assert form_of(listed.following[0])["divid"] == "div60001"


def test_the_table_goes_on_to_the_page_count_that_it_names():
    first = post(SEARCH, {**xxgk.FORM, "infotypeId": "A0000009"}.items())
    listed = xxgk.read(Page(SEARCH, table([1, 2], 2), first))
    assert [(link.name, link.on) for link in listed.entries] == [("T1", "2026-01-09"), ("T2", "2026-01-09")]
    assert listed.announced == 2
    assert form_of(listed.following[0]) == form_of(first) | {"currpage": "2"}
    assert xxgk.read(Page(SEARCH, table([3], 2), listed.following[0])).following == ()


def test_rows_of_other_columns_are_kept():
    first = post(SEARCH, xxgk.FORM.items())
    html = table([1], 1) + table([2], 1, column=60002)
    assert len(xxgk.read(Page(SEARCH, html, first)).entries) == 2


def test_an_empty_table_is_no_list_since_a_wrong_form_brings_it_too():
    assert xxgk.read(Page(SEARCH, "<table></table>共0页", post(SEARCH, xxgk.FORM.items()))) is None


def test_a_page_that_only_links_to_the_module_is_read_as_any_list():
    html = ('<ul><li><a href="/a.html">2025年政府信息公开工作年度报告</a><span>2026-01-09</span></li></ul>'
            '<a href="/module/xxgk/tree.jsp?area=x">目录</a>')
    page = Page("http://h/col/col7/index.html", html)
    assert families.detect(page).name == "xxgk"
    assert not xxgk.read(page).shell
    assert xxgk.read(page).entries


def test_a_tree_leads_on_by_the_names_in_its_script():
    html = ("<script>var t='/module/xxgk/tree.jsp?standardXxgk=1&amp;area=x&amp;divid=div4';"
            f"d.add(3,1,'卜集镇','/col/col60001/index.html?vc_xxgkarea={CODE}&number=A');</script>")
    assert [(link.name, link.url) for link in xxgk.leads(Page("http://h/module/xxgk/tree.jsp", html))] == [
        ("政府信息公开目录", "http://h/module/xxgk/tree.jsp?standardXxgk=1&area=x&divid=div4"),
        ("卜集镇", f"http://h/col/col60001/index.html?vc_xxgkarea={CODE}&number=A")]


@pytest.mark.parametrize(("code", "right"), [
    ("91110000600037341L", True), ("91110000600037341M", False), ("9111000060003734", False),
    ("9111000060003734IL", False)])
def test_an_area_code_carries_its_own_check(code, right):
    assert areas.checked(code) is right


@pytest.mark.parametrize(("code", "ours"), [
    (CODE, True), ("11371521043301102E", False),                # another county's
    (CODE[:-1] + "0", True), ("00400000-8", True), ("00400000-7", True), ("buji", True), ("jx_bjz", True),
    ("4331102", False)])
def test_a_body_is_ours_as_far_as_its_code_says(code, ours):
    assert areas.ours(code, "370828") is ours


def test_units_of_another_county_are_passed_over():
    page = Page("http://h/module/xxgk/tree.jsp", f'<a href="/col/col1/index.html?vc_xxgkarea={CODE}">化雨镇</a>')
    assert areas.units(page, "370828") == (areas.Unit(CODE, "化雨镇"),)
    assert areas.units(page, "371521") == ()


@pytest.mark.parametrize("html", [
    f"<option value='{CODE}'>化雨镇</option>", f"""<a href="javascript:;" onclick="go('{CODE}', 4)">化雨镇</a>""",
    f"<script>d.add(1,0,'化雨镇','/col/col1/index.html?vc_xxgkarea={CODE}&number=A')</script>",
    f"<script>var bodies=[{{name:'化雨镇',url:'/col/col1/index.html?vc_xxgkarea={CODE}&number=A'}}]</script>",
    f"<script>open('/col/col1/index.html?number=A&amp;vc_xxgkarea={CODE}', '化雨镇')</script>"])
def test_a_body_is_named_in_a_link_an_option_or_a_script(html):
    assert areas.units(Page("http://h/module/xxgk/tree.jsp", html), "370828") == (areas.Unit(CODE, "化雨镇"),)


def test_the_form_may_stand_in_a_frame_of_the_shell():
    html = '<iframe src="/module/xxgk/tree.jsp?area=x"></iframe><iframe src="/module/xxgk/list.jsp?a=1"></iframe>'
    listed = xxgk.read(Page(SHELL, html))
    chain = [listed.following[0]]
    while chain[-1] in listed.instead:
        chain.append(listed.instead[chain[-1]])
    assert chain[-1] == "http://h/module/xxgk/list.jsp?a=1"
    frame = xxgk.read(Page(f"{chain[-1]}&area={CODE}", FORM))
    assert (form_of(frame.following[0])["jdid"], form_of(frame.following[0])["area"]) == ("27", CODE)


def test_two_bodies_of_one_name_whose_codes_say_no_county_are_neither():
    html = '<a href="/x?area=a1">城关镇</a><a href="/x?area=b1">城关镇</a><a href="/x?area=c1">东关镇</a>'
    assert [unit.name for unit in areas.units(Page("http://h/", html), "370828")] == ["东关镇"]


FRAME = "<html><body><div>金乡县政府信息公开年报 {name} 阅读次数 {count}</div>{body}</body></html>"
REPORT = f"<h1>卜集镇2025年政府信息公开工作年度报告</h1><p>发布时间：2026-01-09</p>{'一、总体情况' * 40}"


def page(body="", name="卜集镇", count=7):
    return Page("http://h/", FRAME.format(body=body, name=name, count=count))


def test_an_annual_page_is_empty_only_where_it_equals_the_shell():
    empty = annual_pages.shell(page(), "A")
    assert annual_pages.outcome(page(count=12), "A", empty) is Outcome.EMPTY
    assert annual_pages.outcome(page(REPORT), "A", empty) is Outcome.REPORT
    assert annual_pages.outcome(Page("http://h/", "<p>数据库连接失败</p>"), "A", empty) is Outcome.UNKNOWN
    assert annual_pages.outcome(page(), "A", None) is Outcome.UNKNOWN


def test_the_shells_of_two_bodies_differ_only_in_their_names():
    empty = annual_pages.shell(page(), "A", ("卜集镇",))
    assert annual_pages.outcome(page(name="化雨镇"), "B", empty, ("化雨镇",)) is Outcome.EMPTY
    assert annual_pages.outcome(page(name="化雨镇"), "B", empty) is Outcome.UNKNOWN


def test_a_report_that_is_only_a_file_is_a_report():
    body = '<h1>年度报告</h1><p>发布时间：2026-01-09</p><a href="/attach/0/1.pdf">年报.pdf</a>'
    assert annual_pages.outcome(page(body), "A", annual_pages.shell(page(), "A")) is Outcome.REPORT


def test_of_two_codes_with_one_name_the_one_whose_check_is_right_counts():
    mistyped = f"{CODE[:16]}99"
    html = f'<a href="/x?area={mistyped}">化雨镇</a><a href="/x?area={CODE}">化雨镇</a>'
    assert areas.units(Page("http://h/", html), "370828") == (areas.Unit(CODE, "化雨镇"),)
    assert areas.units(Page("http://h/", html.replace(CODE, "")), "370828") == (areas.Unit(mistyped, "化雨镇"),)
