"""Streams of a PDF that inflate to more than memory holds: PDFium unpacks a page whole, and ends where it cannot."""

import re
import zlib
from collections.abc import Iterator

MAX_STREAM = 256 << 20                # bytes of one stream
_RATIO = 1032                         # deflate shrinks nothing further than that
_PIECE = 1 << 20
_HEAD = 2000                          # bytes before a stream in which its dictionary stands
_STREAM = re.compile(rb"stream\r?\n")
_FLATE = re.compile(rb"/Fl(?:ateDecode)?\b")
# pictures are unpacked row by row and never larger than they say; a font's size stands in its dictionary
_BOUNDED = re.compile(rb"/Subtype\s*/Image\b|/Length1\b")


def inflates_too_far(body: bytes) -> bool:
    """Whether a stream that PDFium would unpack whole is larger than any page."""
    return any(_is_larger(body[start:end], filters) for start, end, filters in _streams(body))


def _streams(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of deflate filters of each stream that may be that large."""
    for found in _STREAM.finditer(body):
        if body[max(0, found.start() - 3):found.start()] == b"end":
            continue
        head = body[max(0, found.start() - _HEAD):found.start()].rpartition(b" obj")[2]
        filters = len(_FLATE.findall(head))
        if not filters or _BOUNDED.search(head):
            continue
        end = body.find(b"endstream", found.end())
        end = len(body) if end < 0 else end
        if (end - found.end()) * _RATIO ** filters > MAX_STREAM:
            yield found.end(), end, filters


def _is_larger(packed: bytes, filters: int) -> bool:
    pieces: Iterator[bytes] = iter((packed,))
    for _ in range(filters):
        pieces = _inflated(pieces)
    try:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > MAX_STREAM:
                return True
    except zlib.error:
        return False                  # PDFium stops there too
    return False


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for piece in pieces:
        while piece and not unpacker.eof:
            yield unpacker.decompress(piece, _PIECE)
            piece = unpacker.unconsumed_tail
