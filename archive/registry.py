"""The registry of portals: one TOML file for each county, checked key by key.

    code = "370828"                          # six digits of the division table
    home = "http://www.jinxiang.gov.cn/"
    hosts = ["xxgk.jinxiang.gov.cn"]         # others that belong to it; the home's own always does
    family = "hanweb-xxgk"                   # pins the portal software; without it the pages tell
    since = 2021                             # first report year to watch
    delay_seconds = 5.0                      # between two requests; without it the home's setting
    requests = 3000                          # to one host in one crawl; without it by the number of townships
    hours = "07:30-22:00"                    # Asia/Shanghai; outside them the portal is closed and not asked
    legacy_tls = ["xxgk.jinxiang.gov.cn"]    # hosts of its own whose old servers negotiate TLS anew as before 2010
    [[listing]]                              # where reports stand; without any, discovery runs
    family = "hanweb-xxgk"
    url = "http://www.jinxiang.gov.cn/…"
    title = "…"                              # these three where the listing is of one kind, township or year
    township = "卜集镇"                       # name or nine-digit code
    report_year = 2024
    [expect]                                 # fewer than this is our failure, not theirs
    townships = 13
    listings = 14                            # found and read
    reports = 60                             # shown by all listings together
    [aliases]                                # printed name = code, for units that were renamed or merged
    "小吕乡" = "370828111"
    [owes]                                   # name or code = whether it publishes, against what its kind says, or
    "黄湖农场" = true                         # the first report year for which it does: a unit that was founded later
    "新城街道" = 2023
    [[calendar]]                             # the county's own due date and the notice that sets it: title and number
    due_local = "02-20"
    notice = "…"
    years = [2025]                           # report years that the notice speaks of; without it all from 2019 on

Only code and home are required.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from archive import clock, divisions
from archive.bundles import Listing
from archive.divisions import NO_ALIASES, Township
from archive.errors import BadDivision, BadPortal, NoPortal
from archive.notices import FIRST_LOCAL, LAST_DAY, Notice, is_due_day, is_local_year, overlap

# The present form of the report begins with report year 2021, and its tables can be compared from there on.
SINCE = 2021
EARLIEST = 2008                        # the first report year under the Regulations of 2007
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNPLAIN = re.compile(r"[\s\\\x00-\x1f\x7f]")
_HOURS = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")
_ENTRY_KEYS = frozenset({"code", "home", "hosts", "family", "since", "delay_seconds", "requests", "hours", "legacy_tls",
                         "listing", "expect", "aliases", "owes", "calendar"})
_NOTICE_KEYS = frozenset({"due_local", "notice", "years"})
_EXPECT_KEYS = frozenset({"townships", "listings", "reports"})
_LISTING_KEYS = frozenset({"family", "url", "title", "township", "report_year"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hours:
    """When a portal is open each day, in Asia/Shanghai; past midnight where it closes before it opens."""

    opens: time
    closes: time

    def hold(self, moment: time) -> bool:
        """The portal is open at this time of the day."""
        if self.opens < self.closes:
            return self.opens <= moment < self.closes
        return moment >= self.opens or moment < self.closes

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class Portal:
    """One county's portal. `hosts` are lower-case host names, with the port where it is not the scheme's own."""

    code: str
    name: str
    slug: str                         # the file's name without .toml
    home: str
    hosts: frozenset[str]
    path: Path
    listings: tuple[Listing, ...] = ()
    since: int = SINCE
    expect_townships: int | None = None
    expect_listings: int | None = None
    expect_reports: int | None = None
    family: str | None = None
    delay_seconds: float | None = None
    requests: int | None = None       # to one host in one crawl
    hours: Hours | None = None
    legacy_tls: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=lambda: NO_ALIASES, hash=False)
    owes: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}), hash=False)  # code → whether
    since_of: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}), hash=False)  # code → first year
    notices: tuple[Notice, ...] = ()

    def townships(self) -> tuple[Township, ...]:
        """The townships that owe a report: by their kind, unless the entry says otherwise."""
        return tuple(unit for unit in divisions.townships(self.code) if self.owes.get(unit.code, unit.owes_by_kind))

    def find_township(self, text: str) -> Township:
        """A unit of this county by code, name or alias. Raises BadDivision."""
        return divisions.find_township(text, self.code, self.aliases)

    def mentioned(self, text: str) -> tuple[Township, ...]:
        """Units of this county that a text names, under their names or aliases."""
        return divisions.mentioned_townships(text, self.code, self.aliases)

    def open_at(self, instant: datetime) -> bool:
        """Whether the portal keeps open at an instant, by the hours of its entry."""
        return self.hours is None or self.hours.hold(instant.astimezone(clock.SHANGHAI).time())

    def owns(self, url: str) -> bool:
        """Whether a URL is on one of the portal's hosts."""
        return netloc(url) in self.hosts


@dataclass(frozen=True, slots=True)
class Registry:
    """Portals by county code, and the files that could not be read."""

    portals: Mapping[str, Portal]
    errors: tuple[BadPortal, ...] = ()

    def resolve(self, text: str) -> Portal:
        """A portal by code, slug or county name. Raises BadDivision with candidates, NoPortal where none is meant."""
        wanted = text.strip()
        found = [portal for portal in self.portals.values() if wanted in (portal.code, portal.slug)]
        named = divisions.counties_called(wanted)
        found = found or [self.portals[county.code] for county in named if county.code in self.portals]
        if len(found) > 1:
            raise BadDivision(text, tuple(map(_shown, found)))
        if not found:
            raise NoPortal(text, tuple(map(_shown, self.portals.values())))
        return found[0]


def _shown(portal: Portal) -> str:
    return f"{portal.name} ({portal.code}, {portal.slug})"


def netloc(url: str) -> str:
    """A URL's host name in lower case, with the port where it is not the scheme's own; empty where it is not plain.

    Names and passwords, backslashes and white space are not plain: parsers disagree about whose host stands there.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if "@" in parts.netloc or _UNPLAIN.search(url):
        return ""
    host = _plain_host(parts.hostname or "")
    return host if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{port}"


def _plain_host(name: str) -> str:
    """A host name as it is looked up: in ASCII, an IPv6 address in brackets; empty where it is no such name."""
    if ":" in name:
        return f"[{name}]"
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def load(*folders: Path) -> Registry:
    """The portals that ship, then those of each folder; the same code takes the place of an earlier folder's.

    A file that cannot be read is among the errors and hides no other.
    """
    portals: dict[str, Portal] = {}
    errors: list[BadPortal] = []
    with as_file(files("archive").joinpath("portals")) as shipped:
        for folder in (shipped, *folders):
            portals |= _load_folder(folder, errors)
    return Registry(MappingProxyType(dict(sorted(portals.items()))), tuple(errors))


def _load_folder(folder: Path, errors: list[BadPortal]) -> dict[str, Portal]:
    if not folder.is_dir():
        errors.append(BadPortal(folder, "folder", "expected a folder of registry entries"))
    portals: dict[str, Portal] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            portal = read(path)
            if portal.code in portals:
                raise BadPortal(path, "code", f"{portal.code} is {portals[portal.code].path.name}'s already")
            portals[portal.code] = portal
        except BadPortal as error:
            errors.append(error)
    return portals


def read(path: Path) -> Portal:
    """One registry entry. Raises BadPortal with the file, the place in it and what was expected there."""
    entry = _Table(path, "", _parsed(path), _ENTRY_KEYS)
    code = entry.required("code", str)
    try:
        county = divisions.county(code)
    except BadDivision:
        raise entry.bad("code", f"expected six digits of the division table, not {code!r}") from None
    home = entry.url("home")
    hosts = frozenset({netloc(home), *map(entry.host, entry.listed("hosts"))})
    expect = entry.table("expect", _EXPECT_KEYS)
    owes, since_of = _owes(entry, code)
    return Portal(
        code=code, name=county.name, slug=path.stem, home=home, hosts=hosts, path=path,
        listings=_listings(entry, code, hosts), since=entry.year("since") or SINCE,
        expect_townships=expect.positive("townships", int), expect_listings=expect.positive("listings", int),
        expect_reports=expect.positive("reports", int), family=entry.optional("family", str),
        delay_seconds=entry.positive("delay_seconds", float), requests=entry.positive("requests", int),
        hours=_hours(entry), legacy_tls=_legacy_tls(entry, hosts),
        aliases=_aliases(entry, code), owes=owes, since_of=since_of, notices=_notices(entry))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadPortal(path, "file", f"{error.strerror}; expected a TOML file") from error
    except UnicodeDecodeError as error:
        raise BadPortal(path, f"byte {error.start}", "expected UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadPortal(path, "file", f"expected TOML: {error}") from error


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table whose values are asked for by key and type; `place` is where it stands, with a point behind it."""

    path: Path
    place: str
    values: dict[str, Any]
    keys: frozenset[str] | None       # None: any key

    def __post_init__(self) -> None:
        unknown = sorted(self.values.keys() - self.keys) if self.keys is not None else []
        if unknown:
            raise self.bad(unknown[0], f"unknown key; expected one of {', '.join(sorted(self.keys or ()))}")

    def bad(self, key: str, expected: str) -> BadPortal:
        return BadPortal(self.path, self.place + key, expected)

    def optional(self, key: str, kind: type[T]) -> T | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) is not (kind is bool) or not isinstance(value, kind) or value == "":
            raise self.bad(key, f"expected {_KIND_NAMES[kind]}, not {value!r}")
        return value

    def required(self, key: str, kind: type[T]) -> T:
        value = self.optional(key, kind)
        if value is None:
            raise self.bad(key, f"missing; expected {_KIND_NAMES[kind]}")
        return value

    def positive(self, key: str, kind: Callable[[int | float], T]) -> T | None:
        whole = kind is int or isinstance(self.values.get(key), int)
        value = self.optional(key, int) if whole else self.optional(key, float)
        if value is not None and not 0 < value < 10_000:
            raise self.bad(key, f"expected a number above 0 and below 10000, not {value!r}")
        return None if value is None else kind(value)

    def year(self, key: str) -> int | None:
        value = self.optional(key, int)
        if value is not None and not EARLIEST <= value <= 2100:
            raise self.bad(key, f"expected a report year from {EARLIEST} on, not {value}")
        return value

    def listed(self, key: str) -> list[Any]:
        value: list[Any] | None = self.optional(key, list)
        return value or []

    def table(self, key: str, keys: frozenset[str] | None = None) -> "_Table":
        value: dict[str, Any] | None = self.optional(key, dict)
        return _Table(self.path, f"{self.place}{key}.", value or {}, keys)

    def url(self, key: str) -> str:
        value = self.required(key, str)
        if not value.startswith(("http://", "https://")) or not netloc(value):
            raise self.bad(key, f"expected an http or https URL, not {value!r}")
        return value

    def host(self, value: object, key: str = "hosts") -> str:
        parts = urlsplit(f"//{value}") if isinstance(value, str) else SplitResult("", "", "", "", "")
        if not parts.netloc or parts.netloc != value or not netloc(f"//{value}"):
            raise self.bad(key, f"expected a host name, with its port where it has one, not {value!r}")
        return netloc(f"//{value}")


_KIND_NAMES: Mapping[object, str] = MappingProxyType({
    str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
    dict: "a table"})


def _listings(entry: _Table, code: str, hosts: frozenset[str]) -> tuple[Listing, ...]:
    return tuple(_listing(entry, number, values, code, hosts)
                 for number, values in enumerate(entry.listed("listing"), start=1))


def _listing(entry: _Table, number: int, values: object, code: str, hosts: frozenset[str]) -> Listing:
    if not isinstance(values, dict):
        raise entry.bad("listing", f"expected [[listing]] tables, not {values!r}")
    table = _Table(entry.path, f"listing {number}.", values, _LISTING_KEYS)
    url = table.url("url")
    if netloc(url) not in hosts:
        raise table.bad("url", f"its host {netloc(url)} is not among the entry's hosts ({', '.join(sorted(hosts))})")
    township = table.optional("township", str)
    return Listing(url=url, family=table.required("family", str), title=table.optional("title", str),
                   division_code=_unit(table, "township", township, code).code if township else None,
                   report_year=table.year("report_year"))


def _unit(table: _Table, key: str, text: str, code: str) -> Township:
    try:
        return divisions.find_township(text, code)
    except BadDivision as error:
        raise table.bad(key, f"expected a unit of {code}: {error}") from error


def _hours(entry: _Table) -> Hours | None:
    text = entry.optional("hours", str)
    if text is None:
        return None
    match = _HOURS.fullmatch(text)
    try:
        hours = Hours(*map(time.fromisoformat, match.groups())) if match else None
    except ValueError:
        hours = None
    if hours is None or hours.opens == hours.closes:
        raise entry.bad("hours", f"expected two times of the day as 07:30-22:00, not {text!r}")
    return hours


def _legacy_tls(entry: _Table, hosts: frozenset[str]) -> frozenset[str]:
    named = frozenset(entry.host(value, "legacy_tls") for value in entry.listed("legacy_tls"))
    if not named <= hosts:
        raise entry.bad("legacy_tls", f"expected hosts of the entry ({', '.join(sorted(hosts))}), "
                                      f"not {', '.join(sorted(named - hosts))}")
    return named


def _aliases(entry: _Table, code: str) -> Mapping[str, str]:
    table = entry.table("aliases")
    known = {unit.code for unit in divisions.townships(code)}
    for name in table.values:
        if table.required(name, str) not in known:
            raise table.bad(name, f"expected the nine-digit code of a unit of {code}, not {table.values[name]!r}")
    return MappingProxyType(dict(table.values))


def _owes(entry: _Table, code: str) -> tuple[Mapping[str, bool], Mapping[str, int]]:
    """By code whether units publish, and from which report year on where that is named."""
    table = entry.table("owes")
    owes, since_of = {}, {}
    for name, value in table.values.items():
        unit = _unit(table, name, name, code).code
        if isinstance(value, int) and not isinstance(value, bool):
            since_of[unit] = table.year(name) or EARLIEST
        elif not isinstance(value, bool):
            raise table.bad(name, f"expected true or false, or its first report year, not {value!r}")
        owes[unit] = bool(value)
    return MappingProxyType(owes), MappingProxyType(since_of)


def _notices(entry: _Table) -> tuple[Notice, ...]:
    """One notice as a table, or several, each for other report years."""
    named = entry.values.get("calendar", [])
    several = named if isinstance(named, list) else [named]
    if not all(isinstance(one, dict) for one in several):
        raise entry.bad("calendar", f"expected a table or [[calendar]] tables, not {named!r}")
    place = "calendar" if several is not named or len(several) == 1 else "calendar {}"
    found = tuple(_notice(_Table(entry.path, f"{place.format(number)}.", one, _NOTICE_KEYS))
                  for number, one in enumerate(several, 1) if one)
    if (twice := overlap(one.years for one in found)) is not None:
        raise entry.bad("calendar", f"expected one notice for each report year; more than one speaks {twice}")
    return found


def _notice(table: _Table) -> Notice:
    due = table.required("due_local", str)
    if not is_due_day(due):
        raise table.bad("due_local", f"expected a month and day of every year as 02-20, {LAST_DAY} at the latest, "
                                     f"not {due!r}")
    years = tuple(table.listed("years"))
    if not all(is_local_year(year) for year in years):
        raise table.bad("years", f"expected report years from {FIRST_LOCAL} on, not {list(years)!r}")
    return Notice(due, table.required("notice", str), years)


def to_toml(portal: Portal) -> str:
    """A registry entry as TOML, as `read` takes it."""
    own = netloc(portal.home)
    pairs = [("code", portal.code), ("home", portal.home), ("hosts", sorted(portal.hosts - {own})),
             ("family", portal.family), ("since", portal.since), ("delay_seconds", portal.delay_seconds),
             ("requests", portal.requests), ("hours", str(portal.hours) if portal.hours else None),
             ("legacy_tls", sorted(portal.legacy_tls))]
    lines = [_line("code", portal.code) + f"  # {divisions.county(portal.code).full_name}", *_lines(pairs[1:])]
    for listing in portal.listings:
        lines += ["", "[[listing]]", *_lines([
            ("family", listing.family), ("url", listing.url), ("title", listing.title),
            ("township", listing.division_code), ("report_year", listing.report_year)])]
    lines += _section("expect", {"townships": portal.expect_townships, "listings": portal.expect_listings,
                                 "reports": portal.expect_reports})
    lines += _section("aliases", portal.aliases) + _section("owes", {**portal.owes, **portal.since_of})
    for one in portal.notices:
        lines += ["", "[[calendar]]", *_lines([("due_local", one.due_local), ("notice", one.notice),
                                               ("years", list(one.years))])]
    return "\n".join(lines) + "\n"


def _section(name: str, values: Mapping[str, object]) -> list[str]:
    lines = _lines(list(values.items()))
    return ["", f"[{name}]", *lines] if lines else []


def _lines(pairs: list[tuple[str, Any]]) -> list[str]:
    return [_line(key, value) for key, value in pairs if value not in (None, [])]


def _line(key: str, value: object) -> str:
    """JSON writes texts, numbers, lists and booleans as TOML reads them."""
    return f"{key if key.isidentifier() and key.isascii() else _json(key)} = {_json(value)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
