"""The replicas: what stands on them follows the clock and the script, and can be reached as a visitor reaches it."""

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import docx
import lxml.html
import pypdfium2
import pytest
from playwright.sync_api import sync_playwright

from archive import divisions, registry
from archive.parse import parse
from crawler.replicas import faults, files, season
from crawler.replicas.client import running, set_clock, write_portals
from crawler.replicas.figures import YEARS
from crawler.replicas.form import COLUMNS, DISPUTES, ENDINGS, OUTCOMES, ROWS
from crawler.replicas.jinxiang import area
from crawler.replicas.places import COUNTIES, JINXIANG, PLACES
from crawler.replicas.truth import stories, story
from crawler.replicas.yanggu import channel_of

FEBRUARY = datetime(2026, 2, 16, 1, tzinfo=UTC)
CHANGED, WITHDRAWN, BACKDATED, STALE, WRONG = "370828107", "411526108", "371521104", "371521109", "411526105"
NEVER, EXPLAINED, UNDATED = "370828109", "371521106", "411526207"


class Visitor:
    """A plain HTTP client that keeps its connection."""

    def __init__(self, home):
        self.home = home
        self.connection = http.client.HTTPConnection(urlsplit(home).netloc, timeout=10)

    def close(self):
        self.connection.close()

    def get(self, address, headers=None):
        url = urlsplit(urljoin(self.home, address))
        self.connection.request("GET", url.path + (f"?{url.query}" if url.query else ""), headers=headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def text(self, address):
        status, _, body = self.get(address)
        assert status == 200, address
        return body.decode()

    def walk(self):
        """Every page that links, frames and filled lists lead to, by address."""
        waiting, pages = ["/"], {}
        while waiting:
            address = waiting.pop()
            if address in pages:
                continue
            status, headers, body = self.get(address)
            pages[address] = body.decode() if headers.get_content_type() == "text/html" else ""
            assert status in (200, 302), address
            if pages[address]:
                waiting += [found for found in self._links(address, pages[address]) if found not in pages]
        return pages

    def _links(self, address, text):
        tree = lxml.html.fromstring(text)
        links = [*tree.xpath("//a/@href"), *tree.xpath("//iframe/@src")]
        links += re.findall(r'\[CDATA\[<li><a href="(.*?)"', text)
        for channel in re.findall(r'var channel = "(.*?)"', text):
            links += self._rows(channel)
        if tree.xpath("//div[@id='pageDec']"):
            number = int((re.search(r"index_(\d+)\.html$", address) or [0, 0])[1]) + 1
            following = urljoin(address, f"index_{number}.html")
            links += [following] if self.get(following)[0] == 200 else []
        whole = (urljoin(urljoin(self.home, address), link) for link in links if not link.startswith("javascript"))
        return [url.removeprefix(self.home.rstrip("/")) for url in whole if url.startswith(self.home)]

    def _rows(self, channel):
        number, pages, found = 1, 1, []
        while number <= pages:
            answer = json.loads(self.text(f"/api/channel/list?channel={channel}&pageNo={number}"))
            found, pages, number = found + [row["url"] for row in answer["rows"]], answer["pages"], number + 1
        return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Running replicas: the clock file, the file of faults, and a visitor for each county."""
    folder = tmp_path_factory.mktemp("replicas")
    set_clock(folder / "clock", FEBRUARY)
    with running(folder / "clock", control=folder / "faults.json") as homes:
        yield folder / "clock", folder / "faults.json", homes


@pytest.fixture
def visit(stage):
    """Visitors on 16 February, with no faults."""
    clock, control, homes = stage
    set_clock(clock, FEBRUARY)
    faults.write(control, {})
    visitors = {county: Visitor(home) for county, home in homes.items()}
    yield visitors
    for visitor in visitors.values():
        visitor.close()


@pytest.fixture
def clock(stage):
    return lambda text: set_clock(stage[0], datetime.fromisoformat(text))


def annual(code, year):
    return f"/module/xxgk/xxgkAnnualReport.jsp?area={area(PLACES[code])}&fbtime={year}"


def listing(code):
    """What a township's listing shows, as text."""
    place = PLACES[code]
    if code.startswith("371521"):
        return f"/api/channel/list?channel={channel_of(place)}&pageNo=1"
    return f"/xzxxgk/{place.slug}/zfxxgknb/"


@pytest.mark.parametrize("county", COUNTIES)
def test_every_standing_report_is_reached_by_following_links_from_the_home_page(visit, county):
    pages = [re.sub(r"<[^>]+>|\s|&nbsp;", "", text) for text in visit[county].walk().values()]
    for place in COUNTIES[county].places:
        for told in stories(place.code):
            there = [text for text in pages if told.title in text]
            shown = any("二、主动公开政府信息情况" in text or "附件：" in text for text in there)
            assert shown == bool(told.version(FEBRUARY)), told.title


def test_the_townships_are_those_of_the_division_table():
    for county in COUNTIES.values():
        owing = {town.code: town.name for town in divisions.townships(county.code) if town.owes_by_kind}
        assert {place.code: place.name for place in county.places} == owing


def test_organisation_codes_carry_right_check_characters():
    assert has_check_character("91350100M000100Y43")  # the example that the standard itself prints
    for place in JINXIANG.places:
        code = area(place)
        assert has_check_character(code)
        assert code[:8] == "11370828"


def has_check_character(code):
    digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(digits.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
    return len(code) == 18 and (total + digits.index(code[17])) % 31 == 0


def test_a_report_is_not_there_before_its_hour_and_is_there_after_it(visit, clock):
    clock("2026-01-27T01:41:00+00:00")
    assert "卜集镇人民政府2025年" not in visit["370828"].text(annual("370828111", 2025))
    clock("2026-01-27T01:43:00+00:00")
    assert "卜集镇人民政府2025年" in visit["370828"].text(annual("370828111", 2025))


def test_an_organisation_without_a_report_answers_with_an_empty_shell(visit):
    text = visit["370828"].text(annual(NEVER, 2025))
    assert "工作年度报告" not in text
    assert '<div id="zoom"></div>' in text


def test_a_silent_change_keeps_address_and_date(visit, clock):
    clock("2026-02-02T01:00:00+00:00")
    before = visit["370828"].text(annual(CHANGED, 2025))
    clock("2026-02-16T01:00:00+00:00")
    after = visit["370828"].text(annual(CHANGED, 2025))
    assert before != after
    assert "2026-01-14 10:10:00" in before
    assert "2026-01-14 10:10:00" in after
    first, second = story(CHANGED, 2025).versions
    assert second.cells["t3.new_received.total"] == first.cells["t3.new_received.total"] + 1


def test_a_withdrawn_report_leaves_its_listing_and_its_address(visit, clock):
    text = visit["411526"].text(listing(WITHDRAWN))
    address = re.search(r'href="([^"]+)" title="[^"]*2025年政府信息公开', text)[1]
    assert visit["411526"].get(address)[0] == 200
    clock("2026-04-01T01:00:00+00:00")
    assert "2025年政府信息公开" not in visit["411526"].text(listing(WITHDRAWN))
    assert visit["411526"].get(address)[0] == 404


def test_a_backdated_report_appears_after_the_day_that_it_claims(visit, clock):
    clock("2026-02-02T01:00:00+00:00")
    assert "七级镇人民政府2025年" not in visit["371521"].text(listing(BACKDATED))
    clock("2026-02-16T01:00:00+00:00")
    rows = json.loads(visit["371521"].text(listing(BACKDATED)))["rows"]
    row = next(row for row in rows if "七级镇人民政府2025年" in row["title"])
    assert row["date"] == "2026-01-30"
    assert "时间: 2026年01月30日" in visit["371521"].text(row["url"])


def test_an_explanation_carries_the_full_title_and_is_no_report(visit):
    rows = json.loads(visit["371521"].text(listing(EXPLAINED)))["rows"]
    row = next(row for row in rows if "阳谷县定水镇人民政府2025年政府信息公开工作年度报告" in row["title"])
    assert "解读" in row["title"]
    assert "第二十条" not in visit["371521"].text(row["url"])


def test_a_report_without_a_date_shows_none_anywhere(visit):
    item = re.search(r'<li><a href="([^"]+)" title="[^"]*2025年政府信息公开[^"]*">[^<]*</a><p></p><span>(.*?)</span>',
                     visit["411526"].text(listing(UNDATED)))
    assert item[2] == ""
    text = visit["411526"].text(item[1])
    assert "PubDate" not in text
    assert "时间：" not in text


def test_the_fee_statement_of_one_report_names_the_year_before():
    told = story(STALE, 2025)
    text = "".join(line.text for line in told.paper(told.versions[0]).blocks if hasattr(line, "text"))
    assert "2024年度，我镇未收取" in text
    assert "2024" not in text.replace("2024年度，我镇未收取", "")


def test_every_sum_holds_except_the_scripted_one():
    for code in PLACES:
        for told in stories(code):
            for version in told.versions:
                cells = version.cells
                rows_hold = all(cells[f"t3.{row}.total"] == sum(cells[f"t3.{row}.{column}"] for column in COLUMNS[:-1])
                                for row in ROWS)
                assert rows_hold == ((code, told.year) != (WRONG, 2025))
                for column in COLUMNS:
                    count = {row: cells[f"t3.{row}.{column}"] for row in ROWS}
                    assert count["total_handled"] == sum(count[row] for row in OUTCOMES)
                    handled = count["total_handled"] + count["carried_out"]
                    assert count["new_received"] + count["carried_in"] == handled
                for block in DISPUTES:
                    parts = [cells[f"t4.{block}.{ending}"] for ending, _ in ENDINGS]
                    assert parts[-1] == sum(parts[:-1])
                topics = [count for _, count in version.figures.topics]
                assert not topics or version.figures.active == sum(topics)


def test_what_is_carried_over_agrees_with_the_year_before():
    for code in PLACES:
        told = {one.year: one.versions[-1].cells for one in stories(code)}
        for year in YEARS[1:]:
            if year in told and (code, year) != (WRONG, 2025):
                for column in COLUMNS:
                    assert told[year][f"t3.carried_in.{column}"] == told[year - 1][f"t3.carried_out.{column}"]


def test_figures_of_real_reports_carry_over():
    assert [story(*key).versions[0].figures.active for key in (
        ("370828111", 2023), ("370828111", 2025), ("370828102", 2022), ("371521116", 2023), ("411526103", 2024),
    )] == [14, 27, 19, 26, 91]
    cells = story("370828111", 2025).versions[0].cells
    assert {key: value for key, value in cells.items() if value} == {
        "t3.new_received.natural_person": 1, "t3.new_received.total": 1, "t3.unable_not_held.natural_person": 1,
        "t3.unable_not_held.total": 1, "t3.total_handled.natural_person": 1, "t3.total_handled.total": 1,
    }
    assert story("370828111", 2023).shape == "pictures"


@pytest.mark.parametrize("code", ["370828102", "371521103", "411526203"])
def test_a_report_names_its_own_township_and_year_only(code):
    for told in stories(code):
        text = "".join(line.text for line in told.paper(told.versions[0]).blocks if hasattr(line, "text"))
        years = set(re.findall(r"(20\d\d)年", text))
        assert years == {str(told.year)}
        assert PLACES[code].name in text
        others = {place.name for place in COUNTIES[code[:6]].places} - {PLACES[code].name}
        assert not [name for name in others if name in text and name not in told.title]


def stored_of(suffix):
    every = (stored for county in COUNTIES for _, stored in files.library(county).values())
    return next(stored for stored in every if stored.suffix == suffix)


def test_a_pdf_holds_its_text():
    stored = stored_of(".pdf")
    document = pypdfium2.PdfDocument(stored.body())
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    text = re.sub(r"\s", "", "".join(pages))
    assert story(stored.code, stored.year).title in text
    assert "本年新收政府信息公开申请数量" in text


def test_a_word_file_holds_its_tables_with_merged_cells():
    stored = stored_of(".docx")
    document = docx.Document(io.BytesIO(stored.body()))
    assert document.paragraphs[0].text == story(stored.code, stored.year).title
    second, third, fourth = document.tables
    assert (len(second.columns), len(third.columns), len(fourth.columns)) == (4, 10, 15)
    cells = story(stored.code, stored.year).versions[0].cells
    shown = [cell.text for cell in third.rows[3].cells][3:]
    assert shown == [str(cells[f"t3.new_received.{column}"]) for column in COLUMNS]


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".png"])
def test_a_file_is_the_same_bytes_in_every_process(suffix):
    stored = stored_of(suffix)
    code = ("import hashlib, sys; from crawler.replicas.files import Stored;"
            f"print(hashlib.sha256({stored!r}.body()).hexdigest())")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == again


def test_each_form_is_read_back_as_it_was_meant(visit):
    for suffix in (".pdf", ".docx"):
        stored = stored_of(suffix)
        report = parse(stored.body(), name=stored.name, county=stored.code[:6])
        assert (report.identity.division_code, report.identity.report_year) == (stored.code, stored.year)
        assert report.cells == story(stored.code, stored.year).versions[0].cells
    body = visit["370828"].text(annual(CHANGED, 2025)).encode()
    report = parse(body, county="370828")
    assert (report.identity.division_code, report.identity.published_on) == (CHANGED, "2026-01-14")
    assert report.cells == story(CHANGED, 2025).version(FEBRUARY).cells


def test_pages_of_jinxiang_answer_to_their_etag(visit):
    _, headers, _ = visit["370828"].get("/col/col73903/index.html")
    assert visit["370828"].get("/col/col73903/index.html", {"If-None-Match": headers["ETag"]})[0] == 304
    assert visit["370828"].get("/col/col73903/index.html", {"If-None-Match": '"other"'})[0] == 200


def test_a_listing_of_huangchuan_is_not_modified_until_something_is_published(visit, clock):
    clock("2026-01-28T01:00:00+00:00")
    address = listing("411526107")  # publishes on 29 January
    _, headers, _ = visit["411526"].get(address)
    since = {"If-Modified-Since": headers["Last-Modified"]}
    assert visit["411526"].get(address, since)[0] == 304
    clock("2026-01-30T01:00:00+00:00")
    assert visit["411526"].get(address, since)[0] == 200


def test_yanggu_sends_no_validators(visit):
    _, headers, _ = visit["371521"].get("/channel_x_0.0_12478/")
    assert not {"ETag", "Last-Modified"} & set(headers)


def test_an_article_of_huangchuan_prints_another_number_of_views_each_time(visit):
    address = re.search(r'href="([^"]+)" title="[^"]*2024年政府信息公开', visit["411526"].text(listing("411526103")))[1]
    first, second = visit["411526"].text(address), visit["411526"].text(address)
    assert first != second
    assert re.sub(r"浏览量：\d+", "", first) == re.sub(r"浏览量：\d+", "", second)


def test_pages_of_jinxiang_travel_packed_to_who_can_unpack(visit):
    status, headers, body = visit["370828"].get("/", {"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"], body[:2]) == (200, "gzip", b"\x1f\x8b")
    assert len(body) == int(headers["Content-Length"])


def test_what_does_not_exist_is_answered_with_404(visit):
    for visitor in visit.values():
        assert visitor.get("/no/such/page.html")[0] == 404
        assert visitor.get("/robots.txt")[0] == 200


def test_a_whole_portal_is_down_on_its_scripted_days(visit, clock):
    clock("2026-02-01T01:00:00+00:00")
    status, headers, _ = visit["411526"].get("/")
    assert (status, headers["Retry-After"]) == (503, "1")
    assert visit["371521"].get("/")[0] == 200
    clock("2026-02-02T01:00:00+00:00")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        visit["411526"].get("/robots.txt")


@pytest.mark.parametrize("status", [403, 404, 412, 500, 503])
def test_a_fault_holds_for_every_address_of_its_host_only(visit, stage, status):
    faults.write(stage[1], {"370828": str(status)})
    assert visit["370828"].get("/")[0] == status
    assert visit["370828"].get("/robots.txt")[0] == status
    assert visit["411526"].get("/")[0] == 200


def test_a_fault_can_be_kept_to_some_addresses(visit, stage):
    faults.write(stage[1], {"370828": {"/module/xxgk/": "412", "/module/xxgk/tree.jsp": "shell"}})
    assert visit["370828"].get(annual(CHANGED, 2025))[0] == 412
    assert visit["370828"].get("/module/xxgk/tree.jsp")[0] == 200
    assert visit["370828"].get("/")[0] == 200
    faults.write(stage[1], {})
    assert visit["370828"].get(annual(CHANGED, 2025))[0] == 200


def test_a_host_can_hang_reset_or_cut_off(visit, stage):
    visitor = visit["371521"]
    faults.write(stage[1], {"371521": "reset"})
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        visitor.get("/")
    visitor.connection.close()
    faults.write(stage[1], {"371521": "truncated"})
    with pytest.raises(http.client.IncompleteRead):
        visitor.get("/")
    faults.write(stage[1], {"371521": "timeout"})
    hanging = Visitor(visitor.home)
    hanging.connection.timeout = 0.5
    with pytest.raises(TimeoutError):
        hanging.get("/")
    hanging.connection.close()


def test_an_empty_shell_and_a_soft_404_come_with_status_200(visit, stage):
    faults.write(stage[1], {"371521": "shell", "411526": "soft_404"})
    assert "<body><script>" in visit["371521"].text("/")
    assert "页面不存在" in visit["411526"].text("/zfxxgk/")


# The smallest report that its readers recognise; everything in it is made up for this test.
DROPPED = """金乡县羊山镇人民政府2024年政府信息公开工作年度报告
本报告由羊山镇人民政府编制，统计期限自2024年1月1日起至2024年12月31日止。
一、总体情况
2024年，我镇主动公开政府信息共33条。
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
部分内容更新不够及时，将加强督促检查和培训学习。
六、其他需要报告的事项
无
"""


def test_reports_handed_in_are_published_without_a_word_about_whose_they_are(tmp_path, capfd):
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "羊山 1.txt").write_text(DROPPED, encoding="utf-8")
    (folder / "elsewhere.txt").write_text(DROPPED.replace("金乡县羊山镇", "邹城市太平镇"), encoding="utf-8")
    (folder / "numbers.xyz").write_text("1", encoding="utf-8")
    set_clock(tmp_path / "clock", datetime(2025, 1, 20, 0, 29, tzinfo=UTC))
    with (running(tmp_path / "clock", folder) as homes, closing(Visitor(homes["370828"])) as visitor,
          closing(Visitor(homes["411526"])) as elsewhere):
        column = "/col/col73905/index.html"
        assert column in visitor.text("/col/col73900/index.html")
        assert "/art/" not in visitor.text(column)
        set_clock(tmp_path / "clock", datetime(2025, 1, 20, 0, 30, tzinfo=UTC))
        address = re.search(r'<a href="(/art/[^"]+)" title="政府信息公开工作年度报告"', visitor.text(column))[1]
        page = visitor.text(address)
        shown = re.sub(r'<p class="fujian">.*?</p>', "", page)
        assert "羊山" not in shown
        assert "2024" not in shown
        link = lxml.html.fromstring(page).xpath("//p[@class='fujian']/a/@href")[0]
        status, headers, body = visitor.get(link)
        if status == 302:
            _, _, body = visitor.get(headers["Location"])
        assert body.decode() == DROPPED
        assert "羊山镇人民政府2024年" not in visitor.text(annual("370828101", 2024))
        assert "羊山镇人民政府2023年" in visitor.text(annual("370828101", 2023))
        assert elsewhere.get("/zfxxgk/xzjdnb/")[0] == 404
    said = capfd.readouterr().err
    assert "elsewhere.txt: not published" in said
    assert "numbers.xyz: not published" in said


def test_registry_entries_name_the_home_and_no_listing(tmp_path):
    write_portals(tmp_path, dict.fromkeys(COUNTIES, "http://127.0.0.1:4321/"))
    for county in COUNTIES.values():
        portal = registry.read(tmp_path / f"{county.slug}.toml")
        assert (portal.code, portal.home, portal.since) == (county.code, "http://127.0.0.1:4321/", 2021)
        assert portal.listings == ()
        assert portal.expect_townships == len(county.places)


def test_the_season_agrees_with_the_script_where_it_needs_no_judgement():
    first, *_, last = season.days()
    for code, standing in season.expected(first).items():
        told = story(code, 2025)
        assert (standing["status"] == "on_time") == bool(told and told.appears <= first)
    for code, standing in season.expected(last).items():
        assert (standing["status"] == "missing") == (story(code, 2025) is None)
    assert all(set(season.expected(day)) == set(PLACES) for day in season.days())
    dropped = {("370828109", 2025)}
    assert season.expected(last, dropped=dropped)["370828109"] == {"status": "on_time"}
    assert ("370828109", 2025) not in season.open_findings(dropped=dropped)


@pytest.mark.parametrize("how", ["terminated", "pipe closed"])
def test_the_replicas_end_with_their_parent(tmp_path, how):
    set_clock(tmp_path / "clock", FEBRUARY)
    with subprocess.Popen([sys.executable, "-m", "crawler.replicas", "--clock", tmp_path / "clock"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        started = time.monotonic()
        assert set(json.loads(child.stdout.readline())) == set(COUNTIES)
        assert time.monotonic() - started < 3
        if how == "terminated":
            os.kill(child.pid, signal.SIGTERM)
        else:
            child.stdin.close()
        assert child.wait(timeout=5) == 0


@pytest.mark.slow
def test_a_browser_fills_the_list_and_turns_its_page(visit):
    place = next(place for place in COUNTIES["371521"].places
                 if json.loads(visit["371521"].text(listing(place.code)))["pages"] == 2 and place.name.endswith("镇"))
    plain = visit["371521"].text(f"/{channel_of(place)}/")
    assert "doc_" not in plain
    chromium = Path("/usr/bin/chromium")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium if chromium.exists() else None, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(urljoin(visit["371521"].home, f"/{channel_of(place)}/"))
        page.wait_for_selector('a[href*="doc_"]')
        first = page.locator(".news_list a").all_inner_texts()
        page.click("text=下一页")
        page.wait_for_selector(".current:has-text('2')")
        second = page.locator(".news_list a").all_inner_texts()
        browser.close()
    assert len(first) == 8
    assert second
    assert not set(first) & set(second)
    assert any("2021年政府信息公开工作年度报告" in title for title in second)
