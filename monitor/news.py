"""What a digest tells: how things stand now, and what changed since the last one. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Self

from archive import divisions
from archive.clock import SEASON, local_day
from archive.errors import BadDivision
from monitor.deadlines import Duty
from monitor.findings import BY_STATUS, Finding
from monitor.judge import Flag, Judgement, Status
from monitor.phones import Phone
from monitor.settings import WEEKDAYS, DigestDays
from monitor.texts import Text, say

# Where the lines of a digest say which county they are about.
COUNTY_OF: Mapping[str, str] = {
    "counties": "code", "earlier": "county", "new_missing": "duty.county", "new_withdrawn": "duty.county",
    "new_published": "duty.county", "new_findings": "county", "righted": "place.county", "missing": "duty.county",
    "late": "duty.county", "withdrawn": "duty.county", "to_confirm": "duty.county", "new_doubts": "duty.county",
    "unchecked": "county", "open_findings": "county", "next_dates": "county", "duties": "duty.county",
    "last_year": "duty.county",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a line is."""

    county: str
    county_name: str
    township_name: str | None
    report_year: int | None


@dataclass(frozen=True, slots=True)
class Righted:
    """Something told before that is no longer so, in both languages."""

    place: Place
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Townships of one county that could not be judged for one reason; `since` is their last complete look.

    `new` where the last digest did not tell that one of them could not be judged.
    """

    county: str
    county_name: str
    cause: Text
    since: datetime | None
    townships: tuple[str, ...]
    new: bool


@dataclass(frozen=True, slots=True)
class County:
    """One county's figures for the report year, and its last crawl (`verdict` None: never crawled)."""

    code: str
    name: str
    counts: Mapping[Status, int]
    to_confirm: int
    crawled: datetime | None = None
    verdict: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """One county's figures for a report year before."""

    county: str
    county_name: str
    year: int
    counts: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class NextDate:
    """A due date to come; `kind` is its word in texts.toml."""

    on: date
    kind: str
    county: str
    county_name: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that one digest tells. `state` is what it will have told, for the next one to compare with.

    `duties` are all of the report year, `last_year` all of the year before: what its charts and its sheet are made of.
    `phones` are numbers of accused townships by code.
    """

    key: str
    as_of: datetime
    since: datetime | None
    year: int
    counties: tuple[County, ...]
    earlier: tuple[Earlier, ...]
    new_missing: tuple[Judgement, ...]
    new_withdrawn: tuple[Judgement, ...]
    new_published: tuple[Judgement, ...]
    new_findings: tuple[Finding, ...]
    righted: tuple[Righted, ...]
    missing: tuple[Judgement, ...]
    late: tuple[Judgement, ...]
    withdrawn: tuple[Judgement, ...]
    to_confirm: tuple[Judgement, ...]
    new_doubts: tuple[Judgement, ...]
    unchecked: tuple[Unchecked, ...]
    open_findings: tuple[Finding, ...]
    next_dates: tuple[NextDate, ...]
    next_digest: date
    duties: tuple[Judgement, ...] = ()
    last_year: tuple[Judgement, ...] = ()
    state: Mapping[str, Any] = field(default_factory=dict, hash=False)
    phones: Mapping[str, Phone] = field(default_factory=dict, hash=False)

    @property
    def quiet(self) -> bool:
        """Whether nothing has changed."""
        return not (self.new_missing or self.new_withdrawn or self.new_published or self.new_findings or self.righted
                    or any(one.new for one in self.unchecked) or self.new_doubts)

    def limited(self, counties: Collection[str]) -> Self:
        """The same for some counties only (codes); none named means all."""
        if not counties:
            return self

        ours: dict[str, Any] = {
            name: tuple(one for one in getattr(self, name) if attrgetter(county)(one) in counties)
            for name, county in COUNTY_OF.items()
        }
        return replace(self, **ours)


@dataclass(frozen=True, slots=True)
class Told:
    """What the last digest told."""

    as_of: datetime
    state: Mapping[str, Any]


NOTHING_TOLD: Mapping[str, Any] = {"accused": {}, "published": [], "to_confirm": [], "unchecked": [], "findings": {}}


@dataclass(slots=True)
class _Gathered:
    """What a digest tells of all duties: those of this report year and the last, and of others what is open or was."""

    year: int
    told: Mapping[str, str]                             # who was accused before
    now: list[Judgement] = field(default_factory=list)
    last_year: list[Judgement] = field(default_factory=list)
    accused: dict[str, Judgement] = field(default_factory=dict)
    doubts: list[Judgement] = field(default_factory=list)
    righted: list[Judgement] = field(default_factory=list)
    taken_back: list[Judgement] = field(default_factory=list)
    unmet: set[str] = field(default_factory=set)        # of these, the ones that nobody owes any more
    earlier: dict[tuple[int, str, str], dict[Status, int]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(Status, 0)))

    def __post_init__(self) -> None:
        self.unmet = set(self.told)

    def add(self, one: Judgement) -> None:
        self.unmet.discard(one.duty.key)
        if Flag.DISMISSED in one.flags:
            self.taken_back += [one] if one.duty.key in self.told else []
            return
        if one.duty.report_year == self.year:
            self.now.append(one)
        elif one.duty.report_year == self.year - 1:
            self.last_year.append(one)
        if one.duty.report_year < self.year and not _unsettled(one):
            self.earlier[-one.duty.report_year, one.duty.county, one.duty.county_name][one.status] += 1
        if _accused(one):
            self.accused[one.duty.key] = one
        elif one.duty.key in self.told:
            self.righted.append(one)
        if unconfirmed(one):
            self.doubts.append(one)


def is_told(one: Finding) -> bool:
    """Whether a digest tells of a finding: it leaves the house, and no duty's status says it already."""
    return one.outward and one.code not in BY_STATUS


def compare(judgements: Iterable[Judgement], findings: Iterable[Finding], counties: Mapping[str, County],
            told: Told | None, days: DigestDays, *, as_of: datetime) -> Digest:
    """What to tell at `as_of` when `told` is what was told before; `counties` say how each was last crawled.

    Duties that a person dismissed are not spoken of, but that what was told of them is taken back. The findings are
    asked for after the last judgement.
    """
    before = told.state if told else NOTHING_TOLD
    found = _Gathered(local_day(as_of).year - 1, before["accused"])
    for one in judgements:
        found.add(one)
    outward = [one for one in findings if is_told(one)]
    now, accused, doubts = found.now, found.accused, found.doubts
    published, confirmed, unchecked = (frozenset(before[name]) for name in ("published", "to_confirm", "unchecked"))
    new = [one for key, one in accused.items() if before["accused"].get(key) != _mark(one)]
    by_county = _by_county(now)
    return Digest(
        key=as_of.strftime("%Y%m%dT%H%M%SZ"), as_of=as_of, since=told.as_of if told else None, year=found.year,
        counties=tuple(_county(counties[code], by_county.get(code, ())) for code in sorted(counties)),
        earlier=tuple(Earlier(county, name, -year, counts)
                      for (year, county, name), counts in sorted(found.earlier.items())),
        new_missing=_worst_first(one for one in new if one.status is Status.MISSING),
        new_withdrawn=tuple(one for one in new if one.status is Status.WITHDRAWN),
        # the first digest counts what is there; it has nothing to compare with
        new_published=tuple(one for one in now if told and one.published and one.duty.key not in published
                            and one.duty.key not in before["accused"]),
        new_findings=tuple(one for one in outward if one.fingerprint not in before["findings"]),
        righted=(*_righted_duties((*found.righted, *found.taken_back), before["accused"]),
                 *_no_longer_owed(found.unmet), *_righted_findings(outward, before["findings"], counties, accused)),
        missing=_worst_first(one for one in accused.values() if one.status is Status.MISSING),
        late=_worst_first(one for one in now if one.status is Status.LATE and one.confirmed),
        withdrawn=tuple(one for one in accused.values() if one.status is Status.WITHDRAWN),
        to_confirm=tuple(doubts),
        new_doubts=tuple(one for one in doubts if one.duty.key not in confirmed),
        unchecked=_unchecked(now, unchecked),
        open_findings=tuple(one for one in outward if one.fingerprint in before["findings"]),
        next_dates=_next_dates(now, as_of), next_digest=next_digest(local_day(as_of), days),
        duties=tuple(now), last_year=tuple(found.last_year),
        state={"accused": {key: _mark(one) for key, one in accused.items()},
               "published": sorted(one.duty.key for one in now if one.published),
               "to_confirm": [one.duty.key for one in doubts],
               "unchecked": [one.duty.key for one in now if one.status is Status.UNKNOWN],
               "findings": {one.fingerprint: _remembered(one) for one in outward}})


def _by_county(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    grouped: dict[str, list[Judgement]] = defaultdict(list)
    for one in judgements:
        grouped[one.duty.county].append(one)
    return grouped


def unconfirmed(one: Judgement) -> bool:
    """Whether a first look says something that a second one has still to agree with."""
    waiting = one.status is Status.MISSING and not one.confirmed
    return waiting or (one.gone_since is not None and one.status is not Status.WITHDRAWN)


def next_digest(today: date, days: DigestDays) -> date:
    """The next day on which a digest goes out."""
    day = today + timedelta(days=1)
    while not is_digest_day(day, days):
        day += timedelta(days=1)
    return day


def is_digest_day(day: date, days: DigestDays) -> bool:
    """Whether a digest goes out on a day: on workdays in season, on one weekday off it; no calendar knows holidays."""
    return WEEKDAYS[day.weekday()] in (days.season if day.month in SEASON else (days.off_season,))


def published_on(one: Judgement) -> date | None:
    """The day on which a report counts as published: what its page claims, unless looks say otherwise."""
    if not one.published or one.first_look_with is None:
        return None
    if one.claimed_on and Flag.BACKDATED not in one.flags:
        return one.claimed_on
    return local_day(one.first_look_with) if one.last_look_without else None


def overdue_since(one: Judgement) -> date:
    """The date that a missing or late report has passed."""
    return one.duty.due_outer if one.past == "outer" else one.duty.due


def _worst_first(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """This year's before earlier ones', and within a year what is furthest past its date: long lists are cut."""

    def order(one: Judgement) -> tuple[int, int, str, str]:
        out = published_on(one) if one.status is Status.LATE else None
        days = (out or one.duty.due) - one.duty.due
        return (-one.duty.report_year, -days.days if out else one.duty.due.toordinal(), one.duty.county,
                one.duty.township)

    return tuple(sorted(judgements, key=order))


def _accused(one: Judgement) -> bool:
    return one.confirmed and one.status in (Status.MISSING, Status.WITHDRAWN)


def _mark(one: Judgement) -> str:
    """What was said of a duty; a missing report that passes the outer date is told once more."""
    return f"{one.status}:{one.past}" if one.status is Status.MISSING else str(one.status)


def _county(county: County, judgements: Sequence[Judgement]) -> County:
    counted = [one for one in judgements if not _unsettled(one)]
    return replace(county, counts={status: sum(one.status is status for one in counted) for status in Status},
                   to_confirm=len(judgements) - len(counted))


def _unsettled(one: Judgement) -> bool:
    """What no figure says before it is settled: an accusation that rests on one look."""
    return one.status in (Status.MISSING, Status.LATE) and not one.confirmed


def _place(duty: Duty) -> Place:
    return Place(duty.county, duty.county_name, duty.township_name, duty.report_year)


def _righted_duties(judgements: Iterable[Judgement], accused: Mapping[str, str]) -> Iterable[Righted]:
    for one in judgements:
        mark = accused.get(one.duty.key)
        if mark is None or _accused(one):
            continue
        if Flag.DISMISSED in one.flags:
            text = Text("right_dismissed")
        elif one.published:
            dated = one.claimed_on if Flag.BACKDATED not in one.flags else None
            text = Text("right_published_on" if dated else "right_published", dated or one.first_look_with)
        else:
            text = Text("right_unsure")
        if mark == Status.WITHDRAWN and one.published and Flag.DISMISSED not in one.flags:
            text = Text("right_back")
        yield Righted(_place(one.duty), say(text, "en"), say(text, "zh"))


def _no_longer_owed(keys: Collection[str]) -> Iterable[Righted]:
    """What was told of reports that are no longer asked for: a unit that owes none, a county that is not watched."""
    for key in sorted(keys):
        code, _, year = key.partition("/")
        text = Text("right_unasked")
        yield Righted(Place(code[:6], *_names(code), int(year)), say(text, "en"), say(text, "zh"))


def _names(code: str) -> tuple[str, str]:
    """County and township by name; by code where a newer division table has lost them."""
    try:
        return divisions.county(code[:6]).name, divisions.township(code).name
    except BadDivision:
        return code[:6], code


def _righted_findings(outward: Iterable[Finding], before: Mapping[str, Mapping[str, Any]],
                      counties: Collection[str], accused: Collection[str]) -> Iterable[Righted]:
    """Findings that are no more; what went with its whole report, or with its county, did not come right."""
    still = {one.fingerprint for one in outward}
    for fingerprint, told in before.items():
        _, county, township, year, _ = fingerprint.split("|", 4)
        if fingerprint not in still and county in counties and f"{township}/{year}" not in accused:
            yield Righted(Place(*told["place"]), *(say(Text("right_closed", detail=told[language]), language)
                                                   for language in ("en", "zh")))


def _remembered(one: Finding) -> dict[str, Any]:
    return {"place": [one.county, one.county_name, one.township_name, one.report_year],
            "en": f"{one.code} {say(one.text, 'en')}", "zh": f"{one.code} {say(one.text, 'zh')}"}


def _unchecked(now: Iterable[Judgement], told: Collection[str]) -> tuple[Unchecked, ...]:
    """Townships that share county, cause and last look stand in one line."""
    grouped: dict[tuple[str, str, Text, datetime | None], list[Duty]] = defaultdict(list)
    for one in now:
        if one.status is Status.UNKNOWN and one.cause:
            grouped[one.duty.county, one.duty.county_name, one.cause, one.checked].append(one.duty)
    return tuple(Unchecked(county, name, cause, since, tuple(duty.township_name for duty in duties),
                           any(duty.key not in told for duty in duties))
                 for (county, name, cause, since), duties in grouped.items())


def _next_dates(now: Iterable[Judgement], as_of: datetime) -> tuple[NextDate, ...]:
    """Due dates from today on; the next year's where this year's have passed."""
    today = local_day(as_of)
    found: dict[NextDate, None] = {}
    for duty in (one.duty for one in now):
        local = "due_notice" if duty.notice else "due_local"
        for on, kind in ((duty.due_local, local), (duty.due_outer, "due_outer")):
            if on and on >= today:
                found[NextDate(on, kind, duty.county, duty.county_name)] = None
        if duty.due_outer < today and duty.following:
            kind = "due_notice" if duty.following.notice else "due_local"
            found[NextDate(duty.following.day, kind, duty.county, duty.county_name)] = None
    return tuple(sorted(found, key=lambda one: (one.on, one.county, one.kind)))
