"""What was seen of a duty → exactly one status; docs/architecture.md lists the decisions. No clock, no database."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from archive.clock import local_day
from monitor.deadlines import Duty
from monitor.links import Misfiled
from monitor.observe import Observations, Publication, Seen, Visit
from monitor.texts import Text, say

CONFIRM_LOOKS = 2
GAP = timedelta(hours=20)  # two looks nearer to each other may share one fault

Past = Literal["local", "outer"]


class Status(StrEnum):
    """Where a duty stands."""

    PENDING = "pending"
    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    UNKNOWN = "unknown"
    UNDATED = "undated"
    WITHDRAWN = "withdrawn"


class Flag(StrEnum):
    """What else is to be said about a duty."""

    CHANGED = "changed"            # its text or figures changed after publication
    BACKDATED = "backdated"        # claims to be in time, two complete looks after the due date say otherwise
    VANISHED = "vanished"          # the latest complete look does not show it; a second one will tell
    DEAD_LINK = "dead_link"        # the listing still shows it, its address says that it does not exist
    DATED_EARLY = "dated_early"    # claims a day within the year that it reports on
    LINK_UNREAD = "link_unread"    # a listed link that may be the report could not be read
    REPUBLISHED = "republished"    # stands at a new address after it was gone from the one before
    MISFILED = "misfiled"          # a listed link that names it leads to another report
    DISMISSED = "dismissed"        # a person said that there is nothing wrong about its date or absence


@dataclass(frozen=True, slots=True)
class Judgement:
    """One duty's status with everything that it rests on.

    `cause` says why a status is unknown or undated. `checked` is the last complete look, `gone_since` the first of the
    looks that no longer show the report. `evidence` are capture ids. `standing` are the publications that stood there
    when it was last seen, `replaced` those that were gone when one of these first came, `misfiled` the links of the
    last look that name it and lead to another report; `misfiled_again`, that an earlier look agrees.
    """

    duty: Duty
    status: Status
    past: Past | None = None
    confirmed: bool = False
    cause: Text | None = None
    claimed_on: date | None = None
    claimed_from: str | None = None
    last_look_without: datetime | None = None
    first_look_with: datetime | None = None
    checked: datetime | None = None
    gone_since: datetime | None = None
    url: str | None = None
    urls: tuple[str, ...] = ()
    sha256: str | None = None
    publication: int | None = None
    flags: tuple[Flag, ...] = ()
    evidence: tuple[str, ...] = ()
    standing: tuple[int, ...] = ()
    replaced: tuple[int, ...] = ()
    misfiled: tuple[Misfiled, ...] = ()
    misfiled_again: bool = False

    @property
    def reason(self) -> str | None:
        """Why the status is unknown or undated, in English."""
        return say(self.cause, "en") if self.cause else None

    @property
    def published(self) -> bool:
        """Whether the report was seen and is not withdrawn."""
        return self.first_look_with is not None and self.status is not Status.WITHDRAWN


def judge(duty: Duty, seen: Observations, as_of: datetime, *, confirm_looks: int = CONFIRM_LOOKS,
          gap: timedelta = GAP) -> Judgement:
    """Judge one duty by what was seen of it up to `as_of`."""
    case = _Case(duty, seen, as_of, lambda visits: len(spaced(visits, gap)) >= confirm_looks)
    judgement = _seen(case) if case.withs else _never_seen(case)
    return _with_links(replace(judgement, checked=case.checked), case)


def _with_links(one: Judgement, case: "_Case") -> Judgement:
    """The judgement with the links of the last look that name the report and lead to another one."""
    last = next((visit.misfiled for visit in reversed(case.visits) if visit.complete or visit.misfiled), ())
    if not last:
        return one
    urls = {link.url for link in last}
    again = case.agree([visit for visit in case.visits if any(link.url in urls for link in visit.misfiled)])
    return replace(one, flags=tuple(sorted({*one.flags, Flag.MISFILED})), misfiled_again=again,
                   misfiled=tuple(_with_listings(link, case.visits) for link in last))


def _with_listings(link: Misfiled, visits: Iterable[Visit]) -> Misfiled:
    """A link with the listings that show it."""
    shown = [visit for visit in visits if any(other.url == link.url for other in visit.misfiled)]
    captures = dict.fromkeys(capture for visit in (*shown[:1], *shown[-1:]) for capture in visit.captures)
    return replace(link, listings=tuple(captures))


def spaced(visits: Iterable[Visit], gap: timedelta) -> list[Visit]:
    """The visits that count as independent: each `gap` or more after the one before."""
    counted: list[Visit] = []
    for visit in visits:
        if not counted or visit.started - counted[-1].started >= gap:
            counted.append(visit)
    return counted


class _Case:
    """One duty's visits in order, sorted into those with and those without the report."""

    def __init__(self, duty: Duty, seen: Observations, as_of: datetime,
                 agree: Callable[[Sequence[Visit]], bool]) -> None:
        self.duty = duty
        self.as_of = as_of
        self.agree = agree
        self.publications = sorted(seen.publications, key=lambda one: one.id)
        self.visits = sorted((one for one in seen.visits if one.started <= as_of),
                             key=lambda one: (one.started, one.bundle))
        self.withs = [visit for visit in self.visits if visit.present]
        self.withouts = [visit for visit in self.visits if visit.without]
        self.doubts = [visit for visit in self.visits if visit.doubt and not visit.present]
        self.checked = max((visit.started for visit in self.visits if visit.complete), default=None)

    def absent_since(self) -> list[Visit]:
        """The looks without it since it was last there, or since a link that may be it was last listed."""
        last = max((visit.started for visit in (*self.withs, *self.doubts)), default=None)
        return [visit for visit in self.withouts if last is None or visit.started > last]


def _after(visits: Iterable[Visit], day: date) -> list[Visit]:
    return [visit for visit in visits if local_day(visit.started) > day]


def _never_seen(case: _Case) -> Judgement:
    duty = case.duty
    today = local_day(case.as_of)
    last = case.withouts[-1].started if case.withouts else None
    flags = (Flag.LINK_UNREAD,) if case.doubts and not case.absent_since() else ()
    if today <= duty.due:
        return Judgement(duty, Status.PENDING, last_look_without=last, flags=flags,
                         evidence=_captures(case.withouts[-1:]))
    absent = _after(case.absent_since(), duty.due)
    if not absent:
        return Judgement(duty, Status.UNKNOWN, _past(duty, today), cause=_why_unknown(case), last_look_without=last,
                         flags=flags, evidence=_captures(case.visits[-1:]))
    # which date has passed without it is said by a look, not by the calendar: it may have appeared since
    return Judgement(duty, Status.MISSING, _past(duty, local_day(absent[-1].started)), case.agree(absent),
                     last_look_without=last, evidence=_captures([absent[0], absent[-1]]))


def _why_unknown(case: _Case) -> Text:
    if case.doubts and not case.absent_since():
        return Text("why_unread", case.doubts[-1].started, case.doubts[-1].doubt)
    if not case.visits:
        return Text("why_never")
    latest = case.visits[-1]
    if latest.complete:
        return Text("why_before_due", latest.started)
    return Text("why_incomplete", latest.started, latest.reason) if latest.reason else Text("why_cut", latest.started)


def _seen(case: _Case) -> Judgement:
    duty = case.duty
    first = min(one.at for visit in case.withs for one in visit.present)
    before = [visit for visit in case.withouts if visit.started < first]
    gone = case.absent_since()
    claim = _dated(case.publications, duty.due)
    shown = _primary(case)
    replaced = _replaced(case)
    dated = _by_dates(case, first, before, claim.claimed_on)
    judgement = replace(
        dated, claimed_on=claim.claimed_on, claimed_from=claim.claimed_from, first_look_with=first,
        last_look_without=before[-1].started if before else None, gone_since=gone[0].started if gone else None,
        url=shown.url, urls=tuple(sorted({one.url for one in case.publications})), sha256=shown.sha256,
        publication=shown.id, standing=tuple(sorted(_standing(case))), replaced=replaced,
        flags=tuple(sorted({*dated.flags, *_flags(case, gone, claim.claimed_on), *_again(replaced)})),
        evidence=tuple(dict.fromkeys((*_sighted(case.withs[:1]), *_claiming(case, claim, dated.status),
                                      *dated.evidence, *_captures(gone)))))
    if gone and case.agree(gone):
        return replace(judgement, status=Status.WITHDRAWN, past=_past(duty, local_day(case.as_of)), confirmed=True,
                       cause=None, flags=tuple(flag for flag in judgement.flags if flag is not Flag.VANISHED))
    return judgement


def _by_dates(case: _Case, first: datetime, before: list[Visit], claimed: date | None) -> Judgement:
    """In time or not: what was seen goes before what the page says."""
    duty = case.duty
    after, outer = _after(before, duty.due), _after(before, duty.due_outer)
    looks = _captures([*after[:1], *outer[:1], *after[-1:]])
    if local_day(first) <= duty.due:
        return Judgement(duty, Status.ON_TIME, confirmed=True)
    if case.agree(after):
        flags = (Flag.BACKDATED,) if claimed and claimed <= duty.due else ()
        past = "outer" if case.agree(outer) else _late_past(duty, claimed)
        return Judgement(duty, Status.LATE, past, True, flags=flags, evidence=looks)
    if claimed:
        status = Status.ON_TIME if claimed <= duty.due else Status.LATE
        return Judgement(duty, status, _past(duty, claimed), True)
    if after:
        return Judgement(duty, Status.LATE, _past(duty, local_day(after[-1].started)), False, evidence=looks)
    why = Text("why_undated_window", before[-1].started, first=first) if before else Text("why_undated", first)
    return Judgement(duty, Status.UNDATED, cause=why, evidence=_captures(before[-1:]))


def _late_past(duty: Duty, claimed: date | None) -> Past:
    """Which date a late report missed by what its page says; at least the one that counts."""
    return (claimed and _past(duty, claimed)) or ("local" if duty.due_local else "outer")


def _past(duty: Duty, day: date) -> Past | None:
    """Which due date lies before a day."""
    if day > duty.due_outer:
        return "outer"
    return "local" if duty.due_local and day > duty.due_local else None


def _claim(publications: Sequence[Publication]) -> Publication:
    """The publication that claims the earliest day: a second copy makes nothing late."""
    return min(publications, key=lambda one: (one.claimed_on is None, one.claimed_on or date.max, one.id))


def _dated(publications: Sequence[Publication], due: date) -> Publication:
    """The publication whose claim counts: one that stands under another report's link makes nothing late."""
    claim = _claim(publications)
    if not claim.astray or claim.claimed_on is None or claim.claimed_on <= due:
        return claim
    own = [one for one in publications if not one.astray]
    return _claim(own) if own else replace(claim, claimed_on=None, claimed_from=None)


def _primary(case: _Case) -> Publication:
    """The report to show: one that stood there at the last sighting, by its claim."""
    there = _standing(case)
    return _claim([one for one in case.publications if one.id in there] or case.publications)


def _standing(case: _Case) -> set[int]:
    """The publications that stood there at the last sighting."""
    return {one.publication for one in case.withs[-1].present}


def _replaced(case: _Case) -> tuple[int, ...]:
    """The publications that were gone when one that stands now first came, each proved gone by that look or before."""
    first: dict[int, datetime] = {}
    last: dict[int, datetime] = {}
    for visit in case.withs:
        for one in visit.present:
            first.setdefault(one.publication, visit.started)
            last[one.publication] = visit.started
    gone = {one.publication: visit.started for visit in reversed(case.visits) for one in visit.gone}
    came = [first[one] for one in _standing(case)]
    looked = {visit.started for visit in case.visits if visit.complete and visit.doubt is None}
    return tuple(sorted(
        old for old, seen in last.items() if old not in _standing(case)
        and any(seen < at and (at in looked or gone.get(old, at + GAP) <= at) for at in came)))


def _again(replaced: tuple[int, ...]) -> Iterable[Flag]:
    if replaced:
        yield Flag.REPUBLISHED


def _flags(case: _Case, gone: list[Visit], claimed: date | None) -> Iterable[Flag]:
    if any(len(one.versions) > 1 for one in case.publications):
        yield Flag.CHANGED
    if claimed and claimed.year <= case.duty.report_year:
        yield Flag.DATED_EARLY
    if gone and any(one.listed for one in gone[-1].gone):
        yield Flag.DEAD_LINK
    if gone:
        yield Flag.VANISHED


def _captures(visits: Iterable[Visit]) -> tuple[str, ...]:
    """What shows that a report is not there: the listings, the report's own address, what a link to it leads to."""
    found = (capture for visit in visits for capture in (
        *visit.captures, *_of(visit.gone), *(link.capture for link in visit.misfiled if link.capture)))
    return tuple(dict.fromkeys(found))


def _claiming(case: _Case, claim: Publication, status: Status) -> Iterable[str]:
    """What shows the day that a late report claims: its first page and its latest, and the list that alone says it."""
    shown = [(visit, one.capture) for visit in case.withs for one in visit.present
             if one.publication == claim.id and one.capture and claim.claimed_on and status is Status.LATE]
    for visit, capture in (*shown[:1], *shown[-1:]):
        yield capture
        yield from visit.captures if str(claim.claimed_from).startswith("listing") else ()


def _sighted(visits: Iterable[Visit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(capture for visit in visits for capture in _of(visit.present)))


def _of(seen: Iterable[Seen]) -> list[str]:
    return [one.capture for one in seen if one.capture]
