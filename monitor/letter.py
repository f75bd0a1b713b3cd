"""A digest in words: subject, plain text and HTML, in English or Chinese."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from archive.clock import local_day
from monitor.findings import Finding
from monitor.judge import Flag, Judgement, Status
from monitor.news import Digest, Earlier, Unchecked
from monitor.settings import Language
from monitor.texts import Text, day_words, say, word

MOST_BYTES = 100_000  # mail programs cut longer ones
MOST_ROWS = (60, 30, 15, 7)  # of one table: as many as the size allows, the rest stands in the archive's pages
MOST_LETTERS = 300  # of a portal's or crawl's own words

COUNTED = (Status.ON_TIME, Status.LATE, Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN,
           Status.PENDING)

OPEN = (Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN)

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a digest. `tone` is its colour: news, bad, doubt or plain; `figures` marks tables of numbers."""

    title: str
    columns: Row
    rows: tuple[Row, ...]
    note: str | None = None
    more: str | None = None
    tone: str = "plain"
    figures: bool = False


def render(digest: Digest, language: Language) -> tuple[str, str, str]:
    """The subject, the text and the HTML of a digest."""
    text, html = "", ""
    for rows in MOST_ROWS:
        text, html = _page(_Words(digest, language, rows))
        if len(html.encode()) < MOST_BYTES:
            break
    return _Words(digest, language, 0).subject(), text, html


def _page(words: "_Words") -> tuple[str, str]:
    page: dict[str, Any] = {
        "language": "zh-CN" if words.language == "zh" else "en", "title": words.word("title"), "lead": words.lead(),
        "quiet": words.word("nothing_new") if words.digest.quiet and words.digest.since else None,
        "sections": tuple(words.sections()), "closing": tuple(words.closing()),
    }
    html = _inliner().inline(_templates().get_template("digest.html").render(page))
    return _templates().get_template("digest.txt").render(page), f"{html.strip()}\n"


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("monitor"), undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, keep_trailing_newline=True,
                       autoescape=select_autoescape(("html",)))


@cache
def _inliner() -> css_inline.CSSInliner:
    """Inlines the template's own styles; what needs a media query stays in the head. Loads nothing."""
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


class _Words:
    """One digest's lines in one language, with so many rows in a table at most."""

    def __init__(self, digest: Digest, language: Language, most: int) -> None:
        self.digest = digest
        self.language = language
        self.most = most

    def word(self, key: str) -> str:
        return word(key, self.language)

    def say(self, key: str, at: Any = None, detail: str | None = None, first: Any = None) -> str:
        return say(Text(key, at, detail, first), self.language)

    def fill(self, key: str, **values: object) -> str:
        return self.word(key).format(**values)

    def day(self, day: Any) -> str:
        return day_words(day, self.language)

    def subject(self) -> str:
        digest = self.digest
        counted = (
            ("n_missing", digest.missing), ("n_late", digest.late), ("n_withdrawn", digest.withdrawn),
            ("n_to_confirm", digest.to_confirm), ("n_unknown", [name for one in digest.unchecked
                                                                for name in one.townships]),
            ("n_findings", digest.new_findings),
        )
        parts = [self.fill(key, n=len(items)) for key, items in counted if items]
        if not parts:
            there = sum(one.counts[status] for one in digest.counties
                        for status in (Status.ON_TIME, Status.LATE, Status.UNDATED))
            parts = [self.fill("n_all_well", n=there)]
        summary = ("、" if self.language == "zh" else ", ").join(parts)
        quiet = digest.quiet and digest.since is not None
        return self.fill("subject_quiet" if quiet else "subject_news", year=digest.year, summary=summary)

    def lead(self) -> str:
        since = self.say("since", self.digest.since) if self.digest.since else self.word("first_digest")
        stop, comma = ("。", "；") if self.language == "zh" else (".", "; ")
        return self.say("stand", self.digest.as_of) + comma + since + stop

    def sections(self) -> Iterator[Section]:
        digest = self.digest
        yield from self.overview()
        new = {one.duty.key for one in (*digest.new_missing, *digest.new_withdrawn, *digest.new_published)}
        for title, tone, rows in (
            ("news_missing", "bad", self.duties(digest.new_missing)),
            ("news_withdrawn", "bad", self.duties(digest.new_withdrawn)),
            ("news_published", "news", self.duties(digest.new_published)),
            ("news_findings", "bad", self.findings(digest.new_findings)),
            ("came_right", "news", self.righted()),
            ("now_missing", "plain", self.duties(one for one in digest.missing if one.duty.key not in new)),
            ("now_late", "plain", self.duties(one for one in digest.late if one.duty.key not in new)),
            ("now_withdrawn", "plain", self.duties(one for one in digest.withdrawn if one.duty.key not in new)),
            ("to_confirm", "doubt", self.duties(digest.to_confirm)),
        ):
            yield from self.section(title, ("county", "township", "year", "what"), rows, tone)
        yield from self.section("not_checked", ("county", "township", "what"), self.unchecked(), "doubt",
                                self.word("not_checked_note"))
        before = [status for status in COUNTED if any(one.counts[status] for one in self.unsettled())]
        yield from self.section("earlier_years", ("county", "year", *before), self.earlier(before), "plain",
                                figures=True)
        yield from self.section("next_dates", ("date", "what", "county"), self.next_dates(), "plain")

    def section(self, title: str, columns: Sequence[str], rows: Iterable[Row], tone: str,
                note: str | None = None, *, figures: bool = False) -> Iterator[Section]:
        """A table with a line for each row; none where there are no rows."""
        found = tuple(rows)
        if found:
            more = self.fill("more", n=len(found) - self.most) if len(found) > self.most else None
            yield Section(self.fill(title, year=self.digest.year), tuple(map(self.word, columns)), found[:self.most],
                          note, more, tone, figures)

    def overview(self) -> Iterator[Section]:
        counties = self.digest.counties
        counted = [status for status in COUNTED if any(one.counts[status] for one in counties)]
        doubt = any(one.to_confirm for one in counties)
        rows = tuple((one.name, *(_number(one.counts[status]) for status in counted),
                      *((_number(one.to_confirm),) if doubt else ()), self.crawl(one)) for one in counties)
        columns = ("county", *counted, *(("to_confirm_short",) if doubt else ()), "last_crawl")
        return self.section("overview", columns, rows, "plain", figures=True)

    def crawl(self, county: Any) -> str:
        if county.verdict is None:
            return self.word("never")
        return f"{self.day(county.crawled)} {self.word(county.verdict)}"

    def duties(self, judgements: Iterable[Judgement]) -> Iterator[Row]:
        for one in judgements:
            yield (one.duty.county_name, one.duty.township_name, str(one.duty.report_year),
                   "; ".join(part for part in self.what(one) if part))

    def what(self, one: Judgement) -> Iterator[str]:
        """What is to be said about one duty: how late, by which evidence."""
        if one.status is Status.MISSING:
            yield self.overdue(one, local_day(self.digest.as_of), least=False)
            yield self.say("looked_last", one.checked) if one.checked else ""
        elif one.status is Status.LATE and one.claimed_on and one.claimed_on > one.duty.due:
            yield self.overdue(one, one.claimed_on, least=False)
            yield self.say("published_on", one.claimed_on)
        elif one.status is Status.LATE and one.last_look_without:
            yield self.overdue(one, local_day(one.last_look_without), least=True)
            yield self.say("published_between", one.last_look_without, first=one.first_look_with)
        elif one.published and one.gone_since is None:
            yield self.word(one.status)
            yield self.say("published_on", one.claimed_on) if one.claimed_on else ""
            yield self.say("first_seen_on", one.first_look_with)
        if one.gone_since:
            yield self.say("gone_since", one.gone_since)
            yield self.word("link_dead") if Flag.DEAD_LINK in one.flags else ""

    def overdue(self, one: Judgement, day: Any, *, least: bool) -> str:
        """By how many days, past which date, and what that date rests on."""
        duty = one.duty
        due = duty.due_outer if one.past == "outer" else duty.due
        days = (day - due).days
        basis = "basis_old" if duty.due_local is None else "basis_outer" if one.past == "outer" else (
            "basis_notice" if duty.notice else "basis_local")
        key = ("one_day_late" if days == 1 else "days_late") + ("_least" if least else "")
        return self.fill(key, n=days, at=self.day(due)) + self.word(basis)

    def findings(self, findings: Iterable[Finding]) -> Iterator[Row]:
        for one in findings:
            yield (one.county_name, one.township_name or "", str(one.report_year or ""),
                   shorten(f"{one.code} {say(one.text, self.language)}"))

    def righted(self) -> Iterator[Row]:
        for one in self.digest.righted:
            place = one.place
            yield (place.county_name, place.township_name or "", str(place.report_year or ""),
                   shorten(one.zh if self.language == "zh" else one.en))

    def unchecked(self) -> Iterator[Row]:
        for one in self.digest.unchecked:
            yield one.county_name, self.names(one), self.cause(one)

    def names(self, one: Unchecked) -> str:
        return ("、" if self.language == "zh" else ", ").join(one.townships)

    def cause(self, one: Unchecked) -> str:
        since = self.say("looked_last", one.since) if one.since else self.word("never_complete")
        cause = shorten(say(one.cause, self.language))
        return cause if one.cause.key == "why_never" else f"{cause}; {since}"

    def unsettled(self) -> list[Earlier]:
        """Earlier years in which something is open; the first digest names them all."""
        return [one for one in self.digest.earlier
                if self.digest.since is None or any(one.counts[status] for status in OPEN)]

    def earlier(self, counted: Iterable[Status]) -> Iterator[Row]:
        for one in self.unsettled():
            yield one.county_name, str(one.year), *(_number(one.counts[status]) for status in counted)

    def next_dates(self) -> Iterator[Row]:
        for (on, kind), same in groupby(self.digest.next_dates, lambda one: (one.on, one.kind)):
            names = [one.county_name for one in same]
            shown = self.fill("all_counties", n=len(names)) if len(names) > 5 else (
                "、" if self.language == "zh" else ", ").join(names)
            yield self.day(on), self.word(kind), shown

    def closing(self) -> Iterator[str]:
        if self.digest.open_findings:
            yield self.fill("open_findings", n=len(self.digest.open_findings))
        yield self.say("next_digest", self.digest.next_digest)
        yield self.word("rule_note")
        yield self.word("footer")


def shorten(text: str) -> str:
    """As much of somebody else's words as a mail has room for."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"


def _number(count: int) -> str:
    return str(count) if count else "–"
