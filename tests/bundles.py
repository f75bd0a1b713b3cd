"""Makes small, real bundles: a WARC through warcio and a crawl.json, as the crawler would hand them over."""

import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive import bundles
from archive.bundles import Candidate, Crawl, Listing, ListingPage, Look, Outcome, Verdict
from archive.clock import iso

CRAWLER = "nianbao-crawler/test"


@dataclass(frozen=True)
class Answer:
    """One answer of a portal. `revisit` = (record id, sha256) of the capture whose body it repeats."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    revisit: tuple[str, str] | None = None
    kind: str = "response"


def instant(at: str | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at).astimezone(UTC)


def bundle_id(county: str, at: str | datetime, seed: str = "") -> str:
    """`370828-20260120T010000Z-1a2b3c4d`; the same arguments give the same id."""
    stamp = instant(at).strftime("%Y%m%dT%H%M%SZ")
    return f"{county}-{stamp}-{hashlib.sha256(f'{county} {stamp} {seed}'.encode()).hexdigest()[:8]}"


def record_id(bundle: str, url: str) -> str:
    """The WARC-Record-ID that `make_bundle` gives to the answer of a URL."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{bundle} {url}')}>"


def capture_id(bundle: str, url: str) -> str:
    """The same as the ledger writes it."""
    return record_id(bundle, url).removeprefix("<urn:uuid:").removesuffix(">")


def report(url: str, **fields) -> Candidate:
    """A candidate that was fetched as a report page."""
    return Candidate(**{"url": url, "title": None, "outcome": Outcome.REPORT, "record": None, "listing": None} | fields)


def listing(url: str, *, offers=(), **fields) -> Listing:
    """A complete listing of one page."""
    page = ListingPage(url=url, outcome=Outcome.LISTING, record=None, offers=tuple(offers))
    return Listing(**{"url": url, "family": "generic", "complete": True, "pages": (page,)} | fields)


def make_bundle(
    folder: Path,
    county: str,
    at: str | datetime,
    pages: Mapping[str, bytes | Answer] | None = None,
    listings: Sequence[Listing] = (),
    looks: Sequence[Look] = (),
    candidates: Sequence[Candidate] = (),
    verdict: Verdict = Verdict.COMPLETE,
    *,
    reason: str | None = None,
    seed: str = "",
    crawler: str = CRAWLER,
    aborted: bool = False,
) -> Path:
    """Write a bundle below `folder` and give its path.

    `pages` are the answers by URL, one second apart from `at`. Candidates, attachments and listing pages without a
    `record` get that of their URL where `pages` has one. `aborted` leaves crawl.json out.
    """
    pages = pages or {}
    name = bundle_id(county, at, seed)
    path = folder / name
    path.mkdir(parents=True)
    with (path / bundles.WARC_NAME).open("wb") as file:
        write_warc(file, name, instant(at), pages)
    if not aborted:
        crawl = Crawl(
            bundle=name, county=county, started=iso(instant(at)), ended=iso(instant(at) + timedelta(seconds=60)),
            verdict=verdict, reason=reason, crawler=crawler, looks=tuple(looks),
            listings=tuple(_listing(name, pages, each) for each in listings),
            candidates=tuple(_candidate(name, pages, each) for each in candidates),
            counters={"requests": len(pages)},
        )
        bundles.write(path / bundles.CRAWL_NAME, crawl)
    return path


def write_warc(file, name: str, at: datetime, pages: Mapping[str, bytes | Answer]) -> None:
    """warcinfo, then a request and its answer for each page; one gzip member per record."""
    writer = WARCWriter(file, gzip=True, warc_version="1.1")
    writer.write_record(writer.create_warcinfo_record(bundles.WARC_NAME, {"software": CRAWLER}))
    for number, (url, page) in enumerate(pages.items()):
        answer = page if isinstance(page, Answer) else Answer(page)
        when = iso(at + timedelta(seconds=number))
        record = _record(writer, record_id(name, url), url, when, answer)
        writer.write_record(record)
        if answer.kind == "response":
            line = StatusAndHeaders("GET / HTTP/1.1", [("Host", "example")], is_http_request=True)
            headers = {"WARC-Date": when, "WARC-Concurrent-To": record_id(name, url)}
            writer.write_record(writer.create_warc_record(url, "request", http_headers=line, warc_headers_dict=headers))


def _record(writer, identifier, url, when, answer):
    headers = {"WARC-Record-ID": identifier, "WARC-Date": when}
    if answer.kind == "resource":
        content = dict(answer.headers)["Content-Type"]
        return writer.create_warc_record(
            url, "resource", payload=io.BytesIO(answer.body), length=len(answer.body), warc_content_type=content,
            warc_headers_dict=headers,
        )
    fields = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    http = StatusAndHeaders(f"{answer.status} X", fields, protocol="HTTP/1.1")
    if answer.revisit is None:
        return writer.create_warc_record(
            url, "response", payload=io.BytesIO(answer.body), length=len(answer.body), http_headers=http,
            warc_headers_dict=headers,
        )
    refers, sha256 = answer.revisit
    headers |= {"WARC-Refers-To": refers}
    digest = f"sha256:{sha256}"
    return writer.create_revisit_record(url, digest, url, when, http_headers=http, warc_headers_dict=headers)


def _own(name, pages, item):
    return replace(item, record=record_id(name, item.url)) if item.record is None and item.url in pages else item


def _listing(name, pages, value):
    return replace(value, pages=tuple(_own(name, pages, page) for page in value.pages))


def _candidate(name, pages, value):
    files = tuple(_own(name, pages, file) for file in value.attachments)
    return replace(_own(name, pages, value), attachments=files)
