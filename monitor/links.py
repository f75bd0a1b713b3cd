"""What a link to a report promises, by its own words, and whether the page behind it is another report. Pure.

A report that was not yet due when its link was read is no promise: some portals name the year of publication.
"""

from dataclasses import dataclass
from datetime import datetime

from archive.clock import local_day
from archive.registry import Portal
from archive.report.titles import likeness, title_year

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Link:
    """A listed link as a crawl met it; `own` is the township in whose own listing it stands."""

    url: str
    title: str
    own: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Misfiled:
    """A listed link to one report that leads to another one: `township` and `report_year` are what its page says.

    `certain` where the page's title and its statistical period agree, so that it cannot be a slip of the title.
    `capture` shows the page, `listings` the link: the listings of the first look and of the last that showed it.
    """

    url: str
    title: str
    township: str
    report_year: int
    certain: bool
    capture: str | None = None
    listings: tuple[str, ...] = ()


def promised(portal: Portal, link: Link, read: Key) -> Key | None:
    """The duty that a link names, where that is another one than its page says; None where both agree or it is open."""
    if likeness(link.title) != "report":
        return None
    named = [unit.code for unit in portal.mentioned(link.title)]
    if len(named) > 1:
        return None
    township = named[0] if named else link.own or read[0]
    year = title_year(link.title) or read[1]
    if year != read[1] and year >= local_day(link.at).year:
        return None
    return (township, year) if (township, year) != read else None
