"""What the season should come to: the expected statuses and findings, independent of everything that judges."""

import functools
import tomllib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.replicas.places import COUNTIES

_STATUSES = ("on_time", "late", "missing", "undated", "withdrawn")


def days() -> tuple[datetime, ...]:
    """The instants of the crawls, in order, as UTC."""
    return tuple(day["at"].astimezone(UTC) for day in _table()["day"])


def expected(day: datetime, *, dropped: Collection[tuple[str, int]] = ()) -> dict[str, dict[str, Any]]:
    """After the crawl of `day`, what `nianbao status --json` should say of report year 2025, by division code.

    Each value has `status`, and `past`, `confirmed` and `flags` where the season fixes them. `dropped` are (code, year)
    of reports handed in from outside: published on 20 January, before the first crawl. Raises KeyError for another day.
    """
    entry = next((entry for entry in _table()["day"] if entry["at"].astimezone(UTC) == day), None)
    if entry is None:
        raise KeyError(day)
    found = {
        place.code: dict(entry[county.code]["default"]) for county in COUNTIES.values() for place in county.places
    }
    for status in _STATUSES:
        group = entry.get(status, {})
        rest = {key: value for key, value in group.items() if key not in COUNTIES}
        for county in COUNTIES:
            found |= {county + number: {"status": status} | rest for number in group.get(county, ())}
    for code, flags in entry.get("flags", {}).items():
        found[code] = found[code] | {"flags": list(flags)}
    return found | {code: {"status": "on_time"} for code, year in dropped if year == report_year()}


def report_year() -> int:
    """The report year of the season."""
    year: int = _table()["report_year"]
    return year


def earlier() -> dict[str, Any]:
    """What holds on every day for every township and each report year before."""
    return dict(_table()["earlier"])


def open_findings(*, dropped: Collection[tuple[str, int]] = ()) -> dict[tuple[str, int], set[str]]:
    """The codes of the findings that are open after the last crawl, by division code and report year."""
    listed = _table()["findings"]["open"]
    return {(code, year): set(codes) for code, year, codes in listed if (code, year) not in dropped}


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("season.toml").read_text(encoding="utf-8"))
