"""A synthetic home: many townships, eighteen report years, six crawls of a season, straight into the ledger's tables.

What a crawl brings and a parser reads out of it is drawn from a seed: reports of every year in time, late, never,
backdated, undated, changed and withdrawn; counties whose portal refuses, listings that break, files and PDFs that are
pictures. Ingesting and reading so many reports would take days; the rows are those that ingest and refresh write, but
for texts and readings, which are short. Duties and findings are left to the product.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archive import divisions, registry
from archive.clock import iso
from archive.divisions import Township
from archive.home import Home
from archive.ledger import open_ledger
from archive.parse import PARSER
from archive.refresh import _counties as bases
from archive.registry import Portal, Registry

SINCE, YEAR = 2008, 2025
YEARS = range(SINCE, YEAR + 1)                # report years
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)       # in the evening after the last crawl: nothing is due
CRAWLS = tuple(datetime(2026, month, day, 1, tzinfo=UTC)
               for month, day in ((1, 10), (1, 20), (1, 30), (2, 2), (2, 4), (2, 9)))
RECHECKED = 3                                 # the crawl that asks for every held report again
VOLUME = "00001.warc.gz"
CHECKS = ("A01", "A04", "B01", "B02", "C01", "D01", "D05", "P01", "S01", "S12", "Y01", "Y03")
BUILD = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA foreign_keys=OFF", "PRAGMA cache_size=-1000000",
         "PRAGMA locking_mode=EXCLUSIVE")
SETTINGS = """\
[mail]
sender = "nianbao@example.org"
[[mail.recipient]]
address = "office@example.org"
language = "zh"
"""
# What becomes of a report, and of how many in a hundred: of report years up to 2018, of later ones, of the last one.
FATES = ("in_time", "late", "never", "undated", "changed", "withdrawn", "backdated", "vanished")
WEIGHTS = {"old": (62, 8, 28, 1, 0.5, 0.5, 0, 0), "newer": (84, 8, 4, 1.5, 1.5, 0.5, 0, 0.5),
           "last": (68, 8, 18, 1, 1, 0.5, 2, 1.5)}
LAST_OLD = 2018


def portals(townships: int) -> list[Portal]:
    """Portals of the first counties of the division table that together have so many townships, all of which owe."""
    found: list[Portal] = []
    left = townships
    for county in divisions.counties():
        if left <= 0:
            break
        units = divisions.townships(county.code)
        owes = MappingProxyType({unit.code: True for unit in units if not unit.owes_by_kind})
        home = f"http://www.c{county.code}.example/"
        found.append(Portal(county.code, county.name, county.code, home, frozenset({registry.netloc(home)}),
                            Path(f"{county.code}.toml"), since=SINCE, owes=owes))
        left -= len(units)
    return found


def build(root: Path, townships: int, *, seed: int = 1) -> int:
    """Make a home with so many townships (all where there are fewer); how many it has."""
    home, chosen = Home(root), portals(townships)
    home.make()
    home.portals.mkdir(exist_ok=True)
    named = json.dumps([portal.code for portal in chosen])  # the registry has others, which nobody is to crawl
    home.config.write_text((f"counties = {named}\n" if len(chosen) < len(divisions.counties()) else "") + SETTINGS,
                           encoding="utf-8")
    for portal in chosen:
        (home.portals / f"{portal.code}.toml").write_text(registry.to_toml(portal), encoding="utf-8")
    (home.warc / VOLUME).touch()
    watched = Registry(MappingProxyType({portal.code: portal for portal in chosen}))
    with open_ledger(home, registry=watched) as db:
        for pragma in BUILD:
            db.execute(pragma)
        writer = Rows(db.conn, random.Random(seed))  # noqa: S311  nothing secret
        db.conn.execute("INSERT INTO volumes VALUES (?, ?)", [VOLUME, 0])
        for number, portal in enumerate(chosen):
            _County(writer, portal, number).write()
            if number % 50 == 49:
                writer.flush()
        writer.flush()
        for county, basis in bases(db, watched):
            db.conn.execute("INSERT INTO refreshed VALUES (?, ?)", [county, basis])
        db.conn.commit()
    return count(root)


def count(root: Path) -> int:
    """How many townships a home has."""
    with open_ledger(Home(root), registry=Registry(MappingProxyType({}))) as db:
        return int(db.execute("SELECT count(*) FROM townships WHERE county IN (SELECT county FROM bundles)"
                              ).fetchone()[0])


class Rows:
    """Rows by table, written many at once; and what is drawn for them."""

    def __init__(self, connection: Any, drawn: random.Random) -> None:
        self.connection = connection
        self.drawn = drawn
        self.tables: dict[str, list[Sequence[object]]] = {}
        self.numbers: dict[str, int] = {}

    def add(self, table: str, *values: object) -> None:
        """A row of a table, in the order of its columns as INSERTS names them."""
        self.tables.setdefault(table, []).append(values)

    def number(self, table: str) -> int:
        """The next id of a table."""
        self.numbers[table] = self.numbers.get(table, 0) + 1
        return self.numbers[table]

    def digest(self) -> str:
        return f"{self.drawn.getrandbits(256):064x}"

    def identifier(self) -> str:
        drawn = f"{self.drawn.getrandbits(128):032x}"
        return f"{drawn[:8]}-{drawn[8:12]}-{drawn[12:16]}-{drawn[16:20]}-{drawn[20:]}"

    def flush(self) -> None:
        """Write what was added."""
        for table, columns in INSERTS.items():
            rows = self.tables.pop(table, ())
            if rows:
                marks = ", ".join("?" * len(columns.split(",")))
                self.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
        assert not self.tables, f"no columns are named for {', '.join(self.tables)}"
        self.connection.commit()


INSERTS = {
    "bundles": "id, county, started, ended, verdict, reason, crawler, ingested, counters",
    "bodies": "sha256, media_type, length, volume, offset",
    "captures": "id, bundle, url, at, record_type, status, outcome, sha256, volume, offset, length",
    "listing_pages": "bundle, county, listing, family, title, township, complete, reason, url, outcome, capture,"
                     " offers, next",
    "looks": "bundle, township, report_year, at, complete, reason, listings",
    "sightings": "bundle, county, url, at, title, outcome, listed, listing, township, capture, claims, attachments",
    "documents": "sha256, county, parser, kind, format, title, issuer, township, report_year, period_start,"
                 " period_end, published_on, published_from, cells_read, report, text, embedded",
    "publications": "id, county, url, township, report_year, title, sha256, page_sha256, claimed_on, claimed_from,"
                    " first_seen, last_seen, versions",
    "versions": "publication, number, seen, sha256, capture, changed",
    "table3": "publication, row, natural_person, total",
    "checks": "publication, code, result, severity, attribution, message, cells",
}


@dataclass(slots=True)
class _Report:
    """One township's report of one year: when it stands there, by the numbers of the crawls, and what it says."""

    unit: Township
    year: int
    url: str
    title: str
    first: int = 0
    gone: int = len(CRAWLS)
    back: int = len(CRAWLS)
    claimed: date | None = None
    changes: int = len(CRAWLS)
    pdf: bool = False
    bodies: list[str] = field(default_factory=list)
    captures: list[tuple[str, str, str]] = field(default_factory=list)  # version's body, its capture, its instant

    def stands(self, crawl: int) -> bool:
        return self.first <= crawl < self.gone or self.back <= crawl


class _County:
    """One county's crawls and what was read of them."""

    def __init__(self, rows: Rows, portal: Portal, number: int) -> None:
        self.rows = rows
        self.drawn = rows.drawn
        self.portal = portal
        self.home = portal.home
        self.starts = [at + timedelta(seconds=7 * number) for at in CRAWLS]
        refused = self.drawn.random()
        # one in twenty-five refuses from some day on, and a few of these from the beginning
        self.refuses = 0 if refused < 0.01 else self.drawn.randrange(1, len(CRAWLS)) if refused < 0.04 else len(CRAWLS)
        self.units = portal.townships()
        self.reports = [one for unit in self.units for year in YEARS
                        if (one := self._report(unit, year))]

    def write(self) -> None:
        held: set[str] = set()
        pages: dict[str, str] = {}
        for crawl, start in enumerate(self.starts):
            self._crawl(crawl, start, held, pages)
        for report in self.reports:
            if report.captures:
                self._read(report)

    def _report(self, unit: Township, year: int) -> _Report | None:
        """A report as fate has it; None for one that never comes."""
        drawn = self.drawn
        era = "last" if year == YEAR else "old" if year <= LAST_OLD else "newer"
        (fate,) = drawn.choices(FATES, WEIGHTS[era])
        if fate == "never":
            return None
        url = f"{self.home}art/{year + 1}/1/{unit.code}_{year}.html"
        title = f"{self.portal.name}{unit.name}{year}年政府信息公开工作年度报告"
        report = _Report(unit, year, url, title, claimed=date(year + 1, 1, drawn.randrange(5, 31)),
                         pdf=drawn.random() < 0.1)
        return FATED[fate](report, drawn) if fate in FATED else report

    def _crawl(self, crawl: int, start: datetime, held: set[str], pages: dict[str, str]) -> None:
        rows, code = self.rows, self.portal.code
        bundle = f"{code}-{start:%Y%m%dT%H%M%SZ}-{self.drawn.getrandbits(32):08x}"
        at = iso(start + timedelta(minutes=5))
        refuses = crawl >= self.refuses
        broken = None if refuses or self.drawn.random() > 0.02 else self.drawn.choice(self.units).code
        verdict = "blocked" if refuses else "partial" if broken else "complete"
        reason = "http status 412" if refuses else "a listing broke off" if broken else None
        rows.add("bundles", bundle, code, iso(start), at, verdict, reason, "nianbao 0.1.0", at,
                 json.dumps({"requests": len(self.units), "walked": int(not refuses)}))
        by_unit: dict[str, list[_Report]] = {unit.code: [] for unit in self.units}
        for report in self.reports:
            if not refuses and report.stands(crawl) and report.unit.code != broken:
                by_unit[report.unit.code].append(report)
        for unit in self.units:
            listing = f"{self.home}col/{unit.code}/index.html"
            complete = not refuses and unit.code != broken
            self._looks(bundle, at, unit, listing, complete, reason)
            if complete:
                self._page(bundle, at, unit, listing, by_unit[unit.code], pages)
            for report in by_unit[unit.code]:
                self._sight(bundle, crawl, at, listing, report, held)
        if not refuses:
            self._vanished(bundle, crawl, at, broken)

    def _looks(self, bundle: str, at: str, unit: Township, listing: str, complete: bool, reason: str | None) -> None:
        listings = json.dumps([listing, f"{self.home}col/gknb/index.html"])
        why = None if complete else reason
        for year in YEARS:
            self.rows.add("looks", bundle, unit.code, year, at, int(complete), why, listings)

    def _page(self, bundle: str, at: str, unit: Township, listing: str, shown: list[_Report], pages: dict[str, str]
              ) -> None:
        """The township's listing: a new body where it shows something else than before."""
        offers = json.dumps([{"url": one.url, "title": one.title, "on": one.claimed.isoformat() if one.claimed else
                              None, "raw_date": None} for one in shown], ensure_ascii=False)
        changed = pages.get(listing) != offers
        pages[listing] = offers
        sha256 = self._body(20_000, "text/html") if changed else pages[f"body {listing}"]
        pages[f"body {listing}"] = sha256
        capture = self._capture(bundle, listing, at, sha256, new=changed, outcome="listing")
        self.rows.add("listing_pages", bundle, self.portal.code, listing, "hanweb", "政府信息公开年报", unit.code, 1,
                      None, listing, "listing", capture, offers, "[]")

    def _sight(self, bundle: str, crawl: int, at: str, listing: str, report: _Report, held: set[str]) -> None:
        new = report.url not in held or (crawl == report.changes)
        asked = new or crawl == RECHECKED
        if new:
            report.bodies.append(self._body(30_000, "application/pdf" if report.pdf else "text/html"))
            held.add(report.url)
        capture = None
        if asked:
            outcome = "report" if new else "not_modified"
            capture = self._capture(bundle, report.url, at, report.bodies[-1], new=new, outcome=outcome)
            if new:
                report.captures.append((report.bodies[-1], capture, at))
        claims = [{"on": report.claimed.isoformat(), "source": "line 发布时间", "raw": ""}] if report.claimed else []
        outcome = "report" if new else "not_modified" if asked else "held"
        self.rows.add("sightings", bundle, self.portal.code, report.url, at, report.title, outcome, 1, listing,
                      report.unit.code, capture, json.dumps(claims, ensure_ascii=False), "[]")

    def _vanished(self, bundle: str, crawl: int, at: str, broken: str | None) -> None:
        """What stood there and is gone was asked for by its own address."""
        for report in self.reports:
            if report.captures and not report.stands(crawl) and report.unit.code != broken:
                sha256 = self._body(900, "text/html")
                capture = self._capture(bundle, report.url, at, sha256, new=True, outcome="gone", status=404)
                self.rows.add("sightings", bundle, self.portal.code, report.url, at, report.title, "gone", 0, None,
                              report.unit.code, capture, "[]", "[]")

    def _body(self, length: int, media_type: str) -> str:
        sha256 = self.rows.digest()
        self.rows.add("bodies", sha256, media_type, length, VOLUME, self.rows.number("offset"))
        return sha256

    def _capture(self, bundle: str, url: str, at: str, sha256: str, *, new: bool, outcome: str, status: int = 200
                 ) -> str:
        identifier = self.rows.identifier()
        kind, answer = ("response", status) if new else ("revisit", 304)
        self.rows.add("captures", identifier, bundle, url, at, kind, answer, outcome, sha256, VOLUME,
                      self.rows.number("offset"), 5000)
        return identifier

    def _read(self, report: _Report) -> None:
        """What the parser reads out of a report's bodies, and the publication that it is."""
        rows, code = self.rows, self.portal.code
        claimed = report.claimed.isoformat() if report.claimed else None
        source = "line 发布时间" if claimed else None
        issuer = f"{self.portal.name}{report.unit.name}人民政府"
        for sha256 in report.bodies:
            rows.add("documents", sha256, code, PARSER, "township_report", "2021", report.title, issuer,
                     report.unit.code, report.year, f"{report.year}-01-01", f"{report.year}-12-31", claimed, source,
                     150, self._reading(report), f"{report.title}\n{TEXT}", "")
        number = rows.number("publications")
        body, _, seen = report.captures[-1]
        rows.add("publications", number, code, report.url, report.unit.code, report.year, report.title, body, body,
                 claimed, source, report.captures[0][2], seen, len(report.captures))
        for version, (sha256, capture, at) in enumerate(report.captures, 1):
            rows.add("versions", number, version, at, sha256, capture,
                     json.dumps(["t3.new_received.total: 4 → 5", "text"] if version > 1 else []))
        for row in ("new_received", "granted", "total_handled"):
            rows.add("table3", number, row, 5, 5)
        for check in CHECKS:
            failed = self.drawn.random() < 0.004
            rows.add("checks", number, check, "fail" if failed else "pass", "warning",
                     "publisher" if failed else None, "各列之和与总计不符" if failed else None, "[]")

    def _reading(self, report: _Report) -> str:
        method = "ocr" if report.pdf and self.drawn.random() < 0.3 else "html"
        cells = {f"t3.new_received.{column}": 5 for column in ("natural_person", "total")}
        return json.dumps({"kind": "township_report", "identity": {
            "title": report.title, "township": report.unit.name, "division_code": report.unit.code,
            "report_year": report.year}, "cells": cells, "tables": [{"method": method, "places": READ}]},
            ensure_ascii=False)


READ = " ".join(f"t3.row{number}.total" for number in range(40))
TEXT = "本年度按照要求，主动公开政府信息，依法办理公民、法人和其他组织的申请。" * 6


def _late(report: _Report, drawn: random.Random) -> _Report:
    """After its date; the last year's came between two crawls of this season."""
    if report.year == YEAR:
        return replace(report, first=drawn.randrange(3, 6), claimed=date(2026, 2, drawn.randrange(1, 9)))
    return replace(report, claimed=date(report.year + 1, drawn.randrange(2, 7), 15))


def _undated(report: _Report, drawn: random.Random) -> _Report:
    return replace(report, claimed=None, first=drawn.randrange(0, 6) if report.year == YEAR else 0)


def _changed(report: _Report, drawn: random.Random) -> _Report:
    return replace(report, changes=drawn.randrange(1, 6))


def _withdrawn(report: _Report, _drawn: random.Random) -> _Report:
    return replace(report, gone=3)


def _vanished(report: _Report, drawn: random.Random) -> _Report:
    """Gone for the last look, or for one in between."""
    return replace(report, gone=5) if drawn.random() < 0.5 else replace(report, gone=3, back=4)


def _backdated(report: _Report, _drawn: random.Random) -> _Report:
    return replace(report, first=5, claimed=date(2026, 1, 30))


FATED = {"late": _late, "undated": _undated, "changed": _changed, "withdrawn": _withdrawn, "vanished": _vanished,
         "backdated": _backdated}

