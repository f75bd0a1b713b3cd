"""The streams and tables of a Word 97-2003 file: where its text stands and which properties hold where ([MS-DOC]).

Every offset in such a file is somebody's word: each is checked against the bytes that are there, and what leads out of
them raises Unreadable with the name of the structure.
"""

import io
import struct
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

import olefile

from archive.errors import Unreadable

MAX_TEXT = 5_000_000
_WORD97 = 193                                     # nFib of the first version with this layout
# indices into fibRgFcLcb97 ([MS-DOC] 2.5.6)
STYLES, CHPX, PAPX, FONTS, CLX = 1, 12, 13, 15, 33
SHAPES, DRAWINGS, BOXES, LISTS, OVERRIDES = 40, 50, 56, 73, 74
_NEEDED = frozenset((CLX, CHPX, PAPX))
# what stands for the control characters 80 to 9F of cp1252 ([MS-DOC] 2.9.73, FcCompressed)
_COMPRESSED = {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(256)} | {
    byte: chr(byte) for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BROKEN = (OSError, ValueError, struct.error, IndexError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to before `end` of the document stand at `offset`, `width` bytes each. `prm` changes them."""

    start: int
    end: int
    offset: int
    width: int
    prm: int


@dataclass(frozen=True, slots=True)
class Runs:
    """Properties by file offset: from `starts[i]` to before `ends[i]` hold `values[i]`."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    values: tuple[bytes, ...]

    def at(self, offset: int) -> tuple[bytes, int]:
        """The properties at an offset (empty outside all runs), and where they end."""
        index = bisect_right(self.starts, offset) - 1
        if index >= 0 and offset < self.ends[index]:
            return self.values[index], self.ends[index]
        return b"", self.starts[index + 1] if index + 1 < len(self.starts) else sys.maxsize


@dataclass(slots=True)
class WordFile:
    """The streams of a file and what its header says about them."""

    main: bytes
    table: bytes
    data: bytes
    title: str | None
    # characters by story: main, footnotes, headers, none, comments, endnotes, text boxes, those of headers
    lengths: tuple[int, ...] = ()
    places: tuple[tuple[int, int], ...] = ()      # fibRgFcLcb: offset and size in the table stream
    pieces: tuple[Piece, ...] = ()
    changes: tuple[bytes, ...] = ()               # the property lists that pieces refer to
    warnings: list[str] = field(default_factory=list)

    def part(self, index: int) -> bytes:
        """A structure of the table stream by its place in fibRgFcLcb, empty where the file has none.

        Raises Unreadable where one is cut off without which the text cannot be told.
        """
        offset, size = self.places[index] if index < len(self.places) else (0, 0)
        if offset + size <= len(self.table):
            return self.table[offset:offset + size]
        if index in _NEEDED:
            raise Unreadable(f"the Word file is broken: structure {index} reaches behind the table stream")
        return b""

    def piece(self, position: int) -> Piece | None:
        """The piece that holds a character."""
        index = bisect_right(self.pieces, position, key=lambda piece: piece.start) - 1
        piece = self.pieces[index] if index >= 0 else None
        return piece if piece and position < piece.end else None


def open_file(body: bytes) -> WordFile:
    """The streams, header and piece table of a body. Raises Unreadable for what is encrypted or not of Word 97-2003."""
    try:
        file = _streams(body)
        _read_header(file)
        _read_pieces(file)
    except _BROKEN as error:
        raise Unreadable(f"the Word file is broken: {error}") from error
    return file


def _streams(body: bytes) -> WordFile:
    with olefile.OleFileIO(io.BytesIO(body)) as ole:
        if not ole.exists("WordDocument"):
            raise Unreadable("this OLE file holds no Word document")
        main = ole.openstream("WordDocument").read()
        if len(main) < 32:
            raise Unreadable("the Word file is broken: its header is cut off")
        _refuse(main)
        name = "1Table" if _u16(main, 10) & 0x0200 else "0Table"
        other = "0Table" if name == "1Table" else "1Table"
        name = name if ole.exists(name) else other
        if not ole.exists(name):
            raise Unreadable("the Word file is broken: it has no table stream")
        data = ole.openstream("Data").read() if ole.exists("Data") else b""
        return WordFile(main, ole.openstream(name).read(), data, _title(ole))


def _refuse(main: bytes) -> None:
    """Raises Unreadable for other versions and for encryption, by the first bytes of the header ([MS-DOC] 2.5.2)."""
    magic, version, flags = _u16(main, 0), _u16(main, 2), _u16(main, 10)
    if flags & 0x0100:
        raise Unreadable("the document is encrypted with a password")
    if magic != 0xA5EC or version < _WORD97:
        raise Unreadable(f"the file is of Word 95 or older (format {magic:04X}, {version})")


def _title(ole: "olefile.OleFileIO[str]") -> str | None:
    """The title of the summary, in the code page that it names."""
    try:
        found = ole.get_metadata()
        title, page = getattr(found, "title", None), getattr(found, "codepage", None)
    except _BROKEN:
        return None                                # a broken summary says nothing about the text
    if not isinstance(title, bytes):
        return None
    codec = "utf-8" if page == 65001 else f"cp{(page or 1252) & 0xFFFF}"
    try:
        return title.decode(codec).strip("\x00 ") or None
    except (UnicodeDecodeError, LookupError):
        return None


def _read_header(file: WordFile) -> None:
    """The lengths of the stories and the places of the structures ([MS-DOC] 2.5.1)."""
    words = _u16(file.main, 32)
    longs_at = 34 + 2 * words
    longs = _u16(file.main, longs_at)
    values = struct.unpack_from(f"<{longs}i", file.main, longs_at + 2)
    if longs < 11 or any(value < 0 for value in values[3:11]):
        raise Unreadable("the Word file is broken: its header gives no text length")
    file.lengths = values[3:11]
    pairs_at = longs_at + 2 + 4 * longs
    pairs = _u16(file.main, pairs_at)
    numbers = struct.unpack_from(f"<{2 * pairs}I", file.main, pairs_at + 2)
    file.places = tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _read_pieces(file: WordFile) -> None:
    """Clx: property lists of a fast save, then the piece table ([MS-DOC] 2.9.38)."""
    clx, at, changes = file.part(CLX), 0, []
    while at < len(clx) and clx[at] == 1:
        size = _u16(clx, at + 1)
        changes.append(clx[at + 3:at + 3 + size])
        at += 3 + size
    if at >= len(clx) or clx[at] != 2:
        raise Unreadable("the Word file is broken: it has no piece table")
    size = struct.unpack_from("<I", clx, at + 1)[0]
    table = clx[at + 5:at + 5 + size]
    count = (len(table) - 4) // 12
    if len(table) < size or count < 1:
        raise Unreadable("the Word file is broken: its piece table is cut off")
    file.changes = tuple(changes)
    file.pieces = tuple(_piece(table, count, index) for index in range(count))
    for piece in file.pieces:
        if piece.start > piece.end or piece.offset + (piece.end - piece.start) * piece.width > len(file.main):
            raise Unreadable("the Word file is broken: a piece of its text reaches behind the file")


def _piece(table: bytes, count: int, index: int) -> Piece:
    start, end = struct.unpack_from("<2i", table, 4 * index)
    _, place, prm = struct.unpack_from("<HIH", table, 4 * (count + 1) + 8 * index)
    compressed = bool(place & 0x4000_0000)
    offset = (place & 0x3FFF_FFFF) // 2 if compressed else place & 0x3FFF_FFFF
    return Piece(start, end, offset, 1 if compressed else 2, prm)


def characters(file: WordFile) -> list[str]:
    """The text of all stories, one UTF-16 unit each, at most MAX_TEXT of them."""
    found: list[str] = []
    for piece in file.pieces:
        if piece.start != len(found):
            raise Unreadable("the Word file is broken: its pieces do not follow each other")
        end = min(piece.end, MAX_TEXT)
        raw = file.main[piece.offset:piece.offset + max(end - piece.start, 0) * piece.width]
        if piece.width == 1:
            found += [_COMPRESSED[byte] for byte in raw]
        else:
            found += map(chr, struct.unpack(f"<{len(raw) // 2}H", raw))
        if end < piece.end:
            file.warnings.append(f"only the first {MAX_TEXT} characters were read")
            break
    return found


def text_boxes(file: WordFile) -> dict[int, tuple[int, int]]:
    """By the character that a text box is anchored to, where its text starts and ends ([MS-DOC] 2.8.32, 2.8.37)."""
    shapes, boxes = file.part(SHAPES), file.part(BOXES)
    count, boxed = max((len(shapes) - 4) // 30, 0), max((len(boxes) - 4) // 26, 0)
    anchors = {
        _i32(shapes, 4 * (count + 1) + 26 * index): _i32(shapes, 4 * index) for index in range(count)
    }
    first = sum(file.lengths[:6])
    found = {}
    for index in range(boxed):
        start, end = _i32(boxes, 4 * index), _i32(boxes, 4 * index + 4)
        anchor = anchors.get(_i32(boxes, 4 * (boxed + 1) + 22 * index + 14))
        if anchor is not None and 0 <= start < end <= file.lengths[6]:
            found[anchor] = (first + start, first + end)
    return found


def paragraph_runs(file: WordFile) -> Runs:
    """Style and properties of paragraphs: PlcBtePapx and its pages ([MS-DOC] 2.8.6, 2.9.175)."""
    return _runs(file, PAPX, 13, _papx)


def character_runs(file: WordFile) -> Runs:
    """Properties of characters: PlcBteChpx and its pages ([MS-DOC] 2.8.5, 2.9.33)."""
    return _runs(file, CHPX, 1, _chpx)


def _runs(file: WordFile, index: int, entry: int, read: Callable[[bytes, int], bytes]) -> Runs:
    """All pages of a bin table. `entry` is the size of what a page keeps for each run, an offset its first byte."""
    bins = file.part(index)
    count = (len(bins) - 4) // 8
    if count < 1:
        return Runs((), (), ())
    found: list[tuple[int, int, bytes]] = []
    numbers = struct.unpack_from(f"<{count}I", bins, 4 * (count + 1))
    if len(set(numbers)) < count:
        raise Unreadable("the Word file is broken: a page of its properties stands twice")
    for number in numbers:
        at = (number & 0x3F_FFFF) * 512
        page = file.main[at:at + 512]
        runs = page[511] if len(page) == 512 else 0
        if not runs or 4 * (runs + 1) + entry * runs > 511:
            raise Unreadable("the Word file is broken: a page of its properties is not one")
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for run in range(runs):
            value = read(page, 2 * page[4 * (runs + 1) + entry * run])
            found.append((places[run], places[run + 1], value))
    found.sort(key=lambda run: run[0])
    return Runs(tuple(run[0] for run in found), tuple(run[1] for run in found), tuple(run[2] for run in found))


def _papx(page: bytes, at: int) -> bytes:
    """The style and properties of a paragraph: PapxInFkp ([MS-DOC] 2.9.176)."""
    if not at:
        return b""
    if page[at]:
        return page[at + 1:min(at + 2 * page[at], 511)]
    return page[at + 2:min(at + 2 + 2 * page[at + 1], 511)]


def _chpx(page: bytes, at: int) -> bytes:
    """The properties of characters: Chpx ([MS-DOC] 2.9.32)."""
    return page[at + 1:min(at + 1 + page[at], 511)] if at else b""


def _i32(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<i", data, at)[0])


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])
