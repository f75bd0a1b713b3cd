"""From ruling lines to the cells of a table: where two cells have no line between them they are one."""

from collections.abc import Iterable
from dataclasses import dataclass

TOLERANCE = 3.0


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
    """The tables that the lines draw, each as its cells in reading order; frames of fewer than three cells are none."""
    found = [_cells(group) for group in _groups(list(lines))]
    return sorted((cells for cells in found if len(cells) > 2), key=lambda cells: cells[0].rectangle[1])


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
    """Where lines stand, those closer than the tolerance taken as one."""
    found: list[list[float]] = []
    for value in sorted(values):
        if found and value - found[-1][-1] <= TOLERANCE:
            found[-1].append(value)
        else:
            found.append([value])
    return [sum(group) / len(group) for group in found]


def _cells(lines: list[Line]) -> list[Box]:
    xs = _positions(line.at for line in lines if line.vertical)
    ys = _positions(line.at for line in lines if not line.vertical)
    upright = [line for line in lines if line.vertical]
    level = [line for line in lines if not line.vertical]
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
