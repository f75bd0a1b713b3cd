"""The compliance digest: read from the ledger, compared with the last one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from archive.clock import iso, parse_instant
from archive.registry import Registry
from monitor import findings, news, phones, status
from monitor.findings import Finding
from monitor.judge import Judgement, Status
from monitor.news import County, Digest, Told
from monitor.settings import Settings


def make(db: Database, registry: Registry, settings: Settings, *, as_of: datetime) -> Digest:
    """The digest of an instant: what stands at `as_of`, compared with the last digest before it. Writes nothing."""
    found: list[Finding] = []
    judgements = _judged(db, registry, settings, as_of, found)
    counties = {portal.code: _county(db, portal.code, portal.name, as_of)
                for portal in status.watched(registry, settings)}
    made = news.compare(judgements, found, counties, told(db, as_of), settings.digest, as_of=as_of)
    accused = {one.duty.township for one in (*made.missing, *made.withdrawn)}
    return replace(made, phones=phones.known(db, accused, as_of=as_of))


def _judged(db: Database, registry: Registry, settings: Settings, as_of: datetime, found: list[Finding]
            ) -> Iterator[Judgement]:
    """Every judgement, one county after the other, and into `found` what a digest tells of that county's findings."""
    for _, some in status.each(db, registry, settings, as_of=as_of):
        found += filter(news.is_told, findings.current(db, some, as_of=as_of))
        yield from some


def told(db: Database, as_of: datetime) -> Told | None:
    """What the last digest before `as_of` told."""
    row = next(iter(db.query("SELECT as_of, state FROM digests WHERE as_of < ? ORDER BY as_of DESC LIMIT 1",
                             [iso(as_of)])), None)
    return Told(parse_instant(row["as_of"]), json.loads(row["state"])) if row else None


def _county(db: Database, code: str, name: str, as_of: datetime) -> County:
    counts: Mapping[Status, int] = dict.fromkeys(Status, 0)
    row = next(iter(db.query("SELECT started, verdict, reason FROM bundles WHERE county = ? AND started <= ?"
                             " AND by IS NULL ORDER BY started DESC, id DESC LIMIT 1", [code, iso(as_of)])), None)
    if row is None:
        return County(code, name, counts, 0)
    return County(code, name, counts, 0, parse_instant(row["started"]), row["verdict"], row["reason"])
