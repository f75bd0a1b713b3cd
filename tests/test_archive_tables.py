"""Cells come back as they were printed, whatever carried them; where a text does not say, they come back empty."""

import json
import os
import random
import re
from pathlib import Path

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents import read_document
from archive.report.form import form
from archive.report.numbers import read_number
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms, layouts

ROUNDS = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32)
CASES = Path(os.environ.get("NIANBAO_CASES", Path(__file__).parents[2] / "shared" / "cases"))


def read(body):
    document = read_document(body)
    return read_tables(document, find_sections(document))


def numbers(raw):
    return {key: read_number(text).value for key, text in raw.items()}


def form_filled(seed, form_of="2021", blanks=False):
    """A whole form: mostly zeros as in villages, totals that mostly add up, and some that do not."""
    dice = random.Random(seed)
    raw = {key: str(dice.choice([0, 0, 0, dice.randrange(13), dice.randrange(100_000)])) for key in forms.keys(form_of)}
    for row, _, _ in forms.rows(form_of):
        if dice.random() < 0.8:
            raw[f"t3.{row}.total"] = str(sum(int(raw[f"t3.{row}.{column}"]) for column in forms.PEOPLE[:6]))
    if form_of == "2021":
        raw["t2.admin_fees.amount_wan_yuan"] = dice.choice(["0", "190.457379", "12.5", "96171.6"])
    else:
        raw["t2_2019.licensing.change"] = dice.choice(["0", "-3", "+12", "7"])
    for key in dice.sample(sorted(raw), dice.randrange(31) if blanks else 0):
        raw[key] = ""
    return raw


def test_the_form_has_the_cells_of_both_generations():
    assert len(form().keys(("2021",))) == 200
    assert len(form().keys(("2019",))) == 198
    assert set(forms.keys("2021")) == set(form().keys(("2021",)))
    assert set(forms.keys("2019")) == set(form().keys(("2019",)))


@pytest.mark.parametrize("writer", [forms.as_html, forms.as_docx])
@pytest.mark.parametrize("form_of", ["2021", "2019"])
def test_cells_come_back_exactly_where_cells_are_kept_apart(writer, form_of):
    @ROUNDS
    @given(seeds)
    def comes_back(seed):
        raw = form_filled(seed, form_of, blanks=True)
        tables = read(writer(raw, form_of))
        assert tables.format == form_of
        assert tables.cells == numbers(raw)
        blank = {key for key, source in tables.sources.items() if source.state == "blank"}
        assert blank == {key for key in raw if not raw[key]}
    comes_back()


@pytest.mark.parametrize("writer", [forms.as_tabs, forms.as_markdown, forms.as_lines, forms.as_spaces])
@pytest.mark.parametrize("form_of", ["2021", "2019"])
def test_cells_come_back_exactly_from_text_that_lost_no_value(writer, form_of):
    @ROUNDS
    @given(seeds)
    def comes_back(seed):
        raw = form_filled(seed, form_of)
        tables = read(writer(raw, form_of))
        assert tables.format == form_of
        assert tables.cells == numbers(raw)
    comes_back()


@pytest.mark.parametrize("writer", [forms.as_tabs, forms.as_markdown])
@pytest.mark.parametrize("form_of", ["2021", "2019"])
def test_only_a_row_with_a_gap_may_stay_unread_where_rows_kept_their_cells(writer, form_of):
    @ROUNDS
    @given(seeds)
    def comes_back(seed):
        raw = form_filled(seed, form_of, blanks=True)
        wanted, cells = numbers(raw), read(writer(raw, form_of)).cells
        gaps = {key.rsplit(".", 1)[0] for key in raw if not raw[key]}
        assert {key: cells[key] for key in wanted if cells[key] not in (None, wanted[key])} == {}
        assert {key for key in wanted if cells[key] != wanted[key] and key.rsplit(".", 1)[0] not in gaps} == set()
    comes_back()


@pytest.mark.parametrize("writer", [forms.as_lines, forms.as_spaces])
@ROUNDS
@given(seed=seeds)
def test_a_lost_value_never_makes_another_one_wrong(writer, seed):
    raw = form_filled(seed, blanks=True)
    wanted, cells = numbers(raw), read(writer(raw)).cells
    assert {key: value for key, value in cells.items() if value not in (None, wanted[key])} == {}


def test_lines_that_were_cut_out_or_put_in_make_no_cell_wrong():
    wanted = numbers(form_filled(7))
    lines = [line for line in forms.as_lines(form_filled(7)).decode().split("\n") if line]
    for at in range(1, len(lines), 7):
        for put_in in ([], [lines[at], "3"], [lines[at], "- 3 -"]):
            cells = read("\n".join([*lines[:at], *put_in, *lines[at + 1:]]).encode()).cells
            assert {key: value for key, value in cells.items() if value not in (None, wanted[key])} == {}, at


BREAKS = {
    "no spans": lambda page: re.sub(r" (row|col)span='\d+'", "", page),
    "no rowspans": lambda page: re.sub(r" rowspan='\d+'", "", page),
    "an empty first column": lambda page: page.replace("<tr>", "<tr><td></td>"),
    "an empty last column": lambda page: page.replace("</tr>", "<td></td></tr>"),
    "every glyph in its own tag": lambda page: re.sub(r"([\u4e00-\u9fff])", r"<font>\1</font>", page),
    "a row a table": lambda page: page.replace("</tr><tr>", "</tr></table><table><tr>"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_table_with_broken_markup_is_read_right_or_not_at_all(name):
    for seed in range(6):
        raw = form_filled(seed, blanks=True)
        wanted, cells = numbers(raw), read(BREAKS[name](forms.as_html(raw).decode()).encode()).cells
        assert {key: cells[key] for key in wanted if cells.get(key) not in (None, wanted[key])} == {}
        if name != "a row a table":
            assert sum(cells[key] == wanted[key] for key in wanted) == 200


@pytest.mark.parametrize("name", layouts.LAYOUTS)
def test_the_layout_of_a_page_changes_no_cell(name):
    for seed, form_of in ((0, "2021"), (1, "2021"), (2, "2019")):
        raw = form_filled(seed, form_of, blanks=True)
        tables = read(layouts.LAYOUTS[name](forms.as_html(raw, form_of).decode()).encode())
        assert tables.format == form_of
        assert tables.cells == numbers(raw)


def test_blocks_of_table_2_side_by_side_are_read():
    raw = form_filled(2, blanks=True)
    page = layouts.only(1, layouts.blocks_side_by_side)(forms.as_html(raw).decode())
    assert read(page.encode()).cells == numbers(raw)


@pytest.mark.parametrize("config", ["s2t", "s2tw", "s2hk"])
def test_a_page_in_traditional_characters_gives_the_same_cells(config):
    raw = form_filled(3, blanks=True)
    tables = read(opencc.OpenCC(config).convert(forms.as_html(raw).decode()).encode())
    assert tables.cells == numbers(raw)


def test_outcomes_in_another_order_are_not_taken_for_those_of_the_form():
    raw = form_filled(4)
    page = forms.as_html(raw).decode()
    at = page.index("结果维持")
    swapped = page[at:].replace("结果维持", "@").replace("其他结果", "结果维持").replace("@", "其他结果")
    cells = read((page[:at] + swapped).encode()).cells
    assert {cells[key] for key in raw if key.startswith("t4.")} == {None}


def test_a_row_whose_cells_moved_is_not_read():
    page = forms.as_html(form_filled(3)).decode()
    row = re.search(r"<tr><td[^>]*><p><span>2.重复申请.*?</tr>", page).group()
    first = re.search(r"</td><td>", row).end() - 4
    tables = read(page.replace(row, row[:first] + "<td></td>" + row[first:]).encode())
    assert {tables.cells[f"t3.not_handled_repeat.{column}"] for column in forms.PEOPLE} == {None}


def test_a_head_whose_rows_changed_places_names_no_column():
    page = forms.as_html(form_filled(4)).decode()
    second, third = re.search(r"(<tr><td rowspan='2'><p><span>自然人.*?</tr>)(<tr>.*?</tr>)", page).groups()
    tables = read(page.replace(second + third, third + second).encode())
    assert {value for key, value in tables.cells.items() if key.startswith("t3.")} == {None}


def test_a_value_merged_over_columns_speaks_for_none_of_them():
    raw = form_filled(4)
    page = forms.as_html(raw).decode()
    row = re.search(r"<tr><td[^>]*><p><span>3.要求提供公开出版物.*?</tr>", page).group()
    label = row[:row.index("</td>") + 5]
    tables = read(page.replace(row, f"{label}<td colspan='7'>0</td></tr>").encode())
    assert {tables.cells[f"t3.not_handled_publication.{column}"] for column in forms.PEOPLE} == {None}


def test_a_row_that_stands_twice_with_two_values_is_not_believed():
    raw = form_filled(5)
    other = raw | {"t3.granted.natural_person": str(int(raw["t3.granted.natural_person"]) + 1)}
    page = forms.as_html(raw).decode()
    again = forms.html_table(forms.all_spans(other)[1])
    tables = read(page.replace("<p>四、政府", again + "<p>四、政府").encode())
    assert tables.cells["t3.granted.natural_person"] is None
    assert tables.cells["t3.granted.total"] == int(raw["t3.granted.total"])
    assert any("twice" in warning for warning in tables.warnings)


def test_every_cell_says_where_it_stands():
    tables = read(forms.as_html(form_filled(6)))
    assert tables.sources["t3.new_received.natural_person"].at == "table 2, row 4, column 4"
    assert tables.sources["t2.admin_fees.amount_wan_yuan"].unit == "万元"
    assert {source.method for source in tables.sources.values()} == {"html"}
    tables = read(forms.as_lines(form_filled(6)))
    assert tables.sources["t4.review.upheld"].at.startswith("line ")


def test_what_a_sum_forces_is_derived_and_not_read():
    raw = dict.fromkeys(forms.keys(), "0") | {"t3.granted.total": ""}
    tables = read(forms.as_html(raw))
    assert tables.cells["t3.granted.total"] is None
    assert tables.sources["t3.granted.total"].state == "blank"
    assert tables.derived == {"t3.granted.total": 0}


NUMBERS = [
    ("0", 0, "zero"), ("０", 0, "zero"), ("零", 0, "zero"), ("〇", 0, "zero"), ("0件", 0, "zero"), ("0.00", 0, "zero"),
    ("12", 12, "value"), ("１２", 12, "value"), ("1,234", 1234, "value"), ("1，234，567", 1234567, "value"),
    ("1 234", 1234, "value"), ("96171.6", 96171.6, "value"), ("251000元", 251000, "value"), ("18.3万元", 18.3, "value"),
    ("-3", -3, "value"), ("+12", 12, "value"), ("**27**", 27, "value"), ("3\u200b", 3, "value"),
    ("", None, "blank"), ("\u3000", None, "blank"), ("\xa0", None, "blank"), ("\u200b", None, "blank"),
    ("/", None, "dash"), ("／", None, "dash"), ("-", None, "dash"), ("—", None, "dash"), ("——", None, "dash"),
    ("无", None, "text"), ("O", None, "text"), ("00", None, "text"), ("1,23", None, "text"), ("1\n2", None, "text"),
    ("1 2", None, "text"), ("3①", 3, "value"), ("3¹", 3, "value"), ("①", None, "text"), ("3①5", None, "text"),
    ("2.50万元", 2.5, "value"), ("3（件）", 3, "value"), ("3(", None, "text"), ("無", None, "text"),
    ("○", None, "text"),
    ("∕", None, "dash"), ("\\", None, "dash"), ("－－", None, "dash"), ("╱", None, "dash"), ("0.0", 0, "zero"),
    ("3%", None, "text"), ("约5", None, "text"), ("2023年", None, "text"), ("一", None, "text"),
]


@pytest.mark.parametrize(("raw", "value", "state"), NUMBERS)
def test_a_cell_is_a_number_only_where_it_prints_one(raw, value, state):
    reading = read_number(raw)
    assert (reading.value, reading.state) == (value, state)
    assert type(reading.value) is type(value)


@given(st.integers(0, 10**9))
def test_a_number_survives_the_ways_it_is_written(number):
    wide = str(number).translate({ord("0") + i: ord("０") + i for i in range(10)})
    for written in (str(number), f"{number:,}", wide, f" {number}件 ", f"**{number}**"):
        assert read_number(written).value == number


PAGES = sorted(path.parent for path in (Path(__file__).parent / "pages").glob("*/expected.json"))


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_a_kept_page_gives_the_cells_beside_it(folder):
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    tables = read(next(folder.glob("body.*")).read_bytes())
    formats = ("2019", "2021") if expected.get("both") else (expected["format"],) if expected["format"] else ()
    assert tables.format == expected["format"]
    assert list(tables.cells) == [key for key in form().keys(formats) if key in tables.cells]
    assert {key: value for key, value in tables.cells.items() if value is not None} == expected["cells"]
    assert {key: tables.sources[key].state for key in expected.get("states", {})} == expected.get("states", {})
    assert {key: tables.sources[key].unit for key in expected.get("units", {})} == expected.get("units", {})
    assert {table: list(rows) for table, rows in tables.missing_rows.items()} == expected.get("missing_rows", {})
    assert tables.pictures == frozenset(expected.get("pictures", []))
    assert len(tables.local_extra) == expected.get("local_extra", 0)
    assert set(expected.get("derived", [])) <= set(tables.derived)
    assert any(not source.certain for source in tables.sources.values()) == expected.get("uncertain", False)


def known_cases():
    """The real documents that lie beside the checkout; none where they do not."""
    if not (CASES / "truth.json").exists():
        return {}
    return json.loads((CASES / "truth.json").read_text(encoding="utf-8"))


def case_body(name):
    folder = CASES if name.startswith("files/") else CASES.parent
    return (folder / name).read_bytes()


def test_real_documents_give_exactly_the_cells_that_were_read_by_eye():
    cases = known_cases()
    print(f"{len(cases)} real documents in {CASES}" if cases else f"no real documents in {CASES}: nothing compared")
    for name, truth in cases.items():
        cells = read(case_body(name)).cells
        skipped = set(truth.get("exclude_cells", ()))
        wrong = {k: (cells.get(k), v) for k, v in truth["cells"].items() if k not in skipped and cells.get(k) != v}
        assert wrong == {}, name


def test_halves_of_figures_broken_inside_their_cells_are_no_figures():
    """They add up as the figures do: 356 and 616 make 972, 20 and 46 make 66, and 35620 and 61646 make 97266."""
    def halved(label):
        return f"356 616 972\n{label} 0 0 0 0\n20 46 66"
    zeros = " ".join("0" * 7)
    lines = [f"{label} {zeros}" for _, _, label in forms.ROWS_2021]
    text = "\n".join(lines).replace(lines[0], halved(forms.ROWS_2021[0][2])).replace(
        lines[-2], halved(forms.ROWS_2021[-2][2]))
    report = read("\n".join(forms.report(("", text, ""))).encode())
    halves = [f"t3.{row}.{person}" for row in ("new_received", "total_handled") for person in forms.PEOPLE]
    assert {report.cells[key] for key in halves} == {None}
    assert report.cells["t3.granted.total"] == 0
