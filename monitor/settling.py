"""Judges the counties that may come out otherwise than they stand; the others keep their duties and findings.

What comes out rests on what was seen, read and decided, on the registry's entry, the calendar and this program, and on
the day only by the due dates and the turn of the year. The first make a county's basis, the second the day until which
it holds. Judging all of a country's duties anew each hour would write all of them each hour.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlite_utils import Database

from archive.clock import iso, local_day, parse_instant
from archive.registry import Portal, Registry
from monitor import findings, status
from monitor.judge import Judgement
from monitor.settings import Settings

CODE = (".py", ".toml", ".gz")  # what this program consists of, its data among it


@dataclass(frozen=True, slots=True)
class Judging:
    """When a county was judged, on what, and the first day on which it may come out otherwise."""

    at: datetime
    basis: str
    until: str


def settle(db: Database, registry: Registry, settings: Settings, *, as_of: datetime) -> bool:
    """Judge what may come out otherwise, open and close its findings; whether anything was written.

    It is one transaction. What was judged later than `as_of` stays.
    """
    if status.is_past(db, as_of):
        return False
    portals = status.watched(registry, settings)
    stored, bases, today = _stored(db), _bases(db, portals, settings, as_of), local_day(as_of)
    due = {code for code, basis in bases.items() if not _holds(stored.get(code), basis, today)}
    kept = [code for code in bases if code not in due and local_day(stored[code].at) < today]
    with db.atomic():
        status.forget(db, portals)
        if due:
            _judge(db, registry, settings, as_of, due, bases)
        findings.close_left(db, as_of=as_of)
        for code in kept:
            db.execute("UPDATE judgings SET at = ? WHERE county = ?", [iso(as_of), code])
            db.execute("UPDATE duties SET judged = ? WHERE county = ?", [iso(as_of), code])
    return bool(due or kept or stored.keys() - bases.keys())


def _judge(db: Database, registry: Registry, settings: Settings, as_of: datetime, counties: Collection[str],
           bases: Mapping[str, str]) -> None:
    for portal, judgements in status.each(db, registry, settings, as_of=as_of, counties=counties):
        status.write(db, portal.code, judgements, as_of)
        findings.update(db, judgements, as_of=as_of)
        db.execute("UPDATE judgings SET basis = ?, until = ? WHERE county = ?",
                   [bases[portal.code], _until(judgements, local_day(as_of)).isoformat(), portal.code])


def _holds(stored: Judging | None, basis: str, today: date) -> bool:
    return stored is not None and stored.basis == basis and local_day(stored.at) <= today < date.fromisoformat(
        stored.until)


def _until(judgements: Iterable[Judgement], today: date) -> date:
    """The day after the next due date of any of these duties, or the next year's first where that comes before."""
    days = {day for one in judgements for day in (one.duty.due_local, one.duty.due_outer) if day and day >= today}
    return min([date(today.year + 1, 1, 1), *(day + timedelta(days=1) for day in days)])


def _stored(db: Database) -> dict[str, Judging]:
    rows = db.execute("SELECT county, at, basis, until FROM judgings").fetchall()
    return {county: Judging(parse_instant(at), basis, until) for county, at, basis, until in rows}


def _bases(db: Database, portals: Iterable[Portal], settings: Settings, as_of: datetime) -> dict[str, str]:
    """What each county's judgements and findings rest on, as a digest."""
    until = [iso(as_of)]
    seen = dict(db.execute("SELECT county, count(*) FROM bundles WHERE started <= ? GROUP BY county", until).fetchall())
    read = dict(db.execute("SELECT county, basis FROM refreshed").fetchall())
    decided: dict[str, list[object]] = defaultdict(list)
    for row in db.execute("SELECT fingerprint, id, decision, basis FROM decisions WHERE at <= ? ORDER BY id", until):
        decided[row[0].split("|")[1]].append(row)
    ours = f"{_program()} {settings.calendar!r}"
    return {portal.code: _digest(ours, _entry(portal), portal.townships(), seen.get(portal.code), read.get(portal.code),
                                 decided.get(portal.code)) for portal in portals}


def _entry(portal: Portal) -> list[object]:
    """A registry entry with its sets in order: as they stand they differ from one process to the next."""
    values = (getattr(portal, field.name) for field in fields(portal))
    return [sorted(value) if isinstance(value, frozenset) else value for value in values]


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()


@cache
def _program() -> str:
    """This program with its data: another version may judge otherwise."""
    found = sorted((name, code) for room in ("archive", "monitor") for name, code in _code(files(room), room))
    return _digest(*found)


def _code(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        inside = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _code(entry, inside)
        elif entry.name.endswith(CODE):
            yield inside, hashlib.sha256(entry.read_bytes()).hexdigest()
