"""Proof pages: each number leads to its place in the original and back, and nothing of the original is executed."""

import io
from dataclasses import replace

import lxml.html
import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright
from reportlab.pdfgen import canvas

from archive.documents.model import Document, Grid, GridCell, Paragraph, Picture, Place
from archive.parse import Read, read_all
from archive.proof import proof_page, unread_page
from archive.proof.blocks import Writer, linked
from archive.proof.images import Album
from archive.proof.paper import chosen
from archive.proof.spots import Spots
from archive.proof.totals import totals
from archive.report import read_report
from benchmarks.reports import make
from tests import forms

CELLS = dict.fromkeys(forms.keys(), "0") | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3"}


def proof_of(body, name=None, **kinds):
    (read,) = read_all(body, name=name)
    return read, lxml.html.document_fromstring(proof_page(read, body, **kinds))


def page_of(cells, **kinds):
    return proof_of(forms.as_html(CELLS | cells), "report.html", **kinds)


def cell(page, key):
    return page.get_element_by_id(f"c-{key}")


def spot(page, key):
    return page.get_element_by_id(f"o-{key}")


def spot_text(page, key):
    """What the original says at a key's end of the link, without what we wrote beside it."""
    return spot(page, key).text or ""


@pytest.mark.parametrize("form", ["html", "tabs", "markdown", "lines", "spaces", "docx", "xlsx", "pdf", "pdf-unruled",
                                  "ofd", "extracted"])
def test_every_cell_that_was_found_leads_to_its_place_and_back(form):
    sample = make(form, 5)
    read, page = proof_of(sample.body, sample.name)
    assert read.report.sources
    for key in read.report.sources:
        (link,) = cell(page, key).xpath("./a")
        assert link.get("href") == f"#o-{key}"
        end = spot(page, key)
        back = end if end.tag == "a" else end.getparent()
        assert back.get("href") == f"#c-{key}"
    ends = [element.get("id") for element in page.xpath("//*[@id]")]
    assert len(ends) == len(set(ends))
    for link in page.xpath("//a/@href"):
        assert link[1:] in ends


@pytest.mark.parametrize("form", ["html", "tabs", "lines", "spaces", "docx", "xlsx"])
def test_the_place_of_a_number_in_a_text_is_the_number_itself(form):
    sample = make(form, 3)
    read, page = proof_of(sample.body, sample.name)
    for key, source in read.report.sources.items():
        assert spot_text(page, key).split() == source.raw.split(), key


def test_a_box_on_a_page_stands_round_what_was_read_there():
    sample = make("pdf", 4)
    read, page = proof_of(sample.body, sample.name)
    pdf = pypdfium2.PdfDocument(sample.body)
    for key, source in read.report.sources.items():
        box = spot(page, key)
        left, top, wide, high = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        paper = pdf[source.page - 1]
        assert box.xpath("ancestor::svg/@viewbox") == [f"0 0 {paper.get_width():.1f} {paper.get_height():.1f}"]
        low = paper.get_height() - top
        inside = paper.get_textpage().get_text_bounded(left, low - high, left + wide, low)
        assert inside.split() == source.raw.split(), key
    pdf.close()


def test_states_of_cells_are_told_apart():
    _, page = page_of({"t3.granted.business": "", "t3.granted.research": "—", "t3.granted.legal_service": "见附件"})
    shown = {key: (cell(page, f"t3.granted.{key}").text_content().split()[0], cell(page, f"t3.granted.{key}").classes)
             for key in ("natural_person", "business", "research", "legal_service")}
    assert {key: text for key, (text, _) in shown.items()} == {
        "natural_person": "0", "business": "·=0S07", "research": "—=0S07", "legal_service": "见附件=0"}
    assert [next(iter({"zero", "blank", "dash", "text"}.intersection(classes))) for _, classes in shown.values()] == [
        "zero", "blank", "dash", "text"]


def test_a_cell_that_the_document_does_not_have_is_not_found_and_leads_nowhere():
    body = forms.as_html(CELLS)
    (read,) = read_all(body, name="report.html")
    sources = {key: source for key, source in read.report.sources.items() if key != "t4.review.upheld"}
    cells = read.report.cells | {"t4.review.upheld": None}
    read = replace(read, report=replace(read.report, sources=sources, cells=cells))
    page = lxml.html.document_fromstring(proof_page(read, body))
    assert "unread" in cell(page, "t4.review.upheld").classes
    assert not cell(page, "t4.review.upheld").xpath("./a")


def test_a_sum_that_fails_shows_its_figures_and_leads_to_its_cells():
    _, page = page_of({"t3.new_received.total": "4"})
    row = cell(page, "t3.new_received.total").getparent()
    (said,) = row.find_class("fails")
    assert said.text_content() == "✗ 3 ≠ 4"
    assert "wrong" in cell(page, "t3.new_received.total").classes
    assert "wrong" in spot(page, "t3.new_received.total").classes
    assert page.xpath("//ul[@class='look']//a[@href='#o-t3.new_received.total']")
    assert page.xpath("//ul[@class='checks']//a[@href='#c-t3.new_received.total']")


def test_sums_hold_fail_or_stay_open():
    cells = dict.fromkeys(forms.keys(), 0) | {"t4.review.total": 1, "t3.granted.business": None}
    summed = totals(cells, ("2021",))
    assert summed["row", "t4.review.total"].state == "fails"
    assert summed["row", "t3.granted.total"].state == "open"
    assert summed["outcomes", "t3.total_handled.business"].state == "open"
    assert summed["balance", "t3.carried_out.business"].state == "holds"
    assert len(summed) == 26 + 3 + 7 + 7 - 1      # the 2021 form has 25 rows in table 3


def test_of_a_failed_sum_the_cells_that_another_sum_confirms_are_not_suspected():
    both = {f"t3.{row}.{column}": "3" for row in ("granted", "total_handled") for column in ("natural_person", "total")}
    _, page = page_of(both | {"t3.granted.total": "4"})
    suspected = [link.removeprefix("#o-") for link in page.xpath("//ul[@class='look']//a/@href")]
    assert suspected == ["t3.granted.total"]


def test_words_that_the_report_prints_lead_to_their_paragraph():
    body = forms.as_html(CELLS).replace(b"</body>", "<p>联系电话：0537-1234567，邮编：272000。</p></body>".encode())
    (read,) = read_all(body)
    report = replace(read.report, facts={"contact_phone": "0537-1234567", "postcode": "272000", "training_count": 2})
    page = lxml.html.document_fromstring(proof_page(replace(read, report=report), body))
    assert spot_text(page, "fact.contact_phone") == "0537-1234567"
    assert spot_text(page, "fact.postcode") == "272000"
    assert not cell(page, "fact.training_count").xpath("./a")


def test_numbers_are_looked_for_behind_their_label():
    pieces, rest = linked("1.属于国家秘密 1 0 10", [("a", "1"), ("b", "0"), ("c", "10"), ("d", "7")])
    assert [(piece.text, piece.key) for piece in pieces] == [
        ("1.属于国家秘密 ", None), ("1", "a"), (" ", None), ("0", "b"), (" ", None), ("10", "c")]
    assert rest == ["d"]


def with_a_picture(body):
    """A page whose second table is a picture that was read."""
    place = Place(box=(10.0, 20.0, 60.0, 40.0), part="table.png")
    text = forms.as_html(CELLS)
    (read,) = read_all(text)
    inner = Grid((GridCell("0", 0, 0, place),), Place(part="table.png"), method="ocr")
    source = replace(read.report.sources["t2.regulations.issued"], at=None, box=place.box, part="table.png")
    report = replace(read.report, sources=read.report.sources | {"t2.regulations.issued": source})
    blocks = (*read.document.blocks, Picture("table.png", Place(), body), inner)
    return Read(None, replace(read.document, blocks=blocks), report), text


def picture(width=300, height=200):
    held = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(held, "PNG")
    return held.getvalue()


def test_a_picture_inside_shows_the_boxes_of_what_was_read_in_it():
    read, body = with_a_picture(picture())
    page = lxml.html.document_fromstring(proof_page(read, body))
    box = spot(page, "t2.regulations.issued")
    assert [box.get(name) for name in ("x", "y", "width", "height")] == ["10.0", "20.0", "50.0", "20.0"]
    (shown,) = box.xpath("ancestor::svg")
    assert shown.get("viewbox") == "0 0 300 200"
    assert shown.xpath(".//image/@href")[0].startswith("data:image/webp;base64,")


def test_a_picture_that_is_broken_is_said_to_be():
    read, body = with_a_picture(picture()[:60])
    page = proof_page(read, body)
    assert "data:image" not in page
    assert "t2.regulations.issued" in page


HOSTILE = """<script>document.title = "owned"</script><img src="http://127.0.0.1:9/x.png" onerror="alert(1)">
<a href="javascript:document.title='owned'">x</a><iframe src="http://127.0.0.1:9/"></iframe>
<style>* {display: none}</style>
<p>&lt;script&gt;document.title = "owned"&lt;/script&gt; \u202eabc
&lt;/textarea&gt;&lt;img src=x onerror=alert(1)&gt;</p>"""


def hostile():
    title = '"><script>document.title = "owned"</script>2023年政府信息公开工作年度报告'
    report = forms.as_html(CELLS | {"t3.granted.business": '&quot; onmouseover=&quot;document.title=1'})
    return report.replace(b"</body>", f"<h1>{title}</h1>{HOSTILE}</body>".encode())


def test_what_a_page_brings_along_is_shown_as_text_only():
    _, page = proof_of(hostile(), '<img src=x onerror="alert(1)">.html')
    assert len(page.xpath("//script")) == 1
    assert len(page.xpath("//style")) == 1
    assert not page.xpath("//img | //iframe | //object | //form | //link | //base")
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    assert all(link.startswith("#") for link in page.xpath("//@href"))
    assert "\u202e" not in page.text_content()
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_a_browser_runs_our_script_and_asks_nobody_for_anything(tmp_path):
    (read,) = read_all(hostile(), name="hostile.html")
    (tmp_path / "proof.html").write_text(proof_page(read, hostile()), encoding="utf-8")
    asked, said = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto((tmp_path / "proof.html").as_uri())
        page.click("[id='c-t3.new_received.total'] a")
        page.wait_for_selector("[id='o-t3.new_received.total'].lit")
        assert page.locator("[id='o-t3.new_received.total']").is_visible()
        assert page.title().startswith("Proof:")
        browser.close()
    assert [url.partition("#")[0] for url in asked] == [(tmp_path / "proof.html").as_uri()]
    assert said == []


def long_pdf(pages):
    held = io.BytesIO()
    paper = canvas.Canvas(held)
    for number in range(pages):
        paper.drawString(72, 700, f"page {number + 1} of a long annual report")
        paper.showPage()
    paper.save()
    return held.getvalue()


def test_a_long_original_shows_thirty_pages_and_says_how_many_it_leaves_out():
    read, page = proof_of(long_pdf(34), "long.pdf")
    assert read.report.kind == "not_a_report"
    assert len(page.xpath("//image")) == 30
    assert "4" in page.find_class("note")[0].text_content()


def test_pages_where_something_was_read_are_shown_first():
    album = Album()
    assert chosen(60, {59, 3}, album) == [*range(1, 30), 59]
    assert album.left_out == 30


def test_an_album_takes_no_more_than_it_has_room_for():
    album = Album(bytes=100)
    assert album.add(Image.effect_noise((400, 400), 90)) is None
    assert album.full()
    assert album.left_out == 2


def test_cells_that_claim_to_cover_everything_cost_nothing():
    place = Place(at="somewhere")
    grid = Grid((GridCell("a", 0, 0, place, 10**9, 10**9), GridCell("b", 10**6, 10**6, place)), place)
    table = Writer(Spots({})).view(grid)
    assert [[(one.rowspan, one.colspan) for one in row if one.pieces] for row in table.rows] == [[(400, 400)], [(1, 1)]]


def test_text_without_an_end_is_cut_and_the_page_says_so():
    lines = tuple(Paragraph("字" * 100_000, Place(at=f"line {number}")) for number in range(7))
    document = Document("text/plain", "text", lines)
    page = proof_page(Read("long.txt", document, read_report(document, sha256="0" * 64)), b"")
    assert len(page.encode()) < 12 << 20
    assert 490_000 < page.count("字") <= 500_000
    assert "it is too long" in page


def test_the_page_of_a_blank_form_shows_blanks_and_no_number():
    _, page = page_of(dict.fromkeys(CELLS, ""))
    assert not page.xpath("//td[contains(@class, 'cell') and not(contains(@class, 'blank'))]")
    assert {one.text_content() for one in page.xpath("//td[contains(@class, 'blank')]/a")} == {"·"}


def test_a_page_in_chinese_says_so_in_chinese():
    _, page = page_of({}, language="zh")
    assert page.get("lang") == "zh"
    assert {"原文", "法定表格", "文件"} <= {heading.text_content().split()[0] for heading in page.xpath("//h2")}


def test_a_file_that_could_not_be_read_has_a_page_with_the_reason():
    page = lxml.html.document_fromstring(unread_page("<b>bad</b>.pdf", "the file is <empty>", "zh"))
    assert page.find_class("bad")[0].text_content() == "the file is <empty>"
    assert page.xpath("//section/p/b")[0].text_content() == "<b>bad</b>.pdf"
