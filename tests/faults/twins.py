"""Two at once: two runs, two schedulers, a run beside a scheduler; a scheduler that is killed and begun again."""

import signal
import time
from functools import partial

from tests.faults.crashes import alone
from tests.faults.processes import descendants

ROUND = '"event": "round"'
REFUSED = 1


def runs(scene):
    """Two runs at the same instant: one works and the other is refused, or comes after it."""
    calls = [scene.begin(), scene.begin()]
    codes = sorted(call.wait() for call in calls)
    scene.note("twins", f"exit {codes}")
    if codes not in ([0, 0], [0, REFUSED]):
        scene.note("WRONG", f"two runs ended with {codes}")


def schedulers(scene):
    """Two schedulers at the same instant: one serves, the other is refused."""
    calls = [scene.begin("serve", "--log", "json"), scene.begin("serve", "--log", "json")]
    end = time.monotonic() + 60
    while not any(call.ended() for call in calls) and time.monotonic() < end:
        time.sleep(0.02)
    refused = [call for call in calls if call.ended()]
    serving = [call for call in calls if call not in refused]
    if len(refused) != 1 or refused[0].code != REFUSED:
        scene.note("WRONG", f"of two schedulers {len(refused)} were refused: {[call.code for call in calls]}")
    for call in serving:
        rounds(call, 1)
        stop(scene, call)
    scene.note("twins", "two schedulers")


def scheduler_and_run(scene):
    """A person's run beside a scheduler."""
    served = scene.begin("serve", "--log", "json")
    time.sleep(scene.chance.random() * 2)
    code = scene.run().code
    rounds(served, 1)
    stop(scene, served)
    scene.note("twins", f"run beside a scheduler: exit {code}")


def scheduler_killed(scene, *, whole):
    """A scheduler dies in mid-crawl or later, and another one begins at once."""
    served = scene.begin("serve", "--log", "json")
    time.sleep(0.5 + scene.chance.random() * sum(scene.learned.seconds.values()))
    where = served.stage()
    served.kill(*(descendants(served.pid) if whole else ()))
    scene.note(where, "scheduler, group" if whole else "scheduler, process")
    again = scene.begin("serve", "--log", "json")
    rounds(again, 2 if scene.world.portal else 1)
    stop(scene, again)
    alone(scene)


def rounds(call, number, seconds=60):
    """Wait until a scheduler has told of so many rounds, or of a crawl that ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not call.ended():
        told = call.said.read_text(encoding="utf-8")
        if told.count(ROUND) >= number or (told.count(ROUND) and '"event": "crawl"' in told):
            return
        time.sleep(0.05)


def stop(scene, call):
    """A scheduler that is told to stop does."""
    import os

    if not call.ended():
        os.kill(call.pid, signal.SIGTERM)
    if call.wait(90) not in (0,):
        scene.note("WRONG", f"a scheduler ended with {call.code}")


KINDS = (
    ("twins.runs", "made", 3, runs),
    ("twins.runs.crawl", "crawled", 2, runs),
    ("twins.schedulers", "made", 3, schedulers),
    ("twins.beside", "made", 3, scheduler_and_run),
    ("serve.killed", "crawled", 5, partial(scheduler_killed, whole=False)),
    ("serve.killed.group", "crawled", 4, partial(scheduler_killed, whole=True)),
)
