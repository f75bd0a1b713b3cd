"""Characters with their boxes, and how they make words and lines. Points from the upper left corner of the page."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

Rectangle = tuple[float, float, float, float]
_DIGITS = re.compile(r"[\d.,]+(?:\n[\d.,]+)+")


class Glyph(NamedTuple):
    """A character and its box. A tuple, because a page has thousands of them."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def text_lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Glyphs in lines from top to bottom, each line from left to right, what was drawn twice only once."""
    line: list[Glyph] = []
    start = reach = 0.0
    for glyph in sorted(glyphs, key=_height) if len(glyphs) > 1 else glyphs:
        middle = (glyph.top + glyph.bottom) / 2
        if line and middle - start > 0.5 * max(4.0, min(glyph.bottom - glyph.top, reach)):
            yield _in_order(line)
            line = []
        if not line:
            start, reach = middle, glyph.bottom - glyph.top
        line.append(glyph)
    if line:
        yield _in_order(line)


def _height(glyph: Glyph) -> float:
    return glyph.top + glyph.bottom


def _in_order(line: list[Glyph]) -> list[Glyph]:
    if len(line) == 1:
        return line
    line.sort(key=lambda glyph: glyph.left)
    found = [line[0]]
    for glyph in line[1:]:
        if glyph.left > found[-1].right - 1.0 or not any(_is_shadow(glyph, before) for before in found[-3:]):
            found.append(glyph)
    return found


def _is_shadow(glyph: Glyph, before: Glyph) -> bool:
    """Whether a glyph is the one before, drawn again a little aside to look bold."""
    if glyph.text != before.text:
        return False
    narrow = min(glyph.right - glyph.left, before.right - before.left)
    return before.right - glyph.left > 0.6 * narrow and abs(glyph.top - before.top) < 0.25 * (glyph.bottom - glyph.top)


def line_text(line: Sequence[Glyph]) -> str:
    """The text of a line, a space where the gap is wider than type leaves it."""
    if len(line) == 1:
        return line[0].text
    parts = [line[0].text]
    for before, glyph in pairwise(line):
        gap = glyph.left - before.right
        if gap > 0.9:
            letters = before.text.isascii() and glyph.text.isascii()
            if gap > max(before.bottom - before.top, 4.0) * (0.25 if letters else 0.8):
                parts.append(" ")
        parts.append(glyph.text)
    return "".join(parts)


def cell_text(glyphs: Sequence[Glyph], width: float) -> str:
    """The lines of a cell; a number that was too wide for its cell and went on in the next line is one number."""
    if len(glyphs) == 1:
        return glyphs[0].text
    lines = list(text_lines(glyphs))
    text = "\n".join(map(line_text, lines))
    if len(lines) > 1 and _DIGITS.fullmatch(text):
        size = median(glyph.right - glyph.left for glyph in glyphs)
        if all(line[-1].right - line[0].left > width - 3 * size for line in lines[:-1]):
            return text.replace("\n", "")
    return text


def bounds(boxes: Iterable[Glyph]) -> Rectangle:
    """The rectangle around glyphs, to a tenth of a point."""
    _, lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return rounded((min(lefts), min(tops), max(rights), max(bottoms)))


def rounded(box: Rectangle) -> Rectangle:
    """A rectangle to a tenth of a point."""
    left, top, right, bottom = box
    return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)
