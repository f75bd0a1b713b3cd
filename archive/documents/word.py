"""Word documents (DOCX): paragraphs, tables with merged cells, pictures; tracked deletions and hidden text left out."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from archive.documents import kinds
from archive.documents.model import Block, Document, Grid, GridCell, Paragraph, Picture, Place
from archive.errors import Unreadable

MAX_PART = 64 * 1024 * 1024
MAX_CELLS = 20_000
_DROPPED = frozenset((
    "del", "moveFrom", "Fallback", "instrText", "delText", "pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr",
))
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}

# everything that zipfile lets through from a file with torn or hostile headers
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)


@dataclass(slots=True)
class _Reading:
    relations: dict[str, str]
    headings: frozenset[str]
    blocks: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tables: int = 0


def read_word(body: bytes) -> Document:
    """A DOCX as a Document. Raises Unreadable for a broken container and for one that unpacks too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            root = _part(archive, "word/document.xml")
            if root is None:
                raise Unreadable("the Word document is broken: it has no word/document.xml")
            reading = _Reading(_relations(archive), _heading_styles(archive))
            title = _title(archive)
    except _BROKEN as error:
        raise Unreadable(f"the Word document is broken: {error}") from error
    _read(root, reading)
    if not reading.blocks:
        raise Unreadable("the Word document holds no text")
    return Document(kinds.DOCX, "docx", tuple(reading.blocks), title, warnings=tuple(reading.warnings))


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """A part of the container as XML, None where it is not there."""
    if name not in archive.namelist():
        return None
    with archive.open(name) as file:
        data = file.read(MAX_PART + 1)
    if len(data) > MAX_PART:
        raise Unreadable(f"the Word document unpacks too large: {name} is over {MAX_PART} bytes")
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the Word document is broken: {name}: {error}") from error


def _relations(archive: zipfile.ZipFile) -> dict[str, str]:
    root = _part(archive, "word/_rels/document.xml.rels")
    return {} if root is None else {str(e.get("Id")): str(e.get("Target")) for e in root}


def _heading_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """The ids of the styles that Word itself calls headings or titles."""
    root = _part(archive, "word/styles.xml")
    found = set()
    for style in root.iter("{*}style") if root is not None else ():
        name = next((_attribute(e, "val") for e in style.iter("{*}name")), "")
        if name.lower().startswith(("heading", "title", "标题")):
            found.add(_attribute(style, "styleId"))
    return frozenset(found)


def _title(archive: zipfile.ZipFile) -> str | None:
    root = _part(archive, "docProps/core.xml")
    return (root.findtext("{*}title") or "").strip() or None if root is not None else None


def _attribute(element: etree._Element, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if _local(str(key)) == name), "")


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _children(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for child in element:
        if isinstance(child.tag, str) and _local(child.tag) not in _DROPPED:
            yield _local(child.tag), child


def _read(element: etree._Element, reading: _Reading) -> None:
    """Walks the body; content controls and other wrappers are looked through."""
    for name, child in _children(element):
        if name == "p":
            _paragraph(child, reading)
        elif name == "tbl":
            _table(child, reading)
        elif name != "sectPr":
            _read(child, reading)


def _paragraph(element: etree._Element, reading: _Reading) -> None:
    style = next((_attribute(e, "val") for e in element.findall("{*}pPr/{*}pStyle")), "")
    for line in _text(element).split("\n"):
        if line.strip():
            place = Place(f"paragraph {len(reading.blocks) + 1}")
            reading.blocks.append(Paragraph(line.strip(), place, style in reading.headings))
    for picture in element.iter("{*}blip", "{*}imagedata"):
        target = next((str(v) for k, v in picture.attrib.items() if _local(str(k)) in ("embed", "id", "link")), "")
        place = Place(f"paragraph {len(reading.blocks) + 1}")
        reading.blocks.append(Picture(reading.relations.get(target), place))


def _text(element: etree._Element) -> str:
    """The text that a reader of the document sees in an element, line breaks kept."""
    pieces = []
    for name, child in _children(element):
        if name == "t":
            pieces.append(child.text or "")
        elif name in _MARKS:
            pieces.append(_MARKS[name])
        elif name == "r" and child.find("{*}rPr/{*}vanish") is not None:
            continue
        elif name == "p":
            pieces.append("\n" + _text(child) + "\n")
        else:
            pieces.append(_text(child))
    return "".join(pieces)


def _table(element: etree._Element, reading: _Reading) -> None:
    rows = list(_table_rows(element))
    if all(len(row) == 1 for row in rows) or any(_has_table(cell) for row in rows for cell in row):
        for row in rows:
            for cell in row:
                _read(cell, reading)
        return
    reading.tables += 1
    cells = _cells(rows, reading.tables)
    if len(cells) > MAX_CELLS:
        reading.warnings.append(f"table {reading.tables}: only the first {MAX_CELLS} cells were read")
    reading.blocks.append(Grid(tuple(cells[:MAX_CELLS]), Place(f"table {reading.tables}")))
    if any(True for _ in element.iter("{*}blip", "{*}imagedata")):
        reading.blocks.append(Picture(None, Place(f"table {reading.tables}")))


def _has_table(cell: etree._Element) -> bool:
    """Whether a cell holds a table of several cells: then the outer one only lays out the page."""
    return any(len(list(inner.iter("{*}tc"))) > 1 for inner in cell.iter("{*}tbl"))


def _table_rows(element: etree._Element) -> Iterator[list[etree._Element]]:
    for name, child in _children(element):
        if name == "tr" and child.find("{*}trPr/{*}del") is None:
            yield list(_row_cells(child))
        elif name in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _table_rows(child)


def _row_cells(element: etree._Element) -> Iterator[etree._Element]:
    for name, child in _children(element):
        if name == "tc":
            yield child
        elif name in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _row_cells(child)


def _cells(rows: list[list[etree._Element]], number: int) -> list[GridCell]:
    """Cells with their spans; a cell that continues the one above (vMerge) makes that one taller."""
    found: list[GridCell] = []
    above: dict[int, int] = {}                      # column → index of the merged cell that is open there
    for r, row in enumerate(rows):
        column = _number(row[0].getparent(), "gridBefore", 0) if row else 0
        for cell in row:
            width, merge = _number(cell, "gridSpan", 1), _merge(cell)
            if merge == "continue" and column in above:
                first = found[above[column]]
                found[above[column]] = _taller(first, r)
            else:
                at = Place(f"table {number}, row {r + 1}, column {column + 1}")
                found.append(GridCell(_cell_text(cell), r, column, at, 1, width))
                above.pop(column, None)
                if merge:
                    above[column] = len(found) - 1
            column += width
    return found


def _taller(cell: GridCell, row: int) -> GridCell:
    return GridCell(cell.text, cell.row, cell.column, cell.place, row - cell.row + 1, cell.colspan)


def _cell_text(cell: etree._Element) -> str:
    lines = (line.strip() for line in _text(cell).split("\n"))
    return "\n".join(line for line in lines if line)


def _number(element: etree._Element | None, name: str, otherwise: int) -> int:
    if element is None:
        return otherwise
    properties = "trPr" if name == "gridBefore" else "tcPr"
    written = next((_attribute(e, "val") for e in element.findall(f"{{*}}{properties}/{{*}}{name}")), "")
    return min(int(written), 60) if written.isdecimal() and written != "0" else otherwise


def _merge(cell: etree._Element) -> str | None:
    """None, `restart` or `continue`: Word leaves the value out for a continued cell."""
    mark = cell.find("{*}tcPr/{*}vMerge")
    return None if mark is None else _attribute(mark, "val") or "continue"
