"""Which pictures and framed files a page shows, by their address as the page writes it.

A cheap scan without a parser, because it runs outside of the children that read: its time is linear in the page's.
"""

import codecs
import html
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from urllib.parse import parse_qsl, unquote, unquote_to_bytes, urljoin, urlsplit

MOST = 30                             # files of one page
BYTES = 64 << 20                      # of these in all
LOOKED_AT = 1000                      # tags
TAG = re.compile(r"<(?:img|image|iframe|frame|embed|object)\b[^>]{1,20000}", re.I)
SOURCE = re.compile(r"""(?<![\w-])(?:src|data)\s{0,9}=\s{0,9}(?:"([^"]+)"|'([^']+)'|([^\s"'>]+))""", re.I)
BASE = re.compile(r"""<base\b[^>]{0,2000}?\shref\s{0,9}=\s{0,9}["']?([^\s"'>]+)""", re.I)
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def embedded(body: bytes, fetch: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """What a page shows, by address as written: `fetch` gives the bytes of an address, None where it has none."""
    found: dict[str, bytes] = {}
    left = BYTES
    for written in sources(body):
        for asked in (written, *inner(written)):
            content = fetch(asked) if len(found) < MOST else None
            if content and len(content) <= left:
                # A frame's file is known by the address of its viewer and by its own.
                found[written] = found[asked] = content
                left -= len(content)
                break
    return found


def sources(body: bytes) -> tuple[str, ...]:
    """The addresses of a page's pictures, frames and embedded objects, as written, each once."""
    if b"<" not in body:
        return ()
    tags = islice(TAG.finditer(_text(body)), LOOKED_AT)
    written = chain.from_iterable(SOURCE.findall(tag[0]) for tag in tags)
    addresses = (html.unescape(next(filter(None, groups))) for groups in written)
    return tuple(dict.fromkeys(one for one in addresses if not one.lower().startswith(("data:", "javascript:"))))


def inner(address: str) -> Iterator[str]:
    """The addresses that a viewer is told to show: `viewer.html?file=1.pdf`."""
    try:
        query = urlsplit(address).query
        pairs = parse_qsl(query, max_num_fields=50)
    except ValueError:
        return
    yield from (value for _, value in pairs if "." in value)


def resolver(page: str, body: bytes) -> Callable[[str], bytes | None]:
    """Turns an address as a page writes it into a key that equals `key` of the full address; None for no address."""
    base = BASE.search(_text(body[:100_000]))
    try:
        root = urljoin(page, html.unescape(base[1])) if base else page
    except ValueError:
        root = page

    def resolve(written: str) -> bytes | None:
        try:
            return key(urljoin(root, written.strip()))
        except ValueError:
            return None
    return resolve


def key(url: str) -> bytes:
    """An address without its fragment, the same for every way to quote it."""
    parts = urlsplit(url)
    return unquote_to_bytes(parts._replace(netloc=parts.netloc.lower(), fragment="").geturl())


def paths(address: str) -> Iterator[str]:
    """The relative paths that an address may mean on a disk; none where it leads elsewhere."""
    try:
        parts = urlsplit(address.strip().replace("\\", "/"))
    except ValueError:
        return
    if not parts.scheme and not parts.netloc and parts.path and not parts.path.startswith("/"):
        readings = (parts.path, unquote(parts.path), unquote(parts.path, "gb18030", "replace"))
        yield from (one for one in dict.fromkeys(readings) if "\0" not in one)


def _text(body: bytes) -> str:
    for mark, encoding in MARKS.items():
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")
