"""What a digest says, line by line, in English or Chinese."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any, TypeVar

from archive.clock import local_day
from monitor.figures import curve, lowest_first, share_on_time
from monitor.findings import Finding
from monitor.judge import Flag, Judgement, Status
from monitor.news import County, Digest, Earlier, Righted, Unchecked, overdue_since
from monitor.settings import Language
from monitor.texts import EN_MONTHS, Text, day_words, say, word

MOST_LETTERS = 300  # of a portal's or crawl's own words
MOST_NAMES = 12     # of townships in one line
MOST_CALLS = 12     # lines of whom to call

COUNTED = (Status.ON_TIME, Status.LATE, Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN,
           Status.PENDING)
COLUMNS = (Status.ON_TIME, Status.LATE, Status.MISSING)
OPEN = (Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN)
DUTY = ("county", "township", "year", "what")

Row = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Total:
    """One number at the head of a digest. `tone` is its colour: bad, late, doubt, or none for 0."""

    number: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a digest. `tone` is its colour: news, bad, doubt or plain; `figures` marks tables of numbers.

    A second line within a cell is set small. `chart` names the picture that shows the same numbers.
    """

    title: str
    columns: Row
    rows: tuple[Row, ...]
    note: str | None = None
    more: str | None = None
    tone: str = "plain"
    figures: bool = False
    chart: str | None = None


class Words:
    """One digest's lines in one language, with so many rows in a table at most; `sheet` where one is attached."""

    def __init__(self, digest: Digest, language: Language, most: int, *, sheet: bool) -> None:
        self.digest = digest
        self.language = language
        self.most = most
        self.sheet = sheet

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

    def totals(self) -> Iterator[Total]:
        """How things stand in numbers, also where they are 0."""
        digest = self.digest
        for key, tone, count in (
            ("now_missing", "bad", len(digest.missing)), ("now_late", "late", len(digest.late)),
            ("now_withdrawn", "bad", len(digest.withdrawn)), ("to_confirm_short", "doubt", len(digest.to_confirm)),
            ("not_checked", "doubt", sum(len(one.townships) for one in digest.unchecked)),
        ):
            yield Total(str(count), self.word(key), tone if count else "none")

    def calls(self) -> Iterator[str]:
        """Whom to call today: the townships that are accused for the first time, a line for each county."""
        named: dict[str, dict[str, None]] = defaultdict(dict)
        for one in (*self.digest.new_missing, *self.digest.new_withdrawn):
            named[one.duty.county_name][one.duty.township_name] = None
        for county, townships in islice(named.items(), MOST_CALLS):
            yield self.fill("call_line", county=county, names=self.listed(tuple(townships)))
        if len(named) > MOST_CALLS:
            yield self.fill("more", n=len(named) - MOST_CALLS)

    def sections(self) -> Iterator[Section]:
        digest = self.digest
        new = {one.duty.key for one in (*digest.new_missing, *digest.new_withdrawn, *digest.new_published)}
        for title, tone, items in (
            ("news_missing", "bad", digest.new_missing), ("news_withdrawn", "bad", digest.new_withdrawn),
            ("news_published", "news", digest.new_published),
            ("still_missing" if digest.new_missing else "now_missing", "bad", _but(digest.missing, new)),
            ("now_late", "bad", _but(digest.late, new)), ("now_withdrawn", "bad", _but(digest.withdrawn, new)),
            ("to_confirm", "doubt", digest.to_confirm),
        ):
            yield from self.section(title, DUTY, items, self.duty, tone)
        yield from self.section("came_right", DUTY, digest.righted, self.right, "news")
        yield from self.section("news_findings", DUTY, digest.new_findings, self.finding, "bad", rest="rest_findings")
        yield from self.section("not_checked", ("county", "township", "what"), digest.unchecked, self.unchecked,
                                "doubt", note=self.word("not_checked_note"))
        yield from self.overview()
        yield from self.over_time()
        earlier = self.unsettled()
        shown = _columns(earlier)
        yield from self.section("earlier_years", ("county", "year", *shown), earlier,
                                lambda one: self.earlier(one, shown), "plain", figures=True)
        yield from self.section("next_dates", ("date", "what", "county"), tuple(self.next_dates()), lambda row: row,
                                "plain")

    def section(self, title: str, columns: Sequence[str], items: Sequence[T], line: Callable[[T], Row], tone: str, *,
                note: str | None = None, figures: bool = False, chart: str | None = None,
                rest: str | None = None) -> Iterator[Section]:
        """A table with a line for each item, of too many for the first ones; no table where there are none."""
        if not items:
            return
        more = None
        if len(items) > self.most:
            where = rest or ("rest_sheet" if self.sheet else "rest_status")
            more = self.fill("more", n=len(items) - self.most) + self.word(where)
        yield Section(self.fill(title, year=self.digest.year, before=self.digest.year - 1),
                      tuple(map(self.word, columns)), tuple(map(line, items[:self.most])), note, more, tone, figures,
                      chart)

    def overview(self) -> Iterator[Section]:
        counties = lowest_first(self.digest.counties)
        shown = _columns(counties)

        def line(one: County) -> Row:
            others = self.others(one, one.to_confirm)
            return (f"{one.name}\n{others}{self.crawl(one)}", *(str(one.counts[status]) for status in shown),
                    percent(share_on_time(one)))

        columns = ("county", *shown, "share_on_time")
        yield from self.section("overview", columns, counties, line, "plain", figures=True, chart="shares",
                                note=self.word("share_note"))

    def others(self, one: County | Earlier, to_confirm: int = 0) -> str:
        """The statuses that have no column of their own: a phone has room for few."""
        counted = [(status.value, one.counts[status]) for status in COUNTED if status not in COLUMNS]
        named = [f"{self.word(key)} {count}" for key, count in (*counted, ("to_confirm_short", to_confirm)) if count]
        comma = "，" if self.language == "zh" else ", "
        return "".join(f"{each}{comma}" for each in named)

    def over_time(self) -> Iterator[Section]:
        """The numbers of the chart above them; a column for each year."""
        found = curve(self.digest)
        if found is None:
            return
        before = found.before or (None,) * len(found.days)
        rows = [(self.month_day(day), _known(now), _known(then))
                for day, now, then in zip(found.days, found.now, before, strict=True)]
        note = self.fill("over_time_note", n=found.of)
        if found.undated:
            note += self.fill("over_time_undated", n=found.undated)
        title = self.fill("over_time", year=self.digest.year, before=self.digest.year - 1)
        columns = (self.word("by_day"), str(self.digest.year), str(self.digest.year - 1))
        yield Section(title, columns, tuple(rows), note, None, "plain", figures=True, chart="over_time")

    def month_day(self, day: date) -> str:
        return f"{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {EN_MONTHS[day.month - 1][:3]}"

    def crawl(self, county: County) -> str:
        if county.verdict is None:
            return self.fill("crawl_line", what=self.word("never"))
        return self.fill("crawl_line", what=f"{self.recent(county.crawled)} {self.word(county.verdict)}")

    def recent(self, at: datetime | None) -> str:
        """A day of this year without its year: lines are short on a phone."""
        here = local_day(at) if at else None
        return self.month_day(here) if here and here.year == local_day(self.digest.as_of).year else self.day(at)

    def duty(self, one: Judgement) -> Row:
        return (one.duty.county_name, one.duty.township_name, str(one.duty.report_year),
                ("；" if self.language == "zh" else "; ").join(part for part in self.what(one) if part))

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

    def unchecked(self, one: Unchecked) -> Row:
        return one.county_name, self.listed(one.townships), self.cause(one)

    def listed(self, names: Sequence[str]) -> str:
        """Names in one line; of very many the first ones."""
        shown = ("、" if self.language == "zh" else ", ").join(names[:MOST_NAMES])
        left = len(names) - MOST_NAMES
        return f"{shown}{self.fill('more_names', n=left)}" if left > 0 else shown

    def cause(self, one: Unchecked) -> str:
        since = self.say("looked_last", one.since) if one.since else self.word("never_complete")
        cause = shorten(say(one.cause, self.language))
        return cause if one.cause.key == "why_never" else f"{cause}{'；' if self.language == 'zh' else '; '}{since}"

    def unsettled(self) -> list[Earlier]:
        """Earlier years in which something is open; the first digest names them all."""
        return [one for one in self.digest.earlier
                if self.digest.since is None or any(one.counts[status] for status in OPEN)]

    def earlier(self, one: Earlier, shown: Sequence[Status]) -> Row:
        others = self.others(one).rstrip(",， ")
        name = f"{one.county_name}\n{others}" if others else one.county_name
        return name, str(one.year), *(str(one.counts[status]) for status in shown)

    def next_dates(self) -> Iterator[Row]:
        for (on, kind), same in groupby(self.digest.next_dates, lambda one: (one.on, one.kind)):
            names = [one.county_name for one in same]
            shown = self.fill("all_counties", n=len(names)) if len(names) > 5 else (
                "、" if self.language == "zh" else ", ").join(names)
            yield self.day(on), self.word(kind), shown

    def closing(self) -> Iterator[str]:
        yield self.say("next_digest", self.digest.next_digest)
        if self.digest.open_findings:
            yield self.fill("open_findings", n=len(self.digest.open_findings))
        yield self.word("rule_note")
        yield self.word("footer")


def shorten(text: str) -> str:
    """As much of somebody else's words as a mail has room for."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"


def percent(share: float | None) -> str:
    """`62 %`; a dash where nothing is known, and never 100 % before all are in."""
    return "–" if share is None else f"{int(share * 100)} %"


def _columns(counted: Sequence[County] | Sequence[Earlier]) -> tuple[Status, ...]:
    return tuple(status for status in COLUMNS if any(one.counts[status] for one in counted))


def _known(count: int | None) -> str:
    return "–" if count is None else str(count)


def _but(judgements: Sequence[Judgement], told: Collection[str]) -> tuple[Judgement, ...]:
    return tuple(one for one in judgements if one.duty.key not in told)
