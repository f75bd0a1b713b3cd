"""What was captured, by whomever, as answers to be asked for again: WARC files, WACZ files, bundle folders.

The index holds places, not bodies. Whoever asks gives method, address and body of a request, and gets the capture that
answers it. What this crawler recorded is given as it was recorded, answer after answer, from the latest crawl that
holds the address. What others recorded is read as what a person saw: of several captures of one address the latest that
brought something, whatever scheme, order of parameters or cache buster the browser asked with.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord

from archive import bundles, wacz
from archive.asked import Asked, exact, loose
from archive.clock import parse_instant
from archive.errors import BadCapture
from archive.records import Damage, NotARecord, Record, bare, opened
from archive.warcs import END, SeveralRecords, WarcFile

OWN = re.compile(rb"^software: nianbao-crawler/\S+\r?$", re.M)
SUFFIXES = (".warc", ".warc.gz")
PICTURE = "urn:fullPage:"
ANSWERS = ("response", "revisit", "resource")
WHOLE_RANGE = re.compile(r"bytes 0-(\d+)/(\d+)")
TELLING = frozenset({200, 301, 302, 303, 307, 308, 404, 410})
EMPTY = frozenset({None, 204, 206, 304})              # nothing, or a part: told before or after by another
PACKED = ("gzip", "x-gzip")
FRAMING = (b"content-encoding", b"transfer-encoding", b"content-length")
ORIGINAL = b"X-Archive-Orig-"         # before the name of a field that does not hold for the body any more
Headers = tuple[tuple[str, str], ...]


class NotCaptured(Exception):
    """The sources hold no answer to a request; the message says why where there is more to say."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer as it was captured. `body` is as stored where `headers` still name its coding, else decoded.

    `head` is start line and headers as bytes, `asked` that of the request where it was captured, too.
    """

    url: str
    at: datetime
    status: int
    headers: Headers
    body: bytes
    torn: bool = False                # the body ended before its time
    head: bytes = b""
    asked: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a record stands; `part` counts the crawls in the sources, `own` says that this crawler made it."""

    file: int
    offset: int
    part: int
    own: bool
    kind: str
    url: str
    at: str
    status: int | None
    identifier: str
    html: bool = False


@dataclass
class _Read:
    """The records of one file while it is read."""

    entries: list[Entry] = field(default_factory=list)
    posts: dict[str, Asked] = field(default_factory=dict)         # record of the answer -> what was posted
    digests: list[tuple[str, Entry]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)           # record -> where its metadata record stands
    requests: dict[str, int] = field(default_factory=dict)        # record -> where its request stands
    damage: list[str] = field(default_factory=list)


class Captured:
    """The index of everything that the sources hold.

    `pages` are the addresses that a person visited, where the sources say so, `documents` those of all pages;
    `damage` names what could not be read.
    """

    def __init__(self) -> None:
        self.damage: list[str] = []
        self.pages: dict[str, None] = {}
        self.documents: dict[str, None] = {}
        self._files: list[WarcFile] = []
        self._exact: dict[Asked, list[Entry]] = {}
        self._loose: dict[str, list[Entry]] = {}
        self._by_id: dict[str, Entry] = {}
        self._by_place: dict[tuple[str, str], Entry] = {}
        self._by_digest: dict[str, Entry] = {}
        self._notes: dict[str, tuple[int, int]] = {}
        self._requests: dict[str, tuple[int, int]] = {}
        self._parts = 0

    @property
    def own(self) -> bool:
        """Everything in the sources was recorded by this crawler."""
        return not self._loose

    def first(self, ours: Callable[[str], bool]) -> datetime | None:
        """The instant of the first capture of an address that is one of `ours`."""
        found = min((entry.at for entry in self._by_id.values() if ours(entry.url)), default=None)
        return parse_instant(found) if found else None

    def hosts(self) -> list[str]:
        """The hosts of what was captured, the one with most captures first."""
        counted = Counter(entry.url.split("/")[2].lower() for entry in self._by_id.values())
        return [host for host, _ in counted.most_common()]

    def holds(self, asked: Asked) -> bool:
        """There is some answer to a request."""
        return bool(self._found(asked))

    def answer(self, asked: Asked, turn: int, *, conditional: bool = False) -> Capture:
        """The answer to a request that is made for the `turn`-th time (from 0). Raises NotCaptured.

        A captured 304 answers a conditional request; else the body that it speaks of does.
        """
        entries = self._found(asked)
        if not entries:
            raise NotCaptured("not in the archive that is read")
        if all(entry.own for entry in entries):
            return self._given(entries[min(turn, len(entries) - 1)], entries, conditional=conditional)
        ranked = sorted(entries, key=_worth, reverse=True)
        for entry in ranked[:-1]:
            with contextlib.suppress(NotCaptured):
                return self._given(entry, entries, conditional=False)
        return self._given(ranked[-1], entries, conditional=False)

    def shown(self, url: str) -> tuple[tuple[Capture, ...], bytes | None]:
        """The states of a page as a browser showed them, and what was noted with the first (JSON)."""
        states: list[Capture] = []
        while (entry := self._state(url, len(states) + 1)) is not None:
            states.append(self._given(entry, [entry], conditional=False))
        first = self._state(url, 1)
        note = self._notes.get(first.identifier) if first is not None else None
        return tuple(states), self._opened(*note).stored if note is not None else None

    def picture(self, url: str) -> bytes | None:
        """What a page, or one state of it, looked like when the archive was made."""
        entries = self._exact.get(Asked("GET", exact(PICTURE + url, fragment=True)), ())
        return self._given(entries[-1], entries, conditional=False).body if entries else None

    def add(self, warc: WarcFile) -> None:
        """Read one more file. Raises BadCapture where nothing in it is a record."""
        self._files.append(warc)
        try:
            read = self._read(warc)
        except SeveralRecords:
            warc.unpack()
            read = self._read(warc)
        if not read.entries and read.damage:
            raise BadCapture(warc.name, f"no whole record in it; {read.damage[0].removeprefix(warc.name).strip()}")
        self.damage += read.damage
        self._index(read)

    def close(self) -> None:
        """Let the files go."""
        for warc in self._files:
            warc.close()

    def _read(self, warc: WarcFile) -> _Read:
        read, own, before = _Read(), False, self._parts
        self._parts += 1
        waiting: tuple[str, Asked] | None = None      # a posted request, by address, that names no answer
        for found in warc.records():
            if isinstance(found, Damage):
                read.damage.append(f"{warc.name} at byte {found.offset}: {found.found}")
                continue
            offset, plain = found
            try:
                record, headers, stored = opened(plain)
            except NotARecord as error:
                read.damage.append(f"{warc.name} at byte {offset}: {error}")
                continue
            if record.kind == "warcinfo":
                own = bool(OWN.search(stored))
                self._parts += bool(read.entries)
            entry = Entry(len(self._files) - 1, offset, self._parts, own, record.kind, record.url, record.at,
                          record.status, record.identifier, record.status == 200 and _is_html(headers))
            waiting = _note(read, entry, record, headers, stored, waiting)
        assert self._parts > before
        return read

    def _index(self, read: _Read) -> None:
        for entry in read.entries:
            self._by_id.setdefault(entry.identifier, entry)
            self._by_place.setdefault((entry.url, entry.at), entry)
            plain = exact(entry.url, fragment=entry.kind == "resource")
            asked = read.posts.get(entry.identifier) or Asked("GET", plain)
            if entry.html and asked.method == "GET":
                self.documents[entry.url] = None
            self._exact.setdefault(asked, []).append(entry)
            if not entry.own:
                self._loose.setdefault(loose(asked), []).append(entry)
        for digest, entry in read.digests:
            self._by_digest.setdefault(digest, entry)
        self._notes |= {about: (len(self._files) - 1, offset) for about, offset in read.notes.items()}
        self._requests |= {about: (len(self._files) - 1, offset) for about, offset in read.requests.items()}

    def _found(self, asked: Asked) -> Sequence[Entry]:
        """The captures that answer a request: of the latest crawl that holds it, or all that others made."""
        plain = replace(asked, url=exact(asked.url))
        entries = [entry for entry in self._exact.get(plain, ()) if not (entry.own and entry.kind == "resource")]
        if entries and all(entry.own for entry in entries):
            return [entry for entry in entries if entry.part == entries[-1].part]
        return entries or self._loose.get(loose(plain), ())

    def _state(self, url: str, number: int) -> Entry | None:
        place = url if number == 1 else f"{url}#page={number}"
        entries = [entry for entry in self._exact.get(Asked("GET", exact(place, fragment=True)), ())
                   if entry.own and entry.kind == "resource"]
        return entries[-1] if entries else None

    def _given(self, entry: Entry, entries: Sequence[Entry], *, conditional: bool) -> Capture:
        found = self._opened(entry.file, entry.offset)
        if entry.kind == "resource":
            return Capture(entry.url, parse_instant(entry.at), 200, found.type(), found.stored)
        if (entry.kind == "revisit" or entry.status == 304) and not (entry.status == 304 and conditional):
            return self._repeated(entry, found, entries)
        answer = self._answer(entry, found)
        if answer.status != 206:
            return answer
        span = next((value for name, value in answer.headers if name.lower() == "content-range"), "")
        covered = WHOLE_RANGE.fullmatch(span.strip())
        if covered is None or int(covered[1]) + 1 != int(covered[2]):
            raise NotCaptured("only a part of it was captured")
        return replace(answer, status=200)

    def _answer(self, entry: Entry, found: "Opened") -> Capture:
        place = self._requests.get(entry.identifier)
        answer = Capture(entry.url, parse_instant(entry.at), entry.status or 0, found.fields(), found.stored,
                         found.headers.rec_headers.get_header("WARC-Truncated") is not None, found.head(),
                         self._opened(*place).head() if place is not None else None)
        return answer if entry.own else _uncoded(answer, found.record.body)

    def _repeated(self, entry: Entry, found: "Opened", entries: Sequence[Entry]) -> Capture:
        """The body that a record speaks of, as of the record's own instant."""
        meant = self._referred(found.record)
        if meant is None and entry.kind != "revisit":
            meant = next((one for one in reversed(entries) if one.status == 200 and one.at <= entry.at), None)
        if meant is None or meant.kind == "revisit" or meant.status == 304:
            raise NotCaptured(f"captured as a repetition of a body that is not there (record {entry.identifier})")
        body, own = self._given(meant, [meant], conditional=False), self._answer(entry, found)
        if entry.status != 200:
            return replace(body, url=entry.url, at=own.at, asked=own.asked)
        return replace(body, url=entry.url, at=own.at, asked=own.asked, headers=_with_coding(own, body),
                       head=own.head if entry.own else body.head)

    def _referred(self, record: Record) -> Entry | None:
        found = self._by_id.get(record.refers_to or "")
        found = found or self._by_place.get((record.refers_url or "", record.refers_at or ""))
        return found or self._by_digest.get((record.payload_digest or "").lower())

    def _opened(self, file: int, offset: int) -> "Opened":
        warc = self._files[file]
        try:
            plain = warc.plain(offset)
            return Opened(plain, *opened(plain))
        except NotARecord as error:
            raise BadCapture(warc.name, f"at byte {offset}: {error}") from error


@dataclass(frozen=True, slots=True)
class Opened:
    """One record as it stands in its file."""

    plain: bytes
    record: Record
    headers: ArcWarcRecord
    stored: bytes

    def head(self) -> bytes:
        """The head of the HTTP message in it, with the blank line behind it."""
        block = self.plain.partition(END)[2].removesuffix(END)
        return block[:len(block) - len(self.stored)]

    def fields(self) -> Headers:
        """The fields of that head."""
        message = self.headers.http_headers
        return tuple((name, value) for name, value in message.headers) if message else ()

    def type(self) -> Headers:
        """What a resource says of itself."""
        return (("Content-Type", self.headers.content_type or "application/octet-stream"),)


@contextmanager
def captured(sources: Iterable[Path], scratch: Path) -> Iterator[Captured]:
    """The index of some sources: WARC files, WACZ files, bundle folders, folders of WARC files.

    `scratch` is a folder for nameless scratch files. Raises BadCapture with the file and the place in it.
    """
    found = Captured()
    try:
        for source in sources:
            _add(found, source, scratch)
        if not found._by_id:
            raise BadCapture(", ".join(map(str, sources)), "no capture of any address in it")
        yield found
    finally:
        found.close()


def started(folder: Path) -> datetime | None:
    """When the crawl of a bundle folder started; None for what is no bundle, or one that was aborted."""
    path = folder / bundles.CRAWL_NAME
    return parse_instant(bundles.read_crawl(path).started) if path.is_file() else None


def _add(found: Captured, source: Path, scratch: Path) -> None:
    if source.is_dir():
        warcs = sorted(path for path in source.iterdir() if path.name.endswith(SUFFIXES))
        if not warcs:
            raise BadCapture(str(source), f"no WARC in this folder; expected {bundles.WARC_NAME}")
        for path in warcs:
            found.add(WarcFile(str(path), _opened(path), scratch))
    elif source.suffix.lower() in (".wacz", ".zip"):
        with wacz.opened(source) as package:
            for name in package.warcs():
                found.add(WarcFile(f"{source}: {name}", package.copy(name, scratch), scratch))
            found.pages |= dict.fromkeys(package.pages())
    else:
        found.add(WarcFile(str(source), _opened(source), scratch))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadCapture(str(path), error.strerror or str(error)) from error


def _note(read: _Read, entry: Entry, record: Record, headers: ArcWarcRecord, stored: bytes,
          waiting: tuple[str, Asked] | None) -> tuple[str, Asked] | None:
    """Take one record in; gives the posted request that still waits for its answer."""
    about = [bare(value) for name, value in headers.rec_headers.headers if name.lower() == "warc-concurrent-to"]
    web = entry.url.startswith(("http://", "https://"))
    if record.kind == "request" and web:
        return _request(read, entry, headers, stored, about)
    if record.kind == "metadata" and about:
        read.notes[about[0]] = entry.offset
    ours = entry.own and record.kind == "resource"
    if record.kind not in ANSWERS or not (_is_shown(entry, headers) if ours else web):
        return waiting
    if waiting is not None and waiting[0] == entry.url:
        read.posts.setdefault(entry.identifier, waiting[1])
    for request in about:                                     # some programs let the answer name its request
        if request in read.posts:
            read.posts.setdefault(entry.identifier, read.posts[request])
        if request in read.requests:
            read.requests.setdefault(entry.identifier, read.requests[request])
    read.entries.append(entry)
    if record.kind == "response" and entry.status != 304:
        read.digests.append((f"sha256:{record.sha256}", entry))
        if record.payload_digest:
            read.digests.append((record.payload_digest.lower(), entry))
    return None


def _request(read: _Read, entry: Entry, headers: ArcWarcRecord, stored: bytes, about: Sequence[str]
             ) -> tuple[str, Asked] | None:
    """Note what was posted; an answer belongs to it by record, or by standing beside it under the same address."""
    read.requests |= dict.fromkeys((entry.identifier, *about), entry.offset)
    method = (headers.http_headers.protocol if headers.http_headers else "GET").upper()
    if method == "GET":
        return None
    asked = Asked(method, exact(entry.url), stored)
    for identifier in (entry.identifier, *about):
        read.posts[identifier] = asked
    before = read.entries[-1] if read.entries else None
    if not about and before is not None and before.url == entry.url and before.identifier not in read.posts:
        read.posts[before.identifier] = asked
        return None
    return (entry.url, asked) if not about else None


def _worth(entry: Entry) -> tuple[int, str]:
    """How much an answer told a person, then when: a page told something, also one that moved or is gone."""
    status = 200 if entry.kind == "resource" else entry.status
    return (2 if status in TELLING else 0 if status in EMPTY else 1), entry.at


def _is_shown(entry: Entry, headers: ArcWarcRecord) -> bool:
    """One of our own resource records: a page as a browser showed it, or a picture of one."""
    return entry.url.startswith(PICTURE) or (headers.content_type or "").startswith("text/html")


def _is_html(headers: ArcWarcRecord) -> bool:
    kind = headers.http_headers.get_header("Content-Type") if headers.http_headers else None
    return (kind or "").lower().startswith("text/html")


def _uncoded(answer: Capture, body: bytes) -> Capture:
    """Head and body that agree: browsers hand bodies out decoded and keep the field that names the coding."""
    named = {name.lower(): value.strip().lower() for name, value in answer.headers}
    packed = named.get("content-encoding", "") in PACKED and answer.body.startswith(b"\x1f\x8b")
    if packed and "transfer-encoding" not in named:
        return answer
    lines = [ORIGINAL + line if line.partition(b":")[0].strip().lower() in FRAMING else line
             for line in answer.head.split(b"\n")]
    fields = tuple((f"{ORIGINAL.decode()}{name}" if name.lower().encode() in FRAMING else name, value)
                   for name, value in answer.headers)
    return replace(answer, headers=fields, head=b"\n".join(lines), body=body)


def _with_coding(own: Capture, body: Capture) -> Headers:
    """A repetition's own fields, but for what the body that it repeats is coded with."""
    coding = [pair for pair in body.headers if pair[0].lower() == "content-encoding"]
    return (*(pair for pair in own.headers if pair[0].lower() not in ("content-encoding", "content-length")), *coding)
