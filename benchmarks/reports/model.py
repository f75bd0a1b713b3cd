"""What a generated report is made of: laid-out tables, lines of prose, and the finished sample with its truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Number = int | float
Generation = Literal["2019", "2021"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as laid out: its upper left corner, what it covers, and the key of the figure it prints."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A statutory table (`t2`, `t3`, `t4`), or one of the pieces in which it is printed."""

    name: str
    width: int
    height: int
    cells: tuple[Cell, ...]
    heads: int = 1  # rows that are repeated where a page breaks

    def rows(self) -> list[list[Cell]]:
        """The cells that begin in each row, from left to right."""
        found: list[list[Cell]] = [[] for _ in range(self.height)]
        for cell in sorted(self.cells, key=lambda cell: cell.column):
            found[cell.row].append(cell)
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """Running text; level 1 is one of the six parts, 2 a heading inside a part, 0 a paragraph, -1 the title."""

    text: str
    level: int = 0


Block = Line | Table


@dataclass(frozen=True, slots=True)
class Paper:
    """A report before it takes a form. `raw` is what each cell prints, `values` the number to be read there."""

    title: str
    generation: Generation
    county: str
    blocks: tuple[Block, ...]
    raw: Mapping[str, str]
    values: Mapping[str, Number | None]
    facts: Mapping[str, object]
    identity: Mapping[str, object]
    quirks: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(block for block in self.blocks if isinstance(block, Table))


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished document. Cells outside `kept` may stay unread, because the form lost what tells them apart."""

    form: str
    seed: int
    name: str
    body: bytes = field(repr=False)
    paper: Paper = field(repr=False)
    quirks: tuple[str, ...]
    kept: frozenset[str] = field(repr=False)
