"""Reads bodies one after another, in child processes where they are many or where a reader might die of one.

A hostile or broken file can crash a PDF library, hang it or make it eat all memory. That costs one child and one
document, which then says so; the rest goes on.
"""

import json
import logging
import multiprocessing
import resource
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from multiprocessing.context import ForkServerContext
from typing import Any

from archive.documents import kinds
from archive.errors import Unreadable
from archive.parse import PARSER, as_json, parse

log = logging.getLogger(__name__)

WORKERS = 2
BATCH = 64                            # from so many on, child processes are worth their start
SECONDS = 60                          # for one body
MEMORY = 4 << 30                      # bytes of address space for one child
HARMLESS = ("text/",)                 # read by lxml and by ourselves
DIED = f"its reader crashed, took more than {SECONDS} seconds or more than {MEMORY >> 30} GB"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """A body to read and where it came from; `body` is an error's text where the volumes do not give it."""

    sha256: str
    county: str
    url: str
    name: str | None
    body: bytes | str


class Children:
    """Child processes that read; started when first needed, and again after one of them died."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def read(self, batch: list[Task]) -> list[Row]:
        self._pool = self._pool or _pool(WORKERS)
        rows: list[Row] = []
        try:
            rows.extend(self._pool.map(_guarded, batch))
        except BrokenProcessPool:
            # Somebody among these killed a child, and the pool with it: now each gets a child of its own.
            self.close()
            rows = [_alone(task) for task in batch]
        return rows

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def read_all(tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
    """Each task with its row of `documents`, in order."""
    remaining = iter(tasks)
    with closing(Children()) as children:
        while batch := list(islice(remaining, BATCH)):
            apart = batch if len(batch) == BATCH else [task for task in batch if not _harmless(task)]
            rows = dict(zip(map(_key, apart), children.read(apart), strict=True)) if apart else {}
            yield from ((task, rows.get(_key(task)) or read(task)) for task in batch)


def _key(task: Task) -> tuple[str, str]:
    return task.sha256, task.county


def _harmless(task: Task) -> bool:
    return isinstance(task.body, str) or kinds.media_type(task.body).startswith(HARMLESS)


def _alone(task: Task) -> Row:
    try:
        with _pool(1) as pool:
            return pool.submit(_guarded, task).result()
    except BrokenProcessPool:
        return _unreadable(DIED)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    assert isinstance(context, ForkServerContext)
    context.set_forkserver_preload(["archive.reading"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_limit)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _guarded(task: Task) -> Row:
    # SIGALRM keeps its default action, which ends the child also in the middle of a library's own code.
    signal.alarm(SECONDS)
    try:
        return read(task)
    finally:
        signal.alarm(0)


def read(task: Task) -> Row:
    """The row of `documents` for a body, without its key; `unreadable` has the reason where no reader understood it."""
    try:
        if isinstance(task.body, str):
            raise Unreadable(task.body)
        report = parse(task.body, name=task.name, url=task.url, county=task.county)
    except Unreadable as error:
        return _unreadable(error.reason)
    except MemoryError:
        return _unreadable(DIED)
    except Exception as error:  # a body that the parser trips over must not hide the others
        log.exception("%s: the parser failed on body %s", task.url, task.sha256)
        return _unreadable(f"the parser failed on it ({type(error).__name__}: {error})")
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
    nothing: Row = dict.fromkeys((
        "format", "title", "issuer", "township", "report_year", "period_start", "period_end", "published_on",
        "published_from", "active_disclosure_count", "requests_received",
    ))
    return nothing | {
        "parser": PARSER, "kind": "unreadable", "unreadable": reason, "cells_read": 0, "report": "{}", "text": "",
    }


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
