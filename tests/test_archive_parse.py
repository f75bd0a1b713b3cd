"""One body in, one report out, as `nianbao parse --json` prints it."""

import base64
import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from archive.documents import read_document
from archive.documents.model import Grid, Picture
from archive.errors import Unreadable
from archive.parse import PARSER, Unread, as_json, parse, read_all
from archive.report import read_report
from archive.report.form import form
from archive.report.sections import find_sections
from archive.rereading import by_a_second_reader
from tests import forms, scanning

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
    with pytest.raises(Unreadable, match=r"年报\.rar: the archive holds no file"):
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


def counted():
    """Cells whose sums hold, no two rows alike."""
    raw = zeros()
    for row, (people, number) in {"new_received": ("natural_person", 23), "carried_in": ("business", 4)}.items():
        raw |= {f"t3.{row}.{people}": str(number), f"t3.{row}.total": str(number)}
    for row, people, number in (("granted", "natural_person", 20), ("unable_not_held", "natural_person", 3),
                                ("not_handled_repeat", "business", 4)):
        raw |= {f"t3.{row}.{people}": str(number), f"t3.{row}.total": str(number)}
    raw |= {"t3.total_handled.natural_person": "23", "t3.total_handled.business": "4", "t3.total_handled.total": "27"}
    return raw | {"t2.penalty.decisions": "516", "t4.review.upheld": "2", "t4.review.total": "2"}


def read(report):
    return {key: "" if value is None else str(value) for key, value in report.cells.items()}


TITLE = "<title>金乡县卜集镇人民政府2023年政府信息公开工作年度报告</title>"


def shell(body):
    return f"<html><head><meta charset='utf-8'>{TITLE}</head><body><p>年度报告如下：</p>{body}</body></html>".encode()


@pytest.mark.slow
def test_a_table_that_is_a_picture_of_the_page_shows_its_cells():
    raw = counted()
    whole = scanning.rendered(forms.as_pdf(raw), dpi=150)[0]
    top = whole.height // 8
    pages = {"img/1.png": scanning.as_image(whole.crop((0, top, whole.width, top + whole.height // 2)))}
    body = shell("<p>二、主动公开政府信息情况</p><p><img src='img/1.png'></p>")
    report = parse(body, embedded=pages)
    shown = read(report)
    assert {key: value for key, value in shown.items() if value not in ("", raw[key])} == {}
    source = report.sources["t2.penalty.decisions"]
    assert (source.method, source.raw, source.part) == ("ocr", "516", "img/1.png")
    assert parse(body).sources == {}


def test_pictures_of_a_page_whose_tables_are_text_are_not_read():
    body = forms.as_html(zeros()).replace(b"</body>", b"<img src='a.png'></body>")
    (entry,) = read_all(body, embedded={"a.png": b"\x89PNG\r\n\x1a\n not a picture"})
    assert entry.report.warnings == parse(forms.as_html(zeros())).warnings
    assert any(isinstance(block, Picture) for block in entry.document.blocks)


FRAMED = [("PDF", forms.as_pdf, "pdf"), ("DOCX", forms.as_docx, "docx")]


@pytest.mark.parametrize(("kind", "write", "method"), FRAMED)
def test_the_file_in_a_frame_is_read_as_part_of_the_page(kind, write, method):
    raw = counted()
    src = f"/pdfjs/viewer.html?file=/files/report.{kind.lower()}"
    body = shell(f"<iframe src='{src}'></iframe>")
    report = parse(body, embedded={f"/files/report.{kind.lower()}": write(raw)})
    assert read(report) == raw
    assert report.media_type == "text/html"
    source = report.sources["t2.penalty.decisions"]
    assert source.method == method
    assert source.part.endswith(f"report.{kind.lower()}")


def test_a_framed_file_that_cannot_be_read_is_told():
    report = parse(shell("<iframe src='a.pdf'></iframe>"), embedded={"a.pdf": b"%PDF-1.4 torn"})
    assert any("a.pdf: the PDF is broken" in warning for warning in report.warnings)


def test_a_saved_page_brings_its_pictures_and_is_read_as_a_page():
    raw = counted()
    message = EmailMessage()
    message["Subject"] = "page"
    message.set_content(forms.as_html(raw).decode(), subtype="html", charset="utf-8")
    message.add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<a@b>")
    body = message.as_bytes()
    document = read_document(body)
    assert (document.media_type, document.method) == ("message/rfc822", "html")
    assert read(parse(body)) == raw


def test_a_page_in_an_archive_is_read_with_the_files_beside_it():
    raw = counted()
    page = shell("<p>见附件</p><iframe src='年报_files/report.pdf'></iframe><img src='年报_files/logo.png'>")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("年报.html", page)
        archive.writestr("年报_files/report.pdf", forms.as_pdf(raw))
        archive.writestr("年报_files/logo.png", b"\x89PNG\r\n\x1a\n")
    entries = list(read_all(out.getvalue(), name="年报.zip"))
    assert [entry.name for entry in entries] == ["年报.zip/年报.html", "年报.zip/年报_files/report.pdf"]
    assert read(entries[0].report) == raw


def test_a_page_that_a_server_sent_compressed_is_read():
    assert read(parse(gzip.compress(forms.as_html(counted())))) == counted()


def test_an_entry_that_cannot_be_read_has_its_name_and_reason():
    assert list(read_all(b"", name="空.pdf")) == [Unread("空.pdf", "the file is empty")]
    (entry,) = read_all(base64.b64decode("0M8R4KGxGuE="))
    assert (entry.name, type(entry)) == (None, Unread)


def make(document):
    return read_report(document, sha256="0" * 64)


def second_look(first, second, without=None):
    """What counts of a PDF that the first reader read as `first` and the second as `second`.

    `without` is a row of table 3 that the first reader did not see.
    """
    document = read_document(forms.as_pdf(first))
    if without is not None:
        blocks = [
            replace(block, cells=tuple(cell for cell in block.cells if cell.row != without))
            if isinstance(block, Grid) and len({cell.column for cell in block.cells}) == 10 else block
            for block in document.blocks
        ]
        document = replace(document, blocks=tuple(blocks))
    return by_a_second_reader((document, make(document)), forms.as_pdf(second), make)[1]


def test_where_a_sum_fails_the_second_reader_that_adds_up_is_believed():
    report = second_look(zeros(**{"t3.granted.natural_person": "1"}), zeros())
    assert set(report.cells.values()) == {0}
    assert any("second reader" in warning for warning in report.warnings)


def test_a_sum_that_the_publisher_got_wrong_stays_as_it_is_printed():
    raw = zeros(**{"t3.granted.natural_person": "1"})
    report = second_look(raw, raw)
    assert report.cells["t3.granted.natural_person"] == 1
    assert any(check.code == "B02" or check.result == "fail" for check in report.checks)


def test_where_two_readers_differ_and_neither_adds_up_the_cell_is_unknown():
    one, other = (zeros(**{"t3.granted.natural_person": number, "t2.penalty.decisions": number}) for number in "12")
    report = second_look(one, other)
    assert report.cells["t3.granted.natural_person"] is None
    assert report.cells["t2.penalty.decisions"] is None
    assert report.sources["t2.penalty.decisions"].raw == "1"
    assert report.cells["t2.coercion.decisions"] == 0


def test_of_two_readings_that_add_up_the_one_with_more_cells_counts_where_both_agree():
    report = second_look(
        zeros(**{"t2.penalty.decisions": "5"}), zeros(**{"t2.penalty.decisions": "7"}), without=6,
    )
    assert report.cells["t2.penalty.decisions"] is None
    assert sum(value is None for value in report.cells.values()) == 1


def test_a_pdf_that_adds_up_is_read_once(monkeypatch):
    monkeypatch.setattr("archive.documents.second.second_read_pdf", None)
    assert set(second_look(zeros(), zeros()).cells.values()) == {0}
