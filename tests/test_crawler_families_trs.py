"""TRS: pagers that are calls of a script, page numbers from 0 or 1, pages that are announced and not there."""

import pytest

from crawler import families
from crawler.families import pagers, trs
from crawler.families.model import Seen
from crawler.pages import Page

LIST = "http://h.gov.cn/zwgk/nb/"
ROW = ('<li><a href="./202601/t20260109_{n}.html" title="卜集镇202{n}年政府信息公开工作年度报告">卜集镇…</a>'
       "<span>2026-01-09</span></li>")


def page(numbers, call="", url=LIST, asked=""):
    rows = "".join(ROW.format(n=n) for n in numbers)
    return Page(url, f"<html><body><ul>{rows}</ul><script>{call}</script></body></html>", asked or url)


def seen(*pages):
    return tuple(Seen(one.asked, frozenset(entry.url for entry in trs.read(one).entries)) for one in pages)


def names(listed):
    return [url.removeprefix(LIST) for url in listed.following]


@pytest.mark.parametrize(("call", "pages", "stem", "ending", "records"), [
    ('createPageHTML(3, 0, "index", "html");', 3, "index", "html", None),
    ("createPageHTML('pages', 3, 0, 'index', 'shtml', 41)", 3, "index", "shtml", 41),
    ('createPageHTML(3, 0, "nb_list", "shtml", "black2", 41);', 3, "nb_list", "shtml", 41),
    ('createPageHTML( 12 , 1 , "index" , ".html" )', 12, "index", "html", None),
])
def test_a_pager_is_called_in_several_forms(call, pages, stem, ending, records):
    (found,) = pagers.calls(call)
    assert (found.pages, found.stem, found.ending, found.records) == (pages, stem, ending, records)


def test_the_definition_of_the_pager_is_no_call_of_it():
    assert pagers.calls("function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt) { }") == ()


def test_entries_stand_below_the_folder_of_the_list():
    listed = trs.read(page([5]))
    assert [entry.url for entry in listed.entries] == [f"{LIST}202601/t20260109_5.html"]
    assert listed.entries[0].name == "卜集镇2025年政府信息公开工作年度报告"


def test_a_folder_without_its_slash_is_still_a_folder():
    listed = trs.read(page([5], 'createPageHTML(2, 0, "index", "html")', LIST.rstrip("/")))
    assert listed.entries[0].url == f"{LIST}202601/t20260109_5.html"
    assert names(listed) == ["index_1.html"]


def test_which_number_page_2_has_is_found_out_by_asking():
    first = page([1, 2], 'createPageHTML(4, 0, "index", "html")')
    listed = trs.read(first)
    assert names(listed) == ["index_1.html"]
    assert listed.instead[f"{LIST}index_1.html"] == f"{LIST}index_2.html"
    assert listed.open_ended                      # where neither is there, nothing that was announced is


def test_a_pager_that_counts_from_1_has_its_second_page_under_number_2():
    listed = trs.read(page([1, 2], 'createPageHTML("page_div", 4, 1, "index", "html", 62)'))
    assert names(listed) == ["index_2.html"]
    assert listed.instead[f"{LIST}index_2.html"] == f"{LIST}index_1.html"


@pytest.mark.parametrize(("rows", "announced"), [(9, None), (10, 2)])
def test_behind_a_page_that_may_be_full_what_is_announced_must_be_seen(rows, announced):
    listed = trs.read(page(range(rows), 'createPageHTML(4, 0, "index", "html")'))
    assert listed.announced == announced


def test_rows_of_another_software_under_this_pager_count_as_rows():
    rows = "".join(f'<li><a href="/s/c1/202601/{n:032x}.shtml">卜集镇年度报告{n}</a><span>2026-01-09</span></li>'
                   for n in range(20))
    call = "createPageHTML('p', 3, 1, 'list', 'shtml', 50)"
    listed = trs.read(Page(LIST, f"<ul>{rows}</ul><script>{call}</script>", LIST))
    assert (listed.announced, names(listed)) == (2, ["list_2.shtml"])


def test_a_first_page_under_another_number_makes_the_list_one_based():
    call = 'createPageHTML(3, 0, "index", "html")'
    first = page([1, 2], call)
    again = trs.read(page([1, 2], call, f"{LIST}index_1.html"), seen(first))
    assert again.duplicate
    assert (names(again), again.announced) == (["index_2.html"], 2)
    second = trs.read(page([3, 4], call, f"{LIST}index_2.html"), seen(first))
    assert (names(second), second.announced) == (["index_3.html"], 3)


def test_other_entries_under_number_1_make_the_list_zero_based():
    call = 'createPageHTML(4, 0, "index", "html")'
    second = trs.read(page([3, 4], call, f"{LIST}index_1.html"), seen(page([1, 2], call)))
    assert not second.duplicate
    assert names(second) == ["index_2.html", "index_3.html"]
    assert not second.open_ended                  # all of them are announced


def test_a_list_that_grew_between_two_requests_is_asked_for_one_page_more():
    call = 'createPageHTML(2, 0, "index", "html")'
    moved = trs.read(page([9, 1, 2], call, f"{LIST}index_1.html"), seen(page([1, 2, 3], call)))
    assert names(moved) == ["index_2.html"]
    assert moved.open_ended


def test_a_list_without_number_1_must_go_on_to_its_last_number():
    call = 'createPageHTML(3, 0, "index", "html")'
    second = trs.read(page([3, 4], call, f"{LIST}index_2.html"), seen(page([1, 2], call)))
    assert names(second) == ["index_3.html"]
    assert second.announced == 3
    assert second.open_ended                      # a missing last page counts as no page: zero-based with a hole


def test_a_page_that_says_itself_that_it_is_the_second_may_have_missing_ones_behind_it():
    call = 'createPageHTML(3, {}, "index", "html")'
    second = trs.read(page([3, 4], call.format(1), f"{LIST}index_2.html"), seen(page([1, 2], call.format(0))))
    assert (names(second), second.open_ended) == (["index_3.html"], False)


def test_a_pager_that_is_written_out_needs_no_asking():
    first = page([1], 'createPageHTML(3, 0, "index", "html")')
    written = Page(LIST, first.html.replace("</body>", '<a href="index_2.html">下一页</a></body>'), LIST)
    assert names(trs.read(written)) == ["index_2.html", "index_3.html"]


def test_more_records_than_the_announced_pages_hold_lead_on():
    call = 'createPageHTML(1, 0, "index", "html", "page", 12)'
    first = page([1, 2, 3, 4, 5], call)
    assert names(trs.read(first)) == ["index_1.html"]
    second = trs.read(page([6, 7, 8, 9, 10], call, f"{LIST}index_1.html"), seen(first))
    assert (names(second), second.announced) == (["index_2.html"], 1)


def test_a_count_of_records_is_told_only_where_it_is_met():
    call = 'createPageHTML(1, 0, "index", "html", "page", {})'
    assert trs.read(page([1, 2], call.format(2))).total == 2
    assert trs.read(page([1, 2], call.format(3))).total is None


def test_named_lists_keep_their_name():
    url = "http://h.gov.cn/zwgk/nb/nb_list.shtml"
    listed = trs.read(page([1], 'createPageHTML(2, 0, "nb_list", "shtml")', url))
    assert names(listed) == ["nb_list_1.shtml"]


def test_a_single_page_is_all_there_is():
    listed = trs.read(page([1], 'createPageHTML(1, 0, "index", "html")'))
    assert (names(listed), listed.announced, listed.blind) == ([], 1, False)


@pytest.mark.parametrize("name", ["202601/t20260109_5.html", "19700101/t19700101_5.shtml", "t5.shtml"])
def test_an_article_is_no_list(name):
    assert trs.read(Page(LIST + name, f"<html><body><p>正文</p><ul>{ROW.format(n=3)}</ul></body></html>")) is None


def test_the_family_is_told_by_its_pager_and_by_its_articles():
    bare = Page(LIST, f"<html><body><ul>{ROW.format(n=3)}</ul></body></html>")
    assert families.detect(bare).name == "trs"
    assert families.detect(page([], 'createPageHTML(1, 0, "index", "html")')).name == "trs"
    assert families.detect(Page(LIST, '<a href="http://other.gov.cn/t20260109_3.html">x</a>')).name != "trs"
