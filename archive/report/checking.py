"""What a rule knows, and what it answers."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from archive.documents.model import Document
from archive.report.facts import proses
from archive.report.model import Attribution, Identity, Kind, Number, Result, Severity
from archive.report.prose import Prose
from archive.report.sections import Section
from archive.report.tables import Tables

SHOWN = 4                              # findings that one message spells out
MOST_PARTS = 4                         # of the six headings: with fewer a document may be a piece of a report
_RANK: dict[Result, int] = {"fail": 0, "not_assessable": 1, "pass": 2, "not_applicable": 3}


@dataclass(frozen=True, slots=True)
class Known:
    """Everything read out of one document."""

    document: Document
    sections: tuple[Section, ...]
    tables: Tables
    kind: Kind
    identity: Identity
    facts: dict[str, Any]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule's answer. `severity` only where it is not the rule's own."""

    result: Result
    message: str | None = None
    severity: Severity | None = None
    attribution: Attribution | None = None
    cells: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


PASS = Outcome("pass")
UNKNOWN = Outcome("not_assessable")
NOT_APPLICABLE = Outcome("not_applicable")


@dataclass(frozen=True)
class Case:
    """What is known, with the prose of the parts at hand. Not slotted: what it works out is kept."""

    known: Known

    @cached_property
    def prose(self) -> dict[str, Prose]:
        """The prose of each part by its key."""
        return proses(self.known.sections)

    @cached_property
    def parts(self) -> frozenset[str]:
        """The keys of the six parts whose heading was found."""
        return frozenset(section.key for section in self.known.sections) - {"s0"}

    @property
    def year(self) -> int | None:
        """The report year."""
        return self.known.identity.report_year

    @property
    def whole(self) -> bool:
        """Whether the document is read from end to end, so that what is not in it can be called missing."""
        return len(self.parts) >= MOST_PARTS

    @property
    def told(self) -> Attribution:
        """Whose doing it is when the running text says something, or does not."""
        sure = self.known.document.method != "ocr" and not self.known.document.warnings
        return "publisher" if sure and self.whole else "unknown"

    def text(self, *keys: str) -> str:
        """The prose of some parts, empty where they are missing."""
        return "\n".join(self.prose[key].text for key in keys if key in self.prose)

    @cached_property
    def all_text(self) -> str:
        """The prose of all parts."""
        return self.text("s0", "s1", "s2", "s3", "s4", "s5", "s6")

    def fact(self, key: str) -> Any:
        """A narrative fact, None where the text does not say."""
        return self.known.facts.get(key)

    def cell(self, key: str) -> Number | None:
        """A cell's number, None where the document does not say."""
        return self.known.tables.cells.get(key)

    def values(self, keys: Iterable[str]) -> tuple[Number, ...] | None:
        """The numbers of all the cells, None where one of them is unknown."""
        found = [self.cell(key) for key in keys]
        return None if None in found else tuple(value for value in found if value is not None)

    def of_cells(self, keys: Iterable[str]) -> Attribution:
        """Whose doing a contradiction between cells is: the publisher's only where every cell was read for certain."""
        sources = [self.known.tables.sources.get(key) for key in keys]
        sure = all(source is not None and source.certain and source.method != "ocr" for source in sources)
        return "publisher" if sure else "unknown"

    def find(self, pattern: re.Pattern[str], *keys: str) -> tuple[re.Match[str], str | None] | None:
        """The first match in some parts, with where it stands."""
        for key in keys:
            prose = self.prose.get(key)
            match = pattern.search(prose.text) if prose else None
            if prose and match:
                return match, prose.where(match.start())
        return None


Function = Callable[[Case], Outcome]


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. `since` is the first report year that it is meant for."""

    code: str
    severity: Severity
    kind: Literal["hold", "trigger"]
    title: str
    function: Function
    since: int = 2019


def fail(message: str, *, severity: Severity | None = None, attribution: Attribution = "publisher",
         cells: Iterable[str] = (), places: Iterable[str | None] = ()) -> Outcome:
    """A rule that does not hold, or a trigger that fired."""
    return Outcome("fail", message, severity, attribution, tuple(cells), tuple(place for place in places if place))


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """One answer out of several: the worst result, with everything that failed told together."""
    found = tuple(outcomes)
    if not found:
        return NOT_APPLICABLE
    result = min((one.result for one in found), key=lambda result: _RANK[result])
    same = [one for one in found if one.result == result]
    if result != "fail":
        return same[0]
    more = f"；等{len(same)}处" if len(same) > SHOWN else ""
    return Outcome(
        "fail", "；".join(one.message or "" for one in same[:SHOWN]) + more, same[0].severity, _common(same),
        tuple(dict.fromkeys(cell for one in same for cell in one.cells)),
        tuple(dict.fromkeys(place for one in same for place in one.places)),
    )


def _common(outcomes: list[Outcome]) -> Attribution:
    """The attribution of all of them, unknown where they differ."""
    first = outcomes[0].attribution or "unknown"
    return first if all(one.attribution == first for one in outcomes) else "unknown"


def equal(case: Case, told: Number | None, key: str, message: str) -> Outcome:
    """Whether the prose and a cell say the same number. `message` has places for {told} and {cell}."""
    value = case.cell(key)
    if told is None or value is None:
        return UNKNOWN
    if told == value:
        return PASS
    attribution = case.of_cells([key]) if case.told == "publisher" else "unknown"
    return fail(message.format(told=told, cell=value), attribution=attribution, cells=[key])
