"""A body becomes paragraphs, tables and pictures, each with its place; what cannot be read says why."""

import base64
import contextlib
import io
import zipfile

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen import canvas

from archive.documents import kinds, read_document
from archive.documents.containers import MAX_PART
from archive.documents.html import read_html
from archive.documents.layout import MAX_SPAN
from archive.documents.model import Grid, Paragraph, Picture
from archive.errors import Unreadable
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms


def page(body, head=""):
    return f"<!doctype html><html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>".encode()


def texts(document):
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def grids(document):
    return [block for block in document.blocks if isinstance(block, Grid)]


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def printed(lines, encrypt=None):
    out = io.BytesIO()
    drawing = canvas.Canvas(out, encrypt=encrypt)
    for number, line in enumerate(lines):
        drawing.drawString(72, 700 - 20 * number, line)
    drawing.showPage()
    drawing.save()
    return out.getvalue()


def scanned():
    out = io.BytesIO()
    Image.new("L", (600, 800), 200).save(out, "PDF")
    return out.getvalue()


KINDS = [
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\xef\xbb\xbf<!DOCTYPE html><html></html>", "text/html"),
    ("<div>年报</div>".encode("gb18030"), "text/html"),
    ("一、总体情况".encode(), "text/plain"),
    ("一、总体情况".encode("gb18030"), "text/plain"),
    ("一、总体情况".encode("utf-16"), "text/plain"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "application/msword"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "application/x-encrypted-ooxml"),
    (zipped(OFD_xml="<ofd/>"), "application/ofd"),
    (zipped(xl__workbook_xml="<x/>"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (zipped(word__document_xml="<x/>"), kinds.DOCX),
    (zipped(report="x"), "application/zip"),
    (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "message/rfc822"),
    (b"From: <Saved by Blink>\r\nSubject: x\r\nContent-Type: multipart/related;\r\n boundary=1\r\n", "message/rfc822"),
    ("发件人: 甲\n收件人: 乙\n".encode(), "text/plain"),
    (b"\r\n\xef\xbb\xbf%PDF-1.4", "application/pdf"),
    (b"<html><p>%PDF-1.4", "text/html"),
    (zipped(report=b"%PDF-1.4"), "application/zip"),
    (zipped(word__report="x"), "application/zip"),
    ("PK赛：一、总体情况".encode(), "text/plain"),
    (b"BM is no picture", "text/plain"),
    ("<p>年报</p>，公开。".encode("utf-16-le"), "text/html"),
    ("2023年 annual report".encode("utf-16-be"), "text/plain"),
    (b"\n {\\rtf1 x}", "application/rtf"),
    (b"a" * 257 + b"ustar" + bytes(300), "application/x-tar"),
    (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", kinds.SHEET_XML),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Book".encode("utf-16-le"), "application/vnd.ms-excel"),
    (bytes(range(1, 32)) * 40, "application/octet-stream"),
]


@pytest.mark.parametrize(("body", "kind"), KINDS)
def test_the_content_says_what_a_body_is(body, kind):
    assert kinds.media_type(body) == kind


REFUSED = [
    (b"", "the file is empty"),
    (b" \n\x00", "the file is empty"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "Word"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted with a password"),
    (zipped(OFD_xml="<ofd/>"), "OFD.xml names no document"),
    (zipped(xl__workbook_xml="<x/>"), "the Excel file is broken"),
    (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "picture|image"),
    (zipped(ppt__presentation_xml="<x/>"), "slides are not read"),
    (zipped(report="x"), "its files are read one by one"),
    (bytes(range(1, 32)) * 40, "a binary file: it is no document"),
    (b"MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nx", "holds no page"),
    (b"%PDF-1.7\nnothing else", "the PDF is broken"),
    (printed(["report"], encrypt="secret"), "encrypted with a password"),
    (printed([]), "the PDF holds no text"),
    (scanned(), "no text was recognised"),
    (forms.as_docx(dict.fromkeys(forms.keys(), "0"))[:900], "the Word document is broken"),
    (zipped(word__document_xml="<w:document"), "the Word document is broken"),
    (zipped(word__other_xml="<x/>"), "no word/document.xml"),
    (zipped(word__document_xml=b"<!-- " + b"x" * MAX_PART), "unpacks too large"),
    (page("<script>1</script>"), "the page holds no text"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_cannot_be_read_says_why(body, reason):
    with pytest.raises(Unreadable, match=reason):
        read_document(body)


@pytest.mark.parametrize(("charset", "named"), [
    ("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "gbk"), ("gb18030", None), ("gb18030", "iso-8859-1"),
    ("utf-8", "gb2312"), ("utf-16", None), ("utf-8-sig", "gbk"), ("big5", "big5"),
])
def test_a_page_is_decoded_by_what_it_is_and_not_only_by_what_it_says(charset, named):
    meta = f"<meta charset='{named}'>" if named else ""
    document = read_document(f"<html><head>{meta}</head><body><p>鎮街辦事處</p></body></html>".encode(charset))
    assert texts(document) == ["鎮街辦事處"]
    assert document.warnings == ()


SPOKEN = "政府信息公开工作年度报告的情况"
SAID = [
    ("utf-8", "gb2312", "text/html; charset=gbk"), ("gb18030", "utf-8", "text/html; charset=utf-8"),
    ("gb18030", "utf-16", None), ("utf-16-le", "utf-8", None), ("utf-16-be", None, None), ("big5", None, None),
]


@pytest.mark.parametrize(("charset", "named", "declared"), SAID)
def test_a_page_that_names_a_wrong_charset_is_read_all_the_same(charset, named, declared):
    words = "政府信息公開工作年度報告的情況" if charset == "big5" else SPOKEN
    meta = f"<meta charset='{named}'>" if named else ""
    body = f"<html><head>{meta}</head><body><p>{words}</p></body></html>".encode(charset)
    document = read_html(body, declared)
    assert texts(document) == [words]
    assert document.warnings == ()


def test_a_page_that_ends_more_than_once_is_read_to_its_last_end():
    body = page("<p>一、总体情况</p>") + "<div><p>二、主动公开政府信息情况</p></div></body></html>".encode()
    assert texts(read_document(body)) == ["一、总体情况", "二、主动公开政府信息情况"]


def test_a_charset_that_is_named_late_counts():
    body = f"<html><head><!--{' ' * 9000}--><meta charset='big5'></head><body><p>鎮街辦事處</p></body></html>"
    assert texts(read_html(body.encode("big5"))) == ["鎮街辦事處"]


def test_a_piece_in_another_charset_is_read_line_by_line():
    body = f"<html><body><p>{SPOKEN}</p>\n".encode() + f"<p>{SPOKEN}</p>\n</body></html>".encode("gb18030")
    document = read_html(body)
    assert texts(document) == [SPOKEN, SPOKEN]
    assert document.warnings == ("parts of the page are in another charset",)


def test_a_declared_charset_goes_before_the_meta_tag():
    body = "<p>〇〇乡</p><!-- <meta charset='utf-8'> -->".encode("gb18030")
    assert texts(read_document(body, declared="text/html; charset=GBK")) == ["〇〇乡"]


def test_characters_that_do_not_decode_are_said_to_be_lost():
    document = read_document("<html><body><p>主动公开</p></body></html>".encode() + b"\xff\xff")
    assert texts(document)[0] == "主动公开"
    assert "could not be decoded" in document.warnings[0]


def test_what_a_visitor_does_not_see_is_left_out():
    document = read_document(page(
        "<script>规章 9</script><style>p{}</style><p>看<span style='display: none'>不</span>见</p>"
        "<div hidden>隐藏</div><!-- 注释 --><select><option>选</option></select><p>后</p>"
    ))
    assert texts(document) == ["看见", "后"]


def test_glyphs_in_tags_of_their_own_are_one_text():
    document = read_document(page("<p><font>一</font><span>、</span>总<o:p>&nbsp;</o:p>体<br>第二行</p>"))
    assert texts(document) == ["一、总 体", "第二行"]


def test_headings_pictures_title_and_metas_are_kept():
    document = read_document(page(
        "<meta name='PubDate' content='2024-01-12'><h1>题目</h1><p><img src='a.png'></p>", "<title> 年 报 </title>"
    ))
    assert document.title == "年 报"
    assert document.metas == (("pubdate", "2024-01-12"),)
    heading, picture = document.blocks
    assert (heading.text, heading.heading) == ("题目", True)
    assert isinstance(picture, Picture)
    assert picture.src == "a.png"


FRAMES = [
    ("<iframe src='/files/report.pdf'></iframe>", "/files/report.pdf"),
    ("<iframe src='/viewer.html?file=/a/b.ofd&amp;x=1'></iframe>", "/a/b.ofd"),
    ("<embed src='https://x.example/r.PDF#page=1'>", "https://x.example/r.PDF#page=1"),
    ("<object data='r.docx'></object>", "r.docx"),
    ("<iframe src='view?url=%2Fu%2F%E5%B9%B4.pdf'></iframe>", "/u/年.pdf"),
    ("<img src='loading.gif' data-src='/p/1.jpg'>", "/p/1.jpg"),
]


@pytest.mark.parametrize(("markup", "source"), FRAMES)
def test_a_file_in_a_frame_is_a_picture_in_the_text(markup, source):
    before, picture, after = read_document(page(f"<p>一</p>{markup}<p>二</p>")).blocks
    assert (before.text, picture, after.text) == ("一", Picture(source, picture.place), "二")


def test_a_page_in_a_frame_is_none():
    document = read_document(page("<p>一</p><iframe src='/menu.html?column=3'></iframe><iframe></iframe>"))
    assert texts(document) == ["一"]
    assert len(document.blocks) == 1


def test_a_picture_inside_its_address_brings_its_bytes():
    body = b"\x89PNG\r\n"
    address = "data:image/png;base64," + base64.b64encode(body).decode()
    picture, = (b for b in read_document(page(f"<p>一</p><img src='{address}'>")).blocks if isinstance(b, Picture))
    assert (picture.src, picture.body) == (None, body)


def test_paragraphs_are_no_table_of_boxes_even_where_one_is_drawn_so():
    rows = "".join(f"<div><div>{a}</div><div>{b}</div></div>" for a, b in (("结果维持", "0"), ("结果纠正", "1")))
    document = read_document(page(
        "<div><p>一、总体情况</p><p>第一段。</p><p>第二段。</p></div>" + "<p>" + "".join(
            f"<span class='a'>{sign}</span>" for sign in "共3件") + "</p>" + rows))
    assert texts(document) == ["一、总体情况", "第一段。", "第二段。", "共3件"]
    grid, = grids(document)
    assert [cell.text for cell in grid.cells] == ["结果维持", "0", "结果纠正", "1"]
    assert grid.loose


def test_character_data_of_an_xml_record_is_a_page():
    document = read_html("<record><![CDATA[<p>一、总体情况</p>]]></record>".encode())
    assert texts(document) == ["一、总体情况"]


def test_spans_are_laid_out_as_a_browser_does():
    table, = grids(read_document(page(
        "<table><tr><td rowspan='2'>a</td><td colspan='2'>b</td></tr><tr><td>c</td><td>d</td></tr></table>"
    )))
    assert [(c.text, c.row, c.column, c.rowspan, c.colspan) for c in table.cells] == [
        ("a", 0, 0, 2, 1), ("b", 0, 1, 1, 2), ("c", 1, 1, 1, 1), ("d", 1, 2, 1, 1)
    ]
    assert table.cells[3].place.at == "table 1, row 2, column 3"


def test_absurd_spans_are_cut():
    table, = grids(read_document(page(
        "<table><tr><td colspan='100000'>a</td><td rowspan='99999'>b</td><td colspan='x'>c</td></tr></table>"
    )))
    assert [(c.rowspan, c.colspan) for c in table.cells] == [(1, MAX_SPAN), (1, 1), (1, 1)]


def test_a_layout_table_is_taken_apart_and_the_table_inside_is_not():
    inner = "<table><tr><td>规章</td><td>0</td></tr></table>"
    document = read_document(page(f"<table><tr><td><p>正文</p>{inner}<p>后文</p></td><td>栏目</td></tr></table>"))
    assert texts(document) == ["正文", "后文", "栏目"]
    assert [[cell.text for cell in grid.cells] for grid in grids(document)] == [["规章", "0"]]


def test_a_page_that_was_cut_off_says_so_and_its_last_cell_is_not_believed():
    whole = page("<table><tr><td>规章</td><td>10</td><td>447228</td></tr></table>")
    document = read_document(whole[:whole.index(b"7228")])
    assert [cell.text for cell in grids(document)[0].cells] == ["规章", "10"]
    assert "cut off" in document.warnings[0]


def test_a_deep_page_does_not_exhaust_the_stack():
    document = read_document(page("<div>" * 1200 + "深" + "</div>" * 1200))
    assert texts(document) == ["深"]


def test_rows_with_tabs_and_pipes_are_loose_grids():
    lines = ["一、总体情况", "规章\t0\t\t1", "| 行政许可 | 7 |", "|---|---|", "第\t", "结果|", "尾**27**条<http://a.cn/>"]
    document = read_document("\n".join(lines).encode())
    table, = grids(document)
    assert table.loose
    assert [(cell.text, cell.row, cell.column) for cell in table.cells] == [
        ("规章", 0, 0), ("0", 0, 1), ("", 0, 2), ("1", 0, 3), ("行政许可", 1, 0), ("7", 1, 1)
    ]
    assert table.cells[3].place.at == "line 2, cell 4"
    assert texts(document) == ["一、总体情况", "第", "结果", "尾27条http://a.cn/"]


def test_word_drops_what_was_deleted_and_hidden():
    run = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        f"<w:p>{run('留')}<w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:ins>{run('加')}</w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('控件')}</w:p></w:sdtContent></w:sdt>"
    )
    assert texts(read_document(forms.word_file(body))) == ["留加", "控件"]


def test_word_cells_that_are_merged_downwards_are_one_cell():
    cells = [(0, 0, 2, 1, "组"), (0, 1, 1, 1, "甲"), (1, 1, 1, 1, "乙")]
    table, = grids(read_document(forms.word_file(forms.word_table(cells))))
    laid = [(cell.text, cell.row, cell.column, cell.rowspan) for cell in table.cells]
    assert laid == [("组", 0, 0, 2), ("甲", 0, 1, 1), ("乙", 1, 1, 1)]


@pytest.mark.parametrize("form_of", ["2021", "2019"])
def test_a_printed_report_gives_its_cells_with_page_and_box(form_of):
    raw = {key: str(index % 7 * 113) for index, key in enumerate(forms.keys(form_of))} | {"t3.partial.total": ""}
    document = read_document(forms.as_pdf(raw, form_of))
    tables = read_tables(document, find_sections(document))
    assert {key: tables.cells[key] for key in raw} == {key: int(text) if text else None for key, text in raw.items()}
    source = tables.sources["t3.carried_out.natural_person"]
    assert source.page in (2, 3)
    assert source.box[0] < source.box[2]


def test_a_printed_table_without_lines_makes_no_cell_wrong():
    raw = dict.fromkeys(forms.keys(), "0") | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3"}
    raw |= {"t3.granted.natural_person": "3", "t3.granted.total": "3"}
    raw |= {"t3.total_handled.natural_person": "3", "t3.total_handled.total": "3"}
    document = read_document(forms.as_pdf(raw, ruled=False))
    cells = read_tables(document, find_sections(document)).cells
    assert {key: value for key, value in cells.items() if value not in (None, int(raw[key]))} == {}
    assert sum(value is not None for value in cells.values()) >= 190


def test_a_page_that_is_turned_reads_the_same():
    raw = dict.fromkeys(forms.keys(), "4")
    pdf = pypdfium2.PdfDocument(forms.as_pdf(raw))
    for index in range(len(pdf)):
        pdf[index].set_rotation(180)
    out = io.BytesIO()
    pdf.save(out)
    upright = read_document(forms.as_pdf(raw))
    turned = read_document(out.getvalue())
    assert len(grids(turned)) == len(grids(upright))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_body_breaks_the_readers(body):
    for start in (b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html><table><tr><td>"):
        with contextlib.suppress(Unreadable):
            assert read_document(start + body).media_type


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_torn_page_breaks_the_readers(data):
    whole = data.draw(st.sampled_from([
        forms.as_html(dict.fromkeys(forms.keys(), "1")), forms.as_docx(dict.fromkeys(forms.keys(), "1")),
    ]))
    cut, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 60))
    try:
        document = read_document(whole[:cut] + whole[cut + length:])
    except Unreadable:
        return
    cells = read_tables(document, find_sections(document)).cells
    assert set(cells.values()) <= {1, None}
