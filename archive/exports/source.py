"""Where exports read from: the checked snapshot, or the ledger for what stays in the house; and how much of it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from archive.errors import BadHome
from archive.home import Home
from archive.ledger import open_ledger

Row = dict[str, Any]
Progress = Callable[[str, int], None]     # the name of a table and how many of its rows are done


@dataclass(frozen=True, slots=True)
class Source:
    """A database to export, as of an instant (UTC). `in_house`: also what we doubt about our own reading.

    `counties` are codes, none for all; `year` is a report year, None for all; `progress` is told as rows are read.
    """

    db: Database
    as_of: datetime
    in_house: bool = False
    counties: tuple[str, ...] = ()
    year: int | None = None
    progress: Progress | None = None

    def rows(self, sql: str, order: str) -> Iterator[Row]:
        """The rows of a SELECT that has the columns `county` and `report_year`, as far as they are wanted."""
        marks = ", ".join("?" * len(self.counties))
        wanted = [f"county IN ({marks})"] if self.counties else []
        wanted += ["report_year = ?"] if self.year is not None else []
        values: list[str | int] = [*self.counties, *([self.year] if self.year is not None else [])]
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        cursor = self.db.execute(f"SELECT * FROM ({sql}){where} ORDER BY {order}", values)  # noqa: S608  our own texts
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))


@contextmanager
def public(home: Home, counties: Sequence[str] = (), year: int | None = None) -> Iterator[Source]:
    """The snapshot that is served, as of the instant that it shows. Raises BadHome where there is none."""
    if not home.public.exists():
        raise BadHome(f"{home.public}: there is no snapshot yet; `nianbao run` makes it")
    as_of = datetime.fromtimestamp(home.public.stat().st_mtime, UTC)
    try:
        with Database(sqlite3.connect(f"{home.public.absolute().as_uri()}?mode=ro", uri=True),
                      execute_plugins=False) as db:
            yield Source(db, as_of, counties=tuple(counties), year=year)
    except sqlite3.DatabaseError as error:
        raise BadHome(f"{home.public}: {error}") from error


@contextmanager
def in_house(home: Home, counties: Sequence[str] = (), year: int | None = None, *, now: datetime) -> Iterator[Source]:
    """The ledger itself, as of `now`: also findings that are not confirmed or are ours. Raises BadHome."""
    try:
        with open_ledger(home, read_only=True) as db:
            yield Source(db, now, in_house=True, counties=tuple(counties), year=year)
    except sqlite3.DatabaseError as error:
        raise BadHome(f"{home.ledger}: {error}") from error
