"""What a rule knows, and what it answers."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from archive.documents.model import Document, Grid, Method
from archive.report.facts import proses
from archive.report.model import Attribution, Identity, Kind, Number, Result, Severity
from archive.report.places import in_words
from archive.report.prose import Prose, sentences
from archive.report.sections import Section
from archive.report.tables import Tables

SHOWN = 4                              # findings that one message spells out
MOST_PARTS = 4                         # of the six headings: with fewer a document may be a piece of a report
ALL = ("s0", "s1", "s2", "s3", "s4", "s5", "s6")
# The forms that hold characters and paragraphs as they were typed: nothing is lost or joined on the way.
TYPED: frozenset[Method] = frozenset(("html", "docx", "doc", "xlsx", "xls", "ofd"))
_LINE = re.compile(r"[^\n]+")
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


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the prose: its text, where it begins, and whose doing it is when it is wrong."""

    text: str
    prose: Prose
    start: int
    told: Attribution
    typed: bool

    @property
    def place(self) -> str | None:
        """Where it stands. Worked out when asked for: most sentences are only looked at."""
        return self.prose.where(self.start)


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

    @cached_property
    def told(self) -> Attribution:
        """Whose doing it is when the running text does not say something."""
        return "publisher" if self._sure and not self._guessed else "unknown"

    @cached_property
    def _sure(self) -> bool:
        return self.known.document.method != "ocr" and not self.known.document.warnings and self.whole

    @property
    def _guessed(self) -> bool:
        """Whether some of the prose was read off a picture: what it seems not to say may stand there misread."""
        return any(method == "ocr" for prose in self.prose.values() for method in prose.methods)

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
        cells = self.known.tables.cells
        found: list[Number] = []
        for key in keys:
            value = cells.get(key)
            if value is None:
                return None
            found.append(value)
        return tuple(found)

    @property
    def read_off(self) -> frozenset[str]:
        """The parts with a table that was read off a picture alone."""
        own = self.known.document.method
        grids = {section.key: [block.method or own for block in section.blocks if isinstance(block, Grid)]
                 for section in self.known.sections}
        return frozenset(key for key, methods in grids.items() if methods and set(methods) == {"ocr"})

    def of_cells(self, keys: Iterable[str]) -> Attribution:
        """Whose doing a contradiction between cells is: the publisher's only where every cell was read for certain."""
        sources = [self.known.tables.sources.get(key) for key in keys]
        sure = all(source is not None and source.certain and source.method != "ocr" for source in sources)
        return "publisher" if sure else "unknown"

    def find(self, pattern: re.Pattern[str], *keys: str) -> Said | None:
        """The first match in some parts."""
        return next(self.find_all(pattern, *keys), None)

    def find_all(self, pattern: re.Pattern[str], *keys: str) -> Iterator[Said]:
        """Every match in some parts, in their order."""
        for key in keys:
            prose = self.prose.get(key)
            if prose:
                yield from (self._said(prose, match.start(), match.group()) for match in pattern.finditer(prose.text))

    def sentences(self, *keys: str) -> Iterator[Said]:
        """The sentences of some parts."""
        for key in keys:
            prose = self.prose.get(key)
            if prose:
                yield from (self._said(prose, start, sentence) for start, sentence in sentences(prose.text))

    def saying(self, *keys: str, that: Callable[[str], bool]) -> Said | None:
        """The first sentence of some parts that says a thing, else the first line that does."""
        found = next((one for one in self.sentences(*keys) if that(one.text)), None)
        return found or next((one for one in self.find_all(_LINE, *keys) if that(one.text)), None)

    def _said(self, prose: Prose, start: int, text: str) -> Said:
        method = prose.method(start) or self.known.document.method
        told: Attribution = "publisher" if self._sure and method != "ocr" else "unknown"
        return Said(text, prose, start, told, method in TYPED)

    def place(self, cell: str) -> str | None:
        """Where a cell stands."""
        source = self.known.tables.sources.get(cell)
        return in_words(source.at, source.page, source.box, source.part) if source else None

    def headings(self, *keys: str) -> tuple[str, ...]:
        """Where the headings of some parts stand."""
        places = (section.place for section in self.known.sections if section.key in keys and section.place)
        return tuple(word for place in places if (word := in_words(place.at, place.page, place.box, place.part)))


Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A row of the table; its function answers about a Case or a Pair. `since` is the first report year it is for."""

    code: str
    severity: Severity
    kind: Literal["hold", "trigger"]
    title: str
    function: Callable[[Subject], Outcome]
    since: int = 2019


def fail(message: str, *, severity: Severity | None = None, attribution: Attribution = "publisher",
         cells: Iterable[str] = (), places: Iterable[str | None] = ()) -> Outcome:
    """A rule that does not hold, or a trigger that fired."""
    return Outcome("fail", message, severity, attribution, tuple(cells), tuple(place for place in places if place))


def fail_at(message: str, said: Said | None, case: Case, *, severity: Severity | None = None,
            cells: Iterable[str] = (), doubted: bool = False) -> Outcome:
    """What the prose says wrongly, alone or against cells; without its sentence it is nobody's. `doubted` too."""
    keys = tuple(cells)
    sure = said is not None and said.told == "publisher" and not doubted
    attribution: Attribution = case.of_cells(keys) if sure else "unknown"
    return fail(message, severity=severity, attribution=attribution, cells=keys, places=[said.place if said else None])


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


