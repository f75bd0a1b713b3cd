"""One document by form and seed."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from benchmarks.reports import derived, ofds, pages, paper, prints, scans, sheets, texts, words
from benchmarks.reports.model import Paper, Sample

_Writer = Callable[[Paper, Random, frozenset[str]], bytes]
_Kept = Callable[[Paper, frozenset[str]], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of document: how it is written, which quirks it may have, which cells it keeps apart."""

    name: str
    ending: str
    write: _Writer
    quirks: Mapping[str, float]
    kept: _Kept
    without: frozenset[str] = frozenset()  # quirks of the paper that it cannot carry
    needs: str | None = None  # a program that writes it
    slow: bool = False  # to write or to read


def _all(drawn: Paper, _quirks: frozenset[str]) -> frozenset[str]:
    return frozenset(drawn.values)


def _none(_drawn: Paper, _quirks: frozenset[str]) -> frozenset[str]:
    return frozenset()


def _row(key: str) -> str:
    return key.rsplit(".", 1)[0]


def _full_rows(drawn: Paper, _quirks: frozenset[str]) -> frozenset[str]:
    """The cells of rows without a gap; table 4 is one row."""
    gaps = {_line(key) for key, raw in drawn.raw.items() if not raw.strip()}
    return frozenset(key for key in drawn.values if _line(key) not in gaps)


def _line(key: str) -> str:
    return "t4" if key.startswith("t4") else _row(key)


def _full_tables(drawn: Paper, quirks: frozenset[str]) -> frozenset[str]:
    """The cells of tables without a gap, where nothing was cut or numbered."""
    if quirks & {"page break in table", "page numbers", "fused zeros"}:
        return frozenset()
    gaps = {key.split(".")[0] for key, raw in drawn.raw.items() if not raw.strip()}
    return frozenset(key for key in drawn.values if key.split(".")[0] not in gaps)


def _text(write: Callable[..., str], between: str = "\n\n") -> _Writer:
    return lambda drawn, chance, quirks: texts.text(drawn, chance, quirks, write, between)


def _unruled(drawn: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    return prints.pdf(drawn, chance, quirks | {"no rules"})


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("html", ".html", pages.page, pages.QUIRKS, _all),
        Form("tabs", ".txt", _text(texts.tabs), texts.QUIRKS, _full_rows),
        Form("markdown", ".md", _text(texts.pipes), texts.QUIRKS, _full_rows),
        Form("lines", ".txt", _text(texts.lines), texts.QUIRKS, _full_tables, frozenset({"group without name"})),
        Form("spaces", ".txt", _text(texts.spaces, "\n"), texts.QUIRKS, _none),
        Form("docx", ".docx", words.word, words.QUIRKS, _all),
        Form("pdf", ".pdf", prints.pdf, prints.QUIRKS, _all),
        Form("pdf-unruled", ".pdf", _unruled, prints.QUIRKS, _none),
        Form("xlsx", ".xlsx", sheets.workbook, sheets.QUIRKS, _all),
        Form("ofd", ".ofd", ofds.ofd, ofds.QUIRKS, _all),
        Form("zip", ".zip", derived.packed, {"gbk names": 0.4, "tar": 0.2}, _all),
        Form("traditional", ".html", derived.traditional, pages.QUIRKS, _all),
        Form("extracted", ".txt", derived.extracted, prints.QUIRKS, _none),
        Form("page-text", ".txt", derived.page_text, pages.QUIRKS, _none),
        Form("layout", ".txt", derived.laid_out, prints.QUIRKS, _none),
        Form("printed", ".pdf", derived.printed, pages.QUIRKS, _all, needs="chromium", slow=True),
        Form("doc", ".doc", derived.doc, words.QUIRKS, _all, needs="soffice", slow=True),
        Form("xls", ".xls", derived.xls, sheets.QUIRKS, _all, needs="soffice", slow=True),
        Form("scan", ".pdf", scans.scan, scans.QUIRKS, _none, slow=True),
        Form("picture", ".html", scans.pictured, scans.QUIRKS, _none, slow=True),
    )
}


def seeded(*parts: object) -> Random:
    """A generator of its own for whatever these parts name."""
    return Random(" ".join(map(str, parts)))  # noqa: S311


def make(name: str, seed: int, quirks: frozenset[str] | None = None) -> Sample:
    """The document of a form and seed, the same every time, with the quirks of that seed or with those given.

    Raises KeyError for an unknown form.
    """
    form = FORMS[name]
    drawn = paper.draw(seeded(name, seed, "paper"), without=form.without, quirks=quirks)
    chance = seeded(name, seed, "form")
    own = frozenset(quirk for quirk, share in form.quirks.items() if chance.random() < share)
    if quirks is not None:
        own = quirks & form.quirks.keys()
    body = form.write(drawn, chance, own)
    return Sample(
        name, seed, f"{name}-{seed}{form.ending}", body, drawn, (*drawn.quirks, *sorted(own)), form.kept(drawn, own)
    )


def available(*, slow: bool = True) -> tuple[str, ...]:
    """The forms that this machine can write; without `slow` only those that are quick to write and to read."""
    return tuple(
        name for name, form in FORMS.items() if (slow or not form.slow) and (not form.needs or shutil.which(form.needs))
    )
