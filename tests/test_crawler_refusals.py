"""What one address comes to on a portal that misbehaves: each way is served on loopback and asked for really."""

import time

import asking
import pytest
import smallportal

from archive.bundles import Outcome

pytestmark = pytest.mark.slow

LONG = "<p>本报告依据《中华人民共和国政府信息公开条例》编制，数据时限自一月一日起。</p>" * 20
PAGE = smallportal.page("年报", LONG)
STUB = b"<html><head><script>var a = 1;</script></head><body></body></html>"
CHALLENGE = b"<html><head><script>$_ts=window['$_ts']||{};$_ts.cd='q';</script></head><body></body></html>"


def gives(body, status=200, *headers):
    body = body if isinstance(body, bytes) else body.encode()
    return lambda handler: handler.give(body, status=status, headers=(*smallportal.HEADERS, *headers))


def at_first(times, refusal, then):
    """The refusal so many times, then the page."""
    left = [refusal] * times
    return lambda handler: (left.pop() if left else gives(then))(handler)


def leads(to, status=302):
    return lambda handler: handler.give(b"", status=status, headers=(("Location", to),))


def notice(title, text):
    return gives(f"<html><head><title>{title}</title></head><body><p>{text}</p><a href='/'>返回首页</a></body></html>")


def unannounced(body):
    """As old servers do: no Content-Length, the connection's end is the body's."""
    def answer(handler):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n"
        handler.wfile.write(head + body)
        handler.close_connection = True
    return answer


def cookie_first(handler):
    if "seen=1" in handler.headers.get("Cookie", ""):
        handler.give(PAGE)
    else:
        back = "<meta http-equiv='refresh' content='0;url=/cookie.html'>"
        gives(back, 200, ("Set-Cookie", "seen=1; path=/"))(handler)


def from_its_page(handler):
    ours = (handler.headers.get("Referer") or "").startswith(f"http://{handler.headers['Host']}/")
    (gives(b"%PDF-1.4 %%EOF") if ours else gives("<html>no</html>", 403))(handler)


# What is asked for, how it is answered, what comes of it, how often it was asked for.
CASES = [
    ("/ok.html", PAGE, None, 1),
    ("/412.html", gives(CHALLENGE, 412), Outcome.CHALLENGE, 1),
    ("/412words.html", gives(f"<h1>412 Precondition Failed</h1>{LONG}", 412), Outcome.STATUS, 1),
    ("/521.html", gives("", 521), Outcome.CHALLENGE, 1),
    ("/503jsl.html", gives("<html>wait</html>", 503, ("X-Via-JSL", "a1")), Outcome.CHALLENGE, 1),
    ("/403cookie.html", gives(STUB, 403, ("Set-Cookie", "__jsl_clearance_s=1")), Outcome.CHALLENGE, 1),
    ("/468.html", gives("", 468), Outcome.CHALLENGE, 1),
    ("/202.html", gives(CHALLENGE, 202), Outcome.CHALLENGE, 1),
    ("/200token.html", gives(CHALLENGE), Outcome.CHALLENGE, 1),
    ("/letin.html", gives(CHALLENGE.replace(b"<body>", b"<body>" + LONG.encode())), None, 1),
    ("/via.html", gives(PAGE, 200, ("X-Via-JSL", "a1")), None, 1),
    ("/403.html", gives("<html>Forbidden</html>", 403), Outcome.FIREWALL, 1),
    ("/405.html", gives("<html>您的访问被阻断</html>", 405), Outcome.FIREWALL, 1),
    ("/waf.html", notice("拦截提示", "您的请求存在威胁，已被云防护拦截"), Outcome.FIREWALL, 1),
    ("/stub.html", gives(STUB), Outcome.SHELL, 1),
    ("/code.pdf", gives("请输入验证码<img src='/system/resource/js/filedownload/createimage.jsp'><input>"),
     Outcome.CAPTCHA, 1),
    ("/422.html", gives("no", 422), Outcome.STATUS, 1),
    ("/550.html", gives("no", 550), Outcome.STATUS, 1),
    ("/loop.html", leads("/loop.html", 307), Outcome.STATUS, 11),
    ("/429.html", at_first(3, gives("slow", 429), PAGE), None, 4),
    ("/502.html", at_first(2, gives("bad gateway", 502), PAGE), None, 3),
    ("/504.html", gives("gateway timeout", 504), Outcome.STATUS, 3),
    ("/cut.html", at_first(1, lambda handler: handler.give(PAGE, length=2 * len(PAGE)), PAGE), None, 2),
    ("/night.html", notice("通知", "本网站夜间关闭，开放时间为8:00至20:00"), Outcome.CLOSED, 1),
    ("/night403.html", gives("<html>非工作时间暂停对外服务</html>", 403), Outcome.CLOSED, 1),
    ("/words.html", notice("潢川县", "您访问的页面不存在或已删除"), Outcome.SOFT_404, 1),
    ("/title.html", gives(f"<title>404 - 潢川县</title>{LONG}"), Outcome.SOFT_404, 1),
    ("/gone.html", leads("/"), Outcome.SOFT_404, 1),
    ("/hint.html", notice("系统提示", "对不起，您无权访问"), Outcome.FORBIDDEN, 1),
    ("/meta.html", gives("<meta http-equiv='refresh' content='1; url=/there.html'>"), None, 1),
    ("/script.html", gives("<script>window.location.href='/there.html';</script>"), None, 1),
    ("/hop.html", gives("<script>location.replace('/hop.html')</script>"), Outcome.STATUS, 2),
    ("/away.html", gives("<script>top.location='http://other.example/';</script>"), Outcome.FOREIGN, 1),
    ("/cookie.html", cookie_first, None, 2),
    ("/reload.html", gives(f"<meta http-equiv='refresh' content='9;url=/reload.html'>{LONG}"), None, 1),
    ("/file.jsp", from_its_page, None, 1),
    ("/slash.html/", gives("", 412), None, 1),
    ("/twice//here.html", gives("no", 404), None, 1),
    ("/old.jsp", unannounced(PAGE), None, 1),
    ("/oldcut.jsp", unannounced(PAGE[:-20]), Outcome.TRUNCATED, 3),
    ("/data.do", unannounced(b'{"rows": []}'), None, 1),
]
BESIDE = {"/there.html": PAGE, "/slash.html": PAGE, "/twice/here.html": PAGE, "/robots.txt": gives("", 404)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """{path: what it came to}, and how often each was asked for."""
    answers = smallportal.pages() | BESIDE | {path: answer for path, answer, *_ in CASES}
    with smallportal.serving(answers) as portal:
        _, captures = asking.ask(portal, tmp_path_factory.mktemp("asked"), [path for path, *_ in CASES])
        counts = {path: len(portal.times(path)) for path, *_ in CASES}
    return dict(zip(counts, captures, strict=True)), counts


@pytest.mark.parametrize(("path", "outcome", "times"), [(path, outcome, times) for path, _, outcome, times in CASES])
def test_an_answer_comes_to_what_it_is(told, path, outcome, times):
    captures, counts = told
    capture = captures[path]
    assert capture.outcome == outcome, capture.reason
    assert counts[path] == times
    assert outcome is None or capture.reason
    assert capture.url.endswith(path)


def test_a_page_that_another_leads_to_answers_for_it(told):
    captures, _ = told
    for path in ("/meta.html", "/script.html"):
        assert captures[path].final.endswith("/there.html")
    assert captures["/slash.html/"].final.endswith("/slash.html")


def test_a_host_that_begins_to_refuse_is_paused_and_then_asked_again(tmp_path):
    """A challenge in the middle of a crawl may be about its pace; one at its start is taken at its word."""
    answers = smallportal.pages() | {"/late.html": at_first(1, gives(CHALLENGE, 412), PAGE)}
    with smallportal.serving(answers) as portal:
        _, (first, second) = asking.ask(portal, tmp_path, ["/", "/late.html"], fresh=False)
        before, after = portal.times("/late.html")
    assert (first.outcome, second.outcome) == (None, None)
    assert after - before > 2.0


def test_pages_that_are_broken_are_no_reason_to_give_up_a_host_that_answers(tmp_path):
    broken = {f"/broken{number}.html": gives("no", 550) for number in range(5)}
    with smallportal.serving(smallportal.pages() | broken) as portal:
        _, captures = asking.ask(portal, tmp_path, ["/", *broken, "/nb/"], fresh=False)
    assert {capture.outcome for capture in captures[1:-1]} == {Outcome.STATUS}
    assert captures[-1].outcome is None


SHELL = smallportal.page("某县人民政府", "<div id='app'>欢迎您访问某县人民政府门户网站，请稍候</div>")


def test_a_host_that_shows_the_same_for_any_address_is_found_out_with_one_more_request(tmp_path):
    def anything(handler):
        handler.give(SHELL)

    class Anything(dict):
        def get(self, path, default=None):
            return super().get(path, anything)

    answers = Anything(smallportal.pages() | {"/robots.txt": gives("", 404)})
    with smallportal.serving(answers) as portal:
        _, captures = asking.ask(portal, tmp_path, ["/", "/a.html", "/b.html", "/nb/", "/c.html"], fresh=False)
        asked = [path for _, path in portal.asked]
    assert [capture.outcome for capture in captures] == [None, None, Outcome.SOFT_404, None, Outcome.SOFT_404]
    assert len(asked) == 1 + 5 + 1


def test_an_honest_host_is_asked_for_nothing_but_what_is_wanted(tmp_path):
    answers = smallportal.pages()
    with smallportal.serving(answers) as portal:
        asking.ask(portal, tmp_path, list(answers), fresh=False)
        asked = [path for _, path in portal.asked]
    assert sorted(asked) == sorted(["/robots.txt", *answers])


def test_the_form_in_which_a_host_answers_is_remembered(tmp_path):
    with smallportal.serving(smallportal.pages()) as other:
        answers = {path: leads(other.home.rstrip("/") + path) for path in smallportal.pages()}
        answers["/robots.txt"] = gives("", 404)
        with smallportal.serving(answers) as portal:
            _, captures = asking.ask(portal, tmp_path, list(smallportal.pages()), fresh=False, hosts=[other])
            asked = [path for _, path in portal.asked]
    assert {capture.outcome for capture in captures} == {None}
    assert asked == ["/robots.txt", "/"]


def test_a_portal_that_is_closed_by_its_entry_is_not_asked_at_all(tmp_path):
    started = time.monotonic()
    with smallportal.serving(smallportal.pages()) as portal:
        _, crawl = portal.crawl(tmp_path, entry='hours = "10:00-22:00"\n')       # it is nine in the morning
    assert portal.asked == []
    assert "closed" in crawl.reason
    assert time.monotonic() - started < 30


def test_a_budget_of_requests_ends_a_crawl_and_says_so(tmp_path):
    with smallportal.serving(smallportal.pages()) as portal:
        _, crawl = portal.crawl(tmp_path, entry="requests = 4\n")
        asked = len(portal.asked)
    assert asked == 4
    assert crawl.verdict == "partial"
    assert Outcome.NOT_ASKED in {one.outcome for one in crawl.candidates}
