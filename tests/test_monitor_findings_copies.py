"""Copies of a report: moved, changed on the way, filed under another link, in another column; and what is innocent."""

from dataclasses import replace

import forms
import pytest
from bundles import instant, listing, make_bundle
from seasons import COUNTY, HOME, LIST, NAMES, Season, Shown, again, page, shown

from archive.bundles import Attachment, Candidate, Look, Offer, Outcome
from archive.ingest import ingest
from archive.refresh import refresh
from archive.registry import load
from monitor import findings
from monitor.links import Link, promised

JAN20, JAN25, FEB1, FEB2, FEB3, FEB16, APR1 = (
    f"2026-{day}T01:00:00Z" for day in ("01-20", "01-25", "02-01", "02-02", "02-03", "02-16", "04-01"))
BUJI, MAMIAO = "370828111", "370828109"
ZEROS = dict.fromkeys(forms.keys(), "0")


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI, MAMIAO))
    yield made
    made.db.close()


def tables(requests, path="1.html", name="卜集镇"):
    """A report with its three tables; so many requests came in and were granted."""
    rows = [f"t3.{row}.{column}" for row in ("new_received", "granted", "total_handled")
            for column in ("natural_person", "total")]
    cells = ZEROS | dict.fromkeys(rows, str(requests))
    text = forms.as_html(cells).decode().replace("某县某镇", f"金乡县{name}").replace("2023年", "2025年")
    return Shown(HOME + path, text.encode())


def rows(season, code, words=""):
    return [row for row in findings.rows(season.db, only_open=True)
            if row["code"] == code and words in row["message"]]


def link(title, body, path="1.html", **fields):
    return Shown(HOME + path, body, title=title, **fields)


# Moved

def test_a_report_that_comes_back_under_another_address_is_republished(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB1, Shown(HOME + "1.html", None, Outcome.GONE, listed=False))
    season.crawl(FEB16, tables(2, "2.html"), Shown(HOME + "1.html", None, Outcome.GONE, listed=False))
    judged = season.judged(FEB16)[BUJI]
    assert (judged.status, judged.flags, judged.url) == ("on_time", ("republished",), HOME + "2.html")
    assert rows(season, "T10") == []


def test_a_report_that_comes_back_with_other_figures_was_changed(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB16, tables(3, "2.html"), Shown(HOME + "1.html", None, Outcome.GONE, listed=False))
    season.judged(FEB16)
    (row,) = rows(season, "T10")
    assert "t3.new_received.total: 2 → 3" in row["message_en"]
    assert (row["attribution"], row["confirmed"], len(set(row["evidence"]))) == ("publisher", True, 2)
    season.crawl(APR1, Shown(HOME + "2.html", None, Outcome.HELD))
    season.judged(APR1)
    assert [again_row["id"] for again_row in rows(season, "T10")] == [row["id"]]


def test_a_change_names_its_cells_as_the_form_does_and_every_one_once(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB1, tables(3))
    season.judged(FEB1)
    (row,) = rows(season, "T10")
    assert (row["attribution"], row["confirmed"]) == ("publisher", True)
    assert "“一、本年新收政府信息公开申请数量：总计”由2改为3" in row["message"]
    assert row["message_en"].startswith("changed after publication (seen on 1 February 2026): t3.new_received.")


def test_a_change_between_two_readings_of_pictures_is_nobody_s_yet(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB1, tables(3))
    read_off_pictures(season)
    season.judged(FEB1)
    assert [(row["attribution"], row["confirmed"]) for row in rows(season, "T10")] == [("unknown", False)]


def read_off_pictures(season):
    """As if the reader had had to recognise every figure."""
    season.db.execute("UPDATE documents SET report = replace(report, '\"method\": \"html\"', '\"method\": \"ocr\"')")
    season.db.conn.commit()


def test_a_second_copy_beside_the_first_is_not_republished(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB1, Shown(HOME + "1.html", None, Outcome.HELD), tables(2, "2.html"))
    season.crawl(FEB16, Shown(HOME + "2.html", None, Outcome.HELD),
                 Shown(HOME + "1.html", None, Outcome.GONE, listed=False))
    judged = season.judged(FEB16)[BUJI]
    assert judged.flags == ()
    assert rows(season, "L06") == []


def test_an_address_that_could_not_be_asked_is_no_move(season):
    season.crawl(JAN20, tables(2))
    season.crawl(FEB1, tables(2, "2.html"), complete=False, reason="page 2: error/timeout")
    assert season.judged(FEB1)[BUJI].flags == ()


def test_two_copies_with_different_figures_are_told_in_the_house(season):
    season.crawl(JAN20, tables(2), tables(3, "2.html"))
    season.judged(JAN20)
    (row,) = rows(season, "L06")
    assert (row["severity"], row["attribution"]) == ("info", "publisher")
    assert "t3.new_received.total: 2 → 3" in row["message_en"]


def test_a_copy_whose_period_is_another_year_s_may_be_another_report(season):
    """This year's report under last year's title: its figures are no change of last year's."""
    other = tables(3, "2.html").body.decode().replace("，我镇", "，统计期限自2026年1月1日起至2026年12月31日止，我镇")
    season.crawl(JAN20, tables(2), Shown(HOME + "2.html", other.encode()))
    season.judged(JAN20)
    assert rows(season, "L06") == []


def test_a_page_used_again_for_the_next_year_did_not_change_last_year_s_report(tmp_path):
    season = Season(tmp_path, (BUJI,), since=2024)
    years = (2024, 2025)
    season.crawl("2025-01-20T01:00:00Z", shown(BUJI, year=2024, path="nb.html", on="2025-01-15"), years=(2024,))
    season.crawl(JAN20, shown(BUJI, year=2025, path="nb.html"), years=years)
    season.crawl(FEB1, shown(BUJI, year=2025, path="nb.html", figure=31), years=years)
    season.judged(FEB1)
    (row,) = rows(season, "T10")
    assert (row["report_year"], "2026年2月1日" in row["message"]) == (2025, True)
    season.db.close()


def test_a_scan_without_text_is_told_in_the_house(season):
    """What a reader recognised on the pages of a PDF: it has no text that could be searched (L07)."""
    season.crawl(JAN20, tables(2))
    season.judged(JAN20)
    assert rows(season, "L07") == []
    read_off_pictures(season)
    season.db.execute("UPDATE bodies SET media_type = 'application/pdf'"
                      " WHERE sha256 IN (SELECT sha256 FROM publications)")
    season.db.conn.commit()
    season.judged(JAN20)
    (row,) = rows(season, "L07")
    assert (row["severity"], row["attribution"], row["confirmed"]) == ("info", "unknown", False)
    assert (row["message"], row["message_en"]) == ("年报为扫描件，无文本层", "the report is a scan without text")


# Filed under another link

def test_a_link_that_leads_to_last_year_s_report_is_told_and_the_report_is_missing(season):
    wrong = link("卜集镇2025年政府信息公开工作年度报告", page(BUJI, year=2024, on="2026-01-15"))
    season.crawl(FEB1, wrong)
    first = season.judged(FEB1)[BUJI]
    assert (first.status, first.flags) == ("missing", ("misfiled",))
    (row,) = rows(season, "L04")
    assert (row["report_year"], row["confirmed"]) == (2025, False)
    season.crawl(FEB3, wrong)
    season.judged(FEB3)
    (row,) = rows(season, "L04")
    assert (row["attribution"], row["confirmed"]) == ("publisher", True)
    assert row["message"] == "链接“卜集镇2025年政府信息公开工作年度报告”打开后为卜集镇2024年年报"
    season.crawl(FEB16, shown(BUJI, path="1.html", on="2026-02-10"))
    season.judged(FEB16)
    assert rows(season, "L04") == []


def test_a_link_that_leads_to_another_township_s_report_is_told_of_the_one_it_names(season):
    season.crawl(FEB1, link("卜集镇2025年政府信息公开工作年度报告", page(MAMIAO)))
    judged = season.judged(FEB1)
    assert (judged[BUJI].flags, judged[MAMIAO].flags) == (("misfiled",), ())
    (row,) = rows(season, "L04")
    assert row["division_code"] == BUJI
    assert "马庙镇2025年" in row["message"]


def test_where_only_the_title_of_the_page_names_another_year_nobody_is_accused(season):
    """Last year's title over this year's text: a slip, and the report may well be there."""
    slip = page(BUJI, title="金乡县卜集镇2024年政府信息公开工作年度报告")
    for at in (FEB1, FEB2):
        season.crawl(at, link("卜集镇2025年政府信息公开工作年度报告", slip))
    judged = season.judged(FEB2)[BUJI]
    assert judged.status == "unknown"
    assert [(row["attribution"], row["confirmed"]) for row in rows(season, "L04")] == [("unknown", False)]


@pytest.mark.parametrize("title", [
    "卜集镇2025年政府信息公开工作年度报告", "2025年政府信息公开工作年度报告", "卜集镇政府信息公开工作年度报告",
    "政府信息公开工作年度报告(2025年)", "卜集镇2026年政府信息公开工作年度报告", "【解读】马庙镇2025年年度报告",
    "卜集镇、马庙镇2025年政府信息公开工作年度报告", "马庙镇2024、2025年政府信息公开制度"])
def test_links_that_say_the_same_in_other_words_promise_nothing_else(title):
    """Also one that names the year of publication: its own report is not due yet."""
    link = Link(HOME + "1.html", title, None, instant(FEB1))
    assert promised(load().portals[COUNTY], link, (BUJI, 2025)) is None


@pytest.mark.parametrize(("title", "own", "key"), [
    ("卜集镇2024年政府信息公开工作年度报告", None, (BUJI, 2024)),
    ("马庙镇2025年政府信息公开工作年度报告", None, (MAMIAO, 2025)),
    ("2025年政府信息公开工作年度报告", MAMIAO, (MAMIAO, 2025)), ("2024年政府信息公开工作年度报告", None, (BUJI, 2024))])
def test_a_link_names_a_report_by_its_words_or_by_the_listing_it_stands_in(title, own, key):
    link = Link(HOME + "1.html", title, own, instant(FEB1))
    assert promised(load().portals[COUNTY], link, (BUJI, 2025)) == key


@pytest.mark.parametrize(("year", "told"), [(2024, ["链接“附件”打开后为卜集镇2024年年报"]), (2025, [])])
def test_an_attached_report_of_another_year_is_told_where_the_page_shows_no_figures(season, year, told):
    url, file = HOME + "1.html", HOME + "report.html"
    report = tables(2).body.decode().replace("2025年", f"{year}年").replace("，我镇", "，统计期限自"
             f"{year}年1月1日起至{year}年12月31日止，我镇")
    candidate = Candidate(url, "卜集镇2025年政府信息公开工作年度报告", Outcome.REPORT, None, LIST,
                          attachments=(Attachment(file, "附件", Outcome.FILE, None),))
    folder = make_bundle(season.home.incoming, COUNTY, JAN20, {LIST: b"", url: page(BUJI), file: report.encode()},
                         [listing(LIST)], [Look(BUJI, 2025, True, None, (LIST,))], [candidate])
    ingest(season.db, season.volumes, folder, now=instant(JAN20))
    refresh(season.db, season.volumes, season.registry)
    assert season.judged(JAN20)[BUJI].status == "on_time"
    assert [row["message"] for row in rows(season, "L04")] == told


def test_the_same_text_as_another_report_s_names_both_as_evidence(season):
    words = "".join(f"第{number}项工作按照要求逐一办理并留存台账，有关材料及时归档备查。" for number in range(40))
    both = [Shown(HOME + f"{code}.html", page(code).decode().replace(f"，{NAMES[code]}主动", "，我镇主动")
                  .replace("存在公开内容不够丰富的问题，", words).encode()) for code in (BUJI, MAMIAO)]
    season.crawl(JAN20, *both)
    season.judged(JAN20)
    found = rows(season, "S13")
    assert len(found) == 2
    assert len({frozenset(row["evidence"]) for row in found}) == 1
    assert all(len(row["evidence"]) == 2 for row in found)


# In another column

def listed_in(season, at, *titles, path="1.html"):
    """A crawl whose listings of these titles all offer one report."""
    url = HOME + path
    offer = Offer(url, "卜集镇2025年政府信息公开工作年度报告")
    listings = [replace(one, title=title) for number, title in enumerate(titles)
                for one in [listing(f"{LIST}?{number}", offers=(offer,))]]
    pages = {one.url: b"<p>list</p>" for one in listings} | {url: page(BUJI)}
    season.count += 1
    folder = make_bundle(season.home.incoming, COUNTY, at, pages, listings,
                         [Look(BUJI, 2025, True, None, (listings[0].url,))],
                         [Candidate(url, offer.title, Outcome.REPORT, None, listings[0].url)], seed=str(season.count))
    ingest(season.db, season.volumes, folder, now=instant(at))
    refresh(season.db, season.volumes, season.registry)
    season.judged(at)


def test_a_report_among_notices_alone_stands_in_the_wrong_column(season):
    listed_in(season, JAN20, "通知公告")
    (row,) = rows(season, "L03")
    assert (row["message"], row["confirmed"]) == ("年报未发布在“政府信息公开年报”栏目，而在：通知公告", False)
    listed_in(season, JAN25, "通知公告")
    (row,) = rows(season, "L03")
    assert (row["attribution"], row["confirmed"]) == ("publisher", True)
    listed_in(season, FEB1, "政府信息公开年报", "通知公告")
    assert rows(season, "L03") == []


@pytest.mark.parametrize("titles", [("通知公告", "政府信息公开年报"), ("通知公告", None), ("信息公开年报通知公告",)])
def test_a_column_that_may_be_the_right_one_is_no_fault(season, titles):
    listed_in(season, JAN20, *titles)
    assert rows(season, "L03") == []


# Causes

def test_one_broken_listing_is_one_finding(season):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, complete=False, reason="list.html: error/timeout")
    assert season.judged(FEB1)[MAMIAO].status == "unknown"
    season.codes = tuple(NAMES)
    season.crawl(FEB1, complete=False, reason="list.html: error/timeout")
    season.judged(FEB1)
    (row,) = rows(season, "T06", "list.html")
    assert (row["division_code"], row["report_year"], row["attribution"]) == (None, 2025, "unknown")
    assert row["message"] == "多份年报因同一原因无法判断：最近一次查看不完整：list.html：访问超时"
    season.crawl(FEB2, complete=False, reason="list.html: error/timeout")
    season.judged(FEB2)
    assert [again_row["id"] for again_row in rows(season, "T06", "list.html")] == [row["id"]]


def test_a_link_of_one_township_that_cannot_be_read_is_its_own_finding(season):
    season.crawl(FEB1, Shown(HOME + "9.html", None, Outcome.TIMEOUT, title="卜集镇2025年政府信息公开工作年度报告"))
    season.judged(FEB1)
    (row,) = rows(season, "T06", "9.html")
    assert (row["division_code"], row["report_year"]) == (BUJI, 2025)


def test_every_finding_s_text_stays_as_it_is_while_nothing_happens(season):
    """What changes by itself would look like news every morning."""
    season.crawl(FEB1, tables(2), tables(3, "2.html"), again(MAMIAO, Outcome.TIMEOUT))
    told = []
    for at in (FEB1, FEB2, FEB3):
        if at != FEB1:
            held = [Shown(HOME + name, None, Outcome.HELD) for name in ("1.html", "2.html")]
            season.crawl(at, *held, again(MAMIAO, Outcome.TIMEOUT))
        season.judged(at)
        told.append({(row["code"], row["division_code"], row["message"])
                     for row in findings.rows(season.db, only_open=True) if row["code"] not in ("T04",)})
    assert told[1] == told[2]
