"""From the rulings of a scanned page to the cells of its tables; a ruling may be broken, bent or double."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from archive.documents.image_lines import Rulings, Run
from archive.documents.inks import Grey
from archive.documents.ruling import Box

# two rulings as close as this are one that was drawn twice, no writing fits between them
_SAME_COLUMN, _SAME_ROW = 20, 13
_NEAR = 9
_LEAST_WIDE, _LEAST_HIGH = 150, 30


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where rulings stand: from `low` to `high` across their direction."""

    low: int
    high: int

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def cells(rulings: Rulings) -> list[list[Box]]:
    """The tables that the rulings draw, each as its cells in pixels; a frame around one column is none."""
    found = [_cells(group, rulings) for group in _groups(rulings)]
    return sorted((boxes for boxes in found if _is_table(boxes)), key=lambda boxes: boxes[0].rectangle[1])


def _is_table(boxes: list[Box]) -> bool:
    if len({box.column for box in boxes}) < 2:
        return False
    wide = max(box.rectangle[2] for box in boxes) - min(box.rectangle[0] for box in boxes)
    tall = max(box.rectangle[3] for box in boxes) - min(box.rectangle[1] for box in boxes)
    return wide >= _LEAST_WIDE and tall >= _LEAST_HIGH


def _groups(rulings: Rulings) -> list[list[Run]]:
    """Rulings that touch each other, directly or through others."""
    near = cv2.dilate(rulings.level | rulings.upright, np.ones((_NEAR, _NEAR), np.uint8))
    _, labels = cv2.connectedComponents(near)
    groups: dict[int, list[Run]] = {}
    for run in rulings.runs:
        part = labels[run.top:run.bottom, run.left:run.right]
        # a stroke of a character may lie in the box of a ruling
        groups.setdefault(int(np.bincount(part[part > 0]).argmax()), []).append(run)
    return [runs for runs in groups.values() if len({run.vertical for run in runs}) == 2]


def _stands(runs: Sequence[Run]) -> list[_Stand]:
    """Where runs of one direction stand, those too close for writing between them taken as one."""
    spans = sorted((run.left, run.right) if run.vertical else (run.top, run.bottom) for run in runs)
    found: list[_Stand] = []
    for low, high in spans:
        same = _SAME_COLUMN if runs[0].vertical else _SAME_ROW
        if found and (low + high) / 2 - found[-1].high <= same:
            found[-1] = _Stand(found[-1].low, max(found[-1].high, high))
        else:
            found.append(_Stand(low, high))
    return found


def _closed(stands: list[_Stand], across: Sequence[Run]) -> list[_Stand]:
    """The stands, and where the rulings across end: the edge of a page leaves a table open."""
    ends = [(run.left, run.right) if not run.vertical else (run.top, run.bottom) for run in across]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    before = [_Stand(low, low)] if low < stands[0].low - 2 * _SAME_ROW else []
    after = [_Stand(high, high)] if high > stands[-1].high + 2 * _SAME_ROW else []
    return [*before, *stands, *after]


def _cells(runs: Sequence[Run], rulings: Rulings) -> list[Box]:
    upright, level = [run for run in runs if run.vertical], [run for run in runs if not run.vertical]
    columns, rows = _closed(_stands(upright), level), _closed(_stands(level), upright)
    walls = _walls(rulings.upright, columns, rows)
    floors = _walls(rulings.level.T, rows, columns)
    free = {(r, c) for r in range(len(rows) - 1) for c in range(len(columns) - 1)}
    found = []
    for r, c in sorted(free):
        if (r, c) not in free:
            continue
        right = c + 1
        while right < len(columns) - 1 and not walls[right][r] and (r, right) in free:
            right += 1
        bottom = r + 1
        while bottom < len(rows) - 1 and not any(floors[bottom][i] for i in range(c, right)):
            bottom += 1
        free -= {(i, j) for i in range(r, bottom) for j in range(c, right)}
        edges = (columns[c].middle, rows[r].middle, columns[right].middle, rows[bottom].middle)
        found.append(Box(r, c, bottom - r, right - c, edges))
    return found


def _walls(mask: Grey, stands: Sequence[_Stand], across: Sequence[_Stand]) -> list[list[bool]]:
    """For each stand, whether a ruling is drawn there between each two neighbours across."""
    width = mask.shape[1]
    walls = []
    for stand in stands:
        band = mask[:, max(0, stand.low - 3):min(width, stand.high + 3)]
        drawn = np.asarray(band.any(axis=1), dtype=bool)
        pieces = [drawn[upper.high:max(upper.high + 1, lower.low)] for upper, lower in pairwise(across)]
        walls.append([bool(piece.size and piece.mean() > 0.5) for piece in pieces])
    return walls
