"""Lines of writing on an upright page: pieces of ink make lines, and lines strips that a recogniser can read."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from archive.documents.inks import Grey

Pieces = NDArray[np.int32]      # left, top, right, bottom, pixels of ink: one row a piece
Edges = tuple[int, int, int, int]
Rectangle = tuple[float, float, float, float]
_SPECK = 5
_EDGE, _FAINT = 6, 10
_USUAL_HEIGHT = 26


def pieces(ink: Grey) -> Pieces:
    """The connected pieces of ink, specks included."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, wide, tall, area = stats[1:].T
    return np.stack([left, top, left + wide, top + tall, area], axis=1).astype(np.int32)


def within(found: Pieces, box: Rectangle) -> Pieces:
    """The pieces whose middle lies in a box."""
    x, y = (found[:, 0] + found[:, 2]) / 2, (found[:, 1] + found[:, 3]) / 2
    return found[(x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])]


def written(found: Pieces, box: Rectangle) -> Pieces:
    """The pieces that are writing: no specks, and no remains of the rulings along the edges of `box`."""
    wide, tall = found[:, 2] - found[:, 0], found[:, 3] - found[:, 1]
    speck = (np.maximum(wide, tall) < _SPECK) | (found[:, 4] < 7)
    edge_above, edge_below = found[:, 1] - box[1], box[3] - found[:, 3]
    thin_level = (tall <= 4) & ((edge_above < 5) | (edge_below < 5))
    thin_level |= (tall <= 8) & (wide > 3 * tall) & ((edge_above < 6) | (edge_below < 6))
    thin_upright = (wide <= 4) & ((found[:, 0] - box[0] < 5) | (box[2] - found[:, 2] < 5))
    kept: Pieces = found[~(speck | thin_level | thin_upright)]
    return kept


def faint(found: Pieces, box: Rectangle) -> list[Pieces]:
    """Specks well inside a cell that has no writing: together they may be a figure that fell to pieces."""
    inside = found[
        (found[:, 0] > box[0] + _EDGE) & (found[:, 2] < box[2] - _EDGE)
        & (found[:, 1] > box[1] + _EDGE) & (found[:, 3] < box[3] - _EDGE)
    ]
    return [inside] if len(inside) and int(inside[:, 4].sum()) >= _FAINT else []


def usual_height(found: Pieces) -> float:
    """The height of most characters of a page, in pixels."""
    wide, tall = found[:, 2] - found[:, 0], found[:, 3] - found[:, 1]
    whole = tall[(tall >= 14) & (tall < 80) & (wide >= 0.6 * tall) & (wide < 1.6 * tall)]
    return float(np.percentile(whole, 70)) if len(whole) >= 8 else float(_USUAL_HEIGHT)


def lines(found: Pieces, high: float) -> list[Pieces]:
    """The lines of some writing from top to bottom. `high` is the usual height of a character there."""
    groups: list[list[int]] = []
    bottom = 0
    for index in np.argsort(found[:, 1], kind="stable").tolist():
        top = int(found[index, 1])
        if not groups or top > bottom:
            groups.append([])
            bottom = 0
        groups[-1].append(index)
        bottom = max(bottom, int(found[index, 3]))
    return [part for group in _completed([found[group] for group in groups], high) for part in _divided(group, high)]


def _completed(groups: list[Pieces], high: float) -> list[Pieces]:
    """Groups so low that they are only parts of characters (二, 三, ‘：’) go to the nearest one that has room."""
    done: list[Pieces] = []
    for group in groups:
        if done and _joins(done[-1], group, high):
            done[-1] = np.concatenate([done[-1], group])
        else:
            done.append(group)
    return done


def _joins(upper: Pieces, lower: Pieces, high: float) -> bool:
    gap = int(lower[:, 1].min()) - int(upper[:, 3].max())
    least = min(_tall(upper), _tall(lower))
    both = int(lower[:, 3].max()) - int(upper[:, 1].min())
    return both <= 1.25 * high and (least < 0.6 * high) and gap <= 0.5 * high


def _tall(group: Pieces) -> int:
    return int(group[:, 3].max()) - int(group[:, 1].min())


def _divided(group: Pieces, high: float) -> list[Pieces]:
    """A group as tall as several lines, which touch somewhere, cut where fewest pieces are."""
    tops, bottoms = group[:, 1], group[:, 3]
    largest = max(high, float(np.percentile(bottoms - tops, 90)))
    if _tall(group) < 1.7 * largest:
        return [group]
    first, last = int(tops.min()), int(bottoms.max())
    profile = np.zeros(last - first + 1)
    for left, top, right, bottom, _ in group.tolist():
        profile[top - first:bottom - first] += right - left
    low, up = int(0.6 * largest), min(int(1.5 * largest), len(profile) - 2)
    if up <= low:
        return [group]
    cut = first + low + int(profile[low:up].argmin())
    middle = (tops + bottoms) / 2
    upper, lower = group[middle < cut], group[middle >= cut]
    if not len(upper) or not len(lower) or len(upper) == len(group):
        return [group]
    return [upper, *_divided(lower, high)]


def edges(group: Pieces) -> Edges:
    return int(group[:, 0].min()), int(group[:, 1].min()), int(group[:, 2].max()), int(group[:, 3].max())


def fragments(line: Pieces) -> list[Pieces]:
    """A line in parts where it is broken by gaps wider than characters leave."""
    ordered = line[np.argsort(line[:, 0])]
    high = max(_tall(line), 12)
    reach = np.maximum.accumulate(ordered[:, 2])
    cuts = [0, *(i + 1 for i in range(len(ordered) - 1) if ordered[i + 1, 0] - reach[i] > 1.8 * high), len(ordered)]
    return [ordered[low:up] for low, up in pairwise(cuts)]


def strip(even: Grey, box: Edges, least: float, limits: Rectangle | None = None) -> Grey:
    """The part of a page around a line of writing, at least `least` high; white beyond `limits` and the page."""
    left, top, right, bottom = box
    grow = max(0.0, (least - (bottom - top)) / 2)
    edge = round(max(3.0, 0.2 * max(bottom - top, least)))
    height, width = even.shape
    x0, y0, x1, y1 = (0, 0, width, height) if limits is None else (round(limit) for limit in limits)
    inset = 0 if limits is None else 4
    upper, lower = int(top - grow) - edge, int(bottom + grow) + edge
    seen = (
        max(0, left - edge, min(left, x0 + inset)), max(0, upper, min(top, y0 + inset)),
        min(width, right + edge, max(right, x1 - inset)), min(height, lower, max(bottom, y1 - inset)),
    )
    whole = np.full((lower - upper, right - left + 2 * edge), 255, np.uint8)
    y, x = seen[1] - upper, seen[0] - left + edge
    part = even[seen[1]:seen[3], seen[0]:seen[2]]
    whole[y:y + part.shape[0], x:x + part.shape[1]] = part
    return whole
