"""Capture: what one request came to, failures included. The one thing that the rest of this room works on."""

from dataclasses import dataclass
from datetime import datetime

from archive.bundles import Outcome


@dataclass(frozen=True, slots=True)
class Rendered:
    """One state of a page as the browser showed it; `record` is its resource record."""

    url: str
    html: str
    record: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One answered or failed request.

    `url` is what was asked, `final` what answered after redirects; `body` is content-decoded; `record` is the WARC
    record of the final answer. `outcome` is set where nothing usable came back (or 304), `reason` then says what did;
    `wait` is what a Retry-After asked for, in seconds.
    """

    url: str
    final: str
    at: datetime
    outcome: Outcome | None = None
    reason: str | None = None
    status: int | None = None
    body: bytes = b""
    content_type: str = ""
    record: str | None = None
    sha256: str | None = None
    rendered: tuple[Rendered, ...] = ()
    wait: float | None = None
    disposition: str = ""                # the Content-Disposition header, decoded as Latin-1

    @property
    def failed(self) -> bool:
        """Nothing in the body can be relied on."""
        return self.outcome is not None and self.outcome is not Outcome.NOT_MODIFIED

    @property
    def not_modified(self) -> bool:
        """The server says that what is held still stands."""
        return self.outcome is Outcome.NOT_MODIFIED
