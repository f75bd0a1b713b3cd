"""The head of a message: start line and header lines as bytes, with the blank line behind them (pure).

What is stored is what was sent, byte by byte, but for the framing that Twisted has taken off the body: there
`Transfer-Encoding` and a `Content-Length` that does not hold for the stored body are renamed X-Archive-Orig-…, as other
archives do, and a Content-Length that holds is added.
"""

from collections.abc import Iterable
from http.client import responses

ORIGINAL = b"X-Archive-Orig-"
Fields = Iterable[tuple[str, str]]


def stored(head: bytes, length: int) -> bytes:
    """A response's head as it is stored with a body of `length` bytes without chunks."""
    lines, holds = [], False
    for line in head.split(b"\n")[:-2]:
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        true = name == b"content-length" and value.strip() == str(length).encode() and not holds
        holds = holds or true
        framing = name == b"transfer-encoding" or (name == b"content-length" and not true)
        lines.append(ORIGINAL + line if framing else line)
    if not holds:
        lines.append(b"Content-Length: %d\r" % length)
    return b"\n".join([*lines, b"\r\n"])


def answered(status: int, fields: Fields) -> bytes:
    """A response's head made from fields, where nobody saw the bytes."""
    return _head(f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}", fields)


def sent(method: str, target: str, fields: Fields) -> bytes:
    """A request's head made from fields."""
    return _head(f"{method} {target} HTTP/1.1", fields)


def _head(line: str, fields: Fields) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")
