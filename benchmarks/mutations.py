"""Ways to damage a file. Each says what must still hold of the figures that are read.

`promise` holds where the damage cannot print another figure: every cell is then as it was printed, or unread. It is not
given where digits themselves may change, or where a browser would really show a figure under another head.
"""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random

import pypdfium2

_Damage = Callable[[bytes, Random], bytes | None]
HTML = frozenset({"html", "traditional"})
TEXT = frozenset({"tabs", "markdown", "lines", "spaces", "extracted", "page-text", "layout"})
ZIPPED = frozenset({"docx", "xlsx", "ofd"})
PDF = frozenset({"pdf", "pdf-unruled"})
_DECLARED = re.compile(rb"charset='[^']*'")


@dataclass(frozen=True, slots=True)
class Mutation:
    """A kind of damage: the forms it fits, what it does (None: nothing to damage here) and what it promises."""

    name: str
    damage: _Damage
    forms: frozenset[str] | None = None
    promise: bool = True
    full: bool = False                 # promised without empty cells only: a gap and a repetition cancel out
    cuts: bool = False                 # may cut a figure short: its first digits are then what is printed


def flip(body: bytes, chance: Random) -> bytes:
    """Other bytes in a few places."""
    found = bytearray(body)
    for _ in range(chance.choice((1, 1, 3, 20))):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def truncate(body: bytes, chance: Random) -> bytes:
    return body[: chance.randrange(len(body))]


def cut_out(body: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(body))
    return body[:start] + body[start + chance.randrange(1, 2000) :]


def swap(body: bytes, chance: Random) -> bytes:
    """Two halves of a stretch change places."""
    start = chance.randrange(len(body))
    size = chance.randrange(1, 1 + max(1, (len(body) - start) // 2))
    return body[:start] + body[start + size : start + 2 * size] + body[start : start + size] + body[start + 2 * size :]


def append(body: bytes, chance: Random) -> bytes:
    return body + chance.randbytes(chance.randrange(1, 400)) if body[:1] not in b"<" else body + b"\n<!-- " + b"x" * 99


def zipped(body: bytes, chance: Random) -> bytes:
    """Inside one to three archives."""
    for _ in range(chance.randint(1, 3)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/年报", body)
        body = out.getvalue()
    return body


def gzipped(body: bytes, _chance: Random) -> bytes:
    return gzip.compress(body, mtime=0)


def recode(body: bytes, chance: Random) -> bytes | None:
    """In another encoding, with whatever was declared."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text.encode(chance.choice(("utf-16", "gb18030", "utf-8-sig", "utf-16-be")), "replace")


def misdeclare(body: bytes, chance: Random) -> bytes:
    return _DECLARED.sub(b"charset='%s'" % chance.choice((b"big5", b"x-unknown", b"latin-1", b"")), body)


def _one(pattern: bytes, put: Callable[[bytes, Random], bytes], body: bytes, chance: Random) -> bytes | None:
    """One match of a pattern, put otherwise."""
    matches = list(re.finditer(pattern, body, re.S | re.I))
    if not matches:
        return None
    match = chance.choice(matches)
    return body[: match.start()] + put(match[0], chance) + body[match.end() :]


def _gone(_found: bytes, _chance: Random) -> bytes:
    return b""


def _twice(found: bytes, _chance: Random) -> bytes:
    return found + found


def drop(pattern: bytes) -> _Damage:
    return partial(_one, pattern, _gone)


def repeat(pattern: bytes) -> _Damage:
    return partial(_one, pattern, _twice)


def replace(pattern: bytes, put: Callable[[bytes, Random], bytes]) -> _Damage:
    return partial(_one, pattern, put)


def _exchange(row: bytes, body: bytes, chance: Random) -> bytes | None:
    """Two rows of figures that follow one another change places."""
    rows = list(re.finditer(row, body, re.S | re.I))
    figures = re.compile(rb"(?<!xml)>\s*\d+\s*<")
    pairs = [
        (one, two) for one, two in pairwise(rows)
        if not body[one.end() : two.start()].strip() and figures.search(one[0]) and figures.search(two[0])
    ]
    if not pairs:
        return None
    one, two = chance.choice(pairs)
    return body[: one.start()] + two[0] + body[one.end() : two.start()] + one[0] + body[two.end() :]


def exchange(row: bytes) -> _Damage:
    return partial(_exchange, row)


def _everywhere(pattern: bytes, put: bytes, body: bytes, _chance: Random) -> bytes:
    return re.sub(pattern, put, body)


def everywhere(pattern: bytes, put: bytes) -> _Damage:
    return partial(_everywhere, pattern, put)


def digits_as_references(body: bytes, _chance: Random) -> bytes:
    """Every digit between tags as a character reference."""
    return re.sub(rb">(\s*)(\d+)(\s*)<", lambda m: b">%s%s%s<" % (
        m[1], b"".join(b"&#%d;" % digit for digit in m[2]), m[3]), body)


def _lines(damage: Callable[[list[bytes], Random], None], body: bytes, chance: Random) -> bytes | None:
    if b"\x00" in body:
        return None
    lines = body.split(b"\n")
    damage(lines, chance)
    return b"\n".join(lines)


def drop_line(lines: list[bytes], chance: Random) -> None:
    del lines[chance.randrange(len(lines))]


def repeat_line(lines: list[bytes], chance: Random) -> None:
    at = chance.randrange(len(lines))
    lines.insert(at, lines[at])


def join_lines(lines: list[bytes], chance: Random) -> None:
    at = chance.randrange(len(lines))
    lines[at : at + 2] = [b" ".join(lines[at : at + 2])]


def put_in(lines: list[bytes], chance: Random) -> None:
    """A page's foot, an empty line, a note."""
    more = chance.choice(("- 4 -", "— 4 —", "第4页 共6页", "", "续表", "（续表）", "第 4 页", "\f"))
    lines.insert(chance.randrange(len(lines)), more.encode())


def lines(damage: Callable[[list[bytes], Random], None]) -> _Damage:
    return partial(_lines, damage)


def _inside(part: str, damage: _Damage, body: bytes, chance: Random) -> bytes | None:
    """Damages one part of a zipped document."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    names = [name for name in members if re.search(part, name)]
    name = chance.choice(names) if names else None
    damaged = damage(members[name], chance) if name else None
    if name is None or damaged is None:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            if damaged or each != name:
                archive.writestr(each, damaged if each == name else content)
    return out.getvalue()


def inside(part: str, damage: _Damage) -> _Damage:
    return partial(_inside, part, damage)


def drop_page(body: bytes, chance: Random) -> bytes | None:
    document = pypdfium2.PdfDocument(body)
    if len(document) < 2:
        return None
    del document[chance.randrange(len(document))]
    return _saved(document)


def turn_page(body: bytes, chance: Random) -> bytes:
    document = pypdfium2.PdfDocument(body)
    document[chance.randrange(len(document))].set_rotation(chance.choice((90, 180, 270)))
    return _saved(document)


def _saved(document: pypdfium2.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


_TR, _ROW = rb"<tr\b.*?</tr>", rb"<w:tr\b.*?</w:tr>"
_SHEET, _PAGE = r"worksheets/sheet\d+\.xml$", r"Content\.xml$"
MUTATIONS: tuple[Mutation, ...] = (
    Mutation("other bytes", flip, promise=False),
    Mutation("cut off", truncate, cuts=True, full=True),
    Mutation("a piece cut out", cut_out, promise=False),
    Mutation("pieces exchanged", swap, promise=False),
    Mutation("rubbish at the end", append, promise=False),
    Mutation("inside archives", zipped),
    Mutation("inside gzip", gzipped),
    Mutation("another encoding", recode, HTML | TEXT),
    Mutation("another declared charset", misdeclare, HTML),
    Mutation("a row gone", drop(_TR), HTML),
    Mutation("a row twice", repeat(_TR), HTML),
    Mutation("rows exchanged", exchange(_TR), HTML),
    Mutation("a row of nothing", replace(rb"</tr>", lambda f, _: f + b"<tr><td colspan=3></td></tr>"), HTML),
    Mutation("a row of words", replace(rb"</tr>", lambda f, _: f + "<tr><td>续表</td></tr>".encode()), HTML),
    Mutation("an end tag gone", drop(rb"</(?:tr|td|p|span|tbody|div|font)>"), HTML),
    Mutation("the end of a table gone", drop(rb"</table>"), HTML),
    Mutation("the start of a table gone", drop(rb"<table[^>]*>"), HTML),
    Mutation("the start of a row gone", drop(rb"<tr>"), HTML),
    Mutation("an inner tag gone", drop(rb"<(?:p|span|font|div|strong)\b[^>]*>"), HTML),
    Mutation("a span gone", drop(rb" (?:row|col)span='\d+'"), HTML),
    Mutation("all rowspans gone", everywhere(rb" rowspan='\d+'", b""), HTML),
    Mutation("all colspans gone", everywhere(rb" colspan='\d+'", b""), HTML),
    Mutation("a table gone", drop(rb"<table\b.*?</table>"), HTML),
    Mutation("a table twice", repeat(rb"<table\b.*?</table>"), HTML),
    Mutation("a comment in between", replace(rb"<td", lambda f, _: b"<!-- <td>9</td> -->" + f), HTML),
    Mutation("digits as references", digits_as_references, HTML),
    Mutation("a paragraph gone", drop(rb"<p>.*?</p>"), HTML),
    Mutation("a line gone", lines(drop_line), TEXT),
    Mutation("a line twice", lines(repeat_line), TEXT, full=True),
    Mutation("lines joined", lines(join_lines), TEXT),
    Mutation("a page's foot put in", lines(put_in), TEXT),
    Mutation("tabs as spaces", everywhere(rb"\t", b"  "), TEXT),
    Mutation("lines indented", everywhere(rb"\n", b"\n    "), TEXT),
    Mutation("old Macintosh lines", everywhere(rb"\r?\n", b"\r"), TEXT),
    Mutation("a row gone", inside("document.xml$", drop(_ROW)), frozenset({"docx"})),
    Mutation("a row twice", inside("document.xml$", repeat(_ROW)), frozenset({"docx"})),
    Mutation("rows exchanged", inside("document.xml$", exchange(_ROW)), frozenset({"docx"})),
    Mutation("a merge gone", inside("document.xml$", drop(rb"<w:vMerge[^>]*/>")), frozenset({"docx"})),
    Mutation("a span gone", inside("document.xml$", drop(rb"<w:gridSpan[^>]*/>")), frozenset({"docx"})),
    Mutation("all merges gone", inside("document.xml$", everywhere(rb"<w:vMerge[^>]*/>", b"")), frozenset({"docx"})),
    Mutation("the grid gone", inside("document.xml$", everywhere(rb"<w:gridCol[^>]*/>", b"")), frozenset({"docx"})),
    Mutation("a label gone", inside("document.xml$", drop(rb"<w:t [^>]*>[^<\d]+</w:t>")), frozenset({"docx"})),
    Mutation("a part damaged", inside(r"\.xml$", flip), ZIPPED, promise=False),
    Mutation("a part cut off", inside(r"\.xml$", truncate), ZIPPED, promise=False),
    Mutation("a part empty", inside(r"\.(xml|rels)$", lambda _b, _c: b""), ZIPPED),
    Mutation("a row gone", inside(_SHEET, drop(rb"<row\b.*?</row>")), frozenset({"xlsx"})),
    Mutation("a merge gone", inside(_SHEET, drop(rb"<mergeCell [^>]*/>")), frozenset({"xlsx"})),
    Mutation("a line gone", inside(_PAGE, drop(rb"<(?:ofd:)?PathObject.*?</(?:ofd:)?PathObject>")), frozenset({"ofd"})),
    Mutation("a page gone", drop_page, PDF),
    Mutation("a page turned", turn_page, PDF),
)


def fitting(form: str) -> tuple[Mutation, ...]:
    """The mutations for files of a form."""
    return tuple(one for one in MUTATIONS if one.forms is None or form in one.forms)
