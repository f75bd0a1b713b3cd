"""The statutory form as data: sections, tables, rows, columns and what they may be called (form.toml)."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from archive.report.characters import SIMPLIFIED

FORMATS = ("2019", "2021")
_VARIANTS = str.maketrans(SIMPLIFIED | {ord(a): b for a, b in zip("帐〔【[{〕】]}", "账(((())))", strict=True)})
_DROPPED = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\xad“”\"'‘’「」『』《》*#_、,，。.．·;；:：/]")
_NUMERAL = re.compile(r"(?:[一二三四五六七八九十]+|\([一二三四五六七八九十\d]+\)|\d{1,2})+(?=\D)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `labels` are normalised; `type` is integer, signed_integer or decimal."""

    key: str
    labels: tuple[str, ...]
    unit: str | None
    type: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the columns that it has in its block of the table, and the keys of its cells, left to right."""

    table: str
    key: str
    labels: tuple[str, ...]
    formats: tuple[str, ...]
    columns: tuple[Column, ...]
    cells: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A statutory table; `markers` are words that only this table shows."""

    key: str
    section: str
    markers: tuple[str, ...]
    rows: tuple[Row, ...]

    def of(self, formats: tuple[str, ...]) -> tuple[Row, ...]:
        """The rows that the table has in any of the formats."""
        return tuple(row for row in self.rows if set(row.formats) & set(formats))


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the report and the ways its heading is written; `chapter` only where it is numbered as one."""

    key: str
    label: str
    aliases: tuple[str, ...]
    pattern: re.Pattern[str]
    chapter: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that form.toml says."""

    parts: tuple[Part, ...]
    tables: tuple[Table, ...]

    def table(self, key: str) -> Table:
        """A table by its key. Raises KeyError."""
        return {table.key: table for table in self.tables}[key]

    def keys(self, formats: tuple[str, ...]) -> tuple[str, ...]:
        """Every cell key of the formats, in the order of the form."""
        return tuple(cell for table in self.tables for row in table.of(formats) for cell in row.cells)


@lru_cache(4096)
def plain(text: str) -> str:
    """A label as it is compared: no spaces, quotes or punctuation, one kind of bracket, one spelling."""
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_VARIANTS)
    return text.replace("其它", "其他").replace("转结", "结转")


def split_numeral(label: str) -> tuple[str, str]:
    """A normalised label as its leading numeral (may be empty) and the words after it."""
    match = _NUMERAL.match(label)
    return (match.group(), label[match.end():]) if match else ("", label)


@cache
def form() -> Form:
    """The form, read once."""
    data = tomllib.loads(files("archive.report").joinpath("form.toml").read_text(encoding="utf-8"))
    return Form(tuple(_part(entry) for entry in data["section"]), tuple(_table(entry) for entry in data["table"]))


def _part(entry: dict[str, Any]) -> Part:
    aliases = tuple(dict.fromkeys(plain(text) for text in (entry["label"], *entry["aliases"])))
    pattern = "|".join([*map(re.escape, aliases), *(f"(?:{text})" for text in entry["patterns"])])
    # nothing is what the pattern of no pattern finds
    chapter = "|".join(f"(?:{text})" for text in entry.get("chapters", ())) or r"(?!)"
    return Part(entry["key"], entry["label"], aliases, re.compile(pattern), re.compile(chapter))


def _table(entry: dict[str, Any]) -> Table:
    rows = tuple(_row(entry["key"], row, _columns(block)) for block in entry["block"] for row in block["row"])
    return Table(entry["key"], entry["section"], tuple(map(plain, entry["markers"])), rows)


def _columns(block: dict[str, Any]) -> tuple[Column, ...]:
    return tuple(Column(c["key"], _labels(c), c["unit"] or None, c["type"]) for c in block["column"])


def _row(table: str, entry: dict[str, Any], columns: tuple[Column, ...]) -> Row:
    labels = tuple(dict.fromkeys(split_numeral(label)[1] for label in _labels(entry)))
    cells = tuple(f"{table}.{entry['key']}.{column.key}" for column in columns)
    return Row(table, entry["key"], labels, tuple(entry["formats"]), columns, cells, entry.get("group"))


def _labels(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(text) for text in (entry["label"], *entry["aliases"])))
