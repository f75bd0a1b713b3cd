"""What one crawl learns of the hosts it asks: who refuses, in which form they answer, what they show for anything."""

import hashlib
import random
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from archive.bundles import Outcome
from crawler import blocks, moves
from crawler.pages import identity
from crawler.rules import origin

BREAKS = 3                # failures in a row after which a host is left alone
REPRIEVES = 5             # times that a page which answered before shows that only others are broken
COUNTED = (blocks.REFUSALS | blocks.SILENCES) - {Outcome.DISALLOWED, Outcome.CAPTCHA, Outcome.FORBIDDEN}
SILENT = frozenset({Outcome.FOREIGN, Outcome.DISALLOWED, Outcome.NOT_ASKED, Outcome.NOT_CAPTURED})
VARIABLE = re.compile(r"[0-9]+|[\x21-\x7e]*[/.][\x21-\x7e]*")     # counters, days, the address that was asked
DATED = re.compile(r"(?:19|20)\d\d\s*[-./年]\s*\d{1,2}")
LEAST = 10                # characters by which a page can be told from another


@dataclass
class Hosts:
    """By host (with its port) or by origin (with its scheme)."""

    home: str
    failures: dict[str, list[Outcome]] = field(default_factory=dict)
    well: dict[str, str] = field(default_factory=dict)            # an address that answered
    reprieves: dict[str, int] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)           # origin → where it sends everybody
    fixed: set[str] = field(default_factory=set)                  # origins that sent back and forth
    spoken: set[str] = field(default_factory=set)                 # origins of addresses that the portal gives
    fronts: dict[str, set[str]] = field(default_factory=dict)     # what its front page looks like
    titles: dict[str, set[str]] = field(default_factory=dict)
    looks: dict[str, dict[str, str]] = field(default_factory=dict)
    shells: dict[str, str | None] = field(default_factory=dict)   # what it shows for any address; None: it does not

    def row(self, url: str) -> list[Outcome]:
        """The failures in a row of the host of an address."""
        return self.failures.setdefault(host(url), [])

    def note(self, url: str, outcome: Outcome | None) -> None:
        """Count an answer for or against its host."""
        row = self.row(url)
        if outcome in COUNTED:
            row.append(outcome)
        elif outcome not in SILENT:
            row.clear()
            if outcome is None:
                self.well[host(url)] = url

    def leave(self, url: str, outcome: Outcome) -> None:
        """Leave a host alone for the rest of the crawl."""
        row = self.row(url)
        row += [outcome] * (BREAKS - len(row))

    def doubted(self, url: str) -> str | None:
        """What to ask once more before a silent host is given up: an address of its that answered before."""
        row, name = self.row(url), host(url)
        if len(row) < BREAKS or not blocks.SILENCES.issuperset(row) or self.reprieves.get(name, 0) >= REPRIEVES:
            return None
        self.reprieves[name] = self.reprieves.get(name, 0) + 1
        return self.well.get(name)

    def plain_form(self, url: str) -> str | None:
        """An address of https on the http form of its host, where the portal itself gives addresses of that form."""
        name = urlsplit(url).hostname
        plain = sorted(site for site in self.spoken if site.startswith("http:") and urlsplit(site).hostname == name)
        return plain[0] + url[len(origin(url)):] if plain and url.startswith("https:") else None

    def form(self, url: str) -> str:
        """An address in the form in which its host answers."""
        there = self.forms.get(origin(url))
        return url if there is None else f"{there}{url[len(origin(url)):]}"

    def learn(self, asked: str, final: str) -> None:
        """Remember that a host sends everybody to another scheme or name, the rest of the address kept."""
        source, target = origin(asked), origin(final)
        if source == target or asked[len(source):] != final[len(target):] or source in self.fixed:
            return
        if self.forms.get(target) == source:
            self.fixed |= {source, target}
            del self.forms[target]
        else:
            self.forms[source] = target

    def is_front(self, url: str) -> bool:
        """The address of the portal's home page or of a host's front page."""
        return moves.is_front(url) or identity(url) == identity(self.home)

    def shows_anything(self, url: str, markup: str) -> str | None:
        """Why a page is none of its own: its host shows it at the front, or for any address."""
        look, name = appearance(markup), host(url)
        if self.is_front(url):
            self.fronts.setdefault(name, set()).add(look)
            self.titles.setdefault(name, set()).add(blocks.title(markup))
            return None
        if look in self.fronts.get(name, ()):
            return "the same as the front page"
        return "what its host shows for any address" if look == self.shells.get(name) else None

    def learn_shell(self, url: str, markup: str) -> None:
        """What the host of an address shows for one that nobody has."""
        self.shells[host(url)] = appearance(markup)

    def doubtful(self, url: str, markup: str) -> bool:
        """The page may be one that its host shows for any address: as another one, or the front's title and no day."""
        look, name = appearance(markup), host(url)
        path = urlsplit(url).path
        if self.is_front(url) or name in self.shells:
            return False
        other = self.looks.setdefault(name, {}).setdefault(look, path)
        words = blocks.visible(markup)
        return other != path or (blocks.title(markup) in self.titles.get(name, ()) and not DATED.search(words))


def host(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc.lower()


def appearance(markup: str) -> str:
    """What a page looks like, whatever day it is and whatever was asked for; without words, its markup as it is."""
    words = VARIABLE.sub("", blocks.visible(markup)).replace(" ", "")
    seen = words if len(words) >= LEAST else markup
    return hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()


def nowhere(url: str) -> str:
    """An address that no portal has, the same in each crawl."""
    chance = random.Random(host(url))  # noqa: S311 (the same for a host each time; no secret)
    word = "".join(chance.choices("bcdfghjkmnpqrtvwxz", k=12))
    return f"{origin(url)}/{word}/{word[:6]}.html"
