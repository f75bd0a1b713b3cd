"""Saved web pages in one file (MHTML): the page with the pictures that it carries."""

import email
from dataclasses import replace
from email.message import Message
from urllib.parse import urljoin

from archive.documents.html import read_html
from archive.documents.model import Block, Document, Picture
from archive.errors import Unreadable

MAX_PARTS = 400


def read_mhtml(body: bytes) -> Document:
    """The page as a Document, its pictures with their bytes. Raises Unreadable where there is no page in it."""
    parts = [part for part in email.message_from_bytes(body).walk() if not part.is_multipart()][:MAX_PARTS]
    page = next((part for part in parts if part.get_content_type() in ("text/html", "application/xhtml+xml")), None)
    if page is None:
        raise Unreadable("the saved web archive (MHTML) holds no page")
    document = read_html(_body(page), page.get_content_charset())
    base = str(page.get("Content-Location") or "")
    bodies = {key: _body(part) for part in parts if part is not page for key in _keys(part)}
    blocks = tuple(_filled(block, base, bodies) for block in document.blocks)
    return replace(document, media_type="message/rfc822", blocks=blocks)


def _body(part: Message) -> bytes:
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _keys(part: Message) -> list[str]:
    """How a page may refer to a part."""
    number = str(part.get("Content-ID") or "").strip().strip("<>")
    location = str(part.get("Content-Location") or "").strip()
    return [key for key in (f"cid:{number}" if number else "", location) if key]


def _filled(block: Block, base: str, bodies: dict[str, bytes]) -> Block:
    if not isinstance(block, Picture) or block.body is not None or not block.src:
        return block
    try:
        absolute = urljoin(base, block.src)
    except ValueError:
        absolute = block.src
    found = bodies.get(block.src) or bodies.get(absolute)
    return replace(block, body=found) if found else block
