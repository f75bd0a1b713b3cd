"""Pictures and scanned pages: rulings make tables, recognisers read what stands in their cells and around them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image

from archive.documents.figures import Figure, may_be_figure, plain, read_figures
from archive.documents.image_files import images, seen
from archive.documents.image_grid import cells as tables
from archive.documents.image_lines import rulings
from archive.documents.inks import Grey, without_seals
from archive.documents.model import Block, Grid, GridCell, Paragraph, Place
from archive.documents.recognisers import Reading, readers, recogniser
from archive.documents.ruling import Box
from archive.documents.strips import Edges, Pieces, edges, fragments, lines, pieces, strip, usual_height, within, written
from archive.documents.upright import Rectangle, Sheet, upright

__all__ = ["read_page", "read_picture", "readers"]
_HEADING = re.compile(r"[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]")


def read_picture(body: bytes, *, part: str | None = None, page: int | None = None) -> tuple[Block, ...]:
    """The tables and paragraphs of an image file, boxes in its pixels. The second page of a TIFF is page 2.

    Raises Unreadable for what is no image, is broken, too large, or too small to hold a report.
    """
    found: list[Block] = []
    for number, image in enumerate(images(body), 1):
        found += _read(image, _Where(page if number == 1 else number, part, 1.0))
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
    figures = _figures(cells, waiting)
    placed: list[tuple[float, Block]] = [
        (frame[1], _grid(table, frame, waiting, figures, where, sheet))
        for table, frame in zip(cells, outer, strict=True)
    ]
    placed += _paragraphs(rows, waiting, where, sheet)
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
        held = written(within(found, box.rectangle), box.rectangle)
        parts = lines(held, high) if len(held) else []
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
    for low, up in zip(cuts, cuts[1:], strict=False):
        band = within(writing, (-1, low, width + 1, up))
        for line in lines(band, high) if len(band) else []:
            parts = fragments(line)
            rows.append([_Words(edges(part), waiting.add(strip(even, edges(part), 0.9 * high))) for part in parts])
    return rows


def _figures(tables_: Sequence[Sequence[_Cell]], waiting: _Strips) -> dict[int, Figure]:
    """What the strips say that may be figures, by their number."""
    numbers = [
        cell.strips[0] for cells in tables_ for cell in cells
        if len(cell.strips) == 1 and may_be_figure(waiting.readings[cell.strips[0]])
    ]
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


def _paragraphs(
    rows: Sequence[Sequence[_Words]], waiting: _Strips, where: _Where, sheet: Sheet
) -> Iterator[tuple[float, Block]]:
    for row in rows:
        text = " ".join(waiting.readings[words.strip].text for words in row).strip()
        box = _outer([words.edges for words in row])
        if text:
            yield box[1], Paragraph(text, where.place(sheet, box), method="ocr")


def _quality(sheet: Sheet) -> float:
    """How well some lines of a sheet can be read, 0-1."""
    found = pieces(sheet.ink)
    found = written(found, (-99, -99, sheet.ink.shape[1] + 99, sheet.ink.shape[0] + 99))
    high = usual_height(found)
    tall, wide = found[:, 3] - found[:, 1], found[:, 2] - found[:, 0]
    mask = np.zeros_like(sheet.ink)
    for left, top, right, bottom, _ in found[(tall < 2 * high) & (wide < 3 * high)].tolist():
        mask[top:bottom, left:right] = 1
    smeared = pieces(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, int(high)), np.uint8)).astype(np.uint8))
    tall, wide = smeared[:, 3] - smeared[:, 1], smeared[:, 2] - smeared[:, 0]
    chosen = smeared[(tall > 0.6 * high) & (tall < 1.6 * high) & (wide > 4 * tall)]
    chosen = chosen[:: max(1, len(chosen) // 6)][:6]
    if not len(chosen):
        return 1.0
    strips_ = [strip(sheet.even, (a, b, min(c, a + int(8 * high)), d), high) for a, b, c, d, _ in chosen.tolist()]
    return float(np.median([reading.confidence for reading in recogniser()(strips_)]))
