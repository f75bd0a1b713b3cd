"""A second look where the first reading leaves something open: at the pictures, or with another reader."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from archive.documents.model import Document, Paragraph, Picture
from archive.documents.pictures import has_pictures, with_pictures
from archive.errors import Unreadable
from archive.report.form import form
from archive.report.model import Check, Number, Report
from archive.report.sums import contradictions

_TABLES = 3
_SHORT = 200                          # characters: with less text than that a page is what its pictures show
Made = tuple[Document, Report]
Make = Callable[[Document], Report]


def with_its_pictures(made: Made, embedded: Mapping[str, bytes], make: Make) -> Made:
    """The document read with its pictures and frames, where its text lacks a statutory table and they show one."""
    document, report = made
    if not (_lacks_tables(document, report) and has_pictures(document, embedded)):
        return made
    opened = with_pictures(document, embedded)
    other = make(opened)
    # a photograph among the prose, or a drawing with words in it, is no part of the report's text
    gained = len(_tables_shown(other)) > len(_tables_shown(report)) or _letters(document) < _SHORT
    return (opened, other) if gained else made


def _lacks_tables(document: Document, report: Report) -> bool:
    """Whether a report shows fewer than its three tables as text; one of the free form before 2019 has none."""
    if _letters(document) < _SHORT:
        return True
    return report.kind != "not_a_report" and report.format != "pre2019" and len(_tables_shown(report)) < _TABLES


def _tables_shown(report: Report) -> set[str]:
    """The tables of which cells stand in the document; both forms of table 2 count as one."""
    return {key.partition(".")[0].partition("_")[0] for key in report.sources}


def _letters(document: Document) -> int:
    return sum(len(block.text) for block in document.blocks if isinstance(block, Paragraph))


def by_a_second_reader(made: Made, body: bytes, make: Make) -> Made:
    """A PDF of text read by another reader too, where a printed sum contradicts or a table lacks cells.

    Of two readings the one without contradictions counts, then the one with more cells. Where neither is better, a cell
    that they read differently is null.
    """
    document, report = made
    if not _is_pdf_text(document) or not (_contradictions(report) or _lacks_cells(report)):
        return made
    from archive.documents.second import second_read_pdf

    try:
        second = second_read_pdf(body)
    except Unreadable:
        return made
    other = make(second)
    if _contradictions(report) and not _contradictions(other) and _printed(other) >= _printed(report):
        note = "the first reading contradicts a printed sum: the cells are those of a second reader"
        return second, replace(other, warnings=(*other.warnings, note))
    if _contradictions(other) and not _contradictions(report):
        return made
    if not _contradictions(report) and _printed(other) > _printed(report):
        return second, _agreed(other, report)
    return document, _agreed(report, other)


def _is_pdf_text(document: Document) -> bool:
    read_off = any(not isinstance(block, Picture) and block.method == "ocr" for block in document.blocks)
    return document.media_type == "application/pdf" and document.method == "pdf" and not read_off


def _formats(report: Report) -> tuple[str, ...]:
    """The forms whose cells the report has."""
    tables = {key.partition(".")[0] for key in report.cells}
    return tuple(name for name, table in (("2019", "t2_2019"), ("2021", "t2")) if table in tables)


def _contradictions(report: Report) -> int:
    return len(contradictions(report.cells, _formats(report)))


def _lacks_cells(report: Report) -> bool:
    """Whether a table of which something was seen lacks a cell of its form."""
    formats = _formats(report)[:1]
    seen = {key.partition(".")[0] for key in report.sources}
    return any(key not in report.sources for key in form().keys(formats) if key.partition(".")[0] in seen)


def _printed(report: Report) -> int:
    return sum(value is not None for value in report.cells.values())


def _agreed(report: Report, other: Report) -> Report:
    """The report without the cells that the other reads differently."""
    differing = {
        key for key, value in report.cells.items()
        if value is not None and other.cells.get(key) is not None and other.cells[key] != value
    }
    if not differing:
        return report
    cells: dict[str, Number | None] = {key: None if key in differing else v for key, v in report.cells.items()}
    sources = {
        key: replace(source, certain=False) if key in differing else source for key, source in report.sources.items()
    }
    note = f"{len(differing)} cells are unknown: two readers of the PDF read them differently"
    checks = tuple(_unassessed(check) if differing.intersection(check.cells) else check for check in report.checks)
    return replace(report, cells=cells, sources=sources, checks=checks, warnings=(*report.warnings, note))


def _unassessed(check: Check) -> Check:
    return Check(check.code, "not_assessable", check.severity)
