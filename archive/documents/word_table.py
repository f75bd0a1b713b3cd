"""Tables of a DOCX: rows and cells with their spans, in today's and in the older way of merging."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from lxml import etree

from archive.documents.flow import Cell, Item, Merge, Table
from archive.documents.word_xml import attribute, children, inner, number, switch

MAX_SPAN = 60
_SLIVER = 60                                      # twips, about a millimetre
_WRAPPERS = frozenset(("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))


def read_table(element: etree._Element, items: Callable[[etree._Element], list[Item]]) -> Table:
    """A table; `items` reads what stands in a cell. Rows and cells that were deleted or hidden are left out."""
    rows = [_row(row, items) for row in _inside(element, "tr") if not _is_gone(row, "trPr")]
    widths = [number(column, "w") for column in _grid(element)]
    _fold(rows, {index for index, width in enumerate(widths) if width and 0 < width <= _SLIVER})
    return Table(rows)


def _grid(element: etree._Element) -> list[etree._Element]:
    grid = inner(element, "tblGrid")
    return [child for name, child in children(grid) if name == "gridCol"] if grid is not None else []


def _fold(rows: list[list[Cell]], slivers: set[int]) -> None:
    """Takes out columns too narrow to be seen: two rows whose edges do not quite meet leave them."""
    spans = [range(cell.column, cell.column + cell.colspan) for row in rows for cell in row]
    slivers -= {span[0] for span in spans if all(column in slivers for column in span)}
    ordered = sorted(slivers)
    for row in rows if ordered else ():
        for cell in row:
            before = bisect_left(ordered, cell.column)
            within = bisect_left(ordered, cell.column + cell.colspan) - before
            cell.column, cell.colspan = cell.column - before, cell.colspan - within


def _inside(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    for name, child in children(element):
        if name == wanted:
            yield child
        elif name in _WRAPPERS:
            yield from _inside(child, wanted)


def _is_gone(element: etree._Element, properties: str) -> bool:
    marks = inner(element, properties)
    deleted = any(inner(marks, name) is not None for name in ("del", "cellDel", "moveFrom"))
    return deleted or bool(switch(inner(marks, "hidden")))


def _row(element: etree._Element, items: Callable[[etree._Element], list[Item]]) -> list[Cell]:
    found: list[Cell] = []
    column = _span(inner(element, "trPr", "gridBefore"), 0)
    for cell in _inside(element, "tc"):
        width = _span(inner(cell, "tcPr", "gridSpan"), 1)
        if _is_gone(cell, "tcPr"):
            column += width
            continue
        if found and _merge(cell, "hMerge") == "continue":
            found[-1].colspan += width
        else:
            found.append(Cell(items(cell), column, width, _merge(cell, "vMerge")))
        column += width
    return found


def _span(element: etree._Element | None, otherwise: int) -> int:
    written = number(element)
    return min(written, MAX_SPAN) if written and written > 0 else otherwise


def _merge(cell: etree._Element, kind: str) -> Merge:
    """Word leaves the value out for a cell that continues another."""
    mark = inner(cell, "tcPr", kind)
    if mark is None:
        return ""
    return "restart" if attribute(mark, "val") == "restart" else "continue"
