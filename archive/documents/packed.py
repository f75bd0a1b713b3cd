"""Archives: the files inside a ZIP, RAR, 7z, TAR or gzip, archives inside archives too.

Names of members are only names: nothing is ever written under them. What unpacks is counted while it unpacks, over all
the archives inside one another.
"""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from archive.documents import kinds
from archive.errors import Unreadable

MAX_MEMBERS = 200
MAX_DEPTH = 3
MAX_BYTES = 200 << 20                 # in all
MAX_MEMBER = 64 << 20
_PASSED_OVER = frozenset((".ds_store", "thumbs.db", "desktop.ini"))
_ENCRYPTED = 0x1
_UTF8 = 0x800
# everything that the standard library lets through from torn or hostile headers
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, OverflowError, LookupError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive: its bytes, or in `reason` why they cannot be had."""

    name: str
    body: bytes = b""
    reason: str | None = None


@dataclass(slots=True)
class Budget:
    """What may still be unpacked."""

    members: int = MAX_MEMBERS
    bytes: int = MAX_BYTES

    def take(self, size: int) -> None:
        """Counts a member of so many bytes. Raises Unreadable where the archive unpacks too large."""
        self.bytes -= size
        if self.bytes < 0:
            raise Unreadable(f"the archive unpacks to more than {MAX_BYTES >> 20} MB; the rest of it was not read")

    def count(self) -> None:
        """Counts a member. Raises Unreadable from the first on that is too many."""
        self.members -= 1
        if self.members < 0:
            raise Unreadable(f"only the first {MAX_MEMBERS} files of the archive were read")


_Opener = Callable[[bytes, str | None, Budget], Iterator[Member]]


def is_packed(kind: str) -> bool:
    """Whether a media type is that of an archive."""
    return kind in _OPENERS


def files(body: bytes, name: str | None = None) -> Iterator[Member]:
    """The files in a body: itself where it is no archive, else every file inside, named `outer.zip/inner.docx`."""
    yield from _files(body, name, Budget(), 0)


def _files(body: bytes, name: str | None, budget: Budget, depth: int) -> Iterator[Member]:
    opener = _OPENERS.get(kinds.media_type(body))
    if opener is None:
        yield Member(name or "", body)
        return
    if depth == MAX_DEPTH:
        yield Member(name or "", reason=f"an archive inside {MAX_DEPTH} others is not opened")
        return
    empty = True
    try:
        for member in opener(body, name, budget):
            empty = False
            inner = f"{name}/{member.name}" if name else member.name
            if member.reason is not None:
                yield Member(inner, reason=member.reason)
            else:
                yield from _files(member.body, inner, budget, depth + 1)
    except Unreadable as error:
        yield Member(name or "", reason=error.reason)
    except _BROKEN as error:
        yield Member(name or "", reason=f"the archive is broken: {error}")
    else:
        if empty:
            yield Member(name or "", reason="the archive holds no file")


def is_passed_over(name: str) -> bool:
    """Folders and what systems leave behind in archives."""
    path = PurePosixPath(name.replace("\\", "/"))
    furniture = path.name.lower() in _PASSED_OVER or path.name.startswith("._") or "__MACOSX" in path.parts
    return furniture or name.endswith(("/", "\\")) or not path.name


def guess_name(raw: bytes) -> str:
    """A name that does not say its encoding: UTF-8 where it can be, else that of Chinese systems."""
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def _zip(body: bytes, _name: str | None, budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for info in archive.infolist():
            name = info.filename if info.flag_bits & _UTF8 else guess_name(info.orig_filename.encode("cp437"))
            if is_passed_over(name) or info.is_dir() or not info.file_size:
                continue
            budget.count()
            if info.flag_bits & _ENCRYPTED:
                yield Member(name, reason="it is encrypted with a password")
            else:
                yield _zipped(archive, info, name, budget)


def _zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: Budget) -> Member:
    try:
        with archive.open(info) as file:
            return capped(name, file.read(MAX_MEMBER + 1), budget)
    except _BROKEN as error:
        # it was unpacked all the same before its sum was found wrong
        budget.take(min(info.file_size, MAX_MEMBER))
        return Member(name, reason=f"it cannot be unpacked: {error}")


def capped(name: str, body: bytes, budget: Budget) -> Member:
    """A member that was read up to one byte over the limit. Raises Unreadable where all of them are too much."""
    budget.take(len(body))
    if len(body) > MAX_MEMBER:
        return Member(name, reason=f"it unpacks to more than {MAX_MEMBER >> 20} MB")
    return Member(name, body)


def _gzip(body: bytes, name: str | None, budget: Budget) -> Iterator[Member]:
    inner = PurePosixPath(name or "").name
    inner = inner[:-3] if inner.lower().endswith(".gz") else inner
    inner = f"{inner[:-4]}.tar" if inner.lower().endswith(".tgz") else inner
    budget.count()
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        unpacked = file.read(MAX_MEMBER + 1)
    if unpacked:
        yield capped(inner or "content", unpacked, budget)


def _tar(body: bytes, _name: str | None, budget: Budget) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:", errors="surrogateescape") as archive:
        yield from tar_members(archive, budget)


def tar_members(archive: tarfile.TarFile, budget: Budget) -> Iterator[Member]:
    """The ordinary files of an open TAR, in order."""
    for info in archive:
        name = guess_name(info.name.encode("utf-8", "surrogateescape"))
        if is_passed_over(name) or not info.isreg() or not info.size:
            continue
        budget.count()
        file = archive.extractfile(info)
        assert file is not None
        yield capped(name, file.read(MAX_MEMBER + 1), budget)


def _rar(body: bytes, _name: str | None, budget: Budget) -> Iterator[Member]:
    from archive.documents.unpacking import rar_members

    return rar_members(body, budget)


def _seven(body: bytes, _name: str | None, budget: Budget) -> Iterator[Member]:
    from archive.documents.unpacking import seven_members

    return seven_members(body, budget)


_OPENERS: dict[str, _Opener] = {
    "application/zip": _zip,
    "application/gzip": _gzip,
    "application/x-tar": _tar,
    "application/vnd.rar": _rar,
    "application/x-7z-compressed": _seven,
}
