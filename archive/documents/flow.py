"""What a Word file holds, in reading order: lines, pictures, tables inside each other; and how that becomes blocks.

DOCX and DOC say the same things in different bytes. Their readers make this, and `lay_out` decides for both what is a
table of data and what only lays out the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from archive.documents.model import Block, Grid, GridCell, Paragraph, Picture, Place

MAX_TEXT = 5_000_000
MAX_CELLS = 20_000
_LONG = 600                         # a cell of a statutory table never holds that many characters
Merge = Literal["", "restart", "continue"]


@dataclass(slots=True)
class Line:
    """A paragraph, or one of the lines that a break cuts it into."""

    text: str
    heading: bool = False


@dataclass(slots=True)
class Image:
    """A picture or an embedded file: its name in the container and its bytes, where there are any."""

    src: str | None
    body: bytes | None = field(default=None, repr=False)


@dataclass(slots=True)
class Foreign:
    """Blocks that another reader made of a file inside this one."""

    blocks: tuple[Block, ...]


@dataclass(slots=True)
class Cell:
    """A cell with the columns it covers; `merge` says whether it starts or continues one that is merged downwards."""

    items: "list[Item]"
    column: int
    colspan: int = 1
    merge: Merge = ""


@dataclass(slots=True)
class Table:
    """Rows of cells, left to right, without those that were deleted or hidden."""

    rows: list[list[Cell]]


Item = Line | Image | Foreign | Table


@dataclass(slots=True)
class _Laying:
    blocks: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tables: int = 0
    letters: int = 0


def lay_out(items: list[Item]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Blocks in reading order, and what was cut because it is too large."""
    laying = _Laying()
    _lay(items, laying)
    return tuple(laying.blocks), tuple(laying.warnings)


def _lay(items: list[Item], laying: _Laying) -> None:
    for item in items:
        if isinstance(item, Line):
            _lay_line(item, laying)
        elif isinstance(item, Table):
            _lay_table(item, laying)
        elif isinstance(item, Image):
            laying.blocks.append(Picture(item.src, _place(laying), item.body))
        else:
            laying.blocks += item.blocks


def _place(laying: _Laying) -> Place:
    return Place(f"paragraph {len(laying.blocks) + 1}")


def _lay_line(line: Line, laying: _Laying) -> None:
    text = line.text.strip()
    if not text:
        return
    if laying.letters >= MAX_TEXT:
        _warn(laying, f"only the first {MAX_TEXT} characters were read")
        return
    laying.letters += len(text)
    laying.blocks.append(Paragraph(text, _place(laying), line.heading))


def _warn(laying: _Laying, warning: str) -> None:
    if warning not in laying.warnings:
        laying.warnings.append(warning)


def _lay_table(table: Table, laying: _Laying) -> None:
    """A table of data becomes grids; one that only lays out the page is taken apart, cell after cell."""
    if _is_layout(table):
        for row in table.rows:
            for cell in row:
                _lay(cell.items, laying)
        return
    start = 0
    for number, row in enumerate(table.rows):
        if _is_prose(row):
            _lay_grid(table, start, number, laying)
            _lay([item for cell in row for item in cell.items], laying)
            start = number + 1
    _lay_grid(table, start, len(table.rows), laying)


def _is_layout(table: Table) -> bool:
    """Whether a table has one column, or holds tables that are larger than what it says itself."""
    if len({cell.column for row in table.rows for cell in row}) < 2:
        return True
    own = sum(len(row) for row in table.rows)
    return sum(map(_size, _inner(table))) > own


def _inner(table: Table) -> Iterator[Table]:
    for row in table.rows:
        for cell in row:
            yield from (item for item in cell.items if isinstance(item, Table))


def _size(table: Table) -> int:
    """The cells of a table with all that stands inside it; a frame of one cell counts for nothing."""
    own = sum(len(row) for row in table.rows)
    return (own if own > 1 else 0) + sum(map(_size, _inner(table)))


def _is_prose(row: list[Cell]) -> bool:
    """A row with nothing but running text: whole reports are written into the cells of one table."""
    filled = [cell for cell in row if any(not isinstance(item, Line) or item.text.strip() for item in cell.items)]
    return len(filled) == 1 and (
        len(_text(filled[0])) > _LONG or any(isinstance(item, Table | Foreign) for item in filled[0].items)
    )


def _lay_grid(table: Table, start: int, end: int, laying: _Laying) -> None:
    """The rows of a table from `start` to before `end` as a grid, the pictures in them behind it."""
    rows = table.rows[start:end]
    if not any(rows):
        return
    laying.tables += 1
    name = f"table {laying.tables}"
    cells = _grid_cells(rows, name)
    if len(cells) > MAX_CELLS:
        _warn(laying, f"{name}: only the first {MAX_CELLS} cells were read")
    laying.blocks.append(Grid(tuple(cells[:MAX_CELLS]), Place(name)))
    for image in (image for row in rows for cell in row for image in _images(cell.items)):
        laying.blocks.append(Picture(image.src, Place(name), image.body))


def _grid_cells(rows: list[list[Cell]], name: str) -> list[GridCell]:
    """Cells with their spans; a cell that continues the one above makes that one taller."""
    found: list[GridCell] = []
    above: dict[int, int] = {}                     # column → index of the merged cell that is open there
    for number, row in enumerate(rows):
        still: dict[int, int] = {}
        for cell in row:
            if cell.merge == "continue" and cell.column in above:
                index = above[cell.column]
                found[index] = _taller(found[index], number)
            else:
                at = Place(f"{name}, row {number + 1}, column {cell.column + 1}")
                found.append(GridCell(_text(cell), number, cell.column, at, 1, cell.colspan))
                index = len(found) - 1
            if cell.merge:
                still[cell.column] = index
        above = still
    return found


def _taller(cell: GridCell, row: int) -> GridCell:
    return GridCell(cell.text, cell.row, cell.column, cell.place, row - cell.row + 1, cell.colspan)


def _text(cell: Cell) -> str:
    """The text of a cell, its paragraphs on lines of their own, what stands in tables inside it behind them."""
    return "\n".join(line for line in _lines(cell.items) if line)


def _lines(items: list[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Line):
            yield item.text.strip()
        elif isinstance(item, Table):
            for row in item.rows:
                for cell in row:
                    yield from _lines(cell.items)
        elif isinstance(item, Foreign):
            yield from (block.text for block in item.blocks if isinstance(block, Paragraph))


def _images(items: list[Item]) -> Iterator[Image]:
    for item in items:
        if isinstance(item, Image):
            yield item
        elif isinstance(item, Table):
            for row in item.rows:
                for cell in row:
                    yield from _images(cell.items)
