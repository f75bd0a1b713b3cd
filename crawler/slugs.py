"""Townships in addresses, by the sound of their names: weak evidence, for where no words speak (pure)."""

import re
from functools import lru_cache
from itertools import islice, product
from urllib.parse import urlsplit

from pypinyin import Style, pinyin

from archive import divisions
from archive.divisions import Township
from archive.names import area_short
from archive.registry import Portal

PARTS = re.compile(r"[/._-]+")
SHORTEST = 3                  # letters: two initials are anybody's
MOST = 16                     # spellings of one name
BEFORE = ("site", "web", "xz", "zf", "www")


def township(url: str, portal: Portal) -> Township | None:
    """The one township whose name, spelt or in initials, is a part of the address; None for none or several."""
    parts = urlsplit(url)
    words = [word.lower() for word in PARTS.split(f"{parts.netloc.partition('.')[0]}/{parts.path}") if word]
    known = _spellings(portal.code, tuple((unit.name, unit.code) for unit in portal.townships()))
    found = {known[form] for word in words for form in (word, *_bare(word)) if form in known}
    if len(found) != 1:
        return None
    code = found.pop()
    return next(unit for unit in portal.townships() if unit.code == code)


def _bare(word: str) -> tuple[str, ...]:
    return tuple(word.removeprefix(prefix) for prefix in BEFORE if word.startswith(prefix) and word != prefix)


@lru_cache(maxsize=64)
def _spellings(county: str, units: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Spelling → code, only those that mean one unit."""
    found: dict[str, set[str]] = {}
    for name, code in units:
        for form in _forms(name):
            if len(form) >= SHORTEST:
                found.setdefault(form, set()).add(code)
    return {form: next(iter(codes)) for form, codes in found.items() if len(codes) == 1 and form not in _above(county)}


def _forms(name: str) -> frozenset[str]:
    """A name in letters, with and without its rank, and its initials. A character may have several sounds."""
    sounds = pinyin(name, style=Style.NORMAL, heteronym=True)
    rank = 2 if name.endswith(("街道", "地区")) else 1
    spelt = ["".join(one) for part in (sounds, sounds[:-rank]) for one in islice(product(*part), MOST)]
    return frozenset([*spelt, *("".join(sound[0] for sound in one) for one in islice(product(*sounds), MOST))])


def _above(county_code: str) -> frozenset[str]:
    """Spellings of the county and of what is above it: they stand in every address of the portal."""
    county = divisions.county(county_code)
    names = {county.name, county.short, county.prefecture, area_short(county.prefecture)}
    return frozenset(form for name in names for form in _forms(name))
