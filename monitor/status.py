"""Every duty's status: judged, written to the ledger, and as `nianbao status --json` prints it."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from archive.clock import iso
from archive.registry import Portal, Registry
from monitor import decisions
from monitor.deadlines import duties, watched_years
from monitor.judge import Judgement, Status, judge
from monitor.observe import NOTHING, observe
from monitor.settings import Settings
from monitor.texts import say


def judge_all(db: Database, registry: Registry, settings: Settings, *, as_of: datetime) -> list[Judgement]:
    """Judge every duty of the watched counties and write the table of duties.

    What was judged later than `as_of` stays: a question about the past is answered and not written.
    """
    return [one for some in judge_each(db, registry, settings, as_of=as_of) for one in some]


def judge_each(db: Database, registry: Registry, settings: Settings, *, as_of: datetime) -> Iterator[list[Judgement]]:
    """The same, one county after the other: of all the country's duties only these are held."""
    past = is_past(db, as_of)
    if not past:
        forget(db, watched(registry, settings))
    for portal, judgements in each(db, registry, settings, as_of=as_of):
        if not past:
            write(db, portal.code, judgements, as_of)
        yield judgements


def judged(db: Database, registry: Registry, settings: Settings, *, as_of: datetime,
           counties: Collection[str] = (), year: int | None = None) -> list[Judgement]:
    """Judge the duties of the watched counties, or of these codes, as known at `as_of`; writes nothing.

    What people decided counts: an accusation that somebody dismissed is none.
    """
    return [one for _, some in each(db, registry, settings, as_of=as_of, counties=counties) for one in some
            if year in (None, one.duty.report_year)]


def each(db: Database, registry: Registry, settings: Settings, *, as_of: datetime,
         counties: Collection[str] = ()) -> Iterator[tuple[Portal, list[Judgement]]]:
    """The same, one county after the other."""
    decided = decisions.load(db, as_of=as_of)
    for portal in watched(registry, settings):
        if not counties or portal.code in counties:
            yield portal, decided.applied(_county(db, portal, settings, as_of))


def watched(registry: Registry, settings: Settings) -> list[Portal]:
    """The portals that a home watches, by code. Raises BadDivision for a county that is not registered."""
    chosen = [registry.resolve(one) for one in settings.counties] if settings.counties else registry.portals.values()
    return sorted(chosen, key=lambda portal: portal.code)


def is_past(db: Database, as_of: datetime) -> bool:
    """Whether the ledger was judged at a later instant already."""
    last = db.execute("SELECT max(at) FROM judgings").fetchone()[0]
    return last is not None and iso(as_of) < last


def rows(judgements: Iterable[Judgement]) -> list[dict[str, Any]]:
    """One object for each duty, as `nianbao status --json` prints it."""
    return [_row(one) for one in judgements]


def summary(db: Database, registry: Registry, settings: Settings, *, as_of: datetime,
            year: int | None = None) -> dict[str, dict[str, int]]:
    """How many duties stand where, by county code and status; every status is named."""
    return count(judged(db, registry, settings, as_of=as_of, year=year))


def count(judgements: Iterable[Judgement]) -> dict[str, dict[str, int]]:
    """Judgements counted by county code and status."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one in judgements:
        counted[one.duty.county][one.status] += 1
    return {county: {status.value: found[status] for status in Status} for county, found in counted.items()}


def _county(db: Database, portal: Portal, settings: Settings, as_of: datetime) -> Iterator[Judgement]:
    seen = observe(db, portal, as_of=as_of)
    years = watched_years(portal.since, as_of)
    held: dict[str, set[int]] = defaultdict(set)
    for (township, year), found in seen.items():
        if year < portal.since and any(not one.astray for one in found.publications):
            held[township].add(year)
    for duty in duties(portal, settings.calendar, years, held):
        yield judge(duty, seen.get((duty.township, duty.report_year), NOTHING), as_of)


def _row(one: Judgement) -> dict[str, Any]:
    duty = one.duty
    return {
        "county": duty.county, "county_name": duty.county_name, "division_code": duty.township,
        "township": duty.township_name, "report_year": duty.report_year, "due_local": _day(duty.due_local),
        "due_outer": _day(duty.due_outer), "rule": duty.rule, "notice": duty.notice,
        "computed": [date.computed for date in duty.dates], "status": one.status.value, "past": one.past,
        "confirmed": one.confirmed, "reason": one.reason,
        "reason_zh": say(one.cause, "zh") if one.cause else None, "claimed_on": _day(one.claimed_on),
        "claimed_from": one.claimed_from, "last_look_without": _instant(one.last_look_without),
        "first_look_with": _instant(one.first_look_with), "url": one.url, "urls": list(one.urls),
        "sha256": one.sha256, "flags": [flag.value for flag in one.flags], "evidence": list(one.evidence),
    }


def forget(db: Database, portals: Iterable[Portal]) -> None:
    """Drop the duties of counties that are no longer watched."""
    codes = {portal.code for portal in portals}
    left = [county for (county,) in db.execute("SELECT county FROM judgings").fetchall() if county not in codes]
    with db.atomic():
        for county in left:
            db.execute("DELETE FROM duties WHERE county = ?", [county])
            db.execute("DELETE FROM judgings WHERE county = ?", [county])


def write(db: Database, county: str, judgements: Iterable[Judgement], as_of: datetime) -> None:
    """Write a county's duties in place of those that stood there."""
    rows = [_stored(one, iso(as_of)) for one in judgements]
    with db.atomic():
        db.execute("DELETE FROM duties WHERE county = ?", [county])
        if rows:
            columns = ", ".join(rows[0])
            marks = ", ".join(f":{name}" for name in rows[0])
            db.conn.executemany(f"INSERT INTO duties ({columns}) VALUES ({marks})", rows)  # noqa: S608  our own names
        db.execute("INSERT OR REPLACE INTO judgings VALUES (?, ?, '', '')", [county, iso(as_of)])


def _stored(one: Judgement, judged_at: str) -> dict[str, Any]:
    row = _row(one)
    row["township"] = row.pop("division_code")
    for name in ("county_name", "notice", "computed", "reason_zh"):
        del row[name]
    lists = {key: json.dumps(row[key], ensure_ascii=False) for key in ("urls", "flags", "evidence")}
    return row | lists | {"confirmed": int(one.confirmed), "publication": one.publication, "judged": judged_at}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
