"""A DOCX is read as its reader sees it: what is shown, in its order, with the numbers that Word adds by itself."""

import contextlib
import io
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from archive.documents.flow import MAX_CELLS
from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.numbering import Counters, Level, numbered
from archive.documents.symbols import written
from archive.documents.word import read_word
from archive.errors import Unreadable
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms

STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = (
    f"xmlns:w='{forms.WORD}' xmlns:r='{RELATED}' xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
    " xmlns:v='urn:schemas-microsoft-com:vml' xmlns:o='urn:schemas-microsoft-com:office:office'"
    " xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'"
)


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def line(inner, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def cell(inner, properties=""):
    content = inner if inner.startswith("<w:") and "</w:p>" in inner else line(run(inner))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row(*cells, properties=""):
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows):
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def mark(kind):
    return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"


def package(body, **parts):
    """A container with a document and other parts by name; `__` stands for a slash, `_xml` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return out.getvalue()


def relations(**targets):
    entries = "".join(
        f"<Relationship Id='{name}' Type='{RELATED}/{name.rstrip('0123456789')}' Target='{target}'/>"
        for name, target in targets.items()
    )
    return f"<Relationships>{entries}</Relationships>"


def texts(body, **parts):
    return [block.text for block in read_word(package(body, **parts)).blocks if isinstance(block, Paragraph)]


def grid(body, **parts):
    found, = [block for block in read_word(package(body, **parts)).blocks if isinstance(block, Grid)]
    return [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in found.cells]


SHOWN = [
    ("a run", run("主动公开"), ["主动公开"]),
    ("deleted and added", f"<w:del>{run('旧')}</w:del><w:ins>{run('新')}</w:ins>", ["新"]),
    ("moved away and here", f"<w:moveFrom>{run('一')}</w:moveFrom><w:moveTo>{run('二')}</w:moveTo>", ["二"]),
    ("hidden", run("3", "<w:vanish/>") + run("条"), ["条"]),
    ("said not to be hidden", run("3", "<w:vanish w:val='0'/>") + run("条"), ["3条"]),
    ("a smart tag in a link", f"<w:hyperlink><w:smartTag>{run('县')}</w:smartTag></w:hyperlink>", ["县"]),
    ("a simple field", f"<w:fldSimple w:instr='PAGE'>{run('7')}</w:fldSimple>", ["7"]),
    ("a field", f"{mark('begin')}<w:r><w:instrText>HYPERLINK 9</w:instrText></w:r>{mark('separate')}"
                f"{run('结果')}{mark('end')}{run('后')}", ["结果后"]),
    ("a field in the instructions of another", mark("begin") + mark("begin") + mark("separate") + run("里")
     + mark("end") + mark("separate") + run("外") + mark("end"), ["外"]),
    ("a field that never ends hides nothing", mark("begin") + run("正文"), ["正文"]),
    ("tab, break, hyphens", "<w:r><w:t>1</w:t><w:tab/><w:t>2</w:t><w:br/><w:t>2</w:t><w:noBreakHyphen/><w:t>3</w:t>"
                            "<w:softHyphen/></w:r>", ["1\t2", "2-3"]),
    ("a symbol", "<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>" + run("是"), ["☑是"]),
    ("pronunciation above",
     f"<w:r><w:ruby><w:rt>{run('zhèn')}</w:rt><w:rubyBase>{run('镇')}</w:rubyBase></w:ruby></w:r>", ["镇"]),
    ("a note's mark", run("公开") + "<w:r><w:footnoteReference w:id='2'/></w:r>", ["公开"]),
    ("a control",
     f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{run('选')}</w:sdtContent></w:sdt>", ["选"]),
]


@pytest.mark.parametrize(("inner", "shown"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN])
def test_a_paragraph_says_what_its_reader_sees(inner, shown):
    assert texts(line(inner)) == shown


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next():
    assert texts(line(run("主动"), "<w:rPr><w:del/></w:rPr>") + line(run("公开"))) == ["主动公开"]


def test_a_text_box_is_read_once_and_a_table_in_it_is_a_table():
    box = f"<w:txbxContent>{line(run('框'))}{table(row(cell('规章'), cell('0')))}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    body = line(f"{run('锚')}<w:r>{both}</w:r>")
    assert texts(body) == ["锚", "框"]
    assert [text for text, *_ in grid(body)] == ["规章", "0"]


def test_a_choice_that_shows_nothing_gives_way_to_its_fallback():
    body = "<w:r><mc:AlternateContent><mc:Choice/><mc:Fallback><w:t>图</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    assert texts(line(body)) == ["图"]


def test_headings_are_known_by_their_style_its_base_and_their_level():
    styles = (
        f"<w:styles xmlns:w='{forms.WORD}'><w:style w:styleId='a'><w:name w:val='标题 1'/></w:style>"
        "<w:style w:styleId='b'><w:name w:val='黑体'/><w:basedOn w:val='c'/></w:style>"
        "<w:style w:styleId='c'><w:basedOn w:val='b'/><w:pPr><w:outlineLvl w:val='1'/></w:pPr></w:style>"
        "<w:style w:styleId='d'><w:name w:val='hidden'/><w:rPr><w:vanish/></w:rPr></w:style></w:styles>"
    )
    marks = ("<w:pStyle w:val='a'/>", "<w:pStyle w:val='b'/>", "<w:outlineLvl w:val='0'/>", "", "<w:pStyle w:val='d'/>")
    body = "".join(line(run(str(index)), each) for index, each in enumerate(marks))
    document = read_word(package(body, word__styles_DOT_xml=styles))
    assert [(block.text, block.heading) for block in document.blocks] == [
        ("0", True), ("1", True), ("2", True), ("3", False)
    ]


def level(at, form, text, more=""):
    shape = f"<w:start w:val='1'/><w:numFmt w:val='{form}'/><w:lvlText w:val='{text}'/>"
    return f"<w:lvl w:ilvl='{at}'>{shape}{more}</w:lvl>"


LISTS = (
    f"<w:numbering xmlns:w='{forms.WORD}'><w:abstractNum w:abstractNumId='0'>"
    f"{level(0, 'chineseCounting', '%1、')}{level(1, 'japaneseCounting', '（%2）')}"
    f"{level(2, 'decimal', '%1.%3', '<w:isLgl/>')}"
    f"</w:abstractNum><w:abstractNum w:abstractNumId='1'>{level(0, 'bullet', '●')}</w:abstractNum>"
    "<w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='1'/></w:num>"
    "<w:num w:numId='3'><w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='9'/>"
    "</w:lvlOverride></w:num></w:numbering>"
)


def listed(number, depth=0):
    return f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{number}'/></w:numPr>"


def test_automatic_numbers_stand_in_the_text():
    body = (
        line(run("总体情况"), listed(1)) + line(run("主动公开"), listed(1, 1)) + line(run("依申请公开"), listed(1, 1))
        + line(run("无编号"), listed(0)) + line(run("项目"), listed(2)) + line(run("问题"), listed(1))
        + line(run("细目"), listed(1, 2)) + line(run("其他"), listed(3))
    )
    assert texts(body, word__numbering_DOT_xml=LISTS) == [
        "一、总体情况", "（一）主动公开", "（二）依申请公开", "无编号", "项目", "二、问题", "2.1 细目", "九、其他",
    ]


def test_a_figure_in_a_cell_takes_no_automatic_number():
    body = table(row(cell(line(run("规章"), listed(1))), cell(line(run("12"), listed(1)))))
    assert [text for text, *_ in grid(body, word__numbering_DOT_xml=LISTS)] == ["一、规章", "12"]


@pytest.mark.parametrize(("form", "number", "label"), [
    ("chineseCounting", 10, "十、"), ("chineseCounting", 21, "二十一、"),
    ("chineseCountingThousand", 105, "一百零五、"), ("decimal", 3, "3、"), ("upperRoman", 14, "XIV、"),
    ("lowerLetter", 28, "bb、"), ("decimalEnclosedCircle", 3, "③、"),
    ("ideographTraditional", 2, "乙、"), ("chineseLegalSimplified", 12, "壹拾贰、"), ("decimalFullWidth", 12, "１２、"),
    ("decimalZero", 7, "07、"), ("nobody knows", 1, ""),
])
def test_numbers_are_written_as_the_list_says(form, number, label):
    counters, levels = Counters(), [Level(form, "%1、", number)]
    assert counters.next("list", 0, levels) == label


def test_a_number_that_stands_in_the_text_already_is_not_repeated():
    assert numbered("一、", "一、总体情况") == "一、总体情况"
    assert numbered("1", "规章") == "1 规章"


@pytest.mark.parametrize(("font", "code", "text"), [
    ("Wingdings 2", 0xF052, "☑"), ("Symbol", 0xF033, "3"), ("Symbol", 0xF02D, "-"), ("Wingdings", 0xF04A, "\uf04a"),
    ("宋体", 0x25A1, "□"), ("Webdings", 0x33, "\uf033"),
])
def test_a_symbol_is_what_its_font_draws_and_never_a_figure_by_accident(font, code, text):
    assert written(font, code) == text


def test_merged_cells_of_either_kind_are_one_cell():
    body = table(
        row(cell("甲", "<w:vMerge w:val='restart'/>"), cell("乙", "<w:hMerge w:val='restart'/>"),
            cell("x", "<w:hMerge/>")),
        row(cell("不见", "<w:vMerge/>"), cell("1"), cell("2")),
        row(cell("3"), properties="<w:gridBefore w:val='2'/>"),
    )
    assert grid(body) == [
        ("甲", 0, 0, 2, 1), ("乙", 0, 1, 1, 2), ("1", 1, 1, 1, 1), ("2", 1, 2, 1, 1), ("3", 2, 2, 1, 1)
    ]


def test_a_column_too_narrow_to_be_seen_is_none():
    grid_ = "<w:tblGrid>" + "".join(f"<w:gridCol w:w='{width}'/>" for width in (900, 1, 900, 30)) + "</w:tblGrid>"
    two = "<w:gridSpan w:val='2'/>"
    body = table(grid_, row(cell("总计", two), cell("5", two)), row(cell("甲"), cell("6", two), cell("7")))
    assert grid(body) == [
        ("总计", 0, 0, 1, 1), ("5", 0, 1, 1, 2), ("甲", 1, 0, 1, 1), ("6", 1, 1, 1, 1), ("7", 1, 2, 1, 1)
    ]


def test_rows_and_cells_that_were_deleted_or_hidden_are_gone():
    body = table(
        row(cell("规章"), cell("0")), row(cell("旧"), cell("9"), properties="<w:del/>"),
        row(cell("藏"), cell("9"), properties="<w:hidden/>"),
        row(cell("许可"), cell("1", "<w:cellDel/>"), cell("2")),
    )
    assert grid(body) == [("规章", 0, 0, 1, 1), ("0", 0, 1, 1, 1), ("许可", 1, 0, 1, 1), ("2", 1, 2, 1, 1)]


def test_controls_round_rows_and_cells_are_looked_through():
    inside = "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    body = table(inside(row(cell("规章"), inside(cell("4")))), row(cell("许可"), cell(inside(line(run("5"))))))
    assert [text for text, *_ in grid(body)] == ["规章", "4", "许可", "5"]


def test_a_table_that_lays_out_the_page_is_taken_apart():
    inner = table(*(row(cell(label), cell("0")) for label in ("规章", "许可", "处罚")))
    body = table(row(cell(line(run("栏目")) + inner), cell("右")))
    assert texts(body) == ["栏目", "右"]
    assert len(grid(body)) == 6


def test_a_small_table_in_a_cell_of_figures_leaves_the_large_one_whole():
    inner = table(row(cell("甲"), cell("乙")))
    plain = [row(cell(f"行{number}"), cell("1")) for number in range(9)]
    found = grid(table(*plain, row(cell(line(run("末")) + inner), cell("2"))))
    assert len(found) == 20
    assert found[-2][0] == "末\n甲\n乙"


def test_a_report_in_one_large_table_keeps_its_prose_and_its_rows():
    body = table(row(cell("镇" * 700)), row(cell("规章"), cell("1")), row(cell("许可"), cell("2")))
    assert texts(body) == ["镇" * 700]
    assert [text for text, *_ in grid(body)] == ["规章", "1", "许可", "2"]


def image():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_pictures_come_with_their_bytes_and_links_without():
    body = line("<w:r><w:drawing><a:blip r:embed='image1'/></w:drawing></w:r>") + line(
        "<w:r><w:pict><v:imagedata r:id='image2'/></w:pict></w:r>")
    links = relations(image1="media/a.png", image2="../b.png").replace("Target='../b.png'", "Target='http://x/b.png' "
                                                                       "TargetMode='External'")
    document = read_word(package(body, word___rels__document_DOT_xml_DOT_rels=links, word__media__a_DOT_png=image()))
    assert [(block.src, block.body) for block in document.blocks if isinstance(block, Picture)] == [
        ("word/media/a.png", image()), ("http://x/b.png", None)
    ]


def test_a_sheet_behind_a_picture_is_handed_on_instead_of_the_picture():
    body = line("<w:r><w:object><v:imagedata r:id='image1'/><o:OLEObject r:id='package1'/></w:object></w:r>")
    links = relations(image1="media/a.png", package1="embeddings/a.xlsx")
    parts = {"word__media__a_DOT_png": image(), "word__embeddings__a_DOT_xlsx": b"PK\x03\x04sheet"}
    picture, = read_word(package(body, word___rels__document_DOT_xml_DOT_rels=links, **parts)).blocks
    assert (picture.src, picture.body) == ("word/embeddings/a.xlsx", b"PK\x03\x04sheet")


def test_a_page_inside_the_document_is_read_in_its_place():
    page = "<html><body><p>甲</p><table><tr><td>规章</td><td>6</td></tr></table></body></html>"
    body = line(run("前")) + "<w:altChunk r:id='aFChunk1'/>" + line(run("后"))
    parts = {"word__page_DOT_htm": page, "word___rels__document_DOT_xml_DOT_rels": relations(aFChunk1="page.htm")}
    assert texts(body, **parts) == ["前", "甲", "后"]
    found = next(block for block in read_word(package(body, **parts)).blocks if isinstance(block, Grid))
    assert (found.method, found.cells[1].text, found.cells[1].place.part) == ("html", "6", "word/page.htm")


def test_a_chunk_that_nobody_reads_is_said():
    links = relations(c1="a.bin")
    parts = {"word__a_DOT_bin": bytes(range(1, 32)) * 9, "word___rels__document_DOT_xml_DOT_rels": links}
    document = read_word(package(line(run("前")) + "<w:altChunk r:id='c1'/>", **parts))
    assert "word/a.bin" in document.warnings[0]


def test_the_strict_form_and_another_name_for_the_document_read_the_same():
    types = (
        "<Types><Override PartName='/word/document2.xml' ContentType="
        "'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        body = f"<w:document xmlns:w='{STRICT}'><w:body>{line(run('严格'))}</w:body></w:document>"
        archive.writestr("word\\document2.xml", f"<?xml version='1.0' encoding='UTF-16'?>{body}".encode("utf-16"))
    assert [block.text for block in read_word(out.getvalue()).blocks] == ["严格"]


def test_what_python_docx_writes_is_read_with_title_headings_and_merges():
    made = docx.Document()
    made.core_properties.title = "年报"
    made.styles.add_style("正文2", WD_STYLE_TYPE.PARAGRAPH)
    made.add_heading("一、总体情况", 1)
    made.add_paragraph("内容", style="正文2")
    drawn = made.add_table(3, 3)
    drawn.cell(0, 0).merge(drawn.cell(1, 1)).text = "组"
    drawn.cell(2, 2).text = "8"
    out = io.BytesIO()
    made.save(out)
    document = read_word(out.getvalue())
    heading, body, found = document.blocks
    assert (document.title, heading.heading, body.heading) == ("年报", True, False)
    assert (found.cells[0].rowspan, found.cells[0].colspan, found.cells[-1].text) == (2, 2, "8")


def with_entity():
    body = f"<w:document xmlns:w='{forms.WORD}'><w:body>{line(run('1&e;'))}</w:body></w:document>"
    return f"<!DOCTYPE w [<!ENTITY e '9'>]>{body}"


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", data)
    return out.getvalue()


@pytest.mark.parametrize(("body", "reason"), [
    (zipped(with_entity()), "declares a document type"),
    (package(line(run("文")))[:-40], "the Word document is broken"),
    (package(line("")), "holds no text"),
    (package(line(run("文")), word__styles_DOT_xml=b" " * (51 * 1024 * 1024)), "unpacks too large"),
    (package(line(run("文")), word__numbering_DOT_xml="<w:numbering"), "word/numbering.xml"),
], ids=["entities", "torn", "empty", "too large", "a broken part"])
def test_a_document_that_cannot_be_read_says_why(body, reason):
    with pytest.raises(Unreadable, match=reason):
        read_word(body)


def test_a_table_without_end_is_cut_and_says_so():
    body = table(*[row(*[cell("1")] * 40)] * (MAX_CELLS // 40 + 1))
    document = read_word(package(body))
    assert len(document.blocks[0].cells) == MAX_CELLS
    assert "only the first" in document.warnings[0]


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_every_cell_of_a_report_keeps_its_value_and_its_place(form):
    raw = {key: ("", "0", "—", str(index * 37 % 1009))[index % 4] for index, key in enumerate(forms.keys(form))}
    document = read_word(forms.as_docx(raw, form))
    tables = read_tables(document, find_sections(document))
    assert {key: tables.cells[key] for key in raw} == {
        key: int(text) if text.isdecimal() else None for key, text in raw.items()
    }
    assert tables.sources["t3.granted.natural_person"].at == "table 2, row 6, column 4"


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_torn_part_breaks_the_reader(data):
    drawn = forms.word_table([(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "1")])
    whole = f"<w:document {NAMES}><w:body>{drawn}</w:body></w:document>"
    cut, length = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 30))
    with contextlib.suppress(Unreadable):
        assert read_word(zipped(whole[:cut] + whole[cut + length:])).blocks
