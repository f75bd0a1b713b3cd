"""Reads the statutory tables out of grids whose cells are known: HTML, Word, ruled PDF.

A value cell is found twice: by the header above it, and by counting the cells after its row's label. Where both roads
lead to the same cell it is certain; where they part, the printed row total decides, and where that does not, nobody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from archive.documents.model import Grid, GridCell, Method
from archive.report.form import Column, Row, form, plain
from archive.report.numbers import is_value, read_number
from archive.report.outcome_grids import Outcomes, is_head, read_outcomes
from archive.report.rows import Findings, FoundRow, Slot, best_block, rows_called, slot_of
from archive.report.sums import adds_up

_Span = tuple[int, int]
_OVER = ("申请人情况", "法人或其他组织")


@dataclass(slots=True)
class _State:
    """What earlier rows and grids said: the header that is in force."""

    block: list[tuple[str, _Span]] = field(default_factory=list)     # table 2: column label, columns it covers
    people: dict[str, _Span] = field(default_factory=dict)     # table 3: column key → columns it covers, as read
    width: int = 0
    reach: int = 0                                             # where the rows of the header end
    table: str = ""
    rows: list[FoundRow] = field(default_factory=list)
    headed: set[str] = field(default_factory=set)
    extra: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lost: list[tuple[int, int, list[GridCell]]] = field(default_factory=list)     # rows so far, row, line
    method: Method | None = None
    outcomes: Outcomes = field(default_factory=Outcomes)


def read_grids(grids: Iterable[tuple[str, Grid]], formats: tuple[str, ...]) -> Findings:
    """The rows found in all grids, each with its caption. `formats` decide where a block has no header of its own."""
    state = _State()
    for caption, grid in grids:
        state.method = grid.method
        _read_grid(caption, grid, state, formats)
    headed = frozenset(state.headed | ({"t4"} if state.outcomes.headed else set()))
    rows = (*state.rows, *state.outcomes.rows)
    return Findings(rows, headed, tuple(state.extra), (*state.warnings, *state.outcomes.warnings))


def _read_grid(caption: str, grid: Grid, state: _State, formats: tuple[str, ...]) -> None:
    lines = _lines(grid)
    width = max((cell.column + cell.colspan for cell in grid.cells), default=0)
    if width != state.width:
        state.block, state.people, state.width = [], {}, width
    for number, line in lines:
        if not _read_header(line, state):
            for piece, within in _abreast(line, state):
                _read_row(number, piece, state, formats, within)
    _read_between(state, formats)
    read_outcomes(grid, lines, caption, state.outcomes)


def _lines(grid: Grid) -> list[tuple[int, list[GridCell]]]:
    """The rows with every cell that covers them, left to right."""
    lines: dict[int, list[GridCell]] = defaultdict(list)
    for cell in grid.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            lines[row].append(cell)
    return [(row, sorted(cells, key=lambda cell: cell.column)) for row, cells in sorted(lines.items())]


def _span(cell: GridCell) -> _Span:
    return cell.column, cell.column + cell.colspan


def _read_header(line: list[GridCell], state: _State) -> bool:
    """Takes a row that names columns; True where it was one."""
    texts = {plain(cell.text) for cell in line if cell.text.strip()}
    if "信息内容" in texts or any(text.startswith("第二十条第") for text in texts):
        state.table = "t2"
        state.block = [(plain(cell.text), _span(cell)) for cell in line if plain(cell.text) not in ("", "信息内容")]
        state.reach = _end(line)
        return True
    if is_head(line):
        return True
    found = _people(line)
    if not found or any(len(rows_called(cell.text)) == 1 and len(cell.text) > 4 for cell in line):
        return False
    state.people = (state.people if state.table == "t3" else {}) | found
    state.table = "t3"
    state.reach = _end(line)
    state.headed.add("t3")
    return True


def _end(line: list[GridCell]) -> int:
    return max(cell.column + cell.colspan for cell in line)


def _people(line: list[GridCell]) -> dict[str, _Span]:
    """The columns of table 3 that a row names; at least two, or one of the unmistakable ones."""
    found: dict[str, _Span] = {}
    for cell in line:
        name = _columns_of_people().get(plain(cell.text))
        if name and name not in found:
            found[name] = _span(cell)
    over = any(plain(cell.text) in _OVER for cell in line)
    return found if over or set(found) - {"other_org", "total"} else {}


@cache
def _columns_of_people() -> dict[str, str]:
    """The column of table 3 that each label names."""
    columns = form().table("t3").rows[0].columns
    return {label: column.key for column in reversed(columns) for label in column.labels}


def _abreast(line: list[GridCell], state: _State) -> list[tuple[list[GridCell], _Span]]:
    """The rows of table 2 that stand side by side in one row, each with the columns that it may reach."""
    named = [index for index, cell in enumerate(line) if state.table == "t2" and _discloses(cell)]
    starts = [index for index, after in pairwise([*named, len(line)]) if after - index > 1]
    if len(starts) < 2:
        return [(line, (0, state.reach))]
    cuts = [0, *starts[1:], len(line)]
    ends = [line[high].column if high < len(line) else state.reach for high in cuts[1:]]
    return [(line[low:high], (line[low].column, end)) for (low, high), end in zip(pairwise(cuts), ends, strict=True)]


def _discloses(cell: GridCell) -> bool:
    return bool(cell.text.strip()) and any(row.table != "t3" for row in rows_called(cell.text))


def _read_row(number: int, line: list[GridCell], state: _State, formats: tuple[str, ...], within: _Span) -> None:
    label = _label(line, state)
    if label is None:
        state.lost.append((len(state.rows), number, line))
        _keep_extra(line, state)
        return
    index, candidates = label
    block = [(text, span) for text, span in state.block if within[0] <= span[0] < within[1]]
    header = [text for text, _ in block] if candidates[0].table != "t3" else []
    if len(formats) == 1:
        # where the words of one form stand and none of the other's, a torn header decides nothing
        candidates = tuple(one for one in candidates if formats[0] in one.formats) or candidates
    row = best_block(candidates, header) if len(candidates) > 1 else candidates[0]
    row = row or next((c for c in candidates if set(c.formats) & set(formats)), None)
    after = line[index + 1:]
    if row is None or not after:
        return
    # a page break can leave the end of a label in a cell of its own
    while len(after) > len(row.columns) and after[0].text.strip() and not is_value(after[0].text):
        after = after[1:]
    state.headed.add(row.table)
    columns = _columns(row, state, block)
    after = _without_rest(after, row, within[1])
    chosen = _chosen(after, row, columns, _usual_order(row, state, columns), within[1])
    chosen = chosen or _only_filled(after, row, block, within[1])
    below = line[index].row + line[index].rowspan
    slots = _made(chosen[0], (number, below), chosen[1], state.method) if chosen else None
    if slots is None:
        state.warnings.append(f"{_where(line[index])}: the cells of {plain(line[index].text)} do not fit")
        slots = (None,) * len(row.columns)
    state.rows.append(FoundRow(row, slots))


def _without_rest(after: list[GridCell], row: Row, end: int) -> list[GridCell]:
    """The cells of a row without the empty ones behind its header, where as many as it has are filled and add up."""
    first, rest = after[:len(row.columns)], after[len(row.columns):]
    filled = all(cell.text.strip() and is_value(cell.text) for cell in first)
    blank = bool(rest) and not any(cell.text.strip() for cell in rest)
    fits = row.table != "t3" or adds_up([_value(cell) for cell in first], row)
    return first if filled and blank and fits and _end(after) > end else after


def _read_between(state: _State, formats: tuple[str, ...]) -> None:
    """Gives rows of table 3 whose label says nothing to the rows of the form that are missing right there."""
    rows = state.rows
    old = formats == ("2019",) or any(found.row.key == "other_all" for found in rows)
    form_rows = form().table("t3").of(("2019",) if old else ("2021",))
    keys = [row.key for row in form_rows]
    for place in sorted({at for at, _, _ in state.lost}, reverse=True):
        run = [(number, values) for at, number, line in state.lost if at == place and (values := _tail(line))]
        around = [found.row for found in rows[max(place - 1, 0):place + 1]]
        if not run or len(around) < 2 or any(row.key not in keys or row.table != "t3" for row in around):
            continue
        low, high = (keys.index(row.key) for row in around)
        if high - low - 1 == len(run):
            rows[place:place] = [
                FoundRow(row, _made(values, (number, number + 1), False, state.method))
                for row, (number, values) in zip(form_rows[low + 1:high], run, strict=True)
            ]
    state.lost = []


def _tail(line: list[GridCell]) -> list[GridCell] | None:
    """The seven values at the end of a row behind a label that nobody knows."""
    labels, values = line[:-7], line[-7:]
    named = any(cell.text.strip() and not is_value(cell.text) for cell in labels)
    fits = len(values) == 7 and all(not cell.text.strip() or is_value(cell.text) for cell in values)
    return values if named and fits and not any(is_value(c.text) for c in labels if c.text.strip()) else None


def _where(cell: GridCell) -> str:
    return cell.place.at or f"page {cell.place.page}"


def _label(line: list[GridCell], state: _State) -> tuple[int, tuple[Row, ...]] | None:
    """The last cell before the values that names a row."""
    found = None
    for index, cell in enumerate(line):
        if cell.text.strip() and is_value(cell.text) and plain(cell.text) not in ("", "一"):
            break
        rows = rows_called(cell.text) if cell.text.strip() else ()
        if rows and _belongs(cell.text, state):
            found = (index, _without_group(rows, line, index))
    return found if found and found[1] else None


def _belongs(text: str, state: _State) -> bool:
    """`其他` and `总计` name rows and columns: they count only where their place in the table says so."""
    words = plain(text)
    seen = {found.row.key for found in state.rows if found.row.table == "t3"}
    if words in ("总计", "合计"):
        return bool(seen - {"new_received", "carried_in"})
    return words != "其他" or "other_fee_unpaid" in seen


def _without_group(rows: tuple[Row, ...], line: list[GridCell], index: int) -> tuple[Row, ...]:
    """`其他处理` over three rows is a group, in one row it is the 2019 form's single row."""
    if rows[0].key != "other_all":
        return rows
    cell = line[index]
    inner = any(rows_called(other.text) for other in line[index + 1:] if other.text.strip())
    return () if inner or cell.rowspan > 1 else rows


def _columns(row: Row, state: _State, block: Sequence[tuple[str, _Span]]) -> tuple[_Span | None, ...]:
    if row.table == "t3":
        return tuple(state.people.get(column.key) for column in row.columns)
    return tuple(_covered(column, block) for column in row.columns)


def _covered(column: Column, block: Sequence[tuple[str, _Span]]) -> _Span | None:
    return next((span for text, span in block if text in column.labels), None)


def _chosen(
    after: list[GridCell], row: Row, columns: tuple[_Span | None, ...], usual: bool, reach: int
) -> tuple[Sequence[GridCell | None], bool] | None:
    """The cells of a row and whether they are certain; `usual`: the header does not contradict the form's order."""
    counted = list(after) if usual and len(after) == len(row.columns) else None
    # a row that is wider than its header has a cell too many somewhere
    headed = _headed(after, columns, usual) if _end(after) <= reach else None
    if counted is None or headed is None:
        chosen = counted if headed is None else headed
        return (chosen, True) if chosen is not None else None
    if [id(cell) for cell in counted] == [id(cell) for cell in headed]:
        return counted, True
    both = [cells for cells in (counted, headed) if adds_up([_value(cell) for cell in cells], row)]
    if len(both) == 1:
        return both[0], False
    same = [one if one is other else None for one, other in zip(counted, headed, strict=True)]
    return same, False


def _only_filled(
    after: list[GridCell], row: Row, block: Sequence[tuple[str, _Span]], reach: int
) -> tuple[Sequence[GridCell], bool] | None:
    """The filled cells of a row of table 2, where its header names the columns of the form in order and no other."""
    filled = [cell for cell in after if cell.text.strip()]
    named = len(block) == len(row.columns) and all(
        text in column.labels for (text, _), column in zip(block, row.columns, strict=True)
    )
    fits = row.table != "t3" and named and len(filled) == len(row.columns) and _end(after) <= reach
    return (filled, True) if fits and all(is_value(cell.text) for cell in filled) else None


def _usual_order(row: Row, state: _State, columns: Sequence[_Span | None]) -> bool:
    """Whether the header was written in the order of the form, whatever columns broken spans put it over."""
    if row.table == "t3":
        read = [key for key in state.people if key != "total"]
        return read == [column.key for column in row.columns if column.key in read]
    places = [span[0] for span in columns if span]
    return places == sorted(places)


def _headed(after: list[GridCell], columns: tuple[_Span | None, ...], usual: bool) -> list[GridCell | None] | None:
    """The cell under each column's header; of the pieces of a split cell the one that is filled."""
    places = [span[0] for span in columns if span]
    if len(places) < len(columns) or (usual and places != sorted(places)):
        return None
    ordered = sorted(span for span in columns if span)
    if any(one[1] > following[0] for one, following in pairwise(ordered)):
        # two columns in one place: the rows of the head are not where they were
        return None
    found: list[GridCell | None] = []
    for span in columns:
        under = [cell for cell in after if span and _span(cell)[0] < span[1] and span[0] < _span(cell)[1]]
        filled = [cell for cell in under if cell.text.strip()]
        if not under or len(filled) > 1:
            return None
        found.append((filled or under)[0])
    used = {id(cell) for cell in found}
    stray = any(cell.text.strip() and is_value(cell.text) and id(cell) not in used for cell in after)
    return None if stray else found


def _value(cell: GridCell | None) -> int | float | None:
    return read_number(cell.text).value if cell else None


def _made(
    cells: Sequence[GridCell | None], rows: _Span, certain: bool, method: Method | None
) -> tuple[Slot | None, ...]:
    """Slots of cells; a filled cell that covers several rows or columns of values speaks for none of them."""
    times = Counter(id(cell) for cell in cells)
    slots: list[Slot | None] = []
    for cell in cells:
        if cell is None or cell.row != rows[0]:
            slots.append(None)
            continue
        merged = times[id(cell)] > 1 or cell.row + cell.rowspan > rows[1]
        slots.append(None if merged and cell.text.strip() else slot_of(cell, method, certain))
    return tuple(slots)


def _keep_extra(line: list[GridCell], state: _State) -> None:
    """A row of table 2 that the form does not have."""
    texts = [cell.text.strip() for cell in line if cell.text.strip()]
    if state.table == "t2" and len(texts) > 1 and not is_value(texts[0]) and any(map(is_value, texts[1:])):
        state.extra.append(" | ".join(text.replace("\n", "") for text in texts))
