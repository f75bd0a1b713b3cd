"""What was seen of each duty: one visit for every crawl of the county, and the reports that are held.

A crawl counts from the instant at which it started: it belongs to an `as_of` when it had started by then, and only one
that started after a due date can say what was not there by that date. What a crawl saw was there when it was seen.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlite_utils import Database

from archive.bundles import Outcome
from archive.clock import iso, local_day, parse_instant
from archive.registry import Portal
from monitor.links import Link, Misfiled, promised

PRESENT = frozenset({Outcome.REPORT, Outcome.FILE, Outcome.NOT_MODIFIED, Outcome.HELD})
ABSENT = frozenset({Outcome.GONE, Outcome.EMPTY})

# What a link to an annual report may call itself, and what only looks like one.
REPORT_WORDS = re.compile(r"年度报告|年报|信息公开.*报告")
OTHER_WORDS = re.compile(r"解读|图解|制度|通知|的函|法治政府|公布情况|考核|指南|预算|决算")

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Publication:
    """A report that is held. `versions` are the starts of the crawls that brought each of its versions.

    `astray` says that every link to it names another report: that place says nothing of when it was published.
    """

    id: int
    url: str
    sha256: str
    claimed_on: date | None = None
    claimed_from: str | None = None
    versions: tuple[datetime, ...] = ()
    astray: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer for the address of a report; `capture` is None where it was held and not asked for."""

    publication: int
    at: datetime
    listed: bool
    capture: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What one crawl found out about one duty.

    `present` are its reports that stood there, `gone` the ones that answered that they do not exist. `doubt` names a
    link that was listed and that nobody could read: it may be the report. `captures` show the listings; `misfiled` are
    links that name the report and lead to another one.
    """

    bundle: str
    started: datetime
    complete: bool
    reason: str | None = None
    present: tuple[Seen, ...] = ()
    gone: tuple[Seen, ...] = ()
    doubt: str | None = None
    captures: tuple[str, ...] = ()
    misfiled: tuple[Misfiled, ...] = ()

    @property
    def without(self) -> bool:
        """Whether it says that the report is not there."""
        return self.complete and not self.present and self.doubt is None


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything known about one duty, in no particular order."""

    visits: tuple[Visit, ...] = ()
    publications: tuple[Publication, ...] = ()


NOTHING = Observations()


def observe(db: Database, portal: Portal, *, as_of: datetime) -> dict[Key, Observations]:
    """What was seen of each (township, report year) of a county by the crawls that had started by `as_of`."""
    until = iso(as_of)
    held = _publications(db, portal.code)
    visits = _looks(db, portal.code, until)
    shown = _Sightings(held)
    for row in _rows(db, SIGHTINGS, portal.code, until):
        shown.add(row, portal)
    shown.into(visits)
    first_seen = {one.publication for found in visits.values() for visit in found.values() for one in visit.present}
    dated_later = _dated_later(db, portal.code, until)

    def known(key: Key, one: Publication) -> Publication:
        undated = replace(one, claimed_on=None, claimed_from=None) if one.id in dated_later else one
        return replace(_as_of(undated, as_of), astray=(key, one.id) in shown.strayed - shown.proper)

    return {
        key: Observations(tuple(visit.frozen() for visit in visits.get(key, {}).values()),
                          tuple(known(key, one) for one in held.values.get(key, ()) if one.id in first_seen))
        for key in visits.keys() | held.values.keys()
    }


SIGHTINGS = """
SELECT s.bundle, b.started, s.url, s.at, s.title, s.outcome, s.listed, s.township, s.report_year, s.capture,
       d.kind, d.township AS read_township, d.report_year AS read_year, d.unreadable,
       d.period_start AS read_period
FROM sightings s JOIN bundles b ON b.id = s.bundle
LEFT JOIN captures c ON c.id = s.capture
LEFT JOIN documents d ON d.sha256 = c.sha256 AND d.county = s.county
WHERE s.county = :county AND b.started <= :until ORDER BY b.started, s.id
"""

LOOKS = """
SELECT l.bundle, b.started, l.township, l.report_year, l.complete, l.reason, l.listings
FROM looks l JOIN bundles b ON b.id = l.bundle WHERE b.county = :county AND b.started <= :until
"""

LISTING_CAPTURES = """
SELECT p.bundle, p.listing, c.id AS capture FROM listing_pages p JOIN bundles b ON b.id = p.bundle
JOIN captures c ON c.id IN (p.capture, p.screenshot)
WHERE p.county = :county AND b.started <= :until ORDER BY p.id, c.id = p.screenshot
"""

# Whose page or listing showed the day that it claims only after an instant.
DATED_LATER = """
SELECT p.id FROM publications p WHERE p.county = :county AND p.claimed_on IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM sightings s JOIN bundles b ON b.id = s.bundle LEFT JOIN captures c ON c.id = s.capture
    LEFT JOIN documents d ON d.sha256 = c.sha256 AND d.county = s.county
    WHERE s.url = p.url AND s.county = p.county AND b.started <= :until
    AND (d.published_on = p.claimed_on OR instr(s.claims, p.claimed_on)))
"""
LATER = "SELECT 1 FROM bundles WHERE county = :county AND started > :until LIMIT 1"

READ = ("kind", "read_township", "read_year", "unreadable", "read_period")

# The years that an address has carried: a page that is used again every January was last year's report before.
VERSIONS = """
SELECT p.id, p.url, p.sha256, p.claimed_on, p.claimed_from, p.township, p.report_year, v.seen, v.sha256 AS body,
       b.started, d.township AS read_township, d.report_year AS read_year
FROM publications p JOIN versions v ON v.publication = p.id
JOIN captures c ON c.id = v.capture JOIN bundles b ON b.id = c.bundle
LEFT JOIN documents d ON d.sha256 = v.sha256 AND d.county = p.county
WHERE p.county = :county ORDER BY p.id, v.number
"""


_instant = lru_cache(maxsize=100_000)(parse_instant)  # every row of a crawl names the same few


def _rows(db: Database, sql: str, county: str, until: str | None = None) -> Iterator[dict[str, Any]]:
    cursor = db.execute(sql, _named(county, until))
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def _named(county: str, until: str | None) -> dict[str, str | None]:
    return {"county": county, "until": until}


@dataclass(slots=True)
class _Held:
    """Publications by duty, and for every URL which duty it carried from when on."""

    values: dict[Key, list[Publication]]
    spans: dict[str, list[tuple[datetime, Key, int]]]

    def carried(self, url: str, at: datetime) -> tuple[Key, int] | None:
        """The duty and publication that a URL carried at an instant."""
        spans = self.spans.get(url)
        if spans is None:
            return None
        _, key, publication = spans[max(bisect_right([start for start, _, _ in spans], at) - 1, 0)]
        return key, publication


def _publications(db: Database, county: str) -> _Held:
    grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(db, VERSIONS, county):
        grouped[row["id"]].append(row)
    held = _Held(defaultdict(list), {})
    for versions in grouped.values():
        owners = [_owner(row, versions[-1]) for row in versions]
        held.spans[versions[0]["url"]] = [
            (parse_instant(row["seen"]), owner, row["id"]) for row, owner in zip(versions, owners, strict=True)]
        for owner in dict.fromkeys(owners):
            own = [row for row, its in zip(versions, owners, strict=True) if its == owner]
            held.values[owner].append(_publication(own, newest=owner == owners[-1]))
    return held


def _owner(row: dict[str, Any], newest: dict[str, Any]) -> Key:
    """Whose report a version is: the publication's own, unless its text names another one than the newest text."""
    read, read_newest = ((one["read_township"], one["read_year"]) for one in (row, newest))
    if None in read or None in read_newest or read == read_newest:
        return newest["township"], newest["report_year"]
    return read


def _publication(rows: list[dict[str, Any]], *, newest: bool) -> Publication:
    last = rows[-1]
    claimed = last["claimed_on"] if newest and not str(last["claimed_from"]).startswith("url") else None
    return Publication(
        last["id"], last["url"], last["body"], date.fromisoformat(claimed) if claimed else None,
        last["claimed_from"] if claimed else None, tuple(parse_instant(row["started"]) for row in rows))


def _dated_later(db: Database, county: str, until: str) -> frozenset[int]:
    """The publications whose claimed day was first seen after an instant; nothing where no crawl started after it."""
    if db.execute(LATER, _named(county, until)).fetchone() is None:
        return frozenset()
    return frozenset(number for (number,) in db.execute(DATED_LATER, _named(county, until)))


def _as_of(publication: Publication, as_of: datetime) -> Publication:
    if all(at <= as_of for at in publication.versions):
        return publication
    return replace(publication, versions=tuple(at for at in publication.versions if at <= as_of))


@dataclass(slots=True)
class _Visit:
    """A visit while its rows come in."""

    bundle: str
    started: datetime
    complete: bool
    reason: str | None
    present: list[Seen]
    gone: list[Seen]
    doubt: str | None
    captures: tuple[str, ...]
    misfiled: list[Misfiled] = field(default_factory=list)

    def frozen(self) -> Visit:
        return Visit(self.bundle, self.started, self.complete, self.reason, tuple(self.present), tuple(self.gone),
                     self.doubt, self.captures, tuple(self.misfiled))


Visits = dict[Key, dict[str, _Visit]]


def _looks(db: Database, county: str, until: str) -> Visits:
    shown: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(db, LISTING_CAPTURES, county, until):
        shown[row["bundle"], row["listing"]].append(row["capture"])

    @cache
    def captures(bundle: str, listings: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for url in json.loads(listings) for one in shown.get((bundle, url), ())))

    visits: Visits = defaultdict(dict)
    for bundle, started, township, year, complete, reason, listings in db.execute(LOOKS, _named(county, until)):
        visits[township, year][bundle] = _Visit(
            bundle, _instant(started), bool(complete), reason, [], [], None, captures(bundle, listings))
    return visits


class _Sightings:
    """Sorts sightings: of which duty's report each one is, or which duties it puts in doubt."""

    def __init__(self, held: _Held) -> None:
        self.held = held
        self.answers: list[tuple[Key, dict[str, Any], Seen]] = []
        self.doubts: list[tuple[str | None, int | None, dict[str, Any]]] = []
        self.empty: list[tuple[Key, dict[str, Any]]] = []
        self.read: dict[str, dict[str, Any]] = {}
        self.misfiled: list[tuple[Key, str, Misfiled]] = []
        self.promises: dict[tuple[object, ...], Key | None] = {}
        self.strayed: set[tuple[Key, int]] = set()     # reports that some link with another report's name leads to
        self.proper: set[tuple[Key, int]] = set()      # and those that a link of their own does

    def add(self, row: dict[str, Any], portal: Portal) -> None:
        at = _instant(row["at"])
        if row["kind"] is None:  # held and not asked for: it still is what it was
            row |= self.read.get(row["url"], {})
        else:
            self.read[row["url"]] = {name: row[name] for name in READ} | {"shown": row["capture"]}
            row["shown"] = row["capture"]
        promise = self.promise(row, portal, at) if _leads(row) else None
        if promise is not None:
            self.misfiled.append((promise, row["bundle"], _misfiled(row)))
        carried = self.held.carried(row["url"], at)
        if carried is not None:
            key, publication = carried
            if _leads(row):
                (self.proper if promise is None else self.strayed).add(carried)
            self.answers.append((key, row, Seen(publication, at, bool(row["listed"]), row["capture"])))
        elif row["outcome"] in ABSENT:
            if row["township"] and row["report_year"]:
                self.empty.append(((row["township"], row["report_year"]), row))
        elif _unread(row):
            self.doubts += ((township, year, row) for township, year in _suspects(row, portal))

    def promise(self, row: Mapping[str, Any], portal: Portal, at: datetime) -> Key | None:
        """The duty that a listed link names, where its page is another report; the same link stands in every crawl."""
        read = (row["read_township"], row["read_year"])
        same = (row["title"], row["township"], read, local_day(at).year)
        if same not in self.promises:
            self.promises[same] = promised(portal, Link(row["url"], row["title"], row["township"], at), read)
        return self.promises[same]

    def into(self, visits: Visits) -> None:
        """Write everything into the visits; a crawl without a look at the duty gets a visit that is not complete."""
        for key, row, seen in self.answers:
            visit = _visit(visits, key, row)
            if row["outcome"] in PRESENT:
                visit.present.append(seen)
            elif row["outcome"] in ABSENT:
                visit.gone.append(seen)
            elif row["listed"]:
                visit.doubt = _doubt(row)
            elif row["outcome"] != Outcome.SOFT_404:  # not listed, and its own address gave no clear answer
                visit.complete, visit.reason = False, visit.reason or _doubt(row)
        for key, row in self.empty:
            if row["capture"] and row["bundle"] in visits.get(key, {}):
                visit = visits[key][row["bundle"]]
                visit.captures = tuple(dict.fromkeys((*visit.captures, row["capture"])))
        for key, bundle, link in self.misfiled:
            if bundle in visits.get(key, {}):
                _doubt_or_note(visits[key][bundle], link)
        for township, year, row in self.doubts:
            for (code, report_year), found in visits.items():
                if township in (None, code) and year in (None, report_year) and row["bundle"] in found:
                    found[row["bundle"]].doubt = _doubt(row)


def _leads(row: Mapping[str, Any]) -> bool:
    """Whether a listed link leads to a report that was read."""
    return bool(row["listed"] and row["title"] and row["outcome"] in PRESENT and row["kind"] == "township_report"
                and row["read_township"] and row["read_year"])


def _misfiled(row: Mapping[str, Any]) -> Misfiled:
    """A listed link that names another report than the one that its page is."""
    certain = str(row["read_period"]).startswith(f"{row['read_year']}-")
    return Misfiled(row["url"], row["title"], row["read_township"], row["read_year"], certain, row.get("shown"))


def _doubt_or_note(visit: _Visit, link: Misfiled) -> None:
    """Where only the title behind a link names another report, the link may lead to the right one all the same."""
    visit.misfiled.append(link)
    if not link.certain:
        visit.doubt = f"{link.url}: its title names {link.township}/{link.report_year}"


def _visit(visits: Visits, key: Key, row: Mapping[str, Any]) -> _Visit:
    return visits[key].setdefault(row["bundle"], _Visit(
        row["bundle"], _instant(row["started"]), False, None, [], [], None, ()))


def _unread(row: Mapping[str, Any]) -> bool:
    """Whether a listed link may be a report that nobody could read or whose township nobody could tell."""
    title = row["title"] or ""
    if not row["listed"] or (title and not REPORT_WORDS.search(title)) or OTHER_WORDS.search(title):
        return False
    if row["outcome"] not in PRESENT:
        return row["outcome"] not in (Outcome.LISTING, Outcome.PAGE)
    unplaced = row["kind"] == "township_report" and not (row["read_township"] and row["read_year"])
    return unplaced or row["unreadable"] is not None


def _suspects(row: Mapping[str, Any], portal: Portal) -> Iterable[tuple[str | None, int | None]]:
    """Whose report an unread link may be: (township, year), None for any. Nothing where it tells neither."""
    title = row["title"] or ""
    years = re.findall(r"(20\d\d)年", title)
    year = row["read_year"] or (int(years[0]) if years else row["report_year"])
    named = row["read_township"] or row["township"]
    townships = [named] if named else [unit.code for unit in portal.mentioned(title)]
    if townships:
        return [(code, year) for code in townships]
    return [(None, year)] if year and row["kind"] == "township_report" else []


def _doubt(row: Mapping[str, Any]) -> str:
    answer = row["unreadable"] or (row["outcome"] if row["outcome"] not in PRESENT else "its township is not named")
    return f"{row['url']}: {answer}"
