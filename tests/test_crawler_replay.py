"""Crawls from an archive: the same crawl again, without a network; what the archive lacks is never said to be gone."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from captures import BROWSER, Exchange, exchanges, wacz, warc
from smallportal import COUNTY, DAY, UNITS, page, pages, report_title, serving
from warcio.archiveiterator import ArchiveIterator

from archive import bundles
from archive.bundles import Known, Outcome, Verdict
from archive.clock import iso
from archive.registry import Portal
from crawler.column import Column, Found

ADDRESS = "http://www.huangchuan.gov.cn"
AT = "2026-02-16T01:00:00Z"
CHANGING = ("bundle", "started", "ended", "by")
# One child loads the crawler once; each line on its stdin is one crawl, for a child of its own. A crawl from an archive
# has every socket refused: only what is answered from the archive can come.
FORKING = """
import json, os, socket, sys
import crawler.browser, crawler.recorder, crawler.replay, crawler.spiders.portal, scrapy.extensions.remote_control
from archive import divisions
from crawler.__main__ import main
divisions.mentioned_townships("", "411526")
def refuse(*arguments, **named): raise AssertionError(f"asked the network for {arguments}")
for line in sys.stdin:
    arguments, out, told, now = json.loads(line)
    pid = os.fork()
    if not pid:
        os.environ["NIANBAO_NOW"] = now
        if "--from-archive" in arguments:
            socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        main(arguments, prog_name="crawler")
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def start():
    """Crawls the small county: exit code, crawl.json, folder of the bundle, what was complained of."""
    with subprocess.Popen([sys.executable, "-c", FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ) as child:
        def crawl(folder, home, known, *arguments, now="2027-01-01T00:00:00Z"):
            (folder / "portals").mkdir(exist_ok=True)
            entry = f'code = "{COUNTY}"\nhome = "{home}/"\nsince = 2025\n'
            (folder / "portals" / "small.toml").write_text(entry, encoding="utf-8")
            bundles.write(folder / "told.json", known)
            out, told = folder / "stdout", folder / "stderr"
            words = [COUNTY, "--portals", folder / "portals", "--known", folder / "told.json", "--out", folder / "out",
                     *arguments]
            child.stdin.write(json.dumps([[*map(str, words)], str(out), str(told), now]) + "\n")
            child.stdin.flush()
            code, complaints = int(child.stdout.readline()), told.read_text(encoding="utf-8")
            if code:
                return code, None, None, complaints
            path = Path(json.loads(out.read_text(encoding="utf-8").splitlines()[-1])["bundle"])
            return 0, bundles.read_crawl(path / bundles.CRAWL_NAME), path, complaints
        yield crawl
        child.stdin.close()


FIRST = Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True)


@pytest.fixture(scope="module")
def live(start, tmp_path_factory):
    """Crawls a portal that is served: its crawl.json and folder."""
    def crawl(portal, known=FIRST):
        folder = tmp_path_factory.mktemp("live")
        return start(folder, portal.home.rstrip("/"), known, now=iso(DAY))[1:3]

    return crawl


@pytest.fixture
def replay(start, tmp_path):
    """Crawls from sources."""
    def crawl(*sources, by=None, home=ADDRESS, known=FIRST):
        words = [word for source in sources for word in ("--from-archive", source)]
        return start(tmp_path, home, known, *words, *(["--by", by] if by else []))

    return crawl


def plain(path):
    """crawl.json without names, instants and the random part of record ids."""
    seen = {}

    def told(value, key=None):
        if isinstance(value, dict):
            return {name: told(one, name) for name, one in value.items() if name not in CHANGING}
        if isinstance(value, list):
            return [told(one) for one in value]
        return seen.setdefault(value, len(seen)) if key == "record" and value else value

    return told(json.loads((path / bundles.CRAWL_NAME).read_text(encoding="utf-8")))


def records(path):
    with (path / bundles.WARC_NAME).open("rb") as file:
        for record in ArchiveIterator(file):
            head = record.rec_headers.get_header
            yield record.rec_type, head("WARC-Target-URI"), head("WARC-Date"), record.content_stream().read()


def captured(*, at=AT, leave_out=(), base=ADDRESS, units=UNITS):
    """What a person's browser keeps of the small portal."""
    return [Exchange(base + path, at, body=body) for path, body in pages(units).items() if path not in leave_out]


def in_wacz(folder, made, name="data.wacz", visited=(), dialect=BROWSER):
    return wacz(folder / name, {"data.warc.gz": warc(made, dialect)}, visited)


@pytest.fixture(scope="module")
def whole(live):
    """A portal with a redirect, an error that passes, robots.txt and a page that is gone; its crawl."""
    tried = []

    def passing(handler):
        tried.append(1)
        if len(tried) == 1:
            handler.give(b"later", status=503)
        else:
            handler.give(pages(UNITS)["/nb/"])

    answers = pages(UNITS) | {
        "/nb/": passing, "/robots.txt": b"User-agent: *\nDisallow: /secret/\n",
        f"/r/{UNITS[0].code}.html": lambda handler: handler.give(
            b"", status=302, headers=(("Location", f"/moved/{UNITS[0].code}.html"),)),
        f"/moved/{UNITS[0].code}.html": page(report_title(UNITS[0]), "<p>本报告依据条例编制。</p>" * 20),
        f"/r/{UNITS[1].code}.html": lambda handler: handler.give(b"gone", status=404)}
    with serving(answers) as portal:
        crawl, path = live(portal)
        return path, crawl, portal.home.rstrip("/")


def test_a_crawl_from_its_own_bundle_is_the_same_crawl(whole, replay):
    path, crawl, home = whole
    code, again, where, _ = replay(path, home=home)
    assert code == 0
    assert plain(where) == plain(path)
    assert again.started == crawl.started == iso(DAY)
    assert [one[:2] for one in records(where)] == [one[:2] for one in records(path)]
    answers = [[one for one in records(each) if one[0] == "response"] for each in (path, where)]
    assert answers[0] == answers[1]                       # instants and bodies, too


def test_a_crawl_from_the_warc_alone_or_the_archived_replay_is_the_same_crawl(whole, replay):
    path, _, home = whole
    _, _, first, _ = replay(path / bundles.WARC_NAME, home=home)
    _, _, second, _ = replay(first, home=home)
    assert plain(first) == plain(second) == plain(path)


def test_what_the_archive_lacks_is_not_captured_and_never_gone(whole, replay, tmp_path):
    path, _, home = whole
    kept = [one for one in exchanges(path) if not one.url.endswith(f"/r/{UNITS[2].code}.html")]
    source = in_wacz(tmp_path, kept)
    _, crawl, _, _ = replay(source, home=home)
    lost = [one for one in crawl.candidates if one.outcome is Outcome.NOT_CAPTURED]
    assert [one.url for one in lost] == [f"{home}/r/{UNITS[2].code}.html"]
    assert not any(look.complete for look in crawl.looks if look.division_code == UNITS[2].code)
    assert all(look.complete for look in crawl.looks if look.division_code == UNITS[3].code)
    assert crawl.verdict is Verdict.PARTIAL


def test_a_listing_that_was_not_captured_accuses_nobody(replay, tmp_path):
    source = in_wacz(tmp_path, captured(leave_out={"/nb/"}))
    _, crawl, _, _ = replay(source, by="Li Na")
    assert crawl.verdict is not Verdict.COMPLETE
    assert not any(look.complete for look in crawl.looks)


def test_a_second_column_that_was_not_captured_leaves_its_township_open(replay, tmp_path):
    unit = UNITS[0]
    row = f'<li><a href="/own/">{unit.name}政府信息公开年报</a></li>'
    made = [one if one.url != f"{ADDRESS}/" else replace(one, body=one.body.replace(b"<ul>", f"<ul>{row}".encode()))
            for one in captured()]
    made = [one if not one.url.endswith("/nb/") else replace(one, body=one.body.replace(
        f'<li><a href="/r/{unit.code}.html">{report_title(unit)}</a> 2026-01-20</li>'.encode(), b"")) for one in made]
    _, crawl, _, _ = replay(in_wacz(tmp_path, made), by="Li Na")
    assert not any(look.complete for look in crawl.looks if look.division_code == unit.code)


def test_an_unmodified_answer_is_given_as_such_or_resolved(replay, live):
    etag = (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"1"'))

    def tagged(body):
        def answer(handler):
            if handler.headers["If-None-Match"] == '"1"':
                handler.give(b"", status=304, headers=etag)
            else:
                handler.give(body, headers=etag)
        return answer

    with serving({path: tagged(body) for path, body in pages(UNITS).items()}) as portal:
        home = portal.home.rstrip("/")
        crawl, first = live(portal)
        told = known_after(first, crawl)
        later, second = live(portal, told)
    assert Outcome.NOT_MODIFIED in {one.outcome for listing in later.listings for one in listing.pages}
    _, _, where, _ = replay(second, home=home, known=told)          # asked as it was asked then
    assert plain(where) == plain(second)
    _, crawl, _, _ = replay(first, second, home=home)               # asked afresh: the bodies are in both
    assert crawl.verdict is Verdict.COMPLETE
    _, crawl, _, _ = replay(second, home=home)                      # the bodies are nowhere
    assert not any(look.complete for look in crawl.looks)


def known_after(path, crawl):
    """What the archive tells of a crawl: its listing's page, with the validator that came with it."""
    from test_crawler_whole import known_after as held
    return replace(held(path, crawl), years=(2025,))


def test_a_persons_capture_ends_complete_and_keeps_its_instants(replay, tmp_path):
    source = in_wacz(tmp_path, captured(), visited=[f"{ADDRESS}/"])
    _, crawl, where, _ = replay(source, by="Li Na")
    assert (crawl.verdict, crawl.by) == (Verdict.COMPLETE, "Li Na")
    assert (crawl.started, crawl.ended) == (AT, AT)
    assert {at for kind, _, at, _ in records(where) if kind == "response"} == {AT}
    assert len([look for look in crawl.looks if look.complete]) == len(UNITS)


@pytest.mark.parametrize("told", [True, False])
def test_a_person_need_not_have_seen_the_home_page_nor_the_scheme_of_the_entry(replay, tmp_path, told):
    made = captured(base=ADDRESS.replace("http:", "https:"), leave_out={"/"})
    source = in_wacz(tmp_path, made, visited=[one.url for one in made] if told else ())
    _, crawl, where, _ = replay(source, by="Li Na")
    assert [look.reason for look in crawl.looks if not look.complete] == []
    shown = {url for kind, url, _, _ in records(where) if kind == "response"}
    assert all(url.startswith("https:") for url in shown)                     # the records say what was captured


def test_pages_of_a_list_from_different_days_are_no_look(replay, tmp_path):
    half = len(UNITS) // 2
    site = pages(UNITS[:half])
    rows = "".join(f'<li><a href="/r/{unit.code}.html">{report_title(unit)}</a> 2026-01-20</li>'
                   for unit in UNITS[half:])
    second = page("年报", f"<ul>{rows}</ul>", column="政府信息公开年报")
    site["/nb/"] = site["/nb/"].replace(b"</ul>", '</ul><a href="/nb/2.html">下一页</a>'.encode())
    site |= {path: body for path, body in pages(UNITS).items() if path.startswith("/r/")}
    made = [Exchange(ADDRESS + path, AT, body=body) for path, body in site.items()]
    for at, complete in (("2026-02-16T09:00:00Z", len(UNITS)), ("2026-02-17T09:00:00Z", 0)):
        source = in_wacz(tmp_path, [*made, Exchange(f"{ADDRESS}/nb/2.html", at, body=second)])
        _, crawl, _, _ = replay(source, by="Li Na")
        assert sum(look.complete for look in crawl.looks) == complete
        assert crawl.ended == at


def test_robots_txt_forbids_a_robot_and_not_what_a_person_saw(replay, tmp_path):
    robots = Exchange(f"{ADDRESS}/robots.txt", AT, headers=(("Content-Type", "text/plain"),),
                      body=b"User-agent: *\nDisallow: /\n")
    source = in_wacz(tmp_path, [*captured(), robots])
    assert replay(source, by="Li Na")[1].verdict is Verdict.COMPLETE
    assert replay(source)[1].verdict is Verdict.BLOCKED


def test_a_torn_body_stays_torn(replay, live):
    torn = pages(UNITS)
    torn["/nb/"] = lambda handler: (handler.give(pages(UNITS)["/nb/"][:900], length=5000),
                                    setattr(handler, "close_connection", True))
    with serving(torn) as portal:
        crawl, path = live(portal)
        home = portal.home.rstrip("/")
    assert crawl.verdict is not Verdict.COMPLETE
    _, again, _, _ = replay(path, home=home)
    assert again.verdict is crawl.verdict
    assert not any(look.complete for look in again.looks)


def test_a_broken_source_is_told_by_file_and_ends_in_1(replay, tmp_path):
    (tmp_path / "x.warc.gz").write_bytes(b"hello")
    code, _, _, told = replay(tmp_path / "x.warc.gz")
    assert code == 1
    assert told.splitlines()[-1] == f"Error: {tmp_path / 'x.warc.gz'}: no WARC: it begins with b'hello'"


def test_a_source_of_another_portal_is_misuse_and_says_whose_it_is(replay, tmp_path):
    source = in_wacz(tmp_path, captured(base="http://www.other.gov.cn"))
    code, _, _, told = replay(source, by="Li Na")
    assert code == 2
    assert "no capture of www.huangchuan.gov.cn" in told
    assert "www.other.gov.cn" in told


def test_damage_is_told_and_what_is_whole_is_crawled(replay, tmp_path):
    data = warc(captured())
    (tmp_path / "cut.warc.gz").write_bytes(data[:-1500])
    code, crawl, _, told = replay(tmp_path / "cut.warc.gz", by="Li Na")
    assert code == 0
    assert "cut.warc.gz at byte" in told
    assert crawl.verdict is Verdict.PARTIAL


def test_a_list_that_a_browser_shows_in_part_is_not_whole():
    """What the list says of its own length holds there, too: its pager may have stood still."""
    rows = "".join(f'<record><![CDATA[<li><a href="/art/2026/1/9/art_5_{number}.html" title="{report_title(unit)}">'
                   f"{report_title(unit)}</a><span>2026-01-09</span></li>]]></record>"
                   for number, unit in enumerate(UNITS[:2]))
    shown = page("政府信息公开年报", f'<div id="1001"><script type="text/xml"><datastore><recordset>{rows}</recordset>'
                 "</datastore></script></div><script>$('#1001').jpage({totalRecord: 5, perPage: 2, groupSize: 1, "
                 "proxyUrl: '/module/web/jpage/dataproxy.jsp'})</script>", column="政府信息公开年报").decode()
    portal = Portal(code=COUNTY, name="潢川县", slug="x", home=ADDRESS, hosts=frozenset(), path=Path("x.toml"))
    column = Column(Found(f"{ADDRESS}/col/col5/index.html", "hanweb/rendered"), portal)
    column.take_state(column.found.url, shown, "<urn:uuid:1>")
    listing = column.listing()
    assert len(listing.pages[0].offers) == 2
    assert (listing.complete, listing.reason) == (False, "2 entries seen, 5 announced")
