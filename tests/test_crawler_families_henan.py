"""Henan and channel/doc: a count of pages or of records, a second host, lists that script fills."""

import pytest

from crawler.families import channel_doc, henan
from crawler.families.model import Seen
from crawler.pages import Page

LIST = "http://www.example.gov.cn/xzxxgk/a/"
ROW = ('<li><a href="http://www.example.gov.cn/2026/01-09/{n}.html" title="卜集镇年度报告{n}">报告</a><p></p>'
       "<span>2026-01-09</span></li>")
CHANNEL = "http://www.yanggu.gov.cn/site_abc/channel_t_1_2/"
DOC = '<li><a href="/site_abc/channel_t_1_2/doc_{made}aaaaaaaaaaaaaaaa.html">{text}</a>{days}</li>'


def page(numbers, size=2, count=2, name=""):
    rows = "".join(ROW.format(n=n) for n in numbers)
    return Page(LIST + name, f'<html><body><div class="con-box"><ul>{rows}</ul></div>'
                             f'<div id="pageDec" pagesize="{size}" pagecount="{count}"></div></body></html>')


def seen(*pages):
    return tuple(Seen(one.url, frozenset(link.url for link in henan.read(one).entries)) for one in pages)


def names(listed):
    return [url.removeprefix(LIST) for url in listed.following]


@pytest.mark.parametrize(("rows", "size", "count", "following"), [
    ([1, 2], 2, 2, ["index_1.html"]),          # pages, or records that fill the page: it is asked
    ([1, 2], 2, 4, ["index_1.html"]),
    ([1, 2], 2, 1, []),                        # one page in either reading
    ([1, 2, 3], 24, 3, ["index_1.html"]),      # three records of three, or three pages and a wrong size
    ([1, 2, 3], 24, 2, ["index_1.html"]),      # not full, but two pages are announced: the size may be wrong
    ([1, 2, 3], 24, 4, ["index_1.html"]),      # a record is announced that is not here
    ([], 2, 0, []),
])
def test_a_list_ends_only_where_both_readings_of_its_count_agree(rows, size, count, following):
    listed = henan.read(page(rows, size, count))
    assert names(listed) == following
    assert listed.open_ended


@pytest.mark.parametrize(("size", "count", "announced"), [(3, 2, 2), (3, 3, None), (24, 2, None), (3, 1, None)])
def test_behind_a_full_page_whose_count_can_only_be_one_of_pages_a_second_must_be_seen(size, count, announced):
    assert henan.read(page([1, 2, 3], size, count)).announced == announced


def test_an_article_that_also_stands_on_the_mobile_host_is_one_record():
    mobile = "".join(ROW.format(n=n).replace("www.", "m.") for n in (1, 2))
    twice = page([1, 2], 2, 2)
    listed = henan.read(Page(twice.url, twice.html.replace("<ul>", f"<ul>{mobile}")))
    assert (len(listed.entries), listed.announced) == (2, None)


def test_the_last_announced_page_ends_the_list():
    second = henan.read(page([3], 2, 2, "index_1.html"), seen(page([1, 2], 2, 2)))
    assert names(second) == []


def test_a_page_that_is_gone_while_a_later_one_stands_is_a_hole():
    first = henan.read(page([1, 2], 2, 4))
    assert first.instead == {f"{LIST}index_1.html": f"{LIST}index_2.html"}
    third = henan.read(page([5, 6], 2, 4, "index_2.html"), seen(page([1, 2], 2, 4)))
    assert third.announced == 3                # two pages were read


def test_a_server_that_gives_page_1_for_every_number_leaves_the_list_unfinished():
    again = henan.read(page([1, 2], 2, 3, "index_1.html"), seen(page([1, 2], 2, 3)))
    assert (again.following, again.announced) == ((), 2)


def test_an_article_on_the_mobile_host_is_the_same_article():
    html = f'<div class="con-box"><ul>{ROW.format(n=1).replace("www.", "m.")}{ROW.format(n=1)}</ul></div>'
    listed = henan.read(Page(LIST, html))
    assert [link.url for link in listed.entries] == ["http://www.example.gov.cn/2026/01-09/1.html"]


def test_an_article_has_one_number_on_all_hosts_of_the_platform():
    html = f'<div class="con-box"><ul>{ROW.format(n=1).replace("www.", "wap1.")}{ROW.format(n=1)}</ul></div>'
    assert len(henan.read(Page(LIST, html)).entries) == 1


def test_a_list_whose_rows_a_script_fills_is_shown_to_the_browser():
    assert henan.read(page([], 24, 3)).needs_browser
    assert not henan.read(page([], 24, 1)).needs_browser


def test_a_page_with_links_to_another_portals_articles_is_none_of_this_platform():
    assert not henan.wrote(Page("http://h/", '<a href="http://www.henan.gov.cn/2026/01-09/1.html">x</a>'))


def doc(made, text="报告", days="<span>2026-01-09</span>"):
    return DOC.format(made=made, text=text, days=days)


def test_a_channel_with_anchors_is_read_as_it_is_and_one_without_is_shown_to_the_browser():
    full = channel_doc.read(Page(CHANNEL, f"<html><body><ul>{doc('6960aaaa')}</ul></body></html>"))
    bare = channel_doc.read(Page(CHANNEL, "<html><body><ul></ul><script>load()</script></body></html>"))
    assert [link.on for link in full.entries] == ["2026-01-09"]
    assert not full.needs_browser
    assert bare.needs_browser


def test_an_article_is_no_channel():
    assert channel_doc.read(Page(f"{CHANNEL}doc_6960aaaaaaaaaaaaaaaaaaaa.html", doc("6960aaaa"))) is None


@pytest.mark.parametrize("token", ["channel_t_100_20001", "channel_x_0.0_10001", "channel_d_nianbao-1_0a1b",
                                   "channel_c_6960aaaaaaaaaaaaaaaaaaaa_n_1700000000.12", "6960aaaaaaaaaaaaaaaaaaaa"])
def test_channels_have_names_of_several_kinds(token):
    listed = channel_doc.read(Page(f"http://h/site_abc/{token}/", f"<ul>{doc('6960aaaa')}</ul>"))
    assert len(listed.entries) == 1


@pytest.mark.parametrize("name", ["", "index.html", "index_2.html", "2.shtml", "list-3.html"])
def test_a_channels_further_pages_have_names_of_several_kinds(name):
    listed = channel_doc.read(Page(f"{CHANNEL}{name}", f"<ul>{doc('6960aaaa')}</ul>"))
    assert len(listed.entries) == 1


def test_a_channel_whose_next_page_only_script_opens_is_shown_to_the_browser():
    pager = '<a href="javascript:void(0)" onclick="go(2)">下一页</a>'
    listed = channel_doc.read(Page(CHANNEL, f"<ul>{doc('6960aaaa')}</ul>{pager}"))
    assert listed.needs_browser


def test_an_articles_name_says_when_it_was_made_and_so_which_of_two_days_is_its_publication():
    url = f"{CHANNEL}doc_696000000000000000000000.html"
    assert channel_doc.created(url).isoformat() == "2026-01-09"
    days = "<span>成文 2025-12-20</span><span>发布 2026-01-09</span>"
    listed = channel_doc.read(Page(CHANNEL, f"<ul>{doc('69600000', days=days)}</ul>"))
    assert [link.on for link in listed.entries] == ["2026-01-09"]
