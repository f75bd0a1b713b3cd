"""Writes small Word 97-2003 files byte by byte, as no program at hand would: fast saves, old flags. For tests."""

import struct
from dataclasses import dataclass, field

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def ole(streams):
    """A compound file of streams, each filled up to 4096 bytes so that it needs no mini stream."""
    sectors, entries = b"", []
    chains = []
    for name, data in streams.items():
        data = data.ljust(4096, b"\0")
        data += b"\0" * (-len(data) % SECTOR)
        entries.append((name, len(sectors) // SECTOR, len(data)))
        chains.append((len(sectors) // SECTOR, len(data) // SECTOR))
        sectors += data
    directory = len(sectors) // SECTOR
    sectors += _directory(entries)
    chains.append((directory, len(sectors) // SECTOR - directory))
    total = len(sectors) // SECTOR
    fats = 1
    while fats * 128 < total + fats:
        fats += 1
    table = [FREE] * (fats * 128)
    for first, count in chains:
        for index in range(first, first + count):
            table[index] = index + 1 if index + 1 < first + count else END
    table[total:total + fats] = [FAT] * fats
    places = [*range(total, total + fats), *[FREE] * (109 - fats)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory, 0, 4096, END, 0, END, 0)
    return header + struct.pack("<109I", *places) + sectors + struct.pack(f"<{len(table)}I", *table)


def _directory(entries):
    out = _entry("Root Entry", 5, FREE, 1, END, 0)
    for index, (name, first, size) in enumerate(entries, 1):
        out += _entry(name, 2, index + 1 if index < len(entries) else FREE, FREE, first, size)
    return out + b"".join(_entry("", 0, FREE, FREE, 0, 0) for _ in range(-(len(entries) + 1) % 4))


def _entry(name, kind, right, child, first, size):
    raw = name.encode("utf-16-le")
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBIII36xIQ", len(raw) + 2 if raw else 0, kind, 1, FREE, right, child, first, size)


@dataclass
class Para:
    """Runs of text with their character properties, the mark at the end, the properties of the paragraph."""

    runs: list
    mark: str = "\r"
    sprms: bytes = b""
    style: int = 0
    mark_sprms: bytes = b""
    prm: int = 0


def para(text="", **more):
    return Para([(text, b"")], **more)


def sprm(code, value=1):
    """A property modifier with an operand of the size that its code asks for."""
    size = {0: "B", 1: "B", 2: "H", 3: "i", 4: "H", 5: "H"}[code >> 13]
    return struct.pack(f"<H{size}", code, value)


IN_TABLE, ROW_END, DEPTH = 0x2416, 0x2417, 0x6649
INNER_CELL, INNER_ROW_END = 0x244B, 0x244C
DELETED, HIDDEN, SPECIAL = sprm(0x0800), sprm(0x083C), sprm(0x0855)
RESTART, CONTINUE = 0x60, 0x20


def cells(*edges, flags=()):
    """sprmTDefTable: the edges of a row's cells, and their flags."""
    body = struct.pack(f"<B{len(edges)}h", len(edges) - 1, *edges)
    body += b"".join(struct.pack("<H18x", flag) for flag in flags)
    return struct.pack("<HH", 0xD608, len(body) + 1) + body


def row(*texts, define=b"", row_sprms=b"", mark_sprms=b""):
    """A row of a table: each text ends its cell, then the row ends."""
    inside = sprm(IN_TABLE)
    found = [text if isinstance(text, Para) else para(text) for text in texts]
    for each in found:
        each.mark, each.sprms = "\x07", inside + each.sprms
    ending = para("", mark="\x07", sprms=inside + sprm(ROW_END) + define + row_sprms, mark_sprms=mark_sprms)
    return [*found, ending]


@dataclass
class Made:
    """A file in the making."""

    main: bytearray = field(default_factory=lambda: bytearray(2048))
    papx: list = field(default_factory=list)
    chpx: list = field(default_factory=list)


def doc(paragraphs, *, flags=0, version=193, magic=0xA5EC, changes=(), data=b"", backwards=False, compressed=False,
        lengths=None):
    """A file of paragraphs, each a piece of its own; `backwards` puts the last one first, as a fast save may."""
    made, places = Made(), {}
    order = range(len(paragraphs))
    for index in reversed(order) if backwards else order:
        places[index] = _write(paragraphs[index], made, compressed)
    starts, pieces = [0], b""
    for index in order:
        text = _text(paragraphs[index])
        starts.append(starts[-1] + len(text.encode("utf-16-le")) // 2)
        offset = places[index] * 2 | 0x4000_0000 if compressed else places[index]
        pieces += struct.pack("<HIH", 0, offset, paragraphs[index].prm)
    clx = b"".join(struct.pack("<BH", 1, len(change)) + change for change in changes)
    table = struct.pack(f"<{len(starts)}i", *starts) + pieces
    clx += struct.pack("<BI", 2, len(table)) + table
    chpx, papx = _bins(made, made.chpx, 1), _bins(made, made.papx, 13)
    structures = {12: chpx, 13: papx, 33: clx}
    header = _header(structures, lengths or [starts[-1], *[0] * 7], flags, version, magic)
    made.main[:len(header)] = header
    return ole({"WordDocument": bytes(made.main), "0Table": chpx + papx + clx, **({"Data": data} if data else {})})


def _text(paragraph):
    return "".join(text for text, _ in paragraph.runs) + paragraph.mark


def _write(paragraph, made, compressed):
    start = len(made.main)
    codec = "cp1252" if compressed else "utf-16-le"
    for text, sprms in [*paragraph.runs, (paragraph.mark, paragraph.mark_sprms)]:
        first = len(made.main)
        made.main += text.encode(codec)
        if len(made.main) > first:
            made.chpx.append((first, len(made.main), bytes([len(sprms)]) + sprms))
    sprms = struct.pack("<H", paragraph.style) + paragraph.sprms
    sprms += b"\0" * (len(sprms) % 2)
    made.papx.append((start, len(made.main), bytes([0, len(sprms) // 2]) + sprms))
    return start


def _bins(made, runs, entry):
    """A bin table, and behind the text one page of properties for each run."""
    runs = sorted(runs)
    numbers = []
    for first, last, sprms in runs:
        made.main += b"\0" * (-len(made.main) % SECTOR)
        numbers.append(len(made.main) // SECTOR)
        at = 510 - len(sprms) - len(sprms) % 2
        page = bytearray(SECTOR)
        page[:8], page[8], page[511] = struct.pack("<2I", first, last), at // 2, 1
        page[at:at + len(sprms)] = sprms
        assert at >= 8 + entry
        made.main += page
    bounds = [first for first, _, _ in runs] + [runs[-1][1]]
    return struct.pack(f"<{len(bounds)}I", *bounds) + struct.pack(f"<{len(numbers)}I", *numbers)


def _header(structures, lengths, flags, version, magic):
    places, at = [(0, 0)] * 93, 0
    for index in sorted(structures):
        places[index] = (at, len(structures[index]))
        at += len(structures[index])
    head = struct.pack("<HHHHHH", magic, version, 0, 0x0804, 0, flags).ljust(32, b"\0")
    longs = struct.pack("<H22i", 22, 0, 0, 0, *lengths, *[0] * 11)
    return head + struct.pack("<H14H", 14, *[0] * 14) + longs + struct.pack("<H", 93) + b"".join(
        struct.pack("<II", *place) for place in places)
