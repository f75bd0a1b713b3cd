"""What a crawl is told beforehand, so that it asks only for what may have changed."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlite_utils import Database

from archive import clock
from archive.bundles import WALKED, Held, Known, Listing, Offer, Outcome, Verdict, Wanted
from archive.history import GOOD, PRESENT, Body, File, Seen, history
from archive.registry import Portal

VANISHED = frozenset({Outcome.GONE, Outcome.SOFT_404, Outcome.EMPTY})
FINAL = VANISHED | {Outcome.FOREIGN, Outcome.DISALLOWED, Outcome.TOO_LARGE}


class Recheck(NamedTuple):
    """Days after which a held report is asked for again."""

    season: int = 7
    off: int = 60

    def due(self, fetched: str, now: datetime) -> bool:
        today = clock.local_day(now)
        days = self.season if today.month in clock.SEASON else self.off
        return not -1 <= (today - _day(fetched)).days < days    # a day later than tomorrow was a wrong clock's


def known(
    db: Database,
    portal: Portal,
    *,
    now: datetime,
    delay_seconds: float = 3.0,
    allow_private: bool = False,
    contact: str | None = None,
    recheck: Recheck = Recheck(),  # noqa: B008 - immutable
    wanted: tuple[Wanted, ...] = (),
) -> Known:
    """What the ledger holds of a county: its listings, its reports with their files, and which of them are due.

    `wanted` are the reports that are due and were never seen; who owes what is for the caller to say.
    """
    listings = _listings(db, portal.code)
    pages, crawler = _listing_pages(db, portal.code, {listing.url for listing in listings})
    reports = history(db, portal.code).values()
    held = {page.url: page for page in pages}
    held |= {item.url: item for seen in reports for item in _files(db, seen[-1], recheck, now)}
    held |= {item.url: item for seen in reports for item in _report(db, seen, recheck, now)}
    return Known(
        county=portal.code,
        years=tuple(range(portal.since, clock.local_day(now).year)),
        crawler=crawler,
        delay_seconds=delay_seconds,
        allow_private_addresses=allow_private,
        contact=contact,
        discovered=_discovered(db, portal.code),
        listings=listings,
        held=tuple(held.values()),
        wanted=wanted,
    )


def _discovered(db: Database, county: str) -> str | None:
    row = db.execute("SELECT max(started) FROM bundles WHERE county = ? AND json_extract(counters, ?) > 0",
                     [county, f"$.{WALKED}"]).fetchone()
    found: str | None = row[0]
    return found


def _listings(db: Database, county: str) -> tuple[Listing, ...]:
    """The listings that were whole in the latest complete crawl or since, but for those that have vanished."""
    found: dict[tuple[object, ...], Listing] = {}
    for row in _listing_rows(db, county):
        key = (row["listing"], row["township"], row["report_year"])
        if row["complete"]:
            found[key] = Listing(
                url=row["listing"], family=row["family"], title=row["title"], division_code=row["township"],
                report_year=row["report_year"],
            )
        elif Outcome(row["outcome"]) in VANISHED:
            found.pop(key, None)
    return tuple(found.values())


def _listing_rows(db: Database, county: str) -> Iterator[dict[str, Any]]:
    return db.query(
        "SELECT p.* FROM listing_pages p JOIN bundles b ON b.id = p.bundle WHERE p.county = :county AND b.started >="
        " coalesce((SELECT max(started) FROM bundles WHERE county = :county AND verdict = :whole), '')"
        " ORDER BY b.started, b.id, p.id",
        {"county": county, "whole": Verdict.COMPLETE.value},
    )


def _listing_pages(db: Database, county: str, listings: set[str]) -> tuple[list[Held], str | None]:
    """The pages of these listings as last read whole, and what read them all, if one crawler did.

    A page of a listing that was not seen whole is no proof of anything when it has not changed since.
    """
    latest = {
        row["url"]: row
        for row in db.query(
            "SELECT p.*, b.crawler, c.sha256, c.at FROM listing_pages p JOIN bundles b ON b.id = p.bundle"
            " JOIN captures c ON c.id = p.capture WHERE p.county = ? AND c.sha256 IS NOT NULL"
            " AND p.complete AND p.outcome IN ('listing', 'not_modified') ORDER BY b.started, b.id, p.id",
            [county],
        )
        if row["listing"] in listings
    }
    crawlers = {row["crawler"] for row in latest.values()}
    pictures = _pictures(db, county)
    held = [
        _held(
            db, row["url"], "listing", Body(row["sha256"], row["capture"], row["at"]), title=row["title"],
            division_code=row["township"], report_year=row["report_year"], listing=row["listing"],
            offers=tuple(Offer(**offer) for offer in json.loads(row["offers"])), next=tuple(json.loads(row["next"])),
            screenshot=pictures.get((row["url"], row["sha256"])),
        )
        for row in latest.values()
    ]
    return held, crawlers.pop() if len(crawlers) == 1 else None


def _pictures(db: Database, county: str) -> dict[tuple[str, str], str]:
    """The newest picture of each body of each listing page."""
    rows = db.execute(
        "SELECT p.url, c.sha256, p.screenshot FROM listing_pages p JOIN captures c ON c.id = p.capture"
        " WHERE p.county = ? AND p.screenshot IS NOT NULL ORDER BY p.id", [county])
    return {(url, sha256): f"<urn:uuid:{picture}>" for url, sha256, picture in rows.fetchall()}


def _report(db: Database, seen: list[Seen], recheck: Recheck, now: datetime) -> Iterator[Held]:
    last = seen[-1]
    if last.page is None:
        return
    read = next((one for one in reversed(seen) if one.outcome in GOOD), last)
    doubt = last.outcome not in PRESENT or any(_in_doubt(file) for file in last.files)
    yield _held(
        db, last.url, "report", last.page, due=doubt or recheck.due(last.page.at, now), title=last.title or read.title,
        division_code=last.township, report_year=last.report_year, listing=last.listing or read.listing,
        claims=read.claims, attachments=tuple(file.url for file in last.files),
    )


def _files(db: Database, last: Seen, recheck: Recheck, now: datetime) -> Iterator[Held]:
    for file in last.files:
        if file.body is not None:
            due = _in_doubt(file) or recheck.due(file.body.at, now)
            yield _held(db, file.url, "file", file.body, due=due, title=file.name)


def _in_doubt(file: File) -> bool:
    """Whether the last answer for a file leaves something to ask again."""
    return file.outcome not in PRESENT | FINAL


def _held(db: Database, url: str, role: str, body: Body, **rest: object) -> Held:
    """A URL with the latest validators that came with its body and the record that holds it."""
    (at,) = db.execute("SELECT url FROM captures WHERE id = ?", [body.capture]).fetchone()
    record = db.execute(
        "SELECT id FROM captures WHERE sha256 = ? AND record_type <> 'revisit' ORDER BY url = ? DESC, at DESC LIMIT 1",
        [body.sha256, at],
    ).fetchone()
    return Held(
        url=url, role=role, sha256=body.sha256, fetched=body.at, etag=_latest(db, "etag", at, body),
        last_modified=_latest(db, "last_modified", at, body),
        record=f"<urn:uuid:{record[0]}>" if record else None, **rest,  # type: ignore[arg-type]
    )


def _latest(db: Database, validator: Literal["etag", "last_modified"], url: str, body: Body) -> str | None:
    row = db.execute(
        f"SELECT {validator} FROM captures WHERE url = ? AND sha256 = ? AND {validator} IS NOT NULL"  # noqa: S608
        " ORDER BY at DESC LIMIT 1",
        [url, body.sha256],
    ).fetchone()
    return row[0] if row else None


def _day(instant: str) -> date:
    return clock.local_day(clock.parse_instant(instant))
