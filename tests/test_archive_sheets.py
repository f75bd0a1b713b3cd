"""Workbooks: what is visible in them, as it is shown."""

import base64
import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from random import Random

import openpyxl
import pytest
from openpyxl.drawing.image import Image as SheetImage
from openpyxl.styles import Border, Side
from PIL import Image

from archive.documents import read_document
from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.sheets import letters
from archive.documents.shown import shown
from archive.errors import Unreadable
from archive.parse import parse
from tests import forms

FILES = Path(__file__).parent / "files"
THIN = Side(style="thin")


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def number(text):
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def workbook(raw, form="2021", *, ruled=True, merged=True, apart=False, sheets=False, convert=number):
    """A report as a workbook: on one sheet or on one for each table."""
    book = openpyxl.Workbook()
    sheet, row = book.active, 1
    tables = iter(forms.all_spans(raw, form))
    for line in forms.report([None, None, None]):
        if line is not None:
            if sheets and line[0] in "二三四":
                sheet, row = book.create_sheet(f"表{line[0]}"), 1
            sheet.cell(row, 1, line)
            if merged:
                sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=10)
            row += 1
            continue
        cells = next(tables)
        for r, c, height, width, text in cells:
            sheet.cell(row + r, c + 1, convert(text))
            end = {"end_row": row + r + height - 1, "end_column": c + width}
            if merged and (height > 1 or width > 1):
                sheet.merge_cells(start_row=row + r, start_column=c + 1, **end)
            if ruled:
                for i in range(height):
                    for j in range(width):
                        sheet.cell(row + r + i, c + 1 + j).border = Border(THIN, THIN, THIN, THIN)
        row += max(r + height for r, _, height, _, _ in cells) + apart
    return book


def cells(form, seed):
    chance = Random(seed)
    return {key: chance.choice(("0", "0", "1", "27", "1043", "")) for key in forms.keys(form)}


def read(report):
    return {key: "" if value is None else str(value) for key, value in report.cells.items()}


WAYS = [
    {}, {"ruled": False}, {"merged": False}, {"apart": True}, {"sheets": True}, {"convert": str},
    {"ruled": False, "apart": True, "sheets": True},
]


@pytest.mark.parametrize("form", ["2021", "2019"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_cell_of_a_workbook_comes_back(form, way):
    raw = cells(form, str(way))
    report = parse(saved(workbook(raw, form, **way)))
    assert read(report) == raw
    assert {source.method for source in report.sources.values()} == {"xlsx"}
    assert report.identity.report_year == 2023


def test_a_source_names_the_sheet_and_the_cell():
    report = parse(saved(workbook(cells("2021", 1), sheets=True)))
    assert report.sources["t3.new_received.natural_person"].at == "sheet 表三, cell D5"


def test_the_blank_form_stays_blank():
    report = parse(saved(workbook(dict.fromkeys(forms.keys(), ""))))
    assert set(report.cells.values()) == {None}
    assert {source.state for source in report.sources.values()} == {"blank"}
    assert len(report.sources) == 200


def document_of(fill):
    book = openpyxl.Workbook()
    fill(book)
    return read_document(saved(book))


def grid_of(fill):
    return next(block for block in document_of(fill).blocks if isinstance(block, Grid))


def texts(grid):
    return [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in grid.cells]


def test_hidden_rows_columns_and_sheets_are_left_out():
    def fill(book):
        sheet = book.active
        for row in (["信息内容", "上年", "本年"], ["规章", 8, 1], ["旧行", 9, 9], ["文件", 8, 2]):
            sheet.append(row)
        sheet.column_dimensions["B"].hidden = True
        sheet.row_dimensions[3].hidden = True
        hidden = book.create_sheet("上年")
        hidden.append(["规章", 99])
        hidden.sheet_state = "hidden"

    document = document_of(fill)
    assert [[cell.text for cell in block.cells] for block in document.blocks] == [
        ["信息内容", "本年", "规章", "1", "文件", "2"]
    ]


def test_a_merged_cell_shows_its_text_though_its_first_row_is_hidden():
    def fill(book):
        sheet = book.active
        for row in (["组", "甲", 1], [None, "乙", 2], [None, "丙", 3]):
            sheet.append(row)
        sheet.merge_cells("A1:A3")
        sheet.row_dimensions[1].hidden = True

    assert texts(grid_of(fill))[0] == ("组", 0, 0, 2, 1)


def test_a_formula_that_was_never_computed_is_no_number():
    def fill(book):
        book.active.append(["总计", "=1+2"])
        book.active.append(["规章", 3])

    assert [cell.text for cell in grid_of(fill).cells] == ["总计", "=1+2", "规章", "3"]


def test_zeros_that_the_sheet_hides_are_not_read():
    def fill(book):
        book.active.append(["规章", 0, 1])
        book.active.append(["文件", 0, 2])
        book.active.sheet_view.showZeros = False

    assert [cell.text for cell in grid_of(fill).cells] == ["规章", "", "1", "文件", "", "2"]


def test_titles_and_prose_are_paragraphs_and_lines_in_a_cell_stay_apart():
    def fill(book):
        sheet = book.active
        sheet.append(["卜集镇2023年政府信息公开工作年度报告"])
        sheet.append(["一、总体情况\n2023年，我镇做好工作。"])
        sheet.append(["规章", 1])

    blocks = document_of(fill).blocks
    assert [block.text for block in blocks[:3]] == [
        "卜集镇2023年政府信息公开工作年度报告", "一、总体情况", "2023年，我镇做好工作。",
    ]
    assert isinstance(blocks[3], Grid)


def test_sentences_under_a_table_without_borders_are_no_rows_of_it():
    def fill(book):
        for row in (["规章", 1], ["文件", None], ["五、存在的主要问题"], ["学习不够。"]):
            book.active.append(row)
        for row in (["六、其他"], ["无"], ["新收", 2]):
            book.active.append(row)

    blocks = document_of(fill).blocks
    assert [block.text for block in blocks if isinstance(block, Paragraph)] == [
        "五、存在的主要问题", "学习不够。", "六、其他", "无",
    ]
    assert [[cell.text for cell in block.cells] for block in blocks if isinstance(block, Grid)] == [
        ["规章", "1", "文件", ""], ["新收", "2"],
    ]


def test_the_names_of_sheets_are_read_where_there_are_several():
    def fill(book):
        book.active.title = "表二"
        book.active.append(["规章", 1])
        book.create_sheet("表三").append(["新收", 2])
        book.create_sheet("Sheet3")

    assert [block.text for block in document_of(fill).blocks if isinstance(block, Paragraph)] == ["表二", "表三"]


def test_a_picture_on_a_sheet_keeps_its_bytes():
    def fill(book):
        book.active.append(["规章", 1])
        out = io.BytesIO()
        Image.new("RGB", (300, 200)).save(out, "PNG")
        book.active.add_image(SheetImage(out), "C3")

    picture = document_of(fill).blocks[-1]
    assert isinstance(picture, Picture)
    assert Image.open(io.BytesIO(picture.body)).size == (300, 200)


def test_a_sheet_that_claims_to_be_huge_is_read_as_far_as_it_goes():
    def fill(book):
        book.active.append(["规章", 1])
        book.active.cell(1_000_000, 500, "远")

    document = document_of(fill)
    assert [cell.text for cell in document.blocks[0].cells] == ["规章", "1"]
    assert "only its first" in document.warnings[0]


SHOWN = [
    (None, "General", ""), (3.0, "General", "3"), (2.4500000000000002, "General", "2.45"), (2.5, "0.00", "2.50"),
    (2.6, "0", "3"), (1234567, "#,##0", "1,234,567"), (0.5, "0%", "50%"), (-3, "0_ ", "-3"),
    (-0.001, "0.00", "0.00"), (3, '0"件"', "3件"), (3, 'G/通用格式"件"', "3件"), (5, "@", "5"), (7, "000", "007"),
    (0, "0;-0;;@", ""), (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-', "-"), (12, "[DBNum1]0", "12"),
    (12.5, "# ?/?", "12.5"), (4, '0;-0;"无"', "4"), (0, '0;-0;"无"', "无"), ("１２", "0", "１２"),
    (True, "General", "TRUE"), (date(2024, 1, 12), "", "2024-01-12"), (float("inf"), "0", "inf"),
    (datetime.combine(date(2024, 1, 12), time()), "yyyy-mm-dd", "2024-01-12"),
]


@pytest.mark.parametrize(("value", "number_format", "expected"), SHOWN)
def test_a_value_is_read_as_its_format_shows_it(value, number_format, expected):
    assert shown(value, number_format) == expected


def test_columns_are_called_as_in_the_program():
    assert [letters(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_an_old_workbook_is_read_like_a_new_one():
    body = (FILES / "report.xls").read_bytes()
    report = parse(body)
    assert report.media_type == "application/vnd.ms-excel"
    assert read(report) == {key: str(number % 7) for number, key in enumerate(forms.keys("2021"))}
    assert {source.method for source in report.sources.values()} == {"xls"}


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="表"><Table><Column ss:Index="3" ss:Hidden="1"/>
<Row><Cell ss:MergeAcross="3"><Data ss:Type="String">题目</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">组</Data></Cell><Cell><Data ss:Type="String">甲</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">3.0</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">乙</Data></Cell><Cell><Data ss:Type="Number">9</Data></Cell>
<Cell><Data ss:Type="Number">4</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_excel_2003_xml_is_read():
    document = read_document(XML.encode())
    assert document.blocks[0].text == "题目"
    assert texts(document.blocks[1]) == [("组", 0, 0, 2, 1), ("甲", 0, 1, 1, 1), ("3", 0, 2, 1, 1),
                                         ("乙", 1, 1, 1, 1), ("4", 1, 2, 1, 1)]


def test_a_page_that_is_called_a_workbook_is_read_as_the_page_it_is():
    body = "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table><tr><td>规章<td>3</table></html>".encode()
    assert read_document(body, name="年报.xls").method == "html"


def rewritten(name, data):
    """A workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(workbook(cells("2021", 1))))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
    return out.getvalue()


BOMB = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>"
ENCRYPTED = base64.b64decode("0M8R4KGxGuE=") + "EncryptedPackage".encode("utf-16-le")
REFUSED = [
    (saved(workbook(cells("2021", 1)))[:3000], "broken"),
    (rewritten("xl/worksheets/sheet1.xml", BOMB), "declares entities"),
    (rewritten("xl/workbook.xml", b"<workbook"), "broken"),
    (rewritten("xl/worksheets/sheet1.xml", b"<x" * 40), "broken"),
    (saved(openpyxl.Workbook()), "holds no text"),
    (ENCRYPTED, "encrypted with a password"),
    ((FILES / "report.xls").read_bytes()[:4000], "OLE file: it is broken"),
    (XML.encode()[:400], "no XML"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_a_workbook_that_cannot_be_read_says_why(body, reason):
    with pytest.raises(Unreadable, match=reason):
        read_document(body)
