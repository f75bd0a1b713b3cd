"""What the crawls of a county saw at each candidate's address, in order, with what was still valid from before."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlite_utils import Database

from archive.bundles import Claim, Outcome

GOOD = frozenset({Outcome.REPORT, Outcome.FILE, Outcome.NOT_MODIFIED})
PRESENT = GOOD | {Outcome.HELD}


@dataclass(frozen=True, slots=True)
class Body:
    """A body and the capture that showed it last."""

    sha256: str
    capture: str
    at: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. `body` is the latest that was fetched, `outcome` the latest answer."""

    url: str
    name: str | None
    outcome: Outcome
    body: Body | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate in one crawl. `page` and `files` are what is known to stand there after it."""

    url: str
    at: str
    outcome: Outcome
    title: str | None
    listing: str | None
    township: str | None              # what the listing says
    report_year: int | None
    claims: tuple[Claim, ...]
    page: Body | None
    files: tuple[File, ...]

    @property
    def present(self) -> bool:
        return self.outcome in PRESENT


def history(db: Database, county: str) -> dict[str, list[Seen]]:
    """Every sighting of a county by candidate URL, oldest first."""
    bodies = {
        row[0]: Body(row[1], row[0], row[2])
        for row in db.execute(
            "SELECT c.id, c.sha256, c.at FROM captures c JOIN bundles b ON b.id = c.bundle"
            " WHERE b.county = ? AND c.sha256 IS NOT NULL",
            [county],
        ).fetchall()
    }
    found: dict[str, list[Seen]] = {}
    for row in _sightings(db, county):
        earlier = found.setdefault(str(row["url"]), [])
        earlier.append(_seen(row, bodies, earlier[-1] if earlier else None))
    return found


def _sightings(db: Database, county: str) -> Iterator[dict[str, object]]:
    return db.query(
        "SELECT s.* FROM sightings s JOIN bundles b ON b.id = s.bundle WHERE s.county = ?"
        " ORDER BY b.started, b.id, s.id",
        [county],
    )


def _seen(row: dict[str, object], bodies: dict[str, Body], before: Seen | None) -> Seen:
    outcome = Outcome(str(row["outcome"]))
    now = _row_seen(row, outcome)
    if outcome not in GOOD:
        return replace(now, page=before.page, files=before.files) if before else now
    page = bodies.get(str(row["capture"])) or (before.page if before else None)
    return replace(now, page=page, files=_files(row, outcome, bodies, before))


def _row_seen(row: dict[str, object], outcome: Outcome) -> Seen:
    def text(key: str) -> str | None:
        return None if row[key] is None else str(row[key])

    year = row["report_year"]
    return Seen(
        url=str(row["url"]), at=str(row["at"]), outcome=outcome, title=text("title"), listing=text("listing"),
        township=text("township"), report_year=year if isinstance(year, int) else None,
        claims=tuple(Claim(**claim) for claim in json.loads(str(row["claims"]))), page=None, files=(),
    )


def _files(
    row: dict[str, object], outcome: Outcome, bodies: dict[str, Body], before: Seen | None
) -> tuple[File, ...]:
    held = {file.url: file for file in before.files} if before else {}
    # A page that was not modified still has the files that it had, also where the crawl did not name them again.
    files = dict(held) if outcome is Outcome.NOT_MODIFIED else {}
    for raw in json.loads(str(row["attachments"])):
        earlier = held.get(raw["url"])
        body = bodies.get(raw["record"] or "") or (earlier.body if earlier else None)
        files[raw["url"]] = File(raw["url"], raw["name"], Outcome(raw["outcome"]), body)
    return tuple(files.values())
