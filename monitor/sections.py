"""The tables of a digest, in their order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TypeVar

from archive.clock import local_day
from monitor.figures import curve, lowest_first, share_on_time
from monitor.judge import GAP, Judgement, Status
from monitor.news import County, Digest, Earlier, Unchecked
from monitor.settings import Language
from monitor.wording import Row, Words, percent, watched

MOST_APART = 12     # duties that stand in rows of their own; of more those of a county share one where they agree
MOST_TOGETHER = 50  # names in such a row

COUNTED = (Status.ON_TIME, Status.LATE, Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN,
           Status.PENDING)
COLUMNS = (Status.ON_TIME, Status.LATE, Status.MISSING)
OPEN = (Status.MISSING, Status.WITHDRAWN, Status.UNDATED, Status.UNKNOWN)
DUTY = ("county", "township", "year", "phone", "what")
LINE = ("county", "township", "year", "what")
NAMES = ("county", "township")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a digest. `tone` is its colour: news, bad, doubt or plain; `figures` marks tables of numbers.

    A second line within a cell is set small. `chart` names the picture that shows the same numbers, `names` are the
    columns that hold Chinese names in either language, `dial` the one of telephone numbers.
    """

    title: str
    columns: Row
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    more: str | None = None
    tone: str = "plain"
    figures: bool = False
    chart: str | None = None
    names: tuple[int, ...] = ()
    dial: int | None = None


class Sections(Words):
    """The tables of one digest in one language, of at most so many rows; `sheet` where a table is attached."""

    def __init__(self, digest: Digest, language: Language, most: int, *, sheet: bool) -> None:
        super().__init__(digest, language)
        self.most = most
        self.sheet = sheet

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
            ("now_late", "bad", digest.late, None),
            ("now_withdrawn", "bad", _but(digest.withdrawn, new), None),
            ("to_confirm", "doubt", digest.to_confirm, "to_confirm_note"),
        ):
            said = self.fill(note, hours=GAP // timedelta(hours=1)) if note else None
            if len(items) > MOST_APART:
                together = self.together(items)
                yield from self.section(title, LINE, together, self.group, tone, note=said, counts=len)
            elif title.startswith("news_"):  # their numbers stand above, where it says whom to call
                yield from self.section(title, LINE, items, self.duty, tone, note=said)
            else:
                yield from self.section(title, DUTY, items, self.with_phone, tone, note=said)
        yield from self.section("came_right", LINE, digest.righted, self.right, "news", rest="rest_status")
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
            yield from self.section("news_findings", LINE, self.digest.new_findings, self.finding, "bad",
                                    note=note if before else None, rest="rest_findings")
        elif before:
            yield Section(self.word("old_findings"), (), (), (note,))

    def with_phone(self, one: Judgement) -> Row:
        """A duty with the number to call, where somebody may have to."""
        county, township, year, said = self.duty(one)
        phone = self.digest.phones.get(one.duty.township) if one.confirmed and not one.published else None
        return county, township, year, f"{phone.number} ({phone.year})" if phone else "", said

    def together(self, items: Sequence[Judgement]) -> list[tuple[Judgement, ...]]:
        """Duties of one county and year of which the same is to be said, in the order of their first ones."""
        found: dict[tuple[str, int, str], list[Judgement]] = defaultdict(list)
        for one in items:
            found[one.duty.county, one.duty.report_year, self.said(one)].append(one)
        return [tuple(ones) for ones in found.values()]

    def group(self, ones: Sequence[Judgement]) -> Row:
        county, _, year, said = self.duty(ones[0])
        return county, self.together_named([one.duty.township_name for one in ones]), year, said

    def together_named(self, names: Sequence[str]) -> str:
        """Names in one cell; where they are cut, that is said and where the rest stands."""
        return self.listed(names, MOST_TOGETHER) + (self.where(None) if len(names) > MOST_TOGETHER else "")

    def section(self, title: str, columns: Sequence[str], items: Sequence[T], line: Callable[[T], Row], tone: str, *,
                note: str | None = None, figures: bool = False, chart: str | None = None,
                rest: str | None = None, counts: Callable[[T], int] = lambda _: 1) -> Iterator[Section]:
        """A table with a line for each item, of too many for the first ones; no table where there are none."""
        if not items:
            return
        rows = tuple(map(line, items))
        shared = None if figures or columns[-1] != "what" else _shared(rows)
        kept = [place for place, column in enumerate(columns)
                if figures or not (self.needless(column, {row[place] for row in rows})
                                   or (shared and column == "what"))]
        left = sum(map(counts, items[self.most:]))
        yield Section(
            self.fill(title, year=self.digest.year, before=self.digest.year - 1),
            tuple(self.word(columns[place]) for place in kept),
            tuple(tuple(row[place] for place in kept) for row in rows[:self.most]),
            tuple(each for each in (shared and shared.replace("\n", self.semicolon), note) if each),
            self.fill("more", n=left) + self.where(rest) if left else None, tone, figures, chart,
            tuple(number for number, place in enumerate(kept) if columns[place] in NAMES),
            next((number for number, place in enumerate(kept) if columns[place] == "phone"), None))

    def where(self, rest: str | None) -> str:
        """Where that stands which a table leaves out."""
        return self.word("rest_sheet" if self.sheet and rest != "rest_status" else rest or "rest_status")

    def needless(self, column: str, said: Collection[str]) -> bool:
        """Whether a column says nothing, or what the title says: the year, the one county that the digest is about."""
        if column in ("year", "phone"):
            return set(said) <= {str(self.digest.year) if column == "year" else ""}
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
        for key, left_out in (("over_time_unknown", found.unknown), ("over_time_undated", found.undated)):
            note += self.fill(key, n=left_out) if left_out else ""
        title = self.fill("over_time", year=self.digest.year, before=self.digest.year - 1)
        columns = (self.word("by_day"), str(self.digest.year), str(self.digest.year - 1))
        yield Section(title, columns, tuple(rows), (note,), None, "plain", figures=True, chart="over_time")

    def unchecked(self, one: Unchecked) -> Row:
        county = next((each for each in self.digest.counties if each.code == one.county), None)
        everybody = county is not None and len(one.townships) == watched(county) > 1
        names = self.fill("all_townships", n=len(one.townships)) if everybody else self.together_named(one.townships)
        return one.county_name, names, self.cause(one, county)

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


def _shared(rows: Sequence[Row]) -> str | None:
    """What the last cell of several rows says where all say the same."""
    return rows[0][-1] if len(rows) > 1 and len({row[-1] for row in rows}) == 1 else None


def _columns(counted: Sequence[County] | Sequence[Earlier]) -> tuple[Status, ...]:
    return tuple(status for status in COLUMNS if any(one.counts[status] for one in counted))


def _known(count: int | None) -> str:
    return "–" if count is None else str(count)


def _but(judgements: Sequence[Judgement], told: Collection[str]) -> tuple[Judgement, ...]:
    return tuple(one for one in judgements if one.duty.key not in told)
