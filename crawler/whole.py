"""Whether a listing whose pages all answered was seen whole (pure): what its pages turned out to be, and the checks."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from archive.bundles import ListingPage
from crawler.pages import identity

FEW = 5                         # a page with fewer entries than any portal puts on one


class State(Enum):
    """What one asked page of a listing turned out to be."""

    READ = auto()               # a page of the list itself
    ASIDE = auto()              # a shell, or an earlier page under another number
    ABSENT = auto()             # announced, and not there or empty
    END = auto()                # a guess that was not there
    AGAIN = auto()              # shows nothing that was not seen
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One page that was asked for."""

    url: str
    state: State
    entries: tuple[str, ...] = ()        # identities in order


class Read(Protocol):
    """A listing as far as it was read (crawler/column.py)."""

    steps: list[Step]
    pages: list[ListingPage]
    guesses: set[str]
    total: int | None
    announced: int | None
    empty: bool
    held: bool

    @property
    def read(self) -> Sequence[Step]:
        """The pages of the list itself."""

    @property
    def entries(self) -> Set[str]:
        """Every entry that was seen."""

    def seen_all(self) -> bool:
        """The list says how many entries it has, and that many were seen."""


def shortcoming(column: Read) -> str | None:
    """Why it was not seen whole; None where it was."""
    return next((said for check in CHECKS if (said := check(column))), None)


def _holes(column: Read) -> str | None:
    states = [step.state for step in column.steps]
    came = max((place for place, state in enumerate(states) if state is State.READ), default=-1)
    holes = [step.url for step in column.steps[:came] if step.state is State.ABSENT]
    return f"{holes[0]} is not there, and later pages are" if holes else None


def _nothing(column: Read) -> str | None:
    if not column.read:
        return "its entries did not come"
    return None if column.entries or column.empty or column.held else "shows no entry, nor says that it is empty"


def _reports(column: Read) -> str | None:
    offered = any(page.offers for page in column.pages)
    return None if offered or not column.entries else "shows entries, and none that may be a report"


def _not_turned(column: Read) -> str | None:
    """Pages after the first were announced, and not one of them came."""
    if len(column.read) != 1 or column.seen_all():
        return None
    again = [step for step in column.steps if step.state is State.AGAIN]
    absent = [step for step in column.steps if step.state is State.ABSENT]
    few = len(column.read[0].entries) < FEW
    single = column.announced == 1
    if again and not single and not (few and identity(again[0].url) in column.guesses):
        return f"{again[0].url} shows the first page again"
    return f"{absent[0].url} is not there, nor any page after the first" if absent and not few else None


def _short_of_entries(column: Read) -> str | None:
    if column.total is None or column.held:
        return None
    seen, rows = len(column.entries), _rows(column)
    if max(seen, rows) < column.total:
        return f"{seen} entries seen, {column.total} announced"
    pages = column.read
    full = len(pages[-1].entries) >= max(len(page.entries) for page in pages) if pages else False
    over = seen > column.total > 0 and full
    return f"{seen} entries seen, although only {column.total} are announced" if over else None


def _rows(column: Read) -> int:
    """Entries with those counted twice that stand twice on one page; a page may repeat the last one's end."""
    seen: set[str] = set()
    rows = 0
    for page in column.read:
        rows += sum(entry not in seen for entry in page.entries)
        seen.update(page.entries)
    return rows


def _short_of_pages(column: Read) -> str | None:
    tail = sum(step.state is State.ABSENT for step in column.steps)
    came = len(column.read) + tail
    if column.announced is None or came >= column.announced or column.seen_all() or column.held:
        return None
    return f"{came} pages read, {column.announced} announced"


CHECKS: tuple[Callable[[Read], str | None], ...] = (
    _nothing, _holes, _not_turned, _short_of_entries, _short_of_pages, _reports)
