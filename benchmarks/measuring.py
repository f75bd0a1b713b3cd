"""Reads the files of a folder in a process of its own and prints cells, milliseconds and peak memory as JSON.

The time is computing time of all threads and of programs called: other work on the machine hardly changes it.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

REPEATS = 3
# seconds a document, and whole documents differ more than two readings of one
ONCE = ("scan", "picture")


def main(whose: str, form: str, folder: str) -> None:
    """`whose` is ours, bare, or second: the reader that a PDF meets only where its printed sums fail."""
    read = {"ours": _ours, "second": _second}[whose]() if whose != "bare" else _bare(form)
    paths = sorted(Path(folder).iterdir())
    first = [_once(read, path) for path in paths]  # also loads what is loaded once
    cells = {path.name: found for path, (found, _) in zip(paths, first, strict=True)}
    repeats = 1 if sum(path.stat().st_size for path in paths) > 20_000_000 else REPEATS
    timed = first if form in ONCE else [_once(read, path) for path in paths for _ in range(repeats)]
    milliseconds = [spent for _, spent in timed]
    print(json.dumps({"cells": cells, "milliseconds": milliseconds, "megabytes": _peak()}))


def _ours() -> Any:
    from archive.errors import Unreadable
    from archive.parse import parse

    def read(body: bytes, name: str) -> dict[str, int | float | None] | None:
        try:
            return parse(body, name=name).cells
        except Unreadable as error:
            print(f"{name}: {error.reason}", file=sys.stderr)
            return None

    return read


def _second() -> Any:
    from archive.documents.second import second_read_pdf

    def read(body: bytes, _name: str) -> None:
        second_read_pdf(body)

    return read


def _bare(form: str) -> Any:
    from benchmarks.bare import bare

    call = bare(form)[1]

    def read(body: bytes, _name: str) -> None:
        call(body)

    return read


def _once(read: Any, path: Path) -> tuple[Any, float]:
    body = path.read_bytes()
    start = _spent()
    found = read(body, path.name)
    return found, (_spent() - start) * 1000


def _spent() -> float:
    """Seconds of computing, those of programs that were called and have ended among them."""
    called = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + called.ru_utime + called.ru_stime


def _peak() -> float:
    """Megabytes at most resident. getrusage would also count the parent's, which a child has until it executes."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
