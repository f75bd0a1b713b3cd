"""The season's table that a digest carries: an XLSX file, headed in Chinese and English.

One sheet has a row for each duty of the report year and for what is open of earlier ones, the other one for each
finding that the digest tells or that was told before and is still open.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from archive.clock import SHANGHAI, iso, local_day
from archive.exports.workbook import text
from monitor.findings import Finding
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
    value: Callable[[Judgement, Digest], Any]


def season_table(digest: Digest) -> bytes | None:
    """Every duty of the report year, what is open of earlier ones, and findings; None where no mail could carry it."""
    book = Workbook(write_only=True)
    _sheet(book, f"{digest.year}", [(column.key, column.width) for column in COLUMNS],
           ([column.value(one, digest) for column in COLUMNS] for one in _duties(digest)))
    _sheet(book, _both("sheet_findings"), FINDINGS, _findings(digest))
    file = io.BytesIO()
    book.save(file)
    made = _timeless(file, digest.as_of)
    return made if len(made) <= MOST_BYTES else None


def _sheet(book: Workbook, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Iterable[Any]]) -> None:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, (_, width) in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_head(sheet, key) for key, _ in columns])
    count = 1
    for row in rows:
        sheet.append([_cell(value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"


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


def _findings(digest: Digest) -> Iterator[tuple[Any, ...]]:
    """The new ones first."""
    for new, some in ((True, digest.new_findings), (False, digest.open_findings)):
        for one in some:
            yield _finding(one, new=new)


def _finding(one: Finding, *, new: bool) -> tuple[Any, ...]:
    return (one.county_name, one.township_name, one.report_year, one.code, one.severity, say(one.text, "zh"),
            say(one.text, "en"), _both("sheet_found_new") if new else None)


def _head(sheet: Any, key: str) -> Any:
    cell = WriteOnlyCell(sheet, f"{word(key, 'zh')}\n{word(key, 'en')}")
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.fill = PatternFill("solid", start_color="FFDDE6EE")
    return cell


def _cell(value: Any) -> Any:
    """None stays an empty cell, numbers and days stay what they are; no text is taken for a formula."""
    return text(value) if isinstance(value, str) else value


def _both(key: str) -> str:
    return f"{word(key, 'zh')} {word(key, 'en')}"


def _status(one: Judgement, _digest: Digest) -> str:
    """An accusation that rests on one look is told as one that waits for its second."""
    unsettled = one.status in (Status.MISSING, Status.LATE) and not one.confirmed
    return _both("to_confirm_short" if unsettled else one.status)


def _days(one: Judgement, digest: Digest) -> int | None:
    """By how many days a confirmed duty is overdue, or was late; empty where nobody is accused."""
    if not one.confirmed or one.status not in (Status.MISSING, Status.LATE):
        return None
    day = local_day(digest.as_of) if one.status is Status.MISSING else published_on(one)
    if one.status is Status.LATE and one.last_look_without and not (one.claimed_on and one.claimed_on > one.duty.due):
        day = local_day(one.last_look_without)
    return (day - overdue_since(one)).days if day else None


def _reason(one: Judgement, _digest: Digest) -> str | None:
    return f"{say(one.cause, 'zh')} {say(one.cause, 'en')}" if one.cause else None


def _phone(one: Judgement, digest: Digest) -> str | None:
    """Only where somebody may have to call."""
    phone = digest.phones.get(one.duty.township)
    return f"{phone.number} ({phone.year})" if phone and one.confirmed and not one.published else None


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
    Column("sheet_phone", 22, _phone),
)
FINDINGS = (("county", 14), ("township", 16), ("year", 8), ("sheet_code_of_finding", 8), ("sheet_severity", 10),
            ("sheet_finding_zh", 60), ("sheet_finding_en", 60), ("sheet_new", 14))
