"""Browsing the archive: a real public.db, a real WARC volume, real Datasette, a real browser."""

import asyncio
import hashlib
import http.server
import io
import json
import re
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from playwright.sync_api import sync_playwright
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import BadHome
from archive.home import Home
from archive.index import spaced
from archive.publish import publish
from archive.schema import migrations
from archive.web import application, form
from archive.web.cells import outside, show
from archive.web.describe import tables
from archive.web.server import CannotServe, serve
from archive.web.words import STATUS, STATUS_ORDER

REPORT = """<html><head><meta charset="utf-8"><title>金乡县卜集镇2025年政府信息公开工作年度报告</title></head>
<body><p>卜集镇发放惠农补贴，公开相关信息。</p></body></html>""".encode()
CAPTURE = "11111111-2222-3333-4444-555555555555"
URL = "http://www.jinxiang.gov.cn/art/2026/2/5/art_1_1.html"
BUNDLE = "370828-20260206T010000Z-0011aabb"

# Everything a page could try in order to run, load, send or go elsewhere; {port} listens and counts.
HOSTILE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>政府信息公开</title>
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/refresh">
<base href="http://127.0.0.1:{port}/">
<link rel="preconnect" href="http://127.0.0.1:{port}"><link rel="dns-prefetch" href="//127.0.0.1:{port}">
<link rel="stylesheet" href="http://127.0.0.1:{port}/style.css"><link rel="prefetch" href="http://127.0.0.1:{port}/p">
<style>@import url(http://127.0.0.1:{port}/import.css);
body {{ background: url(http://127.0.0.1:{port}/bg.png) }}</style>
<script>window.name = "owned"; alert(1); fetch("http://127.0.0.1:{port}/fetch");</script>
</head><body onload="window.name='owned'"><h1 id="there">hostile</h1>
<svg onload="window.name='owned'"><script>window.name='owned'</script></svg>
<img src="x" onerror="window.name='owned'"><img src="http://127.0.0.1:{port}/pixel.png">
<iframe src="javascript:parent.name='owned'"></iframe><iframe src="http://127.0.0.1:{port}/frame"></iframe>
<object data="http://127.0.0.1:{port}/object"></object><video src="http://127.0.0.1:{port}/video" autoplay></video>
<form id="f" action="http://127.0.0.1:{port}/form" method="post"><input name="a" autofocus onfocus="this.form.submit()">
<button id="send">send</button></form>
<a id="js" href="javascript:window.name='owned'">script</a>
</body></html>"""


class Writer(WARCWriter):
    """warcio's writer with scratch space that needs no closing."""

    _create_temp_file = staticmethod(io.BytesIO)


class Shelf:
    """A home under construction: bodies go to a WARC volume, rows to public.db."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.warc.mkdir(parents=True)
        self.volume = self.home.warc / "nianbao-00001.warc.gz"
        self.db = sqlite_utils.Database(memory=True)
        migrations.apply(self.db)
        self.db.table("volumes").insert({"name": self.volume.name, "length": 0})

    def body(self, content: bytes, media_type: str = "text/html") -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        offset = self.volume.stat().st_size if self.volume.exists() else 0
        with self.volume.open("ab") as file:
            writer = Writer(file, gzip=True, warc_version="1.1")
            headers = StatusAndHeaders("200 OK", [("Content-Type", media_type)], protocol="HTTP/1.1")
            record = writer.create_warc_record(URL, "response", payload=io.BytesIO(content), http_headers=headers)
            writer.write_record(record)
        self.db.table("bodies").insert({
            "sha256": sha256, "media_type": media_type, "length": len(content),
            "volume": self.volume.name, "offset": offset,
        })
        return sha256

    def publish(self) -> None:
        publish(self.db, self.home, now=datetime(2026, 2, 16, tzinfo=UTC))



DUTY = {
    "report_year": 2025, "county": "370828", "due_local": "2026-01-31", "due_outer": "2026-03-31",
    "rule": "31 January, local practice", "past": None, "confirmed": 0, "urls": "[]", "flags": "[]", "evidence": "[]",
    "judged": "2026-02-16T00:00:00Z",
}
CELLS = {"t3.new_received.natural_person": 3, "t3.new_received.total": 4, "t4.review.upheld": None}
SOURCES = {
    "t3.new_received.total": {"raw": "4", "state": "value", "method": "html", "at": "table 2, row 4, column 10"},
    "t4.review.upheld": {"raw": "无", "state": "text", "method": "html", "at": "table 3, row 4, column 1"},
}


def fill(shelf: Shelf) -> None:
    """A county, five townships and their duties, one report with a sum that does not add up."""
    db = shelf.db
    db.table("counties").insert(
        {"code": "370828", "name": "金乡县", "prefecture": "济宁市", "province": "山东省"})
    db.table("townships").insert_all([
        {"code": code, "name": name, "kind": "镇", "county": "370828", "owes": 1}
        for code, name in (("370828111", "卜集镇"), ("370828103", "羊山镇"), ("370828104", "胡集镇"),
                           ("370828105", "霄云镇"), ("370828106", "鸡黍镇"))
    ])
    db.table("bundles").insert({
        "id": BUNDLE, "county": "370828", "started": "2026-02-06T01:00:00Z", "ended": "2026-02-06T01:05:00Z",
        "verdict": "partial", "reason": "page 2 of one listing timed out", "by": None, "crawler": "test/1",
        "ingested": "2026-02-06T01:06:00Z", "counters": "{}",
    })
    sha256 = shelf.body(REPORT)
    db.table("captures").insert({
        "id": CAPTURE, "bundle": BUNDLE, "url": URL, "at": "2026-02-06T01:01:00Z", "record_type": "response",
        "status": 200, "outcome": "report", "sha256": sha256, "volume": shelf.volume.name, "offset": 0, "length": 400,
    })
    report = {"cells": CELLS, "sources": SOURCES}
    text = "卜集镇发放惠农补贴，公开相关信息。"
    title = "金乡县卜集镇2025年政府信息公开工作年度报告"
    db.table("documents").insert({
        "id": 1, "sha256": sha256, "county": "370828", "parser": "test/1", "kind": "township_report", "format": "2021",
        "title": title, "township": "370828111", "report_year": 2025, "cells_read": 2,
        "report": json.dumps(report, ensure_ascii=False), "text": text,
    })
    db.execute("INSERT INTO documents_fts (rowid, title, text) VALUES (1, ?, ?)", [spaced(title), spaced(text)])
    db.table("publications").insert({
        "id": 7, "county": "370828", "url": URL, "township": "370828111", "report_year": 2025, "title": title,
        "sha256": sha256, "page_sha256": sha256, "claimed_on": "2026-02-05", "claimed_from": "meta PubDate",
        "first_seen": "2026-02-06T01:01:00Z", "last_seen": "2026-02-06T01:01:00Z", "versions": 1,
    })
    db.table("versions").insert({
        "publication": 7, "number": 1, "seen": "2026-02-06T01:01:00Z", "sha256": sha256, "capture": CAPTURE,
        "changed": "[]",
    })
    db.table("table3").insert({"publication": 7, "row": "new_received", "natural_person": 3, "business": 0, "total": 4})
    db.table("table4").insert({"publication": 7, "row": "review", "upheld": None, "total": 0})
    failing = {"publication": 7, "result": "fail", "severity": "error", "cells": json.dumps(list(CELLS)[:2])}
    db.table("checks").insert_all([
        failing | {"code": "B03", "attribution": "publisher", "message": "总计与各列之和不符"},
        failing | {"code": "B01", "attribution": "unknown", "message": "由扫描件读出，待核"},
    ])
    late = {"claimed_on": "2026-02-05", "claimed_from": "meta PubDate", "publication": 7, "url": URL, "sha256": sha256,
            "first_look_with": "2026-02-06T01:00:00Z", "last_look_without": "2026-02-02T17:00:00Z",
            "evidence": json.dumps([CAPTURE])}
    db.table("duties").insert_all([
        DUTY | {"township": "370828111", "status": "late", "confirmed": 1} | late,
        DUTY | {"township": "370828103", "status": "missing", "confirmed": 1, "past": "local"},
        DUTY | {"township": "370828104", "status": "missing", "past": "local"},
        DUTY | {"township": "370828105", "status": "unknown", "reason": "blocked by a challenge page"},
        DUTY | {"township": "370828106", "status": "on_time"},
    ])
    db.table("looks").insert({
        "id": 1, "bundle": BUNDLE, "township": "370828105", "report_year": 2025, "at": "2026-02-06T01:05:00Z",
        "complete": 0, "reason": "blocked by a challenge page", "listings": "[]",
    })


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    made = Shelf(tmp_path_factory.mktemp("home"))
    fill(made)
    made.publish()
    return made


@pytest.fixture(scope="module")
def archive(shelf):
    made = application(shelf.home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def get(archive):
    with asyncio.Runner() as runner:
        yield lambda path: runner.run(archive.client.get(path))


def words(page):
    """A page's text as a reader sees it."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_overview_counts_each_status_and_does_not_accuse_after_one_look(get):
    page = get("/")
    assert page.status_code == 200
    text = words(page)
    for expected in ("金乡县", "published late 逾期公布 1", "not published 未公布 1", "not found, to be confirmed",
                     "partial 不完整", "page 2 of one listing timed out"):
        assert expected in text


def test_the_overview_says_so_when_nothing_is_there(tmp_path):
    empty = Shelf(tmp_path / "home")
    empty.publish()
    made = application(empty.home, language="zh")
    page = asyncio.run(made.client.get("/"))
    made.close()
    assert "暂无数据" in page.text
    assert '<html lang="zh">' in page.text


def test_every_page_answers(get):
    for path in ("/public", "/public/v_status", "/public/v_figures", "/public/v_defects", "/public/v_changes",
                 "/public/v_crawls", "/public/counties/370828", "/public/townships/370828111",
                 "/public/duties/370828111,2025", "/public/duties/370828105,2025", "/public/publications/7",
                 f"/public/captures/{CAPTURE}", f"/public/bundles/{BUNDLE}", "/public/documents/1",
                 *(f"/public/{name}" for name in tables() if not name.startswith("_"))):
        assert get(path).status_code == 200, path


def test_every_table_view_and_column_is_described(shelf):
    described = tables()
    for name, columns in schema_of(shelf.home.public).items():
        assert name in described, name
        assert name == "_sqlite_migrations" or list(described[name].columns) == columns, name


def schema_of(path):
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE '%_fts%'"
        " AND name NOT LIKE 'sqlite_%'")]
    columns = {name: [row[1] for row in connection.execute(f"PRAGMA table_info([{name}])")] for name in names}
    connection.close()
    return columns


def test_every_facet_and_label_is_a_column(shelf):
    for name, columns in schema_of(shelf.home.public).items():
        told = tables()[name]
        assert {*told.facets, told.sort, told.sort_desc, told.label} - {None} <= set(columns)


def test_every_status_has_its_place_on_the_overview():
    assert set(STATUS_ORDER) == set(STATUS)


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("not-published", ["羊山镇", "胡集镇", "to be confirmed", "2026-01-31"], ["卜集镇", "霄云镇"]),
        ("late", ["卜集镇", "meta PubDate", ">5<"], ["羊山镇"]),                     # 31 January to 5 February
        ("sums", ["总计与各列之和不符", "一、本年新收政府信息公开申请数量：总计 = 4"], ["待核"]),
        ("unknown", ["霄云镇", "blocked by a challenge page"], ["羊山镇"]),
        ("withdrawn", ["无记录"], ["羊山镇"]),
        ("changed", ["无记录"], ["卜集镇"]),
    ],
)
def test_a_named_question_is_answered(get, query, shown, hidden):
    page = get(f"/public/{query}")
    for expected in shown:
        assert expected in page.text.replace(".0<", "<"), expected
    for other in hidden:
        assert other not in page.text, other


def test_a_question_can_be_narrowed_to_a_county_and_a_year(get):
    assert "羊山镇" in get("/public/not-published?county=金乡县&year=2025").text
    assert "羊山镇" not in get("/public/not-published?county=370828&year=2024").text


@pytest.mark.parametrize("term", ["补贴", "惠农补贴", "镇", "卜集镇 公开"])
def test_words_of_one_and_two_characters_are_found(get, term):
    assert "卜集镇" in get(f"/public/search?words={term}").text
    assert get(f"/public/documents.json?_search={term}").json()["filtered_table_rows_count"] == 1


@pytest.mark.parametrize("words", ["", "%20", "%22"])
def test_a_search_for_nothing_finds_nothing(get, words):
    assert get(f"/public/search.json?_shape=array&words={words}").json() == []


@pytest.mark.parametrize("term", ["贴补", "林业", '"', "补贴* OR (", "公开 林业"])
def test_words_that_are_not_there_find_nothing_and_break_nothing(get, term):
    found = get("/public/documents.json?_search=" + urllib.parse.quote(term))
    assert (found.status_code, found.json()["filtered_table_rows_count"]) == (200, 0)


def test_a_report_is_shown_in_the_layout_of_the_form(get):
    page = get("/public/publications/7").text
    assert "一、本年新收政府信息公开申请数量" in page
    cell = re.search(r'<td id="t3\.new_received\.total"[^>]*>(.*?)</td>', page)
    assert cell[1].startswith("4<sup>B03")
    assert "table 2, row 4, column 10" in cell[0]
    assert "failed" in cell[0]


def test_a_cell_that_was_not_read_is_a_dash_and_never_zero(get):
    page = get("/public/publications/7").text
    blank = re.search(r'<td id="t4\.review\.upheld"[^>]*>(.*?)</td>', page)
    assert blank[1] == "—"
    assert "“无”" in blank[0]
    assert re.search(r'<td id="t4\.review\.total"[^>]*>(.*?)</td>', page)[1] == "0"


def test_a_change_is_told_by_the_forms_own_names():
    changed = json.dumps(["t3.new_received.total: 3 → 4", "<b>text</b>"])
    assert show("changed", changed, {}, None, "en") == (
        "一、本年新收政府信息公开申请数量：总计: 3 → 4<br>&lt;b&gt;text&lt;/b&gt;"
    )


def test_only_what_the_publishers_document_shows_is_held_against_it(get):
    assert "由扫描件读出" not in get("/public/publications/7").text


@pytest.mark.parametrize(("year", "rows", "third"), [("2019", 23, 20), ("2021", 25, 22)])
def test_table_3_has_the_rows_of_its_form(year, rows, third):
    table = form.tables(year, lambda key: form.Shown("1"))[1]
    body = table.rows[table.head:]
    assert len(body) == rows
    assert body[2][0].rowspan == third                                         # 三、本年度办理结果
    assert all(sum(cell.key is not None for cell in row) == 7 for row in body)


@pytest.mark.parametrize("year", ["2019", "2021"])
def test_the_merged_cells_of_every_form_fill_their_table(year):
    for table in form.tables(year, lambda key: form.Shown("1")):
        taken = set()
        for y, row in enumerate(table.rows):
            x = 0
            for cell in row:
                while (y, x) in taken:
                    x += 1
                taken |= {(y + down, x + right) for down in range(cell.rowspan) for right in range(cell.colspan)}
        height, width = max(y for y, _ in taken) + 1, max(x for _, x in taken) + 1
        assert len(taken) == height * width == len(table.rows) * width, table.name


def test_an_original_comes_back_as_it_went_in(get, shelf):
    sha256 = hashlib.sha256(REPORT).hexdigest()
    answer = get(f"/-/original/{sha256}")
    assert answer.content == REPORT
    assert answer.headers["content-disposition"] == f'attachment; filename="nianbao-{sha256[:16]}.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html"


def test_a_pdf_is_never_shown_in_place(tmp_path):
    shelf = Shelf(tmp_path / "home")
    sha256 = shelf.body(b"%PDF-1.4 ...", "application/pdf")
    odd = shelf.body(b"<script>", "text/html; x=\r\nSet-Cookie: a=b")
    shelf.publish()
    made = application(shelf.home)
    answer = asyncio.run(made.client.get(f"/-/view/{sha256}"))
    strange = asyncio.run(made.client.get(f"/-/view/{odd}"))
    made.close()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/pdf"
    assert strange.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in strange.headers


@pytest.mark.parametrize("what", ["original", "view"])
@pytest.mark.parametrize("sha256", ["0" * 64, "../../ledger.db", "1", "A" * 64, "..%2f..%2fledger.db"])
def test_what_the_archive_does_not_hold_is_not_found(get, what, sha256):
    answer = get(f"/-/{what}/{sha256}")
    assert answer.status_code in (302, 404)
    assert answer.status_code == 404 or get(answer.headers["location"]).status_code == 404


def test_a_damaged_volume_is_not_passed_on_as_an_original(tmp_path):
    shelf = Shelf(tmp_path / "home")
    sha256 = shelf.body(REPORT)
    shelf.publish()
    shelf.volume.write_bytes(shelf.volume.read_bytes()[:-60])
    made = application(shelf.home)
    answer = asyncio.run(made.client.get(f"/-/original/{sha256}"))
    made.close()
    assert answer.status_code == 500
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("path", ["/-/databases.json", "/-/metadata", "/-/settings.json", "/-/versions", "/-/threads",
                                  "/-/plugins.json", "/-/patterns", "/public.db", "/_internal", "/_memory"])
def test_nothing_is_told_about_the_server(get, path):
    assert get(path).status_code in (403, 404)


@pytest.mark.parametrize("sql", [
    "select * from pragma_database_list()",
    "select file from pragma_database_list",
    "select hex(zeroblob(900000000))",
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    "select load_extension('x')",
])
def test_a_query_can_neither_see_the_server_nor_exhaust_it(get, shelf, sql):
    answer = get("/public.json?" + urllib.parse.urlencode({"sql": sql}))
    assert answer.status_code == 400
    assert str(shelf.home.root) not in answer.text


def test_no_page_names_a_path_of_the_server(get, shelf):
    for path in ("/", "/public", "/public.json", "/.json", "/public/bundles", "/nothing", "/public/nothing",
                 "/public?sql=select+*+from+nothing", "/public/publications/99", "/public/duties/1"):
        assert str(shelf.home.root) not in get(path).text, path


def test_our_pages_allow_no_script_and_no_frame(get):
    for path in ("/", "/public/v_status", "/public/publications/7", "/nothing"):
        page = get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in page.headers
        assert "<script" not in page.text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page.text), path


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,<b>", "ftp://a/b", "http://a/ b", "//a/b",
                                 "http://a/\"onclick=x", " javascript:alert(1)"])
def test_only_web_addresses_become_links(url):
    assert outside(url) is None


def test_a_link_to_a_portal_takes_nothing_along(get):
    page = get("/public/publications/7").text
    assert f'href="{URL}" rel="noopener noreferrer nofollow"' in page


def test_a_title_from_a_portal_is_only_text(tmp_path):
    shelf = Shelf(tmp_path / "home")
    fill(shelf)
    shelf.db.table("publications").update(7, {"title": "<script>alert(1)</script>", "url": "javascript:alert(1)"})
    shelf.db.table("duties").update(("370828111", 2025), {"url": "javascript:alert(1)", "reason": "<img src=x>"})
    shelf.publish()
    made = application(shelf.home)
    with asyncio.Runner() as runner:
        for path in ("/public/publications/7", "/public/publications", "/public/v_status", "/public/late",
                     "/public/townships/370828111", "/public/duties/370828111,2025"):
            page = runner.run(made.client.get(path)).text
            assert "<script" not in page
            assert "<img" not in page
            assert 'href="javascript' not in page
    made.close()


def test_there_is_nothing_to_browse_before_the_first_snapshot(tmp_path):
    with pytest.raises(BadHome, match="nianbao run"):
        application(Home(tmp_path))


def test_a_port_that_is_taken_is_named(shelf):
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as taken:
        port = taken.server_address[1]
        with pytest.raises(CannotServe, match=f"port {port}"):
            serve(shelf.home, port=port)


SERVE = """
import sys
from pathlib import Path
from archive.home import Home
from archive.web import serve
serve(Home(Path(sys.argv[1])), port=0, ready=lambda url: print(url, flush=True))
"""


@contextmanager
def serving(home):
    """A real server process; gives its address without the last slash."""
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(home.root)], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip().rstrip("/")
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def test_a_running_server_notices_a_new_snapshot(tmp_path):
    shelf = Shelf(tmp_path / "home")
    fill(shelf)
    shelf.publish()
    with serving(shelf.home) as address:
        first = [fetch(f"{address}/public/counties.json?_shape=array") for _ in range(4)]
        shelf.db.table("counties").insert({"code": "371521", "name": "阳谷县", "province": "山东省"})
        shelf.publish()
        later = [fetch(f"{address}/public/counties.json?_shape=array") for _ in range(8)]
        front = fetch(f"{address}/")
    assert all("371521" not in page for page in first)
    assert all("371521" in page for page in later)
    assert "阳谷县" in front


def test_a_snapshot_may_change_while_pages_are_being_made(tmp_path):
    shelf = Shelf(tmp_path / "home")
    fill(shelf)
    shelf.publish()
    with serving(shelf.home) as address, ThreadPoolExecutor(4) as readers:
        pages = [readers.submit(fetch, address + path) for path in ("/", "/public/v_status", "/public/late") * 12]
        for _ in range(8):
            shelf.publish()
        assert all("金乡县" in page.result() for page in pages)


@contextmanager
def listening():
    """A server that writes down every connection and request it gets."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, *arguments):
            pass

    class Counting(http.server.ThreadingHTTPServer):
        def get_request(self):
            seen.append("connection")
            return super().get_request()

    with Counting(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def browsing():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@pytest.mark.slow
def test_a_hostile_original_neither_runs_nor_loads_nor_leaves(tmp_path):
    shelf = Shelf(tmp_path / "home")
    with listening() as (port, seen):
        page_sha = shelf.body(HOSTILE.format(port=port).encode())
        text_sha = shelf.body(HOSTILE.format(port=port).encode() + b" ", "text/plain")
        svg_sha = shelf.body(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml")
        shelf.publish()
        with serving(shelf.home) as address, browsing() as browser:
            page = browser.new_page()
            dialogs = []
            page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
            for sha256 in (page_sha, text_sha):
                url = f"{address}/-/view/{sha256}"
                page.goto(url)
                page.wait_for_timeout(1500)
                assert page.url == url
                assert page.evaluate("window.name") == ""
            page.goto(f"{address}/-/view/{page_sha}")
            assert page.locator("#there").inner_text() == "hostile"
            page.click("#send")
            page.click("#js")
            page.wait_for_timeout(500)
            assert page.url == f"{address}/-/view/{page_sha}"
            assert page.evaluate("window.name") == ""
            page.goto(address)
            with page.expect_download() as download:
                page.evaluate(f"() => {{ location = '{address}/-/view/{svg_sha}' }}")
            assert download.value.suggested_filename.endswith(".svg")
            assert dialogs == []
            assert page.context.cookies() == []
    assert seen == []


@pytest.mark.slow
def test_our_pages_keep_their_own_policy_and_fit_a_phone(shelf):
    with serving(shelf.home) as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        for path in ("/", "/public", "/public/v_status", "/public/late", "/public/counties/370828",
                     "/public/townships/370828111", "/public/duties/370828111,2025", "/public/publications/7",
                     "/public/documents?_search=补贴", "/public?sql=select+1"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        page.goto(address)
        page.fill("header input[type=search]", "补贴")
        page.click("header button")
        assert "卜集镇" in page.content()
        assert complaints == []
