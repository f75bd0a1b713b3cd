"""The separate checker bites: evidence that does not bear an accusation out is refused, with a sentence."""

import gzip
import hashlib
import subprocess
import sys
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.simulation.checker import Accusation, Body, Evidence, Piece, check

SITE = "http://www.example.gov.cn"
LIST, PAGE = f"{SITE}/nb/", f"{SITE}/nb/t20260205_1.html"
HERE = Body("羊山镇", ("胡集镇", "大羊山镇"))
TITLE = "某县羊山镇人民政府2025年政府信息公开工作年度报告"
OTHERS = ("某县胡集镇人民政府2025年政府信息公开工作年度报告", "某县羊山镇人民政府2024年政府信息公开工作年度报告",
          "某县大羊山镇人民政府2025年政府信息公开工作年度报告")
MISSING = Accusation("missing", HERE, "某县", 2025, date(2026, 1, 31), date(2026, 3, 31), past="local")


def listing(*titles, more=""):
    """A list page with a link for each title."""
    rows = "".join(f'<li><a href="/nb/t{number}.html">{title}</a></li>' for number, title in enumerate(titles))
    return f"<html><head><title>政府信息公开年报</title></head><body><ul>{rows}</ul>{more}</body></html>"


def report(words="未收到依申请公开的申请", on="2026年02月05日"):
    """The report's page."""
    return f"<html><body><h1>{TITLE}</h1><p>发布时间：{on}</p><p>{words}。</p></body></html>"


class Volume:
    """A WARC volume that is written record by record, and what a ledger would say of it."""

    def __init__(self, folder):
        self.path = folder / "volume-000001.warc.gz"
        self.path.touch()
        self.pieces = {}

    def add(self, at, url, text, status=200, kind="response", headers=None):
        """Write an answer; the id under which it is evidence."""
        body, offset = text.encode(), self.path.stat().st_size
        name = f"0000-{len(self.pieces)}"
        http = StatusAndHeaders(f"{status} OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        head = {"WARC-Record-ID": f"<urn:uuid:{name}>", "WARC-Date": at, **(headers or {})}
        with self.path.open("ab") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            writer.write_record(writer.create_warc_record(url, kind, payload=BytesIO(body), length=len(body),
                                                          http_headers=http, warc_headers_dict=head))
        self.pieces[name] = Piece(name, self.path, offset, hashlib.sha256(body).hexdigest())
        return name

    def again(self, at, url, name, text):
        """Write a 304: a revisit of what is held; `name` None: it does not say of what."""
        refers = {"WARC-Refers-To": f"<urn:uuid:{name}>"} if name else {}
        digest = hashlib.sha256(text.encode()).hexdigest()
        made = self.add(at, url, "", 304, "revisit", {"WARC-Payload-Digest": f"sha256:{digest}", **refers})
        self.pieces[made] = replace(self.pieces[made], sha256=digest)
        return made

    def swap(self, name, old, new):
        """Put other bytes into a record behind its back."""
        offset, whole = self.pieces[name].offset, self.path.read_bytes()
        plain = gzip.decompress(whole[offset:])
        assert old in plain
        self.path.write_bytes(whole[:offset] + gzip.compress(plain.replace(old, new)))

    def check(self, told, *evidence):
        """What is to be said against an accusation that rests on these records."""
        return check(replace(told, evidence=evidence), Evidence(self.pieces))


@pytest.fixture
def volume(tmp_path):
    return Volume(tmp_path)


def test_two_looks_without_the_link_bear_out_that_a_report_is_missing(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.again("2026-02-02T01:00:00Z", LIST, first, listing(*OTHERS))
    assert volume.check(MISSING, first, again) is None


def test_a_capture_from_before_the_end_of_the_due_date_proves_nothing(volume):
    first = volume.add("2026-01-31T15:59:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-01-30T01:00:00Z", LIST, listing(*OTHERS))
    assert "no listing was captured after 2026-01-31" in volume.check(MISSING, first, again)


def test_one_look_does_not_confirm(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    near = volume.add("2026-02-01T20:59:00Z", LIST, listing(*OTHERS))
    assert "one look only" in volume.check(MISSING, first)
    assert "less than 20 hours apart" in volume.check(MISSING, first, near)
    assert volume.check(replace(MISSING, confirmed=False), first) is None


def test_a_listing_that_shows_the_link_refutes_its_accusation(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-02-02T01:00:00Z", LIST, listing(*OTHERS, TITLE))
    assert "does show it: 某县羊山镇" in volume.check(MISSING, first, again)


def test_in_the_townships_own_listing_the_title_need_not_name_it(volume):
    crumbs = "<p>当前位置：首页 > 羊山镇 > 政府信息公开年报</p>"
    without = listing("2024年政府信息公开工作年度报告", more=crumbs)
    first = volume.add("2026-02-01T01:00:00Z", LIST, without)
    again = volume.add("2026-02-02T01:00:00Z", LIST, without)
    shown = volume.add("2026-02-03T01:00:00Z", LIST, listing("2025年政府信息公开工作年度报告", more=crumbs))
    assert volume.check(MISSING, first, again) is None
    assert "does show it" in volume.check(MISSING, first, shown)


def test_the_countys_name_does_not_name_its_seat(volume):
    told = replace(MISSING, body=Body("汶上街道", ("南站街道",)), county="汶上县")
    text = listing("汶上县南站街道办事处2025年政府信息公开工作年度报告")
    first, again = (volume.add(f"2026-02-0{day}T01:00:00Z", LIST, text) for day in (1, 2))
    assert volume.check(told, first, again) is None


def test_a_list_that_does_not_say_whose_reports_it_holds_proves_nothing(volume):
    text = listing("2024年政府信息公开工作年度报告")
    first = volume.add("2026-02-01T01:00:00Z", LIST, text)
    again = volume.add("2026-02-02T01:00:00Z", LIST, text)
    assert "says that 羊山镇's reports would stand there" in volume.check(MISSING, first, again)


def test_a_listing_with_a_page_that_was_not_captured_is_not_whole(volume):
    following = '<a href="/nb/index_1.html">下一页</a>'
    pages = [volume.add(f"2026-02-0{day}T01:00:00Z", LIST, listing(*OTHERS, more=following)) for day in (1, 2)]
    assert "which was not captured" in volume.check(MISSING, *pages)
    announced = "<script>createPageHTML(3, 0, 'index', 'html');</script>"
    pages = [volume.add(f"2026-02-0{day}T01:00:00Z", LIST, listing(*OTHERS, more=announced)) for day in (1, 2)]
    assert "has 3 pages, 1 were captured" in volume.check(MISSING, *pages)


@pytest.mark.parametrize("status", [403, 404, 502])
def test_a_refusal_is_no_listing(volume, status):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-02-02T01:00:00Z", LIST, listing(*OTHERS), status=status)
    assert f"answered {status}: no listing" in volume.check(MISSING, first, again)


def test_a_damaged_record_is_refused(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-02-02T01:00:00Z", LIST, listing(*OTHERS))
    volume.path.write_bytes(volume.path.read_bytes()[:-20])
    assert "no whole record" in volume.check(MISSING, first, again)


def test_a_swapped_body_does_not_fit_its_digest(volume):
    volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-02-02T01:00:00Z", LIST, listing(*OTHERS, TITLE))
    volume.swap(again, "2025年政".encode(), "2021年政".encode())
    assert "its digest does not fit" in volume.check(MISSING, "0000-0", again)


def test_a_body_that_is_not_the_one_that_was_judged_is_refused(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    volume.pieces[first] = replace(volume.pieces[first], sha256="0" * 64)
    assert "not the one that was judged" in volume.check(MISSING, first)


def test_another_record_at_the_place_is_refused(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.add("2026-02-02T01:00:00Z", LIST, listing(*OTHERS))
    volume.pieces[again] = replace(volume.pieces[again], offset=volume.pieces[first].offset)
    assert "the record there is another one" in volume.check(MISSING, first, again)


def test_a_revisit_without_what_it_repeats_is_refused(volume):
    first = volume.add("2026-02-01T01:00:00Z", LIST, listing(*OTHERS))
    again = volume.again("2026-02-02T01:00:00Z", LIST, None, listing(*OTHERS))
    assert "does not say what it repeats" in volume.check(MISSING, first, again)
    lost = volume.again("2026-02-02T01:00:00Z", LIST, "gone-1", listing(*OTHERS))
    assert "nothing says where capture gone-1 stands" in volume.check(MISSING, first, lost)
    other = volume.again("2026-02-02T01:00:00Z", LIST, first, listing(*OTHERS, TITLE))
    assert "has another digest" in volume.check(MISSING, first, other)


def test_a_late_report_bears_its_late_day(volume):
    told = replace(MISSING, code="T02", claimed=date(2026, 2, 5), urls=(PAGE,))
    page = volume.add("2026-02-16T01:00:00Z", PAGE, report())
    assert volume.check(told, page) is None
    assert "stands nowhere" in volume.check(replace(told, claimed=date(2026, 2, 6)), page)
    other = volume.add("2026-02-16T01:00:00Z", PAGE, report().replace("羊山镇", "胡集镇"))
    assert "no record shows the report itself" in volume.check(told, other)


def test_a_report_dated_within_its_own_year_bears_that_day(volume):
    told = replace(MISSING, code="T07", claimed=date(2025, 12, 26), urls=(PAGE,))
    page = volume.add("2026-01-20T01:00:00Z", PAGE, report(on="2025-12-26 10:00"))
    assert volume.check(told, page) is None
    assert "claims no day within 2025" in volume.check(replace(told, claimed=date(2026, 1, 2)), page)


def test_a_backdated_report_came_behind_two_looks(volume):
    told = replace(MISSING, code="T09", claimed=date(2026, 1, 30), urls=(PAGE,))
    first, again = (volume.add(f"2026-02-0{day}T01:00:00Z", LIST, listing(*OTHERS)) for day in (1, 2))
    page = volume.add("2026-02-16T01:00:00Z", PAGE, report(on="2026年01月30日"))
    assert volume.check(told, page, first, again) is None
    assert "one look only" in volume.check(told, page, again)
    early = volume.add("2026-02-01T08:00:00Z", PAGE, report(on="2026年01月30日"))
    assert "one look only" in volume.check(told, early, first, again)


def test_a_withdrawn_report_was_there_and_is_gone_twice(volume):
    told = replace(MISSING, code="L05", urls=(PAGE,))
    page = volume.add("2026-01-20T01:00:00Z", PAGE, report())
    looks = [volume.add(f"2026-03-0{day}T01:00:00Z", LIST, listing(*OTHERS)) for day in (1, 2)]
    dead = [volume.add(f"2026-03-0{day}T01:00:01Z", PAGE, "<p>404</p>", status=404) for day in (1, 2)]
    assert volume.check(told, page, *looks, *dead) is None
    assert volume.check(told, page, *looks) is None
    assert "no record shows the report itself" in volume.check(told, *looks, *dead)
    assert "less than two looks" in volume.check(told, page, looks[0], dead[0])
    shown = volume.add("2026-03-02T01:00:00Z", LIST, listing(*OTHERS, TITLE))
    assert "does show it" in volume.check(told, page, looks[0], shown)


def test_a_changed_report_says_something_else(volume):
    told = replace(MISSING, code="T10", urls=(PAGE,))
    first = volume.add("2026-01-20T01:00:00Z", PAGE, report())
    blank = volume.add("2026-02-20T01:00:00Z", PAGE, report().replace("<p>", "\n <p> "))
    other = volume.add("2026-02-21T01:00:00Z", PAGE, report("收到申请1件"))
    assert volume.check(told, first, other) is None
    assert "say the same" in volume.check(told, first, blank)
    assert "two versions are needed" in volume.check(told, first)


def test_a_dead_link_is_listed_and_answers_404_twice(volume):
    told = replace(MISSING, code="L01", urls=(f"{SITE}/nb/t3.html",))
    lists = [volume.add(f"2026-03-0{day}T01:00:00Z", LIST, listing(*OTHERS, TITLE)) for day in (1, 2)]
    dead = [volume.add(f"2026-03-0{day}T01:00:01Z", told.urls[0], "<p>404</p>", status=404) for day in (1, 2)]
    assert volume.check(told, *lists, *dead) is None
    assert "did not answer 404 or 410" in volume.check(told, *lists, dead[0])
    bare = volume.add("2026-03-02T01:00:00Z", LIST, listing(*OTHERS))
    assert "no listing of the evidence shows it" in volume.check(told, bare, *dead)


def test_a_misfiled_link_is_shown_twice_with_the_page_behind_it(volume):
    told = replace(MISSING, code="L04")
    lists = [volume.add(f"2026-03-0{day}T01:00:00Z", LIST, listing(TITLE)) for day in (1, 2)]
    behind = volume.add("2026-03-01T01:00:00Z", f"{SITE}/nb/t0.html", report().replace("2025年政", "2024年政"))
    assert volume.check(told, *lists, behind) is None
    assert "one look only" in volume.check(told, lists[0], behind)
    assert "no page of the evidence shows a link" in volume.check(told, behind)


def test_a_link_that_leads_to_another_report_is_no_report(volume):
    lists = [volume.add(f"2026-02-0{day}T01:00:00Z", LIST, listing(TITLE)) for day in (1, 2)]
    behind = volume.add("2026-02-01T01:00:00Z", f"{SITE}/nb/t0.html", report().replace("羊山镇", "胡集镇"))
    assert volume.check(MISSING, *lists, behind) is None
    assert "does show it" in volume.check(MISSING, *lists)
    right = volume.add("2026-02-02T01:00:00Z", f"{SITE}/nb/t0.html", report())
    assert "does show it" in volume.check(MISSING, *lists, right)


def test_a_dead_file_is_linked_and_answers_404(volume):
    told = replace(MISSING, code="L02")
    page = volume.add("2026-03-01T01:00:00Z", PAGE, report('<a href="/nb/P1.pdf">附件</a>'))
    dead = volume.add("2026-03-01T01:00:01Z", f"{SITE}/nb/P1.pdf", "<p>404</p>", status=404)
    assert volume.check(told, page, dead) is None
    assert "answered 404 or 410" in volume.check(told, page)


def test_the_checker_shares_no_code_with_nianbao():
    told = ("import sys, tests.simulation.checker; print([name for name in sys.modules if name.split('.')[0] in"
            " ('archive', 'crawler', 'monitor')])")
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_accusation_without_evidence_is_refused(volume):
    assert volume.check(MISSING) == "it names no evidence"
