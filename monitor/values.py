"""What a value in a settings file may be: each reader gives it back or raises ValueError with what it expected."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from archive import divisions
from archive.errors import BadDivision
from archive.notices import FIRST_LOCAL, LAST_DAY, is_due_day, is_local_year

T = TypeVar("T")

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
LINK = re.compile(r"https?://[\w.\[\]:-]+/[!-~]*", re.ASCII)


def one_of(*choices: T) -> Callable[[Any], T]:
    def read(value: Any) -> T:
        for choice in choices:
            if value == choice:
                return choice
        raise ValueError("one of " + ", ".join(f'"{choice}"' for choice in choices))

    return read


def whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return value

    return read


def seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
        raise ValueError("a number of seconds from 0 to 600")
    return float(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some text in quotes")
    return value


def contact(value: Any) -> str:
    page = r"https?://[\w-]+(\.[\w-]+)*(:\d{1,5})?(/[\w.~%/?&=+@:-]*)?"
    if not isinstance(value, str) or not (ADDRESS.fullmatch(value) or re.fullmatch(page, value, re.ASCII)):
        raise ValueError('one address such as "office@example.org" or "https://example.org/nianbao"')
    return value


def listen(value: Any) -> tuple[str, int]:
    """What stands there is nobody else's business, so only this machine can ask."""
    match = re.fullmatch(r"(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})", value) if isinstance(value, str) else None
    if match is None or not 0 < int(match[2]) < 65536:
        raise ValueError('an address of this machine itself such as "127.0.0.1:9180"')
    return match[1].strip("[]"), int(match[2])


def web_address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[\w.\[\]:-]+(/[\w.~%/-]*)?", value, re.ASCII):
        raise ValueError('a web address such as "https://example.org/ping/uuid"')
    return value.rstrip("/")


def address(value: Any) -> str:
    if not isinstance(value, str) or not ADDRESS.fullmatch(value):
        raise ValueError('one address such as "office@example.org"')
    return value


def names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('a list of codes, slugs or names such as ["370828"]')
    return tuple(value)


def county(code: Any) -> str:
    """A county of the division table: a slip of the pen would give its day, or its mail, to nobody."""
    try:
        return divisions.county(code if isinstance(code, str) else "").code
    except BadDivision as error:
        raise ValueError('a county\'s code of the division table, six digits such as "370828"') from error


def codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError('a list of codes such as ["370828"]')
    try:
        return tuple(county(item) for item in value)
    except ValueError as error:
        raise ValueError(f"a list of codes such as [\"370828\"], each {error}") from error


def due_day(value: Any) -> str:
    if not isinstance(value, str) or not is_due_day(value):
        raise ValueError(f'a month and day of every year such as "01-31", "{LAST_DAY}" at the latest')
    return value


def report_years(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value or not all(is_local_year(year) for year in value):
        raise ValueError(f"a list of report years such as [2025], none before {FIRST_LOCAL}")
    return tuple(value)


def table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


def tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("a list of tables, each under [[…]]")
    return value


def is_web_address(text: str) -> bool:
    """Whether a text is one web address, with whatever a service wants in it."""
    return bool(LINK.fullmatch(text))
