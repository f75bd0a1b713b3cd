"""What the table readers hand on: rows of the form with the pieces that stand in their cells; and label matching."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from archive.documents.model import GridCell, Method, Place
from archive.report.form import Row, Table, form, plain, split_numeral

_REMARK = re.compile(r"\([^()]*\)$")
_LONG = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in one cell. `certain` is False where only the position or a torn label says whose it is.

    `method` only where it is not the document's; `readings` are those of a picture's readers where they differ.
    """

    raw: str
    place: Place
    certain: bool = True
    method: Method | None = None
    confidence: float = 1.0
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row of the form as it stands in the document; a slot is None where its text cannot be told from another's."""

    row: Row
    slots: tuple[Slot | None, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that one reader found. `headed` are tables whose columns or rows were seen at all."""

    rows: tuple[FoundRow, ...] = ()
    headed: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def slot_of(cell: GridCell, method: Method | None = None, certain: bool = True) -> Slot:
    """What stands in a cell of a grid; where two readers differ all that they read."""
    raw = " | ".join(cell.readings) if cell.readings else cell.text
    return Slot(raw, cell.place, certain, method, cell.confidence, cell.readings)


@cache
def _rows() -> tuple[Row, ...]:
    return tuple(row for table in form().tables if table.key != "t4" for row in table.rows)


@lru_cache(4096)
def rows_called(text: str) -> tuple[Row, ...]:
    """The rows that a label cell can name: the exact words, else the words before a remark, else a clear beginning."""
    numeral, words = split_numeral(plain(text))
    if words in ("其他", "总计", "合计"):
        return tuple(row for row in _rows() if words in row.labels and _numeral_fits(row, numeral))
    for candidate in (words, _REMARK.sub("", words)):
        exact = tuple(row for row in _rows() if candidate in row.labels)
        if exact:
            return exact
    if len(words) < _LONG:
        return ()
    close = [row for row in _rows() if any(_close(words, label) for label in row.labels)]
    return tuple(close) if len({row.key for row in close}) == 1 else ()


def _numeral_fits(row: Row, numeral: str) -> bool:
    return numeral in ("", "3", "(3)") if row.key == "other_other" else numeral in ("", "(七)", "七", "7")


def _close(words: str, label: str) -> bool:
    if len(label) < _LONG:
        return False
    return words.startswith(label) or (label.startswith(words) and len(words) >= len(label) * 0.5)


def best_block(candidates: Iterable[Row], header: Sequence[str]) -> Row | None:
    """Of rows with one name in two forms the one whose columns the header names; None where it does not decide."""
    scored = sorted(((_score(row, header), row) for row in candidates), key=lambda pair: pair[0], reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return scored[0][1] if len(scored) == 1 else None
    return scored[0][1]


def _score(row: Row, header: Sequence[str]) -> tuple[int, int, int]:
    found = sum(1 for column in row.columns if any(label in header for label in column.labels))
    exact = sum(1 for column in row.columns if column.labels[0] in header)
    return (int(found == len(row.columns)), found, exact)


def row_of(table: Table, key: str) -> Row:
    """A row by its key. Raises StopIteration for a key that the table does not have."""
    return next(row for row in table.rows if row.key == key)
