"""The disclosure platform of Guangdong: what its script object and its data request say."""

import json

import pytest

from crawler import families
from crawler.families import gkmlpt
from crawler.families.model import Seen
from crawler.pages import Page

INDEX = "http://www.example.gov.cn/xxz/gkmlpt/index"
CONFIG = """<html><head><title>政府信息公开</title></head><body><script>window._CONFIG = {
  SID: '755001', URL_PREFIX: '/xxz/gkmlpt', load: function () { return 1; },
  TREE: [ { id: 1, name: '政府信息公开目录', parent: 0, post_count: 9, jump_url: '', children: [
    { id: 11, name: '政府信息公开年报', parent: 1, post_count: 3, jump_url: '', children: [] },
    { id: 12, name: '机构职能', parent: 1, post_count: 1, jump_url: 'http://www.example.gov.cn/jg/', children: [] },
    { id: 13, name: '城东街道', parent: 1, post_count: 5, children: [{ id: 14, name: '年报', parent: 13 }], },
  ] } ] };</script></body></html>"""
LIST = "http://www.example.gov.cn/xxz/gkmlpt/api/all/11?page={}&sid=755001"


def article(number, **more):
    url = f"https://www.example.gov.cn/xxz/gkmlpt/content/1/1/post_{number}.html"
    return {"id": number, "title": f"报告{number}", "url": url,
            "type": "normal", "date": 1760000000, "create_time": 1767974400, "first_publish_time": 1767974400,
            "display_publish_time": 1767974400, **more}


def answer(articles, total, post_count=None, page=1):
    count = total if post_count is None else post_count
    classify = {"id": 11, "name": "政府信息公开年报", "post_count": count}
    body = {"classify": classify, "total": total, "offset": 0, "articles": articles}
    return Page(LIST.format(page), json.dumps(body, ensure_ascii=False), LIST.format(page))


def test_the_category_tree_is_read_out_of_a_script_that_is_no_json():
    leads = {lead.name: lead.url for lead in gkmlpt.leads(Page(INDEX, CONFIG, INDEX))}
    assert leads["政府信息公开年报"] == f"{INDEX}?category=11"
    assert leads["机构职能"] == "http://www.example.gov.cn/jg/"


def test_a_node_below_a_township_is_called_by_both_names():
    assert "城东街道 年报" in {lead.name for lead in gkmlpt.leads(Page(INDEX, CONFIG, INDEX))}


def test_a_tree_may_also_be_a_flat_list_of_nodes_that_name_their_parents():
    flat = ("<script>_CONFIG = {SID: 7, TREE: [{id: 3, name: '新城镇', parent: 0},"
            "{id: 4, name: '年报', parent: 3}]}</script>")
    assert [lead.name for lead in gkmlpt.leads(Page(INDEX, flat, INDEX))] == ["新城镇", "新城镇 年报"]


def test_a_township_may_stand_several_levels_above_its_reports():
    tree = ("<script>_CONFIG = {SID: 7, TREE: [{id: 3, name: '新城镇', children: [{id: 4, name: '法定主动公开内容',"
            "children: [{id: 5, name: '政府信息公开年报'}]}]}]}</script>")
    assert [lead.name for lead in gkmlpt.leads(Page(INDEX, tree, INDEX))][-1] == "新城镇 政府信息公开年报"


def test_the_front_page_as_a_listing_leads_to_the_category_that_its_address_names_else_to_the_reports():
    read = gkmlpt.read(Page(INDEX, CONFIG, INDEX))
    assert read.shell
    assert [url.rpartition("/")[2] for url in read.following] == ["11?page=1&sid=755001", "14?page=1&sid=755001"]
    for asked in (f"{INDEX}#14", f"{INDEX}?category=14"):
        named = gkmlpt.read(Page(INDEX, CONFIG, asked))
        assert [url.rpartition("/")[2] for url in named.following] == ["14?page=1&sid=755001"]


def test_a_unit_s_list_is_asked_for_by_its_own_path_and_then_by_the_platform_s():
    read = gkmlpt.read(Page(INDEX, CONFIG, f"{INDEX}?category=11"))
    assert read.following == (LIST.format(1),)
    assert read.instead == {LIST.format(1): LIST.format(1).replace("/xxz/", "/")}


def test_the_county_s_own_tree_leads_straight_to_its_lists():
    page = Page("http://www.example.gov.cn/gkmlpt/index", CONFIG)
    leads = {lead.name: lead.url for lead in gkmlpt.leads(page)}
    assert leads["政府信息公开年报"] == LIST.format(1).replace("/xxz/", "/")


def test_entries_carry_the_day_of_publication_in_china_and_not_the_day_on_which_they_were_written():
    late_evening = 1767974400                      # 2026-01-09 16:00 UTC, the tenth in China
    listed = gkmlpt.read(answer([article(1, date=1700000000, display_publish_time=late_evening)], 1))
    assert [(link.name, link.on) for link in listed.entries] == [("报告1", "2026-01-10")]
    assert listed.name == "政府信息公开年报"


def test_an_entry_may_point_elsewhere():
    listed = gkmlpt.read(answer([article(1, type="url", url="//www.other.gov.cn/zwgk/post_1.html")], 1))
    assert listed.entries[0].url == "http://www.other.gov.cn/zwgk/post_1.html"


@pytest.mark.parametrize(("shown", "total", "post_count", "goes_on"), [
    (3, 3, 3, False),
    (3, 3, 5, True),          # the total is below the count: only an empty page ends the list
    (100, 100, 100, True),    # a full page
    (3, 2, 2, True),          # more than announced: the announcement is worth nothing
    (0, 0, 0, False),
])
def test_pages_go_on_until_the_counts_agree(shown, total, post_count, goes_on):
    listed = gkmlpt.read(answer([article(number) for number in range(shown)], total, post_count))
    assert listed.following == ((LIST.format(2),) if goes_on else ())
    assert listed.total == total


def test_pages_zero_and_one_are_the_same():
    listed = gkmlpt.read(answer([article(number) for number in range(100)], 150, page=0))
    assert listed.following == (LIST.format(2),)


def test_the_last_page_completes_what_was_seen_before():
    before = Seen(LIST.format(1), frozenset(article(number)["url"] for number in range(100)))
    listed = gkmlpt.read(answer([article(number) for number in range(100, 150)], 150, page=2), (before,))
    assert listed.following == ()


def test_what_is_no_answer_of_the_list_is_no_list():
    assert gkmlpt.read(Page(LIST.format(1), '{"error": "no sid"}', LIST.format(1))) is None
    assert gkmlpt.read(Page(LIST.format(1), "<html>系统维护</html>", LIST.format(1))) is None


@pytest.mark.parametrize(("url", "html"), [
    (INDEX, CONFIG), (LIST.format(1), "{}"), ("http://h/zwgk/", "<script>window._CONFIG={SID:'1',TREE:[]}</script>"),
    ("http://h/gkmlpt/mindex", "<p></p>")])
def test_the_platform_is_told_by_its_address_or_its_script_object(url, html):
    assert families.detect(Page(url, html)).name == "gkmlpt"


def test_an_article_is_no_list():
    page = Page("http://h/gkmlpt/content/8/1/post_77.html", CONFIG)
    assert gkmlpt.read(page) is None


@pytest.mark.parametrize(("said", "total"), [
    ({"classify": None, "total": 0, "articles": []}, None),                      # a list that this path does not know
    ({"classify": {"id": 11, "post_count": 6}, "total": 0, "articles": []}, 6),
    ({"classify": {"id": 11, "post_count": 0}, "total": 0, "articles": []}, 0)])
def test_nothing_is_an_empty_list_only_where_the_platform_knows_the_list_and_counted_nothing(said, total):
    listed = gkmlpt.read(Page(LIST.format(1), json.dumps(said), LIST.format(1)))
    assert (listed.total if listed else None) == total
