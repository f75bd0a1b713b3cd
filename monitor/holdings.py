"""Signs of what a home holds: crawls that grow old, mail that does not leave, volumes that nobody has re-read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any

from sqlite_utils import Database

from archive import clock
from archive.clock import parse_instant
from archive.home import Home
from archive.records import NotARecord, member_at
from archive.registry import Portal
from monitor import crawls, run, verified
from monitor.deadlines import watched_years
from monitor.signs import Sign
from monitor.work import Work

STALE_IN_SEASON = timedelta(days=3)
STALE = timedelta(days=16)              # two weekly turns, one missed
REREAD = timedelta(days=45)             # disks rot slowly, and a verify of everything takes hours
SKEW = timedelta(minutes=2)
HOSTS = 3                               # one server's clock may be wrong, three are not
WAITED = timedelta(hours=2)

LOOKED = """
SELECT township, max(at) FROM looks WHERE complete AND report_year = ? GROUP BY township
"""
LAST = "SELECT started, verdict, reason FROM bundles WHERE county = ? ORDER BY started DESC LIMIT 1"
NEWEST = """
SELECT c.at, c.volume, c.offset, b.county, max(c.at) FROM bundles b CROSS JOIN captures c ON c.bundle = b.id
WHERE c.record_type = 'response' AND b.by IS NULL AND b.started >= ? GROUP BY b.county ORDER BY c.at DESC LIMIT 20
"""
# What helps, by how the last crawl ended.
REMEDIES: Mapping[str, str] = {
    "blocked": "the portal refuses: capture it with a browser, as docs/capture.md says, and hand that in with "
               "`nianbao ingest FILE --county CODE --by NAME`",
    "unreachable": "open the portal in a browser; where it answers there, this machine's way to it is cut",
    "layout_changed": "the portal looks different: `nianbao portal add URL --replace` finds its listings anew",
    "partial": "`nianbao status CODE` says what was not seen; `nianbao portal probe URL` finds a listing that moved",
    "aborted": "the crawl died: the log of `nianbao serve` says why",
    "complete": "see that `nianbao serve` runs",
}


def holdings(db: Database, work: Work) -> Iterator[Sign]:
    """Everything that the ledger and the folders beside it tell at `work.now`."""
    yield from _stale(db, work)
    yield from _clock(db, work)
    yield from _mail(db, work)
    yield from _volumes(db, work)
    yield from _waiting(work)
    yield _snapshot(db, work.home)


def _stale(db: Database, work: Work) -> Iterator[Sign]:
    looked: dict[int, dict[str, str]] = {}
    limit = STALE_IN_SEASON if work.now.astimezone(clock.SHANGHAI).month in clock.SEASON else STALE
    signs = []
    for portal in work.portals():
        year = max(watched_years(portal.since, work.now), default=portal.since)
        if year not in looked:
            looked[year] = dict(db.execute(LOOKED, [year]).fetchall())
        sign = _county(db, portal, looked[year], year, work.now, limit)
        if sign is not None:
            signs.append(sign)
    yield from signs
    if not signs:
        yield Sign("fine", "looks", f"every township was completely looked at within {limit.days} days")


def _county(db: Database, portal: Portal, looked: Mapping[str, str], year: int, now: datetime, limit: timedelta
            ) -> Sign | None:
    last = db.execute(LAST, [portal.code]).fetchone()
    if last is None:
        return Sign("wrong", "looks", f"{portal.name} ({portal.code}) was never crawled",
                    f"run `nianbao crawl {portal.code}`, and let `nianbao serve` run")
    units = [unit.code for unit in portal.townships()]
    seen = [parse_instant(looked[code]) for code in units if code in looked]
    behind = len(units) - sum(now - at <= limit for at in seen)
    if not behind:
        return None
    since = f"the last one was on {clock.local_day(max(seen))}" if seen else "there was never one"
    started, verdict, reason = last
    ended = f"{verdict}: {reason}" if reason else verdict
    return Sign("wrong", "looks",
                f"{portal.name} ({portal.code}): no complete look at {behind} of {len(units)} townships for report "
                f"year {year} within {limit.days} days; {since}; the last crawl, on "
                f"{clock.local_day(parse_instant(started))}, ended {ended}",
                REMEDIES[verdict].replace("CODE", portal.code).replace("URL", portal.home))


def _clock(db: Database, work: Work) -> Iterator[Sign]:
    """Our clock against those of the portals, by what their last answers said; nobody is asked anything."""
    ahead = db.execute("SELECT count(*) FROM bundles WHERE started > ?",
                       [clock.iso(work.now + SKEW)]).fetchone()[0]
    if ahead:
        yield Sign("wrong", "clock", f"{ahead} crawls began later than now: the clock was ahead then or is behind now",
                   "set the clock (timedatectl); a late report may stand as on time, and the other way round")
    since = clock.iso(work.now - timedelta(days=30))
    rows = db.execute(NEWEST, [since]).fetchall()
    found = [skew for row in rows if (skew := _skew(work.home, *row[:3])) is not None]
    if not found:
        return
    off, sure = timedelta(seconds=median(found)), len(found) >= HOSTS
    told = "that of 1 portal" if len(found) == 1 else f"those of {len(found)} portals"
    if abs(off) > SKEW:
        side = "behind" if off > timedelta() else "ahead of"
        yield Sign("wrong" if sure else "note", "clock", f"this machine's clock was {_span(abs(off))} {side} {told}",
                   "set the clock (timedatectl set-ntp true)" + ("" if sure else ", or the portal's is wrong"))
    else:
        yield Sign("fine", "clock", f"this machine's clock agrees with {told}")


def _skew(home: Home, at: str, volume: str, offset: int) -> float | None:
    """Seconds by which a portal's Date header was ahead of our clock in one capture."""
    try:
        with (home.warc / volume).open("rb") as file:
            head = member_at(file, offset).plain[:65536]
        lines = head.split(b"\r\n\r\n")[1].split(b"\r\n")
        said = next(line for line in lines if line.lower().startswith(b"date:"))
        told = parsedate_to_datetime(said[5:].decode("ascii").strip())
        return (told - parse_instant(at)).total_seconds()
    except (OSError, NotARecord, IndexError, StopIteration, ValueError, TypeError):
        return None


def _mail(db: Database, work: Work) -> Iterator[Sign]:
    mail = work.settings.mail
    rows = list(db.query("SELECT made, error FROM outbox WHERE sent IS NULL ORDER BY made"))
    if not mail.recipients:
        yield Sign("note", "mail", "nobody is told: no [[mail.recipient]] is named", "name one in nianbao.toml")
    elif rows and mail.host is None:
        yield Sign("wrong", "mail", f"{len(rows)} mails wait in data/outbox: no [mail] host is named",
                   "name one in nianbao.toml, then run `nianbao run`")
    elif failed := [row for row in rows if row["error"]]:
        yield _failed(failed)
    else:
        yield Sign("fine", "mail", f"{len(rows)} mails wait" if rows else "every mail was sent")


def _failed(rows: list[dict[str, Any]]) -> Sign:
    reasons = Counter(row["error"] for row in rows).most_common(1)[0][0]
    return Sign("wrong", "mail", f"{len(rows)} mails could not be sent, the oldest of "
                f"{clock.local_day(parse_instant(rows[0]['made']))}: {reasons}",
                "mend [mail] in nianbao.toml or the server's side; they go out with the next round or `nianbao run`")


def _volumes(db: Database, work: Work) -> Iterator[Sign]:
    lengths = dict(db.execute("SELECT name, length FROM volumes").fetchall())
    last = verified.last(work.home)
    missing = [name for name in lengths if not (work.home.warc / name).exists()]
    if missing:
        yield Sign("wrong", "volumes", f"not there: {', '.join(missing)}", "bring them back from the backup: they are "
                   "the only copy of what was captured")
    if last is not None and last.errors:
        yield Sign("wrong", "volumes", f"{last.errors} errors were found on {clock.local_day(last.at)}",
                   "run `nianbao verify` again: it names each; bring what is damaged back from the backup")
    elif lengths and (last is None or work.now - last.at > REREAD):
        told = f"since {clock.local_day(last.at)}" if last is not None else "yet"
        yield Sign("note", "volumes", f"the archive was not re-read {told}", "run `nianbao verify`, once a month")
    elif behind := last.behind(lengths) if last is not None else ():
        yield Sign("fine", "volumes",
                   f"{len(lengths) - len(behind)} of {len(lengths)} volumes were re-read to their end")
    elif lengths:
        yield Sign("fine", "volumes", f"all {len(lengths)} volumes were re-read to their end")
    cut = list((work.home.warc / "cut").glob("*"))
    if cut:
        yield Sign("note", "volumes", f"{len(cut)} torn ends of volumes stand in data/warc/cut",
                   "they are what killed runs left; or the ledger is an older copy, then stop and restore")


def _waiting(work: Work) -> Iterator[Sign]:
    if not work.home.incoming.exists():
        return
    before = (work.now - WAITED).timestamp()
    old = [folder for folder in crawls.waiting(work.home.incoming)
           if folder.stat().st_mtime < before and not run.being_written(folder)]
    if old:
        yield Sign("wrong", "incoming", f"{len(old)} bundles wait for over {WAITED.seconds // 3600} hours, "
                   f"{old[0].name} among them", f"`nianbao ingest {old[0]}` says what is wrong with it")


def _snapshot(db: Database, home: Home) -> Sign:
    judged = db.execute("SELECT max(at) FROM judgings").fetchone()[0]
    if judged is None:
        return Sign("note", "snapshot", "nothing was judged yet", "run `nianbao run`")
    shown = home.public.stat().st_mtime if home.public.exists() else 0.0
    if shown < parse_instant(judged).timestamp() - SKEW.total_seconds():
        return Sign("wrong", "snapshot", f"what Datasette shows is older than the judgement of {judged}",
                    "run `nianbao reparse`; where it fails, its message says why")
    return Sign("fine", "snapshot", f"Datasette shows what was judged at {judged}")


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"
