"""`nianbao serve`: crawls each county in its turn and does everything else once an hour, until it is stopped.

The job store is memory and no job carries state: what is due is read out of the ledger at the start and every hour, so
a reboot loses nothing and doubles nothing. Two kinds of threads: crawls, as many as `counties_at_once`, each waiting
for a child process; and one that writes to the ledger, so that there is one writer. Between two pieces of its work the
ledger is free for a person's commands.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from sqlite_utils import Database

from archive import clock, locks
from archive.bundles import Known, Verdict
from archive.errors import ArchiveError, LedgerInUse
from archive.home import Home
from archive.ledger import open_ledger
from archive.registry import Portal
from monitor import crawls, health, hosts, metrics, run, slots
from monitor.errors import AlreadyServed, MonitorError
from monitor.health import Health
from monitor.hosts import Owned
from monitor.pings import Switch
from monitor.slots import Attempt
from monitor.work import Work

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ASLEEP = timedelta(minutes=5)       # without a beat: the machine slept, or its clock was set
SOON = timedelta(seconds=5)         # several crawls that end together are taken in together
PATIENCE = timedelta(minutes=50)    # how long a person's command may write before a round is given up
BUSY = timedelta(minutes=2)         # until a host may be free that another crawl asks
FIRST_CRAWLS = timedelta(hours=3)
READING = timedelta(seconds=5)      # for the documents in hand when a stop comes
GRACE = timedelta(seconds=150)      # for everything else: less than TimeoutStopSec of the unit
HUNG = timedelta(hours=6)           # without a sign of the thread that writes: a new start is the only way out
REAP_SECONDS = 0.2
DIGEST = "digest"

log = logging.getLogger(__name__)


class Stopping(Exception):
    """The work in hand is done, and the rest of it waits for the next start."""


def serve(load: Callable[[], Work]) -> None:
    """Serve until SIGINT or SIGTERM. `load` gathers settings, registry and instant anew.

    SIGHUP asks for a round at once, with the settings as they are then; from a terminal that is closed it means an end.
    Raises AlreadyServed where another scheduler serves this home, CannotListen, and what `load` raises at the start.
    """
    work = load()
    with ExitStack() as stack:
        stack.enter_context(_alone(work.home))
        service = Service(load, work)
        asked = _Asked(service)
        if work.settings.listen is not None:
            stack.enter_context(health.listening(work.settings.listen, service.answers()))
        service.begin()
        asked.wait()
        log.info("stopping after the work in hand")
        if not service.end():
            os._exit(0)      # or the interpreter would wait for the thread that waits for a reader


class _Asked:
    """What signals ask the process for. Whoever asks twice to stop is in a hurry: what is stored is always whole."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        self.woken = threading.Event()
        self.stop = self.anew = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP and not sys.stdin.isatty():
            self.anew = True
        elif self.stop:
            self.service.running.end()
            os._exit(128 + number)
        else:
            self.stop = True
        self.woken.set()

    def wait(self) -> None:
        """Return when the process is to stop. This thread's minutes pass by no clock that anybody sets."""
        while not self.stop:
            if not self.woken.wait(MINUTE.total_seconds()):
                self.service.beat()
            self.woken.clear()
            if self.anew:
                self.anew = False
                self.service.soon("SIGHUP")


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
        self.running = crawls.Running()
        self.reading = threading.Event()                 # documents are read, and nothing is lost if that ends here
        self.failures: list[str] = []                    # since the last round
        self.last_beat = datetime.now(UTC)
        self.pools = {"ledger": ThreadPoolExecutor(1), "crawls": ThreadPoolExecutor(work.settings.counties_at_once)}
        self.scheduler = BackgroundScheduler(
            timezone=UTC, executors=self.pools,
            # a misfire is run late and once: the default grace of one second would drop it
            job_defaults={"coalesce": True, "misfire_grace_time": None})

    def begin(self) -> None:
        """Do a round now and every hour."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        # a round that is asked for while one runs waits behind it: the thread is one, and nothing is dropped
        self.scheduler.add_job(self.round, "interval", seconds=HOUR.total_seconds(), next_run_time=datetime.now(UTC),
                               id="round", executor="ledger", max_instances=2)
        self.scheduler.start()
        log.info("serving %s", self.work.home.root)

    def end(self) -> bool:
        """End the crawls and let what is written come to its end; whether nothing runs any more.

        What crawls wrote so far is salvaged at the next start. A document may take minutes to be read, a mail server to
        answer; that is left.
        """
        self.stopping.set()
        over = threading.Event()
        threading.Thread(target=self._shut_down, args=(over,), daemon=True).start()
        begun = time.monotonic()
        while not over.wait(REAP_SECONDS):
            self.running.end()
            patience = READING if self.reading.is_set() else GRACE
            if time.monotonic() - begun > patience.total_seconds():
                log.info("stopped; what was in hand is done again at the next start")
                return False
        log.info("stopped")
        return True

    def _shut_down(self, over: threading.Event) -> None:
        # it would wait with a lock in hand that a round needs to plan crawls
        self.scheduler.shutdown(wait=False)
        for pool in self.pools.values():
            pool.shutdown(wait=True)
        over.set()

    def answers(self) -> health.Answers:
        """What is told over HTTP, by path."""
        return {"/healthz": lambda: self.health.answer(datetime.now(UTC)),
                "/metrics": lambda: metrics.answer(self.work, self.health)}

    def beat(self) -> None:
        """Notice that the machine slept or its clock was set: what is due now is looked for now and not in an hour.

        Called once a minute by a thread that no clock stops. Where the others hang, the process ends: whatever
        started it starts it anew, and what is stored is whole.
        """
        now, before = datetime.now(UTC), self.last_beat
        self.last_beat = now
        if not timedelta() <= now - before < ASLEEP:
            self._forget_plans()
            self.soon(f"the clock jumped from {clock.iso(before)} to {clock.iso(now)}")
        if self.health.silence > HUNG.total_seconds():
            log.critical("nothing was heard of the work for %d hours; ending, to be started anew", HUNG.seconds // 3600)
            self.running.end()
            os._exit(1)

    def soon(self, why: str) -> None:
        """Do a round as soon as the one in hand is over."""
        log.info("%s: a round begins", why)
        self.scheduler.modify_job("round", next_run_time=datetime.now(UTC))

    def _forget_plans(self) -> None:
        """What waits for its time was planned by a clock that was wrong."""
        for plan in (*self.planned, DIGEST):
            with suppress(JobLookupError):             # it runs, and is no plan any more
                self.scheduler.remove_job(plan)
                self.planned.discard(plan)

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
        if self.stopping.is_set():
            raise Stopping
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
        failures, self.failures = [*self.failures, *done.troubles], []
        self.health.ended(datetime.now(UTC), tuple(failures))
        extra = {"event": "round", "ingested": len(done.ingested), "digest": done.digest, "sent": done.sent,
                 "planned": len(self.planned), "failures": failures}
        told = f"bundles taken in: {len(done.ingested)}, crawls ahead: {len(self.planned)}, mails sent: {done.sent}"
        log.log(logging.ERROR if failures else logging.INFO, "round: %s%s", told,
                "; " + "; ".join(failures) if failures else "", extra=extra)
        if failures:
            switch.bad("\n".join((*failures, told)))
        else:
            switch.good(told)

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
            wait = self._due(db, work, portal) - work.now
            if wait < HOUR and portal.code not in self.planned | self.fetched:
                self.planned.add(portal.code)
                self._add_crawl(portal.code, wait)
        self._plan_digest(work)

    def _plan_digest(self, work: Work) -> None:
        """Where the digest's hour strikes before the next round does, have one just then: it is waited for."""
        wait = datetime.combine(clock.local_day(work.now), clock_time(work.settings.digest.hour),
                                clock.SHANGHAI) - work.now
        if timedelta() < wait < HOUR:
            self.scheduler.add_job(self.round, "date", run_date=datetime.now(UTC) + wait, id=DIGEST,
                                   executor="ledger", replace_existing=True)

    def _due(self, db: Database, work: Work, portal: Portal) -> datetime:
        """When a county's turn comes; a bundle of it that was refused and waits for a person was a turn, too."""
        made = slots.attempts(db, portal.code, now=work.now)
        waiting = filter(None, map(crawls.begun, crawls.waiting(work.home.incoming, portal.code)))
        made += [Attempt(at, Verdict.PARTIAL) for at in waiting if at <= work.now]
        return slots.due_at(portal, sorted(made, key=lambda one: one.started), work.settings, now=work.now, own=True,
                            awaited=slots.awaited(db, portal.code))

    def _add_crawl(self, county: str, wait: timedelta) -> None:
        self.scheduler.add_job(self.crawl, "date", run_date=datetime.now(UTC) + wait, args=[county], id=county,
                               executor="crawls", max_instances=2, replace_existing=True)

    def crawl(self, county: str) -> None:
        """Crawl one county if its turn has come, and have its bundle taken in soon."""
        portal, busy = self.work.registry.portals.get(county), False
        try:
            if portal is not None and not self.stopping.is_set():
                owned = hosts.take(self.work.home, portal.hosts)
                busy = owned is None
                if owned is not None:
                    with owned:
                        self._crawl(portal, owned)
        except Exception as error:
            log.exception("the crawl of %s failed", county)
            self._failed(county, f"{type(error).__name__}: {error}")
        finally:
            if busy:
                self._add_crawl(county, BUSY)
            else:
                self.planned.discard(county)

    def _crawl(self, portal: Portal, owned: Owned) -> None:
        work, county = self.work.later(), portal.code
        known = self._known(work, portal)
        if known is None or run.is_crawled(work.home, county):
            return
        log.info("crawl of %s begins", county, extra={"event": "begin", "county": county})
        ended = crawls.crawl_one(work, known, owned, lambda _event: None, self.running)
        if self.stopping.is_set():
            return
        self.fetched.add(county)
        self._heard(county, ended)
        self.scheduler.add_job(self.take_in, "date", run_date=datetime.now(UTC) + SOON, id="soon", executor="ledger",
                               max_instances=2, replace_existing=True)

    def _known(self, work: Work, portal: Portal) -> Known | None:
        """What the crawl is told; None where somebody else has crawled the county meanwhile."""
        with open_ledger(work.home, read_only=True) as db:
            due = self._due(db, work, portal) <= work.now + MINUTE
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
                self.failures += done.troubles
                if not self.planned:
                    self._try("judge", lambda: run.settle(db, self.work.later()))
        except Stopping:
            return
        except (ArchiveError, MonitorError) as error:
            self._failed("ledger", str(error))
