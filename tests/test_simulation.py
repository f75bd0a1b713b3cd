"""A small season by seed, held against its truth day by day; and that the comparison sees an error that is planted."""

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.simulation import world
from tests.simulation.play import Play
from tests.simulation.visits import visits
from tests.simulation.world import Hurdle, Obstacle, Span, World, at

FEB3 = date(2026, 2, 3)
DAYS = [*(date(2026, 1, 2) + timedelta(days=7 * week) for week in range(5)), *(date(2026, 2, day) for day in (1, 2, 3))]
SMALL = replace(world.make(3, 1, largest=11, fates={"never": 1, "in_time": 2}, hurdles={}).counties[0],
                due=date(2026, 1, 31), notice=None, crawls=tuple(at(day, 10) for day in DAYS))


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    """Six counties in which the rare is as frequent as the usual, from January to April."""
    with closing(Play(world.make(1, 6, largest=11, fates=world.EVEN), tmp_path_factory.mktemp("season"))) as play:
        yield play, play.play()


@pytest.mark.slow
def test_a_season_comes_out_as_it_was_on_every_day(season):
    _, came = season
    assert [str(one) for one in came.differences] == []
    assert came.duties >= 60
    assert came.judged >= 60 * 85            # workdays
    assert came.told > 20


@pytest.mark.slow
def test_the_season_held_what_makes_it_hard(season):
    play, came = season
    assert {"T02", "T04", "T05", "T09", "T10", "L04", "L05"} <= came.accusations.keys()
    assert len({township.fate for county in play.world.counties for township in county.townships}) > 15
    assert len({one.hurdle for county in play.world.counties for one in county.obstacles}) > 3


class Planted(Play):
    """A season of one county whose crawls are not handed over as they were."""

    def __init__(self, root, error, obstacles=()):
        super().__init__(World(3, (replace(SMALL, obstacles=obstacles),)), root)
        self.error = error

    def given(self, visit):
        return self.error(visit)


def came_of(root, error, until=FEB3, obstacles=()):
    with closing(Planted(root, error, obstacles)) as play:
        return {(one.kind, one.day) for one in play.play(until).differences}


def test_what_is_handed_over_as_it_was_makes_no_difference(tmp_path):
    assert came_of(tmp_path, lambda visit: visit) == set()


def test_a_complete_look_that_was_dropped_shows(tmp_path):
    found = came_of(tmp_path, lambda visit: None if visit.at.date() == date(2026, 2, 2) else visit)
    assert ("status", date(2026, 2, 2)) in found       # nobody is confirmed as missing
    assert ("untold", date(2026, 2, 2)) in found
    assert ("status", FEB3) not in found               # the next look does that


def test_a_crawl_dated_one_day_early_shows(tmp_path):
    def early(visit):
        return replace(visit, at=visit.at - timedelta(days=1)) if visit.at.date() == date(2026, 2, 1) else visit
    assert ("status", date(2026, 2, 1)) in came_of(tmp_path, early, date(2026, 2, 1))


def test_a_doubt_that_was_taken_for_an_absence_is_a_false_accusation(tmp_path):
    """No list came on 1 and 2 February, and the crawl says that every one did and was empty."""
    blocked = (Obstacle(Hurdle.FIREWALL, Span(at(date(2026, 1, 6)), at(date(2026, 2, 3)))),)

    def sure(visit):
        if visit.blind and visit.at.date() > date(2026, 1, 31):
            whole = frozenset((code, 2025) for code in codes)
            return replace(visit, hurdles=frozenset(), whole=whole, shown=dict.fromkeys(codes, ((),)), met=())
        return visit

    codes = [one.code for one in SMALL.townships]
    found = came_of(tmp_path, sure, date(2026, 2, 2), blocked)
    assert ("lie", date(2026, 2, 2)) in found


def test_crawls_that_see_nothing_leave_every_township_unknown():
    shut = replace(SMALL, obstacles=(Obstacle(Hurdle.DOWN, Span(at(date(2026, 1, 1)))),))
    assert not any(visit.whole or visit.met for visit in visits(shut))
