"""Reports that went through a converter: each form of one report says the same."""

from archive.documents.model import Document, Grid, GridCell, Place
from archive.parse import parse
from archive.report import read_report
from tests import forms


def spread(cells, widths):
    """Cells over columns that a sheet cut into pieces: column i is `widths[i]` columns wide."""
    starts = [sum(widths[:index]) for index in range(len(widths) + 1)]
    return tuple(
        GridCell(text, row, starts[column], Place(f"row {row}"), height, starts[column + width] - starts[column])
        for row, column, height, width, text in cells
    )


def grid(rows):
    """A grid of (column, colspan, text) cells."""
    cells = [
        GridCell(text, row, column, Place(f"row {row + 1}"), 1, wide)
        for row, line in enumerate(rows) for column, wide, text in line
    ]
    return Grid(tuple(cells), Place("table 1"))


def read(*grids):
    return read_report(Document("application/pdf", "pdf", grids), sha256="0" * 64)


def test_values_under_heads_of_the_same_width_belong_to_them_however_uneven_the_columns_are():
    raw = dict.fromkeys(forms.keys(), "0")
    for number, name in enumerate(forms.BLOCKS, 1):
        raw |= {f"t4.{name}.upheld": str(number), f"t4.{name}.total": str(number)}
    cells = spread(forms.spans4(forms.matrix4(raw)), [1, 2, 1, 3, 2, 1, 2, 2, 1, 2, 2, 2, 2, 2, 1])
    report = read(Grid(cells, Place("sheet 1")))
    assert [report.cells[key] for key in raw if key.startswith("t4")] == [
        1, 0, 0, 0, 1, 2, 0, 0, 0, 2, 3, 0, 0, 0, 3,
    ]


def test_as_many_values_as_a_row_has_heads_belong_to_them_though_none_stands_right_below():
    report = read(grid([
        [(0, 1, "信息内容"), (1, 1, "上一年项目数量"), (2, 1, ""), (3, 1, "本年增/减")],
        [(0, 1, "行政事业性收费"), (1, 1, "3"), (2, 1, "-1"), (3, 1, "")],
    ]))
    assert report.cells["t2_2019.admin_fees.prev_year_items"] == 3
    assert report.cells["t2_2019.admin_fees.change"] == -1


def test_a_value_too_few_for_the_heads_stays_unread_where_it_stands_below_none():
    report = read(grid([
        [(0, 1, "信息内容"), (1, 1, "上一年项目数量"), (2, 1, ""), (3, 1, "本年增/减")],
        [(0, 1, "行政事业性收费"), (1, 1, ""), (2, 1, "-1"), (3, 1, "")],
    ]))
    assert report.cells["t2_2019.admin_fees.change"] is None


def test_radicals_that_a_font_put_for_characters_are_these_characters():
    lines = forms.as_lines(dict.fromkeys(forms.keys(), "0")).decode()
    written = lines.replace("人", "⼈").replace("民", "⺠").replace("金", "⾦").replace("工", "⼯")
    report = parse(written.encode())
    assert report.identity.title == "某县某镇人民政府2023年政府信息公开工作年度报告"
    assert not any(report.cells.values())


def test_a_value_behind_tabs_is_an_indented_line_and_no_row_of_its_own():
    raw = dict.fromkeys(forms.keys(), "0") | {
        "t2.regulations.issued": "1", "t2.regulations.repealed": "2", "t2.regulations.in_force": "3",
    }
    lines = forms.as_lines(raw).decode().replace("现行有效件数", "现行有效件\n数")
    indented = "\n\n\n".join(f"\t\t\t\t{line}" if line.isdigit() else line for line in lines.split("\n"))
    report = parse(indented.encode())
    assert [report.cells[f"t2.regulations.{name}"] for name in ("issued", "repealed", "in_force")] == [1, 2, 3]
