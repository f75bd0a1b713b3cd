"""What pages and addresses say of the way on, and what a crawl remembers of its hosts."""

from datetime import UTC, datetime

import pytest

from archive.bundles import Outcome
from crawler import hosts, moves, waits
from crawler.gate import rules_text
from crawler.hosts import Hosts
from crawler.items import Capture

HOME = "http://www.x.gov.cn/"
NOW = datetime(2026, 2, 16, tzinfo=UTC)
WORDS = "<p>本报告依据条例编制，数据时限自一月一日起。</p>" * 20


@pytest.mark.parametrize(("markup", "target"), [
    ('<meta http-equiv="refresh" content="0; url=/zwgk/">', f"{HOME}zwgk/"),
    ('<meta http-equiv="Refresh" content="3;URL=\'index.html\'"><p>正在跳转</p>', f"{HOME}a/index.html"),
    ('<meta http-equiv="refresh" content="60; url=/zwgk/">', None),                  # a page that reloads
    (f'<meta http-equiv="refresh" content="0; url=/zwgk/">{WORDS}', None),           # a page with words of its own
    ('<script>location="/b/";</script>', f"{HOME}b/"),
    ('<script>window.location.href = "https://xxgk.x.gov.cn/";</script>', "https://xxgk.x.gov.cn/"),
    ("<script>top.location.replace('/c.html')</script>", f"{HOME}c.html"),
    ("<script>//old\n<!-- location='/old/' -->location.assign('/new/')</script>", f"{HOME}new/"),
    ("<script>if(/iPhone/.test(navigator.userAgent)) location='/m/'</script>", None),   # a script that decides
    ("<script>location='/a/' + token</script>", None),
    ("<script>location='/a/'; location='/b/'</script>", None),
    ("<script>document.cookie='a=1'; location='/a/'</script>", None),
    ("<script>location='javascript:void(0)'</script>", None),
    ("<script>var a = 1</script>", None)])
def test_a_page_that_is_nothing_else_says_where_it_leads(markup, target):
    assert moves.onward(f"{HOME}a/x.html", markup) == target


@pytest.mark.parametrize(("url", "plain"), [
    (f"{HOME}a.html/", f"{HOME}a.html"), (f"{HOME}a//b.html", f"{HOME}a/b.html"), (f"{HOME}a.pdf//", f"{HOME}a.pdf"),
    (f"{HOME}a.html%20", f"{HOME}a.html"), (f"{HOME}a/", None), (f"{HOME}a.html", None), (HOME, None),
    (f"{HOME}a.jsp?u=http://b//c", None)])
def test_slips_of_templates_are_taken_out_of_an_address(url, plain):
    assert moves.plainer(url) == plain


@pytest.mark.parametrize(("url", "front"), [
    (HOME, True), ("http://x.gov.cn", True), (f"{HOME}index.html", True), (f"{HOME}default.aspx", True),
    (f"{HOME}index_1.html", False), (f"{HOME}?a=1", False), (f"{HOME}zwgk/", False), (f"{HOME}zwgk/index.html", False)])
def test_a_front_page_is_told_by_its_address(url, front):
    assert moves.is_front(url) is front


def test_a_form_is_remembered_until_it_leads_back():
    known = Hosts(HOME)
    known.learn(f"{HOME}a", "https://www.x.gov.cn/a")
    assert known.form(f"{HOME}b?c=1") == "https://www.x.gov.cn/b?c=1"
    known.learn("https://www.x.gov.cn/b", f"{HOME}b")
    assert known.form(f"{HOME}b") == f"{HOME}b"
    known.learn(f"{HOME}a", "https://www.x.gov.cn/a")
    assert known.form(f"{HOME}b") == f"{HOME}b"


def test_a_page_that_leads_elsewhere_says_nothing_of_its_host():
    known = Hosts(HOME)
    known.learn(f"{HOME}old.html", "https://www.x.gov.cn/new.html")
    assert known.form(f"{HOME}a") == f"{HOME}a"


def test_what_is_shown_for_any_address_is_known_whatever_day_it_is():
    known = Hosts(HOME)
    shell = "<title>某县</title><p>欢迎访问某县人民政府门户网站 今天是2026年{}日</p>"
    known.learn_shell(HOME, shell.format(1))
    assert known.shows_anything(f"{HOME}a.html", shell.format(2))
    assert known.shows_anything(f"{HOME}b.html", shell.format(2) + WORDS) is None


def test_pages_of_frames_only_are_told_apart_by_their_frames():
    frames = "<title>某县</title><frameset><frame src='/{}/index.html'></frameset>"
    known = Hosts(HOME)
    known.shows_anything(HOME, frames.format("main"))
    assert known.shows_anything(f"{HOME}nb/", frames.format("nb")) is None
    assert known.shows_anything(f"{HOME}xx/", frames.format("main"))


def test_a_page_as_another_one_is_doubted_and_pages_of_one_list_are_not():
    known = Hosts(HOME)
    rows = "<title>年报</title><li>某镇年报 2026-01-02</li>" + WORDS
    assert not known.doubtful(f"{HOME}list.do?page=1", rows)
    assert not known.doubtful(f"{HOME}list.do?page=2", rows)         # any page number is answered with page 1
    assert known.doubtful(f"{HOME}other.do", rows)
    known.learn_shell(HOME, WORDS)
    assert not known.doubtful(f"{HOME}third.do", rows)               # known now, nothing to ask


def test_an_address_that_nobody_has_is_the_same_in_each_crawl():
    assert hosts.nowhere(f"{HOME}a") == hosts.nowhere(f"{HOME}b") != hosts.nowhere("http://y.gov.cn/")
    assert hosts.nowhere(HOME).startswith(HOME)


def test_files_that_ask_for_a_code_and_pages_that_are_private_cost_a_host_nothing():
    known = Hosts(HOME)
    for outcome in (Outcome.CAPTCHA, Outcome.FORBIDDEN, Outcome.DISALLOWED, Outcome.GONE, Outcome.FOREIGN) * 3:
        known.note(HOME, outcome)
    assert known.row(HOME) == []


def test_a_host_that_is_silent_is_doubted_by_an_address_that_answered():
    known = Hosts(HOME)
    known.note(HOME, None)
    for _ in range(3):
        assert known.doubted(HOME) is None
        known.note(f"{HOME}a", Outcome.TIMEOUT)
    assert known.doubted(HOME) == HOME
    for _ in range(hosts.REPRIEVES):
        known.doubted(HOME)
    assert known.doubted(HOME) is None                               # not for ever


def capture(outcome, status=None, wait=None):
    return Capture(HOME, HOME, NOW, outcome, "x", status, wait=wait)


@pytest.mark.parametrize(("answer", "attempt", "answered", "waits_for"), [
    (capture(Outcome.TIMEOUT), 1, False, 6.0), (capture(Outcome.TIMEOUT), 2, False, 12.0),
    (capture(Outcome.TIMEOUT), 3, False, None), (capture(Outcome.TLS), 1, False, None),
    (capture(Outcome.STATUS, 502), 1, False, 6.0), (capture(Outcome.STATUS, 550), 1, False, None),
    (capture(Outcome.STATUS, 429), 1, False, 12.0), (capture(Outcome.STATUS, 429), 3, False, 48.0),
    (capture(Outcome.STATUS, 429), 4, False, None), (capture(Outcome.STATUS, 429, 30.0), 1, False, 30.0),
    (capture(Outcome.STATUS, 503, 86400.0), 1, False, None), (capture(Outcome.STATUS, 503, 0.0), 1, False, 6.0),
    (capture(Outcome.CHALLENGE, 412), 1, False, None), (capture(Outcome.CHALLENGE, 412), 1, True, 48.0),
    (capture(Outcome.CHALLENGE, 412), 2, True, 96.0), (capture(Outcome.CHALLENGE, 412), 3, True, None),
    (capture(Outcome.FIREWALL, 403), 1, True, None), (capture(Outcome.NOT_CAPTURED), 1, True, None),
    (capture(None, 200), 1, True, None)])
def test_waits_grow_and_end(answer, attempt, answered, waits_for):
    assert waits.again(answer, attempt, 3.0, answered) == waits_for


@pytest.mark.parametrize(("body", "text"), [
    (b"User-agent: *\nDisallow: /a\n", "User-agent: *\nDisallow: /a\n"),
    (b"\xef\xbb\xbfUser-agent: *", "User-agent: *"),
    (b"<!DOCTYPE html><html>Disallow: /</html>", ""), (b" \r\n<html>", ""), (b'{"code": 404}', ""), (b"", ""),
    (b"# only a word\n", "# only a word\n"), (b"\xb2\xbb\n", "\ufffd\ufffd\n")])
def test_a_page_in_place_of_robots_txt_is_no_rule(body, text):
    assert rules_text(body) == text


def test_no_more_of_a_robots_txt_is_read_than_500_kib():
    assert len(rules_text(b"#" * (1 << 20))) == 500 * 1024
