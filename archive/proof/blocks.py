"""Blocks of a document as views: texts whose numbers carry links, tables with their merged cells."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.documents.model import Block, Grid, GridCell, Paragraph, Picture, Place
from archive.proof.spots import Spots
from archive.proof.views import Laid, Note, Piece, Said, Tabled, View

MAX_TEXT = 500_000                # characters of the original in one proof page
MAX_CELLS = 10_000
_WIDEST = 400                         # columns and rows that one cell may cover
# what is not seen, and what turns the direction of text around
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(slots=True)
class Writer:
    """Makes views of blocks until the page is full."""

    spots: Spots
    text: int = MAX_TEXT
    cells: int = MAX_CELLS
    shared: Counter[Place] = field(default_factory=Counter)

    def expect(self, blocks: Iterable[Block]) -> None:
        """Counts how many blocks share a place, so that the last of them takes what no other shows."""
        self.shared.update(block.place for block in blocks if isinstance(block, Paragraph))

    def view(self, block: Block) -> View | None:
        """The view of a paragraph or table, None for a picture or where nothing more is taken."""
        if isinstance(block, Picture) or self.full():
            return None
        return self._said(block) if isinstance(block, Paragraph) else self._tabled(block)

    def full(self) -> bool:
        """Whether the page holds as much as it may."""
        return self.text <= 0 or self.cells <= 0

    def cut(self) -> Iterator[Note]:
        """The remark that the page does not show everything, where that is so."""
        if self.full():
            yield Note("cut_text")

    def _said(self, block: Paragraph) -> Said:
        self.shared[block.place] -= 1
        return Said(self._pieces(block.text, block.place, last=self.shared[block.place] <= 0), block.heading)

    def _pieces(self, text: str, place: Place, *, last: bool = True) -> tuple[Piece, ...]:
        text = visible(text[:max(self.text, 0)])
        self.text -= len(text) + 8
        keys = self.spots.take(place)
        pieces, rest = linked(text, [(key, visible(self.spots.raw(key)).strip()) for key in keys])
        if rest and not last:
            self.spots.put_back(place, rest)
            return pieces
        if len(keys) == 1 and rest:
            return (Piece(text, rest[0]),)
        return (*(Piece("", key) for key in rest), *pieces)

    def _tabled(self, grid: Grid) -> Tabled:
        cells = grid.cells[:max(self.cells, 0)]
        self.cells -= len(grid.cells)
        return Tabled(tuple(tuple(row) for row in self._rows(cells)))

    def _rows(self, cells: Iterable[GridCell]) -> Iterator[list[Laid]]:
        """The rows of a table, with fillers where no cell stands."""
        by_row: dict[int, list[GridCell]] = {}
        for cell in cells:
            by_row.setdefault(cell.row, []).append(cell)
        open_: dict[int, int] = {}        # column → rows that a cell from above still covers
        for row in sorted(by_row):
            yield self._row(sorted(by_row[row], key=lambda cell: cell.column), open_)
            for column in [column for column, left in open_.items() if left <= 1]:
                del open_[column]
            for column in open_:
                open_[column] -= 1

    def _row(self, cells: list[GridCell], open_: dict[int, int]) -> list[Laid]:
        laid: list[Laid] = []
        column = 0
        for cell in cells:
            free = sum(1 for at in range(column, min(cell.column, column + _WIDEST)) if at not in open_)
            if free:
                laid.append(Laid((), colspan=free))
            down, wide = min(cell.rowspan, _WIDEST), min(cell.colspan, _WIDEST)
            laid.append(Laid(self._pieces(cell.text, cell.place), down, wide))
            open_.update((at, down) for at in range(cell.column, cell.column + wide))
            column = max(column, cell.column + wide)
        return laid


def visible(text: str) -> str:
    """Text with a mark in the place of each character that is not seen or that turns other text around."""
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def linked(text: str, keys: Sequence[tuple[str, str]]) -> tuple[tuple[Piece, ...], list[str]]:
    """The text with a piece for each key whose raw text stands in it, and the keys that were not found.

    Values stand behind their label, which may have digits too: so they are looked for from the end.
    """
    spans: dict[str, tuple[int, int]] = {}
    for key, raw in reversed(keys):
        taken = list(spans.values())
        free = [span for span in _words(text, raw) if all(span[1] <= low or high <= span[0] for low, high in taken)]
        if free:
            spans[key] = free[-1]
    pieces: list[Piece] = []
    at = 0
    for key, (start, end) in sorted(spans.items(), key=lambda item: item[1]):
        pieces += [Piece(text[at:start]), Piece(text[start:end], key)]
        at = end
    pieces.append(Piece(text[at:]))
    return tuple(piece for piece in pieces if piece.text), [key for key, _ in keys if key not in spans]


def _words(text: str, raw: str) -> Iterator[tuple[int, int]]:
    """Where a text stands as a word of its own."""
    found = re.finditer(rf"(?<![\d.,]){re.escape(raw)}(?![.,]?\d)", text) if raw else ()
    return (one.span() for one in found)
