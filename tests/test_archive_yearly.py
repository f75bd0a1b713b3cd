"""One report against last year's and against the reports around it: what fires, what does not, and where it stands."""

import random
from dataclasses import replace

import forms
import pytest
from bundles import make_bundle, report
from yearpages import OUT, page

from archive.clock import parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.parse import as_json, parse
from archive.refresh import refresh
from archive.registry import load
from archive.report.yearly import Year, compare, merged, of_json, of_report, why_not, with_last
from archive.volumes import Volumes

COUNTY, HOST = "370828", "http://www.jinxiang.gov.cn"
NEW, OLD = f"{HOST}/art_2025.html", f"{HOST}/art_2024.html"
SIGNS = [chr(code) for code in range(0x5200, 0x5300)]


def prose(number, sentences=20):
    """Sentences that no other number's share a run of characters with."""
    dice = random.Random(number)
    return "".join("".join(dice.choices(SIGNS, k=30)) + "。" for _ in range(sentences))


def year(number=2023, *, form="2021", cells=None, text="", township="卜集镇", **fields):
    """A report of which every cell is 0 but those given, read for certain."""
    raw = dict.fromkeys(forms.keys(form), 0) | {key.replace("__", "."): value for key, value in (cells or {}).items()}
    known = {"kind": "township_report", "year": number, "county": "金乡县", "township": township, "code": "370828111",
             "issuer": f"金乡县{township}人民政府", "cells": raw, "sure": frozenset(raw), "text": text,
             "places": {key: f"table 1, cell {place}" for place, key in enumerate(raw)}, "told": "publisher"}
    return Year(**(known | fields))


def checks(now, last=None, **around):
    return {one.code: one for one in compare(now, last, **around)}


def failed(now, last=None, **around):
    return {code for code, one in checks(now, last, **around).items() if one.result == "fail"}


ORDINARY = {"t3__new_received__natural_person": 2, "t3__new_received__total": 2, "t3__granted__natural_person": 2,
            "t3__granted__total": 2, "t3__total_handled__natural_person": 2, "t3__total_handled__total": 2}


def test_two_years_that_agree_fail_nothing():
    last = year(2022, cells=ORDINARY | {"t2__normative_documents__in_force": 3}, text=prose(2))
    stock = {"t2__normative_documents__in_force": 4, "t2__normative_documents__issued": 1}
    now = year(2023, cells=stock, text=prose(3))
    assert failed(now, last) == set()
    assert {code: one.result for code, one in checks(now, last).items()} == {
        "S13": "pass", "P12": "not_applicable", "A02": "pass", "A03": "pass", "A08": "not_applicable", "C05": "pass",
        "C06": "pass", "X01": "pass", "X03": "pass", "X04": "not_assessable", "X05": "pass", "X06": "not_assessable",
        "X07": "pass", "X08": "pass"}


def test_without_last_years_report_nothing_is_said_of_it():
    alone = checks(year(2023, cells=ORDINARY, text=prose(3)))
    assert {one.result for one in alone.values()} <= {"not_assessable", "not_applicable", "pass"}
    assert {alone[code].result for code in ("A02", "A03", "C05", "X01", "X03", "X05", "X06", "X07", "X08")} == {
        "not_assessable"}


@pytest.mark.parametrize("other", [
    {"number": 2021}, {"number": 2024}, {"code": "370828102", "township": "胡集镇"},
    {"code": None, "township": "胡集镇", "issuer": "金乡县胡集镇人民政府"}, {"number": None},
])
def test_another_years_or_bodys_report_is_not_last_years(other):
    last = year(**({"number": 2022, "cells": {"t3__carried_out__total": 9}} | other))
    now = year(2023)
    assert why_not(now, last)
    assert checks(now, last)["X01"].result == "not_assessable"


def test_a_body_that_became_a_town_is_still_the_same():
    before = year(2022, township="小吕乡", code=None, issuer="某县小吕乡人民政府")
    assert why_not(year(2023, township="小吕镇", code=None, issuer="某县小吕镇人民政府"), before) is None


@pytest.mark.parametrize(("code", "now", "last"), [
    ("A02", {"t2__normative_documents__in_force": 5}, {"t2__normative_documents__in_force": 3}),
    ("A02", {"t2__regulations__issued": 1}, {}),
    ("A03", {"t2__normative_documents__repealed": 4}, {"t2__normative_documents__in_force": 3}),
    ("C05", {"t4__litigation_after_review__total": 3}, {"t4__review__total": 2}),
    ("C06", {"t4__review__total": 1}, {}),
    ("X01", {"t3__carried_in__total": 1}, {"t3__carried_out__total": 2}),
    ("X01", {"t3__carried_in__business": 1}, {"t3__carried_out__natural_person": 1}),
    ("X05", {"t3__new_received__total": 30}, {"t3__new_received__total": 5}),
    ("X05", {"t2__licensing__decisions": 20}, {}),
    ("X05", {}, {"t2__penalty__decisions": 40}),
    ("X07", {}, {"t4__litigation_direct__pending": 1}),
    ("X08", ORDINARY, ORDINARY),
])
def test_figures_that_do_not_follow_fire_their_rule(code, now, last):
    one = checks(year(2023, cells=now), year(2022, cells=last))[code]
    assert one.result == "fail"
    assert one.cells
    assert len(one.places) >= 1


@pytest.mark.parametrize(("code", "now", "last"), [
    ("A02", {"t2__normative_documents__in_force": None}, {"t2__normative_documents__in_force": 3}),
    ("A02", {"t2__normative_documents__in_force": 2, "t2__normative_documents__repealed": 1},
     {"t2__normative_documents__in_force": 3}),
    ("A03", {"t2__normative_documents__repealed": 4, "t2__normative_documents__issued": 1},
     {"t2__normative_documents__in_force": 3}),
    ("C05", {"t4__litigation_after_review__total": 3, "t4__review__total": 1}, {"t4__review__total": 2}),
    ("C06", {"t4__review__total": 1}, {"t3__new_received__total": 1}),          # a dispute may come a year later
    ("C06", {"t4__review__total": 1}, {"t3__new_received__total": None}),
    ("X01", {"t3__carried_in__total": None}, {"t3__carried_out__total": 2}),
    ("X01", {"t3__carried_in__total": 2}, {"t3__carried_out__total": None}),
    ("X05", {"t3__new_received__total": 30}, {"t3__new_received__total": 6}),   # five times, not more
    ("X05", {"t3__new_received__total": 19}, {}),                               # too few to speak of
    ("X05", {"t3__new_received__total": 300}, {"t3__new_received__total": 260}),
    ("X07", {"t4__litigation_direct__total": 1}, {"t4__litigation_direct__pending": 1}),
    ("X08", ORDINARY, ORDINARY | {"t3__granted__business": 1}),
    ("X08", ORDINARY, ORDINARY | {"t3__granted__business": None}),
    ("X08", {}, {}),                                                            # nobody asked in either year
])
def test_what_follows_or_is_not_known_fires_nothing(code, now, last):
    assert code not in failed(year(2023, cells=now), year(2022, cells=last))


def test_the_chain_names_every_column_that_breaks_and_both_places():
    now = year(2023, cells={"t3__carried_in__business": 1, "t3__carried_in__total": 1})
    one = checks(now, year(2022))["X01"]
    assert one.severity == "error"
    assert one.attribution == "publisher"
    assert one.cells == ("t3.carried_in.business", "t3.carried_in.total")
    assert [place for place in one.places if place.startswith("2022: table 1")]
    assert "商业企业" in one.message


@pytest.mark.parametrize("side", ["now", "last"])
def test_a_chain_that_rests_on_a_doubtful_cell_accuses_nobody(side):
    years = {"now": year(2023, cells={"t3__carried_in__total": 1}), "last": year(2022)}
    years[side] = replace(years[side], sure=frozenset())
    assert checks(**years)["X01"].attribution == "unknown"


def test_a_body_that_was_merged_may_carry_other_cases():
    text = "因行政区划调整，原某乡并入我镇。" + prose(1)
    one = checks(year(2023, cells={"t3__carried_in__total": 1}, text=text), year(2022))["X01"]
    assert (one.result, one.severity, one.attribution) == ("fail", "info", "unknown")


def test_items_of_the_trial_form_follow_from_their_change():
    keys = {"t2_2019__licensing__prev_year_items": 10, "t2_2019__licensing__change": 2}
    last = year(2019, form="2019", cells=keys)
    right = year(2020, form="2019", cells={"t2_2019__licensing__prev_year_items": 12})
    wrong = year(2020, form="2019", cells={"t2_2019__licensing__prev_year_items": 11})
    assert "A08" not in failed(right, last)
    assert "A08" in failed(wrong, last)
    assert checks(right, last)["A02"].result == "not_applicable"
    # the first year of the form in force has nothing to follow from in table 2
    assert checks(year(2021), year(2020, form="2019"))["A02"].result == "not_applicable"


def test_a_telephone_number_that_changed_is_noted():
    phone = lambda number, digits: year(number, facts={"contact_phone": digits})  # noqa: E731
    assert "X06" in failed(phone(2023, "0537-6543210"), phone(2022, "0537-6543211"))
    assert "X06" not in failed(phone(2023, "0537-6543210"), phone(2022, "6543210"))
    assert checks(phone(2023, None), phone(2022, "6543210"))["X06"].result == "not_assessable"


def test_rough_totals_make_no_jump():
    facts = {"active_disclosure_count": 300, "active_disclosure_approximate": True}
    last = year(2022, facts={"active_disclosure_count": 20})
    assert "X05" not in failed(year(2023, facts=facts), last)
    assert "X05" in failed(year(2023, facts=facts | {"active_disclosure_approximate": False}), last)


# Words

def test_prose_with_other_figures_only_is_last_years():
    last = year(2022, text="2022年，卜集镇公开35条。" + prose(3))
    one = checks(year(2023, text="2023年，卜集镇公开48条。" + prose(3)), last)["X03"]
    assert (one.result, one.severity, one.attribution) == ("fail", "warning", "publisher")
    assert "100%" in one.message


@pytest.mark.parametrize(("kept", "severity"), [(19, "warning"), (18, "info"), (12, None), (0, None)])
def test_how_much_is_the_same_decides(kept, severity):
    mine, theirs = prose(3).split("。"), prose(2).split("。")
    text = "。".join([*mine[:kept], *theirs[kept:]])
    one = checks(year(2023, text=text), year(2022, text=prose(3)))["X03"]
    assert (one.severity if one.result == "fail" else None) == severity


def test_headings_preamble_and_figures_are_no_prose_of_its_own():
    frame = "按照条例编制本报告，" * 60 + "\n一、总体情况\n"
    assert checks(year(2023, text=frame + prose(3)), year(2022, text=frame + prose(2)))["X03"].result == "pass"


def test_little_prose_is_alike_by_chance():
    text = "我镇做好政府信息公开工作。"
    assert checks(year(2023, text=text), year(2022, text=text))["X03"].result == "not_assessable"


def test_the_same_text_to_the_letter_is_one_finding():
    last = year(2022, text=prose(3))
    found = failed(year(2023, text=prose(3)), last)
    assert "S13" in found
    assert "X03" not in found


def test_another_townships_text_is_found_and_named():
    other = year(2023, text=prose(3), township="胡集镇", code="370828102")
    one = checks(year(2023, text=prose(3)), others=[other])["S13"]
    assert one.result == "fail"
    assert "胡集镇2023年" in one.message
    twice = year(2023, text=prose(3))                      # its own second copy
    different = year(2023, text=prose(4), township="胡集镇", code="370828102")
    assert "S13" not in failed(year(2023, text=prose(3)), others=[twice, different])


def county(text, number=2023, towns=6):
    """So many reports of a year that all say the same."""
    return [year(number, text=text, township=f"第{one}镇", code=str(one)) for one in range(1, towns + 1)]


def test_what_every_report_of_a_county_says_is_a_template_and_no_copy():
    """A small township with nothing but noughts takes the county's words, this year as last year."""
    template = prose(9)
    mine, last = year(2023, text=template), year(2022, text=f"{template}各项工作有序。")
    around = {"others": [*county(template), *county(last.text, 2022)]}
    results = {code: one.result for code, one in checks(mine, last, **around).items()}
    assert (results["S13"], results["X03"], results["X04"]) == ("not_assessable",) * 3
    own = checks(year(2023, text=template + prose(3)), year(2022, text=last.text + prose(3)), **around)
    assert own["X03"].result == "fail"                     # what it says beyond the template is last year's


def test_a_copy_of_words_beyond_the_template_is_told_among_many():
    template = prose(9)
    copy = year(2023, text=template + prose(3), township="第9镇", code="9")
    one = checks(year(2023, text=template + prose(3)), others=[*county(template), copy])["S13"]
    assert (one.result, one.attribution) == ("fail", "publisher")


@pytest.mark.parametrize(("more", "attribution"), [("主动公开信息27条。", "publisher"), ("", "unknown"),
                                                   ("收到申请0件。2023年公开信息。", "unknown")])
def test_of_few_reports_the_same_count_shows_a_copy_and_the_same_words_may_be_the_template(more, attribution):
    other = year(2023, text=prose(3) + more, township="胡集镇", code="370828102")
    one = checks(year(2023, text=prose(3) + more), others=[other])["S13"]
    assert (one.result, one.attribution) == ("fail", attribution)


def test_the_same_words_beside_other_figures_in_the_tables_are_not_the_same_report():
    other = year(2023, text=prose(3), cells=ORDINARY, township="胡集镇", code="370828102")
    assert "S13" not in failed(year(2023, text=prose(3)), others=[other])


def test_what_is_the_same_is_told_in_sentences_too():
    last = year(2022, text=prose(3) + prose(5, 1))
    one = checks(year(2023, text=prose(3) + prose(6, 1)), last)["X03"]
    assert one.message == "与上一年年报的文字重复率91%（不计数字，21句中20句相同）"


def test_what_a_county_shares_is_a_template_and_what_two_share_is_a_copy():
    template = prose(9)
    bodies = [year(2023, text=template + prose(number), township=f"第{number}镇", code=str(number))
              for number in range(1, 7)]
    mine = year(2023, text=template + prose(7))
    assert "X04" not in failed(mine, others=bodies)
    one = checks(year(2023, text=template + prose(3) + "另有一句。"), others=bodies)["X04"]
    assert (one.result, one.severity) == ("fail", "info")
    assert "第3镇" in one.message


def test_two_bodies_cannot_tell_a_template_from_a_copy():
    other = year(2023, text=prose(3) + "另有一句。", township="胡集镇", code="370828102")
    assert checks(year(2023, text=prose(3)), others=[other])["X04"].result == "not_assessable"


def test_a_report_in_another_bodys_column_is_told_so():
    assert "P12" in failed(year(2023), column=("370828102", "胡集镇"))
    assert "P12" not in failed(year(2023), column=("370828111", "卜集镇"))
    assert checks(year(2023, code=None), column=("370828102", "胡集镇"))["P12"].result == "not_assessable"
    assert checks(year(2023, kind="not_a_report"), column=("370828102", "胡集镇"))["P12"].result == "not_applicable"


# From files and from the archive

def test_a_file_is_checked_against_last_years_file():
    now, last = parse(page(2025)), parse(page(2024, OUT))
    found = {one.code: one for one in with_last(now, last).checks}
    assert found["X01"].result == "fail"
    assert found["X01"].places[-1].startswith("2024: table")
    assert list(found)[:2] == ["S01", "S02"]
    other = with_last(now, parse(page(2023, OUT)))
    assert {one.code: one.result for one in other.checks}["X01"] == "not_assessable"
    assert "2023" in other.warnings[-1]


def test_what_was_stored_compares_like_what_was_just_read():
    report_ = parse(page(2025, OUT, prose(1)))
    assert of_json(as_json(report_), report_.text) == of_report(report_)
    assert merged(report_.checks, ()) == report_.checks


@pytest.fixture
def archive(tmp_path):
    """Take in pages of one crawl after another and read them; gives the results of the checks by code of the newest."""
    home = Home(tmp_path / "home")
    volumes = Volumes(home.warc)
    with open_ledger(home) as db:
        def take(pages, day, **fields):
            at = parse_instant(f"2026-02-{day:02}T01:00:00Z")
            candidates = [report(url, **fields) for url in pages]
            ingest(db, volumes, make_bundle(tmp_path / "bundles", COUNTY, at, pages, candidates=candidates), now=at)
            refresh(db, volumes, load())
            sql = "SELECT k.* FROM checks k JOIN publications p ON p.id = k.publication WHERE p.url = ?"
            return {row["code"]: row for row in db.query(sql, [NEW])}
        yield take


def test_the_archive_compares_a_report_once_last_years_is_there_and_again_when_it_changes(archive):
    assert archive({NEW: page(2025)}, 1)["X01"]["result"] == "not_assessable"
    broken = archive({NEW: page(2025), OLD: page(2024, OUT)}, 2)["X01"]
    assert (broken["result"], broken["severity"], broken["attribution"]) == ("fail", "error", "publisher")
    assert archive({NEW: page(2025), OLD: page(2024)}, 3)["X01"]["result"] == "pass"


def test_the_archive_knows_in_whose_column_a_report_stands(archive):
    assert archive({NEW: page(2025)}, 1, division_code="370828102")["P12"]["result"] == "fail"
    assert archive({NEW: page(2025)}, 2, division_code="370828111")["P12"]["result"] == "pass"
