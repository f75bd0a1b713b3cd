"""From a document to a report: parts, tables, whose it is, what its prose says, and whether it all agrees."""

from dataclasses import replace
from typing import Literal

from archive.documents.model import Document
from archive.report.facts import read_facts
from archive.report.form import form
from archive.report.identity import read_identity
from archive.report.model import Format, Kind, Report
from archive.report.rules import Known, check
from archive.report.sections import Section, find_sections
from archive.report.tables import Tables, read_tables

PARSER = "nianbao 2"


def read_report(document: Document, *, sha256: str, url: str | None = None, county: str | None = None,
                language: bool = False) -> Report:
    """Everything that one document says. `county` is the code of the county whose portal it came from.

    `language` asks for the rules on the language of the prose (Q) too.
    """
    sections = find_sections(document)
    tables = read_tables(document, sections)
    kind, identity, doubts = read_identity(document, sections, url=url, county=county)
    form_of, tables, notes = _with_format(tables, kind, identity.report_year)
    facts = read_facts(sections, identity)
    checks = check(Known(document, sections, tables, kind, identity, facts, url), language=language)
    return Report(
        sha256=sha256, media_type=document.media_type, parser=PARSER, kind=kind, format=form_of, identity=identity,
        cells=tables.cells, sources=tables.sources, derived=tables.derived, facts=facts,
        sections={part.key: any(section.key == part.key for section in sections) for part in form().parts},
        checks=checks, warnings=(*document.warnings, *tables.warnings, *doubts, *notes), text=_text(sections),
    )


def _with_format(tables: Tables, kind: Kind, year: int | None) -> tuple[Format | None, Tables, tuple[str, ...]]:
    """The form of the tables; a report without tables takes the one of its year, with every cell null."""
    if tables.format or year is None or kind == "not_a_report":
        return tables.format, tables, ()
    if year < 2019:
        return "pre2019", tables, ()
    expected: Literal["2019", "2021"] = "2021" if year >= 2021 else "2019"
    cells = dict.fromkeys(form().keys((expected,)))
    note = f"no table could be read: the format is the one of the report year {year}"
    return expected, replace(tables, format=expected, cells=cells), (note,)


def _text(sections: tuple[Section, ...]) -> str:
    """The running text with the headings of its parts, tables left out."""
    return "\n".join(text for section in sections for text in (section.heading, section.text) if text)
