"""PDF with a text layer: characters with their boxes and ruling lines make paragraphs and tables."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from archive.documents.model import Block, Document, Grid, GridCell, Paragraph, Picture, Place
from archive.documents.ruling import Box, Line, tables, with_open_side
from archive.errors import Unreadable

MAX_PAGES = 120
MAX_CHARACTERS = 60_000
_THIN = 2.6
_SHORT = 3.0
_SMALL_PICTURE = 60.0
_DIGITS = re.compile(r"[\d.,]+(?:\n[\d.,]+)+")


@dataclass(frozen=True, slots=True)
class _Char:
    """A character and its box (left, top, right, bottom) in points from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class _View:
    """Turns page coordinates into points from the upper left corner as the page is looked at."""

    width: float
    height: float
    turned: int

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        corners = [self._point(x, y) for x, y in ((left, bottom), (right, top))]
        xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        return xs[0], ys[0], xs[1], ys[1]

    def _point(self, x: float, y: float) -> tuple[float, float]:
        # PDFium gives the size of the page as it is looked at, but boxes as they were drawn
        return {
            0: (x, self.height - y),
            90: (y, x),
            180: (self.width - x, y),
            270: (self.width - y, self.height - x),
        }[self.turned]


def read_pdf(body: bytes) -> Document:
    """A PDF as a Document. Raises Unreadable for a broken or encrypted one, and for a scan without text."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(_why(str(error))) from error
    try:
        pages = min(len(pdf), MAX_PAGES)
        warnings = (f"only the first {MAX_PAGES} pages of {len(pdf)} were read",) if len(pdf) > MAX_PAGES else ()
        blocks = tuple(block for number in range(pages) for block in _page(pdf, number))
        title = (pdf.get_metadata_dict().get("Title") or "").strip() or None
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"the PDF is broken: {error}") from error
    finally:
        pdf.close()
    if not any(isinstance(block, Paragraph | Grid) for block in blocks):
        raise Unreadable("a PDF without a text layer (a scan) is not read yet" if blocks else "the PDF holds no text")
    return Document("application/pdf", "pdf", blocks, title, warnings=warnings)


def _why(error: str) -> str:
    return "the PDF is encrypted with a password" if "password" in error.lower() else f"the PDF is broken: {error}"


def _page(pdf: pypdfium2.PdfDocument, number: int) -> list[Block]:
    """The paragraphs, tables and pictures of a page from top to bottom."""
    page = pdf[number]
    width, height = page.get_size()
    view = _View(width, height, page.get_rotation())
    chars = list(_chars(page, view))
    found: list[tuple[float, Block]] = []
    for table in tables(_lines(page, view)):
        boxes = with_open_side(table, (char.middle for char in chars))
        inside, chars = _inside(boxes, chars)
        if inside:
            grid = _grid(boxes, inside, number + 1)
            found.append((boxes[0].rectangle[1], grid))
    found += [(line[0].top, _paragraph(line, number + 1)) for line in _text_lines(chars)]
    found += list(_pictures(page, view, number + 1))
    page.close()
    return [block for _, block in sorted(found, key=lambda pair: pair[0])]


def _chars(page: pypdfium2.PdfPage, view: _View) -> Iterator[_Char]:
    """The visible characters; spaces are told again from the gaps."""
    text = page.get_textpage()
    for index in range(min(text.count_chars(), MAX_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code > 32 and code != 0xA0 and code not in (0xFFFE, 0xFFFF) and not 0xD800 <= code < 0xE000:
            yield _Char(chr(code), *view.box(*text.get_charbox(index, loose=True)))
    text.close()


def _lines(page: pypdfium2.PdfPage, view: _View) -> Iterator[Line]:
    """The ruling lines: thin filled shapes, and straight strokes."""
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        matrix = item.get_matrix()
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, filled, stroked)
        for points in _strokes(item):
            drawn = [matrix.on_point(x, y) for x, y in points]
            left, top, right, bottom = view.box(
                min(x for x, _ in drawn), min(y for _, y in drawn), max(x for x, _ in drawn), max(y for _, y in drawn)
            )
            if right - left <= _THIN or bottom - top <= _THIN:
                yield from _line(left, top, right, bottom)
            elif stroked.value:
                for (x0, y0), (x1, y1) in pairwise(drawn):
                    if abs(x0 - x1) <= _THIN or abs(y0 - y1) <= _THIN:
                        yield from _line(*view.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))


def _strokes(item: pypdfium2.PdfObject) -> Iterator[list[tuple[float, float]]]:
    """The pieces of a path, each as its points."""
    points: list[tuple[float, float]] = []
    for index in range(pdfium.FPDFPath_CountSegments(item)):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        points.append((x.value, y.value))
        if pdfium.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def _line(left: float, top: float, right: float, bottom: float) -> Iterator[Line]:
    width, height = right - left, bottom - top
    if height > width and height >= _SHORT:
        yield Line(True, (left + right) / 2, top, bottom)
    elif width >= height and width >= _SHORT:
        yield Line(False, (top + bottom) / 2, left, right)


def _pictures(page: pypdfium2.PdfPage, view: _View, number: int) -> Iterator[tuple[float, Block]]:
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        box = view.box(*item.get_bounds())
        if box[2] - box[0] > _SMALL_PICTURE and box[3] - box[1] > _SMALL_PICTURE:
            yield box[1], Picture(None, Place(page=number, box=_rounded(box)))


def _inside(boxes: list[Box], chars: list[_Char]) -> tuple[dict[Box, list[_Char]], list[_Char]]:
    """The characters of each cell, and those outside the table."""
    inside: dict[Box, list[_Char]] = {}
    outside = []
    for char in chars:
        x, y = char.middle
        box = next((box for box in boxes if _holds(box, x, y)), None)
        if box is None:
            outside.append(char)
        else:
            inside.setdefault(box, []).append(char)
    return inside, outside


def _holds(box: Box, x: float, y: float) -> bool:
    left, top, right, bottom = box.rectangle
    return left <= x < right and top <= y < bottom


def _grid(boxes: list[Box], inside: dict[Box, list[_Char]], number: int) -> Grid:
    cells = tuple(
        GridCell(
            _cell_text(inside.get(box, []), box), box.row, box.column,
            Place(page=number, box=_rounded(box.rectangle)), box.rowspan, box.colspan,
        )
        for box in boxes
    )
    left, top = min(b.rectangle[0] for b in boxes), min(b.rectangle[1] for b in boxes)
    right, bottom = max(b.rectangle[2] for b in boxes), max(b.rectangle[3] for b in boxes)
    return Grid(cells, Place(page=number, box=_rounded((left, top, right, bottom))))


def _cell_text(chars: list[_Char], box: Box) -> str:
    """The lines of a cell; a number that was too wide for its cell and went on in the next line is one number."""
    lines = list(_text_lines(chars))
    text = "\n".join(_line_text(line) for line in lines)
    if _DIGITS.fullmatch(text):
        room = box.rectangle[2] - box.rectangle[0]
        size = median(char.right - char.left for char in chars)
        if all(line[-1].right - line[0].left > room - 3 * size for line in lines[:-1]):
            return text.replace("\n", "")
    return text


def _text_lines(chars: list[_Char]) -> Iterator[list[_Char]]:
    """Characters in lines from top to bottom, each line from left to right."""
    line: list[_Char] = []
    for char in sorted(chars, key=lambda char: char.middle[1]):
        if line and char.middle[1] - line[0].middle[1] > 0.5 * max(4.0, min(_tall(char), _tall(line[0]))):
            yield sorted(line, key=lambda char: char.left)
            line = []
        line.append(char)
    if line:
        yield sorted(line, key=lambda char: char.left)


def _tall(char: _Char) -> float:
    return char.bottom - char.top


def _line_text(line: list[_Char]) -> str:
    """The text of a line, a space where the gap is wider than type leaves it."""
    text = line[0].text
    for before, char in pairwise(line):
        size = max(before.bottom - before.top, 4.0)
        letters = before.text.isascii() and char.text.isascii()
        text += (" " if char.left - before.right > size * (0.25 if letters else 0.8) else "") + char.text
    return text


def _paragraph(line: list[_Char], number: int) -> Paragraph:
    box = (line[0].left, min(c.top for c in line), max(c.right for c in line), max(c.bottom for c in line))
    return Paragraph(_line_text(line), Place(page=number, box=_rounded(box)))


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(value, 1) for value in box)
    return left, top, right, bottom
