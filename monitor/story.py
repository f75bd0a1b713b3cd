"""The whole story of one duty: its dates, everything that happened in order, where it stands and why."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from archive import divisions
from archive.clock import iso
from archive.divisions import Township
from archive.errors import BadDivision
from archive.registry import Portal, Registry
from monitor import events, evidence, findings, status
from monitor.errors import NoDuty
from monitor.events import Event
from monitor.evidence import Capture
from monitor.findings import Finding
from monitor.judge import Judgement
from monitor.observe import NOTHING, observe
from monitor.settings import Settings
from monitor.texts import Text, say
from monitor.why import dates, why


@dataclass(frozen=True, slots=True)
class Story:
    """One duty as known at `as_of`. `captures` are all that it rests on, by id."""

    judgement: Judgement
    as_of: datetime
    why: Text
    dates: tuple[Text, ...]
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    captures: dict[str, Capture]


def find(registry: Registry, settings: Settings, text: str) -> tuple[Portal, Township]:
    """A township of the watched counties, by code or name. Raises BadDivision, with candidates where it is unclear."""
    found: list[tuple[Portal, Township]] = []
    for portal in status.watched(registry, settings):
        try:
            found.append((portal, portal.find_township(text)))
        except BadDivision as error:
            if error.candidates:
                raise
    exact = [one for one in found if one[1].name == text]
    found = exact or found
    if len(found) == 1:
        return found[0]
    if found:
        raise BadDivision(text, tuple(f"{unit.name} ({portal.name}, {unit.code})" for portal, unit in found))
    unit = divisions.find_township(text)
    county = divisions.county(unit.county).name
    raise NoDuty(f"{unit.name} ({unit.code}) is in {county}, which this home does not watch")


def tell(db: Database, registry: Registry, settings: Settings, township: str, year: int, *, as_of: datetime) -> Story:
    """The story of a township's report of one year. Raises BadDivision, NoDuty."""
    portal, unit = find(registry, settings, township)
    judged = status.judged(db, registry, settings, as_of=as_of, counties=[portal.code])
    one = next((one for one in judged if (one.duty.township, one.duty.report_year) == (unit.code, year)), None)
    if one is None:
        raise NoDuty(f"{unit.name} ({unit.code}) owes no report for {year} as far as is known at {iso(as_of)}: reports "
                     f"are watched from {portal.since} on, earlier ones where they were seen")
    return _story(db, portal, one, findings.current(db, judged, as_of=as_of), as_of)


def _story(db: Database, portal: Portal, one: Judgement, current: Iterable[Finding],
           as_of: datetime) -> Story:
    duty = one.duty
    seen = observe(db, portal, as_of=as_of).get((duty.township, duty.report_year), NOTHING)
    standing = tuple(found for found in current
                     if found.township in (None, duty.township) and found.report_year in (None, duty.report_year)
                     and events.concerns(found.township, found.subject, seen))
    happened = sorted([
        *events.due(duty, as_of), *events.looks(db, seen), *events.crawls(db, duty, seen, as_of),
        *events.sightings(db, one, seen, as_of), *events.moved(one, seen), *events.misfiled(portal, seen),
        *events.versions(db, duty, seen, as_of),
        *events.findings(db, duty, seen, standing, as_of),
    ], key=lambda event: event.place)
    shown = [*one.evidence, *(capture for event in happened for capture in event.captures),
             *(capture for found in standing for capture in found.evidence)]
    return Story(one, as_of, why(one), tuple(dates(duty)), tuple(happened), standing,
                 _with_screenshots(db, shown))


def _with_screenshots(db: Database, ids: Iterable[str]) -> dict[str, Capture]:
    found = evidence.captures(db, ids)
    found |= evidence.captures(db, [one.screenshot for one in found.values() if one.screenshot])
    return {one.id: one for one in sorted(found.values(), key=lambda one: (one.at, one.id))}


def as_json(story: Story) -> dict[str, Any]:
    """The story as `nianbao explain --json` prints it: the row of `status`, and what stands behind it."""
    (row,) = status.rows([story.judgement])
    return row | {
        "as_of": iso(story.as_of), "why": _both(story.why), "dates": [_both(one) for one in story.dates],
        "timeline": [_event(one) for one in story.events],
        "findings": [{"code": one.code, "severity": one.severity, "attribution": one.attribution,
                      "confirmed": one.confirmed, **_both(one.text), "evidence": list(one.evidence)}
                     for one in story.findings],
        "captures": [evidence.row(one) for one in story.captures.values()],
    }


def _event(one: Event) -> dict[str, Any]:
    shown = {"at": iso(one.at), "kind": one.kind, **_both(one.text), "captures": list(one.captures)}
    return shown | ({"difference": asdict(one.difference)} if one.difference else {})


def _both(text: Text) -> dict[str, str]:
    return {"en": say(text, "en"), "zh": say(text, "zh")}
