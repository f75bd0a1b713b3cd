"""Any list: rows with links, and whatever says that it goes on."""

import pytest

from crawler.families import generic, pagers
from crawler.pages import Page

LIST = "http://h.gov.cn/x/index.html"
ROWS = "<ul><li><a href='a.html'>卜集镇2025年政府信息公开工作年度报告</a><span>2026-01-09</span></li></ul>"


def read(html, url=LIST):
    return generic.read(Page(url, f"<html><body>{html}</body></html>", url))


def test_any_list_goes_on_where_a_link_says_so():
    listed = read(f'{ROWS}<a href="index_2.html">下一页</a>')
    assert listed.following == ("http://h.gov.cn/x/index_2.html",)


@pytest.mark.parametrize("control", [
    '<a href="index_2.html">下页</a>', '<a href="index_2.html">下一页&gt;</a>', '<a href="index_2.html">[下一页]</a>',
    '<div>1 2 <a href="index_2.html">&gt;</a></div>', '<a href="index_2.html"><img src="n.gif" alt="下一页"></a>',
    '<a href="index_2.html" title="下一页"></a>',
    '<a href="javascript:void(0)" onclick="location.href=\'index_2.html\'">下一页</a>',
    '<button onclick="window.location=\'index_2.html\'">下一页</button>',
    '<input type="button" value="下一页" onclick="go(\'index_2.html\')">'])
def test_a_next_control_has_many_forms(control):
    assert read(ROWS + control).following == ("http://h.gov.cn/x/index_2.html",)


def test_pages_that_are_linked_by_number_only_are_asked_for_in_order():
    listed = read(f'{ROWS}<div><span>1</span><a href="index_3.html">3</a><a href="index_2.html">[2]</a></div>')
    assert listed.following == ("http://h.gov.cn/x/index_2.html", "http://h.gov.cn/x/index_3.html")


def test_numbers_that_lead_elsewhere_are_no_pages():
    listed = read(f'{ROWS}<p><a href="/calendar/09.html">2</a> <a href="http://other.cn/2.html">3</a></p>')
    assert listed.following == ()


@pytest.mark.parametrize(("pager", "blind", "announced", "shown"), [
    ('<a href="javascript:go(2)">下一页</a>', True, None, True),
    ('<span onclick="go(2)">下一页</span>', True, None, True),
    ('<a class="disabled" href="javascript:;">下一页</a>', False, None, False),
    ('<li class="disabled"><a href="javascript:;">下一页</a></li>', False, None, False),
    ("<span>下一页</span>", False, None, False),
    ('<script>createPageHTML(3, 0, "index", "html");</script>', False, 3, True),
    ("<span>共 <b>2</b> 页</span>", False, 2, True),
    ("<span>第1/3页</span>", False, 3, True),
    ("<script>var totalPage = 4;</script>", False, 4, True),
    ("<span>共1页</span>", False, 1, False),
    ("<span>共 12 条</span>", False, 12, True),                          # one is shown, and nothing leads on
    ("<span>共 1 条</span>", False, None, False),
    ('<span>共 12 条</span><a href="index.html">上一页</a>', False, None, False),
    ('<a onclick="more()">加载更多</a>', True, None, True),
    ('<div class="pagination"><a class="next" href="javascript:;"></a></div>', True, None, True),
    ('<div class="slides"><a class="next" href="javascript:;"></a></div>', False, None, False),
    ('<div class="pages"><a href="javascript:go(1)">1</a><a href="javascript:go(2)">2</a></div>', False, 2, True),
    ('<div class="slides"><a href="javascript:go(1)">1</a><a href="javascript:go(2)">2</a></div>', False, None, False),
    ("<div class='slides'><a href='javascript:;'>&gt;</a></div>", False, None, False),
])
def test_a_pager_that_is_not_understood_is_shown_to_the_browser(pager, blind, announced, shown):
    listed = read(ROWS + pager)
    assert (listed.blind, listed.announced, listed.needs_browser, listed.following) == (blind, announced, shown, ())


def test_a_list_in_a_frame_of_the_same_host_stands_there():
    listed = read('<iframe src="/inner/list.html"></iframe><iframe src="/weather.html"></iframe>'
                  '<iframe src="http://other.cn/list.html"></iframe>')
    assert listed.shell
    assert listed.following == ("http://h.gov.cn/inner/list.html",)


def test_a_frame_beside_a_list_is_not_asked_for():
    listed = read(f'{ROWS}<iframe src="/inner/list.html"></iframe>')
    assert (listed.shell, listed.following, len(listed.entries)) == (False, (), 1)


def test_pages_that_all_stand_in_the_first_are_all_read():
    second = ROWS.replace("a.html", "b.html").replace("<ul>", '<ul style="display:none">')
    pager = '<p><a onclick="show(1)">1</a><a onclick="show(2)">2</a><a href="javascript:next()">下一页</a></p>'
    listed = read(f"<div>{ROWS}{second}</div>{pager}")
    assert len(listed.entries) == 2
    assert (listed.blind, listed.needs_browser) == (False, False)


@pytest.mark.parametrize("shape", [
    '<div id="p1">{0}</div><div id="p2">{1}</div>', '<ul class="a">{0}</ul><ul class="hide">{1}</ul>'])
def test_blocks_are_told_by_their_numbers_or_because_they_are_hidden(shape):
    rows = [ROWS.removeprefix("<ul>").removesuffix("</ul>").replace("a.html", f"{name}.html") for name in "ab"]
    listed = read(f"<div>{shape.format(*rows)}</div><span>共2页</span><a onclick='go()'>下一页</a>")
    assert (len(listed.entries), listed.needs_browser) == (2, False)


def test_rows_of_which_some_are_hidden_are_several_pages():
    rows = [f"<li{style}><a href='{n}.html'>报告</a>2026-01-0{n}</li>" for n, style in
            ((1, ""), (2, ""), (3, " style='display:none'"))]
    listed = read(f"<ul>{''.join(rows)}</ul><span>共2页</span><a onclick='go()'>下一页</a>")
    assert (len(listed.entries), listed.needs_browser) == (3, False)


def test_blocks_fewer_than_the_pages_are_not_all_of_them():
    second = ROWS.replace("a.html", "b.html").replace("<ul>", '<ul style="display:none">')
    pager = '<p><a onclick="show(2)">2</a><a onclick="show(3)">3</a><a href="javascript:next()">下一页</a></p>'
    assert read(f"<div>{ROWS}{second}</div>{pager}").needs_browser


def test_blocks_that_repeat_each_other_are_one_page():
    again = ROWS.replace("<ul>", '<ul style="display:none">')
    pager = '<div class="pages"><a onclick="show(1)">1</a><a onclick="show(2)">2</a></div>'
    listed = read(f"<div>{ROWS}{again}</div>{pager}")
    assert (listed.announced, listed.needs_browser) == (2, True)


@pytest.mark.parametrize(("link", "taken"), [
    ('<li><a href="a.html">通知</a><span>2026-01-09</span></li>', True),
    ('<li><a href="a.html">卜集镇2025年政府信息公开工作年度报告</a></li>', True),
    ('<div><a href="a.html">2025年政府信息公开年报</a></div>', True),
    ('<li><a href="/nb/">政府信息公开年报</a></li>', False),            # a menu
    ('<div>首页 &gt; <a href="nb.htm">政府信息公开年报</a></div>', False),
    ('<li><a href="index.html">卜集镇2025年年报</a></li>', False),        # the page itself
    ('<li><a href="a.html">首页</a></li>', False),
    ('<p>版权 <a href="http://zfwzgl.www.gov.cn/">我为政府网站找错</a></p>', False),
    ('<tr><td>2026-01-09</td><td><a href="a.html">T</a></td></tr>', True)])
def test_entries_stand_in_rows_or_beside_a_date_or_are_called_reports(link, taken):
    markup = f"<table>{link}</table>" if link.startswith("<tr>") else link
    assert bool(read(f"<ul><li>x</li></ul>{markup}").entries) is taken


def test_an_article_is_no_list():
    page = Page(LIST, f'<html><head><meta name="ArticleTitle" content="T"></head><body>{ROWS}</body></html>')
    assert generic.read(page) is None


def test_what_stands_behind_the_first_end_of_a_page_is_read_too():
    page = Page(LIST, f"<html><body><div>head</div></body></html><div>{ROWS}</div></body></html>")
    assert len(generic.read(page).entries) == 1


@pytest.mark.parametrize(("url", "onward"), [
    ("http://h/channels/1498.html", "http://h/channels/1498_2.html"),
    ("http://h/channels/1498_2.html", "http://h/channels/1498_3.html"),
    ("http://h/columns/nb/", "http://h/columns/nb/index_2.html"),
    ("http://h/s/list1.html", "http://h/s/list2.html"),
    ("http://h/class.asp?id=3", "http://h/class.asp?id=3&page=2"),
    ("http://h/class.asp?id=3&page=2", "http://h/class.asp?id=3&page=3"),
])
def test_an_arrow_alone_turns_the_page_where_it_leads_to_this_list(url, onward):
    found = pagers.following(Page(url, f'<div><a href="{onward}">&gt;</a></div>', url))
    assert found == (onward,)


@pytest.mark.parametrize(("url", "other"), [
    ("http://h/channels/1498.html", "http://h/channels/1501.html"),
    ("http://h/class.asp?id=3", "http://h/class.asp?id=4"),
    ("http://h/zwgk/index.html", "http://h/zwgk/nb/index.html"),
])
def test_an_arrow_beside_a_heading_leads_to_another_column(url, other):
    assert pagers.following(Page(url, f'<h3>要闻<a href="{other}">&gt;&gt;</a></h3>', url)) == ()
