"""Labels that a picture's reader got wrong by a sign or two, put right where only one label is that near."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache, lru_cache

from archive.documents.model import Grid, GridCell
from archive.report.form import form, plain, split_numeral
from archive.report.numbers import is_value

_SHORTEST = 3
_HEADS = (
    "信息内容", "申请人情况", "法人或其他组织", "行政复议", "行政诉讼", "未经复议直接起诉", "复议后起诉", "结果维持",
    "结果纠正", "其他结果", "尚未审结", "本年度办理结果", "不予公开", "无法提供", "不予处理", "其他处理",
)


@cache
def _known() -> frozenset[str]:
    """Every label of the form without its numeral, and the heads above them."""
    rows = [row for table in form().tables for row in table.rows]
    labels = {label for row in rows for label in row.labels}
    columns = {label for row in rows for column in row.columns for label in column.labels}
    return frozenset(label for label in labels | columns | set(_HEADS) if len(label) >= _SHORTEST)


def repaired(grid: Grid) -> Grid:
    """A grid that was read from a picture with its labels as the form has them."""
    return replace(grid, cells=tuple(_cells(grid)))


def _cells(grid: Grid) -> Iterator[GridCell]:
    for cell in grid.cells:
        right = nearest(cell.text) if cell.text.strip() and not cell.readings and not is_value(cell.text) else None
        yield cell if right is None else replace(cell, text=right)


@lru_cache(1024)
def nearest(text: str) -> str | None:
    """The label that a text differs from in at most a fifth of its signs; None where it is one, or two are as near."""
    numeral, words = split_numeral(plain(text))
    if len(words) < _SHORTEST or words in _known():
        return None
    found = nearest_of(words, _known())
    return None if found is None else numeral + found


def nearest_of(words: str, labels: Iterable[str]) -> str | None:
    """The one of several labels that words differ from least, in at most a fifth of its signs."""
    scored = sorted((_distance(words, label), label) for label in labels if _comparable(words, label))
    if not scored or scored[0][0] > max(1, len(scored[0][1]) // 5):
        return None
    return None if len(scored) > 1 and scored[1][0] <= scored[0][0] else scored[0][1]


def _comparable(words: str, label: str) -> bool:
    return abs(len(words) - len(label)) <= max(1, len(label) // 5)


def _distance(one: str, other: str) -> int:
    """Signs that have to be put in the place of others, put in or taken out."""
    return sum(
        max(end - start, stop - begin)
        for tag, start, end, begin, stop in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if tag != "equal"
    )
