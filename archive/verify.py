"""Re-reads and re-hashes the whole archive and compares it with the ledger, both ways.

A row without its body is an error. A body without a row is a note: a crawl's requests have none, and neither has what a
killed ingest left behind.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from sqlite_utils import Database

from archive.ingest import SHOWN
from archive.records import CHUNK, Damage, Member, NotARecord, Record, members, parse
from archive.volumes import Volumes

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is not as it should be. `place` is a volume and byte offset, or a table and row."""

    severity: Literal["error", "note"]
    place: str
    message: str


def verify(db: Database, volumes: Volumes, *, progress: Progress | None = None) -> Iterator[Problem]:
    """Everything that is off, as it is found. `progress` gets bytes read and bytes in all."""
    yield from _database(db)
    lengths = dict(db.execute("SELECT name, length FROM volumes ORDER BY name").fetchall())
    total = sum(lengths.values())
    done = 0
    for name, length in lengths.items():
        for at, problem in _volume(db, volumes, name, length):
            if progress is not None:
                progress(done + at, total)
            if problem is not None:
                yield problem
        done += length
        if progress is not None:
            progress(done, total)
    for name in volumes.names():
        if name not in lengths:
            yield Problem("note", name, "the ledger does not know this volume; the next ingest moves it aside")


def _database(db: Database) -> Iterator[Problem]:
    for (message,) in db.execute("PRAGMA integrity_check").fetchall():
        if message != "ok":
            yield Problem("error", "ledger", message)
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check").fetchall():
        yield Problem("error", f"{table} row {row}", f"there is no such row in {parent}")


def _volume(db: Database, volumes: Volumes, name: str, length: int) -> Iterator[tuple[int, Problem | None]]:
    """The problems of one volume with the byte reached; None marks progress alone."""
    path = volumes.folder / name
    if not path.exists():
        yield 0, Problem("error", name, f"is not there; the ledger knows {length} bytes of it")
        return
    size = path.stat().st_size
    if size < length:
        yield 0, Problem("error", f"{name} at byte {size}", f"ends here; the ledger knows {length} bytes")
    captures = _expected(db, "SELECT * FROM captures WHERE volume = ?", name)
    bodies = _expected(db, "SELECT * FROM bodies WHERE volume = ?", name)
    with path.open("rb") as file:
        yield from ((0, one) for one in _spans(db, name, length, file))
        file.seek(0)
        for member in members(file, min(size, length)):
            yield member.offset, None
            yield from ((member.offset, one) for one in _member(name, member, captures, bodies))
    for offset, row in (captures | bodies).items():
        subject = f"capture {row['id']}" if "id" in row else f"body {row['sha256']}"
        yield length, Problem("error", f"{name} at byte {offset}", f"{subject} is not here")
    if size > length:
        message = f"{size - length} bytes that the ledger does not know; the next ingest moves them aside"
        yield length, Problem("note", f"{name} at byte {length}", message)


def _spans(db: Database, name: str, length: int, file: BinaryIO) -> Iterator[Problem]:
    """The digest of what each bundle brought finds also a bit that no record's digest covers."""
    reached = 0
    for row in db.query("SELECT * FROM spans WHERE volume = ? ORDER BY offset", [name]):
        place = f"{name} at byte {row['offset']}"
        if row["offset"] != reached:
            yield Problem("error", place, f"the bytes of bundle {row['bundle']} begin here, expected at {reached}")
        file.seek(row["offset"])
        if _digest(file, row["length"]) != row["sha256"]:
            yield Problem("error", place, f"the {row['length']} bytes of bundle {row['bundle']} are not as they came")
        reached = row["offset"] + row["length"]
    if reached != length:
        yield Problem("error", f"{name} at byte {reached}", f"no bundle brought the bytes from here to {length}")


def _digest(file: BinaryIO, length: int) -> str:
    digest = hashlib.sha256()
    while length and (chunk := file.read(min(length, CHUNK))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.hexdigest()


def _expected(db: Database, sql: str, name: str) -> dict[int, dict[str, Any]]:
    return {row["offset"]: row for row in db.query(sql, [name])}


def _member(
    name: str, member: Member | Damage, captures: dict[int, dict[str, Any]], bodies: dict[int, dict[str, Any]]
) -> Iterator[Problem]:
    place = f"{name} at byte {member.offset}"
    try:
        if isinstance(member, Damage):
            raise NotARecord(member.found)
        record = parse(member.plain)
    except NotARecord as error:
        yield Problem("error", place, str(error))
        return
    capture, body = captures.pop(member.offset, None), bodies.pop(member.offset, None)
    if capture is not None:
        yield from (Problem("error", place, text) for text in _differences(record, capture, member.length))
    elif record.kind in SHOWN:
        yield Problem("note", place, f"{record.kind} {record.identifier} has no row")
    if body is not None and (body["sha256"], body["length"]) != (record.sha256, len(record.body)):
        yield Problem("error", place, f"expected the body {body['sha256']} of {body['length']} bytes")
    # Only the first record with a body is named in bodies; a later one with the same bytes must match all the same.
    if capture is not None and record.kind != "revisit" and capture["sha256"] and capture["sha256"] != record.sha256:
        yield Problem("error", place, f"capture {capture['id']}: its body is {record.sha256}, not {capture['sha256']}")


def _differences(record: Record, capture: dict[str, Any], length: int) -> Iterator[str]:
    found = {"id": record.identifier, "url": record.url, "at": record.at, "record_type": record.kind,
             "status": record.status, "length": length}
    for key, value in found.items():
        if capture[key] != value:
            yield f"capture {capture['id']}: {key} is {value!r} here and {capture[key]!r} in the ledger"
