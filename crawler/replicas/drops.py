"""Files from outside as reports that the replicas publish: read to learn whose they are, then left alone."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import Unreadable
from crawler.replicas.places import PLACES
from crawler.replicas.web import Drop


def read_drops(folder: Path) -> tuple[Drop, ...]:
    """Every report of the three counties' townships in a folder; the rest is named on stderr with the reason."""
    return tuple(_drops(sorted(path for path in folder.iterdir() if path.is_file())))


def _drops(paths: list[Path]) -> Iterator[Drop]:
    for path in paths:
        body = path.read_bytes()
        whose = _whose(path, body)
        if isinstance(whose, str):
            _pass_over(path, whose)
            continue
        code, year = whose
        yield Drop(code, year, path.name, body, datetime(year + 1, 1, 20, 0, 30, tzinfo=UTC))


def _whose(path: Path, body: bytes) -> tuple[str, int] | str:
    """Township code and report year of a file, or why it is not published."""
    from archive.parse import parse  # the readers are slow to load and only needed here

    try:
        report = parse(body, name=path.name)
    except Unreadable as error:
        return error.reason
    identity = report.identity
    if report.kind != "township_report":
        return f"reads as {report.kind}, not as a township's report"
    if identity.division_code not in PLACES:
        return f"its township is {identity.township or 'not named'}, not one of the three counties'"
    if identity.report_year is None:
        return "it names no report year"
    return identity.division_code, identity.report_year


def _pass_over(path: Path, reason: str) -> None:
    print(f"{path}: not published: {reason}", file=sys.stderr)
