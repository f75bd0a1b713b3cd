"""Tables of a Word 97-2003 file: rows know the edges of their cells in twips, never the columns of their table."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from archive.documents.doc_sprms import Column
from archive.documents.flow import Cell, Item, Merge, Table

_NEAR = 60                                        # twips, about a millimetre: edges that people see as one line


@dataclass(slots=True)
class Row:
    """A row as it ends in the file: what its cells hold, and where they stand (empty where the file does not say)."""

    cells: list[list[Item]]
    columns: list[Column]


_Drawn = tuple[Column, list[Item], Merge]


def table(rows: list[Row]) -> Table:
    """A table with its cells over common columns. A row that does not say where its cells stand takes the one before.

    Where that does not fit either its cells are only counted: one column each.
    """
    drawn: list[list[_Drawn] | None] = []
    before: list[Column] = []
    for row in rows:
        before = next((columns for columns in (row.columns, before) if _fits(columns, row)), [])
        drawn.append(_drawn(row.cells, before) if before else None)
    lines = _lines([[edge for column, _, _ in row for edge in (column.left, column.right)] for row in drawn if row])
    return Table([
        _counted(row) if cells is None else [_cell(column, items, down, lines) for column, items, down in cells]
        for row, cells in zip(rows, drawn, strict=True)
    ])


def _fits(columns: list[Column], row: Row) -> bool:
    """Whether a definition has as many cells as the marks in the text, each of them with a width."""
    widths = all(column.left < column.right or (column.across and column.left == column.right) for column in columns)
    return widths and bool(columns) and len(columns) == len(row.cells)


def _counted(row: Row) -> list[Cell]:
    return [Cell(items, index) for index, items in enumerate(row.cells)]


def _drawn(cells: list[list[Item]], columns: list[Column]) -> list[_Drawn]:
    """The cells that are seen: those merged sideways are one, with the text of the first."""
    found: list[_Drawn] = []
    start = next((column.across for column in columns if column.across), 0)
    for column, items in zip(columns, cells, strict=True):
        if column.across and column.across != start and found:
            first, kept, down = found[-1]
            found[-1] = (Column(first.left, max(first.right, column.right)), kept, down)
        else:
            found.append((column, items, _merge(column)))
    return found


def _merge(column: Column) -> Merge:
    return "restart" if column.down == "restart" else "continue" if column.down else ""


def _lines(rows: list[list[int]]) -> list[int]:
    """The first edge of each vertical line of the table: edges that are near, unless one row has both of them."""
    pairs = {pair for row in rows for pair in pairwise(sorted(set(row)))}
    lines: list[int] = []
    members: list[int] = []
    for edge in sorted({edge for row in rows for edge in row}):
        if members and edge - members[0] <= _NEAR and not any((member, edge) in pairs for member in members):
            members.append(edge)
        else:
            lines.append(edge)
            members = [edge]
    return lines


def _cell(column: Column, items: list[Item], down: Merge, lines: list[int]) -> Cell:
    left = _line(column.left, lines)
    return Cell(items, left, max(_line(column.right, lines) - left, 1), down)


def _line(edge: int, lines: list[int]) -> int:
    """The line that an edge belongs to: the last one that starts at or before it."""
    at = bisect_left(lines, edge)
    return at if at < len(lines) and lines[at] == edge else at - 1
