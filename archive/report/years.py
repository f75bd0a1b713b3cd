"""Reports as they are compared: one body's with its last year's, and with those of the bodies around it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.report.model import Attribution, Number, Report
from archive.report.places import in_words
from archive.report.prose import squash

_MERGED = re.compile(r"行政区划调整|撤乡并镇|撤镇并|(?:[镇乡]|街道)(?:[^。,]{0,8})(?:撤并|合并|并入|拆分|划入)"
                     r"(?:[^。,]{0,12})(?:[镇乡]|街道|设立)")
_STEM = re.compile(r"(?:人民政府|办事处|街道|[镇乡])+$")


@dataclass(frozen=True, slots=True)
class Year:
    """One year's report of one body as far as comparing needs it.

    `sure` are the cells read for certain, `places` where cells stand; `told` says whose doing it is what the text says.
    """

    kind: str
    year: int | None = None
    county: str | None = None
    township: str | None = None
    code: str | None = None
    issuer: str | None = None
    cells: Mapping[str, Number | None] = field(default_factory=dict)
    sure: frozenset[str] = frozenset()
    places: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    told: Attribution = "unknown"

    @property
    def name(self) -> str:
        """The body and year in words."""
        return f"{self.township or self.issuer or ''}{self.year or ''}年"

    @property
    def names(self) -> tuple[str, ...]:
        """What the body is called, longest first."""
        names = {name for name in (self.issuer, self.township, self.county) if name}
        return tuple(sorted(names, key=len, reverse=True))


def of_report(report: Report) -> Year:
    """A report that was just read, ready to be compared."""
    sources = {key: (one.method, one.certain, in_words(one.at, one.page, one.box, one.part))
               for key, one in report.sources.items()}
    identity = report.identity
    return _year(report.kind, identity.report_year, identity.county, identity.township, identity.division_code,
                 identity.issuer, report.cells, report.facts, report.text, report.media_type, sources)


def of_json(report: Mapping[str, Any], text: str) -> Year:
    """The same of a report as `as_json` wrote it, with its running text."""
    identity = report.get("identity", {})
    sources = {key: (one["method"], one.get("certain", True),
                     in_words(one.get("at"), one.get("page"), one.get("box"), one.get("part")))
               for key, one in report.get("sources", {}).items()}
    return _year(report.get("kind", "not_a_report"), identity.get("report_year"), identity.get("county"),
                 identity.get("township"), identity.get("division_code"), identity.get("issuer"),
                 report.get("cells", {}), report.get("facts", {}), text, report.get("media_type", ""), sources)


def _year(
    kind: str, year: int | None, county: str | None, township: str | None, code: str | None, issuer: str | None,
    cells: Mapping[str, Number | None], facts: Mapping[str, Any], text: str, media_type: str,
    sources: Mapping[str, tuple[str, bool, str | None]],
) -> Year:
    methods = {method for method, _, _ in sources.values()}
    scanned = media_type.startswith("image/") or methods == {"ocr"} or (media_type == "application/pdf" and not methods)
    return Year(
        kind, year, county, township, code, issuer, cells,
        frozenset(key for key, (method, certain, _) in sources.items() if certain and method != "ocr"),
        {key: place for key, (_, _, place) in sources.items() if place},
        facts, text, "unknown" if scanned or not text else "publisher")


@dataclass(frozen=True, slots=True)
class Pair:
    """A report with last year's of the same body, None where it is not known, and with what lies around.

    `others` are other reports of the county, of any year; `column` the code and name of the body in whose column the
    report stands, where that column is one body's.
    """

    now: Year
    last: Year | None = None
    others: tuple[Year, ...] = ()
    column: tuple[str, str] | None = None

    def both(self, now: str, last: str) -> tuple[Number, Number] | None:
        """A cell of this year and one of the last; None where either is unknown."""
        one, other = self.now.cells.get(now), self.last.cells.get(last) if self.last else None
        return None if one is None or other is None else (one, other)

    def whose(self, now: Iterable[str], last: Iterable[str]) -> Attribution:
        """Whose doing a contradiction is: the publisher's only where all its cells were read for certain."""
        sure = self.now.sure.issuperset(now) and self.last is not None and self.last.sure.issuperset(last)
        return "publisher" if sure else "unknown"

    def where(self, now: Iterable[str], last: Iterable[str]) -> tuple[str, ...]:
        """Where cells of both years stand, last year's with their year."""
        here = [place for key in now if (place := self.now.places.get(key))]
        there = [f"{self.last.year}: {place}" for key in last if self.last and (place := self.last.places.get(key))]
        return (*here, *there)


def why_not(now: Year, last: Year) -> str | None:
    """Why a report is not last year's of the same body, None where it is."""
    if now.year is None or last.year is None:
        return "the report year of one of the two is not known"
    if last.year != now.year - 1:
        return f"it is the report for {last.year}, not for {now.year - 1}"
    return None if same_body(now, last) else f"it is {last.issuer or 'nobody'}'s, not {now.issuer or 'nobody'}'s"


def same_body(one: Year, other: Year) -> bool:
    """Whether two reports are one body's, also where a 乡 became a 镇."""
    if one.code and other.code:
        return one.code == other.code
    names = [_STEM.sub("", year.township or year.issuer or "") for year in (one, other)]
    counties = {year.county for year in (one, other) if year.county}
    return bool(names[0]) and names[0] == names[1] and len(counties) < 2


def reorganised(one: Year) -> bool:
    """Whether the text speaks of townships that were merged or split."""
    return bool(_MERGED.search(squash(one.text)))
