"""What an article's page says besides its text: when it was published, which files it has, what they are called."""

import base64
import json
from urllib.parse import quote

import pytest

from archive import parse
from archive.bundles import Offer
from crawler import articles
from crawler.pages import Page

URL = "http://www.example.gov.cn/zwgk/202601/t20260109_901.html"


def dates(html, url="http://h/a.html", offer=None):
    return [(claim.source, claim.on) for claim in articles.claims(Page(url, html), url, offer)]


def links(html, url=URL):
    return [link.url.removeprefix("http://www.example.gov.cn") for link in articles.files(Page(url, html))]


@pytest.mark.parametrize("meta", [
    '<meta name="PubDate" content="2026-01-09 15:40">', '<meta name="pubdate" content="2026-01-09 15:40:59">',
    '<META NAME="PUBDATE" CONTENT="2026-01-09"/>', '<meta name="PubDate" content="2026年01月09日 15:30">',
    '<meta name="PubDate" content=""><meta name="PubDate" content="2026/1/9">',
    '<meta name="PubDate" content="20260109153000">'])
def test_the_meta_tag_is_read_in_every_form(meta):
    assert dates(f"<html><head>{meta}</head></html>") == [("meta PubDate", "2026-01-09")]


@pytest.mark.parametrize(("text", "expected"), [
    ("发布时间：2026-01-09 09:42:13", ("line 发布时间", "2026-01-09")),
    ("发 布 日 期 ： 2026年1月9日", ("line 发布日期", "2026-01-09")),
    ("发布日期：　[2026-01-09]", ("line 发布日期", "2026-01-09")),
    ("发布时间:2026.01.09", ("line 发布时间", "2026-01-09")),
    ("来源：某镇人民政府时间：2026-01-09", ("line 时间", "2026-01-09")),
    ("来源：某镇人民政府 时间：2026-01-09", ("line 时间", "2026-01-09")),
    ("日期：2026-01-09 浏览量：33", ("line 日期", "2026-01-09")),
    ("公开日期:2026-01-09", ("line 公开日期", "2026-01-09")),
    ("发布于 2026-01-09", ("line 发布于", "2026-01-09")),
])
def test_a_labelled_line_is_read_however_it_is_set(text, expected):
    assert dates(f"<p>{text}</p>") == [expected]


@pytest.mark.parametrize("text", [
    "成文日期：2026-01-05", "成 文 日 期：2026-01-05", "生成日期：2026-01-05", "发文日期：2026-01-05",
    "印发时间：2026-01-05",
    "失效日期：2030-01-01", "公开时限：长期", "发布时间：　来源：某镇 2026-01-05", "Maketime：2026-01-05"])
def test_what_was_written_or_ends_on_a_day_is_no_publication(text):
    assert dates(f"<p>{text}</p>") == []


def test_the_time_of_generation_is_no_publication():
    assert dates('<meta name="Maketime" content="2026-02-02 10:00:00">') == []


@pytest.mark.parametrize("row", [
    "<td>发布日期：</td><td>2026-01-09</td>", "<th>公 开 日 期</th><td>2026-01-09</td>",
    "<td><b>发　布　日　期　：</b></td><td> 2026年1月9日 </td>", "<td>发布日期：2026-01-09</td>"])
def test_the_head_table_says_when_it_was_published_and_when_it_was_written(row):
    html = ("<table><tr><td>索引号：</td><td>1137/2026-00000</td><td>成文日期：</td><td>2026-01-05</td></tr>"
            f"<tr>{row}</tr></table>")
    assert [on for _, on in dates(html)] == ["2026-01-09"]
    assert dates(html)[0][0].startswith("head table ")


def test_dates_that_disagree_stay_in_the_order_of_trust():
    html = ('<meta name="PubDate" content="2026-01-22"><p>发布时间：2026-01-23</p>'
            "<table><tr><td>公开日期</td><td>2026-01-21</td></tr></table>")
    offer = Offer("u", "t", "2026-01-24", "01-24")
    assert dates(html, "http://h/2026/01-25/1.html", offer) == [
        ("meta PubDate", "2026-01-22"), ("line 发布时间", "2026-01-23"), ("head table 公开日期", "2026-01-21"),
        ("listing", "2026-01-24"), ("url", "2026-01-25")]


@pytest.mark.parametrize("url", [
    "http://h/202601/t20260109_901.html", "http://h/2026/01-09/901.html", "http://h/art/2026/1/9/art_5_901.html",
    "http://h/cms/html/s/2026-01-09/901.html", "http://h/s/2026-01/09/article_1.html",
    "http://h/columns/u/202601/09/u.html"])
def test_an_address_is_the_last_to_be_believed(url):
    assert dates("", url) == [("url", "2026-01-09")]


@pytest.mark.parametrize("url", ["http://h/197001/t19700101_901.html", "http://h/1970/01-01/9.html",
                                 "http://h/202613/t20261399_1.html", "http://h/2026/9.html"])
def test_an_address_that_cannot_be_true_is_not_believed(url):
    assert dates("", url) == []


def test_the_day_of_an_import_is_not_the_day_of_publication():
    assert dates("<p>发布时间：2012-03-20</p>", "http://h/2017/06-01/9.html") == [("line 发布时间", "2012-03-20")]


def test_a_date_before_the_regulations_is_a_default():
    offer = Offer("u", "t", "1970-01-01", "1970-01-01")
    assert dates('<meta name="PubDate" content="1970-01-01">', offer=offer) == []


def test_a_page_drawn_by_script_says_its_date_there():
    told = "{SID: '1', DETAIL: {id: 7, date: 1760000000, display_publish_time: 1767974400}}"
    html = f"<script>window._CONFIG = {told}</script>"
    assert dates(html) == [("script display_publish_time", "2026-01-10")]


@pytest.mark.parametrize(("html", "found"), [
    ('<a appendix="true" href="./P020260109000.pdf" OLDSRC="/protect/P0202601/P020260109000.pdf">n.pdf</a>',
     ["/zwgk/202601/P020260109000.pdf"]),
    ('<a href="/module/download/downfile.jsp?classid=0&filename=0a.pdf">n</a>',
     ["/module/download/downfile.jsp?classid=0&filename=0a.pdf"]),
    ('附件【<a href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2">n.docx</a>】',
     ["/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2"]),
    ('<a href="/virtual_attach_file.vsb?afc=1&e=.pdf">n</a>', ["/virtual_attach_file.vsb?afc=1&e=.pdf"]),
    ('<a href="/group2/M00/0A/1B/wKg">n</a><a href="/attachment/0/518/518.docx">n</a>',
     ["/group2/M00/0A/1B/wKg", "/attachment/0/518/518.docx"]),
    ('<a href="/resources/public/20260129/%E5%B9%B4%E6%8A%A5.pdf">n</a>',
     ["/resources/public/20260129/%E5%B9%B4%E6%8A%A5.pdf"]),
    ('<a href="/pdfjs/web/viewer.html?file=%2Fupload%2Fb.pdf">看</a>', ["/upload/b.pdf"]),
    ('<iframe src="/viewer.html?fileUrl=/upload/b.ofd"></iframe>', ["/upload/b.ofd"]),
    ('<embed src="c.pdf"><object data="d.pdf"></object>', ["/zwgk/202601/c.pdf", "/zwgk/202601/d.pdf"]),
    ('<div id="pdfshow" data-value="/jpaas/c.pdf"></div>', ["/jpaas/c.pdf"]),
    ('<script>showVsbpdfIframe("/__local/A/BC/0A.pdf", "100%", "600")</script>', ["/__local/A/BC/0A.pdf"]),
    ("""<script>document.write('<a href=\\"./W020260109.doc\\" OLDSRC=\\"/protect/W0.doc\\">n<\\/a>')</script>""",
     ["/zwgk/202601/W020260109.doc"]),
    ('<script>var fileUrl = "/upload/e.docx";</script>', ["/upload/e.docx"]),
    (f'<iframe name="{quote(json.dumps({"file": {"name": "年报.pdf", "url": "/disk/9.pdf"}}))}"></iframe>',
     ["/disk/9.pdf"]),
    ('<div id="zoom"><img src="/picture/0/t.jpg"></div><img src="/logo.png">', ["/picture/0/t.jpg"]),
    ('<ul class="nav"><a href="/指南.pdf">指南</a></ul><div id="zoom"><a href="a.pdf">a</a></div>',
     ["/zwgk/202601/a.pdf"]),
    ('<a href="/n.html">下一篇</a><a href="/attachment/0/1.html">x</a>', []),
])
def test_files_are_found_wherever_a_page_has_them(html, found):
    assert links(html) == found


def test_a_file_is_called_by_the_text_of_its_link():
    (file,) = articles.files(Page(URL, '附件：<a href="/system/_content/download.jsp?wbfileid=2">某镇年报.docx</a>'))
    assert file.name == "某镇年报.docx"


DETAIL = """<html><head><title>年报</title></head><body><div id="app"></div><script>window._CONFIG = {{ SID: '755001',
DETAIL: {} }};</script></body></html>"""
TEXT = "<p>一、总体情况</p><p>本镇主动公开 12 条。</p><p><img src='/img/t2.png'></p><p><a href='a.docx'>附件</a></p>"


def test_an_article_that_only_a_script_holds_comes_as_a_file_with_its_text():
    told = {"title": "某镇2025年政府信息公开工作年度报告", "content": TEXT,
            "attachment": [{"name": "年报.pdf", "type": "pdf", "url": "/attachment/0/1/2/3.pdf"}]}
    found = articles.files(Page(URL, DETAIL.format(json.dumps(told, ensure_ascii=False))))
    assert [link.url.removeprefix("http://www.example.gov.cn") for link in found] == [
        "/zwgk/202601/a.docx", "/attachment/0/1/2/3.pdf", "/img/t2.png", f"urn:written:text:{URL}"]
    assert found[1].name == "年报.pdf"
    written = found[-1]
    assert "总体情况" in written.body.decode()
    assert parse.parse(written.body, url=URL).identity.title == "某镇2025年政府信息公开工作年度报告"


def test_an_article_that_its_page_shows_is_not_taken_twice():
    page = Page(URL, DETAIL.format(json.dumps({"content": TEXT})).replace('<div id="app">', f'<div id="app">{TEXT}'))
    assert not any(link.body for link in articles.files(page))


def test_a_pdf_in_a_script_variable_comes_as_a_file():
    body = b"%PDF-1.4\n" + b"x" * 200
    (file,) = articles.files(Page(URL, f"<script>var pdfData = '{base64.b64encode(body).decode()}';</script>"))
    assert file.body == body
    assert file.kind == "application/pdf"
    assert file.url == f"urn:written:0.pdf:{URL}"


@pytest.mark.parametrize(("header", "name"), [
    ('attachment; filename="年报.pdf"'.encode(), "年报.pdf"),
    ('attachment; filename="年报.pdf"'.encode("gbk"), "年报.pdf"),
    ('attachment; filename="年报.pdf"'.encode("gbk").decode("latin-1").encode(), "年报.pdf"),
    (b"attachment; filename=%E5%B9%B4%E6%8A%A5.pdf", "年报.pdf"),
    (b"attachment; filename=%C4%EA%B1%A8.pdf", "年报.pdf"),
    (b"attachment; filename*=UTF-8''%E5%B9%B4%E6%8A%A5.pdf", "年报.pdf"),
    (b"attachment; filename=\"a.pdf\"; filename*=GBK''%C4%EA%B1%A8.pdf", "年报.pdf"),
    (b"attachment; filename=../../etc/passwd", "passwd"),
    (b'attachment; filename="C:\\Users\\a.doc"', "a.doc"),
    (b"inline", None), (b"", None),
])
def test_a_file_is_called_by_its_header_in_any_of_its_forms(header, name):
    assert articles.file_name(header.decode("latin-1")) == name
