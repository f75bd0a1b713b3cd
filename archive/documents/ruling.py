"""From ruling lines to the cells of a table: where two cells have no line between them they are one."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TOLERANCE = 3.0
# borders that do not collapse are drawn twice; no row of text fits between lines as close as this
_SAME = 5.0
# dotted and dashed rulings are drawn as pieces
_GAP = 4.0
_STRAIGHT = 0.7
_SHORT = 3.0
MAX_LINES = 4_000
MAX_CELLS = 20_000
_Reaches = Mapping[int, list[tuple[float, float]]]


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
    whole = joined(lines)
    if len(whole) > MAX_LINES:
        return []
    found = [_cells(group) for group in _groups(whole)]
    return sorted((cells for cells in found if _is_table(cells)), key=lambda cells: cells[0].rectangle[1])


def joined(lines: Iterable[Line]) -> list[Line]:
    """The lines with pieces that go on from each other made one; what stays shorter than a letter is dropped."""
    found: list[Line] = []
    for upright in (True, False):
        row: list[Line] = []
        for line in sorted((line for line in lines if line.vertical is upright), key=lambda line: line.at):
            if row and line.at - row[0].at > _STRAIGHT:
                found += _chained(row)
                row = []
            row.append(line)
        found += _chained(row)
    return [line for line in found if line.high - line.low >= _SHORT]


def _chained(row: list[Line]) -> list[Line]:
    found: list[Line] = []
    for line in sorted(row, key=lambda line: line.low):
        last = found[-1] if found else None
        if last and line.low <= last.high + _GAP:
            found[-1] = Line(line.vertical, last.at, last.low, max(last.high, line.high))
        else:
            found.append(line)
    return found


def _is_table(cells: list[Box]) -> bool:
    return len({cell.column for cell in cells}) > 1


def with_open_side(cells: list[Box], points: Iterable[tuple[float, float]]) -> list[Box]:
    """The cells of a table and, where points lie left of it beside its rows, a first column for them.

    A table that goes on on the next page may lose the border on its left.
    """
    rows = {cell.row: (cell.rectangle[1], cell.rectangle[3]) for cell in reversed(cells) if cell.rowspan == 1}
    left = min(cell.rectangle[0] for cell in cells)
    top, bottom = min(cell.rectangle[1] for cell in cells), max(cell.rectangle[3] for cell in cells)
    beside = [(x, y) for x, y in points if x < left and top <= y < bottom]
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
    level = sorted((index for index, line in enumerate(lines) if not line.vertical), key=lambda i: lines[i].at)
    heights = [lines[index].at for index in level]
    for one in upright:
        line = lines[one]
        first, last = bisect_left(heights, line.low - TOLERANCE), bisect_right(heights, line.high + TOLERANCE)
        for other in level[first:last]:
            if lines[other].low - TOLERANCE <= line.at <= lines[other].high + TOLERANCE:
                parent[root(one)] = root(other)
    groups: dict[int, list[Line]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(root(index), []).append(line)
    return list(groups.values())


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
    if len(xs) * len(ys) > MAX_CELLS:
        return []
    uprights, levels = _reaches(upright, xs), _reaches(level, ys)
    free = {(r, c) for r in range(len(ys) - 1) for c in range(len(xs) - 1)}
    found = []
    for r, c in sorted(free):
        if (r, c) not in free:
            continue
        right = c + 1
        while right < len(xs) - 1 and not _drawn(uprights, right, ys[r], ys[r + 1]):
            right += 1
        bottom = r + 1
        while bottom < len(ys) - 1 and not any(_drawn(levels, bottom, xs[i], xs[i + 1]) for i in range(c, right)):
            bottom += 1
        free -= {(i, j) for i in range(r, bottom) for j in range(c, right)}
        found.append(Box(r, c, bottom - r, right - c, (xs[c], ys[r], xs[right], ys[bottom])))
    return found


def _reaches(lines: list[Line], places: list[float]) -> _Reaches:
    """From where to where lines are drawn at each of the places."""
    found: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        for index in range(bisect_left(places, line.at - TOLERANCE), bisect_right(places, line.at + TOLERANCE)):
            found[index].append((line.low, line.high))
    return found


def _drawn(reaches: _Reaches, place: int, low: float, high: float) -> bool:
    """Whether a line stands there along more than half of the way from `low` to `high`."""
    covered = 0.0
    for start, end in reaches.get(place, ()):
        if start < high and end > low:
            covered += (end if end < high else high) - (start if start > low else low)
    return covered * 2 > high - low
