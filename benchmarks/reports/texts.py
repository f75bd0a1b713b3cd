"""Reports as extractors leave them: rows with tabs, pipes or spaces, or one cell a line; torn, padded, paged."""

import re
from collections.abc import Callable, Iterator
from random import Random

from benchmarks.reports.model import Cell, Line, Paper, Table
from benchmarks.reports.pages import cut

QUIRKS = {
    "page numbers": 0.25,
    "page break in table": 0.2,
    "fused zeros": 0.15,
    "shifted rows": 0.3,
    "trailing empty cell": 0.2,
    "bold figures": 0.1,
    "escaped numbers": 0.08,
    "no header line": 0.15,
    "empty header": 0.15,
    "wrapped title": 0.15,
    "crlf": 0.15,
    "gbk": 0.1,
    "padded pipes": 0.3,
}
_PAGES = ("- {n} -", "— {n} —", "第 {n} 页 共 9 页", "-{n}-")


def text(
    paper: Paper,
    chance: Random,
    quirks: frozenset[str],
    write: Callable[[Table, Random, frozenset[str]], str],
    between: str = "\n\n",
) -> bytes:
    """The report as a text file."""
    parts = list(_parts(paper, chance, quirks, write))
    joined = between.join(parts)
    if "crlf" in quirks:
        joined = joined.replace("\n", "\r\n")
    return joined.encode("gb18030" if "gbk" in quirks else "utf-8")


def _parts(
    paper: Paper, chance: Random, quirks: frozenset[str], write: Callable[[Table, Random, frozenset[str]], str]
) -> Iterator[str]:
    foot = chance.choice(_PAGES)
    for number, block in enumerate(paper.blocks, 1):
        if isinstance(block, Line):
            yield _wrapped(block.text) if block.level == -1 and "wrapped title" in quirks else block.text
        else:
            pieces = cut(block, chance.randint(6, block.height - 3)) if _breaks(block, quirks) else (block,)
            for at, piece in enumerate(pieces):
                if at and "page numbers" in quirks:
                    yield foot.format(n=3)
                yield write(piece, chance, quirks)
        if "page numbers" in quirks and number % 9 == 0:
            yield foot.format(n=number // 9)


def _breaks(block: Table, quirks: frozenset[str]) -> bool:
    return "page break in table" in quirks and block.name == "t3"


def _wrapped(title: str) -> str:
    half = len(title) // 2
    return f"{title[:half]}\n{title[half:]}"


def tabs(table: Table, _chance: Random, quirks: frozenset[str]) -> str:
    """Rows with tabs; covered cells are empty, or (shifted rows) gone and the row padded at its end."""
    end = "\t" if "trailing empty cell" in quirks else ""
    return "\n".join("\t".join(row) + end for row in _texts(table, quirks))


def _texts(table: Table, quirks: frozenset[str]) -> list[list[str]]:
    """The rows as texts, one for each column of the table."""
    lines = [[""] * table.width for _ in range(table.height)]
    for cell in table.cells:
        lines[cell.row][cell.column] = _figure(cell, quirks)
    if "shifted rows" not in quirks or table.name != "t3":
        return lines
    return [_shifted(row, table.width, number < table.heads) for number, row in enumerate(table.rows())]


def _shifted(row: list[Cell], width: int, head: bool) -> list[str]:
    """A row whose covered label columns are gone: labels first, figures after them, the rest empty."""
    texts = [cell.text for cell in row]
    left = [] if not row or row[0].column == 0 else [""]
    texts = [""] * (row[0].column if row else width) + texts if head else [*left, *texts]
    return (texts + [""] * width)[: max(width, len(texts))]


def _figure(cell: Cell, quirks: frozenset[str]) -> str:
    text = cell.text
    if cell.key and text and "bold figures" in quirks:
        text = f"**{text}**"
    if not cell.key and "escaped numbers" in quirks:
        text = re.sub(r"^(\d)\.", r"\1\\.", text)
    return text


def pipes(table: Table, _chance: Random, quirks: frozenset[str]) -> str:
    """A pipe table: the first row as its header, or an empty one, or none."""
    rows = _texts(table, quirks)
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    pad = "   " if "padded pipes" in quirks else " "
    lines = ["|" + "|".join(f"{pad}{text}{pad}" for text in row) + "|" for row in rows]
    rule = "|" + " --- |" * width
    if "no header line" in quirks:
        return "\n".join(lines)
    if "empty header" in quirks:
        return "\n".join(["|" + "  |" * width, rule, *lines])
    return "\n".join([lines[0], rule, *lines[1:]])


def lines(table: Table, chance: Random, quirks: frozenset[str]) -> str:
    """One cell a line; cells without text are gone."""
    gap = chance.choice(("\n", "\n\n"))
    found: list[str] = []
    for row in table.rows():
        fused = _fused(row) if "fused zeros" in quirks else None
        found += [fused] if fused else [_figure(cell, quirks) for cell in row if cell.text]
    return gap.join(found)


def spaces(table: Table, chance: Random, quirks: frozenset[str]) -> str:
    """Rows with spaces; a long label is wrapped and its figures stand in a line of their own."""
    fit = chance.choice((12, 16, 22, 60))
    gap = chance.choice((" ", "  ", "    "))
    return "\n".join(_spaced(row, fit, gap, quirks) for row in table.rows())


def _spaced(row: list[Cell], fit: int, gap: str, quirks: frozenset[str]) -> str:
    fused = _fused(row) if "fused zeros" in quirks else None
    if fused:
        return fused
    label = gap.join(cell.text for cell in row if cell.text and not cell.key)
    figures = gap.join(cell.text for cell in row if cell.text and cell.key)
    if len(label) <= fit or not figures:
        return f"{label}{gap}{figures}".strip()
    return "\n".join([*(label[at : at + fit] for at in range(0, len(label), fit)), figures])


def _fused(row: list[Cell]) -> str | None:
    """规章000: label and figures run together, where every figure is a printed zero."""
    figures = [cell.text for cell in row if cell.key]
    labels = "".join(cell.text for cell in row if not cell.key)
    return labels + "".join(figures) if len(figures) > 1 and set(figures) == {"0"} and labels else None
