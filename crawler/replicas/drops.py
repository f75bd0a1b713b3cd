"""Files from outside as reports that the replicas publish: read to learn whose they are, then left alone."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.reading import File, Row, objects
from crawler.replicas.places import PLACES
from crawler.replicas.web import Drop


def read_drops(folder: Path) -> tuple[Drop, ...]:
    """Every report of the three counties' townships in a folder; the rest is named on stderr with the reason."""
    return tuple(_drops(sorted(path for path in folder.iterdir() if path.is_file())))


def _drops(paths: list[Path]) -> Iterator[Drop]:
    bodies = {path.name: path.read_bytes() for path in paths}
    read = objects((name, File(name, body)) for name, body in bodies.items())
    for path, (name, told) in zip(paths, read, strict=True):
        whose = [_whose(one) for one in told]
        known = [one for one in whose if not isinstance(one, str)]
        if not known:
            _pass_over(path, str(whose[0]))
            continue
        code, year = known[0]
        yield Drop(code, year, name, bodies[name], datetime(year + 1, 1, 20, 0, 30, tzinfo=UTC))


def _whose(told: Row) -> tuple[str, int] | str:
    """Township code and report year of what `nianbao parse --json` says of a document, or why it is not published."""
    if "error" in told:
        return str(told["error"])
    identity = told["identity"]
    if told["kind"] != "township_report":
        return f"reads as {told['kind']}, not as a township's report"
    if identity["division_code"] not in PLACES:
        return f"its township is {identity['township'] or 'not named'}, not one of the three counties'"
    if identity["report_year"] is None:
        return "it names no report year"
    return str(identity["division_code"]), int(identity["report_year"])


def _pass_over(path: Path, reason: str) -> None:
    print(f"{path}: not published: {reason}", file=sys.stderr)
