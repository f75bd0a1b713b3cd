"""HTML pages: paragraphs, tables as laid out, pictures; layout tables are taken apart, what is hidden is left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from archive.documents.charsets import decode
from archive.documents.divided import has_loose_tables, rows
from archive.documents.frames import FRAMES, framed, picture
from archive.documents.layout import BLOCKS, MAX_CELLS, hidden_classes, is_left_out, lay, squeeze
from archive.documents.model import Block, Document, Grid, GridCell, Paragraph, Place
from archive.errors import Unreadable

_ENDS = re.compile(r"</(?:body|html)\s*>", re.I)
_LONG_CELL = 600
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(slots=True)
class _Page:
    """What has been read so far, and the line that is being put together."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    heading: bool = False
    tables: int = 0
    warnings: list[str] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    divided: dict[etree._Element, tuple[str, ...]] = field(default_factory=dict)
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def flush(self) -> None:
        text = squeeze("".join(self.line))
        if text:
            self.close()
            self.blocks.append(Paragraph(text, Place(f"paragraph {len(self.blocks) + 1}"), self.heading))
        self.line = []

    def close(self) -> None:
        """Ends the table of boxes that is being put together."""
        if self.rows:
            self.tables += 1
            cells = tuple(
                GridCell(text, row, column, Place(f"table {self.tables}, row {row + 1}, piece {column + 1}"))
                for row, texts in enumerate(self.rows) for column, text in enumerate(texts)
            )
            self.blocks.append(Grid(cells, Place(f"table {self.tables}"), loose=True))
        self.rows = []

    def picture(self, element: etree._Element, tag: str) -> None:
        """Takes an image, or the file that a frame shows."""
        self.flush()
        self.close()
        place = Place(f"paragraph {len(self.blocks) + 1}")
        found = picture(element, place) if tag == "img" else framed(element, place)
        if found is not None:
            self.blocks.append(found)


def read_html(body: bytes, declared: str | None = None) -> Document:
    """A Document of a page or a piece of one. Raises Unreadable where there is no element or no text in it."""
    text, warnings = decode(body, declared)
    root = _parse(text)
    page = _read(root, _Page(warnings=list(warnings), hidden=hidden_classes(root)))
    if has_loose_tables(page.blocks):
        page = _read(root, _Page(warnings=list(warnings), hidden=page.hidden, divided=rows(root, page.hidden)))
    if not page.blocks:
        raise Unreadable("the page holds no text")
    if _is_cut_off(text):
        page.warnings.append("the page is cut off: it has no end")
        page.blocks[-1] = _without_last_cell(page.blocks[-1])
    title = squeeze(root.findtext(".//title") or "") or None
    return Document("text/html", "html", tuple(page.blocks), title, tuple(_metas(root)), tuple(page.warnings))


def _read(root: etree._Element, page: _Page) -> _Page:
    _walk(root, page)
    page.flush()
    page.close()
    return page


def _is_cut_off(text: str) -> bool:
    whole = re.search(r"<html[\s>]", text[:5000], re.I) is not None
    return whole and re.search(r"</(?:html|body)\s*>", text[-5000:], re.I) is None


def _without_last_cell(block: Block) -> Block:
    """A table without its last cell, of which nobody knows how much is missing."""
    return replace(block, cells=block.cells[:-1]) if isinstance(block, Grid) else block


def _parse(text: str) -> etree._Element:
    # an XML declaration makes lxml refuse text, and a NUL ends it
    text = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).replace("\x00", "")
    # some portals send the article as character data of an XML record
    text = text.replace("<![CDATA[", "").replace("]]>", "") if "<![CDATA[" in text else text
    # pages put together from parts end more than once; the parser would stop at the first end
    text = _ENDS.sub("", text)
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise Unreadable(f"the page cannot be read as HTML: {error}") from error
    if root is None:
        raise Unreadable("the page holds no text")
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
            if tag in FRAMES and not is_left_out(element, ""):
                page.picture(element, tag)
            if is_left_out(element, tag) or _take_row(element, page) or (
                    tag == "table" and _take_table(element, page)):
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
        page.picture(element, tag)
    if tag in BLOCKS or tag == "br":
        page.flush()
    if tag in _HEADINGS:
        page.heading = True
    if tag != "br":
        page.line.append(element.text or "")


def _close(tag: str, page: _Page) -> None:
    if tag in BLOCKS:
        page.flush()
    if tag in _HEADINGS:
        page.heading = False


def _take_row(element: etree._Element, page: _Page) -> bool:
    """Takes a row of boxes."""
    if element not in page.divided:
        return False
    page.flush()
    page.rows.append(page.divided[element])
    return True


def _take_table(element: etree._Element, page: _Page) -> bool:
    """Reads a table of data into a grid; False for a table that only lays out a page."""
    if any(len(list(inner.iter("td", "th"))) > 1 for inner in element.iter("table") if inner is not element):
        return False
    laid = lay(element, page.tables + 1, page.hidden)
    if len({cell.column for cell in laid.cells}) < 2 or any(len(cell.text) > _LONG_CELL for cell in laid.cells[:40]):
        return False
    page.flush()
    page.close()
    page.tables += 1
    page.blocks.append(Grid(laid.cells, Place(f"table {page.tables}")))
    for image in element.iter("img"):
        page.picture(image, "img")
    if laid.cut:
        page.warnings.append(f"table {page.tables}: only the first {MAX_CELLS} cells were read")
    return True
