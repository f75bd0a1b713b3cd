"""Reads one body, whatever it is, with no home and no network: a report, or one for each file of an archive."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from archive.documents import kinds, read_document
from archive.documents.model import Document, Paragraph
from archive.documents.packed import Member, files, is_packed
from archive.documents.pictures import has_pictures, with_pictures
from archive.errors import Unreadable
from archive.report import PARSER, read_report
from archive.report.model import Check, Report, Source

__all__ = ["PARSER", "Read", "Unread", "as_json", "parse", "read_all"]

_TABLES = 3
_SHORT = 200                          # characters: with less text than that a page is what its pictures show
_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read. `name` is `outer.zip/inner.docx` for a member of an archive."""

    name: str | None
    document: Document
    report: Report


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that no reader understood, with the reason in words."""

    name: str | None
    reason: str


def read_all(
    body: bytes, *, name: str | None = None, url: str | None = None, declared: str | None = None,
    county: str | None = None, embedded: Mapping[str, bytes] = _NOTHING, language: bool = False,
) -> Iterator[Read | Unread]:
    """Every document in a body: one, or one for each file of an archive. Raises nothing for what cannot be read.

    `embedded` holds the bytes of pictures and framed files that belong to a page, by their address exactly as the page
    writes it. `declared` is a charset or Content-Type, `county` the code of the portal's county; `language` asks for
    the rules on the language of the prose too.
    """
    for member in files(body, name):
        own = name if member.name == (name or "") else member.name
        try:
            if member.reason is not None:
                raise Unreadable(member.reason)
            document, report = _read(member, url, declared, county, embedded, language)
        except Unreadable as error:
            yield Unread(own, error.reason)
        else:
            yield Read(own, document, report)


def parse(
    body: bytes, *, name: str | None = None, url: str | None = None, declared: str | None = None,
    county: str | None = None, embedded: Mapping[str, bytes] = _NOTHING,
) -> Report:
    """The report in a body; of an archive, that of the file which shows most cells. The arguments are `read_all`'s.

    Raises Unreadable, with the reason in words, for what no reader understands.
    """
    entries = list(read_all(body, name=name, url=url, declared=declared, county=county, embedded=embedded))
    found = [entry for entry in entries if isinstance(entry, Read)]
    kind = kinds.media_type(body)
    if not found:
        reasons = [f"{entry.name}: {entry.reason}" if is_packed(kind) and entry.name else entry.reason
                   for entry in entries if isinstance(entry, Unread)]
        raise Unreadable("; ".join(reasons[:3]))
    best = max(found, key=_shown)
    if not is_packed(kind):
        return best.report
    note = f"read from {best.name} in the archive; {len(entries) - 1} other files in it"
    return replace(
        best.report, sha256=hashlib.sha256(body).hexdigest(), media_type=kind, warnings=(note, *best.report.warnings),
    )


def _shown(entry: Read) -> tuple[int, bool]:
    """How much of a report an entry is."""
    report = entry.report
    return sum(value is not None for value in report.cells.values()), report.kind != "not_a_report"


def _read(
    member: Member, url: str | None, declared: str | None, county: str | None, embedded: Mapping[str, bytes],
    language: bool,
) -> tuple[Document, Report]:
    sha256 = hashlib.sha256(member.body).hexdigest()
    document = read_document(member.body, name=member.name, declared=declared)
    report = read_report(document, sha256=sha256, url=url, county=county, language=language)
    if not (_lacks_tables(document, report) and has_pictures(document, embedded)):
        return document, report
    opened = with_pictures(document, embedded)
    other = read_report(opened, sha256=sha256, url=url, county=county, language=language)
    # a photograph among the prose, or a drawing with words in it, is no part of the report's text
    gained = len(_tables_shown(other)) > len(_tables_shown(report)) or _letters(document) < _SHORT
    return (opened, other) if gained else (document, report)


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


def as_json(report: Report, file: str | None = None) -> dict[str, Any]:
    """The report as `nianbao parse --json` prints it; `file` comes first where it is given."""
    return {
        **({"file": file} if file is not None else {}),
        "sha256": report.sha256,
        "media_type": report.media_type,
        "parser": report.parser,
        "kind": report.kind,
        "format": report.format,
        "identity": dataclasses.asdict(report.identity),
        "cells": report.cells,
        "sources": {key: _source(source) for key, source in report.sources.items()},
        "derived": report.derived,
        "facts": report.facts,
        "sections": report.sections,
        "checks": [_check(check) for check in report.checks],
        "warnings": list(report.warnings),
    }


def _check(check: Check) -> dict[str, Any]:
    return {**dataclasses.asdict(check), "cells": list(check.cells), "places": list(check.places)}


def _source(source: Source) -> dict[str, Any]:
    """A source without what it does not know."""
    return {key: value for key, value in dataclasses.asdict(source).items() if value is not None}
