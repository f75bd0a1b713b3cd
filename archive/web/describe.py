"""What Datasette is told about public.db: titles, descriptions, facets, search and the named questions."""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from archive.web.queries import QUERIES
from archive.web.words import TEXT, Language, Word, plain

DATABASE: Final = "public"
SOURCE: Final = Word("the counties' own portals", "各县（市、区）政府网站")
LICENCE: Final = Word(
    "public government documents; the figures are copied from them unchanged", "政府公开文件；数据照原文抄录"
)


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view for people."""

    title: Word
    about: Word
    columns: dict[str, Word]
    facets: tuple[str, ...]
    sort: str | None
    sort_desc: str | None
    size: int
    label: str | None
    search: bool
    hidden: bool


@functools.cache
def tables() -> dict[str, Described]:
    """Every table and view of public.db by name."""
    raw = tomllib.loads(resources.files("archive.web").joinpath("tables.toml").read_text(encoding="utf-8"))
    return {name: _described(entry) for name, entry in raw.items()}


def _described(entry: dict[str, Any]) -> Described:
    return Described(
        title=Word(*entry["title"]),
        about=Word(*entry["about"]),
        columns={name: Word(*words) for name, words in entry["columns"].items()} if "columns" in entry else {},
        facets=tuple(entry.get("facets", ())),
        sort=entry.get("sort"),
        sort_desc=entry.get("sort_desc"),
        size=entry.get("size", 50),
        label=entry.get("label"),
        search=entry.get("search", False),
        hidden=entry.get("hidden", False),
    )


def metadata(language: Language) -> dict[str, Any]:
    """The metadata of the whole site in a language, as Datasette takes it."""
    return {
        "title": plain(TEXT["title"], language),
        "description": plain(TEXT["tagline"], language),
        "source": plain(SOURCE, language),
        "license": plain(LICENCE, language),
        "databases": {
            DATABASE: {
                "tables": {name: _table(described, language) for name, described in tables().items()},
                "queries": {
                    name: {
                        "sql": query.sql.strip(),
                        "title": plain(query.title, language),
                        "description": plain(query.about, language),
                        "hide_sql": True,
                    }
                    for name, query in QUERIES.items()
                },
            }
        },
    }


def _table(described: Described, language: Language) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": plain(described.title, language),
        "description": plain(described.about, language),
        "columns": {name: plain(word, language) for name, word in described.columns.items()},
        "facets": list(described.facets),
        "size": described.size,
        "hidden": described.hidden,
    }
    choices = {"sort": described.sort, "sort_desc": described.sort_desc, "label_column": described.label}
    told |= {key: value for key, value in choices.items() if value is not None}
    return told | ({"fts_table": "documents_fts", "fts_pk": "id"} if described.search else {})
