"""How a value is shown in a table: words for codes, links to originals, captures and places, and no other links."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from archive.clock import SHANGHAI
from archive.web.form import label
from archive.web.words import COLUMNS, HEADINGS, STATUS, Language, both

SHA256: Final = re.compile(r"[0-9a-f]{64}")
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WEB: Final = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
SHORT: Final = 12
LONGEST_URL: Final = 60

ORIGINAL: Final = Markup(
    '<span class="sha"><a href="/-/view/{0}">{1}</a> <a class="get" href="/-/original/{0}" title="{0}">↓</a></span>'
)
OUTSIDE: Final = Markup('<a class="outside" href="{}" rel="noopener noreferrer nofollow">{}</a>')
INSIDE: Final = Markup('<a href="/public/{}/{}">{}</a>')


def status_key(status: str, confirmed: Any) -> str:
    """The status as it may be told: one look alone does not accuse."""
    return f"{status}_once" if status in ("missing", "late") and not confirmed else status


def chip(status: str, language: Language) -> Markup:
    """A status as a coloured word."""
    word = STATUS.get(status)
    text = both(word, language) if word is not None else Markup("{}").format(status)
    return Markup('<span class="status {}">{}</span>').format(status.replace("_", "-"), text)


def outside(url: str) -> Markup | None:
    """A link that leaves our pages; only to http and https addresses."""
    if not WEB.fullmatch(url):
        return None
    shown = url if len(url) <= LONGEST_URL else url[: LONGEST_URL - 1] + "…"
    return OUTSIDE.format(url, shown)


def original(sha256: str) -> Markup:
    """Links that open and download an original."""
    return ORIGINAL.format(sha256, sha256[:SHORT])


def show(column: str, value: Any, row: Mapping[str, Any], table: str | None, language: Language) -> Markup | None:
    """The markup of a value, or None where plain text will do."""
    plain = value["value"] if isinstance(value, dict) else value
    if plain is None or plain == "":
        return None
    maker = MAKERS.get(column)
    if maker is not None and (made := maker(plain, row, table, language)) is not None:
        return made
    if isinstance(value, dict):
        return None
    if column in COLUMNS and plain in COLUMNS[column]:
        return both(COLUMNS[column][plain], language)
    return outside(plain.strip()) if isinstance(plain, str) else None


def heading(column: str, language: Language) -> Any:
    """A column's name in words, where it has any."""
    named = HEADINGS.get(column)
    return column if named is None else both(named, language)


def when(instant: str | None) -> Markup | str:
    """An instant of the ledger in Beijing time, to the minute; the title keeps it as stored."""
    if not instant:
        return "—"
    local = datetime.fromisoformat(instant).astimezone(SHANGHAI)
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(instant, f"{local:%Y-%m-%d %H:%M}")


def word(column: str, value: Any, language: Language) -> Any:
    """A column's code in words, where it has any; without colours or links."""
    known = COLUMNS.get(column, {}).get(value)
    return value if known is None else both(known, language)


def _field(row: Mapping[str, Any], name: str) -> Any:
    """A field of a row, which may be any of sqlite3's and Datasette's kinds of row."""
    try:
        value = row[name]
    except (KeyError, IndexError):
        return None
    return value["value"] if isinstance(value, dict) else value


def _status(value: Any, row: Mapping[str, Any], _table: str | None, language: Language) -> Markup | None:
    if value not in STATUS:                      # `captures` has an HTTP status of that name
        return None
    return chip(status_key(value, _field(row, "confirmed")), language)


def _standing(value: Any, _row: Mapping[str, Any], _table: str | None, language: Language) -> Markup | None:
    return chip(value, language) if value in STATUS else None


def _sha256(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    return original(value) if isinstance(value, str) and SHA256.fullmatch(value) else None


def _capture(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    return INSIDE.format("captures", value, value[:8]) if isinstance(value, str) and UUID.fullmatch(value) else None


def _captures(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    links = [INSIDE.format("captures", item, item[:8]) for item in listed(value) if UUID.fullmatch(item)]
    return Markup(" ").join(links) or None


def _addresses(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    return Markup("<br>").join(outside(item) or item for item in listed(value)) or None


def _keys(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    return Markup("<br>").join(label(item) for item in listed(value)) or None


def _changes(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    """`t3.new_received.total: 3 → 4` with the form's name of the cell."""
    told = [item.partition(": ") for item in listed(value)]
    return Markup("<br>").join(f"{label(key)}{colon}{rest}" for key, colon, rest in told) or None


def _yes(value: Any, _row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
    return {0: Markup("–"), 1: Markup("✓")}.get(value)


def _place(table: str, code: str) -> "Maker":
    """Links a name to its own page by the code that stands beside it."""

    def made(value: Any, row: Mapping[str, Any], _table: str | None, _language: Language) -> Markup | None:
        key = _field(row, code)
        return INSIDE.format(table, key, value) if isinstance(key, str) and key.isdigit() else None

    return made


def _number(table: str) -> "Maker":
    """Links a row's number to its page, where the table does not do so by itself."""

    def made(value: Any, _row: Mapping[str, Any], table_shown: str | None, _language: Language) -> Markup | None:
        linked = table_shown is None or table_shown.startswith("v_")
        return INSIDE.format(table, value, f"№ {value}") if linked and isinstance(value, int) else None

    return made


def listed(value: Any) -> list[str]:
    """The strings of a stored JSON list; empty where it is none."""
    try:
        items = json.loads(value)
    except (TypeError, ValueError):
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []


Maker = Callable[[Any, Mapping[str, Any], str | None, Language], Markup | None]
MAKERS: Final[Mapping[str, Maker]] = {
    "status": _status,
    "standing": _standing,
    "sha256": _sha256,
    "page_sha256": _sha256,
    "capture": _capture,
    "evidence": _captures,
    "urls": _addresses,
    "listings": _addresses,
    "next": _addresses,
    "cells": _keys,
    "changed": _changes,
    "confirmed": _yes,
    "complete": _yes,
    "listed": _yes,
    "owes": _yes,
    "latest": _yes,
    "county_name": _place("counties", "county"),
    "township_name": _place("townships", "township"),
    "publication": _number("publications"),
    "document": _number("documents"),
}
