"""What the crawls of a county see of the world: a plain model of the crawler, with its memory of what it holds.

A crawl reads the listings, asks for what it does not hold or holds since a week, and for what has left its listing. A
township is looked at whole where every page of its listing came and nothing in it is left open.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from tests.simulation.world import YEAR, County, Hurdle, Paper, Shape

RECHECK_DAYS = 7


class Answer(StrEnum):
    """What came of one address."""

    KEPT = "kept"              # listed, held, not asked
    READ = "read"              # its page came
    SAME = "same"              # 304
    GONE = "gone"              # 404
    FAILED = "failed"          # nothing that can be read


PRESENT = frozenset({Answer.KEPT, Answer.READ, Answer.SAME})


@dataclass(frozen=True, slots=True)
class Met:
    """One address in one crawl; `state` is which of the paper's states is held of it afterwards."""

    paper: Paper
    listed: bool
    answer: Answer
    state: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One crawl. `whole` are the townships and report years that it looked at completely, `shown` the papers on each
    listing page that came (by listing: a township's code, or "" for the shared one)."""

    county: str
    at: datetime
    hurdles: frozenset[Hurdle]
    whole: frozenset[tuple[str, int]]
    unread: frozenset[str]                    # listings not read whole
    shown: dict[str, tuple[tuple[Paper, ...], ...]]
    met: tuple[Met, ...]

    @property
    def blind(self) -> bool:
        """Nothing at all was seen."""
        return bool(self.hurdles & BLIND)


BLIND = frozenset({Hurdle.DOWN, Hurdle.FIREWALL, Hurdle.ROBOTS, Hurdle.LAYOUT, Hurdle.NIGHT, Hurdle.CUT})


@dataclass
class Memory:
    """What the archive holds of one address."""

    state: int
    fetched: date
    doubt: bool = False


@dataclass
class Crawler:
    """Crawls one county again and again."""

    county: County
    held: dict[str, Memory] = field(default_factory=dict)

    def visit(self, at: datetime) -> Visit:
        """What a crawl that starts at an instant sees."""
        met_hurdles = self.county.hurdles(at)
        hurdles = frozenset(one.hurdle for one in met_hurdles)
        if hurdles & BLIND:
            return Visit(self.county.code, at, hurdles, frozenset(), frozenset(), {}, ())
        shown, unread = self._listings(at, met_hurdles)
        listed = {paper.path: paper for pages in shown.values() for page in pages for paper in page}
        met = [self._listed(paper, at, hurdles) for paper in listed.values() if paper.link_year >= self.county.since]
        for paper in self.county.papers():
            if paper.path in self.held and paper.path not in listed and not unread & {paper.column, ""}:
                met.append(self._ask(paper, at, hurdles, listed=False))
        whole = frozenset((one.code, year) for one in self.county.townships
                          for year in range(self.county.since, YEAR + 1)
                          if not unread & {one.code, ""} and not self._open(met, one.code, year))
        return Visit(self.county.code, at, hurdles, whole, frozenset(unread), shown, tuple(met))

    def _listings(self, at, obstacles):
        """The papers on the pages that came, and the listings that did not come whole."""
        codes = [one.code for one in self.county.townships] if self.county.shape is Shape.OWN else [""]
        broken = {one.of for one in obstacles if one.hurdle is Hurdle.LISTING}
        shown = {code: pages(self.county, code, at) for code in codes if code not in broken}
        unread = {code for code in codes if code in broken}
        for code in codes:
            if Hurdle.TAIL in {one.hurdle for one in obstacles} and len(shown.get(code, ())) > 1:
                shown[code] = shown[code][:1]
                unread.add(code)
        return shown, unread

    def _listed(self, paper, at, hurdles):
        held = self.held.get(paper.path)
        if held and not held.doubt and (at.date() - held.fetched).days < RECHECK_DAYS:
            return Met(paper, True, Answer.KEPT, held.state)
        return self._ask(paper, at, hurdles, listed=True)

    def _ask(self, paper, at, hurdles, *, listed):
        held = self.held.get(paper.path)
        before = held.state if held else None
        if Hurdle.PAPERS in hurdles or not paper.answers(at):
            if held:
                held.doubt = True
            answer = Answer.FAILED if Hurdle.PAPERS in hurdles else Answer.GONE
            return Met(paper, listed, answer, before)
        now = paper.number(at)
        self.held[paper.path] = Memory(now, at.date())
        return Met(paper, listed, Answer.SAME if before == now else Answer.READ, now)

    def _open(self, met, code, year):
        """A link to this report leads to nothing that could be read."""
        return any(one.paper.column == code and one.paper.link_year == year and
                   (one.answer is Answer.FAILED or (one.answer is Answer.GONE and one.listed and one.state is None))
                   for one in met)


def pages(county: County, code: str, at: datetime) -> tuple[tuple[Paper, ...], ...]:
    """The pages of a listing, newest first; an empty one has one page."""
    papers = [one for one in county.papers() if one.listed(at) and code in ("", one.column)]
    papers.sort(key=lambda one: (one.up, one.path), reverse=True)
    size = county.per_page
    return tuple(tuple(papers[start:start + size]) for start in range(0, len(papers), size)) or ((),)


def visits(county: County) -> tuple[Visit, ...]:
    """Every crawl of a county in its order."""
    crawler = Crawler(county)
    return tuple(crawler.visit(at) for at in county.crawls)
