"""Takes a bundle into the archive, once.

Records first, rows second: a bundle's records are appended to the volumes and synced, then everything else is written
in one transaction keyed by the bundle's id. Killed in between, the records are a torn tail that the next ingest cuts.
A body without a row is harmless, a row without its body is a lie.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from archive import bundles, clock
from archive.bundles import Candidate, Crawl, Listing, Outcome, Verdict
from archive.documents import kinds
from archive.errors import BadBundle
from archive.ledger import ensure_county
from archive.records import Damage, Member, NotARecord, Record, bare, members, parse
from archive.volumes import Placed, Tail, Volumes

NAME = re.compile(r"(\d{6})-(\d{8}T\d{6}Z)-[0-9a-f]{8}")
SHOWN = ("response", "revisit", "resource")   # the records that are rows; requests stand beside them in the volumes
NO_CHANGE = 304
LOST = "the capture of a listing page was damaged"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a bundle.

    `dropped` names the records that were not taken and why, `unresolved` those that repeat a body nobody stored.
    """

    bundle: str
    verdict: Verdict
    captures: int
    new_bodies: int
    already: bool = False
    dropped: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()


@dataclass(slots=True)
class _Taken:
    """The rows that a bundle's records become."""

    captures: dict[str, dict[str, object]] = field(default_factory=dict)
    bodies: dict[str, dict[str, object]] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)

    def sha256(self, identifier: str) -> str | None:
        value = self.captures[identifier]["sha256"]
        return value if isinstance(value, str) else None


def ingest(db: Database, volumes: Volumes, folder: Path, *, now: datetime) -> Ingested:
    """Take the bundle in `folder` into the archive; a second time changes nothing.

    Without crawl.json its whole records are salvaged and the verdict is `aborted`. `now` is written down as the time of
    ingest. Raises BadBundle, BadDivision, DamagedVolume.
    """
    crawl = _crawl(folder)
    if (before := _already(db, crawl)) is not None:
        return before
    _check_places(db, crawl)
    with volumes.appending(_lengths(db)) as tail:
        taken = _take(db, folder / bundles.WARC_NAME, tail)
        tail.sync()
        crawl = _as_stored(db, _dated(crawl, taken), taken)
        with db.atomic():
            _write(db, crawl, taken, tail, now)
    return Ingested(
        crawl.bundle, crawl.verdict, len(taken.captures), len(taken.bodies), dropped=tuple(taken.dropped),
        unresolved=tuple(taken.unresolved),
    )


def _crawl(folder: Path) -> Crawl:
    path = folder / bundles.CRAWL_NAME
    if path.exists():
        return bundles.read_crawl(path)
    match = NAME.fullmatch(folder.name)
    if match is None:
        raise BadBundle(f"{folder}: no {bundles.CRAWL_NAME}, and the folder's name is not that of a bundle")
    if not (folder / bundles.WARC_NAME).exists():
        raise BadBundle(f"{folder}: holds neither {bundles.CRAWL_NAME} nor {bundles.WARC_NAME}")
    started = clock.iso(clock.parse_instant(match[2]))
    reason = f"ended without {bundles.CRAWL_NAME}"
    return Crawl(folder.name, match[1], started, started, Verdict.ABORTED, reason, crawler="unknown")


def _check_places(db: Database, crawl: Crawl) -> None:
    """The county is written down; every township that the crawl speaks of is one of its own."""
    with db.atomic():
        ensure_county(db, crawl.county)
    known = {code for (code,) in db.execute("SELECT code FROM townships WHERE county = ?", [crawl.county]).fetchall()}
    asked = {listing.division_code for listing in crawl.listings} | {look.division_code for look in crawl.looks}
    asked |= {candidate.division_code for candidate in crawl.candidates}
    if unknown := sorted(code for code in asked - known if code is not None):
        raise BadBundle(f"{crawl.bundle}: division_code: {unknown[0]} is no township of {crawl.county}")


def _already(db: Database, crawl: Crawl) -> Ingested | None:
    row = db.execute("SELECT verdict FROM bundles WHERE id = ?", [crawl.bundle]).fetchone()
    return Ingested(crawl.bundle, Verdict(row[0]), 0, 0, already=True) if row else None


def _lengths(db: Database) -> dict[str, int]:
    return dict(db.execute("SELECT name, length FROM volumes").fetchall())


def _take(db: Database, path: Path, tail: Tail) -> _Taken:
    taken = _Taken()
    if not path.exists():
        taken.dropped.append(f"{path.name}: is not there")
        return taken
    for member, record in _whole(path, taken.dropped):
        if _known(db, taken, record.identifier):
            taken.dropped.append(f"{path.name} at byte {member.offset}: record {record.identifier} is held already")
            continue
        placed = tail.add(member.packed)
        if record.kind in SHOWN:
            _row(db, taken, record, placed)
    return taken


def _whole(path: Path, dropped: list[str]) -> Iterator[tuple[Member, Record]]:
    with path.open("rb") as file:
        for member in members(file, path.stat().st_size):
            try:
                if isinstance(member, Damage):
                    raise NotARecord(member.found)
                record = parse(member.plain)
            except NotARecord as error:
                dropped.append(f"{path.name} at byte {member.offset}: {error}")
            else:
                yield member, record


def _known(db: Database, taken: _Taken, identifier: str) -> bool:
    held = db.execute("SELECT 1 FROM captures WHERE id = ?", [identifier]).fetchone()
    return identifier in taken.captures or held is not None


def _row(db: Database, taken: _Taken, record: Record, placed: Placed) -> None:
    carries = record.kind != "revisit" and record.status != NO_CHANGE
    sha256 = record.sha256 if carries else _repeated(db, taken, record)
    if not carries and sha256 is None:
        taken.unresolved.append(f"record {record.identifier}: the body that it repeats is not in the archive")
    if carries and sha256 is not None and not _held(db, taken, sha256):
        taken.bodies[sha256] = {
            "sha256": sha256, "media_type": kinds.media_type(record.body), "length": len(record.body),
            "volume": placed.volume, "offset": placed.offset,
        }
    taken.captures[record.identifier] = {
        "id": record.identifier, "url": record.url, "at": record.at, "record_type": record.kind,
        "status": record.status, "sha256": sha256, "etag": record.etag, "last_modified": record.last_modified,
        "volume": placed.volume, "offset": placed.offset, "length": placed.length,
    }


def _held(db: Database, taken: _Taken, sha256: str) -> bool:
    return sha256 in taken.bodies or bool(db.execute("SELECT 1 FROM bodies WHERE sha256 = ?", [sha256]).fetchone())


def _repeated(db: Database, taken: _Taken, record: Record) -> str | None:
    """The digest of the body that a record repeats: by record, by place and time, by validator, by the digest named."""
    if record.refers_to in taken.captures:
        return taken.sha256(record.refers_to)
    # A 304 behind a redirect is no revisit record: the crawl asked with what it held under the address before.
    row = db.execute(
        "SELECT sha256 FROM captures WHERE sha256 IS NOT NULL AND (id = :id OR (url = :url AND at = :at)"
        " OR (url = :own AND (etag = :etag OR (:etag IS NULL AND last_modified = :modified))))"
        " ORDER BY id = :id DESC, at DESC LIMIT 1",
        {"id": record.refers_to, "url": record.refers_url, "at": record.refers_at, "own": record.url,
         "etag": record.etag, "modified": record.last_modified},
    ).fetchone()
    if row is not None:
        return str(row[0])
    algorithm, _, value = (record.payload_digest or "").lower().partition(":")
    return value if algorithm == "sha256" and _held(db, taken, value) else None


def _dated(crawl: Crawl, taken: _Taken) -> Crawl:
    """A salvaged crawl ended, as far as anybody knows, with its last record."""
    times = [str(row["at"]) for row in taken.captures.values()]
    return dataclasses.replace(crawl, ended=max([crawl.ended, *times])) if crawl.verdict is Verdict.ABORTED else crawl


def _as_stored(db: Database, crawl: Crawl, taken: _Taken) -> Crawl:
    """The crawl as far as its records are here: a look that rests on a lost listing page is not complete."""
    listings = tuple(_stored_listing(db, listing, taken) for listing in crawl.listings)
    pairs = zip(crawl.listings, listings, strict=True)
    lost = {after.url for before, after in pairs if before.complete != after.complete}
    looks = tuple(
        dataclasses.replace(look, complete=False, reason=LOST) if look.complete and lost & set(look.listings) else look
        for look in crawl.looks
    )
    candidates = tuple(_stored_candidate(candidate, taken) for candidate in crawl.candidates)
    crawl = dataclasses.replace(crawl, listings=listings, looks=looks, candidates=candidates)
    if taken.dropped and crawl.verdict is Verdict.COMPLETE:
        reason = f"{len(taken.dropped)} records could not be taken; the first: {taken.dropped[0]}"
        crawl = dataclasses.replace(crawl, verdict=Verdict.PARTIAL, reason=reason)
    return crawl


def _stored_listing(db: Database, listing: Listing, taken: _Taken) -> Listing:
    pages = tuple(
        dataclasses.replace(page, record=_stored(page.record, taken), screenshot=_pictured(db, page.screenshot, taken))
        for page in listing.pages
    )
    if all(page.record is None or after.record for page, after in zip(listing.pages, pages, strict=True)):
        return dataclasses.replace(listing, pages=pages)
    return dataclasses.replace(listing, pages=pages, complete=False, reason=LOST)


def _stored_candidate(candidate: Candidate, taken: _Taken) -> Candidate:
    files = tuple(dataclasses.replace(file, record=_stored(file.record, taken)) for file in candidate.attachments)
    return dataclasses.replace(candidate, record=_stored(candidate.record, taken), attachments=files)


def _stored(identifier: str | None, taken: _Taken) -> str | None:
    """The capture that a record became, if it did."""
    return bare(identifier) if identifier and bare(identifier) in taken.captures else None


def _pictured(db: Database, identifier: str | None, taken: _Taken) -> str | None:
    """The capture that is a page's picture: of this bundle, or of an earlier one of the same body."""
    if identifier is None or _stored(identifier, taken):
        return _stored(identifier, taken)
    row = db.execute("SELECT id FROM captures WHERE id = ?", [bare(identifier)]).fetchone()
    return str(row[0]) if row else None


def _write(db: Database, crawl: Crawl, taken: _Taken, tail: Tail, now: datetime) -> None:
    upsert = "INSERT INTO volumes VALUES (?, ?) ON CONFLICT DO UPDATE SET length = excluded.length"
    for volume in tail.lengths.items():
        db.execute(upsert, volume)
    outcomes = _outcomes(crawl)
    _insert(db, "bundles", [{
        "id": crawl.bundle, "county": crawl.county, "started": crawl.started, "ended": crawl.ended,
        "verdict": crawl.verdict.value, "reason": crawl.reason, "by": crawl.by, "crawler": crawl.crawler,
        "ingested": clock.iso(now), "counters": _json(crawl.counters | {"dropped": len(taken.dropped)}),
    }])
    _insert(db, "spans", [{"bundle": crawl.bundle, **dataclasses.asdict(span)} for span in tail.spans()])
    _insert(db, "bodies", taken.bodies.values())
    _insert(db, "captures", [
        row | {"bundle": crawl.bundle, "outcome": outcomes.get(capture)} for capture, row in taken.captures.items()
    ])
    _insert(db, "listing_pages", [row for listing in crawl.listings for row in _listing_rows(crawl, listing)])
    _insert(db, "looks", [{
        "bundle": crawl.bundle, "township": look.division_code, "report_year": look.report_year, "at": crawl.ended,
        "complete": int(look.complete), "reason": look.reason, "listings": _json(look.listings),
    } for look in crawl.looks])
    _insert(db, "sightings", [_sighting_row(crawl, candidate, taken) for candidate in crawl.candidates])


def _outcomes(crawl: Crawl) -> dict[str, str]:
    shown: list[tuple[str | None, Outcome]] = []
    for listing in crawl.listings:
        shown += [(page.record, page.outcome) for page in listing.pages]
    for candidate in crawl.candidates:
        shown.append((candidate.record, candidate.outcome))
        shown += [(file.record, file.outcome) for file in candidate.attachments]
    return {record: outcome.value for record, outcome in shown if record}


def _listing_rows(crawl: Crawl, listing: Listing) -> Iterator[dict[str, object]]:
    for page in listing.pages:
        yield {
            "bundle": crawl.bundle, "county": crawl.county, "listing": listing.url, "family": listing.family,
            "title": listing.title, "township": listing.division_code, "report_year": listing.report_year,
            "complete": int(listing.complete), "reason": listing.reason, "url": page.url,
            "outcome": page.outcome.value, "capture": page.record,
            "offers": _json([dataclasses.asdict(offer) for offer in page.offers]), "next": _json(page.next),
            "screenshot": page.screenshot,
        }


def _sighting_row(crawl: Crawl, candidate: Candidate, taken: _Taken) -> dict[str, object]:
    capture = taken.captures.get(candidate.record or "", {})
    return {
        "bundle": crawl.bundle, "county": crawl.county, "url": candidate.url, "at": capture.get("at", crawl.ended),
        "title": candidate.title, "outcome": candidate.outcome.value, "listed": int(candidate.listed),
        "listing": candidate.listing, "township": candidate.division_code, "report_year": candidate.report_year,
        "capture": candidate.record, "claims": _json([dataclasses.asdict(claim) for claim in candidate.claims]),
        "attachments": _json([dataclasses.asdict(file) for file in candidate.attachments]),
    }


def _insert(db: Database, table: str, rows: Iterable[dict[str, object]]) -> None:
    for row in rows:
        columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
        db.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', list(row.values()))  # noqa: S608


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
