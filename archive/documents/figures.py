"""Figures in cells: a figure counts when two different readers see the same, or else both readings are kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from archive.documents.inks import Grey, as_pixels
from archive.documents.recognisers import Look, Reading, recogniser, second_reading

_CHINESE = re.compile(r"[㐀-鿿]")
_UNIT = re.compile(r"[\d.,]+(?:件|条|项|个|人|次|份|宗|元|万元)")
_FIGURE = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?|-?\d{1,3}(?:,\d{3})+")
_MARKS = ("-", "--", "/", "\\", "无")
_SAME = str.maketrans({**dict.fromkeys("—–一－―_−", "-"), "∕": "/", "，": ",", "。": ".", " ": None})
_NOUGHTS = ("O", "o", "D", "Q", "〇", "()", "C")
# small, ragged type: both readers once saw 3 in a 5, the first one 94 % sure
_SURE, _QUITE_SURE = 0.9, 0.96
_LOOKS = (Look(44, 1.0), Look(56, 1.0, 2), Look(56, 1.25, 2))


@dataclass(frozen=True, slots=True)
class Figure:
    """What a cell says. `readings` where its readers differ, the more trusted first."""

    text: str
    confidence: float
    readings: tuple[str, ...] = ()


def may_be_figure(reading: Reading) -> bool:
    """Whether a strip may be a figure or a mark that stands for one; false for words."""
    text = plain(reading.text)
    if _UNIT.fullmatch(text):
        return True
    chinese = len(_CHINESE.findall(text))
    if chinese == 1 and len(text) <= 2:
        return reading.confidence < _SURE or text == "无"
    return chinese == 0 and len(text) <= 12 and not (len(text) > 3 and text.isalpha())


def plain(text: str) -> str:
    """A reading in plain digits and marks."""
    return unicodedata.normalize("NFKC", text).translate(_SAME)


def read_figures(strips: Sequence[Grey], first: Sequence[Reading]) -> list[Figure]:
    """What each strip says, as its first reader saw it, a second reader and, where they differ, a second look."""
    second = second_reading(strips, Look())
    found = [_agreed(reading, None if second is None else second[i]) for i, reading in enumerate(first)]
    open_ = [i for i, figure in enumerate(found) if figure is None]
    again = _looked_again([strips[i] for i in open_], second is not None)
    for i, (others, seen) in zip(open_, again, strict=True):
        found[i] = _settled(first[i], others, [*([second[i]] if second else []), *seen])
    return [figure for figure in found if figure is not None]


def _agreed(reading: Reading, second: str | None) -> Figure | None:
    """The figure, where both readers say the same and the first is sure of it."""
    text = figure(reading)
    if text in _MARKS:
        sure = reading.confidence >= _SURE and (text == "无" or not (second or "").strip("-/.1"))
        return Figure(text, reading.confidence) if sure else None
    if second is None or not _FIGURE.fullmatch(text) or _bare(text) != _bare(reading.figures):
        return None
    sure = reading.figures_confidence >= _QUITE_SURE or text != plain(reading.text)
    return Figure(text, reading.confidence) if _bare(second) == _bare(text) and sure else None


def figure(reading: Reading) -> str:
    """What the first reader says; a round letter that can only be a nought is one."""
    text = plain(reading.text)
    return "0" if text in _NOUGHTS and reading.figures == "0" else text


def _bare(text: str) -> str:
    return text.replace(",", "")


def _looked_again(strips: Sequence[Grey], two: bool) -> list[tuple[list[Reading], list[str]]]:
    """Each strip as both readers see it softened and larger, and in pure black and white."""
    if not strips:
        return []
    looks = [[change(strip) for strip in strips] for change in (_softened, _black)]
    first = [recogniser()(look) for look in looks]
    second = [second_reading(strips, look) or [] for look in _LOOKS] if two else []
    return [([look[i] for look in first], [look[i] for look in second]) for i in range(len(strips))]


def _softened(strip: Grey) -> Grey:
    large = cv2.resize(strip, None, fx=2, fy=2, interpolation=cv2.INTER_LANCZOS4)
    return as_pixels(cv2.GaussianBlur(large, (0, 0), 1.2))


def _black(strip: Grey) -> Grey:
    large = cv2.GaussianBlur(cv2.resize(strip, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), (0, 0), 1.5)
    _, black = cv2.threshold(large, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return as_pixels(np.pad(black, 4, constant_values=255))


def _settled(reading: Reading, others: Sequence[Reading], second: Sequence[str]) -> Figure:
    """The figure after more looks: the first reader must never waver, and the second must have seen the same once."""
    text = figure(reading)
    steady = _FIGURE.fullmatch(text) and all(figure(other) == text for other in others)
    others_seen = {seen for seen in second if seen and seen != text}
    if steady and text in second and (reading.figures_confidence >= _SURE or text == "0") and len(others_seen) <= 2:
        return Figure(text, reading.confidence)
    said = [text, reading.figures, *(figure(other) for other in others), *second]
    readings = tuple(dict.fromkeys(word for word in said if _FIGURE.fullmatch(word) or word in _MARKS))
    return Figure(readings[0] if readings else text, min(reading.confidence, 0.5), readings or (text,))
