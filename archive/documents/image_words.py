"""Tables on a picture that no rulings draw: what was read becomes the glyphs of a page, in which columns are found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.documents.columns import find_tables
from archive.documents.figures import Figure
from archive.documents.glyphs import Glyph
from archive.documents.image_lines import Run
from archive.documents.model import Grid, GridCell
from archive.documents.ruling import Line

Rectangle = tuple[float, float, float, float]
_PAGE = 595.0                             # points: columns are found by the measures of a page this wide
_NARROW = 0.55                            # of a character of Chinese


@dataclass(frozen=True, slots=True)
class Said:
    """Words on a picture: where they stand in pixels, what they say, and the figure they are, where they are one."""

    box: Rectangle
    text: str
    figure: Figure | None


def unruled(said: Sequence[Said], levels: Sequence[Run], width: int, high: float) -> list[tuple[Grid, frozenset[int]]]:
    """The tables that words make on a picture `width` pixels wide, each with the numbers of the words in it.

    Boxes of the grids and their cells are in pixels. `levels` are level rulings, `high` is the usual height of type.
    """
    scale = _PAGE / width
    owner = {glyph: number for number, one in enumerate(said) for glyph in _glyphs(one, scale, high)}
    lines = [Line(False, run.at * scale, run.left * scale, run.right * scale) for run in levels]
    found = find_tables(list(owner), lines, 0, _PAGE)
    tables = []
    for table in found:
        used = frozenset(owner[glyph] for glyph in table.taken)
        cells = tuple(_cell(cell, [said[number] for number in used], scale) for cell in table.grid.cells)
        tables.append((replace(table.grid, cells=cells, method="ocr"), used))
    return tables


def _glyphs(one: Said, scale: float, high: float) -> list[Glyph]:
    """The characters of some words side by side in their box, which is as high as type usually is."""
    text = one.text.replace(" ", "")
    left, top, right, bottom = (value * scale for value in one.box)
    more = max(0.0, (high * scale - (bottom - top)) / 2)
    weights = [_NARROW if char.isascii() else 1.0 for char in text]
    each = (right - left) / sum(weights) if weights else 0.0
    glyphs = []
    for char, weight in zip(text, weights, strict=True):
        glyphs.append(Glyph(char, left, top - more, left + weight * each, bottom + more))
        left += weight * each
    return glyphs


def _cell(cell: GridCell, said: Sequence[Said], scale: float) -> GridCell:
    """A cell in pixels, with what its readers say where it is a figure."""
    left, top, right, bottom = (value / scale for value in cell.place.box or (0, 0, 0, 0))
    placed = replace(cell, place=replace(cell.place, box=(left, top, right, bottom)))
    inside = [one for one in said if cell.text and left <= (one.box[0] + one.box[2]) / 2 <= right
              and top <= (one.box[1] + one.box[3]) / 2 <= bottom]
    figure = inside[0].figure if len(inside) == 1 else None
    if figure is None:
        return placed
    return replace(placed, text=figure.text, readings=figure.readings, confidence=round(figure.confidence, 3))
