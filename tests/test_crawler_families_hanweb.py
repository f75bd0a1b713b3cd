"""Hanweb's jpage lists: what a column page says, and how windows of the data proxy go on, server by server."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler import families
from crawler.asks import ask
from crawler.families import hanweb
from crawler.families.model import Seen
from crawler.pages import Page

COLUMN = "http://h/col/col5/index.html"
JPAGE = """<html><head><title>年报</title></head><body><div id="1001"><script type="text/xml"><datastore>
<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&webid=9&path=/&columnid=5"></a>]]></nextgroup>
<recordset><record><![CDATA[<li><a href="/art/2026/1/9/art_5_901.html" title="卜集镇2025年政府信息公开工作年度报告">
卜集镇2025年政府…</a><span>2026-01-09</span></li>]]></record><stray>
<record><![CDATA[<li><a href='/art/2026/1/8/art_5_900.html'>通知</a></li>]]></record>
</recordset></datastore></script></div><script>var param_1001 = {'col':1,'webid':'9','columnid':'5','unitid':'1001',
'webname':'%25E5','permissiontype':0}; jpage({totalRecord:47, perPage:15, groupSize:3,
proxyUrl:'/module/jpage/dataproxy.jsp'});</script></body></html>"""


def record(number):
    return (f'<record><![CDATA[<li><a href="/art/2026/1/9/art_5_{number}.html" title="报告{number}">报告</a>'
            "<span>2026-01-09</span></li>]]></record>")


def unit(numbers, total, name="1001", per_page=2, group=3, proxy="/module/web/jpage/dataproxy.jsp"):
    records = "".join(record(number) for number in numbers)
    return (f'<div id="{name}"><script type="text/xml"><datastore><recordset>{records}</recordset></datastore></script>'
            f"</div><script>var param_{name} = {{col:1, columnid:5, unitid:'{name}', webname:'%25E5'}};"
            f"$('#{name}').jpage({{totalRecord:{total}, perPage:{per_page}, groupSize:{group}, proxyUrl:'{proxy}'}},"
            f"param_{name});</script>")


def answer(numbers, total):
    return (f"<datastore><totalrecord>{total}</totalrecord><recordset>{''.join(map(record, numbers))}</recordset>"
            "</datastore>")


def asked(address):
    request = ask(address)
    return dict(parse_qsl(urlsplit(request.url).query) + parse_qsl((request.body or b"").decode()))


class Server:
    """A data proxy over records 1 to `count`, that answers as its kind does."""

    def __init__(self, count, kind="window", total=None):
        self.records, self.kind, self.requests = list(range(1, count + 1)), kind, []
        self.total = count if total is None else total

    def answer(self, address):
        form = asked(address)
        self.requests.append(form)
        start, end, size = int(form.get("startrecord", 0)), int(form.get("endrecord", 0)), int(form["perpage"])
        if self.kind == "page":                       # knows pages only
            number = int(form.get("page", 1))
            return self.records[(number - 1) * size:number * size]
        if self.kind == "no window":
            number = int(form.get("page", 0))
            return self.records[(number - 1) * size:number * size] if number else []
        if self.kind == "one page" and (not start or end - start >= size):
            return []
        if self.kind == "first" or not start:         # knows nothing
            return self.records[:size]
        if self.kind == "short" and end - start >= 10:
            return []
        return self.records[start - 1:end + (self.kind == "lookahead")]


def read_through(html, server):
    """Read a column page and whatever it leads to, as the crawler does: entries, the total that it tells last."""
    page = hanweb.read(Page(COLUMN, html))
    earlier = [Seen(COLUMN, frozenset(link.url for link in page.entries))]
    urls, total, queue, done = {link.url for link in page.entries}, page.total, list(page.following), {COLUMN}
    while queue:
        url = queue.pop(0)
        if url in done:
            continue
        done.add(url)
        text = answer(server.answer(url), server.total)
        listed = hanweb.read(Page(url.partition("?")[0], text, url), tuple(earlier))
        if listed is None:
            return urls, None
        fresh = {link.url for link in listed.entries} - urls
        urls |= {link.url for link in listed.entries}
        total = listed.total if listed.total is not None else total
        if not listed.duplicate:
            earlier.append(Seen(url, frozenset(link.url for link in listed.entries)))
        if fresh or listed.duplicate:
            queue += listed.following
    return urls, total


def test_the_embedded_datastore_is_cut_out_record_by_record():
    listed = hanweb.read(Page(COLUMN, JPAGE))
    assert [link.name for link in listed.entries] == ["卜集镇2025年政府信息公开工作年度报告", "通知"]
    assert [link.on for link in listed.entries] == ["2026-01-09", None]
    assert listed.total == 47


def test_a_block_that_shows_fewer_records_than_it_must_is_read_again_from_its_start():
    (url,) = hanweb.read(Page(COLUMN, JPAGE)).following
    assert url.startswith("http://h/module/jpage/dataproxy.jsp?startrecord=1&endrecord=100&perpage=15")
    assert asked(url)["columnid"] == "5"


def test_the_script_posts_and_what_it_posts_is_tried_as_a_link_and_on_the_other_path():
    listed = hanweb.read(Page(COLUMN, unit(range(1, 7), 9)))
    chain = [listed.following[0]]
    while chain[-1] in listed.instead:
        chain.append(listed.instead[chain[-1]])
    assert [(urlsplit(url).path, ask(url).body is not None) for url in chain[:4]] == [
        ("/module/web/jpage/dataproxy.jsp", True), ("/module/web/jpage/dataproxy.jsp", False),
        ("/module/jpage/dataproxy.jsp", True), ("/module/jpage/dataproxy.jsp", False)]
    assert [asked(url).get("startrecord") for url in chain] == ["6"] * 4 + ["7", "7", None, None]
    assert [asked(url).get("page") for url in chain] == [None] * 6 + ["4", "4"]        # then by pages
    assert {asked(url)["unitid"] for url in chain} == {"1001"}


def test_a_list_that_stands_whole_in_its_page_asks_for_nothing_more():
    listed = hanweb.read(Page(COLUMN, unit(range(1, 6), 5)))
    assert (listed.following, listed.total, len(listed.entries)) == ((), 5, 5)


@pytest.mark.parametrize(("kind", "count"), [
    ("window", 9), ("lookahead", 9), ("page", 9), ("window", 130), ("lookahead", 250),
    ("page", 40), ("short", 40), ("no window", 40), ("one page", 40)])
def test_every_kind_of_server_is_read_to_its_end(kind, count):
    server = Server(count, kind)
    urls, total = read_through(unit(range(1, 7), count), server)
    assert (len(urls), total) == (count, count)


def test_a_server_that_gives_its_first_records_whatever_is_asked_never_looks_read():
    urls, total = read_through(unit(range(1, 7), 9), Server(9, "first"))
    assert (len(urls), total) == (6, 9)


@pytest.mark.parametrize("size", [20, 45])
def test_a_server_that_gives_more_first_records_than_were_known_never_looks_read(size):
    server = Server(60, "first")
    server.answer = lambda url: server.records[:size]
    urls, total = read_through(unit(range(1, 7), 60), server)
    assert len(urls) < total == 60


def test_a_record_that_stands_twice_is_not_waited_for():
    server = Server(9)
    server.records[7] = 3
    urls, total = read_through(unit(range(1, 7), 9), server)
    assert len(urls) == total == 8


def test_a_list_that_lost_an_entry_while_it_was_read_is_read_again():
    server = Server(9)
    server.records.remove(2)                     # after the page was read: what was the seventh is now the sixth
    server.total = 8
    urls, total = read_through(unit(range(1, 7), 9), server)
    assert [form["startrecord"] for form in server.requests] == ["6", "1"]
    assert len(urls) == 9 >= total


def test_a_total_that_counts_what_is_not_shown_is_told_by_a_window_that_holds_only_the_last_record():
    urls, total = read_through(unit(range(1, 7), 12), Server(9, total=12))
    assert len(urls) == total == 9


def test_a_total_that_is_too_low_does_not_end_a_list_whose_windows_are_full():
    urls, _ = read_through(unit(range(1, 7), 105), Server(112, total=105))
    assert len(urls) == 112


def test_two_units_of_one_page_are_both_read():
    html = unit(range(1, 7), 9) + unit(range(101, 103), 2, name="1002")
    urls, total = read_through(html, Server(9))
    assert (len(urls), total) == (11, 11)


def test_a_record_that_is_page_furniture_is_no_entry():
    chrome = '<record><![CDATA[<div class="head"><a href="/col/col1/index.html">首页</a></div>]]></record>'
    html = unit([1, 2], 2).replace("<recordset>", f"<recordset>{chrome}")
    listed = hanweb.read(Page(COLUMN, html))
    assert (len(listed.entries), listed.total, listed.following) == (2, 2, ())


@pytest.mark.parametrize("broken", [
    lambda html: html.replace("</record>", ""), lambda html: html.replace("]]></record>", "</record>"),
    lambda html: html.replace("</record>", "</record><br><p>"), lambda html: html.replace("</datastore>", ""),
    lambda html: html.replace("<record>", "<record >")])
def test_a_block_that_is_no_xml_is_read_all_the_same(broken):
    listed = hanweb.read(Page(COLUMN, broken(unit(range(1, 6), 5))))
    assert [link.name for link in listed.entries] == [f"报告{number}" for number in range(1, 6)]
    assert listed.total == 5


def test_an_empty_window_without_a_total_does_not_end_a_list():
    place = "http://h/module/web/jpage/dataproxy.jsp?startrecord=6&endrecord=105&perpage=2&unitid=1001"
    first = Seen(COLUMN, frozenset(f"http://h/{number}" for number in range(6)))
    listed = hanweb.read(Page(place, "<datastore></datastore>", place), (first,))
    assert listed.following
    assert listed.total is None


def test_columns_that_a_datastore_lists_lead_on():
    column = '<record><![CDATA[<a href="/col/col9/index.html">卜集镇</a>]]>'
    html = unit([], 1).replace("<recordset>", f"<recordset>{column}")
    assert [(link.url, link.name) for link in hanweb.leads(Page(COLUMN, html))] == [
        ("http://h/col/col9/index.html", "卜集镇")]


def test_a_jpage_column_is_told_from_the_page():
    assert families.detect(Page(COLUMN, JPAGE)).name == "hanweb"


def test_the_windows_of_the_pages_own_script_are_read_where_only_those_are_to_be_had():
    """What a person's browser captured: it leafed through the list, and asked for nothing else."""
    server, asks = Server(20), []
    page = hanweb.read(Page(COLUMN, unit(range(1, 7), 20)))
    chain = [page.following[0]]
    while asked(chain[-1]).get("startrecord") != "7":
        chain.append(page.instead[chain[-1]])
    earlier, queue, urls = [Seen(COLUMN, frozenset(link.url for link in page.entries))], chain[-1:], set()
    while queue:
        url = queue.pop()
        asks.append((asked(url)["startrecord"], asked(url)["endrecord"]))
        listed = hanweb.read(Page(url.partition("?")[0], answer(server.answer(url), 20), url), tuple(earlier))
        earlier.append(Seen(url, frozenset(link.url for link in listed.entries)))
        urls |= earlier[-1].entries
        queue += listed.following
    assert asks == [("7", "12"), ("13", "18"), ("19", "24")]
    assert (len(urls | earlier[0].entries), listed.total) == (20, 20)
