"""Paragraphs put into the cells and tables that they stand in: DOC and RTF say behind each what it ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.documents import flow
from archive.documents.doc_sprms import ParagraphProperties
from archive.documents.doc_tables import Row, table

CELL = "\x07"


@dataclass(slots=True)
class Text:
    """A paragraph as it stands in the file: its end mark, its properties, what is seen of it."""

    mark: str
    properties: ParagraphProperties
    items: list[flow.Item]
    text: str = ""
    deleted: bool = False                         # both of its end mark
    hidden: bool = False


def joined(pieces: list[str]) -> str:
    """The text of UTF-16 units, each a character so far."""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(slots=True)
class _Open:
    """A table that has not ended yet."""

    rows: list[Row] = field(default_factory=list)
    cells: list[list[flow.Item]] = field(default_factory=list)
    items: list[flow.Item] = field(default_factory=list)

    def end_row(self, text: Text) -> None:
        # the end alone does not make a row deleted: LibreOffice marks it where only a word before it was
        gone = (text.deleted or text.hidden) and not any(_says_something(cell) for cell in self.cells)
        if self.cells and not gone:
            self.rows.append(Row(self.cells, text.properties.columns))
        self.cells, self.items = [], []

    def end_cell(self) -> None:
        self.cells.append(self.items)
        self.items = []

    def table(self) -> flow.Table:
        """The table; cells whose row has no end are a row too."""
        if _says_something(self.items):
            self.end_cell()
        if self.cells:
            self.rows.append(Row(self.cells, []))
        return table(self.rows)


def _says_something(items: list[flow.Item]) -> bool:
    return any(not isinstance(item, flow.Line) or item.text.strip() for item in items)


def put_together(texts: Iterable[Text]) -> list[flow.Item]:
    """Paragraphs put into the cells and tables that they stand in ([MS-DOC] 2.4.3, 2.4.4)."""
    root: list[flow.Item] = []
    tables: list[_Open] = []
    for text in texts:
        depth = 1 if text.mark == CELL else text.properties.depth
        _close(tables, root, depth)
        tables += [_Open() for _ in range(depth - len(tables))]
        if not depth:
            root += text.items
        elif text.properties.row_end:
            tables[-1].end_row(text)
        else:
            tables[-1].items += text.items
            if text.mark == CELL or text.properties.cell_end:
                tables[-1].end_cell()
    _close(tables, root, 0)
    return root


def _close(tables: list[_Open], root: list[flow.Item], depth: int) -> None:
    """Ends the tables that lie deeper, each as an item of the cell around it."""
    while len(tables) > depth:
        ended = tables.pop().table()
        (tables[-1].items if tables else root).append(ended)
