"""The bundle: what one crawl of one county hands over, and what it is told beforehand.

    <bundle id>/captures.warc.gz    WARC 1.1, one gzip member per record
    <bundle id>/crawl.json          written last, by rename; without it the crawl was aborted

The bundle id is `<county>-<start as 20260120T010000Z>-<8 hex digits>`. `known.json` is the other direction: what the
archive already holds, so that a crawl asks only for what may have changed. Both files are one JSON object with the
fields of `Crawl` and `Known` below; instants are ISO 8601 UTC, days ISO 8601.
"""

import dataclasses
import functools
import json
import types
import typing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from archive.errors import BadBundle
from archive.files import write_whole

FORMAT = 1
WARC_NAME = "captures.warc.gz"
CRAWL_NAME = "crawl.json"
WALKED = "walked"                 # a counter: walks from the home page whose every listing was then read whole


class Verdict(StrEnum):
    """How a crawl of a county ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    LAYOUT_CHANGED = "layout_changed"
    ABORTED = "aborted"


class Outcome(StrEnum):
    """What one answer was. Only LISTING, EMPTY and GONE can take part in saying that something is not there."""

    LISTING = "listing"              # recognised as the listing that was expected
    REPORT = "report"                # a page that carries one article
    FILE = "file"                    # an attachment that is a file
    PAGE = "page"                    # another real page of the portal (home, column, index)
    NOT_MODIFIED = "not_modified"    # 304
    HELD = "held"                    # listed, already held, its re-check is not due: not asked for
    EMPTY = "empty"                  # the portal's own shell for "this body has no report for this year"
    GONE = "gone"                    # 404 or 410
    SOFT_404 = "soft_404"            # 200 that says the page does not exist
    SHELL = "shell"                  # 200 without content: script stub, unfilled list
    CHALLENGE = "blocked/challenge"
    FIREWALL = "blocked/waf"
    CAPTCHA = "captcha_required"
    FORBIDDEN = "forbidden_page"     # 200 that says 系统提示
    DISALLOWED = "disallowed"        # robots.txt
    CLOSED = "closed"
    STATUS = "error/status"          # any other status; the number stands in the WARC record
    TIMEOUT = "error/timeout"
    UNREACHABLE = "error/unreachable"  # DNS, refused, reset
    TLS = "error/tls"
    TOO_LARGE = "error/too_large"
    TRUNCATED = "error/truncated"    # shorter than its Content-Length
    FOREIGN = "foreign_host"         # outside the portal's hosts: not asked for
    NOT_ASKED = "not_asked"          # the budget of requests to its host was spent before
    NOT_CAPTURED = "not_captured"    # read from an archive that does not hold it
    UNKNOWN = "unrecognised"         # a real page that is not what was expected there


@dataclass(frozen=True, slots=True)
class Claim:
    """A date that a page shows; `source` names its place: `meta PubDate`, `line 发布时间`, `listing`, `url`."""

    on: str
    source: str
    raw: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A link to a report as a listing page shows it."""

    url: str
    title: str
    on: str | None = None            # the date beside it, ISO
    raw_date: str | None = None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a listing. `record` is the WARC-Record-ID (`<urn:uuid:…>`) of the capture that shows it."""

    url: str
    outcome: Outcome
    record: str | None
    offers: tuple[Offer, ...] = ()   # repeated from known.json when the page was not modified
    next: tuple[str, ...] = ()       # the pages that it leads to
    screenshot: str | None = None    # the record of what it looked like, where it does not show a report that is due


@dataclass(frozen=True, slots=True)
class Listing:
    """A place where a township's reports would stand."""

    url: str
    family: str
    title: str | None = None
    division_code: str | None = None  # one township's own listing; None = of several townships
    report_year: int | None = None    # one year's own listing; None = of all years
    complete: bool = False
    reason: str | None = None         # why it is not complete
    pages: tuple[ListingPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Whether one township and report year was looked at completely; `listings` are the URLs that were needed."""

    division_code: str
    report_year: int
    complete: bool
    reason: str | None = None
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a candidate."""

    url: str
    name: str | None
    outcome: Outcome
    record: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A link that may be a report: everything the crawl learned without reading the report itself.

    `division_code` and `report_year` are what the listing says about its entries (a township's own listing, a year
    parameter); the title and text decide later whose the report is.
    """

    url: str
    title: str | None
    outcome: Outcome
    record: str | None
    listing: str | None
    listed: bool = True               # False: asked for again because it vanished from its listing
    division_code: str | None = None
    report_year: int | None = None
    claims: tuple[Claim, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A link that was not followed, and why."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Crawl:
    """crawl.json."""

    bundle: str
    county: str
    started: str
    ended: str
    verdict: Verdict
    reason: str | None
    crawler: str                      # name and version of what crawled
    format: int = FORMAT
    by: str | None = None             # who captured it, where a person did
    listings: tuple[Listing, ...] = ()
    looks: tuple[Look, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A URL whose body is in the archive."""

    url: str
    role: str                         # listing, report, file, page
    sha256: str
    fetched: str
    etag: str | None = None
    last_modified: str | None = None
    due: bool = False                 # ask again now: its re-check is due, or its last answer left a doubt
    record: str | None = None         # the capture that holds the body, for WARC-Refers-To
    title: str | None = None
    division_code: str | None = None
    report_year: int | None = None
    listing: str | None = None
    offers: tuple[Offer, ...] = ()    # a listing page's, as last read
    next: tuple[str, ...] = ()
    screenshot: str | None = None     # a listing page's, of this very body
    claims: tuple[Claim, ...] = ()
    attachments: tuple[str, ...] = ()  # the files of a report


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is due and was never seen."""

    division_code: str
    report_year: int


@dataclass(frozen=True, slots=True)
class Known:
    """known.json. Empty for a first crawl: only county and years."""

    county: str
    years: tuple[int, ...]            # report years that may be expected now
    format: int = FORMAT
    crawler: str | None = None        # what read the offers below; another version asks unconditionally
    delay_seconds: float = 3.0
    allow_private_addresses: bool = False
    contact: str | None = None        # who answers for the crawl: portals' administrators read it
    discovered: str | None = None     # start of the newest crawl that walked from the home page to the end (WALKED)
    listings: tuple[Listing, ...] = ()  # found before, without their pages
    held: tuple[Held, ...] = ()
    wanted: tuple[Wanted, ...] = ()   # where a complete look does not show these, its pages are pictured as evidence


def write(path: Path, value: Crawl | Known) -> None:
    """Write crawl.json or known.json so that it is there whole or not at all."""
    write_whole(path, json.dumps(dataclasses.asdict(value), ensure_ascii=False, indent=1).encode())


def read_crawl(path: Path) -> Crawl:
    """Read a crawl.json. Raises BadBundle naming file and key."""
    return _read(path, Crawl)


def read_known(path: Path) -> Known:
    """Read a known.json. Raises BadBundle naming file and key."""
    return _read(path, Known)


T = TypeVar("T", Crawl, Known)


def _read(path: Path, kind: type[T]) -> T:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadBundle(f"{path}: {error}") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BadBundle(f"{path}: format: expected {FORMAT}")
    value: T = _build(kind, raw, f"{path}: ")
    return value


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _build(kind: Any, raw: Any, place: str) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(raw, dict):
            raise BadBundle(f"{place}expected an object")
        hints = _hints(kind)
        unknown = sorted(set(raw) - set(hints))
        if unknown:
            raise BadBundle(f"{place}{unknown[0]}: no such key")
        try:
            return kind(**{key: _build(hints[key], value, f"{place}{key}: ") for key, value in raw.items()})
        except TypeError as error:
            raise BadBundle(f"{place}{error}") from error
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        if not isinstance(raw, list):
            raise BadBundle(f"{place}expected a list")
        return tuple(_build(arguments[0], item, f"{place}{number}: ") for number, item in enumerate(raw))
    if origin is dict:
        if not isinstance(raw, dict):
            raise BadBundle(f"{place}expected an object")
        return {key: _build(arguments[1], item, f"{place}{key}: ") for key, item in raw.items()}
    if origin is types.UnionType:
        return None if raw is None else _build(arguments[0], raw, place)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(raw)
        except ValueError as error:
            raise BadBundle(f"{place}{error}") from error
    expected = (int, float) if kind is float else kind
    if not isinstance(raw, expected) or (kind is not bool and isinstance(raw, bool)):
        raise BadBundle(f"{place}expected {kind.__name__}, found {raw!r}")
    return raw
