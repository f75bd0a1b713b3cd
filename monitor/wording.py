"""What a digest says, line by line, in English or Chinese."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any, TypeVar

from archive.clock import local_day
from monitor.figures import curve, lowest_first, share_on_time
from monitor.findings import Finding
from monitor.judge import GAP, Flag, Judgement, Status
from monitor.news import County, Digest, Earlier, Righted, Unchecked, overdue_since
from monitor.phones import Phone
from monitor.settings import Language
from monitor.texts import EN_MONTHS, Text, day_words, say, word

MOST_LETTERS = 300  # of a portal's or crawl's own words
MOST_NAMES = 12     # of townships in one line
MOST_CALLS = 12     # lines of whom to call: townships, or counties where there are more
MOST_PREHEADER = 110  # letters that a list of mails shows

COUNTED = (Status.ON_TIME, Status.LATE, Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN,
           Status.PENDING)
COLUMNS = (Status.ON_TIME, Status.LATE, Status.MISSING)
OPEN = (Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN)
DUTY = ("county", "township", "year", "what")
NAMES = ("county", "township")
NO_LOOK = ("why_incomplete", "why_cut")  # causes that a crawl's verdict puts in a word

Row = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Total:
    """One number at the head of a digest. `tone` is its colour: bad, late, doubt, or none for 0."""

    number: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call today: a township, or those of a county in a line. `begins` where a county's first one stands."""

    county: str
    names: str
    what: str = ""
    phone: Phone | None = None
    begins: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a digest. `tone` is its colour: news, bad, doubt or plain; `figures` marks tables of numbers.

    A second line within a cell is set small. `chart` names the picture that shows the same numbers, `names` are the
    columns that hold Chinese names in either language.
    """

    title: str
    columns: Row
    rows: tuple[Row, ...]
    note: str | None = None
    more: str | None = None
    tone: str = "plain"
    figures: bool = False
    chart: str | None = None
    names: tuple[int, ...] = ()


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

    def subject(self) -> str:
        """The numbers that matter, the first one first: a phone shows thirty letters."""
        digest = self.digest
        counted = (
            ("n_call", digest.new_missing + digest.new_withdrawn), ("n_missing", digest.missing),
            ("n_late", digest.late), ("n_withdrawn", digest.withdrawn), ("n_to_confirm", digest.to_confirm),
            ("n_unknown", [name for one in digest.unchecked for name in one.townships]),
            ("n_findings", digest.new_findings),
        )
        parts = [self.fill(key, n=len(items)) for key, items in counted if items]
        if digest.quiet and digest.since is not None:
            parts.insert(0, self.word("n_quiet"))
        if not digest.missing:
            parts.append(self.fill("n_published", n=self.published(), of=len(digest.duties)))
        return self.fill("subject", summary=self.comma.join(parts), about=self.titled("about"))

    def preheader(self) -> str:
        """What a list of mails shows behind the subject: whom to call."""
        said = self.semicolon.join(self.county_lines()) or self.word("call_nobody")
        return said if len(said) <= MOST_PREHEADER else f"{said[:MOST_PREHEADER - 1]}…"

    def lead(self) -> str:
        since = self.say("since", self.digest.since) if self.digest.since else self.word("first_digest")
        return self.say("stand", self.digest.as_of) + self.semicolon + since + ("。" if self.language == "zh" else ".")

    def quiet(self) -> str | None:
        """That nothing has changed, and when the next digest comes."""
        told = self.digest.quiet and self.digest.since is not None
        return self.say("nothing_new", self.digest.next_digest) if told else None

    def totals(self) -> Iterator[Total]:
        """How things stand in numbers, also where they are 0."""
        digest = self.digest
        for key, tone, count in (
            ("now_missing", "bad", len(digest.missing)), ("now_late", "late", len(digest.late)),
            ("now_withdrawn", "bad", len(digest.withdrawn)), ("to_confirm_total", "doubt", len(digest.to_confirm)),
            ("not_checked", "doubt", sum(len(one.townships) for one in digest.unchecked)),
        ):
            if count or key != "now_withdrawn":
                yield Total(str(count), self.word(key), tone if count else "none")
        yield Total(f"{self.published()}/{len(digest.duties)}", self.word("published_total"), "plain")

    def published(self) -> int:
        """How many reports of the year are out, in time or not."""
        return sum(one.published for one in self.digest.duties)

    def accused(self) -> dict[str, list[Judgement]]:
        """The duties that are accused for the first time, by county; one township stands there once."""
        found: dict[str, dict[str, Judgement]] = defaultdict(dict)
        for one in (*self.digest.new_missing, *self.digest.new_withdrawn):
            found[one.duty.county_name].setdefault(one.duty.township, one)
        return {county: list(ones.values()) for county, ones in found.items()}

    def calls(self) -> Iterator[Call]:
        """Whom to call today: each township, or a line for each county where there are too many."""
        accused = self.accused()
        if sum(map(len, accused.values())) > MOST_CALLS:
            for county, ones in islice(accused.items(), MOST_CALLS):
                yield Call(county, self.fill("call_many", n=len(ones)) + self.listed([_name(one) for one in ones]))
            return
        for county, ones in accused.items():
            for number, one in enumerate(ones):
                year = "" if one.duty.report_year == self.digest.year else f" ({one.duty.report_year})"
                yield Call(county, _name(one) + year, self.briefly(one), self.digest.phones.get(one.duty.township),
                           number == 0)

    def after_calls(self) -> Iterator[str]:
        """What stands below those to call: the counties left out, where the numbers come from, who was told before."""
        accused = self.accused()
        if not accused:
            yield self.word("call_nobody")
        if len(accused) > MOST_CALLS:
            yield self.fill("more_counties", n=len(accused) - MOST_CALLS)
        if any(call.phone for call in self.calls()):
            yield self.word("phones_note")
        new = {one.duty.key for ones in accused.values() for one in ones}
        if before := len(_but((*self.digest.missing, *self.digest.withdrawn), new)):
            yield self.fill("call_before", n=before)

    def county_lines(self) -> Iterator[str]:
        """Whom to call in few words: a line for each county."""
        accused = self.accused()
        for county, ones in islice(accused.items(), MOST_CALLS):
            yield self.fill("call_line", county=county, names=self.listed([_name(one) for one in ones]))
        if len(accused) > MOST_CALLS:
            yield self.fill("more_counties", n=len(accused) - MOST_CALLS)

    def sections(self) -> Iterator[Section]:
        """In this order: what is new, how it stands, what came right, findings, what was not seen, dates, numbers."""
        digest = self.digest
        new = {one.duty.key for one in (*digest.new_missing, *digest.new_withdrawn, *digest.new_published)}
        for title, tone, items, note in (
            ("news_missing", "bad", digest.new_missing, "missing_note"),
            ("news_withdrawn", "bad", digest.new_withdrawn, None),
            ("news_published", "news", digest.new_published, None),
            ("still_missing" if digest.new_missing else "now_missing", "bad", _but(digest.missing, new),
             None if digest.new_missing else "missing_note"),
            ("now_late", "bad", _but(digest.late, new), None),
            ("now_withdrawn", "bad", _but(digest.withdrawn, new), None),
            ("to_confirm", "doubt", digest.to_confirm, "to_confirm_note"),
        ):
            yield from self.section(title, DUTY, items, self.duty, tone,
                                    note=self.fill(note, hours=GAP // timedelta(hours=1)) if note else None)
        yield from self.section("came_right", DUTY, digest.righted, self.right, "news", rest="rest_status")
        yield from self.findings()
        yield from self.section("not_checked", ("county", "township", "what"), digest.unchecked, self.unchecked,
                                "doubt", note=self.word("not_checked_note"))
        yield from self.section("next_dates", ("date", "what", "county"), tuple(self.next_dates()), lambda row: row,
                                "plain", rest="rest_status")
        yield from self.overview()
        yield from self.over_time()
        earlier = self.unsettled()
        shown = _columns(earlier)
        yield from self.section("earlier_years", ("county", "year", *shown), earlier,
                                lambda one: self.earlier(one, shown), "plain", figures=True, rest="rest_status")

    def findings(self) -> Iterator[Section]:
        """The new ones, and how many told before still stand."""
        before = len(self.digest.open_findings)
        note = self.fill("open_findings", n=before) + self.word("findings_sheet" if self.sheet else "findings_list")
        if self.digest.new_findings:
            yield from self.section("news_findings", DUTY, self.digest.new_findings, self.finding, "bad",
                                    note=note if before else None, rest="rest_findings")
        elif before:
            yield Section(self.word("old_findings"), (), (), note)

    def section(self, title: str, columns: Sequence[str], items: Sequence[T], line: Callable[[T], Row], tone: str, *,
                note: str | None = None, figures: bool = False, chart: str | None = None,
                rest: str | None = None) -> Iterator[Section]:
        """A table with a line for each item, of too many for the first ones; no table where there are none."""
        if not items:
            return
        more = None
        if len(items) > self.most:
            where = "rest_sheet" if self.sheet and rest != "rest_status" else rest or "rest_status"
            more = self.fill("more", n=len(items) - self.most) + self.word(where)
        rows = tuple(map(line, items[:self.most]))
        kept = [number for number, column in enumerate(columns)
                if figures or not self.needless(column, [row[number] for row in rows])]
        yield Section(self.fill(title, year=self.digest.year, before=self.digest.year - 1),
                      tuple(self.word(columns[number]) for number in kept),
                      tuple(tuple(row[number] for number in kept) for row in rows), note, more, tone, figures, chart,
                      tuple(place for place, number in enumerate(kept) if columns[number] in NAMES))

    def needless(self, column: str, said: Sequence[str]) -> bool:
        """Whether a column says what the title says: the report year, or the one county that the digest is about."""
        if column == "year":
            return set(said) <= {str(self.digest.year)}
        return column == "county" and len(self.digest.counties) == 1

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

    def short_day(self, day: date) -> str:
        """`31 January`; with its year where that is not this one."""
        year = local_day(self.digest.as_of).year
        return self.day(day).removesuffix(f" {year}").removeprefix(f"{year}年")

    def duty(self, one: Judgement) -> Row:
        return (one.duty.county_name, one.duty.township_name, str(one.duty.report_year),
                "\n".join(part for part in self.what(one) if part))

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

    def unchecked(self, one: Unchecked) -> Row:
        county = next((each for each in self.digest.counties if each.code == one.county), None)
        everybody = county is not None and len(one.townships) == _watched(county) > 1
        names = self.fill("all_townships", n=len(one.townships)) if everybody else self.listed(one.townships)
        return one.county_name, names, self.cause(one, county)

    def listed(self, names: Sequence[str]) -> str:
        """Names in one line; of very many the first ones."""
        shown = self.comma.join(names[:MOST_NAMES])
        left = len(names) - MOST_NAMES
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
            shown = self.fill("all_counties", n=len(names)) if len(names) > 5 else self.comma.join(names)
            left = (on - local_day(self.digest.as_of)).days
            ahead = self.fill("in_one_day" if left == 1 else "in_days", n=left) if left else self.word("today")
            yield f"{self.day(on)}\n{ahead}", self.word(kind), shown

    def closing(self) -> Iterator[str]:
        yield self.say("next_digest", self.digest.next_digest)
        yield self.word("rule_note")
        yield self.word("footer")


def shorten(text: str) -> str:
    """As much of somebody else's words as a mail has room for."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS - 1]}…"


def percent(share: float | None) -> str:
    """`62 %`; a dash where nothing is known, and never 100 % before all are in."""
    return "–" if share is None else f"{int(share * 100)} %"


def _name(one: Judgement) -> str:
    return one.duty.township_name


def _watched(one: County) -> int:
    return sum(one.counts.values()) + one.to_confirm


def _columns(counted: Sequence[County] | Sequence[Earlier]) -> tuple[Status, ...]:
    return tuple(status for status in COLUMNS if any(one.counts[status] for one in counted))


def _known(count: int | None) -> str:
    return "–" if count is None else str(count)


def _but(judgements: Sequence[Judgement], told: Collection[str]) -> tuple[Judgement, ...]:
    return tuple(one for one in judgements if one.duty.key not in told)
