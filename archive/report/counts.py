"""Numbers in running text: 27, 1,204, 7.09万, 四十余, 约30."""

import re
from dataclasses import dataclass
from decimal import Decimal

from archive.report.model import Number

_HAN = "零〇一二两三四五六七八九十百千"
# a numeral may not begin in the middle of another one, nor be an ordinal (第二十条)
NUMBER = (rf"(?:约|大约|近|将近|超过|超|逾|达到|达)?(?<![第{_HAN}万\d.])"
          rf"(?:(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:\.\d+)?|[{_HAN}]+)[余多]?[万亿]?|(?=[万千百][余多])[万千百])[余多]?")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_RANKS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
_PARTS = re.compile(rf"(?P<about>\D*?)(?P<digits>\d[\d,]*(?:\.\d+)?|[{_HAN}]+|(?=[万千百]))(?P<more>[余多])?"
                    r"(?P<large>[万亿千百])?(?P<rest>[余多])?")
_ABOUT = re.compile(r"约|近|超|逾")
MOST = 20                             # characters of a number: what is longer counts nothing


@dataclass(frozen=True, slots=True)
class Count:
    """A number and whether the text gives it only roughly."""

    value: Number
    approximate: bool = False


def read_count(text: str) -> Count | None:
    """A number as NUMBER matches it; None where the characters make no number."""
    match = _PARTS.fullmatch(text)
    if match is None or len(match["digits"]) > MOST:
        return None
    amount = _amount(match["digits"])
    if amount is None:
        return None
    large = {**_LARGE, "千": 1000, "百": 100}.get(match["large"] or "", 1)
    value = amount * large
    rough = bool(match["more"] or match["rest"] or _ABOUT.search(match["about"]))
    return Count(int(value) if value == int(value) else float(value), rough)


def _amount(digits: str) -> Decimal | None:
    if not digits:
        return Decimal(1)
    if digits[0].isdigit():
        return Decimal(digits.replace(",", ""))
    value = read_numeral(digits)
    return None if value is None else Decimal(value)


def read_numeral(text: str) -> int | None:
    """A Chinese numeral below ten thousand: 十二, 一百零三, 二〇二三; None for what is none."""
    if len(text) > MOST:
        return None
    if not any(rank in text for rank in _RANKS):
        digits = [_DIGITS.get(character) for character in text]
        return None if None in digits else int("".join(map(str, digits)))
    total, digit = 0, None
    for character in text:
        if character in _RANKS:
            total += (1 if digit is None else digit or 1) * _RANKS[character]
            digit = None
        elif digit:
            return None
        else:
            digit = _DIGITS[character]
    return total + (digit or 0)


def whole(text: str) -> Count | None:
    """A count of things: a whole number, else None."""
    count = read_count(text)
    return count if count and isinstance(count.value, int) else None
