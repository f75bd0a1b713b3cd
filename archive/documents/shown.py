"""What a spreadsheet shows for a value: number formats as far as reports use them."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

_GENERAL = re.compile(r"\s*(?:general|@|g/通用格式)?\s*", re.I)
_TOKENS = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|(?P<skip>[_*].)|(?P<plain>.)', re.S
)
_PATTERN = re.compile(r"[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+")
_CONDITION = re.compile(r"[<>=]")
_NUMBERS = frozenset("0#?.,")


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the sections of a format: what it is made of, literals apart from the pattern."""

    before: str
    pattern: str
    after: str
    special: bool                     # exponents, fractions, conditions: shown as a plain number


def shown(value: object, number_format: str) -> str:
    """The text of a cell: numbers and days by their format, text as it stands, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number(value: float, number_format: str) -> str:
    if not math.isfinite(value):
        return str(value)
    sections = _sections(number_format)
    if _GENERAL.fullmatch(number_format) or any(section.special for section in sections):
        return general(value)
    index = _index(value, len(sections))
    section = sections[index]
    sign = "-" if value < 0 and index == 0 else ""
    if section.pattern and section.pattern[0] in "gG":
        return f"{sign}{section.before}{general(abs(value))}{section.after}"
    if not section.pattern:
        # three sections and more may hide a number, or show a word for it
        return section.before + section.after if len(sections) > 1 or section.before else general(value)
    digits = _digits(abs(value), section)
    return f"{sign if digits.strip('0.,') else ''}{section.before}{digits}{section.after}".strip()


def _index(value: float, count: int) -> int:
    """Which section counts: positive; negative; zero."""
    if value < 0:
        return 1 if count > 1 else 0
    return 2 if value == 0 and count > 2 else 0


def general(value: float) -> str:
    """A number as a cell without a format shows it: 3.0 as 3, eleven digits at most."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.11g}"


def _digits(value: float, section: _Part) -> str:
    whole, _, part = section.pattern.partition(".")
    percent = "%" in section.before + section.after
    scaled = Decimal(repr(value)) * (100 if percent else 1)
    for _ in range(len(whole) - len(whole.rstrip(","))):          # each comma at the end takes three digits away
        scaled /= 1000
    rounded = scaled.quantize(Decimal(1).scaleb(-len(part)), ROUND_HALF_UP)
    text = f"{rounded:,f}" if "," in whole.rstrip(",") else f"{rounded:f}"
    front, _, back = text.partition(".")
    least = len(part.rstrip("#?"))
    while len(back) > least and back.endswith("0"):
        back = back[:-1]
    front = front.zfill(whole.count("0")) if front != "0" or "0" in whole else ""
    return f"{front}.{back}" if back else front


def _sections(number_format: str) -> list[_Part]:
    parts: list[list[tuple[str, bool]]] = [[]]        # pieces and whether they are literal
    special = [False]
    for match in _TOKENS.finditer(number_format):
        kind, text = match.lastgroup, match.group(match.lastgroup or 0)
        if kind == "plain" and text == ";":
            parts.append([])
            special.append(False)
        elif kind == "bracket":
            special[-1] |= bool(_CONDITION.search(text)) or text.upper().startswith("DBNUM")
        elif kind != "skip":
            # letter by letter, so that a piece and its place in the format have the same number
            parts[-1] += [(letter, kind != "plain") for letter in text]
    return [_part(pieces, odd) for pieces, odd in zip(parts, special, strict=True)]


def _part(pieces: list[tuple[str, bool]], odd: bool) -> _Part:
    """Literals before and behind the first run of digits' places."""
    plain = "".join("\x00" if literal else text for text, literal in pieces)
    word = re.search("general|g/通用格式", plain, re.I)
    match = word or _PATTERN.search(plain)
    if match is None:
        return _Part("".join(text for text, literal in pieces if literal or text in "-+() ").strip(), "", "", odd)
    before = "".join(text for text, _ in pieces[:match.start()])
    behind = pieces[match.end():]
    # exponents, fractions and days are not taken apart
    exotic = any(not literal and text in "eE/yYdDhHsSmM0#?" for text, literal in behind)
    return _Part(before.strip(), match.group(), "".join(text for text, _ in behind).strip(), odd or exotic)
