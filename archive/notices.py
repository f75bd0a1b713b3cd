"""A county's own due date for its townships, as its notice sets it: what such a date may be. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

FIRST_LOCAL = 2019                     # the first report year under the Regulations of 2019; before, 31 March was law
LAST_DAY = "03-31"                     # the outer date: no notice lies behind it
_MONTH_AND_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Notice:
    """A county's own due date, `MM-DD` of the year after the report year, and title and number of its notice.

    `years` are the report years that the notice speaks of; none named means every one from FIRST_LOCAL on.
    """

    due_local: str
    notice: str
    years: tuple[int, ...] = ()


def is_due_day(due: str) -> bool:
    """Whether a text is a month and day that every year has, and that is not behind the outer date."""
    try:
        return bool(_MONTH_AND_DAY.fullmatch(due) and date.fromisoformat(f"2023-{due}")) and due <= LAST_DAY
    except ValueError:
        return False


def is_local_year(year: object) -> bool:
    """Whether a value is a report year for which a county's notice can name a day."""
    return isinstance(year, int) and not isinstance(year, bool) and FIRST_LOCAL <= year <= 2100


def overlap(notices: Iterable[Collection[int]]) -> str | None:
    """The report year, in words, of which more than one notice speaks; one that names no year speaks of all others."""
    seen: set[int | None] = set()
    for years in notices:
        for year in years or (None,):
            if year in seen:
                return f"of {year}" if year else "of every year"
            seen.add(year)
    return None


def speaking(notices: Iterable[Notice], report_year: int) -> Notice | None:
    """The notice that speaks of a report year: one that names it, else one that speaks of every year."""
    if report_year < FIRST_LOCAL:
        return None
    found = {bool(one.years): one for one in notices if not one.years or report_year in one.years}
    return found.get(True, found.get(False))
