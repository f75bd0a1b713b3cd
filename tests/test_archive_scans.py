"""Pictures and scanned pages: what is printed comes out, and what is doubtful says so."""

import io
import socket

import forms
import numpy as np
import pytest
import scanning
from PIL import Image, ImageDraw, ImageFont

from archive.documents import recognisers, scan
from archive.documents.alike import first_alike
from archive.documents.image_files import images, seen
from archive.documents.image_grid import cells as tables
from archive.documents.image_lines import rulings
from archive.documents.inks import without_seals
from archive.documents.model import Document, Grid, Paragraph
from archive.errors import Unreadable
from archive.report import read_report

SONG = ImageFont.truetype("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 30)


@pytest.fixture(scope="module")
def raw():
    """Cells of a small township: noughts mostly, and sums that hold."""
    cells = dict.fromkeys(forms.keys(), 0)
    answered = (("granted", "natural_person", 7), ("partial", "business", 12), ("other_other", "research", 3))
    for row, person, count in answered:
        for key in (row, "total_handled", "new_received"):
            cells[f"t3.{key}.{person}"] = count
            cells[f"t3.{key}.total"] += count
    cells |= {"t4.review.upheld": 1, "t4.review.total": 1, "t2.regulations.issued": 15, "t2.penalty.decisions": 1204}
    return {key: str(value) for key, value in cells.items()} | {"t2.admin_fees.amount_wan_yuan": "36.4"}


@pytest.fixture(scope="module")
def pages(raw):
    return scanning.rendered(forms.as_pdf(raw), 200)


def read(images):
    blocks = [block for number, image in enumerate(images, 1)
              for block in scan.read_page(image, page=number, points_per_pixel=72 / 200)]
    return Document("application/pdf", "ocr", tuple(blocks))


def grids(blocks):
    return [block for block in blocks if isinstance(block, Grid)]


def wrong(document, raw):
    """The cells that a report says otherwise than they were printed; not those it leaves open."""
    cells = read_report(document, sha256="").cells
    return {key: cells[key] for key, text in raw.items() if cells[key] is not None and cells[key] != float(text)}


def missing(document, raw):
    cells = read_report(document, sha256="").cells
    return [key for key in raw if cells.get(key) is None]


def table(rows, size=(900, 60)):
    """A ruled picture of a table of short texts."""
    wide, tall = size[0] // len(rows[0]), size[1]
    image = Image.new("RGB", (size[0] + 40, tall * len(rows) + 40), "white")
    draw = ImageDraw.Draw(image)
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            box = (20 + c * wide, 20 + r * tall, 20 + (c + 1) * wide, 20 + (r + 1) * tall)
            draw.rectangle(box, outline="black", width=2)
            draw.text((box[0] + wide // 2, box[1] + tall // 2), words, "black", anchor="mm", font=SONG)
    return image


def texts(image):
    (grid,) = grids(scan.read_picture(scanning.as_image(image)))
    return [[cell.text for cell in grid.cells if cell.row == row] for row in sorted({cell.row for cell in grid.cells})]


@pytest.mark.slow
def test_a_clean_scan_gives_every_cell(raw, pages):
    document = read([scanning.worn(page, **scanning.CLEAN) for page in pages])
    assert wrong(document, raw) == {}
    assert missing(document, raw) == []


@pytest.mark.slow
def test_a_worn_page_of_low_resolution_gives_no_wrong_cell_and_nearly_all(raw):
    images = [scanning.worn(page, seed=3, **scanning.WORN) for page in scanning.rendered(forms.as_pdf(raw), 150)]
    document = read(images)
    assert wrong(document, raw) == {}
    assert len(missing(document, raw)) <= 4


@pytest.mark.slow
def test_a_photographed_page_is_squared_first(raw, pages):
    photo = scanning.worn(pages[1], seed=4, perspective=0.06, shading=40, noise=4, quality=70)
    assert len(grids(read([photo]).blocks)[0].cells) > 150


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_turned(turned):
    rows = [["行政处罚决定数量合计", str(number)] for number in (12, 0, 345, 7, 18)]
    assert texts(table(rows).rotate(turned, expand=True)) == rows


def test_figures_marks_and_blank_cells_are_told_apart():
    assert texts(table([["0", "", "17"], ["-", "2.5", "1306"], ["", "8", "/"]])) == [
        ["0", "", "17"], ["-", "2.5", "1306"], ["", "8", "/"],
    ]


def test_a_mark_is_never_made_a_digit():
    (grid,) = grids(scan.read_picture(scanning.as_image(table([["/", "-"], ["/", "-"]]))))
    assert not any(char.isdigit() for cell in grid.cells for char in cell.text + "".join(cell.readings))


def test_boxes_are_those_of_the_picture_as_it_was_handed_in():
    image = table([["11", "22"], ["33", "44"]])
    skewed = image.rotate(3, expand=True, fillcolor="white")
    (grid,) = grids(scan.read_picture(scanning.as_image(skewed), part="image1.png"))
    cell = next(cell for cell in grid.cells if cell.text == "44")
    left, top, right, bottom = cell.place.box
    assert cell.place.part == "image1.png"
    assert left < 0.73 * skewed.width < right
    assert top < 0.68 * skewed.height < bottom


def test_a_box_of_a_page_is_in_points():
    (grid,) = grids(scan.read_page(table([["11", "22"], ["33", "44"]]), page=3, points_per_pixel=0.5))
    assert grid.place.page == 3
    assert grid.place.box == pytest.approx((10, 10, 460, 70), abs=3)


def test_a_seal_over_a_table_changes_no_figure():
    rows = [[str(10 * r + c) for c in range(6)] for r in range(5)]
    assert texts(scanning.stamped(table(rows), (450, 170), 110)) == rows


def test_red_figures_are_no_seal():
    pixels = np.asarray(table([["12", "34"], ["56", "78"]])).copy()
    pixels[pixels[:, :, 0] < 128] = (220, 20, 20)
    assert texts(Image.fromarray(pixels)) == [["12", "34"], ["56", "78"]]


def test_ink_under_a_seal_stays():
    page = table([["12", "34"], ["56", "78"]], size=(900, 90))
    grey = without_seals(np.asarray(scanning.stamped(page, (470, 110), 80)))
    assert abs(int((grey < 100).sum()) - int((np.asarray(page.convert("L")) < 100).sum())) < 200


def test_a_frame_around_one_column_is_no_table():
    assert tables(rulings((np.asarray(table([["1"], ["2"]]).convert("L")) < 128).astype(np.uint8))) == []


def test_light_writing_on_a_dark_fill_is_seen_and_costs_no_other_cell():
    image = table([["行政处罚", "行政强制"], ["33", "44"]])
    pixels = np.asarray(image).copy()
    pixels[22:78, 22:468] = 255 - pixels[22:78, 22:468] // 4 * 3 - 64 + np.array([0, 40, 60], np.uint8)
    (first, second), below = texts(Image.fromarray(pixels))
    assert "行政处罚" in first
    assert (second, below) == ("行政强制", ["33", "44"])


def test_borders_drawn_twice_are_one():
    rows = [["11", "22", "33"], ["44", "55", "66"], ["7", "8", "9"]]
    image = table(rows, size=(900, 50))
    draw = ImageDraw.Draw(image)
    for r in range(3):
        for c in range(3):
            draw.rectangle((26 + 300 * c, 26 + 50 * r, 314 + 300 * c, 64 + 50 * r), outline="black", width=2)
    assert texts(image) == rows


def test_a_broken_ruling_still_parts_two_cells():
    image = table([["11", "22"], ["33", "44"]])
    draw = ImageDraw.Draw(image)
    for x in range(40, 900, 90):
        draw.rectangle((x, 76, x + 12, 84), fill="white")
    assert texts(image) == [["11", "22"], ["33", "44"]]


def test_where_readers_differ_both_readings_are_kept(monkeypatch):
    monkeypatch.setattr("archive.documents.figures.second_reading", lambda strips, _: ["99"] * len(strips))
    (grid,) = grids(scan.read_picture(scanning.as_image(table([["11", "22"], ["33", "44"]]))))
    assert [cell.readings for cell in grid.cells] == [("11", "99"), ("22", "99"), ("33", "99"), ("44", "99")]
    assert [cell.text for cell in grid.cells] == ["11", "22", "33", "44"]


def test_one_reader_alone_decides_nothing(monkeypatch):
    monkeypatch.setattr(recognisers.shutil, "which", lambda name: None)
    (grid,) = grids(scan.read_picture(scanning.as_image(table([["11", "22"], ["33", ""]]))))
    assert scan.readers() == ("rapidocr",)
    assert [(cell.text, cell.readings) for cell in grid.cells] == [
        ("11", ("11",)), ("22", ("22",)), ("33", ("33",)), ("", ()),
    ]


def test_no_network_is_needed(monkeypatch):
    def refused(*_):
        raise AssertionError("a reader asked for the network")
    monkeypatch.setattr(socket.socket, "connect", refused)
    recognisers.recogniser.cache_clear()
    assert texts(table([["11", "22"], ["33", "44"]])) == [["11", "22"], ["33", "44"]]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("JPEG", "L"), ("GIF", "P"),
     ("BMP", "RGB"), ("TIFF", "1"), ("WEBP", "RGB")],
)
def test_every_kind_of_image_is_seen_alike(kind, mode):
    image = table([["11", "22"], ["33", "44"]])
    deep = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 256)
    made = deep if mode == "I;16" else image.convert(mode)
    ((_, shown),) = images(scanning.as_image(made, kind))
    assert shown.mode == "RGB"
    assert np.abs(np.asarray(shown.convert("L")).astype(int) - np.asarray(image.convert("L"))).mean() < 5


def test_a_picture_without_ground_is_seen_on_white():
    clear = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    assert seen(clear).getpixel((5, 5)) == (255, 255, 255)


def test_a_camera_says_how_a_picture_is_held():
    image = table([["11", "22"], ["33", "44"]])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = scanning.as_image(image.rotate(90, expand=True), "JPEG", exif=exif)
    (grid,) = grids(scan.read_picture(turned))
    assert [cell.text for cell in grid.cells] == ["11", "22", "33", "44"]


def test_the_pages_of_a_tiff_are_numbered():
    out = io.BytesIO()
    image = table([["11", "22"], ["33", "44"]])
    image.save(out, "TIFF", save_all=True, append_images=[image])
    assert [grid.place.page for grid in grids(scan.read_picture(out.getvalue()))] == [1, 2]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no image", "no image"),
        (scanning.as_image(Image.new("RGB", (90, 30))), "too small to hold a report"),
        (scanning.as_image(Image.new("1", (9000, 9000))), "more than 60 million pixels"),
        (scanning.as_image(Image.new("RGB", (400, 400)), "JPEG")[:200], "broken|no image"),
    ],
)
def test_what_holds_no_report_says_why(body, reason):
    with pytest.raises(Unreadable, match=reason):
        scan.read_picture(body)


def test_an_empty_page_holds_nothing():
    assert scan.read_page(Image.new("RGB", (1240, 1754), "white"), page=1, points_per_pixel=0.48) == ()


def test_headings_stand_by_themselves_and_lines_of_one_paragraph_together():
    image = Image.new("RGB", (1100, 500), "white")
    lines = [
        "一、总体情况", "　　2024年，我镇认真贯彻落实政府信息公开条例的各项规定和",
        "上级的工作要求，全年公开信息一百条。", "二、主动公开政府信息情况",
    ]
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((100, 60 + 60 * number), line, "black", font=SONG)
    found = [block.text for block in scan.read_picture(scanning.as_image(image)) if isinstance(block, Paragraph)]
    assert found == [lines[0], lines[1].strip() + lines[2], lines[3]]


def test_a_ruling_squeezed_between_writing_still_parts_two_cells():
    image = table([["", "", "", ""], ["", "", "", ""]], size=(1200, 50))
    draw = ImageDraw.Draw(image)
    for x in (612, 628):
        for top in (20, 70):
            draw.line((x, top + 14, x, top + 36), "black", width=3)
    found = tables(rulings((np.asarray(image.convert("L")) < 128).astype(np.uint8)))
    assert [(box.row, box.column) for boxes in found for box in boxes] == [(r, c) for r in range(2) for c in range(4)]


def strip(words, at=(0.0, 0.0), noise=0):
    """A strip of a cell as it is cut from a page: a figure, a bit off its place, on noisy paper."""
    image = Image.new("L", (160, 240), "white")
    ImageDraw.Draw(image).text((80 + 8 * at[0], 120 + 8 * at[1]), words, "black", anchor="mm", font=SONG.font_variant(
        size=160))
    small = np.asarray(image.resize((20, 30), Image.Resampling.BOX)).astype(float)
    return np.clip(small + np.random.default_rng(5).normal(0, noise, small.shape), 0, 255).astype(np.uint8)


def test_one_figure_printed_often_is_read_once():
    strips = [strip("0"), strip("0", (0.4, 0.3), 8), strip("3"), strip("0", (-0.3, 0.5), 8), strip("3", (0.5, 0.0))]
    assert first_alike(strips) == [0, 0, 2, 0, 2]


def test_no_two_figures_look_alike():
    strips = [strip(figure) for figure in "0123456789-/"]
    assert first_alike(strips) == list(range(len(strips)))


def test_a_table_without_rulings_has_its_columns():
    image = Image.new("RGB", (1240, 420), "white")
    draw = ImageDraw.Draw(image)
    rows = [["信息内容", "本年制发件数", "本年废止件数"], ["规章", "0", "12"], ["行政规范性文件", "3", "0"]]
    for r, row in enumerate(rows):
        for x, words in zip((200, 640, 980), row, strict=True):
            draw.text((x, 80 + 80 * r), words, "black", anchor="mm", font=SONG)
    draw.text((80, 340), "三、收到和处理政府信息公开申请情况", "black", font=SONG)
    (grid, paragraph) = scan.read_picture(scanning.as_image(image))
    assert [[cell.text for cell in grid.cells if cell.row == row] for row in range(3)] == rows
    assert paragraph.text == "三、收到和处理政府信息公开申请情况"
    left, top, right, bottom = grid.cells[-1].place.box
    assert left < 980 < right
    assert top < 240 < bottom
