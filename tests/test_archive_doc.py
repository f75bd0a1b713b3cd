"""Word 97-2003 files: what LibreOffice wrote, and what only Word's fast saves and old flags would, byte by byte."""

import contextlib
import re
import shutil
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents.doc import read_doc
from archive.documents.doc_sprms import Column, ParagraphProperties, modifiers, paragraph
from archive.documents.doc_tables import Row, table
from archive.documents.flow import Line
from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.office import convert
from archive.documents.word import read_word
from archive.errors import Unreadable
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms
from tests import wordbinary as wb

FILES = Path(__file__).parent / "files"


def texts(document):
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def grids(document):
    return [
        [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in block.cells]
        for block in document.blocks if isinstance(block, Grid)
    ]


def test_a_document_of_libreoffice_gives_what_its_reader_sees():
    document = read_doc((FILES / "word_flow.doc").read_bytes())
    assert (document.media_type, document.method) == ("application/msword", "doc")
    assert texts(document) == [
        "某县某镇人民政府2023年政府信息公开工作年度报告", "一、总体情况", "留加上尾\t链接文字", "第二行𠮷-",
        "（一）主动公开", "（二）依申请公开", "图后", "锚", "框中文字", "二、主动公开政府信息情况", "三、收到和处理",
        "栏目", "右", "\uf0fe选中",
    ]
    assert [block.heading for block in document.blocks[:2]] == [True, False]
    assert grids(document) == [
        [("信息内容", 0, 0, 1, 1), ("本年", 0, 1, 1, 2), ("组", 1, 0, 2, 1), ("3.甲", 1, 1, 1, 1), ("7", 1, 2, 1, 1),
         ("4.乙", 2, 1, 1, 1), ("8", 2, 2, 1, 1)],
        [("规章", 0, 0, 1, 1), ("3", 0, 1, 1, 1), ("行政规范性文件", 1, 0, 1, 1), ("4", 1, 1, 1, 1)],
    ]
    picture, = [block for block in document.blocks if isinstance(block, Picture)]
    assert picture.body.startswith(b"\x89PNG")


def filled(form):
    """Values of a report: none, zero, a dash and figures take turns."""
    return {key: ("", "0", "—", str(index * 37 % 1009))[index % 4] for index, key in enumerate(forms.keys(form))}


# in the second one the rows of table 3 end at different edges, as tables that were pasted together do
@pytest.mark.parametrize(("name", "form", "column"), [
    ("word_report_2021.wps", "2021", 4), ("word_report_2019.doc", "2019", 3),
])
def test_every_cell_of_a_report_keeps_its_value_and_its_place(name, form, column):
    raw = filled(form)
    document = read_doc((FILES / name).read_bytes())
    tables = read_tables(document, find_sections(document))
    assert {key: tables.cells[key] for key in raw} == {
        key: int(text) if text.isdecimal() else None for key, text in raw.items()
    }
    source = tables.sources["t3.granted.natural_person"]
    assert (source.at, source.method) == (f"table 2, row 6, column {column}", "doc")


def test_a_document_made_by_hand_is_read():
    body = wb.doc([wb.para("一、总体情况"), *wb.row("规章", "3", define=wb.cells(0, 3000, 5000)), wb.para("后文")])
    document = read_doc(body)
    assert texts(document) == ["一、总体情况", "后文"]
    assert grids(document) == [[("规章", 0, 0, 1, 1), ("3", 0, 1, 1, 1)]]


def test_pieces_in_another_order_are_put_back_into_theirs():
    paragraphs = [wb.para("first\x93"), *wb.row("a", "7", define=wb.cells(0, 900, 1800)), wb.para("last")]
    for compressed in (False, True):
        kept = [wb.Para([(text.replace("\x93", "“"), b"") for text, _ in each.runs], each.mark, each.sprms)
                for each in paragraphs]
        document = read_doc(wb.doc(kept, backwards=True, compressed=compressed))
        assert texts(document) == ["first“", "last"]
        assert grids(document) == [[("a", 0, 0, 1, 1), ("7", 0, 1, 1, 1)]]


def test_what_a_fast_save_left_in_the_piece_table_counts():
    hidden, listed = 0x5C << 1 | 1 << 8, 0 << 1 | 1
    body = wb.doc([wb.para("藏", prm=hidden), wb.para("删", prm=listed), wb.para("留")], changes=[wb.DELETED])
    assert texts(read_doc(body)) == ["留"]


def test_what_was_deleted_or_hidden_is_gone_and_a_deleted_end_joins():
    body = wb.doc([
        wb.Para([("留", b""), ("删", wb.DELETED), ("藏", wb.HIDDEN), ("尾", b"")]),
        wb.Para([("前", b"")], mark_sprms=wb.DELETED), wb.para("后"),
        *wb.row("规章", "1", define=wb.cells(0, 900, 1800)),
        *wb.row(wb.Para([("旧", wb.DELETED)]), wb.Para([("9", wb.DELETED)]), define=wb.cells(0, 900, 1800),
                mark_sprms=wb.DELETED),
        *wb.row("许可", "2", define=wb.cells(0, 900, 1800), mark_sprms=wb.DELETED),
    ])
    document = read_doc(body)
    assert texts(document) == ["留尾", "前后"]
    assert [text for text, *_ in grids(document)[0]] == ["规章", "1", "许可", "2"]


def test_of_a_field_only_the_result_is_read():
    begin, separate, end = (("\x13", wb.SPECIAL), ("\x14", wb.SPECIAL), ("\x15", wb.SPECIAL))
    marks = [begin, (" PAGE 9 ", b""), separate, ("结果", b""), end, ("后", b"")]
    assert texts(read_doc(wb.doc([wb.Para(marks)]))) == ["结果后"]
    assert texts(read_doc(wb.doc([wb.Para(marks[:4])]))) == ["PAGE 9 结果"]


def test_breaks_hyphens_symbols_and_marks_of_notes():
    symbol = wb.SPECIAL + struct.pack("<HHH", 0x6A09, 0, 0x2611)
    runs = [("甲\x0b乙\x1e\x1f\xa0丙", b""), ("\x02", wb.SPECIAL), ("(", symbol), ("是", b"")]
    assert texts(read_doc(wb.doc([wb.Para(runs)]))) == ["甲", "乙- 丙☑是"]


@pytest.mark.parametrize("flags", [(1, 2, 0), (2, 1, 0)])
def test_cells_merged_sideways_are_one_whichever_way_they_are_marked(flags):
    body = wb.doc(wb.row("总计", "藏", "5", define=wb.cells(0, 900, 1800, 2700, flags=flags)))
    assert grids(read_doc(body)) == [[("总计", 0, 0, 1, 1), ("5", 0, 1, 1, 1)]]


def test_cells_merged_downwards_are_one():
    rows = [
        *wb.row("组", "1", define=wb.cells(0, 900, 1800, flags=(wb.RESTART, 0))),
        *wb.row("", "2", define=wb.cells(0, 900, 1800, flags=(wb.CONTINUE, 0))),
        *wb.row("单", "3", define=wb.cells(0, 900, 1800, flags=(0, 0))),
    ]
    assert grids(read_doc(wb.doc(rows))) == [[
        ("组", 0, 0, 2, 1), ("1", 0, 1, 1, 1), ("2", 1, 1, 1, 1), ("单", 2, 0, 1, 1), ("3", 2, 1, 1, 1)
    ]]


def test_later_modifiers_change_the_definition_of_a_row():
    merged = struct.pack("<HBB", 0x5624, 1, 3)
    down = struct.pack("<HBBB", 0xD62B, 2, 0, 3)
    found = ParagraphProperties()
    paragraph([wb.sprm(wb.IN_TABLE) + wb.cells(0, 100, 200, 300) + merged + down], b"", found)
    assert [(c.left, c.right, c.across, c.down) for c in found.columns] == [
        (0, 100, 0, "restart"), (100, 200, 1, ""), (200, 300, 2, "")
    ]
    inserted, deleted = struct.pack("<HBBH", 0x7621, 1, 2, 50), struct.pack("<HBB", 0x5622, 0, 1)
    wider = struct.pack("<HBBH", 0x7623, 0, 1, 30)
    paragraph([wb.cells(0, 100, 200) + inserted + deleted + wider], b"", found)
    assert [(c.left, c.right) for c in found.columns] == [(0, 30), (30, 80), (80, 180)]


def test_a_definition_that_stands_in_the_data_stream_is_found():
    stored = wb.cells(0, 3000, 5000)
    data = bytes(32) + struct.pack("<H", len(stored)) + stored
    rows = [*wb.row("规章", "3", row_sprms=wb.sprm(0x6646, 32)), *wb.row("宽", define=wb.cells(0, 5000))]
    body = wb.doc(rows, data=data)
    assert grids(read_doc(body)) == [[("规章", 0, 0, 1, 1), ("3", 0, 1, 1, 1), ("宽", 1, 0, 1, 2)]]


def test_a_table_inside_a_cell_is_a_table_of_its_own():
    inner = wb.sprm(wb.IN_TABLE) + wb.sprm(wb.DEPTH, 2)
    lines = []
    for label in ("规章", "许可"):
        lines += [wb.para(text, sprms=inner + wb.sprm(wb.INNER_CELL)) for text in (label, "4")]
        lines.append(wb.para("", sprms=inner + wb.sprm(wb.INNER_ROW_END) + wb.cells(0, 500, 900)))
    outer = wb.row("外", "右", define=wb.cells(0, 4000, 8000))
    document = read_doc(wb.doc([*lines, *outer]))
    assert grids(document) == [[("规章", 0, 0, 1, 1), ("4", 0, 1, 1, 1), ("许可", 1, 0, 1, 1), ("4", 1, 1, 1, 1)]]
    assert texts(document) == ["外", "右"]


def drawn(*rows):
    """Rows given by the edges of their cells, as column and colspan of each cell."""
    made = [
        Row([[Line("x")] for _ in edges[1:]], [Column(left, right) for left, right in pairwise(edges)])
        for edges in rows
    ]
    return [[(cell.column, cell.colspan) for cell in row] for row in table(made).rows]


def test_edges_that_nearly_meet_are_one_line():
    assert drawn((-108, 1000, 2010, 3000), (-113, 1004, 2998), (-108, 2005, 3000)) == [
        [(0, 1), (1, 1), (2, 1)], [(0, 1), (1, 2)], [(0, 2), (2, 1)]
    ]


def test_narrow_cells_of_one_row_stay_apart():
    assert drawn((0, 40, 80, 120), (0, 120)) == [[(0, 1), (1, 1), (2, 1)], [(0, 3)]]


def test_a_row_that_does_not_say_its_edges_takes_those_of_the_row_before():
    rows = [Row([[], []], [Column(0, 900), Column(900, 1000)]), Row([[], []], []), Row([[], [], []], [])]
    assert [[(cell.column, cell.colspan) for cell in row] for row in table(rows).rows] == [
        [(0, 1), (1, 1)], [(0, 1), (1, 1)], [(0, 1), (1, 1), (2, 1)]
    ]


def test_a_definition_whose_edges_do_not_rise_is_none():
    rows = [Row([[], []], [Column(0, 900), Column(900, 900)]), Row([[], []], [Column(900, 0), Column(0, 1900)])]
    assert [[cell.column for cell in row] for row in table(rows).rows] == [[0, 1], [0, 1]]


REFUSED = [
    (wb.doc([wb.para("x")], flags=0x0100), "encrypted with a password"),
    (wb.doc([wb.para("x")], version=104), "Word 95 or older"),
    (wb.doc([wb.para("x")], magic=0xA5DC), "Word 95 or older"),
    (wb.ole({"Other": b"x"}), "holds no Word document"),
    (wb.ole({"WordDocument": wb.doc([wb.para("x")])[512:600]}), "no table stream"),
    (wb.doc([wb.para("x")])[:1200], "the Word file is broken"),
    (wb.doc([wb.para("")]), "holds no text"),
    (wb.doc([wb.para("x")], lengths=[-1, *[0] * 7]), "gives no text length"),
    (b"no compound file" * 40, "the Word file is broken"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED, ids=[f"{i} {reason}" for i, (_, reason) in enumerate(REFUSED)])
def test_a_file_that_cannot_be_read_says_why(body, reason):
    with pytest.raises(Unreadable, match=re.escape(reason)):
        read_doc(body)


def test_a_page_of_properties_that_is_none_is_not_passed_over():
    whole = wb.doc([*wb.row("规章", "3", define=wb.cells(0, 900, 1800))])
    file = bytearray(whole)
    main = 512
    for page in range(main + 2048, main + 2048 + 512 * 12, 512):
        if file[page + 511] == 1:
            file[page + 511] = 255
            break
    with pytest.raises(Unreadable, match="properties"):
        read_doc(bytes(file))


def test_a_list_of_modifiers_ends_where_it_is_cut():
    assert [code for code, _ in modifiers(wb.sprm(0x2416) + b"\x08\xd6\xff")] == [0x2416]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_torn_file_breaks_the_reader(data):
    file = bytearray((FILES / "word_flow.doc").read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(len(file) // 2, len(file)))
    with contextlib.suppress(Unreadable):
        assert read_doc(bytes(file[:end])).blocks


def test_another_program_helps_where_it_is_installed_and_is_asked_for_where_not():
    body = (FILES / "word_flow.doc").read_bytes()
    if shutil.which("soffice") or shutil.which("libreoffice"):
        assert "一、总体情况" in texts(read_word(convert(body, ".doc")))
        with pytest.raises(Unreadable, match="could not convert"):
            convert(body[:9000], "doc")
        with pytest.raises(Unreadable, match="not of a kind"):
            convert(b"garbage" * 200, "doc")
    else:
        with pytest.raises(Unreadable, match="install libreoffice"):
            convert(body, ".doc")


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path, monkeypatch):
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/pid\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(Unreadable, match="took longer"):
        convert(b"{\\rtf1}", "rtf", seconds=1)
    child = int((tmp_path / "pid").read_text())
    status = Path(f"/proc/{child}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"
