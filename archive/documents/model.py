"""A document as every reader hands it over: blocks in reading order, each with its place."""

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["html", "text", "pdf", "docx", "doc", "xlsx", "xls", "ofd", "ocr"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `at` in words (`table 2, row 4, column 3`, `line 118`), or page (from 1) and box.

    `box` is left, top, right, bottom from the upper left corner: in points on a page, in pixels of a picture that has
    no page. `part` names the picture or file inside the body that page and box belong to, None for the body itself.
    """

    at: str | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or paragraph of running text; `heading` where the form itself marks it as one (h1-h6, a Word style).

    `method` only where it is not the document's.
    """

    text: str
    place: Place
    heading: bool = False
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell with the rows and columns it covers (from 0, before any label is understood).

    `readings` is only filled where two readers of a picture differ: what each read, the more trusted first (it stands
    in `text` too). Such a cell is unknown until a printed sum confirms one of them. `confidence` is the reader's, 0-1.
    """

    text: str
    row: int
    column: int
    place: Place
    rowspan: int = 1
    colspan: int = 1
    readings: tuple[str, ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as laid out. `loose` grids come from text whose columns were torn: their column numbers mean little.

    `method` only where it is not the document's.
    """

    cells: tuple[GridCell, ...]
    place: Place
    loose: bool = False
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, or a file shown in a frame of the page (a PDF behind a viewer): something of its own inside the text.

    `src` as written, or the name inside the container; `body` where the container holds it.
    """

    src: str | None
    place: Place
    body: bytes | None = field(default=None, repr=False)


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
