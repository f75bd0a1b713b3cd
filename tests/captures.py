"""Makes what people hand in: WARC and WACZ files in the dialects of the programs that capture in a browser."""

import gzip
import hashlib
import json
import uuid
import zipfile
from dataclasses import dataclass, replace

from warcio.archiveiterator import ArchiveIterator

from archive import bundles
from archive.clock import parse_instant


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `body` is decoded."""

    url: str
    at: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    body: bytes = b""
    method: str = "GET"
    sent: bytes = b""
    kind: str = "response"


@dataclass(frozen=True)
class Dialect:
    """How a program writes: `packed` is member (one for each record), one (for all) or none."""

    packed: str = "member"
    version: str = "1.1"
    line: str = "HTTP/1.1 {status} OK"
    lower: bool = False                   # names of fields in lower case
    more: tuple[tuple[str, str], ...] = ()   # fields that stay although the body is stored decoded
    digests: bool = True
    answer_first: bool = True
    concurrent: bool = True               # requests name their answers
    software: str = "Webrecorder ArchiveWeb.page 0.12"
    instants: str = "%Y-%m-%dT%H:%M:%SZ"


BROWSER = Dialect(line="HTTP/1.1 {status} OK", lower=True, more=(("content-encoding", "gzip"),),
                  instants="%Y-%m-%dT%H:%M:%S.%fZ")
DIALECTS = {
    "browser extension": BROWSER,
    "renamed coding": replace(BROWSER, more=(("x-orig-content-encoding", "br"),)),
    "http 2 without phrase": replace(BROWSER, line="HTTP/2 {status}"),
    "chunked in name only": replace(BROWSER, more=(("transfer-encoding", "chunked"),)),
    "unpacked, 1.0": Dialect(packed="none", version="1.0", software="Wget/1.21", answer_first=False),
    "one member for all": Dialect(packed="one", version="1.0", digests=False),
    "nameless requests": Dialect(concurrent=False, answer_first=False),
}


def exchanges(bundle):
    """What stands in a bundle, as exchanges with decoded bodies."""
    made, answers = [], {}
    with (bundle / bundles.WARC_NAME).open("rb") as file:
        for record in ArchiveIterator(file):
            head = record.rec_headers.get_header
            if record.rec_type == "response":
                body = record.content_stream().read()
                fields = [(name, value) for name, value in record.http_headers.headers
                          if name.lower() not in ("content-encoding", "content-length")]
                answers[head("WARC-Record-ID")] = len(made)
                made.append(Exchange(head("WARC-Target-URI"), head("WARC-Date"),
                                     int(record.http_headers.get_statuscode()), tuple(fields), body))
            elif record.rec_type == "request" and record.http_headers.protocol != "GET":
                place = answers[head("WARC-Concurrent-To")]
                made[place] = replace(made[place], method=record.http_headers.protocol,
                                      sent=record.raw_stream.read())
    return made


def warc(made, dialect=BROWSER):
    """The bytes of a WARC that holds some exchanges."""
    info = f"software: {dialect.software}\r\n".encode()
    first = made[0].at if made else "2026-02-16T01:00:00Z"
    records = [_record(dialect, "warcinfo", None, first, "application/warc-fields", info)]
    for exchange in made:
        records += _pair(dialect, exchange)
    if dialect.packed == "one":
        return gzip.compress(b"".join(records), mtime=0)
    return b"".join(gzip.compress(one, mtime=0) if dialect.packed == "member" else one for one in records)


def wacz(path, warcs, pages=(), *, spoil=None):
    """Write a WACZ of some WARCs (name -> bytes); `spoil` may change its parts (name -> bytes) once they are hashed."""
    lines = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"},
             *({"url": url, "ts": "2026-02-16T01:00:00Z", "title": ""} for url in pages)]
    parts = {f"archive/{name}": data for name, data in warcs.items()}
    parts |= {"pages/pages.jsonl": "\n".join(map(json.dumps, lines)).encode(), "indexes/index.cdx": b""}
    listed = [{"name": name.rpartition("/")[2], "path": name, "bytes": len(data),
               "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"} for name, data in parts.items()]
    package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": listed}).encode()
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    parts |= {"datapackage.json": package, "datapackage-digest.json": json.dumps(digest).encode()}
    if spoil is not None:
        spoil(parts)
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


def _pair(dialect, exchange):
    identifier = f"<urn:uuid:{uuid.uuid4()}>"
    if exchange.kind == "resource":
        return [_record(dialect, "resource", exchange.url, exchange.at, dict(exchange.headers)["Content-Type"],
                        exchange.body, identifier=identifier)]
    fields = [*exchange.headers, *(dialect.more if exchange.status == 200 else ())]
    shown = [(name.lower() if dialect.lower else name, value) for name, value in fields]
    head = "\r\n".join([dialect.line.format(status=exchange.status), *(f"{name}: {value}" for name, value in shown)])
    answer = _record(dialect, "response", exchange.url, exchange.at, "application/http; msgtype=response",
                     head.encode() + b"\r\n\r\n" + exchange.body, identifier=identifier)
    path = "/" + exchange.url.partition("://")[2].partition("/")[2]
    line = f"{exchange.method} {path} HTTP/1.1\r\nHost: example\r\n\r\n".encode()
    more = {"WARC-Concurrent-To": identifier} if dialect.concurrent else {}
    request = _record(dialect, "request", exchange.url, exchange.at, "application/http; msgtype=request",
                      line + exchange.sent, **more)
    return [answer, request] if dialect.answer_first else [request, answer]


def _record(dialect, kind, url, at, content_type, block, *, identifier=None, **more):
    fields = {"WARC-Type": kind, "WARC-Record-ID": identifier or f"<urn:uuid:{uuid.uuid4()}>",
              "WARC-Date": parse_instant(at).strftime(dialect.instants)}
    fields |= {"WARC-Target-URI": url} if url else {}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    if dialect.digests:
        fields["WARC-Block-Digest"] = f"sha256:{hashlib.sha256(block).hexdigest()}"
    fields |= {"Content-Type": content_type, "Content-Length": str(len(block))}
    head = "\r\n".join([f"WARC/{dialect.version}", *(f"{name}: {value}" for name, value in fields.items())])
    return head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
