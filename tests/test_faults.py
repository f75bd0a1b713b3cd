"""Faults by seed, a few of each sort; `python -m tests.faults` plays two hundred."""

import pytest

from tests.faults.kinds import KINDS
from tests.faults.seasons import Order, Player

CHOSEN = (
    ("die.ingest", 11), ("die.parse", 12), ("die.findings", 13), ("die.publish", 14), ("die.digest", 15),
    ("die.send", 16), ("torn", 17), ("disk.full", 18), ("mail.drop.answer", 19), ("mail.refused", 20),
    ("clock.year", 21), ("twins.runs", 22), ("kill.crawl.group", 23),
)


@pytest.fixture(scope="module")
def player(tmp_path_factory):
    player = Player(tmp_path_factory.mktemp("faults"), days={"made": 4, "crawled": 3})
    yield player
    player.close()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), CHOSEN)
def test_a_season_ends_as_if_nothing_had_befallen_it(player, kind, seed):
    result = player.play(Order(seed, kind, seed))
    assert result.differences == [], result.line


def test_every_stage_is_killed_and_died_in():
    stages = {name.split(".")[1] for name in KINDS if name.startswith(("kill.", "die."))}
    assert stages >= {"crawl", "ingest", "parse", "judge", "findings", "publish", "digest", "send"}
