"""Files that mean harm cost themselves a sentence, in reasonable time, and the next file is still read."""

import base64
import gzip
import json
import zlib

import hostile as bad
import pytest

from archive.children import Children, Failed
from archive.documents.extent import MAX_LENGTH, within_reach
from archive.documents.model import Document, Paragraph, Place
from archive.reading import OBJECTS, File
from tests import forms

CELLS = dict.fromkeys(forms.keys(), "0")
HEAD = "金乡县卜集镇人民政府2023年政府信息公开工作年度报告\n一、总体情况\n"
SECONDS = 20                          # for one of them

# name, what makes the file
BOMBS = [
    ("ten gigabytes of zeros in a ZIP", lambda: bad.raw_zip([("a.html", bad.zeros(10 << 30), 1000, 0)])),
    ("ten gigabytes in a ZIP that says so", lambda: bad.raw_zip([("a.html", bad.zeros(10 << 30), 0xFFFFFFF0, 0)])),
    ("a ZIP whose members share their bytes", lambda: bad.overlapping_zip(500)),
    ("a ZIP with a hundred thousand members", lambda: bad.raw_zip([("a", b"\3\0", 0, 0)] * 60_000)),
    ("ZIPs inside ZIPs", lambda: bad.nested_zip(6, 4)),
    ("ten gigabytes in a gzip", lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bad.zeros(10 << 30) + bytes(8)),
    ("gzips inside gzips", lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"a"))))),
    *((f"ten gigabytes in {part}", lambda part=part: bad.raw_zip(
        [("[Content_Types].xml", zlib.compress(b"<a/>")[2:-4], 4, 0), (part, bad.zeros(10 << 30), 9, 0)]))
      for part in ("word/document.xml", "xl/workbook.xml", "content.xml")),
    ("an OFD that inflates to ten gigabytes", lambda: bad.raw_zip([("OFD.xml", bad.zeros(10 << 30), 9, 0)])),
    *((f"a billion laughs in {kind.__name__}", lambda kind=kind: kind("&a11;", bad.LAUGHS))
      for kind in (bad.docx, bad.xlsx, bad.ofd, bad.odt)),
    *((f"quadratic laughs in {kind.__name__}", lambda kind=kind: kind("&a;" * 50_000, bad.QUADRATIC))
      for kind in (bad.docx, bad.xlsx, bad.ofd, bad.odt)),
    ("a PDF whose page inflates to four gigabytes", lambda: bad.pdf_bomb(4 << 30)),
    ("a PDF of three hundred thousand objects", lambda: bad.pdf(bad.CATALOG, bad.PAGES, bad.PAGE, *["<<>>"] * 300_000)),
    ("a PDF that says it has a billion pages", lambda: bad.pdf(
        bad.CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1000000000>>", bad.PAGE)),
    ("a PDF of thirty thousand pages", lambda: bad.pdf(
        bad.CATALOG, f"<</Type/Pages/Kids[{'3 0 R ' * 30_000}]/Count 30000>>", bad.PAGE, bad.stream(b"BT ET"))),
    ("a PDF page of a million strokes", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, bad.PAGE, bad.stream(b"".join(b"%d 0 m 0 %d l S\n" % (n % 595, n % 842)
                                                              for n in range(300_000))))),
    ("a PDF page of a million rules", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, bad.PAGE, bad.stream(b"".join(b"0 %d.%d m 500 %d.%d l S\n" % (n % 842, n, n % 842, n)
                                                              for n in range(100_000))))),
    ("a PDF page as large as a country", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9999999 9999999]>>")),
    ("a picture of 60 000 by 60 000 dots", lambda: bad.png(60_000, 60_000)),
    ("a picture with more dots than numbers", lambda: bad.png(0x7FFFFFFF, 0x7FFFFFFF)),
    ("a TIFF of four billion dots", lambda: bad.tiff(65_000, 65_000)),
    ("a GIF of a hundred thousand pictures", lambda: bad.gif(5000, 5000, 100_000)),
    ("a page with that picture inside", lambda: b"<html><body><p>1</p><img src='data:image/png;base64,"
     + base64.b64encode(bad.png(60_000, 60_000)) + b"'></body></html>"),
]
TREES = [
    ("a million nested tags", lambda: ("<html><body>" + "<div>" * 1_000_000 + "1").encode()),
    ("a hundred thousand nested tables", lambda: ("<table><tr><td>" * 100_000 + "1").encode()),
    ("a million cells", lambda: ("<table>" + ("<tr>" + "<td>0</td>" * 100 + "</tr>") * 10_000 + "</table>").encode()),
    ("a million cells in one row", lambda: ("<table><tr>" + "<td>0" * 1_000_000 + "</table>").encode()),
    ("a cell over a billion columns", lambda: (
        b"<table>" + b"<tr><td colspan=1000000000>0<td rowspan=1000000000>1" * 500)),
    ("a thousand cells over a thousand rows each", lambda: (
        "<table><tr>" + "<td rowspan=65534 colspan=1000>0" * 1000 + "<tr><td>1" * 1000 + "</table>").encode()),
    ("fifty megabytes in one line", lambda: ("<p>" + HEAD + "政府信息公开，" * 2_500_000).encode()),
    ("fifty megabytes of text in one line", lambda: (HEAD + "政府信息公开，" * 2_500_000).encode()),
    ("a million tags without an end", lambda: b"<img src=" * 1_000_000),
    ("a million attributes", lambda: b"<p " + b"a='1' " * 1_000_000 + b">1"),
    ("deep XML in docx", lambda: bad.docx("<w:p>" * 100_000)),
    ("nested tables in docx", lambda: bad.docx(
        "<w:tbl><w:tr><w:tc>" * 200 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 200)),
    ("a cell over a billion columns in docx", lambda: bad.docx(
        "<w:tbl>" + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p/></w:tc></w:tr>' * 99
        + "</w:tbl>")),
    ("a million paragraphs in docx", lambda: bad.docx("<w:p><w:r><w:t>1</w:t></w:r></w:p>" * 300_000)),
    ("a million rows in xlsx", lambda: bad.xlsx("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>'
                                                          for n in range(1, 200_000)))),
    ("the last cell of a sheet", lambda: bad.xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    ("a PDF whose pages lead in a circle", lambda: bad.pdf(
        bad.CATALOG, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>")),
    ("a PDF of nested arrays", lambda: bad.pdf(bad.CATALOG, bad.PAGES, "[" * 500_000)),
    ("a PDF of nested dictionaries", lambda: bad.pdf(bad.CATALOG, bad.PAGES, "<</A" * 200_000)),
    ("a PDF whose text is nested", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, bad.PAGE, bad.stream(b"q " * 500_000 + b"[" * 100_000))),
    ("a PDF form that draws itself", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R"
        "/Resources<</XObject<</a 4 0 R>>>>>>",
        bad.stream(b"/a Do /a Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</a 4 0 R>>>>"),
        bad.stream(b"/a Do"))),
]
MAGIC = [
    b"PK\3\4", b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"Rar!\x1a\7\0", b"Rar!\x1a\7\1\0",
    b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0", b"BM",
    b"<html>", b"{\\rtf1", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf",
    b"MIME-Version: 1.0\nContent-Type: multipart/related;boundary=a\n\n",
]
LIES = [
    ("nothing", lambda: b""),
    ("only zeros", lambda: bytes(1 << 20)),
    *((f"noise {seed}", lambda seed=seed: bad.noise(200_000, seed)) for seed in range(4)),
    *((f"noise behind {magic!r}", lambda magic=magic: magic + bad.noise(100_000)) for magic in MAGIC),
    ("UTF-16 that is none", lambda: b"\xff\xfe" + b"\x00\xd8" * 50_000 + b"a"),
    ("half characters in a page", lambda: b"<html><body>&#xD800;&#xDFFF;&#0;&#x110000;</body></html>"),
    ("paths that lead elsewhere", lambda: bad.zipped(**{"../../../etc/passwd.html": b"<p>1", "/tmp/a.html": b"<p>2",
                                                        "C:\\a.html": b"<p>3", "..\\..\\b.html": b"<p>4"})),
    ("an encrypted ZIP", lambda: bad.raw_zip([("a.html", bad.noise(100), 500, 1)])),
    ("a ZIP with another method", lambda: bad.raw_zip([("a.html", b"\3\0", 5, 0)]).replace(
        b"\x08\0\0\0\x21", b"\x63\0\0\0\x21")),
    ("an encrypted DOCX", lambda: bad.ole("EncryptedPackage")),
    ("an empty DOC", lambda: bad.ole("WordDocument")),
    ("an XLS of nothing", lambda: bad.ole("Workbook")),
    ("a compound file whose chain is a circle", lambda: bad.ole("WordDocument", 1 << 40)),
    ("an encrypted PDF", lambda: bad.pdf(
        bad.CATALOG, bad.PAGES, bad.PAGE, bad.stream(b"BT ET"),
        "<</Filter/Standard/V 2/R 3/Length 128/P -4/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">>>",
        trailer="/Encrypt 5 0 R /ID[<41><41>]")),
    ("files of the machine in docx", lambda: bad.docx("<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>", bad.FILES)),
    ("files of the machine in ofd", lambda: bad.ofd("&a11;", bad.FILES)),
]
RUNS = {
    "spaces": " ", "wide spaces": "\u3000", "digits": "1", "wide digits": "１", "commas": "1,000,", "zeros": "0 ",
    "tabs": "0\t", "pipes": "| 0 ", "brackets": "（(《“", "years": "2023年", "days": "2023年1月1日至",
    "numerals": "一二三", "dots": "1.", "hyphens": "0537-", "addresses": "a@b.", "links": "http://a.",
    "towns": "镇人民政府",
    "titles": "政府信息公开工作年度报告", "sentences": "本年度收到政府信息公开申请1件，", "points": "（一）",
    "headings": "一、总体情况\n", "lines": "\n", "tags": "<", "entities": "&#", "marks": "e\u0301",
    "requests": "一、本年新收政府信息公开申请数量 0 0 0 0 0 0 0\n",
}


def run_of(text, size=60_000):
    return text * (size // len(text.encode()))


LONG = [
    *((f"{name} in text", lambda run=run: (HEAD + run_of(run)).encode()) for name, run in RUNS.items()),
    *((f"{name} in a page", lambda run=run: f"<html><body><p>{HEAD}</p><p>{run_of(run)}</p></body></html>".encode())
      for name, run in RUNS.items()),
    *((f"{name} in a cell", lambda run=run: (
        f"<html><body><h1>{HEAD}</h1><p>三、收到和处理政府信息公开申请情况</p><table><tr>"
        f"<td>一、本年新收政府信息公开申请数量</td><td>{run_of(run)}</td></tr></table></body></html>").encode())
      for name, run in RUNS.items()),
    ("a sentence of a megabyte in lines", lambda: (
        HEAD + run_of("本年度收到政府信息\n公开申请1件，另有\n", 1_000_000)).encode()),
]
MEGABYTE = 1_000_000
FLOODS = [
    ("a megabyte of headings", lambda: (HEAD + run_of(RUNS["headings"], MEGABYTE)).encode()),
    ("a megabyte of ampersands", lambda: (HEAD + run_of("&amp;", MEGABYTE)).encode()),
    ("a sentence of a megabyte", lambda: (HEAD + run_of(RUNS["sentences"], MEGABYTE)).encode()),
    ("rows of sixteen thousand cells", lambda: bad.xlsx("".join(
        f'<row r="{row}">' + "<c><v>1</v></c>" * 16_000 + "</row>" for row in range(1, 100)))),
]
# these are looked at only so far, or refused before any work is done
SHORTENED = [
    "a PDF whose page inflates to four gigabytes", "a PDF page of a million strokes", "fifty megabytes in one line",
    "fifty megabytes of text in one line", "a million tags without an end", "a million paragraphs in docx",
    "a million rows in xlsx", *(name for name, _ in FLOODS),
]
CASES = [*BOMBS, *TREES, *LIES, *LONG, *FLOODS]


def torn(body):
    return [body[:len(body) * part // 8] for part in range(1, 8)] + [body[:-1], body[1:]]


TORN = [(f"{kind}, torn {number}", lambda piece=piece: piece)
        for kind, make in (("html", forms.as_html), ("docx", forms.as_docx), ("pdf", forms.as_pdf))
        for number, piece in enumerate(torn(make(CELLS)))]


@pytest.fixture(scope="module")
def told():
    """What came of every file; a good file stood behind each of them."""
    good = File("good.html", forms.as_html(CELLS))
    found = {}
    tasks = ((key, task) for name, make in [*CASES, *TORN] for key, task in ((name, File(name, make())), (None, good)))
    with Children(OBJECTS, jobs=2, seconds=SECONDS) as children:
        for key, answers in children.do(tasks):
            if key is None:
                assert [sum(json.loads(answer)["cells"].values()) for answer in answers] == [0]
            else:
                found[key] = answers
    return found


def said(answers):
    """What is told of each document: the reason, or the report itself."""
    return [answer.reason if isinstance(answer, Failed) else json.loads(answer).get("error") or json.loads(answer)
            for answer in answers]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in [*BOMBS, *TREES, *LIES]])
def test_a_file_that_means_harm_gives_a_sentence_or_a_report_without_figures(told, name):
    for one in said(told[name]):
        if isinstance(one, str):
            assert one.strip()
        else:
            assert set(one["cells"].values()) <= {None, 0, 1}, one["cells"]


@pytest.mark.slow
def test_nothing_of_the_machine_is_read_through_a_document(told):
    for name in ("files of the machine in docx", "files of the machine in ofd"):
        assert "root:" not in json.dumps(said(told[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORTENED)
def test_a_flood_ends_its_reader_by_no_limit_and_what_was_left_out_is_said(told, name):
    assert not [answer for answer in told[name] if isinstance(answer, Failed)]
    for one in said(told[name]):
        assert "only" in " ".join(one["warnings"]) if isinstance(one, dict) else one.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in LONG])
def test_a_long_run_of_one_thing_is_read_to_its_end(told, name):
    assert not [answer for answer in told[name] if isinstance(answer, Failed)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in TORN])
def test_a_torn_file_is_unreadable_or_shows_no_figure_that_was_not_there(told, name):
    for one in said(told[name]):
        if not isinstance(one, str):
            assert set(one["cells"].values()) <= {None, 0}


def test_a_paragraph_without_end_is_looked_at_up_to_a_full_stop_so_that_no_number_is_torn():
    text = "申请1234件。" * 20_000
    (block,) = within_reach(Document("text/plain", "text", (Paragraph(text, Place()),))).blocks
    assert len(block.text) <= MAX_LENGTH
    assert block.text.endswith("申请1234件。")


def test_a_document_of_ordinary_length_is_looked_at_whole():
    document = Document("text/plain", "text", tuple(Paragraph("申请1234件。" * 20, Place()) for _ in range(300)))
    assert within_reach(document) is document


def test_members_with_paths_that_lead_elsewhere_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    body = bad.zipped(**{"../../../tmp/escaped.html": b"<p>1", "/tmp/escaped.html": b"<p>2"})
    with Children(OBJECTS, jobs=1) as children:
        ((_, answers),) = children.do([("a", File("a.zip", body))])
    assert len(answers) == 2
    assert not list(tmp_path.iterdir())


def test_one_member_that_kills_its_reader_costs_the_archive_one_document():
    page = forms.as_html(CELLS)
    body = bad.zipped(**{"1.html": page, "2.pdf": b"poison", "3.html": page})
    with Children("tests.workers:read_objects_or_die", jobs=1) as children:
        ((_, answers),) = children.do([("a", File("a.zip", body))])
    assert [answer.name if isinstance(answer, Failed) else json.loads(answer)["file"] for answer in answers] == [
        "a.zip/1.html", "a.zip/2.pdf", "a.zip/3.html"]
