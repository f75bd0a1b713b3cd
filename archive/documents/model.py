"""A document as every reader hands it over: blocks in reading order, each with its place."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["html", "text", "pdf", "docx", "ocr"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `at` in words (`table 2, row 4, column 3`, `line 118`), or page (from 1) and box.

    `box` is left, top, right, bottom in points from the page's upper left corner.
    """

    at: str | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph of running text; `heading` where the form itself marks it as one (h1-h6, a Word style)."""

    text: str
    place: Place
    heading: bool = False


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell with the rows and columns it covers (from 0, before any label is understood)."""

    text: str
    row: int
    column: int
    place: Place
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as laid out. `loose` grids come from text whose columns were torn: their column numbers mean little."""

    cells: tuple[GridCell, ...]
    place: Place
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that stands in the text; `src` as written, or the name inside the container."""

    src: str | None
    place: Place


Block = Paragraph | Grid | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of one body.

    `title` is what the form itself calls the document (`<title>`, core properties); `metas` are a page's meta tags in
    order, names in lower case.
    """

    media_type: str
    method: Method
    blocks: tuple[Block, ...]
    title: str | None = None
    metas: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
