"""Reads again whatever no parser or an older one read, and makes publications and their tables anew.

Both can be dropped and made again offline: what was observed stays as it was. Ids of documents and publications stay,
so that links into the archive hold.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlite_utils import Database

from archive import divisions, embedding
from archive.comparing import compared
from archive.errors import ArchiveError
from archive.history import File, history
from archive.index import spaced
from archive.parse import PARSER
from archive.publications import POLICY, Publication, Reading, publication, reading
from archive.reading import Task, rows
from archive.registry import Registry
from archive.volumes import Volumes

TABLES = ("table2", "table2_2019", "table3", "table4", "checks")
TABLE_OF = {"t2": "table2", "t2_2019": "table2_2019", "t3": "table3", "t4": "table4"}
BUNDLES = re.compile(r" \d+ bundles,")
DECIMAL = frozenset({"amount", "amount_wan_yuan"})

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: bodies read, of these unreadable, and how many publications there are now."""

    read: int
    unreadable: int
    publications: int


def refresh(
    db: Database, volumes: Volumes, registry: Registry, *, all: bool = False, progress: Progress | None = None  # noqa: A002
) -> Refreshed:
    """Read every report page and file that this parser has not read (`all`: every one), then make the publications.

    A body that cannot be read becomes a document with the reason, and the rest goes on. `progress` gets the number
    done and the total.
    """
    stale = {county: basis for county, basis in _counties(db, registry) if all or basis != _last(db, county)[0]}
    wanted = [place for county in stale for place in _wanted(db, county, everything=all)]
    unreadable = 0
    for number, (task, row) in enumerate(rows(_task(db, volumes, place) for place in wanted), start=1):
        with db.atomic():
            _store(db, task, row)
        unreadable += row["unreadable"] is not None
        if progress is not None:
            progress(number, len(wanted))
    for county, basis in stale.items():
        with db.atomic():
            _publications(db, registry, county, basis, anew=all)
    total = db.execute("SELECT count(*) FROM publications").fetchone()[0]
    return Refreshed(len(wanted), unreadable, total)


def _counties(db: Database, registry: Registry) -> Iterator[tuple[str, str]]:
    """Every county that was crawled, with what its documents and publications rest on."""
    for county, bundles in db.execute("SELECT county, count(*) FROM bundles GROUP BY county").fetchall():
        codes = hashlib.sha256(" ".join(sorted(_owing(db, registry, county))).encode()).hexdigest()[:12]
        yield county, f"parser {PARSER}, policy {POLICY}, {bundles} bundles, townships {codes}"


def _last(db: Database, county: str) -> tuple[str | None, str]:
    """What a county's publications were last made from, and what they said."""
    row = db.execute("SELECT basis FROM refreshed WHERE county = ?", [county]).fetchone()
    basis, _, said = row[0].partition("; ") if row else (None, "", "")
    return basis, said


@dataclass(frozen=True, slots=True)
class Wanted:
    """A body to read; `files` are those of its page, `basis` what of them the reading rests on."""

    sha256: str
    county: str
    url: str
    name: str | None = None
    files: tuple[File, ...] = ()

    @property
    def basis(self) -> str:
        seen = sorted(f"{file.body.sha256} {file.url}" for file in self.files if file.body)
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16] if seen else ""


def _wanted(db: Database, county: str, *, everything: bool) -> Iterator[Wanted]:
    """The bodies of a county to read, one of each."""
    sql = "SELECT sha256, embedded FROM documents WHERE county = ? AND parser = ?"
    done = {} if everything else dict(db.execute(sql, [county, PARSER]).fetchall())
    yield from (one for one in _bodies(db, county).values() if done.get(one.sha256) != one.basis)


def _bodies(db: Database, county: str) -> dict[str, Wanted]:
    """Every body of a county's candidates by digest, as it was seen last; a page before a file of the same bytes."""
    found: dict[str, Wanted] = {}
    sightings = [one for seen in history(db, county).values() for one in seen]
    for one in sightings:
        if one.page is not None:
            found[one.page.sha256] = Wanted(one.page.sha256, county, one.url, files=one.files)
    for file in (file for one in sightings for file in one.files):
        if file.body is not None:
            found.setdefault(file.body.sha256, Wanted(file.body.sha256, county, file.url, file.name))
    return found


def _task(db: Database, volumes: Volumes, one: Wanted) -> Task:
    place = (one.sha256, one.county, one.url, one.name)
    try:
        body = volumes.body(db, one.sha256)
        return Task(*place, body, _embedded(db, volumes, one, body), one.basis)
    except ArchiveError as error:
        return Task(*place, str(error), rests_on=one.basis)


def _embedded(db: Database, volumes: Volumes, one: Wanted, body: bytes) -> dict[str, bytes]:
    """The pictures and framed files of a page, as far as they were captured with it."""
    held = {embedding.key(file.url): file.body.sha256 for file in one.files if file.body}
    resolve = embedding.resolver(one.url, body)

    def fetch(written: str) -> bytes | None:
        sha256 = held.get(resolve(written) or b"")
        return volumes.body(db, sha256) if sha256 else None
    return embedding.embedded(body, fetch) if held else {}


def _store(db: Database, task: Task, row: dict[str, Any]) -> None:
    place = [row["township"], task.county]
    known = db.execute("SELECT 1 FROM townships WHERE code = ? AND county = ?", place).fetchone()
    row = {"sha256": task.sha256, "county": task.county, **row, "township": row["township"] if known else None,
           "embedded": task.rests_on}
    columns = ", ".join(row)
    marks = ", ".join("?" * len(row))
    updates = ", ".join(f"{name} = excluded.{name}" for name in row if name not in ("sha256", "county"))
    (identifier,) = db.execute(
        f"INSERT INTO documents ({columns}) VALUES ({marks}) ON CONFLICT (sha256, county) DO UPDATE SET {updates}"  # noqa: S608
        " RETURNING id",
        list(row.values()),
    ).fetchone()
    db.execute("DELETE FROM documents_fts WHERE rowid = ?", [identifier])
    db.execute(
        "INSERT INTO documents_fts (rowid, title, text) VALUES (?, ?, ?)",
        [identifier, spaced(row["title"] or ""), spaced(row["text"])],
    )
    # Killed before the publications are made again, the county still counts as stale.
    db.execute("DELETE FROM refreshed WHERE county = ?", [task.county])


def _owing(db: Database, registry: Registry, county: str) -> frozenset[str]:
    portal = registry.portals.get(county)
    if portal is not None:
        return frozenset(township.code for township in portal.townships())
    rows = db.execute("SELECT code FROM townships WHERE county = ? AND owes", [county]).fetchall()
    return frozenset(code for (code,) in rows)


def _mentioned(registry: Registry, county: str, title: str) -> str | None:
    """The township that a title names under a name of the registry's own, if it names one alone."""
    portal = registry.portals.get(county)
    found = portal.mentioned(title) if portal else divisions.mentioned_townships(title, county)
    return found[0].code if len(found) == 1 else None


def _publications(db: Database, registry: Registry, county: str, basis: str, *, anew: bool) -> None:
    """Make the publications of a county anew; where they say what they said, only when they were last seen."""
    owing, mentioned = _owing(db, registry, county), partial(_mentioned, registry, county)
    rows = db.query("SELECT * FROM documents WHERE county = ?", [county])
    readings = {row["sha256"]: reading(row, mentioned, owing) for row in rows}
    made = (publication(seen, readings, owing) for seen in history(db, county).values())
    found = [one for one in made if one is not None]
    said = _said(found, basis)
    if not anew and said == _last(db, county)[1]:
        _only_seen_again(db, county, found)
    else:
        _make(db, county, found)
    db.execute("INSERT INTO refreshed VALUES (?, ?) ON CONFLICT DO UPDATE SET basis = excluded.basis",
               [county, f"{basis}; {said}"])


def _said(found: Iterable[Publication], basis: str) -> str:
    """Everything about a county's publications but when they were last seen, and what read them."""
    parts = sorted(repr((one.url, one.title, one.choice.township, one.choice.report_year, one.choice.column,
                         one.choice.body.sha256, one.choice.page.sha256, one.choice.warnings, one.claimed_on,
                         one.claimed_from, one.first_seen, one.versions)) for one in found)
    return hashlib.sha256("\n".join([BUNDLES.sub("", basis), *parts]).encode()).hexdigest()[:16]


def _only_seen_again(db: Database, county: str, found: Iterable[Publication]) -> None:
    for one in found:
        db.execute("UPDATE publications SET last_seen = ? WHERE county = ? AND url = ?",
                   [one.last_seen, county, one.url])


def _make(db: Database, county: str, found: Sequence[Publication]) -> None:
    """Write the publications of a county with all that hangs on them; it is to be judged anew."""
    db.execute("UPDATE judgings SET basis = '' WHERE county = ?", [county])
    kept = dict(db.execute("SELECT url, id FROM publications WHERE county = ?", [county]).fetchall())
    _forget(db, kept, {one.url for one in found})
    names = dict(db.execute("SELECT code, name FROM townships WHERE county = ?", [county]).fetchall())
    checks = compared(found, names)
    for one in sorted(found, key=lambda one: (one.first_seen, one.url)):
        _write(db, county, one, kept.get(one.url), checks[one.url])


def _forget(db: Database, kept: Mapping[str, int], found: set[str]) -> None:
    """Drop what hangs on every publication, and the publications that are none any more."""
    for url, identifier in kept.items():
        for table in (*TABLES, "versions"):
            db.execute(f"DELETE FROM {table} WHERE publication = ?", [identifier])  # noqa: S608
        if url not in found:
            db.execute("UPDATE duties SET publication = NULL WHERE publication = ?", [identifier])
            db.execute("DELETE FROM publications WHERE id = ?", [identifier])


def _write(
    db: Database, county: str, one: Publication, identifier: int | None, checks: Iterable[Mapping[str, Any]]
) -> None:
    choice = one.choice
    row: dict[str, Any] = {
        "id": identifier, "county": county, "url": one.url, "township": choice.township,
        "report_year": choice.report_year, "title": one.title, "sha256": choice.body.sha256,
        "page_sha256": choice.page.sha256, "claimed_on": one.claimed_on, "claimed_from": one.claimed_from,
        "first_seen": one.first_seen, "last_seen": one.last_seen, "versions": len(one.versions),
    }
    updates = ", ".join(f"{name} = excluded.{name}" for name in row if name != "id")
    (identifier,) = db.execute(
        f"INSERT INTO publications ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608
        f" ON CONFLICT (county, url) DO UPDATE SET {updates} RETURNING id",
        list(row.values()),
    ).fetchone()
    for version in one.versions:
        db.execute(
            "INSERT INTO versions (publication, number, seen, sha256, capture, changed) VALUES (?, ?, ?, ?, ?, ?)",
            [identifier, version.number, version.seen, version.body.sha256, version.body.capture,
             json.dumps(version.changed, ensure_ascii=False)],
        )
    _write_tables(db, identifier, choice.body)
    _write_checks(db, identifier, checks)
    _warn(db, county, choice.page, choice.warnings)


def _write_tables(db: Database, identifier: int, body: Reading) -> None:
    rows: dict[tuple[str, str], dict[str, int | float | None]] = {}
    for key, value in body.cells.items():
        table, row, column = key.split(".")
        rows.setdefault((TABLE_OF[table], row), {})[column] = value if column in DECIMAL else _count(value)
    for (table, row), cells in rows.items():
        columns = ", ".join(cells)
        db.execute(
            f"INSERT INTO {table} (publication, row, {columns}) VALUES ({', '.join('?' * (len(cells) + 2))})",  # noqa: S608
            [identifier, row, *cells.values()],
        )


def _count(value: int | float | None) -> int | None:
    """A count; a number with a fraction is none."""
    return int(value) if value is not None and value == int(value) else None


def _write_checks(db: Database, identifier: int, checks: Iterable[Mapping[str, Any]]) -> None:
    for check in checks:
        db.execute(
            "INSERT INTO checks (publication, code, result, severity, attribution, message, cells)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [identifier, check["code"], check["result"], check["severity"], check["attribution"], check["message"],
             json.dumps(check["cells"], ensure_ascii=False)],
        )


def _warn(db: Database, county: str, page: Reading, warnings: Iterable[str]) -> None:
    """Keep what contradicts a page beside what was read on it."""
    report = dict(page.report)
    before = report.get("warnings", [])
    report["warnings"] = list(dict.fromkeys((*before, *warnings)))
    if report["warnings"] != before:
        db.execute(
            "UPDATE documents SET report = ? WHERE sha256 = ? AND county = ?",
            [json.dumps(report, ensure_ascii=False), page.sha256, county],
        )
