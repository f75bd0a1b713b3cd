"""Styles, fonts and lists of a Word 97-2003 file: which paragraphs are headings, and their automatic numbers."""

import struct
from dataclasses import dataclass, field

from archive.documents.doc_file import FONTS, LISTS, OVERRIDES, STYLES, WordFile
from archive.documents.numbering import FORMATS, MAX_LEVELS, Counters, Level

_HEADINGS = frozenset((*range(1, 10), 62))        # sti of heading 1 to 9 and of the title ([MS-DOC] 2.9.260)
_MAX_STYLES = 4095


@dataclass(frozen=True, slots=True)
class Style:
    """A style: whether Word calls it a heading, and its paragraph properties, those of its bases first."""

    heading: bool
    sprms: tuple[bytes, ...]


def read_styles(file: WordFile) -> list[Style]:
    """Every style by its index; empty where the style sheet is torn, which changes no text."""
    data = file.part(STYLES)
    try:
        count, base = struct.unpack_from("<HH", data, 2)
        raw, at = [], 2 + _u16(data, 0)
        for _ in range(min(count, _MAX_STYLES)):
            size = _u16(data, at)
            raw.append(data[at + 2:at + 2 + size])
            at += 2 + size
        return [_style(index, raw, base) for index in range(len(raw))]
    except (struct.error, IndexError):
        return []


def _style(index: int, raw: list[bytes], base: int) -> Style:
    heading, found = False, []
    seen: set[int] = set()
    while index < len(raw) and index not in seen:
        seen.add(index)
        if len(raw[index]) < base:
            break
        heading = heading or _u16(raw[index], 0) & 0xFFF in _HEADINGS
        found.append(_paragraph_sprms(raw[index], base))
        index = _u16(raw[index], 2) >> 4
    return Style(heading, tuple(reversed(found)))


def _paragraph_sprms(style: bytes, base: int) -> bytes:
    """The first property list of a paragraph style: StdfBase, name, UpxPapx ([MS-DOC] 2.9.258, 2.9.337)."""
    if _u16(style, 2) & 0xF != 1:
        return b""
    at = base + 2 + 2 * _u16(style, base) + 2
    size = _u16(style, at)
    return style[at + 4:at + 2 + size]


def read_fonts(file: WordFile) -> list[str]:
    """The names of the fonts, by the index that symbols use: SttbfFfn, FFN ([MS-DOC] 2.9.286, 2.9.82)."""
    data, at = file.part(FONTS), 4
    found: list[str] = []
    while at < len(data) and data[at]:
        raw = data[at + 40:at + 1 + data[at]]
        found.append(raw.decode("utf-16-le", "replace").split("\x00")[0])
        at += 1 + data[at]
    return found


@dataclass(slots=True)
class _Use:
    """An override of a list (LFO): the list and the levels and starts that it changes."""

    name: int
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


class Lists:
    """The automatic numbers of a document, asked for in reading order ([MS-DOC] 2.9.131, 2.9.150)."""

    def __init__(self, file: WordFile) -> None:
        self._counters = Counters()
        try:
            self._levels = _read_lists(file)
            self._uses = _read_uses(file)
        except (struct.error, IndexError):
            # a torn list table costs the numbers, not the text
            self._levels, self._uses = {}, []

    def label(self, number: int, level: int) -> str:
        """The number of the next paragraph of a list; `number` is the index of its override, from 1."""
        use = self._uses[number - 1] if 0 < number <= len(self._uses) else None
        levels = list(self._levels.get(use.name, ())) if use else []
        if use is None or level >= len(levels):
            return ""
        for index, changed in use.levels.items():
            levels[index:index + 1] = [changed]
        if level in use.starts:
            self._counters.start(str(use.name), str(number), level, use.starts[level])
        return self._counters.next(str(use.name), level, levels)


def _read_lists(file: WordFile) -> dict[int, tuple[Level, ...]]:
    """PlfLst, behind which the levels of all its lists stand."""
    offset, size = file.places[LISTS] if len(file.places) > LISTS else (0, 0)
    if not size:
        return {}
    count = _u16(file.table, offset)
    at = offset + size
    found = {}
    for index in range(count):
        head = offset + 2 + 28 * index
        name = struct.unpack_from("<i", file.table, head)[0]
        levels = []
        for _ in range(1 if file.table[head + 26] & 1 else MAX_LEVELS):
            level, at = _level(file.table, at)
            levels.append(level)
        found[name] = tuple(levels)
    return found


def _level(data: bytes, at: int) -> tuple[Level, int]:
    """One level and where the next one starts: LVLF, its properties, its text ([MS-DOC] 2.9.150)."""
    start, code, flags = struct.unpack_from("<iBB", data, at)
    characters, paragraphs = data[at + 24], data[at + 25]
    at += 28 + characters + paragraphs
    length = _u16(data, at)
    units = struct.unpack_from(f"<{length}H", data, at + 2)
    # a level's number stands in the text as a character with the number of the level
    text = "".join(f"%{unit + 1}" if unit < MAX_LEVELS else chr(unit) for unit in units)
    name = FORMATS[code] if code < len(FORMATS) else "bullet"
    return Level(name, text, start, bool(flags & 4)), at + 2 + 2 * length


def _read_uses(file: WordFile) -> list[_Use]:
    """PlfLfo: which list each override means, then what it changes ([MS-DOC] 2.9.173)."""
    data = file.part(OVERRIDES)
    if not data:
        return []
    count = struct.unpack_from("<I", data)[0]
    heads = [struct.unpack_from("<iIIB", data, 4 + 16 * index) for index in range(min(count, len(data) // 16))]
    at = 4 + 16 * count
    uses = []
    for name, _, _, changed in heads:
        use = _Use(name)
        at += 4
        for _ in range(changed):
            at = _read_change(data, at, use)
        uses.append(use)
    return uses


def _read_change(data: bytes, at: int, use: _Use) -> int:
    """One LFOLVL ([MS-DOC] 2.9.133); returns where the next one starts."""
    start, flags = struct.unpack_from("<iI", data, at)
    at += 8
    level = flags & 0xF
    if flags & 0x20:
        use.levels[level], at = _level(data, at)
        start = use.levels[level].start
    if flags & 0x10:
        use.starts[level] = start
    return at


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])
