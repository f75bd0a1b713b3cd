"""Attachments and pictures of the built-in reports: made when first asked for, then kept."""

import functools
import html
from dataclasses import dataclass

from crawler.replicas.paper_pdf import pdf
from crawler.replicas.paper_picture import picture
from crawler.replicas.paper_word import word
from crawler.replicas.places import COUNTIES, token
from crawler.replicas.prose import Paper
from crawler.replicas.truth import Shape, Story, Version, stories, story

_SUFFIXES: dict[Shape, str] = {"pdf": ".pdf", "docx": ".docx"}
_MAKERS = {".pdf": pdf, ".docx": word}


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of one version of a report; `table` names the table that a picture shows."""

    code: str
    year: int
    version: int
    suffix: str
    table: str | None = None

    @property
    def key(self) -> str:
        """Its 32 hexadecimal digits in addresses."""
        return token(32, "file", self.code, self.year, self.version, self.table)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self._paper().title}{self.suffix}"

    def body(self) -> bytes:
        """The file itself."""
        return _made(self)

    def _paper(self) -> Paper:
        told = story(self.code, self.year)
        assert told is not None, "files exist only for reports that exist"
        return told.paper(told.versions[self.version])

    def stands(self, now_version: Version | None) -> bool:
        """Whether this file belongs to what stands now."""
        told = story(self.code, self.year)
        return told is not None and now_version is not None and told.versions[self.version] is now_version


def attachment(told: Story, version: Version) -> Stored | None:
    """The file that carries the report, where it is not written into the page."""
    suffix = _SUFFIXES.get(told.shape)
    return Stored(told.code, told.year, told.versions.index(version), suffix) if suffix else None


def pictures(told: Story, version: Version) -> dict[str, Stored]:
    """The pictures of its tables by table name; empty when the tables are written out."""
    if told.shape != "pictures":
        return {}
    number = told.versions.index(version)
    return {name: Stored(told.code, told.year, number, ".png", name) for name in ("t2", "t3", "t4")}


@functools.cache
def library(county: str) -> dict[str, tuple[Story, Stored]]:
    """Every file of a county's built-in reports by its key."""
    found = {}
    for place in COUNTIES[county].places:
        for told in stories(place.code):
            for version in told.versions:
                whole = attachment(told, version)
                for stored in (*([whole] if whole else []), *pictures(told, version).values()):
                    found[stored.key] = (told, stored)
    return found


def link(address: str, name: str) -> str:
    """The anchor below an article that leads to its file."""
    shown = html.escape(name)
    return f'<p class="fujian">附件：<a href="{html.escape(address)}" title="{shown}">{shown}</a></p>'


@functools.lru_cache(maxsize=512)
def _made(stored: Stored) -> bytes:
    paper = stored._paper()
    if stored.table is None:
        return _MAKERS[stored.suffix](paper)
    return picture(next(table for table in paper.tables if table.name == stored.table))
