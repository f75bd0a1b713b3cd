"""One body in, one report out, as `nianbao parse --json` prints it."""

import hashlib
import json
from pathlib import Path

import pytest

from archive.documents import read_document
from archive.errors import Unreadable
from archive.parse import PARSER, as_json, parse
from archive.report.form import form
from archive.report.sections import find_sections
from tests import forms

PAGES = Path(__file__).parent / "pages"


def zeros(**cells):
    return dict.fromkeys(forms.keys(), "0") | cells


def sections_of(text):
    return find_sections(read_document(text.encode()))


def test_a_report_says_what_it_was_read_from_and_by_what():
    body = forms.as_html(zeros())
    report = parse(body, url="http://www.example.gov.cn/1.html")
    assert report.sha256 == hashlib.sha256(body).hexdigest()
    assert (report.media_type, report.parser, report.format) == ("text/html", PARSER, "2021")
    assert report.sections == {f"s{n}": True for n in range(1, 7)}
    assert list(report.cells) == list(form().keys(("2021",)))
    assert "2023年，我镇做好政府信息公开工作。" in report.text


def test_the_printed_object_has_the_keys_that_programs_rely_on():
    printed = as_json(parse(forms.as_html(zeros(**{"t3.granted.total": ""}))), "a.html")
    assert json.loads(json.dumps(printed, ensure_ascii=False)) == printed
    assert list(printed) == [
        "file", "sha256", "media_type", "parser", "kind", "format", "identity", "cells", "sources", "derived", "facts",
        "sections", "checks", "warnings",
    ]
    assert printed["cells"]["t3.granted.natural_person"] == 0
    assert printed["sources"]["t3.granted.natural_person"] == {
        "raw": "0", "state": "zero", "method": "html", "unit": "件", "confidence": 1.0,
        "at": "table 2, row 6, column 4", "certain": True,
    }
    assert printed["sources"]["t3.granted.total"]["state"] == "blank"
    assert printed["derived"] == {"t3.granted.total": 0}
    assert {"code", "result", "severity", "attribution", "message", "cells"} <= set(printed["checks"][0])
    assert "file" not in as_json(parse(forms.as_html(zeros())))


FORMS_OF_YEARS = [(2023, "2021", 200), (2020, "2019", 198), (2017, "pre2019", 0)]


@pytest.mark.parametrize(("year", "expected", "cells"), FORMS_OF_YEARS)
def test_a_report_without_tables_takes_the_form_of_its_year(year, expected, cells):
    lines = forms.report(["", "", ""], f"金乡县卜集镇人民政府{year}年政府信息公开工作年度报告")
    report = parse("\n".join(line.replace("2023", str(year)) for line in lines).encode())
    assert report.format == expected
    assert list(report.cells.values()) == [None] * cells
    assert report.sources == {}
    assert any(str(year) in warning for warning in report.warnings) == (cells > 0)


def test_the_blank_form_is_no_report_and_still_shows_its_empty_cells():
    body = "<p>政府信息公开工作年度报告格式模板</p>" + "".join(
        f"<p>{head}</p>{table}" for head, table in zip(
            forms.HEADINGS,
            ["<p>（文字描述）</p>", *(forms.html_table(c) for c in forms.all_spans(dict.fromkeys(forms.keys(), ""))),
             "<p>（文字描述）</p>", "<p>（文字描述）</p>"], strict=True,
        )
    )
    report = parse(body.encode())
    assert (report.kind, report.format) == ("not_a_report", "2021")
    assert set(report.cells.values()) == {None}
    assert {source.state for source in report.sources.values()} == {"blank"}
    assert len(report.sources) == 200


def test_a_page_that_is_no_report_has_no_cells():
    report = parse("<html><body><h1>停水通知</h1><p>明日停水。</p></body></html>".encode())
    assert (report.kind, report.format, report.cells) == ("not_a_report", None, {})


def test_what_no_reader_understands_is_refused_with_its_reason():
    with pytest.raises(Unreadable, match="RAR"):
        parse(b"Rar!\x1a\x07\x01\x00", name="年报.rar")


@pytest.mark.parametrize("folder", sorted(PAGES.iterdir()), ids=lambda folder: folder.name)
def test_every_kept_page_makes_a_report(folder):
    report = parse(next(folder.glob("body.*")).read_bytes())
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert {key: value for key, value in report.cells.items() if value is not None} == expected["cells"]
    assert len({check.code for check in report.checks}) == len(report.checks)


HEADINGS = [
    ("一、总体情况", "s1", "一"), ("第一部分 总体情况", "s1", "一"), ("一、概述", "s1", "一"),
    ("1、总体情况", "s1", "1"),
    ("二、 主动公开政府信息情况", "s2", "二"), ("二、行政机关主动公开政府信息情况", "s2", "二"),
    ("三、收到和处理政府信息公开申请情况：", "s3", "三"), ("表三：收到和处理政府信息公开申请情况", "s3", "三"),
    ("四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "s4", "四"),
    ("四、政府信息公开行政复议和行政诉讼情况", "s4", "四"),
    ("五、存在的主要问题及整改措施", "s5", "五"), ("五、政府信息公开工作存在的主要问题及改进情况", "s5", "五"),
    ("六、其它需要报告的事项", "s6", "六"), ("六 、 其他需要报告的事项", "s6", "六"),
    ("其他需要报告的事项", "s6", None),
]


@pytest.mark.parametrize(("line", "key", "number"), HEADINGS)
def test_a_heading_is_known_in_all_its_wordings(line, key, number):
    found = sections_of(f"题目\n{line}\n正文。\n")
    assert [(section.key, section.number) for section in found] == [("s0", None), (key, number)]
    assert found[1].heading == line.strip()
    assert found[1].text == "正文。"


def test_a_heading_may_be_broken_over_lines_and_carry_its_text():
    found = sections_of("四、政府信息公开行政复议、行政诉讼情\n况\n见表。\n六、其他需要报告的事项：无\n")
    assert [(section.key, section.text) for section in found] == [("s0", ""), ("s4", "见表。"), ("s6", "无")]


def test_the_sentence_that_lists_the_parts_has_no_headings():
    preamble = "本报告内容包括总体情况、\n主动公开政府信息情况、\n收到和处理政府信息公开申请情况、\n"
    preamble += "其他需要报告的事项\n等部分。\n"
    found = sections_of(preamble + "一、总体情况\n做好工作。\n六、其他需要报告的事项\n无\n")
    assert [section.key for section in found] == ["s0", "s1", "s6"]


def test_a_sub_item_with_the_name_of_a_part_is_not_that_part():
    found = sections_of("一、总体情况\n（一）主动公开政府信息情况\n公开3条。\n二、主动公开政府信息情况\n见表。\n")
    assert [(section.key, section.text) for section in found][1:] == [
        ("s1", "（一）主动公开政府信息情况\n公开3条。"), ("s2", "见表。")
    ]


def test_headings_out_of_order_and_twice_are_kept_as_they_stand():
    found = sections_of("三、收到和处理政府信息公开申请情况\n二、主动公开政府信息情况\n二、主动公开政府信息情况\n")
    assert [section.key for section in found] == ["s0", "s3", "s2", "s2"]


def test_lines_that_the_page_broke_are_joined():
    lines = ["我镇认真贯彻落实各项规定，不断健全完善政务公开工作制度，扎实做好政", "府信息公开工作。",
             "全年通过县政府网站主动公开各类政府信息共计二十七条，其中包括财政信", "息九条。",
             "我镇高度重视政府信息公开工作，由专人负责日常事务，定期检查各项栏目", "的更新情况。",
             "镇党委政府定期研究政务公开工作，把政务公开列入重要议事日程统筹安排", "部署。"]
    section = sections_of("一、总体情况\n" + "\n".join(lines))[1]
    assert section.text.split("\n")[0] == "".join(lines[:2])
    assert "财政信息九条。" in section.text
