"""The season through real crawls: `python -m tests.simulation.crawled --counties 6 --seed 1`.

The world of a seed stands on loopback, each county on a family of portal software of its own, and is crawled on days
when something happens by the commands that a person would give: crawl, digest, status, findings. On every such day the
statuses and findings are compared with the truth, and the separate checker reads the evidence of every accusation.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from archive.clock import iso
from crawler.replicas.sites import world as sites
from crawler.replicas.sites.serve import Sites, serving
from tests.simulation import checker, truth
from tests.simulation.portals import relaunch, spec
from tests.simulation.visits import visits
from tests.simulation.world import FIRST, LAST, OUTER, County, Hurdle, World, at, make

SIDE_BY_SIDE = 3                              # crawls at once
CRAWLS = 12                                   # of each county in a season
HOUR, NIGHT = 10, 5                           # when a day's crawls begin, and those of a county closed at night
EVERY = 3                                     # days between two on which counties are crawled together
FIRST_DAY = at(FIRST)
SHOW = 12                                     # faults of a day that are printed
FLAGS = frozenset({"changed", "backdated", "vanished", "republished"})
CODES = frozenset({"T02", "T03", "T04", "T05", "T07", "T08", "T09", "T10", "L01", "L04", "L05", "L06"})
BY_LOOKS, BY_STATUS = frozenset({"backdated"}), frozenset({"T02", "T03", "T04", "T05", "T08", "T09"})


# When it is crawled.

def scheduled(world: World) -> World:
    """The same world crawled on a dozen days each, of which many counties share most."""
    return replace(world, counties=tuple(replace(one, crawls=_crawls(one, world.seed)) for one in world.counties))


def _crawls(county: County, seed: int) -> tuple[datetime, ...]:
    """Round the due dates, when something happens and the crawl after it, and at the end."""
    chance = Random(f"crawls {seed} {county.code}")
    fixed = {date(2026, 1, 10), *(due + timedelta(days=n) for due in (county.due, OUTER) for n in (1, 2)),
             date(2026, 4, 28)}
    events = sorted({one.date() for one in _events(county) if FIRST <= one.date() < LAST})
    wanted = chance.sample(events, min(len(events), (CRAWLS - len(fixed)) // 2))
    days = fixed | {_shared(day + timedelta(days=n)) for day in wanted for n in (0, EVERY)}
    hour = NIGHT if any(one.hurdle is Hurdle.NIGHT for one in county.obstacles) and chance.random() < 0.3 else HOUR
    return tuple(at(day, hour) for day in sorted(days) if FIRST <= day <= LAST)


def _shared(day: date) -> date:
    """The next of the days on which counties are crawled together, behind a day."""
    return day + timedelta(days=1 + -((day - FIRST).days + 1) % EVERY)


def _events(county: County) -> Iterator[datetime]:
    for paper in county.papers():
        yield paper.up
        yield from (state.since for state in paper.states)
        yield from (end for span in (*paper.unlisted, *paper.dead) for end in (span.since, span.until) if end)
    for obstacle in county.obstacles:
        yield from (end for end in (obstacle.span.since, obstacle.span.until) if end)


# The product, as a person runs it.

Called = Callable[[list[str], dict[str, str]], tuple[int, str, str]]


def called(words: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    """A command of nianbao as a process of its own: its code, what it prints and what it complains of."""
    done = subprocess.run([str(Path(sys.executable).with_name("nianbao")), *words], env=os.environ | environment,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@dataclass
class Run:
    """One home, the sites that it watches, and what was found."""

    home: Path
    world: World
    served: Sites
    called: Called = called
    relaunches: Mapping[str, tuple[datetime, sites.Spec]] = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counted: Counter = field(default_factory=Counter)
    seconds: Counter = field(default_factory=Counter)
    said: str = ""

    def day(self, now: datetime, counties: Sequence[County]) -> None:
        """Crawl these counties and tell what came of it."""
        self.served.move_clock(now)
        for code, (when, later) in self.relaunches.items():
            if when <= now:
                self.served.served[code].spec = later
        cut = [one.code for one in counties if any(each.hurdle is Hurdle.CUT for each in one.hurdles(now))]
        with killed(cut, self.served, self.home):
            self.said = self.command(now, "crawl", *(one.code for one in counties))
        self.command(now, "digest", "--send")
        self.rows = self.printed(now, "status")
        self.findings = self.printed(now, "findings", "--open")

    def command(self, now: datetime, *words: str) -> str:
        """What a command of nianbao prints."""
        given = {"NIANBAO_NOW": iso(now.astimezone(UTC)), "SSL_CERT_FILE": str(self.served.authority)}
        begun = time.monotonic()
        code, out, err = self.called(["--home", str(self.home), *words], given)
        self.seconds[words[0]] += time.monotonic() - begun
        if code not in (0, 1) or (code and (words[0] != "crawl" or "Traceback" in err)):
            raise RuntimeError(f"nianbao {words[0]} ended with {code}: {out[-500:]} {err[-2000:]}")
        return out + (err if code else "")

    def printed(self, now: datetime, *words: str) -> list[dict]:
        """The objects that a command prints."""
        return [json.loads(line) for line in self.command(now, *words, "--json").splitlines()]


@contextmanager
def killed(codes: Sequence[str], served: Sites, home: Path) -> Iterator[None]:
    """The crawls of these counties are killed after a few requests, as by a reboot."""
    over = threading.Event()

    def watch(code: str) -> None:
        while not over.wait(0.01):
            if len(served.asked(code)) >= 4:
                for child in _crawlers(code, home):
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
                return

    threads = [threading.Thread(target=watch, args=(code,), daemon=True) for code in codes]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join()


def _crawlers(code: str, home: Path) -> Iterator[int]:
    """The processes that crawl a county for this very home."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().decode(errors="replace").split("\0")
            if words[1:4] == ["-m", "crawler", code] and str(home / "data" / "incoming") in words:
                yield int(path.parent.name)


SETTINGS = """\
counties = [{codes}]
{notices}
[crawl]
delay_seconds = 0.0
counties_at_once = {side_by_side}
allow_private_addresses = true
[mail]
sender = "nianbao@localhost"
[[mail.recipient]]
address = "office@localhost"
"""


def begun(home: Path, world: World, served: Sites, command: Called) -> Run:
    """An empty home that watches the world."""
    run = Run(home, world, served, command)
    run.command(FIRST_DAY, "init", str(home))
    notices = "".join(f'[[calendar.counties.{one.code}]]\ndue_local = "{one.due:%m-%d}"\nnotice = "{one.notice}"\n'
                      for one in world.counties if one.notice)
    codes = ", ".join(f'"{one.code}"' for one in world.counties)
    (home / "nianbao.toml").write_text(SETTINGS.format(codes=codes, notices=notices, side_by_side=SIDE_BY_SIDE),
                                       encoding="utf-8")
    served.write_portals(home / "portals")
    return run


def play(home: Path, world: World, command: Called = called) -> Iterator[tuple[datetime, Run]]:
    """Crawl the world day by day into a home; after each day the run with what it says then."""
    specs = [spec(one, world.seed, number) for number, one in enumerate(world.counties)]
    days: dict[datetime, list[County]] = defaultdict(list)
    for county in world.counties:
        for when in county.crawls:
            days[when].append(county)
    first = min(days)
    with serving(specs, first) as served:
        run = begun(home, world, served, command)
        pairs = zip(world.counties, specs, strict=True)
        run.relaunches = {one.code: later for one, first in pairs if (later := relaunch(one, world.seed, first))}
        for now, counties in sorted(days.items(), key=lambda one: one[0]):
            run.day(now, counties)
            judge(run, now)
            yield now, run


# What has to be so.

def judge(run: Run, now: datetime) -> None:
    """Compare a day with the truth, and have the evidence of every accusation read again."""
    faults = [f"{now:%m-%d %H:%M}: {one}" for one in (*compared(run, now), *refused(run))]
    for code, served in run.served.served.items():
        faults += [f"{now:%m-%d %H:%M}: the replica of {code} crashed: {one[:300]}" for one in served.crashed]
        served.crashed.clear()
    run.faults += faults


def compared(run: Run, now: datetime) -> Iterator[str]:
    """What is told otherwise than it has to be."""
    rows = {(row["division_code"], row["report_year"]): row for row in run.rows}
    found: dict[tuple[str, int], dict[str, bool]] = defaultdict(dict)
    for one in run.findings:
        if one["division_code"] and one["report_year"]:
            codes = found[one["division_code"], one["report_year"]]
            codes[one["code"]] = one["confirmed"] or codes.get(one["code"], False)
    for county in run.world.counties:
        wrong = truth.misfiled(_visits(county), now)
        unnamed = {one.code for one in county.townships if one.name == "街道"}     # no page can name such a unit
        for duty in truth.duties(county):
            run.counted["duties"] += 1
            key = (duty.township, duty.year)
            if duty.township in unnamed:
                if rows[key]["status"] not in ("pending", "unknown", "on_time"):
                    yield f"{county.code} 街道 {key[0]}/{key[1]}: status is {rows[key]['status']}"
                continue
            told = truth.expected(duty, _lines(duty, county), now)
            due = dict(told.findings) | ({"L04": wrong[key]} if key in wrong else {})
            if truth.differing(_lines(duty, county), now) and told.status != "withdrawn":
                due["L06"] = True
            moved = county.code in run.relaunches and run.relaunches[county.code][0] <= now
            yield from _differences(county, rows[key], told, found[key], due, moved=moved)
    yield from lies(run, now)


def lies(run: Run, now: datetime) -> Iterator[str]:
    """What would leave the house and is not so in the world."""
    counties = {one.code: one for one in run.world.counties}
    for one in run.findings:
        outward = one["attribution"] == "publisher" and one["confirmed"] and one["severity"] != "info"
        if not outward or not one["division_code"]:
            continue
        run.counted["accusations"] += 1
        county, year = counties[one["county"]], one["report_year"]
        duty = truth.Duty(one["division_code"], year, county.due.replace(year=year + 1), OUTER.replace(year=year + 1))
        whole = [visit.at for visit in _visits(county) if (duty.township, year) in visit.whole]
        lie = truth.lie(county, duty, one["code"], whole, now)
        if lie:
            run.counted["false"] += 1
            yield f"FALSE {county.code} {lie}"


_visits = cache(visits)


@cache
def _lines(duty: truth.Duty, county: County):
    return truth.lines(duty, _visits(county))


def _differences(county: County, row: dict, told: truth.Expected, found: Mapping[str, bool],
                 due: Mapping[str, bool], *, moved: bool) -> Iterator[str]:
    """One duty against the truth. Where all addresses are new, what is told of single addresses may be, too."""
    flags, compared_codes = (BY_LOOKS, BY_STATUS) if moved else (FLAGS, CODES)
    claimed = told.claimed.isoformat() if told.claimed else None
    is_told = (row["status"], row["past"], row["confirmed"], row["claimed_on"], sorted(flags & set(row["flags"])))
    must = (told.status, told.past, told.confirmed, claimed, sorted(flags & told.flags))
    codes = {code: one for code, one in found.items() if code in compared_codes}
    due = {code: one for code, one in due.items() if code in compared_codes}
    fate = next(one for one in county.townships if one.code == row["division_code"]).fate
    name = f"{county.code} {county.shape} {row['township']} {row['division_code']}/{row['report_year']} ({fate})"
    if is_told != must:
        yield f"{name}: status is {is_told}, must be {must}; reason {row['reason']}"
    elif codes != due:
        yield f"{name}: findings are {sorted(codes.items())}, must be {sorted(due.items())}"


def refused(run: Run) -> Iterator[str]:
    """Accusations whose evidence does not bear them out."""
    evidence = checker.Evidence(checker.pieces(run.home))
    for one in checker.accusations(run.rows, run.findings):
        run.counted["checked"] += 1
        against = checker.check(one, evidence)
        if against:
            run.counted["refused"] += 1
            yield f"REFUSED {one}: {against}"


def main() -> int:
    """Play seeds and print what is not as it has to be."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.crawled", description=__doc__.splitlines()[0])
    parser.add_argument("--counties", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from --seed on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the homes")
    told = parser.parse_args()
    faults = 0
    for seed in range(told.seed, told.seed + told.seeds):
        with tempfile.TemporaryDirectory() as scratch:
            faults += _played((told.keep or Path(scratch)) / f"seed{seed}", seed, told.counties)
    return 1 if faults else 0


def _played(home: Path, seed: int, counties: int) -> int:
    begun_at, printed, before = time.monotonic(), set(), 0
    for now, run in play(home, scheduled(make(seed, counties))):
        found = [one.partition(": ")[2] for one in run.faults[before:]]
        new = [one for one in found if one not in printed]
        before = len(run.faults)
        printed |= set(new)
        spent = time.monotonic() - begun_at
        print(f"{now:%m-%d %H:%M} {spent:6.0f} s  {len(found)} faults, {len(new)} new", flush=True)
        for one in new[:SHOW]:
            print("   ", one, flush=True)
    counted = ", ".join(f"{name} {number}" for name, number in sorted(run.counted.items()))
    spent = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in run.seconds.items())
    crawls = sum(len(one.crawls) for one in run.world.counties)
    print(f"seed {seed}: {counties} counties, {crawls} crawls, {time.monotonic() - begun_at:.0f} s ({spent}); "
          f"{counted}; {len(run.faults)} not as they must be", flush=True)
    return len(run.faults)


if __name__ == "__main__":
    sys.exit(main())
