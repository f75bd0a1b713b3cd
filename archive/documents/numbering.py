"""Automatic numbers of paragraphs: Word keeps `一、` and `（三）` outside the text, as a list and a level."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MAX_LEVELS = 9
_DIGITS = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
# names as in DOCX; their order is the code (nfc) of a DOC ([MS-OSHARED] 2.2.1.3)
FORMATS = (
    "decimal", "upperRoman", "lowerRoman", "upperLetter", "lowerLetter", "ordinal", "cardinalText", "ordinalText",
    "hex", "chicago", "ideographDigital", "japaneseCounting", "aiueo", "iroha", "decimalFullWidth", "decimalHalfWidth",
    "japaneseLegal", "japaneseDigitalTenThousand", "decimalEnclosedCircle", "decimalFullWidth2", "aiueoFullWidth",
    "irohaFullWidth", "decimalZero", "bullet", "ganada", "chosung", "decimalEnclosedFullstop", "decimalEnclosedParen",
    "decimalEnclosedCircleChinese", "ideographEnclosedCircle", "ideographTraditional", "ideographZodiac",
    "ideographZodiacTraditional", "taiwaneseCounting", "ideographLegalTraditional", "taiwaneseCountingThousand",
    "taiwaneseDigital", "chineseCounting", "chineseLegalSimplified", "chineseCountingThousand",
)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: `text` is its pattern with %1 to %9 for the numbers of the levels."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    plain: bool = False                           # all numbers in figures, whatever their own levels say


@dataclass(slots=True)
class Counters:
    """How far each list has counted."""

    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def start(self, name: str, use: str, level: int, number: int) -> None:
        """A use of the list `name` begins a level again at a number of its own, the first time it stands there."""
        if (use, level) not in self._started:
            self._started.add((use, level))
            self._of(name)[level] = number - 1

    def next(self, name: str, level: int, levels: Sequence[Level]) -> str:
        """The number of the next paragraph of a list at a level (from 0), empty for bullets and unknown formats."""
        if not 0 <= level < min(len(levels), MAX_LEVELS):
            return ""
        counts = self._of(name)
        for index in range(level + 1):
            before = counts[index]
            if before is None:
                counts[index] = levels[index].start
            elif index == level:
                counts[index] = before + 1
        counts[level + 1:] = [None] * (MAX_LEVELS - level - 1)
        return _label(levels, level, counts)

    def _of(self, name: str) -> list[int | None]:
        return self._counts.setdefault(name, [None] * MAX_LEVELS)


def numbered(label: str, text: str) -> str:
    """A line with its automatic number in front, where it says something a number belongs to.

    A bare figure keeps away from it: `1.` before a cell's `0` would be another value.
    """
    if not label or text.startswith(label) or not re.search(r"[^\W\d_]", text):
        return text
    return f"{label}{text}" if not label[-1].isalnum() else f"{label} {text}"


def _label(levels: Sequence[Level], level: int, counts: Sequence[int | None]) -> str:
    mine = levels[level]
    if mine.format not in _WRITERS:
        return ""
    pieces = []
    for piece in re.split(r"(%[1-9])", mine.text):
        if re.fullmatch(r"%[1-9]", piece):
            index = int(piece[1]) - 1
            number = counts[index] if index <= level else None
            if number is None:
                return ""
            format_of = "decimal" if mine.plain else levels[index].format
            piece = _WRITERS.get(format_of, str)(number) if 0 <= number < 10_000 else str(number)
        pieces.append(piece)
    return "".join(pieces).strip()


def _counted(number: int, digits: str = _DIGITS, units: Sequence[str] = ("", "十", "百", "千")) -> str:
    """Chinese counting up to 9999, `十一` and not `一十一`; digits beyond."""
    if not 0 < number < 10_000:
        return "".join(digits[int(digit)] for digit in str(max(number, 0)))
    pieces: list[str] = []
    for place, digit in enumerate(reversed(str(number))):
        if digit != "0":
            pieces.insert(0, digits[int(digit)] + units[place])
        elif pieces and not pieces[0].startswith(("零", "〇")):
            pieces.insert(0, "零")
    text = "".join(pieces)
    return text[1:] if digits is _DIGITS and 10 <= number < 20 else text


def _digital(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _capital(number: int) -> str:
    return _counted(number, _CAPITALS, ("", "拾", "佰", "仟"))


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def _letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else ""


def _wide(number: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(number))


def _block(first: str) -> Callable[[int], str]:
    """Numbers 1 to 20 as one character each, in figures beyond."""
    return lambda number: chr(ord(first) + number - 1) if 1 <= number <= 20 else str(number)


def _cycle(letters: str) -> Callable[[int], str]:
    return lambda number: letters[(number - 1) % len(letters)]


_WRITERS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerLetter": _letter,
    "decimalEnclosedCircle": _block("①"),
    "decimalEnclosedCircleChinese": _block("①"),
    "decimalEnclosedFullstop": _block("⒈"),
    "decimalEnclosedParen": _block("⑴"),
    "ideographEnclosedCircle": lambda number: chr(ord("㊀") + number - 1) if 1 <= number <= 10 else _counted(number),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographDigital": _digital,
    "taiwaneseDigital": _digital,
    "japaneseDigitalTenThousand": _digital,
    "japaneseCounting": _counted,
    "chineseCounting": _counted,
    "chineseCountingThousand": _counted,
    "taiwaneseCounting": _counted,
    "taiwaneseCountingThousand": _counted,
    "chineseLegalSimplified": _capital,
    "ideographLegalTraditional": _capital,
    "japaneseLegal": _capital,
}
