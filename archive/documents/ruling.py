"""From ruling lines to the cells of a table: where two cells have no line between them they are one."""

from collections.abc import Iterable
from dataclasses import dataclass

TOLERANCE = 3.0
# borders that do not collapse are drawn twice; no row of text fits between lines as close as this
_SAME = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal or vertical ruling: it stands at `at` and reaches from `low` to `high`, in points."""

    vertical: bool
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Box:
    """A cell: the rows and columns it covers, and its rectangle (left, top, right, bottom; top is smaller)."""

    row: int
    column: int
    rowspan: int
    colspan: int
    rectangle: tuple[float, float, float, float]


def tables(lines: Iterable[Line]) -> list[list[Box]]:
    """The tables that the lines draw, each as its cells in reading order; a frame around one column is none."""
    found = [_cells(group) for group in _groups(list(lines))]
    return sorted((cells for cells in found if _is_table(cells)), key=lambda cells: cells[0].rectangle[1])


def _is_table(cells: list[Box]) -> bool:
    return len({cell.column for cell in cells}) > 1


def with_open_side(cells: list[Box], points: Iterable[tuple[float, float]]) -> list[Box]:
    """The cells of a table and, where points lie left of it beside its rows, a first column for them.

    A table that goes on on the next page may lose the border on its left.
    """
    rows = {cell.row: (cell.rectangle[1], cell.rectangle[3]) for cell in reversed(cells) if cell.rowspan == 1}
    left = min(cell.rectangle[0] for cell in cells)
    beside = [(x, y) for x, y in points if x < left]
    open_rows = {row for row, (top, bottom) in rows.items() if any(top <= y < bottom for _, y in beside)}
    if not open_rows:
        return cells
    edge = min(x for x, _ in beside) - 2 * TOLERANCE
    added = [Box(row, 0, 1, 1, (edge, rows[row][0], left, rows[row][1])) for row in sorted(open_rows)]
    moved = [Box(cell.row, cell.column + 1, cell.rowspan, cell.colspan, cell.rectangle) for cell in cells]
    return sorted([*added, *moved], key=lambda cell: (cell.row, cell.column))


def _groups(lines: list[Line]) -> list[list[Line]]:
    """Lines that touch each other, directly or through others."""
    parent = list(range(len(lines)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    upright = [index for index, line in enumerate(lines) if line.vertical]
    level = [index for index, line in enumerate(lines) if not line.vertical]
    for one in upright:
        for other in level:
            if _touch(lines[one], lines[other]):
                parent[root(one)] = root(other)
    groups: dict[int, list[Line]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(root(index), []).append(line)
    return list(groups.values())


def _touch(upright: Line, level: Line) -> bool:
    return (
        level.low - TOLERANCE <= upright.at <= level.high + TOLERANCE
        and upright.low - TOLERANCE <= level.at <= upright.high + TOLERANCE
    )


def _positions(values: Iterable[float]) -> list[float]:
    """Where lines stand, those too close for text between them taken as one."""
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][-1] <= _SAME:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _closed(along: list[Line], across: list[Line]) -> list[float]:
    """Where the lines stand, and where those across end: a page break leaves the last row of a table open."""
    found = _positions(line.at for line in along)
    if found and across:
        low, high = min(line.low for line in across), max(line.high for line in across)
        found = [low] * (low < found[0] - 2 * TOLERANCE) + found + [high] * (high > found[-1] + 2 * TOLERANCE)
    return found


def _cells(lines: list[Line]) -> list[Box]:
    upright = [line for line in lines if line.vertical]
    level = [line for line in lines if not line.vertical]
    xs, ys = _closed(upright, level), _closed(level, upright)
    free = {(r, c) for r in range(len(ys) - 1) for c in range(len(xs) - 1)}
    found = []
    for r, c in sorted(free):
        if (r, c) not in free:
            continue
        right = c + 1
        while right < len(xs) - 1 and not _drawn(upright, xs[right], ys[r], ys[r + 1]):
            right += 1
        bottom = r + 1
        while bottom < len(ys) - 1 and not any(_drawn(level, ys[bottom], xs[i], xs[i + 1]) for i in range(c, right)):
            bottom += 1
        free -= {(i, j) for i in range(r, bottom) for j in range(c, right)}
        found.append(Box(r, c, bottom - r, right - c, (xs[c], ys[r], xs[right], ys[bottom])))
    return found


def _drawn(lines: list[Line], at: float, low: float, high: float) -> bool:
    """Whether a line stands there along more than half of the way from `low` to `high`."""
    covered = 0.0
    for line in lines:
        if abs(line.at - at) <= TOLERANCE:
            covered += max(0.0, min(line.high, high) - max(line.low, low))
    return covered * 2 > high - low
