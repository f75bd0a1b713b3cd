"""WARC records as they stand in a file, each in a gzip member of its own, and checked before they are believed.

warcio hands a short record out as a whole one and its `check` passes over a truncated file, so lengths and digests are
compared here. A damaged stretch is named and stepped over; what follows it is read all the same.
"""

import base64
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from archive import clock
from archive.coding import TooLarge, decoded

CHUNK = 1 << 18
LIMIT = 256 << 20                     # a record's or body's bytes; the crawler takes no body over 64 MB
MAGIC = b"\x1f\x8b\x08"


def too_long() -> str:
    """What is said of a record above the limit."""
    return f"a record of more than {LIMIT} bytes"


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file: where it stands, as it stands there, and unpacked."""

    offset: int
    packed: bytes
    plain: bytes

    @property
    def length(self) -> int:
        return len(self.packed)


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that is no whole record."""

    offset: int
    length: int
    found: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `body` is the payload after transfer and content decoding; instants as stored."""

    identifier: str
    kind: str                         # warcinfo, request, response, revisit, resource, metadata
    url: str
    at: str
    body: bytes
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    refers_to: str | None = None
    refers_url: str | None = None
    refers_at: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class NotARecord(ValueError):
    """Bytes that are no whole WARC record; the message says what is wrong with them."""


def bare(identifier: str) -> str:
    """A WARC-Record-ID without its `<urn:uuid:>`."""
    return identifier.strip("<>").removeprefix("urn:uuid:")


def members(file: BinaryIO, end: int) -> Iterator[Member | Damage]:
    """The gzip members of a file from its position up to byte `end`, and the stretches between them that are none."""
    offset = file.tell()
    while offset < end:
        try:
            member = member_at(file, offset, end)
        except NotARecord as error:
            following = _next_member(file, offset + 1, end)
            yield Damage(offset, following - offset, str(error))
            offset = following
        else:
            yield member
            offset += member.length


def member_at(file: BinaryIO, offset: int, end: int | None = None) -> Member:
    """The gzip member that begins at `offset`. Raises NotARecord."""
    file.seek(offset)
    unpacker = zlib.decompressobj(wbits=31)
    packed, plain = bytearray(), bytearray()
    while not unpacker.eof:
        chunk = file.read(CHUNK if end is None else min(CHUNK, end - offset - len(packed)))
        if not chunk:
            raise NotARecord("the file ends inside a record" if packed else "no record begins here")
        packed += chunk
        try:
            plain += unpacker.decompress(chunk, LIMIT + 1 - len(plain))
        except zlib.error as error:
            raise NotARecord(f"not a whole gzip member ({error})") from error
        if len(plain) > LIMIT:
            raise NotARecord(too_long())
    del packed[len(packed) - len(unpacker.unused_data):]
    return Member(offset, bytes(packed), bytes(plain))


def _next_member(file: BinaryIO, start: int, end: int) -> int:
    for at in places(file, MAGIC, start, end):
        try:
            if member_at(file, at, end).plain.startswith(b"WARC/"):
                return at
        except NotARecord:
            continue
    return end


def places(file: BinaryIO, sought: bytes, start: int, end: int) -> Iterator[int]:
    """Where some bytes stand between two places of a file, which is read a piece at a time."""
    overlap = len(sought) - 1
    while start < end:
        file.seek(start)
        piece = file.read(min(CHUNK + overlap, end - start))
        at = piece.find(sought)
        while at >= 0:
            yield start + at
            at = piece.find(sought, at + 1)
        start += CHUNK


def parse(plain: bytes) -> Record:
    """The record that an unpacked member holds. Raises NotARecord when it is short, damaged or none."""
    return opened(plain)[0]


def opened(plain: bytes) -> tuple[Record, ArcWarcRecord, bytes]:
    """The record, all its headers as warcio reads them, and its payload as stored. Raises NotARecord."""
    block = _block(plain)
    try:
        record = ArcWarcRecordLoader(verify_http=False, arc2warc=False).parse_record_stream(io.BytesIO(plain))
        stored = record.raw_stream.read()
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, UnicodeDecodeError, AttributeError) as error:
        # An AttributeError: an answer that names no address, of which warcio asks for its scheme all the same.
        raise NotARecord(f"no WARC record ({error})") from error
    whole = _digest(record, "WARC-Block-Digest", block)
    body = _content(record, stored)
    # The block's digest covers the payload; writers differ in what they take for the payload of a coded body.
    if whole is None and record.rec_type != "revisit":
        _digest(record, "WARC-Payload-Digest", stored, body)
    return _record(record, body), record, stored


def _block(plain: bytes) -> bytes:
    head, _, rest = plain.partition(b"\r\n\r\n")
    lengths = [line[15:].strip() for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"]
    if not head.startswith(b"WARC/") or len(lengths) != 1 or not lengths[0].isdigit():
        raise NotARecord("no WARC record with one Content-Length")
    length = int(lengths[0])
    if rest[length:] != b"\r\n\r\n":
        raise NotARecord(f"a record of {len(rest)} bytes that says Content-Length {length}")
    return rest[:length]


def _digest(record: ArcWarcRecord, header: str, *candidates: bytes) -> bool | None:
    text: str | None = record.rec_headers.get_header(header)
    if text is None:
        return None
    algorithm, _, value = text.partition(":")
    try:
        digests = [hashlib.new(algorithm, data, usedforsecurity=False).digest() for data in candidates]
    except (ValueError, TypeError):       # an algorithm that is none, or has no digest of one length
        return None
    written = value.strip().rstrip("=").lower()
    if not any(written in (one.hex(), base64.b32encode(one).decode().rstrip("=").lower()) for one in digests):
        raise NotARecord(f"{header} {text} does not match")
    return True


def _content(record: ArcWarcRecord, stored: bytes) -> bytes:
    headers = {name.lower(): value for name, value in record.http_headers.headers} if record.http_headers else {}
    try:
        return decoded(stored, headers, LIMIT)
    except TooLarge as error:
        raise NotARecord(str(error)) from error


def _record(record: ArcWarcRecord, body: bytes) -> Record:
    head, http = record.rec_headers, record.http_headers
    status = http.get_statuscode() if http and record.rec_type in ("response", "revisit") else ""
    refers_at = head.get_header("WARC-Refers-To-Date")
    return Record(
        identifier=bare(head.get_header("WARC-Record-ID", "")),
        kind=record.rec_type,
        url=head.get_header("WARC-Target-URI", "").strip("<>"),
        at=_instant(head.get_header("WARC-Date", "")),
        body=body,
        status=int(status) if status.isdigit() else None,
        etag=http.get_header("ETag") if http else None,
        last_modified=http.get_header("Last-Modified") if http else None,
        payload_digest=head.get_header("WARC-Payload-Digest"),
        refers_to=bare(head.get_header("WARC-Refers-To", "")) or None,
        refers_url=head.get_header("WARC-Refers-To-Target-URI"),
        refers_at=_instant(refers_at) if refers_at else None,
    )


def _instant(text: str) -> str:
    try:
        return clock.iso(clock.parse_instant(text))
    except ValueError as error:
        raise NotARecord(f"WARC-Date {text!r}: {error}") from error
