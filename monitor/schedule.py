"""`nianbao serve`: crawls each county in its turn and does everything else once an hour, until it is stopped.

The job store is memory and no job carries state: what is due is read out of the ledger at the start and every hour, so
a reboot loses nothing and doubles nothing. Two kinds of threads: crawls, as many as `counties_at_once`, each waiting
for a child process; and one that writes to the ledger, so that there is one writer. Between two pieces of its work the
ledger is free for a person's commands.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlite_utils import Database

from archive import locks
from archive.bundles import Known
from archive.errors import ArchiveError, LedgerInUse
from archive.home import Home
from archive.ledger import open_ledger
from archive.registry import Portal
from monitor import crawls, health, metrics, run, slots
from monitor.errors import AlreadyServed, MonitorError
from monitor.health import Health
from monitor.pings import Switch
from monitor.work import Work

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ASLEEP = timedelta(minutes=5)       # without a beat: the machine slept, or its clock was set
SOON = timedelta(seconds=5)         # several crawls that end together are taken in together
PATIENCE = timedelta(minutes=50)    # how long a person's command may write before a round is given up
BUSY = timedelta(minutes=2)         # until a host may be free that another crawl asks
FIRST_CRAWLS = timedelta(hours=3)
READING = timedelta(seconds=5)      # for the documents in hand when a stop comes
REAP_SECONDS = 0.2

log = logging.getLogger(__name__)


class Stopping(Exception):
    """The work in hand is done, and the rest of it waits for the next start."""


def serve(load: Callable[[], Work]) -> None:
    """Serve until SIGINT or SIGTERM. `load` gathers settings, registry and instant anew.

    Raises AlreadyServed where another scheduler serves this home, CannotListen, and what `load` raises at the start.
    """
    work = load()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        stack.enter_context(_alone(work.home))
        service = Service(load, work)
        if work.settings.listen is not None:
            stack.enter_context(health.listening(work.settings.listen, service.answers()))
        service.begin()
        stop.wait()
        log.info("stopping after the work in hand")
        if not service.end():
            os._exit(0)      # or the interpreter would wait for the thread that waits for a reader


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two schedulers would crawl everything twice."""
    home.make()
    try:
        lock = locks.hold(home.serving)
    except locks.Held as error:
        raise AlreadyServed(home.root, error.holder) from error
    with lock:
        yield


class Service:
    """The jobs of one home's scheduler."""

    def __init__(self, load: Callable[[], Work], work: Work) -> None:
        self.load = load
        self.work = work
        self.health = Health(datetime.now(UTC))
        self.stopping = threading.Event()
        self.planned: set[str] = set()                   # counties whose crawl waits for its time, or runs
        self.fetched: set[str] = set()                   # and those whose bundle the ledger does not know yet
        self.children: set[crawls.Child] = set()
        self.owned: frozenset[str] = frozenset()         # hosts that a crawl asks now
        self.owning = threading.Lock()
        self.reading = threading.Event()                 # documents are read, and nothing is lost if that ends here
        self.failures: list[str] = []                    # since the last round
        self.last_beat = datetime.now(UTC)
        self.scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(1), "ledger": ThreadPoolExecutor(1),
                                     "crawls": ThreadPoolExecutor(work.settings.counties_at_once)},
            # a misfire is run late and once: the default grace of one second would drop it
            job_defaults={"coalesce": True, "misfire_grace_time": None})

    def begin(self) -> None:
        """Do a round now and every hour."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        add = self.scheduler.add_job
        # a round that is asked for while one runs waits behind it: the thread is one, and nothing is dropped
        add(self.round, "interval", seconds=HOUR.total_seconds(), next_run_time=datetime.now(UTC), id="round",
            executor="ledger", max_instances=2)
        add(self.beat, "interval", seconds=MINUTE.total_seconds(), id="beat")
        self.scheduler.start()
        log.info("serving %s", self.work.home.root)

    def end(self) -> bool:
        """End the crawls and let what is written come to its end; whether nothing runs any more.

        What crawls wrote so far is salvaged at the next start. A document may take minutes to be read, and is left.
        """
        self.stopping.set()
        over = threading.Event()
        threading.Thread(target=self._shut_down, args=(over,), daemon=True).start()
        patience = time.monotonic() + READING.total_seconds()
        while not over.wait(REAP_SECONDS):
            for child in tuple(self.children):
                crawls.end(child)
            if self.reading.is_set() and time.monotonic() > patience:
                log.info("stopped; what is being read is read again at the next start")
                return False
        log.info("stopped")
        return True

    def _shut_down(self, over: threading.Event) -> None:
        self.scheduler.shutdown(wait=True)
        over.set()

    def answers(self) -> health.Answers:
        """What is told over HTTP, by path."""
        return {"/healthz": lambda: self.health.answer(datetime.now(UTC)),
                "/metrics": lambda: metrics.answer(self.work, self.health)}

    def beat(self) -> None:
        """Notice that the machine slept: what came due meanwhile is looked for at once and not in an hour."""
        now = datetime.now(UTC)
        if not timedelta() <= now - self.last_beat < ASLEEP:
            log.info("the clock jumped from %s to %s", self.last_beat, now)
            self.scheduler.modify_job("round", next_run_time=now)
        self.last_beat = now

    def round(self) -> None:
        """Take in what waits, judge, publish, tell, send, and plan the crawls of the next hour.

        Each step is tried whatever became of the one before: a full disk must not silence the digest.
        """
        if self.stopping.is_set():
            return
        work = self._loaded()
        switch = Switch(work.settings.ping)
        switch.start()
        done = run.Done()
        try:
            with self._ledger(work) as db:
                for name, step in self._steps(db, work, done):
                    self._try(name, step)
        except Stopping:
            return
        except (ArchiveError, MonitorError) as error:
            self._failed("ledger", str(error))
        self._report(done, switch)

    def _steps(self, db: Database, work: Work, done: run.Done) -> Iterator[tuple[str, Callable[[], object]]]:
        yield "ingest", lambda: self._take_in(db, work, done)
        yield "plan", lambda: self._plan(db, work.later())
        yield "judge", lambda: run.settle(db, work.later())
        if not self._too_early(db):
            yield "digest", lambda: run.tell_due(db, work.later(), done)

    def _too_early(self, db: Database) -> bool:
        """Whether the first crawls of a new home are still to be waited for; a digest of nothing helps nobody."""
        new = db.execute("SELECT 1 FROM bundles LIMIT 1").fetchone() is None
        return new and datetime.now(UTC) - self.health.began < FIRST_CRAWLS

    def _try(self, name: str, step: Callable[[], object]) -> None:
        try:
            step()
        except Stopping:
            raise
        except Exception as error:
            log.exception("%s failed; the next round starts from what is stored", name)
            self._failed(name, f"{type(error).__name__}: {error}")
        self.health.alive()

    def _failed(self, name: str, reason: str) -> None:
        self.failures.append(f"{name}: {reason}")

    def _report(self, done: run.Done, switch: Switch) -> None:
        """Say how the round went, also to the dead man's switch; failures of crawls since the last round count."""
        if done.unsent:
            self._failed("mail", f"{done.unsent} wait in the outbox")
        self.failures += [f"refused: {reason}" for reason in done.refused]
        failures, self.failures = self.failures, []
        self.health.ended(datetime.now(UTC), tuple(failures))
        extra = {"event": "round", "ingested": len(done.ingested), "digest": done.digest, "sent": done.sent,
                 "planned": len(self.planned), "failures": failures}
        log.log(logging.ERROR if failures else logging.INFO, "round: bundles taken in: %d, crawls ahead: %d%s",
                len(done.ingested), len(self.planned), "; " + "; ".join(failures) if failures else "", extra=extra)
        if failures:
            switch.bad("\n".join(failures))
        else:
            switch.good()

    def _loaded(self) -> Work:
        """Settings and registry as they are now; where they cannot be read, as they were."""
        try:
            self.work = self.load()
        except (ArchiveError, MonitorError, ValueError) as error:
            log.error("%s; going on with what was read before", error)
            self._failed("settings", str(error))
            self.work = self.work.later()
        for problem in self.work.registry.errors:
            log.warning("%s", problem)
        return self.work

    @contextmanager
    def _ledger(self, work: Work) -> Iterator[Database]:
        """The ledger for its writer; where a person's command writes, when that has ended. Raises Stopping."""
        limit = time.monotonic() + PATIENCE.total_seconds()
        said = False
        while True:
            try:
                ledger = open_ledger(work.home, registry=work.registry)
            except LedgerInUse as error:
                if time.monotonic() > limit:
                    raise
                if not said:
                    log.info("waiting for process %s, which writes to the ledger", error.holder)
                said = True
                self.health.alive()
                if self.stopping.wait(1.0):
                    raise Stopping from error
            else:
                break
        with ledger:
            yield ledger

    def _take_in(self, db: Database, work: Work, done: run.Done) -> None:
        brought = set(self.fetched)
        progress = run.Progress(step=self._step)
        run.ingest_waiting(db, work, done, progress)
        self.fetched -= brought
        self.reading.set()
        try:
            done.read = run.read(db, work, progress)
        finally:
            self.reading.clear()

    def _step(self, _name: str, _done: int, _total: int) -> None:
        """Between two bundles or two documents: whatever was stored so far is whole."""
        self.health.alive()
        if self.stopping.is_set():
            raise Stopping

    def _plan(self, db: Database, work: Work) -> None:
        """Give each county whose turn comes within the hour its crawl."""
        for portal in work.portals():
            made = slots.attempts(db, portal.code, now=work.now)
            due = slots.due_at(portal, made, work.settings, now=work.now, own=True)
            if due - work.now < HOUR and portal.code not in self.planned | self.fetched:
                self.planned.add(portal.code)
                self._add_crawl(portal.code, due - work.now)

    def _add_crawl(self, county: str, wait: timedelta) -> None:
        self.scheduler.add_job(self.crawl, "date", run_date=datetime.now(UTC) + wait, args=[county], id=county,
                               executor="crawls", max_instances=2, replace_existing=True)

    def crawl(self, county: str) -> None:
        """Crawl one county if its turn has come, and have its bundle taken in soon."""
        portal = self.work.registry.portals.get(county)
        if portal is not None and not self._own(portal.hosts):
            self._add_crawl(county, BUSY)
            return
        try:
            if portal is not None and not self.stopping.is_set():
                self._crawl(portal)
        except Exception as error:
            log.exception("the crawl of %s failed", county)
            self._failed(county, f"{type(error).__name__}: {error}")
        finally:
            self.planned.discard(county)
            with self.owning:
                self.owned -= portal.hosts if portal is not None else frozenset()

    def _own(self, hosts: frozenset[str]) -> bool:
        """Take hosts for one crawl; False while another crawl asks one of them: a platform may serve many counties."""
        with self.owning:
            free = not self.owned & hosts
            self.owned |= hosts if free else frozenset()
            return free

    def _crawl(self, portal: Portal) -> None:
        work, county = self.work.later(), portal.code
        known = self._known(work, portal)
        if known is None or _is_crawled(work.home, county):
            return
        log.info("crawl of %s begins", county, extra={"event": "begin", "county": county})
        (ended,) = crawls.crawl(work, [known], lambda _event: None, running=self.children)
        if self.stopping.is_set():
            return
        self.fetched.add(county)
        self._heard(county, ended)
        self.scheduler.add_job(self.take_in, "date", run_date=datetime.now(UTC) + SOON, id="soon", executor="ledger",
                               max_instances=2, replace_existing=True)

    def _known(self, work: Work, portal: Portal) -> Known | None:
        """What the crawl is told; None where somebody else has crawled the county meanwhile."""
        with open_ledger(work.home, read_only=True) as db:
            made = slots.attempts(db, portal.code, now=work.now)
            due = slots.due_at(portal, made, work.settings, now=work.now, own=True) <= work.now + MINUTE
            return run.told(db, work, [portal])[0] if due else None

    def _heard(self, county: str, ended: crawls.Event) -> None:
        verdict, reason = ended.get("verdict", "died"), ended.get("reason")
        died = ended["event"] == "died"
        if died:
            self._failed(county, f"its crawl died: {reason}")
        log.log(logging.ERROR if died else logging.INFO, "crawl of %s: %s%s", county, verdict,
                f" ({reason})" if reason else "", extra={"event": "crawl", "county": county, "verdict": verdict})

    def take_in(self) -> None:
        """Take in what crawls brought; where none runs any more, also judge and publish."""
        try:
            with self._ledger(self.work) as db:
                done = run.Done()
                self._try("ingest", lambda: self._take_in(db, self.work.later(), done))
                self.failures += [f"refused: {reason}" for reason in done.refused]
                if not self.planned:
                    self._try("judge", lambda: run.settle(db, self.work.later()))
        except Stopping:
            return
        except (ArchiveError, MonitorError) as error:
            self._failed("ledger", str(error))


def _is_crawled(home: Home, county: str) -> bool:
    """Whether a crawl of this county that is not ours runs: a person's, or one whose scheduler was killed."""
    def ours(folder: Path) -> bool:
        return folder.name.startswith(f"{county}-")

    return any(run.being_written(folder) for folder in filter(ours, crawls.waiting(home.incoming)))
