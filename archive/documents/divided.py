"""Tables that a page draws with boxes instead of a table: rows of short pieces side by side."""

import re
from collections import Counter
from collections.abc import Sequence

from lxml import etree

from archive.documents.layout import BLOCKS, cell_text, is_left_out
from archive.documents.model import Block, Grid, Paragraph

LONGEST = 80                              # signs of a cell
_MANY = 7                                 # figures that make a row of a line that has no like
_MARKS = ("结果维持", "結果維持", "本年新收政府", "本年制发件数", "本年新制作", "现行有效件数", "上一年项目")
_BESIDE = re.compile(
    r"display\s*:\s*(?:table-row|table-cell|(?:inline-)?flex|inline-block|grid)|float\s*:\s*left", re.I
)
_FIGURE = re.compile(r"[\d.,+\-/]*")
_ROWS = frozenset(("div", "ul", "ol", "dl", "li", "section", "p", "form"))
_PIECES = frozenset(("div", "li", "dd", "dt", "section", "p", "label"))
_INLINE = frozenset(("span", "b", "i", "em", "strong", "font", "a", "label"))


def has_loose_tables(blocks: Sequence[Block]) -> bool:
    """Whether words of the statutory tables stand among the paragraphs and in no table."""
    grids = "".join(cell.text for block in blocks if isinstance(block, Grid) for cell in block.cells)
    prose = "".join(block.text for block in blocks if isinstance(block, Paragraph) and len(block.text) <= 10 * LONGEST)
    prose = prose.replace(" ", "")
    return any(mark in prose and mark not in grids for mark in _MARKS)


def rows(root: etree._Element, hidden: frozenset[str]) -> dict[etree._Element, tuple[str, ...]]:
    """The elements that are rows of cells, with the text of these. Rows are known by their style or by their likes."""
    found: dict[etree._Element, tuple[str, ...]] = {}
    for parent in root.iter():
        if not isinstance(parent.tag, str) or is_left_out(parent, parent.tag):
            continue
        rows_of = {child: texts for child in parent if (texts := _cells(child, hidden))}
        likes = Counter((child.tag, child.get("class")) for child in rows_of)
        found |= {
            child: texts for child, texts in rows_of.items()
            if likes[child.tag, child.get("class")] > 1 or _is_beside(child) or _figures(texts) >= _MANY
        }
    return found


def _figures(texts: Sequence[str]) -> int:
    return sum(1 for text in texts if text and _FIGURE.fullmatch(text))


def _cells(element: etree._Element, hidden: frozenset[str]) -> tuple[str, ...] | None:
    """The texts of an element whose children are all short pieces side by side."""
    if element.tag not in _ROWS or len(element) < 2 or (element.text or "").strip():
        return None
    pieces = [child for child in element if isinstance(child.tag, str) and not is_left_out(child, child.tag)]
    if len(pieces) < 2 or any((child.tail or "").strip() for child in element):
        return None
    boxed = all(child.tag in _PIECES for child in pieces)
    styled = all(child.tag in _INLINE for child in pieces) and _is_styled(element, pieces)
    if not (boxed or styled) or any(_is_divided(child) or _cells(child, hidden) for child in pieces):
        return None
    texts = tuple(cell_text(child, hidden) for child in pieces)
    # a word processor puts each sign of a line into a box of its own, which makes no table of it
    glyphs = not boxed and (any(len(text) == 1 and not _FIGURE.fullmatch(text) for text in texts)
                            or not any(map(_FIGURE.fullmatch, texts)))
    prose = any(len(text) > LONGEST or text.endswith(("。", "；", "：")) for text in texts)
    return None if prose or glyphs else texts


def _is_styled(element: etree._Element, pieces: Sequence[etree._Element]) -> bool:
    """Whether pieces in a line are boxes: by their style, or all of one class."""
    classes = {child.get("class") for child in pieces}
    return _is_beside(element) or (None not in classes and len(classes) <= 3)


def _is_beside(element: etree._Element) -> bool:
    first = next(iter(element), None)
    styles = ((one.get("style") or "") for one in (element, first) if one is not None)
    return any(_BESIDE.search(style) for style in styles)


def _is_divided(element: etree._Element) -> bool:
    """Whether a piece is itself made of blocks side by side, so that it is no cell."""
    blocks = [child for child in element if isinstance(child.tag, str) and child.tag in BLOCKS]
    return len(blocks) > 1 or any(_is_divided(child) for child in blocks)
