"""A season of two counties through real crawls, held against the truth, its evidence read again by the checker."""

from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner

from monitor.cli import main
from tests.simulation import checker
from tests.simulation.crawled import play
from tests.simulation.world import at, make

pytestmark = pytest.mark.slow

DAYS = tuple(at(day, 10) for day in (date(2026, 2, 1), date(2026, 2, 2), date(2026, 3, 10), date(2026, 4, 2)))
SEED = 295                      # one county lists its townships apart, the other together; much happens in both


def within(words, environment):
    """A command in this process, which is quicker; its crawls are processes of their own all the same."""
    done = CliRunner().invoke(main, words, env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    world = make(SEED, 2)
    world = replace(world, counties=tuple(replace(one, crawls=DAYS) for one in world.counties))
    *_, (_, run) = play(tmp_path_factory.mktemp("season"), world, within)
    return run


def test_statuses_and_findings_are_the_truth_on_every_day(played):
    assert played.faults == []
    assert played.counted["duties"] == len(DAYS) * len(played.rows)


def test_nobody_is_accused_of_what_is_not_so(played):
    assert played.counted["accusations"] > 5
    assert played.counted["false"] == 0


def test_every_accusation_is_borne_out_by_the_volumes_alone(played):
    assert played.counted["checked"] > 10
    assert played.counted["refused"] == 0


def test_what_explain_names_is_enough_to_check_an_accusation(played):
    told = next(row for row in played.rows if row["status"] == "missing" and row["confirmed"])
    evidence = checker.Evidence(checker.explained(played.home, told))
    assert {one.kind for one in map(evidence.record, told["evidence"])} >= {"response"}
    (accusation,) = checker.accusations([told], [])
    others = tuple(row["township"] for row in played.rows if row["county"] == told["county"])
    assert checker.check(replace(accusation, body=checker.Body(told["township"], others)), evidence) is None
