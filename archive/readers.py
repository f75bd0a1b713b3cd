"""What a child does with a body: reads it, and says what it is as JSON."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from archive.documents.packed import Member, files
from archive.errors import Unreadable
from archive.parse import PARSER, Read, Unread, as_json, parse, read_all
from archive.reading import File, Row, Task, error
from archive.report.model import Report
from archive.report.yearly import with_last

NO_ROW: Mapping[str, Any] = dict.fromkeys((
    "format", "title", "issuer", "township", "report_year", "period_start", "period_end", "published_on",
    "published_from", "active_disclosure_count", "requests_received",
))


def read_row(task: Task, skip: int) -> Iterator[bytes]:
    """In a child: the row of a body."""
    if skip == 0:
        yield json.dumps(_row(task), ensure_ascii=False).encode("utf-8", "replace")


def read_objects(file: File, skip: int) -> Iterator[bytes | str]:
    """In a child: the name and then the object of every document in a file, from number `skip` on."""
    compare = _comparison(file.last)
    for number, member in enumerate(files(file.body, file.name)):
        if number >= skip:
            if member.name != file.name:
                yield member.name
            yield json.dumps(_read(file, member, compare), ensure_ascii=False).encode("utf-8", "replace")


Comparison = Callable[[Report], Report]


def _comparison(last: tuple[str, bytes] | None) -> Comparison:
    """What adds to a report the checks that need last year's."""
    if last is None:
        return lambda report: report
    name, body = last
    try:
        before = parse(body, name=name)
    except Unreadable as error:
        note = f"not compared with last year's report: {name}: {error.reason}"
        return lambda report: replace(report, warnings=(*report.warnings, note))
    return lambda report: with_last(report, before)


def _read(file: File, member: Member, compare: Comparison) -> Row:
    if member.reason is not None:
        return error(member.name, member.reason)
    (one,) = read_all(member.body, name=member.name, url=file.url, embedded=file.embedded, language=file.language)
    if isinstance(one, Unread):
        return error(member.name, one.reason)
    found = replace(one, report=compare(one.report))
    return {**as_json(found.report, member.name), **_proof(found, member, file)}


def _proof(found: Read, member: Member, file: File) -> Row:
    """The proof page, where one is asked for."""
    if file.proof is None:
        return {}
    # loaded here: only few ask for it
    from archive.proof import proof_page

    return {"proof": proof_page(found, member.body, embedded=file.embedded, language=file.proof)}


def _row(task: Task) -> Row:
    try:
        if isinstance(task.body, str):
            raise Unreadable(task.body)
        report = parse(task.body, name=task.name, url=task.url, county=task.county, embedded=task.embedded)
    except Unreadable as error:
        return unreadable(error.reason)
    identity = report.identity
    return {
        "parser": PARSER, "kind": report.kind, "unreadable": None, "format": report.format, "title": identity.title,
        "issuer": identity.issuer, "township": identity.division_code, "report_year": identity.report_year,
        "period_start": identity.period_start, "period_end": identity.period_end,
        "published_on": identity.published_on, "published_from": identity.published_from,
        "active_disclosure_count": _whole(report.facts.get("active_disclosure_count")),
        "requests_received": _whole(report.facts.get("requests_received")),
        "cells_read": sum(value is not None for value in report.cells.values()),
        "report": json.dumps(as_json(report), ensure_ascii=False), "text": report.text,
    }


def unreadable(reason: str) -> Row:
    """The row of a body that cannot be read."""
    return {**NO_ROW, "parser": PARSER, "kind": "unreadable", "unreadable": reason, "cells_read": 0, "report": "{}",
            "text": ""}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
