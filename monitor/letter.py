"""A digest as a letter: subject, plain text, HTML with its charts, in English or Chinese."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from archive.clock import iso
from monitor import plain
from monitor.figures import curve, lowest_first, share_on_time
from monitor.judge import Status
from monitor.news import County, Digest
from monitor.opening import Call, Opening
from monitor.sections import COUNTED, Section, Sections
from monitor.settings import Language
from monitor.wording import percent

MOST_BYTES = 100_000  # mail programs cut longer ones
MOST_ROWS = (60, 30, 15, 7, 3)  # of one table: as many as the size allows, and where the rest stands
MOST_BARS = 40  # of the chart of counties
MOST_CHAT_BYTES = 1900  # the narrowest of the chats takes 2048
SHOWN_WIDTH = 568  # pixels in the mail
TO_CONFIRM = "#f0b8b2"
COLOURS = {Status.ON_TIME: "#1a7f37", Status.LATE: "#d9a006", Status.MISSING: "#b42318", Status.WITHDRAWN: "#6f2da8",
           Status.UNDATED: "#7ba7d9", Status.UNKNOWN: "#9aa4ae", Status.PENDING: "#e1e6eb"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a letter, which its HTML names as `cid:<cid>`; `height` is that in the mail, in pixels."""

    name: str
    cid: str
    alt: str
    png: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest in words, for one audience."""

    subject: str
    text: str
    html: str
    charts: tuple[Chart, ...] = ()

    def standalone(self) -> str:
        """The HTML for a browser: its charts stand within it."""
        page = self.html
        for chart in self.charts:
            page = page.replace(f"cid:{chart.cid}", f"data:image/png;base64,{base64.b64encode(chart.png).decode()}")
        return page


def render(digest: Digest, language: Language, *, sheet: bool = True) -> Letter:
    """The letter of a digest, small enough for every mail program; `sheet` says whether a table is attached."""
    opening, page = Opening(digest, language, sheet=sheet), ("", "")
    line, charts = tuple(_over_time(opening)), tuple[Chart, ...]()
    for rows in MOST_ROWS:
        charts = (*line, *_shares(opening, min(rows, MOST_BARS)))  # the bars of the counties in the table below them
        page = _page(opening, Sections(digest, language, rows, sheet=sheet), charts)
        if len(page[1].encode()) < MOST_BYTES:
            break
    return Letter(opening.subject(), *page, charts)


def short(digest: Digest, language: Language) -> str:
    """The digest for a chat: how things stand in numbers, and whom to call today."""
    words = Opening(digest, language, sheet=False)
    numbers = ("，" if language == "zh" else ", ").join(f"{one.label} {one.number}" for one in words.totals())
    calls = tuple(words.spoken())
    lines = [f"nianbao {words.titled('about')}", words.lead(), numbers,
             *((words.call_title(), *calls) if calls else words.after_calls()),
             words.say("next_digest", digest.next_digest)]
    while len("\n".join(lines).encode()) > MOST_CHAT_BYTES and len(lines) > 5:
        del lines[-2]
        lines[-2] = words.word("short_more")
    return "\n".join(lines)


def _page(words: Opening, tables: Sections, charts: tuple[Chart, ...]) -> tuple[str, str]:
    page: dict[str, Any] = {
        "language": "zh-CN" if words.language == "zh" else "en", "title": words.titled("title"), "lead": words.lead(),
        "preheader": words.preheader(), "quiet": words.quiet(), "totals": tuple(words.totals()),
        "call": words.call_title(), "calls": tuple(words.calls()), "mood": words.mood(),
        "after": tuple(words.after_calls()),
        "charts": {one.name: one for one in charts}, "sections": tuple(tables.sections()),
        "closing": tuple(tables.closing()),
    }
    html = _inliner().inline(_template().render(page))
    return "\n".join(_plain(page, words.semicolon)).strip("\n") + "\n", f"{html.strip()}\n"


def _plain(page: Mapping[str, Any], semicolon: str) -> Iterator[str]:
    """The same in plain text, in columns."""
    yield from (*plain.fold(page["title"]), *plain.fold(page["lead"]), "")
    yield from plain.fold(" | ".join(f"{one.label}: {one.number}" for one in page["totals"]))
    if page["quiet"]:
        yield from ("", *plain.fold(page["quiet"]))
    yield from ("", f"** {page['call']} **")
    yield from plain.table([_call(call) for call in page["calls"]])
    for line in page["after"]:
        yield from plain.fold(line)
    for section in page["sections"]:
        yield from _section(section, semicolon)
    yield ""
    for line in page["closing"]:
        yield from plain.fold(line)


def _section(section: Section, semicolon: str) -> Iterator[str]:
    yield from ("", f"== {section.title} ==")
    for note in section.notes:
        yield from plain.fold(note)
    if section.figures:
        heads = [section.columns, *(tuple(cell.split("\n")[0] for cell in row) for row in section.rows)]
        for line, row in zip(plain.table(heads, figures=True), ("", *(row[0] for row in section.rows)), strict=True):
            yield line
            yield from plain.indented(", ".join(row.split("\n")[1:]), "    ", "    ") if "\n" in row else ()
    else:
        yield from plain.table([[cell.replace("\n", semicolon) for cell in row] for row in section.rows])
    if section.more:
        yield from plain.indented(section.more, "... ", "    ")


def _call(call: Call) -> tuple[str, ...]:
    if not call.what:
        return call.county, call.names
    number = f"{call.phone.number} ({call.phone.year})" if call.phone else ""
    return call.county if call.begins else "", call.names, call.what, number


@cache
def _template() -> Template:
    found = Environment(loader=PackageLoader("monitor"), undefined=StrictUndefined, trim_blocks=True,
                        lstrip_blocks=True, keep_trailing_newline=True, autoescape=select_autoescape(("html",)))
    found.filters["digits"] = lambda number: re.sub(r"\D", "", number.partition("(")[0])
    return found.get_template("digest.html")


@cache
def _inliner() -> css_inline.CSSInliner:
    """Inlines the template's own styles; what needs a media query stays in the head. Loads nothing."""
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)


def _over_time(words: Opening) -> Iterator[Chart]:
    """Reports published by day against last year; none where no Chinese font is installed."""
    from monitor import charts

    found = curve(words.digest)
    if found is None or not charts.has_font():
        return
    days = [f"{day.month}-{day.day}" for day in found.days]
    drawn = charts.over_time(found, days, str(words.digest.year), str(words.digest.year - 1))
    counts = [count for count in found.now if count is not None]
    alt = words.fill("over_time_alt", year=words.digest.year, n=counts[-1], of=found.of)
    yield _chart("over_time", words.digest, alt, drawn)


def _shares(words: Opening, most: int) -> Iterator[Chart]:
    """A bar for each of so many counties, the lowest share on time first; none for a single one."""
    from monitor import charts

    counties = lowest_first(words.digest.counties)[:most]
    if len(counties) < 2 or not charts.has_font():
        return
    used = [status for status in COUNTED if any(one.counts[status] for one in counties)]
    legend = [(words.word(status), COLOURS[status]) for status in used]
    if any(one.to_confirm for one in counties):
        legend.append((words.word("to_confirm_short"), TO_CONFIRM))
    drawn = charts.shares([_bar(one) for one in counties], legend)
    yield _chart("shares", words.digest, words.word("shares_alt"), drawn)


def _bar(county: County) -> Any:
    from monitor.charts import Bar

    parts = tuple((county.counts[status], COLOURS[status]) for status in COUNTED)
    return Bar(county.name, percent(share_on_time(county)), (*parts, (county.to_confirm, TO_CONFIRM)))


def _chart(name: str, digest: Digest, alt: str, png: bytes) -> Chart:
    from monitor.charts import size

    width, height = size(png)
    cid = f"{name}.{iso(digest.as_of).replace(':', '')}@nianbao"
    return Chart(name, cid, alt, png, SHOWN_WIDTH, height * SHOWN_WIDTH // width)
