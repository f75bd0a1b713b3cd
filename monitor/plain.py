"""Text for people in columns that a terminal and every mail program show alike: a Chinese character is two wide."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

WIDTH = 76     # columns; with a mark of quotation they stay below 80
WIDEST = 28    # of a column that is not the last one
GAP = 2
# a word, or one wide character; a stop never begins a line
TOKEN = re.compile(r"\s+|(?:[^\s\u2e80-\uffff]+|[（《“]?[\u2e80-\uffff])[，。；：、）》”…,.;:!?)]*")
Row = Sequence[str]


def fold(text: str, width: int = WIDTH) -> list[str]:
    """The lines of a text, none wider than `width` unless one word is."""
    lines, line = [], ""
    for token in TOKEN.findall(text):
        if line and cell_len(line + token.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += token if line else token.lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def indented(text: str, first: str, rest: str, width: int = WIDTH) -> Iterator[str]:
    """A folded text whose first line begins with `first`, every other one with `rest`."""
    for number, line in enumerate(fold(text, width - cell_len(rest))):
        yield f"{rest if number else first}{line}".rstrip()


def table(rows: Sequence[Row], *, figures: bool = False) -> Iterator[str]:
    """Rows in columns; the last column takes what is left and is folded, figures stand to the right."""
    if not rows:
        return
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = WIDTH - GAP * (len(widths) - 1)
    if sum(widths) > room and not figures:
        widths = [min(width, WIDEST) for width in widths]
        widths[-1] = max(room - sum(widths[:-1]), WIDEST)
    for row in rows:
        yield from _row([fold(cell, width) for cell, width in zip(row, widths, strict=True)], widths, figures=figures)


def _row(cells: Sequence[Sequence[str]], widths: Sequence[int], *, figures: bool) -> Iterator[str]:
    for number in range(max(map(len, cells))):
        parts = []
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            said = cell[number] if number < len(cell) else ""
            blank = " " * (width - cell_len(said))
            parts.append(blank + said if figures and place else said + blank)
        yield (" " * GAP).join(parts).rstrip()
