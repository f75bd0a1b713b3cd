"""Lonsun: a column is a shell, its list a fragment; whether pages count from 0 or 1 shows in the first two answers."""

from urllib.parse import parse_qs, urlsplit

import pytest

from crawler import families
from crawler.asks import ask
from crawler.families import lonsun
from crawler.families.model import Seen
from crawler.pages import Page

COLUMN = "http://www.example.gov.cn/public/column/12?type=3&action=list"
SHELL = """<html><head><meta name="SiteId" content="6795621"></head><body><div id="xxgk_lists"></div><script>
Ls.ajax({url: '/site/label/8888', data: {labelName: 'publicInfoList', siteId: '6795621', organId: '12', type: '3',
catIds: '', action: 'list', pageSize: 15, file: '/xxgk/publicInfoList-ahxxgk', isDate: true}});
</script></body></html>"""
ROW = '<li><a href="/public/12/{n}.html" title="报告{n}">报告…</a><span class="date">2026-01-09</span></li>'


def fragment(index, numbers, count):
    url = f"http://www.example.gov.cn/site/label/8888?labelName=publicInfoList&organId=12&pageIndex={index}"
    rows = "".join(ROW.format(n=number) for number in numbers)
    pages = f"<script>Ls.pagination({{pageIndex: {index}, pageCount:{count}}});</script>" if count is not None else ""
    return Page(url, f'<ul class="xxgk_nav_list">{rows}</ul>{pages}', url)


def crawled(pages, start=0):
    """Leaf through as the crawler does; `pages` gives the answer to an index. The indexes asked, the entries."""
    earlier, asked, index = (), [], start
    while index is not None and len(asked) < 9:
        asked.append(index)
        page = pages(index)
        listed = lonsun.read(page, earlier)
        if not (listed.duplicate or listed.shell):
            earlier = (*earlier, Seen(page.asked, frozenset(link.url for link in listed.entries)))
        index = int(parse_qs(urlsplit(listed.following[0]).query)["pageIndex"][0]) if listed.following else None
    return asked, sorted(int(url.rpartition("/")[2][:-5]) for one in earlier for url in one.entries), len(earlier)


def test_the_shell_asks_for_its_fragment_with_what_its_script_and_metas_say():
    listed = lonsun.read(Page(COLUMN, SHELL, COLUMN))
    query = parse_qs(urlsplit(listed.following[0]).query, keep_blank_values=True)
    assert listed.shell
    assert (query["siteId"], query["organId"], query["type"], query["pageIndex"]) == (["6795621"], ["12"], ["3"], ["0"])
    assert query["file"] == ["/xxgk/publicInfoList-ahxxgk"]


def test_the_same_request_is_posted_where_it_is_not_there_to_be_got():
    listed = lonsun.read(Page(COLUMN, SHELL, COLUMN))
    posted = ask(listed.instead[listed.following[0]])
    assert posted.url == "http://www.example.gov.cn/site/label/8888"
    assert b"organId=12" in posted.body


@pytest.mark.parametrize("entries", [range(3), range(5), range(7)])
def test_a_site_that_counts_from_zero_is_read_whole(entries):
    count = -(-len(entries) // 3)
    asked, seen, pages = crawled(lambda index: fragment(index, entries[3 * index:3 * index + 3], count))
    assert asked == list(range(count))
    assert (seen, pages) == (list(entries), count)


@pytest.mark.parametrize("entries", [range(3), range(5), range(7)])
def test_a_site_that_counts_from_one_and_takes_zero_for_one_is_read_whole(entries):
    count = -(-len(entries) // 3)
    asked, seen, pages = crawled(
        lambda index: fragment(index, entries[3 * max(index - 1, 0):3 * max(index, 1)], count))
    assert asked == (list(range(count + 1)) if count > 1 else [0])
    assert (seen, pages) == (list(entries), count)


@pytest.mark.parametrize("entries", [range(3), range(5)])
def test_a_site_that_counts_from_one_and_shows_nothing_for_zero_is_read_whole(entries):
    count = -(-len(entries) // 3)
    asked, seen, pages = crawled(
        lambda index: fragment(index, entries[3 * (index - 1):3 * index] if index else (), count))
    assert asked == list(range(count + 1))
    assert (seen, pages) == (list(entries), count)


def test_a_site_that_answers_every_number_with_its_first_page_never_looks_read_whole():
    asked, seen, pages = crawled(lambda index: fragment(index, range(3), 2))
    assert (seen, pages) == ([0, 1, 2], 1)              # one page of two
    assert asked == [0, 1, 2]


@pytest.mark.parametrize(("entries", "blind"), [(range(15), True), (range(4), False)])
def test_without_a_count_a_full_first_page_under_every_number_leaves_open_what_follows(entries, blind):
    page = fragment(2, entries, None)
    before = (Seen(fragment(0, entries, None).asked, frozenset(f"http://www.example.gov.cn/public/12/{number}.html"
                                                               for number in entries)),)
    assert lonsun.read(page, before).blind is blind


def test_without_a_count_the_list_goes_on_until_nothing_comes():
    entries = range(4)
    asked, seen, _ = crawled(lambda index: fragment(index, entries[3 * index:3 * index + 3], None))
    assert asked == [0, 1, 2]
    assert seen == list(entries)


def test_an_answer_that_is_no_fragment_is_no_list():
    url = "http://h/site/label/8888?pageIndex=0"
    assert lonsun.read(Page(url, "<html><body>系统繁忙</body></html>", url)) is None
    assert lonsun.read(Page(url, "<div>暂无相关信息</div>", url)).entries == ()


def test_every_township_that_a_page_names_has_a_list_of_annual_reports():
    html = '<a href="/public/column/12?type=4&action=list">城关镇</a><a href="/public/column/13?type=4">县财政局</a>'
    leads = lonsun.leads(Page("http://www.example.gov.cn/public/", html))
    assert [(lead.name, lead.url) for lead in leads] == [
        ("城关镇 政府信息公开年报", COLUMN)]


def test_a_column_that_shows_its_rows_needs_no_request():
    html = f'<div class="xxgk_navli">{ROW.format(n=5)}</div><a href="?type=3&action=list&pageIndex=2">下一页</a>'
    listed = lonsun.read(Page(COLUMN, html, COLUMN))
    assert [link.name for link in listed.entries] == ["报告5"]
    assert listed.following == (f"{COLUMN}&pageIndex=2",)


def test_an_ordinary_column_goes_on_by_the_count_in_its_script():
    html = f"<ul>{ROW.format(n=5)}</ul><script>pageCount:2</script>"
    url = "http://h/content/column/6789"
    page = Page(url, f"{html}<a href='/site/label/8888'></a>", url)
    assert families.detect(page).name == "lonsun"
    assert lonsun.read(page).following == (f"{url}?pageIndex=2",)


def test_the_years_of_one_body_are_one_list():
    html = ('<ul><li><a href="/openness/OpennessAnnualReport/show/77.html">城关镇2024年年报</a></li></ul>'
            '<a href="/openness/OpennessAnnualReport/year/12/2025.html">2025</a>'
            '<a href="/openness/OpennessAnnualReport/year/13/2025.html">县财政局</a>')
    listed = lonsun.read(Page("http://h/openness/OpennessAnnualReport/year/12/2024.html", html))
    assert [link.name for link in listed.entries] == ["城关镇2024年年报"]
    assert listed.following == ("http://h/openness/OpennessAnnualReport/year/12/2025.html",)
