"""Crawls as child processes: a Twisted reactor runs once per process, and a crash stays on its own side.

A child has a group, a time and a folder for scratch files of its own. However it ends, what it started ends with it: a
browser runs in a group of its own, and is known by the folder in its environment.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive import bundles
from archive.bundles import Known, Verdict
from archive.clock import iso
from monitor import hosts
from monitor.hosts import Owned
from monitor.work import Work

WALL_SECONDS = 3 * 3600  # a county of 60 townships and 18 years at five seconds a request, twice over
HOST_SECONDS = 1.0       # between two looks whether a host is free
SAY_AFTER = 5            # of these while no crawl of ours runs
COMPLAINTS = 40          # lines: the last ones say why a crawl died

Event = dict[str, Any]
Listener = Callable[[Event], None]
Child = subprocess.Popen[str]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Captures:
    """Files that a person captured, and who it was."""

    files: tuple[Path, ...]
    by: str

    def arguments(self) -> list[str]:
        """What tells a crawl to be answered from them."""
        return ["--by", self.by, *(word for file in self.files for word in ("--from-archive", str(file)))]


@dataclass(slots=True)
class Running:
    """The child processes of crawls, for whoever has to end them from elsewhere."""

    children: set[Child] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def end(self) -> None:
        """End every crawl, also one that is just being started."""
        self.over.set()
        for child in tuple(self.children):
            end(child)


def crawl(work: Work, known: Sequence[Known], listener: Listener, captures: Captures | None = None) -> list[Event]:
    """Crawl one county for each `Known`, several at once, and return each crawl's last event.

    Two that may ask one host are crawled one after the other, also where another process of this home has begun the
    one. Bundles appear in the home's incoming folder. With `captures` nothing is fetched: they answer. An event is one
    line of `python -m crawler`; a crawl that dies gives `{"event": "died", "county": …, "reason": …}` instead.
    """
    running, turns = Running(), _Turns(work, known, asking=captures is None)
    ended: dict[str, Event] = {}

    def take_turns() -> None:
        while (turn := turns.take(running)) is not None:
            ended[turn[0].county] = crawl_one(work, *turn, listener, running, captures)

    with ThreadPoolExecutor(max_workers=work.settings.counties_at_once) as pool:
        try:
            for future in [pool.submit(take_turns) for _ in range(min(len(known), work.settings.counties_at_once))]:
                future.result()
        except BaseException:  # whoever stops us waits for no crawl
            running.end()
            raise
    return [ended[one.county] for one in known]


class _Turns:
    """Counties that wait for their crawl; one whose host is asked by another crawl lets those behind it pass."""

    def __init__(self, work: Work, known: Sequence[Known], *, asking: bool) -> None:
        self._work, self._waiting, self._asking = work, list(known), asking
        self._guard, self._idle = threading.Lock(), 0

    def take(self, running: Running) -> tuple[Known, Owned] | None:
        """The next county and its hosts, as soon as there is one; None where there is none left or all is over."""
        while not running.over.is_set():
            with self._guard:
                if not self._waiting:
                    return None
                found = next(self._free(), None)
                if found is not None:
                    self._waiting.remove(found[0])
                    return found
                self._idle = 0 if running.children else self._idle + 1
                if self._idle == SAY_AFTER:
                    log.warning("%s: waiting for a crawl that was begun elsewhere and asks the same host",
                                ", ".join(one.county for one in self._waiting))
            running.over.wait(HOST_SECONDS)
        return None

    def _free(self) -> Iterator[tuple[Known, Owned]]:
        for one in self._waiting:
            portal = self._work.registry.portals.get(one.county)
            owned = hosts.take(self._work.home, portal.hosts if portal is not None and self._asking else ())
            if owned is not None:
                yield one, owned


def crawl_one(work: Work, known: Known, owned: Owned, listener: Listener, running: Running,
              captures: Captures | None = None) -> Event:
    """Crawl one county, whose hosts are owned and then let go; the crawl's last event."""
    told = work.home.incoming / f"{known.county}.known.json"
    command = [sys.executable, "-m", "crawler", known.county, "--portals", str(work.home.portals),
               "--known", str(told), "--out", str(work.home.incoming), *(captures.arguments() if captures else ())]
    with owned, TemporaryDirectory(prefix="nianbao-crawl-", ignore_cleanup_errors=True) as scratch:
        bundles.write(told, known)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, encoding="utf-8", errors="replace", env=_environment(work, scratch),
                              start_new_session=True, pass_fds=owned.handles) as child:
            running.children.add(child)
            alarm = threading.Timer(WALL_SECONDS, end, [child])
            alarm.start()
            try:
                if running.over.is_set():
                    end(child)
                return _follow(child, known.county, listener)
            finally:
                alarm.cancel()
                end(child)
                _end_browsers(scratch)
                running.children.discard(child)
                told.unlink(missing_ok=True)


def _environment(work: Work, scratch: str) -> dict[str, str]:
    """The child's environment; a replayed run hands its instant on."""
    return os.environ | {"TMPDIR": scratch} | ({"NIANBAO_NOW": iso(work.now)} if work.replayed else {})


def _follow(child: subprocess.Popen[str], county: str, listener: Listener) -> Event:
    complaints: deque[str] = deque(maxlen=COMPLAINTS)
    assert child.stderr is not None
    reader = threading.Thread(target=complaints.extend, args=(child.stderr,), daemon=True)
    reader.start()
    last: Event = {}
    for event in _events(child):
        listener(event)
        last = event
    child.wait()
    reader.join(timeout=5)
    if last.get("event") != "bundle" or last["verdict"] == Verdict.ABORTED:
        said = [line.strip() for line in complaints if line.strip()]
        reason = said[-1] if said else f"ended with code {child.returncode}"
        last = {"event": "died", "county": county, "reason": reason}
        listener(last)
    return last


def _events(child: subprocess.Popen[str]) -> Iterator[Event]:
    assert child.stdout is not None
    for line in child.stdout:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def end(child: Child) -> None:
    """End the crawl and its browser; harmless when they have ended."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    child.wait()


def _end_browsers(scratch: str) -> None:
    """End what a crawl left behind in groups of their own: a browser that hangs does not notice that it is alone."""
    mark = f"TMPDIR={scratch}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):            # it has ended by itself, or is somebody else's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


def begun(folder: Path) -> datetime | None:
    """The instant in the name of a bundle's folder (`370828-20260120T010000Z-3f2a91bc`); None where there is none."""
    try:
        return datetime.strptime(folder.name.split("-")[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return None


def waiting(incoming: Path, county: str | None = None) -> list[Path]:
    """Bundle folders that wait to be ingested, oldest first; one without its name yet is only being begun."""
    of = f"{county}-*" if county else "*"
    folders = (path for path in incoming.glob(of) if path.is_dir() and not path.name.startswith("."))
    return sorted(folders, key=lambda path: path.name.split("-")[1:])
