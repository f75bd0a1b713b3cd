"""A clock that jumps: a day back and forward again, a year ahead once; between two calls of nianbao and during one.

What a wrong clock let go out cannot be taken back. Everything else must be as if it had not been.
"""

from datetime import timedelta
from functools import partial

from archive.clock import iso, parse_instant


def moved(instant, **by):
    return iso(parse_instant(instant) + timedelta(**by))


def between(by, scene):
    """The day is done, the clock jumps, nianbao is called once or twice, and the clock is right again."""
    scene.frozen = True
    scene.run()
    for _ in range(scene.chance.randint(1, 2)):
        scene.run(now=moved(scene.now, **by))
    scene.strayed(moved(scene.now, **by))
    scene.note("between", f"{by}")


def before(by, scene):
    """The clock is wrong at the first call of a day, and right at the next."""
    scene.frozen = True
    scene.run(now=moved(scene.now, **by))
    scene.strayed(moved(scene.now, **by))
    scene.note("before", f"{by}")


def during(by, scene):
    """The clock jumps while a call is at work: it is killed at one time and begun again at another."""
    from tests.faults.crashes import STAGES, killed_in

    scene.frozen, stage = True, scene.chance.choice(STAGES[1:])
    killed_in(stage, scene)
    scene.run(now=moved(scene.now, **by))
    scene.strayed(moved(scene.now, **by))


BACK, YEAR = {"days": -1, "minutes": 11}, {"days": 365, "minutes": 11}
KINDS = (
    ("clock.back", "made", 3, partial(between, BACK)),
    ("clock.back.first", "made", 3, partial(before, BACK)),
    ("clock.back.killed", "made", 3, partial(during, BACK)),
    ("clock.year", "made", 4, partial(between, YEAR)),
    ("clock.year.killed", "made", 3, partial(during, YEAR)),
)
