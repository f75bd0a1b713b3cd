"""What is no page, and what a report's page says besides the report."""

import time

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


def short(title, body, head=""):
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


ARTICLE = '<meta name="ArticleTitle" content="2025年年报">'
ROWS = ('<ul><li><a href="/1.html">关于夜间关闭网站服务的公告</a></li>'
        '<li><a href="/2.html">网警成功拦截对本网站的访问攻击</a></li>'
        '<li><a href="/3.html">部分页面不存在的整改报告</a></li></ul>')


@pytest.mark.parametrize("text", [
    short("政府信息公开年报", ROWS),                                        # words of titles are not said of the page
    short("政府信息公开年报", '<li><a href="/a.html">2025年年报</a></li><li><a href="/b.html">2024年年报</a></li>'),
    short("年报", '<img src="/1.jpg"><img src="/2.jpg">', ARTICLE),          # a report as pictures
    short("年报", '<img src="/1.jpg"><form>评论 验证码<input name="code"></form>', ARTICLE),
    short("某政办〔2025〕404号", "<p>关于印发年报的通知</p>" * 30),
    short("潢川县", PAGE + "<p>若您访问的页面不存在，请联系我们。</p>" + PAGE * 40),    # long, and in passing
    short("潢川县", f"<form>验证码<input></form>{'<a href=/c>栏目</a>' * 9}"),     # a home page with a login
    short("", '<script type="text/xml"><datastore><recordset></recordset></datastore></script>'),
    short("", "<script>window._CONFIG = { SID: '755001', TREE: [] }</script>"),
    short("", """<script url="/unit" queryData="{'webId':'9'}"></script>"""),
    short("", '<iframe src="/list.html"></iframe><script>var a = 1;</script>'),
    '<datastore><totalrecord>0</totalrecord><recordset></recordset></datastore>',
    '<?xml version="1.0"?><datastore></datastore>', '{"data": {"html": ""}}', 'back({"result": ""})', "[]",
    '{"message": "您访问的页面不存在"}'])
def test_an_honest_page_with_few_words_is_a_page(text):
    assert blocks.classify(blocks.Answer(200, {"x-via-jsl": "1"}, text)) is None


@pytest.mark.parametrize("text", [
    "<a " * 70_000, "<!--" * 60_000, "<script>" * 30_000, "<" * 200_000, "<meta name='ArticleTitle' " * 9_000,
    "验证码" * 60_000, "<a href=x>" * 20_000, "您访问的" * 50_000, "每日" * 90_000, "本网站" * 60_000])
def test_no_page_takes_long_to_tell(text):
    started = time.process_time()
    blocks.classify(blocks.Answer(200, {}, text))
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(("answer", "outcome", "word"), [
    (blocks.Answer(200, {}, short("提示", "您的访问已被网站防火墙阻断")), Outcome.FIREWALL, "防火墙"),
    (blocks.Answer(405, {}, "<h1>Method Not Allowed</h1>", posted=True), Outcome.STATUS, "405"),
    (blocks.Answer(405, {}, "<h1>Method Not Allowed</h1>"), Outcome.FIREWALL, "405"),
    (blocks.Answer(412, {}, f"<h1>412 Precondition Failed</h1>{PAGE}"), Outcome.STATUS, "412"),
    (blocks.Answer(412, {}, "", html=False), Outcome.CHALLENGE, "no text"),
    (blocks.Answer(403, {"set-cookie": "__jsl_clearance_s=x"}, ""), Outcome.CHALLENGE, "challenge"),
    (blocks.Answer(521, {"server": "WAF/9"}, ""), Outcome.CHALLENGE, "WAF/9"),
    (blocks.Answer(200, {}, short("潢川县", "对不起，您要查看的文章已被删除")), Outcome.SOFT_404, "已被删除"),
    (blocks.Answer(200, {}, "File not found.", html=False), Outcome.SOFT_404, "not found"),
    (blocks.Answer(200, {}, short("登录", "<input type='password'>")), Outcome.FORBIDDEN, "login"),
    (blocks.Answer(503, {}, short("通知", "网站正在维护")), Outcome.CLOSED, "维护"),
    (blocks.Answer(200, {}, ""), Outcome.SHELL, "without text")])
def test_the_sign_stands_in_the_evidence(answer, outcome, word):
    told = blocks.classify(answer)
    assert told is not None
    assert told[0] is outcome
    assert word in told[1]


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
