"""What a site is made of, and what a family's module gives: the contract between them and the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from crawler.replicas.places import County, Place
from crawler.replicas.web import Answer, Request

Shape = Literal["own", "shared"]           # a column for each township, or one column for them all
NO_SWITCHES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that belongs to a report's page."""

    name: str                  # 年报.pdf
    body: bytes
    kind: str                  # the media type that the server names


@dataclass(frozen=True, slots=True)
class Paper:
    """One article of a site: a township's report, or what stands beside it (`place` None: another body's, a decoy).

    `number` is unique in the site and goes into addresses; `inner` is the article's inner HTML.
    """

    number: int
    title: str
    appears: datetime
    claimed: date
    inner: str
    place: Place | None = None
    year: int | None = None
    uploads: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A list of articles, newest first. `key` goes into addresses (`a1`); `place` None: of several townships."""

    key: str
    name: str                  # 政府信息公开年报
    papers: tuple[Paper, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """One portal at one instant: its county, its columns of reports and its other columns.

    `switches` name what it does wrong: the family's own (its module's SWITCHES) and those of the server. A switch
    without a value has the value "". `per_page` articles stand on a page of a list. `hosts` are the addresses of its
    own hosts without the last slash: the first is home, the second another one that belongs to the portal.
    """

    family: str
    county: County
    shape: Shape
    reports: tuple[Column, ...]
    others: tuple[Column, ...]
    switches: Mapping[str, str] = field(default_factory=lambda: NO_SWITCHES)
    seed: int = 0
    per_page: int = 5
    hosts: tuple[str, ...] = ()

    def on(self, switch: str) -> bool:
        """The switch is on."""
        return switch in self.switches

    @property
    def second(self) -> str:
        """The portal's second host (m.…, xxgk.…), without the last slash; the first one's pages stand there too."""
        return self.hosts[1]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns."""
        return (*self.reports, *self.others)

    def column(self, key: str) -> Column | None:
        """A column by its key."""
        return next((column for column in self.columns if column.key == key), None)

    def paper(self, number: int) -> tuple[Column, Paper] | None:
        """An article by its number, with the first column that holds it."""
        found = ((column, paper) for column in self.columns for paper in column.papers if paper.number == number)
        return next(found, None)


class Pages(Protocol):
    """One family's software: a site and a request in, an answer out; None where nothing stands at that address.

    `/` is the home page: it names the county, and leads over the software's usual hubs to every column of `reports`.
    """

    def __call__(self, site: Site, request: Request, /) -> Answer | None: ...


@dataclass(frozen=True, slots=True)
class Software:
    """What each module of `families/` offers as `SOFTWARE`.

    `switches` says in a sentence what each of the family's own switches does; `complete` names those with which every
    report can still be found and read by a visitor's browser, so that a crawl must end complete.
    """

    name: str
    pages: Pages
    switches: Mapping[str, str] = field(default_factory=lambda: NO_SWITCHES)
    complete: frozenset[str] = frozenset()
