"""Excel workbooks (XLSX) through openpyxl: what is visible, as its number formats show it."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

from archive.documents import kinds
from archive.documents.containers import BROKEN, Container, opened
from archive.documents.model import Block, Document
from archive.documents.sheets import MAX_COLUMNS, MAX_ROWS, Sheet, blocks_of
from archive.documents.shown import shown
from archive.errors import Unreadable

_WHAT = "the Excel file"
_DEFAULT_NAME = re.compile(r"(?:sheet|工作表)\s*\d*", re.I)
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
_END = re.compile(rb"</(?:\w+:)?sheetData>")
_MOST = 400_000                       # cells of a sheet that the library is given
_SIDES = ("left", "right", "top", "bottom")


def read_xlsx(body: bytes) -> Document:
    """A workbook as a Document. Raises Unreadable for a broken one, one without text, or one that unpacks too large."""
    body = _guarded(body)
    # a value that was never computed is neither a number nor a blank: the formula itself is then what stands there
    values, formulas = _open(body, data_only=True), _open(body, data_only=False)
    notes: list[str] = []
    blocks: list[Block] = []
    visible = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    for sheet in visible:
        laid = _sheet(sheet, formulas[sheet.title], notes)
        blocks += blocks_of(laid, len(visible) > 1 and bool(laid.texts) and not _DEFAULT_NAME.fullmatch(sheet.title))
    if not blocks:
        raise Unreadable("the Excel file holds no text")
    title = (values.properties.title or "").strip() or None
    return Document(kinds.XLSX, "xlsx", tuple(blocks), title, warnings=tuple(notes))


def _guarded(body: bytes) -> bytes:
    """Unpacks every XML part once, with caps, before a library does it without; very long sheets are cut off."""
    short: dict[str, bytes] = {}
    with opened(body, _WHAT) as container:
        for name in container.names():
            if name.endswith((".xml", ".rels", ".vml")):
                part = container.body(name) or b""
                if _ENTITIES.search(part[:4096]):
                    raise Unreadable(f"{_WHAT} declares entities of its own in {name}")
                kept = _without_far_rows(part)
                if sum(1 for _ in _CELL.finditer(kept)) > _MOST:
                    raise Unreadable(f"{_WHAT} has more than {_MOST} cells in {name}")
                if kept is not part:
                    short[name] = kept
        return _with(body, short, container) if short else body


def _without_far_rows(part: bytes) -> bytes:
    """A sheet without the rows behind the first that nobody looks at: the library takes minutes over them."""
    row = next(islice(_ROW.finditer(part), MAX_ROWS + 1, None), None)
    end = _END.search(part, row.start()) if row else None
    return part[:row.start()] + part[end.start():] if row and end else part


def _with(body: bytes, parts: dict[str, bytes], container: Container) -> bytes:
    """The container with other bytes for some of its parts, by their names in lower case."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.lower()) or container.body(name) or b"")
    return out.getvalue()


def _open(body: bytes, *, data_only: bool) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # openpyxl tells of everything that it would lose when writing
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(body), data_only=data_only, keep_links=False)
    except (*BROKEN, InvalidFileException, TypeError, AttributeError, SyntaxError) as error:
        raise Unreadable(f"{_WHAT} is broken: {type(error).__name__}: {error}") from error


def _sheet(values: Any, formulas: Any, notes: list[str]) -> Sheet:
    height, width = min(values.max_row, MAX_ROWS), min(values.max_column, MAX_COLUMNS)
    if (height, width) != (values.max_row, values.max_column):
        notes.append(f"sheet {values.title}: only its first {height} rows and {width} columns were read")
    hidden = _hidden_columns(values)
    sheet = Sheet(
        values.title,
        [row for row in range(height) if not _is_hidden_row(values, row + 1)],
        [column for column in range(width) if column + 1 not in hidden],
        {},
        {(r.min_row - 1, r.min_col - 1): (r.max_row - 1, r.max_col - 1) for r in values.merged_cells.ranges},
    )
    zeros = values.sheet_view.showZeros is not False
    for cells in values.iter_rows(max_row=height, max_col=width):
        for cell in cells:
            at = cell.row - 1, cell.column - 1
            text = _text(cell, formulas.cell(cell.row, cell.column), zeros)
            if text:
                sheet.texts[at] = text
            if cell.has_style and any(getattr(cell.border, side).style for side in _SIDES):
                sheet.bordered.add(at)
    sheet.pictures = list(_pictures(values))
    return sheet


def _text(cell: Any, formula: Any, zeros: bool) -> str:
    if cell.value is None:
        return str(formula.value) if formula.data_type == "f" else ""
    if cell.value == 0 and not zeros and not isinstance(cell.value, bool):
        return ""
    return shown(cell.value, cell.number_format)


def _is_hidden_row(sheet: Any, row: int) -> bool:
    found = sheet.row_dimensions.get(row)
    return found is not None and bool(found.hidden or found.height == 0)


def _hidden_columns(sheet: Any) -> set[int]:
    """The hidden columns, counted from 1; neighbours are stored as one range."""
    hidden: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if (dimension.hidden or dimension.width == 0) and dimension.min:
            hidden.update(range(dimension.min, min(dimension.max, MAX_COLUMNS) + 1))
    return hidden


def _pictures(sheet: Any) -> Iterator[tuple[str | None, bytes]]:
    for image in getattr(sheet, "_images", ()):
        yield image.path, image._data()
