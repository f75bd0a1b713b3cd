"""Cuts lines of text into batches: the words of labels, then the values that follow them.

Text has lost its columns. What is left is the order of words and values, the lines, and where cells were separated by
tabs or pipes also the empty ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from archive.documents.model import Block, Grid, GridCell, Method, Paragraph, Picture, Place
from archive.report.form import form, plain
from archive.report.numbers import clean, is_value
from archive.report.rows import Slot, slot_of
from archive.report.sections import Section

_TABLE_OF_SECTION = {"s2": "t2", "s3": "t3", "s4": "t4"}
_EARLY_SECTIONS = frozenset(("s0", "s1"))
_LONGEST_LABEL = 80
_PAGE_NUMBER = re.compile(r"\s*(?:[-—–－]\s*\d{1,3}\s*[-—–－]|第\s*\d{1,3}\s*页.{0,12})\s*")
_UNITS = frozenset(("件", "条", "项", "个", "宗", "份", "次", "起", "元", "万元"))
_GLUED = re.compile(r"(.*\D)(0{2,})")


@dataclass(slots=True)
class Batch:
    """Values with the label words that stand before them, since the values before.

    `own` are the words in the same line; `cells` tells that the tokens are the cells of one row, empty ones too, of
    which the first stands `start` cells from the left in the grid numbered `grid`. `head` are the places and words of
    the header above, where that row has as many cells as this one. `tail` counts the tokens of the last line without a
    label that went on with these, `begun` those that stand in the label's own line.
    """

    table: str
    pieces: list[str]
    own: str
    tokens: list[Slot]
    cells: bool = False
    grid: int = -1
    label_column: int = -1
    start: int = 0
    head: tuple[tuple[int, str], ...] = ()
    tail: int = 0
    begun: int = 0

    @property
    def label(self) -> str:
        """All words before the values, those of the same line last."""
        return "".join(self.pieces) + self.own

    @property
    def filled(self) -> int:
        """How many of the tokens are not empty."""
        return sum(1 for token in self.tokens if token.raw.strip())


@dataclass(slots=True)
class _Cutter:
    table: str = ""
    pieces: list[str] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    words: dict[str, list[str]] = field(default_factory=dict)
    beside: set[int] = field(default_factory=set)
    head: tuple[int, int, tuple[tuple[int, str], ...]] = (-1, 0, ())     # of the last header: grid, cells, words
    open: bool = False
    method: Method = "text"

    def say(self, text: str) -> None:
        """Takes label words, and the table that they belong to."""
        words = plain(text)
        self.table = _table_of(words) or self.table
        if words:
            self.pieces.append(words)
            self.words.setdefault(self.table, []).append(words)
            self.open = False

    def count(self, batch: Batch) -> None:
        """Takes values; a line of nothing but values goes on with the batch before it."""
        last = self.batches[-1] if self.batches else None
        if last and self.open and not (batch.own or batch.pieces or batch.cells or last.cells):
            # values in the label's line and then a number a line: the last ones may be parts of one figure
            parts = last.begun > 0 and last.tail > 0
            last.tokens += batch.tokens
            last.tail = len(batch.tokens)
            if last.own and self._is_halved():
                # lower halves of figures that were broken inside their cells: they add up as the figures do
                last.tokens = []
            elif last.own and (len(batch.tokens) > 1 or parts):
                last.tokens = [replace(token, certain=False) for token in last.tokens]
            return
        batch.begun = len(batch.tokens) if batch.own else 0
        self.batches.append(batch)
        self.pieces = []
        self.open = True


    def _is_halved(self) -> bool:
        """Whether values without a label that make no row stand right above the line of the last batch."""
        if len(self.batches) < 2:
            return False
        before, last = self.batches[-2:]
        stray = not before.own and not last.pieces
        return (stray or before.tail == last.tail) and (len(before.tokens) % 7 != 0 or not before.tokens)


@dataclass(frozen=True, slots=True)
class Cut:
    """The batches in order, all label words by table, and the grids whose header stands right beside its own label."""

    batches: tuple[Batch, ...]
    words: dict[str, str]
    beside: frozenset[int]


def cut(sections: Sequence[Section], method: Method) -> Cut:
    """The batches of everything that may hold a table: parts two to four, and the beginning where these are lost."""
    keys = {section.key for section in sections}
    wanted = _TABLE_OF_SECTION.keys() | (_EARLY_SECTIONS if "s2" not in keys else frozenset())
    cutter = _Cutter()
    grids = 0
    for section in sections:
        if section.key not in wanted:
            continue
        cutter.table = _TABLE_OF_SECTION.get(section.key, "")
        cutter.pieces = []
        for block in section.blocks:
            grids += isinstance(block, Grid)
            cutter.method = (None if isinstance(block, Picture) else block.method) or method
            _take(block, cutter, grids)
    words = {table: "".join(texts) for table, texts in cutter.words.items()}
    return Cut(tuple(cutter.batches), words, frozenset(cutter.beside))


def _table_of(words: str) -> str:
    if len(words) > _LONGEST_LABEL:
        return ""
    found = next((key for key, marks in _marks() if any(mark in words for mark in marks)), "")
    return "t2" if found == "t2_2019" else found


@cache
def _marks() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The words that only one table has; the row labels of table 3 are unmistakable too."""
    labels = tuple(label for row in form().table("t3").rows for label in row.labels if len(label) >= 4)
    return (*((table.key, table.markers) for table in form().tables), ("t3", labels))


def _take(block: Block, cutter: _Cutter, number: int) -> None:
    if isinstance(block, Paragraph):
        if not _PAGE_NUMBER.fullmatch(block.text):
            _take_line(block.text, block.place, cutter)
    elif isinstance(block, Grid) and block.loose:
        for row in _rows(block):
            _take_row(row, cutter, number)


def _rows(grid: Grid) -> Iterator[list[GridCell]]:
    rows: dict[int, list[GridCell]] = {}
    for cell in grid.cells:
        rows.setdefault(cell.row, []).append(cell)
    yield from rows.values()


def _take_line(text: str, place: Place, cutter: _Cutter) -> None:
    """A line of words, of values, or of words with values after them."""
    parts = _with_units(text.split())
    if cutter.open and text.strip() in _UNITS:
        return                        # the unit of the value above, in a line of its own
    first = len(parts)
    while first and is_value(parts[first - 1]):
        first -= 1
    words, values = " ".join(parts[:first]), parts[first:]
    glued = _GLUED.fullmatch(words) if not values else None
    if glued and len(plain(glued[1])) <= _LONGEST_LABEL:
        words, values = glued[1], [glued[2]]
    if not values or len(plain(words)) > _LONGEST_LABEL:
        cutter.say(text)
        return
    own = plain(words)
    cutter.table = _table_of(own) or cutter.table
    if own:
        cutter.words.setdefault(cutter.table, []).append(own)
    cutter.count(Batch(cutter.table, cutter.pieces, own, [_slot(value, place, cutter.method) for value in values]))


def _with_units(parts: list[str]) -> list[str]:
    """The pieces of a line, a unit together with the number before it."""
    found: list[str] = []
    for part in parts:
        if part in _UNITS and found and is_value(found[-1]):
            found[-1] += part
        else:
            found.append(part)
    return found


def _slot(value: str, place: Place, method: Method) -> Slot:
    """A value in a line of text; what one reader of a picture saw there only a sum can confirm."""
    return Slot(value, place, method=method, readings=(value,) if method == "ocr" else ())


def _take_row(row: list[GridCell], cutter: _Cutter, grid: int) -> None:
    """A row whose cells are known, though not their columns."""
    filled = [index for index, cell in enumerate(row) if cell.text.strip()]
    values = [index for index in filled if is_value(row[index].text)]
    texts = [index for index in filled if index not in values]
    last_text = texts[-1] if texts else -1
    if not (values or texts) or (values and values[0] < last_text) or (not values and not _leaves_room(row, last_text)):
        if filled[:2] == [0, 1] and plain(row[0].text) == "信息内容":
            cutter.beside.add(grid)
            cutter.head = (grid, len(row), tuple((index, plain(row[index].text)) for index in filled[1:]))
        for index in filled:
            _say_cell(row[index].text, cutter)
        if not filled and len(row) >= 15:
            _count_cells(row, -1, "", cutter, grid)
        return
    own = "".join(plain(row[index].text) for index in texts)
    cutter.table = _table_of(own) or cutter.table
    if own:
        cutter.words.setdefault(cutter.table, []).append(own)
    _count_cells(row, last_text, own, cutter, grid)


def _say_cell(text: str, cutter: _Cutter) -> None:
    if not is_value(text):
        cutter.say(text)


def _leaves_room(row: list[GridCell], last_text: int) -> bool:
    """Whether a row without values names a row of the form and has empty cells behind it."""
    behind = len(row) - last_text - 1
    return behind > 0 and last_text >= 0 and clean(row[last_text].text) != ""


def _count_cells(row: list[GridCell], label: int, own: str, cutter: _Cutter, grid: int) -> None:
    tokens = [slot_of(cell, cutter.method) for cell in row[label + 1:]]
    head = cutter.head[2] if cutter.head[:2] == (grid, len(row)) else ()
    cutter.count(Batch(cutter.table, cutter.pieces, own, tokens, True, grid, label, label + 1, head))
