"""How a list behind Hanweb's data proxy goes on: windows of records, or numbered pages (pure).

Servers differ. Most give the window from `startrecord` to `endrecord`, some with one record more; some ignore both
and obey only `page`; some give nothing for a window they think too long. Every window begins with the last record
of the one before: where that is missing, the list has changed meanwhile and is read again from its start. Where such
windows are not to be had (what a person's browser captured), the page's own script's are asked for. A list is
told to be whole by positions, so that a record that stands in it twice is not waited for; a server that answers every
position with the same records never gets there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.asks import MARK, ask, post
from crawler.families.datastore import Store
from crawler.families.model import Earlier, Listed
from crawler.pages import identity

PER_PAGE, GROUP = 15, 3
WINDOW = 100                          # more than some 300 records a window come back empty or cut
START, END, SIZE, NUMBER = "startrecord", "endrecord", "perpage", "page"
PLACES = frozenset({START, END, SIZE, NUMBER})


@dataclass(frozen=True, slots=True)
class Unit:
    """One list of a column page. `store` None: all of it stands behind the proxy.

    `form` is what the proxy is asked with; `posted`: by the page's own script, which posts it.
    """

    store: Store | None
    total: int | None
    per_page: int
    group: int
    proxies: tuple[str, ...]
    form: tuple[tuple[str, str], ...]
    posted: bool

    def left(self) -> int | None:
        """How many records the page does not show; None where it does not say how many there are."""
        return None if self.total is None else max(0, self.total - self._shown())

    def next(self) -> tuple[str, ...] | None:
        """The first window behind the page, in every form that a server may want it; None where all is shown."""
        shown, capacity = self._shown(), self.per_page * self.group
        whole = self.total is not None and shown >= self.total and not (shown > self.total and shown >= capacity)
        if not self.proxies or whole:
            return None
        start = shown if shown and self.total is not None and shown >= min(self.total, capacity) else 1
        place = window(start, WINDOW, self.per_page)
        asks = [form for proxy in self.proxies for form in self._forms(proxy, place)]
        numbered = {NUMBER: str(start // self.per_page + 1), SIZE: str(self.per_page)}
        others = [window(shown + 1, capacity, self.per_page)] if shown == capacity else []
        return (*asks, *(form for other in (*others, numbered) for proxy in self.proxies
                         for form in self._forms(proxy, other)[:1]))

    def _shown(self) -> int:
        """Records by position: page furniture among them counts only where the sum is right with it."""
        if self.store is None:
            return 0
        store, full = self.store, min(self.total or self.per_page * self.group, self.per_page * self.group)
        return store.records if store.records == full else store.rows

    def _forms(self, proxy: str, place: Mapping[str, str]) -> tuple[str, str]:
        posted = post(f"{proxy}?{urlencode(place)}", self.form)
        linked = f"{proxy}?{urlencode({**dict(self.form), **place})}"
        return (posted, linked) if self.posted else (linked, posted)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the proxy: a window of records, or (`start` None) a page of `size` records."""

    address: str
    start: int | None
    length: int
    number: int
    size: int
    unit: str

    @property
    def plain(self) -> bool:
        """A window as the page's own script asks for it: it begins behind the last record of the one before."""
        return self.start is not None and self.start > 1 and self.length < WINDOW and not (
            (self.start - 1) % self.length or self.length % self.size)

    @property
    def before(self) -> int:
        """How many records stand before what was asked for."""
        return (self.number - 1) * self.size if self.start is None else self.start - 1

    def window(self, start: int, length: int | None = None, size: int | None = None) -> str:
        """The same request for another window, as long as this one."""
        return _with(self.address, window(start, length or self.length, size or self.size))

    def page(self, number: int, size: int) -> str:
        """The same request for a numbered page."""
        return _with(self.address, {NUMBER: str(number), SIZE: str(size)})


def window(start: int, length: int, size: int) -> dict[str, str]:
    """The parameters of a window."""
    return {START: str(start), END: str(start + length - 1), SIZE: str(size)}


def asked(address: str) -> Asked | None:
    """What an address asks of a data proxy; None where it is no such address."""
    request = ask(address)
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    form = query | dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))
    given = {key: int(form[key]) for key in PLACES if form.get(key, "").isdigit()}
    unit = form.get("unitid") or form.get("columnid") or form.get("columnId", "")
    size = given.get(SIZE, PER_PAGE)
    if START in given:
        return Asked(address, given[START], given.get(END, given[START] + size - 1) - given[START] + 1, 0, size, unit)
    if NUMBER in given and "dataproxy" in address:
        return Asked(address, None, size, given[NUMBER], size, unit)
    return None


def read(place: Asked, store: Store | None, earlier: Earlier) -> Listed | None:
    """One answer of the proxy: its entries, and what comes next."""
    if store is None:
        return None
    seen = _Seen(place, store, earlier)
    return _page(seen) if place.start is None else _window(seen)


@dataclass(frozen=True)
class _Seen:
    """An answer, and what was read before it."""

    place: Asked
    store: Store
    earlier: Earlier

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(link.url for link in self.store.entries)

    @property
    def known(self) -> frozenset[str]:
        return frozenset().union(*(page.entries for page in self.earlier))

    @property
    def fresh(self) -> bool:
        return not self.urls <= self.known

    @property
    def covered(self) -> int:
        """How far the list is read, by positions: a look-ahead record is none of this window."""
        count = self.store.records if self.store.records <= self.place.length else self.store.rows
        return self.place.before + min(count, self.place.length)

    @property
    def alone(self) -> bool:
        """The listing has but this unit: the first page shows no more records than stand before its first window."""
        if not self.earlier or asked(self.earlier[0].address) is not None:
            return True
        first, own = self.earlier[0].entries, [(page, other) for page in self.earlier[1:]
                                               if (other := asked(page.address)) and other.unit == self.place.unit]
        starts = [other.start for other in (self.place, *(other for _, other in own)) if other.start is not None]
        if 1 in starts:
            return first <= self.urls.union(*(page.entries for page, _ in own))
        return len(first) <= min(starts, default=0)

    def listed(self, *following: str, left: int | None = 0, again: bool = False, guess: bool = False) -> Listed:
        """`left` records are not read yet; None: how many is not known, what the list said at first stands."""
        counted = left is not None and self.alone
        total = len(set(map(identity, self.known | self.urls))) + (left or 0)
        return Listed(self.store.entries, following, total=total if counted else None, duplicate=again,
                      open_ended=guess or self.store.total is None)


def _window(seen: _Seen) -> Listed | None:
    place, store, total = seen.place, seen.store, seen.store.total
    start = place.start or 1
    if not store.records:
        return _empty(seen)
    if start > 1 and _start_ignored(seen):
        if total is not None and place.before >= total:
            return seen.listed()
        count = min(len(seen.known | seen.urls), total or WINDOW)
        return seen.listed(place.page(count // store.rows + 1, store.rows), left=None, again=not seen.fresh)
    if start > 1 and not place.plain and store.entries and store.entries[0].url not in seen.known:
        return _again(seen)
    if start > 1 and store.records == 1 and not seen.fresh:      # the last record and no other: here the list ends
        return seen.listed()
    full = store.records >= place.length
    if total is not None and seen.covered >= total and not full:      # a full window may hide what the total omits
        return seen.listed()
    left = max(0, total - seen.covered) if total is not None else None
    # As many as a page has, and not as many as were asked for: this server goes by the size of a page.
    size = WINDOW if store.records == place.size < place.length else place.size
    onward = start + place.length if place.plain else seen.covered
    return seen.listed(place.window(onward, size=size), left=left, again=not seen.fresh)


def _start_ignored(seen: _Seen) -> bool:
    """The first records came once more: much of what came was read before, or of the first page came again.

    What is shorter than a page and just what is left is the rest, be it records that stood before.
    """
    place, store = seen.place, seen.store
    rest = (store.total or 0) - place.before
    if store.rows <= 1 or store.records == rest < place.size:
        return False
    repeated, first = len(seen.urls & seen.known), seen.earlier[0].entries if seen.earlier else frozenset()
    return not seen.fresh or (repeated > 1 and repeated * 2 > min(store.rows, len(first)))


def _again(seen: _Seen) -> Listed | None:
    """The list has changed since the window before: read it from its start, once."""
    start = seen.place.window(1)
    return None if any(page.address == start for page in seen.earlier) else seen.listed(start, left=None)


def _empty(seen: _Seen) -> Listed | None:
    """Nothing in this window: behind the end, or refused for its length, or a server that counts pages."""
    place, total = seen.place, seen.store.total
    if total is not None and place.before >= total:
        return seen.listed() if seen.earlier else None
    if place.size > PER_PAGE:
        return seen.listed(place.window(place.start or 1, PER_PAGE * GROUP, PER_PAGE), left=None, again=True)
    shorter = next((length for length in (place.size * GROUP, place.size) if place.length > length), None)
    if shorter is not None:
        return seen.listed(place.window(place.start or 1, shorter), left=None, again=True)
    return seen.listed(place.page(place.before // place.size + 1, place.size), left=None, again=True)


def _page(seen: _Seen) -> Listed:
    """A numbered page. None begins with what the page before ends with: the list's own number stands to the end."""
    place, store = seen.place, seen.store
    onward, full = place.page(place.number + 1, place.size), store.records >= place.size
    if full and not seen.fresh and place.number * place.size <= len(seen.known):     # the first page shows it, too
        return seen.listed(onward, left=None, again=True)
    if not (seen.fresh and full):
        return seen.listed(left=None)
    return seen.listed(onward, left=None, guess=store.total is None or seen.covered >= store.total)


def _with(address: str, places: Mapping[str, str]) -> str:
    """The same request with other places in its query."""
    url, mark, body = address.partition(MARK)
    parts = urlsplit(url.rstrip("?&") if mark else url)
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in PLACES]
    linked = urlunsplit(parts._replace(query=urlencode([*kept, *places.items()])))
    return f"{linked}&{mark}{body}" if mark else linked
