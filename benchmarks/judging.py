"""One part of `make bench-monitor` on one home, in a process of its own; prints what it took as JSON.

Seconds are computing time (of programs that were called too), beside them those on the wall; megabytes are the most
that was resident so far.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from archive import registry
from archive.clock import iso
from archive.home import Home
from archive.ledger import open_ledger
from archive.publish import publish
from archive.registry import Registry
from benchmarks.ledgers import NOW
from monitor import digest, findings, mail, metrics, readings, run, settling
from monitor import settings as settings_file
from monitor.work import Work

NIANBAO = "from monitor.cli import main; main()"
HOUR = timedelta(hours=1)
MOST_HTML, MOST_XLSX = 100_000, 10_000_000


def main(part: str, folder: str) -> None:
    """Take one part; the work is that of the home's own portals."""
    home = Home(Path(folder))
    known = registry.load(home.portals)
    own = {code: portal for code, portal in known.portals.items() if portal.path.parent == home.portals}
    clock = Clock()
    PARTS[part](Work(home, settings_file.load(home.config), Registry(own), NOW, replayed=True), clock)
    print(json.dumps(clock.taken, ensure_ascii=False))


class Clock:
    """What steps took."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self._spent: dict[str, tuple[float, float]] = {}

    @contextmanager
    def step(self, name: str, **told: Any) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the dictionary is told with it."""
        before, began = spent(), time.perf_counter()
        yield told
        self.taken.append({"step": name, "seconds": spent() - before, "wall": time.perf_counter() - began,
                           "megabytes": peak(), **told})

    def add(self, name: str, work: Callable[[], Any]) -> Any:
        """Time a piece of a step that is done in many pieces."""
        before, began = spent(), time.perf_counter()
        done = work()
        seconds, wall = self._spent.get(name, (0.0, 0.0))
        self._spent[name] = seconds + spent() - before, wall + time.perf_counter() - began
        return done

    def total(self, name: str, within: str, **told: Any) -> None:
        """Tell of all pieces of a step that were done within another one, and take them off that."""
        seconds, wall = self._spent[name]
        outer = next(step for step in self.taken if step["step"] == within)
        outer["seconds"] -= seconds
        outer["wall"] -= wall
        self.taken.append({"step": name, "seconds": seconds, "wall": wall, "megabytes": peak(), **told})


def spent() -> float:
    """Seconds of computing, those of programs that were called and have ended among them."""
    called = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + called.ru_utime + called.ru_stime


def peak() -> float:
    """Megabytes at most resident."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _judge(work: Work, clock: Clock) -> None:
    """Every duty judged and written, its county's findings opened: what a round does, county by county."""
    update = findings.update
    findings.update = lambda *given, **named: clock.add("findings", lambda: update(*given, **named))
    with open_ledger(work.home, registry=work.registry) as db:
        with clock.step("judging every duty"):
            settling.settle(db, work.registry, work.settings, as_of=work.now)
        duties = db.execute("SELECT count(*) FROM duties").fetchone()[0]
        opened = db.execute("SELECT count(*) FROM findings WHERE closed IS NULL").fetchone()[0]
    clock.taken[-1]["told"] = f"{duties} duties"
    clock.total("findings", within="judging every duty", told=f"{opened} open")
    with open_ledger(work.home, registry=work.registry) as db, clock.step("judging again, nothing new") as told:
        settling.settle(db, work.registry, work.settings, as_of=work.now)
        told["told"] = ""


def _digest(work: Work, clock: Clock) -> None:
    """The digest, and the mail with it for somebody who gets all counties, put into the outbox."""
    with open_ledger(work.home, read_only=True) as db, clock.step("making the digest") as told:
        made = digest.make(db, work.registry, work.settings, as_of=work.now)
        told["told"] = f"{len(made.missing)} missing, {len(made.late)} late"
    with open_ledger(work.home, registry=work.registry) as db, clock.step("the mail") as told:
        key = mail.enqueue(db, work.home, made, work.settings, now=work.now)
        told["told"] = ""
    written = message_from_bytes(next(work.home.outbox.glob(f"{key}-*.eml")).read_bytes(), policy=policy.default)
    html = len(written.get_body(("html",)).get_content().encode())
    tables = [len(part.get_content()) for part in written.iter_attachments()]
    told = clock.taken[-1]
    told["told"] = f"HTML {html / 1000:.0f} kB, XLSX " + (f"{tables[0] / 1e6:.1f} MB" if tables else "not attached")
    elsewhere = ("附表" if tables else "nianbao export") in written.get_body(("plain",)).get_content()
    told["kept"] = html < MOST_HTML and all(size < MOST_XLSX for size in tables) and elsewhere


def _status(work: Work, clock: Clock) -> None:
    """One county's duties as a command prints them."""
    county = sorted(work.registry.portals)[0]
    with clock.step("status --json of one county") as told:
        told["told"] = f"{len(json.dumps(readings.duties(work, [county], None)))} bytes"


def _publish(work: Work, clock: Clock) -> None:
    """The public snapshot, checked as the product checks it: integrity, foreign keys, rows, views."""
    with open_ledger(work.home, registry=work.registry) as db, clock.step("public.db") as told:
        told["told"] = f"{publish(db, work.home, now=work.now).stat().st_size / 1e6:.0f} MB"


def _slots(work: Work, clock: Clock) -> None:
    """What is due, as the scheduler asks every hour."""
    with open_ledger(work.home, read_only=True) as db, clock.step("what is due") as told:
        due = [portal for portal in work.portals() if run.crawl_due(db, work, portal)]
        told["told"] = f"{len(due)} counties due"
    assert not due, "no portal is there to be crawled"
    with clock.step("/metrics") as told:
        told["told"] = f"{len(metrics.exposition(work))} bytes"


def _command(*arguments: str) -> Callable[[Work, Clock], None]:
    """A command of the product, from its start to its end."""
    def take(work: Work, clock: Clock) -> None:
        with clock.step(f"nianbao {' '.join(arguments)}") as told:
            done = subprocess.run(
                [sys.executable, "-c", NIANBAO, "--home", str(work.home.root), *arguments], capture_output=True,
                text=True, env=os.environ | {"NIANBAO_NOW": iso(work.now + HOUR)}, check=False)
            told["told"] = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1][:60]
        clock.taken[-1]["megabytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return take


PARTS: dict[str, Callable[[Work, Clock], None]] = {
    "judge": _judge, "digest": _digest, "status": _status, "publish": _publish, "slots": _slots,
    "run": _command("run"), "doctor": _command("doctor"),
}

if __name__ == "__main__":
    main(*sys.argv[1:])
