"""What can go wrong in the crawler.

    CrawlerError
    ├── BadCounty        a county that the registry does not resolve
    ├── BadShape         families/shapes.toml, by entry and key
    ├── Unwritable       the bundle cannot be written: the crawl cannot go on
    └── Refused          (a signal to Scrapy) a request that must not be sent; carries the outcome
"""

import re

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest

from archive.bundles import Outcome


class CrawlerError(Exception):
    """The crawler could not do what was asked."""


class BadCounty(CrawlerError):
    """A county that was asked for and stands in no registry entry."""


class BadShape(CrawlerError):
    """What families/shapes.toml says cannot be used; names the entry, the key and what was expected."""

    def __init__(self, place: str, expected: str) -> None:
        super().__init__(f"shapes.toml: {place}: {expected}")
        self.place = place
        self.expected = expected


class Unwritable(CrawlerError):
    """The bundle cannot be written; names the file. The one thing about an answer that ends a crawl."""


class Refused(CrawlerError, IgnoreRequest):
    """A request that must not be sent: a foreign host, a private address, robots.txt."""

    def __init__(self, url: str, outcome: Outcome, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.outcome = outcome
        self.reason = reason


Failure = tuple[Outcome, str]

# The first class that fits; Scrapy has translated Twisted's exceptions.
FAILURES: tuple[tuple[type[BaseException], Outcome], ...] = (
    (exceptions.DownloadTimeoutError, Outcome.TIMEOUT),
    (exceptions.DownloadConnectionRefusedError, Outcome.UNREACHABLE),
    (exceptions.CannotResolveHostError, Outcome.UNREACHABLE),
    (exceptions.DownloadCancelledError, Outcome.TOO_LARGE),
    (exceptions.ResponseDataLossError, Outcome.TRUNCATED),
    (exceptions.DownloadFailedError, Outcome.UNREACHABLE),
    (exceptions.UnsupportedURLSchemeError, Outcome.FOREIGN),
    (exceptions.IgnoreRequest, Outcome.STATUS),      # more redirects than anybody follows
    (OSError, Outcome.UNREACHABLE),
)
# Handshakes, certificates, and names that a certificate does not hold.
TLS_WORDS = ("SSL", "certificate", "VerificationError")
EXPECTED = tuple(kind for kind, _ in FAILURES)


# What Twisted wraps: `[<twisted.python.failure.Failure twisted.internet.error.ConnectionLost: …>]`.
WRAPPED = re.compile(r"<twisted\.python\.failure\.Failure [\w.]*?(\w+): (.*?)>(?:, |\]|$)", re.S)


def failure_of(error: BaseException) -> Failure:
    """What one of EXPECTED says about the host, and in which words."""
    inner = "; ".join(dict.fromkeys(f"{kind}: {said}" for kind, said in WRAPPED.findall(str(error))))
    told = (inner or f"{type(error).__name__}: {error}").partition("\n")[0][:300]
    if any(word in f"{type(error).__name__}: {error}" for word in TLS_WORDS):
        return Outcome.TLS, told
    return next(outcome for kind, outcome in FAILURES if isinstance(error, kind)), told
