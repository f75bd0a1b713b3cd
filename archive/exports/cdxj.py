"""CDXJ: the index of a WARC by address and time, as replay programs read it (pure).

A line: key, a blank, fourteen digits of time, a blank, JSON with address, kind, status, digest and place. The key is
the address with its host turned round (`cn,gov,jinxiang)/list?page=2`), in lower case, its parameters sorted; that of a
posted request has method and form behind the address. Lines are sorted by their bytes and packed in blocks of 3,000,
and a second index says where each block begins.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_plus, unquote_to_bytes, urlencode, urlsplit

BLOCK = 3000                              # lines
SENT = 4096                               # characters of what was posted that count
KEPT = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "#%")
PORTS = {"http": 80, "https": 443}
WWW = re.compile(r"www\d*\.")
SESSION = re.compile(r"(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}(?:&|$)|aspsessionid[a-z]{8}=[a-z]{24}(?:&|$)"
                     r"|cfid=[^&]+&cftoken=[^&]+(?:&|$)")


@dataclass(frozen=True, slots=True)
class Indexed:
    """One record of a WARC. `at` is stored like `2026-01-20T01:00:00Z`; `method` and `sent` only where posted."""

    url: str
    at: str
    mime: str
    status: int | None
    digest: str
    file: str
    offset: int
    length: int
    method: str = "GET"
    sent: str = ""

    @property
    def line(self) -> str:
        """Its line of the index."""
        told: dict[str, Any] = {"url": self.url, "mime": self.mime}
        told |= {"status": str(self.status)} if self.status is not None else {}
        told |= {"digest": self.digest, "length": str(self.length), "offset": str(self.offset), "filename": self.file}
        told |= {"method": self.method, "requestBody": self.sent} if self.method != "GET" else {}
        return f"{key(self._asked())} {re.sub(r'[^0-9]', '', self.at)[:14]} {json.dumps(told)}\n"

    def _asked(self) -> str:
        if self.method == "GET":
            return self.url
        mark = "&" if "?" in self.url else "?"
        return f"{self.url}{mark}__wb_method={self.method}" + (f"&{self.sent}" if self.sent else "")


def key(url: str) -> str:
    """An address as the index sorts it; what is no web address as it stands, without blanks."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.replace(" ", "%20")
    if parts.scheme not in PORTS or not host:
        return url.replace(" ", "%20")
    named = ",".join(reversed(WWW.sub("", _ascii(host), count=1).split(".")))
    named += f":{port}" if port not in (None, PORTS[parts.scheme]) else ""
    query = "&".join(sorted(SESSION.sub("", _plain(parts.query).lower()).split("&"), key=lambda one: one.split("=", 1)))
    return f"{named}){_path(_plain(parts.path).lower())}" + (f"?{query}" if query else "")


def _path(path: str) -> str:
    """Without steps that lead nowhere, and without a slash at its end."""
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    return "/" + "/".join(steps)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return _plain(host)


def _plain(text: str) -> str:
    """With no more escapes than it needs, however often it was escaped."""
    raw = text.encode("utf-8", "surrogateescape")
    while (once := unquote_to_bytes(raw)) != raw:
        raw = once
    return quote(raw, safe=KEPT)


def posted(body: bytes, content_type: str) -> str:
    """What was posted as the parameters that stand in the key."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return ""
    if kind in ("application/json", "text/plain"):
        try:
            return urlencode(dict(_flat(json.loads(body))))[:SENT]
        except (ValueError, RecursionError):
            return _packed(body)
    if kind == "application/x-www-form-urlencoded":
        try:
            return unquote_plus(body.decode())[:SENT]
        except UnicodeDecodeError:
            return _packed(body)
    return _packed(body)


def _packed(body: bytes) -> str:
    return ("__wb_post_data=" + base64.b64encode(body).decode())[:SENT]


def _flat(value: object) -> Iterator[tuple[str, str]]:
    """Names and values of a JSON value; a name that comes again gets a number."""
    seen: dict[str, int] = {}
    for name, one in _pairs("", value):
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}.{seen[name]}_"), str(one)


def _pairs(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _pairs(str(inner), one)
    elif isinstance(value, list):
        for one in value:
            yield from _pairs(name, one)
    elif name:
        yield name, value


def packed(records: Iterable[Indexed], name: str) -> tuple[bytes, bytes]:
    """The index of some records, packed in blocks, and the index of its blocks; `name` is the former's."""
    lines = sorted({one.line.encode() for one in records})
    blocks, second = bytearray(), [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': name})}\n"]
    for start in range(0, len(lines), BLOCK):
        block = _gzip(lines[start:start + BLOCK])
        prefix = lines[start].partition(b"{")[0].decode()
        place = {"offset": len(blocks), "length": len(block), "digest": f"sha256:{hashlib.sha256(block).hexdigest()}",
                 "filename": name}
        second.append(f"{prefix}{json.dumps(place)}\n")
        blocks += block
    return bytes(blocks), "".join(second).encode()


def _gzip(lines: Sequence[bytes]) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b"".join(lines)) + packer.flush()
