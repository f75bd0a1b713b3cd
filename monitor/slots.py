"""When a county's turn comes: its own time of the day, its rest, and another try where nobody was there. Pure.

In season a county is crawled once a day, off it once a week, at night. A turn that was missed comes as soon as somebody
is there to take it, once; the next one keeps so far from it that the two looks can agree. Off season, what a crawl did
not find any more is looked for again the next day and not in a week. A crawl that met silence, or died, is tried again
the same day, in the daytime; one that was refused waits for its next turn.
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
from monitor.judge import GAP
from monitor.settings import WEEKDAYS, Settings

DAY = 24 * 60                              # minutes
WEEK = 7                                   # days between two crawls off season
RETRY = timedelta(hours=2)
TRIES = 3                                  # a day
SPREAD = 0.75                              # of these hours: a crawl that begins at closing time sees half
DAYTIME = (9 * 60, 18 * 60)                # when somebody answers also where a portal is closed at night
APART = GAP + timedelta(minutes=5)         # two turns: a look nearer to the last one than GAP confirms nothing
LATEST = 16 * 60                           # but no turn waits longer for that: the day may be lost
RECENTLY = timedelta(days=2)               # a crawl with another so shortly before it was the second look
AHEAD = timedelta(hours=12)                # a start later than this says nothing: its clock was wrong
SILENT = (Outcome.CLOSED, Outcome.UNREACHABLE, Outcome.TIMEOUT)

RECENT = f"""
SELECT started, verdict, EXISTS (
    SELECT 1 FROM listing_pages p WHERE p.bundle = b.id AND p.outcome IN ({", ".join("?" * len(SILENT))}))
FROM bundles b WHERE county = ? AND by IS NULL AND started <= ? AND (? OR verdict <> '{Verdict.ABORTED}')
ORDER BY started DESC LIMIT {TRIES + 1}
"""  # noqa: S608
AWAITED = """
SELECT 1 FROM duties d WHERE county = ? AND NOT confirmed
    AND (status = 'missing' OR EXISTS (SELECT 1 FROM json_each(d.flags) WHERE value = 'vanished')) LIMIT 1
"""

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
    """The latest crawls of a county, oldest first; what a person captured is none. `aborted`: also those that died.

    What began later than `now` began before a clock was set back, and counts as begun now: it is not done twice.
    """
    rows = db.execute(RECENT, [*SILENT, county, clock.iso(now + AHEAD), aborted]).fetchall()
    return [Attempt(min(clock.parse_instant(started), now), Verdict(verdict),
                    verdict == Verdict.PARTIAL and bool(silent))
            for started, verdict, silent in reversed(rows)]


def awaited(db: Database, county: str) -> bool:
    """Whether something that the last look did not show waits for a second one."""
    return db.execute(AWAITED, [county]).fetchone() is not None


def due_at(portal: Portal, made: Sequence[Attempt], settings: Settings, *, now: datetime, own: bool,
           awaited: bool = False) -> datetime:
    """The instant at which a county is to be crawled next; in the past or `now` where its turn has come.

    With `own` its turn comes at its own time of the day, else as soon as the day begins. `awaited`: something waits for
    a second look.
    """
    hours = open_minutes(portal, settings.hour * 60, DAY)
    open_from = inside(hours, now)
    if not made:
        return open_from
    day = _next_day(made, settings, awaited=awaited)
    turn = _at(day, slot(portal, settings) if own else hours[0])
    if own:
        turn = max(turn, min(inside(hours, made[-1].started + APART), _at(day, LATEST)))
    return max(open_from, min(turn, _retry(portal, made) or turn))


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


def _next_day(made: Sequence[Attempt], settings: Settings, *, awaited: bool) -> date:
    """The next day that counts: each day in season; off it the week's own, or the next one where a look is awaited."""
    last = made[-1].started
    today = clock.local_day(last)
    before = [one.started for one in made if clock.local_day(one.started) < today]
    second = awaited and not (before and last - before[-1] < RECENTLY)
    days = (today + timedelta(days=number) for number in range(1, WEEK + 1))
    return next(day for day in days if second or day.month in clock.SEASON
                or WEEKDAYS[day.weekday()] == settings.off_season_weekday)


def _retry(portal: Portal, made: Sequence[Attempt]) -> datetime | None:
    """When to try again what met silence or died; None where it did not, or was tried often enough that day."""
    last = made[-1]
    today = clock.local_day(last.started)
    failed = list(takewhile(lambda one: one.again and clock.local_day(one.started) == today, reversed(made)))
    if not failed or len(failed) >= TRIES:
        return None
    if last.verdict is Verdict.ABORTED and len(failed) == 1:            # whoever was stopped goes on
        return last.started
    return inside(open_minutes(portal, *DAYTIME), last.started + RETRY)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI) + timedelta(minutes=minute)
