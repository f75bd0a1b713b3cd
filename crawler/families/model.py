"""What a family adapter is and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crawler.pages import Link, Page

NOTHING: Mapping[str, str] = MappingProxyType({})


def no_leads(_page: Page) -> tuple[Link, ...]:
    """A family whose pages link to whatever there is."""
    return ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the same listing that was read before: what was asked, the addresses of its entries."""

    address: str
    entries: frozenset[str]


Earlier = tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list page holds. Addresses may be those of a POST (crawler/asks.py).

    `following`: the pages that come next. `instead`: for one of `following`, what to ask for where it is not there
    (404) or no list: another dialect of the same software. `open_ended`: the next page is a guess, and its 404 the
    ordinary end of the list. `total`: how many entries the whole list has by its own account, `announced` how many
    pages. `shell`: no page of the list itself, its entries stand in what follows. `duplicate`: an earlier page once
    more under another number; neither counted nor the end of the list. `blind`: there is a next page that only script
    opens. `name`: what the list calls itself, where the page's own metas and title do not (a JSON answer).
    """

    entries: tuple[Link, ...]
    following: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    open_ended: bool = False
    total: int | None = None
    announced: int | None = None
    shell: bool = False
    duplicate: bool = False
    blind: bool = False
    needs_browser: bool = False
    name: str | None = None


def shell(following: tuple[str, ...], instead: Mapping[str, str] = NOTHING) -> Listed:
    """A page that holds nothing of its list: the entries stand in what follows."""
    return Listed((), following, instead, shell=True)  # noqa: S604 - a field of Listed, no process


@dataclass(frozen=True, slots=True)
class Family:
    """One portal software, told by its pages.

    `wrote` tells them. `read` reads one as a list, with the pages of the listing that were read before it in order
    (None: not a list of this family); `page.asked` is the address that was asked for. `leads` gives what leads on to
    lists and is no anchor or frame: a category tree in a script, an entry point that this software always has.
    `ready` selects the list's entries in a browser, for lists that only script fills.
    """

    name: str
    wrote: Callable[[Page], bool]
    read: Callable[[Page, Earlier], Listed | None]
    leads: Callable[[Page], tuple[Link, ...]] = no_leads
    ready: str = "li a, td a"
