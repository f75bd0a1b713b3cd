"""A dead man's switch: somebody else's clock that tells when this one has stopped.

The address gets `/start` before a round, itself after a good one and `/fail` with the reasons after a bad one, as
Healthchecks has it. Nothing else is ever contacted: no redirect is followed and no proxy is asked.
"""

import http.client
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
LONGEST = 10_000                  # bytes of reasons

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch at an address; without one nothing is told."""

    url: str | None

    def start(self) -> None:
        """A round begins."""
        self._tell("/start")

    def good(self) -> None:
        """A round ended, and nothing failed."""
        self._tell("")

    def bad(self, reasons: str) -> None:
        """A round ended, and something failed."""
        self._tell("/fail", reasons)

    def _tell(self, what: str, body: str = "") -> None:
        if self.url is None:
            return
        try:
            status = _post(f"{self.url}{what}", body.encode("utf-8", "replace")[:LONGEST])
        except (OSError, http.client.HTTPException) as error:
            log.warning("the dead man's switch was not reached: %s", type(error).__name__)
            return
        if status >= http.HTTPStatus.MULTIPLE_CHOICES:
            log.warning("the dead man's switch answered with status %d", status)


def _post(url: str, body: bytes) -> int:
    """Post to exactly this address. Raises OSError, HTTPException."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, {"User-Agent": "nianbao", "Content-Type": "text/plain"})
        return connection.getresponse().status
    finally:
        connection.close()
