"""Cells of pictures: agreed ones count, disputed ones only where the printed sums decide, and none comes out wrong."""

import random
from dataclasses import replace

import pytest

from archive.documents.model import Document, Grid, GridCell, Paragraph, Place
from archive.report.form import form
from archive.report.labels import nearest
from archive.report.numbers import is_value
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import forms


def filled(seed, form_of="2021"):
    """A form whose sums all hold, mostly zeros."""
    dice = random.Random(seed)
    raw = dict.fromkeys(forms.keys(form_of), 0)
    outcomes = [row for row, _, _ in forms.rows(form_of) if row not in (
        "new_received", "carried_in", "total_handled", "carried_out")]
    for column in forms.PEOPLE[:6]:
        for _ in range(dice.choice([0, 0, 1, 3])):
            raw[f"t3.{dice.choice(outcomes)}.{column}"] += dice.randrange(1, 9)
        raw[f"t3.carried_out.{column}"], raw[f"t3.carried_in.{column}"] = dice.choice([(0, 0), (1, 1), (2, 1)])
        raw[f"t3.total_handled.{column}"] = sum(raw[f"t3.{row}.{column}"] for row in outcomes)
        raw[f"t3.new_received.{column}"] = (
            raw[f"t3.total_handled.{column}"] + raw[f"t3.carried_out.{column}"] - raw[f"t3.carried_in.{column}"]
        )
    for row, _, _ in forms.rows(form_of):
        raw[f"t3.{row}.total"] = sum(raw[f"t3.{row}.{column}"] for column in forms.PEOPLE[:6])
    for block in forms.BLOCKS:
        raw |= {f"t4.{block}.{column}": dice.choice([0, 0, 0, 2]) for column in forms.OUTCOMES[:4]}
        raw[f"t4.{block}.total"] = sum(raw[f"t4.{block}.{column}"] for column in forms.OUTCOMES[:4])
    return {key: str(value) for key, value in raw.items()}


def scanned(raw, form_of="2021", changed=None, labels=None):
    """The document that a scan of the form gives. `changed` replaces the nth value cell of a table, `labels` words."""
    blocks = [Paragraph("二、主动公开政府信息情况", Place(page=1))]
    for number, cells in enumerate(forms.all_spans(raw, form_of), 2):
        count, grid = 0, []
        for row, column, height, width, text in cells:
            place = Place(page=1, box=(column * 9.0, row * 9.0, column * 9 + 9.0, row * 9 + 9.0), part="scan.png")
            cell = GridCell((labels or {}).get(text, text), row, column, place, height, width, confidence=0.97)
            if is_value(text) or not text:
                cell = replace(cell, **(changed or {}).get((f"t{number}", count), {}))
                count += 1
            grid.append(cell)
        blocks += [Paragraph(forms.HEADINGS[number - 1], Place(page=1)), Grid(tuple(grid), Place(page=1))]
    return Document("image/png", "ocr", tuple(blocks))


def read(document):
    return read_tables(document, find_sections(document))


def numbers(raw):
    return {key: int(value) for key, value in raw.items()}


def at(key, form_of="2021"):
    """The place of a cell among the value cells of its table."""
    keys = [name for name in forms.keys(form_of) if name.startswith(key.split(".")[0] + ".")]
    return key.split(".")[0], keys.index(key)


@pytest.mark.parametrize("form_of", ["2021", "2019"])
def test_a_scan_whose_readers_agree_is_read_whole(form_of):
    raw = filled(1, form_of)
    tables = read(scanned(raw, form_of))
    assert tables.cells == numbers(raw)
    source = tables.sources["t3.granted.total"]
    assert (source.method, source.part, source.page, source.confidence, source.certain) == (
        "ocr", "scan.png", 1, 0.97, True)


def test_the_sums_decide_between_two_readers():
    for seed in range(12):
        dice, raw = random.Random(seed), filled(seed)
        keys = [key for key in raw if not key.startswith("t2.")]
        changed = {}
        for key in dice.sample(keys, 6):
            wrong = str(int(raw[key]) + dice.choice([1, 6, 8, 70]))
            readings = (raw[key], wrong) if dice.random() < 0.5 else (wrong, raw[key])
            changed[at(key)] = {"text": readings[0], "readings": readings}
        tables = read(scanned(raw, changed=changed))
        wrong = {key: value for key, value in tables.cells.items() if value not in (None, int(raw[key]))}
        assert wrong == {}
        assert sum(value is None for value in tables.cells.values()) <= 2


def test_a_disputed_cell_that_the_sums_confirm_stays_uncertain():
    raw = filled(3)
    tables = read(scanned(raw, changed={at("t3.granted.business"): {"readings": (raw["t3.granted.business"], "8")}}))
    source = tables.sources["t3.granted.business"]
    assert tables.cells["t3.granted.business"] == int(raw["t3.granted.business"])
    assert (source.raw, source.certain, source.confidence) == (f"{raw['t3.granted.business']} | 8", False, 0.8)


def test_a_disputed_cell_that_no_sum_covers_is_not_read():
    raw = filled(3)
    tables = read(scanned(raw, changed={at("t2.licensing.decisions"): {"text": "3", "readings": ("3", "8")}}))
    assert tables.cells["t2.licensing.decisions"] is None
    assert tables.sources["t2.licensing.decisions"].raw == "3 | 8"
    assert any("in two ways" in warning for warning in tables.warnings)


def test_a_zero_and_a_blank_add_up_alike_and_stay_open():
    raw = filled(3) | {"t3.partial.research": "0"}
    tables = read(scanned(raw, changed={at("t3.partial.research"): {"text": "0", "readings": ("0", "")}}))
    assert tables.cells["t3.partial.research"] is None


def test_two_readings_between_which_both_sums_fail_decide_nothing():
    raw = filled(4)
    tables = read(scanned(raw, changed={at("t3.granted.research"): {"text": "70", "readings": ("70", "90")}}))
    assert tables.cells["t3.granted.research"] is None


def test_an_agreed_cell_at_the_crossing_of_two_failing_sums_is_given_up():
    for key in ("t3.granted.business", "t3.new_received.research", "t3.total_handled.total", "t3.carried_out.total"):
        raw = filled(5)
        tables = read(scanned(raw, changed={at(key): {"text": str(int(raw[key]) + 3)}}))
        assert tables.cells[key] is None
        assert tables.sources[key].raw == str(int(raw[key]) + 3)
        assert tables.derived[key] == int(raw[key])
        assert {k: v for k, v in tables.cells.items() if k != key} == {
            k: v for k, v in numbers(raw).items() if k != key}


def test_a_sum_that_the_publisher_got_wrong_takes_no_cell_away():
    raw = filled(6)
    for column in ("business", "total"):
        raw[f"t3.carried_in.{column}"] = str(int(raw[f"t3.carried_in.{column}"]) + 1)
    assert read(scanned(raw)).cells == numbers(raw)


def test_where_only_one_reader_is_at_hand_the_sums_confirm_what_they_can():
    raw = filled(7)
    document = scanned(raw)
    blocks = [
        replace(b, cells=tuple(replace(c, readings=(c.text,)) if is_value(c.text) else c for c in b.cells))
        if isinstance(b, Grid) else b for b in document.blocks
    ]
    cells = read(replace(document, blocks=tuple(blocks))).cells
    assert {key for key, value in cells.items() if value is None} == {key for key in raw if key.startswith("t2.")}
    assert all(cells[key] == int(value) for key, value in raw.items() if not key.startswith("t2."))


MISREAD = [
    ("1.属于国家秘蜜", "1属于国家秘密"), ("结果维恃", "结果维持"), ("自燃人", "自然人"), ("行政许司", "行政许可"),
    ("行政处罚", None), ("结果", None), ("规意", None), ("乡镇简介", None),
]


@pytest.mark.parametrize(("text", "label"), MISREAD)
def test_a_label_with_a_wrong_sign_is_put_right_where_only_one_is_near(text, label):
    assert nearest(text) == label


def test_labels_of_a_scan_with_a_wrong_sign_name_their_rows():
    raw = filled(8)
    labels = {
        "3.危及“三安全一稳定”": "3.危及“三安全一德定", "4.保护第三方合法权益": "4.保护第三方台法权益",
        "结果纠正": "结果纠止", "商业企业": "商业业", "本年废止件数": "本年废正件数", "行政强制": "行政强刑",
        "信息内容": "倍息内容",
    }
    assert read(scanned(raw, labels=labels)).cells == numbers(raw)


def test_a_label_that_cannot_be_read_is_known_by_its_neighbours():
    raw = filled(9)
    labels = {"3.其他": "3.其也", "（七）总计": "七忘汁", "规章": "规意", "（一）予以公开": "一子以八开"}
    tables = read(scanned(raw, labels=labels))
    assert {key: value for key, value in tables.cells.items() if value not in (None, int(raw[key]))} == {}
    assert tables.cells["t3.other_other.total"] == int(raw["t3.other_other.total"])
    assert tables.cells["t3.granted.total"] == int(raw["t3.granted.total"])
    assert not tables.sources["t3.granted.total"].certain


def test_every_cell_of_the_form_is_there_even_where_nothing_is_read():
    assert set(read(scanned(dict.fromkeys(forms.keys(), ""))).cells) == set(form().keys(("2021",)))
