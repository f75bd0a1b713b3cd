"""What really happens in a season: 60 counties with some 900 townships from January to April, by seed.

Nothing here knows of the monitor. A `Paper` is one address on a portal: when it is on its list, when it answers,
what it shows. An `Obstacle` is what stands between a crawl and the portal. Instants carry the zone Asia/Shanghai;
whatever holds from an instant on holds at that instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

from archive import divisions
from archive.clock import SHANGHAI

YEAR = 2025                                   # the report year of the season
POOL = 75                                     # counties that worlds are made of: what is read once need not be again
FIRST, LAST = date(2026, 1, 1), date(2026, 4, 30)
OUTER = date(2026, 3, 31)


class Hurdle(StrEnum):
    """What stands between a crawl and a portal."""

    DOWN = "down"              # nothing answers
    FIREWALL = "firewall"      # every request is refused
    ROBOTS = "robots"          # robots.txt forbids everything
    LAYOUT = "layout"          # pages answer, and no list is recognised
    LISTING = "listing"        # one listing (`of`) answers 503
    TAIL = "tail"              # the pages of a shared listing behind its first one answer 503
    PAPERS = "papers"          # listings answer; no page of a report does
    CUT = "cut"                # so slow that the crawl is killed before its end
    NIGHT = "night"            # closed from 22:00 to 7:00


class Shape(StrEnum):
    """How a portal lists its townships' reports."""

    OWN = "own"                # each township has a listing of its own
    SHARED = "shared"          # one listing of several pages for all of them


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant on, until another one (None: for good)."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A hurdle in a span of time; `of` is the township whose own listing it is about."""

    hurdle: Hurdle
    span: Span
    of: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a page shows from an instant on. `more` requests more than at first, `remarks` of correction at the end.

    `wording` is the report year whose prose it has, `claims` the day that the page prints as its day of publication.
    """

    since: datetime
    claims: date | None
    more: int = 0
    remarks: int = 0
    wording: int = YEAR


@dataclass(frozen=True, slots=True)
class Paper:
    """One address. It stands in the listing `column`, whose link names `column` and `link_year`; the page names
    `township` and `year`."""

    path: str
    column: str
    link_year: int
    township: str
    year: int
    up: datetime
    states: tuple[State, ...]
    unlisted: tuple[Span, ...] = ()
    dead: tuple[Span, ...] = ()

    def listed(self, at: datetime) -> bool:
        return self.up <= at and not any(span.holds(at) for span in self.unlisted)

    def answers(self, at: datetime) -> bool:
        return self.up <= at and not any(span.holds(at) for span in self.dead)

    def number(self, at: datetime) -> int:
        """Which of its states it shows."""
        return max(number for number, state in enumerate(self.states) if state.since <= at)


@dataclass(frozen=True, slots=True)
class Township:
    """`fate` is what happens to its report of the season, `before` to that of the year before."""

    code: str
    name: str
    fate: str
    before: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class County:
    """A county with its portal. `due` is the day after which its townships' reports are late.

    Its lists show the reports of earlier years, too; a crawl does not follow links to those before `since`.
    """

    code: str
    name: str
    shape: Shape
    per_page: int
    since: int                                # the first report year that its entry asks for
    due: date
    notice: str | None
    townships: tuple[Township, ...]
    obstacles: tuple[Obstacle, ...]
    crawls: tuple[datetime, ...]              # when it is crawled

    @property
    def home(self) -> str:
        return f"http://www.x{self.code}.gov.cn/"

    def papers(self) -> tuple[Paper, ...]:
        return tuple(paper for township in self.townships for paper in township.papers)

    def hurdles(self, at: datetime) -> tuple[Obstacle, ...]:
        return tuple(one for one in self.obstacles if one.span.holds(at) and
                     (one.hurdle is not Hurdle.NIGHT or not 7 <= at.hour < 22))


@dataclass(frozen=True, slots=True)
class World:
    seed: int
    counties: tuple[County, ...]


# What happens to the report of the season, and how often in 1,000.
FATES = {
    "in_time": 640, "eve": 50, "next_day": 12, "between": 60, "after_outer": 14, "never": 50, "backdated": 30,
    "backdated_past_outer": 6, "undated": 30, "changed": 30, "redated": 10, "withdrawn": 16, "unlisted": 6,
    "dead_link": 8, "moved": 12, "twice": 8, "twice_differing": 6, "wrong_year": 8, "wrong_body": 6, "flicker": 16,
    "gone_a_week": 8, "early": 4, "postdated": 6, "copied": 6,
    "dated_later": 6,
}
EVEN = dict.fromkeys(FATES, 1)                # worlds in which the rare is as frequent as the usual
HURDLES = {"hours": 3, "days": 3, "weekends": 1, "firewall": 2, "robots": 1, "layout": 2, "listing": 3, "papers": 2,
           "cut": 2, "night": 1}
BEFORE = {"in_time": 850, "late": 50, "undated": 30, "never": 40, "dropped": 30}


def make(seed: int, counties: int = 60, *, largest: int = 22, fates: Mapping[str, int] = FATES,
         hurdles: Mapping[str, int] = HURDLES) -> World:
    """The world of a seed: so many counties of 10 to `largest` townships, what happens to them drawn by weight.

    Without `hurdles` every crawl sees what it asks for.
    """
    chance = Random(f"season {seed}")
    fit = [one for one in divisions.counties() if 10 <= len(_owing(one.code)) <= largest]
    pool = Random("counties").sample(fit, POOL)
    chosen = chance.sample(pool, counties)
    return World(seed, tuple(_county(Random(f"{seed} {one.code}"), one, number, fates, hurdles)
                             for number, one in enumerate(chosen)))


def _owing(code):
    return [unit for unit in divisions.townships(code) if unit.owes_by_kind]


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def _some(chance: Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, max((last - first).days, 0)))


def _moment(chance: Random, first: date, last: date) -> datetime:
    return at(_some(chance, first, last), chance.randint(8, 19), chance.randint(0, 59))


def _county(chance: Random, one, number: int, fates, hurdles) -> County:
    due, notice = chance.choice([(date(2026, 2, 20), f"{one.name}政务公开办〔2025〕{number + 3}号"),
                                 (date(2026, 1, 20), f"{one.name}政府办〔2025〕{number + 7}号"),
                                 *[(date(2026, 1, 31), None)] * 6])
    since = chance.choice([YEAR - 1, YEAR, YEAR, YEAR])
    units = _owing(one.code)
    townships = tuple(_township(chance, unit, since, due, units, fates) for unit in units)
    shape = chance.choice([Shape.OWN, Shape.SHARED])
    obstacles = _obstacles(chance, townships, shape, hurdles) if hurdles else ()
    county = County(one.code, one.name, shape, chance.choice([6, 10, 15, 40]), since, due, notice, townships,
                    obstacles, ())
    return replace(county, crawls=_crawls(chance, county))


def _township(chance: Random, unit, since: int, due: date, units, fates) -> Township:
    fate = chance.choices(list(fates), list(fates.values()))[0]
    before = chance.choices(list(BEFORE), list(BEFORE.values()))[0]
    if fate == "copied" and since == YEAR:
        fate = "in_time"
    if fate == "copied" or (since == YEAR and before == "dropped"):
        before = "in_time"
    others = [other.code for other in units if other.code != unit.code]
    papers = (*_earlier(chance, unit.code, before), *_papers(chance, unit.code, fate, due, others))
    return Township(unit.code, unit.name, fate, before, papers)


def _paper(code: str, up: datetime, claims: date | None, year: int = YEAR, tag: str = "", **changes) -> Paper:
    wording = changes.pop("wording", year)
    fields = {"path": f"nb/{year}/{code}{tag}.html", "column": code, "link_year": year, "township": code, "year": year,
              "up": up, "states": (State(up, claims, wording=wording),)}
    return Paper(**(fields | changes))


def _earlier(chance: Random, code: str, before: str) -> tuple[Paper, ...]:
    """The report of the year before, up since the spring of 2025."""
    year = YEAR - 1
    if before == "never":
        return ()
    first, last = (date(2025, 2, 5), date(2025, 3, 20)) if before == "late" else (date(2025, 1, 5), date(2025, 1, 18))
    up = _moment(Random(f"{code} {before}"), first, last)
    claims = None if before == "undated" else up.date()
    gone = (Span(_moment(chance, date(2026, 1, 15), date(2026, 4, 10))),) if before == "dropped" else ()
    return (_paper(code, up, claims, year, unlisted=gone, dead=gone),)


def _papers(chance: Random, code: str, fate: str, due: date, others: list[str]) -> tuple[Paper, ...]:
    if fate == "never":
        return ()
    usual = Random(f"{code} in time") if fate == "in_time" and chance.random() < 0.8 else chance
    in_time = _moment(usual, date(2026, 1, 5), due - timedelta(days=2))
    late = _moment(chance, due + timedelta(days=2), date(2026, 3, 29))
    ups = {
        "eve": at(due, 23, 30), "next_day": at(due + timedelta(days=1), 0, 30), "between": late,
        "after_outer": _moment(chance, date(2026, 4, 1), date(2026, 4, 24)), "backdated": late,
        "backdated_past_outer": _moment(chance, date(2026, 4, 4), date(2026, 4, 24)),
        "undated": chance.choice([in_time, late]), "early": at(date(2025, 12, 26), 10),
    }
    up = ups.get(fate, in_time)
    claims = up.date()
    if fate in ("backdated", "backdated_past_outer"):
        claims = due - timedelta(days=chance.choice([0, 1, 5, 16]))
    if fate == "undated":
        claims = None
    if fate == "postdated":
        claims = due + timedelta(days=chance.randint(1, 20))
    paper = _paper(code, up, claims)
    return tuple(_then(chance, paper, fate, others))


def _then(chance: Random, paper: Paper, fate: str, others: list[str]):
    """What becomes of a paper behind its publication."""
    code, up = paper.column, paper.up
    later = _moment(chance, up.date() + timedelta(days=4), date(2026, 4, 20))

    (first,) = paper.states
    if fate == "changed":
        kind = chance.choice([{"more": 1}, {"remarks": 1}])
        yield replace(paper, states=(first, State(later, first.claims, **kind)))
    elif fate == "redated":
        yield replace(paper, states=(first, State(later, later.date(), remarks=1)))
    elif fate == "dated_later":
        yield replace(paper, states=(State(up, None), State(later, first.claims)))
    elif fate == "withdrawn":
        yield replace(paper, unlisted=(Span(later),), dead=(Span(later),))
    elif fate == "unlisted":
        yield replace(paper, unlisted=(Span(later),))
    elif fate == "dead_link":
        yield replace(paper, dead=(Span(later),))
    elif fate == "moved":
        again = later + timedelta(days=chance.choice([0, 0, 3, 9]))
        yield replace(paper, unlisted=(Span(later),), dead=(Span(later),))
        yield _paper(code, again, chance.choice([first.claims, again.date()]), tag="b")
    elif fate == "twice":
        yield paper
        yield _paper(code, later, first.claims, tag="b")
    elif fate == "twice_differing":
        yield paper
        yield _paper(code, later, later.date(), tag="b", states=(State(later, later.date(), more=1),))
    elif fate == "wrong_year":
        yield replace(paper, year=YEAR - 1, states=(State(up, first.claims, wording=YEAR - 1),))
    elif fate == "wrong_body":
        yield replace(paper, township=chance.choice(others))
    elif fate in ("flicker", "gone_a_week"):
        days = 1 if fate == "flicker" else 7
        span = Span(at(later.date()), at(later.date() + timedelta(days=days)))
        yield replace(paper, unlisted=(span,), dead=(span,))
    elif fate == "copied":
        yield replace(paper, states=(State(up, first.claims, wording=YEAR - 1),))
    else:
        yield paper


def _obstacles(chance: Random, townships: tuple[Township, ...], shape: Shape, hurdles) -> tuple[Obstacle, ...]:
    if chance.random() < 0.35:
        return ()
    return tuple(one for _ in range(chance.randint(1, 3)) for one in _obstacle(chance, townships, shape, hurdles))


def _obstacle(chance: Random, townships: tuple[Township, ...], shape: Shape, hurdles):
    around = [_some(chance, FIRST, LAST), date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 1)]
    start = at(chance.choice(around) - timedelta(days=chance.randint(0, 3)), chance.randint(0, 23))
    kind = chance.choices(list(hurdles), list(hurdles.values()))[0]
    lengths = {"hours": (2, 9), "days": (24, 120), "firewall": (7 * 24, 40 * 24), "robots": (30 * 24, 200 * 24),
               "layout": (5 * 24, 40 * 24), "listing": (2 * 24, 25 * 24), "papers": (24, 9 * 24), "cut": (24, 7 * 24)}
    if kind == "weekends":
        days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
        for day in (day for day in days if day.weekday() == 5):
            yield Obstacle(Hurdle.DOWN, Span(at(day), at(day + timedelta(days=2))))
        return
    if kind == "night":
        yield Obstacle(Hurdle.NIGHT, Span(at(FIRST)))
        return
    span = Span(start, start + timedelta(hours=chance.randint(*lengths[kind])))
    if kind == "listing" and shape is Shape.SHARED:
        yield Obstacle(Hurdle.TAIL, span)
    elif kind == "listing":
        yield Obstacle(Hurdle.LISTING, span, chance.choice(townships).code)
    else:
        yield Obstacle(Hurdle.DOWN if kind in ("hours", "days") else Hurdle(kind), span)


REGULAR = 13                                  # days
USUAL = frozenset({"in_time", "eve", "early", "next_day", "never", "copied", "between", "after_outer"})


def _crawls(chance: Random, county: County) -> tuple[datetime, ...]:
    """When the county is crawled: now and then, behind the due dates, when something happens to it or soon after.

    A county has its own time of the day. One that is closed at night is tried at night, and again in the daytime.
    """
    days = {FIRST + timedelta(days=n) for n in range(chance.randint(0, 3), 120, REGULAR)}
    days |= {due + timedelta(days=n) for due in (county.due, OUTER) for n in (1, 2)}
    events = [one for township in county.townships if township.fate not in USUAL for one in _events(township)]
    events += [one for obstacle in county.obstacles[:3] for one in (obstacle.span.since, obstacle.span.until) if one]
    chosen = chance.sample(events, min(len(events), 8))
    days |= {one.date() + timedelta(days=chance.choice([0, 1, 1, 2])) for one in chosen}
    hour, minute = chance.randint(9, 17), chance.randint(0, 59)
    nightly = any(one.hurdle is Hurdle.NIGHT for one in county.obstacles)
    made = [at(day, hour, minute) for day in days if FIRST <= day <= LAST]
    made += [at(day, 5, minute) for day in days if FIRST <= day <= LAST and nightly]
    if chance.random() < 0.3:                  # two crawls on one day are one look
        made.append(at(county.due + timedelta(days=1), hour + 3, minute))
    return tuple(sorted(made))


def _events(township: Township):
    """When something happens to the report of the season, from the first of January on."""
    for paper in (one for one in township.papers if one.link_year == YEAR):
        yield paper.up
        yield from (state.since for state in paper.states)
        for span in {*paper.unlisted, *paper.dead}:
            yield from (one for one in (span.since, span.until) if one)
