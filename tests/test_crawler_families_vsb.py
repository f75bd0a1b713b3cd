"""VSB: older pages are numbered downwards, and one article has two addresses."""

import pytest

from crawler import families
from crawler.families import vsb
from crawler.families.model import Seen
from crawler.pages import Page

LIST = "http://h.gov.cn/gk/nb.htm"
ROW = ('<li id="line_u8_{n}"><a href="../info/1021/{n}.htm" title="卜集镇政府信息公开工作年度报告{n}">卜集镇…</a>'
       "<span>2026-01-09</span></li>")
DYNAMIC = ('<li><a href="../content.jsp?urltype=news.NewsContentUrl&wbtreeid=1021&wbnewsid={n}">卜集镇年度报告</a>'
           "<span>2026-01-09</span></li>")


def page(rows, pager="", url=LIST):
    return Page(url, f"<html><body><ul>{rows}</ul><div>{pager}</div></body></html>", url)


def names(listed):
    return [url.removeprefix("http://h.gov.cn/gk/") for url in listed.following]


def test_older_pages_are_numbered_downwards_from_the_one_that_is_linked():
    listed = vsb.read(page(ROW.format(n=7), '<a href="nb/3.htm">下页</a> <a href="nb/1.htm">尾页</a>'))
    assert names(listed) == ["nb/3.htm", "nb/2.htm", "nb/1.htm"]
    assert listed.announced == 4


@pytest.mark.parametrize("pager", ["共3页", "共12条&nbsp;&nbsp;1/3", '共12条  1/3 <a href="javascript:;">下页</a>'])
def test_where_no_page_is_linked_their_number_is_what_the_list_says(pager):
    assert names(vsb.read(page(ROW.format(n=7), pager))) == ["nb/2.htm", "nb/1.htm"]


def test_what_is_linked_is_believed_before_what_is_said():
    listed = vsb.read(page(ROW.format(n=7), '共5页 <a href="nb/1.htm">下页</a>'))
    assert (names(listed), listed.announced) == (["nb/1.htm"], 2)


def test_two_addresses_of_one_article_are_one_entry():
    listed = vsb.read(page(DYNAMIC.format(n=7) + ROW.format(n=7) + DYNAMIC.format(n=8)))
    assert [entry.url.removeprefix("http://h.gov.cn/") for entry in listed.entries] == [
        "info/1021/7.htm", "content.jsp?urltype=news.NewsContentUrl&wbtreeid=1021&wbnewsid=8"]


def test_an_article_keeps_the_address_that_an_earlier_page_gave_it():
    first = vsb.read(page(DYNAMIC.format(n=7)))
    earlier = (Seen(LIST, frozenset(entry.url for entry in first.entries)),)
    second = vsb.read(page(ROW.format(n=7) + ROW.format(n=6), url="http://h.gov.cn/gk/nb/1.htm"), earlier)
    assert second.entries[0].url == first.entries[0].url


def test_a_list_of_one_page_has_nothing_behind_it():
    listed = vsb.read(page(ROW.format(n=7), "共1页"))
    assert (listed.following, listed.blind, listed.needs_browser) == ((), False, False)


def test_a_list_that_a_program_serves_goes_on_as_its_links_say():
    pager = '<a href="list.jsp?PAGENUM=2&totalpage=3&urltype=tree.TreeTempUrl&wbtreeid=1021">下页</a>'
    listed = vsb.read(page(ROW.format(n=7), pager, "http://h.gov.cn/gk/list.jsp?urltype=tree.TreeTempUrl&wbtreeid=1021"))
    assert "PAGENUM=2" in listed.following[0]


@pytest.mark.parametrize("url", [
    "http://h.gov.cn/info/1021/7.htm",
    "http://h.gov.cn/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1021&wbnewsid=7"])
def test_an_article_is_no_list(url):
    related = Page(url, f"<html><body><div id='vsb_content'>正文</div><ul>{ROW.format(n=3)}</ul></body></html>")
    assert vsb.read(related) is None
    assert families.detect(related).name == "vsb"
