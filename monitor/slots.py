"""When a county's turn comes: its own time of the day, its rest, and another try where nobody was there. Pure.

In season a county is crawled once a day, off it once a week. A turn that was missed comes as soon as somebody is there
to take it, once. A crawl that met silence, or died, is tried again the same day, in the daytime; one that was refused
waits for its next turn.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile

from sqlite_utils import Database

from archive import clock
from archive.bundles import Outcome, Verdict
from archive.registry import Portal
from monitor.settings import Settings

DAY = 24 * 60                              # minutes
WEEK = 7                                   # days between two crawls off season
RETRY = timedelta(hours=2)
TRIES = 3                                  # a day
SPREAD = 0.75                              # of the day's hours: a crawl that begins at closing time sees half
AHEAD = timedelta(hours=1)                 # a start later than this was written by a clock that was wrong
SILENT = (Outcome.CLOSED, Outcome.UNREACHABLE, Outcome.TIMEOUT)

RECENT = f"""
SELECT started, verdict, EXISTS (
    SELECT 1 FROM listing_pages p WHERE p.bundle = b.id AND p.outcome IN ({", ".join("?" * len(SILENT))}))
FROM bundles b WHERE county = ? AND by IS NULL AND started <= ? AND (? OR verdict <> '{Verdict.ABORTED}')
ORDER BY started DESC LIMIT {TRIES}
"""  # noqa: S608

Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One crawl of a county. `silent`: some of its listings, or the whole portal, was closed or did not answer."""

    started: datetime
    verdict: Verdict
    silent: bool = False

    @property
    def again(self) -> bool:
        """Whether another try the same day may see more."""
        return self.silent or self.verdict in (Verdict.UNREACHABLE, Verdict.ABORTED)


def attempts(db: Database, county: str, *, now: datetime, aborted: bool = True) -> list[Attempt]:
    """The latest crawls of a county, oldest first; what a person captured is none. `aborted`: also those that died."""
    rows = db.execute(RECENT, [*SILENT, county, clock.iso(now + AHEAD), aborted]).fetchall()
    return [Attempt(clock.parse_instant(started), Verdict(verdict), verdict == Verdict.PARTIAL and bool(silent))
            for started, verdict, silent in reversed(rows)]


def due_at(portal: Portal, made: Sequence[Attempt], settings: Settings, *, now: datetime, own: bool) -> datetime:
    """The instant at which a county is to be crawled next; in the past or `now` where its turn has come.

    With `own` its turn comes at its own time of the day, else as soon as the day begins.
    """
    hours = open_minutes(portal, settings.hour * 60, DAY)
    open_from = inside(hours, now)
    if not made:
        return open_from
    turn = _next_turn(made[-1], slot(portal, settings) if own else hours[0])
    return max(open_from, min(turn, _retry(portal, made, settings) or turn))


def slot(portal: Portal, settings: Settings) -> int:
    """A county's own minute of the day, in Asia/Shanghai: always the same, and different from most others'."""
    opens, closes = open_minutes(portal, settings.hour * 60, settings.until * 60)
    share = int.from_bytes(hashlib.sha256(portal.code.encode()).digest()[:4]) / 2**32
    return opens + int((closes - opens) * SPREAD * share)


def open_minutes(portal: Portal, opens: int, closes: int) -> Minutes:
    """The part of these minutes of the day in which the portal is open; where there is none, its own hours."""
    own = list(_pieces(portal))
    shared = [(max(begin, opens), min(end, closes)) for begin, end in own]
    found = [piece for piece in shared if piece[0] < piece[1]] or own
    return max(found, key=lambda piece: piece[1] - piece[0])


def inside(hours: Minutes, instant: datetime) -> datetime:
    """The first instant from this one on that lies within these minutes of a day."""
    day = clock.local_day(instant)
    begin, end = (_at(day, minute) for minute in hours)
    if instant < end:
        return max(instant, begin)
    return _at(day + timedelta(days=1), hours[0])


def _pieces(portal: Portal) -> Iterator[Minutes]:
    """A portal's hours as stretches of one day, midnight between them where they pass it."""
    if portal.hours is None:
        yield 0, DAY
        return
    opens, closes = (moment.hour * 60 + moment.minute for moment in (portal.hours.opens, portal.hours.closes))
    yield opens, closes if opens < closes else DAY
    if 0 < closes < opens:
        yield 0, closes


def _next_turn(last: Attempt, minute: int) -> datetime:
    """The slot of the next day that counts: each day in season, the seventh off it."""
    before = clock.local_day(last.started)
    days = (before + timedelta(days=number) for number in range(1, WEEK + 1))
    return _at(next(day for day in days if day.month in clock.SEASON or day == before + timedelta(days=WEEK)), minute)


def _retry(portal: Portal, made: Sequence[Attempt], settings: Settings) -> datetime | None:
    """When to try again what met silence or died; None where it did not, or was tried often enough that day."""
    last = made[-1]
    today = clock.local_day(last.started)
    failed = list(takewhile(lambda one: one.again and clock.local_day(one.started) == today, reversed(made)))
    if not failed or len(failed) >= TRIES:
        return None
    at_once = last.verdict is Verdict.ABORTED and len(failed) == 1     # whoever was stopped goes on
    daytime = open_minutes(portal, settings.hour * 60, settings.until * 60)
    return inside(daytime, last.started + (timedelta() if at_once else RETRY))


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI) + timedelta(minutes=minute)
