"""Cuts a document into the six parts of the statutory form, as their headings stand."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from archive.documents.model import Block, Document, Grid, Method, Paragraph, Place
from archive.report.form import form, plain
from archive.report.labels import nearest_of

MAX_HEADING = 70
_NUMBERED = re.compile(
    r"\s*(?P<mark>第(?P<part>[一二三四五六七八九十]+)(?:部分|章)|(?P<han>[一二三四五六七八九十]+)(?=[\s、,，.．:：。]|\D)"
    r"|(?P<digit>\d{1,2})(?=[、,，.．\s])"
    r"|[(（〔【](?P<inner>[一二三四五六七八九十\d]+)[)）〕】]|表\s*(?P<table>[一二三四五六七八九十\d]+))[\s、,，.．:：。]*"
)
_SENTENCE_END = tuple("。！？；!?;：:")
_LISTING = ("；", ";")
_HANGING = tuple("、，,和及与包括《（(")
_ITEM = re.compile(
    r"\s*(?:[一二三四五六七八九十]+[、.．是]|[(（][一二三四五六七八九十\d]+[)）]|\d{1,2}[、.．](?!\d)|[①-⑳]"
    r"|第[一二三四五六七八九十]+)"
)
_NUMBERED_HEAD = re.compile(r"\s*(?:[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）])")
_HEAD_END = ("情况", "事项", "公开", "管理", "建设", "保障", "问题", "措施", "打算")
_PAGE_NUMBER = re.compile(r"\s*(?:[-—–－]\s*\d{1,3}\s*[-—–－]|第\s*\d{1,3}\s*页.{0,12})\s*")


@dataclass(frozen=True, slots=True)
class Section:
    """One part as found: `s1` to `s6`, or `s0` for everything before the first. `number` is its numeral as printed."""

    key: str
    number: str | None
    heading: str | None
    place: Place | None
    blocks: tuple[Block, ...]
    page_width: float = inf

    @property
    def text(self) -> str:
        """The running text: lines that a page width broke are joined again, one paragraph a line."""
        return running_text(self.blocks, self.page_width)


@dataclass(frozen=True, slots=True)
class _Heading:
    key: str
    number: str | None
    heading: str
    at: int                # index of the block
    lines: int             # blocks that the heading takes
    rest: str              # what follows it in the same block
    strength: int          # 2 numbered like a chapter, 1 with a figure, 0 a caption, a sub-item or no number


def find_sections(document: Document) -> tuple[Section, ...]:
    """The parts in document order; the first is always `s0`. Repeated and misplaced headings are kept as they stand."""
    blocks = tuple(_righted(block, document.method) for block in _split_grids(document.blocks))
    headings = _believed(tuple(_headings(blocks)))
    first = headings[0].at if headings else len(blocks)
    width = page_width(document)
    found = [Section("s0", None, None, blocks[0].place if blocks else None, blocks[:first], width)]
    ends = [*(heading.at for heading in headings[1:]), len(blocks)]
    for heading, end in zip(headings, ends if headings else (), strict=True):
        found.append(_section(heading, blocks, end, width))
    return tuple(found)


def _righted(block: Block, method: Method) -> Block:
    """A numbered heading of which a picture's reader got a sign or two wrong, as the form has it."""
    if not isinstance(block, Paragraph) or (block.method or method) != "ocr" or len(block.text) > MAX_HEADING:
        return block
    mark = _NUMBERED.match(block.text)
    words = plain(block.text[mark.end():]) if mark else ""
    if mark is None or len(words) < 4 or any(part.pattern.fullmatch(words) for part in form().parts):
        return block
    found = nearest_of(words, (alias for part in form().parts for alias in part.aliases))
    return block if found is None else replace(block, text=mark.group() + found)


def page_width(document: Document) -> float:
    """How wide a full line of the document is, infinite where its lines are whole paragraphs."""
    if document.method not in ("text", "pdf", "ofd", "ocr"):
        return inf
    widths = sorted(_wide(block.text) for block in document.blocks if isinstance(block, Paragraph))
    longest = widths[int(len(widths) * 0.9)] if widths else 0
    full = sum(1 for width in widths if longest * 0.9 <= width <= longest * 1.12)
    return longest * 0.9 if 30 <= longest <= 130 and full >= 4 else inf


def _wide(text: str) -> int:
    """The width of a line: a Chinese character is as wide as two letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def running_text(blocks: Sequence[Block], width: float = inf) -> str:
    """The text of the paragraphs, lines that a page of that width broke joined again. Tables are left out."""
    lines = [b.text.strip() for b in blocks if isinstance(b, Paragraph) and not _PAGE_NUMBER.fullmatch(b.text)]
    text = lines[0] if lines else ""
    for previous, line in pairwise(lines):
        letters = previous[-1:].isascii() and previous[-1:].isalpha() and line[:1].isascii()
        text += ((" " if letters else "") if _goes_on(previous, line, width) else "\n") + line
    return text


def _goes_on(previous: str, line: str, width: float) -> bool:
    """Whether a line carries on the sentence of the one before, which the width of the page or its end cut."""
    if _NUMBERED_HEAD.match(line):
        return False
    if previous.endswith(_SENTENCE_END):
        # a list of figures goes on behind the semicolon that a full line ends with
        return previous.endswith(_LISTING) and _wide(previous) >= width and not _ITEM.match(line)
    if _NUMBERED_HEAD.match(previous) and previous.endswith(_HEAD_END):
        return False
    hangs = previous.endswith(("，", "、", ",")) and width < inf
    cut = _wide(previous) > 160 and not _ITEM.match(line)
    return hangs or cut or _wide(previous) >= width


def _section(heading: _Heading, blocks: tuple[Block, ...], end: int, width: float) -> Section:
    inside: tuple[Block, ...] = blocks[heading.at + heading.lines:end]
    block = blocks[heading.at]
    if isinstance(block, Paragraph) and heading.rest:
        inside = (Paragraph(heading.rest, block.place), *inside)
    return Section(heading.key, heading.number, heading.heading, block.place, inside, width)


def _believed(headings: tuple[_Heading, ...]) -> tuple[_Heading, ...]:
    """For each part the headings of its strongest kind; of captions and unnumbered lines only the first."""
    best: dict[str, int] = {}
    for heading in headings:
        best[heading.key] = max(heading.strength, best.get(heading.key, 0))
    taken: set[str] = set()
    found = []
    for heading in headings:
        if heading.strength == best[heading.key] and (heading.strength or heading.key not in taken):
            found.append(heading)
            taken.add(heading.key)
    return tuple(found)


def _headings(blocks: tuple[Block, ...]) -> Iterator[_Heading]:
    skip = 0
    for index, block in enumerate(blocks):
        if index < skip or not isinstance(block, Paragraph):
            continue
        heading = _heading(blocks, index)
        if heading:
            yield heading
            skip = index + heading.lines


def _heading(blocks: tuple[Block, ...], index: int) -> _Heading | None:
    """The heading that starts at a block: alone in its line, wrapped over up to three, or followed by its text."""
    lines: list[str] = []
    for block in blocks[index:index + 3]:
        if not isinstance(block, Paragraph) or len(block.text) > MAX_HEADING:
            break
        lines.append(block.text)
        heading = _match("".join(lines), "", index, len(lines))
        if heading and (heading.strength or _stands_alone(blocks, index, len(lines))):
            return heading
        if not _NUMBERED.match(lines[0]):
            break
    first = blocks[index]
    return _with_text(first.text, index) if isinstance(first, Paragraph) else None


def _stands_alone(blocks: tuple[Block, ...], index: int, lines: int) -> bool:
    """An unnumbered line is no heading where it is a piece of the sentence that lists all parts."""
    last, before = blocks[index + lines - 1], blocks[index - 1] if index else None
    hangs = isinstance(before, Paragraph) and before.text.rstrip().endswith(_HANGING)
    return not hangs and isinstance(last, Paragraph) and not last.text.rstrip().endswith((*_HANGING, "。"))


def _with_text(text: str, index: int) -> _Heading | None:
    """A numbered heading with its text in the same line: `六、其他需要报告的事项：无`."""
    match = re.match(r"(\s*\S{1,40}?(?:情况|措施|事项|概述|问题))\s*(?:[:：。]\s*|\s+)(?=\S)", text)
    heading = _match(match.group(1), text[match.end():], index, 1) if match else None
    return heading if heading and heading.strength else None


def _match(text: str, rest: str, index: int, lines: int) -> _Heading | None:
    mark = _NUMBERED.match(text)
    words = plain(text[mark.end():] if mark else text)
    number, strength = _numeral(mark)
    for part in form().parts:
        if part.pattern.fullmatch(words):
            return _Heading(part.key, number, text.strip(), index, lines, rest.strip(), strength)
    if strength == 2:
        # the free form of the years before 2019; where the statutory heading stands too, that one counts
        for part in form().parts:
            if part.chapter.fullmatch(words):
                return _Heading(part.key, number, text.strip(), index, lines, rest.strip(), 1)
    return None


def _numeral(mark: re.Match[str] | None) -> tuple[str | None, int]:
    if mark is None:
        return None, 0
    chapter = mark["part"] or mark["han"]
    return (chapter, 2) if chapter else (mark["digit"], 1) if mark["digit"] else (mark["inner"] or mark["table"], 0)


def _split_grids(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Lifts headings that stand in a row of their own out of a table, which they cut in two."""
    for block in blocks:
        if isinstance(block, Grid):
            yield from _split_grid(block)
        else:
            yield block


def _split_grid(grid: Grid) -> Iterator[Block]:
    rows: dict[int, list[str]] = {}
    for cell in grid.cells:
        if cell.text.strip():
            rows.setdefault(cell.row, []).append(cell.text)
    heads = {row: texts[0] for row, texts in rows.items() if len(texts) == 1 and _is_chapter(texts[0])}
    start = 0
    for row in sorted(heads):
        yield from _rows(grid, start, row)
        yield Paragraph(heads[row], grid.place)
        start = row + 1
    yield from _rows(grid, start, None) if heads else (grid,)


def _is_chapter(text: str) -> bool:
    found = _match(text, "", 0, 1) if len(text) <= MAX_HEADING else None
    return found is not None and found.strength == 2


def _rows(grid: Grid, start: int, end: int | None) -> Iterator[Grid]:
    cells = tuple(cell for cell in grid.cells if cell.row >= start and (end is None or cell.row < end))
    if cells:
        yield replace(grid, cells=cells)
