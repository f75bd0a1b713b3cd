"""Pictures of a Word 97-2003 file: JPEG and PNG out of its drawing records ([MS-ODRAW] 2.2.22 to 2.2.31)."""

import struct
from collections.abc import Iterator

from archive.documents.doc_file import DRAWINGS, WordFile

_CONTAINERS = frozenset((0xF000, 0xF001, 0xF002, 0xF003, 0xF004))
_ENTRY = 0xF007
_BLIPS = frozenset((0xF01D, 0xF01E, 0xF02A))      # JPEG and PNG
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_HEAD = 60                                        # a picture starts behind one or two identifiers of 16 bytes and a tag
MAX_PICTURES = 200
_MAX_DEPTH = 8


def inline_picture(file: WordFile, offset: int) -> bytes | None:
    """The picture that a character stands for, at an offset of the data stream: PICF and its drawing."""
    if not 0 <= offset <= len(file.data) - 8:
        return None
    size, head = struct.unpack_from("<IH", file.data, offset)
    kind = struct.unpack_from("<h", file.data, offset + 6)[0]
    end = min(offset + size, len(file.data))
    at = offset + head
    if kind == 0x66 and at < end:                 # the name of a linked file stands before the drawing
        at += 1 + file.data[at]
    return next(_pictures(file.data, at, end, file.main), None)


def floating_pictures(file: WordFile) -> list[bytes]:
    """The pictures that float over the text, in the order of the drawing group."""
    data = file.part(DRAWINGS)
    found = _pictures(data, 0, len(data), file.main)
    return [picture for picture, _ in zip(found, range(MAX_PICTURES), strict=False)]


def _pictures(data: bytes, at: int, end: int, delayed: bytes, depth: int = 0) -> Iterator[bytes]:
    """All pictures in a run of records. `delayed` is the stream where those stand that an entry only points to."""
    while at + 8 <= end:
        _, kind, size = struct.unpack_from("<HHI", data, at)
        first, last = at + 8, min(at + 8 + size, end)
        if kind in _CONTAINERS and depth < _MAX_DEPTH:
            yield from _pictures(data, first, last, delayed, depth + 1)
        elif kind in _BLIPS:
            yield from _picture(data[first:last])
        elif kind == _ENTRY and last - first >= 36:
            yield from _entry(data, first, last, delayed, depth)
        at = last


def _entry(data: bytes, first: int, last: int, delayed: bytes, depth: int) -> Iterator[bytes]:
    """An entry of the picture store: with its picture behind it, or with the place of it."""
    uses, place = struct.unpack_from("<Ii", data, first + 24)
    behind = first + 36 + data[first + 33]
    if behind < last and depth < _MAX_DEPTH:
        yield from _pictures(data, behind, last, b"", depth + 1)
    elif uses and 0 < place < len(delayed) - 8:
        size = struct.unpack_from("<I", delayed, place + 4)[0]
        yield from _pictures(delayed, place, min(place + 8 + size, len(delayed)), b"", _MAX_DEPTH)


def _picture(record: bytes) -> Iterator[bytes]:
    starts = [at for magic in _STARTS if (at := record[:_HEAD].find(magic)) >= 0]
    if starts:
        yield record[min(starts):]
