"""RTF, which many a file called .doc is: text in every coding it knows, tables by the edges of their cells."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.rtf import read_rtf
from archive.errors import Unreadable
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms

HEAD = r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\fcharset0 Arial;}{\f2\fcharset136 x;}}"


def rtf(body):
    return (HEAD + body + "}").encode("ascii")


def coded(text, codec="gb18030"):
    return "".join(rf"\'{byte:02x}" for byte in text.encode(codec))


def wide(text):
    """Text as Word writes it: the UTF-16 unit, and a question mark for programs that do not know it."""
    raw = text.encode("utf-16-le")
    units = [int.from_bytes(raw[at:at + 2], "little", signed=True) for at in range(0, len(raw), 2)]
    return "".join(rf"\u{unit} ?" for unit in units)


def texts(body):
    return [block.text for block in read_rtf(rtf(body)).blocks if isinstance(block, Paragraph)]


def grids(body):
    return [
        [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in block.cells]
        for block in read_rtf(rtf(body)).blocks if isinstance(block, Grid)
    ]


SHOWN = [
    ("bytes of the font's charset", coded("总体情况"), ["总体情况"]),
    ("another charset", rf"\f2 {coded('鎮', 'cp950')}\f0 {coded('镇')}", ["鎮镇"]),
    ("a second byte that is a brace", r"\'81\}\'81\\", ["亇乗"]),
    ("units and what stands for them", wide("镇𠮷3"), ["镇𠮷3"]),
    ("two bytes that stand for a unit", rf"\uc2\u-27191 {coded('某')}x", ["闉x"]),
    ("none that stands for a unit", r"\uc0\u38215\u38215 x", ["镇镇x"]),
    ("signs", r"1\tab 2\line 3\_4\~5\-6\{7\}\emdash", ["1\t2", "3-4 56{7}—"]),
    ("lines of the file are no lines of the text", "1\r\n2\\par\r\n3", ["12", "3"]),
    ("hidden and deleted", r"1{\v 2}{\deleted 3}\v 4\v0 5\plain 6", ["156"]),
    ("a field", r"{\field{\*\fldinst HYPERLINK 9}{\fldrslt 8}}7", ["87"]),
    ("what nobody knows", r"{\*\other 9}{\header 9\par}{\footnote 9}{\info{\title 9}}8", ["8"]),
    ("an automatic number", rf"{{\listtext {coded('一、')}\tab}}{coded('总体情况')}", ["一、总体情况"]),
    ("an automatic number before a figure", r"{\listtext 1.\tab}0", ["0"]),
    ("binary data", "1{\\*\\x\\bin3 }}}}2", ["12"]),
    ("a text box", r"1{\shp{\*\shpinst{\sp{\sv 9}}{\shptxt \pard 3\par}}{\shprslt 9}}2", ["3", "12"]),
]


@pytest.mark.parametrize(("body", "shown"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN])
def test_text_is_read_as_its_reader_sees_it(body, shown):
    assert texts(body) == shown


def test_a_code_page_that_nobody_knows_is_read_as_western():
    assert read_rtf(rb"{\rtf1\ansicpg93 caf\'e9}").blocks[0].text == "café"


def test_headings_title_and_pictures_are_kept():
    body = (
        r"{\info{\title T}}\outlinelevel0 1\par\pard 2{\*\shppict{\pict\pngblip 89504e47 0d0a1a0a00}}"
        r"{\nonshppict{\pict 00}}"
    )
    document = read_rtf(rtf(body))
    heading, line, picture = document.blocks
    assert (document.title, heading.heading, line.heading) == ("T", True, False)
    assert isinstance(picture, Picture)
    assert picture.body == b"\x89PNG\r\n\x1a\n\x00"


def row(*cells, edges, flags=None):
    marks = flags or [""] * len(cells)
    define = "".join(rf"{mark}\cellx{edge} " for mark, edge in zip(marks, edges, strict=True))
    return rf"\trowd {define}" + "".join(rf"\pard\intbl {coded(text)}\cell " for text in cells) + r"\row "


def test_a_table_has_the_columns_that_the_edges_of_its_cells_say():
    body = row("信息内容", "本年", edges=(2000, 6000)) + row("规章", "1", "2", edges=(2003, 4000, 6001)) + r"\pard x"
    assert grids(body) == [[
        ("信息内容", 0, 0, 1, 1), ("本年", 0, 1, 1, 2), ("规章", 1, 0, 1, 1), ("1", 1, 1, 1, 1), ("2", 1, 2, 1, 1)
    ]]


def test_merged_cells_are_one():
    body = (
        row("组", "甲", "藏", edges=(1000, 2000, 3000), flags=(r"\clvmgf", r"\clmgf", r"\clmrg"))
        + row("", "1", "2", edges=(1000, 2000, 3000), flags=(r"\clvmrg", "", ""))
    )
    assert grids(body) == [[("组", 0, 0, 2, 1), ("甲", 0, 1, 1, 2), ("1", 1, 1, 1, 1), ("2", 1, 2, 1, 1)]]


def test_a_table_inside_a_cell_is_a_table_of_its_own():
    def inner(label):
        return (
            rf"\pard\intbl\itap2 {coded(label)}\nestcell 4\nestcell"
            r"{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}"
        )
    body = r"\trowd\cellx4000\cellx8000 " + inner("规章") + inner("许可") + r"\pard\intbl x\cell y\cell\row\pard z"
    assert grids(body) == [[("规章", 0, 0, 1, 1), ("4", 0, 1, 1, 1), ("许可", 1, 0, 1, 1), ("4", 1, 1, 1, 1)]]
    assert texts(body) == ["x", "y", "z"]


def as_rtf(raw, form):
    """A report whose merged label cells are marked and whose columns are a thousand twips wide."""
    parts = []
    for cells in forms.all_spans(raw, form):
        lines = {}
        for r, c, height, width, text in cells:
            for i in range(height):
                mark = "" if height == 1 else r"\clvmrg" if i else r"\clvmgf"
                lines.setdefault(r + i, {})[c] = ("" if i else text, (c + width) * 1000, mark)
        ordered = ([cell for _, cell in sorted(line.items())] for _, line in sorted(lines.items()))
        parts.append("".join(
            row(*(text for text, _, _ in line), edges=[edge for _, edge, _ in line], flags=[mark for *_, mark in line])
            for line in ordered
        ))
    return rtf("".join(
        part if part.startswith(r"\trowd") else rf"\pard {coded(part)}\par " for part in forms.report(parts)
    ))


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_every_cell_of_a_report_keeps_its_value(form):
    raw = {key: ("", "0", "—", str(index * 37 % 1009))[index % 4] for index, key in enumerate(forms.keys(form))}
    document = read_rtf(as_rtf(raw, form))
    tables = read_tables(document, find_sections(document))
    assert {key: tables.cells[key] for key in raw} == {
        key: int(text) if text.isdecimal() else None for key, text in raw.items()
    }


def test_a_file_that_was_cut_off_says_so():
    document = read_rtf(rtf("1\\par 2")[:-1])
    assert "cut off" in document.warnings[0]


@pytest.mark.parametrize(("body", "reason"), [
    (b"no rtf", "is no RTF"), (rtf(""), "holds no text"), (b"{\\rtf1" + b"{" * 3000, "nested too deep"),
])
def test_what_cannot_be_read_says_why(body, reason):
    with pytest.raises(Unreadable, match=reason):
        read_rtf(body)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_torn_file_breaks_the_reader(data):
    whole = as_rtf(dict.fromkeys(forms.keys(), "1"), "2021")
    cut, length = data.draw(st.integers(6, len(whole))), data.draw(st.integers(0, 60))
    with contextlib.suppress(Unreadable):
        assert read_rtf(whole[:cut] + whole[cut + length:]).blocks
