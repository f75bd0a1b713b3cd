"""Reads bodies in child processes: for the ledger, a row of `documents` each; for people, an object for each document.

A hostile or broken file can crash a library, hang it or make it eat all memory. That costs one document, which then
says so; the rest goes on.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archive.children import Answer, Children, Failed
from archive.web.words import Language

LARGEST = 64 << 20                    # bytes of one body
ROW, OBJECTS = "archive.readers:read_row", "archive.readers:read_objects"

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

    `last` is the name and body of last year's report to compare with, `language` asks for the rules on language too,
    `proof` for a proof page in that language beside each object.
    """

    name: str
    body: bytes = field(repr=False)
    url: str | None = None
    embedded: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    last: tuple[str, bytes] | None = field(default=None, repr=False)
    language: bool = False
    proof: Language | None = None


def rows(tasks: Iterable[Task], *, jobs: int | None = None) -> Iterator[tuple[Task, Row]]:
    """Each task, without what it holds, with its row of `documents` without the key; in order."""
    from archive.readers import unreadable  # all readers: a second that nobody waits for who only asks children

    with Children[Task](ROW, jobs=jobs) as children:
        for task, answers in children.do((replace(task, body=b"", embedded={}), task) for task in tasks):
            (answer,) = answers
            yield task, (unreadable(answer.reason) if isinstance(answer, Failed) else json.loads(answer))


def objects(wanted: Iterable[tuple[str, File | Failed]], *, jobs: int | None = None) -> Iterator[tuple[str, list[Row]]]:
    """Under the name of each file what `nianbao parse --json` prints of it, one object for each document inside.

    Where a document cannot be read, its object is `{"file": …, "error": …}`. A proof page that was asked for stands in
    `proof`.
    """
    with Children[str](OBJECTS, jobs=jobs) as children:
        for name, answers in children.do(wanted):
            yield name, [_object(name, answer) for answer in answers]


def _object(name: str, answer: Answer) -> Row:
    if isinstance(answer, Failed):
        return error(answer.name or name, answer.reason)
    found: Row = json.loads(answer)
    return found


def error(name: str, reason: str) -> Row:
    """The object of a document that cannot be read."""
    return {"file": name, "error": f"unreadable: {reason}"}
