"""From what was seen and what was read: which report stands at an address, whose it is, and how it changed. Pure.

The title of the page decides whose report it is; its files come second and the listing last. Figures come from the page
where it shows tables, else from the file that shows most; a file that names another body or year gives none.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.history import Body, Seen

POLICY = "1"                          # another number makes every publication again
REPORT = "township_report"
OTHERS = frozenset({"county_report", "department_report"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A body as it was read: the columns of `documents` that matter here. `township` is a code of this county."""

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

    @property
    def cells(self) -> Mapping[str, int | float | None]:
        cells: Mapping[str, int | float | None] = self.report.get("cells", {})
        return cells

    @property
    def content(self) -> tuple[str, tuple[tuple[str, int | float | None], ...]]:
        """What must differ for a new version: the text without its spacing, and the cells."""
        return "".join(self.text.split()), tuple(sorted(self.cells.items()))


@dataclass(frozen=True, slots=True)
class Choice:
    """What one state of a page with its files amounts to."""

    page: Reading
    body: Reading
    township: str
    report_year: int
    warnings: tuple[str, ...] = ()


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
    claimed = _claim([(one, state) for one, state in states if _same_duty(state, choice)])
    present = [one.at for one in seen if one.present]
    return Publication(
        url=last.url, title=choice.page.title or last.title, choice=choice,
        claimed_on=claimed[0] if claimed else None, claimed_from=claimed[1] if claimed else None,
        first_seen=min(present), last_seen=max(present), versions=tuple(_versions(states)),
    )


def choose(seen: Seen, readings: Readings, owing: frozenset[str]) -> Choice | None:
    """Whose report a page with its files is, and which of them shows the figures."""
    page = readings.get(seen.page.sha256) if seen.page else None
    files = [readings[file.body.sha256] for file in seen.files if file.body and file.body.sha256 in readings]
    reports = [file for file in files if file.kind == REPORT]
    if page is None or (page.kind != REPORT and (page.kind in OTHERS or not reports)):
        return None
    named = [page, *reports] if page.kind == REPORT else reports
    township = _first(reading.township for reading in named) or seen.township
    year = _first(reading.report_year for reading in named) or seen.report_year
    if township not in owing or township is None or year is None:
        return None
    odd = {file.sha256: warning for file in files if (warning := _contradicts(file, township, year))}
    body = _figures(page, [file for file in files if file.sha256 not in odd])
    return Choice(page, body, township, year, tuple(odd.values()))


def _first(values: Iterator[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _contradicts(file: Reading, township: str, year: int) -> str | None:
    """Why a file's figures are not those of this township and year."""
    if file.kind in OTHERS:
        return f"attachment {file.sha256[:12]} is a {file.kind}; its figures are not taken"
    for what, named, meant in (("township", file.township, township), ("report year", file.report_year, year)):
        if named is not None and named != meant:
            return f"attachment {file.sha256[:12]} names {what} {named}, the page {meant}; its figures are not taken"
    return None


def _figures(page: Reading, files: Sequence[Reading]) -> Reading:
    if page.kind == REPORT and page.cells_read:
        return page
    best = max(files, key=lambda file: (file.cells_read, file.kind == REPORT), default=page)
    return best if best.cells_read or page.kind != REPORT else page


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
    before: Choice | None = None
    number = 0
    for seen, choice in states:
        body = _body(seen, choice.body.sha256)
        if body is None or (before is not None and before.body.content == choice.body.content):
            continue
        number += 1
        yield Version(number, seen.at, body, tuple(_changes(before, choice)) if before else ())
        before = choice


def _body(seen: Seen, sha256: str) -> Body | None:
    bodies = (seen.page, *(file.body for file in seen.files))
    return next((body for body in bodies if body and body.sha256 == sha256), None)


def _changes(before: Choice, after: Choice) -> Iterator[str]:
    """Cells as `key: old → new`, and `text` where the running text differs."""
    old, new = before.body.cells, after.body.cells
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield f"{key}: {_shown(old.get(key))} → {_shown(new.get(key))}"
    if before.body.content[0] != after.body.content[0]:
        yield "text"


def _shown(value: int | float | None) -> str:
    return "null" if value is None else str(value)


def reading(row: Mapping[str, Any]) -> Reading:
    """A row of `documents` as it is needed here."""
    names = [field.name for field in dataclasses.fields(Reading) if field.name != "report"]
    return Reading(**{name: row[name] for name in names}, report=json.loads(row["report"]))
