"""XLSX: a sheet for each table, written row by row, with headings in Chinese and English.

Null is an empty cell, never 0; numbers and days are real ones; instants are in Beijing time. A cell that was read by
character recognition is coloured, and its confidence stands at the end of its row. Sheets are as long as a sheet may
be; what is longer goes on in another one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from archive.clock import SHANGHAI, parse_instant
from archive.exports.source import Row, Source
from archive.exports.tables import Column, Table, row_label, rows, tables
from archive.exports.whole import printable, quoted, replacing
from archive.web.form import LABELS
from archive.web.words import COLUMNS, Word

LONGEST = 1_048_576                       # rows of a sheet, the head among them
LETTERS = 32_767                          # characters of a cell
TALL = 46                                 # points: three lines of a heading
HEAD: Final = {"font": Font(bold=True), "alignment": Alignment(wrap_text=True, vertical="top"),
               "fill": PatternFill("solid", start_color="FFDDE6EE")}
BIG: Final = Font(bold=True, size=14)
SCANNED: Final = PatternFill("solid", start_color="FFFFE699")
WIDTHS: Final = {"text": 14, "word": 18, "count": 11, "amount": 13, "ratio": 11, "day": 12, "instant": 18, "yes": 9,
                 "list": 24}
WIDE: Final = {"title": 44, "label": 40, "message": 60, "url": 40, "rule": 40, "reason": 40, "ocr": 30, "row": 22}
ONCE: Final = {
    "missing_once": Word("not found, to be confirmed", "未见，待复核"),
    "late_once": Word("late by a single look, not confirmed", "仅一次查看显示逾期，未复核"),
}
YES: Final = {0: Word("no", "否"), 1: Word("yes", "是")}
TITLE: Final = Word("Annual reports of townships on government information disclosure",
                    "乡镇（街道）政府信息公开工作年度报告监测数据")
NOTES: Final = (
    Word("An empty cell was blank in the document or could not be read. It is not zero.",
         "空白单元格表示原文空白或未能读取，并非零。"),
    Word("Coloured numbers were read by character recognition; their confidence stands in the column 'cells by OCR'.",
         "底色标出的数字由文字识别读取，置信度见“识别的单元格”列。"),
    Word("'Could not be checked' says nothing about a township: we could not look.",
         "“未能查看”不表示该乡镇未公布，仅表示本系统未能查看。"),
    Word("Days and times are those of Beijing.", "日期和时间均为北京时间。"),
    Word("The sheet of checks holds what was not passed.", "“核对未通过”表仅列未通过的项目。"),
)
IN_HOUSE: Final = Word("FOR IN-HOUSE USE: holds findings that nobody has confirmed and faults of our own reading.",
                       "仅供内部使用：含未经复核的问题及本系统自身的读取问题。")

Sheet = Any                               # its published types leave out what it shares with other sheets


def write(source: Source, out: Path, *, longest: int = LONGEST) -> dict[str, int]:
    """Write the workbook; the rows of each table by name. Raises BadHome where that cannot be written.

    `longest` is how many rows a sheet may have, its head among them.
    """
    book = Workbook(write_only=True)
    _about(book, source)
    counts = {table.name: _table(book, source, table, longest) for table in tables()}
    with replacing(out) as scratch:
        book.save(scratch)
    return counts


def _table(book: Workbook, source: Source, table: Table, longest: int) -> int:
    made = (_cells(table, row) for row in rows(source, table))
    count, number = 0, 1
    while number == 1 or (ahead := next(made, None)) is not None:
        first = () if number == 1 else (ahead,)
        title = f"{table.title.zh} {table.title.en}" + (f" ({number})" if number > 1 else "")
        count += _sheet(book, title, table, (*first,), islice(made, longest - 1 - len(first)))
        number += 1
    return count


def _sheet(book: Workbook, title: str, table: Table, first: Sequence[list[Any]], more: Iterable[list[Any]]) -> int:
    """One sheet with its head; how many rows it has."""
    widths = [WIDE.get(column.name, WIDTHS[column.kind]) for column in table.columns]
    sheet = _headed(book, title, [f"{column.heading.zh}\n{column.heading.en}" for column in table.columns], widths)
    count = 0
    for part in (first, more):
        for values in part:
            sheet.append([_cell(sheet, value) for value in values])
            count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{count + 1}"
    return count


def _headed(book: Workbook, title: str, headings: Sequence[str], widths: Sequence[int]) -> Sheet:
    sheet = _plain(book, title, widths)
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = TALL
    sheet.append([_styled(sheet, heading, HEAD) for heading in headings])
    return sheet


def _plain(book: Workbook, title: str, widths: Sequence[int]) -> Sheet:
    sheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    return sheet


def _styled(sheet: Sheet, text: str, styles: Mapping[str, Any]) -> Cell:
    cell = WriteOnlyCell(sheet, text)
    for name, style in styles.items():
        setattr(cell, name, style)
    return cell


class _Scanned(float):
    """A number that was read by character recognition."""


def _cell(sheet: Sheet, value: Any) -> Any:
    if not isinstance(value, _Scanned):
        return value
    cell = WriteOnlyCell(sheet, int(value) if value.is_integer() else float(value))
    cell.fill = SCANNED
    return cell


def _cells(table: Table, row: Row) -> list[Any]:
    low = row.get("low", {})
    made = [_value(column, row[column.name]) for column in table.columns]
    return [_Scanned(value) if column.name in low else value for column, value in zip(table.columns, made, strict=True)]


def _value(column: Column, value: Any) -> Any:
    """A value as a sheet has it: None stays an empty cell, numbers stay numbers."""
    if value is None:
        return None
    made = VALUES[column.kind](column, value) if column.kind in VALUES else value
    return text(made) if isinstance(made, str) else made


def text(value: str) -> str:
    """A text that a sheet takes, and takes for a text."""
    fit = printable(value)
    whole = quoted(fit)
    return whole if len(whole) <= LETTERS else whole[:LETTERS - 1] + "…"


def _word(column: Column, value: str) -> str:
    known = ONCE.get(value) or COLUMNS.get(column.name, {}).get(value)
    return f"{known.zh} {known.en}" if known else value


def _yes(_column: Column, value: int) -> str:
    return f"{YES[value].zh} {YES[value].en}"


def _instant(_column: Column, value: str) -> datetime:
    return parse_instant(value).astimezone(SHANGHAI).replace(tzinfo=None)


VALUES: Final[dict[str, Callable[[Column, Any], Any]]] = {
    "word": _word, "yes": _yes, "instant": _instant, "day": lambda _, value: date.fromisoformat(value),
    "list": lambda _, value: " ".join(map(str, json.loads(value))),
}


def _about(book: Workbook, source: Source) -> None:
    """The sheet in front: what this is, as of when, and what every column and row means."""
    sheet = _plain(book, "说明 about", (28, 30, 30, 60, 60))
    sheet.append([_styled(sheet, f"{TITLE.zh} {TITLE.en}", {"font": BIG})])
    here = source.as_of.astimezone(SHANGHAI)
    sheet.append([f"数据截至 data as of {here:%Y-%m-%d %H:%M}（北京时间 Beijing time）"])
    for note in ((IN_HOUSE,) if source.in_house else ()) + NOTES:
        sheet.append([f"{note.zh} {note.en}"])
    sheet.append([])
    sheet.append([_styled(sheet, one, HEAD) for one in ("工作表 sheet", "列", "column", "含义", "meaning")])
    for line in (*_columns(), *_rows()):
        sheet.append(list(line))


def _columns() -> Iterator[tuple[str, ...]]:
    for table in tables():
        for column in table.columns:
            # instants are UTC in the archive, and here in local time
            yield (f"{table.title.zh} {table.title.en}", column.heading.zh, column.heading.en,
                   column.about.zh.replace("UTC", "北京时间"), column.about.en.replace("UTC", "Beijing time"))


def _rows() -> Iterator[tuple[str, ...]]:
    """What the keys of the statutory tables' rows stand for."""
    for table in tables():
        if table.form:
            keys = dict.fromkeys(key.split(".")[1] for key in LABELS if key.startswith(f"{table.form}."))
            for key in keys:
                label = row_label(f"{table.form}.{key}.") or key
                yield f"{table.title.zh} {table.title.en}", f"行：{label}", f"row: {key}", label, key
