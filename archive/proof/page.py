"""The proof page of one report, as one HTML file that needs nothing else and runs nothing of the original."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from archive.parse import Read
from archive.proof.marks import Mark, marks
from archive.proof.markup import render
from archive.proof.originals import Original
from archive.proof.spots import FACT, IDENTITY, Spots, spots
from archive.proof.totals import Total, confirmed, totals
from archive.report.model import Report
from archive.web import form
from archive.web.words import Language

_NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})
_NOTHING_SHOWN: Final = form.Shown("")


def proof_page(
    read: Read, body: bytes, *, embedded: Mapping[str, bytes] = _NOTHING, language: Language = "en",
) -> str:
    """The page of a report that was read out of `body`; `embedded` as `archive.parse.read_all` takes it.

    At most 30 images and 12 MB; the page says what it leaves out.
    """
    report = read.report
    used = formats(report)
    marked = marks(report, confirmed(report.cells, used))
    places = spots(report, read.document, marked)
    views = tuple(Original(read.document, body, embedded, places).views())
    summed = totals(report.cells, used)
    return render(
        "page.html", language, read=read, report=report, name=read.name or "", views=views, marks=marked,
        linked=places.linked, tables=tuple(_tables(report)), others=_others(report, marked), totals=summed,
        counts=_counts(marked, summed, places), doubtful=[mark for mark in marked.values() if mark.doubtful],
        failed=[check for check in report.checks if check.result == "fail"],
        results=Counter(check.result for check in report.checks),
        identity=_named(IDENTITY, _identity(report)), facts=_named(FACT, report.facts),
    )


def unread_page(name: str, reason: str, language: Language = "en") -> str:
    """The page of a file that could not be read."""
    return render("unread.html", language, name=name, reason=reason)


def formats(report: Report) -> tuple[str, ...]:
    """The forms whose cells the report has."""
    stems = {key.partition(".")[0] for key in report.cells}
    return tuple(name for name, stem in (("2019", "t2_2019"), ("2021", "t2")) if stem in stems)


def _tables(report: Report) -> Iterator[form.Table]:
    """The printed tables of the report's form; where two forms are mixed, table 2 of both."""
    drawn: set[str] = set()
    used = formats(report)
    for one in sorted(used, key=lambda name: name != report.format):
        for table in form.tables(one, lambda _key: _NOTHING_SHOWN):
            if table.name == "t2" or table.name not in drawn:
                drawn.add(table.name)
                yield table


def _others(report: Report, marked: Mapping[str, Mark]) -> list[Mark]:
    """The cells that no printed table has a place for."""
    placed = {cell.key for table in _tables(report) for row in table.rows for cell in row}
    return [mark for key, mark in marked.items() if key not in placed]


def _identity(report: Report) -> dict[str, Any]:
    return {name: getattr(report.identity, name) for name in report.identity.__dataclass_fields__}


def _named(stem: str, values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What is known, as key of its spot, name and text."""
    return [(f"{stem}{name}", name, _told(value)) for name, value in values.items() if value not in (None, [], False)]


def _told(value: object) -> str:
    if isinstance(value, list):
        return "；".join(" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    return str(value)


def _counts(marked: Mapping[str, Mark], summed: Mapping[tuple[str, str], Total], places: Spots) -> dict[str, int]:
    """How many cells and sums there are of each kind."""
    sums = Counter(total.state for total in summed.values())
    numbers = sum(mark.value is not None for mark in marked.values())
    unread = sum(mark.state == "unread" for mark in marked.values())
    return {
        "all": len(marked), "numbers": numbers, "unread": unread, "printed": len(marked) - numbers - unread,
        "doubtful": sum(mark.doubtful for mark in marked.values()),
        "unlinked": sum(mark.state != "unread" and key not in places.linked for key, mark in marked.items()),
        "holds": sums["holds"], "fails": sums["fails"], "open": sums["open"],
    }
