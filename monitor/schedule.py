"""`nianbao serve`: does `run` on time.

The job store is memory and the job carries no state: what is due is read out of the ledger at the start and every hour,
so a reboot loses nothing and doubles nothing. The ledger's lock keeps a second scheduler out.
"""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)


HOUR = timedelta(hours=1)


def serve(job: Callable[[], object], *, every: timedelta = HOUR) -> None:
    """Call `job` now and then at intervals, until SIGINT or SIGTERM; a job that runs is let finish."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    scheduler = BackgroundScheduler(timezone=UTC)
    # a misfire is run late and once: the default grace of one second would drop it
    scheduler.add_job(_kept(job), "interval", seconds=every.total_seconds(), next_run_time=datetime.now(UTC),
                      coalesce=True, misfire_grace_time=None, max_instances=1)
    scheduler.start()
    stop.wait()
    log.info("stopping after the work in hand")
    scheduler.shutdown(wait=True)


def _kept(job: Callable[[], object]) -> Callable[[], None]:
    """A job whose failure is told and does not end the scheduler."""

    def run() -> None:
        try:
            job()
        except Exception:
            log.exception("this run failed; the next one starts from what is stored")

    return run
