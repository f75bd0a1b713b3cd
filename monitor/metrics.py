"""What a home is like, in numbers, as Prometheus reads them. Ages in seconds, sizes in bytes."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from math import inf

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlite_utils import Database

from archive import clock
from archive.ledger import open_ledger
from archive.parse import PARSER
from monitor import crawls, verified
from monitor.health import Answer, Health
from monitor.work import Work

LAST_CRAWLS = """
SELECT b.county, b.verdict, b.started FROM bundles b
JOIN (SELECT county, max(started) AS started FROM bundles GROUP BY county) l USING (county, started)
GROUP BY b.county
"""
COMPLETE_LOOKS = """
SELECT b.county, max(b.started) FROM bundles b
WHERE EXISTS (SELECT 1 FROM looks l WHERE l.bundle = b.id AND l.complete) GROUP BY b.county
"""
DUTIES = "SELECT report_year, status, count(*) FROM duties GROUP BY report_year, status"
FINDINGS = ("SELECT severity, attribution, confirmed, count(*) FROM findings WHERE closed IS NULL"
            " GROUP BY severity, attribution, confirmed")
OUTBOX = "SELECT count(*), count(error), min(made) FROM outbox WHERE sent IS NULL"

Row = tuple[tuple[str, ...], float]


def answer(work: Work, health: Health) -> Answer:
    """Everything about this home at this moment."""
    return Answer(exposition(work.later(), health), CONTENT_TYPE_PLAIN_0_0_4)


def exposition(work: Work, health: Health | None = None) -> bytes:
    """The metrics of a home at `work.now`; without a ledger those of the machine alone."""
    registry = CollectorRegistry()
    registry.register(_Home(work, health))
    return generate_latest(registry)


class _Home(Collector):
    def __init__(self, work: Work, health: Health | None) -> None:
        self.work = work
        self.health = health

    def describe(self) -> Iterable[Metric]:
        """Names are not checked beforehand: that would ask the ledger twice."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _machine(self.work)
        if self.health is not None:
            yield from _scheduler(self.health)
        if self.work.home.ledger.exists():
            with open_ledger(self.work.home, read_only=True) as db:
                yield from _ledger(db, self.work)


def _gauge(name: str, told: str, labels: Iterable[str], rows: Iterable[Row]) -> Metric:
    metric = GaugeMetricFamily(f"nianbao_{name}", told, labels=list(labels))
    for values, number in rows:
        metric.add_metric(values, number)
    return metric


def _machine(work: Work) -> Iterator[Metric]:
    disk = shutil.disk_usage(work.home.data if work.home.data.exists() else work.home.root)
    built = (version("nianbao"), PARSER, sqlite3.sqlite_version)
    yield _gauge("build_info", "What runs here.", ("version", "parser", "sqlite"), [(built, 1)])
    yield _gauge("disk_free_bytes", "Free where the archive lies.", (), [((), disk.free)])
    waiting = len(crawls.waiting(work.home.incoming)) if work.home.incoming.exists() else 0
    yield _gauge("bundles_waiting", "Bundles to be taken in, also those being written.", (), [((), waiting)])


def _scheduler(health: Health) -> Iterator[Metric]:
    yield _gauge("round_failures", "What failed in the last round.", (), [((), len(health.failures))])
    yield _gauge("stuck", "1 where the scheduler hangs.", (), [((), int(health.stuck))])
    if health.round_age is not None:
        yield _gauge("round_age_seconds", "Since the last round's end.", (), [((), health.round_age)])
    yield _gauge("good_round_age_seconds", "Since the end of the last round without a failure, or since the start.",
                 (), [((), health.good_age)])


def _ledger(db: Database, work: Work) -> Iterator[Metric]:
    now = work.now
    last = db.execute(LAST_CRAWLS).fetchall()
    yield _gauge("crawl_age_seconds", "Since the start of a county's last crawl, by its verdict.",
                 ("county", "verdict"),
                 [((county, verdict), _age(clock.parse_instant(at), now)) for county, verdict, at in last])
    seen, watched = dict(db.execute(COMPLETE_LOOKS).fetchall()), [portal.code for portal in work.portals()]
    yield _gauge("complete_look_age_seconds", "Since the start of the last crawl that saw any township of a watched "
                 "county completely; +Inf where there was none.", ("county",),
                 [((county,), _age(clock.parse_instant(seen[county]), now) if county in seen else inf)
                  for county in watched])
    yield _gauge("counties_watched", "Counties whose portals are watched.", (), [((), len(watched))])
    yield _gauge("duties", "Duties by status, as last judged.", ("report_year", "status"),
                 [((str(year), status), number) for year, status, number in db.execute(DUTIES).fetchall()])
    yield _gauge("findings_open", "Open findings.", ("severity", "attribution", "confirmed"),
                 [((severity, whose, "yes" if confirmed else "no"), number)
                  for severity, whose, confirmed, number in db.execute(FINDINGS).fetchall()])
    waiting, failed, oldest = db.execute(OUTBOX).fetchone()
    yield _gauge("outbox_waiting", "Mails that wait to be sent.", (), [((), waiting)])
    yield _gauge("outbox_failed", "Of these: refused or not taken at the last try.", (), [((), failed)])
    yield _gauge("outbox_age_seconds", "Since the oldest of these was written; 0 where none waits.", (),
                 [((), _age(clock.parse_instant(oldest), now) if oldest else 0)])
    yield from _volumes(dict(db.execute("SELECT name, length FROM volumes").fetchall()), work)


def _volumes(lengths: Mapping[str, int], work: Work) -> Iterator[Metric]:
    checked = verified.last(work.home)
    behind = lengths if checked is None else checked.behind(lengths)
    yield _gauge("volumes", "WARC volumes.", (), [((), len(lengths))])
    yield _gauge("volumes_unverified", "Volumes that `verify` has not read to their present end.", (),
                 [((), len(behind))])
    if checked is not None:
        yield _gauge("verify_age_seconds", "Since everything was last re-read.", (), [((), _age(checked.at, work.now))])
        yield _gauge("verify_errors", "What was off then.", (), [((), checked.errors)])


def _age(then: datetime, now: datetime) -> float:
    return (now - then).total_seconds()
