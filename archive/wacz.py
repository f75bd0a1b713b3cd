"""WACZ files: a ZIP with WARC files in `archive/`, the pages that a person visited, and `datapackage.json`.

    archive/*.warc[.gz]       what was captured
    pages/*.jsonl             the pages that were visited, one JSON object a line
    datapackage.json          every other part with its length and hash

Whoever made the file may mean harm: nothing is ever written under a name that stands in it, every part is copied into a
nameless scratch file while it is hashed, and no part may be longer than it says or out of proportion to the file.
"""

import hashlib
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from archive.errors import BadCapture

PACKAGE, SEAL = "datapackage.json", "datapackage-digest.json"
WARC = re.compile(r"archive/[^/\\]+\.warc(\.gz)?")
PAGES = re.compile(r"pages/[^/\\]+\.jsonl")
NESTED = re.compile(r"\.(?:wacz|zip)$", re.I)
ALGORITHMS = ("sha256", "sha512", "md5")
PARTS = 10_000                        # parts of one file
LONGEST = 64 << 30                    # bytes of all parts together
SMALL = 64 << 20                      # bytes of a part that is read into memory: JSON
RATIO = 200                           # times the file's own length that its parts may unpack to; WARCs are packed
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """What datapackage.json says of a part."""

    length: int | None
    algorithm: str
    digest: str


class Wacz:
    """One WACZ, its table of contents checked."""

    def __init__(self, path: Path, package: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = package
        self._members = self._checked(package.infolist())
        self._parts: Mapping[str, Part] = {}
        self._parts = self._sealed()
        self._parts = self._described()

    def warcs(self) -> tuple[str, ...]:
        """The names of its WARCs, in order. Raises BadCapture where there is none or one is not described."""
        names = tuple(sorted(name for name in self._members if WARC.fullmatch(name)))
        nested = [name for name in self._members if NESTED.search(name)]
        if not names and nested:
            raise self._bad(nested[0], "a file inside the file; hand in what it holds by itself")
        if not names:
            raise self._bad("archive/", "no WARC in it")
        for name in names:
            if name not in self._parts:
                raise self._bad(name, f"{PACKAGE} does not name it")
        return names

    def pages(self) -> tuple[str, ...]:
        """The addresses of the pages that were visited, as far as the file tells."""
        found: dict[str, None] = {}
        for name in sorted(name for name in self._members if PAGES.fullmatch(name)):
            for line in self._small(name).decode("utf-8", "replace").splitlines():
                url = _url(line)
                if url:
                    found[url] = None
        return tuple(found)

    def copy(self, name: str, scratch: Path) -> BinaryIO:
        """A part in a scratch file that goes when it is closed; its length and hash agree. Raises BadCapture."""
        file = tempfile.TemporaryFile(dir=scratch)      # noqa: SIM115 (whoever gets it closes it)
        try:
            self._copy(name, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _copy(self, name: str, file: IO[bytes]) -> None:
        said = self._parts.get(name)
        hashed = hashlib.new(said.algorithm if said else "sha256", usedforsecurity=False)
        length = 0
        for piece in self._pieces(name):
            hashed.update(piece)
            file.write(piece)
            length += len(piece)
        if said and said.length not in (None, length):
            raise self._bad(name, f"{length} bytes; {PACKAGE} says {said.length}")
        if said and hashed.hexdigest() != said.digest:
            raise self._bad(name, f"its {said.algorithm} is {hashed.hexdigest()}; {PACKAGE} says {said.digest}")

    def _small(self, name: str) -> bytes:
        if self._members[name].file_size > SMALL:
            raise self._bad(name, f"more than {SMALL} bytes")
        with tempfile.SpooledTemporaryFile(max_size=SMALL) as file:
            self._copy(name, file)
            file.seek(0)
            return file.read()

    def _pieces(self, name: str) -> Iterator[bytes]:
        left = self._members[name].file_size
        try:
            with self._zip.open(self._members[name]) as stream:
                while piece := stream.read(CHUNK):
                    left -= len(piece)
                    if left < 0:
                        raise self._bad(name, "longer than the file's own table of contents says")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise self._bad(name, f"cannot be unpacked ({error})") from error

    def _checked(self, members: list[zipfile.ZipInfo]) -> Mapping[str, zipfile.ZipInfo]:
        named: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            if member.filename in named:
                raise self._bad(member.filename, "stands in the file twice")
            if member.flag_bits & 1:
                raise self._bad(member.filename, "is encrypted")
            named[member.filename] = member
        total, own = sum(member.file_size for member in members), self.path.stat().st_size
        if len(named) > PARTS or total > min(LONGEST, RATIO * own):
            raise self._bad("contents", f"{len(named)} parts that unpack to {total} bytes, from a file of {own}")
        return named

    def _described(self) -> Mapping[str, Part]:
        if PACKAGE not in self._members:
            raise self._bad(PACKAGE, "is not in it; expected a WACZ as ArchiveWeb.page writes it")
        described = self._json(PACKAGE)
        listed = described.get("resources")
        if not isinstance(listed, list):
            raise self._bad(PACKAGE, "resources: expected a list of parts")
        parts = dict(self._part(number, entry) for number, entry in enumerate(listed))
        for name in parts:
            if name not in self._members:
                raise self._bad(name, f"{PACKAGE} names it, and it is not in the file")
        return parts

    def _sealed(self) -> Mapping[str, Part]:
        """The hash of datapackage.json itself, where the file has it."""
        seal = self._json(SEAL) if SEAL in self._members else {}
        digest = seal.get("hash")
        return {PACKAGE: self._hash(SEAL, digest, None)} if digest is not None else {}

    def _part(self, number: int, entry: Any) -> tuple[str, Part]:
        place = f"resources: {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            raise self._bad(PACKAGE, f"{place}: expected an object with a path")
        length = entry.get("bytes")
        if not isinstance(length, int | None):
            raise self._bad(PACKAGE, f"{place}: bytes: expected a number, not {length!r}")
        return entry["path"], self._hash(f"{PACKAGE}: {place}", entry.get("hash"), length)

    def _hash(self, place: str, value: object, length: int | None) -> Part:
        algorithm, _, digest = value.partition(":") if isinstance(value, str) else ("", "", "")
        if algorithm not in ALGORITHMS:
            raise self._bad(place, f"hash: expected {' or '.join(ALGORITHMS)}, a colon and digits, not {value!r}")
        return Part(length, algorithm, digest.lower())

    def _json(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(self._small(name))
        except (ValueError, RecursionError) as error:
            raise self._bad(name, f"no JSON ({error})") from error
        if not isinstance(value, dict):
            raise self._bad(name, "expected a JSON object")
        return value

    def _bad(self, part: str, found: str) -> BadCapture:
        return BadCapture(str(self.path), f"{part}: {found}")


@contextmanager
def opened(path: Path) -> Iterator[Wacz]:
    """A WACZ. Raises BadCapture with the file, the part and what is wrong with it."""
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadCapture(str(path), f"no WACZ ({error})") from error
    with package:
        yield Wacz(path, package)


def _url(line: str) -> str | None:
    """The address in one line of a list of pages; the first line is a head without one."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    url = value.get("url") if isinstance(value, dict) else None
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None
