"""The cells of one row of text with pipes or tabs: which of them are the columns of the form.

Merged cells leave one cell or several, in front of the values and between them, as the extractor has it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archive.report.batches import Batch
from archive.report.form import Row
from archive.report.rows import Slot

_SEVEN = 7
_Slots = tuple[Slot | None, ...]


@dataclass(frozen=True, slots=True)
class Offsets:
    """What rows that leave no choice tell of the others in their grid.

    `starts` is where full rows begin, by grid and column of their label; `at_end` are the grids in which rows of
    several lengths end with their last value: merged cells are lost on the left alone. In `trimmed` ones no row ends
    with an empty cell though there are some: whoever stripped the lines took the last ones away.
    """

    starts: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    at_end: frozenset[int] = frozenset()
    trimmed: frozenset[int] = frozenset()


NOTHING = Offsets()


def offsets(rows: Iterable[Batch]) -> Offsets:
    """What the rows with one way to lay seven columns over them tell."""
    batches = [batch for batch in rows if batch.cells and batch.filled]
    trimmed = _trimmed(batches)
    found = Offsets()
    lengths: dict[int, set[int]] = defaultdict(set)
    padded: set[int] = set()
    for batch in batches:
        ways = _windows(batch, _SEVEN, batch.grid in trimmed)
        if len(ways) != 1:
            continue
        if batch.filled == _SEVEN:
            found.starts[batch.grid, batch.label_column].add(batch.start + ways[0])
        lengths[batch.grid].add(batch.start + len(batch.tokens))
        padded |= {batch.grid} if ways[0] + _SEVEN < len(batch.tokens) else set()
    several = {grid for grid, seen in lengths.items() if len(seen) > 1}
    return Offsets(found.starts, frozenset(several - padded - trimmed), trimmed)


def _trimmed(batches: Sequence[Batch]) -> frozenset[int]:
    full = {batch.grid for batch in batches if not batch.tokens[-1].raw.strip()}
    return frozenset(batch.grid for batch in batches if batch.filled < len(batch.tokens)) - full


def usual(batch: Batch, known: Offsets) -> set[int]:
    """Where the values of a row begin: as below the same kind of label, or as everywhere in the grid.

    Extractors that do not pad merged cells shift rows by the width of their label, so one kind of label does not
    speak for another; two kinds that agree show that the grid is padded.
    """
    own = known.starts.get((batch.grid, batch.label_column), set())
    others = {label: starts for (grid, label), starts in known.starts.items() if grid == batch.grid and label >= 0}
    everywhere = set().union(*others.values())
    return own or (everywhere if len(others) > 1 and len(everywhere) == 1 else set())


def _windows(batch: Batch, count: int, trimmed: bool) -> list[int]:
    """The ways to lay `count` columns over the cells so that no value falls out; of a trimmed row beyond its end."""
    filled = [index for index, token in enumerate(batch.tokens) if token.raw.strip()]
    last = filled[0] if trimmed and filled else len(batch.tokens) - count
    return [s for s in range(last + 1) if not filled or (filled[0] >= s and filled[-1] < s + count)]


def cells_of(batch: Batch, count: int, known: set[int], grids: Offsets = NOTHING) -> _Slots | None:
    """The slots of a row with cells; None in a slot where two ways to lay the columns differ."""
    ways = _windows(batch, count, batch.grid in grids.trimmed)
    likely = [way for way in ways if batch.start + way in known]
    chosen = likely if len(likely) == 1 else ways[-1:] if batch.grid in grids.at_end else ways
    # a row that does not reach over the columns of the others has lost cells
    short = len(chosen) == 1 and chosen[0] + count > len(batch.tokens)
    if not chosen or short or (known and not likely):
        return None
    laid = [[*batch.tokens, *[None] * count][way:way + count] for way in chosen]
    return tuple(slots[0] if _are_same(slots) else None for slots in zip(*laid, strict=True))


def _are_same(slots: Sequence[Slot | None]) -> bool:
    return len({slot.raw.strip() if slot else "" for slot in slots}) == 1


def below_head(batch: Batch, row: Row) -> _Slots | None:
    """The values below the words of the header, written once or over all cells of a merged one; None where any is not.

    The row has as many cells as its header. A value that stands below no column, or two below one, is doubt enough.
    """
    places = [[at for at, words in batch.head if words in column.labels] for column in row.columns]
    taken = [at for below in places for at in below]
    filled = [batch.start + index for index, token in enumerate(batch.tokens) if token.raw.strip()]
    if not all(places) or taken != sorted(set(taken)) or not set(filled) <= set(taken) or taken[0] < batch.start:
        return None
    under = [[batch.tokens[at - batch.start] for at in below] for below in places]
    return tuple(slots[0] for slots in under) if all(map(_are_same, under)) else None
