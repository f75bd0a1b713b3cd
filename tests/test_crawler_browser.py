"""The browser leafs through lists as a visitor would, and every page that it opens comes to an end with a reason."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import smallportal
from scrapy import Request
from scrapy.http.cookies import CookieJar
from shownportal import WORDS, data, rows, shown
from smallportal import COUNTY, DAY

from archive import registry
from archive.bundles import Known, Outcome
from crawler import browser, leafing
from crawler.browser import Window
from crawler.bundle import BundleWriter
from crawler.context import Clock, Context
from crawler.errors import EXPECTED, Refused, failure_of
from crawler.leafing import Leafing
from crawler.rules import Rules

pytestmark = pytest.mark.slow

ENTRY = "a.entry"
TIMEOUT = 6.0


def context(folder, home):
    """The context of a crawl of the portal at `home`."""
    folder.mkdir(exist_ok=True)
    entry = folder / "small.toml"
    entry.write_text(f'code = "{COUNTY}"\nhome = "{home}"\n', encoding="utf-8")
    portal = registry.read(entry)
    known = Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True)
    return Context(portal, known, Clock(DAY), BundleWriter(folder / "out", COUNTY, DAY, "test"), Rules(portal, known),
                   lambda counters: None)


@dataclass
class Shown:
    """What came of one page."""

    states: list
    reason: str | None
    outcome: Outcome | None = None
    leafing: Leafing | None = None


async def show(window, address):
    one = Leafing(ENTRY, 0.0)
    try:
        await window.show(Request(address), one)
    except Refused as refused:
        return Shown(one.states, refused.reason, refused.outcome, one)
    except EXPECTED as error:
        return Shown(one.states, failure_of(error)[1], failure_of(error)[0], one)
    return Shown(one.states, one.reason, None, one)


def see(tmp_path, answers, *paths):
    """Show pages of a small portal, in a few windows of one browser."""
    async def all_of_them(portal):
        crawl = context(tmp_path / "crawl", portal.home)
        windows = [Window(crawl, "nianbao/test", TIMEOUT, CookieJar()) for _ in range(min(3, len(paths)))]
        waiting, found = list(paths), {}

        async def work(window):
            while waiting:
                path = waiting.pop(0)
                found[path] = await show(window, portal.home.rstrip("/") + path)
            await window.close()

        try:
            await asyncio.gather(*map(work, windows))
        finally:
            crawl.bundle.close()
        return [found[path] for path in paths]

    with smallportal.serving(answers) as portal:
        return asyncio.run(all_of_them(portal))


@pytest.fixture
def hasty(monkeypatch):
    """The patience of a test."""
    monkeypatch.setattr(browser, "STALL_SECONDS", 7.0)
    monkeypatch.setattr(leafing, "READY_SECONDS", 2.0)
    monkeypatch.setattr(leafing, "CHANGE_SECONDS", 2.5)
    monkeypatch.setattr(leafing, "IDLE_SECONDS", 0.8)
    monkeypatch.setattr(leafing, "MOST_STATES", 6)


def entries(state):
    return [row["url"] for number in range(1, 30) for row in rows(number) if f'"{row["url"]}"' in state]


GO = "onclick=\"show(number + 1)\""
NUMBERS = """document.getElementById('pager').innerHTML = '<span>上一页</span>' + [1, 2, 3].map(function (one) {
  return one === number ? '<em>' + one + '</em>' : '<a href="javascript:show(' + one + ')">' + one + '</a>';
}).join(' ');
"""
END = "var next = document.getElementById('next'); if (number >= pages) { %s }"

# What the pager is made of, and what its script does after each page.
PAGERS = {
    "words": WORDS,
    "an arrow in a list that is switched off by its row": shown(
        f'<ul class="pagination"><li id="row"><a id="next" href="#" {GO}>&gt;</a></li></ul>',
        "if (number >= pages) { document.getElementById('row').className = 'disabled'; }"),
    "a button that is disabled": shown(f'<button id="next" {GO}>下页 ›</button>', END % "next.disabled = true;"),
    "a span that says so to screen readers": shown(
        f'<span id="next" {GO}>下一页</span>', END % "next.setAttribute('aria-disabled', 'true');"),
    "a picture with a title": shown(
        f'<a id="next" title="下一页" href="javascript:;" {GO}><img alt="" width="9" height="9"></a>',
        END % "next.style.display = 'none';"),
    "a class alone": shown(
        f'<a id="next" class="btn-next" href="javascript:;" {GO}>&nbsp;·</a>', END % "next.remove();"),
    "double arrows": shown(f'<a id="next" href="javascript:;" {GO}>»</a>', END % "next.remove();"),
    "numbers": shown("", NUMBERS),
    "a question first": shown(
        '<a id="next" href="javascript:;" onclick="if (confirm(\'翻页？\')) show(number + 1)">下一页</a>',
        END % "next.remove();"),
    "another window beside": shown(
        '<a id="next" href="javascript:;" onclick="window.open(\'/\'); show(number + 1)">下一页</a>',
        END % "next.remove();"),
    "a list that is empty for a while": shown(
        '<a id="next" href="javascript:;" onclick="document.getElementById(\'list\').innerHTML = \'\';'
        'setTimeout(function () { show(number + 1); }, 400)">下一页</a>', END % "next.remove();"),
    "something in front of it": shown(
        f'<a id="next" href="javascript:;" {GO}>下一页</a>', END % "next.remove();",
        more='<div style="position: fixed; inset: 0; background: #fff8"></div>'),
}


def test_a_pager_of_any_make_is_leafed_through_to_its_end(tmp_path, hasty):
    answers = data() | {f"/{place}/": page for place, page in enumerate(PAGERS.values())}
    found = see(tmp_path, answers, *(f"/{place}/" for place in range(len(PAGERS))))
    told = {name: ([len(entries(state)) for state in one.states], one.reason)
            for name, one in zip(PAGERS, found, strict=True)}
    assert told == dict.fromkeys(PAGERS, ([4, 4, 4], None))


def test_pages_that_are_links_are_leafed_through_too(tmp_path, hasty):
    def page(number):
        onward = f'<a href="/list?page={number + 1}">下一页</a>' if number < 3 else '<a class="disabled">下一页</a>'
        return shown(onward, start=f"fill({rows(number)});")
    answers = {f"/list?page={number}": page(number) for number in (1, 2, 3)}
    (found,) = see(tmp_path, answers, "/list?page=1")
    assert [entries(state) for state in found.states] == [[row["url"] for row in rows(number)] for number in (1, 2, 3)]
    assert found.reason is None


MORE = {
    "a control for more": shown('<a id="next" href="javascript:;" onclick="show(number + 1, true)">加载更多</a>',
                                END % "next.remove();"),
    "scrolling": shown("", more='<div style="height: 2000px"></div>', start="""show(1, true); var busy = false;
addEventListener('scroll', function () {
  if (busy || number >= pages) { return; }
  busy = true; scrollTo(0, 0); show(number + 1, true).then(function () { busy = false; }); });"""),
}


@pytest.mark.parametrize("name", MORE)
def test_a_list_that_grows_is_read_to_its_end(tmp_path, hasty, name):
    (found,) = see(tmp_path, data() | {"/list/": MORE[name]}, "/list/")
    assert len(entries(found.states[-1])) == 12
    assert found.reason is None


def slow(handler):
    """Never an answer, as far as the browser is concerned."""
    time.sleep(TIMEOUT + 4)


def broken(handler):
    handler.give(b"{}", status=500)


def saved(handler):
    handler.give(b"PK", headers=(("Content-Disposition", "attachment; filename=a.zip"),
                                 ("Content-Type", "application/zip")))


# What the page does, and the words in which its reason speaks of it.
ENDLESS = {
    "goes on for ever": (
        shown('<a href="javascript:;" onclick="number += 1; fill([{url: \'/r/\' + number, title: \'报告\' + number}])">'
              "下一页</a>", start="fill([{url: '/r/0', title: '报告'}]);"), "more than 6 pages"),
    "shows the same again": (
        shown('<a href="javascript:;" onclick="show(1)">下一页</a>'), "the same page again"),
    "stops before its end": (
        shown('<a id="two" href="javascript:show(2)">2</a><a href="javascript:;">3</a><a>4</a><b>共</b>'),
        "4 in its pager"),
    "asks for what is not there": (
        shown(f'<a href="javascript:;" {GO}>下一页</a>', start="show(3);"), "did not come"),
    "asks for what never comes": (
        shown('<a href="javascript:;" onclick="fetch(\'/slow\')">下一页</a>'), "did not come"),
    "fails in part": (shown("", start="show(1); fetch('/broken');"), "/broken answered 500"),
    "stays empty": (shown("", start="fetch('/broken');"), "stayed empty"),
    "keeps opening dialogs": (shown("", start="while (true) { alert('！'); }"), "dialogs"),
    "keeps the machine busy": (shown("", start="setTimeout(function () { while (true) { } }, 100);"), "not settle"),
    "is busy before it is there": (shown("", start="while (true) { }"), "in the browser"),
    "loads itself anew": (shown("", start="location.reload();"), "keeps loading itself anew"),
    "refreshes itself": (
        shown("", start="", head='<meta http-equiv="refresh" content="0">'), "keeps loading itself anew"),
    "leads to a file": (
        shown('<a href="/file.zip">下一页</a>', start="fill([{url: '/r/1', title: '报告'}]);"), "download"),
}


def test_a_page_without_an_end_ends_with_a_reason(tmp_path, hasty):
    answers = data() | {"/slow": slow, "/broken": broken, "/file.zip": saved}
    answers |= {f"/{place}/": page for place, (page, _) in enumerate(ENDLESS.values())}
    started = time.monotonic()
    found = see(tmp_path, answers, *(f"/{place}/" for place in range(len(ENDLESS))))
    told = {name: one.reason or "" for name, one in zip(ENDLESS, found, strict=True)}
    assert {name: reason for name, reason in told.items() if ENDLESS[name][1] not in reason} == {}
    assert time.monotonic() - started < 120


def test_a_file_is_never_saved_by_the_browser(tmp_path, hasty):
    (found,) = see(tmp_path, {"/file.zip": saved}, "/file.zip")
    assert (found.outcome, found.states) == (Outcome.SHELL, [])
    assert "download" in found.reason


def test_a_page_that_crashes_its_renderer_ends_with_a_reason_and_the_next_one_is_shown(tmp_path, hasty):
    async def one_after_the_other(portal):
        crawl = context(tmp_path / "crawl", portal.home)
        window = Window(crawl, "nianbao/test", TIMEOUT, CookieJar())
        found = [await show(window, portal.home), await show(window, f"{portal.home}list/")]
        await window.close()
        crawl.bundle.close()
        return found

    def crash(handler):
        for process in renderers():
            os.kill(process, signal.SIGKILL)

    answers = data() | {"/": shown("", start="fetch('/crash');"), "/crash": crash, "/list/": WORDS}
    with smallportal.serving(answers) as portal:
        crashed, after = asyncio.run(one_after_the_other(portal))
    assert "crashed" in crashed.reason
    assert (len(after.states), after.reason) == (3, None)


def renderers():
    """The processes in which this test's chromium draws pages."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if b"--type=renderer" in line and descends(int(path.parent.name)):
            yield int(path.parent.name)


def descends(process):
    while process > 1:
        if process == os.getpid():
            return True
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def test_a_counter_of_visitors_that_fails_is_no_part_of_the_list(tmp_path, hasty):
    (found,) = see(tmp_path, data() | {"/list/": shown("", start="show(1); fetch('/visitcount.jsp');")}, "/list/")
    assert found.reason is None


def test_what_the_list_asked_for_is_noted_so_that_it_can_be_read_directly(tmp_path, hasty):
    (found,) = see(tmp_path, data() | {"/list/": WORDS}, "/list/")
    assert [(one["method"], one["url"].rpartition("/")[2], one["status"]) for one in found.leafing.requests] == [
        ("GET", f"data?page={number}", 200) for number in (1, 2, 3)]
    assert "GET http" in found.leafing.notes()["told"]


def test_cookies_go_from_the_crawl_to_the_browser_and_back(tmp_path):
    seen = []

    def page(handler):
        seen.append(handler.headers["Cookie"])
        handler.give(shown("", start="fill([{url: '/r/1', title: '报告'}]);"),
                     headers=(("Content-Type", "text/html"), ("Set-Cookie", "session=abc; Path=/")))

    async def twice(portal):
        crawl = context(tmp_path / "crawl", portal.home)
        jar = CookieJar()
        for _ in range(2):                   # the second time in another window
            window = Window(crawl, "nianbao/test", TIMEOUT, jar)
            await show(window, portal.home)
            await window.close()
        crawl.bundle.close()
        return [(cookie.name, cookie.value) for cookie in jar.jar]

    with smallportal.serving({"/": page}) as portal:
        assert asyncio.run(twice(portal)) == [("session", "abc")]
    assert seen == [None, "session=abc"]


SANDBOXLESS = """#!/bin/sh
for argument; do [ "$argument" = --no-sandbox ] && exec /usr/bin/chromium "$@"; done
echo "No usable sandbox!" >&2
exit 1
"""


def test_where_the_machine_has_no_sandbox_the_browser_runs_without_and_says_so(tmp_path, monkeypatch, caplog):
    program = tmp_path / "chromium"
    program.write_text(SANDBOXLESS, encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setattr("crawler.chromium.CHROMIUM", program)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    (found,) = see(tmp_path, {"/": shown("", start="fill([{url: '/r/1', title: '报告'}]);")}, "/")
    assert (len(found.states), found.reason) == (1, None)
    assert "without its sandbox" in caplog.text


def test_a_page_that_leads_away_from_the_portal_is_foreign(tmp_path):
    def away(handler):
        handler.give(b"", status=302, headers=(("Location", "http://foreign.example/"),))
    (found,) = see(tmp_path, {"/": away}, "/")
    assert (found.outcome, found.states) == (Outcome.FOREIGN, [])


def test_where_there_is_no_browser_the_page_is_a_shell_with_that_reason(tmp_path, monkeypatch):
    monkeypatch.setattr("crawler.chromium.CHROMIUM", Path("/usr/bin/true"))
    (found,) = see(tmp_path, {"/": WORDS}, "/")
    assert found.outcome is Outcome.SHELL
    assert found.reason.startswith("no browser")
