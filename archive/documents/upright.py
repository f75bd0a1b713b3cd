"""Sets a scanned page upright: quarter turns, skew and perspective are taken away, and the way back is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from archive.documents.image_lines import strokes
from archive.documents.inks import Grey, as_pixels, ink, on_even_paper

Matrix = NDArray[np.float64]
Rectangle = tuple[float, float, float, float]
_NARROW, _WIDE = 1600, 2600
_USUAL = 1654
_MOST_PIXELS = 40_000_000
_SMALL = 700
_READ, _HARDLY_READ = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page set upright: `even` is dark on white, `ink` 1 where ink is, `back` leads to pixels of the original."""

    even: Grey = field(repr=False)
    ink: Grey = field(repr=False)
    back: Matrix = field(repr=False)

    def original(self, box: Rectangle) -> Rectangle:
        """The box around a rectangle of the sheet, in pixels of the original image."""
        left, top, right, bottom = box
        corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64)
        turned = cv2.perspectiveTransform(corners, self.back)[0]
        (x0, y0), (x1, y1) = turned.min(axis=0).tolist(), turned.max(axis=0).tolist()
        return x0, y0, x1, y1


def upright(grey: Grey, is_read: Callable[[Sheet], float]) -> Sheet:
    """The page of a grey image set upright. `is_read` says how well the writing of a sheet can be read (0-1).

    It is asked only where the writing may stand on its side or head.
    """
    made: dict[int, tuple[float, Sheet]] = {}
    rough = ink(on_even_paper(grey))
    for turns in _likely_turns(rough):
        turned, its_ink = (np.ascontiguousarray(np.rot90(image, turns)) for image in (grey, rough))
        sheet = _straight(turned, its_ink, _turning(turns, grey.shape))
        made[turns] = (is_read(sheet), sheet)
        if made[turns][0] > _READ:
            return sheet
    # figures alone do not say which way up they stand
    best = max(made, key=lambda turns: (made[turns][0], turns == 0))
    return made[best][1] if made[best][0] > _HARDLY_READ else made[0][1]


def _likely_turns(found: Grey) -> Iterator[int]:
    """Quarter turns in the order in which they are worth trying, by the ink of a page."""
    small, _ = _shrunk(_writing(found))
    lines = [_contrast(np.rot90(small, turn)) for turn in (0, 1)]
    yield from (0, 2, 3, 1) if lines[0] >= lines[1] * 0.5 else (3, 1, 0, 2)


def _writing(found: Grey) -> Grey:
    """The ink of single characters only: rulings run both ways and say nothing about the writing."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    most = max(found.shape) // 40
    kept = (stats[:, cv2.CC_STAT_WIDTH] < most) & (stats[:, cv2.CC_STAT_HEIGHT] < most) & (np.arange(count) > 0)
    return as_pixels(kept.astype(np.uint8)[labels])


def _shrunk(found: Grey) -> tuple[Grey, float]:
    scale = min(1.0, _SMALL / max(found.shape))
    size = (max(1, round(found.shape[1] * scale)), max(1, round(found.shape[0] * scale)))
    return as_pixels(cv2.resize(found * 255, size, interpolation=cv2.INTER_AREA)), scale


def _contrast(image: Grey) -> float:
    """How sharply rows of ink and rows of paper follow each other."""
    rows = image.astype(np.float32).sum(axis=1)
    return float((np.diff(rows) ** 2).sum()) / max(1.0, float(image.shape[1]))


def _turning(turns: int, shape: tuple[int, ...]) -> Matrix:
    """From pixels of the original to those of it after quarter turns against the clock."""
    height, width = shape[:2]
    return np.array(
        {
            0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            1: [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]],
            2: [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]],
            3: [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]],
        }[turns], np.float64,
    )


def _straight(grey: Grey, rough: Grey, turning: Matrix) -> Sheet:
    """The sheet of an image that stands the right way up, but for skew and perspective. `rough` is its ink."""
    forward, size = _turned_by(_skew(rough), grey.shape)
    sheet = _sheet(grey, forward, size, turning)
    seen = strokes(sheet.ink)
    corners = _corners(seen)
    if corners is None:
        return sheet
    squared = cv2.getPerspectiveTransform(corners, _rectangle(corners)).astype(np.float64)
    other = _sheet(grey, squared @ forward, size, turning)
    return other if _squareness(strokes(other.ink)) > _squareness(seen) else sheet


def _sheet(grey: Grey, forward: Matrix, size: tuple[int, int], turning: Matrix) -> Sheet:
    scale = float(np.sqrt(abs(np.linalg.det(forward[:2, :2]))))
    source = cv2.GaussianBlur(grey, (0, 0), 0.4 / scale) if scale < 0.8 else grey
    edge = float(np.median(grey))
    warped = cv2.warpPerspective(source, forward, size, flags=cv2.INTER_CUBIC, borderValue=(edge,))
    even = on_even_paper(as_pixels(warped))
    return Sheet(even, ink(even), np.linalg.inv(forward @ turning).astype(np.float64))


def _skew(found: Grey) -> float:
    """By how many degrees the writing and the rulings rise; 0 where nothing says so."""
    small, _ = _shrunk(found)
    best = max(np.arange(-6, 6.01, 0.5), key=lambda angle: _contrast(_rotated(small, float(angle))))
    larger = as_pixels(cv2.resize(found * 255, _fit(found.shape, 2 * _SMALL), interpolation=cv2.INTER_AREA))
    fine = max(best + np.arange(-0.5, 0.51, 0.05), key=lambda angle: _contrast(_rotated(larger, float(angle))))
    return 0.0 if abs(fine) < 0.04 else float(fine)


def _fit(shape: tuple[int, ...], most: int) -> tuple[int, int]:
    scale = min(1.0, most / max(shape))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def _rotated(image: Grey, angle: float) -> Grey:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    return as_pixels(cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR))


def _turned_by(angle: float, shape: tuple[int, ...]) -> tuple[Matrix, tuple[int, int]]:
    """Rotation and the scale at which everything is read, and the size of the sheet."""
    height, width = shape
    scale = 1.0
    if not _NARROW <= width <= _WIDE:
        scale = min(3.0, _USUAL / width) if width < _NARROW else _WIDE / width
    scale = min(scale, float(np.sqrt(_MOST_PIXELS / (height * width))))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    wide, tall = width * cosine + height * sine, width * sine + height * cosine
    turn[:, 2] += (wide - width) / 2, (tall - height) / 2
    forward = np.diag([scale, scale, 1.0]) @ np.vstack([turn, [0, 0, 1]])
    return forward, (round(wide * scale), round(tall * scale))


def _squareness(found: Grey) -> float:
    """How well strokes lie along rows and columns of pixels."""
    return _contrast(found) + _contrast(np.ascontiguousarray(found.T))


def _corners(found: Grey) -> NDArray[np.float32] | None:
    """The corners of the largest table, where they are no rectangle; None where nothing is to be done."""
    near = cv2.dilate(found, np.ones((7, 7), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(near)
    if len(stats) < 2:
        return None
    largest = 1 + int((stats[1:, cv2.CC_STAT_WIDTH] * stats[1:, cv2.CC_STAT_HEIGHT]).argmax())
    wide, tall = int(stats[largest, cv2.CC_STAT_WIDTH]), int(stats[largest, cv2.CC_STAT_HEIGHT])
    if wide < 0.3 * found.shape[1] or tall < 0.08 * found.shape[0]:
        return None
    ys, xs = np.nonzero((labels == largest) & (found > 0))
    places = [int((xs + ys).argmin()), int((xs - ys).argmax()), int((xs + ys).argmax()), int((xs - ys).argmin())]
    corners = np.array([[xs[place], ys[place]] for place in places], np.float32)
    off = np.abs(corners - _rectangle(corners)).max(axis=0)
    bent = off.max() > 3 and off[0] < 0.12 * wide and off[1] < 0.12 * max(tall, 0.2 * wide)
    return corners if bent else None


def _rectangle(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upright rectangle in the place of four corners (upper left, upper right, lower right, lower left)."""
    left, right = float(corners[[0, 3], 0].mean()), float(corners[[1, 2], 0].mean())
    top, bottom = float(corners[[0, 1], 1].mean()), float(corners[[2, 3], 1].mean())
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
