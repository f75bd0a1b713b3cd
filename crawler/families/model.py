"""What a family adapter is and gives."""

from collections.abc import Callable
from dataclasses import dataclass

from crawler.pages import Link, Page


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list page holds.

    `open_ended`: the next page is a guess, and its 404 the ordinary end of the list. `total`: how many entries the
    whole list has by its own account, `announced` how many pages. `blind`: there is a next page that only script opens.
    """

    entries: tuple[Link, ...]
    following: tuple[str, ...] = ()
    open_ended: bool = False
    total: int | None = None
    announced: int | None = None
    blind: bool = False
    needs_browser: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """One portal software: `wrote` tells its pages, `read` reads one as a list (None: not a list of this family)."""

    name: str
    wrote: Callable[[Page], bool]
    read: Callable[[Page], Listed | None]
