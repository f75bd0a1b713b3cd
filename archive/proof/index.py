"""The page that lists the proof pages of many reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.proof.markup import render
from archive.web.words import Language


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the page's file name, the original's name, and what was read; `error` where nothing was.

    `failed` counts checks that are more than a note.
    """

    page: str
    name: str
    township: str = ""
    year: int | None = None
    numbers: int = 0
    nulls: int = 0
    failed: int = 0
    error: str | None = None


def entry(page: str, one: Mapping[str, Any]) -> Entry:
    """The line of an object that `nianbao parse --json` prints."""
    if "error" in one:
        return Entry(page, one["file"], error=one["error"])
    identity, cells = one["identity"], one["cells"]
    numbers = sum(value is not None for value in cells.values())
    body = identity["township"] or identity["issuer"] or identity["title"] or ""
    failed = [check for check in one["checks"] if check["result"] == "fail" and check["severity"] != "info"]
    return Entry(page, one["file"], body, identity["report_year"], numbers, len(cells) - numbers, len(failed))


def index_page(entries: Sequence[Entry], language: Language = "en") -> str:
    """The list as one HTML file."""
    return render("index.html", language, entries=entries)
