"""Text as extractors leave it: lines, rows with tabs, rows with pipes."""

import re
from collections.abc import Iterator

from archive.documents.charsets import decode
from archive.documents.folded import unfolded
from archive.documents.model import Block, Document, Grid, GridCell, Paragraph, Place
from archive.errors import Unreadable

MAX_LINES = 100_000
MAX_COLUMNS = 200
_OUTCOMES = 15                        # values of the one row of table 4, of which only the last may be filled
_BREAKS = re.compile(r"\r\n|[\n\r\f\x0b\x85\u2028\u2029]")
_RULE = re.compile(r"[\s|:+=\-─━┼├┤┬┴│]+")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_ESCAPED = re.compile(r"\\([.\-+*_#()\[\]>~])")     # Markdown keeps 1\. and \- from being marks of a list
_Row = tuple[int, str, list[str]]                # number, line, cells
_PIPES = str.maketrans({"│": "|", "┃": "|", "｜": "|"})


def read_text(body: bytes, declared: str | None = None) -> Document:
    """A Document of one paragraph per line; rows with tabs or pipes make loose grids. Raises Unreadable."""
    text, warnings = decode(body, declared)
    lines = [part for line in _BREAKS.split(text) for part in unfolded(line)]
    if not text.strip():
        raise Unreadable("the file holds no text")
    if len(lines) > MAX_LINES:
        lines, warnings = lines[:MAX_LINES], (*warnings, f"only the first {MAX_LINES} lines were read")
    return Document("text/plain", "text", tuple(_blocks(lines)), warnings=warnings)


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Runs of rows as grids, other lines as paragraphs; rules of a table are dropped."""
    rows: list[_Row] = []
    for number, line in enumerate(lines, 1):
        cells = _row(line)
        if cells is not None:
            if cells:
                rows.append((number, line.translate(_PIPES), cells))
            continue
        if rows:
            yield _grid(rows)
            rows = []
        line = line.translate(_PIPES).strip().strip("|").strip()
        if line:
            yield _paragraph(line, number)
    if rows:
        yield _grid(rows)


def _row(line: str) -> list[str] | None:
    """The cells of a row, an empty list for a drawn rule, None where the line is no row.

    Pipes at the edges leave an empty cell outside of them.
    """
    line = line.translate(_PIPES)
    stripped = line.strip()
    if "|" in stripped:
        if _RULE.fullmatch(stripped) and ("-" in stripped or "─" in stripped):
            return []
        lone = stripped[0] != "|" and "|" not in stripped[:-1]                # a mark at the end of a line of prose
        return None if lone else [_unmarked(cell) for cell in stripped.split("|")][:MAX_COLUMNS]
    if "\t" not in line:
        return None
    cells = [_unmarked(cell) for cell in line.split("\t")]
    # one piece behind tabs is an indented line, wherever they would put it
    padded = sum(map(bool, cells)) == 1 and (len(cells) <= 2 or (bool(cells[-1]) and len(cells) < _OUTCOMES))
    return None if padded or (not any(cells) and len(cells) < 3) else cells[:MAX_COLUMNS]


def _unmarked(text: str) -> str:
    return _ESCAPED.sub(r"\1", _AUTOLINK.sub(r"\1", _BOLD.sub(r"\1", text))).strip()


def _paragraph(line: str, number: int) -> Paragraph:
    text = _unmarked(line)
    heading = bool(re.match(r"#{1,6}\s", text))
    return Paragraph(re.sub(r"^#{1,6}\s+", "", text), Place(f"line {number}"), heading)


def _without_edges(rows: list[_Row]) -> Iterator[_Row]:
    """The rows without the pipes around them; where few rows have these, a pipe at the edge stands beside a blank."""
    piped = [cells for _, line, cells in rows if "|" in line and any(cells)]
    bare = any(cells[0] and cells[-1] for cells in piped)
    both = not bare and sum(not cells[0] and not cells[-1] for cells in piped) * 2 >= len(piped)
    right = both or not any(cells[-1] for cells in piped)
    for number, line, cells in rows:
        start = both and "|" in line and not cells[0]
        end = right and "|" in line and not cells[-1]
        yield number, line, cells[1 if start else 0:len(cells) - end]


def _grid(rows: list[_Row]) -> Grid:
    cells = tuple(
        GridCell(text, row, column, Place(f"line {number}, cell {column + 1}"))
        for row, (number, _, texts) in enumerate(_without_edges(rows))
        for column, text in enumerate(texts)
    )
    return Grid(cells, Place(f"line {rows[0][0]}"), loose=True)
