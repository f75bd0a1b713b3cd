"""Reads WARC records for the checker: by where they are said to stand, each checked for being whole.

Nothing of nianbao is imported here: what this finds is found without it.
"""

import hashlib
import html
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from io import BytesIO
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import lxml.etree
import lxml.html
from warcio.archiveiterator import ArchiveIterator

SHANGHAI = timezone(timedelta(hours=8))
REPORT = re.compile(r"年报|年度报告|信息公开[^，。]{0,8}报告")
NO_REPORT = re.compile(r"解读|图解|法治政府|部门决算|预算|通知|制度|指南")
YEARS = re.compile(r"(?<!\d)(20[0-4]\d)(?=年)")
PUNCTUATION = re.compile(r"[\s\u3000\xa0\u200b]+")


class Refused(Exception):
    """The evidence does not say what it is said to say; the message is a sentence."""


@dataclass(frozen=True)
class Piece:
    """Where one capture is said to stand; `sha256` is that of its decoded body.

    `body` is the place of the record that holds the body, where that is told beside that of a revisit.
    """

    id: str
    volume: Path
    offset: int
    sha256: str | None = None
    body: tuple[Path, int] | None = None


@dataclass(frozen=True)
class Record:
    """A record as its bytes say; `body` is the decoded one, of a revisit that of what it repeats."""

    id: str
    kind: str
    url: str
    at: datetime
    status: int | None
    media: str
    body: bytes

    @property
    def picture(self) -> bool:
        return self.media.startswith("image/") or self.url.startswith("urn:")

    @property
    def day(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    @cached_property
    def text(self) -> str:
        """The body as text without \\u escapes and entities; empty where it is no text."""
        if self.picture or self.body[:5] == b"%PDF-" or self.body[:2] == b"PK":
            return ""
        text = self.body.decode("utf-8", "replace")
        if text.count("\ufffd") > 20:
            text = self.body.decode("gb18030", "replace")
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
        return html.unescape(text)

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """What stands between tags, quotes and comments, without blanks: words of links, titles, values of JSON."""
        runs = (PUNCTUATION.sub("", run) for run in re.split(r"[<>\"']|\]\]", self.text))
        return tuple(dict.fromkeys(run for run in runs if run))

    @cached_property
    def said(self) -> str:
        """The words of the page, without blanks, scripts and tags."""
        text = re.sub(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", "", self.text, flags=re.S | re.I)
        return PUNCTUATION.sub("", text)

    @cached_property
    def trees(self) -> tuple:
        """The page as a tree, or the pieces of pages that data holds; pieces that a script carries with them."""
        pieces = [one for values in _objects(self.data) for one in values] if self.data is not None else [
            self.text, *re.findall(r"<!\[CDATA\[(.*?)\]\]>", self.text, re.S)]
        return tuple(_tree(one) for one in pieces if "<" in one)

    def links(self) -> Iterator[tuple[str, str]]:
        """(words, address) of every link; of data, the words and addresses that stand together."""
        for link in (link for tree in self.trees for link in tree.iter("a")):
            words = PUNCTUATION.sub("", "".join(link.itertext()) + " " + (link.get("title") or ""))
            yield words, plain(urljoin(self.url, link.get("href") or ""))
        for values in _objects(self.data):
            words = PUNCTUATION.sub("", " ".join(one for one in values if REPORT.search(one) and "<" not in one))
            yield from ((words, plain(urljoin(self.url, one))) for one in values if words and "/" in one)

    @cached_property
    def data(self):
        """The JSON that it is, bare or in a call."""
        inner = re.fullmatch(r"\s*(?:[\w.$]+\s*\()?\s*([\[{].*[\]}])\s*\)?;?\s*", self.text, re.S)
        try:
            return json.loads(inner[1], strict=False) if inner else None
        except ValueError:
            return None

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """The titles of annual reports that stand in it: each names a year."""
        return tuple(run for run in self.runs
                     if len(run) < 120 and REPORT.search(run) and not NO_REPORT.search(run) and YEARS.search(run))


def _objects(data) -> Iterator[list[str]]:
    """The texts of every object in JSON."""
    if isinstance(data, dict):
        yield [value for value in data.values() if isinstance(value, str)]
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _objects(value)


def _tree(text: str):
    try:
        return lxml.html.fromstring(text)
    except (lxml.etree.ParserError, ValueError):
        return lxml.html.fromstring(f"<html>{re.sub(r'<[?].*?[?]>', '', text)}</html>")


def plain(url: str) -> str:
    """An address without what changes nothing about where it leads."""
    return re.sub(r"^https?://", "", urldefrag(url)[0]).rstrip("/")


class Evidence:
    """Reads records: by where they are said to stand, and checks that they are whole."""

    def __init__(self, pieces: Mapping[str, Piece]) -> None:
        self.pieces = pieces
        self._read: dict[str, Record] = {}

    def record(self, name: str) -> Record:
        """The record of a capture. Raises Refused."""
        if name not in self._read:
            piece = self.pieces.get(name)
            if piece is None:
                raise Refused(f"nothing says where capture {name} stands")
            self._read[name] = self._open(piece)
        return self._read[name]

    def _open(self, piece: Piece) -> Record:
        place = f"{piece.volume.name} @ {piece.offset}"
        stored = next(iter(ArchiveIterator(BytesIO(_member(piece, place)), check_digests=True)), None)
        if stored is None:
            raise Refused(f"{place}: no record stands there")
        head, http = stored.rec_headers, stored.http_headers
        kind, body = stored.rec_type, stored.content_stream().read()
        if stored.digest_checker.passed is False:
            raise Refused(f"{place}: its digest does not fit ({'; '.join(stored.digest_checker.problems)})")
        if piece.id and _bare(head["WARC-Record-ID"]) != piece.id:
            raise Refused(f"{place}: the record there is another one ({head['WARC-Record-ID']})")
        status = int(http.get_statuscode()) if http else None
        if stored.rec_type == "revisit":
            kind, status, body = self._original(piece, head, status, place)
        elif not (head["WARC-Block-Digest"] or head["WARC-Payload-Digest"]):
            raise Refused(f"{place}: the record has no digest")
        if piece.sha256 and hashlib.sha256(body).hexdigest() != piece.sha256:
            raise Refused(f"{place}: the body is not the one that was judged")
        media = (http.get_header("Content-Type") if http else head["Content-Type"]) or ""
        return Record(piece.id, kind, head["WARC-Target-URI"], _instant(head["WARC-Date"]), status,
                      media, body)

    def _original(self, piece: Piece, head: Mapping[str, str], status: int | None,
                  place: str) -> tuple[str, int | None, bytes]:
        """What a revisit repeats: its kind, status and body."""
        named = _bare(head["WARC-Refers-To"] or "")
        if not named:
            raise Refused(f"{place}: a revisit that does not say what it repeats")
        if piece.body and named not in self.pieces:
            original = self._open(Piece("", *piece.body))
        else:
            original = self.record(named)
            if plain(original.url) != plain(head["WARC-Target-URI"]):
                raise Refused(f"{place}: a revisit of {original.url}, which is another address")
        told = (head["WARC-Payload-Digest"] or "").removeprefix("sha256:")
        if told != hashlib.sha256(original.body).hexdigest():
            raise Refused(f"{place}: what it repeats has another digest")
        return original.kind, original.status if status in (304, None) else status, original.body


def _member(piece: Piece, place: str) -> bytes:
    """The gzip member at a place, unpacked, with exactly one record in it."""
    unpacker = zlib.decompressobj(wbits=31)
    plain_bytes = b""
    try:
        with piece.volume.open("rb") as file:
            file.seek(piece.offset)
            while not unpacker.eof and (chunk := file.read(1 << 16)):
                plain_bytes += unpacker.decompress(chunk)
    except (OSError, zlib.error) as error:
        raise Refused(f"{place}: no whole record ({error})") from error
    head, _, rest = plain_bytes.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length:\s*(\d+)\s*$", head)
    if not unpacker.eof or not head.startswith(b"WARC/1.") or not length or len(rest) != int(length[1]) + 4:
        raise Refused(f"{place}: no whole record")
    return plain_bytes


def _bare(identifier: str) -> str:
    return identifier.strip("<>").removeprefix("urn:uuid:")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
