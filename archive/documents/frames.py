"""Pictures and files that a page shows inside its text: images, frames, viewers."""

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree

from archive.documents.model import Picture, Place

FRAMES = frozenset(("iframe", "embed", "object", "frame"))
MAX_INLINE = 20_000_000                   # characters of a data: URI
_FILE = re.compile(r"\.(?:pdf|ofd|docx?|wps|xlsx?|et|rtf|png|jpe?g|gif|bmp|tiff?|webp)$", re.I)
_DATA = re.compile(r"\s*data:[\w.+-]*/?[\w.+-]*(?:;[\w=-]+)*?;base64,", re.I)
# where pages keep the address of a picture that a script loads later
_LATER = ("data-src", "data-original", "data-lazy-src", "data-echo", "_src")


def picture(element: etree._Element, place: Place) -> Picture:
    """An image of the page; with its bytes where the address holds them."""
    later = next((element.get(name) for name in _LATER if element.get(name)), None)
    source = later or element.get("src")
    body = _inline(source or "")
    return Picture(None if body else source, place, body)


def framed(element: etree._Element, place: Place) -> Picture | None:
    """The file that a frame shows, itself or by a viewer that is told its address; None where it shows a page."""
    source = element.get("src") or element.get("data") or ""
    body = _inline(source)
    if body:
        return Picture(None, place, body)
    told = [value for _, value in parse_qsl(urlsplit(source).query)] if "=" in source else []
    for candidate in (*told, source):
        if _is_file(candidate):
            return Picture(candidate, place)
    return None


def _is_file(address: str) -> bool:
    try:
        return bool(_FILE.search(unquote(urlsplit(address.strip()).path)))
    except ValueError:
        return False


def _inline(address: str) -> bytes | None:
    match = _DATA.match(address[:200])
    if match is None or len(address) > MAX_INLINE:
        return None
    try:
        return base64.b64decode(unquote(address[match.end():]), validate=False) or None
    except (ValueError, binascii.Error):
        return None
