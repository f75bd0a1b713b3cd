"""What happened to one duty, as events: looks, sightings, claims, versions, findings and what people decided."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlite_utils import Database

from archive import divisions
from archive.bundles import Verdict
from archive.clock import end_of_day, iso, parse_instant
from archive.registry import Portal
from monitor.copies import own
from monitor.deadlines import Duty
from monitor.differences import Difference, between
from monitor.findings import Finding
from monitor.judge import Flag, Judgement
from monitor.observe import Observations, Visit
from monitor.texts import Text

# Events of one instant, in the order in which they are told.
ORDER = ("listed", "seen", "claim", "moved", "version", "misfiled", "look", "crawl", "due", "finding", "decision")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at an instant. `captures` are ids; `said` tells apart looks that say the same."""

    at: datetime
    kind: str
    text: Text
    captures: tuple[str, ...] = ()
    difference: Difference | None = None
    said: str = ""

    @property
    def place(self) -> tuple[datetime, int, datetime]:
        """Where it stands in a timeline: what one crawl brought in one minute is told in the order of sense."""
        return self.at.replace(second=0), ORDER.index(self.kind), self.at


def due(duty: Duty, as_of: datetime) -> Iterator[Event]:
    """The due dates that have passed, each at its end."""
    local = "due_notice" if duty.notice else "due_local"
    for day, key in ((duty.due_local, local), (duty.due_outer, "due_outer" if duty.due_local else "due_old")):
        if day is not None and end_of_day(day) <= as_of:
            yield Event(end_of_day(day), "due", Text("event_due", detail=Text(key)))


BY_HAND = "SELECT id, by FROM bundles WHERE id IN (SELECT value FROM json_each(?)) AND by IS NOT NULL"


def looks(db: Database, seen: Observations) -> Iterator[Event]:
    """Every crawl that looked for the report, and what it can say."""
    before = False
    by_hand = dict(db.execute(BY_HAND, [json.dumps([one.bundle for one in seen.visits])]).fetchall())
    for visit in sorted(seen.visits, key=lambda one: (one.started, one.bundle)):
        text = _look(visit, seen_before=before)
        if visit.bundle in by_hand:
            text = Text("look_by", detail=text, name=by_hand[visit.bundle])
        found = (one.capture for one in (*visit.present, *visit.gone) if one.capture)
        captures = tuple(dict.fromkeys((*visit.captures, *found))) or _answers(db, visit.bundle)
        yield Event(visit.started, "look", text, captures, said=f"{text.key} {text.detail} {text.name}")
        before = before or bool(visit.present)


def _answers(db: Database, bundle: str) -> tuple[str, ...]:
    """The first answers of a crawl that came to no listing: they show what was in its way."""
    rows = db.execute("SELECT id FROM captures WHERE bundle = ? ORDER BY at, id LIMIT 3", [bundle])
    return tuple(capture for (capture,) in rows.fetchall())


def _look(visit: Visit, *, seen_before: bool) -> Text:
    if visit.present:
        if visit.complete:
            return Text("look_with")
        return Text("look_with_partly", detail=visit.reason) if visit.reason else Text("look_with_cut")
    if visit.doubt is not None:
        return Text("look_doubt", detail=visit.doubt)
    if visit.complete:
        gone = any(one.listed for one in visit.gone)
        return Text("look_dead" if gone else "look_gone" if seen_before else "look_without")
    return Text("look_incomplete", detail=visit.reason) if visit.reason else Text("look_cut")


CRAWLS = """
SELECT id, started, verdict, reason FROM bundles WHERE county = :county AND started BETWEEN :since AND :until
ORDER BY started, id
"""


def crawls(db: Database, duty: Duty, seen: Observations, as_of: datetime) -> Iterator[Event]:
    """Crawls that were to look, after the report year had ended, and ended before they did."""
    since = iso(end_of_day(date(duty.report_year, 12, 31)))
    looked = {visit.bundle for visit in seen.visits}
    for row in db.query(CRAWLS, {"county": duty.county, "since": since, "until": iso(as_of)}):
        if row["id"] not in looked and row["verdict"] != Verdict.COMPLETE:
            text = Text("event_crawl", detail=row["reason"] or row["verdict"])
            yield Event(parse_instant(row["started"]), "crawl", text, _answers(db, row["id"]),
                        said=f"crawl {text.detail}")


SIGHTINGS = """
SELECT s.bundle, s.url, s.at, s.title, s.listed, s.listing, s.capture, s.claims FROM sightings s
JOIN bundles b ON b.id = s.bundle
WHERE s.county = :county AND b.started <= :until AND s.url IN (SELECT value FROM json_each(:urls))
ORDER BY b.started, s.id
"""
SHOWING = """
SELECT p.title, p.capture, p.offers FROM listing_pages p WHERE p.bundle = :bundle AND p.listing = :listing ORDER BY p.id
"""


def sightings(db: Database, one: Judgement, seen: Observations, as_of: datetime) -> Iterator[Event]:
    """When each address of the report was first listed and first seen, and every date that its page claimed."""
    first, duty = _first_seen(seen), one.duty
    named = {held.url for held in seen.publications}
    rows = db.query(SIGHTINGS, {"county": duty.county, "until": iso(as_of), "urls": json.dumps(sorted(named))})
    listed: set[str] = set()
    claimed: set[tuple[str, str, str]] = set()
    for row in rows:
        if row["listed"] and row["listing"] and row["url"] not in listed:
            listed.add(row["url"])
            yield _first_listed(db, row)
        for claim in json.loads(row["claims"]):
            key = (row["url"], claim["source"], claim["on"])
            if key not in claimed:
                claimed.add(key)
                yield Event(parse_instant(row["at"]), "claim", _claim(one, **claim), _ids(row["capture"]))
    for held in seen.publications:
        if held.id in first:
            at, capture = first[held.id]
            yield Event(at, "seen", Text("event_seen", detail=held.url), _ids(capture))
            on, source = str(held.claimed_on), str(held.claimed_from)
            if held.claimed_on and (held.url, source, on) not in claimed:
                yield Event(at, "claim", _claim(one, on, source, on), _ids(capture))


def moved(one: Judgement, seen: Observations) -> Iterator[Event]:
    """The report at an address of its own after it was gone from another one."""
    first = _first_seen(seen)
    urls = {held.id: held.url for held in seen.publications}
    for number in one.standing if one.replaced else ():
        if number in first:
            at, capture = first[number]
            old = ", ".join(urls[gone] for gone in one.replaced if gone in urls)
            yield Event(at, "moved", Text("event_moved", detail=urls[number], name=old), _ids(capture))


def misfiled(portal: Portal, seen: Observations) -> Iterator[Event]:
    """Links that name the report and lead to another one, each when it was first met."""
    names = {unit.code: unit.name for unit in divisions.townships(portal.code)}
    met: set[tuple[str, str, int]] = set()
    for visit in sorted(seen.visits, key=lambda one: (one.started, one.bundle)):
        for link in visit.misfiled:
            key = (link.url, link.township, link.report_year)
            if key not in met:
                met.add(key)
                name = names.get(link.township, link.township)
                text = Text("L04", detail=link.title, name=name, year=link.report_year)
                yield Event(visit.started, "misfiled", text, (*_ids(link.capture), *visit.captures))


def _first_seen(seen: Observations) -> dict[int, tuple[datetime, str | None]]:
    found: dict[int, tuple[datetime, str | None]] = {}
    for visit in sorted(seen.visits, key=lambda one: (one.started, one.bundle)):
        for one in visit.present:
            found.setdefault(one.publication, (one.at, one.capture))
    return found


def _first_listed(db: Database, row: Mapping[str, Any]) -> Event:
    """The listing page that leads to an address first; the crawl's other pages where none names it."""
    pages = list(db.query(SHOWING, {"bundle": row["bundle"], "listing": row["listing"]}))
    showing = [page for page in pages if any(offer["url"] == row["url"] for offer in json.loads(page["offers"]))]
    captures = tuple(page["capture"] for page in (showing or pages) if page["capture"])
    text = Text("event_listed", detail=row["listing"], name=row["title"] or row["url"])
    return Event(parse_instant(row["at"]), "listed", text, captures[:1] if showing else captures)


def _claim(one: Judgement, on: str, source: str, raw: str) -> Text:
    """What a page claims in one place, and whether that is the date that counts."""
    day = date.fromisoformat(on)
    if source.startswith("url"):
        return Text("event_claim_url", day, raw)
    counts = (one.claimed_on, one.claimed_from) == (day, source)
    key = "event_claim_doubted" if Flag.BACKDATED in one.flags else "event_claim_counts"
    return Text(key if counts else "event_claim", day, source if raw == on else f"{source}: {raw}")


def _ids(capture: str | None) -> tuple[str, ...]:
    return (capture,) if capture else ()


VERSIONS = """
SELECT p.id AS publication, p.url, v.number, v.seen, v.sha256, v.capture, v.changed, d.report_year AS read_year
FROM publications p JOIN versions v ON v.publication = p.id
JOIN captures c ON c.id = v.capture JOIN bundles b ON b.id = c.bundle
LEFT JOIN documents d ON d.sha256 = v.sha256 AND d.county = p.county
WHERE p.county = :county AND b.started <= :until AND p.id IN (SELECT value FROM json_each(:ids))
ORDER BY p.id, v.number
"""


def versions(db: Database, duty: Duty, seen: Observations, as_of: datetime) -> Iterator[Event]:
    """Every content that an address had after the first, with what differs from the one before."""
    held = {one.id: set(one.versions) for one in seen.publications}
    values = {"county": duty.county, "until": iso(as_of), "ids": json.dumps(sorted(held))}
    rows = own(list(db.query(VERSIONS, values)), duty.report_year)
    for before, after in pairwise(rows):
        if before["publication"] == after["publication"]:
            found = between(db, duty.county, before["sha256"], after["sha256"], json.loads(after["changed"]))
            text = Text("event_version", detail=f"{before['number']} → {after['number']}, {after['url']}")
            yield Event(parse_instant(after["seen"]), "version", text, (before["capture"], after["capture"]), found)


FINDINGS = """
SELECT f.id, f.fingerprint, f.township, f.code, f.message, f.message_en, f.evidence, o.opened, o.closed,
       o.opened = f.opened AS latest
FROM findings f
JOIN (SELECT finding, opened, closed FROM openings UNION ALL SELECT id, opened, closed FROM findings) o
  ON o.finding = f.id
WHERE f.county = :county AND o.opened <= :until AND coalesce(f.township, :township) = :township
  AND coalesce(f.report_year, :year) = :year
ORDER BY o.opened, f.id
"""
DECISIONS = "SELECT decision, why, at FROM decisions WHERE fingerprint = ? AND at <= ? ORDER BY at, id"


def concerns(township: str | None, subject: str, seen: Observations) -> bool:
    """Whether a finding is about this duty: its own, the portal's, or one cause of several that its looks name too."""
    key, _, detail = subject.partition(" ")
    if township is not None or not subject:
        return True
    if detail:
        return any(detail in (visit.reason, visit.doubt) for visit in seen.visits)
    return bool(seen.visits) is (key != "why_never")


def findings(db: Database, duty: Duty, seen: Observations, current: Sequence[Finding],
             as_of: datetime) -> Iterator[Event]:
    """Findings about the duty or the whole portal as they were opened and closed, and what people said of them."""
    texts = {one.fingerprint: one.text for one in current}
    until = iso(as_of)
    values = {"county": duty.county, "until": until, "township": duty.township, "year": duty.report_year}
    for row in db.query(FINDINGS, values):
        if not concerns(row["township"], row["fingerprint"].split("|", 4)[4], seen):
            continue
        name = f"{row['id']} {row['code']}"
        shown = texts.get(row["fingerprint"]) or Text("said", detail=row["message"],
                                                      name=row["message_en"] or row["message"])
        evidence = tuple(json.loads(row["evidence"]))
        yield Event(parse_instant(row["opened"]), "finding", Text("event_opened", detail=shown, name=name), evidence)
        if row["closed"] and row["closed"] <= until:
            yield Event(parse_instant(row["closed"]), "finding", Text("event_closed", detail=shown, name=name))
        if row["latest"]:
            for decision, why, at in db.execute(DECISIONS, [row["fingerprint"], until]).fetchall():
                yield Event(parse_instant(at), "decision", Text(f"event_{decision}", detail=why, name=name))
