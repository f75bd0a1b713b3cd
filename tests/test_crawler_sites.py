"""The sites that stand for any county's portal: what they hold, and that each switch does what its sentence says."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import pytest

from archive import divisions, registry
from archive.parse import parse
from crawler.asks import ask
from crawler.replicas.sites import families, scenarios, switches, uploads
from crawler.replicas.sites.serve import DAY, serving
from crawler.replicas.sites.world import build, counties, county, spec

CODE = counties(1)[0]
TODAY = date(2026, 2, 16)


class Visitor:
    """A plain client of one site: no robots.txt, no redirects, one connection for each request."""

    def __init__(self, sites, code=CODE):
        self.sites, self.home = sites, sites.homes[code]

    def get(self, address="/", **headers):
        url = urlsplit(urljoin(self.home, address))
        if url.scheme == "https":
            trusted = ssl.create_default_context(cafile=str(self.sites.authority))
            connection = http.client.HTTPSConnection(url.netloc, timeout=5, context=trusted)
        else:
            connection = http.client.HTTPConnection(url.netloc, timeout=5)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", url.path + (f"?{url.query}" if url.query else ""), headers=names)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def walk(self, most=400):
        """Every page that plain links and frames lead to from the home page: address → body."""
        waiting, pages = ["/"], {}
        while waiting and len(pages) < most:
            address = waiting.pop(0)
            if address in pages or not urljoin(self.home, address).startswith(self.home):
                continue
            status, headers, body = self.get(address)
            pages[address] = body.decode("utf-8", "replace") if "html" in headers.get_content_type() else ""
            if status == 200:
                found = re.findall(r'(?:href|src)="([^"#]+)"', pages[address])
                waiting += [urljoin(address, one.replace("&amp;", "&")) for one in found
                            if not one.startswith(("data:", "javascript:", "http"))]
        return pages


def visiting(*told, shape="own", family="generic", now=DAY, code=CODE, **options):
    """A visitor of one site with these switches, as a context."""
    return _Visiting(spec(family, code, shape, *told, **options), now)


class _Visiting:
    def __init__(self, told, now):
        self.told, self.context = told, serving([told], now)

    def __enter__(self):
        return Visitor(self.context.__enter__(), self.told.county)

    def __exit__(self, *error):
        return self.context.__exit__(*error)


def test_counties_are_small_and_each_has_another_code():
    codes = counties(100)
    assert len(set(codes)) == 100
    for code in codes:
        owing = [unit for unit in divisions.townships(code) if unit.owes_by_kind]
        assert 3 <= len(owing) <= 5
        assert [place.code for place in county(code).places] == [unit.code for unit in owing]


def test_two_townships_of_a_county_never_share_a_slug():
    for code in counties(120):
        slugs = [place.slug for place in county(code).places]
        assert len(set(slugs)) == len(slugs)


def test_the_same_spec_makes_the_same_site():
    assert build(spec("trs", CODE, "own", seed=3), TODAY) == build(spec("trs", CODE, "own", seed=3), TODAY)


def test_every_report_of_a_site_reads_as_its_townships_report_of_its_year():
    site = build(spec("generic", CODE), TODAY)
    papers = [paper for column in site.reports for paper in column.papers if paper.place]
    assert len(papers) == 3 * len(site.county.places)
    for paper in papers:
        body = f"<html><head><meta charset='utf-8'><title>{paper.title}</title></head><body>{paper.inner}</body></html>"
        read = parse(body.encode())
        assert (read.kind, read.identity.division_code, read.identity.report_year) == (
            "township_report", paper.place.code, paper.year)
        assert paper.claimed.year == paper.year + 1
        assert paper.claimed.month == 1


def test_what_is_missing_is_told_and_stands_nowhere():
    told = spec("generic", CODE, "own", "missing", seed=1)
    code, year = told.missing
    assert told.absent(TODAY) == {(code, year)}
    titles = [paper.title for column in build(told, TODAY).reports for paper in column.papers
              if column.place.code == code]
    assert not any(str(year) in title and "法治" not in title for title in titles)


def test_a_report_is_not_there_before_the_day_on_which_it_appears():
    told = spec("generic", CODE, "own", "late")
    assert told.absent(date(2026, 2, 19)) == {(told.chosen.code, 2025)}
    assert told.absent(date(2026, 2, 20)) == frozenset()


def test_a_withdrawn_report_is_gone_from_the_day_on_that_the_switch_names():
    told = spec("generic", CODE, "own", "withdrawn=2026-02-20")
    assert told.absent(date(2026, 2, 19)) == frozenset()
    assert told.absent(date(2026, 2, 20)) == {(told.chosen.code, 2025)}


def test_a_corrected_report_has_another_text_at_the_same_address():
    told = spec("generic", CODE, "own", "corrected=2026-02-20")

    def newest(day):
        return next(paper for column in build(told, day).reports for paper in column.papers
                    if paper.place == told.chosen and paper.year == 2025)

    before, after = newest(date(2026, 2, 19)), newest(date(2026, 2, 20))
    assert before.number == after.number
    assert before.inner != after.inner


def test_an_unknown_switch_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no switch 'nonsense'; there are .*page_one"):
        spec("generic", CODE, "own", "nonsense")


@pytest.mark.parametrize("kind", sorted(set(uploads.KINDS) - {"empty", "html"}))
def test_a_report_in_a_file_can_be_read(kind):
    place = county(CODE).places[0]
    body, _ = uploads.file(county(CODE), place, 2025, kind)
    read = parse(body, name=f"report.{kind}")
    assert (read.kind, read.identity.division_code, read.identity.report_year) == ("township_report", place.code, 2025)
    assert read.cells["t3.new_received.total"] is not None


@pytest.mark.parametrize("family", families.names())
def test_the_home_page_of_every_family_names_its_county(family):
    with visiting(family=family) as visitor:
        status, _, body = visitor.get("/")
        assert status == 200
        assert county(CODE).name in body.decode()


def test_plain_links_lead_to_every_report():
    with visiting() as visitor:
        pages = visitor.walk()
        site = visitor.sites.served[CODE].site
        for column in site.reports:
            for paper in column.papers:
                assert any(paper.inner in text for text in pages.values()), paper.title


def test_what_was_asked_is_told_in_order():
    with visiting() as visitor:
        visitor.get("/")
        visitor.get("/nothing.html", User_Agent="me")
        assert [(one.method, one.path, one.host, one.status, one.agent) for one in visitor.sites.asked(CODE)] == [
            ("GET", "/", 0, 200, ""), ("GET", "/nothing.html", 0, 404, "me")]


def test_an_unchanged_page_is_not_sent_again_unless_a_switch_says_so():
    with visiting() as visitor:
        tag = visitor.get("/")[1]["ETag"]
        assert visitor.get("/", If_None_Match=tag)[0] == 304
    with visiting("no_validators") as visitor:
        assert visitor.get("/")[1]["ETag"] is None


def test_pages_travel_packed_to_whoever_can_unpack_them():
    with visiting() as visitor:
        assert visitor.get("/", Accept_Encoding="gzip")[1]["Content-Encoding"] == "gzip"
    with visiting("no_gzip") as visitor:
        assert visitor.get("/", Accept_Encoding="gzip")[1]["Content-Encoding"] is None


@pytest.mark.parametrize(("switch", "status", "words"), [
    ("status_403", 403, "拦截"), ("status_405", 405, "拦截"), ("status_412", 412, "$_ts"), ("status_468", 468, "$_ts"),
    ("status_500", 500, ""), ("status_502", 502, ""), ("status_504", 504, ""), ("status_521", 521, "__jsl_clearance"),
    ("status_422", 422, ""), ("status_550", 550, ""), ("challenge_202", 202, "$_ts"),
    ("forbidden_page", 200, "系统提示"), ("captcha", 200, "验证码"),
    ("stub_empty", 200, "<script>"), ("stub_filled", 200, "fetch("),
])
def test_a_refusal_has_its_status_and_looks_like_the_real_one(switch, status, words):
    with visiting(switch) as visitor:
        found, _, body = visitor.get("/")
        assert found == status
        assert words in body.decode()
        assert visitor.get("/robots.txt")[0] == 200


def test_busy_servers_say_when_to_come_again():
    with visiting("status_429") as visitor:
        assert visitor.get("/")[1]["Retry-After"] == "1"
    with visiting("status_429_date") as visitor:
        assert "GMT" in visitor.get("/")[1]["Retry-After"]


def test_a_switch_acts_where_its_value_says():
    with visiting("status_503=#2") as visitor:
        assert [visitor.get("/")[0] for _ in range(3)] == [200, 503, 200]
    with visiting("status_503=#2+") as visitor:
        assert [visitor.get("/")[0] for _ in range(3)] == [200, 503, 503]
    with visiting("status_503=first") as visitor:
        assert [visitor.get("/")[0] for _ in range(2)] == [503, 200]
    with visiting("status_503=/contents/") as visitor:
        assert (visitor.get("/")[0], visitor.get("/contents/x")[0]) == (200, 503)


def test_a_block_is_lifted_after_a_pause():
    with visiting("status_403=#2+~0.2") as visitor:
        assert [visitor.get("/")[0] for _ in range(2)] == [200, 403]
        time.sleep(0.3)
        assert visitor.get("/")[0] == 200


@pytest.mark.parametrize(("role", "beginning"), [("list", "/channels/"), ("report", "/contents/")])
def test_a_switch_can_act_on_lists_or_on_reports_alone(role, beginning):
    with visiting() as visitor:
        addresses = [address for address, text in visitor.walk().items() if "年度报告" in text]
    with visiting(f"status_503={role}") as visitor:
        for address in addresses:
            assert (visitor.get(address)[0] == 503) == address.startswith(beginning), address


def test_a_stub_is_filled_by_whoever_runs_its_script():
    with visiting("stub_filled") as visitor:
        assert county(CODE).name in visitor.get("/", X_Filled="1")[2].decode()


@pytest.mark.parametrize(("switch", "words"), [
    ("soft404_words", "不存在"), ("soft404_title", "<title>404"), ("soft404_home", "要闻"), ("same_shell", "要闻")])
def test_what_is_not_there_is_answered_as_if_it_were(switch, words):
    with visiting(switch) as visitor:
        status, _, body = visitor.get("/no/such/page.html")
        assert status == 200
        assert words in body.decode()


def test_sites_close_at_night_by_the_injected_clock():
    with visiting("closed") as visitor:
        assert visitor.get("/")[0] == 200
        visitor.sites.move_clock(datetime(2026, 2, 16, 15, tzinfo=UTC))
        assert visitor.get("/")[0] == 403


def test_connections_break_as_switches_say():
    with visiting("reset") as visitor, pytest.raises(ConnectionError):
        visitor.get("/")
    with visiting("cut") as visitor, pytest.raises(http.client.IncompleteRead):
        visitor.get("/")
    with visiting("drip") as visitor:
        start = time.monotonic()
        assert visitor.get("/")[0] == 200
        assert time.monotonic() - start > 1
    with visiting("nobody") as visitor, pytest.raises(ConnectionRefusedError):
        visitor.get("/")
    with visiting("no_dns") as visitor, pytest.raises(socket.gaierror):
        visitor.get("/")


@pytest.mark.parametrize(("switch", "reason"), [
    ("tls_expired", "expired"), ("tls_wrong_name", "IP address mismatch"), ("tls_self_signed", "self-signed"),
    ("tls_handshake", "handshake failure")])
def test_bad_certificates_are_bad_in_their_own_way(switch, reason):
    with visiting(switch) as visitor, pytest.raises(ssl.SSLError, match=reason):
        visitor.get("/")


def test_a_good_certificate_is_trusted_by_whoever_trusts_its_authority():
    with visiting("tls") as visitor:
        assert visitor.home.startswith("https:")
        assert visitor.get("/")[0] == 200


@pytest.mark.parametrize(("switch", "scheme"), [("to_https", "https"), ("to_http", "http"), ("to_second", "http")])
def test_the_first_host_leads_to_the_second_one(switch, scheme):
    with visiting(switch) as visitor:
        status, headers, _ = visitor.get("/")
        assert (status, headers["Location"].partition(":")[0]) == (301, scheme)
        assert urlsplit(headers["Location"]).netloc == visitor.sites.hosts(CODE)[0]
        assert visitor.get(headers["Location"])[0] == 200


def test_pages_can_lead_away_from_the_portal():
    with visiting("to_foreign=/channels/") as visitor:
        goal = visitor.get("/channels/1.html")[1]["Location"]
        assert urlsplit(goal).netloc not in (urlsplit(visitor.home).netloc, *visitor.sites.hosts(CODE))
        visitor.get(goal)
        assert visitor.sites.asked(CODE)[-1].host == 2


@pytest.mark.parametrize(("switch", "pattern"), [
    ("meta_refresh", r"0;url=([^\"]+)"), ("script_redirect", r"location.href='([^']+)'")])
def test_a_page_before_the_page_leads_on(switch, pattern):
    with visiting(switch) as visitor:
        goal = re.search(pattern, visitor.get("/")[2].decode())[1]
        assert county(CODE).name in visitor.get(goal)[2].decode()


@pytest.mark.parametrize(("switch", "status", "words"), [
    ("robots_none", 404, ""), ("robots_comments", 200, "#"), ("robots_html", 200, "<html"), ("robots_403", 403, ""),
    ("robots_500", 500, ""), ("robots_all", 200, "Disallow: /\n"), ("robots_delay=2", 200, "Crawl-delay: 2"),
    ("robots_reports", 200, "Disallow: /*a1")])
def test_robots_txt_says_what_its_switch_says(switch, status, words):
    with visiting(switch) as visitor:
        found, _, body = visitor.get("/robots.txt")
        assert found == status
        assert words in body.decode()


def test_pages_are_in_the_character_set_that_the_switch_says():
    name = county(CODE).name
    with visiting("gbk") as visitor:
        _, headers, body = visitor.get("/")
        assert (headers["Content-Type"], b"charset" in body.lower()) == ("text/html", False)
        assert name in body.decode("gb18030")
    with visiting("gb2312") as visitor:
        _, headers, body = visitor.get("/")
        assert headers["Content-Type"] == "text/html; charset=gb2312"
        assert name in body.decode("gb18030")
    with visiting("bom") as visitor:
        assert visitor.get("/")[2].startswith(b"\xef\xbb\xbf")


def test_files_come_only_to_whom_a_page_sent():
    with visiting("files=docx", "file_referer") as visitor:
        link = next(address for address in visitor.walk() if address.startswith("/contents/files/"))
        assert b"\xe8\xaf\xb7\xe4\xbb\x8e" in visitor.get(link)[2]
        assert visitor.get(link, Referer=visitor.home)[2].startswith(b"PK")


def test_the_list_changes_after_its_second_page():
    with visiting("changing", shape="shared") as visitor:
        pages = visitor.walk()
        lists = [address for address in pages if address.startswith("/channels/")]
        assert any("报告编制工作的通知" in visitor.get(address)[2].decode() for address in lists)


def test_registry_entries_of_sites_can_be_read(tmp_path):
    told = [spec("generic", code) for code in counties(3)]
    with serving(told) as sites:
        sites.write_portals(tmp_path)
        read = registry.load(tmp_path)
        assert not read.errors
        for code in sites.homes:
            assert read.portals[code].home == sites.homes[code]
            assert set(sites.hosts(code)) < read.portals[code].hosts


def test_every_switch_is_described_in_a_sentence():
    tables = [switches.SWITCHES, *(families.software(name).switches for name in families.names())]
    for name, sentence in ((name, sentence) for table in tables for name, sentence in table.items()):
        assert re.fullmatch(r"\w+", name)
        assert sentence.endswith("."), name


def test_families_leave_the_names_of_the_servers_switches_alone():
    for name in families.names():
        assert not families.software(name).switches.keys() & switches.SWITCHES.keys(), name
        assert families.software(name).complete <= families.software(name).switches.keys(), name


@pytest.mark.parametrize("name", sorted(scenarios.SCENARIOS))
def test_named_counties_are_served_as_they_are_said_to_be(name):
    with serving([scenarios.SCENARIOS[name]]) as sites:
        status, _, body = Visitor(sites, scenarios.SCENARIOS[name].county).get("/")
        assert status == (412 if name == "jinxiang" else 200)
        assert name == "jinxiang" or county(scenarios.SCENARIOS[name].county).name in body.decode()


def test_sites_are_served_from_the_command_line(tmp_path):
    told = f"family=generic,county={CODE},switch=status_503"
    command = [sys.executable, "-m", "crawler.replicas.sites", "--site", told, "--portals", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        homes = json.loads(child.stdout.readline())
        connection = http.client.HTTPConnection(urlsplit(homes[CODE]).netloc, timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 503
        connection.close()
        assert (tmp_path / f"c{CODE}.toml").exists()
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_posted_form_reaches_the_family():
    with visiting(family="xxgk", shape="shared") as visitor:
        told = ask(f"{visitor.home}module/xxgk/search.jsp?__wb_method=POST&currpage=1")
        connection = http.client.HTTPConnection(urlsplit(told.url).netloc, timeout=5)
        connection.request("POST", urlsplit(told.url).path, told.body, {"Content-Type": told.content_type})
        assert connection.getresponse().status in (200, 404)
        connection.close()
        assert visitor.sites.asked(CODE)[-1].method == "POST"


def test_a_day_later_the_same_site_has_the_same_addresses():
    told = spec("generic", CODE)
    assert build(told, TODAY) == build(told, TODAY + timedelta(days=1))
