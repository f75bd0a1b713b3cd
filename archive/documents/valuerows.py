"""Rows of values on a page without rulings, and which of them may belong to one table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.documents.words import Word

# words over several columns: they stand in the middle of these, over a column that is not theirs
OVER = re.compile(r"申请人情况|法人(?:或|及|和|以及)?其他组织|行政(?:复议|诉讼)|未经复议直接|复议后|第二十条")
_LINE = 1.45                           # heights of type from one line of a cell to the next, at most
_HEADING = re.compile(
    r"\s*(?:第?[一二三四五六七八九十]+(?:[、.．]|部分|章)|[(（][一二三四五六七八九十]+[)）]|表[一二三四\d])"
)


@dataclass(slots=True)
class Row:
    """Values at one height."""

    middle: float
    words: list[Word]


def value_rows(words: list[Word]) -> list[Row]:
    """Values at the same height, from top to bottom."""
    found: list[Row] = []
    for word in sorted((word for word in words if word.is_value), key=lambda word: word.middle):
        if found and word.middle - found[-1].middle < 0.4 * word.tall:
            found[-1].words.append(word)
        else:
            found.append(Row(word.middle, [word]))
    return found


def grouped(rows: list[Row], others: list[Word], prose: frozenset[Word]) -> list[list[Row]]:
    """Rows with nothing but labels between them, whose values do not contradict each other's columns."""
    found: list[list[Row]] = []
    for row in rows:
        block = found[-1] if found else None
        if block and not _parted(block, row, others, prose) and _fits(block, row):
            block.append(row)
        else:
            found.append([row])
    return found


def may_be_halves(upper: Row, lower: Row, columns: int) -> bool:
    """Whether figures may have been wrapped inside their cells.

    Then a row stands close below, only under figures of some length; or the lines of a cell stand between those of the
    cells beside it, closer than two rows of a table can.
    """
    pitch, tall = lower.middle - upper.middle, upper.words[0].tall
    if pitch < tall:
        return True
    if pitch > _LINE * tall or len(lower.words) >= columns:
        return False
    return all(any(_ends_with(word, over) for over in upper.words) for word in lower.words)


def _ends_with(word: Word, over: Word) -> bool:
    return word.left < over.right and word.right > over.left and 1 < len(over.text) >= len(word.text)


def _parted(block: list[Row], row: Row, others: list[Word], prose: frozenset[Word]) -> bool:
    low = min(word.left for before in block for word in before.words)
    between = [word for word in others if block[-1].middle < word.middle < row.middle]
    return any(word.right > low or word in prose for word in between)


def is_prose(word: Word, width: float) -> bool:
    """Whether a word is a line of running text, or ends one."""
    return word.text.endswith(("。", "；")) or word.right - word.left > 0.55 * width


def is_heading(word: Word) -> bool:
    """Whether a word is the heading of a part or of a table."""
    named = word.text.endswith(("情况", "事项", "表", "信息"))
    return named and bool(_HEADING.match(word.text)) and not OVER.match(word.text)


def _fits(block: list[Row], row: Row) -> bool:
    """Whether the values of a row keep apart what the rows above keep apart, and stand near them."""
    reaches = merged((word.left, word.right) for before in block for word in before.words)
    return all(sum(1 for low, high in reaches if w.left < high and w.right > low) <= 1 for w in row.words)


def merged(reaches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Reaches from left to right, those that overlap made one."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(reaches):
        if found and low < found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
