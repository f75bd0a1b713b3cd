"""WARC files as others write them: one gzip member for each record, one for all of them, or none.

Every form gives the same: records one after the other, each with the place from which it can be read again. What is no
whole record is named and stepped over. A file whose gzip members are not its records is unpacked into a scratch file.
"""

import contextlib
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.errors import BadCapture
from archive.records import CHUNK, LIMIT, MAGIC, Damage, NotARecord, member_at, members, places, too_long

START = re.compile(rb"WARC/\d\.\d+\r?\n")
LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.I | re.M)
HEAD = 1 << 16                        # bytes of the longest header of a record
UNPACKED = 8 << 30                    # bytes of the longest file that is unpacked
END = b"\r\n\r\n"
Whole = tuple[int, bytes]             # where a record stands, and its bytes unpacked


class SeveralRecords(Exception):
    """A gzip member holds more than one record: the file is to be unpacked and read from its beginning."""


class WarcFile:
    """One WARC, open for reading. `name` is what messages call it; scratch files go to the folder `scratch`."""

    def __init__(self, name: str, file: BinaryIO, scratch: Path) -> None:
        self.name = name
        self._file = file
        self._scratch = scratch
        start = _at(file, 0, 10)
        self._packed = start.startswith(MAGIC)
        if not self._packed and not start.startswith(b"WARC/"):
            file.close()
            raise BadCapture(name, f"no WARC: it begins with {start!r}")

    def records(self) -> Iterator[Whole | Damage]:
        """Every whole record from the first on, and the stretches that are none. Raises SeveralRecords."""
        end = self._file.seek(0, 2)
        self._file.seek(0)
        return self._members(end) if self._packed else _plain_records(self._file, end)

    def plain(self, offset: int) -> bytes:
        """The record at a place that `records` gave. Raises NotARecord."""
        if self._packed:
            return _alone(member_at(self._file, offset).plain)
        record = _plain_at(self._file, offset, self._file.seek(0, 2))
        if isinstance(record, Damage):
            raise NotARecord(record.found)
        return record[0]

    def unpack(self) -> None:
        """Unpack the file, as far as it can be. Raises BadCapture where that would be out of all proportion."""
        self._file.seek(0)
        self._file, packed = _unpacked(self._file, self._scratch, self.name), self._file
        self._packed = False
        packed.close()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _members(self, end: int) -> Iterator[Whole | Damage]:
        for member in members(self._file, end):
            if isinstance(member, Damage):
                self._check_alone(member.offset)
                yield member
                continue
            try:
                yield member.offset, _alone(member.plain)
            except NotARecord as error:
                yield Damage(member.offset, member.length, str(error))

    def _check_alone(self, offset: int) -> None:
        """A damaged gzip member that begins with a whole record is not that record's own. Raises SeveralRecords."""
        with contextlib.suppress(zlib.error, NotARecord):
            _alone(zlib.decompressobj(wbits=31).decompress(_at(self._file, offset, HEAD), HEAD))


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _alone(plain: bytes) -> bytes:
    """The one record of a gzip member, ended as a record is to end. Raises NotARecord, SeveralRecords."""
    length = _length(plain)
    if len(plain) < length:
        raise NotARecord(f"a record of {length} bytes of which {len(plain)} are there")
    rest = plain[length:].lstrip(b"\r\n")
    if START.match(rest):
        raise SeveralRecords
    if rest:
        raise NotARecord(f"{len(rest)} bytes behind the record")
    return plain[:length] + END


def _length(plain: bytes) -> int:
    """The bytes of the record that begins here, without what ends it. Raises NotARecord."""
    head = plain[:HEAD].partition(END)[0]
    found = LENGTH.findall(head)
    if not START.match(plain) or len(head) == min(HEAD, len(plain)) or len(found) != 1:
        raise NotARecord("no WARC record with one Content-Length begins here")
    return len(head) + len(END) + int(found[0])


def _plain_records(file: BinaryIO, end: int) -> Iterator[Whole | Damage]:
    offset = 0
    while offset < end:
        found = _plain_at(file, offset, end)
        if isinstance(found, Damage):
            yield found
            offset += found.length
        else:
            yield offset, found[0]
            offset += found[1]


def _plain_at(file: BinaryIO, offset: int, end: int) -> tuple[bytes, int] | Damage:
    """The record that begins at a place of an unpacked file, and the bytes up to the next one."""
    try:
        length = _length(_at(file, offset, HEAD))
    except NotARecord as error:
        return Damage(offset, _next_start(file, offset + 1, end) - offset, str(error))
    if offset + length > end:
        return Damage(offset, end - offset, "the file ends inside a record")
    gap = _at(file, offset + length, 8)
    whole = length + len(gap) - len(gap.lstrip(b"\r\n"))
    if length > LIMIT:
        return Damage(offset, whole, too_long())
    return _at(file, offset, length) + END, whole


def _next_start(file: BinaryIO, start: int, end: int) -> int:
    return next((at for at in places(file, b"WARC/1.", start, end) if START.match(_at(file, at, 16))), end)


def _unpacked(file: BinaryIO, scratch: Path, name: str) -> BinaryIO:
    """A scratch file that holds what the gzip members of a file hold; it goes when it is closed."""
    plain = tempfile.TemporaryFile(dir=scratch)         # noqa: SIM115 (whoever gets it closes it)
    unpacker = zlib.decompressobj(wbits=31)
    for chunk in iter(lambda: file.read(CHUNK), b""):
        try:
            unpacker = _onward(unpacker, chunk, plain)
        except zlib.error:
            break                                       # what came before the damage is read all the same
        if plain.tell() > UNPACKED:
            plain.close()
            raise BadCapture(name, f"unpacks to more than {UNPACKED} bytes")
    return plain


def _onward(unpacker: "zlib._Decompress", chunk: bytes, plain: BinaryIO) -> "zlib._Decompress":
    while chunk:
        plain.write(unpacker.decompress(chunk, CHUNK))
        chunk = unpacker.unconsumed_tail
        if unpacker.eof:
            chunk = unpacker.unused_data.lstrip(b"\0")
            unpacker = zlib.decompressobj(wbits=31)
        if plain.tell() > UNPACKED:
            return unpacker
    return unpacker
