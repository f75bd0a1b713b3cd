"""What is ink on a scanned page: even paper, seals taken away, and black or white decided for every pixel."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
_COLOURED = 60          # difference between the strongest and the weakest channel
_DARK_FILL = 170        # writing on a ground darker than this may be lighter than its ground


def as_pixels(array: Any) -> Grey:
    """What OpenCV gives back, as bytes; its own types say nothing."""
    return np.asarray(array, dtype=np.uint8)


def without_seals(colours: Grey) -> Grey:
    """A grey image of RGB pixels in which round seals are gone and what stands beneath them is not.

    Black ink is dark in every channel, red ink only in two: the brightest channel shows what lies under a seal. Other
    coloured writing (red titles, blue figures) is kept.
    """
    red, green, blue = cv2.split(colours)
    brightest = as_pixels(cv2.max(cv2.max(red, green), blue))
    darkest = as_pixels(cv2.min(cv2.min(red, green), blue))
    coloured = (cv2.subtract(brightest, darkest) > _COLOURED) & (brightest > 110)
    if int(coloured.sum()) < 200:
        return as_pixels(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))
    grey = as_pixels(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))
    for left, top, right, bottom in _seals(coloured):
        part = (slice(top, bottom), slice(left, right))
        grey[part] = np.where(coloured[part], 255, brightest[part])
    return grey


def _seals(coloured: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Boxes of large round coloured shapes; a coloured table is larger, or has nothing in its corners' stead."""
    height, width = coloured.shape
    joined = as_pixels(cv2.dilate(coloured.astype(np.uint8), np.ones((5, 5), np.uint8)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for left, top, wide, tall, _ in stats[1:].tolist():
        large = width * 0.06 < wide < width * 0.4 and width * 0.06 < tall < width * 0.4
        if large and 0.6 < wide / tall < 1.7 and not _has_corners(joined[top:top + tall, left:left + wide]):
            found.append((max(0, left - 2), max(0, top - 2), min(width, left + wide + 2), min(height, top + tall + 2)))
    return found


def _has_corners(shape: Grey) -> bool:
    """Whether ink stands in the corners of its box: a frame has some there, a ring has none."""
    tall, wide = max(2, shape.shape[0] // 10), max(2, shape.shape[1] // 10)
    corners = (shape[:tall, :wide], shape[:tall, -wide:], shape[-tall:, :wide], shape[-tall:, -wide:])
    return any(bool(corner.any()) for corner in corners)


def on_even_paper(grey: Grey) -> Grey:
    """The image with paper, shadows and fills made white and writing dark, also light writing on a dark fill."""
    height, width = grey.shape
    small = as_pixels(cv2.resize(grey, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA))
    ground = as_pixels(cv2.resize(_ground(small), (width, height), interpolation=cv2.INTER_LINEAR))
    ground = np.maximum(ground, np.uint8(12))
    even = as_pixels(cv2.divide(grey, ground, scale=255))
    light = (ground < _DARK_FILL) & (grey > ground)
    if light.any():
        share = grey[light].astype(np.float32) / ground[light]
        even[light] = np.clip((2 - share) * 255, 0, 255).astype(np.uint8)
    return even


def _ground(small: Grey) -> Grey:
    """What lies behind the writing; dense type darkens it only along its line, a fill over a whole cell."""
    usual = as_pixels(cv2.medianBlur(small, 15))
    bright = cv2.medianBlur(as_pixels(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))), 5)
    dark = (usual < 0.85 * bright.astype(np.float32)).astype(np.uint8)
    core = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((8, 14), np.uint8))
    if not core.any():
        return as_pixels(np.where(dark > 0, bright, usual))
    # a median is bright in the corners of a fill: there the pixels themselves say how far it goes
    filled = (small < 0.8 * bright.astype(np.float32)) & (cv2.dilate(core, np.ones((13, 13), np.uint8)) > 0)
    whole = cv2.morphologyEx(filled.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 25), np.uint8))
    darkest = cv2.erode(usual, np.ones((9, 25), np.uint8))
    return as_pixels(np.where(whole > 0, darkest, np.where(dark > 0, bright, usual)))


def ink(even: Grey) -> Grey:
    """1 where there is ink. `even` comes from on_even_paper; noise of the paper sets how dark ink must be."""
    paper = even[::4, ::4]
    paper = paper[paper > 200]
    noise = 0.0 if paper.size == 0 else 1.4826 * float(np.median(np.abs(paper.astype(np.float32) - np.median(paper))))
    limit = float(np.clip(255 - max(48.0, 6 * noise), 150, 207))
    return (even < limit).astype(np.uint8)
