"""A dead man's switch: somebody else's clock that tells when this one has stopped.

The address gets `/start` before a round, itself with what was done after a good one and `/fail` with the reasons after
a bad one, as Healthchecks has it. Nothing else is ever contacted: no redirect is followed and no proxy is asked. A
switch that fails or dawdles is logged, and the round goes on.
"""

import http.client
import logging
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
PATIENCE_SECONDS = 20.0           # for all of it: an answer may come byte by byte
LONGEST = 10_000                  # bytes of reasons

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch at an address; without one nothing is told."""

    url: str | None

    def start(self) -> None:
        """A round begins."""
        self._tell("/start")

    def good(self, done: str = "") -> None:
        """A round ended, and nothing failed."""
        self._tell("", done)

    def bad(self, reasons: str) -> None:
        """A round ended, and something failed."""
        self._tell("/fail", reasons)

    def _tell(self, what: str, body: str = "") -> None:
        if self.url is None:
            return
        said = body.encode("utf-8", "replace")[:LONGEST]
        teller = threading.Thread(target=_ping, args=(f"{self.url}{what}", said), daemon=True)
        teller.start()
        teller.join(PATIENCE_SECONDS)
        if teller.is_alive():
            log.warning("the dead man's switch did not answer within %d seconds", PATIENCE_SECONDS)


def _ping(url: str, body: bytes) -> None:
    """Tell the switch; its address is a secret, and no message repeats it."""
    try:
        status = _post(url, body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        log.warning("the dead man's switch was not reached: %s", type(error).__name__)
        return
    if status >= http.HTTPStatus.MULTIPLE_CHOICES:
        log.warning("the dead man's switch answered with status %d", status)


def _post(url: str, body: bytes) -> int:
    """Post to exactly this address. Raises OSError, HTTPException, ValueError."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, {"User-Agent": "nianbao", "Content-Type": "text/plain"})
        return connection.getresponse().status
    finally:
        connection.close()
