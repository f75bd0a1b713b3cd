"""Townships in addresses, by the sound of their names: weak evidence, for where no words speak (pure)."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from pypinyin import Style, lazy_pinyin

from archive import divisions
from archive.divisions import Township
from archive.names import area_short
from archive.registry import Portal

PARTS = re.compile(r"[/._-]+")
SHORTEST = 3                  # letters: two initials are anybody's
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
        whole, initials = lazy_pinyin(name), lazy_pinyin(name, style=Style.FIRST_LETTER)
        short = [*whole[:-2]] if name.endswith(("街道", "地区")) else whole[:-1]
        for form in ("".join(whole), "".join(short), "".join(initials)):
            if len(form) >= SHORTEST:
                found.setdefault(form.lower(), set()).add(code)
    return {form: next(iter(codes)) for form, codes in found.items() if len(codes) == 1 and form not in _above(county)}


def _above(county_code: str) -> frozenset[str]:
    """Spellings of the county and of what is above it: they stand in every address of the portal."""
    county = divisions.county(county_code)
    names = {county.name, county.short, county.prefecture, area_short(county.prefecture)}
    return frozenset(form for name in names for form in (
        "".join(lazy_pinyin(name)), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))))
