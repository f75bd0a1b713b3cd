"""Bodies by the codes that addresses know them by, all over a portal (pure).

A code is a unified social credit code or an old organisation code; each carries a check of its own, so that a number
that only looks like one is none. One page that names a body beside its code teaches it for all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from archive import divisions
from archive.divisions import Township
from archive.errors import BadDivision
from archive.registry import Portal
from crawler import discovery, listings
from crawler.families.areas import CODE, CREDIT, checked, checked_organisation
from crawler.pages import Page

COUNTY = slice(2, 8)           # of a unified social credit code: the division that its body belongs to


@dataclass
class Bodies:
    """The codes of one portal's bodies; None for a code that several were named beside."""

    portal: Portal
    known: dict[str, Township | None] = field(default_factory=dict)

    def learn(self, page: Page) -> None:
        """Keep the codes that a page's links carry beside a township's name, and its own address beside its words."""
        for link in page.links:
            unit = discovery.place(link, self.portal)
            if unit is not None:
                self._keep(codes(link.url), unit)
        speaker = listings.speaker(page, self.portal)
        if speaker is not None:
            self._keep(codes(page.asked or page.url), speaker)

    def owner(self, addresses: Iterable[str]) -> Township | None:
        """The one township whose codes these addresses carry; None where they carry another body's, or none."""
        found = {self.known.get(code) for url in addresses for code in codes(url)}
        return found.pop() if len(found) == 1 else None

    def abroad(self, url: str) -> bool:
        """The address carries the code of a body of another county."""
        divided = {code[COUNTY] for code in codes(url) if len(code) == CREDIT}
        return bool(divided) and self.portal.code not in divided and all(map(_is_county, divided))

    def _keep(self, found: frozenset[str], unit: Township) -> None:
        if len(found) == 1:
            code = next(iter(found))
            self.known[code] = unit if self.known.get(code, unit) == unit else None


def codes(url: str) -> frozenset[str]:
    """The codes in an address whose check is right."""
    return frozenset(code for code in CODE.findall(unquote(url))
                     if (checked(code) if len(code) == CREDIT else checked_organisation(code)))


def _is_county(code: str) -> bool:
    """The national list has a county of this code: districts keep codes of counties that they once were."""
    try:
        divisions.county(code)
    except BadDivision:
        return False
    return True
