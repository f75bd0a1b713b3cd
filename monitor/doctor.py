"""`nianbao doctor`: what is wrong with this installation, in plain words, each with what to do about it.

Nothing is changed, and nobody outside this machine is asked.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from archive import clock, locks, registry
from archive.errors import ArchiveError
from archive.home import Home
from archive.ledger import open_ledger
from archive.registry import Registry
from monitor import health
from monitor import settings as settings_file
from monitor.errors import BadSettings
from monitor.holdings import holdings
from monitor.machine import machine
from monitor.settings import Settings
from monitor.signs import Level, Sign, row
from monitor.status import watched
from monitor.work import Work

SHOWN = 10                              # signs of one check; a list of all counties helps nobody
MARKS: Mapping[Level, str] = {"wrong": "WRONG", "note": "note ", "fine": "fine "}

__all__ = ["Sign", "examine", "lines", "row"]


def examine(home: Home, environ: Mapping[str, str] = os.environ) -> list[Sign]:
    """Look at everything. Raises ValueError for a bad NIANBAO_NOW."""
    return list(_examine(home, environ))


def lines(signs: Sequence[Sign]) -> Iterator[str]:
    """What is wrong first, then notes, then what is fine; of one kind no more than SHOWN."""
    for level, mark in MARKS.items():
        kept = [sign for sign in signs if sign.level == level]
        for check in dict.fromkeys(sign.check for sign in kept):
            same = [sign for sign in kept if sign.check == check]
            for sign in same[:SHOWN]:
                yield f"{mark} {check}: {sign.message}"
                if sign.remedy:
                    yield f"        → {sign.remedy}"
            if len(same) > SHOWN:
                yield f"{mark} {check}: and {len(same) - SHOWN} more; --json shows all"
    wrong = sum(sign.level == "wrong" for sign in signs)
    yield f"{wrong} of {len(signs)} things are wrong" if wrong else "nothing is wrong"


def _examine(home: Home, environ: Mapping[str, str]) -> Iterator[Sign]:
    settings, said = _settings(home, environ)
    yield from said
    known = registry.load(home.portals) if home.portals.is_dir() else registry.load()
    settings, said = _registry(known, settings)
    yield from said
    yield from _scheduler(home, settings)
    yield from machine(home)
    work = Work(home, settings, known, clock.now(environ), replayed="NIANBAO_NOW" in environ)
    if work.replayed:
        yield Sign("note", "clock", f"NIANBAO_NOW stands at {clock.iso(work.now)}: time does not pass", "unset it")
    yield from _holdings(work)


def _settings(home: Home, environ: Mapping[str, str]) -> tuple[Settings, list[Sign]]:
    try:
        settings = settings_file.load(home.config, environ)
    except BadSettings as error:
        return Settings(), [Sign("wrong", "settings", str(error), f"mend {home.config}: until then every command stops "
                                 "there, and a running scheduler goes on with what it read before")]
    signs = [Sign("fine", "settings", f"{home.config} can be read")]
    if settings.allow_private_addresses:
        signs.append(Sign("note", "settings", "private addresses are allowed: a portal may lead the crawler into your "
                          "own network", "set allow_private_addresses = false unless a portal stands on an intranet"))
    if settings.contact is None:
        signs.append(Sign("note", "settings", "no contact is named: whoever runs a portal cannot reach you before "
                          "shutting you out", 'set contact = "…" under [crawl]'))
    return settings, signs


def _registry(known: Registry, settings: Settings) -> tuple[Settings, list[Sign]]:
    signs = [Sign("wrong", "portals", str(error), "mend the entry; until then its county is not watched")
             for error in known.errors]
    found = []
    for name in settings.counties:
        try:
            found.append(known.resolve(name).code)
        except ArchiveError as error:
            signs.append(Sign("wrong", "portals", f"counties in nianbao.toml: {error}",
                              "`nianbao portal add URL` makes an entry, `nianbao portal list` shows those there are"))
    if signs and settings.counties:
        settings = replace(settings, counties=tuple(found))
    watching = watched(known, settings) if found or not settings.counties else []
    signs.append(Sign("fine" if watching else "wrong", "portals", f"counties that are watched: {len(watching)}",
                      None if watching else "name counties in nianbao.toml, or add portals"))
    return settings, signs


def _scheduler(home: Home, settings: Settings) -> Iterator[Sign]:
    serving, writing = locks.holder(home.serving), locks.holder(home.lock)
    if serving is None:
        yield Sign("note", "scheduler", "no `nianbao serve` runs on this home: nothing is crawled by itself",
                   "start it (deploy/README.md), or call `nianbao run` once a day")
    else:
        yield Sign("fine", "scheduler", f"process {serving} serves this home; another one would be refused")
        yield from _rounds(settings)
    others = sorted(_holding(home.serving) - {serving})
    if others and serving is not None:
        yield Sign("wrong", "scheduler", f"a second scheduler runs, process {', '.join(others)}, and everything is "
                   "crawled twice: data/serving was removed while it served", f"stop it: `kill {' '.join(others)}`")
    if writing is not None and writing != serving:
        yield Sign("note", "ledger", f"process {writing} is writing to the ledger",
                   f"wait for it; where it hangs, `ps {writing}` says what it is")


def _holding(path: Path) -> set[str]:
    """The processes that have a file open, also where its name is gone; of other users only root sees any."""
    names, found = {str(path.resolve()), f"{path.resolve()} (deleted)"}, set()
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):                # it has ended, or is somebody else's
            if str(handle.readlink()) in names:
                found.add(handle.parts[2])
    return found


def _rounds(settings: Settings) -> Iterator[Sign]:
    """What the running scheduler says of itself, where it listens."""
    if settings.listen is None:
        return
    try:
        told = health.ask(settings.listen)
    except OSError as error:
        yield Sign("wrong", "scheduler", f"it does not answer at {':'.join(map(str, settings.listen))}: {error}",
                   "start it anew; it listens where the settings said when it started")
        return
    for failure in told["failures"]:
        yield Sign("wrong", "scheduler", f"in its last round: {failure}", "its log says more")
    if told["last_good_round_seconds_ago"] > health.FAILING.total_seconds():
        yield Sign("wrong", "scheduler", "in every round of the last day something failed", "its log says what")
    if told["status"] == "stuck":
        yield Sign("wrong", "scheduler", f"nothing was heard of its rounds since {told['last_round']}", "start it anew")


def _holdings(work: Work) -> Iterator[Sign]:
    if not work.home.ledger.exists():
        yield Sign("note", "ledger", "nothing was ever crawled", "run `nianbao run` or start `nianbao serve`")
        return
    try:
        with open_ledger(work.home, read_only=True) as db:
            yield from holdings(db, work)
    except sqlite3.OperationalError as error:
        yield Sign("wrong", "ledger", f"its tables are not those of this version: {error}",
                   "the next command that writes brings them up to date: `nianbao reparse`")
    except (ArchiveError, sqlite3.DatabaseError) as error:
        yield Sign("wrong", "ledger", str(error), "stop everything, keep a copy of data/, and restore the last backup")
