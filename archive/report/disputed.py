"""Cells of pictures that their readers read differently, and agreed ones that the printed sums contradict.

A disputed cell counts only where every sum that the form prints over it can be made and only one of its readings makes
all of them hold. An agreed cell at the crossing of a row and a column that both miss their sum by the same amount was
most likely misread: it is given up, and what the sums force stands beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod

from archive.report.model import Number
from archive.report.numbers import Reading
from archive.report.sums import equations

MOST = 4096                               # combinations that are tried for one cell
_Cells = Mapping[str, Number | None]
_Sum = tuple[tuple[str, ...], tuple[str, ...]]
_Readings = Mapping[str, tuple[Reading, ...]]


def settle(cells: _Cells, readings: _Readings, formats: tuple[str, ...]) -> dict[str, Reading]:
    """The readings that the sums confirm, by cell. `readings` holds what can stand in each disputed cell."""
    known = {key: value for key, value in cells.items() if key not in readings}
    left, found = dict(readings), dict[str, Reading]()
    over = _by_cell(equations(formats), readings)
    while True:
        confirmed = {key: one for key in left if (one := _confirmed(key, over[key], known, left)) is not None}
        if not confirmed:
            return found
        found |= confirmed
        known |= {key: reading.value for key, reading in confirmed.items()}
        left = {key: values for key, values in left.items() if key not in confirmed}


def suspects(cells: _Cells, keys: Iterable[str], formats: tuple[str, ...]) -> frozenset[str]:
    """Of the cells those of which every sum fails, each by the same amount: changed, they would make all hold."""
    over = _by_cell(equations(formats), keys)
    return frozenset(key for key, sums in over.items() if len(sums) > 1 and _is_suspect(key, sums, cells))


def _by_cell(sums: Iterable[_Sum], keys: Iterable[str]) -> dict[str, list[_Sum]]:
    over: dict[str, list[_Sum]] = {key: [] for key in keys}
    for left, right in sums:
        for key in (*left, *right):
            if key in over:
                over[key].append((left, right))
    return over


def _confirmed(key: str, sums: Sequence[_Sum], known: _Cells, open_: _Readings) -> Reading | None:
    """The one reading of a cell with which all its sums hold, whatever its disputed neighbours are."""
    cells = {cell for left, right in sums for cell in (*left, *right)}
    disputed = sorted(cell for cell in cells if cell in open_)
    unknown = any(known.get(cell) is None for cell in cells if cell not in open_)
    if not sums or unknown or prod(len(open_[cell]) for cell in disputed) > MOST:
        return None
    fitting = set()
    for combination in product(*(open_[cell] for cell in disputed)):
        chosen = dict(zip(disputed, combination, strict=True))
        values = {**known, **{cell: reading.value or 0 for cell, reading in chosen.items()}}
        if all(_difference(values, one) == 0 for one in sums):
            fitting.add(chosen[key])
    # a blank and a zero add up alike: such a pair stays open
    only = fitting.pop() if len(fitting) == 1 else None
    return only if only is not None and only.value is not None else None


def _is_suspect(key: str, sums: Sequence[_Sum], cells: _Cells) -> bool:
    if any(cells.get(cell) is None for left, right in sums for cell in (*left, *right)):
        return False
    wanted = {_needed(key, one, cells) for one in sums}
    value = wanted.pop()
    return not wanted and value != cells[key] and value >= 0


def _needed(key: str, one: _Sum, cells: _Cells) -> Number:
    """The value with which a sum over the cell would hold."""
    value, off = cells[key] or 0, _difference(cells, one)
    return value - off if key in one[0] else value + off


def _difference(cells: _Cells, one: _Sum) -> Number:
    return sum(cells[key] or 0 for key in one[0]) - sum(cells[key] or 0 for key in one[1])
