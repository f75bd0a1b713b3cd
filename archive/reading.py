"""Reads bodies in child processes: for the ledger, a row of `documents` each; for people, an object for each document.

A hostile or broken file can crash a library, hang it or make it eat all memory. That costs one document, which then
says so; the rest goes on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archive.children import Answer, Children, Failed
from archive.documents.packed import Member, files
from archive.errors import Unreadable
from archive.parse import PARSER, Unread, as_json, parse, read_all
from archive.report.model import Report
from archive.report.yearly import with_last

LARGEST = 64 << 20                    # bytes of one body
ROW, OBJECTS = "archive.reading:read_row", "archive.reading:read_objects"
NO_ROW: Mapping[str, Any] = dict.fromkeys((
    "format", "title", "issuer", "township", "report_year", "period_start", "period_end", "published_on",
    "published_from", "active_disclosure_count", "requests_received",
))

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A body of the archive and where it came from; `body` is an error's text where the volumes do not give it.

    `embedded` holds the pictures and framed files of a page by their address as written, `rests_on` names them all.
    """

    sha256: str
    county: str
    url: str
    name: str | None
    body: bytes | str = field(repr=False)
    embedded: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    rests_on: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to read stand-alone; `name` is how it is told to people.

    `last` is the name and body of last year's report to compare with, `language` asks for the rules on language too.
    """

    name: str
    body: bytes = field(repr=False)
    url: str | None = None
    embedded: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    last: tuple[str, bytes] | None = field(default=None, repr=False)
    language: bool = False


def rows(tasks: Iterable[Task], *, jobs: int | None = None) -> Iterator[tuple[Task, Row]]:
    """Each task, without what it holds, with its row of `documents` without the key; in order."""
    with Children[Task](ROW, jobs=jobs) as children:
        for task, answers in children.do((replace(task, body=b"", embedded={}), task) for task in tasks):
            (answer,) = answers
            yield task, (_unreadable(answer.reason) if isinstance(answer, Failed) else json.loads(answer))


def objects(wanted: Iterable[tuple[str, File | Failed]], *, jobs: int | None = None) -> Iterator[tuple[str, list[Row]]]:
    """Under the name of each file what `nianbao parse --json` prints of it, one object for each document inside.

    Where a document cannot be read, its object is `{"file": …, "error": …}`.
    """
    with Children[str](OBJECTS, jobs=jobs) as children:
        for name, answers in children.do(wanted):
            yield name, [_object(name, answer) for answer in answers]


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
        return _error(member.name, member.reason)
    (one,) = read_all(member.body, name=member.name, url=file.url, embedded=file.embedded, language=file.language)
    if isinstance(one, Unread):
        return _error(member.name, one.reason)
    return as_json(compare(one.report), member.name)


def _object(name: str, answer: Answer) -> Row:
    if isinstance(answer, Failed):
        return _error(answer.name or name, answer.reason)
    found: Row = json.loads(answer)
    return found


def _error(name: str, reason: str) -> Row:
    return {"file": name, "error": f"unreadable: {reason}"}


def _row(task: Task) -> Row:
    try:
        if isinstance(task.body, str):
            raise Unreadable(task.body)
        report = parse(task.body, name=task.name, url=task.url, county=task.county, embedded=task.embedded)
    except Unreadable as error:
        return _unreadable(error.reason)
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


def _unreadable(reason: str) -> Row:
    return {**NO_ROW, "parser": PARSER, "kind": "unreadable", "unreadable": reason, "cells_read": 0, "report": "{}",
            "text": ""}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
