"""Pictures and scanned pages: rulings make tables, recognisers read what stands in their cells and around them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image

from archive.documents.figures import Figure, may_be_figure, read_figures
from archive.documents.image_files import images, seen
from archive.documents.image_grid import cells as tables
from archive.documents.image_lines import Rulings, rulings
from archive.documents.image_words import Said, unruled
from archive.documents.inks import Grey, without_seals
from archive.documents.model import Block, Grid, GridCell, Paragraph, Place
from archive.documents.recognisers import Reading, readers, recogniser
from archive.documents.ruling import Box
from archive.documents.strips import (
    Edges,
    Pieces,
    edges,
    faint,
    fragments,
    lines,
    pieces,
    strip,
    usual_height,
    within,
    written,
)
from archive.documents.upright import Rectangle, Sheet, upright

__all__ = ["read_page", "read_picture", "readers"]
# no digit, so that a row of figures with it in is never taken for a whole one
_UNSURE = "?"
_HEADING = re.compile(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]")


def read_picture(body: bytes, *, part: str | None = None, page: int | None = None) -> tuple[Block, ...]:
    """The tables and paragraphs of an image file, boxes in its pixels. The pages of a TIFF are numbered.

    Raises Unreadable for what is no image, is broken, too large, or too small to hold a report.
    """
    found: list[Block] = []
    for number, image in images(body):
        found += _read(image, _Where(number or page, part, 1.0))
    return tuple(found)


def read_page(image: Image.Image, *, page: int, points_per_pixel: float) -> tuple[Block, ...]:
    """The tables and paragraphs of a page given as an image, boxes in points of the page."""
    return tuple(_read(seen(image), _Where(page, None, points_per_pixel)))


@dataclass(frozen=True, slots=True)
class _Where:
    """Which page or picture is read, and how large one of its pixels is."""

    page: int | None
    part: str | None
    scale: float

    def place(self, sheet: Sheet, box: Rectangle) -> Place:
        left, top, right, bottom = (round(value * self.scale, 1) for value in sheet.original(box))
        return Place(page=self.page, box=(left, top, right, bottom), part=self.part)


@dataclass(slots=True)
class _Strips:
    """Strips wait here until all of a page are read at once."""

    images: list[Grey] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def add(self, image: Grey) -> int:
        self.images.append(image)
        return len(self.images) - 1

    def read(self) -> None:
        self.readings = recogniser()(self.images)


@dataclass(frozen=True, slots=True)
class _Cell:
    box: Box
    strips: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """A piece of a line outside tables: where it stands, and its strip."""

    edges: Edges
    strip: int


def _read(image: Image.Image, where: _Where) -> list[Block]:
    sheet = upright(without_seals(np.asarray(image)), _quality)
    drawn = rulings(sheet.ink)
    thick = cv2.dilate(drawn.mask, np.ones((3, 3), np.uint8))
    even = np.where(thick > 0, np.uint8(255), sheet.even)
    found = pieces(np.where(thick > 0, np.uint8(0), sheet.ink))
    ruled = tables(drawn)
    outer = [_outer([box.rectangle for box in boxes]) for boxes in ruled]
    waiting = _Strips()
    inside = np.zeros(len(found), bool)
    cells = []
    for boxes, frame in zip(ruled, outer, strict=True):
        own = _held(found, frame)
        cells.append(_cells(even, found[own], boxes, waiting))
        inside |= own
    rows = _rows(even, found[~inside], outer, waiting)
    waiting.read()
    figures = _figures(cells, rows, waiting)
    placed: list[tuple[float, Block]] = [
        (frame[1], _grid(table, frame, waiting, figures, where, sheet))
        for table, frame in zip(cells, outer, strict=True)
    ]
    bare = _bare(rows, waiting, figures, sheet, drawn, usual_height(found))
    placed += [(min(_box(cell)[1] for cell in grid.cells), _set_back(grid, where, sheet)) for grid, _ in bare]
    taken = frozenset[int]().union(*(used for _, used in bare))
    left = [[words for words in row if words.strip not in taken] for row in rows]
    placed += _paragraphs([row for row in left if row], waiting, figures, where, sheet)
    return [block for _, block in sorted(placed, key=lambda pair: pair[0])]


def _held(found: Pieces, frame: Rectangle) -> np.ndarray:
    x, y = (found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2
    held: np.ndarray = (x >= frame[0]) & (x < frame[2]) & (y >= frame[1]) & (y < frame[3])
    return held


def _outer(boxes: Sequence[Rectangle]) -> Rectangle:
    return (
        min(box[0] for box in boxes), min(box[1] for box in boxes),
        max(box[2] for box in boxes), max(box[3] for box in boxes),
    )


def _cells(even: Grey, found: Pieces, boxes: Sequence[Box], waiting: _Strips) -> list[_Cell]:
    """The cells of a table with the strips of their lines; a cell without ink has none."""
    high = usual_height(found)
    cells = []
    for box in boxes:
        inner = within(found, box.rectangle)
        held = written(inner, box.rectangle)
        parts = lines(held, high) if len(held) else faint(inner, box.rectangle)
        numbers = tuple(waiting.add(strip(even, edges(part), 0.9 * high, box.rectangle)) for part in parts)
        cells.append(_Cell(box, numbers))
    return cells


def _rows(even: Grey, found: Pieces, frames_: Sequence[Rectangle], waiting: _Strips) -> list[list[_Words]]:
    """The lines outside the tables, each as its words; a table ends the lines above it."""
    high = usual_height(found)
    height, width = even.shape
    writing = written(found, (-99, -99, width + 99, height + 99))
    writing = writing[(writing[:, 3] - writing[:, 1] < 4 * high)]
    cuts = sorted([-1.0, *(frame[1] for frame in frames_), height + 1.0])
    rows = []
    for low, up in pairwise(cuts):
        band = within(writing, (-1, low, width + 1, up))
        for line in lines(band, high) if len(band) else []:
            parts = fragments(line)
            rows.append([_Words(edges(part), waiting.add(strip(even, edges(part), 0.9 * high))) for part in parts])
    return rows


def _figures(
    tables_: Sequence[Sequence[_Cell]], rows: Sequence[Sequence[_Words]], waiting: _Strips
) -> dict[int, Figure]:
    """What the strips say that may be figures, by their number: those of cells, and of rows without rulings."""
    alone = [cell.strips[0] for cells in tables_ for cell in cells if len(cell.strips) == 1]
    alone += [words.strip for row in rows if len(row) > 1 for words in row]
    numbers = [number for number in alone if may_be_figure(waiting.readings[number])]
    found = read_figures([waiting.images[n] for n in numbers], [waiting.readings[n] for n in numbers])
    return dict(zip(numbers, found, strict=True))


def _grid(
    cells: Sequence[_Cell], frame: Rectangle, waiting: _Strips, figures: dict[int, Figure], where: _Where, sheet: Sheet
) -> Grid:
    made = []
    for cell in cells:
        figure = _said(cell, waiting, figures)
        box = cell.box
        made.append(GridCell(
            figure.text, box.row, box.column, where.place(sheet, box.rectangle), box.rowspan, box.colspan,
            figure.readings, round(figure.confidence, 3),
        ))
    return Grid(tuple(made), where.place(sheet, frame), method="ocr")


def _said(cell: _Cell, waiting: _Strips, figures: dict[int, Figure]) -> Figure:
    if not cell.strips:
        return Figure("", 1.0)
    if cell.strips[0] in figures:
        return figures[cell.strips[0]]
    read = [waiting.readings[number] for number in cell.strips]
    return Figure("\n".join(reading.text for reading in read if reading.text), min(r.confidence for r in read))


def _bare(
    rows: Sequence[Sequence[_Words]], waiting: _Strips, figures: dict[int, Figure], sheet: Sheet, drawn: Rulings,
    high: float,
) -> list[tuple[Grid, frozenset[int]]]:
    """The tables without rulings, boxes in pixels of the sheet, each with the strips in it."""
    words = [words for row in rows for words in row]
    if not any(len(row) > 1 and any(words.strip in figures for words in row) for row in rows):
        return []
    said = [Said(one.edges, _seen_as(one, waiting, figures), figures.get(one.strip)) for one in words]
    level = [run for run in drawn.runs if not run.vertical]
    found = unruled(said, level, sheet.even.shape[1], high)
    return [(grid, frozenset(words[number].strip for number in used)) for grid, used in found]


def _seen_as(words: _Words, waiting: _Strips, figures: dict[int, Figure]) -> str:
    figure = figures.get(words.strip)
    return waiting.readings[words.strip].text if figure is None else figure.text


def _set_back(grid: Grid, where: _Where, sheet: Sheet) -> Grid:
    """A grid in pixels of the sheet with the places of the original."""
    cells = tuple(replace(cell, place=where.place(sheet, _box(cell))) for cell in grid.cells)
    return replace(grid, cells=cells, place=where.place(sheet, _outer([_box(cell) for cell in grid.cells])))


def _box(block: Grid | GridCell) -> Rectangle:
    return block.place.box or (0.0, 0.0, 0.0, 0.0)


def _paragraphs(
    rows: Sequence[Sequence[_Words]], waiting: _Strips, figures: dict[int, Figure], where: _Where, sheet: Sheet
) -> Iterator[tuple[float, Block]]:
    """The paragraphs outside the tables; lines that fill the page go on in the next one."""
    texts = [" ".join(_told(words, waiting, figures) for words in row).strip() for row in rows]
    told = [(text, _outer([words.edges for words in row])) for text, row in zip(texts, rows, strict=True) if text]
    if not told:
        return
    left, right = min(box[0] for _, box in told), max(box[2] for _, box in told)
    open_: tuple[str, Rectangle] | None = None
    last: Rectangle = (0, 0, 0, 0)
    for text, box in told:
        if open_ and not _HEADING.match(text) and _goes_on(last, box, left, right):
            open_ = (open_[0] + text, _outer([open_[1], box]))
        else:
            if open_:
                yield open_[1][1], Paragraph(open_[0], where.place(sheet, open_[1]), method="ocr")
            open_ = (text, box)
        last = box
    if open_:
        yield open_[1][1], Paragraph(open_[0], where.place(sheet, open_[1]), method="ocr")


def _told(words: _Words, waiting: _Strips, figures: dict[int, Figure]) -> str:
    """The text of some words; a figure in a row of figures that nobody is sure of is not told."""
    figure = figures.get(words.strip)
    if figure is None:
        return waiting.readings[words.strip].text
    return _UNSURE if figure.readings else figure.text


def _goes_on(upper: Rectangle, lower: Rectangle, left: float, right: float) -> bool:
    """Whether a line fills the page to the right and the next one starts on the left just below it."""
    high = upper[3] - upper[1]
    alike = 0.7 < (lower[3] - lower[1]) / max(1.0, high) < 1.4
    return (
        alike and upper[2] > right - 2.2 * high and lower[0] < left + 1.2 * high
        and lower[1] - upper[3] < 1.8 * high and upper[2] - upper[0] > 0.5 * (right - left)
    )


def _quality(sheet: Sheet) -> float:
    """How well some lines of a sheet can be read, 0-1."""
    found = pieces(sheet.ink)
    found = written(found, (-99, -99, sheet.ink.shape[1] + 99, sheet.ink.shape[0] + 99))
    high = usual_height(found)
    tall, wide = found[:, 3] - found[:, 1], found[:, 2] - found[:, 0]
    mask = np.zeros_like(sheet.ink)
    # dots of a dotted ruling are no writing
    characters = (tall < 2 * high) & (wide < 3 * high) & (np.maximum(tall, wide) > 0.3 * high)
    for left, top, right, bottom, _ in found[characters].tolist():
        mask[top:bottom, left:right] = 1
    smeared = pieces(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, int(high)), np.uint8)).astype(np.uint8))
    tall, wide = smeared[:, 3] - smeared[:, 1], smeared[:, 2] - smeared[:, 0]
    chosen = smeared[(tall > 0.6 * high) & (tall < 1.6 * high) & (wide > 4 * tall)]
    chosen = chosen[np.argsort(chosen[:, 0] - chosen[:, 2], kind="stable")][:6]
    if not len(chosen):
        return 0.0
    strips_ = [strip(sheet.even, (a, b, min(c, a + int(8 * high)), d), high) for a, b, c, d, _ in chosen.tolist()]
    return float(np.median([reading.confidence * (len(reading.text) > 3) for reading in recogniser()(strips_)]))
