"""Excel 97-2003 workbooks (XLS, also what WPS writes as .et) through xlrd: what is visible, as formats show it."""

import io
import re
import struct
from datetime import datetime
from typing import Any

import xlrd
from xlrd.compdoc import CompDocError
from xlrd.xldate import XLDateError, xldate_as_datetime

from archive.documents.model import Block, Document
from archive.documents.sheets import MAX_COLUMNS, MAX_ROWS, Sheet, blocks_of
from archive.documents.shown import shown
from archive.errors import Unreadable

_KIND = "application/vnd.ms-excel"
_WHAT = "the Excel file"
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表)\s*\d*", re.I)
# what xlrd lets through from damaged records
_BROKEN = (
    xlrd.XLRDError, CompDocError, struct.error, AssertionError, LookupError, ValueError, TypeError, AttributeError,
    OverflowError, EOFError, NotImplementedError, RecursionError,
)


def read_xls(body: bytes) -> Document:
    """A workbook as a Document. Raises Unreadable for a broken or encrypted one and for one without text."""
    book, formatted = _open(body)
    notes = [] if formatted else [f"{_WHAT}: its formats are damaged; merged and hidden cells are not known"]
    blocks: list[Block] = []
    try:
        visible = [sheet for sheet in book.sheets() if sheet.visibility == 0]
        for sheet in visible:
            laid = _sheet(book, sheet, notes)
            blocks += blocks_of(laid, len(visible) > 1 and bool(laid.texts) and not _DEFAULT_NAME.fullmatch(sheet.name))
    except _BROKEN as error:
        raise Unreadable(f"{_WHAT} is broken: {type(error).__name__}: {error}") from error
    if not blocks:
        raise Unreadable("the Excel file holds no text")
    return Document(_KIND, "xls", tuple(blocks), warnings=tuple(notes))


def _open(body: bytes) -> tuple[Any, bool]:
    """The workbook, and whether its formats could be read."""
    reasons = []
    for formatted in (True, False):
        try:
            # xlrd prints what it finds odd
            return xlrd.open_workbook(file_contents=body, formatting_info=formatted, logfile=io.StringIO()), formatted
        except _BROKEN as error:
            if "encrypted" in str(error):
                raise Unreadable("the document is encrypted with a password") from error
            reasons.append(f"{type(error).__name__}: {error}")
    raise Unreadable(f"{_WHAT} is broken: {reasons[0]}")


def _sheet(book: Any, source: Any, notes: list[str]) -> Sheet:
    height, width = min(source.nrows, MAX_ROWS), min(source.ncols, MAX_COLUMNS)
    if (height, width) != (source.nrows, source.ncols):
        notes.append(f"sheet {source.name}: only its first {height} rows and {width} columns were read")
    rows, columns = source.rowinfo_map, source.colinfo_map
    sheet = Sheet(
        source.name,
        [row for row in range(height) if not (row in rows and rows[row].hidden)],
        [column for column in range(width) if not (column in columns and columns[column].hidden)],
        {},
        {(top, left): (bottom - 1, right - 1) for top, bottom, left, right in source.merged_cells},
    )
    zeros = bool(getattr(source, "show_zero_values", 1))
    for row in range(height):
        for column in range(min(width, source.row_len(row))):
            cell = source.cell(row, column)
            text = _text(book, cell, zeros)
            if text:
                sheet.texts[row, column] = text
            if cell.xf_index is not None and _is_bordered(book, cell.xf_index):
                sheet.bordered.add((row, column))
    return sheet


def _text(book: Any, cell: Any, zeros: bool) -> str:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return "" if cell.value == 0 and not zeros else shown(cell.value, _format(book, cell))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return shown(_moment(book, cell.value), "")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value), "")
    return str(xlrd.error_text_from_code.get(cell.value, "#")) if cell.ctype == xlrd.XL_CELL_ERROR else ""


def _moment(book: Any, value: float) -> datetime | float:
    try:
        moment: datetime = xldate_as_datetime(value, book.datemode)
    except (XLDateError, OverflowError, ValueError):
        return value
    return moment


def _format(book: Any, cell: Any) -> str:
    if cell.xf_index is None:
        return ""
    found = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    return str(found.format_str) if found is not None else ""


def _is_bordered(book: Any, xf_index: int) -> bool:
    border = book.xf_list[xf_index].border
    return bool(
        border.left_line_style or border.right_line_style or border.top_line_style or border.bottom_line_style
    )
