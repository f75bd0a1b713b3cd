"""Families that are said in configuration: which addresses tell them, how their lists go on, what a wrong file says."""

import pytest

from crawler import families
from crawler.errors import BadShape
from crawler.families import shapes
from crawler.families.model import Seen
from crawler.pages import Page

KNOWN = {shape.name: shape for shape in shapes.SHAPES}
RIGHT = '''[[shape]]
name = "x"
article = '/show-\\d+\\.html$'
here = '(?P<stem>/list-\\w+?)(?:-(?P<n>\\d+))?\\.html$'
next = "{stem}-{n}.html"
examples = ["/show-1.html"]
'''


def page(url, article, pager=""):
    row = f'<li><a href="{article}">卜集镇2025年政府信息公开工作年度报告</a><span>2026-01-09</span></li>'
    return Page(url, f"<ul>{row}</ul>{pager}", url)


SAMPLES = [
    ("http://h/sitesources/s/page_pc/nb/index.html", "article0123456789abcdef0123456789abcdef.html", "sitesources"),
    ("http://h/channels/12.html", "/contents/12/345.html", "channels"),
    ("http://h/xxgk-list-bjz.html", "/xxgk-show-345.html", "xxgk-list"),
    ("http://h/columns/0b5c8b1e-1111-4222-8333-944455556666/index.html",
     "/columns/0b5c8b1e-1111-4222-8333-944455556666/202601/09/1c5c8b1e-1111-4222-8333-944455556666.html", "columns"),
    ("http://h/zwgk/index.html", "/cms/html/s/2026-01-09/12.html", "cms-html"),
    ("http://h/zwgk/nb/", "/s/2026-01/21/article_2026012109002233.html", "month-article"),
    ("http://h/n1/n12/index.html", "/n1/n12/c34/content.html", "n-path"),
    ("http://h/gongkai/nb/", "/gongkai/show/20260109102030405.html", "gongkai-show"),
    ("http://h/info/iList.jsp?node_id=GKbjz&cat_id=12", "/info/iContent.jsp?node_id=1", "ilist"),
    ("http://h/1941/1944/2004/index.htm", "content_120134.html", "content-number"),
    ("http://h/zwgk/nb/index.html", "/zwgk/nb/content/post_12.html", "post"),
    ("http://h/class.asp?id=3", "show.asp?id=12", "class-asp"),
]


@pytest.mark.parametrize(("url", "article", "name"), SAMPLES)
def test_a_shape_is_told_by_its_addresses_and_its_articles_are_entries(url, article, name):
    family = families.detect(page(url, article))
    assert family.name == name
    assert len(family.read(page(url, article), ()).entries) == 1


def test_every_shape_is_sampled_here():
    assert {name for _, _, name in SAMPLES} == set(KNOWN)


@pytest.mark.parametrize(("url", "article", "following"), [
    (*SAMPLES[0][:2], "http://h/sitesources/s/page_pc/nb/list1.html"),
    (*SAMPLES[2][:2], "http://h/xxgk-list-bjz-2.html"),
    (*SAMPLES[8][:2], "http://h/info/iList.jsp?node_id=GKbjz&cat_id=12&cur_page=2"),
    (*SAMPLES[10][:2], "http://h/zwgk/nb/index_2.html"),
])
def test_a_further_page_is_addressed_as_the_file_says_where_no_control_does(url, article, following):
    told = page(url, article, "<span>共3页</span>")
    listed = families.detect(told).read(told, ())
    assert (listed.following, listed.announced, listed.needs_browser) == ((following,), 3, False)
    assert families.detect(page(url, article)).read(page(url, article), ()).following == ()


def test_a_control_goes_before_the_file():
    told = page(*SAMPLES[2][:2], '<span>共3页</span><a href="/xxgk-list-bjz_p2.html">下一页</a>')
    assert families.detect(told).read(told, ()).following == ("http://h/xxgk-list-bjz_p2.html",)


def test_a_pager_that_only_script_turns_is_followed_by_address_as_a_guess():
    told = page(*SAMPLES[2][:2], '<a href="javascript:next()">下一页</a>')
    listed = families.detect(told).read(told, ())
    assert (listed.following, listed.open_ended, listed.blind) == (("http://h/xxgk-list-bjz-2.html",), True, False)


def test_a_full_page_without_any_pager_may_go_on():
    url = SAMPLES[2][0]
    rows = [page(url, f"/xxgk-show-{number}.html").html for number in range(10)]
    full = Page(url, "".join(rows), url)
    listed = families.detect(full).read(full, ())
    assert (listed.following, listed.open_ended) == (("http://h/xxgk-list-bjz-2.html",), True)
    last = Page(url, full.html + '<a href="/xxgk-list-bjz.html">上一页</a>', url)
    assert families.detect(last).read(last, ()).following == ()


def test_the_last_announced_page_is_the_last():
    url, article, _ = SAMPLES[2]
    last = page(url.replace(".html", "-2.html"), article, "<span>共2页</span>")
    earlier = (Seen(url, frozenset({"http://h/xxgk-show-1.html"})),)
    listed = families.detect(last).read(last, earlier)
    assert (listed.following, listed.needs_browser) == ((), False)


def test_a_first_page_under_the_second_pages_number_is_read_on():
    url, article, _ = SAMPLES[0]
    first = page(url, article, "<span>共2页</span>")
    again = page(url.replace("index", "list1"), article, "<span>共2页</span>")
    family = families.detect(first)
    earlier = (Seen(url, frozenset(entry.url for entry in family.read(first, ()).entries)),)
    listed = family.read(again, earlier)
    assert listed.duplicate
    assert listed.following == ("http://h/sitesources/s/page_pc/nb/list2.html",)


@pytest.mark.parametrize(("old", "new", "said"), [
    ('name = "x"', 'nam = "x"', "the key 'name' is missing"),
    ('name = "x"', 'name = "X y"', "expected small letters"),
    ("article = '/show-", "article = '(/show-", "is no pattern"),
    ('next = "{stem}-{n}.html"', 'next = "{stem}-{m}.html"', "groups of `here` (stem, n)"),
    ('next = "{stem}-{n}.html"', 'next = "{stem}-2.html"', "expected {n}"),
    ('next = "{stem}-{n}.html"', 'follow = "x"', "unknown key 'follow'"),
    ('next = "{stem}-{n}.html"', 'next = "{stem}-{n}.html"\nsecond = 3', "expected 1 or 2"),
    ('examples = ["/show-1.html"]', 'examples = ["/other.html"]', "'/other.html' is told by neither"),
    ('examples = ["/show-1.html"]', "examples = []", "expected a list of addresses"),
    ("[[shape]]", "[[shape", "shapes.toml: the file"),
])
def test_a_wrong_file_is_refused_by_entry_and_key(old, new, said):
    assert shapes.parse(RIGHT)[0].name == "x"
    with pytest.raises(BadShape) as refused:
        shapes.parse(RIGHT.replace(old, new))
    assert said in str(refused.value)


def test_a_name_stands_once():
    with pytest.raises(BadShape, match="twice"):
        shapes.parse(RIGHT + RIGHT)
