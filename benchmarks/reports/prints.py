"""Reports as PDF files with text: ruled and unruled, upright and sideways, tables over several pages."""

import io
from html import escape
from random import Random

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Ruled

from benchmarks.reports.model import Cell, Line, Paper, Table
from benchmarks.reports.pages import cut

FONT = "STSong-Light"
QUIRKS = {
    "sideways": 0.2,
    "heads repeated": 0.3,
    "table over two pages": 0.3,
    "page foot": 0.6,
    "tight rows": 0.3,
    "wide margins": 0.2,
    "drawn as boxes": 0.2,
    "hair lines": 0.15,
    "left aligned": 0.25,
    "table on its own page": 0.3,
    "large type": 0.2,
    "high rows": 0.2,
}
_SHARES = {"t2": (30, 23, 23, 23), "t3": (7, 13, 30, 7, 7, 7, 8, 8, 7, 7), "t4": (1,) * 15}

_UPRIGHT = 500  # points of room on a page that stands upright, and more


def pdf(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as a PDF file with a text layer."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    size = landscape(A4) if "sideways" in quirks else A4
    margin = 80 if "wide margins" in quirks else 50
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=size,
        title=paper.title,
        invariant=1,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=chance.randint(40, 90),
        bottomMargin=60,
    )
    foot = _foot if "page foot" in quirks else _no_foot
    document.build(
        _story(paper, size[0] - 2 * margin - 12, size[1] - 165, chance, quirks), onFirstPage=foot, onLaterPages=foot
    )
    return out.getvalue()


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 9)
    canvas.drawCentredString(document.pagesize[0] / 2, 30, f"— {document.page} —")


def _no_foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    """Pages without a number."""


def _story(paper: Paper, width: float, room: float, chance: Random, quirks: frozenset[str]) -> list[Flowable]:
    size = 16 if "large type" in quirks else 11
    body = ParagraphStyle(
        "body", fontName=FONT, fontSize=size, leading=size * 1.7, firstLineIndent=2 * size, wordWrap="CJK"
    )
    title = ParagraphStyle("title", parent=body, fontSize=size + 6, leading=size * 2, alignment=1, firstLineIndent=0)
    story: list[Flowable] = []
    for block in paper.blocks:
        if isinstance(block, Line):
            if "table on its own page" in quirks and block.text.startswith("三、"):
                story.append(PageBreak())
            story.append(Paragraph(escape(block.text), title if block.level == -1 else body))
        else:
            story += _pieces(block, width, room, chance, quirks)
    return story


def _pieces(table: Table, width: float, room: float, chance: Random, quirks: frozenset[str]) -> list[Flowable]:
    """A table whole, or over pages: reportlab does not break where a merged cell runs over the break."""
    whole = _ruled(table, width, quirks)
    wanted = table.name == "t3" and "table over two pages" in quirks
    if table.name != "t3" or not (wanted or whole.wrap(width, room)[1] > room):
        return [whole, Spacer(1, 8)]
    story: list[Flowable] = []
    at = chance.randint(9, 13) if room > _UPRIGHT and "high rows" not in quirks else 6
    piece, rest = cut(table, at)
    while True:
        story += [_ruled(piece, width, quirks), PageBreak()]
        if rest.height <= at + 5:
            last = _headed(table, rest) if "heads repeated" in quirks else rest
            return [*story, _ruled(last, width, quirks), Spacer(1, 8)]
        piece, rest = cut(rest, at)
        piece = _headed(table, piece) if "heads repeated" in quirks else piece


def _headed(table: Table, lower: Table) -> Table:
    """The second piece under the head of the first."""
    heads = tuple(cell for cell in table.cells if cell.row < table.heads)
    moved = (Cell(c.text, c.row + table.heads, c.column, c.rowspan, c.colspan, c.key) for c in lower.cells)
    return Table(table.name, table.width, lower.height + table.heads, (*heads, *moved), table.heads)


def _ruled(table: Table, width: float, quirks: frozenset[str]) -> Ruled:
    size = 7 if table.name == "t4" or "tight rows" in quirks else 8
    style = ParagraphStyle(
        "cell",
        fontName=FONT,
        fontSize=size,
        leading=size + 2,
        wordWrap="CJK",
        alignment=0 if "left aligned" in quirks else 1,
    )
    grid: list[list[Paragraph | str]] = [[""] * table.width for _ in range(table.height)]
    rules = _rules(quirks)
    for cell in table.cells:
        grid[cell.row][cell.column] = Paragraph(escape(cell.text), style) if cell.text else ""
        if cell.rowspan > 1 or cell.colspan > 1:
            rules.append(
                ("SPAN", (cell.column, cell.row), (cell.column + cell.colspan - 1, cell.row + cell.rowspan - 1))
            )
    shares = _SHARES[table.name]
    widths = [width * share / sum(shares) for share in shares]
    return Ruled(grid, widths, style=rules)


def _rules(quirks: frozenset[str]) -> list[tuple[object, ...]]:
    everywhere = ((0, 0), (-1, -1))
    line = 0.1 if "hair lines" in quirks else 0.5
    rules: list[tuple[object, ...]] = [("VALIGN", *everywhere, "MIDDLE")]
    rules += [(f"{side}PADDING", *everywhere, 2) for side in ("LEFT", "RIGHT")]
    if "high rows" in quirks:
        rules += [(f"{side}PADDING", *everywhere, 7) for side in ("TOP", "BOTTOM")]
    if "no rules" in quirks:
        return rules
    if "drawn as boxes" in quirks:
        return [*rules, ("INNERGRID", *everywhere, line, colors.black), ("BOX", *everywhere, 1.2, colors.black)]
    return [*rules, ("GRID", *everywhere, line, colors.black)]
