"""The bodies of Hanweb's disclosure platform, and the codes that it knows them by (pure).

A code is an 18-character unified social credit code (GB 32100; characters 3-8 are the county's division code), an old
organisation code (GB 11714, written `00400000-8`) or a slug. The first two carry a check of their own.
"""

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote

from crawler.pages import BLANKS, Page, squeeze

NAMED = r"(?:vc_xxgkarea|area)="
AREA = re.compile(rf"[?&;]{NAMED}([^&'\"\s<>#;]+)", re.I)
QUOTED = r"""['"]([^'"<>]{2,40})['"]"""
ADDRESS = rf"""['"]([^'"<>\s]*[?&;]{NAMED}[^'"<>\s]+)['"]"""
COMMA = r"\s*,\s*(?:['\"]?\w+['\"]?\s*:\s*)?"                          # {name: '卜集镇', url: '…'}, too
SCRIPTED = re.compile(rf"{QUOTED}{COMMA}{ADDRESS}", re.I)              # d.add(3, 1, '卜集镇', '/col/…?area=…')
BEHIND = re.compile(rf"{ADDRESS}{COMMA}{QUOTED}", re.I)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION = re.compile(r"[0-9A-Z]{8}-[0-9X]$")
WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
SLUG = re.compile(r"(?=.*[A-Za-z])[\w-]{2,40}$", re.A)
CODE = re.compile(r"(?<![0-9A-Za-z-])(?:[0-9A-Z]{18}|[0-9A-Z]{8}-[0-9X])(?![0-9A-Za-z-])")
MARKED = "//a | //option | //li | //span | //area"
LONGEST_NAME = 40
CREDIT = 18                           # characters of a unified social credit code


@dataclass(frozen=True, slots=True)
class Unit:
    """One body of the disclosure platform: its code and the name beside it."""

    area: str
    name: str


def units(page: Page, county: str) -> tuple[Unit, ...]:
    """The bodies that a tree or index page links to, of this county as far as their codes say.

    A code that says no county does not tell two bodies of one name apart: then neither is meant. Of several codes
    with one name those count whose check is right.
    """
    named = {area: BLANKS.sub("", name) for area, name in reversed(_pairs(page)) if name.strip()}
    found = [Unit(area, name) for area, name in named.items() if ours(area, county)]
    right = {unit.name for unit in found if _checks(unit.area)}
    found = [unit for unit in found if unit.name not in right or _checks(unit.area)]
    times = Counter(unit.name for unit in found)
    return tuple(unit for unit in found if len(unit.area) == CREDIT or times[unit.name] == 1)


def area_of(url: str) -> str | None:
    """The code that an address names."""
    match = AREA.search(url)
    return unquote(match[1]) if match else None


def ours(area: str, county: str) -> bool:
    """The code may be one of this county's bodies: what it says of the county agrees, be its check right or not."""
    if len(area) == CREDIT and area.isalnum():
        return area[2:8] == county
    return bool(ORGANISATION.match(area) or SLUG.match(area))


def checked(code: str) -> bool:
    """The last character of an 18-character code is the right one (GB 32100)."""
    if len(code) != CREDIT or any(sign not in ALPHABET for sign in code):
        return False
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return ALPHABET[-total % 31] == code[17]


def checked_organisation(code: str) -> bool:
    """The character behind the hyphen of an old organisation code is the right one (GB 11714)."""
    values = [int(sign, 36) for sign in code[:8]]
    rest = -sum(value * weight for value, weight in zip(values, WEIGHTS, strict=True)) % 11
    return code[9] == "0123456789X"[rest]


def _marked(page: Page) -> list[tuple[str, str]]:
    """Codes that stand in an attribute of an element, whose text then is the name: options, calls of a script."""
    if not CODE.search(page.html):
        return []
    pairs = [(match[0], squeeze(str(element.text_content()))) for element in page.tree.xpath(MARKED)
             for name, value in element.items() if name not in ("href", "src") for match in CODE.finditer(value)]
    return [(code, name) for code, name in pairs if len(name) <= LONGEST_NAME and _checks(code)]


def _checks(code: str) -> bool:
    return checked(code) if len(code) == CREDIT else bool(ORGANISATION.match(code)) and checked_organisation(code)


def _pairs(page: Page) -> list[tuple[str, str]]:
    pairs = [(area, link.name) for link in page.links if (area := area_of(link.url))]
    pairs += [(area, name) for name, address in SCRIPTED.findall(page.html) if (area := area_of(address))]
    pairs += [(area, name) for address, name in BEHIND.findall(page.html) if (area := area_of(address))]
    return pairs + _marked(page)
