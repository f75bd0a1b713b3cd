"""Table 4 out of grids: five outcomes under three heads, in whatever direction the publisher laid them.

The form has one row of fifteen values. Publishers also print one row for each head, one row for each outcome, or a
table for each head; and a page break can part the head from its values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

from archive.documents.model import Grid, GridCell, Method
from archive.report.form import form, plain
from archive.report.numbers import is_value
from archive.report.rows import FoundRow, row_of, slot_of

_Line = tuple[int, list[GridCell]]
_FIVE = ("upheld", "corrected", "other", "pending", "total")
_THREE = ("review", "litigation_direct", "litigation_after_review")
_WORDS = ("维持", "纠正", "其他结果", "审结", "经复议", "复议后")
_UNMISTAKABLE = frozenset(("upheld", "corrected", "pending"))


@dataclass(slots=True)
class Outcomes:
    """What the grids said so far: the heads that still wait for their values, and the rows that were read."""

    keys: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rows: list[FoundRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    headed: bool = False
    tables: int = 0                        # tables of one head without a name


@cache
def _labels() -> dict[str, str]:
    return {label: column.key for column in form().table("t4").rows[0].columns for label in column.labels}


@cache
def _names() -> dict[str, str]:
    return {label: row.key for row in form().table("t4").rows for label in row.labels}


def leaf(cell: GridCell) -> str | None:
    """The outcome that a cell names; 其他 and 总计 are names of other things too."""
    return _labels().get(plain(cell.text))


def is_head(line: Sequence[GridCell]) -> bool:
    """Whether a row names outcomes."""
    return any(leaf(cell) in _UNMISTAKABLE for cell in line)


def read_outcomes(grid: Grid, lines: Sequence[_Line], caption: str, state: Outcomes) -> None:
    """Takes what a grid says of table 4. `caption` are the words right above the grid."""
    before = len(state.rows)
    _read(grid, lines, caption, state)
    if len(state.rows) == before and not state.warnings:
        _take_bare(grid, lines, state)


def _read(grid: Grid, lines: Sequence[_Line], caption: str, state: Outcomes) -> None:
    heads = [row for row, line in lines if is_head([cell for cell in line if cell.row == row])]
    if not heads:
        state.names += [name for _, line in lines for name in _only_names(line)]
        if state.keys:
            _take_values([line for _, line in lines], [], state, grid.method)
        return
    state.headed = True
    pieces = _pieces(grid, lines, heads)
    if len(pieces) > 1:
        for piece, inside in pieces:
            _read(piece, inside, caption, state)
        return
    leaves = _leaves(grid, min(heads), max(heads))
    if len(leaves) == len({cell.row for cell in leaves}) > 1:
        _take_down(lines, caption, state, grid.method)
        return
    written = [name for row, line in lines if row <= max(heads) for name in _named(line, row)]
    names = [name for before, name in pairwise([None, *written]) if name and name != before]
    below = [line for row, line in lines if row > max(heads)]
    if len(leaves) == len(_FIVE) and (state.tables or not state.keys) and _take_rows(below, leaves, state, grid.method):
        return
    if len(leaves) == len(_FIVE) and len(names) < 2 and not state.keys and _take_one(
            below, leaves, names, caption, state, grid.method):
        return
    whole = len(leaves) >= len(_FIVE) * len(_THREE)
    state.keys = [*([] if whole else state.keys), *(str(leaf(cell)) for cell in leaves)]
    state.names = [*([] if whole else state.names), *names]
    _take_values(below, leaves, state, grid.method)


def _pieces(grid: Grid, lines: Sequence[_Line], heads: Sequence[int]) -> list[tuple[Grid, list[_Line]]]:
    """A grid cut where a head begins again below the values of another."""
    valued = [row for row, line in lines if _values(line, len(_FIVE), ())]
    starts = [head for before, head in pairwise(heads) if any(before < row < head for row in valued)]
    named = {row for row, line in lines if _only_names(line)}
    cuts = [0, *(head - 1 if head - 1 in named else head for head in starts), max(row for row, _ in lines) + 1]
    return [
        (replace(grid, cells=tuple(c for c in grid.cells if low <= c.row < high)),
         [(row, line) for row, line in lines if low <= row < high])
        for low, high in pairwise(cuts)
    ]


def _leaves(grid: Grid, first: int, last: int) -> list[GridCell]:
    """The cells that name outcomes, in the order of the source where that is the form's, else from left to right."""
    found = [cell for cell in grid.cells if first - 1 <= cell.row <= last and leaf(cell)]
    if len(found) > len(_FIVE) * len(_THREE):
        # a head that was merged downwards and is written out in each row
        found = list({(leaf(cell), cell.column): cell for cell in found}.values())
    return found if _in_turn([leaf(cell) for cell in found]) else sorted(found, key=lambda cell: cell.column)


def _in_turn(keys: Sequence[str | None]) -> bool:
    return list(keys) == list(_FIVE) * (len(keys) // len(_FIVE))


def _named(line: Sequence[GridCell], row: int) -> Iterator[str]:
    """The heads that a row names where it begins."""
    for cell in line:
        name = _names().get(plain(cell.text)) if cell.row == row else None
        if name:
            yield name


def _only_names(line: Sequence[GridCell]) -> list[str]:
    """The heads in a row that says nothing else, as a page break or an editor leaves it."""
    texts = [plain(cell.text) for cell in line if cell.text.strip()]
    return [_names()[text] for text in texts if text in _names()] if set(texts) <= {*_names(), "行政诉讼"} else []


def _take_values(
    below: Sequence[list[GridCell]], leaves: Sequence[GridCell], state: Outcomes, method: Method | None
) -> None:
    """The row of fifteen values under a head that is whole."""
    if len(state.keys) != len(_FIVE) * len(_THREE):
        return
    rows = [values for line in below if (values := _values(line, len(state.keys), leaves))]
    filled = [values for values in rows if any(cell.text.strip() for cell in values)]
    if len(filled) > 1:
        state.warnings.append("table 4 has more than one row of values")
        return
    for values in (filled or rows)[:1]:
        if _in_turn(state.keys):
            certain = state.names == list(_THREE)
            for index, name in enumerate(_THREE):
                _found(state, name, values[index * 5:index * 5 + 5], certain, method, leaves)
        state.keys, state.names = [], []


def _values(line: list[GridCell], count: int, leaves: Sequence[GridCell]) -> list[GridCell] | None:
    """The value cells of a row, with or without a label before them."""
    cells = line
    if len(line) == count + 1 and _is_apart(line):
        cells = line[1:]
    if len(cells) != count and len(leaves) == count:
        cells = [cell for cell in line if any(cell.column == head.column for head in leaves)]
        lost = [cell for cell in line if cell.text.strip() and cell not in cells]
        cells = [] if lost else cells
    fits = len(cells) == count and all(not cell.text.strip() or is_value(cell.text) for cell in cells)
    return cells if fits else None


def _is_apart(line: list[GridCell]) -> bool:
    """Whether the first cell of a row is its label, or the only blank before values that are all there."""
    first, rest = line[0].text, line[1:]
    return not is_value(first) if first.strip() else all(cell.text.strip() for cell in rest)


def _take_rows(
    below: Sequence[list[GridCell]], leaves: Sequence[GridCell], state: Outcomes, method: Method | None
) -> bool:
    """One row for each head, named at its left."""
    found = False
    for line in below:
        at = next((index for index, cell in enumerate(line) if plain(cell.text) in _names()), None)
        values = _values(line[at + 1:], len(_FIVE), leaves) if at is not None else None
        if at is not None and values and _in_turn([leaf(cell) for cell in leaves]):
            _found(state, _names()[plain(line[at].text)], values, True, method, leaves)
            found = True
    return found


def _take_one(
    below: Sequence[list[GridCell]], leaves: Sequence[GridCell], names: Sequence[str], caption: str, state: Outcomes,
    method: Method | None,
) -> bool:
    """A table of one head, which stands in it or right above it; without a name the third such table is the third."""
    rows = [values for line in below if (values := _values(line, len(_FIVE), leaves))]
    if len(rows) != 1 or not _in_turn([leaf(cell) for cell in leaves]):
        return False
    said = list(names) or [name for label, name in sorted(_names().items(), key=lambda pair: -len(pair[0]))
                           if label in plain(caption)][:1]
    name = said[0] if said else _THREE[state.tables] if state.tables < len(_THREE) else None
    state.tables += 1
    if name:
        _found(state, name, rows[0], bool(said), method, leaves)
    return name is not None


def _take_down(lines: Sequence[_Line], caption: str, state: Outcomes, method: Method | None) -> None:
    """One row for each outcome, its head beside or above it."""
    found: dict[str, dict[str, GridCell]] = {}
    name = next((name for label, name in _names().items() if label in plain(caption)), None)
    for row, line in lines:
        said = [_names()[plain(cell.text)] for cell in line if plain(cell.text) in _names()]
        name = said[-1] if said else name
        at = next((index for index in reversed(range(len(line))) if leaf(line[index])), None)
        after = [cell for cell in line[at + 1:] if cell.row == row] if at is not None else []
        filled = [cell for cell in after if cell.text.strip()]
        if name and at is not None and len(filled or after) == 1 and is_value((filled or after)[0].text or "0"):
            found.setdefault(name, {}).setdefault(str(leaf(line[at])), (filled or after)[0])
    for key, cells in found.items():
        if set(cells) == set(_FIVE):
            _found(state, key, [cells[one] for one in _FIVE], True, method)


def _take_bare(grid: Grid, lines: Sequence[_Line], state: Outcomes) -> None:
    """The one row of fifteen values under a torn head, of which no word that was understood says otherwise."""
    rows = [(row, values) for row, line in lines if (values := _values(line, len(_FIVE) * len(_THREE), ()))]
    above = [cell for cell in grid.cells if rows and cell.row < rows[0][0] and cell.text.strip()]
    words = plain("".join(cell.text for cell in above))
    if len(rows) != 1 or sum(word in words for word in _WORDS) < 3 or not all(c.text.strip() for c in rows[0][1]):
        return
    turn = {cell.column: _FIVE[index % len(_FIVE)] for index, cell in enumerate(rows[0][1])}
    heads = [cell for cell in above if leaf(cell)]
    if len(heads) < len(turn) and all(turn.get(cell.column, leaf(cell)) == leaf(cell) for cell in heads):
        for index, name in enumerate(_THREE):
            _found(state, name, rows[0][1][index * 5:index * 5 + 5], False, grid.method)
        state.headed, state.keys, state.names = True, [], []


def _found(
    state: Outcomes, name: str, values: Sequence[GridCell], certain: bool, method: Method | None,
    heads: Sequence[GridCell] = (),
) -> None:
    """Takes the values of a head; a filled cell that is wider than the others and its head speaks for no column."""
    spans = {(head.column, head.colspan) for head in heads}
    even = len({cell.colspan for cell in values}) == 1
    slots = tuple(
        slot_of(cell, method, certain)
        if even or cell.colspan == 1 or not cell.text.strip() or (cell.column, cell.colspan) in spans else None
        for cell in values
    )
    state.rows.append(FoundRow(row_of(form().table("t4"), name), slots))
