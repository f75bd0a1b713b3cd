"""What a digest says of one thing, in a line, in English or Chinese."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from archive.clock import local_day
from monitor.findings import Finding
from monitor.judge import Flag, Judgement, Status
from monitor.news import County, Digest, Righted, Unchecked, overdue_since
from monitor.settings import Language
from monitor.texts import EN_MONTHS, Text, day_words, say, word

MOST_LETTERS = 300  # of a portal's or crawl's own words
MOST_NAMES = 12     # of townships in one line
NO_LOOK = ("why_incomplete", "why_cut")  # causes that a crawl's verdict puts in a word

Row = tuple[str, ...]


class Words:
    """One digest's words in one language."""

    def __init__(self, digest: Digest, language: Language) -> None:
        self.digest = digest
        self.language = language

    def word(self, key: str) -> str:
        return word(key, self.language)

    def say(self, key: str, at: Any = None, detail: str | None = None, first: Any = None) -> str:
        return say(Text(key, at, detail, first), self.language)

    def fill(self, key: str, **values: object) -> str:
        return self.word(key).format(**values)

    def day(self, day: Any) -> str:
        return day_words(day, self.language)

    @property
    def comma(self) -> str:
        return "、" if self.language == "zh" else ", "

    @property
    def semicolon(self) -> str:
        return "；" if self.language == "zh" else "; "

    def titled(self, key: str) -> str:
        """A title with the report year, and the county where the digest is about one only."""
        digest = self.digest
        one = digest.counties[0].name if len(digest.counties) == 1 else None
        return self.fill(f"{key}_county" if one else key, year=digest.year, county=one)

    def month_day(self, day: date) -> str:
        return f"{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {EN_MONTHS[day.month - 1][:3]}"

    def recent(self, at: datetime | None) -> str:
        """A day of this year without its year: lines are short on a phone."""
        here = local_day(at) if at else None
        return self.month_day(here) if here and here.year == local_day(self.digest.as_of).year else self.day(at)

    def short_day(self, day: date) -> str:
        """`31 January`; with its year where that is not this one."""
        year = local_day(self.digest.as_of).year
        return self.day(day).removesuffix(f" {year}").removeprefix(f"{year}年")

    def duty(self, one: Judgement) -> Row:
        return (one.duty.county_name, one.duty.township_name, str(one.duty.report_year), self.said(one))

    def said(self, one: Judgement) -> str:
        """What is to be said about one duty; its evidence from the second line on."""
        return "\n".join(part for part in self.what(one) if part)

    def briefly(self, one: Judgement) -> str:
        """What to say on the telephone: how many days, or since when it is gone."""
        if one.status is Status.MISSING:
            due = overdue_since(one)
            days = (local_day(self.digest.as_of) - due).days
            return self.fill("one_day_late" if days == 1 else "days_late", n=days, at=self.short_day(due))
        return self.say("gone_since", one.gone_since)

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
        due = overdue_since(one)
        days = (day - due).days
        basis = "basis_old" if duty.due_local is None else "basis_outer" if one.past == "outer" else (
            "basis_notice" if duty.notice else "basis_local")
        key = ("one_day_late" if days == 1 else "days_late") + ("_least" if least else "")
        return self.fill(key, n=days, at=self.day(due)) + self.word(basis)

    def finding(self, one: Finding) -> Row:
        return (one.county_name, one.township_name or "", str(one.report_year or ""),
                shorten(f"{one.code} {say(one.text, self.language)}"))

    def right(self, one: Righted) -> Row:
        place = one.place
        return (place.county_name, place.township_name or "", str(place.report_year or ""),
                shorten(one.zh if self.language == "zh" else one.en))

    def listed(self, names: Sequence[str], most: int = MOST_NAMES) -> str:
        """Names in one line; of very many the first ones."""
        shown = self.comma.join(names[:most])
        left = len(names) - most
        return f"{shown}{self.fill('more_names', n=left)}" if left > 0 else shown

    def cause(self, one: Unchecked, county: County | None) -> str:
        """Since when nothing was seen, in the first line; why, in the second."""
        since = self.say("looked_last", one.since) if one.since else self.word("never_complete")
        if one.new and self.digest.since is not None:
            since += self.word("is_new")
        if one.cause.key == "why_never":
            return since
        verdict = county.verdict if county and one.cause.key in NO_LOOK else None
        short = self.fill("no_look", what=self.word(verdict)) if verdict and verdict != "complete" else ""
        return f"{short}{self.semicolon if short else ''}{since}\n{shorten(say(one.cause, self.language))}"

    def crawl(self, county: County) -> str:
        if county.verdict is None:
            return self.fill("crawl_line", what=self.word("never"))
        return self.fill("crawl_line", what=f"{self.recent(county.crawled)} {self.word(county.verdict)}")


def shorten(text: str) -> str:
    """As much of somebody else's words as a mail has room for."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"


def percent(share: float | None) -> str:
    """`62 %`; a dash where nothing is known, and never 100 % before all are in."""
    return "–" if share is None else f"{int(share * 100)} %"


def watched(one: County) -> int:
    """How many duties of the report year a county has."""
    return sum(one.counts.values()) + one.to_confirm
