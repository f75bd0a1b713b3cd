"""Whether an address is asked again, and after how long (pure)."""

from archive.bundles import Outcome
from crawler.items import Capture

TRIES = 3
RATED_TRIES = 4
PATIENCE = 120.0          # seconds of Retry-After that are waited for; more means another run
SHORTEST = 0.25           # seconds on which waits grow where a home asks for no delay at all
RATED = (429, 503)
PASSING = (408, 500, 502, 504)
PAUSE = 8.0               # times the ordinary wait that a host is left in peace which began to refuse


def again(capture: Capture, attempt: int, delay: float, answered: bool) -> float | None:
    """Seconds to wait before the same address is asked once more; None where that does not help.

    `attempt` counts from 1; `answered`: the host gave pages before in this crawl. A refusal in the middle of a crawl
    may be about its pace: it pauses, longer each time. A host that refused from the start is taken at its word.
    """
    growing = max(delay, SHORTEST) * 2**attempt
    if capture.outcome is Outcome.CHALLENGE:
        return PAUSE * growing if answered and attempt < TRIES else None
    if capture.outcome in (Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.TRUNCATED):
        return growing if attempt < TRIES else None
    if capture.outcome is not Outcome.STATUS:
        return None
    if capture.status in RATED and attempt < RATED_TRIES:
        wait = 2 * growing if capture.wait is None else max(capture.wait, growing)
        return wait if wait <= PATIENCE else None
    return growing if capture.status in PASSING and attempt < TRIES else None
