"""What has to be said of a duty on a day, and what is really so. Written from the documents, without the judge.

Two truths. `expected` walks the crawls one by one and notes in plain words what each showed of a report; from these
notes follows what may be said. `lies` looks at the world alone, whatever was seen: an accusation that is not so there
is a false one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from archive.clock import SHANGHAI
from tests.simulation.visits import PRESENT, RECHECK_DAYS, Answer, Met, Visit
from tests.simulation.world import YEAR, County, Hurdle, Paper, State

APART = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Duty:
    """One township's report of one year."""

    township: str
    year: int
    due: date
    outer: date


def duties(county: County) -> tuple[Duty, ...]:
    """Every report that is owed, from the county's first year on."""
    return tuple(Duty(one.code, year, county.due.replace(year=year + 1), date(year + 1, 3, 31))
                 for one in county.townships for year in range(county.since, YEAR + 1))


@dataclass(frozen=True, slots=True)
class Line:
    """What one crawl showed of one report. `seen` are its addresses that stood there, with the state held of each."""

    at: datetime
    whole: bool
    seen: tuple[tuple[Paper, int], ...]
    unreadable: tuple[str, ...]               # listed, and could not be read
    dead: tuple[str, ...]                     # of this report, listed, and its address says that it is not there
    gone: tuple[str, ...]                     # of this report, not listed, and not there

    @property
    def day(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    @property
    def without(self) -> bool:
        """A whole look that does not show the report."""
        return self.whole and not self.seen


def lines(duty: Duty, visits: Sequence[Visit]) -> tuple[Line, ...]:
    """The notes on a duty, crawl by crawl."""
    return tuple(_line(duty, visit) for visit in visits)


def _line(duty: Duty, visit: Visit) -> Line:
    def mine(one: Met) -> bool:
        return one.state is not None and (one.paper.township, one.paper.year) == (duty.township, duty.year)

    promised = [one for one in visit.met if one.listed
                and (one.paper.column, one.paper.link_year) == (duty.township, duty.year)]
    return Line(
        visit.at, (duty.township, duty.year) in visit.whole,
        tuple((one.paper, one.state) for one in visit.met if mine(one) and one.answer in PRESENT),
        tuple(one.paper.path for one in visit.met if one.listed and one.answer is Answer.FAILED
              and (mine(one) or (one in promised and one.state is None))),
        tuple(one.paper.path for one in visit.met if mine(one) and one.listed and one.answer is Answer.GONE),
        tuple(one.paper.path for one in visit.met if mine(one) and not one.listed and one.answer is Answer.GONE))


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be said: the status and what goes with it, and the findings that are open, confirmed or not."""

    status: str
    past: str | None = None
    confirmed: bool = False
    claimed: date | None = None
    flags: frozenset[str] = frozenset()
    findings: dict[str, bool] = field(default_factory=dict)


def apart(some: Sequence[Line]) -> bool:
    """Two of these looks, the first and the last, lie so far apart that the second one agrees."""
    return len(some) > 1 and some[-1].at - some[0].at >= APART


def expected(duty: Duty, notes: Sequence[Line], now: datetime) -> Expected:
    """What has to be said at an instant, after these crawls and no later ones."""
    notes = [one for one in notes if one.at <= now]
    seen = [one for one in notes if one.seen]
    said = _seen(duty, notes, seen, now) if seen else _never_seen(duty, notes, now)
    return Expected(said.status, said.past, said.confirmed, said.claimed, said.flags,
                    dict(_findings(duty, notes, said)))


def _never_seen(duty: Duty, notes: Sequence[Line], now: datetime) -> Expected:
    today = now.astimezone(SHANGHAI).date()
    if today <= duty.due:
        return Expected("pending")
    looks = [one for one in _since_doubt(notes) if one.without and one.day > duty.due]
    if not looks:
        return Expected("unknown", "outer" if today > duty.outer else "local")
    past = "outer" if looks[-1].day > duty.outer else "local"
    return Expected("missing", past, apart(looks))


def _since_doubt(notes: Sequence[Line]) -> Sequence[Line]:
    """The notes behind the last crawl in which a listed link promised the report and nobody could read it."""
    doubts = [number for number, one in enumerate(notes) if one.unreadable and not one.seen]
    return notes[doubts[-1] + 1:] if doubts else notes


def _seen(duty: Duty, notes: Sequence[Line], seen: Sequence[Line], now: datetime) -> Expected:
    first, last = seen[0], seen[-1]
    claimed = _claimed(seen, duty.due)
    flags = {"changed"} if _changed(seen) else set()
    gone = [one for one in _since_doubt(notes) if one.without and one.at > last.at]
    status, past, confirmed, backdated = _by_dates(duty, notes, first, claimed)
    if backdated:
        flags.add("backdated")
    if _moved(notes, seen):
        flags.add("republished")
    if apart(gone):
        return Expected("withdrawn", _passed(duty, now), True, claimed, frozenset(flags))
    if gone:
        flags.add("vanished")
    return Expected(status, past, confirmed, claimed, frozenset(flags))


def _passed(duty: Duty, now: datetime) -> str | None:
    today = now.astimezone(SHANGHAI).date()
    return "outer" if today > duty.outer else "local" if today > duty.due else None


def _claimed(seen: Sequence[Line], due: date) -> date | None:
    """The earliest day that a page claims: of each address the day that it was first seen to claim.

    One behind a link that promises another report counts only where it speaks for the township.
    """
    own: dict[str, date] = {}
    astray: dict[str, date] = {}
    for one in seen:
        for paper, state in one.seen:
            if claim := paper.states[state].claims:
                promised = (paper.column, paper.link_year) == (paper.township, paper.year)
                (own if promised else astray).setdefault(paper.path, claim)
    helps = [claim for claim in astray.values() if claim <= due]
    return min([*own.values(), *helps], default=None)


def _moved(notes: Sequence[Line], seen: Sequence[Line]) -> bool:
    """It stands at an address that came when the one before was known to be gone."""
    standing = {paper.path for paper, _ in seen[-1].seen}
    first: dict[str, Line] = {}
    last: dict[str, Line] = {}
    for one in seen:
        for paper, _ in one.seen:
            first.setdefault(paper.path, one)
            last[paper.path] = one
    return any(last[old].at < first[new].at and (first[new].whole or _was_gone(notes, old, last[old], first[new]))
               for old in last.keys() - standing for new in standing)


def _was_gone(notes: Sequence[Line], path: str, after: Line, until: Line) -> bool:
    return any(path in one.gone for one in notes if after.at < one.at <= until.at)


def _changed(seen: Sequence[Line]) -> bool:
    """An address showed two things that differ in what they say."""
    said: dict[str, set[tuple[int, int]]] = {}
    for one in seen:
        for paper, state in one.seen:
            said.setdefault(paper.path, set()).add((paper.states[state].more, paper.states[state].remarks))
    return any(len(each) > 1 for each in said.values())


def _by_dates(duty: Duty, notes: Sequence[Line], first: Line, claimed: date | None):
    """Status, past, confirmed, backdated."""
    if first.day <= duty.due:
        return "on_time", None, True, False
    before = [one for one in notes if one.without and one.at < first.at]
    local = [one for one in before if one.day > duty.due]
    outer = [one for one in before if one.day > duty.outer]
    if apart(local):
        behind = apart(outer) or bool(claimed and claimed > duty.outer)
        return "late", "outer" if behind else "local", True, bool(claimed and claimed <= duty.due)
    if claimed:
        if claimed <= duty.due:
            return "on_time", None, True, False
        return "late", "outer" if claimed > duty.outer else "local", True, False
    if local:
        return "late", "outer" if outer else "local", False, False
    return "undated", None, False, False


def _findings(duty: Duty, notes: Sequence[Line], said: Expected) -> Iterator[tuple[str, bool]]:
    """The findings on dates and links that have to be open, and whether each is confirmed."""
    if said.status == "missing":
        yield ("T05" if said.past == "outer" else "T04"), said.confirmed
    if said.status == "late" and "backdated" not in said.flags:
        yield ("T03" if said.past == "outer" else "T02"), said.confirmed
    if said.status == "undated":
        yield "T08", True
    if "backdated" in said.flags:
        yield "T09", True
    if "changed" in said.flags and said.status != "withdrawn":
        yield "T10", True
    if said.claimed and said.claimed.year <= duty.year:
        yield "T07", True
    if "vanished" in said.flags or said.status == "withdrawn":
        last = [one for one in notes if one.without][-1]
        yield ("L01" if last.dead else "L05"), said.status == "withdrawn"


def misfiled(visits: Sequence[Visit], now: datetime) -> dict[tuple[str, int], bool]:
    """The duties whose link led to another body's or another year's report in the last look at them, and whether an
    earlier look agrees."""
    found: dict[tuple[str, int], list[Visit]] = {}
    for visit in (one for one in visits if one.at <= now):
        wrong = {(one.paper.column, one.paper.link_year) for one in visit.met
                 if one.listed and one.answer in PRESENT
                 and (one.paper.column, one.paper.link_year) != (one.paper.township, one.paper.year)}
        for key in [key for key in found if key in visit.whole and key not in wrong]:
            del found[key]
        for key in wrong:
            found.setdefault(key, []).append(visit)
    return {key: some[-1].at - some[0].at >= APART for key, some in found.items()}


def differing(notes: Sequence[Line], now: datetime) -> bool:
    """Two addresses showed the report in the latest look at it, and do not say the same."""
    seen = [one for one in notes if one.at <= now and one.seen]
    if not seen:
        return False
    return len({(paper.states[state].more, paper.states[state].remarks) for paper, state in seen[-1].seen}) > 1


def copied(duty: Duty, notes: Sequence[Line], before: Sequence[Line], now: datetime) -> bool:
    """What was seen says word for word what last year's report says, and that was seen, too."""
    seen, earlier = ([one for one in some if one.at <= now and one.seen] for some in (notes, before))
    if not (seen and earlier):
        return False
    return all(paper.states[state].wording == duty.year - 1 for paper, state in seen[-1].seen)


# What is really so.

def findable(county: County, duty: Duty, at: datetime) -> bool:
    """Somebody who opened the portal's lists at this instant would get to the report."""
    return any(paper.listed(at) and paper.answers(at) for paper in _of(county, duty))


def stands(county: County, duty: Duty, at: datetime) -> bool:
    """Somebody who knew its address would get the report at this instant."""
    return any(paper.answers(at) for paper in _of(county, duty))


def published(county: County, duty: Duty) -> date | None:
    """The day on which the report really appeared first."""
    return min((paper.up.astimezone(SHANGHAI).date() for paper in _of(county, duty)), default=None)


def own_words(county: County, duty: Duty, now: datetime) -> set[date]:
    """The days that the report's pages have claimed by now."""
    return {state.claims for paper in _of(county, duty) for state in paper.states
            if state.claims and state.since <= now}


def lie(county: County, duty: Duty, code: str, whole: Sequence[datetime], now: datetime) -> str | None:
    """Why an accusation is not so in the world; None where it is. `whole` are the instants of whole looks at it."""
    up, said = published(county, duty), own_words(county, duty, now)
    mine = _of(county, duty)
    promised = [paper for paper in county.papers() if (paper.column, paper.link_year) == (duty.township, duty.year)]
    looks = [at for at in whole if at <= now]
    contents = {path: {(state.more, state.remarks) for state in states} for path, states in _shown(mine, now).items()}
    due = duty.outer if code in ("T03", "T05") else duty.due
    truths = {
        # who finds a dead link does not find the report
        "T04": bool(looks) and looks[-1].date() > due and not findable(county, duty, looks[-1]),
        "T02": up is not None and up <= now.date() and (up > due or max(_first_words(mine, now), default=up) > due),
        "T09": up is not None and up > duty.due and min(said, default=up) <= duty.due,
        "T10": any(len(some) > 1 for some in contents.values()),
        "T07": any(day.year <= duty.year for day in said),
        "L05": bool(looks) and up is not None and looks[-1].date() >= up and not stands(county, duty, looks[-1]),
        "L01": any(paper.listed(at) and not paper.answers(at) for paper in (*mine, *promised)
                   for at in county.crawls if at <= now),
        "L04": any((paper.township, paper.year) != (duty.township, duty.year) for paper in promised),
        "X03": any(state.wording != duty.year for paper in mine for state in paper.states),
        "S13": any(state.wording != duty.year for paper in mine for state in paper.states),
        "L06": len({one for some in contents.values() for one in some}) > 1,
    }
    truths |= {"T05": truths["T04"], "T03": truths["T02"], "P12": truths["L04"], "Y02": truths["L04"]}
    return None if truths.get(code, True) else f"{code} of {duty.township} {duty.year} is not so in the world"


def owed(county: County, duty: Duty, whole: Sequence[datetime], now: datetime) -> str | None:
    """What has to have been told by now, by the world alone: whole looks (`whole`) showed it twice, a day apart.

    Nothing is said where some crawl met links that it could not read, or an address that no list shows.
    """
    blurred = [at for at in county.crawls if at <= now and _blurred(county, duty, at)]
    looks = [at for at in whole if at <= now and at > max(blurred, default=FIRST)]
    stood = [at for at in county.crawls if at <= now and findable(county, duty, at)]
    late = [at for at in looks if at.date() > duty.due and at < min(stood, default=now)]
    last = max(stood, default=FIRST)
    # what a list still links to is asked for again after a week
    since = [at for at in looks if at > last and not stands(county, duty, at)
             and ((at - last).days >= RECHECK_DAYS or not any(paper.listed(at) for paper in _of(county, duty)))]
    if not stood:
        return "missing" if _twice(late) and not any(stands(county, duty, at) for at in late) else None
    if not any(at in whole for at in stood):
        return None
    if _twice(since):
        return "withdrawn"
    return "late" if _twice(late) and published(county, duty) >= late[-1].date() and not since else None


FIRST = datetime(2000, 1, 1, tzinfo=SHANGHAI)


def _twice(looks: Sequence[datetime]) -> bool:
    return len(looks) > 1 and looks[-1] - looks[0] >= APART


def _blurred(county: County, duty: Duty, at: datetime) -> bool:
    return any(one.hurdle is Hurdle.PAPERS for one in county.hurdles(at))


def _first_words(papers: Sequence[Paper], now: datetime) -> set[date]:
    """The days that the address claims at which the report appeared first: its publisher's own words."""
    first = min(papers, key=lambda one: one.up)
    return {state.claims for state in first.states if state.claims and state.since <= now}


def _of(county: County, duty: Duty) -> list[Paper]:
    return [paper for paper in county.papers() if (paper.township, paper.year) == (duty.township, duty.year)]


def _shown(papers: Sequence[Paper], now: datetime) -> dict[str, list[State]]:
    return {paper.path: [state for state in paper.states if state.since <= now] for paper in papers}
