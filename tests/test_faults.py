"""Faults by seed, a few of each sort; `python -m tests.faults` plays two hundred."""

import pytest

from tests.faults import kept
from tests.faults.kinds import KINDS
from tests.faults.seasons import Order, Player, orders

CHOSEN = (
    ("die.first", 11), ("die.ingest", 12), ("die.findings", 13), ("die.publish", 14), ("die.send", 15), ("torn", 16),
    ("disk.full", 17), ("mail.drop.answer", 18), ("clock.year", 19), ("twins.runs", 20), ("kill.crawl.group", 21),
)


@pytest.fixture(scope="module")
def player(tmp_path_factory):
    player = Player(tmp_path_factory.mktemp("faults"), days={"made": 4, "crawled": 3})
    yield player
    player.close()


@pytest.mark.slow
@pytest.mark.timeout(900)                                  # a busy machine crawls slowly
@pytest.mark.parametrize(("kind", "seed"), CHOSEN)
def test_a_season_ends_as_if_nothing_had_befallen_it(player, kind, seed):
    result = player.play(Order(seed, kind, seed))
    assert result.differences == [], result.line


def test_every_stage_is_killed_and_died_in():
    stages = {name.split(".")[1] for name in KINDS if name.startswith(("kill.", "die."))}
    assert stages >= {"crawl", "ingest", "parse", "judge", "findings", "publish", "digest", "send"}


def letter_of(identifier, body="told", day="Mon, 02 Feb 2026 09:00:00 +0800"):
    return f"Message-ID: {identifier}\r\nDate: {day}\r\nSubject: x\r\n\r\n{body}\r\n".encode()


@pytest.mark.parametrize(("taken", "wrong"), [
    ([("a", letter_of("<1>")), ("a", letter_of("<1>")), ("b", letter_of("<2>"))], 0),
    ([("a", letter_of("<1>")), ("a", letter_of("<2>"))], 1),               # the same day's under two ids
    ([("a", letter_of("<1>")), ("a", letter_of("<1>", "other"))], 1),      # the same id with other bytes
    ([("a", letter_of("<1>")), ("b", letter_of("<1>"))], 1),
])
def test_a_digest_that_is_told_twice_is_noticed(taken, wrong):
    assert len(kept.twice_told(taken)) == wrong


@pytest.mark.parametrize(("found", "wrong"), [
    (["a", "b"], []), (["a"], ["duties: without b"]), (["a", "b", "c"], ["duties: with c"]),
    (["a", "b", "b"], ["duties: 1 lines twice"]),
])
def test_what_is_missing_too_much_or_twice_is_a_difference(found, wrong):
    assert kept.differences({"duties": ["a", "b"]}, {"duties": found}) == wrong


def test_the_same_seed_orders_the_same_runs_and_every_kind_has_its_share():
    first = orders(200, 1)
    assert first == orders(200, 1) != orders(200, 2)
    assert {order.kind for order in first} == set(KINDS)
    assert len(first) == len({order.seed for order in first}) == 200
