"""Findings: what is wrong with a report or a portal, opened and closed. The only writer of their table.

A finding is one fact about one duty and says nothing that changes by itself. It is attributed: publisher (visible in
the original), extractor (our reading) or unknown. Only a publisher's, confirmed, leaves the house. Messages are stored
in Chinese, the language of the reports and of those who have to answer for them, and in English.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlite_utils import Database

from archive.bundles import Outcome, Verdict
from archive.clock import iso, parse_instant
from archive.report.likeness import body
from archive.report.model import Attribution, Severity
from archive.report.rules import TITLES
from archive.report.yearly import WITH_LAST, of_json
from monitor import decisions
from monitor.copies import Fault, Places, changed_by, faults, own, wrong_files
from monitor.differences import in_words
from monitor.judge import GAP, Flag, Judgement, Status
from monitor.rules import RULES
from monitor.status import is_past
from monitor.texts import Text, say

# What says only that we do not know: a date may be there that we could not read.
OURS = frozenset({"T06", "T08"})
LOCKED = "encrypted with a password"
# What a duty's status says by itself.
BY_STATUS = frozenset({"T02", "T03", "T04", "T05", "L01", "L05"})
NOT_LOOKED = (Verdict.BLOCKED, Verdict.UNREACHABLE, Verdict.LAYOUT_CHANGED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `township` and `report_year` are None where it concerns a whole portal.

    `subject` tells apart several of one code and duty (a version, a file); `basis` is the digest of the text that it
    is about, where it is about one.
    """

    code: str
    severity: Severity
    attribution: Attribution
    county: str
    county_name: str
    township: str | None
    township_name: str | None
    report_year: int | None
    confirmed: bool
    text: Text
    evidence: tuple[str, ...] = ()
    subject: str = ""
    basis: str = ""

    @property
    def fingerprint(self) -> str:
        """What makes it the same finding tomorrow."""
        return decisions.fingerprint(self.code, self.county, self.township, self.report_year, self.subject)

    @property
    def outward(self) -> bool:
        """Whether it may leave the house."""
        return self.attribution == "publisher" and self.confirmed and self.severity != "info"


def current(db: Database, judgements: Iterable[Judgement], *, as_of: datetime) -> list[Finding]:
    """Everything that is wrong at `as_of`, by county, township and year, but for what a person dismissed."""
    decided = decisions.load(db, as_of=as_of)
    by_county: dict[str, list[Judgement]] = defaultdict(list)
    for one in judgements:
        by_county[one.duty.county].append(one)
    found = (one for county, some in sorted(by_county.items()) for one in _county(db, county, some, as_of))
    told = ((one, decided.about(one.fingerprint, one.basis)) for one in found)
    return [replace(one, attribution="publisher", confirmed=True) if decision == "confirm" else one
            for one, decision in told if decision != "dismiss"]


def update(db: Database, judgements: Sequence[Judgement], *, as_of: datetime) -> None:
    """Open what is new, close what is no longer so, in the counties that were judged; nothing for a past `as_of`."""
    if is_past(db, as_of):
        return
    found = {one.fingerprint: one for one in current(db, judgements, as_of=as_of)}
    counties = {one.duty.county for one in judgements}
    stored = {row["fingerprint"]: row for county in counties for row in db.query(
        "SELECT id, fingerprint, county, opened, closed FROM findings WHERE county = ?", [county])}
    with db.atomic():
        for fingerprint, row in stored.items():
            if row["closed"] is None and fingerprint not in found:
                db.execute("UPDATE findings SET closed = ? WHERE fingerprint = ?", [iso(as_of), fingerprint])
        for fingerprint, finding in found.items():
            _keep(db, finding, stored.get(fingerprint), as_of)


def close_left(db: Database, *, as_of: datetime) -> None:
    """Close what was found in counties that owe nothing any more or are no longer watched: nobody will judge them."""
    db.execute("UPDATE findings SET closed = ? WHERE closed IS NULL"
               " AND NOT EXISTS (SELECT 1 FROM duties d WHERE d.county = findings.county)", [iso(as_of)])


def rows(db: Database, *, only_open: bool = False, counties: Collection[str] = ()) -> list[dict[str, Any]]:
    """The stored findings, as `nianbao findings --json` prints them."""
    return [
        row | {"confirmed": bool(row["confirmed"]), "evidence": json.loads(row["evidence"])}
        for row in db.query(
            "SELECT f.id, f.code, f.severity, f.attribution, f.county, f.township AS division_code,"
            " t.name AS township, f.report_year, f.opened, f.closed, f.confirmed, f.message,"
            " coalesce(nullif(f.message_en, ''), f.message) AS message_en, f.evidence,"
            " nullif(d.decision, 'undo') AS decision, CASE WHEN d.decision <> 'undo' THEN d.why END AS why"
            " FROM findings f LEFT JOIN townships t ON t.code = f.township"
            " LEFT JOIN decisions d ON d.id = (SELECT l.id FROM decisions l WHERE l.fingerprint = f.fingerprint"
            " ORDER BY l.at DESC, l.id DESC LIMIT 1)"
            " WHERE :all OR f.closed IS NULL ORDER BY f.county, f.township, f.report_year, f.code, f.id",
            {"all": not only_open})
        if not counties or row["county"] in counties
    ]


def _keep(db: Database, finding: Finding, stored: Mapping[str, Any] | None, as_of: datetime) -> None:
    values = {
        "code": finding.code, "severity": finding.severity, "attribution": finding.attribution,
        "county": finding.county, "township": finding.township, "report_year": finding.report_year,
        "confirmed": int(finding.confirmed), "message": say(finding.text, "zh"),
        "message_en": say(finding.text, "en"), "basis": finding.basis,
        "evidence": json.dumps(finding.evidence),
    }
    if stored is None:
        db.table("findings").insert(values | {"fingerprint": finding.fingerprint, "opened": iso(as_of), "closed": None})
        return
    if stored["closed"] is not None:
        db.execute("INSERT OR REPLACE INTO openings VALUES (?, ?, ?)",
                   [stored["id"], stored["opened"], stored["closed"]])
        values |= {"opened": iso(as_of), "closed": None}
    names = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"UPDATE findings SET {names} WHERE fingerprint = :fingerprint",  # noqa: S608  our own column names
               values | {"fingerprint": finding.fingerprint})


def _county(db: Database, county: str, judgements: Sequence[Judgement], as_of: datetime) -> Iterator[Finding]:
    portal = _portal(db, county, judgements[0].duty.county_name, as_of)
    yield from [portal] if portal is not None else _unjudged(judgements)
    stored = _Stored(db, county, as_of)
    places = Places(db, county, iso(as_of))
    for one in judgements:
        for code, says in CASES:
            text = says(one)
            if text is not None:
                yield _finding(one, code, text)
        yield from _misfiled(db, one)
        yield from _of_publication(one, stored)
        if one.standing and one.status is not Status.WITHDRAWN:
            for fault in (*faults(db, one, stored.versions, places), *stored.wrong_files(one)):
                yield _finding(one, fault.code, fault.text, attribution=fault.attribution, confirmed=fault.confirmed,
                               evidence=fault.evidence, subject=fault.subject)


def _portal(db: Database, county: str, name: str, as_of: datetime) -> Finding | None:
    """One cause for everything that could not be looked at in a county."""
    last = next(iter(db.query("SELECT verdict, reason FROM bundles WHERE county = ? AND started <= ? AND by IS NULL"
                              " ORDER BY started DESC, id DESC LIMIT 1", [county, iso(as_of)])), None)
    if last is None or last["verdict"] not in NOT_LOOKED:
        return None
    return Finding("T06", "warning", "unknown", county, name, None, None, None, False,
                   Text("T06_portal", detail=last["reason"] or last["verdict"]))


def _unjudged(judgements: Iterable[Judgement]) -> Iterator[Finding]:
    """What could not be judged, once for each cause: a broken listing is one fault, not that of each township."""
    causes: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for one in judgements:
        if one.status is Status.UNKNOWN and one.cause and Flag.DISMISSED not in one.flags:
            causes[one.cause.key, str(one.cause.detail or "")].append(one)
    for (key, detail), some in causes.items():
        text = Text(key.replace("why_", "unsure_"), detail=detail)
        if len(some) == 1:
            yield _finding(some[0], "T06", Text("T06", detail=text))
        else:
            townships = {one.duty.township: one.duty.township_name for one in some}
            years = {one.duty.report_year for one in some}
            code, name = next(iter(townships.items())) if len(townships) == 1 else (None, None)
            duty = some[0].duty
            yield Finding("T06", RULES["T06"].severity, "unknown", duty.county, duty.county_name, code, name,
                          years.pop() if len(years) == 1 else None, False, Text("T06_several", detail=text),
                          some[0].evidence, f"{key} {detail}")


def _misfiled(db: Database, one: Judgement) -> Iterator[Finding]:
    """Links that name the report and lead to another one; what was read off a picture is nobody's fault yet."""
    for link in one.misfiled:
        found = next(iter(db.query("SELECT d.report, d.text, t.name FROM captures c JOIN documents d ON d.sha256 ="
                                   " c.sha256 AND d.county = ? JOIN townships t ON t.code = ? WHERE c.id = ?",
                                   [one.duty.county, link.township, link.capture])), None)
        if found is None:
            continue
        told = of_json(json.loads(found["report"]), found["text"]).told if link.certain else "unknown"
        yield _finding(one, "L04", Text("L04", detail=link.title, name=found["name"], year=link.report_year),
                       attribution=told, confirmed=told == "publisher" and one.misfiled_again,
                       evidence=tuple(dict.fromkeys((*one.evidence, *link.listings, *filter(None, [link.capture])))),
                       subject=link.url)


def _finding(one: Judgement, code: str, text: Text, *, attribution: Attribution = "publisher",
             confirmed: bool | None = None, evidence: tuple[str, ...] | None = None, subject: str = "",
             severity: Severity | None = None, basis: str = "") -> Finding:
    duty = one.duty
    return Finding(
        code, severity or RULES[code].severity, "unknown" if code in OURS else attribution, duty.county,
        duty.county_name, duty.township, duty.township_name, duty.report_year,
        _confirmed(one, code) if confirmed is None else confirmed,
        text, one.evidence if evidence is None else evidence, subject, basis)


def _confirmed(one: Judgement, code: str) -> bool:
    """A claim on the page needs no second look; what rests on looks has the status's word."""
    if code in ("L01", "L05"):
        return one.status is Status.WITHDRAWN
    return one.confirmed if code in ("T02", "T03", "T04", "T05") else code != "T06"


def _late_local(one: Judgement) -> Text | None:
    if one.status is not Status.LATE or one.past != "local" or Flag.BACKDATED in one.flags:
        return None
    return _late(one, "T02", one.duty.due, "_notice" if one.duty.notice else "")


def _late_outer(one: Judgement) -> Text | None:
    if one.status is not Status.LATE or one.past != "outer" or Flag.BACKDATED in one.flags:
        return None
    return _late(one, "T03", one.duty.due_outer, "" if one.duty.due_local else "_old")


def _late(one: Judgement, code: str, due: date, suffix: str) -> Text:
    if one.claimed_on and one.claimed_on > due:
        return Text(code + suffix, due, first=one.claimed_on)
    return Text(f"{code}_seen{suffix}", due, first=one.last_look_without)


def _missing_local(one: Judgement) -> Text | None:
    if one.status is not Status.MISSING or one.past != "local":
        return None
    return Text("T04_notice" if one.duty.notice else "T04", one.duty.due, year=one.duty.report_year)


def _missing_outer(one: Judgement) -> Text | None:
    if one.status is not Status.MISSING or one.past != "outer":
        return None
    return Text("T05" if one.duty.due_local else "T05_old", one.duty.due_outer, year=one.duty.report_year)


def _dated_early(one: Judgement) -> Text | None:
    return Text("T07", one.claimed_on) if Flag.DATED_EARLY in one.flags else None


def _undated(one: Judgement) -> Text | None:
    unclear = one.status is Status.UNDATED and Flag.DISMISSED not in one.flags
    return Text("T08", detail=one.cause) if unclear and one.cause else None


def _backdated(one: Judgement) -> Text | None:
    return Text("T09", one.claimed_on, first=one.last_look_without) if Flag.BACKDATED in one.flags else None


def _dead_link(one: Judgement) -> Text | None:
    return Text("L01", detail=one.url) if Flag.DEAD_LINK in one.flags else None


def _removed(one: Judgement) -> Text | None:
    if one.gone_since is None or Flag.DEAD_LINK in one.flags:
        return None
    return Text("L05", one.gone_since, year=one.duty.report_year)


CASES: tuple[tuple[str, Callable[[Judgement], Text | None]], ...] = (
    ("T02", _late_local), ("T03", _late_outer), ("T04", _missing_local), ("T05", _missing_outer),
    ("T07", _dated_early), ("T08", _undated), ("T09", _backdated), ("L01", _dead_link), ("L05", _removed),
)


class _Stored:
    """What the archive read out of a county's reports, by publication."""

    def __init__(self, db: Database, county: str, as_of: datetime) -> None:
        until = {"county": county, "until": iso(as_of)}
        self.checks = _grouped(db, CHECKS, until)
        self.versions = _grouped(db, VERSIONS, until)
        self.before = _grouped(db, BEFORE, until)
        self.unreadable = _grouped(db, UNREADABLE, until)
        self.files = _grouped(db, FILES, until)
        self.alike = _Alike(db, county).captures
        self._db = db

    def changed_by(self, one: Judgement, first: Mapping[str, Any], after: Mapping[str, Any]) -> Attribution:
        """Whose doing a change of a report is."""
        return changed_by(self._db, one.duty.county, first, after)

    def wrong_files(self, one: Judgement) -> Iterator[Fault]:
        """The files of a report's page that are another one's."""
        return wrong_files(self._db, one, self.files.get(one.publication or 0, ()))


class _Alike:
    """Finds the other reports of a county that have a report's very text (S13)."""

    def __init__(self, db: Database, county: str) -> None:
        self._db = db
        self._county = county
        self._texts: dict[str, list[str]] | None = None

    def captures(self, row: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """What shows them; nothing for other checks. Texts are read when the first is asked for."""
        if row["code"] != "S13" or not versions:
            return ()
        if self._texts is None:
            self._texts = defaultdict(list)
            for text, capture in self._db.execute(TEXTS, [self._county]):
                self._texts[body(text)].append(capture)
        mine = versions[-1]["capture"]
        return tuple(one for same in self._texts.values() if mine in same for one in same if one != mine)


TEXTS = """
SELECT d.text, v.capture FROM publications p JOIN versions v ON v.publication = p.id AND v.number = p.versions
JOIN documents d ON d.sha256 = v.sha256 AND d.county = p.county WHERE p.county = ? ORDER BY v.capture
"""
CHECKS = """
SELECT k.publication, k.code, k.severity, k.attribution, k.message FROM checks k
JOIN publications p ON p.id = k.publication
WHERE p.county = :county AND k.result = 'fail' AND k.severity <> 'info' ORDER BY k.code
"""
VERSIONS = """
SELECT v.publication, v.number, v.seen, v.changed, v.capture, v.sha256, p.url,
       d.report_year AS read_year, d.period_start AS read_period
FROM versions v JOIN publications p ON p.id = v.publication
JOIN captures c ON c.id = v.capture JOIN bundles b ON b.id = c.bundle
LEFT JOIN documents d ON d.sha256 = v.sha256 AND d.county = p.county
WHERE p.county = :county AND b.started <= :until ORDER BY v.number
"""
BEFORE = """
SELECT p.id AS publication, v.capture FROM publications p
JOIN publications q ON q.township = p.township AND q.report_year = p.report_year - 1
JOIN versions v ON v.publication = q.id AND v.number = q.versions
JOIN captures c ON c.id = v.capture JOIN bundles b ON b.id = c.bundle
WHERE p.county = :county AND b.started <= :until ORDER BY v.capture
"""
# Files of a page that came and did not open.
UNREADABLE = """
SELECT p.id AS publication, json_extract(f.value, '$.url') AS url, c.id AS capture, d.unreadable FROM publications p
JOIN sightings s ON s.county = p.county AND s.url = p.url JOIN bundles b ON b.id = s.bundle
JOIN json_each(s.attachments) f JOIN captures c ON c.id = json_extract(f.value, '$.record')
JOIN documents d ON d.sha256 = c.sha256 AND d.county = p.county
WHERE p.county = :county AND s.attachments <> '[]' AND b.started <= :until
  AND (d.unreadable LIKE '%encrypted with a password%' OR d.unreadable LIKE '%is broken%')
ORDER BY s.at
"""
FILES = """
SELECT p.id AS publication, s.at, s.attachments, s.capture FROM publications p
JOIN sightings s ON s.county = p.county AND s.url = p.url JOIN bundles b ON b.id = s.bundle
WHERE p.county = :county AND s.attachments <> '[]' AND s.outcome NOT IN ('held', 'not_modified') AND b.started <= :until
ORDER BY s.at
"""


def _grouped(db: Database, sql: str, values: dict[str, str]) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in db.query(sql, values):
        grouped[row["publication"]].append(row)
    return grouped


def _of_publication(one: Judgement, stored: _Stored) -> Iterator[Finding]:
    """What is wrong in the report itself; one that is withdrawn has only that fault."""
    if one.publication is None or one.status is Status.WITHDRAWN:
        return
    versions = own(stored.versions.get(one.publication, ()), one.duty.report_year)
    shown, basis = ((versions[-1]["capture"],), versions[-1]["sha256"]) if versions else ((), "")
    before = tuple(row["capture"] for row in stored.before.get(one.publication, ()))
    for row in stored.checks.get(one.publication, ()):
        attribution: Attribution = row["attribution"] or "unknown"
        if row["code"] == "P12":  # the column is another township's, and L04 tells of its link; this one did nothing
            attribution = "unknown"
        title = TITLES.get(row["code"], row["code"])
        yield _finding(one, row["code"], Text("check", detail=row["message"] or title, name=title),
                       attribution=attribution, confirmed=attribution == "publisher", severity=row["severity"],
                       basis=basis,
                       evidence=(*shown, *(before if row["code"] in WITH_LAST else stored.alike(row, versions))))
    for first, after in pairwise(versions) if Flag.CHANGED in one.flags else ():
        whose = stored.changed_by(one, first, after)
        text = Text("T10", parse_instant(after["seen"]), in_words(json.loads(after["changed"])))
        yield _finding(one, "T10", text, attribution=whose, confirmed=whose == "publisher",
                       evidence=(first["capture"], after["capture"]), subject=f"{after['url']} {after['capture']}")
    for row in {row["url"]: row for row in stored.unreadable.get(one.publication, ())}.values():
        # whoever opens it is asked for a password; whatever else stops us may be our own doing
        told: Attribution = "publisher" if LOCKED in row["unreadable"] else "unknown"
        yield _finding(one, "L02", Text("L02", detail=f"{row['url']}: {row['unreadable']}"), attribution=told,
                       confirmed=told == "publisher", evidence=(row["capture"],), subject=row["url"])
    yield from _dead_files(one, stored.files.get(one.publication, []))


def _dead_files(one: Judgement, seen: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Attachments that answered "does not exist" when they were last asked for; the pages and those answers show it."""
    gone: dict[str, list[tuple[Mapping[str, Any], str | None]]] = {}
    for row in seen:
        files = {file["url"]: file for file in json.loads(row["attachments"])}
        gone = {url: [*gone.get(url, []), (row, file["record"])] for url, file in files.items()
                if file["outcome"] == Outcome.GONE}
    for url, asked in gone.items():
        apart = parse_instant(asked[-1][0]["at"]) - parse_instant(asked[0][0]["at"])
        captures = (capture for row, answer in asked for capture in (row["capture"], answer) if capture)
        yield _finding(one, "L02", Text("L02", detail=url), confirmed=apart >= GAP, subject=url,
                       evidence=tuple(dict.fromkeys(captures)))
