"""When a county's turn comes: its own time, its rest, another try in the daytime, a missed turn once; weeks of that."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from archive.bundles import Verdict
from archive.clock import SHANGHAI
from archive.home import Home
from archive.ledger import open_ledger
from archive.registry import Hours, Portal
from monitor import slots
from monitor.settings import Settings
from monitor.slots import Attempt, due_at, slot

COUNTIES = [f"{370800 + number}" for number in range(200)]


def portal(code="370828", hours=None):
    return Portal(code, "金乡县", "jinxiang", "http://portal.example/", frozenset(), Path("x.toml"), hours=hours)


def at(text):
    """`2026-01-20 09:00` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def made(*told):
    return [Attempt(at(started), Verdict(verdict)) for started, verdict in told]


def due(attempts, now, hours=None, *, own=False):
    """When the county is due, as it would be written in Shanghai."""
    found = due_at(portal(hours=hours), attempts, Settings(), now=at(now), own=own)
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def test_each_county_has_a_time_of_its_own_at_night_and_keeps_it():
    found = [slot(portal(code), Settings()) for code in COUNTIES]
    assert found == [slot(portal(code), Settings()) for code in COUNTIES]
    assert min(found) >= 60
    assert max(found) < 7 * 60 - 90                              # before the digest of eight
    assert len({minute // 60 for minute in found}) == 5          # spread over every hour
    assert max(found.count(minute) for minute in found) < 5


@pytest.mark.parametrize(("hours", "begins", "ends"), [
    (Hours(time(6, 0), time(22, 0)), 6 * 60, 7 * 60),
    (Hours(time(14, 30), time(17, 0)), 14 * 60 + 30, 16 * 60 + 30),    # never open at night
    (Hours(time(22, 0), time(6, 0)), 60, 6 * 60),                      # at night alone
])
def test_a_county_whose_portal_keeps_hours_has_its_time_within_them(hours, begins, ends):
    assert all(begins <= slot(portal(code, hours), Settings()) < ends for code in COUNTIES)


def test_a_portal_that_opens_at_night_alone_waits_for_the_night():
    hours = Hours(time(22, 0), time(6, 0))
    assert due(made(("2026-01-20 01:00", "complete")), "2026-01-21 12:00", hours) == "2026-01-22 01:00"


@pytest.mark.parametrize(("last", "now", "expected"), [
    (None, "2026-01-20 10:00", "2026-01-20 10:00"),                # never crawled: at once
    (None, "2026-01-20 00:30", "2026-01-20 01:00"),                # in the hours that were chosen
    (("2026-01-20 10:00", "complete"), "2026-01-20 12:00", "2026-01-21 01:00"),
    (("2026-01-20 10:00", "partial"), "2026-01-20 12:00", "2026-01-21 01:00"),
    (("2026-01-20 10:00", "blocked"), "2026-01-20 12:00", "2026-01-21 01:00"),   # who refuses is left alone
    (("2026-01-20 10:00", "complete"), "2026-01-25 11:00", "2026-01-25 11:00"),  # five missed turns are one
    (("2026-01-20 10:00", "complete"), "2026-01-25 00:10", "2026-01-25 01:00"),
    (("2026-06-01 10:00", "complete"), "2026-06-02 12:00", "2026-06-08 01:00"),  # weekly off season, on Mondays
    (("2026-06-03 10:00", "complete"), "2026-06-04 12:00", "2026-06-08 01:00"),  # also after one that came late
    (("2026-04-30 10:00", "complete"), "2026-04-30 12:00", "2026-05-04 01:00"),
    (("2025-12-30 10:00", "complete"), "2025-12-30 12:00", "2026-01-01 01:00"),  # the season's first day
])
def test_the_next_turn(last, now, expected):
    assert due(made(last) if last else [], now) == expected


@pytest.mark.parametrize(("last", "expected"), [
    ("2026-01-20 02:00", "own"),                                   # as every night
    ("2026-01-20 09:00", "2026-01-21 05:05"),                      # it was closed at night: 20 hours lie between
    ("2026-01-20 23:00", "2026-01-21 16:00"),                      # but waits no longer than this for it
])
def test_a_turn_keeps_so_far_from_the_last_look_that_it_can_confirm_it_the_next_day(last, expected):
    own = slot(portal(), Settings())
    expected = f"2026-01-21 {own // 60:02}:{own % 60:02}" if expected == "own" else expected
    assert due(made((last, "complete")), "2026-01-21 00:30", own=True) == expected


@pytest.mark.parametrize(("told", "expected"), [
    ([("2026-06-01 10:00", "complete")], "2026-06-02 01:00"),
    ([("2026-05-25 10:00", "complete"), ("2026-06-01 10:00", "complete")], "2026-06-02 01:00"),
    ([("2026-06-01 10:00", "complete"), ("2026-06-02 10:00", "blocked")], "2026-06-08 01:00"),   # that was it
])
def test_off_season_what_is_not_there_any_more_is_looked_for_again_the_next_day_once(told, expected):
    now = at("2026-06-01 12:00") if len(told) == 1 else at(told[-1][0])
    found = due_at(portal(), made(*told), Settings(), now=now, own=False, awaited=True)
    assert found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(("told", "now", "expected"), [
    ([("2026-06-01 02:00", "unreachable")], "2026-06-01 02:30", "2026-06-01 09:00"),   # closed at night
    ([("2026-06-01 10:00", "unreachable")], "2026-06-01 10:30", "2026-06-01 12:00"),
    ([("2026-06-01 10:00", "unreachable"), ("2026-06-01 12:00", "unreachable")], "2026-06-01 12:30",
     "2026-06-01 14:00"),
    ([("2026-06-01 10:00", "unreachable"), ("2026-06-01 12:00", "unreachable"), ("2026-06-01 14:00", "unreachable")],
     "2026-06-01 14:30", "2026-06-08 01:00"),                                         # three tries are enough
    ([("2026-01-20 17:30", "unreachable")], "2026-01-20 17:40", "2026-01-21 01:00"),   # the next turn comes before
    ([("2026-06-01 03:00", "aborted")], "2026-06-01 03:05", "2026-06-01 03:05"),       # whoever was stopped goes on
    ([("2026-06-01 03:00", "aborted"), ("2026-06-01 03:06", "aborted")], "2026-06-01 03:10", "2026-06-01 09:00"),
])
def test_silence_is_tried_again_in_the_daytime(told, now, expected):
    assert due(made(*told), now) == expected


def test_a_portal_that_closed_while_it_was_read_is_tried_again():
    partial = made(("2026-06-01 10:00", "partial"))
    assert due(partial, "2026-06-01 12:30") == "2026-06-08 01:00"
    assert due([replace(partial[0], silent=True)], "2026-06-01 12:30") == "2026-06-01 12:30"


def crawled(home, *instants):
    with open_ledger(home) as db:
        for instant in instants:
            db.execute("INSERT INTO bundles (id, county, started, ended, verdict, crawler, ingested, counters)"
                       " VALUES (?, '370828', ?, ?, 'complete', 'test', ?, '{}')", [instant] * 4)


def test_a_clock_that_was_ahead_does_not_silence_a_county(tmp_path):
    home = Home(tmp_path)
    home.make()
    crawled(home, "2026-01-20T01:00:00Z", "2031-01-20T01:00:00Z")
    with open_ledger(home) as db:
        seen = slots.attempts(db, "370828", now=at("2026-01-21 09:30"))
    assert [one.started.year for one in seen] == [2026]
    assert due(seen, "2026-01-21 09:30") == "2026-01-21 09:30"


def test_a_clock_that_is_set_back_doubles_nothing(tmp_path):
    home = Home(tmp_path)
    home.make()
    crawled(home, "2026-01-20T02:00:00Z")                          # 10:00, by a clock eight hours ahead
    with open_ledger(home) as db:
        (seen,) = slots.attempts(db, "370828", now=at("2026-01-20 02:05"))
    assert seen.started == at("2026-01-20 02:05")
    assert due([seen], "2026-01-20 02:05")== "2026-01-21 01:00"


@dataclass
class Watcher:
    """A scheduler that looks once an hour while it is awake, as a ledger and a clock see it."""

    night: bool = False                                            # the portal answers at night
    crawls: list[Attempt] = field(default_factory=list)

    def look(self, now):
        due = due_at(portal(), self.crawls[-4:], Settings(), now=now, own=True)
        if due < now + timedelta(hours=1):
            start = max(due, now)
            silent = not self.night and not 8 <= start.astimezone(SHANGHAI).hour < 20
            self.crawls.append(Attempt(start, Verdict.UNREACHABLE if silent else Verdict.COMPLETE))


def complete(watcher):
    return [one.started for one in watcher.crawls if one.verdict is Verdict.COMPLETE]


@pytest.mark.parametrize("night", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_weeks_with_reboots_lids_and_nights_lose_no_day_and_double_none(night, seed):
    chance, watcher, now = random.Random(seed), Watcher(night), at("2026-01-01 00:00")
    awake = set()
    while now < at("2026-03-01 00:00"):
        watcher.look(now)
        awake |= {now.date()} if 16 <= now.hour < 20 else set()
        asleep = timedelta(hours=chance.choice((9, 30))) if chance.random() < 0.02 else timedelta()
        now += timedelta(hours=1, minutes=chance.randrange(-3, 3)) + asleep
    found = complete(watcher)
    days = [one.astimezone(SHANGHAI).date() for one in found]
    assert sorted(set(days)) == days                               # never twice a day
    assert awake <= set(days)
    assert sum(later - before < timedelta(hours=20) for before, later in pairwise(found)) <= 3


def test_a_home_that_is_never_switched_off_confirms_each_look_the_next_day_though_the_first_came_late():
    watcher = Watcher(night=True)
    for hour in range(24 * 20):
        watcher.look(at("2026-01-01 15:20") + timedelta(hours=hour))
    gaps = [later - before for before, later in pairwise(complete(watcher))]
    assert max(gaps) < timedelta(hours=25)
    assert len(watcher.crawls) == 21                               # its times moved back into the night, one more
    times = {one.astimezone(SHANGHAI).time() for one in complete(watcher)[5:]}
    assert times == {time(*divmod(slot(portal(), Settings()), 60))}
