"""The sums that the form prints: what they confirm, and what they force."""

from collections.abc import Iterator, Mapping, Sequence

from archive.report.form import Row, form
from archive.report.model import Number

_BALANCE = frozenset(("new_received", "carried_in", "total_handled", "carried_out"))
_Cells = Mapping[str, Number | None]


def adds_up(values: Sequence[Number | None], row: Row) -> bool:
    """Whether the values of a row are all there and its last is the sum of the others (tables 3 and 4)."""
    numbers = [value for value in values if value is not None]
    return row.table in ("t3", "t4") and len(numbers) == len(row.columns) and sum(numbers[:-1]) == numbers[-1]


def equations(formats: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every printed sum as two lists of cells that add up to the same."""
    rows = form().table("t3").of(formats)
    for row in (*rows, *form().table("t4").of(formats)):
        yield row.cells[:-1], row.cells[-1:]
    outcomes = [row.key for row in rows if row.key not in _BALANCE]
    for column in (column.key for row in rows[:1] for column in row.columns):
        yield (
            tuple(f"t3.{key}.{column}" for key in ("new_received", "carried_in")),
            tuple(f"t3.{key}.{column}" for key in ("total_handled", "carried_out")),
        )
        yield tuple(f"t3.{key}.{column}" for key in outcomes), (f"t3.total_handled.{column}",)


def contradictions(cells: _Cells, formats: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The sums that can be checked and do not hold, each as the cells it rests on."""
    wrong = []
    for left, right in equations(formats):
        if all(cells.get(key) is not None for key in (*left, *right)) and _sum(cells, left) != _sum(cells, right):
            wrong.append((*left, *right))
    return wrong


def unchecked(cells: _Cells, formats: tuple[str, ...]) -> set[str]:
    """The outcomes of table 3 in the columns whose sum over all outcomes cannot be made."""
    found: set[str] = set()
    for left, right in equations(formats):
        if right[0].startswith("t3.total_handled.") and any(cells.get(key) is None for key in (*left, *right)):
            found |= {key for key in left if not key.startswith("t3.total_handled.")}
    return found


def forced(cells: _Cells, formats: tuple[str, ...]) -> dict[str, Number]:
    """Values that a sum forces into its only empty cell; left out where sums disagree or go below 0."""
    found: dict[str, set[Number]] = {}
    for left, right in equations(formats):
        empty = [key for key in (*left, *right) if cells.get(key) is None]
        if len(empty) == 1:
            difference = _sum(cells, right) - _sum(cells, left)
            found.setdefault(empty[0], set()).add(difference if empty[0] in left else -difference)
    return {key: value for key, values in found.items() if len(values) == 1 for value in values if value >= 0}


def _sum(cells: _Cells, keys: Sequence[str]) -> Number:
    return sum(value for key in keys if (value := cells.get(key)) is not None)
