"""One cell's text as a number, or as the reason why it is none."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from archive.report.characters import SIMPLIFIED
from archive.report.model import Number, State

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ufe0e\ufe0f]")
# marks of footnotes, which half width would turn into digits
_NOTES = re.compile(r"[①-⑳⓪-⓿❶-➓²³¹⁰-⁹₀-₉]+")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?P<whole>0|[1-9]\d{0,2}(?:[, ]\d{3})+|[1-9]\d*)"
    r"(?P<part>\.\d+)?"
    r"\s*(?P<bracket>\()?(?P<unit>万元|亿元|元|件|条|项|个|宗|份|次|起)?(?(bracket)\))"
)
_DASHES = frozenset("-—–―－‐‒⸺ー─━_~/\\|∕⁄╱╲⧸⧹")
_ZEROS = frozenset("零〇")
_GLUED = re.compile(r"0{2,}")
_MOST = 15                            # digits: what has more is no count and fits no column


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says: a number only where `state` is value or zero."""

    value: Number | None
    state: State
    unit: str | None = None


BLANK = Reading(None, "blank")


@lru_cache(4096)
def clean(raw: str) -> str:
    """The cell's text in half width, without marks that are not seen."""
    seen = _INVISIBLE.sub("", raw)
    bare = _NOTES.sub("^", seen)
    text = unicodedata.normalize("NFKC", bare.strip("^ \t\n") or bare).replace("−", "-").translate(SIMPLIFIED).strip()
    return text[2:-2].strip() if len(text) > 4 and text[:2] == text[-2:] == "**" else text


@lru_cache(4096)
def read_number(raw: str) -> Reading:
    """The number a cell prints; 0 only where a zero is printed, null for blank, dashes, words and doubtful digits."""
    text = clean(raw)
    if not text:
        return BLANK
    if set(text) <= _DASHES | {" "}:
        return Reading(None, "dash")
    if text[0] in _ZEROS and text[1:] in ("", "件", "条", "项"):
        return Reading(0, "zero", text[1:] or None)
    match = _NUMBER.fullmatch(text)
    return _number(match) if match and len(match["whole"]) <= _MOST else Reading(None, "text")


def _number(match: re.Match[str]) -> Reading:
    whole = re.sub(r"[, ]", "", match["whole"])
    amount = float(whole + match["part"]) if match["part"] else int(whole)
    value: Number = int(amount) if amount == int(amount) else amount
    return Reading(-value if match["sign"] == "-" else value, "value" if value else "zero", match["unit"])


def is_value(text: str) -> bool:
    """Whether a piece of a line can stand in a value cell: a number, a dash, 无."""
    cleaned = clean(text)
    return cleaned == "无" or read_number(cleaned).state in ("value", "zero", "dash") or bool(_GLUED.fullmatch(cleaned))


def glued_zeros(text: str, count: int) -> bool:
    """Whether a piece is the zeros of `count` cells run together."""
    return len(clean(text)) == count and bool(_GLUED.fullmatch(clean(text)))
