"""HTML pages: paragraphs, tables as laid out, pictures; layout tables are taken apart, what is hidden is left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree, html

from archive.documents.model import Block, Document, Grid, GridCell, Paragraph, Picture, Place
from archive.documents.text import decode
from archive.errors import Unreadable

MAX_CELLS = 20_000
MAX_SPAN = 60
_LONG_CELL = 600
_DROPPED = frozenset((
    "script", "style", "noscript", "template", "head", "select", "textarea", "object", "iframe", "svg", "button",
    "input",
))
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")


@dataclass(slots=True)
class _Page:
    """What has been read so far, and the line that is being put together."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    heading: bool = False
    tables: int = 0
    warnings: list[str] = field(default_factory=list)

    def flush(self) -> None:
        text = _squeeze("".join(self.line))
        if text:
            self.blocks.append(Paragraph(text, Place(f"paragraph {len(self.blocks) + 1}"), self.heading))
        self.line = []

    def picture(self, element: etree._Element) -> None:
        self.flush()
        self.blocks.append(Picture(element.get("src"), Place(f"paragraph {len(self.blocks) + 1}")))


def read_html(body: bytes, declared: str | None = None) -> Document:
    """A Document of a page or a piece of one. Raises Unreadable where there is no element or no text in it."""
    text, warnings = decode(body, declared)
    root = _parse(text)
    page = _Page(warnings=list(warnings))
    _walk(root, page)
    page.flush()
    if not page.blocks:
        raise Unreadable("the page holds no text")
    if _is_cut_off(text):
        page.warnings.append("the page is cut off: it has no end")
        page.blocks[-1] = _without_last_cell(page.blocks[-1])
    title = _squeeze(root.findtext(".//title") or "") or None
    return Document("text/html", "html", tuple(page.blocks), title, tuple(_metas(root)), tuple(page.warnings))


def _is_cut_off(text: str) -> bool:
    whole = re.search(r"<html[\s>]", text[:5000], re.I) is not None
    return whole and re.search(r"</(?:html|body)\s*>", text[-5000:], re.I) is None


def _without_last_cell(block: Block) -> Block:
    """A table without its last cell, of which nobody knows how much is missing."""
    return replace(block, cells=block.cells[:-1]) if isinstance(block, Grid) else block


def _parse(text: str) -> etree._Element:
    # an XML declaration makes lxml refuse text, and a NUL ends it
    text = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).replace("\x00", "")
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise Unreadable(f"the page cannot be read as HTML: {error}") from error
    return root


def _metas(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Meta tags in order, wherever they stand: many portals print them in the body."""
    for element in root.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("itemprop")
        content = element.get("content")
        if name and content is not None:
            yield name.strip().lower(), content.strip()


def _walk(root: etree._Element, page: _Page) -> None:
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped: etree._Element | None = None
    for event, element in walker:
        if not isinstance(element.tag, str) or (skipped is not None and element is not skipped):
            continue
        tag = element.tag.lower()
        if event == "start" and skipped is None:
            if _is_left_out(element, tag) or (tag == "table" and _take_table(element, page)):
                skipped = element
                walker.skip_subtree()
            else:
                _open(element, tag, page)
        elif event == "end":
            if skipped is None:
                _close(tag, page)
            skipped = None
            page.line.append((element.tail or "") if element is not root else "")


def _open(element: etree._Element, tag: str, page: _Page) -> None:
    if tag == "img":
        page.picture(element)
    if tag in _BLOCKS or tag == "br":
        page.flush()
    if tag in _HEADINGS:
        page.heading = True
    if tag != "br":
        page.line.append(element.text or "")


def _close(tag: str, page: _Page) -> None:
    if tag in _BLOCKS:
        page.flush()
    if tag in _HEADINGS:
        page.heading = False


def _is_left_out(element: etree._Element, tag: str) -> bool:
    return tag in _DROPPED or element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _take_table(element: etree._Element, page: _Page) -> bool:
    """Reads a table of data into a grid; False for a table that only lays out a page."""
    if any(len(list(inner.iter("td", "th"))) > 1 for inner in element.iter("table") if inner is not element):
        return False
    cells, cut = _cells(element, page.tables + 1)
    if len({cell.column for cell in cells}) < 2 or any(len(cell.text) > _LONG_CELL for cell in cells[:40]):
        return False
    page.flush()
    page.tables += 1
    page.blocks.append(Grid(tuple(cells), Place(f"table {page.tables}")))
    for image in element.iter("img"):
        page.picture(image)
    if cut:
        page.warnings.append(f"table {page.tables}: only the first {MAX_CELLS} cells were read")
    return True


def _cells(table: etree._Element, number: int) -> tuple[list[GridCell], bool]:
    """The cells with the rows and columns they cover, as a browser lays them out."""
    found: list[GridCell] = []
    taken: set[tuple[int, int]] = set()
    rows = [row for row in table.iter("tr") if not _in_hidden(row, table)]
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            if cell.tag not in ("td", "th") or _HIDDEN.search(cell.get("style") or ""):
                continue
            while (r, column) in taken:
                column += 1
            height, width = min(_span(cell, "rowspan"), len(rows) - r) or 1, _span(cell, "colspan")
            taken.update((r + i, column + j) for i in range(height) for j in range(width))
            at = Place(f"table {number}, row {r + 1}, column {column + 1}")
            found.append(GridCell(_cell_text(cell), r, column, at, height, width))
            column += width
            if len(taken) > MAX_CELLS:
                return found, True
    return found, False


def _in_hidden(row: etree._Element, table: etree._Element) -> bool:
    element: etree._Element | None = row
    while element is not None and element is not table:
        if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
            return True
        element = element.getparent()
    return False


def _span(cell: etree._Element, name: str) -> int:
    """A span as written, 1 where it is no number; absurd ones are cut (a rowspan of 0 reaches the end of the table)."""
    written = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    if written is None:
        return 1
    return min(int(written.group(1)), MAX_SPAN) or (MAX_SPAN if name == "rowspan" else 1)


def _cell_text(cell: etree._Element) -> str:
    """The text of a cell, its paragraphs on lines of their own."""
    pieces: list[str] = []
    _gather(cell, pieces)
    lines = (_squeeze(line) for line in "".join(pieces).split("\x1e"))
    return "\n".join(line for line in lines if line)


def _gather(element: etree._Element, pieces: list[str]) -> None:
    for event, part in etree.iterwalk(element, events=("start", "end")):
        tag = part.tag if isinstance(part.tag, str) else ""
        left_out = _inside_left_out(part, element)
        if tag in _BLOCKS or tag == "br":
            pieces.append("\x1e")
        if event == "start" and not left_out:
            pieces.append(part.text or "")
        elif event == "end" and part is not element and not _inside_left_out(part.getparent(), element):
            pieces.append(part.tail or "")


def _inside_left_out(part: etree._Element | None, cell: etree._Element) -> bool:
    while part is not None and part is not cell:
        if isinstance(part.tag, str) and _is_left_out(part, part.tag):
            return True
        part = part.getparent()
    return False


def _squeeze(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
