"""Writes one bundle: WARC records as they happen, crawl.json last.

    <out>/<county>-<start>-<8 hex digits>/captures.warc.gz    WARC 1.1, one gzip member per record, flushed one by one
    <out>/<county>-<start>-<8 hex digits>/crawl.json          after the WARC is synced, by rename

While the crawl lives it holds an exclusive flock on the WARC, from before the folder has its name until crawl.json
stands: a bundle without crawl.json whose WARC nobody holds is one that was aborted.

Heads and bodies are bytes as they went over the wire; what little is not is told in docs/capture.md. A revisit's
WARC-Payload-Digest is the SHA-256 of the content-decoded body, which is what known.json calls `sha256`.
"""

import contextlib
import fcntl
import json
import os
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import bundles
from archive.bundles import Crawl, Held
from archive.clock import iso
from crawler.errors import Unwritable

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
Message = tuple[bytes, bytes]             # head and body


class BundleWriter:
    """One bundle being written. `close` ends the WARC, `finish` adds crawl.json."""

    def __init__(self, out: Path, county: str, started: datetime, software: str) -> None:
        stamp = iso(started).replace("-", "").replace(":", "")
        self.name = f"{county}-{stamp}-{secrets.token_hex(4)}"
        self.path = out / self.name
        self.file = _locked(self.path)
        self.writer = WARCWriter(self.file, gzip=True, warc_version="1.1")
        self._warcinfo(software, started)

    def exchange(self, url: str, at: datetime, request: Message, answer: Message, *, held: Held | None = None,
                 truncated: bool = False) -> str:
        """Write a request and its answer; a revisit of what is held where `held` is given. The answer's record id.

        Each is its head as bytes (crawler/heads.py) and its body as it came, coded, without chunks.
        """
        record = self._answer(url, at, answer, held, truncated)
        self._write(url, "request", at, {"WARC-Concurrent-To": record}, payload=request[1], head=request[0])
        return record

    def resource(self, url: str, at: datetime, html: str, notes: Mapping[str, object], held: Held | None = None) -> str:
        """Write a page as the browser rendered it, and what is to be said of it, as a metadata record.

        Where `held` is given, the browser rendered what is held, and the page becomes a revisit of it.
        """
        if held is None:
            record = self._write(url, "resource", at, {}, payload=html.encode("utf-8", "replace"),
                                 content_type="text/html; charset=utf-8")
        else:
            record = self._write(url, "revisit", at, _repeating(held, SAME_PAYLOAD), payload=b"")
        if notes:
            told = json.dumps(dict(notes), ensure_ascii=False).encode()
            self._write(url, "metadata", at, {"WARC-Concurrent-To": record}, payload=told,
                        content_type="application/json")
        return record

    def picture(self, url: str, at: datetime, png: bytes) -> str:
        """Write what a page looked like in the browser, as other crawlers name such a record. Its record id."""
        return self._write(f"urn:fullPage:{url}", "resource", at, {}, payload=png, content_type="image/png")

    def written(self, url: str, at: datetime, body: bytes, kind: str) -> str:
        """Write what a page carried in its scripts instead of at an address. Its record id."""
        return self._write(url, "resource", at, {}, payload=body, content_type=kind)

    def close(self) -> None:
        """Let the WARC go. What of it cannot be written any more was said by Unwritable."""
        with contextlib.suppress(OSError):
            self.file.close()

    def finish(self, crawl: Crawl) -> Path:
        """Write crawl.json, last and by rename, once the WARC is on disk. The bundle's folder."""
        self.file.flush()
        os.fsync(self.file.fileno())
        bundles.write(self.path / bundles.CRAWL_NAME, crawl)
        self.close()
        return self.path

    def _warcinfo(self, software: str, at: datetime) -> None:
        lines = {"software": software, "format": "WARC File Format 1.1",
                 "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"}
        body = "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()
        self._write("", "warcinfo", at, {"WARC-Filename": bundles.WARC_NAME}, payload=body,
                    content_type="application/warc-fields")

    def _answer(self, url: str, at: datetime, answer: Message, held: Held | None, truncated: bool) -> str:
        head, body = answer
        if held is None:
            extra = {"WARC-Truncated": "disconnect"} if truncated else {}
            return self._write(url, "response", at, extra, payload=body, head=head)
        profile = NOT_MODIFIED if head.split(b" ", 2)[1] == b"304" else SAME_PAYLOAD
        return self._write(url, "revisit", at, _repeating(held, profile), payload=b"", head=head)

    def _write(self, url: str, kind: str, at: datetime, extra: dict[str, str], *, payload: bytes,
               head: bytes | None = None, content_type: str = "") -> str:
        identifier = f"<urn:uuid:{uuid.uuid4()}>"
        headers = {"WARC-Record-ID": identifier, "WARC-Date": iso(at)} | extra
        record = self.writer.create_warc_record(
            url, kind, payload=BytesIO(payload), length=len(payload), warc_content_type=content_type,
            http_headers=None if head is None else _AsSent(head), warc_headers_dict=headers)
        try:
            self.writer.write_record(record)
            self.file.flush()
        except OSError as error:
            raise Unwritable(f"{self.path / bundles.WARC_NAME}: {error}") from error
        return identifier


class _AsSent(StatusAndHeaders):  # type: ignore[misc]
    """A head that is written as it is; warcio would encode anew whatever is not plain ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__(head.partition(b"\n")[0].decode("latin-1").strip(), [])
        self.head = head

    def compute_headers_buffer(self, _header_filter: object = None) -> None:
        """What the writer writes."""
        self.headers_buff = self.head


def _repeating(held: Held, profile: str) -> dict[str, str]:
    refers = {"WARC-Refers-To": held.record} if held.record else {}
    return {"WARC-Profile": profile, "WARC-Refers-To-Target-URI": held.url, "WARC-Refers-To-Date": held.fetched,
            "WARC-Payload-Digest": f"sha256:{held.sha256}"} | refers


def _locked(path: Path) -> BinaryIO:
    """A new bundle's WARC, held; the folder takes its name with the WARC already held in it."""
    scratch = path.with_name(f".{path.name}")
    scratch.mkdir(parents=True)
    file = (scratch / bundles.WARC_NAME).open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    scratch.rename(path)
    return file
