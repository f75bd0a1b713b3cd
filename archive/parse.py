"""Reads one body, whatever it is, with no home and no network: a report, or one for each file of an archive."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from archive.documents import kinds, read_document
from archive.documents.model import Document
from archive.documents.packed import Member, files, is_packed
from archive.errors import Unreadable
from archive.report import PARSER, read_report
from archive.report.model import Check, Report, Source
from archive.rereading import Made, by_a_second_reader, with_its_pictures

__all__ = ["PARSER", "Read", "Unread", "as_json", "parse", "read_all"]

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
    members = list(files(body, name))
    company = {member.name: _company(member, members) for member in members} if len(members) > 1 else {}
    shown = {id(shown) for beside in company.values() for shown in beside.values()}
    for member in members:
        own = name if member.name == (name or "") else member.name
        if id(member.body) in shown and kinds.media_type(member.body).startswith("image/"):
            continue                  # a picture of a saved page is no document of its own
        try:
            if member.reason is not None:
                raise Unreadable(member.reason)
            beside = {**company.get(member.name, {}), **embedded}
            document, report = _read(member, url, declared, county, beside, language)
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
) -> Made:
    sha256 = hashlib.sha256(member.body).hexdigest()

    def make(document: Document) -> Report:
        return read_report(document, sha256=sha256, url=url, county=county, language=language)

    document = read_document(member.body, name=member.name, declared=declared)
    made = by_a_second_reader((document, make(document)), member.body, make)
    return with_its_pictures(made, embedded, make)


def _company(page: Member, others: Sequence[Member]) -> dict[str, bytes]:
    """The files beside a page of an archive and below it, by how the page may write their addresses."""
    if kinds.media_type(page.body) != "text/html":
        return {}
    folder = page.name.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    beside = {other.name.removeprefix(start): other.body for other in others if other.name.startswith(start)}
    written = {way: body for name, body in beside.items() for way in (name, f"./{name}", quote(name))}
    return {way: body for way, body in written.items() if way.encode() in page.body}


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
