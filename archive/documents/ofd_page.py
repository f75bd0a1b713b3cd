"""What the objects of an OFD page draw (GB/T 33190, clauses 8 to 11): characters, ruling lines, pictures."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite

from lxml import etree

from archive.documents.glyphs import Glyph, Rectangle
from archive.documents.ruling import Line

POINTS = 72 / 25.4                    # lengths are in millimetres
MAX_OBJECTS = 60_000
MAX_GLYPHS = 60_000
_DEEPEST = 8
_THIN = 2.6                           # points
_SHORT = 3.0
_WHITE, _DARK = 245, 215
_ABOVE, _BELOW = 0.86, 0.14           # of the size, over and under the line on which a character stands
_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1, 0, 0, 1, 0, 0)
_COMMANDS = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
# how many numbers belong to a command, and where its end point starts among them
_ENDS = {"M": (2, 0), "L": (2, 0), "S": (2, 0), "Q": (4, 2), "B": (6, 4), "A": (7, 5)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on the page: the identifier of its resource and its rectangle."""

    resource: str
    box: Rectangle


@dataclass(slots=True)
class Drawn:
    """What a page draws, in points from its upper left corner, as it is looked at."""

    width: float
    height: float
    glyphs: list[Glyph]
    lines: list[Line]
    fills: list[Rectangle]
    pictures: list[Shown]
    cut: bool = False


@dataclass(slots=True)
class Canvas:
    """Takes the objects of a page. `unit` gives the content of a composite by its identifier."""

    left: float
    top: float
    unit: Callable[[str], etree._Element | None]
    glyphs: list[tuple[Glyph, int]] = field(default_factory=list)
    white: list[tuple[Glyph, int]] = field(default_factory=list)
    strokes: list[Rectangle] = field(default_factory=list)
    fills: list[Rectangle] = field(default_factory=list)
    dark: list[Rectangle] = field(default_factory=list)
    pictures: list[Shown] = field(default_factory=list)
    objects: int = 0
    cut: bool = False

    def draw(self, parent: etree._Element, matrix: _Matrix = _SAME, depth: int = 0) -> None:
        """Takes everything inside an element: layers, blocks, objects."""
        for element in parent:
            self.objects += 1
            if self.objects > MAX_OBJECTS or len(self.glyphs) > MAX_GLYPHS or depth > _DEEPEST:
                self.cut = True
                return
            name = local(element)
            if (element.get("Visible") or "").lower() == "false" or element.get("Alpha") == "0":
                continue
            if name in ("Layer", "PageBlock", "Content"):
                self.draw(element, matrix, depth + 1)
            elif name in _OBJECTS:
                own = _composed(_own_matrix(element), matrix)
                _OBJECTS[name](self, element, own, depth)

    def annotate(self, appearance: etree._Element) -> None:
        """Takes what an annotation shows."""
        self.draw(appearance, _own_matrix(appearance))

    def result(self, width: float, height: float) -> Drawn:
        """What was drawn; a page whose text runs sideways is turned so that it reads."""
        seen = [*self.glyphs, *(pair for pair in self.white if _lies_in(pair[0], self.dark))]
        turned = _direction(seen)
        size = width * POINTS, height * POINTS
        glyphs = [
            Glyph(glyph.text, *_turned(glyph[1:], turned, size)) for glyph, direction in seen if direction == turned
        ]
        lines = [line for stroke in self.strokes for line in _line(_turned(stroke, turned, size))]
        pictures = [Shown(shown.resource, _turned(shown.box, turned, size)) for shown in self.pictures]
        fills = [_turned(fill, turned, size) for fill in self.fills]
        wide, high = size if turned % 2 == 0 else size[::-1]
        return Drawn(wide, high, glyphs, lines, fills, pictures, self.cut)

    def point(self, x: float, y: float, matrix: _Matrix) -> tuple[float, float]:
        """A point of an object on the page, in points."""
        a, b, c, d, e, f = matrix
        return (a * x + c * y + e - self.left) * POINTS, (b * x + d * y + f - self.top) * POINTS


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name in whatever namespace."""
    return next((inner for inner in element if local(inner) == name), None)


def numbers(text: str | None) -> list[float]:
    """The numbers of an attribute, those that are none left out."""
    found = []
    for word in (text or "").replace(",", " ").split():
        try:
            value = float(word)
        except ValueError:
            continue
        if isfinite(value) and abs(value) < 1e7:
            found.append(value)
    return found


def offsets(text: str | None, most: int = MAX_GLYPHS) -> list[float]:
    """The steps from character to character: `g n v` stands for n steps of v (clause 11.3)."""
    words = (text or "").split()
    found: list[float] = []
    index = 0
    while index < len(words) and len(found) < most:
        if words[index] == "g" and index + 2 < len(words):
            count = int(words[index + 1]) if words[index + 1].isdecimal() else 0
            found += numbers(words[index + 2]) * min(count, most)
            index += 3
        else:
            found += numbers(words[index])
            index += 1
    return found[:most]


def _own_matrix(element: etree._Element) -> _Matrix:
    """From the coordinates inside an object to those around it: its CTM, then the corner of its boundary."""
    box = numbers(element.get("Boundary"))
    x, y = (box[0], box[1]) if len(box) >= 2 else (0.0, 0.0)
    ctm = numbers(element.get("CTM"))
    a, b, c, d, e, f = ctm if len(ctm) == 6 else _SAME
    return a, b, c, d, e + x, f + y


def _composed(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _text(canvas: Canvas, element: etree._Element, matrix: _Matrix, _depth: int) -> None:
    size = (numbers(element.get("Size")) or [0.0])[0]
    direction = _runs(matrix)
    unseen = (element.get("Fill") or "").lower() == "false" and (element.get("Stroke") or "").lower() != "true"
    if size <= 0 or direction is None or unseen:
        return
    wide = (numbers(element.get("HScale")) or [1.0])[0] or 1.0
    colour = _colour(element, "FillColor")
    target = canvas.white if colour is not None and min(colour) >= _WHITE else canvas.glyphs
    x = y = 0.0
    for code in (inner for inner in element if local(inner) == "TextCode"):
        x, y = (numbers(code.get("X")) or [x])[0], (numbers(code.get("Y")) or [y])[0]
        for text, at, base in _placed(code, x, y, size * wide):
            width = size * wide * (1.0 if ord(text) > 0x2E7F else 0.5)
            corners = [canvas.point(px, py, matrix) for px in (at, at + width)
                       for py in (base - _ABOVE * size, base + _BELOW * size)]
            target.append((Glyph(text, *_around(corners)), direction))


def _placed(code: etree._Element, x: float, y: float, size: float) -> Iterator[tuple[str, float, float]]:
    """The visible characters with where each starts."""
    text = code.text or ""
    across, down = offsets(code.get("DeltaX"), len(text)), offsets(code.get("DeltaY"), len(text))
    steps = max(len(across), len(down))
    if text != text.strip() and steps == len(text.strip()) - 1:
        text = text.strip()                       # written by a program that indents its XML
    for index, letter in enumerate(text):
        if not letter.isspace() and letter.isprintable():
            yield letter, x, y
        if index < len(across):
            x += across[index]
        elif not down:
            x += size * (1.0 if ord(letter) > 0x2E7F else 0.5)
        y += down[index] if index < len(down) else 0.0


def _runs(matrix: _Matrix) -> int | None:
    """The direction in which text runs, in quarter turns clockwise; None where it lies aslant as watermarks do."""
    a, b = matrix[0], matrix[1]
    if min(abs(a), abs(b)) > 0.1 * max(abs(a), abs(b)):
        return None
    if abs(a) >= abs(b):
        return 0 if a >= 0 else 2
    return 1 if b > 0 else 3


def _direction(glyphs: Sequence[tuple[Glyph, int]]) -> int:
    counts = [0, 0, 0, 0]
    for _, direction in glyphs:
        counts[direction] += 1
    return counts.index(max(counts))


def _turned(box: Sequence[float], turned: int, size: tuple[float, float]) -> Rectangle:
    """A rectangle on a page that is turned back by quarter turns."""
    left, top, right, bottom = box
    width, height = size
    return (
        (left, top, right, bottom),
        (top, width - right, bottom, width - left),
        (width - right, height - bottom, width - left, height - top),
        (height - bottom, left, height - top, right),
    )[turned]


def _path(canvas: Canvas, element: etree._Element, matrix: _Matrix, _depth: int) -> None:
    stroked = (element.get("Stroke") or "true").lower() != "false"
    filled = (element.get("Fill") or "false").lower() == "true"
    data = child(element, "AbbreviatedData")
    stroke = _colour(element, "StrokeColor")
    fill = _colour(element, "FillColor") or (0, 0, 0)
    drawn = stroked and (stroke is None or min(stroke) < _WHITE)
    for piece in _pieces(data.text or "" if data is not None else ""):
        points = [canvas.point(x, y, matrix) for x, y in piece]
        box = _around(points)
        if box[2] - box[0] <= _THIN or box[3] - box[1] <= _THIN:
            if drawn or (filled and min(fill) < _WHITE):
                canvas.strokes.append(box)
            continue
        if drawn:
            canvas.strokes += [
                _around(pair) for pair in pairwise(points)
                if abs(pair[0][0] - pair[1][0]) <= _THIN or abs(pair[0][1] - pair[1][1]) <= _THIN
            ]
        if filled:
            canvas.fills.append(box)
        if filled and min(fill) < _DARK:
            canvas.dark.append(box)


def _pieces(data: str) -> Iterator[list[tuple[float, float]]]:
    """The pieces of a path as points; curves count as the straight way to their end (clause 9.1)."""
    points: list[tuple[float, float]] = []
    words = _COMMANDS.findall(data[:2_000_000])
    index, command = 0, ""
    while index < len(words):
        if words[index].isalpha():
            command = words[index].upper()
            index += 1
            if command == "C" and points:
                points.append(points[0])
        count, end = _ENDS.get(command, (1, -1))
        values = words[index:index + count]
        if len(values) < count or any(value.isalpha() for value in values) or end < 0:
            index += 0 if index < len(words) and words[index].isalpha() else 1
            continue
        if command in "MS":
            if len(points) > 1:
                yield points
            points = []
        points.append((float(values[end]), float(values[end + 1])))
        index += count
        if command == "M":
            command = "L"
    if len(points) > 1:
        yield points


def _image(canvas: Canvas, element: etree._Element, matrix: _Matrix, _depth: int) -> None:
    resource = element.get("ResourceID")
    if resource:
        corners = [canvas.point(x, y, matrix) for x in (0, 1) for y in (0, 1)]
        if element.get("CTM") is None:
            box = numbers(element.get("Boundary"))
            size = (box[2], box[3]) if len(box) >= 4 else (0.0, 0.0)
            corners = [canvas.point(x, y, matrix) for x in (0, size[0]) for y in (0, size[1])]
        canvas.pictures.append(Shown(resource, _around(corners)))


def _composite(canvas: Canvas, element: etree._Element, matrix: _Matrix, depth: int) -> None:
    content = canvas.unit(element.get("ResourceID") or "")
    if content is not None:
        canvas.draw(content, matrix, depth + 1)


_OBJECTS: dict[str, Callable[[Canvas, etree._Element, _Matrix, int], None]] = {
    "TextObject": _text, "PathObject": _path, "ImageObject": _image, "CompositeObject": _composite,
    "CompositeGraphicUnit": _composite,
}


def _colour(element: etree._Element, name: str) -> tuple[int, ...] | None:
    """Red, green and blue, None where the object does not say or says it in other terms."""
    found = child(element, name)
    if found is None:
        return None
    if found.get("Alpha") == "0":
        return 255, 255, 255
    words = (found.get("Value") or "").split()
    if len(words) != 3:
        return None
    if any(word.startswith("#") for word in words):
        words = [str(int(word[1:], 16)) if re.fullmatch(r"#[0-9A-Fa-f]{1,2}", word) else "0" for word in words]
    values = numbers(" ".join(words))
    return tuple(int(value) for value in values) if len(values) == 3 else None


def _around(points: Sequence[tuple[float, float]]) -> Rectangle:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _line(box: Rectangle) -> Iterator[Line]:
    left, top, right, bottom = box
    if bottom - top > right - left and bottom - top >= _SHORT:
        yield Line(True, (left + right) / 2, top, bottom)
    elif right - left >= bottom - top and right - left >= _SHORT:
        yield Line(False, (top + bottom) / 2, left, right)


def _lies_in(glyph: Glyph, boxes: Sequence[Rectangle]) -> bool:
    x, y = glyph.middle
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)
