"""The WARC volumes of a home: the primary copy of every body.

    <home>/data/warc/nianbao-00001.warc.gz    records, one gzip member each, exactly as a crawl wrote them
    <home>/data/warc/nianbao-00002.warc.gz    begun when the one before would grow beyond its limit
    <home>/data/warc/cut/                     what stood behind the length that the ledger knows

Volumes only grow. The ledger says how long each one is; bytes behind that length are what a killed ingest left, and are
cut before anything is appended. They are moved aside, not destroyed: they may also mean that the ledger was replaced by
an older copy, which only a person can tell.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from archive.errors import DamagedVolume, MissingBody
from archive.files import sync_folder
from archive.records import CHUNK, NotARecord, Record, member_at, parse

LIMIT = 1_000_000_000
PATTERN = "nianbao-*.warc.gz"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a record stands: volume, byte offset, length of its gzip member."""

    volume: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes that were appended to one volume, with their digest: also of what no record's own digest covers."""

    volume: str
    offset: int
    length: int
    sha256: str


class Tail:
    """The end of the last volume, where records are appended."""

    def __init__(self, folder: Path, lengths: Mapping[str, int], limit: int) -> None:
        self.lengths = dict(lengths)
        self._folder = folder
        self._limit = limit
        self._name = max(self.lengths, default="nianbao-00001.warc.gz")
        self._files: dict[str, BinaryIO] = {}
        self._digests: dict[str, hashlib._Hash] = {}
        self._starts: dict[str, int] = {}

    def add(self, packed: bytes) -> Placed:
        """Append one gzip member; it counts only once the ledger knows the new length."""
        offset = self.lengths.get(self._name, 0)
        if offset and offset + len(packed) > self._limit:
            self._name, offset = _following(self._name), 0
        if self._name not in self._files:
            self._files[self._name] = (self._folder / self._name).open("ab")
            self._starts[self._name], self._digests[self._name] = offset, hashlib.sha256()
        self._files[self._name].write(packed)
        self._digests[self._name].update(packed)
        self.lengths[self._name] = offset + len(packed)
        return Placed(self._name, offset, len(packed))

    def spans(self) -> tuple[Span, ...]:
        """What was appended so far."""
        return tuple(
            Span(name, start, self.lengths[name] - start, self._digests[name].hexdigest())
            for name, start in self._starts.items()
        )

    def sync(self) -> None:
        """Return once everything appended is on the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class Volumes:
    """The volumes in a folder. `limit` is the size in bytes at which a new one begins."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def names(self) -> tuple[str, ...]:
        """The volumes that exist, in order."""
        return tuple(sorted(path.name for path in self.folder.glob(PATTERN)))

    def truncate_to(self, lengths: Mapping[str, int]) -> tuple[Path, ...]:
        """Cut every volume to its known length; what was behind it is kept at the paths returned.

        Raises DamagedVolume when a volume is shorter than its known length or is not there.
        """
        for name, length in lengths.items():
            path = self.folder / name
            size = path.stat().st_size if path.exists() else 0
            if size < length:
                raise DamagedVolume(name, size, f"the volume ends here, the ledger knows {length} bytes")
        return tuple(
            self._cut(name, lengths.get(name, 0))
            for name in self.names()
            if name not in lengths or (self.folder / name).stat().st_size > lengths[name]
        )

    @contextmanager
    def appending(self, lengths: Mapping[str, int]) -> Iterator[Tail]:
        """The tail to append to, cut to `lengths` first. Call its `sync` before writing ledger rows."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.truncate_to(lengths)
        tail = Tail(self.folder, lengths, self.limit)
        try:
            yield tail
        finally:
            tail.close()

    def record(self, volume: str, offset: int) -> Record:
        """The record at a place, checked. Raises DamagedVolume."""
        try:
            with (self.folder / volume).open("rb") as file:
                return parse(member_at(file, offset).plain)
        except OSError as error:
            raise DamagedVolume(volume, offset, str(error)) from error
        except NotARecord as error:
            raise DamagedVolume(volume, offset, str(error)) from error

    def read(self, volume: str, offset: int) -> bytes:
        """The decoded body of the record at a place; empty for a revisit. Raises DamagedVolume."""
        return self.record(volume, offset).body

    def body(self, db: Database, sha256: str) -> bytes:
        """A body by its digest, checked against it. Raises MissingBody or DamagedVolume."""
        row = db.execute("SELECT volume, offset FROM bodies WHERE sha256 = ?", [sha256]).fetchone()
        if row is None:
            raise MissingBody(sha256)
        volume, offset = row
        body = self.read(volume, offset)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise DamagedVolume(volume, offset, f"expected the body {sha256}")
        return body

    def capture_body(self, db: Database, capture: str) -> bytes:
        """The body that a capture shows, also where it repeats an earlier one. Raises MissingBody or DamagedVolume."""
        row = db.execute("SELECT sha256 FROM captures WHERE id = ?", [capture]).fetchone()
        if row is None or row[0] is None:
            raise MissingBody(f"of capture {capture}")
        return self.body(db, row[0])

    def _cut(self, name: str, length: int) -> Path:
        path, aside = self.folder / name, self.folder / "cut"
        aside.mkdir(exist_ok=True)
        number = sum(1 for _ in aside.glob(f"{name}.{length}.*")) + 1
        kept = aside / f"{name}.{length}.{number}"
        if length == 0:
            path.replace(kept)
        else:
            _move_tail(path, length, kept)
        sync_folder(aside)
        sync_folder(self.folder)
        return kept


def _move_tail(path: Path, length: int, kept: Path) -> None:
    with path.open("r+b") as volume, kept.open("wb") as copy:
        volume.seek(length)
        while chunk := volume.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
        volume.truncate(length)
        os.fsync(volume.fileno())


def _following(name: str) -> str:
    return f"nianbao-{int(name.removeprefix('nianbao-').removesuffix('.warc.gz')) + 1:05}.warc.gz"
