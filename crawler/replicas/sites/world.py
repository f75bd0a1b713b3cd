"""What stands on a site: its county out of the division table, reports of three years, what surrounds them.

A `Spec` and a day make a `Site`; the same ones make the same site in every process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType

from pypinyin import lazy_pinyin

from archive import divisions
from crawler.replicas.places import County, Place
from crawler.replicas.sites import columns, families, stocks, uploads
from crawler.replicas.sites.model import Shape, Site
from crawler.replicas.sites.papers import YEARS, Maker
from crawler.replicas.sites.switches import SWITCHES
from crawler.replicas.sites.told import Told, empty

_ZONE = ("开发区", "管理区", "示范区", "产业", "园区", "聚集区", "试验区", "名胜区", "合作区")
_PER_PAGE: Mapping[Shape, int] = {"own": 2, "shared": 5}


@dataclass(frozen=True, slots=True)
class Spec:
    """One site to be made. `switches` are pairs; 0 articles `per_page` are so few that lists have several pages.

    `told` says what stands there instead of the reports that are invented otherwise.
    """

    family: str
    county: str
    shape: Shape = "own"
    switches: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    years: tuple[int, ...] = YEARS
    per_page: int = 0
    hosts: tuple[str, ...] = field(default=(), compare=False)
    told: Told | None = None

    def on(self, switch: str) -> bool:
        """The switch is on."""
        return any(name == switch for name, _ in self.switches)

    @property
    def values(self) -> Mapping[str, str]:
        """The switches as a mapping."""
        return MappingProxyType(dict(self.switches))

    @property
    def missing(self) -> tuple[str, int] | None:
        """The township (code) and report year that the switch `missing` leaves out."""
        if not self.on("missing"):
            return None
        places = county(self.county).places
        return places[self.seed % len(places)].code, max(self.years)

    @property
    def chosen(self) -> Place:
        """The township that other switches single out."""
        places = county(self.county).places
        return places[(self.seed + 1) % len(places)]

    def absent(self, day: date) -> frozenset[tuple[str, int]]:
        """What is really not there on a day, as (township code, report year)."""
        columns = build(self, day).reports
        there = {(paper.place.code, paper.year) for column in columns for paper in column.papers if paper.place}
        owed = {(place.code, year) for place in county(self.county).places for year in self.years}
        return frozenset((code, year) for code, year in owed if (code, year) not in there)


def spec(family: str, county_code: str, shape: Shape = "own", *switches: str, seed: int = 0,
         years: tuple[int, ...] = YEARS, per_page: int = 0) -> Spec:
    """A spec with switches written as `name` or `name=value`. Raises ValueError for one that nobody knows."""
    pairs = tuple((name, value) for name, _, value in (switch.partition("=") for switch in switches))
    known = families.software(family).switches.keys() | SWITCHES.keys()
    if unknown := [name for name, _ in pairs if name not in known]:
        raise ValueError(f"{family}: no switch {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return Spec(family, county_code, shape, pairs, seed, years, per_page)


@cache
def counties(number: int, *, at_least: int = 3, at_most: int = 5) -> tuple[str, ...]:
    """Codes of so many counties with few townships that owe a report, the smallest first.

    Raises ValueError where there are not enough of them.
    """
    sizes = {one.code: sum(unit.owes_by_kind for unit in divisions.townships(one.code)) for one in divisions.counties()
             if not any(word in one.name for word in _ZONE)}
    fitting = sorted((size, code) for code, size in sizes.items() if at_least <= size <= at_most)
    if len(fitting) < number:
        raise ValueError(f"only {len(fitting)} counties have {at_least} to {at_most} townships")
    return tuple(code for _, code in fitting[:number])


@cache
def county(code: str) -> County:
    """A county of the division table as the replicas know one; all but names and codes is invented."""
    one = divisions.county(code)
    slug = _slug(one.short)
    places = tuple(Place(unit.code, unit.name, _slug(unit.short)) for unit in divisions.townships(code)
                   if unit.owes_by_kind)
    above = one.full_name.removesuffix(one.name)
    return County(code, one.name, above, slug, f"www.{slug}.example.cn", f"{code}0001", "0537", "272200",
                  _distinct(places))


def build(told: Spec, day: date) -> Site:
    """The site as it stands on a day of the portal's calendar."""
    return replace(_built(told, day), hosts=told.hosts)


@lru_cache(maxsize=1024)
def _built(told: Spec, day: date) -> Site:
    here = county(told.county)
    maker = Maker(here, told.values, told.chosen, told.seed, told.years, day, told.missing)
    if told.told is not None:
        return _around(maker, told)
    reports = columns.own(maker) if told.shape == "own" else columns.shared(maker)
    reports = tuple(replace(one, papers=stocks.kept(uploads.attached(one.papers, maker), maker)) for one in reports)
    return Site(told.family, here, told.shape, reports, columns.others(maker), told.values, told.seed,
                told.per_page or _PER_PAGE[told.shape])


def _around(maker: Maker, told: Spec) -> Site:
    """The site without the reports that it will be told to show."""
    return Site(told.family, maker.county, told.shape, empty(maker.county, told.shape), columns.others(maker),
                told.values, told.seed, told.per_page or _PER_PAGE[told.shape])


def _slug(name: str) -> str:
    return "".join(lazy_pinyin(name, errors="ignore")) or "xz"


def _distinct(places: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(_numbered(places))


def _numbered(places: tuple[Place, ...]) -> Iterator[Place]:
    """Two townships of one county can sound alike."""
    taken: set[str] = set()
    for place in places:
        slug = place.slug if place.slug not in taken else f"{place.slug}{place.code[-3:]}"
        taken.add(slug)
        yield replace(place, slug=slug)
