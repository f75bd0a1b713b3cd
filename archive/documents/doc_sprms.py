"""Properties in a Word 97-2003 file: lists of property modifiers (sprm) and what they say ([MS-DOC] 2.2.5, 2.6)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}          # operand bytes by spra; 6 carries its own length
_STYLE, _IN_TABLE, _ROW_END, _DEPTH, _DEPTH_MORE = 0x4600, 0x2416, 0x2417, 0x6649, 0x664A
_INNER_CELL, _INNER_ROW_END, _OUTLINE, _LEVEL, _LIST = 0x244B, 0x244C, 0x2640, 0x260A, 0x460B
_STORED = (0x6645, 0x6646, 0x646B)                           # the rest of the list stands in the data stream
_DEFINE, _DEFINE_OLD, _MERGE, _SPLIT, _MERGE_DOWN = 0xD608, 0xD606, 0x5624, 0x5625, 0xD62B
_INSERT, _DELETE, _WIDTHS = 0x7621, 0x5622, 0x7623
_DELETED, _HIDDEN, _SPECIAL, _PICTURE, _SYMBOL = 0x0800, 0x083C, 0x0855, 0x6A03, 0x6A09
# the one-byte modifiers of a piece that are of interest ([MS-DOC] 2.9.215, Prm0)
_SHORT = {0x18: _IN_TABLE, 0x19: _ROW_END, 0x41: _DELETED, 0x5C: _HIDDEN}
MAX_COLUMNS = 64
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A cell of a row definition, edges in twips. `across` 0 alone, else its mark in a row of cells merged sideways."""

    left: int
    right: int
    across: int = 0
    down: str = ""


@dataclass(slots=True)
class ParagraphProperties:
    """What holds for a paragraph. `level` and `number` are its place in a list (number 0: none)."""

    style: int = 0
    depth: int = 0
    cell_end: bool = False                                   # of a table inside a table
    row_end: bool = False
    outline: int = 9
    level: int | None = None
    number: int | None = None
    columns: list[Column] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CharacterProperties:
    """What holds for characters. `picture` is an offset into the data stream, `symbol` font and code."""

    deleted: bool = False
    hidden: bool = False
    special: bool = False
    picture: int | None = None
    symbol: tuple[int, int] | None = None


def modifiers(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Code and operand of each modifier in a list; what is cut off at its end is left out."""
    at = 0
    while at + 2 <= len(data):
        code = _u16(data, at)
        at += 2
        size = _SIZES.get(code >> 13)
        if code in (_DEFINE, _DEFINE_OLD):
            size = _u16(data, at) + 1 if at + 2 <= len(data) else 2
        elif code == 0xC615 and at < len(data) and data[at] == 255:
            size = _tabs_size(data, at)
        elif size is None:
            size = data[at] + 1 if at < len(data) else 1
        if at + size > len(data):
            return
        yield code, data[at:at + size]
        at += size


def _tabs_size(data: bytes, at: int) -> int:
    """sprmPChgTabs with more tabs than its length byte can count."""
    deleted = data[at + 1] if at + 1 < len(data) else 0
    added_at = at + 2 + 4 * deleted
    added = data[added_at] if added_at < len(data) else 0
    return 3 + 4 * deleted + 3 * added


def short(prm: int) -> bytes:
    """The modifier that a piece carries in itself, as a list."""
    code = _SHORT.get((prm >> 1) & 0x7F)
    return struct.pack("<HB", code, prm >> 8) if code else b""


def paragraph(lists: Iterator[bytes] | list[bytes], data: bytes, properties: ParagraphProperties) -> None:
    """Applies lists of modifiers, in order, to the properties of a paragraph. `data` is the data stream."""
    seen: set[int] = set()
    for code, operand in (found for each in lists for found in _with_stored(each, data, seen)):
        _apply(code, operand, properties)
    if not properties.depth:
        properties.row_end = properties.cell_end = False


def _with_stored(sprms: bytes, data: bytes, seen: set[int]) -> Iterator[tuple[int, bytes]]:
    """The modifiers of a list with those that it keeps in the data stream, each place once."""
    for code, operand in modifiers(sprms):
        if code not in _STORED:
            yield code, operand
            continue
        at = int(struct.unpack("<I", operand)[0])
        if at not in seen and at + 2 <= len(data):
            seen.add(at)
            yield from _with_stored(data[at + 2:at + 2 + _u16(data, at)], data, seen)


def _apply(code: int, operand: bytes, properties: ParagraphProperties) -> None:
    if code in (_DEFINE, _DEFINE_OLD):
        properties.columns = _defined(operand, 20 if code == _DEFINE else 10)
    elif code in _TABLE:
        _TABLE[code](operand, properties.columns)
    elif code in _PARAGRAPH:
        _PARAGRAPH[code](operand, properties)


def _in_table(operand: bytes, properties: ParagraphProperties) -> None:
    properties.depth = max(properties.depth, 1) if operand[0] else 0


def _row_end(operand: bytes, properties: ParagraphProperties) -> None:
    properties.row_end = bool(operand[0])


def _inner_cell(operand: bytes, properties: ParagraphProperties) -> None:
    properties.cell_end = bool(operand[0])


def _depth(operand: bytes, properties: ParagraphProperties) -> None:
    properties.depth = min(max(_i32(operand), 0), MAX_DEPTH)


def _depth_more(operand: bytes, properties: ParagraphProperties) -> None:
    properties.depth = min(max(properties.depth + _i32(operand), 0), MAX_DEPTH)


def _style(operand: bytes, properties: ParagraphProperties) -> None:
    properties.style = _u16(operand, 0)


def _outline(operand: bytes, properties: ParagraphProperties) -> None:
    properties.outline = operand[0]


def _level(operand: bytes, properties: ParagraphProperties) -> None:
    properties.level = operand[0]


def _list(operand: bytes, properties: ParagraphProperties) -> None:
    properties.number = _u16(operand, 0)


_PARAGRAPH = {
    _STYLE: _style, _IN_TABLE: _in_table, _ROW_END: _row_end, _INNER_ROW_END: _row_end, _INNER_CELL: _inner_cell,
    _DEPTH: _depth, _DEPTH_MORE: _depth_more, _OUTLINE: _outline, _LEVEL: _level, _LIST: _list,
}


def _defined(operand: bytes, size: int) -> list[Column]:
    """The cells of a row: sprmTDefTable ([MS-DOC] 2.9.318); cells without a description are plain."""
    count = operand[2] if len(operand) > 2 else 0
    if not count or count > MAX_COLUMNS or len(operand) < 3 + 2 * (count + 1):
        return []
    edges = struct.unpack_from(f"<{count + 1}h", operand, 3)
    first = 3 + 2 * (count + 1)
    flags = [
        _u16(operand, first + size * index) if first + size * index + 2 <= len(operand) else 0
        for index in range(count)
    ]
    return [
        Column(left, right, flag & 3, "" if not flag & 0x20 else "restart" if flag & 0x40 else "continue")
        for left, right, flag in zip(edges, edges[1:], flags, strict=False)
    ]


def _merge(operand: bytes, columns: list[Column]) -> None:
    for index in range(operand[0], min(operand[1], len(columns))):
        columns[index] = replace(columns[index], across=1 if index == operand[0] else 2)


def _split(operand: bytes, columns: list[Column]) -> None:
    for index in range(operand[0], min(operand[1], len(columns))):
        columns[index] = replace(columns[index], across=0)


def _merge_down(operand: bytes, columns: list[Column]) -> None:
    if len(operand) == 3 and operand[1] < len(columns):
        down = {0: "", 1: "continue"}.get(operand[2], "restart")
        columns[operand[1]] = replace(columns[operand[1]], down=down)


def _insert(operand: bytes, columns: list[Column]) -> None:
    """sprmTInsert: as many cells of one width before the one that is named."""
    first, count, width = operand[0], min(operand[1], MAX_COLUMNS - len(columns)), _u16(operand, 2)
    left = columns[first].left if first < len(columns) else columns[-1].right if columns else 0
    moved = [replace(c, left=c.left + count * width, right=c.right + count * width) for c in columns[first:]]
    columns[first:] = [Column(left + i * width, left + (i + 1) * width) for i in range(count)] + moved


def _delete(operand: bytes, columns: list[Column]) -> None:
    first, limit = operand[0], min(operand[1], len(columns))
    if first < limit:
        gone = columns[limit - 1].right - columns[first].left
        columns[first:] = [replace(c, left=c.left - gone, right=c.right - gone) for c in columns[limit:]]


def _widths(operand: bytes, columns: list[Column]) -> None:
    """sprmTDxaCol: another width for some of the cells, the later ones move."""
    width = _u16(operand, 2)
    for index in range(operand[0], min(operand[1], len(columns))):
        moved = width - (columns[index].right - columns[index].left)
        columns[index] = replace(columns[index], right=columns[index].right + moved)
        columns[index + 1:] = [replace(c, left=c.left + moved, right=c.right + moved) for c in columns[index + 1:]]


_TABLE = {
    _MERGE: _merge, _SPLIT: _split, _MERGE_DOWN: _merge_down, _INSERT: _insert, _DELETE: _delete, _WIDTHS: _widths,
}


def character(lists: list[bytes]) -> CharacterProperties:
    """What lists of modifiers, in order, say about characters."""
    found = CharacterProperties()
    for code, operand in (each for sprms in lists for each in modifiers(sprms)):
        if code == _DELETED:
            found = replace(found, deleted=bool(operand[0]))
        elif code == _HIDDEN:
            # 80 and 81 mean the style's value and its opposite; styles of reports do not hide
            found = replace(found, hidden=operand[0] in (1, 0x81))
        elif code == _SPECIAL:
            found = replace(found, special=bool(operand[0]))
        elif code == _PICTURE:
            found = replace(found, picture=_i32(operand), special=True)
        elif code == _SYMBOL:
            font, letter = struct.unpack("<HH", operand)
            found = replace(found, symbol=(font, letter), special=True)
    return found


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _i32(data: bytes) -> int:
    return int(struct.unpack("<i", data)[0])
