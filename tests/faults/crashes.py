"""SIGKILL: of the process, of all that it started, of the crawl alone; at a random moment or at a chosen operation.

A stage takes as long as it did undisturbed, more or less, so a moment chosen by time may fall a little behind it; where
it really fell is written down. Operations are exact: the process dies before or after its n-th write, sync, rename,
statement or word to the server. Whatever a power cut takes away beyond that is taken away afterwards (`torn`).
"""

import os
import signal
import sqlite3
import struct
import time
from contextlib import closing, suppress
from functools import partial

from archive.home import Home
from tests.faults.processes import descendants, end, left, left_after

STAGES = ("crawl", "ingest", "parse", "judge", "findings", "publish", "digest", "send")
FRAME = 24
RECIPIENTS = 2
FIRST = "die.first"            # on the first day of a home, over its ledger


def killed_at(stage, scene, *, whole=False):
    """At a random moment of a stage, from outside."""
    call = scene.begin()
    if call.until(stage):
        slowed = 1.05 if stage == "crawl" else 0.6          # the season that was learned from counted every call
        time.sleep(scene.chance.random() * slowed * scene.learned.seconds[stage])
    others = descendants(call.pid) if whole else ()
    scene.note(call.stage() if call.kill(*others) < 0 else "over", "group" if whole else "process")
    time.sleep(0.3)                        # for what notices that its parent is gone
    alone(scene)


def killed_in(stage, scene):
    """Before or after a chosen operation of a stage."""
    die_in(stage, scene, "run")


def die_in(stage, scene, *arguments):
    """The same of a command."""
    counted = {name: number for name, number in scene.learned.operations[stage].items() if number}
    operation = scene.chance.choice(sorted(counted))
    die = {"stage": stage, "operation": operation, "number": scene.chance.randint(1, counted[operation]),
           "after": scene.chance.random() < 0.5}
    call = scene.run(*arguments, die=die)
    died = call.code == -signal.SIGKILL
    words = f"{'after' if die['after'] else 'before'} {operation} {die['number']} of {counted[operation]}"
    scene.note(call.stage() if died else "over", words)
    alone(scene)


def crawl_alone(scene):
    """The crawl's own process, and nothing else: the run goes on."""
    call = scene.begin()
    call.until("crawl")
    time.sleep(scene.chance.random() * scene.learned.seconds["crawl"])
    crawls = [pid for pid, command in left(scene.caller.token) if "-m crawler" in command]
    for pid in crawls:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    scene.note(call.stage(), "the crawl alone" if crawls else "no crawl yet or any more")
    scene.told = True
    call.wait()
    alone(scene)


def telling(scene):
    """A person's `digest --send` dies, and is begun again unless everybody has got it."""
    scene.told, before = True, len(scene.box.taken())
    die_in(scene.chance.choice(("digest", "send")), scene, "digest", "--send")
    if len(scene.box.taken()) < before + RECIPIENTS:
        scene.run("digest", "--send")


def twice(scene):
    """Killed, begun again, and killed again: what heals may be hurt too."""
    for _ in range(2):
        killed_in(scene.chance.choice(STAGES[1:]), scene)


def torn(scene):
    """A power cut: killed while something is written, and the newest bytes that nobody had synced are lost or wrong."""
    killed_in(scene.chance.choice(("ingest", "publish", "digest", "ingest")), scene)
    for path, whole in list(unsynced(scene.home)):
        cut(path, whole, scene)
    if scene.chance.random() < 0.3:
        checkpointed(scene.home.ledger)
    scene.home.ledger.with_name("ledger.db-shm").unlink(missing_ok=True)       # it is never synced


def unsynced(home: Home):
    """Files with the length up to which they are surely on the disk."""
    lengths = {}
    with suppress(sqlite3.Error):
        db = sqlite3.connect(f"{home.ledger.absolute().as_uri()}?mode=ro&immutable=0", uri=True)
        lengths = dict(db.execute("SELECT name, length FROM volumes").fetchall())
        db.close()
    yield from ((path, lengths.get(path.name, 0)) for path in home.warc.glob("*.warc.gz"))
    yield from ((path, 0) for path in home.data.rglob("*.partial"))
    wal = home.ledger.with_name("ledger.db-wal")
    if wal.exists():
        yield wal, committed(wal)


def checkpointed(ledger):
    """What the log held stands in the ledger, and the log is gone."""
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.with_name("ledger.db-wal").unlink(missing_ok=True)


def committed(wal):
    """The length of a write-ahead log up to its last frame that ends a transaction."""
    body = wal.read_bytes()
    if len(body) < 32:
        return len(body)
    size = struct.unpack(">I", body[8:12])[0]
    whole = 32
    for start in range(32, len(body) - FRAME - size + 1, FRAME + size):
        if struct.unpack(">I", body[start + 4:start + 8])[0] and body[start + 8:start + 16] == body[16:24]:
            whole = start + FRAME + size
    return whole


def cut(path, whole, scene):
    """Lose some of the bytes behind `whole`, or have others in their place."""
    size = path.stat().st_size
    if size <= whole:
        return
    at = scene.chance.randint(whole, size)
    with path.open("r+b") as file:
        if scene.chance.random() < 0.5:
            file.truncate(at)
            what = "cut"
        else:
            file.seek(at)
            file.write(scene.chance.choice((b"\0", b"\xff")) * (size - at))
            what = "overwritten"
    scene.note("torn", f"{path.name}: {size - at} of {size - whole} unsynced bytes {what}")


def torn_crawl(scene):
    """A power cut in mid-crawl: the bundle's last records are torn, and its file may be shorter than it was."""
    killed_at("crawl", scene, whole=True)
    for warc in scene.home.incoming.glob("*/captures.warc.gz"):
        if not (warc.parent / "crawl.json").exists():
            cut(warc, 0, scene)
            (warc.parent / "crawl.json.partial").write_bytes(b'{"bundle": "41'[:scene.chance.randint(0, 14)])


def alone(scene):
    """After the kill of everything nothing of it runs; after that of the process, what it started ends by itself."""
    still = left_after(scene.caller.token, 60)     # a crawl goes on to its end whoever began it
    for _, command in still:
        scene.note("OUTLIVED", command)
    end(still)


KINDS = (
    *((f"kill.{stage}", "made", 6, partial(killed_at, stage)) for stage in STAGES[1:]),
    *((f"die.{stage}", "made", 8, partial(killed_in, stage)) for stage in STAGES[1:]),
    ("kill.crawl", "crawled", 8, partial(killed_at, "crawl")),
    ("kill.crawl.group", "crawled", 8, partial(killed_at, "crawl", whole=True)),
    ("kill.crawl.alone", "crawled", 8, crawl_alone),
    (FIRST, "made", 8, partial(killed_in, "open")),
    ("die.twice", "made", 6, twice),
    ("die.telling", "made", 5, telling),
    ("torn", "made", 10, torn),
    ("torn.crawl", "crawled", 4, torn_crawl),
)
