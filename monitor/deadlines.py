"""Who owes which report by when, and on which rule that rests.

The Regulations (article 49, in force since 15 May 2019) name no date for townships. What counts is local practice,
31 January, unless a county's own notice names another day, and 31 March as the outer date by reference to article 49.
For report years up to 2018 the Regulations of 2007 (article 31) bound every organ to 31 March. Days are inclusive, in
Asia/Shanghai, and do not move for weekends or holidays: no text allows it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from archive.clock import local_day
from archive.registry import Portal
from monitor.settings import Calendar, MonthDay, Override, month_day

LAST_OLD_YEAR = 2018  # the last report year under the Regulations of 2007

NO_YEARS: Mapping[str, Collection[int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Duty:
    """One township's report for one report year. `rule` says in words how its dates were computed."""

    township: str
    township_name: str
    county: str
    county_name: str
    report_year: int
    due_local: date | None
    due_outer: date
    rule: str
    notice: str | None = None

    @property
    def due(self) -> date:
        """The date that counts for the status."""
        return self.due_local or self.due_outer

    @property
    def key(self) -> str:
        """`370828111/2025`."""
        return f"{self.township}/{self.report_year}"


def watched_years(since: int, as_of: datetime) -> range:
    """Report years from `since` to the last one that has ended."""
    return range(since, local_day(as_of).year)


def duties(portal: Portal, calendar: Calendar, years: Iterable[int],
           seen: Mapping[str, Collection[int]] = NO_YEARS) -> tuple[Duty, ...]:
    """The duties of a county's townships, by township and year.

    `seen` gives the report years that are in the archive by township code: an earlier report that was seen makes a
    duty of its own, one that nobody ever looked for makes none.
    """
    watched = sorted(years)
    dates = {year: _dates(portal, calendar, year)
             for year in {*watched, *(year for some in seen.values() for year in some)}}
    return tuple(
        Duty(unit.code, unit.name, portal.code, portal.name, year, *dates[year])
        for unit in portal.townships()
        for year in sorted({*watched, *(year for year in seen.get(unit.code, ()) if not watched or year < watched[0])})
    )


def _dates(portal: Portal, calendar: Calendar, year: int) -> tuple[date | None, date, str, str | None]:
    outer = _day(year, calendar.due_outer)
    if year <= LAST_OLD_YEAR:
        return None, outer, (f"{_words(outer)}: for report years up to 2018 article 31 of the Regulations of 2007 "
                             "(decree 492) bound every administrative organ"), None
    override = _override(portal, calendar)
    local = _day(year, override.due_local if override else calendar.due_local)
    basis = f"the county's notice ({override.notice})" if override else "local practice for townships"
    rule = (f"{_words(local)}: {basis}; {_words(outer)}: outer date by reference to article 49 of the Regulations "
            "(decree 711), which does not name townships")
    return local, outer, rule, override.notice if override else None


def _override(portal: Portal, calendar: Calendar) -> Override | None:
    """What the home's settings say about a county goes before what its registry entry says."""
    if portal.code in calendar.counties:
        return calendar.counties[portal.code]
    return Override(month_day(portal.calendar.due_local), portal.calendar.notice) if portal.calendar else None


def _day(report_year: int, month_and_day: MonthDay) -> date:
    return date(report_year + 1, *month_and_day)


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
