"""Reports as OFD files, from what a printed page shows: runs of text and ruling lines, in millimetres."""

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pdfplumber

from benchmarks.reports import prints
from benchmarks.reports.model import Paper

QUIRKS = {**prints.QUIRKS, "a run for each glyph": 0.2, "no glyph distances": 0.2, "default prefix": 0.2}
_MM = 25.4 / 72
_NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as an OFD file."""
    with pdfplumber.open(io.BytesIO(prints.pdf(paper, chance, quirks))) as printed:
        pages = [_page(page, quirks) for page in printed.pages]
        size = f"0 0 {printed.pages[0].width * _MM:.2f} {printed.pages[0].height * _MM:.2f}"
    parts = {
        "OFD.xml": f'<ofd:OFD {_NS} DocType="OFD" Version="1.0"><ofd:DocBody><ofd:DocInfo><ofd:Title>'
        f"{escape(paper.title)}</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>{size}"
        "</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        + "".join(f'<ofd:Page ID="{at + 1000}" BaseLoc="Pages/Page_{at}/Content.xml"/>' for at in range(len(pages)))
        + "</ofd:Pages></ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {_NS} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="宋体"/>'
        "</ofd:Fonts></ofd:Res>",
        **{f"Doc_0/Pages/Page_{at}/Content.xml": page for at, page in enumerate(pages)},
    }
    if "default prefix" in quirks:
        parts = {name: part.replace("xmlns:ofd", "xmlns").replace("ofd:", "") for name, part in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{part}')
    return out.getvalue()


def _page(page: Any, quirks: frozenset[str]) -> str:
    area = f"0 0 {page.width * _MM:.2f} {page.height * _MM:.2f}"
    objects = "".join([*_lines(page), *_texts(page, quirks)])
    return (
        f"<ofd:Page {_NS}><ofd:Area><ofd:PhysicalBox>{area}</ofd:PhysicalBox></ofd:Area><ofd:Content>"
        f'<ofd:Layer ID="2">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _lines(page: Any) -> Iterator[str]:
    for number, edge in enumerate((*page.lines, *page.rects)):
        left, top, right, bottom = (edge[side] * _MM for side in ("x0", "top", "x1", "bottom"))
        wide, high = max(right - left, 0.1), max(bottom - top, 0.1)
        yield (
            f'<ofd:PathObject ID="{number + 20000}" Boundary="{left:.2f} {top:.2f} {wide:.2f} {high:.2f}" '
            f'LineWidth="0.2"><ofd:AbbreviatedData>M 0 0 L {right - left:.2f} {bottom - top:.2f}</ofd:AbbreviatedData>'
            "</ofd:PathObject>"
        )


def _texts(page: Any, quirks: frozenset[str]) -> Iterator[str]:
    runs = (
        [{**glyph, "chars": [glyph]} for glyph in page.chars if glyph["text"].strip()]
        if "a run for each glyph" in quirks
        else page.extract_words(x_tolerance=1.5, keep_blank_chars=True, return_chars=True)
    )
    for number, run in enumerate(runs):
        yield _text(number, run, quirks)


def _text(number: int, run: dict[str, Any], quirks: frozenset[str]) -> str:
    left, top, right, bottom = (run[side] * _MM for side in ("x0", "top", "x1", "bottom"))
    glyphs = run["chars"]
    steps = [(after["x0"] - before["x0"]) * _MM for before, after in pairwise(glyphs)]
    delta = (
        f' DeltaX="{" ".join(f"{step:.3f}" for step in steps)}"' if steps and "no glyph distances" not in quirks else ""
    )
    size = glyphs[0]["size"] * _MM
    return (
        f'<ofd:TextObject ID="{number + 40000}" Boundary="{left:.2f} {top:.2f} {right - left:.2f} {bottom - top:.2f}" '
        f'Font="3" Size="{size:.2f}"><ofd:TextCode X="0" Y="{size * 0.85:.2f}"{delta}>{escape(run["text"])}'
        "</ofd:TextCode></ofd:TextObject>"
    )
