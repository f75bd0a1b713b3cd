"""The portals of the world as replicas: what stands on each at an instant, on which software, with which oddities."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from random import Random

from crawler.replicas import paper_html, prose
from crawler.replicas.figures import figures, with_one_more
from crawler.replicas.places import Place, token
from crawler.replicas.sites import families
from crawler.replicas.sites import world as sites
from crawler.replicas.sites.model import Paper as Article
from crawler.replicas.sites.told import Entry, Silent
from tests.simulation.world import County, Hurdle, Paper, Shape, at

IMPORTED = date(1970, 1, 1)                   # what portals show that know no day

# What else is odd about a portal and keeps no visitor from anything.
ODDITIES = ("gbk", "gb2312", "bom", "titles_cut", "metas_misspelt", "pubdate_day", "pubdate_chinese",
            "labels_public", "labels_wide", "no_validators", "no_gzip", "to_second", "redirect_302=list",
            "links_onclick", "links_select", "links_second", "robots_none", "robots_comments")
# How a hurdle shows; which of them, by seed.
SHOWN: Mapping[Hurdle, tuple[tuple[str, str], ...]] = {
    Hurdle.DOWN: (("status_503", ""), ("reset", ""), ("status_502", ""), ("status_500", "")),
    Hurdle.FIREWALL: (("status_403", ""), ("status_412", ""), ("status_521", ""), ("challenge_202", "")),
    Hurdle.ROBOTS: (("robots_all", ""),),
    Hurdle.LAYOUT: (("same_shell", ""), ("forbidden_page", "")),
    Hurdle.PAPERS: (("status_502", "report"), ("status_403", "report")),
    Hurdle.NIGHT: (("closed", ""), ("closed_notice", "")),
}


@dataclass(frozen=True)
class Standing:
    """A county of the world as a site is told of it. `titled` links name their township."""

    county: County
    seed: int
    titled: bool

    def entries(self, now: datetime) -> tuple[Entry, ...]:
        """Every address that exists by now, newest first."""
        papers = sorted((one for one in self.county.papers() if one.up <= now), key=lambda one: (one.up, one.path))
        shown = tuple(_entry(self, one, now) for one in reversed(papers))
        return tuple(one for one in shown if one.link is not None or one.answers) + _beside(self)

    def switches(self, now: datetime) -> dict[str, str]:
        """The obstacles of an instant as switches."""
        chance = Random(f"{self.seed} {self.county.code} {now:%Y%m%d}")
        return dict(chance.choice(SHOWN[one.hurdle]) for one in self.county.hurdles(now) if one.hurdle in SHOWN)

    def silent(self, now: datetime) -> tuple[Silent, ...]:
        """The lists that answer nothing at an instant."""
        return tuple(Silent(self.place(one.of) if one.of else None, one.hurdle is Hurdle.TAIL)
                     for one in self.county.hurdles(now) if one.hurdle in (Hurdle.LISTING, Hurdle.TAIL))

    def place(self, code: str) -> Place:
        """A township as sites know it."""
        return sites.county(self.county.code).place(code)


def _entry(standing: Standing, paper: Paper, now: datetime) -> Entry:
    here = sites.county(standing.county.code)
    column, named = here.place(paper.column), here.place(paper.township)
    state, first = paper.states[paper.number(now)], paper.states[0]
    appears = at(first.claims or IMPORTED, paper.up.hour, paper.up.minute)
    number = 1_000_000 + int(token(12, here.code, paper.path), 16) % 7_999_999
    article = Article(number, prose.title_of(here.issuer(named), paper.year), appears, state.claims or IMPORTED,
                      _inner(here.code, named.code, paper.year, state.wording, state.more, state.remarks), named,
                      paper.year)
    link = prose.title_of(here.issuer(column), paper.link_year)
    if not standing.titled:
        link = f"{paper.link_year}年政府信息公开工作年度报告"
    return Entry(article, column, link if paper.listed(now) else None, paper.answers(now))


@lru_cache(maxsize=8192)
def _inner(county: str, code: str, year: int, wording: int, more: int, remarks: int) -> str:
    """A report's page: the prose of the year `wording`, so many requests more, so many corrections at its end."""
    here = sites.county(county)
    found = figures(code, wording)
    for _ in range(more):
        found = with_one_more(found)
    inner = paper_html.body(prose.compose(here.issuer(here.place(code)), wording, found))
    for step in range(2 if wording != year else 0):
        inner = inner.replace(str(wording + 1 - step), str(year + 1 - step))
    return inner + "<p>更正说明：本报告第一部分中个别表述经核对后作了更正，其他内容不变。</p>" * remarks


@cache
def _beside(standing: Standing) -> tuple[Entry, ...]:
    """What else stands in the lists: older reports, which nobody owes any more, or another notice."""
    return tuple(one for township in standing.county.townships
                 for one in _old(standing, standing.place(township.code)))


def _old(standing: Standing, place: Place) -> Iterator[Entry]:
    here, year = sites.county(standing.county.code), standing.county.since - 2
    chance = Random(f"beside {place.code} {standing.seed}")
    up = at(date(year + 1, 1, chance.randint(5, 28)), 9, 30)
    number = 9_100_000 + int(place.code[-3:])
    if chance.random() < 0.75:
        title = prose.title_of(here.issuer(place), year)
        inner = _inner(here.code, place.code, year, year, 0, 0)
        yield Entry(Article(number, title, up, up.date(), inner, place, year), place, title)
    else:
        title = f"{here.name}{place.name}政府信息公开指南"
        inner = f"<p>{place.name}政府信息公开指南，供公众查阅。如有变动，以最新公布的内容为准。</p>"
        yield Entry(Article(number, title, up, up.date(), inner), place, title)


def _one_each(county: County) -> bool:
    """Each township has its own report of a year at one address alone: all that a platform without lists can show."""
    places = [(one.column, one.link_year) for one in county.papers()]
    return len(set(places)) == len(places) and all(
        (one.column, one.link_year) == (one.township, one.year) for one in county.papers())


def relaunch(county: County, seed: int, first: sites.Spec) -> tuple[datetime, sites.Spec] | None:
    """From when on a county's portal runs on other software, under the same name; None where it stays what it is."""
    chance = Random(f"relaunch {seed} {county.code}")
    if chance.random() > 0.2:
        return None
    family = chance.choice([name for name in families.names() if name not in (first.family, "xxgk")])
    return at(date(2026, 2, chance.randint(5, 28)), 6), replace(first, family=family, switches=())


def spec(county: County, seed: int, number: int) -> sites.Spec:
    """The site of a county: its family in turn, its oddities by seed."""
    chance = Random(f"site {seed} {county.code}")
    names = families.names()
    family = names[(number + seed) % len(names)]
    if family == "xxgk" and not _one_each(county):
        family = names[(number + seed + 1) % len(names)]
    chosen = [chance.choice(ODDITIES)] if chance.random() < 0.6 else []
    if any(one.hurdle is Hurdle.ROBOTS for one in county.obstacles):
        chosen = [one for one in chosen if not one.startswith("robots")]      # one file says one thing
    own = county.shape is Shape.OWN
    standing = Standing(county, seed, titled=not own or chance.random() < 0.75)
    made = sites.spec(family, county.code, "own" if own else "shared", *chosen, seed=seed,
                      years=tuple(range(county.since, 2026)), per_page=county.per_page)
    return replace(made, told=standing)
