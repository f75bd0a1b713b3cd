"""When a county's turn comes: its own time, its rest, another try in the daytime, a missed turn once."""

from dataclasses import replace
from datetime import datetime, time
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


def test_each_county_has_a_time_of_its_own_and_keeps_it():
    found = [slot(portal(code), Settings()) for code in COUNTIES]
    assert found == [slot(portal(code), Settings()) for code in COUNTIES]
    assert min(found) >= 9 * 60
    assert max(found) < 18 * 60 - 120
    assert len({minute // 60 for minute in found}) == 7          # spread over every hour
    assert max(found.count(minute) for minute in found) < 5


def test_a_county_whose_portal_keeps_short_hours_has_its_time_within_them():
    hours = Hours(time(14, 30), time(17, 0))
    assert all(14 * 60 + 30 <= slot(portal(code, hours), Settings()) < 16 * 60 + 30 for code in COUNTIES)


def test_a_portal_that_opens_at_night_alone_is_crawled_at_night():
    hours = Hours(time(22, 0), time(6, 0))
    assert all(slot(portal(code, hours), Settings()) < 6 * 60 for code in COUNTIES)
    assert due(made(("2026-01-20 01:00", "complete")), "2026-01-21 12:00", hours) == "2026-01-21 22:00"


@pytest.mark.parametrize(("last", "now", "expected"), [
    (None, "2026-01-20 10:00", "2026-01-20 10:00"),                # never crawled: at once
    (None, "2026-01-20 03:00", "2026-01-20 09:00"),                # but not at night
    (("2026-01-20 10:00", "complete"), "2026-01-20 12:00", "2026-01-21 09:00"),
    (("2026-01-20 10:00", "partial"), "2026-01-20 12:00", "2026-01-21 09:00"),
    (("2026-01-20 10:00", "blocked"), "2026-01-20 12:00", "2026-01-21 09:00"),   # who refuses is left alone
    (("2026-01-20 10:00", "complete"), "2026-01-25 11:00", "2026-01-25 11:00"),  # five missed turns are one
    (("2026-01-20 10:00", "complete"), "2026-01-25 02:00", "2026-01-25 09:00"),
    (("2026-06-01 10:00", "complete"), "2026-06-02 12:00", "2026-06-08 09:00"),  # weekly off season
    (("2026-04-30 10:00", "complete"), "2026-04-30 12:00", "2026-05-07 09:00"),
    (("2025-12-30 10:00", "complete"), "2025-12-30 12:00", "2026-01-01 09:00"),  # the season's first day
])
def test_the_next_turn(last, now, expected):
    assert due(made(last) if last else [], now) == expected


def test_the_turn_comes_at_the_countys_own_time_where_somebody_is_there_to_wait_for_it():
    own = slot(portal(), Settings())
    expected = f"2026-01-21 {own // 60:02}:{own % 60:02}"
    assert due(made(("2026-01-20 10:00", "complete")), "2026-01-21 00:30", own=True) == expected


@pytest.mark.parametrize(("told", "now", "expected"), [
    ([("2026-06-01 02:00", "unreachable")], "2026-06-01 02:30", "2026-06-01 09:00"),   # closed at night
    ([("2026-06-01 10:00", "unreachable")], "2026-06-01 10:30", "2026-06-01 12:00"),
    ([("2026-06-01 10:00", "unreachable"), ("2026-06-01 12:00", "unreachable")], "2026-06-01 12:30",
     "2026-06-01 14:00"),
    ([("2026-06-01 10:00", "unreachable"), ("2026-06-01 12:00", "unreachable"), ("2026-06-01 14:00", "unreachable")],
     "2026-06-01 14:30", "2026-06-08 09:00"),                                         # three tries are enough
    ([("2026-06-01 17:30", "unreachable")], "2026-06-01 17:40", "2026-06-02 09:00"),   # not into the night
    ([("2026-06-01 10:00", "aborted")], "2026-06-01 10:05", "2026-06-01 10:05"),       # whoever was stopped goes on
    ([("2026-06-01 10:00", "aborted"), ("2026-06-01 10:06", "aborted")], "2026-06-01 10:10", "2026-06-01 12:06"),
])
def test_silence_is_tried_again_in_the_daytime(told, now, expected):
    assert due(made(*told), now) == expected


def test_a_portal_that_closed_while_it_was_read_is_tried_again():
    partial = made(("2026-06-01 10:00", "partial"))
    assert due(partial, "2026-06-01 12:30") == "2026-06-08 09:00"
    assert due([replace(partial[0], silent=True)], "2026-06-01 12:30") == "2026-06-01 12:30"


def test_a_clock_that_was_ahead_does_not_silence_a_county(tmp_path):
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as db:
        for instant in ("2026-01-20T01:00:00Z", "2031-01-20T01:00:00Z"):
            db.execute("INSERT INTO bundles (id, county, started, ended, verdict, crawler, ingested, counters)"
                       " VALUES (?, '370828', ?, ?, 'complete', 'test', ?, '{}')", [instant] * 4)
        seen = slots.attempts(db, "370828", now=at("2026-01-21 09:30"))
    assert [one.started.year for one in seen] == [2026]
    assert due(seen, "2026-01-21 09:30") == "2026-01-21 09:30"
