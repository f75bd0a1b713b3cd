"""Reports that went through a converter: each form of one report says the same."""

from archive.documents.model import Document, Grid, GridCell, Paragraph, Place
from archive.parse import parse
from archive.report import read_report
from archive.report.sections import find_sections
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


def zeros(**cells):
    """A report of zeros but for these cells of the row 部分公开, and the totals that follow from them."""
    raw = dict.fromkeys(forms.keys(), "0")
    for key in ("new_received", "partial", "total_handled"):
        raw |= {f"t3.{key}.{column}": value for column, value in cells.items()}
    return raw


def halved(raw, above, below):
    """The report as lines, the row 部分公开 torn into two of them."""
    text = forms.as_spaces(raw).decode()
    values = " ".join(raw[f"t3.partial.{column}"] for column in forms.PEOPLE)
    start = text.index("（二）部分公开（区分处理的")
    end = text.index(values, start) + len(values)
    torn = f"（二）部分公开（区分处理的 {above}\n只计这一情形，不计其他情形）{below}"
    return (text[:start] + torn + text[end:]).encode()


def partial(report):
    return [report.cells[f"t3.partial.{column}"] for column in forms.PEOPLE]


def test_a_total_that_stands_a_line_above_its_row_is_told_by_the_sum():
    raw = zeros(natural_person="319", business="7", total="326")
    assert partial(parse(halved(raw, "326", " 319 7 0 0 0 0"))) == [319, 7, 0, 0, 0, 0, 326]


def test_a_first_value_that_stands_a_line_above_its_row_is_told_by_the_sum():
    raw = zeros(natural_person="319", business="7", total="326")
    assert partial(parse(halved(raw, "319", " 7 0 0 0 0 326"))) == [319, 7, 0, 0, 0, 0, 326]


def test_a_value_a_line_above_that_may_be_the_first_or_the_last_is_neither():
    raw = zeros(natural_person="5", total="5")
    assert partial(parse(halved(raw, "5", " 0 0 0 0 0 5")))[0] is None


def test_values_in_lines_below_a_head_of_several_columns_a_line_may_have_changed_places():
    raw = dict.fromkeys(forms.keys("2019"), "0") | {
        "t2_2019.penalty.prev_year_items": "7", "t2_2019.penalty.change": "1", "t2_2019.penalty.decisions": "9",
    }
    head = "信息内容\n\n上一年项目数量\n\n本年增/减\n\n处理决定数量"
    lines = forms.as_lines(raw, "2019").decode()
    assert parse(lines.encode()).cells["t2_2019.penalty.change"] == 1
    assert head in lines
    mixed = parse(lines.replace(head, "信息内容\n\n上一年项目数量 本年增/减\n\n处理决定数量").encode())
    assert mixed.cells["t2_2019.penalty.change"] is None
    assert mixed.cells["t2_2019.coercion.change"] == 0


def piped(lines, before="| ", after=" |", stripped=False):
    """A report of rows with pipes from lists of cells, which stand for table 3."""
    rows = [before + " | ".join(cells) + after for cells in lines]
    rows = [row.rstrip("| ") for row in rows] if stripped else rows
    text = "\n".join([*forms.HEADINGS[:3], *rows, *forms.HEADINGS[3:]])
    return parse(text.encode())


UNEVEN = [
    ["申请人情况", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"],
    ["一、本年新收政府信息公开申请数量", "", "", "8", "4", "", "", "2", "1", "15"],
    ["三、本年度办理结果", "（一）予以公开", "", "5", "2", "", "", "1", "1", ""],
    ["（二）部分公开", "", "3", "", "", "", "", "", ""],
    ["（七）总计", "", "8", "2", "", "", "1", "1", "12"],
]


def test_rows_of_several_lengths_that_end_with_their_total_end_with_it_where_it_is_blank_too():
    report = piped(UNEVEN)
    assert [report.cells[f"t3.granted.{column}"] for column in forms.PEOPLE] == [5, 2, None, None, 1, 1, None]
    assert partial(report) == [3, None, None, None, None, None, None]


def test_of_a_row_whose_last_cells_were_stripped_only_what_both_ways_to_lay_it_say_counts():
    report = piped(UNEVEN, stripped=True)
    assert report.cells["t3.new_received.natural_person"] == 8
    assert [report.cells[f"t3.granted.{column}"] for column in forms.PEOPLE] == [None] * 5 + [1, None]


def test_a_pipe_at_the_edge_of_a_table_without_frame_stands_beside_an_empty_cell():
    raw = dict.fromkeys(forms.keys(), "0") | {"t4.review.upheld": "", "t4.review.total": "3", "t4.review.other": "3"}
    rows = [line.strip("|").strip(" ") for line in forms.as_markdown(raw).decode().split("\n")]
    report = parse("\n".join(rows).encode())
    assert [report.cells[f"t4.review.{column}"] for column in forms.OUTCOMES] == [None, 0, 3, 0, 3]


def test_a_value_of_a_merged_cell_that_is_written_over_all_its_columns_is_one_value():
    raw = dict.fromkeys(forms.keys(), "0") | {"t2.licensing.decisions": "7"}
    text = forms.as_markdown(raw).decode()
    once, often = "| 行政许可 | 7 |  |  |", "| 行政许可 | 7 | 7 | 7 |"
    head = "| 信息内容 | 本年处理决定数量 |  |  |"
    assert once in text
    assert head in text
    written = text.replace(once, often).replace(head, "| 信息内容" + " | 本年处理决定数量" * 3 + " |")
    assert parse(written.encode()).cells["t2.licensing.decisions"] == 7


def test_lines_that_the_page_of_an_ofd_broke_are_one_paragraph_again():
    sentence = "全年主动公开政府信息共三类：" + "；".join(f"第{n}类信息公开目录之下的内容计{n}条" for n in range(1, 40))
    lines = [sentence[start:start + 40] for start in range(0, len(sentence), 40)]
    paragraphs = [forms.HEADINGS[0], *lines, *forms.HEADINGS[1:]]
    for method in ("ofd", "pdf"):
        document = Document("application/ofd", method, tuple(
            Paragraph(text, Place(page=1, box=(0.0, 10.0 * at, 500.0, 10.0 * at + 8.0)))
            for at, text in enumerate(paragraphs)
        ))
        first = next(section for section in find_sections(document) if section.key == "s1")
        assert first.text == sentence


def test_empty_cells_behind_the_head_of_table_3_are_no_columns():
    raw = zeros(natural_person="319", business="7", total="326")
    second, third, fourth = (forms.html_table(cells) for cells in forms.all_spans(raw))
    rows = third.split("</tr>")
    wide = "</tr>".join(row + "<td></td>" * (2 < at < len(rows) - 1) for at, row in enumerate(rows))
    page = "".join(["<meta charset='utf-8'>", second, wide, fourth])
    assert partial(parse(page.encode())) == [319, 7, 0, 0, 0, 0, 326]


def test_a_unit_behind_its_number_or_in_the_line_below_belongs_to_it():
    raw = zeros(natural_person="319", business="7", total="326")
    lines = forms.as_lines(raw).decode().split("\n")
    below = "\n".join(f"{line}\n件" if line.isdigit() else line for line in lines)
    assert partial(parse(below.encode())) == [319, 7, 0, 0, 0, 0, 326]
    lines = forms.as_spaces(raw).decode().split("\n")
    behind = "\n".join(f"{line} 件" if line[-1:].isdigit() else line for line in lines)
    assert parse(behind.encode()).cells["t2.licensing.decisions"] == 0


def test_a_report_in_a_single_line_has_its_headings_and_cells_in_lines_again():
    raw = zeros(natural_person="319", business="7", total="326")
    report = parse(" ".join(forms.as_lines(raw).decode().split()).encode())
    assert report.identity.title == "某县某镇人民政府2023年政府信息公开工作年度报告"
    assert all(report.sections[f"s{number}"] for number in range(1, 7))
    assert {key: value for key, value in report.cells.items() if value} == {
        f"t3.{row}.{column}": value for row in ("new_received", "partial", "total_handled")
        for column, value in (("natural_person", 319), ("business", 7), ("total", 326))
    }
