"""The matrix of families and misbehaviours: `python -m tests.matrix [WORD…]` crawls it and prints it as a table.

matrix.toml says what must come of each switch. Every combination is a county of its own; sixty are crawled side by
side, taken into one home and judged a day later. Words choose the combinations whose name holds one of them.
"""

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from archive import bundles, registry
from archive.bundles import Known
from archive.clock import iso, local_day, parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.refresh import refresh
from archive.volumes import Volumes
from crawler.replicas.sites import families, scenarios
from crawler.replicas.sites.serve import DAY, serving
from crawler.replicas.sites.world import Spec, counties, spec
from monitor import settings, status

YEARS = (2024, 2025)
TIMEOUT = 2.0
SIDE_BY_SIDE = 60          # counties in one process and home
LONGEST = 200              # seconds that one process of them may take
ANY_END = tuple(verdict.value for verdict in bundles.Verdict)
SEEN = {"on_time", "late", "undated"}


@dataclass(frozen=True)
class Case:
    """One combination and what must come of it."""

    name: str
    spec: Spec
    sees: str = "some"
    ends: tuple[str, ...] = ANY_END
    newest: str = "on_time"
    requests: int = 0
    instant: str = iso(DAY)
    batch: int = 0

    @property
    def bound(self):
        """Requests that it may take: a walk's budget, every list page and every report once, and a few for robots."""
        if self.requests:
            return self.requests
        return 60 + 12 * len(self.spec.years) * 5


@dataclass
class Result:
    """What came of a case: verdict, statuses by (code, year), requests."""

    case: Case
    verdict: str
    reason: str | None
    requests: int
    statuses: dict = field(default_factory=dict)
    foreign: int = 0
    crashed: tuple = ()
    seconds: float = 0.0

    def faults(self):
        """Everything that is not as it must be, in words."""
        case, absent = self.case, self.case.spec.absent(local_day(parse_instant(self.case.instant)))
        if self.verdict not in case.ends:
            yield f"verdict {self.verdict} ({self.reason}), expected {' or '.join(case.ends)}"
        if self.requests > case.bound:
            yield f"{self.requests} requests, at most {case.bound} expected"
        if self.foreign:
            yield f"{self.foreign} requests to a host that is not the portal's"
        yield from self.crashed
        for key, found in sorted(self.statuses.items()):
            if found not in self.allowed(key, absent):
                yield f"{key[0]}/{key[1]} is {found}, expected {' or '.join(sorted(self.allowed(key, absent)))}"

    def allowed(self, key, absent):
        """The statuses that a duty may have."""
        case = self.case
        if case.sees == "none":
            return {"unknown"}
        if key in absent:
            return {"missing"} if case.sees == "all" else {"missing", "unknown"}
        there = case.newest if key == (case.spec.chosen.code, max(case.spec.years)) else "on_time"
        return {there} if case.sees == "all" else {there, "unknown", "undated"}


def cases(*words):
    """Every combination that matrix.toml and the families' own switches make."""
    table = tomllib.loads(Path(__file__).with_name("matrix.toml").read_text(encoding="utf-8"))
    rows = [*_rows(table["row"]), *_own_switches()]
    codes = counties(SIDE_BY_SIDE, at_most=5)
    made = []
    for number, (row, family, shape, switches) in enumerate(rows):
        code = codes[number % SIDE_BY_SIDE]
        name = f"{family} {shape} {' '.join(switches) or 'plain'}"
        told = spec(family, code, shape, *switches, seed=number % 7, years=YEARS)
        expected = {key: row[key] for key in ("sees", "newest", "requests", "instant") if key in row}
        made.append(Case(name, told, ends=tuple(row.get("ends", ANY_END)), batch=number // SIDE_BY_SIDE, **expected))
    for name, row in table["scenario"].items():
        told = replace(scenarios.SCENARIOS[name], years=YEARS)
        made.append(Case(f"scenario {name}", told, row["sees"], tuple(row["ends"]), requests=row["requests"]))
    return [case for case in made if not words or any(word in case.name for word in words)]


def _rows(rows):
    turn = itertools.cycle(families.names())
    shapes = itertools.cycle(("own", "shared"))
    for row in rows:
        for one in row.get("each", [None]):
            switches = [*row.get("switches", ()), *(one.split() if one else ()), *row.get("with", ())]
            switches = list(dict.fromkeys(switches))
            for family in _families(row["families"], turn):
                for shape in row.get("shapes") or [next(shapes)]:
                    yield row, family, shape, switches


def _families(told, turn):
    if told == "all":
        return families.names()
    if isinstance(told, int):
        return [next(turn) for _ in range(told)]
    return [name for name in told if name in families.names()]


def _own_switches():
    shapes = itertools.cycle(("own", "shared"))
    for family in families.names():
        software = families.software(family)
        for switch in software.switches:
            whole = switch in software.complete
            row = {"sees": "all", "ends": ["complete"]} if whole else {"sees": "some"}
            yield row, family, next(shapes), [switch, "missing"]


def results(chosen):
    """Crawl, ingest, read and judge the cases; one Result for each."""
    def place(case):
        return case.instant, case.batch

    groups = [list(group) for _, group in itertools.groupby(sorted(chosen, key=place), place)]
    with ThreadPoolExecutor(2) as pool:
        return [result for found in pool.map(_batch, groups) for result in found]


def _batch(group):
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.make()
        return _judged(home, _crawled(home, group, group[0].instant), group[0].instant)


def _crawled(home, group, instant):
    with serving([case.spec for case in group], parse_instant(instant)) as sites:
        sites.write_portals(home.portals)
        for case in group:
            bundles.write(home.incoming / f"{case.spec.county}.json", Known(
                case.spec.county, YEARS, delay_seconds=0.0, allow_private_addresses=True))
        codes = [case.spec.county for case in group]
        command = [sys.executable, "-m", "crawler", *codes, "--portals", str(home.portals), "--known",
                   str(home.incoming), "--out", str(home.incoming), "--timeout", str(TIMEOUT)]
        environment = os.environ | {"NIANBAO_NOW": instant, "SSL_CERT_FILE": str(sites.authority)}
        with contextlib.suppress(subprocess.TimeoutExpired):       # what has no crawl.json by then counts as aborted
            subprocess.run(command, env=environment, capture_output=True, timeout=LONGEST, check=False)
        paths = {path.name[:6]: path for path in home.incoming.glob("??????-*Z-*")}
        return {case.spec.county: _result(case, sites, paths[case.spec.county]) for case in group}


def _result(case, sites, path):
    asked = sites.asked(case.spec.county)
    told = path / bundles.CRAWL_NAME
    crawl = bundles.read_crawl(told) if told.exists() else None
    verdict, reason = (crawl.verdict.value, crawl.reason) if crawl else ("aborted", "no crawl.json")
    seconds = asked[-1].at - asked[0].at if asked else 0.0
    return path, Result(case, verdict, reason, len([one for one in asked if one.host < 2]),
                        crashed=tuple(sites.served[case.spec.county].crashed),
                        foreign=len([one for one in asked if one.host == 2]), seconds=seconds)


def _judged(home, found, instant):
    told = registry.load(home.portals)
    home.config.write_text("")
    as_of = parse_instant(instant) + timedelta(days=1)
    with open_ledger(home) as db:
        volumes = Volumes(home.warc)
        for path, _ in found.values():
            ingest(db, volumes, path, now=as_of)
        refresh(db, volumes, told)
        chosen = settings.load(home.config, {})
        for one in status.judged(db, told, chosen, as_of=as_of, counties=tuple(found)):
            found[one.duty.county][1].statuses[one.duty.township, one.duty.report_year] = one.status.value
    return [result for _, result in found.values()]


def main():
    """Print the matrix, and what is not as it must be."""
    made = sorted(results(cases(*sys.argv[1:])), key=lambda result: result.case.name)
    for result in made:
        counted = Counter(result.statuses.values())
        shown = " ".join(f"{name} {counted[name]}" for name in sorted(counted))
        print(f"{result.case.name:60} {result.verdict:14} {result.requests:4} asked {result.seconds:5.1f} s  {shown}")
        for fault in result.faults():
            print(f"    {fault}")
    wrong = [result for result in made if list(result.faults())]
    print(f"{len(made)} combinations, {len(wrong)} not as they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
