"""Sentences in English and Chinese, from texts.toml, and how days and instants are written in them."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from archive.clock import local_day
from monitor.reasons import words
from monitor.settings import Language

EN_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
             "November", "December")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence that is not yet in any language: its key in texts.toml and what goes into it, another sentence too."""

    key: str
    at: datetime | date | None = None
    detail: "str | Text | None" = None
    first: datetime | date | None = None
    year: int | None = None
    name: str | None = None


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every sentence by key and language."""
    return tomllib.loads(files("monitor").joinpath("texts.toml").read_text(encoding="utf-8"))


def word(key: str, language: Language) -> str:
    """A word or sentence without blanks to fill."""
    return catalogue()[key][language]


def say(text: Text, language: Language) -> str:
    """A text in words; instants become days in Asia/Shanghai."""
    sentence = word(text.key, language)
    detail = say(text.detail, language) if isinstance(text.detail, Text) else text.detail
    reason = words(detail, language) if detail and "{reason}" in sentence else detail
    return sentence.format(
        at=day_words(text.at, language), first=day_words(text.first, language), detail=detail, reason=reason,
        year=text.year, name=text.name)


def day_words(day: date | datetime | None, language: Language) -> str:
    """`1 February 2026` or `2026年2月1日`; empty for None."""
    if day is None:
        return ""
    here = local_day(day) if isinstance(day, datetime) else day
    if language == "zh":
        return f"{here.year}年{here.month}月{here.day}日"
    return f"{here.day} {EN_MONTHS[here.month - 1]} {here.year}"
