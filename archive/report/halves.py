"""Rows whose values stand in several lines, because a wrapped label or a tall cell put cells at different heights."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from archive.report.batches import Batch
from archive.report.form import Row
from archive.report.numbers import read_number
from archive.report.rows import Slot

_SEVEN = 7


def joined(batches: Sequence[Batch], names: Callable[[str], bool]) -> Iterator[Batch]:
    """The batches, one value and the six in the next line as one row where only the first line names a row."""
    rest = list(batches)
    while rest:
        batch = rest.pop(0)
        if rest and _are_halves(batch, rest[0]) and names(batch.own) and not names(rest[0].own):
            below = rest.pop(0)
            tokens = [replace(token, certain=False) for token in (*batch.tokens, *below.tokens)]
            batch = replace(batch, tokens=tokens)
        yield batch


def _are_halves(batch: Batch, below: Batch) -> bool:
    counts = {len(batch.tokens), len(below.tokens)}
    return counts == {1, _SEVEN - 1} and not (batch.cells or below.cells)


def in_turn(tokens: Sequence[Slot]) -> tuple[Slot | None, ...]:
    """Seven values as the columns have them: one that stands a line above may be the first of its row or the last.

    Where the sum of the row allows both, a slot that they fill differently is None.
    """
    if len(tokens) != _SEVEN or tokens[0].place == tokens[1].place or all(token.certain for token in tokens):
        return tuple(tokens)
    ways = [way for way in (list(tokens), [*tokens[1:], tokens[0]]) if _adds_up(way)]
    if len(ways) < 2:
        return tuple(ways[0] if ways else tokens)
    return tuple(one if one.raw == other.raw else None for one, other in zip(*ways, strict=True))


def _adds_up(tokens: Sequence[Slot]) -> bool:
    values = [read_number(token.raw).value for token in tokens]
    numbers = [value for value in values if value is not None]
    return len(numbers) == _SEVEN and sum(numbers[:-1]) == numbers[-1]


def is_mixed(pieces: Sequence[str], row: Row) -> bool:
    """Whether lines of the header name several columns of a row: then a line is not one cell."""
    return any(
        sum(any(label in piece for label in column.labels) for column in row.columns) > 1 for piece in pieces
    )


def in_lines(tokens: Sequence[Slot]) -> bool:
    """Whether values that differ stand in different lines."""
    return len({token.place for token in tokens}) > 1 and len({token.raw for token in tokens}) > 1
