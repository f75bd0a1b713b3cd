"""Words on a page: characters that stand close together in one line, whatever order they were drawn in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.documents.glyphs import Glyph, bounds, line_text

_VALUE = re.compile(r"[-+－＋−]?[\d０-９][\d０-９,，.．]*(?:万元|元|件|项|条|宗)?|[/／\\—–\-－―无]{1,2}")
_NONE, _APART, _WIDE = 0.12, 0.22, 0.7
_BEFORE_ROOM, _AFTER_ROOM = frozenset("、，。；：.,"), frozenset("（“《")


@dataclass(frozen=True, slots=True)
class Word:
    """Characters that stand close together in one line."""

    text: str
    glyphs: tuple[Glyph, ...]
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2

    @property
    def tall(self) -> float:
        """How tall its type is."""
        return self.bottom - self.top

    @property
    def is_value(self) -> bool:
        """Whether it is a number, or a mark that stands for none."""
        return _VALUE.fullmatch(self.text) is not None


def find_words(glyphs: Sequence[Glyph]) -> list[Word]:
    """Runs of glyphs in the order in which they were drawn, what was drawn twice only once."""
    runs: list[list[Glyph]] = []
    for glyph in glyphs:
        if runs and _goes_on(runs[-1][-1], glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    found: list[Word] = []
    parts = (part for run in _knit(runs) for part in _without_value(run))
    for word in sorted(map(_word, parts), key=lambda word: (round(word.middle), word.left)):
        twin = next((w for w in found[-6:] if w.text == word.text and overlap(w, word) > 0.6 * (word.right - word.left)
                     and abs(w.middle - word.middle) < 0.3 * word.tall), None)
        if twin is None:
            found.append(word)
    return found


def _knit(runs: list[list[Glyph]]) -> list[list[Glyph]]:
    """Runs that touch in a line made one: quotes and figures of another font may come out of their order."""
    found: list[list[Glyph]] = []
    near: list[list[Glyph]] = []
    for run in sorted(runs, key=lambda run: run[0].left):
        near = [other for other in near if other[-1].right > run[0].left - (run[0].bottom - run[0].top)]
        before = next((other for other in near if _touches(other[-1], run[0])), None)
        if before and not _is_shadow_of(run, before):
            before += run
        else:
            found.append(run)
            near.append(run)
    return found


def _touches(before: Glyph, glyph: Glyph) -> bool:
    return glyph.left - before.right < _NONE * (glyph.bottom - glyph.top) and _goes_on(before, glyph)


def _is_shadow_of(run: list[Glyph], before: list[Glyph]) -> bool:
    return run[0].left < before[-1].left + 0.5 * (before[-1].right - before[-1].left)


def _goes_on(before: Glyph, glyph: Glyph) -> bool:
    """Whether a glyph follows in the same word. Boxes may be those of the ink alone: 一 is flat, 、 stands left."""
    tall, other = before.bottom - before.top, glyph.bottom - glyph.top
    level = min(before.bottom, glyph.bottom) - max(before.top, glyph.top) > 0.6 * min(tall, other)
    size = max(tall, other, before.right - before.left)
    wide = _WIDE if before.text in _BEFORE_ROOM or glyph.text in _AFTER_ROOM else _APART
    return level and -0.9 * size < glyph.left - before.right <= wide * size and glyph.left > before.left - 0.5


def _without_value(run: list[Glyph]) -> list[list[Glyph]]:
    """A run, and the number that stands so near behind its last word that only a narrow gap parts the cells."""
    end = len(run)
    while end and (run[end - 1].text.isdigit() or run[end - 1].text in ",."):
        end -= 1
    if not 0 < end < len(run) or run[end - 1].text.isascii() or not run[end].text.isdigit():
        return [run]
    gap = run[end].left - run[end - 1].right
    # a closing bracket may take half its width, its box does not
    near = gap <= 0.06 * (run[end - 1].bottom - run[end - 1].top) and run[end - 1].text not in "）)"
    return [run] if near else [run[:end], run[end:]]


def _word(run: list[Glyph]) -> Word:
    single = [run[0]]
    for glyph in run[1:]:
        if glyph.text != single[-1].text or glyph.left - single[-1].left > 0.4 * (glyph.right - glyph.left):
            single.append(glyph)
    left, top, right, bottom = bounds(run)
    if run[-1].text == "）":
        # its right half is blank, and some printers let the next cell begin there
        right -= 0.45 * (run[-1].right - run[-1].left)
    return Word(line_text(single).replace(" ", ""), tuple(run), left, top, right, bottom)


def overlap(one: Word, other: Word) -> float:
    """How many points of the width of two words lie over each other, negative where they stand apart."""
    return min(one.right, other.right) - max(one.left, other.left)


def closest(words: list[Word]) -> float:
    """The smallest distance between words under each other: that of lines within a cell, where a cell has several."""
    gaps = []
    for word in words:
        lower = (w for w in words if w.middle > word.middle + 0.5 * word.tall and overlap(w, word) > 1)
        below = [w.top - word.bottom for w in lower]
        gaps += [min(below)] if below else []
    return min(gaps, default=0.0)


def follows(upper: Word, lower: Word, gap: float) -> bool:
    """Whether two words stand as close as the lines of one cell."""
    return lower.top - upper.bottom <= gap + 0.15 * lower.tall


def levels(words: list[Word]) -> list[list[Word]]:
    """Words in lines, from top to bottom."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.middle, word.left)):
        if found and word.middle - found[-1][0].middle < 0.5 * word.tall:
            found[-1].append(word)
        else:
            found.append([word])
    return [sorted(line, key=lambda word: word.left) for line in found]
