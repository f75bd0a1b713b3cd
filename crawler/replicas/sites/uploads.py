"""Files of reports: every form in which offices hand them to their portal, and every way in which that goes wrong."""

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from crawler.replicas import paper_html
from crawler.replicas.form import Table
from crawler.replicas.pages import paragraphs
from crawler.replicas.places import County, Place
from crawler.replicas.sites.model import Paper, Upload
from crawler.replicas.sites.papers import Maker, township_paper

OCTETS = "application/octet-stream"
SWITCHES: Mapping[str, str] = {
    "files": "Newest reports stand in a file of the kind that the value names; their page only says so.",
    "copies": "The newest reports' pages also offer their text as a file of the kind that the value names.",
    "inline": "The newest reports' text is in the page in the form that the value names: pictures, base64.",
    "octets": "Files are served as application/octet-stream.",
    "wrong_extension": "Files have names that end in .doc, whatever they are.",
}


def attached(papers: tuple[Paper, ...], maker: Maker) -> tuple[Paper, ...]:
    """The articles with their files, where a switch gives some."""
    kind = maker.switches.get("files") or maker.switches.get("copies")
    inline = maker.switches.get("inline")
    if not kind and not inline:
        return papers
    return tuple(
        paper if paper.place is None or paper.year != max(maker.years)
        else _with_file(paper, kind, maker) if kind else _inline(paper, paper.place, inline or "", maker)
        for paper in papers)


def _inline(paper: Paper, place: Place, kind: str, maker: Maker) -> Paper:
    told = township_paper(maker.county, place, max(maker.years))
    if kind == "pictures":
        from crawler.replicas.paper_picture import picture

        def address(table: Table) -> str:
            return "data:image/png;base64," + base64.b64encode(picture(table)).decode()

        return replace(paper, inner=paper_html.body(told, picture=address))
    if kind != "base64":
        raise ValueError(f"inline={kind}: expected pictures or base64")
    packed = base64.b64encode(file(maker.county, place, max(maker.years), "pdf")[0]).decode()
    script = f'<script>var pdfData = "{packed}";</script><div id="pdfshow"></div>'
    return replace(paper, inner=paragraphs([f"{paper.title}"]) + script)


def _with_file(paper: Paper, kind: str, maker: Maker) -> Paper:
    assert paper.place is not None
    assert paper.year is not None
    body, media = file(maker.county, paper.place, paper.year, kind)
    suffix = "doc" if "wrong_extension" in maker.switches else kind
    name = f"{paper.place.name}{paper.year}年政府信息公开工作年度报告.{suffix}"
    upload = Upload(name, body, OCTETS if "octets" in maker.switches else media)
    inner = paper.inner if "copies" in maker.switches else paragraphs([f"{paper.title}（见附件）"])
    return replace(paper, inner=inner, uploads=(upload,))


@lru_cache(maxsize=512)
def file(county: County, place: Place, year: int, kind: str) -> tuple[bytes, str]:
    """A township's report as a file: its bytes and their media type. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"no kind of file {kind!r}; there are {', '.join(KINDS)}")
    make, media = KINDS[kind]
    return make(county, place, year), media


def _pdf(county: County, place: Place, year: int) -> bytes:
    from crawler.replicas.paper_pdf import pdf

    return pdf(township_paper(county, place, year))


def _docx(county: County, place: Place, year: int) -> bytes:
    from crawler.replicas.paper_word import word

    return word(township_paper(county, place, year))


def _xlsx(county: County, place: Place, year: int) -> bytes:
    """The three tables on one sheet, each cell in its place, below the report's words."""
    import openpyxl

    from crawler.replicas.paper_pdf import placed

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    line = 1
    for block in township_paper(county, place, year).blocks:
        if not isinstance(block, Table):
            sheet.cell(line, 1, block.text)
            line += 1
            continue
        for row, column, cell in placed(block):
            sheet.cell(line + row, column + 1, float(cell.text) if cell.value else cell.text)
            if cell.rowspan > 1 or cell.colspan > 1:
                sheet.merge_cells(start_row=line + row, start_column=column + 1, end_row=line + row + cell.rowspan - 1,
                                  end_column=column + cell.colspan)
        line += len(block.rows)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _zip(county: County, place: Place, year: int) -> bytes:
    """A ZIP as Windows makes it here: names in GBK without the flag that says otherwise."""
    name = f"{place.name}年报.docx".encode("gbk", "replace")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("x" * len(name), (2026, 1, 9, 9, 0, 0)), _docx(county, place, year))
    return file.getvalue().replace(b"x" * len(name), name)


KINDS: Mapping[str, tuple[Callable[[County, Place, int], bytes], str]] = {
    "pdf": (_pdf, "application/pdf"),
    "docx": (_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "zip": (_zip, "application/zip"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "empty": (lambda *_: b"", "application/pdf"),
    "html": (lambda *_: "<html><head><title>系统提示</title></head><body>文件不存在。</body></html>".encode(),
             "application/pdf"),
}
