"""Two at once: two runs, two schedulers, a run beside a scheduler; a scheduler that is killed and begun again."""

import json
import os
import signal
import time
from contextlib import suppress
from functools import partial

from tests.faults.crashes import alone
from tests.faults.processes import descendants, left

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
        served(call)
        stop(scene, call)
    scene.note("twins", "two schedulers")


def scheduler_and_run(scene):
    """A person's run beside a scheduler."""
    scheduler = scene.begin("serve", "--log", "json")
    time.sleep(scene.chance.random() * 2)
    code = scene.run().code
    served(scheduler)
    stop(scene, scheduler)
    scene.note("twins", f"run beside a scheduler: exit {code}")


def scheduler_killed(scene, *, whole):
    """A scheduler dies in mid-crawl or later, and another one begins at once."""
    scene.told = True                      # a scheduler tells in the morning, whatever it crawls later
    scheduler = scene.begin("serve", "--log", "json")
    time.sleep(0.5 + scene.chance.random() * sum(scene.learned.seconds.values()))
    where = "crawl" if crawls(scene) else scheduler.stage()
    scheduler.kill(*(descendants(scheduler.pid) if whole else ()))
    scene.note(where, "scheduler, group" if whole else "scheduler, process")
    again = scene.begin("serve", "--log", "json")
    served(again, watch=lambda: one_crawl(scene))
    stop(scene, again)
    alone(scene)


def crawls(scene):
    """The crawls that run."""
    return [pid for pid, command in left(scene.caller.token) if "-m crawler" in command]


def one_crawl(scene):
    """A county is asked by one crawl at a time, also where one goes on whose scheduler is dead."""
    if len(running := crawls(scene)) > 1:
        scene.note("WRONG", f"{len(running)} crawls of one county at once")


def served(call, seconds=90, watch=lambda: None):
    """Wait until a scheduler has done a round, and the crawl that it planned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not call.ended():
        watch()
        events = list(told(call))
        planned = [event["planned"] for event in events if event.get("event") == "round"]
        if planned and (planned[0] == 0 or any(event.get("event") == "crawl" for event in events)):
            return
        time.sleep(0.2)


def told(call):
    """The events of a scheduler's log."""
    if call.said.exists():
        for line in call.said.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                yield json.loads(line)


def stop(scene, call):
    """A scheduler that is told to stop does."""
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
