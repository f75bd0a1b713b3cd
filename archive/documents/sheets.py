"""Sheets of a workbook: what a reader of it sees, as paragraphs and tables. Both kinds of Excel files end up here."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.documents.model import Block, Grid, GridCell, Paragraph, Picture, Place

MAX_ROWS = 3000
MAX_COLUMNS = 120
MAX_CELLS = 20_000
_SENTENCE = ("。", "！", "；")
_PROSE = 60                           # no label of a statutory table is longer

At = tuple[int, int]                  # row and column, from 0


@dataclass(slots=True)
class Sheet:
    """The visible rows and columns of a sheet. `spans` has for the first cell of merged ones the last."""

    name: str
    rows: list[int]
    columns: list[int]
    texts: dict[At, str]
    spans: dict[At, At] = field(default_factory=dict)
    bordered: set[At] = field(default_factory=set)
    pictures: list[tuple[str | None, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell by its visible row and column, both from 0."""

    text: str
    row: int
    column: int
    rowspan: int
    colspan: int
    at: At
    bordered: bool


def blocks_of(sheet: Sheet, named: bool) -> Iterator[Block]:
    """Rows that say one thing are paragraphs, runs of the others grids; `named`: the name of the sheet comes first."""
    if named:
        yield Paragraph(sheet.name, Place(f"sheet {sheet.name}"), heading=True)
    run: list[list[_Cell]] = []
    for row in _rows(sheet):
        if _is_gap(row) and not _crossed(run, row):
            yield from _grid(run, sheet.name)
            run = []
        elif _is_line(row, run) and not _crossed(run, row):
            yield from _grid(run, sheet.name)
            run = []
            yield from _paragraphs(row, sheet.name)
        else:
            run.append(row)
    yield from _grid(run, sheet.name)
    for src, body in sheet.pictures:
        yield Picture(src, Place(f"sheet {sheet.name}"), body)


def _rows(sheet: Sheet) -> Iterator[list[_Cell]]:
    """The visible rows, each with its cells; what a merged cell covers is left out."""
    row_at = {row: index for index, row in enumerate(sheet.rows)}
    column_at = {column: index for index, column in enumerate(sheet.columns)}
    spans, covered = _visible_spans(sheet, row_at, column_at)
    used = {column for (row, column), text in sheet.texts.items() if text and row in row_at and column in column_at}
    used |= {at[1] for at in sheet.bordered if at[1] in column_at}
    last = max((column_at[column] for column in used), default=-1)
    for row in sheet.rows:
        cells = []
        for column in sheet.columns[:last + 1]:
            at = row, column
            if at in covered:
                continue
            origin, height, width = spans.get(at, (at, 1, 1))
            text = sheet.texts.get(origin, "").strip()
            cells.append(_Cell(text, row_at[row], column_at[column], height, width, at, at in sheet.bordered))
        yield cells


def _visible_spans(
    sheet: Sheet, row_at: dict[int, int], column_at: dict[int, int],
) -> tuple[dict[At, tuple[At, int, int]], set[At]]:
    """For the first visible cell of each merged area where its text stands and how many it covers; and the others."""
    spans: dict[At, tuple[At, int, int]] = {}
    covered: set[At] = set()
    for (top, left), (bottom, right) in sheet.spans.items():
        rows = [row for row in range(top, min(bottom, top + MAX_ROWS) + 1) if row in row_at]
        columns = [column for column in range(left, min(right, left + MAX_COLUMNS) + 1) if column in column_at]
        if rows and columns:
            spans[rows[0], columns[0]] = (top, left), len(rows), len(columns)
            covered |= {(row, column) for row in rows for column in columns} - {(rows[0], columns[0])}
    return spans, covered


def _is_gap(row: list[_Cell]) -> bool:
    return not any(cell.text or cell.bordered for cell in row)


def _is_line(row: list[_Cell], run: list[list[_Cell]]) -> bool:
    """A row that says one thing: a title, a heading, prose. A label whose values are blank is none."""
    filled = [cell for cell in row if cell.text]
    if len(filled) != 1:
        return False
    cell = filled[0]
    if len(cell.text) > _PROSE and cell.rowspan == 1:
        return True
    wide = cell.colspan > 2 or len(row) == 1
    if not run:
        return wide or not cell.bordered
    return not any(other.bordered for other in row) and (wide or _is_ruled(run))


def _is_ruled(run: list[list[_Cell]]) -> bool:
    """Whether the rows so far have borders, so that a row without them is no longer the table's."""
    return any(cell.bordered for row in run for cell in row)


def _crossed(run: list[list[_Cell]], row: list[_Cell]) -> bool:
    """Whether a cell from above reaches down into the row."""
    number = row[0].row if row else -1
    return any(cell.row + cell.rowspan > number for above in run for cell in above)


def _paragraphs(row: list[_Cell], name: str) -> Iterator[Block]:
    cell = next(cell for cell in row if cell.text)
    for line in cell.text.split("\n"):
        if line.strip():
            yield Paragraph(line.strip(), _place(cell, name))


def _grid(run: list[list[_Cell]], name: str) -> Iterator[Block]:
    """The grid of a run of rows; a run that says one thing in each row is no table."""
    start, end = _prose(run)
    if start < end:
        yield from _grid(run[:start], name)
        for row in run[start:end]:
            if any(cell.text for cell in row):
                yield from _paragraphs(row, name)
        yield from _grid(run[end:], name)
        return
    while run and _is_gap(run[-1]):
        run = run[:-1]
    if len({cell.column for row in run for cell in row if cell.text}) < 2:
        for row in run:
            if any(cell.text for cell in row):
                yield from _paragraphs(row, name)
        return
    first = run[0][0].row
    low, high = _used(run)
    cells = tuple(
        GridCell(cell.text, cell.row - first, cell.column, _place(cell, name), cell.rowspan, cell.colspan)
        for row in run for cell in row if low <= cell.column < high
    )
    yield Grid(cells[:MAX_CELLS], _place(run[0][0], name))


def _prose(run: list[list[_Cell]]) -> tuple[int, int]:
    """Where sentences stand between tables: from the heading of the first to before the next table."""
    alone = [[cell.text for cell in row if cell.text] for row in run]
    first = next((n for n, texts in enumerate(alone) if len(texts) == 1 and texts[0].endswith(_SENTENCE)), len(run))
    start = first - 1 if 0 < first < len(run) and len(alone[first - 1]) == 1 else first
    return start, next((n for n in range(first, len(run)) if len(alone[n]) > 1), len(run))


def _used(run: list[list[_Cell]]) -> tuple[int, int]:
    """The columns of a table: other tables of the sheet may be wider, and their columns are blank here."""
    filled = [cell for row in run for cell in row if cell.text or cell.bordered]
    return min(cell.column for cell in filled), max(cell.column + cell.colspan for cell in filled)


def _place(cell: _Cell, name: str) -> Place:
    return Place(f"sheet {name}, cell {letters(cell.at[1])}{cell.at[0] + 1}")


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
