"""A site that shows what it is told to, instant by instant: what is listed, what answers, what is out of order.

An article may be listed under another title than its page has, be listed and gone, or stand there and be listed
nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from archive.clock import SHANGHAI
from crawler.replicas.places import County, Place
from crawler.replicas.sites import families, scopes
from crawler.replicas.sites.columns import NAME
from crawler.replicas.sites.model import Column, Paper, Site
from crawler.replicas.web import Answer, Request

_MARK = "〇〇二〇二五年政府信息公开工作年度报告"
_NOTHING = Paper(9_000_000, "", datetime(2026, 1, 1, tzinfo=SHANGHAI), date(2026, 1, 1), "")


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as its page shows it; `column` is the township in whose list it stands, `link` its title there.

    Without a `link` it is listed nowhere; what does not answer is gone from its address.
    """

    paper: Paper
    column: Place
    link: str | None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Silent:
    """A list that answers 503: of one township, or of them all; `behind`: only its pages behind the first."""

    place: Place | None = None
    behind: bool = False


class Told(Protocol):
    """What stands on a site at an instant, newest first, and what is out of order with it then."""

    def entries(self, now: datetime, /) -> Sequence[Entry]: ...

    def switches(self, now: datetime, /) -> Mapping[str, str]: ...

    def silent(self, now: datetime, /) -> Sequence[Silent]: ...


@dataclass(frozen=True)
class Views:
    """One site at one instant as its lists show it, and as its articles stand there."""

    lists: Site
    articles: Site
    silent: tuple[Silent, ...] = ()

    def answer(self, request: Request) -> Answer | None:
        """What stands at an address; None where nothing does."""
        pages = families.software(self.lists.family).pages
        found = pages(self.articles, request)
        if scopes.role_of(self.articles, request, found) == "report":
            return found
        found = pages(self.lists, request)
        return None if scopes.role_of(self.lists, request, found) == "report" else found

    def is_silent(self, request: Request) -> bool:
        """Whether the request is for a page of a list that answers nothing now."""
        return request.path != "/" and any(self._shows(request, one) for one in self.silent)

    def _shows(self, request: Request, silent: Silent) -> bool:
        """Whether marks in the list's place show on the answer."""
        marked = replace(self.lists, reports=tuple(_marked(column, silent, self.lists.per_page)
                                                   for column in self.lists.reports))
        answer = families.software(marked.family).pages(marked, request)
        return answer is not None and _MARK.encode() in answer.body


def views(told: Told, now: datetime, site: Site) -> Views:
    """A site, built without reports of its own, with what it is told to show."""
    entries = tuple(told.entries(now))
    site = replace(site, switches={**site.switches, **told.switches(now)})
    listed = [(one.column, replace(one.paper, title=one.link)) for one in entries if one.link is not None]
    alive = [(one.column, one.paper) for one in entries if one.answers]
    return Views(replace(site, reports=_filled(site, listed)), replace(site, reports=_filled(site, alive)),
                 tuple(told.silent(now)))


def empty(county: County, shape: str) -> tuple[Column, ...]:
    """The columns of reports, with nothing in them."""
    if shape == "shared":
        return (Column("s1", NAME, ()),)
    return tuple(Column(f"a{number}", NAME, (), place) for number, place in enumerate(county.places, 1))


def _filled(site: Site, papers: Sequence[tuple[Place, Paper]]) -> tuple[Column, ...]:
    return tuple(replace(column, papers=(*(paper for place, paper in papers if column.place in (None, place)),
                                         *column.papers))
                 for column in site.reports)


def _marked(column: Column, silent: Silent, per_page: int) -> Column:
    """The column with a mark for each entry that a silent page would show; one that is empty shows one mark."""
    if silent.place is not None and column.place is not None and silent.place.code != column.place.code:
        return column
    skipped = per_page if silent.behind else 0
    marks = [Paper(9_000_001 + number, f"{_MARK}{number}", paper.appears, paper.claimed, paper.inner)
             for number, paper in enumerate(column.papers or (_NOTHING,))][skipped:]
    return replace(column, papers=(*column.papers[:skipped], *marks))
