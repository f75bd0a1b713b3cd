"""The season's table that a digest carries: an XLSX file with one row for each duty, headed in Chinese and English."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from archive.clock import SHANGHAI, iso, local_day
from archive.exports.workbook import text
from monitor.judge import Judgement, Status
from monitor.news import Digest, overdue_since, published_on
from monitor.texts import say, word

MOST_BYTES = 10_000_000  # what every mail server takes
INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its word in texts.toml, its width in letters, and what it says of a duty."""

    key: str
    width: int
    value: Callable[[Judgement, date], Any]


def season_table(digest: Digest) -> bytes | None:
    """Every duty of the report year, and what is open of earlier ones; None where no mail could carry it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(f"{digest.year}")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.append([_head(sheet, column) for column in COLUMNS])
    today, count = local_day(digest.as_of), 1
    for one in _duties(digest):
        sheet.append([_cell(column.value(one, today)) for column in COLUMNS])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{count}"
    file = io.BytesIO()
    book.save(file)
    made = _timeless(file, digest.as_of)
    return made if len(made) <= MOST_BYTES else None


def _timeless(file: io.BytesIO, as_of: datetime) -> bytes:
    """The same workbook with the digest's own time in it: the same digest gives the same bytes whenever it is made."""
    at, out = as_of.astimezone(SHANGHAI), io.BytesIO()
    with ZipFile(file) as written, ZipFile(out, "w", ZIP_DEFLATED) as fixed:
        for entry in written.infolist():
            body = written.read(entry)
            if entry.filename == "docProps/core.xml":
                body = INSTANT.sub(iso(as_of).encode(), body)
            fixed.writestr(ZipInfo(entry.filename, at.timetuple()[:6]), body, ZIP_DEFLATED)
    return out.getvalue()


def _duties(digest: Digest) -> Iterator[Judgement]:
    yield from digest.duties
    told = {one.duty.key for one in digest.duties}
    yield from (one for one in (*digest.missing, *digest.withdrawn, *digest.to_confirm) if one.duty.key not in told)


def _head(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, f"{word(column.key, 'zh')}\n{word(column.key, 'en')}")
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.fill = PatternFill("solid", start_color="FFDDE6EE")
    return cell


def _cell(value: Any) -> Any:
    """None stays an empty cell, numbers and days stay what they are; no text is taken for a formula."""
    return text(value) if isinstance(value, str) else value


def _both(key: str) -> str:
    return f"{word(key, 'zh')} {word(key, 'en')}"


def _status(one: Judgement, _today: date) -> str:
    """An accusation that rests on one look is told as one that waits for its second."""
    unsettled = one.status in (Status.MISSING, Status.LATE) and not one.confirmed
    return _both("to_confirm_short" if unsettled else one.status)


def _days(one: Judgement, today: date) -> int | None:
    """By how many days a confirmed duty is overdue, or was late; empty where nobody is accused."""
    if not one.confirmed or one.status not in (Status.MISSING, Status.LATE):
        return None
    day = today if one.status is Status.MISSING else published_on(one)
    if one.status is Status.LATE and one.last_look_without and not (one.claimed_on and one.claimed_on > one.duty.due):
        day = local_day(one.last_look_without)
    return (day - overdue_since(one)).days if day else None


def _reason(one: Judgement, _today: date) -> str | None:
    return f"{say(one.cause, 'zh')} {say(one.cause, 'en')}" if one.cause else None


def _here(instant: datetime | None) -> datetime | None:
    """Sheets know no time zones: instants stand in Beijing time."""
    return instant.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0) if instant else None


def _words(keys: Iterable[str]) -> str | None:
    return "; ".join(keys) or None


COLUMNS = (
    Column("county", 14, lambda one, _: one.duty.county_name),
    Column("township", 16, lambda one, _: one.duty.township_name),
    Column("sheet_code", 12, lambda one, _: one.duty.township),
    Column("year", 8, lambda one, _: one.duty.report_year),
    Column("sheet_status", 24, _status),
    Column("sheet_due", 12, lambda one, _: one.duty.due),
    Column("sheet_outer", 12, lambda one, _: one.duty.due_outer),
    Column("sheet_notice", 20, lambda one, _: one.duty.notice),
    Column("sheet_days", 10, _days),
    Column("sheet_claimed", 12, lambda one, _: one.claimed_on),
    Column("sheet_first", 18, lambda one, _: _here(one.first_look_with)),
    Column("sheet_without", 18, lambda one, _: _here(one.last_look_without)),
    Column("sheet_checked", 18, lambda one, _: _here(one.checked)),
    Column("sheet_flags", 16, lambda one, _: _words(one.flags)),
    Column("sheet_reason", 50, _reason),
    Column("sheet_url", 50, lambda one, _: one.url),
)
