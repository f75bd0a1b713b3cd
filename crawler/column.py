"""One listing while it is read: which of its pages came, what they show, and whether that is all of it (pure).

A page that is announced and not there ends the list where everything announced after it is not there either; before a
page that came it is a hole. What the list says of its own length is believed where it says more than was seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from archive.bundles import Held, Listing, ListingPage, Offer, Outcome
from archive.registry import Portal
from crawler import families, listings
from crawler.asks import ask
from crawler.beside import beside
from crawler.coding import BINARY
from crawler.families.model import Earlier, Family, Listed, Seen
from crawler.items import Capture
from crawler.pages import Page, decode, identity
from crawler.whole import State, Step, shortcoming

MOST_PAGES = 100
ABSENT = frozenset({Outcome.GONE, Outcome.SOFT_404})
WRONG_DIALECT = ABSENT | {Outcome.STATUS, Outcome.SHELL, Outcome.NOT_CAPTURED}
RENDERED = "/rendered"          # behind a family's name: its list needs the browser
GENERIC = "generic"
NUMBERED = re.compile(r"[-_(（\[\s|]*第?\s*\d+\s*/?\s*\d*\s*页?[)）\]]*$")
EMPTY = re.compile(r"暂无|没有(?:找到|查到|相关|符合)|无相关|暂时没有|无数据|共\s*0\s*[条页]")


@dataclass(frozen=True, slots=True)
class Found:
    """A listing to read; `first` is its first page where discovery has it already."""

    url: str
    family: str
    title: str | None = None
    division_code: str | None = None
    report_year: int | None = None
    first: Capture | None = None


def page_of(capture: Capture) -> Page:
    """The page that a capture holds."""
    return Page(capture.final, decode(capture.body, capture.content_type), capture.url)


def reading_of(page: Page, portal: Portal, family: str = "", earlier: Earlier = ()) -> tuple[Family, Listed | None]:
    """A page as the family reads it that is named, else that the portal's entry pins, else that the page tells."""
    told = families.detect(page)
    pinned = families.family_of(family) if family.partition("/")[0] != GENERIC else None
    entry = families.family_of(portal.family) if portal.family else None
    for one in dict.fromkeys(filter(None, (pinned, entry, told))):
        listed = one.read(page, earlier)
        if listed is not None:
            return one, listed
    return told, None


@dataclass
class Column:
    """A listing, page by page."""

    found: Found
    portal: Portal
    home: Page | None = None
    pages: list[ListingPage] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    earlier: list[Seen] = field(default_factory=list)        # pages of the list itself, as families see them
    asked: set[str] = field(default_factory=set)
    instead: dict[str, str] = field(default_factory=dict)
    stand_in: dict[str, str] = field(default_factory=dict)   # an address of another dialect → whose place it takes
    untitled: set[str] = field(default_factory=set)          # answers to a script, on which no visitor is
    guesses: set[str] = field(default_factory=set)           # addresses that nothing on a page announced
    parts: set[str] = field(default_factory=set)             # addresses at which more of the list stands
    lost: list[str] = field(default_factory=list)            # pages that showed reports before and are not there
    same: set[str] = field(default_factory=set)              # pages that offer what they did when last seen whole
    shown_before: dict[str, frozenset[str]] = field(default_factory=dict)
    reason: str | None = None
    title: str | None = None
    name: str | None = None                                  # what the pages call themselves
    titled: str | None = None                                # the first page's title, where it says what the list is
    family: str = ""
    total: int | None = None
    announced: int | None = None
    empty: bool = False                                      # the list says itself that nothing stands in it
    named: bool = False
    held: bool = False                                       # a page of the list was not modified

    def __post_init__(self) -> None:
        self.asked.add(identity(self.found.url))
        self.title = self.found.title
        self.family = self.found.family

    def again(self) -> Self:
        """The same listing, from the start."""
        return type(self)(self.found, self.portal, self.home, family=self.family)

    def new(self, url: str) -> bool:
        """The page was not asked for before; it is from now on."""
        key = identity(url)
        fresh = key not in self.asked
        self.asked.add(key)
        return fresh

    @property
    def read(self) -> tuple[Step, ...]:
        """The pages of the list itself."""
        return tuple(step for step in self.steps if step.state is State.READ)

    @property
    def entries(self) -> frozenset[str]:
        """Every entry that was seen."""
        return frozenset(entry for step in self.read for entry in step.entries)

    @property
    def referer(self) -> str:
        """The page that a visitor would be on: the last that is no answer to a script."""
        visible = [step for step in self.steps if ask(step.url).body is None and step.url not in self.untitled]
        shells = (step.url for step in visible if step.state is State.ASIDE)
        return next(shells, next((step.url for step in reversed(visible) if step.state is State.READ), self.found.url))

    def needs_browser(self, capture: Capture) -> bool:
        """The first page holds a list that only script fills or opens further."""
        if self.pages or capture.outcome not in (None, Outcome.SHELL) or capture.body.startswith(BINARY):
            return False
        page = page_of(capture)
        listed = self._read(page)
        if listed is None:
            return capture.outcome is Outcome.SHELL and "<script" in page.html.lower()
        if listed.shell or listed.following:
            return listed.needs_browser
        unfilled = not listed.entries and listed.total is None and not EMPTY.search(page.text)
        return listed.needs_browser or listed.blind or (unfilled and "<script" in page.html.lower())

    def take(self, url: str, capture: Capture, held: Held | None) -> tuple[str, ...]:
        """Take one page in; the pages that it leads to."""
        if capture.not_modified and held is not None:
            return self._repeat(url, capture, held)
        if capture.outcome in ABSENT and held is not None and held.role == "listing" and held.offers:
            self.lost.append(url)
        unusable = (capture.failed and capture.outcome is not Outcome.SHELL) or capture.body.startswith(BINARY)
        page = page_of(capture)
        listed = None if unusable else self._recognised(page)
        if listed is None or (capture.outcome is Outcome.SHELL and self._hollow(page, listed)):
            return self._refused(url, capture, page)
        return self._append(url, page, listed, capture.record, held)

    def take_state(self, url: str, html: str, record: str) -> None:
        """Take one state that the browser showed."""
        page = Page(self.found.url, html, self.found.url)
        listed = self._recognised(page)
        self.empty = self.empty or self._unfilled_year(page)
        if listed is None or not (listed.entries or self.empty or EMPTY.search(page.text)):
            self.pages.append(ListingPage(url, Outcome.SHELL, record))
            self.steps.append(Step(url, State.FAILED))
            self.reason = "the list stayed empty in the browser"
            return
        self._append(url, page, Listed(listed.entries, total=listed.total, announced=listed.announced), record, None)

    def shows(self, capture: Capture, step: Step) -> bool:
        """The answer holds the same entries in the same order as a page that was read before."""
        listed = reading_of(page_of(capture), self.portal, self.found.family)[1]
        return listed is not None and tuple(identity(entry.url) for entry in listed.entries) == step.entries

    def _unfilled_year(self, page: Page) -> bool:
        """A year's column of all bodies: it may stand empty, with that year's reports in the one of the year before."""
        return self.named and self.found.division_code is None and bool(
            listings.years(listings.column_name(page).partition(" | ")[0]))

    def fail(self, url: str, outcome: Outcome, reason: str | None, record: str | None) -> None:
        """A page did not come."""
        self.pages.append(ListingPage(url, outcome, record))
        self.steps.append(Step(url, State.FAILED))
        self.reason = self.reason or ", ".join(filter(None, (f"{outcome}", reason)))

    def listing(self) -> Listing:
        """The listing as far as it was read."""
        reason = self.reason or shortcoming(self)
        found = self.found
        return Listing(found.url, self.family, self.title, found.division_code, found.report_year, reason is None,
                       reason, tuple(self.pages))

    def stands(self) -> bool:
        """Nothing can have slipped from page to page: each offers what it did when the list was read whole."""
        return self.held or all(step.url in self.same for step in self.read)

    def seen_all(self) -> bool:
        """The list says how many entries it has, and that many were seen."""
        return self.total is not None and 0 < self.total <= len(self.entries)

    def _hollow(self, page: Page, listed: Listed) -> bool:
        """What looks like an empty shell is one, unless it is a fragment: a few entries, or none behind the last."""
        if listed.entries or listed.shell or _says_empty(page, listed):
            return False
        return not self.read or "<script" in page.html.lower()

    def _refused(self, url: str, capture: Capture, page: Page) -> tuple[str, ...]:
        """A page that is none of this listing: another dialect to try, the end of the list, or a failure."""
        if url in self.instead and (capture.outcome in WRONG_DIALECT or not capture.failed):
            other = self.instead.pop(url)
            self.guesses.update({identity(other)} if identity(url) in self.guesses else ())
            self.stand_in[other] = url
            return (other,)
        if capture.outcome in ABSENT and self.steps:
            return self._absent(url, capture.outcome or Outcome.GONE, capture.record)
        if capture.failed:
            self.fail(url, capture.outcome or Outcome.UNKNOWN, capture.reason, capture.record)
            return ()
        name = listings.column_name(page).partition(" | ")[0] or page.title
        said = f"calls itself {name[:40]}" if name else "says not what it is"
        self.fail(url, Outcome.UNKNOWN, f"answered, but not recognised as the listing ({said})", capture.record)
        return ()

    def _absent(self, url: str, outcome: Outcome, record: str | None) -> tuple[str, ...]:
        guess = identity(url) in self.guesses
        self.steps.append(Step(url, State.END if guess else State.ABSENT))
        if not guess and (url in self.lost or identity(url) in self.parts):
            self.fail(url, outcome, "still announced", record)
        elif guess:         # nor is it while the page that led there stands unchanged: it is not asked for again then
            self._lead(url, ())
        else:
            self.pages.append(ListingPage(url, outcome, record))
        return ()

    def _lead(self, url: str, instead: tuple[str, ...]) -> None:
        """What its pages lead to is not this address but others, now and while they stand unchanged."""
        self.pages = [replace(page, next=tuple(
            new for old in page.next for new in (instead if old == url else (old,)))) for page in self.pages]

    def _repeat(self, url: str, capture: Capture, held: Held) -> tuple[str, ...]:
        entries = tuple(identity(offer.url) for offer in held.offers)
        shell = not held.offers and bool(held.next)
        self.pages.append(ListingPage(url, Outcome.NOT_MODIFIED, capture.record, held.offers, held.next,
                                      held.screenshot))
        self.steps.append(Step(url, State.ASIDE if shell else State.READ, entries))
        if not shell:
            self.held = True
            self.earlier.append(Seen(url, frozenset(offer.url for offer in held.offers)))
        # What was read whole before and stands unchanged is whole; a next page that is gone shows in its own answer.
        self.guesses.update(map(identity, held.next))
        return held.next

    def _read(self, page: Page) -> Listed | None:
        return reading_of(page, self.portal, self.found.family, tuple(self.earlier))[1]

    def _recognised(self, page: Page) -> Listed | None:
        family, listed = reading_of(page, self.portal, self.found.family, tuple(self.earlier))
        if listed is None and listings.is_report_column(page) and EMPTY.search(page.text):
            listed = Listed((), total=0)
        if listed is None:
            return None
        if self.family.partition("/")[0] in ("", GENERIC):
            self.family = family.name + (RENDERED if self.family.endswith(RENDERED) else "")
        return listed if self._is_ours(page, listed) else None

    def _is_ours(self, page: Page, listed: Listed) -> bool:
        """The page is one of this listing: the first by what it says or shows, others by no other name."""
        if self.home is not None and same_page(page, self.home):
            return False
        whose = listings.speaker(page, self.portal)
        if whose is not None and self.found.division_code not in (None, whose.code):
            return False
        name = None if listed.shell and self.pages and not self.read else own_name(page)    # a frame's own shell
        if self.name and name and name != self.name and page.metas:
            return listings.names_reports(name) and bool(self.pages)
        self.name = self.name or name
        if not self._titled(page):
            return False
        told = listed.name or (self.found.title if listed.shell or not page.title else None) or ""
        self.named = self.named or listings.is_report_column(page) or listings.names_reports(told)
        return bool(self.named or self.pages or listed.shell or listings.offers(listed.entries, in_column=False))

    def _titled(self, page: Page) -> bool:
        """A further page of the list itself has the first one's title, or one that names reports, or says nothing."""
        title, named = NUMBERED.sub("", page.title).strip(), listings.is_report_column(page)
        if not self.read and named:
            self.titled = title
        return not (self.read and self.titled and title) or named or title == self.titled

    def _append(self, url: str, page: Page, listed: Listed, record: str | None, held: Held | None) -> tuple[str, ...]:
        # A line that says where one is links to the list itself.
        listed = replace(listed, entries=tuple(one for one in listed.entries if identity(one.url) not in self.asked))
        offers = listings.offers(listed.entries, in_column=True, named=self.named)
        offers, more = self._beside(page, listed, offers)
        if held is not None and held.role == "listing" and _addresses(held.offers) == _addresses(offers):
            self.same.add(url)
        if held is not None and held.offers and not offers:
            self.fail(url, Outcome.UNKNOWN, f"shows none of its {len(held.offers)} reports any more", record)
            return ()
        self._learn(page, listed)
        if url in self.stand_in:
            self._lead(self.stand_in[url], (url,))
        entries = tuple(identity(entry.url) for entry in listed.entries)
        state = self._state(url, page, listed, entries)
        following = () if state in (State.AGAIN, State.ABSENT, State.END) else (*listed.following, *more)
        if state is State.READ:
            self.earlier.append(Seen(url, frozenset(entry.url for entry in listed.entries)))
        if listed.open_ended:
            self.guesses.update(map(identity, listed.following))
        self.steps.append(Step(url, state, entries))
        self.untitled.update(() if page.title else (url,))
        self.pages.append(ListingPage(url, Outcome.LISTING, record, offers, following))
        return following

    def _beside(self, page: Page, listed: Listed, offers: tuple[Offer, ...]
                ) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
        """The page's offers with those that stand beside its entries, and where more of the list stands."""
        if not self.named or listed.shell:
            return offers, ()
        found = beside(page, listed.entries, offers, self.portal, self.found.division_code)
        if found.closed is not None:
            self.reason = self.reason or f"opens {found.closed[:40]} by script only"
        self.parts.update(map(identity, found.more))
        return (*offers, *found.offers), found.more

    def _learn(self, page: Page, listed: Listed) -> None:
        self.title = self.title or listings.column_name(page).partition(" | ")[0] or listed.name
        # What a page says of the pages that it leads to goes before what an earlier one said of them.
        before = {url: other for url, other in self.instead.items() if url not in listed.following}
        self.instead = before | dict(listed.instead)
        self.total = listed.total if listed.total is not None else self.total
        self.announced = max(filter(None, (listed.announced, self.announced)), default=None)
        self.empty = self.empty or _says_empty(page, listed)
        if listed.blind and not listed.following:
            self.reason = "its next page is opened by script only"

    def _state(self, url: str, page: Page, listed: Listed, entries: tuple[str, ...]) -> State:
        if listed.shell or listed.duplicate:
            return State.ASIDE
        if not self.read:
            return State.READ
        if not entries:
            guess = identity(url) in self.guesses or EMPTY.search(page.text)
            return State.END if guess else State.ABSENT
        return State.READ if set(entries) - self.entries else State.AGAIN


def _addresses(offers: Sequence[Offer]) -> list[str]:
    return [offer.url for offer in offers]


def _says_empty(page: Page, listed: Listed) -> bool:
    """The list says itself that nothing stands in it."""
    return not listed.entries and (0 in (listed.total, listed.announced) or bool(EMPTY.search(page.text)))


def own_name(page: Page) -> str | None:
    """What a page calls its column, without the page's number; None where it says nothing."""
    name = page.metas.get("columnname") or page.metas.get("columntype") or ""
    return NUMBERED.sub("", listings.BLANK.sub("", name)) or None


def same_page(page: Page, home: Page) -> bool:
    """Two addresses show one page, but for what changes by itself: it has the other's title and its links."""
    mine, theirs = ({identity(link.url) for link in one.links} for one in (page, home))
    return page.title == home.title and len(mine & theirs) * 10 >= len(mine | theirs) * 9 and bool(mine)


def shown(all_listings: tuple[Listing, ...], without: frozenset[str]) -> tuple[tuple[Listing, Offer], ...]:
    """Every offer of every listing but those of the families in `without`, each document once.

    A township's own listing comes before shared ones.
    """
    ordered = sorted(all_listings, key=lambda listing: listing.division_code is None)
    first: dict[str, tuple[Listing, Offer]] = {}
    for listing in ordered:
        if listing.family in without:
            continue
        for page in listing.pages:
            for offer in page.offers:
                first.setdefault(identity(offer.url), (listing, offer))
    return tuple(first.values())


def distinct(read: Sequence[Listing]) -> tuple[Listing, ...]:
    """Without those whose address is a further page of another one, of which more was read."""
    return tuple(one for one in read if not any(
        identity(one.url) in {identity(page.url) for page in other.pages[1:]} and len(other.pages) > len(one.pages)
        and other.division_code == one.division_code for other in read))


def broken(listing: Listing) -> bool:
    """The listing is not there any more, as opposed to not answering now."""
    gone = (*ABSENT, Outcome.UNKNOWN, Outcome.SHELL)
    return not listing.complete and bool(listing.pages) and listing.pages[0].outcome in gone
