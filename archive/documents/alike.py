"""Strips that look alike: a page of noughts is one nought many times, and the slower reader need see it only once.

The other reader still sees every strip by itself, so that no figure rests on its likeness to another alone.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from archive.documents.inks import Grey

_TALL, _WIDE = 48, 56
_SOFT = 1.0
# of 255, in the softened pixel that differs most: the gap in a 6 or the bar of an 8 makes 90 and more, noise 20
_MOST = 42.0


def first_alike(strips: Sequence[Grey]) -> list[int]:
    """For each strip the number of the first one that looks the same: its own, where none before it does."""
    found = list(range(len(strips)))
    seen = np.empty((0, _TALL, _WIDE), np.float32)
    numbers: list[int] = []
    for number, strip in enumerate(strips):
        shape = _centred(strip)
        if shape is None:
            continue
        off = np.abs(seen - shape).max(axis=(1, 2)) if numbers else np.empty(0)
        if numbers and off.min() < _MOST:
            found[number] = numbers[int(off.argmin())]
        else:
            numbers.append(number)
            seen = np.concatenate([seen, shape[None]])
    return found


def _centred(strip: Grey) -> NDArray[np.float32] | None:
    """The ink of a short strip, softened, its middle in the middle; None for a strip of words, or without ink."""
    tall, wide = strip.shape
    if tall > _TALL or wide > min(_WIDE, 1.6 * tall):
        return None
    ink = 255 - strip.astype(np.float32)
    mass = float(ink.sum())
    if mass < 1:
        return None
    x = float((ink.sum(axis=0) * np.arange(wide)).sum()) / mass
    y = float((ink.sum(axis=1) * np.arange(tall)).sum()) / mass
    shift = np.array([[1, 0, _WIDE / 2 - x], [0, 1, _TALL / 2 - y]], np.float32)
    moved = cv2.warpAffine(ink, shift, (_WIDE, _TALL), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), _SOFT), np.float32)
