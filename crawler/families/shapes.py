"""Families that are said in configuration (shapes.toml): generic lists that are told by their addresses.

Their rows are read as any list's; the file adds how a further page is addressed where no control of the page says so.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from string import Formatter
from urllib.parse import urlsplit

from crawler.errors import BadShape
from crawler.families import generic, pagers
from crawler.families.answers import query_of, with_query
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page

FILE = "shapes.toml"
REQUIRED = frozenset({"name", "article", "examples"})
KEYS = REQUIRED | {"list", "here", "next", "second"}
NAME = re.compile(r"[a-z][a-z0-9-]*")
QUERY = re.compile(r"\?(\w+)=\{n\}")
FULL = 10                       # entries: fewer make no page of several


@dataclass(frozen=True, slots=True)
class Further:
    """How further pages are addressed: `next` in place of what `here` matches in a path, or a query parameter."""

    here: re.Pattern[str]
    next: str
    second: int

    def is_worth_asking(self, found: Collection[Link]) -> bool:
        """A full page without any pager: a file that is not there says that nothing follows, a program may not."""
        return len(found) >= FULL and not QUERY.fullmatch(self.next)

    def number(self, url: str) -> int | None:
        """The number that stands in an address; None where it is the first page's."""
        query = QUERY.fullmatch(self.next)
        match = self.here.search(urlsplit(url).path)
        text = query_of(url).get(query[1]) if query else match.groupdict().get("n") if match else None
        return int(text) if text and text.isdecimal() else None

    def address(self, url: str, number: int) -> str | None:
        """The page of this number of the list that stands at `url`; None where the address is another software's."""
        parts = urlsplit(url)
        match = self.here.search(parts.path)
        if match is None:
            return None
        query = QUERY.fullmatch(self.next)
        if query:
            return with_query(url, **{query[1]: str(number)})
        named = {name: text or "" for name, text in match.groupdict().items()} | {"n": str(number)}
        return parts._replace(path=parts.path[:match.start()] + self.next.format(**named)).geturl()


@dataclass(frozen=True, slots=True)
class Shape:
    """One software: patterns in paths that tell its articles and lists, and how its further pages are addressed."""

    name: str
    article: re.Pattern[str]
    list: re.Pattern[str] | None = None
    further: Further | None = None

    def tells(self, url: str) -> bool:
        """The address is one of this software's articles or lists."""
        path = urlsplit(url).path
        return bool(self.article.search(path) or (self.list and self.list.search(path)))

    def is_article(self, link: Link) -> bool:
        """The link leads to an article of this software."""
        return bool(self.article.search(urlsplit(link.url).path))


def parse(text: str) -> tuple[Shape, ...]:
    """The shapes that a file says. Raises BadShape by entry and key."""
    try:
        entries = tomllib.loads(text).get("shape", [])
    except tomllib.TOMLDecodeError as error:
        raise BadShape("the file", str(error)) from error
    shapes = tuple(_shape(entry, number) for number, entry in enumerate(entries, 1))
    names = [shape.name for shape in shapes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadShape(f"shape {twice!r}", "the name stands twice")
    return shapes


def family(shape: Shape) -> Family:
    """The family that a shape describes."""
    return Family(shape.name, partial(_wrote, shape), partial(_read, shape))


def _wrote(shape: Shape, page: Page) -> bool:
    host = urlsplit(page.url).netloc
    return shape.tells(page.url) or any(
        shape.is_article(link) and urlsplit(link.url).netloc == host for link in page.links)


def _read(shape: Shape, page: Page, earlier: Earlier = ()) -> Listed | None:
    if generic.is_article(page) or shape.article.search(urlsplit(page.url).path):
        return None
    found = generic.promising_links(page, shape.is_article)
    if not any(map(shape.is_article, found)):
        return generic.read(page, earlier)
    listed = generic.listed(page, found, earlier)
    further = shape.further
    if listed.following or further is None:
        return listed
    if not (listed.announced or listed.blind) and (pagers.turned(page) or not further.is_worth_asking(found)):
        return listed
    return _further(further, page, listed, earlier)


def _further(further: Further, page: Page, listed: Listed, earlier: Earlier) -> Listed:
    """The next page, by its address: as many as are announced, else one more as long as the control goes on."""
    asked = page.asked or page.url
    number = further.number(asked)
    entries = frozenset(link.url for link in listed.entries)
    again = number == further.second == 1 and len(earlier) == 1 and entries <= earlier[0].entries
    read = len(earlier) + (not again)
    last = listed.announced is not None and read >= listed.announced
    onward = None if last else further.address(asked, further.second if number is None else number + 1)
    if onward is None:
        return listed if not last else replace(listed, blind=False, needs_browser=False)
    return replace(listed, following=(onward,), blind=False, needs_browser=False, duplicate=again,
                   open_ended=listed.announced is None)


def _shape(entry: Mapping[str, object], number: int) -> Shape:
    place = f"shape {entry.get('name', number)!r}"
    _check_keys(entry, place)
    name, article = _text(entry, "name", place), _pattern(entry, "article", place)
    if not NAME.fullmatch(name):
        raise BadShape(f"{place}, name", "expected small letters, digits and hyphens")
    tells = _pattern(entry, "list", place) if "list" in entry else None
    shape = Shape(name, article, tells, _further_of(entry, place))
    for example in _examples(entry, place):
        if not shape.tells(example):
            raise BadShape(f"{place}, examples", f"{example!r} is told by neither list nor article")
    return shape


def _check_keys(entry: Mapping[str, object], place: str) -> None:
    for key in sorted(REQUIRED - entry.keys()):
        raise BadShape(place, f"the key {key!r} is missing")
    for key in sorted(entry.keys() - KEYS):
        raise BadShape(place, f"unknown key {key!r}; expected {', '.join(sorted(KEYS))}")


def _further_of(entry: Mapping[str, object], place: str) -> Further | None:
    if "next" not in entry and "here" not in entry:
        return None
    here, onward = _pattern(entry, "here", place), _text(entry, "next", place)
    second = entry.get("second", 2)
    if second not in (1, 2) or not isinstance(second, int):
        raise BadShape(f"{place}, second", "expected 1 or 2, the number that page 2 has")
    fields = {field for _, field, _, _ in Formatter().parse(onward) if field is not None}
    if "n" not in fields or fields - {"n"} - here.groupindex.keys():
        known = ", ".join(here.groupindex) or "none"
        raise BadShape(f"{place}, next", f"expected {{n}} and groups of `here` ({known})")
    return Further(here, onward, second)


def _examples(entry: Mapping[str, object], place: str) -> tuple[str, ...]:
    found = entry["examples"]
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise BadShape(f"{place}, examples", "expected a list of addresses")
    return tuple(found)


def _pattern(entry: Mapping[str, object], key: str, place: str) -> re.Pattern[str]:
    try:
        return re.compile(_text(entry, key, place))
    except re.error as error:
        raise BadShape(f"{place}, {key}", f"is no pattern: {error}") from error


def _text(entry: Mapping[str, object], key: str, place: str) -> str:
    found = entry.get(key)
    if not isinstance(found, str) or not found:
        raise BadShape(f"{place}, {key}", "expected a text")
    return found


SHAPES: tuple[Shape, ...] = parse((files("crawler.families") / FILE).read_text("utf-8"))
FAMILIES: tuple[Family, ...] = tuple(map(family, SHAPES))
