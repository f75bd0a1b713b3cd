"""A report as a PDF with text and ruled tables."""

import io

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as RuledTable

from crawler.replicas.form import Cell, Table
from crawler.replicas.places import seeded
from crawler.replicas.prose import Line, Paper

_FONT = "STSong-Light"
_WIDTHS = {"t2": (150, 100, 100, 100), "t3": (34, 62, 136, *(33,) * 7), "t4": (31,) * 15}
_BODY = ParagraphStyle("body", fontName=_FONT, fontSize=11, leading=18, firstLineIndent=22, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_BODY, fontSize=12, leading=22)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=17, leading=26, alignment=1, firstLineIndent=0)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8, leading=10, firstLineIndent=0, alignment=1)


def pdf(paper: Paper) -> bytes:
    """The report as PDF bytes, the same for the same report."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = io.BytesIO()
    document = SimpleDocTemplate(file, pagesize=A4, title=paper.title, invariant=1, topMargin=60, bottomMargin=60)
    document.build(_story(paper))
    return file.getvalue()


def _story(paper: Paper) -> list[Flowable]:
    """Some offices keep table 3 on one page, others let it run over."""
    kept_together = seeded(paper.title, "pages").random() < 0.6
    parts: list[Flowable] = [Paragraph(paper.title, _TITLE), Spacer(1, 10)]
    for block in paper.blocks:
        if isinstance(block, Line):
            if kept_together and block.text.startswith("三、"):
                parts.append(PageBreak())
            parts.append(Paragraph(block.text, _BODY if block.level == 0 else _HEAD))
        else:
            parts += [_ruled(block), Spacer(1, 8)]
    return parts


def _ruled(table: Table) -> RuledTable:
    grid: list[list[Paragraph | str]] = [[""] * table.width for _ in table.rows]
    style: list[tuple[object, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    style += [(f"{side}PADDING", (0, 0), (-1, -1), 2) for side in ("LEFT", "RIGHT")]
    for row, column, cell in placed(table):
        grid[row][column] = Paragraph(cell.text, _CELL)
        if cell.rowspan > 1 or cell.colspan > 1:
            style.append(("SPAN", (column, row), (column + cell.colspan - 1, row + cell.rowspan - 1)))
    return RuledTable(grid, colWidths=_WIDTHS[table.name], style=style)


def placed(table: Table) -> list[tuple[int, int, Cell]]:
    """Every cell with the row and column of its upper left corner."""
    taken: set[tuple[int, int]] = set()
    found = []
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            found.append((row, column, cell))
            taken |= {(row + down, column + right) for down in range(cell.rowspan) for right in range(cell.colspan)}
    return found
