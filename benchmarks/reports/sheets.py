"""Reports as workbooks: everything on one sheet or a sheet for each table, figures as numbers or as text."""

import io
import re
from random import Random

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from benchmarks.reports.model import Line, Paper, Table

QUIRKS = {
    "sheet for each table": 0.3,
    "figures as text": 0.3,
    "hidden sheet": 0.1,
    "begins further right": 0.15,
    "number format": 0.3,
    "empty sheets": 0.3,
    "no merged cells": 0.1,
}


def workbook(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as an XLSX file."""
    book = Workbook()
    sheet = book.worksheets[0]
    left, top = (2, 3) if "begins further right" in quirks else (1, 1)
    for block in paper.blocks:
        if isinstance(block, Line):
            if block.level == 1 and "sheet for each table" in quirks and block.text[0] in "二三四":
                sheet, top = book.create_sheet(f"表{block.text[0]}"), 1
            sheet.cell(top, left, block.text)
            top += 1
        else:
            _write(sheet, block, top, left, quirks)
            top += block.height + chance.choice((0, 1))
    _more(book, quirks)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _more(book: Workbook, quirks: frozenset[str]) -> None:
    if "hidden sheet" in quirks:
        hidden = book.create_sheet("上年")
        hidden.sheet_state = "hidden"
        for row in (["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"], ["规章", 91, 92, 93]):
            hidden.append(row)
    if "empty sheets" in quirks:
        book.create_sheet("Sheet2")
        book.create_sheet("Sheet3")


def _write(sheet: Worksheet, table: Table, top: int, left: int, quirks: frozenset[str]) -> None:
    for cell in table.cells:
        row, column = top + cell.row, left + cell.column
        written = sheet.cell(row, column, _value(cell.text, quirks) if cell.key else cell.text or None)
        if "number format" in quirks and isinstance(written.value, int):
            written.number_format = "#,##0"
        if (cell.rowspan > 1 or cell.colspan > 1) and "no merged cells" not in quirks:
            sheet.merge_cells(
                start_row=row, start_column=column, end_row=row + cell.rowspan - 1, end_column=column + cell.colspan - 1
            )


def _value(text: str, quirks: frozenset[str]) -> str | int | float | None:
    """A number where the text is one and the sheet keeps numbers."""
    if "figures as text" in quirks or not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text):
        return text or None
    return float(text) if "." in text else int(text)
