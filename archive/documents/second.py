"""A second reader of PDF text, for files whose printed sums contradict what the first one read.

pdfplumber (pdfminer) takes the file apart on its own: characters, rulings and pages come from other code than PDFium's.
How blocks are made of them is the same.
"""

import io
import logging
from collections.abc import Iterator
from typing import Any

from archive.documents.glyphs import Glyph, Rectangle
from archive.documents.model import Document, Grid, Paragraph
from archive.documents.pages import Sheet, blocks
from archive.documents.pdf import MAX_CHARACTERS, MAX_PAGES
from archive.documents.ruling import Line
from archive.errors import Unreadable

_UPRIGHT = 0.1
# what pdfminer lets through where a file is damaged
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, OverflowError, RecursionError)


def second_read_pdf(body: bytes) -> Document:
    """The text of a PDF as a Document, read by pdfplumber; scans and pictures are left out.

    Raises Unreadable for what pdfplumber cannot open or where it sees no text.
    """
    # loaded here: it is only needed where the first reading does not add up
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    # it complains of every font without a box, once for each glyph
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            sheets = [_sheet(page) for page in pdf.pages[:MAX_PAGES]]
            title = pdf.metadata.get("Title")
    except (PDFException, PSException, PdfminerException, MalformedPDFException, *_DAMAGE) as error:
        raise Unreadable(f"the second reader cannot open the PDF: {error}") from error
    found = tuple(blocks(sheets))
    if not any(isinstance(block, Paragraph | Grid) for block in found):
        raise Unreadable("the second reader sees no text in the PDF")
    return Document("application/pdf", "pdf", found, title.strip() or None if isinstance(title, str) else None)


def _sheet(page: Any) -> Sheet:
    width, height = float(page.width), float(page.height)
    glyphs = list(_glyphs(page.chars[:MAX_CHARACTERS], width, height))
    lines = [line for item in (*page.lines, *page.rects, *page.curves) for line in _lines(item)]
    page.close()
    return Sheet(page.page_number, width, height, glyphs, lines, [], [])


def _glyphs(chars: list[dict[str, Any]], width: float, height: float) -> Iterator[Glyph]:
    for char in chars:
        text = str(char["text"]).strip()
        a, b = char["matrix"][:2]
        aslant = min(abs(a), abs(b)) > _UPRIGHT * max(abs(a), abs(b))
        left, top, right, bottom = (float(char[key]) for key in ("x0", "top", "x1", "bottom"))
        if len(text) == 1 and not aslant and right > 0 and bottom > 0 and left < width and top < height:
            yield Glyph(text, left, top, right, bottom)


def _lines(item: dict[str, Any]) -> Iterator[Line]:
    left, top, right, bottom = (float(item[key]) for key in ("x0", "top", "x1", "bottom"))
    if min(right - left, bottom - top) <= 2.6:
        yield from _line((left, top, right, bottom))
    elif item.get("stroke"):
        for side in ((left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom),
                     (right, top, right, bottom)):
            yield from _line(side)


def _line(box: Rectangle) -> Iterator[Line]:
    left, top, right, bottom = box
    dot = max(right - left, bottom - top) <= 2.0
    if dot or bottom - top > right - left:
        yield Line(True, (left + right) / 2, top, bottom)
    if dot or bottom - top <= right - left:
        yield Line(False, (top + bottom) / 2, left, right)
