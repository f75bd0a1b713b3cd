"""Takes the content codings off a body as it came, and says whether it was there whole (pure)."""

import zlib
from collections.abc import Mapping

from archive.coding import decoded

BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
TAIL = 2048                               # bytes at the end of a file that say that it ends there
MAGIC = b"\x1f\x8b"
# How files of a kind begin and what stands near their end; of others (old Word, RAR, BMP) the start says how long.
ENDS = ((b"%PDF", b"%%EOF"), (b"PK\x03\x04", b"PK\x05\x06"), (b"\x89PNG", b"IEND"), (b"\xff\xd8\xff", b"\xff\xd9"),
        (b"GIF8", b";"))
WINDOWS: Mapping[str, tuple[int, ...]] = {
    "gzip": (31,), "x-gzip": (31,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}


def unpacked(body: bytes, codings: str, limit: int) -> tuple[bytes, bool]:
    """A body without its codings, by the archive's own reading, and whether all of it came.

    A coding that the header names and the body does not have is ignored. Raises TooLarge above `limit` bytes.
    """
    plain = decoded(body, {"content-encoding": codings}, limit)
    names = [name.strip() for name in reversed(codings.lower().split(",")) if name.strip() not in ("", "identity")]
    for name in names:
        if _bare(body):
            break
        if not any(_ends(body, window) for window in WINDOWS.get(name, ())):
            return plain, False
        body = decoded(body, {"content-encoding": name}, limit)
    return plain, True


def ended(body: bytes) -> bool:
    """A body whose length nobody announced looks finished: old servers end it by closing the connection."""
    if not body.startswith(BINARY):
        return _text_ended(body)
    tail = body[-TAIL:]
    return next((mark in tail for start, mark in ENDS if body.startswith(start)), True)


def _text_ended(body: bytes) -> bool:
    start, end = body[:TAIL].lower(), body.rstrip(b"\0 \t\r\n").lower()[-TAIL:]
    if b"<html" in start:
        return b"</html" in end
    marked = b"<" in start or start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    return end.endswith((b">", b"}", b"]", b")", b";")) or not marked


def _bare(body: bytes) -> bool:
    """The body is no packed one, whatever its header says."""
    return not body or body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or body.startswith(BINARY)


def _ends(body: bytes, window: int) -> bool:
    """Every packed part comes to its own end; what follows the last is padding."""
    while True:
        unpacker = zlib.decompressobj(window)
        try:
            unpacker.decompress(body)
        except zlib.error:
            return False
        body = unpacker.unused_data
        if not unpacker.eof or not body.startswith(MAGIC):
            return unpacker.eof
