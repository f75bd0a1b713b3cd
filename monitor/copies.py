"""What several copies of a report say differently, and how a report stands on its portal: T10, L03, L06, L07."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlite_utils import Database

from archive.clock import parse_instant
from archive.report.model import Attribution
from archive.report.yearly import Year, of_json
from monitor.differences import WORDS, in_words
from monitor.judge import GAP, Judgement
from monitor.texts import Text

# The names of columns in which no annual report belongs, and what the right ones are called.
ELSEWHERE = re.compile(r"通知公告|公示公告|公告公示|政府公告|工作动态|政务动态|乡镇动态|新闻|要闻|快讯")
RIGHT = re.compile(r"年报|年度报告|信息公开")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a duty's report; `subject` tells apart several of one code."""

    code: str
    text: Text
    attribution: Attribution
    confirmed: bool
    evidence: tuple[str, ...]
    subject: str


Versions = Mapping[int, Sequence[Mapping[str, Any]]]


def faults(db: Database, one: Judgement, versions: Versions, places: "Places") -> Iterator[Fault]:
    """What the copies of a duty's report and their places show; `versions` are those of the county's publications."""
    held = [found[-1] for number in one.standing if (found := own(versions.get(number, ()), one.duty.report_year))]
    yield from _moved(db, one, versions)
    for first, other in pairwise(held):
        yield from _differ(db, one, "L06", first, other)
    for version in held:
        if version["sha256"] in places.pictured and _read(db, one.duty.county, version["sha256"]).told == "unknown":
            yield Fault("L07", Text("L07"), "unknown", False, (version["capture"],), version["url"])
    yield from places.faults(held)


def _moved(db: Database, one: Judgement, versions: Versions) -> Iterator[Fault]:
    """A report that came back under another address with other figures was changed all the same."""
    year = one.duty.report_year
    came = [found[0] for number in one.standing if (found := own(versions.get(number, ()), year))]
    for old in (found[-1] for number in one.replaced if (found := own(versions.get(number, ()), year))):
        for version in [version for version in came if version["seen"] > old["seen"]][:1]:
            yield from _differ(db, one, "T10", old, version)


ATTACHED = """
SELECT d.township, d.report_year, d.period_start, d.report, d.text, t.name FROM captures c
JOIN documents d ON d.sha256 = c.sha256 AND d.county = :county JOIN townships t ON t.code = d.township
WHERE c.id = :capture AND d.kind = 'township_report' AND d.report_year IS NOT NULL
"""
FIGURES = "SELECT 1 FROM documents WHERE county = ? AND sha256 = ? AND cells_read > 0"


def wrong_files(db: Database, one: Judgement, seen: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Files of a page without figures of its own that are another body's or year's report; `seen` are its sightings."""
    if not seen or db.execute(FIGURES, [one.duty.county, one.sha256]).fetchone() is not None:
        return
    for file in json.loads(seen[-1]["attachments"]):
        row = next(iter(db.query(ATTACHED, {"county": one.duty.county, "capture": file["record"]})), None)
        if row is None or (row["township"], row["report_year"]) == (one.duty.township, one.duty.report_year):
            continue
        certain = str(row["period_start"]).startswith(f"{row['report_year']}-")
        told = of_json(json.loads(row["report"]), row["text"]).told if certain else "unknown"
        text = Text("L04", detail=file["name"] or file["url"], name=row["name"], year=row["report_year"])
        captures = tuple(capture for capture in (seen[-1]["capture"], file["record"]) if capture)
        yield Fault("L04", text, told, told == "publisher", captures, file["url"])


def own(versions: Sequence[Mapping[str, Any]], year: int) -> list[Mapping[str, Any]]:
    """The versions that are of one report year: an address that is used again every January had another's before."""
    return [version for version in versions if version["read_year"] in (None, year)]


def _differ(db: Database, one: Judgement, code: str, first: Mapping[str, Any],
            other: Mapping[str, Any]) -> Iterator[Fault]:
    """Cells that both show and that differ; only what was read for certain is the publisher's.

    Where a statistical period is that of another year, the two may not be the same report at all.
    """
    periods = {version["read_period"][:4] for version in (first, other) if version["read_period"]}
    if first["sha256"] == other["sha256"] or not periods <= {str(one.duty.report_year)}:
        return
    before, after = (_read(db, one.duty.county, version["sha256"]) for version in (first, other))
    keys = [key for key, value in before.cells.items()
            if value is not None and after.cells.get(key) not in (None, value)]
    if keys:
        told = before.sure.issuperset(keys) and after.sure.issuperset(keys)
        cells = in_words([f"{key}: {before.cells[key]} → {after.cells[key]}" for key in keys])
        seen = parse_instant(other["seen"])
        yield Fault(code, Text(code, seen, cells), "publisher" if told else "unknown", told,
                    (first["capture"], other["capture"]), f"{first['url']} {other['url']}")


def changed_by(db: Database, county: str, first: Mapping[str, Any], after: Mapping[str, Any]) -> Attribution:
    """Whose doing it is that a version differs from the one before.

    The publisher's where a cell that both show, or that one leaves blank, was read for certain both times, or where
    words differ that were text both times. What was read off a picture may have been read in two ways.
    """
    before, now = (_read(db, county, version["sha256"]) for version in (first, after))
    changed = json.loads(after["changed"])
    keys = {item.partition(": ")[0] for item in changed} - WORDS
    if keys & before.sure & now.sure or (WORDS & set(changed) and before.told == now.told == "publisher"):
        return "publisher"
    return "unknown"


def _read(db: Database, county: str, sha256: str) -> Year:
    sql = "SELECT report, text FROM documents WHERE county = ? AND sha256 = ?"
    found = db.execute(sql, [county, sha256]).fetchone()
    return of_json(json.loads(found[0]), found[1]) if found else Year("not_a_report")


LISTED = """
SELECT b.started, p.title, p.capture, p.offers FROM listing_pages p JOIN bundles b ON b.id = p.bundle
WHERE p.county = ? AND b.started <= ? AND p.offers <> '[]' ORDER BY b.started, p.id
"""
# PDFs with figures that were read off pictures; whether all of them were, their readings tell.
PICTURED = """
SELECT DISTINCT p.sha256 FROM publications p JOIN bodies b ON b.sha256 = p.sha256
JOIN documents d ON d.sha256 = p.sha256 AND d.county = p.county
WHERE p.county = ? AND b.media_type = 'application/pdf' AND d.report LIKE '%"method": "ocr"%'
"""


class Places:
    """In which columns of a county each address was listed, as far as these are named, and which PDFs are pictures."""

    def __init__(self, db: Database, county: str, until: str) -> None:
        self.wrong: dict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
        self.right: set[str] = set()
        self.pictured = {sha256 for (sha256,) in db.execute(PICTURED, [county])}
        titles = db.execute("SELECT DISTINCT title FROM listing_pages WHERE county = ?", [county])
        if any(_misplaced(title) for (title,) in titles.fetchall()):
            for row in db.execute(LISTED, [county, until]):
                self._add(*row)

    def _add(self, started: str, title: str | None, capture: str | None, offers: str) -> None:
        for offer in json.loads(offers):
            if title is not None and _misplaced(title):
                self.wrong[offer["url"]].append((started, title, capture))
            else:
                self.right.add(offer["url"])

    def faults(self, held: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
        """The report stands in columns alone that are none for annual reports, under every address it has."""
        urls = {version["url"] for version in held}
        if not urls or any(url in self.right or url not in self.wrong for url in urls):
            return
        seen = [listed for url in sorted(urls) for listed in self.wrong[url]]
        apart = parse_instant(max(seen)[0]) - parse_instant(min(seen)[0])
        captures = (capture for _, _, capture in (seen[0], seen[-1]) if capture)
        yield Fault("L03", Text("L03", detail="、".join(dict.fromkeys(title for _, title, _ in seen))), "publisher",
                    apart >= GAP, tuple(dict.fromkeys(captures)), "")


def _misplaced(title: str | None) -> bool:
    return title is not None and bool(ELSEWHERE.search(title)) and not RIGHT.search(title)
