"""PDF: the same cells come out however the tables are drawn, and nothing that nobody sees."""

import io
import time

import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.pdf import MAX_PAGES, read_pdf
from archive.documents.ruling import Line, joined, tables
from archive.documents.second import second_read_pdf
from archive.errors import Unreadable
from archive.report.sections import find_sections
from archive.report.tables import read_tables
from tests import printing

FONT = "STSong-Light"
LINES = "本机关主动公开政府信息的情况如下所列"


def drawn(draw, **options):
    """One page that `draw(canvas)` fills."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, **options)
    canvas.setFont(FONT, 12)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def texts(body):
    return [block.text for block in read_pdf(body).blocks if isinstance(block, Paragraph)]


def grids(document):
    return [block for block in document.blocks if isinstance(block, Grid)]


def cells(document, raw):
    found = read_tables(document, find_sections(document)).cells
    return {key: found.get(key) for key in raw}


def picture(words=("",), size=(800, 400)):
    image = Image.new("RGB", size, "white")
    for index, word in enumerate(words):
        ImageDraw.Draw(image).text((40, 40 + 60 * index), word, fill="black")
    return image


@pytest.mark.parametrize("form", ["2021", "2019"])
@pytest.mark.parametrize("rules", ["all", "none", "level", "three", "zebra", "dashed", "upright", "frame"])
def test_every_cell_comes_out_however_the_table_is_ruled(rules, form):
    raw = printing.figures(3, form)
    body = printing.reportlab(raw, form, rules, size=8, align=1, space=120)
    assert cells(read_pdf(body), raw) == printing.expected(raw)


@pytest.mark.parametrize("space", range(0, 680, 97))
def test_a_page_break_changes_no_cell_of_a_table_without_rulings(space):
    raw = printing.figures(space, blanks=20)
    found = cells(read_pdf(printing.reportlab(raw, rules="none", space=space, footer="— {page} —")), raw)
    expected = printing.expected(raw)
    assert {key: value for key, value in found.items() if value not in (None, expected[key])} == {}
    lost = [key for key, value in expected.items() if value is not None and found[key] is None]
    assert len(lost) <= 1


@pytest.mark.parametrize("valign", ["TOP", "MIDDLE", "BOTTOM"])
def test_labels_of_several_lines_keep_the_values_beside_them(valign):
    raw = printing.figures(8)
    assert cells(read_pdf(printing.reportlab(raw, rules="none", size=9, valign=valign)), raw) == printing.expected(raw)


def test_a_blank_cell_stays_blank_where_no_ruling_says_so():
    raw = printing.figures(2, blanks=30)
    document = read_pdf(printing.reportlab(raw, rules="level", size=8))
    assert cells(document, raw) == printing.expected(raw)


@pytest.mark.slow
@pytest.mark.parametrize("style", [
    ".t{border-collapse:collapse}.t td{border:1px dotted #000;padding:3px}",
    ".t{border-collapse:collapse}.t td{padding:4px;text-align:center}",
])
def test_what_the_browser_prints_reads_the_same(style):
    raw = printing.figures(4)
    assert cells(read_pdf(printing.chromium(printing.page(raw, style=style))), raw) == printing.expected(raw)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read_upright_and_placed_as_it_is_looked_at(degrees):
    raw = printing.figures(1)
    document = read_pdf(printing.turned(printing.reportlab(raw), degrees))
    assert cells(document, raw) == printing.expected(raw)
    width = 595 if degrees == 180 else 842
    assert all(block.place.box[2] <= width + 1 for block in document.blocks)


def test_dotted_lines_are_lines():
    dots = [Line(False, 10.0, x, x + 0.7) for x in range(0, 40, 2)]
    assert joined(dots) == [Line(False, 10.0, 0, 38.7)]


def test_a_frame_around_one_column_is_no_table():
    sides = [Line(True, 0, 0, 50), Line(True, 90, 0, 50), Line(False, 0, 0, 90), Line(False, 50, 0, 90)]
    assert tables(sides) == []
    assert len(tables([*sides, Line(True, 40, 0, 50)])[0]) == 2


def test_type_drawn_twice_to_look_bold_is_read_once():
    def draw(canvas):
        for shift in (0, 0.4):
            canvas.drawString(80 + shift, 700, "行政规范性文件共11件，其中22件废止")
    assert texts(drawn(draw)) == ["行政规范性文件共11件，其中22件废止"]


def test_white_type_is_seen_on_a_dark_ground_only():
    def draw(canvas):
        canvas.drawString(80, 700, LINES)
        canvas.setFillColorRGB(0, 0, 0.5)
        canvas.rect(70, 640, 300, 30, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(80, 650, "深色底上的字")
        canvas.drawString(80, 600, "白底上的字")
    assert texts(drawn(draw)) == [LINES, "深色底上的字"]


def test_a_watermark_lying_aslant_and_type_outside_the_page_are_left_out():
    def draw(canvas):
        canvas.drawString(80, 700, LINES)
        canvas.drawString(80, 900, "页外")
        canvas.translate(200, 400)
        canvas.rotate(45)
        canvas.drawString(0, 0, "征求意见稿")
    assert texts(drawn(draw)) == [LINES]


def test_a_cropped_page_keeps_its_coordinates():
    body = drawn(lambda canvas: canvas.drawString(180, 700, LINES))
    pdf = pypdfium2.PdfDocument(body)
    pdf[0].set_cropbox(100, 100, 595, 800)
    out = io.BytesIO()
    pdf.save(out)
    block, = read_pdf(out.getvalue()).blocks
    assert (round(block.place.box[0]), round(block.place.box[3])) == (80, 103)


def test_what_was_typed_into_a_form_field_is_read():
    def draw(canvas):
        canvas.drawString(80, 700, LINES)
        canvas.acroForm.textfield(name="n", value="4172", x=80, y=600, width=120, height=24)
    assert texts(drawn(draw)) == [LINES, "4172"]


def test_page_numbers_and_running_titles_are_left_out():
    raw = printing.figures(1)
    pages = read_pdf(printing.reportlab(raw, footer="第{page}页 共4页")).blocks
    assert not [block for block in pages if isinstance(block, Paragraph) and "页" in block.text]


def test_two_columns_of_prose_are_read_one_after_the_other():
    def draw(canvas):
        for index in range(8):
            canvas.drawString(60, 700 - 20 * index, f"左栏第{'一二三四五六七八'[index]}行的文字写在这里")
            canvas.drawString(330, 700 - 20 * index, f"右栏第{'一二三四五六七八'[index]}行的文字写在这里")
    assert [text[:1] for text in texts(drawn(draw))] == ["左"] * 8 + ["右"] * 8


def test_a_row_that_the_page_break_cut_is_one_row():
    raw = printing.figures(6)
    for space in (395, 410, 425):
        document = read_pdf(printing.reportlab(raw, split=1, space=space, size=9, valign="TOP"))
        found = cells(document, raw)
        expected = printing.expected(raw)
        assert {key: value for key, value in found.items() if value not in (None, expected[key])} == {}


def test_a_text_layer_that_nobody_sees_is_not_believed():
    """A scan with somebody else's recognised text under it: the picture is read, not the layer."""
    def draw(canvas):
        layer = canvas.beginText(80, 700)
        layer.setFont(FONT, 12)
        layer.setTextRenderMode(3)
        for _ in range(5):
            layer.textLine("隐形的文字 9999 隐形的文字")
        canvas.drawText(layer)
        canvas.drawImage(ImageReader(picture(("REPORT 2023", "TABLE 17 ROWS"), (1200, 1600))), 0, 0, 595, 842)
    document = read_pdf(drawn(draw))
    assert document.method == "ocr"
    read = "".join(block.text for block in document.blocks if isinstance(block, Paragraph))
    assert "隐形" not in read
    assert "9999" not in read


def test_a_picture_on_a_page_of_text_comes_with_its_bytes():
    def draw(canvas):
        for index in range(4):
            canvas.drawString(80, 780 - 20 * index, LINES)
        canvas.drawImage(ImageReader(picture(("x",))), 80, 300, 400, 200)
        canvas.drawImage(ImageReader(picture(("x",), (50, 50))), 80, 200, 40, 40)
    shown, = [block for block in read_pdf(drawn(draw)).blocks if isinstance(block, Picture)]
    image = Image.open(io.BytesIO(shown.body))
    assert (shown.place.page, round(image.width / image.height, 1)) == (1, 2.0)


def test_an_owner_password_keeps_nobody_from_reading():
    body = drawn(lambda canvas: canvas.drawString(80, 700, LINES), encrypt=_owner())
    assert texts(body) == [LINES]


def _owner():
    from reportlab.lib.pdfencrypt import StandardEncryption

    return StandardEncryption("", ownerPassword="secret", canPrint=0, canCopy=0)


def test_a_file_that_ends_early_says_so():
    body = printing.reportlab(printing.figures(1))
    try:
        document = read_pdf(body[:len(body) * 3 // 4])
    except Unreadable:
        return
    assert any("ends early" in warning for warning in document.warnings)


def test_more_pages_than_a_report_has_are_not_read():
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(MAX_PAGES + 3):
        canvas.drawString(80, 700, f"line of page {number}")
        canvas.showPage()
    canvas.save()
    document = read_pdf(out.getvalue())
    assert document.warnings == (f"only the first {MAX_PAGES} pages of {MAX_PAGES + 3} were read",)


def test_a_page_full_of_drawn_objects_ends_soon():
    def draw(canvas):
        canvas.drawString(80, 700, LINES)
        for index in range(60_000):
            canvas.line(index % 500, index % 800, index % 500 + 7, index % 800)
    body = drawn(draw)
    start = time.perf_counter()
    document = read_pdf(body)
    assert time.perf_counter() - start < 8
    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == [LINES]
    assert "drawn objects" in document.warnings[0]


def test_the_second_reader_reads_the_same_cells_on_its_own():
    raw = printing.figures(9, blanks=12)
    for rules in ("all", "none"):
        document = second_read_pdf(printing.reportlab(raw, rules=rules))
        assert cells(document, raw) == printing.expected(raw)


def test_the_second_reader_refuses_what_is_no_pdf():
    with pytest.raises(Unreadable, match="second reader"):
        second_read_pdf(b"%PDF-1.7\nnothing")
