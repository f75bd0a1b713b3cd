"""WACZ 1.1.1: the captures of a county's season in one file that replay programs open.

    archive/370828-2026.warc.gz     the records, gzip members as they stand in the volumes
    indexes/index.cdx.gz, index.idx CDXJ, packed in blocks
    pages/pages.jsonl               the listing pages and reports, with title and time
    datapackage.json                every part with its length and SHA-256; datapackage-digest.json seals it

A record that only says that something is as it was is followed by the record that it refers to, from whatever year, so
that every page can be shown.
"""

import hashlib
import json
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from sqlite_utils import Database
from warcio.recordloader import ArcWarcRecord

from archive import clock
from archive.errors import BadHome, DamagedVolume
from archive.exports.cdxj import Indexed, packed, posted
from archive.exports.whole import printable, replacing
from archive.records import Damage, Member, NotARecord, Record, bare, member_at, members, opened
from archive.volumes import Volumes
from archive.wacz import PACKAGE, SEAL

VERSION: Final = "1.1.1"
SHOWN: Final = ("response", "revisit", "resource")
INDEX, SECOND, PAGES = "indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl"
TIMESTAMP: Final = 0x5455                 # the extended time stamp among a ZIP's extra fields
Place = tuple[str, int]                   # volume and offset


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the file: WARC records, of these from before the season, indexed answers, pages."""

    records: int
    earlier: int
    captures: int
    pages: int


@dataclass(frozen=True, slots=True)
class Season:
    """The crawls of a county within one year (Asia/Shanghai): the reports of the year before, and what changed."""

    county: str
    name: str
    year: int
    bundles: tuple[str, ...]
    ended: str


def season(db: Database, county: str, year: int | None = None) -> Season:
    """The crawls of a county in a year, by default that of its last crawl. Raises BadHome where there are none."""
    found = db.execute("SELECT b.id, b.started, b.ended, c.name FROM bundles b JOIN counties c ON c.code = b.county"
                       " WHERE b.county = ? ORDER BY b.started, b.id", [county]).fetchall()
    years = [clock.local_day(clock.parse_instant(started)).year for _, started, _, _ in found]
    wanted = max(years, default=None) if year is None else year
    own = [row for row, crawled in zip(found, years, strict=True) if crawled == wanted]
    if not own or wanted is None:
        when = f" in {year}; there are crawls in {', '.join(map(str, sorted(set(years))))}" if years else ""
        raise BadHome(f"{county} was not crawled{when or ' yet'}")
    return Season(county, own[0][3], wanted, tuple(row[0] for row in own), max(row[2] for row in own))


def write(db: Database, volumes: Volumes, one: Season, out: Path, *, software: str, now: datetime) -> Written:
    """Write the captures of a season; `now` is when the file is made. Raises BadHome, DamagedVolume."""
    with replacing(out) as scratch, zipfile.ZipFile(scratch, "w") as file:
        package = _Package(file, now)
        name = f"{one.county}-{one.year}.warc.gz"
        with package.part(f"archive/{name}", zipfile.ZIP_STORED) as part:
            warc = _Warc(db, volumes, name, part)
            warc.take(one.bundles)
        index, second = packed(warc.indexed.values(), Path(INDEX).name)
        package.add(INDEX, index, zipfile.ZIP_STORED)
        package.add(SECOND, second)
        pages = list(_pages(db, one, warc.indexed))
        package.add(PAGES, _lines([{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}, *pages]))
        package.seal(_described(one, pages, software, now))
    return Written(warc.records, warc.earlier, len(warc.indexed), len(pages))


class _Warc:
    """The WARC in the file, written record by record; `indexed` are its answers by record id."""

    def __init__(self, db: Database, volumes: Volumes, name: str, part: IO[bytes]) -> None:
        self.indexed: dict[str, Indexed] = {}
        self.records = self.earlier = self._length = 0
        self._db, self._volumes, self._name, self._part = db, volumes, name, part
        self._taken: set[Place] = set()
        self._repeats: list[Record] = []
        self._sent: dict[str, tuple[str, str]] = {}           # record of the answer -> method, what was posted

    def take(self, names: Sequence[str]) -> None:
        """Take every record of some bundles, then those that they refer to, and what these refer to."""
        marks = ", ".join("?" * len(names))
        spans = self._db.execute(f"SELECT volume, offset, length FROM spans WHERE bundle IN ({marks})"  # noqa: S608
                                 " ORDER BY volume, offset", list(names)).fetchall()
        for volume, offset, length in spans:
            for member in self._members(volume, offset, length):
                self._add(volume, member)
        while self._repeats:
            place = self._referred(self._repeats.pop())
            if place is not None and place not in self._taken:
                self._add(place[0], self._member(*place))
                self.earlier += 1
        for answer, (method, sent) in self._sent.items():
            if answer in self.indexed:
                self.indexed[answer] = replace(self.indexed[answer], method=method, sent=sent)

    def _members(self, volume: str, offset: int, length: int) -> Iterator[Member]:
        with (self._volumes.folder / volume).open("rb") as file:
            file.seek(offset)
            for member in members(file, offset + length):
                if isinstance(member, Damage):
                    raise DamagedVolume(volume, member.offset, member.found)
                yield member

    def _member(self, volume: str, offset: int) -> Member:
        try:
            with (self._volumes.folder / volume).open("rb") as file:
                return member_at(file, offset)
        except NotARecord as error:
            raise DamagedVolume(volume, offset, str(error)) from error

    def _add(self, volume: str, member: Member) -> None:
        try:
            record, headers, stored = opened(member.plain)
        except NotARecord as error:
            raise DamagedVolume(volume, member.offset, str(error)) from error
        self._taken.add((volume, member.offset))
        self._part.write(member.packed)
        if record.kind in SHOWN:
            self.indexed[record.identifier] = self._entry(record, headers, member)
        elif record.kind == "request":
            self._asked(headers, stored)
        if record.kind == "revisit":
            self._repeats.append(record)
        self.records += 1
        self._length += member.length

    def _entry(self, record: Record, headers: ArcWarcRecord, member: Member) -> Indexed:
        digest = record.payload_digest or f"sha256:{record.sha256}"
        return Indexed(record.url, record.at, _mime(record, headers), record.status, digest, self._name, self._length,
                       member.length)

    def _asked(self, headers: ArcWarcRecord, stored: bytes) -> None:
        """Note what was posted: its answer is found by that."""
        answer = bare(headers.rec_headers.get_header("WARC-Concurrent-To") or "")
        method = headers.http_headers.protocol.upper() if headers.http_headers else "GET"
        if method != "GET":
            kind = headers.http_headers.get_header("Content-Type") or ""
            self._sent[answer] = method, posted(stored, kind)

    def _referred(self, record: Record) -> Place | None:
        """Where the record stands whose body a revisit repeats: the one it names, else any that holds the body."""
        cases: tuple[tuple[str, list[str | None]], ...] = (
            ("SELECT volume, offset FROM captures WHERE id = ?", [record.refers_to]),
            ("SELECT volume, offset FROM captures WHERE url = ? AND at = ? AND record_type <> 'revisit'",
             [record.refers_url, record.refers_at]),
            ("SELECT b.volume, b.offset FROM captures k JOIN bodies b ON b.sha256 = k.sha256 WHERE k.id = ?",
             [record.identifier]),
        )
        found = (self._db.execute(sql, values).fetchone() for sql, values in cases)
        return next((tuple(row) for row in found if row), None)


def _mime(record: Record, headers: ArcWarcRecord) -> str:
    if record.kind == "revisit":
        return "warc/revisit"
    named = headers.http_headers.get_header("Content-Type") if headers.http_headers else headers.content_type
    return (named or "unk").partition(";")[0].strip().lower() or "unk"


LISTED = """
SELECT k.id, k.url, k.at, l.title AS title, k.sha256 FROM listing_pages l JOIN captures k ON k.id = l.capture
WHERE l.bundle IN ({marks}) AND l.outcome = 'listing'
UNION ALL
SELECT k.id, k.url, k.at, coalesce(p.title, s.title) AS title, k.sha256
FROM sightings s JOIN captures k ON k.id = s.capture
LEFT JOIN publications p ON p.county = s.county AND p.url = s.url
WHERE s.bundle IN ({marks}) AND s.outcome IN ('report', 'not_modified')
ORDER BY 3, 2, 1
"""


def _pages(db: Database, one: Season, indexed: Mapping[str, Indexed]) -> Iterator[dict[str, Any]]:
    """Listing pages and reports in order of time: each address as it was first seen and at every new content."""
    sql = LISTED.format(marks=", ".join("?" * len(one.bundles)))
    seen: set[tuple[str, str | None]] = set()
    for identifier, url, at, title, sha256 in db.execute(sql, [*one.bundles, *one.bundles]).fetchall():
        if identifier in indexed and indexed[identifier].method == "GET" and (url, sha256) not in seen:
            seen.add((url, sha256))
            yield {"id": identifier, "url": url, "ts": at, "title": printable(title or url)}


def _described(one: Season, pages: Sequence[Mapping[str, Any]], software: str, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {
        "profile": "data-package", "wacz_version": VERSION, "software": software, "created": clock.iso(now),
        "title": f"{one.name}政府信息公开工作年度报告 {one.county} {one.year}",
        "description": f"Captures of the portal of {one.name} ({one.county}) made in {one.year} by {len(one.bundles)}"
                       f" crawls, the last of which ended at {one.ended}.",
    }
    return told | ({"mainPageUrl": pages[0]["url"], "mainPageDate": pages[0]["ts"]} if pages else {})


def _lines(values: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode("utf-8", "replace")


@dataclass
class _Hashing:
    """A part that is hashed while it is written."""

    stream: IO[bytes]
    length: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        self.length += len(data)
        self.digest.update(data)
        return self.stream.write(data)


class _Package:
    """The ZIP with its table of contents."""

    def __init__(self, file: zipfile.ZipFile, now: datetime) -> None:
        self._file, self._at = file, now.timetuple()[:6]
        # The time once more, as UTC. ReplayWeb.page takes a part without any such field for one that has none in front
        # of its data either, where the length of what is long stands.
        self._extra = struct.pack("<HHBL", TIMESTAMP, 5, 1, int(now.timestamp()))
        self._parts: list[dict[str, Any]] = []

    @contextmanager
    def part(self, name: str, compression: int = zipfile.ZIP_DEFLATED) -> Iterator[Any]:
        """A part to write to."""
        about = zipfile.ZipInfo(name, self._at)
        about.compress_type, about.extra = compression, self._extra
        with self._file.open(about, "w", force_zip64=True) as stream:
            hashing = _Hashing(stream)
            yield hashing
        self._parts.append({"name": name.rpartition("/")[2].lower(), "path": name, "bytes": hashing.length,
                            "hash": f"sha256:{hashing.digest.hexdigest()}"})

    def add(self, name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> None:
        """A part that is there already."""
        with self.part(name, compression) as part:
            part.write(data)

    def seal(self, told: Mapping[str, Any]) -> None:
        """Write the table of contents, and the hash of it."""
        package = json.dumps(dict(told) | {"resources": self._parts}, ensure_ascii=False, indent=2).encode()
        self.add(PACKAGE, package)
        seal = {"path": PACKAGE, "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
        self.add(SEAL, json.dumps(seal, indent=2).encode())
