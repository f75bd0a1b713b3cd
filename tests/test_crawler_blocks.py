"""What is no page, and what a report's page says besides the report."""

import pytest

from archive.bundles import Offer, Outcome
from crawler import articles, blocks
from crawler.pages import Page

PAGE = f"<html><head><title>潢川县</title></head><body>{'<p>欢迎访问人民政府门户网站</p>' * 20}</body></html>"


@pytest.mark.parametrize(("status", "headers", "text", "outcome"), [
    (200, {}, PAGE, None),
    (304, {}, "", Outcome.NOT_MODIFIED),
    (412, {}, "<script>$_ts=1</script>", Outcome.CHALLENGE),
    (202, {}, "<script>var $_ts = {}</script>", Outcome.CHALLENGE),
    (521, {}, "", Outcome.CHALLENGE),
    (503, {"x-via-jsl": "1"}, "", Outcome.CHALLENGE),
    (403, {}, "Forbidden", Outcome.FIREWALL),
    (405, {}, "", Outcome.FIREWALL),
    (200, {}, "<title>提示</title>您的请求已被云防护拦截", Outcome.FIREWALL),
    (404, {}, PAGE, Outcome.GONE),
    (410, {}, "", Outcome.GONE),
    (500, {}, "", Outcome.STATUS),
    (429, {}, "", Outcome.STATUS),
    (200, {}, "<title>潢川县</title>您访问的页面不存在或已删除。", Outcome.SOFT_404),
    (200, {}, "<title>404</title>" + PAGE, Outcome.SOFT_404),
    (200, {}, "<title>系统提示</title>无权访问", Outcome.FORBIDDEN),
    (200, {}, "<html><script>var a = 1;</script></html>", Outcome.SHELL),
    (200, {}, "<form>请输入验证码<img src='createimage.jsp'></form>", Outcome.CAPTCHA),
])
def test_an_answer_that_is_no_page_is_told_with_its_evidence(status, headers, text, outcome):
    told = blocks.classify(blocks.Answer(status, headers, text))
    assert (told[0] if told else None) is outcome
    assert told is None or str(status) in told[1]


def test_a_report_that_speaks_of_captchas_and_404_is_a_report():
    text = PAGE.replace("</body>", "<p>网站增加验证码，清理页面不存在的链接404条，拦截攻击。</p></body>") * 3
    assert blocks.classify(blocks.Answer(200, {}, text)) is None


def test_dates_stand_in_order_of_trust():
    html = ('<html><head><meta name="PubDate" content="2026-01-22 11:17"></head><body>成文日期：2025-12-31 '
            "来源:某镇 时间:2026-01-23浏览量:3</body></html>")
    offer = Offer("u", "t", "2026-01-24", "2026-01-24")
    found = articles.claims(Page("http://h/", html), "http://h/2026/01-25/1.html", offer)
    assert [(claim.source, claim.on) for claim in found] == [
        ("meta PubDate", "2026-01-22"), ("line 时间", "2026-01-23"), ("listing", "2026-01-24"), ("url", "2026-01-25")]


def test_the_day_it_was_written_is_no_publication():
    assert articles.claims(Page("http://h/", "<p>成文日期：2025-12-31</p>"), "http://h/a.html", None) == ()


def test_files_are_found_wherever_a_page_shows_them():
    html = """<div id="zoom"><a href="/module/download/downfile.jsp?classid=0&filename=a.pdf">附件</a>
      <iframe src="/viewer.html?file=/upload/b.pdf"></iframe><div id="pdfshow" data-value="/c.pdf"></div>
      <img src="/picture/0/t3.jpg"></div><a href="d.docx">下载</a><img src="/l.png"><a href="/n.html">下一篇</a>"""
    found = [link.url for link in articles.files(Page("http://h/x/1.html", html))]
    first = "http://h/module/download/downfile.jsp?classid=0&filename=a.pdf"
    assert found == [first, "http://h/x/d.docx",
                     "http://h/upload/b.pdf", "http://h/c.pdf", "http://h/picture/0/t3.jpg"]
