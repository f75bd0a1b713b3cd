"""From what stands on pages to blocks in reading order: ruled tables, tables without rulings, pictures, paragraphs.

Any reader that knows where characters and rulings stand can use it; nothing here knows a file format.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.documents.columns import Columns, find_tables
from archive.documents.glyphs import Glyph, Rectangle, bounds, cell_text, line_text, rounded, text_lines
from archive.documents.model import Block, Grid, GridCell, Paragraph, Picture, Place
from archive.documents.ruling import Box, Line, tables, with_open_side

_MANY_FILLS = 6
_VALUES = re.compile(r"(?:^|\s)[-+]?[\d０-９/／—-][\d０-９,.]*(?=\s|$)")
_SEVERAL = re.compile(r"[\d０-９/／—-][\d０-９,.]*(?:\s+[\d０-９/／—-][\d０-９,.]*)+")
_PAGE_NUMBER = re.compile(
    r"[-—–－―·•~\s]*(?:第?\s*\d{1,3}\s*页?)\s*(?:[/／,，]?\s*共?\s*\d{1,3}\s*页?)?[-—–－―·•~\s]*"
)
_MARK = re.compile(r"\s*(?:\d{1,2}\s?[.．、](?!\d)|[(（][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、)")
_MARGIN = 0.1


@dataclass(slots=True)
class Sheet:
    """What stands on one page, in points from its upper left corner. `pictures` carry their bytes where they are known.

    `read` are the blocks of a page that another reader read; then nothing else of it counts.
    """

    number: int
    width: float
    height: float
    glyphs: list[Glyph]
    lines: list[Line]
    fills: list[Rectangle]
    pictures: list[tuple[Rectangle, bytes | None]]
    read: tuple[Block, ...] | None = None


@dataclass(slots=True)
class _Page:
    sheet: Sheet
    grids: list[tuple[float, Block]]
    rest: list[Glyph]
    lines: list[list[Glyph]]


def blocks(sheets: Sequence[Sheet]) -> list[Block]:
    """The blocks of all pages from top to bottom. Page numbers and running titles are left out."""
    pages = [_ruled(sheet) for sheet in sheets]
    _without_furniture(pages)
    columns: Columns | None = None
    before: _Page | None = None
    for page in pages:
        columns = _unruled(page, columns, before)
        before = page
    found: list[Block] = []
    for page in pages:
        found = _continued(found, _in_order(page) if page.sheet.read is None else list(page.sheet.read))
    return found


# --- ruled tables -------------------------------------------------------------------------------------------------


def _ruled(sheet: Sheet) -> _Page:
    """The tables that rulings draw, or the edges of filled cells where there are none, and what stands outside."""
    rest = sheet.glyphs
    found: list[tuple[float, Block]] = []
    drawn = tables(sheet.lines)
    if not drawn and len(sheet.fills) >= _MANY_FILLS:
        drawn = tables(line for fill in sheet.fills for line in _sides(fill))
    for table in drawn:
        boxes = with_open_side(table, [((g[1] + g[3]) / 2, (g[2] + g[4]) / 2) for g in rest])
        inside, outside = _inside(boxes, rest)
        if not inside:
            continue
        grid = _grid(boxes, inside, sheet.number)
        if not _is_coarse(grid):
            found.append((boxes[0].rectangle[1], grid))
            rest = outside
    return _Page(sheet, found, rest, list(text_lines(rest)))


def _sides(fill: Rectangle) -> tuple[Line, ...]:
    left, top, right, bottom = fill
    return (
        Line(True, left, top, bottom), Line(True, right, top, bottom),
        Line(False, top, left, right), Line(False, bottom, left, right),
    )


def _inside(boxes: list[Box], glyphs: list[Glyph]) -> tuple[dict[Box, list[Glyph]], list[Glyph]]:
    """The glyphs of each cell, and those outside the table."""
    inside: dict[Box, list[Glyph]] = {}
    outside: list[Glyph] = []
    xs = sorted({x for box in boxes for x in (box.rectangle[0], box.rectangle[2])})
    ys = sorted({y for box in boxes for y in (box.rectangle[1], box.rectangle[3])})
    cells = _by_place(boxes, xs, ys)
    low, high, start, end = 0.0, -1.0, 0.0, -1.0
    current: list[Glyph] = []
    for glyph in glyphs:
        x, y = (glyph[1] + glyph[3]) / 2, (glyph[2] + glyph[4]) / 2
        # most glyphs stand in the cell of the one before
        if not (low <= x < high and start <= y < end):
            box = cells.get((bisect_right(ys, y), bisect_right(xs, x)))
            if box is None:
                outside.append(glyph)
                continue
            low, start, high, end = box.rectangle
            current = inside.setdefault(box, [])
        current.append(glyph)
    return inside, outside


def _by_place(boxes: list[Box], xs: list[float], ys: list[float]) -> dict[tuple[int, int], Box]:
    columns, rows = {x: index + 1 for index, x in enumerate(xs)}, {y: index + 1 for index, y in enumerate(ys)}
    found: dict[tuple[int, int], Box] = {}
    for box in boxes:
        left, top, right, bottom = box.rectangle
        for row in range(rows[top], rows[bottom]):
            for column in range(columns[left], columns[right]):
                found[row, column] = box
    return found


def _grid(boxes: list[Box], inside: dict[Box, list[Glyph]], number: int) -> Grid:
    cells = []
    for box in boxes:
        glyphs = inside.get(box)
        text = cell_text(glyphs, box.rectangle[2] - box.rectangle[0]) if glyphs else ""
        place = Place(page=number, box=rounded(box.rectangle))
        cells.append(GridCell(text, box.row, box.column, place, box.rowspan, box.colspan))
    left, top = min(b.rectangle[0] for b in boxes), min(b.rectangle[1] for b in boxes)
    right, bottom = max(b.rectangle[2] for b in boxes), max(b.rectangle[3] for b in boxes)
    return Grid(tuple(cells), Place(page=number, box=rounded((left, top, right, bottom))))


def _is_coarse(grid: Grid) -> bool:
    """Whether its rulings part only some of its rows or columns: several values stand in one cell."""
    tall: dict[int, float] = {}
    for cell in grid.cells:
        lines = cell.text.split("\n")
        if any(_SEVERAL.fullmatch(line) or len(_VALUES.findall(line)) > 2 for line in lines):
            return True
        if cell.colspan > 3 and any(line.count(" ") > 3 and len(line) < 60 for line in lines):
            return True
        values = sum(1 for line in lines if _VALUES.fullmatch(line))
        if values > 1 and values > 0.6 * len(lines):
            tall[cell.row] = tall.get(cell.row, 0) + 1
        elif values and len(lines) > values and _VALUES.fullmatch(lines[-1]):
            tall[cell.row] = tall.get(cell.row, 0) + 0.5
    return any(count >= 2 for count in tall.values())


# --- page furniture -----------------------------------------------------------------------------------------------


def _without_furniture(pages: list[_Page]) -> None:
    """Takes page numbers out, and lines that stand at the edge of several pages; the first of these is kept."""
    seen: dict[tuple[str, int], int] = {}
    edges = [(page, line) for page in pages for line in _edges(page)]
    for _, line in edges:
        seen[_running(line)] = seen.get(_running(line), 0) + 1
    kept: set[tuple[str, int]] = set()
    for page, line in edges:
        key = _running(line)
        text = line_text(line)
        again = seen[key] > 1 and key in kept and not _SEVERAL.search(text)
        kept.add(key)
        if again or _is_page_number(text, page.sheet.number):
            page.lines.remove(line)
            gone = set(line)
            page.rest = [glyph for glyph in page.rest if glyph not in gone]


def _edges(page: _Page) -> list[list[Glyph]]:
    """The first and the last line of a page, where they stand in its margin."""
    height = page.sheet.height
    high = [line for line in page.lines[:2] if line[0].bottom < _MARGIN * height]
    low = [line for line in page.lines[-2:] if line[0].top > (1 - _MARGIN) * height and line not in high]
    return [*high, *low]


def _running(line: list[Glyph]) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line_text(line)), round(line[0].top / 3)


def _is_page_number(text: str, number: int) -> bool:
    if not _PAGE_NUMBER.fullmatch(text):
        return False
    digits = re.findall(r"\d+", text)
    return not text.strip().isdigit() or abs(int(digits[0]) - number) <= 3


# --- the rest -----------------------------------------------------------------------------------------------------


def _unruled(page: _Page, carried: Columns | None, before: _Page | None) -> Columns | None:
    """Takes the tables without rulings out of what is left; gives the columns of one that may go on overleaf."""
    if not any(_VALUES.search(line_text(line)) for line in page.lines):
        return None
    sheet = page.sheet
    levels = [line for line in sheet.lines if not line.vertical]
    found = find_tables(page.rest, levels, sheet.number, sheet.width, carried, before.rest if before else ())
    if not found:
        return None
    for table in found:
        _take(page, table.grid, table.taken)
        if table.head and before:
            _take(before, table.head, table.taken)
    end = found[-1].grid.place.box[3] if found[-1].grid.place.box else 0.0
    return None if any(line[0].top > end for line in page.lines) else found[-1].columns


def _take(page: _Page, grid: Grid, taken: frozenset[Glyph]) -> None:
    top = grid.place.box[1] if grid.place.box else 0.0
    page.grids.append((top, grid))
    page.rest = [glyph for glyph in page.rest if glyph not in taken]
    page.lines = list(text_lines(page.rest))


def _in_order(page: _Page) -> list[Block]:
    sheet = page.sheet
    found = list(page.grids)
    found += [(top, Paragraph(line_text(line), Place(page=sheet.number, box=bounds(line))))
              for top, line in _columned(page)]
    found += [(box[1], Picture(None, Place(page=sheet.number, box=rounded(box)), body)) for box, body in sheet.pictures]
    return [block for _, block in sorted(found, key=lambda pair: pair[0])]


def _columned(page: _Page) -> list[tuple[float, list[Glyph]]]:
    """The lines of a page, each with the height at which it is read: of two columns of prose the left one first."""
    parted = [(line, _parted(line, page.sheet.width)) for line in page.lines]
    runs = sum(1 for _, halves in parted if halves)
    if runs < 6 or runs < 0.5 * len(parted):
        return [(line[0].top, line) for line in page.lines]
    first = min(line[0].top for line, halves in parted if halves)
    last = max(line[0].bottom for line, halves in parted if halves)
    found: list[tuple[float, list[Glyph]]] = []
    for line, halves in parted:
        top = line[0].top
        if halves:
            found.append((first + (top - first) / 2, halves[0]))
            found.append((first + (last - first) / 2 + (top - first) / 2, halves[1]))
        elif first < top < last and line[0].left > page.sheet.width / 2:
            found.append((first + (last - first) / 2 + (top - first) / 2, line))
        elif first < top < last:
            found.append((first + (top - first) / 2, line))
        else:
            found.append((top, line))
    return found


def _parted(line: list[Glyph], width: float) -> tuple[list[Glyph], list[Glyph]] | None:
    """The two halves of a line that a gutter in the middle of the page parts, both of them prose."""
    middle = width / 2
    left = [glyph for glyph in line if glyph.right < middle + 0.05 * width]
    right = line[len(left):]
    if len(left) < 8 or len(right) < 8 or right[0].left - left[-1].right < 1.2 * (left[-1].right - left[-1].left):
        return None
    return left, right


# --- a row that the end of a page cut -----------------------------------------------------------------------------


def _continued(before: list[Block], after: list[Block]) -> list[Block]:
    """The blocks of a page behind those before; a row that the page break cut is made one again."""
    if before and after and isinstance(before[-1], Grid) and isinstance(after[0], Grid):
        one, other = before[-1], after[0]
        joined = _row_joined(one, other)
        if joined:
            return [*before[:-1], *joined, *after[1:]]
    return [*before, *after]


def _row_joined(one: Grid, other: Grid) -> tuple[Grid, Grid] | None:
    """Both grids with the end of a label moved to its row: a numbered label below the break never lacks its number."""
    last = max((cell.row for cell in one.cells), default=0)
    upper = {cell.column: cell for cell in one.cells if cell.row + cell.rowspan - 1 == last}
    lower = {cell.column: cell for cell in other.cells if cell.row == 0}
    labels = [column for column, cell in upper.items() if _MARK.match(cell.text) and column in lower]
    if not labels or not _same_columns(one, other):
        return None
    label = labels[-1]
    values = [column for column in upper if column > label]
    pairs = [(upper[column], lower[column]) for column in values if column in lower]
    ends = lower[label].text
    if not ends.strip() or _MARK.match(ends) or len(pairs) != len(values) or len(values) < 2:
        return None
    if all(a.text.strip() for a, _ in pairs) == all(b.text.strip() for _, b in pairs):
        return None
    if any(a.text.strip() and b.text.strip() for a, b in pairs):
        return None
    return _moved(one, other, upper, lower, label)


def _same_columns(one: Grid, other: Grid) -> bool:
    edges = [
        {round(cell.place.box[0]) for cell in grid.cells if cell.place.box and cell.column > 0} for grid in (one, other)
    ]
    return all(any(abs(x - y) <= 3 for y in edges[1]) for x in edges[0]) if edges[1] else False


def _moved(
    one: Grid, other: Grid, upper: dict[int, GridCell], lower: dict[int, GridCell], label: int
) -> tuple[Grid, Grid]:
    """The row in the upper grid with all texts; its rest in the lower one is left blank."""
    def text(cell: GridCell) -> GridCell:
        if cell.column < label or upper.get(cell.column) is not cell:
            return cell
        tail = lower[cell.column]
        if cell.column == label:
            return replace(cell, text=f"{cell.text}\n{tail.text}")
        return replace(cell, text=tail.text, place=tail.place) if tail.text.strip() else cell

    kept = tuple(cell for cell in other.cells if not (cell.row == 0 and cell.column >= label))
    return replace(one, cells=tuple(map(text, one.cells))), replace(other, cells=kept)
