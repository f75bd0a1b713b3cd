"""Whatever is due: crawl, ingest, read, judge, publish, tell.

Every step can be killed and done again: a crawl leaves a bundle or nothing, ingest is keyed by the bundle, what is read
and judged is made anew, and a mail stands in the outbox before it is sent.
"""

import fcntl
import logging
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from archive import bundles, clock
from archive.bundles import Known, Wanted
from archive.errors import ArchiveError, BadBundle
from archive.home import Home
from archive.ingest import Ingested, ingest
from archive.known import Recheck, known
from archive.ledger import open_ledger
from archive.publish import publish
from archive.refresh import Refreshed, refresh
from archive.registry import Portal
from archive.volumes import Volumes
from monitor import crawls, digest, mail, settling, slots, status
from monitor.ahead import take_back
from monitor.news import is_digest_day
from monitor.work import Work

TAKEN = ".taken-"    # before a bundle's name while it is removed: half of one would count as one that a crawl left

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run tells what it does: `crawl` gets the crawler's events, `step` a name, the number done and the total."""

    crawl: Callable[[crawls.Event], None] = lambda _event: None
    step: Callable[[str, int, int], None] = lambda _name, _done, _total: None


QUIET = Progress()


@dataclass(slots=True)
class Done:
    """What a run did."""

    crawled: list[crawls.Event] = field(default_factory=list)
    ingested: list[Ingested] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)          # steps that did not come to their end
    read: Refreshed | None = None
    digest: str | None = None
    sent: int = 0
    unsent: int = 0

    @property
    def troubles(self) -> list[str]:
        """What did not come to its end; a portal that refuses is a result and no failure."""
        died = [f"{event['county']}: its crawl died: {event['reason']}"
                for event in self.crawled if event["event"] == "died"]
        unsent = [f"mail: {self.unsent} wait in the outbox"] if self.unsent else []
        return [*died, *(f"refused: {reason}" for reason in self.refused), *self.broken, *unsent]

    @property
    def failed(self) -> bool:
        """Whether something did not come to its end."""
        return bool(self.troubles)


def run(work: Work, *, progress: Progress = QUIET, everything: bool = False) -> Done:
    """Do whatever is due at `work.now`; `everything` crawls and tells whether due or not.

    A step that the disk or the archive fails is one of the troubles; what stands is judged and told all the same.
    """
    done = Done()
    with open_ledger(work.home, registry=work.registry) as db:
        # what an earlier run was killed over need not be asked again
        if _attempt(done, "ingest", lambda: ingest_waiting(db, work, done, progress)):
            _attempt(done, "crawl", lambda: _crawl_due(db, work, done, progress, everything=everything))
        ended = work.later()
        _attempt(done, "judge", lambda: settle(db, ended))
        _attempt(done, "digest", lambda: tell_due(db, ended, done, everything=everything))
    return done


def _attempt(done: Done, name: str, step: Callable[[], object]) -> bool:
    """Take a step; whether it came to its end."""
    try:
        step()
    except (ArchiveError, OSError, sqlite3.Error) as error:
        log.error("%s: %s", name, error)
        done.broken.append(f"{name}: {error}")
        return False
    return True


def _crawl_due(db: Database, work: Work, done: Done, progress: Progress, *, everything: bool) -> None:
    due = [portal for portal in work.portals() if everything or crawl_due(db, work, portal)]
    brought = crawl(db, work, [portal for portal in due if not is_crawled(work.home, portal.code)], progress)
    done.crawled, done.read = brought.crawled, brought.read
    done.ingested += brought.ingested
    done.refused += brought.refused


def crawl(db: Database, work: Work, portals: Sequence[Portal], progress: Progress = QUIET) -> Done:
    """Crawl portals, take in whatever waits, and read what is new."""
    done = Done(crawled=crawls.crawl(work, told(db, work, portals), progress.crawl))
    ingest_waiting(db, work, done, progress)
    done.read = read(db, work, progress)
    return done


def told(db: Database, work: Work, portals: Sequence[Portal]) -> list[Known]:
    """What the crawls of these portals are told beforehand."""
    chosen = work.settings
    recheck = Recheck(chosen.recheck_days, chosen.recheck_days_off_season)
    missed = wanted(db, work, [portal.code for portal in portals])
    return [known(db, portal, now=work.now, delay_seconds=portal.delay_seconds or chosen.delay_seconds,
                  allow_private=chosen.allow_private_addresses, contact=chosen.contact, recheck=recheck,
                  wanted=missed.get(portal.code, ()))
            for portal in portals]


def ingest_waiting(db: Database, work: Work, done: Done, progress: Progress = QUIET) -> None:
    """Ingest every bundle that waits in the home, and remove those that are in the archive then."""
    _ingest(db, work, crawls.waiting(work.home.incoming), done, progress)
    for folder in crawls.waiting(work.home.incoming):
        if folder.name in {one.bundle for one in done.ingested}:
            folder.rename(folder.with_name(f"{TAKEN}{folder.name}"))
    for folder in work.home.incoming.glob(f"{TAKEN}*"):
        shutil.rmtree(folder)


def wanted(db: Database, work: Work, counties: Sequence[str]) -> dict[str, tuple[Wanted, ...]]:
    """The reports that are past their due date and were never seen, by county code: their absence needs evidence."""
    found: dict[str, tuple[Wanted, ...]] = {}
    for one in status.judged(db, work.registry, work.settings, as_of=work.now, counties=counties):
        if one.past is not None and one.url is None and one.first_look_with is None:
            missed = Wanted(one.duty.township, one.duty.report_year)
            found[one.duty.county] = (*found.get(one.duty.county, ()), missed)
    return found


def take_in(db: Database, work: Work, folders: Sequence[Path], done: Done, progress: Progress = QUIET) -> None:
    """Ingest bundle folders and read what they brought; a bad one is refused and the rest goes on."""
    _ingest(db, work, folders, done, progress)
    done.read = read(db, work, progress)


def _ingest(db: Database, work: Work, folders: Sequence[Path], done: Done, progress: Progress) -> None:
    volumes = Volumes(work.home.warc)
    for number, folder in enumerate(folders, 1):
        if being_written(folder):
            continue
        try:
            done.ingested.append(ingest(db, volumes, folder, now=work.now))
        except BadBundle as error:
            log.error("%s", error)
            done.refused.append(str(error))
        progress.step("ingest", number, len(folders))


def read(db: Database, work: Work, progress: Progress = QUIET, *, everything: bool = False) -> Refreshed:
    """Read what no parser or an older one has read; `everything` reads all again."""
    return refresh(db, Volumes(work.home.warc), work.registry, all=everything,
                   progress=lambda at, total: progress.step("parse", at, total))


def settle(db: Database, work: Work) -> None:
    """Judge what may come out otherwise, open or close its findings, and publish the snapshot where one is due."""
    if take_back(db, now=work.now):
        log.warning("what was judged while the clock stood ahead is judged anew")
    changed = settling.settle(db, work.registry, work.settings, as_of=work.now)
    if changed or _is_behind(db, work):
        publish(db, work.home, now=work.now)


def _is_behind(db: Database, work: Work) -> bool:
    """Whether something was taken in or judged after the last snapshot, or a clock that was wrong has dated it."""
    if not work.home.public.exists():
        return True
    shown = work.home.public.stat().st_mtime
    found = db.execute("SELECT max(ingested) FROM bundles UNION ALL SELECT max(at) FROM judgings").fetchall()
    newest = max((clock.parse_instant(at).timestamp() for (at,) in found if at), default=0.0)
    return newest >= shown or shown > (work.now + slots.AHEAD).timestamp()


def tell_due(db: Database, work: Work, done: Done, *, everything: bool = False) -> None:
    """Make the digest where one is due, or `everything` is to be told, and send whatever waits in the outbox."""
    if everything or digest_due(db, work):
        done.digest = tell(db, work)
    done.sent, done.unsent = mail.send_outbox(db, work.home, work.settings, now=work.now)


def tell(db: Database, work: Work) -> str:
    """Make the digest of this instant and put it into the outbox; returns its key.

    One of this day that tells the same and that not everybody has got is sent instead: whoever was killed while it
    went out, and begins again, tells it once.
    """
    made = digest.make(db, work.registry, work.settings, as_of=work.now)
    return mail.unsent(db, made) or mail.enqueue(db, work.home, made, work.settings, now=work.now)


def crawl_due(db: Database, work: Work, portal: Portal) -> bool:
    """Whether a county is to be looked at on this day: by slots.py, without a time of its own.

    Whoever runs again after a crawl that died wants it done: it is simply due again.
    """
    made = slots.attempts(db, portal.code, now=work.now, aborted=False)
    return slots.due_at(portal, made, work.settings, now=work.now, own=False,
                        awaited=slots.awaited(db, portal.code)) <= work.now


def digest_due(db: Database, work: Work) -> bool:
    """Whether a digest is to go out now: on workdays in season, once a week off it."""
    if not is_digest_day(clock.local_day(work.now), work.settings.digest):
        return False
    told = clock.iso(work.now + slots.AHEAD)            # later than this a clock that was wrong has told it
    last = db.execute("SELECT max(as_of) FROM digests WHERE as_of <= ?", [told]).fetchone()[0]
    here = work.now.astimezone(clock.SHANGHAI)
    told_today = last is not None and clock.local_day(clock.parse_instant(last)) >= here.date()
    return here.hour >= work.settings.digest.hour and not told_today


def being_written(folder: Path) -> bool:
    """Whether a crawler holds the bundle's WARC open; one that died let go of it."""
    warc = folder / bundles.WARC_NAME
    if not warc.exists():
        return False
    with warc.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_crawled(home: Home, county: str) -> bool:
    """Whether a crawl of this county runs just now, whoever began it; one whose scheduler was killed goes on."""
    return any(map(being_written, crawls.waiting(home.incoming, county)))
