"""Crawls as child processes: a Twisted reactor runs once per process, and a crash stays on its own side."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import bundles
from archive.bundles import Known, Verdict
from archive.clock import iso
from monitor.work import Work

WALL_SECONDS = 3 * 3600  # a county of 60 townships and 18 years at five seconds a request, twice over

Event = dict[str, Any]
Listener = Callable[[Event], None]
Child = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Captures:
    """Files that a person captured, and who it was."""

    files: tuple[Path, ...]
    by: str

    def arguments(self) -> list[str]:
        """What tells a crawl to be answered from them."""
        return ["--by", self.by, *(word for file in self.files for word in ("--from-archive", str(file)))]


def crawl(work: Work, known: Sequence[Known], listener: Listener, captures: Captures | None = None,
          running: set[Child] | None = None) -> list[Event]:
    """Crawl one county for each `Known`, several at once, and return each crawl's last event.

    Bundles appear in the home's incoming folder. With `captures` nothing is fetched: they answer. `running` holds the
    child processes while they run, for whoever has to `end` them from elsewhere.
    An event is one line of `python -m crawler`; a crawl that dies gives `{"event": "died", "county": …, "reason": …}`
    instead.
    """
    running = set() if running is None else running
    with ThreadPoolExecutor(max_workers=work.settings.counties_at_once) as pool:
        try:
            return list(pool.map(lambda one: _crawl_county(work, one, listener, running, captures), known))
        except BaseException:  # whoever stops us waits for no crawl
            pool.shutdown(wait=False, cancel_futures=True)
            for child in tuple(running):
                end(child)
            raise


def _crawl_county(work: Work, known: Known, listener: Listener, running: set[Child],
                  captures: Captures | None) -> Event:
    told = work.home.incoming / f"{known.county}.known.json"
    bundles.write(told, known)
    command = [sys.executable, "-m", "crawler", known.county, "--portals", str(work.home.portals),
               "--known", str(told), "--out", str(work.home.incoming), *(captures.arguments() if captures else ())]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          encoding="utf-8", env=_environment(work), start_new_session=True) as child:
        alarm = threading.Timer(WALL_SECONDS, end, [child])
        alarm.start()
        running.add(child)
        try:
            return _follow(child, known.county, listener)
        finally:
            alarm.cancel()
            end(child)
            running.discard(child)
            told.unlink(missing_ok=True)


def _environment(work: Work) -> dict[str, str]:
    """The child's environment; a replayed run hands its instant on."""
    return os.environ | ({"NIANBAO_NOW": iso(work.now)} if work.replayed else {})


def _follow(child: subprocess.Popen[str], county: str, listener: Listener) -> Event:
    complaints: list[str] = []
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


def waiting(incoming: Path) -> list[Path]:
    """Bundle folders that wait to be ingested, oldest first; one without its name yet is only being begun."""
    folders = (path for path in incoming.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(folders, key=lambda path: path.name.split("-")[1:])
