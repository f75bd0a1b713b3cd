"""What a PDF page draws besides characters: ruling lines, pictures, and which of its text nobody sees."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2.raw as pdfium

from archive.documents.glyphs import Rectangle
from archive.documents.ruling import Line

MAX_OBJECTS = 30_000
MAX_SEGMENTS = 120_000
_DEEPEST = 6
_THIN = 2.6
_DOT = 2.0
_WHITE = 245
_COVERS = 0.7
_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1, 0, 0, 1, 0, 0)
_UNSEEN_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


@dataclass(frozen=True, slots=True)
class View:
    """Turns page coordinates into points from the upper left corner, the page turned clockwise by `turned` degrees."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as the page is looked at."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turned in (90, 270) else (width, height)

    def box(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """A rectangle of the page as it is looked at: left, top, right, bottom."""
        if self.turned == 0:
            return left - self.left, self.top - top, right - self.left, self.top - bottom
        if self.turned == 90:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.turned == 180:
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        return self.top - top, self.right - right, self.top - bottom, self.right - left

    def drawn(self, box: Rectangle) -> Rectangle:
        """The way back: left, bottom, right, top in the coordinates of the page."""
        left, top, right, bottom = box
        if self.turned == 0:
            return left + self.left, self.top - bottom, right + self.left, self.top - top
        if self.turned == 90:
            return top + self.left, left + self.bottom, bottom + self.left, right + self.bottom
        if self.turned == 180:
            return self.right - right, top + self.bottom, self.right - left, bottom + self.bottom
        return self.right - bottom, self.top - right, self.right - top, self.top - left


@dataclass(slots=True)
class Drawing:
    """The objects of a page. Rectangles are left, bottom, right, top in the coordinates of the page.

    `hidden` holds the addresses of text objects that nobody sees; `unseen_layer` counts those drawn invisibly or under
    a picture that covers the page. `cut` tells that there was more than is looked at.
    """

    strokes: list[Rectangle] = field(default_factory=list)
    fills: list[Rectangle] = field(default_factory=list)
    dark: list[Rectangle] = field(default_factory=list)
    pictures: list[Rectangle] = field(default_factory=list)
    texts: int = 0
    hidden: set[int] = field(default_factory=set)
    unseen_layer: int = 0
    shapes: int = 0
    cut: bool = False

    def lines(self, view: View) -> list[Line]:
        """The ruling lines as the page is looked at."""
        return list(_lines(self.strokes, view))


@dataclass(slots=True)
class _Walk:
    """One pass over a page's objects; ctypes' buffers are made once."""

    page: Rectangle
    turned: int
    found: Drawing
    objects: int = 0
    segments: int = 0
    shown: list[object] = field(default_factory=list)
    white: list[tuple[int, Rectangle]] = field(default_factory=list)
    four: tuple[ctypes.c_float, ...] = field(default_factory=lambda: tuple(ctypes.c_float() for _ in range(4)))
    colour: tuple[ctypes.c_uint, ...] = field(default_factory=lambda: tuple(ctypes.c_uint() for _ in range(4)))
    matrix: pdfium.FS_MATRIX = field(default_factory=pdfium.FS_MATRIX)

    def objects_of(self, parent: object, matrix: _Matrix, depth: int = 0) -> None:
        """Takes every object of a page or form in the order in which they are drawn."""
        count, get = (
            (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject) if depth
            else (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
        )
        for index in range(max(0, count(parent))):
            self.objects += 1
            if self.objects > MAX_OBJECTS or self.segments > MAX_SEGMENTS:
                self.found.cut = True
                return
            item = get(parent, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                self._text(item, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._path(item, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                self._picture(item, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
                self.objects_of(item, _composed(self._matrix_of(item), matrix), depth + 1)

    def _matrix_of(self, item: object) -> _Matrix:
        m = self.matrix
        return (m.a, m.b, m.c, m.d, m.e, m.f) if pdfium.FPDFPageObj_GetMatrix(item, m) else _SAME

    def _bounds(self, item: object, matrix: _Matrix) -> Rectangle | None:
        left, bottom, right, top = self.four
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return None
        box = left.value, bottom.value, right.value, top.value
        return box if matrix == _SAME else _moved(box, matrix)

    def _colour_of(self, item: object) -> tuple[int, int, int, int]:
        red, green, blue, alpha = self.colour
        if not pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
            return 0, 0, 0, 255
        return red.value, green.value, blue.value, alpha.value

    def _text(self, item: object, matrix: _Matrix) -> None:
        self.found.texts += 1
        if pdfium.FPDFTextObj_GetTextRenderMode(item) in _UNSEEN_MODES:
            self.found.hidden.add(_address(item))
            self.found.unseen_layer += 1
            return
        red, green, blue, alpha = self._colour_of(item)
        own = _composed(self._matrix_of(item), matrix)
        if alpha < 8 or not _is_upright(own):
            self.found.hidden.add(_address(item))
        elif min(red, green, blue) >= _WHITE:
            box = self._bounds(item, matrix)
            self.white += [(_address(item), box)] if box else []
        else:
            self.shown.append(item)

    def _picture(self, item: object, matrix: _Matrix) -> None:
        box = self._bounds(item, matrix)
        if box is None:
            return
        self.found.pictures.append(box)
        if _share(box, self.page) > _COVERS and not pdfium.FPDFPageObj_HasTransparency(item):
            self.found.hidden.update(map(_address, self.shown))
            self.found.unseen_layer += len(self.shown)
            self.shown.clear()
            self.found.strokes.clear()

    def _path(self, item: object, matrix: _Matrix) -> None:
        box = self._bounds(item, matrix)
        if box is None:
            return
        if box[2] - box[0] <= _THIN or box[3] - box[1] <= _THIN:
            self.found.strokes.append(box)
            return
        self.found.shapes += 1
        filled, stroked = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, filled, stroked)
        if filled.value and min(self._colour_of(item)[:3]) < _WHITE - 30:
            self.found.dark.append(box)
        own = _composed(self._matrix_of(item), matrix)
        for points in self._pieces(item):
            drawn = [_point(x, y, own) for x, y in points]
            xs, ys = [x for x, _ in drawn], [y for _, y in drawn]
            piece = min(xs), min(ys), max(xs), max(ys)
            if piece[2] - piece[0] <= _THIN or piece[3] - piece[1] <= _THIN:
                self.found.strokes.append(piece)
            elif stroked.value:
                self.found.strokes += _edges(drawn)
            elif filled.value and len(points) <= 6 and len(set(points)) == 4:
                self.found.fills.append(piece)

    def _pieces(self, item: object) -> Iterator[list[tuple[float, float]]]:
        """The pieces of a path, each as its points."""
        points: list[tuple[float, float]] = []
        x, y = self.four[:2]
        for index in range(pdfium.FPDFPath_CountSegments(item)):
            self.segments += 1
            if self.segments > MAX_SEGMENTS:
                return
            segment = pdfium.FPDFPath_GetPathSegment(item, index)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            if points and pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
                yield points
                points = []
            points.append((x.value, y.value))
            if pdfium.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        if points:
            yield points


def look(page: object, box: Rectangle, turned: int) -> Drawing:
    """Everything that a page (PDFium's handle) draws. `turned`: the direction in which most of its text runs."""
    walk = _Walk(box, turned, Drawing())
    walk.objects_of(page, _SAME)
    for address, where in walk.white:
        x, y = (where[0] + where[2]) / 2, (where[1] + where[3]) / 2
        if not any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in walk.found.dark):
            walk.found.hidden.add(address)
    return walk.found


def _address(item: object) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _is_upright(matrix: _Matrix) -> bool:
    """Whether text runs along the page; what lies aslant is a watermark."""
    a, b = abs(matrix[0]), abs(matrix[1])
    return min(a, b) <= 0.1 * max(a, b)


def _composed(inner: _Matrix, outer: _Matrix) -> _Matrix:
    if outer == _SAME:
        return inner
    a, b, c, d, e, f = inner
    x, y = _point(e, f, outer)
    g, h, i, j = outer[:4]
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, x, y


def _point(x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved(box: Rectangle, matrix: _Matrix) -> Rectangle:
    corners = [_point(x, y, matrix) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _edges(points: list[tuple[float, float]]) -> Iterator[Rectangle]:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= _THIN or abs(y0 - y1) <= _THIN:
            yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _share(box: Rectangle, page: Rectangle) -> float:
    width = max(0.0, min(box[2], page[2]) - max(box[0], page[0]))
    height = max(0.0, min(box[3], page[3]) - max(box[1], page[1]))
    return width * height / max(1.0, (page[2] - page[0]) * (page[3] - page[1]))


def _lines(strokes: list[Rectangle], view: View) -> Iterator[Line]:
    for stroke in strokes:
        left, top, right, bottom = view.box(*stroke)
        # a dot is a piece of a dotted ruling of either direction
        dot = max(right - left, bottom - top) <= _DOT
        if dot or bottom - top > right - left:
            yield Line(True, (left + right) / 2, top, bottom)
        if dot or bottom - top <= right - left:
            yield Line(False, (top + bottom) / 2, left, right)
