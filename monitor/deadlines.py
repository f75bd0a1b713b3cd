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
from typing import Literal

from archive.clock import local_day
from archive.notices import FIRST_LOCAL, LAST_DAY, speaking
from archive.registry import Portal
from monitor.settings import Calendar

Rule = Literal["local", "notice", "outer", "old"]
NO_YEARS: Mapping[str, Collection[int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DueDate:
    """A due date, the rule that it rests on, and what it was computed from.

    `source` names where its month and day stand; `notice` is title and number of the county's notice.
    """

    day: date
    rule: Rule
    source: str
    notice: str | None = None

    @property
    def sum(self) -> str:
        """`2026-01-31 = 2025 + 1, 01-31`."""
        return f"{self.day} = {self.day.year - 1} + 1, {self.day:%m-%d}"

    @property
    def computed(self) -> str:
        """`2026-01-31 = 2025 + 1, 01-31 (nianbao.toml, calendar.due_local)`."""
        return f"{self.sum} ({self.source})"


@dataclass(frozen=True, slots=True)
class Duty:
    """One township's report for one report year. `rule` says in words what its dates rest on.

    `dates` are the same dates with how each was computed; `following` is the first of the next report year.
    """

    township: str
    township_name: str
    county: str
    county_name: str
    report_year: int
    due_local: date | None
    due_outer: date
    rule: str
    notice: str | None = None
    dates: tuple[DueDate, ...] = ()
    following: DueDate | None = None

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
    duty of its own, one that nobody ever looked for makes none. A unit that the registry knows to be younger owes
    nothing for the years before it.
    """
    watched = sorted(years)
    dates = {year: _dates(portal, calendar, year)
             for year in {*watched, *(year for some in seen.values() for year in some)}}
    return tuple(
        Duty(unit.code, unit.name, portal.code, portal.name, year, *dates[year])
        for unit in portal.townships()
        for year in _owed(watched, seen.get(unit.code, ()), portal.since_of.get(unit.code, 0))
    )


def _owed(watched: list[int], seen: Collection[int], since: int) -> list[int]:
    """The watched years from a unit's first one on, and those of earlier reports that were seen."""
    due = [year for year in watched if year >= since]
    return sorted({*due, *(year for year in seen if not due or year < due[0])})


_Dates = tuple[date | None, date, str, str | None, tuple[DueDate, ...], DueDate]


def _dates(portal: Portal, calendar: Calendar, year: int) -> _Dates:
    dates = due_dates(portal, calendar, year)
    local = dates[0] if len(dates) > 1 else None
    rule = "; ".join(_words(one) for one in dates)
    return (local.day if local else None, dates[-1].day, rule, local.notice if local else None, dates,
            due_dates(portal, calendar, year + 1)[0])


def due_dates(portal: Portal, calendar: Calendar, report_year: int) -> tuple[DueDate, ...]:
    """The local and the outer date of a report year; up to 2018 there is the one of the Regulations of 2007."""
    if report_year < FIRST_LOCAL:
        return (DueDate(_day(report_year, LAST_DAY), "old", "Regulations of 2007, article 31"),)
    outer = DueDate(_day(report_year, LAST_DAY), "outer", "Regulations of 2019, article 49, second paragraph")
    return _local(portal, calendar, report_year), outer


def _local(portal: Portal, calendar: Calendar, year: int) -> DueDate:
    """What the home's settings say about a county goes before what its registry entry says."""
    for notices, place in ((calendar.counties.get(portal.code, ()), f"nianbao.toml, calendar.counties.{portal.code}"),
                           (portal.notices, f"{portal.path.name}, calendar")):
        if (found := speaking(notices, year)) is not None:
            return DueDate(_day(year, found.due_local), "notice", f"{place}.due_local", found.notice)
    return DueDate(_day(year, calendar.due_local), "local", "nianbao.toml, calendar.due_local")


def _day(report_year: int, month_and_day: str) -> date:
    return date.fromisoformat(f"{report_year + 1}-{month_and_day}")


def _words(one: DueDate) -> str:
    rests_on = {
        "local": "local practice for townships",
        "notice": f"the county's notice ({one.notice})",
        "outer": "outer date by reference to article 49 of the Regulations (decree 711), which does not name townships",
        "old": "for report years up to 2018 article 31 of the Regulations of 2007 (decree 492) bound every "
               "administrative organ",
    }
    return f"{one.day.day} {one.day:%B %Y}: {rests_on[one.rule]}"
