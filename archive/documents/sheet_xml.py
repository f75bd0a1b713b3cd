"""Excel 2003 XML, which portals and tables of other programs are saved as under the name .xls."""

from collections.abc import Iterator

from lxml import etree

from archive.documents import kinds
from archive.documents.containers import parse_xml
from archive.documents.model import Block, Document
from archive.documents.sheets import MAX_COLUMNS, MAX_ROWS, Sheet, blocks_of
from archive.documents.shown import general
from archive.errors import Unreadable

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_WHAT = "the Excel 2003 XML file"


def read_sheet_xml(body: bytes) -> Document:
    """A workbook as a Document. Raises Unreadable."""
    root = parse_xml(body.lstrip(), _WHAT)
    bordered = {
        str(style.get(f"{_SS}ID")) for style in root.iter(f"{_SS}Style") if style.find(f".//{_SS}Border") is not None
    }
    blocks: list[Block] = []
    for sheet in root.iter(f"{_SS}Worksheet"):
        if sheet.findtext(".//{*}WorksheetOptions/{*}Visible") is None:
            blocks += blocks_of(_sheet(sheet, bordered), named=False)
    if not blocks:
        raise Unreadable("the Excel file holds no text")
    return Document(kinds.SHEET_XML, "xls", tuple(blocks))


def _sheet(element: etree._Element, bordered: set[str]) -> Sheet:
    sheet = Sheet(str(element.get(f"{_SS}Name") or ""), [], [], {})
    table = element.find(f"{_SS}Table")
    hidden_rows: set[int] = set()
    for row, line in _numbered(table, "Row") if table is not None else ():
        if line.get(f"{_SS}Hidden") == "1":
            hidden_rows.add(row)
        for column, cell in _numbered(line, "Cell"):
            if row < MAX_ROWS and column < MAX_COLUMNS:
                _cell(sheet, row, column, cell, bordered)
    height = max((row for row, _ in sheet.texts), default=-1) + 1
    hidden = set(_hidden_columns(table)) if table is not None else set()
    sheet.rows = [row for row in range(height) if row not in hidden_rows]
    sheet.columns = [column for column in range(MAX_COLUMNS) if column not in hidden]
    return sheet


def _cell(sheet: Sheet, row: int, column: int, cell: etree._Element, bordered: set[str]) -> None:
    text = _text(cell)
    if text:
        sheet.texts[row, column] = text
    right, down = _whole(cell, "MergeAcross", 0), _whole(cell, "MergeDown", 0)
    if right or down:
        sheet.spans[row, column] = row + down, column + right
    if cell.get(f"{_SS}StyleID") in bordered:
        sheet.bordered.add((row, column))


def _text(cell: etree._Element) -> str:
    data = cell.find(f"{_SS}Data")
    if data is None:
        return str(cell.get(f"{_SS}Formula") or "")
    text = "".join(map(str, data.itertext())).strip()
    if data.get(f"{_SS}Type") != "Number":
        return text
    try:
        return general(float(text))
    except (ValueError, OverflowError):
        return text


def _numbered(parent: etree._Element, name: str) -> Iterator[tuple[int, etree._Element]]:
    """Rows or cells with their number from 0: `ss:Index` jumps ahead, a cell that is merged to the right takes more."""
    at = 0
    for child in parent.findall(f"{_SS}{name}"):
        at = _whole(child, "Index", at + 1) - 1
        yield at, child
        at += 1 + _whole(child, "MergeAcross", 0) * (name == "Cell")


def _hidden_columns(table: etree._Element) -> Iterator[int]:
    at = 0
    for column in table.findall(f"{_SS}Column"):
        at = _whole(column, "Index", at + 1) - 1
        count = 1 + _whole(column, "Span", 0)
        if column.get(f"{_SS}Hidden") == "1":
            yield from range(at, min(at + count, MAX_COLUMNS))
        at += count


def _whole(element: etree._Element, name: str, otherwise: int) -> int:
    written = element.get(f"{_SS}{name}") or ""
    return int(written) if written.isdecimal() and len(written) < 8 else otherwise
