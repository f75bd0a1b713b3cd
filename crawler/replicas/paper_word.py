"""A report as a Word document with merged cells."""

import io
import zipfile

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from crawler.replicas.form import Table
from crawler.replicas.paper_pdf import placed
from crawler.replicas.prose import Line, Paper

_EPOCH = (2020, 1, 1, 0, 0, 0)


def word(paper: Paper) -> bytes:
    """The report as DOCX bytes, the same for the same report."""
    document = docx.Document()
    document.core_properties.title = paper.title
    document.add_paragraph(paper.title).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for block in paper.blocks:
        if isinstance(block, Line):
            run = document.add_paragraph().add_run(block.text)
            run.bold = block.level > 0
        else:
            _add_table(document, block)
    file = io.BytesIO()
    document.save(file)
    return _without_times(file.getvalue())


def _add_table(document: "docx.document.Document", table: Table) -> None:
    grid = document.add_table(rows=len(table.rows), cols=table.width, style="Table Grid")
    cells = [list(row.cells) for row in grid.rows]
    for row, column, cell in placed(table):
        target = cells[row][column]
        if cell.rowspan > 1 or cell.colspan > 1:
            target = target.merge(cells[row + cell.rowspan - 1][column + cell.colspan - 1])
        run = target.paragraphs[0].add_run(cell.text)
        run.font.size = Pt(9)


def _without_times(body: bytes) -> bytes:
    """The same package with every entry dated alike: python-docx stamps the moment of saving."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), old.read(entry), zipfile.ZIP_DEFLATED)
    return file.getvalue()
