"""From what was seen and what was read: which report stands at an address, whose it is, and how it changed. Pure.

The title of the page decides whose report it is; its files come second and the listing last. Figures come from the page
where it shows tables, else from the file that shows most; a file that names another body or year gives none.

A new version is a claim against a publisher, so only like is compared with like: the prose, title and cells of the same
address. Counters, clocks, side bars and the day's weather change all the time and are no part of a report.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.history import Body, Seen

POLICY = "3"                          # another number makes every publication again
REPORT = "township_report"
OTHERS = frozenset({"county_report", "department_report"})
FURNITURE = re.compile(
    r"(?:浏览|点击|阅读|访问|查看|下载)[^\d\n]{0,8}\d+|\d{1,2}:\d{2}(?::\d{2})?|(?:今天|现在|当前时间)[^\n]{0,30}"
    r"|(?:上|下)一(?:篇|条|页)[^\n]*|字[体号][^\n]{0,20}"
)
LONG = 40                             # characters from which on a line without a full stop is prose too


@dataclass(frozen=True, slots=True)
class Reading:
    """A body as it was read: the columns of `documents` that matter here.

    `township` is a code of this county; `foreign` says that the body names a township that is none of this county's,
    `anonymous` that it is a report and does not say whose.
    """

    sha256: str
    kind: str
    title: str | None
    township: str | None
    report_year: int | None
    published_on: str | None
    published_from: str | None
    cells_read: int
    text: str
    report: Mapping[str, Any]
    foreign: bool = False
    anonymous: bool = False

    @property
    def cells(self) -> Mapping[str, int | float | None]:
        cells: Mapping[str, int | float | None] = self.report.get("cells", {})
        return cells

    @property
    def prose(self) -> tuple[str, ...]:
        """The sentences of the report, without spacing and without what stands round it on the page."""
        return prose(self.text)


def prose(text: str) -> tuple[str, ...]:
    """The lines of a text that belong to a report, without spacing and without what stands round it on the page."""
    lines = ("".join(FURNITURE.sub("", line).split()) for line in text.splitlines())
    return tuple(line for line in lines if "。" in line or "；" in line or len(line) >= LONG)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one state of a page with its files amounts to."""

    page: Reading
    body: Reading
    shown: Body                       # the body as a capture showed it
    url: str                          # where it stands: the page's address or a file's
    township: str
    report_year: int
    title: str | None                 # of what says whose it is, else of the page
    warnings: tuple[str, ...] = ()
    column: str | None = None         # the township in whose own column it stands


@dataclass(frozen=True, slots=True)
class Version:
    """One content that an address had, from `seen` on."""

    number: int
    seen: str
    body: Body
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """One report on one portal, page and files together, over all that was seen of it."""

    url: str
    title: str | None
    choice: Choice
    claimed_on: str | None
    claimed_from: str | None
    first_seen: str
    last_seen: str
    versions: tuple[Version, ...]


Readings = Mapping[str, Reading]


def publication(seen: Sequence[Seen], readings: Readings, owing: frozenset[str]) -> Publication | None:
    """The report at one address, or None where no owing township's report stands there."""
    states = [(one, choice) for one in seen if one.present and (choice := choose(one, readings, owing))]
    if not states:
        return None
    last, choice = states[-1]
    # An address that is used again every January was another year's report before.
    own = [(one, state) for one, state in states if _same_duty(state, choice)]
    claim = _claim(own)
    return Publication(
        url=last.url, title=choice.title or last.title, choice=choice,
        claimed_on=claim[0] if claim else None, claimed_from=claim[1] if claim else None,
        first_seen=own[0][0].at, last_seen=last.at, versions=tuple(_versions(states)),
    )


def choose(seen: Seen, readings: Readings, owing: frozenset[str]) -> Choice | None:
    """Whose report a page with its files is, and which of them shows the figures."""
    page = readings.get(seen.page.sha256) if seen.page else None
    if seen.page is None or page is None or page.kind in OTHERS:
        return None
    read = [(file.url, file.body, readings[file.body.sha256])
            for file in seen.files if file.body and file.body.sha256 in readings]
    # What does not say whose it is belongs to the township in whose own listing it stands.
    reports = [one for one in (page, *(reading for _, _, reading in read))
               if one.kind == REPORT or (one.anonymous and seen.township)]
    whose = next((reading for reading in reports if reading.township or reading.foreign), None)
    township = whose.township if whose else seen.township
    year = next((reading.report_year for reading in reports if reading.report_year), seen.report_year)
    if not reports or township is None or township not in owing or year is None:
        return None
    odd = {reading.sha256: said for _, _, reading in read if (said := _contradicts(reading, township, year))}
    files = [one for one in read if one[2].sha256 not in odd]
    url, shown, body = _figures((seen.url, seen.page, page), files, page in reports)
    title = whose.title if whose else page.title
    return Choice(page, body, shown, url, township, year, title, tuple(odd.values()), seen.township)


def _contradicts(file: Reading, township: str, year: int) -> str | None:
    """Why a file's figures are not those of this township and year."""
    if file.kind in OTHERS or file.foreign:
        return f"attachment {file.sha256[:12]} is another body's report; its figures are not taken"
    for what, named, meant in (("township", file.township, township), ("report year", file.report_year, year)):
        if named is not None and named != meant:
            return f"attachment {file.sha256[:12]} names {what} {named}, the page {meant}; its figures are not taken"
    return None


Placed = tuple[str, Body, Reading]


def _figures(page: Placed, files: Sequence[Placed], page_reports: bool) -> Placed:
    if page_reports and page[2].cells_read:
        return page
    best = max(files, key=lambda file: (file[2].cells_read, file[2].kind == REPORT), default=page)
    return best if best[2].cells_read or not page_reports else page


def _same_duty(one: Choice, other: Choice) -> bool:
    return (one.township, one.report_year) == (other.township, other.report_year)


def _claim(states: Sequence[tuple[Seen, Choice]]) -> tuple[str, str] | None:
    """The date that the page gives: by the place it stands in, then the earliest that was seen there.

    A page that is dated anew when its text is corrected was not published late by that; a URL's date says nothing.
    """
    ranked = [
        (rank, number, on, source)
        for number, (seen, choice) in enumerate(states)
        for rank, on, source in _claims(seen, choice)
    ]
    _, _, on, source = min(ranked, default=(0, 0, None, None))
    return (on, source) if on and source else None


def _claims(seen: Seen, choice: Choice) -> Iterator[tuple[int, str, str]]:
    if choice.page.published_on:
        yield 0, choice.page.published_on, choice.page.published_from or "page"
    for rank, claim in enumerate(seen.claims, start=1):
        if not claim.source.startswith("url"):
            yield (1000 if claim.source.startswith("listing") else rank), claim.on, claim.source


def _versions(states: Sequence[tuple[Seen, Choice]]) -> Iterator[Version]:
    found: list[tuple[Version, Choice]] = []
    for seen, choice in states:
        changed = tuple(_changes(found[-1][1], choice)) if found else ()
        if not found or changed:
            found.append((Version(len(found) + 1, seen.at, choice.shown, changed), choice))
        elif found[-1][1].url != choice.url:
            # The file with the figures could not be fetched before, or cannot be any more.
            found[-1] = (dataclasses.replace(found[-1][0], body=choice.shown), choice)
    yield from (version for version, _ in found)


def _changes(before: Choice, after: Choice) -> Iterator[str]:
    """Cells as `key: old → new`, `title` and `text` where these differ."""
    if (before.url, before.page, before.body) == (after.url, after.page, after.body):
        return
    old, new = before.body, after.body
    same_place = before.url == after.url
    if same_place or (old.cells_read and new.cells_read):
        for key in dict.fromkeys((*old.cells, *new.cells)):
            if old.cells.get(key) != new.cells.get(key):
                yield f"{key}: {_shown(old.cells.get(key))} → {_shown(new.cells.get(key))}"
    if before.page.title != after.page.title:
        yield "title"
    if same_place and old.prose != new.prose:
        yield "text"


def _shown(value: int | float | None) -> str:
    return "null" if value is None else str(value)


def reading(row: Mapping[str, Any], mentioned: Callable[[str], str | None], owing: frozenset[str]) -> Reading:
    """A row of `documents` as it is needed here. `mentioned` gives the township of the county that a title names.

    The report of a farm or zone is a township's where the county's entry says that it owes one.
    """
    report = json.loads(row["report"])
    identity = report.get("identity", {})
    values = {field.name: row[field.name] for field in dataclasses.fields(Reading) if field.name in row}
    values["report"] = report
    if row["kind"] == "other_report" and row["township"] in owing:
        values["kind"] = REPORT
    if row["township"] is None and row["kind"] == REPORT and row["title"]:
        values["township"] = mentioned(row["title"])
    named = identity.get("division_code") or identity.get("township")
    anonymous = row["kind"] == "other_report" and not named and not identity.get("issuer")
    return Reading(**values, foreign=bool(named) and values["township"] is None, anonymous=anonymous)
