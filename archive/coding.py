"""Takes the codings of HTTP off a stored body: chunks, gzip, deflate, br.

A coding that the header names and the body does not have is ignored, and what a broken stream gave before it broke is
kept, as a browser would show it. Nothing grows beyond a limit.
"""

import io
import zlib
from collections.abc import Callable, Mapping

import brotli  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader


class TooLarge(ValueError):
    """A body that unpacks to more bytes than are taken."""


def decoded(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """A body without the codings that its headers (names in lower case) say. Raises TooLarge above `limit` bytes."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        # Some recorders keep the header and not the chunks; the reader passes such a body through.
        body = ChunkedDataReader(io.BytesIO(body)).read()
    for coding in reversed(headers.get("content-encoding", "").lower().split(",")):
        unpack = UNPACKERS.get(coding.strip())
        body = unpack(body, limit) if unpack else body
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    plain = bytearray()
    rest = body
    while rest:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            plain += _bounded(unpacker.decompress, rest, limit - len(plain))
        except zlib.error:
            break
        rest = unpacker.unused_data
    return bytes(plain) or body


def _deflate(body: bytes, limit: int) -> bytes:
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return _bounded(zlib.decompressobj(wbits).decompress, body, limit) or body
        except zlib.error:
            continue
    return body


def _bounded(unpack: Callable[[bytes, int], bytes], body: bytes, limit: int) -> bytes:
    plain = unpack(body, limit + 1)
    if len(plain) > limit:
        raise TooLarge(f"a body of more than {limit} bytes")
    return plain


def _br(body: bytes, limit: int) -> bytes:
    unpacker, plain = brotli.Decompressor(), bytearray()
    for start in range(0, len(body), 4096):
        try:
            plain += unpacker.process(body[start:start + 4096])
        except brotli.error:
            break
        if len(plain) > limit:
            raise TooLarge(f"a body of more than {limit} bytes")
    return bytes(plain) or body


UNPACKERS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _br,
}
