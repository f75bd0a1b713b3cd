"""How alike the prose of two reports is, without figures, years and names."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from archive.report.form import form, plain, split_numeral
from archive.report.prose import squash, without_site_lines

LEAST = 200                            # characters: less prose is alike by chance
_MOST = 50_000                         # more than any report says; what is longer is cut before it is compared
_WIDTH = 5                             # characters of one shingle
_LONG = 40                             # from so many on a line without a full stop is prose too
_SENTENCE = re.compile(r"[^。!?;\n]+")
_FIGURES = re.compile(r"[\W\d_]+")
_OWN = re.compile(r"我(?:镇|乡|街道|办|局|单位)|本(?:镇|乡|街道|机关|单位|办)|全(?:镇|乡|街道)")
_HELD = 2048                           # reports of one county, whose text is kept for the next comparison
_GROUP = 64                            # and of one county's year, whose shingles are

Names = tuple[str, ...]


@lru_cache(maxsize=_HELD)
def body(text: str) -> str:
    """The prose below the first heading, squashed, without headings and without what the site prints round it."""
    lines = [squash(line) for line in text.split("\n")]
    heads = [index for index, line in enumerate(lines) if _is_heading(line)]
    below = lines[heads[0] + 1:] if heads else lines
    prose = [line for line in below if not _is_heading(line) and ("。" in line or ";" in line or len(line) >= _LONG)]
    return without_site_lines("\n".join(prose))[:_MOST]


def _is_heading(line: str) -> bool:
    words = split_numeral(plain(line))[1]
    return any(part.pattern.fullmatch(words) for part in form().parts)


@lru_cache(maxsize=_HELD)
def statements(text: str, names: Names) -> tuple[str, ...]:
    """The sentences of the prose as they are compared: without figures, punctuation and the names of the body."""
    without = _OWN.sub("", "\n".join(_SENTENCE.findall(body(text))))
    for name in names:
        without = without.replace(name, "")
    return tuple(sentence for line in without.split("\n") if (sentence := _FIGURES.sub("", line)))


@lru_cache(maxsize=_GROUP)
def shared(reports: tuple[tuple[str, Names], ...]) -> frozenset[str]:
    """The sentences that stand in at least half of the reports: their template."""
    counts = Counter(sentence for text, names in reports for sentence in set(statements(text, names)))
    return frozenset(sentence for sentence, number in counts.items() if number * 2 >= len(reports))


def likeness(one: Iterable[str], other: Iterable[str]) -> float | None:
    """What part of the shingles of two texts both have, 0 to 1; None where one of them is too short."""
    first, second = "".join(one), "".join(other)
    if min(len(first), len(second)) < LEAST:
        return None
    mine, theirs = _shingles(first), _shingles(second)
    return len(mine & theirs) / len(mine | theirs)


@lru_cache(maxsize=_GROUP)
def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[start:start + _WIDTH] for start in range(len(text) - _WIDTH + 1))
