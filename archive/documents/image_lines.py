"""Ruling lines of a scanned page, out of its ink: long thin runs, however broken, and nothing of the writing."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from archive.documents.inks import Grey, as_pixels

# lengths in pixels of a page that is about 1650 wide
_LEVEL = 44
_UPRIGHT = 26
_LONG = 70
_REACH = 5
_BESIDE = 7
_CLOSE = 2
_BENT = 20              # a ruling bends by no more
_STRAIGHT = 0.4         # of its length lies in each of its rows of pixels


@dataclass(frozen=True, slots=True)
class Run:
    """A ruling in pixels: its box, and whether it certainly stands free of writing."""

    vertical: bool
    left: int
    top: int
    right: int
    bottom: int
    free: bool = True

    @property
    def length(self) -> int:
        return self.bottom - self.top if self.vertical else self.right - self.left

    @property
    def at(self) -> float:
        return (self.left + self.right) / 2 if self.vertical else (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rulings:
    """The rulings of a page, and which pixels (1) are of level and of upright ones."""

    runs: tuple[Run, ...]
    level: Grey = field(repr=False)
    upright: Grey = field(repr=False)

    @property
    def mask(self) -> Grey:
        return self.level | self.upright


def strokes(ink: Grey) -> Grey:
    """1 where long thin strokes are, rulings and others, also in a page that is not square."""
    return _strokes(ink, vertical=False) | _strokes(ink, vertical=True)


def rulings(ink: Grey) -> Rulings:
    """The rulings of a page by its ink (1)."""
    level, _, level_mask = _runs(ink, vertical=False)
    upright, crowded, upright_mask = _runs(ink, vertical=True)
    long = [run for run in level if run.length >= 5 * _LEVEL]
    upright += [run for run in crowded if _reaches_through(run, long)]
    upright = [
        run for run in upright
        if (run.length >= _LONG and run.free) or _reaches_through(run, long) or _is_border(run, upright, level)
    ]
    sure = [run for run in level if (run.length >= 5 * _LEVEL and run.free) or _is_met(run, upright)]
    level = [run for run in level if run in sure or (run.free and _goes_on(run, sure, level))]
    return Rulings((*level, *upright), _kept(level, level_mask), _kept(upright, upright_mask))


def _kept(runs: list[Run], mask: Grey) -> Grey:
    kept = np.zeros_like(mask)
    for run in runs:
        part = (slice(run.top, run.bottom), slice(run.left, run.right))
        kept[part] = mask[part]
    return kept


def _runs(ink: Grey, *, vertical: bool) -> tuple[list[Run], list[Run], Grey]:
    """Runs of ink, those that bend by a pixel or are broken by one or two being one; then those amid writing."""
    mask = _strokes(ink, vertical=vertical)
    runs, crowded = [], []
    for left, top, wide, tall, area in _components(mask, vertical=vertical):
        length, thickness = (tall, wide) if vertical else (wide, tall)
        run = Run(vertical, left, top, left + wide, top + tall)
        if thickness <= max(_BENT, 0.02 * length) and area / length <= 12:
            one, other = _beside(ink, run)
            # borders of two rulings or three have the others all along their sides
            if not 0.2 <= one < 0.93 or length > (3 if vertical else 12) * _LEVEL:
                runs.append(replace(run, free=length >= 2 * _LEVEL or not 0.6 < other < 0.93))
            else:
                crowded.append(run)
    return runs, crowded, mask


def _components(mask: Grey, *, vertical: bool) -> Iterator[tuple[int, int, int, int, int]]:
    """Left, top, width, height and pixels of each piece; of a long one that characters touch what is straight."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    for number, (left, top, wide, tall, area) in enumerate(stats[1:].tolist(), 1):
        length, thickness = (tall, wide) if vertical else (wide, tall)
        if length < 5 * _LEVEL or thickness <= max(_BENT, 0.02 * length):
            yield left, top, wide, tall, area
            continue
        piece = labels[top:top + tall, left:left + wide] == number
        filled = piece.sum(axis=0 if vertical else 1)
        for low, high in _ranges(filled > _STRAIGHT * length):
            held = int(filled[low:high].sum())
            yield (left + low, top, high - low, tall, held) if vertical else (left, top + low, wide, high - low, held)


def _ranges(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From where to where neighbours are chosen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _strokes(ink: Grey, *, vertical: bool) -> Grey:
    across, along = ((3, 1), (1, 3)) if vertical else ((1, 3), (3, 1))
    thick = cv2.dilate(ink, np.ones(across[::-1], np.uint8))
    joined = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones(along[::-1], np.uint8))
    longest = (1, _UPRIGHT) if vertical else (_LEVEL, 1)
    return as_pixels(cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones(longest[::-1], np.uint8)))


def _beside(ink: Grey, run: Run) -> tuple[float, float]:
    """How much of a run has ink beside it, on its emptier and its fuller side."""
    turned = ink.T if run.vertical else ink
    top, bottom, left, right = (
        (run.left, run.right, run.top, run.bottom) if run.vertical else (run.top, run.bottom, run.left, run.right)
    )
    sides = (turned[max(0, top - _BESIDE):top, left:right], turned[bottom:bottom + _BESIDE, left:right])
    filled = [float(side.any(axis=0).mean()) if side.size else 0.0 for side in sides]
    return min(filled), max(filled)


def _is_met(run: Run, upright: list[Run]) -> bool:
    """Whether a short level stroke meets upright rulings, a very short one at both its ends; characters do not."""
    near = [other.at for other in upright if other.top - _REACH <= run.at <= other.bottom + _REACH]
    ends = [any(abs(at - end) <= 2 * _REACH for at in near) for end in (run.left, run.right)]
    crossed = any(run.left + 2 * _REACH < at < run.right - 2 * _REACH for at in near)
    return all(ends) or (run.length >= 3 * _LEVEL and (any(ends) or crossed))


def _goes_on(run: Run, sure: list[Run], level: list[Run]) -> bool:
    """Whether a short level stroke is a piece of a broken ruling: others, one of them sure, lie in line with it."""
    in_line = sum(other.length for other in level if abs(other.at - run.at) <= _REACH)
    return in_line >= 5 * _LEVEL and any(abs(other.at - run.at) <= _REACH for other in sure)


def _reaches_through(run: Run, long: list[Run]) -> bool:
    """Whether an upright stroke between dense writing goes from one long ruling right to another: no character does."""
    return all(
        any(other.top - _CLOSE <= end <= other.bottom + _CLOSE
            and other.left - _REACH <= run.at <= other.right + _REACH for other in long)
        for end in (run.top, run.bottom)
    )


def _is_border(run: Run, upright: list[Run], level: list[Run]) -> bool:
    """Whether a short upright stroke is a border: it joins two rulings and others stand in line with it."""
    above = [other for other in level if other.left - _REACH <= run.at <= other.right + _REACH]
    touched = [any(abs(other.at - end) <= 2 * _REACH for other in above) for end in (run.top, run.bottom)]
    in_line = sum(other.length for other in upright if abs(other.at - run.at) <= _REACH)
    return all(touched) and in_line >= _LONG
