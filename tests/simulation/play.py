"""Plays a season: ingests and reads each crawl's bundle, judges and tells day by day, and holds all of it against the
truth.

A *difference* is a status or a finding that is not what the truth expects; a *lie* an accusation that would leave the
house and is not so in the world; *untold* what is so, was seen by two whole looks, and was not told.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from archive import refresh
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.readers import read_row
from archive.registry import load
from archive.volumes import Volumes
from monitor import digest, findings, mail, settings, settling, status
from monitor.decisions import decide
from tests.simulation import truth
from tests.simulation.generated import Writer
from tests.simulation.visits import Visit, visits
from tests.simulation.world import FIRST, LAST, OUTER, YEAR, County, World, at

HOUR = 21                                  # the day is judged when its crawls are over
TOLD = frozenset({"T02", "T03", "T04", "T05", "T07", "T08", "T09", "T10", "L01", "L04", "L05", "L06", "X03", "S13"})
DECIDED = frozenset({"T02", "T03", "T04", "T05", "T09", "T10", "L01", "L04", "L05"})
FLAGS = frozenset({"changed", "backdated", "vanished", "republished"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be, on a day, of a duty."""

    day: date
    kind: str
    duty: str
    found: str
    due: str

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.duty}: found {self.found}; expected {self.due}"


@dataclass
class Outcome:
    """What came of a season."""

    seed: int
    duties: int = 0
    crawls: int = 0
    judged: int = 0
    accusations: Counter = field(default_factory=Counter)
    told: int = 0
    differences: list[Difference] = field(default_factory=list)

    def of(self, kind: str) -> list[Difference]:
        return [one for one in self.differences if one.kind == kind]


READ: dict[tuple[str, str, str], bytes] = {}


def read_here(tasks, *, jobs=None) -> Iterator:
    """The product's reading without its child processes, which cost more than the small pages here.

    What one season read the next one knows: a page is read by what it says, and by the address it stands at.
    """
    for task in tasks:
        key = (task.sha256, task.county, task.url)
        if key not in READ:
            (READ[key],) = read_row(task, 0)
        yield task, json.loads(READ[key])


@dataclass
class Place:
    """One county while it is played."""

    county: County
    writer: Writer
    visits: tuple[Visit, ...]
    lines: dict[tuple[str, int], tuple[truth.Line, ...]]
    duties: dict[tuple[str, int], truth.Duty]
    expected: dict[tuple[str, int], tuple[truth.Expected, dict[str, bool]]] = field(default_factory=dict)

    def expect(self, now: datetime) -> None:
        """Work out what has to be said from an instant on, until something happens."""
        wrong = truth.misfiled(self.visits, now)
        for key, duty in self.duties.items():
            said = truth.expected(duty, self.lines[key], now)
            due = dict(said.findings)
            if key in wrong:
                due["L04"] = wrong[key]
            if truth.differing(self.lines[key], now) and said.status != "withdrawn":
                due["L06"] = True
            before = self.lines.get((duty.township, duty.year - 1), ())
            if truth.copied(duty, self.lines[key], before, now) and said.status != "withdrawn":
                due["X03"] = True
            self.expected[key] = (said, due)

    def whole(self, key: tuple[str, int]) -> list[datetime]:
        return [one.at for one in self.visits if key in one.whole]


class Play:
    """One world in one home."""

    def __init__(self, world: World, root: Path) -> None:
        self.world = world
        self.home = Home(root)
        self.home.make()
        for one in world.counties:
            self._enter(one)
        codes = ", ".join(f'"{one.code}"' for one in world.counties)
        self.home.config.write_text(f"counties = [{codes}]\n")
        self.settings = settings.load(self.home.config, {})
        self.registry = load(self.home.portals)
        self.db = open_ledger(self.home)
        self.volumes = Volumes(self.home.warc)
        self.places = {one.code: self._place(one) for one in world.counties}
        self.outcome = Outcome(world.seed)
        self.told: dict[str, str] = {}
        self.before: frozenset[str] = frozenset()
        self.kept: dict[datetime, tuple[dict, set]] = {}

    def _enter(self, one: County) -> None:
        calendar = f'[calendar]\ndue_local = "{one.due:%m-%d}"\nnotice = "{one.notice}"\n' if one.notice else ""
        (self.home.portals / f"x{one.code}.toml").write_text(
            f'code = "{one.code}"\nhome = "{one.home}"\nsince = {one.since}\n{calendar}')

    def _place(self, one: County) -> Place:
        made = visits(one)
        owed = {(duty.township, duty.year): duty for duty in truth.duties(one)}
        lines = {key: truth.lines(duty, made) for key, duty in owed.items()}
        return Place(one, Writer(one, self.home.incoming), made, lines, owed)

    def play(self, until: date = LAST) -> Outcome:
        """The season up to a day."""
        refresh.rows, kept = read_here, refresh.rows
        try:
            for number in range((until - FIRST).days + 1):
                self.day(FIRST + timedelta(days=number))
            self._ask_again()
            self._decide(until)
        finally:
            refresh.rows = kept
        self.outcome.duties = sum(len(one.duties) for one in self.places.values())
        return self.outcome

    def day(self, day: date) -> None:
        """One day: its crawls, what is judged of them on the way that `nianbao run` takes, and what is told.

        What the truth expects of a county changes when it is crawled and when a date passes; on the days between only
        those on which a digest is made look at all counties.
        """
        now = at(day, HOUR)
        crawled = self._crawl(day)
        turns = {one.code for one in self.world.counties if day - timedelta(days=1) in (one.due, OUTER)}
        for code in crawled | turns if day > FIRST else self.places:
            self.places[code].expect(now)
        settling.settle(self.db, self.registry, self.settings, as_of=now)
        full = self._digest_day(day)
        self._compare(day, now, set(self.places) if full else crawled | turns)
        if full:
            made = digest.make(self.db, self.registry, self.settings, as_of=now)
            mail.enqueue(self.db, self.home, made, self.settings, now=now)
            self._compare_digest(day, now, made)
            if day.day == 2:
                self._judge_anew(day, now)

    def _judge_anew(self, day: date, now: datetime) -> None:
        """What stands written is what comes out when everything is judged anew."""
        judgements = status.judged(self.db, self.registry, self.settings, as_of=now)
        self.kept[now] = said, found = self._as_known(judgements, now)
        written = {f"{row['township']}/{row['report_year']}": row for row in self._duties(self.places)}
        for key in sorted(said.keys() | written.keys()):
            row, one = written.get(key), said.get(key)
            if row is None or one is None or (row["status"], row["past"], bool(row["confirmed"])) != one[:3]:
                self._differ(day, "stale", key, str(dict(row) if row else None), str(one))
        stored = {(row["fingerprint"], bool(row["confirmed"]), row["attribution"])
                  for row in self.db.query("SELECT * FROM findings WHERE closed IS NULL")}
        for one in sorted(stored ^ found, key=str):
            self._differ(day, "stale", one[0], f"{one in stored} in the ledger", f"{one in found} judged anew")

    def _duties(self, counties: Iterable[str]) -> Iterator[dict]:
        for code in sorted(counties):
            yield from self.db.query("SELECT * FROM duties WHERE county = ? ORDER BY township, report_year", [code])

    def _digest_day(self, day: date) -> bool:
        often = len(self.places) < 10 and day.weekday() < 5
        return often or day.day % 8 == 2 or day in (LAST, OUTER + timedelta(days=1))

    def given(self, visit: Visit) -> Visit | None:
        """What the product is given of a crawl. Tests plant errors here."""
        return visit

    def _crawl(self, day: date) -> set[str]:
        today = [(visit.at, code, visit) for code, place in self.places.items() for visit in place.visits
                 if visit.at.date() == day]
        for instant, code, visit in sorted(today, key=lambda one: one[:2]):
            given = self.given(visit)
            if given is not None:
                ingest(self.db, self.volumes, self.places[code].writer.write(given), now=instant)
        if today:
            refresh.refresh(self.db, self.volumes, self.registry)
        self.outcome.crawls += len(today)
        return {code for _, code, _ in today}

    # What was judged and found, against the truth.

    def _compare(self, day: date, now: datetime, changed: set[str]) -> None:
        opened = self._open()
        owed = {key for code in changed for key in self.places[code].duties}
        for row in self._duties(changed):
            self.outcome.judged += 1
            key = (row["township"], row["report_year"])
            owed.discard(key)
            place = self.places[row["county"]]
            if key not in place.expected:
                self._differ(day, "status", f"{key[0]}/{key[1]}", row["status"], "no duty")
                continue
            expected, due = place.expected[key]
            self._status(day, row, expected)
            told = {code: confirmed for code, (confirmed, _) in opened.get(key, {}).items() if code in TOLD}
            if told != due:
                self._differ(day, "finding", f"{key[0]}/{key[1]}", str(sorted(told.items())), str(sorted(due.items())))
        for township, year in sorted(owed):
            self._differ(day, "status", f"{township}/{year}", "no duty", "one")
        self._lies(day, now, changed)

    def _status(self, day, row, expected) -> None:
        found = (row["status"], row["past"], bool(row["confirmed"]), row["claimed_on"],
                 frozenset(json.loads(row["flags"])) & FLAGS)
        due = (expected.status, expected.past, expected.confirmed,
               expected.claimed.isoformat() if expected.claimed else None, expected.flags)
        if found != due:
            self._differ(day, "status", f"{row['township']}/{row['report_year']}", _said(found), _said(due))

    def _open(self) -> dict[tuple[str, int], dict[str, tuple[bool, str]]]:
        opened: dict[tuple[str, int], dict[str, tuple[bool, str]]] = defaultdict(dict)
        for code, township, year, confirmed, attribution in self.db.execute(
                "SELECT code, township, report_year, confirmed, attribution FROM findings WHERE closed IS NULL"):
            if township and year:
                before = opened[township, year].get(code, (False, ""))
                opened[township, year][code] = (bool(confirmed) or before[0], attribution)
        return opened

    def _lies(self, day, now, counties) -> None:
        """What would leave the house must be so in the world."""
        sql = ("SELECT code, county, township, report_year FROM findings WHERE closed IS NULL AND confirmed"
               " AND attribution = 'publisher' AND severity <> 'info'")
        for code, county, township, year in self.db.execute(sql).fetchall():
            if county not in counties:
                continue
            self.outcome.accusations[code] += 1
            place = self.places[county]
            duty = place.duties.get((township, year)) or truth.Duty(
                township, year, place.county.due.replace(year=year + 1), date(year + 1, 3, 31))
            why = truth.lie(place.county, duty, code, place.whole((township, year)), now)
            if why:
                self._differ(day, "lie", f"{township}/{year}", code, why)

    # What was told.

    def _compare_digest(self, day, now, made) -> None:
        """Each accusation is new once, and nothing that waits for its second look is told as one."""
        for one in (*made.new_missing, *made.new_withdrawn, *made.missing, *made.withdrawn):
            if not one.confirmed:
                self._differ(day, "told unconfirmed", one.duty.key, one.status.value, "nothing before a second look")
        self._compare_told(day, now, made)
        marks = {one.duty.key: f"{one.status.value}:{one.past if one.status.value == 'missing' else ''}"
                 for one in (*made.new_missing, *made.new_withdrawn)}
        standing = {one.duty.key for one in (*made.missing, *made.withdrawn)}
        for key, mark in marks.items():
            if self.told.get(key) == mark:
                self._differ(day, "told twice", key, mark, "told as new once")
        self.told = {key: mark for key, mark in {**self.told, **marks}.items() if key in standing}
        for key in standing - self.told.keys():
            self._differ(day, "untold", key, "accused", "told as new first")
        self.outcome.told += len(marks) + len(made.new_findings)
        outward = {one.fingerprint for one in (*made.new_findings, *made.open_findings)}
        for one in made.new_findings:
            if one.fingerprint in self.before:
                self._differ(day, "told twice", one.fingerprint, "new", "told as new once")
            if not one.confirmed or one.attribution != "publisher":
                self._differ(day, "told unconfirmed", one.fingerprint, one.attribution, "confirmed and the publisher's")
        self.before = frozenset(outward)

    def _compare_told(self, day, now, made) -> None:
        """What is so in the world and was looked at twice is told, whatever the rules say."""
        told = {one.duty.key: one.status.value for one in (*made.missing, *made.late, *made.withdrawn)}
        for place in self.places.values():
            for key, duty in place.duties.items():
                due = truth.owed(place.county, duty, place.whole(key), now)
                name = f"{duty.township}/{duty.year}"
                if due and told.get(name) != due and not (due == "late" and duty.year != YEAR):
                    self._differ(day, "untold", name, told.get(name, "nothing"), due)

    # What was said of a day is said of it later, too; what people decide holds.

    def _as_known(self, judgements, now) -> tuple[dict, set]:
        said = {one.duty.key: (one.status.value, one.past, one.confirmed, one.claimed_on, one.flags)
                for one in judgements}
        found = {(one.fingerprint, one.confirmed, one.attribution)
                 for one in findings.current(self.db, judgements, as_of=now)}
        return said, found

    def _ask_again(self) -> None:
        for now, (said, found) in self.kept.items():
            judgements = status.judged(self.db, self.registry, self.settings, as_of=now)
            again, found_again = self._as_known(judgements, now)
            for key in sorted(key for key in said.keys() | again.keys() if said.get(key) != again.get(key)):
                self._differ(now.date(), "past", key, str(again.get(key)), str(said.get(key)))
            for one in sorted(found ^ found_again, key=str):
                self._differ(now.date(), "past", one[0], f"{one in found_again} later", f"{one in found} then")

    def _decide(self, last: date) -> None:
        """A person confirms and dismisses; everything is read and judged again; what was said holds."""
        now = at(last, HOUR + 1)
        rows = [row for row in findings.rows(self.db, only_open=True) if row["code"] in DECIDED]
        waiting = [row for row in rows if not row["confirmed"]][:2]
        certain = [row for row in rows if row["confirmed"]][::7][:4]
        for row in waiting:
            decide(self.db, row["id"], "confirm", "seen", at=now)
        for row in certain:
            decide(self.db, row["id"], "dismiss", "no fault", at=now)
        refresh.refresh(self.db, self.volumes, self.registry, all=True)
        later = now + timedelta(hours=1)
        settling.settle(self.db, self.registry, self.settings, as_of=later)
        still = {row["id"]: row for row in findings.rows(self.db)}
        for row in waiting:
            if still[row["id"]]["closed"] or not still[row["id"]]["confirmed"]:
                self._differ(last, "decision", f"{row['division_code']}/{row['report_year']}", row["code"], "confirmed")
        for row in certain:
            if not still[row["id"]]["closed"]:
                self._differ(last, "decision", f"{row['division_code']}/{row['report_year']}", row["code"], "dismissed")

    def _differ(self, day, kind, duty, found, due) -> None:
        self.outcome.differences.append(Difference(day, kind, duty, found, due))

    def close(self) -> None:
        self.db.close()


def _said(parts) -> str:
    return " ".join(",".join(sorted(part)) if isinstance(part, frozenset) else str(part) for part in parts)
